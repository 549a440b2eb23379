/** What binding works with, and one line of the mapping against the columns that it names: who can own it. Pure. */
import { canConvert } from '../core/convert.ts'
import type { Column, Field, Owner, SchemaColumn, Side } from '../core/model.ts'
import { other, SIDE_NAME } from '../core/model.ts'
import type { Shape } from '../core/shape.ts'
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
  /** The sync that maps two tables to each other, by the names that the linking columns give them; null if none does. */
  readonly linked: (tables: Readonly<Record<Side, readonly string[]>>) => NonNullable<Field['links']> | null
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
export const computed = (column: SchemaColumn & Pick<Column, 'shows'>): string =>
  column.id.startsWith('$')
    ? `${column.id} belongs to the ${column.side === 'notion' ? 'page' : 'row'} itself`
    : column.shows !== undefined
      ? `"${column.name}" (${column.type}) stands in a text as names, which cannot be written back`
      : `"${column.name}" (${column.type}) is computed by ${SIDE_NAME[column.side]}`

/**
 * Both columns as the line takes them. Formatting is carried where both hold it; links and files stand in a text as
 * their names, one way.
 */
function fitted(notion: Column, airtable: Column): Readonly<Record<Side, Column>> {
  const marked = (column: Column): boolean => column.shape.is === 'text' && column.shape.marks === true
  const fit = (column: Column, across: Column): Column => {
    const { shape } = column
    if ((shape.is === 'links' || shape.is === 'files') && across.shape.is === 'text')
      return { ...column, shape: { is: 'text', lines: 'many' }, shows: shape, writable: false }
    if (!marked(column) || marked(across)) return column
    const { marks: _, ...plain } = shape as Extract<Shape, { is: 'text' }>
    return { ...column, shape: plain }
  }
  return { notion: fit(notion, airtable), airtable: fit(airtable, notion) }
}

/** The owner of a line, with both columns as it takes them; or the sentence that says why there is none. */
export function ownerOf(
  line: FieldConfig,
  notionColumn: SchemaColumn,
  airtableColumn: SchemaColumn,
): { owner: Owner; notion: Column; airtable: Column } | { complaint: string } {
  const { shape: notionShape } = notionColumn
  const { shape: airtableShape } = airtableColumn
  if (notionShape === null || airtableShape === null) {
    const column = notionShape === null ? notionColumn : airtableColumn
    const why = column.unmappable ?? 'which this version does not know'
    return {
      complaint: `${SIDE_NAME[column.side]}'s "${column.name}" is of type ${column.type}, ${why}; it cannot be mapped`,
    }
  }
  const both = fitted({ ...notionColumn, shape: notionShape }, { ...airtableColumn, shape: airtableShape })
  const { notion, airtable } = both
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
  if (owner === 'airtable' && airtable.shape.is === 'files') {
    return {
      complaint: `"owner" cannot be airtable for files: the address of an attachment expires after hours, so Notion could not show it. Leave "owner" out, or say "owner: notion"`,
    }
  }
  for (const target of ['notion', 'airtable'] as const) {
    const flows = owner === 'both' || owner === other(target)
    const from = other(target)
    if (flows && !canConvert(both[from].shape, both[target].shape)) {
      return {
        complaint: `${SIDE_NAME[from]}'s "${both[from].name}" (${both[from].type}) cannot be written to ${SIDE_NAME[target]}'s "${both[target].name}" (${both[target].type})`,
      }
    }
  }
  return { owner, ...both }
}
