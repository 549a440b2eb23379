/**
 * Workspace objects as the API shows them: pages, property values and items, schemas, databases, users.
 * It changes nothing.
 */
import {
  type Database,
  type DataSource,
  isRecord,
  isShared,
  isTrashed,
  type Json,
  type Page,
  type Property,
  propertiesOf,
  type State,
  titleOf,
  type User,
} from './state.ts'
import { readAnnotations, textItem } from './values.ts'

export type Shown = { [key: string]: Json }

/** How much the bot may see, in which API version it is told, and when. */
export type View = { version: string; userInfo: 'email' | 'name' | 'none'; now: number }

/** A page shows at most 25 references of a relation or of people; the property endpoint has the rest. */
const MAX_REFERENCES = 25

const SIGNED_FOR_MS = 60 * 60_000

/** The version that has no `archived` any more. */
export const NO_ARCHIVED = '2026-03-11'

const iso = (ms: number): string => new Date(ms).toISOString()
const url = (slug: string): string => `https://app.notion.com/p/${slug}`
const bare = (id: string): string => id.replaceAll('-', '')
const partialUser = (id: string): Shown => ({ object: 'user', id })
const plainTitle = (text: string): Json => (text === '' ? [] : [textItem(text, null, readAnnotations({}))])

/** The deprecated twin of `in_trash`, which only the older version has, as the last key. */
const withArchived = (view: View, shown: Shown, inTrash: boolean): Shown =>
  view.version === NO_ARCHIVED ? shown : { ...shown, archived: inTrash }

export function renderPage(state: State, page: Page, view: View, only?: Property[]): Shown {
  const slug = titleOf(state, page)
    .replace(/[^a-z0-9]+/gi, '-')
    .replace(/^-|-$/g, '')
  const inTrash = isTrashed(state, page)
  const properties = propertiesOf(state, page).filter(property => only === undefined || only.includes(property))
  const shown: Shown = {
    object: 'page',
    id: page.id,
    created_time: iso(page.created),
    last_edited_time: iso(page.edited),
    created_by: partialUser(page.createdBy),
    last_edited_by: partialUser(page.editedBy),
    cover: page.cover,
    icon: page.icon,
    parent: parentOf(state, page),
    in_trash: inTrash,
    is_archived: page.isArchived,
    is_locked: page.isLocked,
    properties: Object.fromEntries(properties.map(each => [each.name, renderProperty(state, page, each, view)])),
    url: url(slug === '' ? bare(page.id) : `${slug}-${bare(page.id)}`),
    public_url: null,
  }
  return withArchived(view, shown, inTrash)
}

function parentOf(state: State, page: Page): Shown {
  const source = page.dataSource === null ? undefined : state.dataSources[page.dataSource]
  if (source !== undefined) return { type: 'data_source_id', data_source_id: source.id, database_id: source.database }
  if (page.parentPage !== null) return { type: 'page_id', page_id: page.parentPage }
  return { type: 'workspace', workspace: true }
}

function renderProperty(state: State, page: Page, property: Property, view: View): Shown {
  const { type } = property
  const shown = { id: encodeURIComponent(property.id), type }
  const value = renderValue(state, page, property, view)
  if (type === 'relation' && Array.isArray(value)) {
    return { ...shown, relation: value.slice(0, MAX_REFERENCES), has_more: value.length > MAX_REFERENCES }
  }
  return { ...shown, [type]: type === 'people' && Array.isArray(value) ? value.slice(0, MAX_REFERENCES) : value }
}

/** The whole value, nothing cut off. */
export function renderValue(state: State, page: Page, property: Property, view: View): Json {
  const value = page.values[property.id] ?? null
  switch (property.type) {
    case 'select':
    case 'status':
      return renderOption(property, value)
    case 'multi_select':
      return (value as Json[]).map(id => renderOption(property, id)).filter(option => option !== null)
    case 'date':
      return isRecord(value) ? { start: value.start as Json, end: value.end as Json, time_zone: null } : null
    case 'people':
      return (value as string[]).map(id => renderReference(state, id, view))
    case 'relation': {
      const target = property.config.data_source_id
      if (typeof target === 'string' && !isShared(state, target)) return []
      const ids = (value as string[]).filter(id => state.pages[id] !== undefined && isShared(state, id))
      return ids.map(id => ({ id }))
    }
    case 'files':
      return (value as Shown[]).map(file => renderFile(file, view))
    case 'formula':
      return value ?? { type: 'string', string: null }
    case 'rollup':
      return value ?? { type: 'array', array: [], function: 'show_original' }
    case 'unique_id':
      return { prefix: property.config.prefix ?? null, number: value }
    case 'created_time':
      return iso(page.created)
    case 'last_edited_time':
      return iso(page.edited)
    case 'created_by':
      return renderReference(state, page.createdBy, view)
    case 'last_edited_by':
      return renderReference(state, page.editedBy, view)
    case 'button':
      return {}
    default:
      return value
  }
}

