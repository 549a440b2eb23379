/**
 * The endpoints of pages: retrieve, create, update, move, property items, children.
 */

import { rollupParts } from './computed.ts'
import { moveTo, setTrash, type Target, touch } from './edits.ts'
import { badBody, editsBelowTrashed, editsTrashed, invalid, notFound, restricted } from './errors.ts'
import { badCursor, readPageSize } from './query.ts'
import { setValues } from './relations.ts'
import { NO_ARCHIVED, renderValue, type Shown } from './render.ts'
import { normaliseRichText } from './rich-text.ts'
import { insertPage } from './seed.ts'
import { type Call, listOf, showPage } from './service.ts'
import { array, boolean, object } from './shapes.ts'
import {
  findProperty,
  idAt,
  isBelowTrashed,
  isRecord,
  type Json,
  nextId,
  type Page,
  propertiesOf,
  type State,
  sharedDatabase,
  sharedDataSource,
  sharedPage,
} from './state.ts'
import { commitOptions, resolveProperties } from './values.ts'

export function retrievePage(call: Call): Shown {
  if (!call.settings.capabilities.read) throw restricted()
  return showPage(call, sharedPage(call.state, call.id('page_id')))
}

const CREATE_KEYS = [
  'parent',
  'properties',
  'icon',
  'cover',
  'content',
  'children',
  'markdown',
  'allow_async',
  'template',
  'position',
]

export function createPage(call: Call): Shown {
  if (!call.settings.capabilities.insert) throw restricted()
  const { state, now } = call
  const body = object(call.body, 'body', CREATE_KEYS)
  if (body.parent === undefined) throw badBody('body.parent', 'defined', undefined)
  const children = readChildren(call, body.children)
  const raw = object(body.properties ?? {}, 'body.properties')
  const target = readParent(state, body.parent, ['data_source_id', 'database_id', 'page_id'])
  if (target.dataSource !== null && state.dataSources[target.dataSource]?.inTrash) throw editsBelowTrashed()
  const writer = { by: state.bot.id, isPerson: false, now }
  const change = resolveProperties(state, propertiesOf(state, target), raw, writer)
  commitOptions(change)
  const page = insertPage(state, { ...target, by: state.bot.id, at: now })
  setValues(state, page, change.values)
  page.children = children
  setLooks(page, body)
  return showPage(call, page)
}

const UPDATE_KEYS = ['properties', 'icon', 'cover', 'in_trash', 'is_archived', 'is_locked', 'template', 'erase_content']

export function updatePage(call: Call): Shown {
  if (!call.settings.capabilities.update) throw restricted()
  const { state } = call
  const known = call.view.version === NO_ARCHIVED ? UPDATE_KEYS : [...UPDATE_KEYS, 'archived']
  const body = object(call.body, 'body', known)
  const trash = flag(body, 'in_trash') ?? flag(body, 'archived')
  const isArchived = flag(body, 'is_archived')
  const isLocked = flag(body, 'is_locked')
  const raw = object(body.properties ?? {}, 'body.properties')
  const page = sharedPage(state, call.id('page_id'))
  if (isBelowTrashed(state, page)) throw editsBelowTrashed()
  if (page.inTrash && trash !== false) throw editsTrashed()
  const writer = { by: state.bot.id, isPerson: false, now: call.now, page }
  const change = resolveProperties(state, propertiesOf(state, page), raw, writer)

  commitOptions(change)
  setValues(state, page, change.values)
  if (trash !== undefined) setTrash(page, trash, call.now)
  if (isArchived !== undefined) page.isArchived = isArchived
  if (isLocked !== undefined) page.isLocked = isLocked
  setLooks(page, body)
  if (body.erase_content === true) page.children = []
  if (Object.keys(raw).length > 0 || 'icon' in body || 'cover' in body) touch(page, state.bot.id, call.now)
  return showPage(call, page)
}

export function movePage(call: Call): Shown {
  if (!call.settings.capabilities.update) throw restricted()
  const body = object(call.body, 'body', ['parent'])
  if (body.parent === undefined) throw badBody('body.parent', 'defined', undefined)
  const page = sharedPage(call.state, call.id('page_id'))
  if (isBelowTrashed(call.state, page)) throw editsBelowTrashed()
  if (page.inTrash) throw editsTrashed()
  moveTo(call.state, page, readParent(call.state, body.parent, ['data_source_id', 'page_id']))
  return showPage(call, page)
}

function flag(body: Record<string, unknown>, key: string): boolean | undefined {
  return body[key] === undefined ? undefined : boolean(body[key], `body.${key}`)
}

function setLooks(page: Page, body: Record<string, unknown>): void {
  if (body.icon !== undefined) page.icon = body.icon as Json
  if (body.cover !== undefined) page.cover = body.cover as Json
}

