/**
 * Workspace objects as the API shows them: pages, property values and items, schemas, databases, users.
 * It changes nothing.
 */
import { renderFormula, renderRollup, renderVerification } from './computed.ts'
import { renderFile } from './files.ts'
import { hiddenRelation, relatedSource, syncedColumn, visibleRelated } from './relations.ts'
import { renderRichText, textItem } from './rich-text.ts'
import {
  type Database,
  type DataSource,
  findProperty,
  isRecord,
  isTrashed,
  type Json,
  type Page,
  type Property,
  propertiesOf,
  type State,
  titleOf,
} from './state.ts'
import { partialUser, renderReference } from './users.ts'

export type Shown = { [key: string]: Json }

/** How much the bot may see, in which API version it is told, and when. */
export type View = {
  version: string
  userInfo: 'email' | 'name' | 'none'
  trashedInRelations: boolean
  namesPeople: boolean
  now: number
}

/** A page shows at most 25 references of a relation, of people or of a rollup; the property endpoint has the rest. */
const MAX_REFERENCES = 25

/** The version that has no `archived` any more. */
export const NO_ARCHIVED = '2026-03-11'

const iso = (ms: number): string => new Date(ms).toISOString()
const url = (slug: string): string => `https://app.notion.com/p/${slug}`
const bare = (id: string): string => id.replaceAll('-', '')
const plainTitle = (text: string): Json => (text === '' ? [] : [textItem(text)])

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
  const value = renderValue(state, page, property, view, false)
  if (type === 'relation' && Array.isArray(value)) {
    return { ...shown, relation: value.slice(0, MAX_REFERENCES), has_more: value.length > MAX_REFERENCES }
  }
  if (type === 'rollup' && isRecord(value) && Array.isArray(value.array)) {
    return { ...shown, rollup: { ...value, array: value.array.slice(0, MAX_REFERENCES) } as Json }
  }
  return { ...shown, [type]: type === 'people' && Array.isArray(value) ? value.slice(0, MAX_REFERENCES) : value }
}

/** The whole list of references. `isWhole` is for the property endpoint, which also names all mentions. */
export function renderValue(state: State, page: Page, property: Property, view: View, isWhole: boolean): Json {
  const value = page.values[property.id] ?? null
  switch (property.type) {
    case 'title':
    case 'rich_text':
      return renderRichText(state, value, view, isWhole)
    case 'select':
    case 'status':
      return renderOption(property, value)
    case 'multi_select':
      return (value as Json[]).map(id => renderOption(property, id)).filter(option => option !== null)
    case 'date':
      return isRecord(value) ? { start: value.start as Json, end: value.end as Json, time_zone: null } : null
    case 'people':
      return (value as string[]).map(id => personIn(state, id, view))
    case 'relation':
      return visibleRelated(state, property, value, view.trashedInRelations).map(id => ({ id }))
    case 'files':
      return (value as Shown[]).map(file => renderFile(state, file, view))
    case 'formula':
      return renderFormula(property, value)
    case 'rollup':
      return renderRollup(property, value)
    case 'verification':
      return renderVerification(state, value, view)
    case 'unique_id':
      return { prefix: property.config.prefix ?? null, number: value }
    case 'created_time':
      return iso(page.created)
    case 'last_edited_time':
      return iso(page.edited)
    case 'created_by':
      return personIn(state, page.createdBy, view)
    case 'last_edited_by':
      return personIn(state, page.editedBy, view)
    case 'button':
      return {}
    default:
      return value
  }
}

const personIn = (state: State, id: string, view: View): Shown =>
  view.namesPeople ? renderReference(state, id, view) : partialUser(id)

function renderOption(property: Property, id: Json): Json {
  const option = property.options.find(each => each.id === id)
  return option === undefined ? null : { id: option.id, name: option.name, color: option.color }
}

/** Unlike those of pages, the times of a database carry milliseconds and a numeric offset. */
export function renderDatabase(state: State, database: Database, view: View): Shown {
  const time = iso(database.created).replace('Z', '+00:00')
  const sources = database.dataSources.filter(id => state.unshared[id] === undefined)
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
  // a relation to what is not shared can be missing from the schema, without a word
  const visible = source.properties.filter(each => hiddenRelation(state, each) !== 'omitted')
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
    properties: Object.fromEntries(visible.map(each => [each.name, renderColumn(state, source, each)])),
    parent: { type: 'database_id', database_id: source.database },
    database_parent: { type: 'workspace', workspace: true },
    url: url(bare(source.database)),
    public_url: null,
    in_trash: source.inTrash,
  }
  return withArchived(view, shown, source.inTrash)
}

function renderColumn(state: State, source: DataSource, property: Property): Shown {
  const { name, type } = property
  const config = renderConfig(state, source, property)
  return { id: encodeURIComponent(property.id), name, description: null, type, [type]: config }
}

function renderConfig(state: State, source: DataSource, property: Property): Shown {
  const { type, config } = property
  const options = property.options.map(option => ({ ...option }))
  switch (type) {
    case 'select':
    case 'multi_select':
      return { options }
    case 'status':
      return { options, groups: property.groups.map(group => ({ ...group })) }
    case 'formula':
      return { expression: config.expression ?? '' }
    case 'relation': {
      const target = relatedSource(state, property)
      const other = syncedColumn(state, property)
      const shown = { database_id: target?.database ?? '', data_source_id: target?.id ?? '' }
      if (other === undefined) return { ...shown, type: 'single_property', single_property: {} }
      const synced = { synced_property_name: other.name, synced_property_id: encodeURIComponent(other.id) }
      return { ...shown, type: 'dual_property', dual_property: synced }
    }
    case 'rollup': {
      const relation = findProperty(source.properties, String(config.relation))
      const target = relation && relatedSource(state, relation)
      const rolled = findProperty(target?.properties ?? [], String(config.property))
      // the ids in here are not URL-encoded
      return {
        rollup_property_name: rolled?.name ?? '',
        relation_property_name: relation?.name ?? '',
        rollup_property_id: rolled?.id ?? '',
        relation_property_id: relation?.id ?? '',
        function: config.function ?? '',
      }
    }
    default:
      return { ...config }
  }
}
