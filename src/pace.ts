/**
 * How requests to one service are spaced, repeated and given up: one limiter, one shared pause after a refusal for
 * rate, one deadline for each request. It knows no service; what may be repeated is said by who calls.
 */
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'
import pRetry from 'p-retry'
import { Outdated, ServiceError, sentence } from './errors.ts'

export type Limits = {
  /** At most `count` requests reach the service in any `intervalMs`, and `concurrency` run at once. */
  readonly count: number
  readonly intervalMs: number
  readonly concurrency: number
}

/**
 * How a run is stopped: `now` for what has not begun, with the error that says why as its reason; `grace` for a request
 * that is under way.
 */
export type Stop = { readonly now: AbortSignal; readonly grace: AbortSignal }

/** Gets the error of the attempt before, where there was one, so that it may ask for less. */
export type PacedRequest<T> = (signal: AbortSignal, before: ServiceError | undefined) => Promise<T>

export type Pace = {
  /**
   * Runs `request` when its turn comes. `repeatable` says that it may be sent again after an answer that never came
   * or a server error; refusals for rate are always repeated. `fresh` is asked before each attempt whether what is to
   * be written over was looked at recently. Rejects with a ServiceError, Outdated, or the reason of the stop.
   */
  readonly run: <T>(request: PacedRequest<T>, repeatable: boolean, fresh?: () => boolean) => Promise<T>
  /** Ends what would keep the process alive after the last request. */
  readonly close: () => void
}

export type Patience = {
  /** Longest time for one request, its body included. */
  readonly deadlineMs: number
  readonly attempts: number
  /** Before the second attempt, where the service does not say how long; doubled each time, and up to twice that. */
  readonly firstWaitMs: number
  /** The longest wait that a service may ask for; what it refuses for longer fails. */
  readonly longestWaitMs: number
  /** Whether the service is asked nothing more in this run then, or only the refused request fails. */
  readonly endsForAll: boolean
}

/**
 * Both services answer or give up within 60 s themselves. They ask to wait for a minute (developers.notion.com, request
 * limits) or 30 s (airtable.com/developers/web/api/rate-limits); more means a limit of the workspace or of the hour.
 */
export const PATIENCE: Patience = {
  deadlineMs: 70_000,
  attempts: 5,
  firstWaitMs: 500,
  longestWaitMs: 120_000,
  endsForAll: true,
}

export function createPace(
  limits: Limits,
  stop: Stop,
  log: (line: string) => void,
  { deadlineMs, attempts, firstWaitMs, longestWaitMs, endsForAll }: Patience = PATIENCE,
): Pace {
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
  /** Set once the service said that asking again is of no use in this run. */
  let ended: ServiceError | undefined
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

  const isLast = (error: ServiceError): boolean =>
    error.failure === 'quota' || (error.retryAfterMs ?? 0) > longestWaitMs

  /** Holds back every request until the longest of the asked waits is over; not all clients shall return at once. */
  const pause = (asked: number): void => {
    const ms = asked * (1 + Math.random() / 10)
    if (stop.now.aborted || Date.now() + ms <= pausedUntil) return
    pausedUntil = Date.now() + ms
    queue.pause()
    clearTimeout(resume)
    resume = setTimeout(goOn, ms)
  }

  /** Ends the wait between two attempts when the run is stopped; a request that is under way goes on. */
  const run: Pace['run'] = async (request, repeatable, fresh = () => true) => {
    const halt = new AbortController()
    let underWay = false
    const onStop = () => {
      if (!underWay) halt.abort()
    }
    stop.now.addEventListener('abort', onStop)
    let before: ServiceError | undefined
    const attempt = () =>
      inSlot(async () => {
        if (stop.now.aborted) throw stop.now.reason
        if (ended !== undefined) throw ended
        if (!fresh()) throw new Outdated(before)
        underWay = true
        try {
          return await request(AbortSignal.any([stop.grace, AbortSignal.timeout(deadlineMs)]), before)
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error
          before = error
          if (isLast(error)) {
            tellUntil(error)
            if (endsForAll) ended ??= error
          }
          throw error
        } finally {
          underWay = false
        }
      })
    const repeats = (error: unknown): error is ServiceError =>
      error instanceof ServiceError && !isLast(error) && !stop.now.aborted && mayRepeat(error, repeatable)
    try {
      return await pRetry(attempt, {
        retries: attempts - 1,
        minTimeout: firstWaitMs,
        factor: 2,
        maxTimeout: 20_000,
        randomize: true,
        signal: halt.signal,
        shouldRetry: ({ error }) => repeats(error),
        onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
          if (!repeats(error) || retriesLeft === 0) return
          const wait = error.retryAfterMs ?? 0
          const waiting = wait > 0 ? `, waiting ${Math.ceil(wait / 1000)} s` : ''
          log(`${error.message} (attempt ${attemptNumber} of ${attempts}${waiting})`)
          if (wait > 0) pause(wait)
        },
      })
    } catch (error) {
      throw halt.signal.aborted ? stop.now.reason : error
    } finally {
      stop.now.removeEventListener('abort', onStop)
    }
  }
  return { run, close }
}

/** Adds to a refusal that is not waited for the time from which the service may be asked again. */
function tellUntil(error: ServiceError): void {
  if (error.retryAfterMs === undefined || error.failure === 'quota') return
  const until = new Date(Date.now() + error.retryAfterMs).toISOString().slice(0, 16).replace('T', ' ')
  error.message = `${sentence(error.message)} It asks to wait until ${until} UTC. The run does not wait that long; one that starts later goes on.`
}

/** No service means more; a date beyond it could not be said. */
const YEAR_MS = 366 * 24 * 3600_000

/** What a Retry-After asks for in ms: seconds or a date (RFC 9110, 10.2.3); undefined where it says nothing of use. */
export function readRetryAfter(value: unknown): number | undefined {
  const text = String(value ?? '').trim()
  if (text === '') return undefined
  const seconds = Number(text)
  const ms = Number.isNaN(seconds) ? Date.parse(text) - Date.now() : seconds * 1000
  return ms >= 0 ? Math.min(ms, YEAR_MS) : undefined
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