function renderOption(property: Property, id: Json): Json {
  const option = property.options.find(each => each.id === id)
  return option === undefined ? null : { id: option.id, name: option.name, color: option.color }
}

/** Notion's own files come under a signed URL of the moment, which is another one with every minute. */
function renderFile(file: Shown, view: View): Shown {
  const name = file.name ?? ''
  if (file.external !== undefined) return { name, type: 'external', external: { url: file.external } }
  const expires = iso(view.now + SIGNED_FOR_MS)
  const signed = { url: `https://files.example/${String(file.file)}?expires=${expires}`, expiry_time: expires }
  return { name, type: 'file', file: signed }
}

/** A user inside of a value: guests, and everybody without the user-information capability, come as a bare id. */
function renderReference(state: State, id: string, view: View): Shown {
  if (id === state.bot.id) return { object: 'user', id, name: state.bot.name, avatar_url: null, type: 'bot', bot: {} }
  const user = state.users.find(each => each.id === id)
  return user === undefined || user.guest || view.userInfo === 'none' ? partialUser(id) : renderUser(user, view)
}

export function renderUser(user: User, view: View): Shown {
  const person: Shown = view.userInfo === 'email' && user.email !== null ? { email: user.email } : {}
  return { object: 'user', id: user.id, name: user.name, avatar_url: null, type: 'person', person }
}

export function renderBot(state: State): Shown {
  const bot = {
    owner: { type: 'workspace', workspace: true },
    workspace_name: 'Emulated workspace',
    workspace_id: state.workspace,
    workspace_limits: { max_file_upload_size_in_bytes: 5_242_880 },
  }
  return { object: 'user', id: state.bot.id, name: state.bot.name, avatar_url: null, type: 'bot', bot }
}

/** Unlike those of pages, the times of a database carry milliseconds and a numeric offset. */
export function renderDatabase(state: State, database: Database, view: View): Shown {
  const time = iso(database.created).replace('Z', '+00:00')
  const sources = database.dataSources.filter(id => !state.unshared.includes(id))
  const shown: Shown = {
    object: 'database',
    id: database.id,
    title: plainTitle(database.title),
    description: [],
    parent: { type: 'workspace', workspace: true },
    is_inline: false,
    in_trash: false,
    is_locked: false,
    created_time: time,
    last_edited_time: time,
    data_sources: sources.map(id => ({ id, name: state.dataSources[id]?.title ?? '' })),
    icon: null,
    cover: null,
    url: url(bare(database.id)),
    public_url: null,
  }
  return withArchived(view, shown, false)
}

export function renderDataSource(state: State, source: DataSource, view: View): Shown {
  const visible = source.properties.filter(property => {
    const target = property.config.data_source_id
    // a relation to what is not shared is missing from the schema, without a word
    return property.type !== 'relation' || typeof target !== 'string' || isShared(state, target)
  })
  const shown: Shown = {
    object: 'data_source',
    id: source.id,
    cover: null,
    icon: null,
    created_time: iso(source.created),
    created_by: partialUser(source.createdBy),
    last_edited_by: partialUser(source.editedBy),
    last_edited_time: iso(source.edited),
    title: plainTitle(source.title),
    description: [],
    is_inline: false,
    properties: Object.fromEntries(visible.map(each => [each.name, renderConfig(each)])),
    parent: { type: 'database_id', database_id: source.database },
    database_parent: { type: 'workspace', workspace: true },
    url: url(bare(source.database)),
    public_url: null,
    in_trash: source.inTrash,
  }
  return withArchived(view, shown, source.inTrash)
}

function renderConfig(property: Property): Shown {
  const { name, type } = property
  const options = property.options.map(option => ({ ...option }))
  const config: Shown = { ...property.config }
  if (type === 'select' || type === 'multi_select') config.options = options
  if (type === 'status') Object.assign(config, { options, groups: property.groups.map(group => ({ ...group })) })
  return { id: encodeURIComponent(property.id), name, description: null, type, [type]: config }
}
