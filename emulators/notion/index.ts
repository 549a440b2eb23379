/**
 * An emulator of the Notion API: a workspace in memory behind the real HTTP interface, as strict as the service.
 * It stands for the service in tests, demos and benches, and knows nothing of who calls it.
 */
import {
  createEmulator,
  defineEmulator,
  type EmulatorContext,
  type EmulatorDefinition,
  type EmulatorSnapshot,
} from 'emulate'
import { type Served, serve } from '../serve.ts'
import { ApiError, restricted, userNotFound } from './errors.ts'
import { type Hand, personsHand } from './hand.ts'
import { createPage, listChildren, movePage, paged, retrievePage, retrieveProperty, updatePage } from './pages.ts'
import type { Shown } from './render.ts'
import { queryDataSource, retrieveDatabase, retrieveDataSource, updateDataSource } from './schema.ts'
import { buildState, type NotionSeed } from './seed.ts'
import { type Call, defaultSettings, endpoint, respond, type Service, type Settings } from './service.ts'
import { isRecord, type State } from './state.ts'
import { renderBot, renderUser } from './users.ts'

export type { SeedProperty } from './columns.ts'
export type { SeedValue } from './plain.ts'
export type { NotionSeed, SeedPage } from './seed.ts'
export type { Settings as NotionSettings } from './service.ts'

export type NotionEmulator = Served &
  Hand & {
    /** Of the first database. */
    databaseId: string
    dataSourceId: string
    settings: Settings
    /** Back to the seed. Settings and faults stay. */
    reset(): Promise<void>
    snapshot(): EmulatorSnapshot<State>
    restoreSnapshot(snapshot: EmulatorSnapshot<State>): Promise<void>
    /** emulate's own page: the requests so far, the state, the routes. */
    inspectorUrl?: string
  }

export type NotionOptions = { now?: () => number; latencyMs?: number; port?: number }

/** Serves a workspace on the loopback interface. The same seed, clock and calls give the same ids and answers. */
export async function startNotion(
  seed: NotionSeed,
  { now = Date.now, latencyMs = 0, port = 0 }: NotionOptions = {},
): Promise<NotionEmulator> {
  const settings = defaultSettings()
  const seeded = buildState(seed, now())
  let current = seeded
  const definition = define(settings, now, state => {
    current = state
  })
  let runtime: Awaited<ReturnType<typeof create>> | undefined
  const create = (baseUrl: string) =>
    createEmulator({ service: definition, seed: seeded, baseUrl, inspector: true, listen: false })
  const served = await serve(
    async request => (await runtime?.fetch(request)) ?? new Response('starting', { status: 503 }),
    { now, latencyMs, port },
  )
  const started = await create(served.url)
  runtime = started
  const [database] = Object.values(seeded.databases)
  if (database === undefined) throw new Error('the seed has no database')
  const { close } = served
  const hand = personsHand(() => current, now, settings)
  return Object.assign(served, hand, {
    databaseId: database.id,
    dataSourceId: database.dataSources[0] ?? '',
    settings,
    reset: started.reset,
    snapshot: started.snapshot,
    restoreSnapshot: started.restore,
    close: async () => {
      await close()
      await started.close()
    },
    ...(started.inspectorUrl === undefined ? {} : { inspectorUrl: started.inspectorUrl }),
  })
}

const EXAMPLE: NotionSeed = {
  users: [{ name: 'Ada', email: 'ada@example.com' }],
  databases: [
    {
      title: 'Tasks',
      properties: {
        Name: { type: 'title' },
        Status: { type: 'status', options: ['Not started', 'In progress', 'Done'] },
        Due: { type: 'date' },
      },
      pages: [{ properties: { Name: 'Try the emulator' } }],
    },
  ],
}

/** For `npx emulate`: its seed is a NotionSeed, or the state of a snapshot. */
export const notionEmulator = define(defaultSettings(), Date.now)

function define(
  settings: Settings,
  now: () => number,
  onState: (state: State) => void = () => {},
): EmulatorDefinition<State> {
  return defineEmulator<State>({
    name: 'notion',
    state: () => buildState(EXAMPLE, now()),
    validateSeed: value =>
      isRecord(value) && value.kind === 'notion' ? (value as State) : buildState(value as NotionSeed, now()),
    setup: context => {
      onState(context.state)
      addEndpoints(context, { state: context.state, settings, now })
    },
    cors: false,
  })
}

function addEndpoints(context: EmulatorContext<State>, service: Service): void {
  const add = (method: string, pattern: string, handler: (call: Call) => Shown) =>
    endpoint(context, service, method, pattern, handler)
  add('GET', '/v1/databases/:database_id', retrieveDatabase)
  add('GET', '/v1/data_sources/:data_source_id', retrieveDataSource)
  add('PATCH', '/v1/data_sources/:data_source_id', updateDataSource)
  add('POST', '/v1/data_sources/:data_source_id/query', queryDataSource)
  add('POST', '/v1/pages', createPage)
  add('GET', '/v1/pages/:page_id', retrievePage)
  add('PATCH', '/v1/pages/:page_id', updatePage)
  add('POST', '/v1/pages/:page_id/move', movePage)
  add('GET', '/v1/pages/:page_id/properties/:property_id', retrieveProperty)
  add('GET', '/v1/blocks/:block_id/children', listChildren)
  add('GET', '/v1/users', listUsers)
  add('GET', '/v1/users/me', call => renderBot(call.state))
  add('GET', '/v1/users/:user_id', retrieveUser)
  context.app.notFound(call =>
    respond(service, call.req.raw, '', () => {
      throw new ApiError(400, 'invalid_request_url', 'Invalid request URL.')
    }),
  )
}

/** Guests are not listed; they can only be asked for one by one. Who is hidden is not there at all. */
function listUsers(call: Call): Shown {
  const { state, view } = call
  if (view.userInfo === 'none') throw restricted()
  const listed = state.users.filter(user => user.kind !== 'guest' && !user.hidden)
  const members = listed.map(user => renderUser(user, view))
  return paged(call, 'user', [...members, renderBot(state)])
}

function retrieveUser(call: Call): Shown {
  const { state, view } = call
  if (view.userInfo === 'none') throw restricted()
  const id = call.id('user_id')
  if (id === state.bot.id) return renderBot(state)
  const user = state.users.find(each => each.id === id)
  if (user === undefined || user.hidden) throw userNotFound(id, state.bot)
  return renderUser(user, view)
}
