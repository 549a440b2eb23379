/**
 * From what both sides hold and what they held when they last agreed, to what is to be done: a pure function, so that
 * the plan that is shown is the plan that is applied. It reads no clock and asks no service.
 */
import { planAbsence } from './absence.ts'
import { planCreateRow } from './create.ts'
import { decide } from './decide.ts'
import type { Base, Change, Field, Page, Plan, Rest, Row } from './model.ts'
import { type Linked, pairUp } from './pair.ts'
import { conflictId, type Draft, type Observed, type Run, type Settings, same } from './planning.ts'

/** The records that must be looked up before `makePlan` may conclude anything from their absence. */
export function missing(
  settings: Settings,
  seen: Pick<Observed, 'pairs' | 'pages' | 'rows'>,
): { pages: string[]; rows: string[] } {
  const { linked } = pairUp(seen.pairs, seen.pages, seen.rows, settings.match)
  const awake = linked.filter(link => link.pair.rest === undefined)
  return {
    pages: awake.flatMap(link => (link.page === null ? [link.pair.page] : [])),
    rows: awake.flatMap(link => (link.row === null && link.page !== null ? [link.pair.row] : [])),
  }
}

/** Plans one run. The same input gives the same plan, in the same order. */
export function makePlan(settings: Settings, seen: Observed): Plan {
  const draft: Draft = {
    steps: [],
    pairs: [],
    conflicts: [],
    settling: [],
    unclocked: [],
    problems: [],
    events: [],
    deletions: 0,
  }
  const refused = seen.problems.filter(problem => problem.code === 'refused')
  const run: Run = {
    settings,
    seen,
    draft,
    conflicts: new Map(seen.conflicts.map(conflict => [conflictId(conflict), conflict])),
    refusals: new Map(refused.map(problem => [`${problem.page}/${problem.field}`, problem])),
  }
  const pairing = pairUp(seen.pairs, seen.pages, seen.rows, settings.match)
  draft.problems.push(...pairing.problems)
  for (const link of pairing.linked) {
    if (link.page !== null && link.row !== null) planPair(run, { ...link, page: link.page, row: link.row })
    else planAbsence(run, link)
  }
  if (settings.create === 'airtable' || settings.create === 'both') {
    for (const page of pairing.loosePages) planCreateRow(run, page)
  }
  return draft
}

function planPair(run: Run, link: Linked & { page: Page; row: Row }): void {
  const { settings, draft } = run
  const { pair, page, row } = link
  const where = { page: page.id, row: row.id, title: page.title || row.title || pair.title }
  if (link.isNew !== undefined) {
    draft.events.push({
      ...where,
      text:
        link.isNew === 'match' ? 'linked: page and row have the same name' : 'linked: the row carries the page’s ID',
    })
  }
  const base: Record<string, Base> = {}
  const changes: Change[] = []
  for (const field of settings.fields) {
    const decision = decide(field, run, where, pair.base[field.key] ?? null, {
      notion: page,
      airtable: awake(row, pair.rest, field),
    })
    const kept = decision.base ?? pair.base[field.key]
    if (kept !== undefined) base[field.key] = kept
    if (decision.change !== undefined) changes.push(decision.change)
    if (decision.settles !== undefined) draft.settling.push(decision.settles)
    if (decision.problem !== undefined) draft.problems.push(decision.problem)
    if (decision.conflict !== undefined) {
      draft.conflicts.push(decision.conflict)
      if (decision.conflict.clock === undefined) draft.unclocked.push(decision.conflict)
    }
    if (decision.event !== undefined) draft.events.push({ ...where, field: field.key, text: decision.event })
  }
  changes.push(...undoArchive(settings, pair.rest, row, changes))

  const { rest, ...rested } = pair
  const toRow = changes.filter(change => change.side === 'airtable')
  const toPage = changes.filter(change => change.side === 'notion')
  const wakes = rest?.wrote !== undefined && toRow.length > 0 ? { rest: null } : {}
  if (toRow.length > 0 || link.relink) {
    draft.steps.push({ do: 'update-row', ...where, changes: toRow, ...(link.relink ? { relink: true } : {}), ...wakes })
  }
  if (toPage.length > 0) draft.steps.push({ do: 'update-page', ...where, changes: toPage })
  if (rest !== undefined) draft.events.push({ ...where, text: 'back: the pair is merged again' })
  draft.pairs.push({ ...('rest' in wakes ? pair : rested), title: where.title, base })
}

/** The row as it was before archiving wrote to it, as long as the archive value still stands there. */
function awake(row: Row, rest: Rest | undefined, field: Field): Row {
  const wrote = rest?.wrote?.[field.key]
  if (wrote === undefined || !same(field, 'airtable', row.values[field.key], wrote)) return row
  return { ...row, values: { ...row.values, [field.key]: rest?.was?.[field.key] ?? null } }
}

function undoArchive(settings: Settings, rest: Rest | undefined, row: Row, planned: readonly Change[]): Change[] {
  return settings.fields.flatMap(field => {
    const wrote = rest?.wrote?.[field.key]
    const untouched = wrote !== undefined && same(field, 'airtable', row.values[field.key], wrote)
    if (!untouched || planned.some(change => change.field === field.key && change.side === 'airtable')) return []
    const to = rest?.was?.[field.key] ?? null
    return [
      {
        field: field.key,
        side: 'airtable' as const,
        from: row.values[field.key] ?? null,
        to,
        why: 'restored' as const,
      },
    ]
  })
}
