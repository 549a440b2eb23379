/**
 * Ready-made misbehaviour of the service, for `inject`. `on` matches "METHOD /path"; by default all requests.
 * Cut connections and stalls are effects of their own: see emulators/serve.ts.
 */
import type { Fault } from '../serve.ts'
import * as refusals from './refusals.ts'

type When = Omit<Fault, 'effect'> | undefined

function answer(status: number, body: unknown, when: When, headers: Record<string, string> = {}): Fault {
  return { on: /./, ...when, effect: { kind: 'answer', status, headers, body } }
}

/** 429 because of too many requests in a second. */
export const rateLimited = (when?: When): Fault => answer(429, refusals.rateLimited().body, when)

/** 429 because the requests of the month are used up; it looks like a rate limit, but waiting does not help. */
export const billing429 = (when?: When): Fault => answer(429, refusals.quotaExceeded().body, when)

/** 503 with the promise that the request did not take effect. */
export function retriable503(when?: When, retryAfterSeconds?: number): Fault {
  const message = 'Server encountered an error while processing your request, and it is safe to retry the request'
  const headers = retryAfterSeconds === undefined ? undefined : { 'retry-after': String(retryAfterSeconds) }
  return answer(503, { error: { type: 'RETRIABLE_ERROR', message } }, when, headers)
}

/** 403 for a record that is not there, which the service answers as well as 404. */
export const goneForbidden = (when?: When): Fault => answer(403, refusals.notVisible().body, when)

/** 500: nobody knows whether the request took effect. */
export const server500 = (when?: When): Fault =>
  answer(500, { error: { type: 'SERVER_ERROR', message: 'An unexpected error occurred' } }, when)

/** 502 from a proxy in front of the service, as a page. */
export const html502 = (when?: When): Fault =>
  answer(502, '<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>', when)

/** 200 with a body that ends in the middle. */
export const truncatedJson = (when?: When): Fault =>
  answer(200, '{"records":[{"id":"rec', when, { 'content-type': 'application/json; charset=utf-8' })
