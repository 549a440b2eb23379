/**
 * Reads and writes values in the plain spelling that seeds, and the person's hand, use: a text for a title, a name for
 * an option, a number, ... Writing goes through the same rules as the API's.
 */
import { invalid } from './errors.ts'
import { findProperty, isRecord, type Json, type Page, type Property, plainText, type State } from './state.ts'
import { type Change, commitOptions, resolveProperties } from './values.ts'

/** A plain value, or a value in the API's own write shape. */
export type SeedValue = string | number | boolean | null | string[] | { [key: string]: unknown }

/** Types whose value the service computes: a seed and the hand give it, the API cannot. */
const COMPUTED = ['formula', 'rollup', 'unique_id']

/** Values that have passed every rule, but are not set yet. */
type PlainChange = { change: Change; computed: { [property: string]: Json } }

/** Checks values in their plain spelling against the properties that a page has. */
export function readPlain(state: State, properties: Property[], plain: Record<string, SeedValue>): PlainChange {
  const raw: Record<string, unknown> = {}
  const computed: { [property: string]: Json } = {}
  for (const [name, value] of Object.entries(plain)) {
    const property = findProperty(properties, name)
    if (property === undefined) throw invalid(`${name} is not a property that exists.`)
    if (COMPUTED.includes(property.type)) computed[property.id] = computedValue(property.type, value)
    else raw[name] = { [property.type]: toWritten(state, property, value) }
  }
  return { change: resolveProperties(state, properties, raw), computed }
}

/** Sets the values. It returns whether any was other than a computed one, which alone is no edit of the page. */
export function applyPlain(page: Page, { change, computed }: PlainChange): boolean {
  commitOptions(change)
  Object.assign(page.values, change.values, computed)
  return Object.keys(change.values).length > 0
}

function computedValue(type: string, value: SeedValue): Json {
  if (type === 'unique_id' || value === null) return value as Json
  const extra: { [key: string]: Json } = type === 'rollup' ? { function: 'show_original' } : {}
  if (isRecord(value) && 'type' in value) return { ...extra, ...value } as Json
  if (isRecord(value)) return { type: 'date', date: { end: null, time_zone: null, ...value } as Json, ...extra }
  const kind = typeof value
  return { type: kind, [kind]: value as Json, ...extra }
}

/** The value in the API's own write shape. */
function toWritten(state: State, property: Property, value: SeedValue): unknown {
  const { type } = property
  if (isRecord(value) && type in value) return value[type]
  const list = Array.isArray(value) ? value : value === null ? [] : [value]
  switch (type) {
    case 'title':
    case 'rich_text':
      return typeof value === 'string' ? inParts(value).map(content => ({ text: { content } })) : list
    case 'select':
    case 'status':
      return typeof value === 'string' ? { name: value } : value
    case 'multi_select':
      return list.map(name => (typeof name === 'string' ? { name } : name))
    case 'date':
      return typeof value === 'string' ? { start: value } : value
    case 'people':
      return list.map(each => ({ id: state.users.find(user => user.name === each)?.id ?? each }))
    case 'relation':
      return list.map(id => ({ id }))
    case 'files':
      return list.map(each => (typeof each === 'string' ? { name: each, external: { url: each } } : each))
    case 'checkbox':
      return value ?? false
    default:
      return value
  }
}

/** A person may type more than one written part can hold (2,000 UTF-16 units, so at least 1,000 characters). */
const inParts = (text: string): string[] => text.match(/.{1,1000}/gsu) ?? []

/** The value in the plain spelling of seeds, null where it is empty. */
export function toPlain(state: State, page: Page, property: Property): unknown {
  const value = page.values[property.id] ?? null
  const name = (id: Json): string | null => property.options.find(option => option.id === id)?.name ?? null
  const orNull = (list: unknown[]): unknown[] | null => (list.length === 0 ? null : list)
  switch (property.type) {
    case 'title':
    case 'rich_text':
      return plainText(value) || null
    case 'select':
    case 'status':
      return name(value)
    case 'multi_select':
      return orNull((value as Json[]).map(name).filter(each => each !== null))
    case 'people':
      return orNull((value as string[]).map(id => state.users.find(user => user.id === id)?.name ?? id))
    case 'date':
      return isRecord(value) && value.end === null ? value.start : value
    case 'formula':
    case 'rollup':
      return isRecord(value) ? (value[String(value.type)] ?? null) : null
    case 'unique_id':
      return property.config.prefix ? `${property.config.prefix}-${value}` : value
    case 'created_time':
      return new Date(page.created).toISOString()
    case 'last_edited_time':
      return new Date(page.edited).toISOString()
    case 'created_by':
      return page.createdBy
    case 'last_edited_by':
      return page.editedBy
    default:
      return Array.isArray(value) ? orNull(value) : value
  }
}
