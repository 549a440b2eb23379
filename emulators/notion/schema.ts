/**
 * The endpoints of databases and data sources, the schema changes among them.
 */
import { addProperty, dropProperty, linkProperty, pagesOf, type SeedProperty } from './columns.ts'
import { badBody, invalid, restricted } from './errors.ts'
import { badCursor, queryRows } from './query.ts'
import { NO_ARCHIVED, renderDatabase, renderDataSource, renderPage, type Shown } from './render.ts'
import { askedProperties, type Call, listOf } from './service.ts'
import { array, boolean, MAX_NAME, object, text } from './shapes.ts'
import {
  type DataSource,
  findProperty,
  floorMinute,
  idAt,
  isRecord,
  type Option,
  type Property,
  type State,
  sharedDatabase,
  sharedDataSource,
} from './state.ts'
import { commaInOption, emptyValue, newOption } from './values.ts'

export function retrieveDatabase(call: Call): Shown {
  if (!call.settings.capabilities.read) throw restricted()
  return renderDatabase(call.state, sharedDatabase(call.state, call.id('database_id')), call.view)
}

export function retrieveDataSource(call: Call): Shown {
  if (!call.settings.capabilities.read) throw restricted()
  return renderDataSource(call.state, sharedDataSource(call.state, call.id('data_source_id')), call.view)
}

export function queryDataSource(call: Call): Shown {
  const { state, settings, now, view } = call
  if (!settings.capabilities.read) throw restricted()
  const source = sharedDataSource(state, call.id('data_source_id'))
  const only = askedProperties(call, source.properties)
  const { indexLagMs, queryLimit, pageSizeMax } = settings
  const onCursor = (cursor: string) => {
    if (!settings.expireCursors) return
    settings.expireCursors = false
    throw badCursor(cursor)
  }
  const takesArchived = view.version !== NO_ARCHIVED
  const { rows, next, incomplete } = queryRows(
    { state, source, now, takesArchived, indexLagMs, queryLimit, pageSizeMax, onCursor },
    call.body,
  )
  const list = listOf(
    'page_or_data_source',
    rows.map(page => renderPage(state, page, view, only)),
    next,
  )
  if (!incomplete) return list
  return { ...list, request_status: { type: 'incomplete', incomplete_reason: 'query_result_limit_reached' } }
}

const UPDATE_KEYS = ['title', 'icon', 'properties', 'in_trash', 'parent', 'description']

/**
 * Renames, adds and drops columns, and replaces lists of options. The title column cannot be added or dropped, and a
 * change of a column's type is left to the person's hand.
 */
export function updateDataSource(call: Call): Shown {
  const { state, view } = call
  if (!call.settings.capabilities.update) throw restricted()
  const known = view.version === NO_ARCHIVED ? UPDATE_KEYS : [...UPDATE_KEYS, 'archived']
  const body = object(call.body, 'body', known)
  const source = sharedDataSource(state, call.id('data_source_id'))
  const properties = object(body.properties ?? {}, 'body.properties')
  const changes = Object.entries(properties).map(([key, raw]) => readChange(call, source, key, raw))
  const trash = body.in_trash ?? body.archived
  const inTrash = trash === undefined ? source.inTrash : boolean(trash, 'body.in_trash')
  const title = body.title === undefined ? source.title : readTitle(body.title)

  for (const change of changes) change()
  Object.assign(source, { inTrash, title, edited: floorMinute(call.now), editedBy: state.bot.id })
  return renderDataSource(state, source, view)
}

function readTitle(raw: unknown): string {
  const parts = array(raw, 'body.title').map((each, index) => {
    const part = object(object(each, `body.title[${index}]`).text, `body.title[${index}].text`)
    return text(part.content, `body.title[${index}].text.content`)
  })
  return parts.join('')
}

