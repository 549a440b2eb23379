/** Mentions of people in texts of Airtable, which stand there as marks that only Airtable itself can write. */
import type { Column } from '../core/model.ts'
import { between, patched } from '../core/patch.ts'
import type { Value } from '../core/shape.ts'
import { spelled } from '../core/value.ts'

/** A text in pieces: mentions, which nobody can write but Airtable itself, are shown by the name in them. */
export const withMentions = (cell: string): { raw: string; shown: string }[] =>
  [...cell.matchAll(/<airtable:mention\b[^>]*>([\s\S]*?)<\/airtable:mention>|[\s\S]/g)].map(([raw, name]) => ({
    raw,
    shown: name ?? raw,
  }))

/** Whether a text of a record mentions people, which only Airtable itself can write. */
export function mentionsIn(
  record: { readonly fields: Readonly<Record<string, unknown>> },
  { id }: Pick<Column, 'id'>,
): boolean {
  const cell = record.fields[id]
  return typeof cell === 'string' && cell.includes(MENTION)
}
const MENTION = '<airtable:mention'

/** The cell to write for a text: mentions that stand there and are not changed are kept. */
export function overMentions(cell: Value, current: unknown): unknown {
  const kept = typeof current === 'string' && current.includes(MENTION) && typeof cell === 'string'
  if (!kept) return cell
  const pieces = withMentions(spelled(current))
  return patched(pieces, between(pieces.map(piece => piece.shown).join(''), cell))
}
