/**
 * The only place that knows the airtable package and what Airtable's errors look like. Requests go through
 * `base.makeRequest`: the package's own methods never settle on some answers and repeat a 429 without end.
 */
import Airtable from 'airtable'
import { ServiceError, type ServiceFailure, without } from '../errors.ts'
import { type Pace, readRetryAfter } from '../pace.ts'

export type AirtableRequest = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** The pseudo-base that the path hangs under: a base ID, or `meta`. */
  readonly root: string
  readonly path: string
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

export type AirtableClient = {
  /**
   * Sends one request through the pace; every request of this program may be repeated (absolute values, upserts).
   * `fresh` as in pace.ts.
   */
  readonly ask: (request: AirtableRequest, fresh?: () => boolean) => Promise<Record<string, unknown>>
  /** Requests sent so far, repeats included. */
  readonly calls: () => number
}

/** Airtable locks a client out for 30 s after a 429 (airtable.com/developers/web/api/rate-limits). */
const PENALTY_MS = 30_000

/** What Airtable says of a 403 that is about what was written, not about the token. */
const CELL_REFUSED = /write cell values|create records|create new select option/

export function createAirtableClient(token: string, endpoint: string, pace: Pace): AirtableClient {
  const airtable = new Airtable({
    apiKey: token,
    endpointUrl: endpoint,
    noRetryIfRateLimited: true,
    requestTimeout: 600_000,
  })
  let calls = 0

  async function send(request: AirtableRequest, signal: AbortSignal): Promise<Record<string, unknown>> {
    calls += 1
    try {
      const options = { method: request.method, path: request.path, qs: { ...request.query }, body: request.body }
      const answer = await Promise.race([airtable.base(request.root).makeRequest(options), abandoned(signal)])
      return answer.body as Record<string, unknown>
    } catch (error) {
      if (error instanceof ServiceError) throw error
      if (request.method === 'PATCH' && readError(error).statusCode === 403) return writePlainly(request, error, signal)
      throw without(token, await translate(error, request, signal))
    }
  }

  /**
   * The package hides whether a 403 refuses the token, or only a cell, such as one of a locked field. The same write,
   * sent once more without it, finds out; where it is let through now, that is its answer.
   */
  async function writePlainly(
    { root, path, body }: AirtableRequest,
    refused: unknown,
    signal: AbortSignal,
  ): Promise<Record<string, unknown>> {
    calls += 1
    const failure = (how: ServiceFailure, message: string): ServiceError =>
      without(token, new ServiceError('Airtable', how, message, { cause: refused }))
    const answer = await fetch(`${endpoint}/v0/${root}${path}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    }).catch(() => {
      throw failure('no-answer', 'gave no answer when it was asked why it had refused a write')
    })
    const told: unknown = await answer.json().catch(() => null)
    if (answer.ok && typeof told === 'object' && told !== null) return { ...told }
    const { message = readError(refused).message } = errorIn(told)
    // Nothing was found out, so the whole write is to be tried again.
    if (answer.status === 429 || answer.status >= 500) throw failure('unavailable', message)
    throw failure(CELL_REFUSED.test(message) ? 'invalid' : 'forbidden', message)
  }

  /** The package hides what a 429 or 403 says (and whether it is the monthly quota): one plain request finds out. */
  async function translate(error: unknown, request: AirtableRequest, signal: AbortSignal): Promise<ServiceError> {
    const { error: type, message, statusCode } = readError(error)
    if (statusCode === 429 || statusCode === 403) {
      const probe = await explain(request, signal)
      if (statusCode === 403)
        return new ServiceError('Airtable', 'forbidden', (probe.status === 403 && probe.message) || message, {
          cause: error,
        })
      if (probe.quota) return new ServiceError('Airtable', 'quota', probe.message ?? message, { cause: error })
      return new ServiceError('Airtable', 'rate-limited', probe.message ?? message, {
        retryAfterMs: probe.retryAfterMs ?? PENALTY_MS,
        cause: error,
      })
    }
    return new ServiceError('Airtable', failureOf(statusCode, type), message || type, { cause: error })
  }

  async function explain(
    request: AirtableRequest,
    signal: AbortSignal,
  ): Promise<{ quota: boolean; status?: number; message?: string; retryAfterMs?: number }> {
    calls += 1
    try {
      // No GET is answered at listRecords.
      const plain = request.path.replace(/\/listRecords$/, '')
      const path = request.root === 'meta' ? plain : `${plain}?maxRecords=1`
      const answer = await fetch(`${endpoint}/v0/${request.root}${path}`, {
        headers: { authorization: `Bearer ${token}` },
        signal,
      })
      const body: unknown = await answer.json().catch(() => null)
      const { type, message } = errorIn(body)
      const retryAfterMs = readRetryAfter(answer.headers.get('retry-after'))
      return {
        quota: type === 'PUBLIC_API_BILLING_LIMIT_EXCEEDED',
        status: answer.status,
        ...(message === undefined ? {} : { message }),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      }
    } catch {
      return { quota: false }
    }
  }

  return { ask: (request, fresh) => pace.run(signal => send(request, signal), true, fresh), calls: () => calls }
}

/** The package cannot be aborted, and its own time limit ends at the headers: a request is given up from outside. */
function abandoned(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = () => reject(new ServiceError('Airtable', 'no-answer', 'gave no complete answer in time'))
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
}

/** AirtableError is no Error; its three properties are all there is. */
function readError(error: unknown): { error: string; message: string; statusCode: number | null } {
  const read = (key: string): unknown =>
    typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined
  const status = read('statusCode')
  return {
    error: String(read('error') ?? ''),
    message: String(read('message') ?? error),
    statusCode: typeof status === 'number' ? status : null,
  }
}

function failureOf(status: number | null, type: string): ServiceFailure {
  if (type === 'LIST_RECORDS_ITERATOR_NOT_AVAILABLE' || type === 'INVALID_OFFSET_VALUE') return 'cursor-expired'
  if (status === null || status < 400) return 'no-answer'
  if (status === 401) return 'unauthorized'
  if (status === 404 || type === 'ROW_DOES_NOT_EXIST' || type === 'MODEL_ID_NOT_FOUND') return 'not-found'
  if (status >= 500) return 'unavailable'
  return 'invalid'
}

/** Airtable spells an error in three ways: an object, a bare string, and a list of objects. */
function errorIn(body: unknown): { type?: string; message?: string } {
  const get = (from: unknown, key: string): unknown =>
    typeof from === 'object' && from !== null ? Reflect.get(from, key) : undefined
  const one = get(body, 'error') ?? get(get(body, 'errors'), '0')
  if (typeof one === 'string') return { type: one }
  const type = get(one, 'type') ?? get(one, 'error')
  const message = get(one, 'message')
  return { ...(typeof type === 'string' ? { type } : {}), ...(typeof message === 'string' ? { message } : {}) }
}