/** Checks one entry of `properties`, and returns what it does. */
function readChange(call: Call, source: DataSource, key: string, raw: unknown): () => void {
  const { state } = call
  const at = `body.properties.${key}`
  const property = findProperty(source.properties, key)
  if (raw === null) {
    if (property === undefined) throw invalid(`${key} is not a property that exists.`)
    if (property.type === 'title') throw invalid('Cannot delete the title property.')
    return () => dropProperty(state, source, property)
  }
  const given = object(raw, at)
  const name = given.name === undefined ? undefined : text(given.name, `${at}.name`, 1)
  if (property === undefined) {
    const spec = readNewProperty(state, source, given, at)
    return () => linkProperty(state, source, addProperty(state, source, name ?? key, spec))
  }
  const taken = name === undefined ? undefined : source.properties.find(each => each.name === name && each !== property)
  if (taken !== undefined) throw invalid(`There is already a property named ${name}.`)
  const config = given[property.type]
  const options = isRecord(config) && config.options !== undefined ? config.options : undefined
  if (options !== undefined && property.type === 'status' && call.view.version !== NO_ARCHIVED) {
    throw invalid(`The options of the status property ${property.name} cannot be changed.`)
  }
  const list =
    options === undefined ? undefined : readOptions(state, property, options, `${at}.${property.type}.options`)
  return () => {
    if (name !== undefined) property.name = name
    if (list !== undefined) replaceOptions(state, source, property, list)
    if (!isRecord(config)) return
    const { format, prefix } = config
    if (property.type === 'number' && typeof format === 'string') property.config = { ...property.config, format }
    // observed: an empty configuration keeps the prefix
    if (property.type === 'unique_id' && typeof prefix === 'string') property.config = { ...property.config, prefix }
  }
}

/** What a client can add a column of. Others are made in the app alone, those of types that are yet to come among them. */
const ADDABLE = [
  'number',
  'formula',
  'select',
  'multi_select',
  'status',
  'relation',
  'rollup',
  'unique_id',
  'rich_text',
  'url',
  'people',
  'files',
  'email',
  'phone_number',
  'date',
  'checkbox',
  'created_by',
  'created_time',
  'last_edited_by',
  'last_edited_time',
  'button',
  'verification',
  'place',
]

function readNewProperty(state: State, source: DataSource, given: Record<string, unknown>, at: string): SeedProperty {
  const type = ADDABLE.find(each => each in given)
  if (type === undefined) {
    const lines = ADDABLE.map(each => `${at}.${each} should be defined, instead was \`undefined\`.`)
    throw invalid(`body failed validation. Fix one:\n${lines.join('\n')}`)
  }
  const config = object(given[type], `${at}.${type}`)
  switch (type) {
    case 'relation': {
      const { dual_property: dual, single_property: single } = config
      const target = sharedDataSource(state, idAt(config.data_source_id, `${at}.relation.data_source_id`))
      if (dual === undefined && single === undefined) {
        throw badBody(`${at}.relation.single_property`, 'defined', undefined)
      }
      const name = isRecord(dual) && typeof dual.synced_property_name === 'string' ? dual.synced_property_name : true
      return { type, dataSource: target.id, ...(dual === undefined ? {} : { dual: name }) }
    }
    case 'rollup': {
      const relation = config.relation_property_name ?? config.relation_property_id
      const property = config.rollup_property_name ?? config.rollup_property_id
      if (findProperty(source.properties, String(relation))?.type !== 'relation') {
        throw invalid(`Could not find property with name or id: ${relation}`)
      }
      return { type, relation: String(relation), property: String(property), function: text(config.function, at, 1) }
    }
    default: {
      const options = array(config.options ?? [], `${at}.${type}.options`).map(each =>
        String(isRecord(each) ? each.name : each),
      )
      return { ...config, type, options }
    }
  }
}

/** The given options replace the list: those that are left out are deleted. A known one is not renamed by this. */
function readOptions(state: State, property: Property, raw: unknown, at: string): Option[] {
  const list: Option[] = []
  for (const [index, each] of array(raw, at).entries()) {
    const { id, name, color } = object(each, `${at}[${index}]`, ['id', 'name', 'color', 'description'])
    const known = property.options.find(option => option.id === id || option.name === name)
    if (known !== undefined) list.push(known)
    else {
      const label = text(name, `${at}[${index}].name`, 1, MAX_NAME)
      if (label.includes(',')) throw commaInOption(property.type, label)
      const option = newOption(state, { ...property, options: list }, label)
      list.push(typeof color === 'string' ? { ...option, color } : option)
    }
  }
  return list
}

function replaceOptions(state: State, source: DataSource, property: Property, list: Option[]): void {
  const kept = list.map(option => option.id)
  property.options = list
  if (property.defaultOption !== null && !kept.includes(property.defaultOption))
    property.defaultOption = kept[0] ?? null
  const [first] = property.groups
  for (const group of property.groups) group.option_ids = group.option_ids.filter(id => kept.includes(id))
  const grouped = property.groups.flatMap(group => group.option_ids)
  first?.option_ids.push(...kept.filter(id => !grouped.includes(id)))
  for (const page of pagesOf(state, source)) {
    const value = page.values[property.id]
    if (Array.isArray(value)) page.values[property.id] = value.filter(id => kept.includes(String(id)))
    else if (!kept.includes(String(value))) page.values[property.id] = emptyValue(property)
  }
}
