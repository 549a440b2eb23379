/** The only place that knows Octokit and what GitHub's errors look like. It turns them into ServiceError. */
import { getOctokit } from '@actions/github'
import { ServiceError, type ServiceFailure, without } from '../errors.ts'
import { type Pace, readRetryAfter } from '../pace.ts'

type Octokit = ReturnType<typeof getOctokit>['rest']

export type GitHub = {
  readonly owner: string
  readonly repo: string
  /** Sends one request through the pace; `repeatable` as in pace.ts. Without an answer to give, rejects. */
  readonly ask: <T>(request: (rest: Octokit) => Promise<{ data: T }>, repeatable?: boolean) => Promise<T>
}

/** `repository` is owner/name; the API's address is taken from GITHUB_API_URL by the toolkit. */
export function createGitHub(token: string, repository: string, pace: Pace): GitHub {
  const [owner = '', repo = ''] = repository.split('/')
  return {
    owner,
    repo,
    ask: (request, repeatable = true) =>
      pace.run(async signal => {
        const { rest } = getOctokit(token, {
          log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
          request: { fetch: (url: string, init: RequestInit) => fetch(url, { ...init, signal }) },
        })
        return request(rest).then(
          answer => answer.data,
          error => Promise.reject(without(token, translate(error))),
        )
      }, repeatable),
  }
}

function translate(error: unknown): ServiceError {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : undefined
  const message = error instanceof Error ? error.message : String(error)
  if (typeof status !== 'number') return new ServiceError('GitHub', 'no-answer', message, { cause: error })
  const retryAfterMs = retryAfter(error) ?? (SECONDARY.test(message) ? MINUTE_MS : undefined)
  const failure = failureOf(status, retryAfterMs, SECONDARY.test(message))
  return new ServiceError('GitHub', failure, message, {
    retryAfterMs: failure === 'rate-limited' ? retryAfterMs : undefined,
    cause: error,
  })
}

/** A secondary limit may come without a time to wait: a minute at least then (docs.github.com, rate limits of REST). */
const SECONDARY = /secondary rate limit|abuse detection|"code":"abuse"/i
const MINUTE_MS = 60_000

function failureOf(status: number, retryAfterMs: number | undefined, secondary: boolean): ServiceFailure {
  if (status === 401) return 'unauthorized'
  if (status === 429 || secondary || (status === 403 && retryAfterMs !== undefined)) return 'rate-limited'
  if (status === 403) return 'forbidden'
  // A server that has no such call at all may say so with one of the last two.
  if ([404, 410, 405, 501].includes(status)) return 'not-found'
  if (status === 409 || status === 422) return 'invalid'
  return status >= 500 ? 'unavailable' : 'unexpected'
}

/** GitHub asks to wait by Retry-After, or by the time at which an empty budget is filled again. */
function retryAfter(error: unknown): number | undefined {
  const headers: unknown = Reflect.get(Object(Reflect.get(Object(error), 'response')), 'headers')
  const header = (name: string): unknown => Reflect.get(Object(headers), name)
  const asked = readRetryAfter(header('retry-after'))
  if (asked !== undefined || header('x-ratelimit-remaining') !== '0') return asked
  return readRetryAfter(Math.max(1, Number(header('x-ratelimit-reset')) - Date.now() / 1000))
}
