/**
 * Notion's property types, a row each: the shape that a type has, how its value is read, how one is written.
 * Adding a type that fits a shape is one row here.
 */
import type { DataSourceObjectResponse, PageObjectResponse, RichTextItemResponse } from '@notionhq/client'
import type { Column, SchemaColumn } from '../core/model.ts'
import { between } from '../core/patch.ts'
import type { FileAddress, Person, Shape, Value } from '../core/shape.ts'
import { filesIn, linksIn, normal, show, spelled } from '../core/value.ts'
import { type Read, readDate, writeDate } from './dates.ts'
import { asMarkdown, beyondText, overlay, plainText } from './rich-text.ts'

type Property = PageObjectResponse['properties'][string]
type PropertyOf<T extends Property['type']> = Extract<Property, { type: T }>
type Config = DataSourceObjectResponse['properties'][string]

type PropertyType<T extends Property['type']> = {
  readonly shape: (config: Config) => Shape
  readonly read: (property: PropertyOf<T>, column: Pick<Column, 'shape'>) => Read
  /** The write value of the API, over what stands there; absent for what Notion computes. */
  readonly write?: (value: Value, current: Property | undefined, column: Pick<Column, 'shape'>) => unknown
}

const text = (lines: 'one' | 'many') => (): Shape => ({ is: 'text', lines })
const value = (read: Value | undefined): Read => ({ value: normal(read) })
const asIs = (cell: Value): Value => cell
const plain = (items: readonly RichTextItemResponse[]): Read => value(plainText(items))
const hasMarks = ({ shape }: Pick<Column, 'shape'>): boolean => shape.is === 'text' && shape.marks === true

const TYPES: { readonly [T in Property['type']]?: PropertyType<T> } = {
  title: { shape: text('one'), read: property => plain(property.title), write: writeText },
  rich_text: {
    shape: () => ({ is: 'text', lines: 'many', marks: true }),
    read: (property, column) => (hasMarks(column) ? value(asMarkdown(property.rich_text)) : plain(property.rich_text)),
    write: writeText,
  },
  url: { shape: text('one'), read: property => value(property.url), write: asIs },
  email: { shape: text('one'), read: property => value(property.email), write: asIs },
  phone_number: { shape: text('one'), read: property => value(property.phone_number), write: asIs },
  number: { shape: () => ({ is: 'number' }), read: property => value(property.number), write: asIs },
  checkbox: {
    shape: () => ({ is: 'checkbox' }),
    read: property => value(property.checkbox ? true : null),
    write: ticked => ticked === true,
  },
  select: {
    shape: config => ({ is: 'option', names: optionNames(config), open: true, commas: false }),
    read: property => value(property.select?.name),
    write: name => (name === null ? null : { name }),
  },
  // Options of a status cannot be made by writing a page, and an emptied status takes its default.
  status: {
    shape: config => ({ is: 'option', names: optionNames(config), open: false, commas: false, refills: true }),
    read: property => value(property.status?.name),
    write: name => (name === null ? null : { name }),
  },
  multi_select: {
    shape: config => ({ is: 'options', names: optionNames(config), open: true, commas: false }),
    read: property => value(property.multi_select.map(option => option.name)),
    write: names => ((names ?? []) as readonly string[]).map(name => ({ name })),
  },
  date: {
    shape: () => ({ is: 'date', holds: 'both' }),
    read: ({ date }) => readDate(date),
    write: writeDate,
  },
  people: {
    shape: () => ({ is: 'people', many: true }),
    read: property => value(property.people.map(readPerson)),
    write: people => ((people ?? []) as readonly Person[]).map(person => ({ id: person.id })),
  },
  relation: {
    shape: config => ({ is: 'links', table: tablesOf(config) }),
    read: property => value(property.relation.map(({ id }) => ({ id }))),
    write: links => linksIn(links).map(({ id }) => ({ id })),
  },
  files: {
    shape: () => ({ is: 'files' }),
    read: property => value(property.files.map(({ name }) => ({ name }))),
    write: writeFiles,
  },
  verification: {
    shape: text('one'),
    read: ({ verification: state }) => value(state === null || state.state === 'unverified' ? null : state.state),
  },
  place: {
    shape: text('one'),
    read: ({ place }) =>
      value(
        place === null ? null : [place.name, place.address].filter(Boolean).join(', ') || `${place.lat}, ${place.lon}`,
      ),
  },
  formula: {
    shape: text('many'),
    read: ({ formula }) => {
      switch (formula.type) {
        case 'string':
          return value(formula.string)
        case 'number':
          return value(formula.number == null ? null : String(formula.number))
        case 'boolean':
          return value(formula.boolean === true ? 'Yes' : null)
        case 'date':
          return readDate(formula.date)
        default:
          return { unreadable: 'Notion gives no value for this formula.' }
      }
    },
  },
  rollup: {
    shape: text('many'),
    read: ({ rollup }) => {
      switch (rollup.type) {
        case 'number':
          return value(rollup.number == null ? null : String(rollup.number))
        case 'date':
          return readDate(rollup.date)
        case 'array': {
          const parts = rollup.array.map(item => typeOf(item.type)?.read(item as Property, PLAIN))
          if (parts.some(part => part === undefined || 'unreadable' in part))
            return { unreadable: 'Notion rolls up values that cannot be read.' }
          const values = parts.flatMap(part => (part !== undefined && 'value' in part ? [part.value] : []))
          if (values.some(hasNameless))
            return { unreadable: 'Notion rolls up pages or people here, and tells of some by ID only.' }
          return value(values.flatMap(held => (held === null ? [] : [held === true ? 'Yes' : show(held)])).join(', '))
        }
        default:
          return { unreadable: 'Notion gives no value for this rollup, or not all of it.' }
      }
    },
  },
  unique_id: {
    shape: text('one'),
    read: ({ unique_id: id }) =>
      value(id.number == null ? null : id.prefix ? `${id.prefix}-${id.number}` : String(id.number)),
  },
  created_time: {
    shape: () => ({ is: 'date', holds: 'both' }),
    read: property => readDate({ start: property.created_time }),
  },
  last_edited_time: {
    shape: () => ({ is: 'date', holds: 'both' }),
    read: property => readDate({ start: property.last_edited_time }),
  },
  created_by: {
    shape: () => ({ is: 'people', many: false }),
    read: property => value([readPerson(property.created_by)]),
  },
  last_edited_by: {
    shape: () => ({ is: 'people', many: false }),
    read: property => value([readPerson(property.last_edited_by)]),
  },
}

