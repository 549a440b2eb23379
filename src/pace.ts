/**
 * How requests to one service are spaced, repeated and given up: one limiter, one shared pause after a refusal for
 * rate, one deadline for each request. It knows no service; what may be repeated is said by who calls.
 */
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'
import pRetry from 'p-retry'
import { Cancelled, ServiceError } from './errors.ts'

export type Limits = {
  /** At most `count` requests reach the service in any `intervalMs`, and `concurrency` run at once. */
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
  /** Ends what would keep the process alive after the last request. */
  readonly close: () => void
}

/** Longest time for one request, its body included; both services answer or give up within 60 s themselves. */
const DEADLINE_MS = 70_000
const ATTEMPTS = 5

export function createPace(limits: Limits, stop: Stop, log: (line: string) => void): Pace {
  const queue = new PQueue({ concurrency: limits.concurrency })
  // A request arrives some time between its start and its end, so the interval counts from its end.
  const slots = new PQueue({ concurrency: limits.count })
  const closing = new AbortController()
  // Each request that is under way listens to these, and none is a leak.
  setMaxListeners(0, closing.signal, stop.now, stop.grace)
  const inSlot = <T>(task: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      void slots.add(async () => {
        await queue.add(task).then(resolve, reject)
        await sleep(limits.intervalMs, undefined, { signal: closing.signal }).catch(() => {})
      })
    })
  let pausedUntil = 0
  let resume: NodeJS.Timeout | undefined
  const goOn = () => {
    clearTimeout(resume)
    queue.start()
  }
  const close = () => {
    goOn()
    closing.abort()
  }
  // Whoever waits for a turn is told at once that there is none.
  stop.now.addEventListener('abort', close, { once: true })

  /** Holds back every request until the longest of the asked waits is over. */
  const pause = (ms: number): void => {
    if (stop.now.aborted || Date.now() + ms <= pausedUntil) return
    pausedUntil = Date.now() + ms
    queue.pause()
    clearTimeout(resume)
    resume = setTimeout(goOn, ms)
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
      inSlot(async () => {
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
  return { run, close }
}

/** Whether a request that failed like this may be sent again. */
export function mayRepeat(error: ServiceError, repeatable: boolean): boolean {
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
