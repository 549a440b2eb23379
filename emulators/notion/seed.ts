/**
 * Builds a workspace from a seed, and the parts of one: data sources, columns, pages.
 * It knows nothing of HTTP.
 */
import { applyPlain, readPlain, type SeedValue } from './plain.ts'
import {
  type DataSource,
  findProperty,
  floorMinute,
  hash,
  type Json,
  nextId,
  type Page,
  type Property,
  propertiesOf,
  type State,
  toId,
} from './state.ts'
import { emptyValue, newOption } from './values.ts'

export type SeedProperty = {
  type: string
  id?: string
  options?: string[]
  /** status: the option that an empty value becomes (the first, unless told) */
  default?: string
  /** number */
  format?: string
  /** unique_id */
  prefix?: string
  /** relation: the id or the title of the related data source (its own, unless told) */
  dataSource?: string
  [key: string]: unknown
}

export type SeedPage = { id?: string; properties: Record<string, SeedValue>; created?: string }

export type NotionSeed = {
  token?: string
  bot?: { id?: string; name?: string }
  users?: { id?: string; name: string; email?: string; guest?: boolean }[]
  databases: {
    id?: string
    dataSourceId?: string
    title: string
    properties: Record<string, SeedProperty>
    pages?: SeedPage[]
  }[]
}

/** The workspace that a seed describes. It throws where the seed breaks a rule of the service. */
export function buildState(seed: NotionSeed, now: number): State {
  const state: State = {
    kind: 'notion',
    token: seed.token ?? 'ntn_test',
    bot: { id: '', name: seed.bot?.name ?? 'Sync' },
    workspace: '',
    owner: '',
    users: [],
    databases: {},
    dataSources: {},
    pages: {},
    unshared: [],
    lastId: 0,
    lastSerial: 0,
    reservedId: null,
    requests: 0,
    window: { start: 0, count: 0 },
  }
  const taken = new Set<string>()
  const idOr = (given: string | undefined): string => {
    if (given === undefined) return nextId(state)
    const id = toId(given)
    if (id === undefined) throw new Error(`the seed has "${given}" for an id, which is not a uuid`)
    if (taken.has(id)) throw new Error(`the seed has the id ${id} twice`)
    taken.add(id)
    return id
  }
  state.bot.id = idOr(seed.bot?.id)
  state.workspace = nextId(state)
  for (const { id, name, email, guest } of seed.users ?? []) {
    state.users.push({ id: idOr(id), name, email: email ?? null, guest: guest ?? false })
  }
  state.owner = state.users[0]?.id ?? nextId(state)
  if (state.users.length === 0) state.users.push({ id: state.owner, name: 'Owner', email: null, guest: false })

  const sources = seed.databases.map(each => {
    const source = addDataSource(state, idOr(each.id), idOr(each.dataSourceId), each.title, now)
    for (const [name, spec] of Object.entries(each.properties)) addProperty(state, source, name, spec)
    return source
  })
  // relations may point to data sources and pages that come later in the seed
  for (const property of sources.flatMap(source => source.properties)) linkRelation(state, property)
  const pages = seed.databases.flatMap((each, index) => {
    const source = sources[index]
    if (source === undefined) return []
    return (each.pages ?? []).map(page => {
      const created = floorMinute(page.created === undefined ? now : Date.parse(page.created))
      const added = insertPage(state, { id: idOr(page.id), dataSource: source.id, by: state.owner, at: created })
      added.insertedAt = -1
      return { added, properties: page.properties }
    })
  })
  for (const { added, properties } of pages) applyPlain(added, readPlain(state, propertiesOf(state, added), properties))
  return state
}

function addDataSource(state: State, database: string, id: string, title: string, now: number): DataSource {
  const at = floorMinute(now)
  state.databases[database] = { id: database, title, dataSources: [id], created: now }
  const source: DataSource = {
    id,
    database,
    title,
    created: at,
    edited: at,
    createdBy: state.owner,
    editedBy: state.owner,
    inTrash: false,
    properties: [],
    lastUniqueId: 0,
  }
  state.dataSources[id] = source
  return source
}

