/**
 * Links among records of one table, where a record was just made: its twin is known only now. What could not be linked
 * in the first round of writing is planned and written in a second one, in the same run.
 */
import { type Applied, apply } from './apply.ts'
import { remember } from './core/base.ts'
import type { Field, Outcome, Page, Plan, Row, Step } from './core/model.ts'
import { makePlan } from './core/plan.ts'
import { followPairs, linksToItself } from './core/twins.ts'
import type { Reading } from './read.ts'

export type Round = { readonly fields: readonly Field[]; readonly plan: Plan; readonly applied: Applied }

/** The plan and its outcomes, with the links that new pairs made possible. */
export async function linkNewPairs(round: Round, reading: Reading, hands: Parameters<typeof apply>[1]): Promise<Round> {
  const made = round.applied.outcomes.some(
    ({ result, step }) => result === 'done' && (step.do === 'create-row' || step.do === 'create-page'),
  )
  if (!made || round.applied.failure !== null || !round.fields.some(linksToItself)) return round
  const known = remember(round.fields, round.plan, round.applied.outcomes, reading)
  const fields = followPairs(round.fields, known.pairs)
  const seen = afterwards(reading, round.applied.outcomes)
  const plan = makePlan(
    { ...reading.bound.settings, fields },
    {
      ...known,
      ...seen,
      hidden: [],
      strays: [],
      holding: new Set(),
      makings: [],
      bot: null,
      fates: reading.fates,
      picks: new Map(),
      clocks: new Map(),
      people: { notion: [], airtable: [] },
    },
  )
  const ours = new Set(fields.filter(linksToItself).map(field => field.key))
  const steps = plan.steps.flatMap((step): Step[] => {
    if (step.do !== 'update-row' && step.do !== 'update-page') return []
    const changes = step.changes.filter(change => ours.has(change.field))
    return changes.length === 0 ? [] : [{ do: step.do, page: step.page, row: step.row, title: step.title, changes }]
  })
  if (steps.length === 0) return { ...round, fields }
  const maps = {
    pages: new Map(seen.pages.map(page => [page.id, page])),
    rows: new Map(seen.rows.map(row => [row.id, row])),
  }
  const applied = await apply({ ...plan, steps }, { ...hands, fields, seen: { ...maps, at: hands.seen.at } })
  return {
    fields,
    plan: { ...round.plan, steps: [...round.plan.steps, ...steps] },
    applied: {
      outcomes: [...round.applied.outcomes, ...applied.outcomes],
      failure: applied.failure,
      windows: [...round.applied.windows, ...applied.windows],
      unsettled: [...round.applied.unsettled, ...applied.unsettled],
    },
  }
}

/** Both sides as they stand after what was written. */
function afterwards(
  { pages, rows }: Pick<Reading, 'pages' | 'rows'>,
  outcomes: readonly Outcome[],
): { pages: readonly Page[]; rows: readonly Row[] } {
  const pageById = new Map(pages.map(page => [page.id, page]))
  const rowById = new Map(rows.map(row => [row.id, row]))
  const blank = { url: '', created: '', unreadable: {} }
  for (const outcome of outcomes) {
    if (outcome.result !== 'done') continue
    const { step, record, values } = outcome
    if (step.do === 'update-page' || step.do === 'create-page') {
      const page = pageById.get(record) ?? { ...blank, id: record, title: step.title, createdBy: '', edited: '' }
      pageById.set(record, { ...page, values })
    }
    if (step.do === 'update-row' || step.do === 'create-row') {
      const row = rowById.get(record) ?? { ...blank, id: record, title: step.title, pageId: step.page }
      rowById.set(record, { ...row, values })
    }
  }
  return { pages: [...pageById.values()], rows: [...rowById.values()] }
}
