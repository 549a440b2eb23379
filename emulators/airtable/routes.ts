/**
 * The HTTP face: routes, the order in which requests are refused, rate limits, metadata.
 * Order: malformed id, token, limits, base and table, scope, and only then the request's own parameters.
 */
import type { EmulatorContext } from 'emulate'
import { type Limits, makeLimiter } from './limits.ts'
import { listRecords, type Target, toRecord } from './list.ts'
import { decodeQuery } from './query.ts'
import * as refuse from './refusals.ts'
import { type Base, findRow, findTable, primaryField, type State, type Table, tokenOwner } from './state.ts'
import * as write from './write.ts'

export type Settings = Limits &
  write.WriteRules & {
    /** The next use of an offset finds its listing gone, once. */
    expireIterators: boolean
    /** Every request for data is refused; metadata still answers. */
    monthlyQuotaExceeded: boolean
  }

type Handler = Parameters<EmulatorContext<State>['app']['get']>[1]
type HttpContext = Parameters<Handler>[0]
type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

const BASE_ID = /^app[0-9A-Za-z]{14}$/
const RECORD_ID = /^rec[0-9A-Za-z]{14}$/
/** Documented for list requests; longer ones have to be sent as POST. */
const URL_LIMIT = 16_000

export function addRoutes(app: EmulatorContext<State>['app'], state: State, settings: Settings, now: () => number) {
  const limiter = makeLimiter(settings, now)

  /** Registers a route, with and without a trailing slash; what it returns is the body of a 200. */
  function on(method: Method, path: string, handle: (context: HttpContext) => unknown) {
    const answer: Handler = async context => {
      try {
        return json(200, await handle(context))
      } catch (error) {
        if (error instanceof refuse.Refusal) return json(error.status, error.body)
        throw error
      }
    }
    app.on(method, path, answer)
    app.on(method, `${path}/`, answer)
  }

  /** The base and its table, after everything that can be refused before the parameters are looked at. */
  function enter({ req }: HttpContext, scope: string): write.WriteTarget {
    const { base: baseId = '', table: tableName = '', record } = req.param()
    if (!BASE_ID.test(baseId) || (record !== undefined && !RECORD_ID.test(record))) throw refuse.notFound()
    authenticate(state, req.header('authorization'))
    limiter(baseId)
    if (settings.monthlyQuotaExceeded) throw refuse.quotaExceeded()
    const base = visibleBase(state, baseId)
    const table = findTable(base, tableName)
    if (!table) throw refuse.notVisible()
    needScope(state, scope)
    if (new URL(req.url).pathname.length + new URL(req.url).search.length > URL_LIMIT) throw refuse.urlTooLong()
    return { ...settings, state, base, table, now: now() }
  }

  const read = (context: HttpContext) => enter(context, 'data.records:read')
  const change = (context: HttpContext) => enter(context, 'data.records:write')

  function list(target: Target, parameters: Record<string, unknown>) {
    if (parameters.offset && settings.expireIterators) {
      settings.expireIterators = false
      state.iterators = []
    }
    return listRecords(target, parameters)
  }

  on('GET', '/v0/meta/whoami', ({ req }) => {
    authenticate(state, req.header('authorization'))
    const { id, email } = tokenOwner(state)
    return { id, scopes: state.scopes, ...(state.scopes.includes('user.email:read') ? { email } : {}) }
  })
  on('GET', '/v0/meta/bases', ({ req }) => {
    authenticate(state, req.header('authorization'))
    needScope(state, 'schema.bases:read')
    const visible = state.bases.filter(base => !state.hiddenBases.includes(base.id))
    return { bases: visible.map(({ id, name }) => ({ id, name, permissionLevel: 'create' })) }
  })
  on('GET', '/v0/meta/bases/:base/tables', ({ req }) => {
    const baseId = req.param('base')
    if (!BASE_ID.test(baseId)) throw refuse.notFound()
    authenticate(state, req.header('authorization'))
    limiter(baseId)
    const base = visibleBase(state, baseId)
    needScope(state, 'schema.bases:read')
    const { include = [] } = decodeQuery(new URL(req.url).searchParams)
    return { tables: base.tables.map(table => describe(table, [include].flat().includes('visibleFieldIds'))) }
  })

  on('GET', '/v0/:base/:table', context => list(read(context), decodeQuery(new URL(context.req.url).searchParams)))
  on('POST', '/v0/:base/:table/listRecords', async context => list(read(context), await bodyOf(context)))
  on('POST', '/v0/:base/:table', async context => write.createRecords(change(context), await bodyOf(context)))
  for (const method of ['PATCH', 'PUT'] as const) {
    const replace = method === 'PUT'
    on(method, '/v0/:base/:table', async context =>
      write.updateRecords(change(context), await bodyOf(context), replace),
    )
    on(method, '/v0/:base/:table/:record', async context =>
      write.updateRecord(change(context), context.req.param('record'), await bodyOf(context), replace),
    )
  }
  on('DELETE', '/v0/:base/:table', context =>
    write.deleteRecords(change(context), decodeQuery(new URL(context.req.url).searchParams).records),
  )
  on('DELETE', '/v0/:base/:table/:record', context => write.deleteRecord(change(context), context.req.param('record')))
  on('GET', '/v0/:base/:table/:record', context => {
    const target = read(context)
    const { returnFieldsByFieldId = false } = decodeQuery(new URL(context.req.url).searchParams)
    return findAnywhere(target, context.req.param('record'), returnFieldsByFieldId === true)
  })
  app.notFound(() => json(404, refuse.notFound().body))
}

/** Known quirk, kept on purpose by the service: a record of another table of the base is found too. */
function findAnywhere(target: Target, id: string, byId: boolean) {
  for (const table of [target.table, ...target.base.tables]) {
    const row = findRow(table, id)
    if (row) return toRecord(target, table, row, byId)
  }
  throw refuse.recordNotFound()
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json; charset=utf-8' } })
}

async function bodyOf({ req }: HttpContext): Promise<Record<string, unknown>> {
  const body: unknown = await req.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw refuse.badBody()
  return body as Record<string, unknown>
}

function authenticate(state: State, header: string | undefined): void {
  const [, token] = /^bearer (.+)$/i.exec(header ?? '') ?? []
  if (token === undefined || token !== state.token) throw refuse.notAuthenticated()
}

function visibleBase(state: State, id: string): Base {
  const base = state.bases.find(candidate => candidate.id === id && !state.hiddenBases.includes(id))
  if (!base) throw refuse.notVisible()
  return base
}

function needScope(state: State, scope: string): void {
  if (!state.scopes.includes(scope)) throw refuse.notVisible()
}

function describe(table: Table, withVisible: boolean) {
  const visibleFieldIds = table.fields.map(field => field.id)
  return {
    id: table.id,
    name: table.name,
    primaryFieldId: primaryField(table).id,
    fields: table.fields.map(({ type, options, id, name, description }) => ({
      type,
      ...(options ? { options } : {}),
      id,
      name,
      ...(description === undefined ? {} : { description }),
    })),
    views: table.views.map(({ id, name, type }) => ({ id, name, type, ...(withVisible ? { visibleFieldIds } : {}) })),
  }
}