/** Whether a value is a list in which something has neither a name nor an address. */
const hasNameless = (held: Value): boolean =>
  Array.isArray(held) && held.some(item => typeof item === 'object' && !('name' in item || 'email' in item))

const PLAIN: Pick<Column, 'shape'> = { shape: { is: 'text', lines: 'many' } }

/** Known types that hold nothing to carry. */
const UNMAPPABLE: Readonly<Record<string, string>> = { button: 'which holds no value' }

/** The page's own attributes, which the mapping names with a dollar sign; all can only be owned by Notion. */
const ATTRIBUTES: Readonly<Record<string, { shape: Shape; read: (page: PageObjectResponse) => Read }>> = {
  $url: { shape: { is: 'text', lines: 'one' }, read: page => value(page.url) },
  $id: { shape: { is: 'text', lines: 'one' }, read: page => value(page.id) },
  $created_time: { shape: { is: 'date', holds: 'time' }, read: page => readDate({ start: page.created_time }) },
  $last_edited_time: { shape: { is: 'date', holds: 'time' }, read: page => readDate({ start: page.last_edited_time }) },
}

/** All types that are known, as columns of their own; for the documentation. */
export const knownTypes = (): SchemaColumn[] =>
  [...Object.keys(TYPES), ...Object.keys(UNMAPPABLE)].map(type =>
    columnOf(type, { id: type, type, [type]: { options: [] } } as unknown as Config),
  )

/** All columns of a data source: its properties, and the page's attributes. */
export function columnsOf(properties: Readonly<Record<string, Config>>): SchemaColumn[] {
  const real = Object.entries(properties).map(([name, config]) => columnOf(name, config))
  const own = Object.entries(ATTRIBUTES).map(
    ([id, attribute]): SchemaColumn => ({
      side: 'notion',
      id,
      name: id,
      type: 'page attribute',
      shape: attribute.shape,
      writable: false,
    }),
  )
  return [...real, ...own]
}

function columnOf(name: string, config: Config): SchemaColumn {
  const type = typeOf(config.type)
  const options = optionsOf(config)
  const unmappable = UNMAPPABLE[config.type]
  return {
    side: 'notion',
    id: config.id,
    name,
    type: config.type,
    shape: type?.shape(config) ?? null,
    writable: type?.write !== undefined,
    ...(unmappable === undefined ? {} : { unmappable }),
    ...(options === null ? {} : { options: Object.fromEntries(options.map(option => [option.id, option.name])) }),
  }
}

