/**
 * Builds a workspace from a seed, and the parts of one: users, data sources, pages.
 * It knows nothing of HTTP.
 */
import { addProperty, firstValue, linkProperty, type SeedProperty } from './columns.ts'
import { applyPlain, readPlain, type SeedValue } from './plain.ts'
import {
  type DataSource,
  floorMinute,
  hash,
  nextId,
  type Page,
  propertiesOf,
  type State,
  toId,
  type User,
} from './state.ts'
import { emptyValue } from './values.ts'

export type SeedPage = { id?: string; properties: Record<string, SeedValue>; created?: string }

/** A member, unless told: a guest is not listed, a hidden person is an id without a name, a bot is another integration. */
type SeedUser = { id?: string; name: string; email?: string; guest?: boolean; hidden?: boolean; bot?: boolean }

export type NotionSeed = {
  token?: string
  bot?: { id?: string; name?: string }
  users?: SeedUser[]
  groups?: { id?: string; name: string }[]
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
    groups: [],
    databases: {},
    dataSources: {},
    pages: {},
    unshared: {},
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
  for (const { id, ...user } of seed.users ?? []) state.users.push(userOf(idOr(id), user))
  for (const { id, name } of seed.groups ?? []) state.groups.push({ id: idOr(id), name })
  state.owner = state.users[0]?.id ?? nextId(state)
  if (state.users.length === 0) state.users.push(userOf(state.owner, { name: 'Owner' }))

  const sources = seed.databases.map(each => {
    const source = addDataSource(state, idOr(each.id), idOr(each.dataSourceId), each.title, now)
    for (const [name, spec] of Object.entries(each.properties)) addProperty(state, source, name, spec)
    return source
  })
  // relations may point to data sources and pages that come later in the seed, and rollups to relations
  for (const type of ['relation', 'rollup']) {
    for (const source of sources) {
      for (const property of source.properties.filter(each => each.type === type)) linkProperty(state, source, property)
    }
  }
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
  for (const isLinks of [false, true]) {
    for (const { added, properties } of pages) {
      const columns = propertiesOf(state, added)
      const links = columns.filter(each => each.type === 'relation').map(each => each.name)
      const part = Object.entries(properties).filter(([name]) => links.includes(name) === isLinks)
      const writer = { by: state.owner, isPerson: true, now, page: added }
      applyPlain(state, added, readPlain(state, columns, Object.fromEntries(part), writer))
    }
  }
  return state
}

const userOf = (id: string, { name, email, guest, hidden, bot }: Omit<SeedUser, 'id'>): User => ({
  id,
  name,
  email: email ?? null,
  kind: bot ? 'bot' : guest ? 'guest' : 'member',
  hidden: hidden ?? false,
})

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