/** Adds a column, and its empty value to every page. */
export function addProperty(state: State, source: DataSource, name: string, spec: SeedProperty): Property {
  const { type, id, options = [], default: preset, ...rest } = spec
  const property: Property = {
    id: type === 'title' ? 'title' : (id ?? propertyId(state, source)),
    name,
    type,
    options: [],
    groups: [],
    defaultOption: null,
    config: configOf(source, type, rest),
  }
  for (const option of options) property.options.push(newOption(state, property, option))
  if (type === 'status') setStatus(state, property, preset)
  source.properties.push(property)
  for (const page of Object.values(state.pages)) {
    if (page.dataSource === source.id) page.values[property.id] = firstValue(source, property)
  }
  return property
}

function configOf(source: DataSource, type: string, rest: Record<string, unknown>): { [key: string]: Json } {
  if (type === 'number') return { format: (rest.format as string | undefined) ?? 'number' }
  if (type === 'unique_id') return { prefix: (rest.prefix as string | undefined) ?? null }
  if (type === 'formula') return { expression: (rest.expression as string | undefined) ?? '' }
  if (type === 'relation') {
    const target = String(rest.dataSource ?? source.id)
    return { database_id: '', data_source_id: target, type: 'single_property', single_property: {} }
  }
  return {}
}

/** Replaces the id or title that a relation was given by the ids of its target. */
export function linkRelation(state: State, property: Property): void {
  if (property.type !== 'relation') return
  const wanted = String(property.config.data_source_id)
  const id = toId(wanted)
  const target = Object.values(state.dataSources).find(
    source => source.id === id || source.database === id || source.title === wanted,
  )
  if (target === undefined) throw new Error(`${property.name} relates to ${wanted}, which is no data source`)
  property.config = { ...property.config, database_id: target.database, data_source_id: target.id }
}

/**
 * Short and awkward on purpose, like those of the service: an id that is not URL-encoded does not survive a path.
 * A column that is dropped and added again gets another.
 */
function propertyId(state: State, source: DataSource): string {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:;<=>@[]^`{|}~?'
  for (;;) {
    let rest = hash(nextId(state))
    let id = ''
    for (let index = 0; index < 4; index += 1) {
      id += letters[rest % letters.length]
      rest = Math.floor(rest / letters.length)
    }
    if (findProperty(source.properties, id) === undefined) return id
  }
}

function setStatus(state: State, property: Property, preset: string | undefined): void {
  const last = property.options.length - 1
  const groups = [
    { name: 'To-do', color: 'gray', holds: (index: number) => index === 0 },
    { name: 'In progress', color: 'blue', holds: (index: number) => index > 0 && index < last },
    { name: 'Complete', color: 'green', holds: (index: number) => index > 0 && index === last },
  ]
  property.groups = groups.map(({ name, color, holds }) => ({
    id: nextId(state),
    name,
    color,
    option_ids: property.options.filter((_, index) => holds(index)).map(option => option.id),
  }))
  const option = property.options.find(each => each.name === preset) ?? property.options[0]
  property.defaultOption = option?.id ?? null
}

/** What a row that is new in a data source holds: its next number, for a unique_id. */
export function firstValue(source: DataSource, property: Property): Json {
  if (property.type !== 'unique_id') return emptyValue(property)
  source.lastUniqueId += 1
  return source.lastUniqueId
}

/** Adds an empty page to a data source, or below a page. */
export function insertPage(
  state: State,
  given: { id?: string; dataSource?: string | null; parentPage?: string | null; by: string; at: number },
): Page {
  const source = given.dataSource ? state.dataSources[given.dataSource] : undefined
  const at = floorMinute(given.at)
  const id = given.id ?? state.reservedId ?? nextId(state)
  if (id === state.reservedId) state.reservedId = null
  state.lastSerial += 1
  const page: Page = {
    id,
    dataSource: given.dataSource ?? null,
    parentPage: given.parentPage ?? null,
    created: at,
    edited: at,
    createdBy: given.by,
    editedBy: given.by,
    inTrash: false,
    isArchived: false,
    isLocked: false,
    icon: null,
    cover: null,
    values: {},
    children: [],
    serial: state.lastSerial,
    shuffled: hash(id),
    insertedAt: given.at,
    trashedAt: -1,
  }
  for (const property of propertiesOf(state, page)) {
    page.values[property.id] = source === undefined ? emptyValue(property) : firstValue(source, property)
  }
  state.pages[page.id] = page
  return page
}
