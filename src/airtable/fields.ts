/**
 * Airtable's field types, a row each: the shape that a type has, how a cell is read, how one is written.
 * Adding a type that fits a shape is one row here. Cells are read as JSON, keyed by field ID.
 */
import { z } from 'zod'
import type { Column, SchemaColumn } from '../core/model.ts'
import type { FileAddress, Person, Shape, Value } from '../core/shape.ts'
import { filesIn, linksIn } from '../core/value.ts'
import {
  as,
  attachment,
  computed,
  date,
  failed,
  generated,
  mentioning,
  number,
  person,
  persons,
  type Read,
  text,
  value,
} from './cells.ts'
import { overMentions } from './mentions.ts'

type FieldType = {
  readonly shape: (options: Options) => Shape
  /** The cell as it stands in JSON; never undefined, since Airtable omits what is empty. */
  readonly read: (cell: unknown, shape: Shape) => Read
  /** Absent for what Airtable computes. `current` is the cell as it stands; `files` are where files can be fetched. */
  readonly write?: (value: Value, current: unknown, files: readonly FileAddress[]) => unknown
}

const options = z
  .object({
    choices: z.array(z.object({ id: z.string(), name: z.string() })).optional(),
    precision: z.number().optional(),
    max: z.number().optional(),
    result: z.object({ type: z.string(), options: z.unknown().optional() }).nullish(),
    linkedTableId: z.string().optional(),
  })
  .catch({})
type Options = z.infer<typeof options>

const asIs = (cell: Value): unknown => cell
const one = (): Shape => ({ is: 'text', lines: 'one' })
const many = (): Shape => ({ is: 'text', lines: 'many' })
const names = (choices: Options['choices']): string[] => (choices ?? []).map(choice => choice.name)
const digits = (precision: number | undefined, more = 0) =>
  precision === undefined ? {} : { digits: precision + more }
const stamp = (cell: Value): unknown => (cell === null ? null : String(cell).replace(/T(\d{2}:\d{2})Z$/, 'T$1:00.000Z'))
const writePerson = ({ id, email }: Person): unknown => (id === undefined ? { email } : { id })
const people = (cell: Value): readonly Person[] => (cell ?? []) as readonly Person[]

const TYPES: Readonly<Record<string, FieldType>> = {
  singleLineText: { shape: one, read: text, write: asIs },
  multilineText: { shape: many, read: mentioning, write: overMentions },
  richText: {
    shape: () => ({ is: 'text', lines: 'many', marks: true, dashes: true }),
    read: mentioning,
    write: overMentions,
  },
  email: { shape: one, read: text, write: asIs },
  url: { shape: one, read: text, write: asIs },
  phoneNumber: { shape: one, read: text, write: asIs },
  barcode: {
    shape: one,
    read: as(z.object({ text: z.string().nullish() }), cell => value(cell.text)),
    // What kind of barcode it is stays.
    write: (cell, current) => (cell === null ? null : { ...Object(current), text: cell }),
  },
  number: { shape: ({ precision }) => ({ is: 'number', ...digits(precision) }), read: number, write: asIs },
  currency: { shape: ({ precision }) => ({ is: 'number', ...digits(precision) }), read: number, write: asIs },
  // A percent field with no decimals shows 12 %, which is 0.12.
  percent: { shape: ({ precision }) => ({ is: 'number', ...digits(precision, 2) }), read: number, write: asIs },
  rating: {
    shape: ({ max }) => ({ is: 'number', digits: 0, min: 1, ...(max === undefined ? {} : { max }) }),
    read: number,
    write: asIs,
  },
  duration: { shape: () => ({ is: 'number' }), read: number, write: asIs },
  checkbox: {
    shape: () => ({ is: 'checkbox' }),
    read: as(z.boolean(), cell => value(cell ? true : null)),
    write: cell => cell === true,
  },
  singleSelect: {
    shape: ({ choices }) => ({ is: 'option', names: names(choices), open: true, commas: true }),
    read: text,
    write: asIs,
  },
  multipleSelects: {
    shape: ({ choices }) => ({ is: 'options', names: names(choices), open: true, commas: true }),
    read: as(z.array(z.string()), value),
    write: cell => cell ?? [],
  },
  date: { shape: () => ({ is: 'date', holds: 'day' }), read: date, write: asIs },
  dateTime: { shape: () => ({ is: 'date', holds: 'time' }), read: date, write: stamp },
  singleCollaborator: {
    shape: () => ({ is: 'people', many: false }),
    read: person,
    write: cell => (people(cell)[0] === undefined ? null : people(cell).map(writePerson)[0]),
  },
  multipleCollaborators: {
    shape: () => ({ is: 'people', many: true }),
    read: persons,
    write: cell => people(cell).map(writePerson),
  },
  multipleRecordLinks: {
    shape: ({ linkedTableId }) => ({ is: 'links', table: linkedTableId === undefined ? [] : [linkedTableId] }),
    read: as(z.array(z.string()), cell => value(cell.map(id => ({ id })))),
    write: cell => linksIn(cell).map(({ id }) => id),
  },
  multipleAttachments: {
    shape: () => ({ is: 'files' }),
    // Until Airtable has fetched a file, it knows neither its size nor its type.
    read: as(z.array(attachment), cell =>
      value(
        cell.map(({ filename, size, type }) => ({
          name: filename,
          ...(size === undefined && type === undefined ? { pending: true } : {}),
        })),
      ),
    ),
    write: writeAttachments,
  },
  formula: { shape: computedShape, read: computed },
  rollup: { shape: computedShape, read: computed },
  multipleLookupValues: { shape: many, read: computed },
  count: { shape: () => ({ is: 'number' }), read: number },
  autoNumber: { shape: () => ({ is: 'number' }), read: number },
  createdTime: { shape: () => ({ is: 'date', holds: 'time' }), read: date },
  lastModifiedTime: { shape: () => ({ is: 'date', holds: 'time' }), read: date },
  createdBy: { shape: () => ({ is: 'people', many: false }), read: person },
  lastModifiedBy: { shape: () => ({ is: 'people', many: false }), read: person },
  externalSyncSource: { shape: one, read: text },
  aiText: { shape: many, read: generated },
}

