/** What the lines of a mapping would lose if the other side were edited, as sentences. */
import { type Field, other, SIDE_NAME, type Side } from '../core/model.ts'
import type { Shape } from '../core/shape.ts'
import { fieldLabel } from './entries.ts'
import { logged, markdown } from './escape.ts'

/** `cells` cells of `side` hold `what`, which the other side of the line cannot hold. */
export type Loss = { readonly field: Field; readonly side: Side; readonly what: string; readonly cells: number }

function sentence({ field, side, what, cells }: Loss, name: (text: string) => string): string {
  const there = other(side)
  const { shape } = field[there]
  const holds = `${cells} ${cells === 1 ? 'cell' : 'cells'} of ${name(fieldLabel(field))} in ${SIDE_NAME[side]} ${cells === 1 ? 'holds' : 'hold'} ${what}`
  if (shape.is === 'number') return `${holds} than the field in ${SIDE_NAME[there]} keeps`
  return `${holds} that ${inWords(shape, there)} in ${SIDE_NAME[there]} cannot hold`
}

/** What a person calls a cell of this shape. */
function inWords(shape: Shape, side: Side): string {
  if (shape.is === 'date') return shape.holds === 'day' ? 'a single day' : 'a single date and time'
  if (shape.is !== 'text') return 'the field'
  if (shape.lines === 'one') return 'a single line'
  return shape.marks === true ? 'rich text' : side === 'airtable' ? 'plain text' : 'a text'
}

/** For a summary or comment; nothing where nothing could be lost. */
export function lossLines(losses: readonly Loss[]): string[] {
  if (losses.length === 0) return []
  return [
    '',
    '**What an edit on the other side could lose**',
    '',
    'The sync itself takes nothing away. But whoever edits one of these cells on the other side replaces it: what is listed here then stays only on what that edit did not touch.',
    '',
    ...losses.map(loss => `- ${sentence(loss, text => markdown(text, 60))}`),
  ]
}

/** For a terminal, a line each. */
export const lossSentences = (losses: readonly Loss[]): string[] =>
  losses.map(loss => `Could be lost by an edit on the other side: ${sentence(loss, text => logged(text, 60))}`)
