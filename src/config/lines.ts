/** What binding works with, and one line of the mapping against the columns that it names: who can own it. Pure. */
import { canConvert } from '../core/convert.ts'
import type { Column, Field, Owner, SchemaColumn, Side } from '../core/model.ts'
import { other, SIDE_NAME } from '../core/model.ts'
import type { Complaint, Place } from '../errors.ts'
import type { FieldConfig, SyncConfig } from './schema.ts'

/** What the state remembers of a line: how the config named both columns, and which they were. */
export type Learned = {
  readonly key: string
  readonly notion: LearnedColumn
  readonly airtable: LearnedColumn
  /** Option names that stand for each other since one side renamed its own: Notion's → Airtable's. */
  readonly values?: Readonly<Record<string, string>> | undefined
}
export type LearnedColumn = {
  readonly name: string
  readonly id: string
  readonly type: string
  readonly options?: Readonly<Record<string, string>> | undefined
}

/** The fields that the sync keeps for itself, as the config named them and which they were. */
export type OwnFields = Readonly<Record<string, { readonly name: string; readonly id: string }>>

export type Input = {
  readonly name: string
  readonly config: SyncConfig
  readonly place: (path: readonly (string | number)[], key?: boolean) => Place
  readonly columns: Readonly<Record<Side, readonly SchemaColumn[]>>
  readonly learned: readonly Learned[]
  readonly ownFields: OwnFields
}

/** What binding collects. */
export type Binding = Input & {
  readonly complaints: Complaint[]
  readonly warnings: Complaint[]
  readonly lines: BoundLine[]
}
export type BoundLine = {
  readonly line: FieldConfig
  readonly index: number
  readonly field: Field
  readonly learned: Learned
}

/** The bound line that a name elsewhere in the config means: as its line names the column, or as it is called now. */
export const lineOf = ({ lines }: Binding, side: Side, name: string): BoundLine | undefined =>
  lines.find(({ line }) => line[side] === name) ??
  lines.find(({ field }) => field[side].name === name || field[side].id === name)

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