/** The value of one column of a page; a property that the answer lacks is unreadable, not empty. */
export function readColumn(page: PageObjectResponse, column: Column): Read {
  const attribute = ATTRIBUTES[column.id]
  if (attribute !== undefined) return attribute.read(page)
  const property = propertyOf(page, column)
  if (property === undefined) return { unreadable: `Notion’s answer lacks the property "${column.name}".` }
  const type = typeOf(property.type)
  if (type === undefined) return { unreadable: `Notion’s "${column.name}" is of type ${property.type} now.` }
  return type.read(property, column)
}

/** The property of a page that a column stands for; undefined where the answer lacks it. */
function propertyOf(page: PageObjectResponse, { id, name }: Pick<Column, 'id' | 'name'>): Property | undefined {
  // It mostly stands under the name that the schema gave just now; looking through them all takes time at each cell.
  const named = page.properties[name]
  return named?.id === id ? named : Object.values(page.properties).find(candidate => candidate.id === id)
}

/**
 * The body of a page write for these columns, keyed by property ID so that a rename does not matter. `current` is the
 * page as it stands: a text keeps the formatting of what is not changed in it, and files are known by it.
 */
export function writeColumns(
  cells: readonly { column: Column; value: Value }[],
  current: PageObjectResponse | null,
): Record<string, unknown> {
  return Object.fromEntries(
    cells.map(({ column, value: cell }) => {
      const stands = current === null ? undefined : propertyOf(current, column)
      return [column.id, { [column.type]: typeOf(column.type)?.write?.(cell, stands, column) ?? null }]
    }),
  )
}

/** Text over what stands there, in the spelling of the normal form: what is not changed keeps its formatting. */
function writeText(cell: Value, current: Property | undefined, column: Pick<Column, 'shape'>): unknown {
  const items = current?.type === 'rich_text' ? current.rich_text : current?.type === 'title' ? current.title : []
  const stands = items.map(item => ({ ...item, plain_text: spelled(item.plain_text) }))
  return overlay(stands, between(plainText(stands), String(cell ?? '')), hasMarks(column))
}

/** What a text of a page holds beyond what the line carries, as sentence parts; see rich-text.ts. */
export function formattingOf(page: PageObjectResponse, column: Column): string[] {
  const property = propertyOf(page, column)
  if (property?.type === 'rich_text') return beyondText(property.rich_text, hasMarks(column))
  return property?.type === 'title' ? beyondText(property.title, false) : []
}

/** Where the files of a column can be fetched for an hour or so, in their order. */
export function filesOf(page: PageObjectResponse, column: Column): FileAddress[] {
  const property = propertyOf(page, column)
  if (property?.type !== 'files') return []
  return property.files.flatMap(file => {
    const url = 'external' in file ? file.external?.url : 'file' in file ? file.file?.url : undefined
    return url === undefined ? [] : [{ name: file.name, url }]
  })
}

/** Files of the page by their names, as they stand there; others cannot be written. */
function writeFiles(cell: Value, current: Property | undefined): unknown {
  const left = current?.type === 'files' ? [...current.files] : []
  return filesIn(cell).flatMap(({ name }) => {
    const index = left.findIndex(file => file.name === name)
    return index < 0 ? [] : left.splice(index, 1)
  })
}

/** The row of the table for a type that may be unknown to it: new types appear at any time. */
function typeOf(type: string): PropertyType<Property['type']> | undefined {
  return Object.hasOwn(TYPES, type) ? (TYPES as Record<string, ReturnType<typeof typeOf>>)[type] : undefined
}

/** Null where the type has none; a server with none to list may leave the list out. */
function optionsOf(config: Config): readonly { id: string; name: string }[] | null {
  if (config.type === 'select') return config.select.options ?? []
  if (config.type === 'multi_select') return config.multi_select.options ?? []
  return config.type === 'status' ? (config.status.options ?? []) : null
}

/** What a relation points to, as a mapping may call it: the data source, or its database. */
const tablesOf = (config: Config): string[] =>
  config.type === 'relation' ? [config.relation.data_source_id, config.relation.database_id].filter(Boolean) : []
const optionNames = (config: Config): string[] => (optionsOf(config) ?? []).map(option => option.name)

function readPerson(user: { id: string; name?: string | null; person?: { email?: string } | undefined }): Person {
  const email = user.person?.email
  return { id: user.id, ...(user.name ? { name: user.name } : {}), ...(email ? { email } : {}) }
}