function readParent(state: State, raw: unknown, kinds: readonly string[]): Target {
  const parent = object(raw, 'body.parent', ['type', ...kinds])
  const kind = kinds.find(each => each in parent)
  if (kind === undefined) {
    const lines = kinds.map(each => `body.parent.${each} should be defined, instead was \`undefined\`.`)
    throw invalid(`body failed validation. Fix one:\n${lines.join('\n')}`)
  }
  const id = idAt(parent[kind], `body.parent.${kind}`)
  if (kind === 'page_id') return { dataSource: null, parentPage: sharedPage(state, id).id }
  if (kind === 'data_source_id') return { dataSource: sharedDataSource(state, id).id, parentPage: null }
  const [only, another] = sharedDatabase(state, id).dataSources
  if (another !== undefined || only === undefined) {
    throw invalid('Databases with multiple data sources are not supported in this API version.', {
      error_type: 'multiple_data_sources_for_database',
      database_id: id,
      child_data_source_ids: state.databases[id]?.dataSources ?? [],
      minimum_api_version: '2025-09-03',
    })
  }
  return { dataSource: only, parentPage: null }
}

function readChildren(call: Call, raw: unknown): { [key: string]: Json }[] {
  if (raw === undefined) return []
  return array(raw, 'body.children').map((each, index) => {
    const at = `body.children[${index}]`
    const block = object(each, at)
    if (call.view.version === NO_ARCHIVED && 'archived' in block) {
      throw badBody(`${at}.archived`, 'not present', block.archived)
    }
    const type = typeof block.type === 'string' ? block.type : Object.keys(block).find(key => key !== 'object')
    if (type === undefined || !isRecord(block[type])) throw badBody(`${at}.${type ?? 'type'}`, 'defined', undefined)
    const content = { ...block[type] }
    if (Array.isArray(content.rich_text)) content.rich_text = normaliseRichText(call.state, content.rich_text)
    return { id: nextId(call.state), type, [type]: content as Json }
  })
}

/** The content that the page was created with; blocks cannot be changed here. */
export function listChildren(call: Call): Shown {
  if (!call.settings.capabilities.read) throw restricted()
  const page = sharedPage(call.state, call.id('block_id'))
  const by = { object: 'user', id: page.createdBy }
  const time = new Date(page.created).toISOString()
  const blocks = page.children.map(child => ({
    object: 'block',
    parent: { type: 'page_id', page_id: page.id },
    created_time: time,
    last_edited_time: time,
    created_by: by,
    last_edited_by: by,
    has_children: false,
    in_trash: false,
    ...child,
  }))
  return paged(call, 'block', blocks)
}

const LISTED = ['title', 'rich_text', 'people', 'relation', 'rollup']

/** One property: whole for simple types, as a list of its parts for those that can be long. */
export function retrieveProperty(call: Call): Shown {
  const { state, view } = call
  if (!call.settings.capabilities.read) throw restricted()
  const page = sharedPage(state, call.id('page_id'))
  const key = call.param('property_id')
  const property = findProperty(propertiesOf(state, page), key)
  if (property === undefined) throw notFound('property', key, state.bot)
  const { type } = property
  const id = encodeURIComponent(property.id)
  if (!LISTED.includes(type)) {
    return { object: 'property_item', type, id, [type]: renderValue(state, page, property, view, true) }
  }
  const { parts, result } =
    type === 'rollup'
      ? rollupParts(state, page, property)
      : { parts: partsOf(type, renderValue(state, page, property, view, true)), result: {} }
  const items = parts.map(part => ({ object: 'property_item', id, ...part }))
  const list = paged(call, 'property_item', items)
  const next = list.next_cursor
  const size = call.query.get('page_size') ?? '100'
  const path = `https://api.notion.com/v1/pages/${page.id}/properties/${id}`
  const nextUrl = next === null ? null : `${path}?start_cursor=${next}&page_size=${size}`
  // what a rollup comes to is said on the last page of its parts
  const whole =
    type === 'rollup' && next !== null
      ? { type: 'incomplete', incomplete: {}, function: result.function ?? null }
      : result
  return { ...list, property_item: { id, next_url: nextUrl, type, [type]: whole } }
}

const partsOf = (type: string, value: Json): Shown[] =>
  Array.isArray(value) ? value.map(part => ({ type, [type]: part })) : []

/** A page of a list whose cursor is the place in it, in the form of a uuid. */
export function paged(call: Call, type: string, items: Shown[]): Shown {
  const asked = call.query.get('page_size')
  const size = readPageSize(asked === null ? undefined : Number(asked), 'query')
  const cursor = call.query.get('start_cursor')
  const place =
    cursor === null ? 0 : Number.parseInt(/^0{8}-0000-4000-8000-([0-9a-f]{12})$/.exec(cursor)?.[1] ?? '', 16)
  if (Number.isNaN(place)) throw badCursor(cursor)
  const end = place + size
  const next = end < items.length ? `00000000-0000-4000-8000-${end.toString(16).padStart(12, '0')}` : null
  return listOf(type, items.slice(place, end), next)
}
