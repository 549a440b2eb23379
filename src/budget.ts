/**
 * How much one run may use: of time, and of calls to Airtable. What it leaves undone it leaves to the next run, with
 * all that was done recorded. It counts and decides; stopping is pace.ts's and apply.ts's.
 */
import type { Plan } from './core/model.ts'
import { UserError } from './errors.ts'

/**
 * The shipped workflow ends its job after 10 minutes (.github/workflows/sync.yml), ubuntu-slim any job after 15, and
 * the token of a GitHub App dies after an hour. Two minutes are left for the last request and for recording.
 */
export const WORK_MS = 8 * 60_000

export const outOfTime = (): UserError =>
  new UserError(
    `The run has worked for ${WORK_MS / 60_000} minutes, as long as one run may. The next one goes on from what is recorded. If runs end like this before their first write, the tables are too large to be read in that time: give the sync a filter and a view.`,
    'limit',
  )

/** Beyond what a plan needs even if each batch is looked at again; Airtable's Free plan gives 1,000 calls a month. */
const SPARE_CALLS = 200

/**
 * Answers why the plan may not be carried out further, if so: the run is stopped, or Airtable was called far more often
 * than the plan needs. That is so where it refuses many values, each of which takes some ten calls to be found.
 */
export function writingBudget(plan: Plan, calls: () => number, stop: AbortSignal): () => Error | null {
  const count = (...kinds: Plan['steps'][number]['do'][]) => plan.steps.filter(step => kinds.includes(step.do)).length
  const batches = Math.ceil(count('create-row', 'update-row') / 10) + Math.ceil(count('create-page') / 10)
  const allowed = 2 * (batches + count('delete-row')) + SPARE_CALLS
  const before = calls()
  return () => {
    if (stop.aborted) return stop.reason
    if (calls() - before < allowed) return null
    return new UserError(
      `Airtable was called ${calls() - before} times to write what takes at most ${allowed - SPARE_CALLS} calls, since it refused many values or failed often. The run ends here, so that it does not use up the month's calls. See the problems that it lists; the next run goes on.`,
      'limit',
    )
  }
}
