/**
 * The only place that knows @notionhq/client and what Notion's errors look like. It turns them into ServiceError;
 * retries, spacing and deadlines are pace.ts's.
 */
import { APIErrorCode, APIResponseError, Client, isNotionClientError, UnknownHTTPResponseError } from '@notionhq/client'
import { ServiceError, type ServiceFailure, without } from '../errors.ts'
import { type Pace, readRetryAfter } from '../pace.ts'

export type NotionClient = {
  /** Sends one request through the pace; `before`, `repeatable` and `fresh` as in pace.ts. */
  readonly ask: <T>(
    request: (notion: Client, before: ServiceError | undefined) => Promise<T>,
    repeatable?: boolean,
    fresh?: () => boolean,
  ) => Promise<T>
  /** Requests sent so far, repeats included. */
  readonly calls: () => number
}

/** `baseUrl` has no trailing slash and no /v1; the SDK adds both. */
export function createNotionClient(token: string, baseUrl: string, pace: Pace): NotionClient {
  let calls = 0
  const clientFor = (signal: AbortSignal): Client =>
    new Client({
      auth: token,
      baseUrl,
      // The SDK does not repeat what may be repeated (a query is a POST) and has no shared pause.
      retry: false,
      // Its own deadline ends at the headers; the signal covers the body too.
      timeoutMs: 600_000,
      logger: () => {},
      fetch: (url, init) => {
        calls += 1
        const { agent: _, ...rest } = init ?? {}
        return fetch(url, { ...rest, signal } as RequestInit)
      },
    })
  return {
    ask: (request, repeatable = true, fresh) =>
      pace.run(
        (signal, before) =>
          request(clientFor(signal), before).catch(error => Promise.reject(without(token, translate(error)))),
        repeatable,
        fresh,
      ),
    calls: () => calls,
  }
}

const FAILURE: Partial<Record<string, ServiceFailure>> = {
  [APIErrorCode.Unauthorized]: 'unauthorized',
  [APIErrorCode.RestrictedResource]: 'forbidden',
  [APIErrorCode.ObjectNotFound]: 'not-found',
  [APIErrorCode.RateLimited]: 'rate-limited',
  [APIErrorCode.ServiceOverload]: 'rate-limited',
  [APIErrorCode.ConflictError]: 'conflict',
  [APIErrorCode.InternalServerError]: 'unavailable',
  [APIErrorCode.ServiceUnavailable]: 'unavailable',
  [APIErrorCode.GatewayTimeout]: 'unavailable',
  [APIErrorCode.ValidationError]: 'invalid',
  [APIErrorCode.InvalidJSON]: 'invalid',
  [APIErrorCode.InvalidRequest]: 'invalid',
  [APIErrorCode.InvalidRequestURL]: 'invalid',
}

function translate(error: unknown): ServiceError {
  if (error instanceof APIResponseError) {
    const data: Record<string, unknown> = { ...error.additional_data }
    const limit =
      data.rate_limit_reason === 'public_api_request_blocked' ? 'quota' : data.block_limit === undefined ? null : 'full'
    const cursor =
      error.code === APIErrorCode.ValidationError && /start_cursor provided is invalid/i.test(error.message)
    // A page that was trashed or moved since it was read, or whose properties were changed, takes no such value at all: it
    // is not this one that was refused.
    const gone =
      error.code === APIErrorCode.ValidationError &&
      /block (that is archived|with an archived ancestor)|is not a property that exists|is expected to be/i.test(
        error.message,
      )
    const found = cursor ? 'cursor-expired' : gone ? 'not-found' : FAILURE[error.code]
    const failure = limit ?? found ?? 'unexpected'
    const record = data.committed_resource_id
    // A 503 may come after the change was saved; it says so and asks not to repeat the write.
    const saved =
      record !== undefined || /change was saved/i.test(error.message)
        ? { saved: typeof record === 'string' ? { record } : {} }
        : {}
    const retryAfterMs = retryAfter(failure, error.headers, data.retry_after)
    return new ServiceError('Notion', failure, error.message, { retryAfterMs, ...saved, cause: error })
  }
  if (error instanceof UnknownHTTPResponseError) {
    const failure = failureOf(error.status)
    const retryAfterMs = retryAfter(failure, error.headers)
    return new ServiceError('Notion', failure, `answered with status ${error.status}`, { retryAfterMs, cause: error })
  }
  if (isNotionClientError(error)) return new ServiceError('Notion', 'no-answer', error.message, { cause: error })
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
  const message = error instanceof Error ? `no usable answer (${error.message}${cause})` : 'no usable answer'
  return new ServiceError('Notion', 'no-answer', message, { cause: error })
}

/** Of an answer that is not Notion's own, such as a proxy's page. */
function failureOf(status: number): ServiceFailure {
  if (status === 429) return 'rate-limited'
  if (status === 413) return 'invalid'
  return status >= 500 ? 'unavailable' : 'unexpected'
}

/** How long Notion asks to wait; where it says nothing after a refusal for rate, one second. */
function retryAfter(failure: ServiceFailure, headers: unknown, inBody?: unknown): number | undefined {
  const asked = readRetryAfter(headers instanceof Headers ? headers.get('retry-after') : null) ?? readRetryAfter(inBody)
  if (failure === 'rate-limited') return Math.max(asked ?? 1000, 500)
  return failure === 'unavailable' ? asked : undefined
}
