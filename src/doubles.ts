/**
 * What keeps a page from being made twice: a create that got no answer holds back another for a while, and of two runs at
 * once the second to record takes its own pages away again.
 */
import type { Outcome, Pair } from './core/model.ts'
import type { Deps } from './deps.ts'
import { asError } from './errors.ts'
import type { Reading } from './read.ts'
import { parseState, type State } from './state/schema.ts'

/** Notion may list a new page late, by minutes; until then an unanswered create is not repeated. */
const HOLD_MS = 30 * 60_000

/** Whether a create that got no answer at this time still holds back another. */
export const holds = (since: string | undefined, now: number): boolean =>
  since !== undefined && now - Date.parse(since) < HOLD_MS

/** The rows whose page may have been made without an answer: those of this run, and earlier ones that still hold. */
export function creatingAfter(
  outcomes: readonly Outcome[],
  state: State | null,
  pairs: readonly Pair[],
  now: number,
): Record<string, string> {
  const linked = new Set(pairs.map(pair => pair.row))
  const before = Object.entries(state?.creating ?? {}).filter(([row, since]) => !linked.has(row) && holds(since, now))
  const unsure = outcomes.flatMap(outcome =>
    outcome.result === 'left' && outcome.unsure === true && outcome.step.do === 'create-page' ? [outcome.step.row] : [],
  )
  return { ...Object.fromEntries(before), ...Object.fromEntries(unsure.map(row => [row, new Date(now).toISOString()])) }
}

/**
 * Another run of this sync came first, and its state stands. Pages that this one made for rows which have a page by
 * that state are its own doubles, seconds old: they go to the trash. Answers the IDs of those that did; it never
 * rejects, since the run has a failure to tell already.
 */
export async function dropDoubles(
  deps: Deps,
  reading: Reading,
  outcomes: readonly Outcome[],
  statePath: string,
): Promise<Set<string>> {
  const doubles = new Set<string>()
  try {
    const text = await (await deps.openStore()).read(statePath)
    const pageOf = new Map((text === null ? [] : parseState(text, statePath).pairs).map(pair => [pair.row, pair.page]))
    for (const outcome of outcomes) {
      if (outcome.result !== 'done' || outcome.step.do !== 'create-page') continue
      const page = pageOf.get(outcome.step.row)
      if (page === undefined || page === outcome.record) continue
      await reading.notion.trash(outcome.record, true)
      doubles.add(outcome.record)
    }
  } catch (error) {
    deps.log.warn(`Pages that another run had made too may be there twice: ${asError(error).message}`)
  }
  return doubles
}
