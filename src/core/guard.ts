/** The brakes: they look at a plan before its first write and say, in words, why it must not run. */
import type { Page, Pair, Plan, Row } from './model.ts'
import { counted } from './value.ts'

/** `guards.max_deletions` of the mapping: a number, or a share of the pairs between 0 and 1. Absent: 10 or 20 %, whichever is more. */
export type DeletionLimit = { readonly count: number } | { readonly share: number } | undefined

/** Where on GitHub a person lets one run pass. */
export const WHERE_TO_FORCE = 'Actions → the workflow → Run workflow → the input that lets one run pass the guards'

/** The sentences that stop the run; none lets it pass. */
export function guard(
  limit: DeletionLimit,
  plan: Plan,
  seen: { readonly pairs: readonly Pair[]; readonly pages: readonly Page[]; readonly rows: readonly Row[] },
): string[] {
  const stops: string[] = []
  const awake = seen.pairs.filter(pair => pair.rest === undefined).length
  if (awake > 0 && seen.pages.length === 0) {
    stops.push(`Notion came back empty, while the state holds ${counted(awake, 'pair')}.`)
  }
  if (awake > 0 && seen.rows.length === 0) {
    stops.push(`Airtable came back empty, while the state holds ${counted(awake, 'pair')}.`)
  }
  const allowed = allowance(limit, seen.pairs.length)
  if (plan.deletions > allowed) {
    stops.push(
      `${counted(plan.deletions, 'record')} would be archived or deleted in one run; guards.max_deletions allows ${allowed}.`,
    )
  }
  return stops
}

function allowance(limit: DeletionLimit, pairs: number): number {
  if (limit === undefined) return Math.max(10, Math.floor(pairs * 0.2))
  return 'count' in limit ? limit.count : Math.floor(pairs * limit.share)
}
