/**
 * Airtable's field types, a row each: the shape that a type has, how a cell is read, how one is written.
 * Adding a type that fits a shape is one row here. Cells are read as JSON, keyed by field ID.
 */
import { z } from 'zod'
import type { Column, Person, SchemaColumn, Shape, Value } from '../core/model.ts'
import { normal, parseDate } from '../core/value.ts'

export type Read = { readonly value: Value } | { readonly unreadable: string }

type FieldType = {
  readonly shape: (options: Options) => Shape
  /** The cell as it stands in JSON; never undefined, since Airtable omits what is empty. */
  readonly read: (cell: unknown) => Read
  /** Absent for what Airtable computes. */
  readonly write?: (value: Value) => unknown
}

const options = z
  .object({
    choices: z.array(z.object({ id: z.string(), name: z.string() })).optional(),
    precision: z.number().optional(),
    max: z.number().optional(),
    result: z.object({ type: z.string(), options: z.unknown().optional() }).nullish(),
  })
  .catch({})
type Options = z.infer<typeof options>

const collaborator = z.object({ id: z.string(), name: z.string().optional(), email: z.string().optional() })
const failed = z.union([z.object({ error: z.string() }), z.object({ specialValue: z.string() })])

/** Reads a cell by its JSON type, or says that it is something else. */
function as<T>(schema: z.ZodType<T>, toValue: (cell: T) => Read): (cell: unknown) => Read {
  return cell => {
    const parsed = schema.safeParse(cell)
    return parsed.success
      ? toValue(parsed.data)
      : { unreadable: 'Airtable gives a value that does not fit the field’s type.' }
  }
}

const value = (read: Value | undefined): Read => ({ value: normal(read) })
const text = as(z.string(), value)
const number = as(z.number(), value)
const asIs = (cell: Value): unknown => cell
const one = (): Shape => ({ is: 'text', lines: 'one' })
const many = (): Shape => ({ is: 'text', lines: 'many' })
const date = as(z.string(), cell => {
  const read = parseDate(cell)
  return read === null ? { unreadable: `Airtable gives a date that is none: ${cell}` } : { value: read }
})
const person = as(collaborator, cell => value([toPerson(cell)]))
const toPerson = (cell: z.infer<typeof collaborator>): Person => ({
  id: cell.id,
  ...(cell.name ? { name: cell.name } : {}),
  ...(cell.email ? { email: cell.email } : {}),
})
const names = (choices: Options['choices']): string[] => (choices ?? []).map(choice => choice.name)
const digits = (precision: number | undefined, more = 0) =>
  precision === undefined ? {} : { digits: precision + more }
const stamp = (cell: Value): unknown => (cell === null ? null : String(cell).replace(/T(\d{2}:\d{2})Z$/, 'T$1:00.000Z'))
const writePerson = (item: Person): unknown => (item.id?.startsWith('usr') ? { id: item.id } : { email: item.email })
const people = (cell: Value): readonly Person[] => (cell ?? []) as readonly Person[]

const TYPES: Readonly<Record<string, FieldType>> = {
  singleLineText: { shape: one, read: text, write: asIs },
  multilineText: { shape: many, read: text, write: asIs },
  richText: { shape: many, read: text, write: asIs },
  email: { shape: one, read: text, write: asIs },
  url: { shape: one, read: text, write: asIs },
  phoneNumber: { shape: one, read: text, write: asIs },
  barcode: {
    shape: one,
    read: as(z.object({ text: z.string().nullish() }), cell => value(cell.text)),
    write: cell => (cell === null ? null : { text: cell }),
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
    read: as(z.array(collaborator), cell => value(cell.map(toPerson))),
    write: cell => people(cell).map(writePerson),
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
  aiText: {
    shape: many,
    read: as(z.object({ state: z.string(), value: z.string().nullish() }), cell =>
      cell.state === 'error' ? { unreadable: 'Airtable could not generate this text.' } : value(cell.value),
    ),
  },
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

/** The types that can be mapped, with the shape of each and whether it can be written; for the documentation. */
export const mappableTypes = (): { type: string; shape: Shape; writable: boolean }[] =>
  Object.entries(TYPES).map(([type, row]) => ({ type, shape: row.shape({}), writable: row.write !== undefined }))

/** All columns of a table: its fields, and the row's attributes. */
export function columnsOf(fields: readonly AirtableField[]): SchemaColumn[] {
  const real = fields.map((field): SchemaColumn => {
    const type = typeOf(field.type)
    const { choices } = field.options
    return {
      side: 'airtable',
      id: field.id,
      name: field.name,
      type: field.type,
      shape: type?.shape(field.options) ?? null,
      writable: type?.write !== undefined,
      ...(choices === undefined
        ? {}
        : { options: Object.fromEntries(choices.map(choice => [choice.id, choice.name])) }),
    }
  })
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
  return typeOf(column.type)?.read(cell) ?? { unreadable: `Airtable’s "${column.name}" is of type ${column.type} now.` }
}

/** The fields of a record write for these columns, keyed by field ID so that a rename does not matter. */
export function writeColumns(cells: readonly { column: Column; value: Value }[]): Record<string, unknown> {
  return Object.fromEntries(
    cells.map(({ column, value: cell }) => [column.id, typeOf(column.type)?.write?.(cell) ?? null]),
  )
}

const typeOf = (type: string): FieldType | undefined => (Object.hasOwn(TYPES, type) ? TYPES[type] : undefined)

/** A formula has the shape of its result, as far as the schema tells; else it is text. */
function computedShape({ result }: Options): Shape {
  const type = result === null || result === undefined ? undefined : typeOf(result.type)
  return type === undefined ? { is: 'text', lines: 'many' } : type.shape(options.parse(result?.options ?? {}))
}

function computed(cell: unknown): Read {
  if (Array.isArray(cell)) {
    const broken = cell.find(item => failed.safeParse(item).success)
    if (broken !== undefined) return { unreadable: 'Airtable shows an error in a looked-up value.' }
    return value(
      cell
        .filter(item => item !== null)
        .map(String)
        .join(', '),
    )
  }
  if (typeof cell === 'number' || typeof cell === 'string')
    return value(typeof cell === 'string' ? (parseDate(cell) ?? cell) : cell)
  if (typeof cell === 'boolean') return value(cell ? true : null)
  return { unreadable: 'Airtable gives a value that cannot be read.' }
}
