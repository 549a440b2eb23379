/**
 * How requests to one service are spaced, repeated and given up: one limiter, one shared pause after a refusal for
 * rate, one deadline for each request. It knows no service; what may be repeated is said by who calls.
 */
import PQueue from 'p-queue'
import pRetry from 'p-retry'
import { Cancelled, ServiceError } from './errors.ts'

export type Limits = {
  /** At most `count` requests start in any `intervalMs`, and `concurrency` run at once. */
  readonly count: number
  readonly intervalMs: number
  readonly concurrency: number
}

/** How a run is stopped: at once for what only reads, after a short grace for a write that is under way. */
export type Stop = { readonly now: AbortSignal; readonly grace: AbortSignal }

export type Pace = {
  /**
   * Runs `request` when its turn comes. `repeatable` says that it may be sent again after an answer that never came
   * or a server error; refusals for rate are always repeated. Rejects with a ServiceError, or Cancelled.
   */
  readonly run: <T>(request: (signal: AbortSignal) => Promise<T>, repeatable: boolean) => Promise<T>
}

/** Longest time for one request, its body included; both services answer or give up within 60 s themselves. */
const DEADLINE_MS = 70_000
const ATTEMPTS = 5

export function createPace(limits: Limits, stop: Stop, log: (line: string) => void): Pace {
  const queue = new PQueue({
    intervalCap: limits.count,
    interval: limits.intervalMs,
    strict: true,
    concurrency: limits.concurrency,
  })
  let pausedUntil = 0
  stop.now.addEventListener('abort', () => queue.start(), { once: true })

  const pause = (ms: number): void => {
    pausedUntil = Math.max(pausedUntil, Date.now() + ms)
    queue.pause()
    setTimeout(() => {
      if (Date.now() >= pausedUntil) queue.start()
    }, ms).unref()
  }

  /** Ends the wait between two attempts when the run is stopped; a request that is under way goes on. */
  const run: Pace['run'] = async (request, repeatable) => {
    const halt = new AbortController()
    let underWay = false
    const onStop = () => {
      if (!underWay) halt.abort()
    }
    stop.now.addEventListener('abort', onStop)
    const attempt = () =>
      queue.add(async () => {
        if (stop.now.aborted) throw new Cancelled()
        underWay = true
        try {
          return await request(AbortSignal.any([stop.grace, AbortSignal.timeout(DEADLINE_MS)]))
        } finally {
          underWay = false
        }
      })
    const repeats = (error: unknown): error is ServiceError =>
      error instanceof ServiceError && !stop.now.aborted && mayRepeat(error, repeatable)
    try {
      return await pRetry(attempt, {
        retries: ATTEMPTS - 1,
        minTimeout: 500,
        factor: 2,
        maxTimeout: 20_000,
        randomize: true,
        signal: halt.signal,
        shouldRetry: ({ error }) => repeats(error),
        onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
          if (!repeats(error) || retriesLeft === 0) return
          const wait = error.retryAfterMs ?? 0
          const waiting = wait > 0 ? `, waiting ${Math.ceil(wait / 1000)} s` : ''
          log(`${error.message} (attempt ${attemptNumber} of ${ATTEMPTS}${waiting})`)
          if (wait > 0) pause(wait)
        },
      })
    } catch (error) {
      throw halt.signal.aborted ? new Cancelled() : error
    } finally {
      stop.now.removeEventListener('abort', onStop)
    }
  }
  return { run }
}

function mayRepeat(error: ServiceError, repeatable: boolean): boolean {
  switch (error.failure) {
    case 'rate-limited':
    case 'conflict':
      return true
    case 'unavailable':
    case 'no-answer':
      return repeatable && error.saved === undefined
    default:
      return false
  }
}
