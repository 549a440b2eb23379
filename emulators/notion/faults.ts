/**
 * Ready-made faults of the Notion API, for `inject`: what the service and the network before it are known to answer.
 * Give `on` as a pattern of "METHOD /path", such as /^PATCH \/v1\/pages/.
 */
import type { Fault } from '../serve.ts'

type Details = Record<string, string | string[]>

function errorBody(status: number, code: string, message: string, additional?: Details): Record<string, unknown> {
  const requestId = '00000000-0000-4000-9000-ffffffffffff'
  const details = additional === undefined ? {} : { additional_data: additional }
  return { object: 'error', status, code, message, ...details, request_id: requestId }
}

const answer = (on: RegExp, status: number, body: unknown, headers: Record<string, string> = {}, times = 1): Fault => ({
  on,
  times,
  effect: { kind: 'answer', status, headers, body },
})

/** 429: `reason` tells a limit to wait for from a block that no waiting ends (`public_api_request_blocked`). */
export function rateLimited(
  on: RegExp,
  retryAfter: number,
  { reason = 'public_api_request_rate_limit', times = 1 }: { reason?: string; times?: number } = {},
): Fault {
  const details = { rate_limit_reason: reason, retry_after: String(retryAfter) }
  const body = errorBody(429, 'rate_limited', 'You have been rate limited. Please try again in a few minutes.', details)
  return answer(on, 429, body, { 'retry-after': String(retryAfter) }, times)
}

export const overloaded529 = (on: RegExp, retryAfter: number, times = 1): Fault =>
  answer(
    on,
    529,
    errorBody(529, 'service_overload', 'Notion is overloaded, please try again later.'),
    { 'retry-after': String(retryAfter) },
    times,
  )

export const conflict409 = (on: RegExp, times = 1): Fault =>
  answer(on, 409, errorBody(409, 'conflict_error', 'Conflict occurred while saving. Please try again.'), {}, times)

export const internal500 = (on: RegExp, times = 1): Fault =>
  answer(on, 500, errorBody(500, 'internal_server_error', 'Unexpected error occurred.'), {}, times)

export const unavailable503 = (on: RegExp, times = 1): Fault =>
  answer(on, 503, errorBody(503, 'service_unavailable', 'Notion is unavailable, please try again later.'), {}, times)

/** The answer to a query that is too heavy: the advice is a smaller page or a narrower filter. */
export const queryTooHeavy503 = (on: RegExp, times = 1): Fault =>
  answer(
    on,
    503,
    errorBody(
      503,
      'service_unavailable',
      'Public API data source query is temporarily unavailable due to backend datastore timeouts.',
      {
        endpoint_name: 'public_queryDataSource',
        notion_error_name: 'PgPoolWaitConnectionTimeout',
        retry_guidance: ['Use exponential backoff with jitter', 'Reduce page_size', 'Narrow query filters/sorts'],
      },
    ),
    {},
    times,
  )

/** The write takes effect, and the answer says so; for a created page it may name it. */
export function savedBut503(on: RegExp, { pageId, times = 1 }: { pageId?: string; times?: number } = {}): Fault {
  const body = errorBody(
    503,
    'service_unavailable',
    'The change was saved, but the response could not be built in time.',
    {
      elapsed_ms: '55012',
      deadline_ms: '55000',
      retry_guidance: ['Read the object again to confirm the saved change.', 'Do not repeat the write.'],
      ...(pageId === undefined ? {} : { committed_resource_id: pageId }),
    },
  )
  return { on, times, effect: { kind: 'answerAfter', status: 503, body } }
}

/** Comes from the proxy in front of the service, so it is not JSON; the write may have taken effect. */
export const gateway502Html = (
  on: RegExp,
  { saved = false, times = 1 }: { saved?: boolean; times?: number } = {},
): Fault => ({
  on,
  times,
  effect: {
    kind: saved ? 'answerAfter' : 'answer',
    status: 502,
    body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>',
  },
})

export const timeout504 = (
  on: RegExp,
  { saved = false, times = 1 }: { saved?: boolean; times?: number } = {},
): Fault => ({
  on,
  times,
  effect: {
    kind: saved ? 'answerAfter' : 'answer',
    status: 504,
    body: errorBody(504, 'gateway_timeout', 'Gateway Timeout'),
  },
})

/** A Free plan's workspace is full: rows cannot be added any more, the rest goes on. */
export const blockLimit403 = (times = 1): Fault =>
  answer(
    /^POST \/v1\/pages$/,
    403,
    errorBody(403, 'restricted_resource', 'API token does not have access to this resource.', {
      block_limit: 'block_creation',
    }),
    {},
    times,
  )