/** Known types that hold nothing to carry. */
const UNMAPPABLE: Readonly<Record<string, string>> = {
  button: 'which holds no value',
  manualSort: 'which is only the order in which rows were dragged',
}

/** The row's own attributes, which the mapping names with a dollar sign; both can only be owned by Airtable. */
const ATTRIBUTES: Readonly<Record<string, { shape: Shape; read: (record: AirtableRecord) => Read }>> = {
  $record_id: { shape: { is: 'text', lines: 'one' }, read: record => value(record.id) },
  $created_time: { shape: { is: 'date', holds: 'time' }, read: record => date(record.createdTime) },
}

export const airtableRecord = z.object({
  id: z.string(),
  createdTime: z.string(),
  fields: z.record(z.string(), z.unknown()),
})
export type AirtableRecord = z.infer<typeof airtableRecord>

/** A field as the metadata API describes it. */
export const airtableField = z.object({ id: z.string(), name: z.string(), type: z.string(), options })
export type AirtableField = z.infer<typeof airtableField>

/** All types that are known, as columns of their own; for the documentation. */
export const knownTypes = (): SchemaColumn[] =>
  [...Object.keys(TYPES), ...Object.keys(UNMAPPABLE)].map(type => columnOf({ id: type, name: type, type, options: {} }))

function columnOf(field: AirtableField): SchemaColumn {
  const type = typeOf(field.type)
  const { choices } = field.options
  const unmappable = UNMAPPABLE[field.type]
  return {
    side: 'airtable',
    id: field.id,
    name: field.name,
    type: field.type,
    shape: type?.shape(field.options) ?? null,
    writable: type?.write !== undefined,
    ...(unmappable === undefined ? {} : { unmappable }),
    ...(choices === undefined ? {} : { options: Object.fromEntries(choices.map(choice => [choice.id, choice.name])) }),
  }
}

/** All columns of a table: its fields, and the row's attributes. */
export function columnsOf(fields: readonly AirtableField[]): SchemaColumn[] {
  const real = fields.map(columnOf)
  const own = Object.entries(ATTRIBUTES).map(
    ([id, { shape }]): SchemaColumn => ({
      side: 'airtable',
      id,
      name: id,
      type: 'row attribute',
      shape,
      writable: false,
    }),
  )
  return [...real, ...own]
}

/** The value of one column of a record; a missing key is an empty cell. */
export function readColumn(record: AirtableRecord, column: Column): Read {
  const attribute = ATTRIBUTES[column.id]
  if (attribute !== undefined) return attribute.read(record)
  const cell = record.fields[column.id]
  if (cell === undefined || cell === null) return { value: null }
  const problem = failed.safeParse(cell)
  if (problem.success) {
    const shown = 'error' in problem.data ? problem.data.error : problem.data.specialValue
    return { unreadable: `Airtable shows ${shown} in "${column.name}".` }
  }
  return (
    typeOf(column.type)?.read(cell, column.shape) ?? {
      unreadable: `Airtable’s "${column.name}" is of type ${column.type} now.`,
    }
  )
}

/** A cell to write; `files` are where its files can be fetched. */
export type Cell = { readonly column: Column; readonly value: Value; readonly files?: readonly FileAddress[] }

/**
 * The fields of a record write for these cells, keyed by field ID so that a rename does not matter. `current` is the
 * record as it stands: mentions in a text and attachments are kept as they are where they are not changed.
 */
export function writeColumns(cells: readonly Cell[], current: AirtableRecord | null): Record<string, unknown> {
  return Object.fromEntries(
    cells.map(({ column, value: cell, files }) => [
      column.id,
      typeOf(column.type)?.write?.(cell, current?.fields[column.id], files ?? []) ?? null,
    ]),
  )
}

/** Attachments by their names: those that are there are kept, the others are fetched by Airtable. */
function writeAttachments(cell: Value, current: unknown, files: readonly FileAddress[]): unknown {
  const there = [...(z.array(attachment).safeParse(current).data ?? [])]
  const offered = [...files]
  const take = <T>(from: T[], at: number): T | undefined => (at < 0 ? undefined : from.splice(at, 1)[0])
  return filesIn(cell).flatMap(({ name }): { id?: string; url?: string; filename?: string }[] => {
    const file = take(
      offered,
      offered.findIndex(candidate => candidate.name === name),
    )
    const kept = take(
      there,
      there.findIndex(candidate => candidate.filename === name),
    )
    if (kept !== undefined) return [{ id: kept.id }]
    return file === undefined ? [] : [{ url: file.url, filename: name }]
  })
}

const typeOf = (type: string): FieldType | undefined => (Object.hasOwn(TYPES, type) ? TYPES[type] : undefined)

/** A formula has the shape of its result, as far as the schema tells and `computed` reads it; else it is text. */
function computedShape({ result }: Options): Shape {
  const type = result === null || result === undefined ? undefined : typeOf(result.type)
  const shape = type?.shape(options.parse(result?.options ?? {}))
  const single = shape !== undefined && ['text', 'number', 'checkbox', 'option', 'date'].includes(shape.is)
  return single ? shape : many()
}
