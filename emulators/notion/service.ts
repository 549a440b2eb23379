/**
 * What every request to the API meets before and after its own rule: the token, the version, the rate limit, the
 * body's JSON, and the request id. It knows no endpoint.
 */
import type { EmulatorContext } from 'emulate'
import { ApiError, invalid } from './errors.ts'
import { renderPage, type Shown, type View } from './render.ts'
import { findProperty, isRecord, type Page, type Property, propertiesOf, type State, toId } from './state.ts'

/** How the emulated service behaves, apart from its data. A test may change each of them at any time. */
export type Settings = {
  /** 180 on most plans, 600 on Business and Enterprise; Infinity switches the limit off. */
  requestsPerMinute: number
  /** For this long a new row is missing from queries, and a trashed one is still listed. */
  indexLagMs: number
  /** Rows that one query gives at most, over all of its pages. */
  queryLimit: number
  /** What the bot may know of users. */
  userInfo: 'email' | 'name' | 'none'
  capabilities: { read: boolean; update: boolean; insert: boolean }
  /** Whether a relation still lists pages that are in the trash: what the service does was not established. */
  trashedInRelations: boolean
  /** The service may give the people of a value by their ids alone, though it lists them by name. */
  namesPeople: boolean
  /** The service may give fewer rows than the asked page size. */
  pageSizeMax: number
  /** The next use of a cursor is refused, once. */
  expireCursors: boolean
}

export const defaultSettings = (): Settings => ({
  requestsPerMinute: 180,
  indexLagMs: 0,
  queryLimit: 10_000,
  userInfo: 'email',
  capabilities: { read: true, update: true, insert: true },
  trashedInRelations: true,
  namesPeople: true,
  pageSizeMax: 100,
  expireCursors: false,
})

export type Service = { state: State; settings: Settings; now: () => number }

export type Call = {
  state: State
  settings: Settings
  now: number
  view: View
  body: Record<string, unknown>
  query: URLSearchParams
  /** The part of the path after the collection, decoded: `ids[0]` of /v1/pages/{id}. */
  param: (name: string) => string
  /** The same as a uuid, or the 400 of the API. */
  id: (name: string) => string
}

type Handler = (call: Call) => Shown

const VERSIONS = ['2025-09-03', '2026-03-11']
const WINDOW_MS = 60_000
const MAX_BODY_BYTES = 500 * 1024

const requestId = (state: State): string => {
  state.requests += 1
  return `00000000-0000-4000-9000-${state.requests.toString(16).padStart(12, '0')}`
}

/** Adds an endpoint; `pattern` has `:name` for its variable parts. */
export function endpoint(
  { app }: EmulatorContext<State>,
  service: Service,
  method: string,
  pattern: string,
  handler: Handler,
): void {
  app.on(method, pattern, context => respond(service, context.req.raw, pattern, handler))
}

/** Answers one request, with an error body where a rule is broken. */
export async function respond(
  service: Service,
  request: Request,
  pattern: string,
  handler: Handler,
): Promise<Response> {
  const id = requestId(service.state)
  const headers = { 'content-type': 'application/json; charset=utf-8', 'x-notion-request-id': id }
  try {
    const shown = handler(await readCall(service, request, pattern))
    return new Response(JSON.stringify({ ...shown, request_id: id }), { status: 200, headers })
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const { status, code, message, additional, retryAfter } = error
    const shown = {
      object: 'error',
      status,
      code,
      message,
      ...(additional && { additional_data: additional }),
      request_id: id,
    }
    const wait = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
    return new Response(JSON.stringify(shown), { status, headers: { ...headers, ...wait } })
  }
}

