/** What the lines of a mapping would lose if the other side were edited, as sentences. */
import { type Field, other, SIDE_NAME, type Side } from '../core/model.ts'
import { fieldLabel } from './entries.ts'
import { logged, markdown } from './escape.ts'

/** `cells` cells of `side` hold `what`, which the other side of the line cannot hold. */
export type Loss = { readonly field: Field; readonly side: Side; readonly what: string; readonly cells: number }

const sentence = ({ field, side, what, cells }: Loss, name: (text: string) => string): string =>
  `${cells} ${cells === 1 ? 'cell' : 'cells'} of ${name(fieldLabel(field))} in ${SIDE_NAME[side]} ${cells === 1 ? 'holds' : 'hold'} ${what} that ${SIDE_NAME[other(side)]}’s ${name(field[other(side)].type)} cannot hold`

/** For a summary or comment; nothing where nothing could be lost. */
export function lossLines(losses: readonly Loss[]): string[] {
  if (losses.length === 0) return []
  return [
    '',
    '**What an edit on the other side could lose**',
    '',
    'It stays where it is until the value itself is edited on the other side, and then on what that edit does not touch.',
    '',
    ...losses.map(loss => `- ${sentence(loss, text => markdown(text, 60))}`),
  ]
}

/** For a terminal, a line each. */
export const lossSentences = (losses: readonly Loss[]): string[] =>
  losses.map(loss => `Could be lost by an edit on the other side: ${sentence(loss, text => logged(text, 60))}`)
