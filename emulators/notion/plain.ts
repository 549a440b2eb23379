/**
 * Reads and writes values in the plain spelling that seeds, and the person's hand, use: a text for a title, a name for
 * an option, a number, ... Writing goes through the same rules as the API's.
 */
import { computedValue } from './computed.ts'
import { invalid } from './errors.ts'
import { relatedSource, setValues } from './relations.ts'
import { WRITABLE } from './shapes.ts'
import {
  findProperty,
  isRecord,
  type Json,
  nextId,
  type Page,
  type Property,
  plainText,
  type State,
  titleOf,
  toId,
} from './state.ts'
import { findUser } from './users.ts'
import { type Change, commitOptions, resolveProperties, type Writer } from './values.ts'

/** A plain value, or a value in the API's own write shape. */
export type SeedValue = SeedItem | SeedItem[]
type SeedItem = string | number | boolean | null | { [key: string]: unknown }

/** What nobody gives: the service knows it of the page. A button holds nothing. */
const FIXED = ['created_time', 'created_by', 'last_edited_time', 'last_edited_by', 'button']

/** Values that have passed every rule, but are not set yet. */
type PlainChange = { change: Change; computed: { [property: string]: Json } }

/**
 * Checks values in their plain spelling against the properties that a page has. What the service computes (and what a
 * type of the future holds) is a seed's and a hand's to give, not the API's.
 */
export function readPlain(
  state: State,
  properties: Property[],
  plain: Record<string, SeedValue>,
  writer: Writer,
): PlainChange {
  const raw: Record<string, unknown> = {}
  const computed: { [property: string]: Json } = {}
  for (const [name, value] of Object.entries(plain)) {
    const property = findProperty(properties, name)
    if (property === undefined) throw invalid(`${name} is not a property that exists.`)
    const { type } = property
    if (WRITABLE.includes(type) || FIXED.includes(type)) raw[name] = { [type]: toWritten(state, property, value) }
    else computed[property.id] = computedValue(type, value)
  }
  return { change: resolveProperties(state, properties, raw, writer), computed }
}

/** Sets the values. It returns whether any was other than a computed one, which alone is no edit of the page. */
export function applyPlain(state: State, page: Page, { change, computed }: PlainChange): boolean {
  commitOptions(change)
  setValues(state, page, { ...change.values, ...computed })
  return Object.keys(change.values).length > 0
}

/** The value in the API's own write shape. */
function toWritten(state: State, property: Property, value: SeedValue): unknown {
  const { type } = property
  if (isRecord(value) && type in value) return value[type]
  const list = Array.isArray(value) ? value : value === null ? [] : [value]
  switch (type) {
    case 'title':
    case 'rich_text':
      return list.flatMap(part => toTextItems(state, part))
    case 'select':
    case 'status':
      return typeof value === 'string' ? { name: value } : value
    case 'multi_select':
      return list.map(name => (typeof name === 'string' ? { name } : name))
    case 'date':
      return typeof value === 'string' ? { start: value } : value
    case 'people':
      return list.map(each => (typeof each === 'string' ? { id: findUser(state, each) ?? each } : each))
    case 'relation':
      return list.map(each => (typeof each === 'string' ? { id: pageId(state, property, each) } : each))
    case 'files':
      return list.map(each => (typeof each === 'string' ? toFile(state, each) : each))
    case 'checkbox':
      return value ?? false
    case 'verification':
      return { state: value === null ? 'unverified' : value, ...(isRecord(value) ? value : {}) }
    default:
      return value
  }
}

/**
 * A part of a text: plain, or styled (`{ text: 'site', link: 'https://…', bold: true, color: 'red' }`), or an equation
 * or mention (`{ equation: 'e=mc^2' }`, `{ user: 'Ada' }`, `{ page: id }`, `{ database: id }`, `{ date: '2026-03-05' }`),
 * or in the API's own shape. A person may type more than one written part can hold (2,000 UTF-16 units, so at least
 * 1,000 characters).
 */
function toTextItems(state: State, part: unknown): unknown[] {
  if (!isRecord(part)) return (String(part).match(/.{1,1000}/gsu) ?? []).map(content => ({ text: { content } }))
  const { text, link, equation, user, page, database, date, ...annotations } = part
  if (typeof text === 'string') {
    return [{ text: { content: text, link: link === undefined ? null : { url: link } }, annotations }]
  }
  if (typeof equation === 'string') return [{ equation: { expression: equation }, annotations }]
  if (typeof user === 'string') return [{ mention: { user: { id: findUser(state, user) ?? user } }, annotations }]
  if (typeof page === 'string') return [{ mention: { page: { id: page } }, annotations }]
  if (typeof database === 'string') return [{ mention: { database: { id: database } }, annotations }]
  if (date !== undefined) {
    return [{ mention: { date: typeof date === 'string' ? { start: date } : date }, annotations }]
  }
  return [part]
}

/** A page by its id, or by its title among those that the relation can point to. */
function pageId(state: State, property: Property, text: string): string {
  const id = toId(text)
  if (id !== undefined) return id
  const source = relatedSource(state, property)
  const pages = Object.values(state.pages).filter(each => each.dataSource === source?.id)
  const titled = pages.filter(each => titleOf(state, each) === text)
  const [only] = titled
  if (only !== undefined && titled.length === 1) return only.id
  throw new Error(`${source?.title} has ${titled.length} pages that are called ${text}`)
}

/** An address is a link to elsewhere; another text is the name of a file that is uploaded to Notion. */
function toFile(state: State, text: string): unknown {
  if (!URL.canParse(text)) return { name: text, file: { url: `${nextId(state)}/${text}` } }
  const last = new URL(text).pathname.split('/').at(-1)
  return { name: last || text.slice(0, 100), external: { url: text } }
}

const nameOf = (state: State, id: string): string =>
  [...state.users, ...state.groups, state.bot].find(each => each.id === id)?.name ?? id

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
      return orNull((value as string[]).map(id => nameOf(state, id)))
    case 'verification':
      return isRecord(value) ? 'verified' : null
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