async function readCall(service: Service, request: Request, pattern: string): Promise<Call> {
  const { state, settings } = service
  const { userInfo, trashedInRelations, namesPeople } = settings
  if (request.headers.get('authorization') !== `Bearer ${state.token}`) {
    throw new ApiError(401, 'unauthorized', 'API token is invalid.')
  }
  const version = readVersion(request.headers.get('notion-version'))
  const now = service.now()
  countRequest(state, settings.requestsPerMinute, now)
  const body = await readBody(request)
  const url = new URL(request.url)
  const params = matchPath(pattern, url.pathname)
  const param = (name: string) => params[name] ?? ''
  return {
    state,
    settings,
    now,
    view: { version, userInfo, trashedInRelations, namesPeople, now },
    body,
    query: url.searchParams,
    param,
    id: name => {
      const id = toId(param(name))
      if (id !== undefined) return id
      const shown = `"${param(name)}"`
      throw invalid(`path failed validation: path.${name} should be a valid uuid, instead was \`${shown}\`.`)
    },
  }
}

function readVersion(version: string | null): string {
  const wrong = (code: string, rule: string) =>
    new ApiError(400, code, `Notion-Version header failed validation: Notion-Version header should be ${rule}.`)
  if (version === null) throw wrong('missing_version', 'defined, instead was `undefined`')
  if (!VERSIONS.includes(version)) {
    const known = VERSIONS.map(each => `\`"${each}"\``).join(' or ')
    throw wrong('validation_error', `${known}, instead was \`"${version}"\``)
  }
  return version
}

/** A fixed window of 60 seconds that starts with the first request after the last window. */
function countRequest(state: State, limit: number, now: number): void {
  const { window } = state
  if (now - window.start >= WINDOW_MS || now < window.start) Object.assign(window, { start: now, count: 0 })
  if (window.count >= limit) {
    const wait = Math.max(1, Math.ceil((window.start + WINDOW_MS - now) / 1000))
    throw new ApiError(
      429,
      'rate_limited',
      'You have been rate limited. Please try again in a few minutes.',
      { rate_limit_reason: 'public_api_request_rate_limit', retry_after: String(wait) },
      wait,
    )
  }
  window.count += 1
}

async function readBody(request: Request): Promise<Record<string, unknown>> {
  const text = await request.text()
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) {
    throw new ApiError(413, 'validation_error', 'Request body too large. Maximum: 500 KB.')
  }
  if (text === '') return {}
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw new ApiError(400, 'invalid_json', 'Error parsing JSON body.')
  }
  if (!isRecord(body)) {
    throw invalid(`body failed validation: body should be an object, instead was \`${JSON.stringify(body)}\`.`)
  }
  return body
}

function matchPath(pattern: string, path: string): Record<string, string> {
  const parts = path.split('/')
  const named = pattern.split('/').map((name, index) => [name, parts[index] ?? ''] as const)
  return Object.fromEntries(
    named.filter(([name]) => name.startsWith(':')).map(([name, part]) => [name.slice(1), decode(part)]),
  )
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The properties that `filter_properties` asks for (by id or name, in either spelling), or undefined for all. */
export function askedProperties(call: Call, properties: Property[]): Property[] | undefined {
  const keys = [...call.query.getAll('filter_properties'), ...call.query.getAll('filter_properties[]')]
  if (keys.length === 0) return undefined
  if (keys.length > 100) {
    throw invalid(
      `query failed validation: query.filter_properties.length should be ≤ \`100\`, instead was \`${keys.length}\`.`,
    )
  }
  return keys.map(key => {
    const property = findProperty(properties, key)
    if (property === undefined) throw invalid(`Could not find property with name or id: ${key}`)
    return property
  })
}

/** The page as an endpoint answers it. Who may not read learns the id alone. */
export function showPage(call: Call, page: Page): Shown {
  if (!call.settings.capabilities.read) return { object: 'page', id: page.id }
  return renderPage(call.state, page, call.view, askedProperties(call, propertiesOf(call.state, page)))
}

/** A list as every endpoint gives it. */
export const listOf = (type: string, results: Shown[], next: string | null): Shown => ({
  object: 'list',
  results,
  next_cursor: next,
  has_more: next !== null,
  type,
  [type]: {},
})
