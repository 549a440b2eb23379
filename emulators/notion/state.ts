/**
 * What the emulated workspace remembers, as plain JSON so that it can be snapshot, and the look-ups over it.
 * It knows nothing of HTTP and of how values are written or shown.
 */
import { invalid, notFound } from './errors.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export type Option = { id: string; name: string; color: string; description: string | null }
type StatusGroup = { id: string; name: string; color: string; option_ids: string[] }

export type Property = {
  /** Decoded: the API shows it URL-encoded. */
  id: string
  name: string
  type: string
  /** select, multi_select and status */
  options: Option[]
  /** status */
  groups: StatusGroup[]
  /** status: the id of the option that an empty value becomes */
  defaultOption: string | null
  /** What else there is to know of the type: number format, unique_id prefix, relation target, ... */
  config: { [key: string]: Json }
}

export type User = {
  id: string
  name: string
  email: string | null
  kind: 'member' | 'guest' | 'bot'
  /** The bot may not see this person: somebody who left the workspace, say. */
  hidden: boolean
}

export type Group = { id: string; name: string }

export type Database = { id: string; title: string; dataSources: string[]; created: number }

export type DataSource = {
  id: string
  database: string
  title: string
  created: number
  edited: number
  createdBy: string
  editedBy: string
  inTrash: boolean
  properties: Property[]
  lastUniqueId: number
}

export type Page = {
  id: string
  /** null below a page or at the top of the workspace: such a page has only a title */
  dataSource: string | null
  parentPage: string | null
  created: number
  edited: number
  createdBy: string
  editedBy: string
  inTrash: boolean
  isArchived: boolean
  isLocked: boolean
  icon: Json
  cover: Json
  /** by property id; options, users and pages are held by id, so that a rename shows everywhere */
  values: { [property: string]: Json }
  children: { [key: string]: Json }[]
  /** creation order */
  serial: number
  /** place among rows that no sort tells apart */
  shuffled: number
  /** when it reached, and left, the index that queries read (ms); -1 for seeded pages */
  insertedAt: number
  trashedAt: number
}

/**
 * A relation to a data source that is not shared reads as empty, and its column is missing from the schema, or is
 * there as if nothing were wrong: both were seen.
 */
export type HiddenRelations = 'omitted' | 'listed'

export type State = {
  kind: 'notion'
  token: string
  bot: { id: string; name: string }
  workspace: string
  /** the person who edits when no other is named */
  owner: string
  users: User[]
  groups: Group[]
  databases: { [id: string]: Database }
  dataSources: { [id: string]: DataSource }
  pages: { [id: string]: Page }
  /** objects that are not shared with the bot, and what then becomes of the relations that point there */
  unshared: { [id: string]: HiddenRelations }
  lastId: number
  lastSerial: number
  /** the id that the next page gets, where somebody asked for it beforehand */
  reservedId: string | null
  requests: number
  window: { start: number; count: number }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** FNV-1a: spreads ids and orders rows in a way that is repeatable and unlike the order of creation. */
export function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0
  }
  return value
}

const hex = (value: number, length: number): string => value.toString(16).padStart(length, '0')

/** The next id of a run: the same seed and the same calls give the same ids. */
export function nextId(state: State): string {
  state.lastId += 1
  return `${hex(hash(`id ${state.lastId}`), 8)}-0000-4000-8000-${hex(state.lastId, 12)}`
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const NIL = '00000000-0000-0000-0000-000000000000'

/** The dashed lower-case form of an id, or undefined for what the service does not take as an id. */
export function toId(text: string): string | undefined {
  const bare = text.toLowerCase().replaceAll('-', '')
  const dashed = bare.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return UUID.test(dashed) || dashed === NIL ? dashed : undefined
}

/** Notion cuts the times of pages and data sources to the minute. */
export const floorMinute = (ms: number): number => Math.floor(ms / 60_000) * 60_000

/** A property by its name, its id, or its URL-encoded id. */
export function findProperty(properties: Property[], key: string): Property | undefined {
  return (
    properties.find(property => property.name === key) ??
    properties.find(property => property.id === key || encodeURIComponent(property.id) === key)
  )
}

const TITLE: Property = {
  id: 'title',
  name: 'title',
  type: 'title',
  options: [],
  groups: [],
  defaultOption: null,
  config: {},
}

/** The properties that a page has: those of its data source, or a title alone. */
export function propertiesOf(state: State, page: { dataSource: string | null }): Property[] {
  const source = page.dataSource === null ? undefined : state.dataSources[page.dataSource]
  return source?.properties ?? [TITLE]
}

/** The data source of this id, or the only one of the database of this id. */
export function dataSourceOf(state: State, id: string): DataSource {
  const key = toId(id) ?? id
  const database = state.databases[key]
  const source = state.dataSources[database?.dataSources[0] ?? key]
  if (source === undefined) throw new Error(`no data source or database has the id ${id}`)
  return source
}

/** The page of this id, shared or not. */
export function pageOf(state: State, id: string): Page {
  const page = state.pages[toId(id) ?? id]
  if (page === undefined) throw new Error(`no page has the id ${id}`)
  return page
}

/** Sharing is inherited: a database that is not shared hides its data sources and their pages. */
export function isShared(state: State, id: string): boolean {
  if (state.unshared[id] !== undefined) return false
  const source = state.dataSources[id]
  if (source !== undefined) return isShared(state, source.database)
  const parent = state.pages[id]?.dataSource ?? state.pages[id]?.parentPage
  return parent === undefined || parent === null || isShared(state, parent)
}

/** A shared page, or the 404 of the API. */
export function sharedPage(state: State, id: string): Page {
  const page = state.pages[id]
  if (page === undefined || !isShared(state, id)) throw notFound('page', id, state.bot)
  return page
}

/** A shared data source, or the 404 of the API, which speaks of a "database". */
export function sharedDataSource(state: State, id: string): DataSource {
  const source = state.dataSources[id]
  if (source === undefined || !isShared(state, id)) throw notFound('database', id, state.bot)
  return source
}

export function sharedDatabase(state: State, id: string): Database {
  const database = state.databases[id]
  if (database === undefined || !isShared(state, id)) throw notFound('database', id, state.bot)
  return database
}

/** A page's plain title. */
export function titleOf(state: State, page: Page): string {
  const property = propertiesOf(state, page).find(each => each.type === 'title')
  return property === undefined ? '' : plainText(page.values[property.id])
}

/** The plain text of a stored title or rich_text value. */
export function plainText(value: Json | undefined): string {
  if (!Array.isArray(value)) return ''
  return value.map(item => (isRecord(item) && typeof item.plain_text === 'string' ? item.plain_text : '')).join('')
}

/** A page is in the trash also when what it lies in is. */
export function isTrashed(state: State, page: Page): boolean {
  return page.inTrash || isBelowTrashed(state, page)
}

export function isBelowTrashed(state: State, page: Page): boolean {
  if (page.dataSource !== null) return state.dataSources[page.dataSource]?.inTrash === true
  const parent = page.parentPage === null ? undefined : state.pages[page.parentPage]
  return parent !== undefined && isTrashed(state, parent)
}

/** The id that a request's body names at `at`, checked. */
export function idAt(value: unknown, at: string): string {
  const id = typeof value === 'string' ? toId(value) : undefined
  if (id === undefined) {
    throw invalid(`body failed validation: ${at} should be a valid uuid, instead was \`${JSON.stringify(value)}\`.`)
  }
  return id
}
