/** One line of the mapping against the columns that it names: who can own it, and what stands in the way. Pure. */

import { canConvert } from '../core/convert.ts'
import type { Column, Owner, SchemaColumn } from '../core/model.ts'
import { other, SIDE_NAME } from '../core/model.ts'
import type { FieldConfig } from './schema.ts'

/** What a person reads of a column that cannot be written. */
export const computed = (column: SchemaColumn): string =>
  column.id.startsWith('$')
    ? `${column.id} belongs to the ${column.side === 'notion' ? 'page' : 'row'} itself`
    : `"${column.name}" (${column.type}) is computed by ${SIDE_NAME[column.side]}`

/** The owner of a line, with both columns known to have a shape; or the sentence that says why there is none. */
export function ownerOf(
  line: FieldConfig,
  notion: SchemaColumn,
  airtable: SchemaColumn,
): { owner: Owner; notion: Column; airtable: Column } | { complaint: string } {
  const { shape: notionShape } = notion
  const { shape: airtableShape } = airtable
  if (notionShape === null || airtableShape === null) {
    const column = notionShape === null ? notion : airtable
    return {
      complaint: `${SIDE_NAME[column.side]}'s "${column.name}" is of type ${column.type}, which cannot be mapped`,
    }
  }
  const both = { notion: { ...notion, shape: notionShape }, airtable: { ...airtable, shape: airtableShape } }
  if (!notion.writable && !airtable.writable) {
    return { complaint: `Neither side can be written: ${computed(notion)}, and ${computed(airtable)}` }
  }
  const forced: Owner | undefined = !notion.writable ? 'notion' : !airtable.writable ? 'airtable' : undefined
  const owner = line.owner ?? forced ?? 'both'
  if (forced !== undefined && owner !== forced) {
    return {
      complaint: `"owner" can only be ${forced} here, since ${computed(forced === 'notion' ? notion : airtable)}`,
    }
  }
  for (const target of ['notion', 'airtable'] as const) {
    const flows = owner === 'both' || owner === other(target)
    const from = other(target)
    if (flows && !canConvert(both[from].shape, both[target].shape)) {
      const advice =
        owner === 'both' && canConvert(both[target].shape, both[from].shape)
          ? `; with "owner: ${target}" it can flow the other way`
          : ''
      return {
        complaint: `${SIDE_NAME[from]}'s "${both[from].name}" (${both[from].type}) cannot be written to ${SIDE_NAME[target]}'s "${both[target].name}" (${both[target].type})${advice}`,
      }
    }
  }
  return { owner, ...both }
}
