/** A pace that loses patience within moments, for tests of what the clients do when a service fails. */
import { createPace, type Pace } from '../src/pace.ts'

const never = { now: new AbortController().signal, grace: new AbortController().signal }

/** Gives a request up after 300 ms, waits moments between attempts, and no service longer than two seconds. */
export const quickPace = (endsForAll = true): Pace =>
  createPace({ count: 1000, intervalMs: 0, concurrency: 3 }, never, () => {}, {
    deadlineMs: 300,
    attempts: 5,
    firstWaitMs: 1,
    longestWaitMs: 2000,
    endsForAll,
  })
