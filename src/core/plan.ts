/**
 * From what both sides hold and what they held when they last agreed, to what is to be done: a pure function, so that
 * the plan that is shown is the plan that is applied. It reads no clock and asks no service.
 */
import { planAbsence } from './absence.ts'
import { agreed } from './base.ts'
import { convert } from './convert.ts'
import { planCreatePage, planCreateRow } from './create.ts'
import { canWrite, decide } from './decide.ts'
import type { Base, Change, Fate, Field, Page, Pair, Plan, Rest, Row, Side } from './model.ts'
import { type Linked, oldestWith, pairUp } from './pair.ts'
import { cellId, type Draft, type Observed, own, type Run, restsFor, type Settings, same } from './planning.ts'
import { followPairs } from './twins.ts'
import { normal } from './value.ts'

/** What is proved to be gone is nobody's twin. */
const GONE: ReadonlySet<Fate | undefined> = new Set<Fate>(['trashed', 'moved', 'archived', 'deleted'])

export type Missing = {
  /** Pages and rows of known pairs that the reading did not bring, and of which nothing may be concluded yet. */
  readonly pages: string[]
  readonly rows: string[]
  /** Pages that rest outside the filter; they are alive, unless somebody trashed them there. */
  readonly resting: string[]
  /** Pages without a row. */
  readonly twinless: string[]
}

const matchField = ({ fields, match }: Settings): Field | null => fields.find(field => field.key === match) ?? null

/** The records that must be looked up before `makePlan` may conclude anything from their absence. */
export function missing(settings: Settings, seen: Pick<Observed, 'pairs' | 'pages' | 'rows'>): Missing {
  const { linked, loosePages } = pairUp(seen.pairs, seen.pages, seen.rows, matchField(settings))
  const open = linked.filter(({ pair, page, row }) => {
    if (pair.rest === undefined) return true
    return restsFor(pair.rest) === 'notion' ? page !== null : row !== null || pair.rest.why === 'row-out-of-scope'
  })
  return {
    pages: open.flatMap(link => (link.page === null ? [link.pair.page] : [])),
    rows: open.flatMap(link => (link.row === null ? [link.pair.row] : [])),
    resting: linked.flatMap(link =>
      link.page === null && link.pair.rest?.why === 'out-of-scope' ? [link.pair.page] : [],
    ),
    twinless: loosePages.map(page => page.id),
  }
}

/**
 * Records that are outside filter or view while the twin that they were archived for is back: it may be the archive
 * value that keeps them there.
 */
export function archivedAway(
  pairs: readonly Pair[],
  fates: ReadonlyMap<string, Fate>,
): { readonly pages: string[]; readonly rows: string[] } {
  const away = (side: Side) =>
    pairs.flatMap(({ page, row, rest }) => {
      const id = side === 'notion' ? page : row
      return rest?.wrote !== undefined && restsFor(rest) !== side && fates.get(id) === 'out-of-scope' ? [id] : []
    })
  return { pages: away('notion'), rows: away('airtable') }
}

/** Whether an archive value that we wrote stands in a record still. */
export function holdsArchive({ fields }: Settings, pairs: readonly Pair[], record: Page | Row): boolean {
  const pair = pairs.find(({ page, row }) => page === record.id || row === record.id)
  const side = pair?.page === record.id ? 'notion' : 'airtable'
  return fields.some(field => stillArchived(side, record, pair?.rest, field))
}

/** Plans one run. The same input gives the same plan, in the same order. */
export function makePlan(given: Settings, seen: Observed): Plan {
  const draft: Draft = {
    steps: [],
    pairs: [],
    conflicts: [],
    settling: [],
    unclocked: [],
    problems: [],
    events: [],
    unmatched: [],
    deletions: 0,
  }
  const refused = seen.problems.filter(problem => problem.code === 'refused')
  const pages = [...seen.pages, ...seen.strays]
  const pairing = pairUp(seen.pairs, pages, seen.rows, matchField(given), {
    deleted: new Set([...seen.fates].flatMap(([id, fate]) => (fate === 'deleted' ? [id] : []))),
    madeFrom: (page, row) => madeFrom(given, seen, page, row),
    made: madeBefore(given, seen),
  })
  const gone = (id: string) => GONE.has(seen.fates.get(id))
  const linked = pairing.linked.flatMap(({ pair }) => (gone(pair.page) || gone(pair.row) ? [] : [pair]))
  const run: Run = {
    settings: { ...given, fields: followPairs(given.fields, linked) },
    seen,
    draft,
    conflicts: new Map(seen.conflicts.map(conflict => [cellId(conflict), conflict])),
    refusals: new Map(refused.map(problem => [cellId(problem), problem])),
  }
  draft.problems.push(...pairing.problems)
  const strays = new Set(seen.strays.map(page => page.id))
  for (const link of pairing.linked) {
    const { page, row } = link
    if (page === null || row === null) planAbsence(run, link)
    else if (strays.has(page.id)) planStray(run, { ...link, page, row })
    else planPair(run, { ...link, page, row })
  }
  planLoose(
    run,
    pairing.loosePages.filter(page => !strays.has(page.id)),
    pairing.looseRows,
  )
  return draft
}

/** Whether our own user made the page, and it holds what would be written for the row. */
function madeFrom(settings: Settings, seen: Observed, page: Page, row: Pick<Row, 'values'>): boolean {
  if (page.createdBy !== seen.bot) return false
  return settings.fields
    .filter(field => canWrite(field, 'notion'))
    .every(field => {
      const { shape } = field.notion
      const held = normal(own(page.values, field.key))
      const converted = convert(field, 'airtable', normal(own(row.values, field.key)), null, seen.people.notion)
      // What Notion would not take was left out, and an emptied status takes its default.
      const empty = 'refused' in converted || converted.value === null
      if (empty && (held === null || (shape.is === 'option' && shape.refills === true))) return true
      return !('refused' in converted) && same(field, 'notion', held, converted.value)
    })
}

/** The pages that a run which was cut off made, by their rows: each holds what it was made of, and no other does. */
function madeBefore(settings: Settings, seen: Observed): Map<string, string> {
  const known = new Set(seen.pairs.map(pair => pair.page))
  const pages = [...seen.pages, ...seen.strays].filter(page => !known.has(page.id))
  const found = seen.makings.map(({ row, changes }) => {
    const values = Object.fromEntries(changes.map(change => [change.field, change.source]))
    return { row, pages: pages.filter(page => madeFrom(settings, seen, page, { values })).map(page => page.id) }
  })
  const rowsOf = (page: string) => new Set(found.flatMap(making => (making.pages.includes(page) ? [making.row] : [])))
  return new Map(
    found.flatMap(({ row, pages: [page, second] }) =>
      page !== undefined && second === undefined && rowsOf(page).size === 1 ? [[row, page] as const] : [],
    ),
  )
}

/** Records without a twin: one is made where `create` allows. */
function planLoose(run: Run, pages: readonly Page[], rows: readonly Row[]): void {
  const { settings, seen, draft } = run
  for (const page of pages) {
    const where = { page: page.id, row: null, title: page.title }
    const row = oldestWith(page.id, seen.hidden)
    if (row !== undefined) {
      draft.pairs.push({ page: page.id, row: row.id, title: page.title, base: {}, rest: { why: 'row-out-of-scope' } })
      draft.events.push({
        ...where,
        row: row.id,
        text: 'linked: its row is outside the view or filter, so the pair rests',
      })
    } else if (settings.create === 'airtable' || settings.create === 'both') planCreateRow(run, page)
    else draft.unmatched.push({ ...where, text: `no row; "create: ${settings.create}" makes none` })
  }
  for (const row of rows) {
    const where = { page: null, row: row.id, title: row.title }
    if (seen.holding.has(row.id))
      draft.unmatched.push({ ...where, text: 'its page may have been made already; it is looked for first' })
    else if (settings.create === 'notion' || settings.create === 'both') planCreatePage(run, row)
    else draft.unmatched.push({ ...where, text: `no page; "create: ${settings.create}" makes none` })
  }
}

const LINKED = {
  match: 'linked: page and row have the same name',
  'page-id': 'linked: the row carries the page’s ID',
  made: 'linked: a run that was cut off made the page from the row',
} as const

/** A page that a run made which was cut off, and that the filter hides: the two are linked, and rest. */
function planStray({ settings, draft }: Run, { pair, page, row, isNew = 'made', relink }: Both): void {
  const where = { page: page.id, row: row.id, title: page.title || row.title }
  const base = agreed(settings.fields, page.values, row.values, 'notion')
  draft.events.push({ ...where, text: `${LINKED[isNew]}; it is outside the filter, so the pair rests` })
  if (relink) draft.steps.push({ do: 'update-row', ...where, changes: [], relink: true })
  draft.pairs.push({ ...pair, base, rest: { why: 'out-of-scope' } })
}

type Both = Linked & { readonly page: Page; readonly row: Row }

function planPair(run: Run, link: Both): void {
  const { settings, draft } = run
  const { pair, page, row } = link
  const where = { page: page.id, row: row.id, title: page.title || row.title || pair.title }
  if (link.isNew !== undefined) {
    draft.events.push({
      ...where,
      text: LINKED[link.isNew],
    })
  }
  const base: Record<string, Base> = {}
  const changes: Change[] = []
  for (const field of settings.fields) {
    const decision = decide(field, run, where, own(pair.base, field.key) ?? null, {
      notion: awake('notion', page, pair.rest, field),
      airtable: awake('airtable', row, pair.rest, field),
    })
    const kept = decision.base ?? own(pair.base, field.key)
    if (kept !== undefined) base[field.key] = kept
    if (decision.change !== undefined) changes.push(decision.change)
    if (decision.settles !== undefined) draft.settling.push(decision.settles)
    if (decision.problem !== undefined) draft.problems.push(decision.problem)
    if (decision.conflict !== undefined) {
      draft.conflicts.push(decision.conflict)
      if (decision.conflict.clock === undefined) draft.unclocked.push(decision.conflict)
    }
    if (decision.event !== undefined) draft.events.push({ ...where, field: field.key, ...decision.event })
  }
  changes.push(...undoArchive(settings, pair.rest, { notion: page, airtable: row }, changes))

  const { rest, ...rested } = pair
  const toRow = changes.filter(change => change.side === 'airtable')
  const toPage = changes.filter(change => change.side === 'notion')
  // The pair is awake once its archive value is undone; until then it is known to rest.
  const undoes = (side: Side) => rest?.wrote !== undefined && restsFor(rest) !== side
  const wakes = (side: Side) => (undoes(side) ? { rest: null } : {})
  const pending = (undoes('airtable') && toRow.length > 0) || (undoes('notion') && toPage.length > 0)
  if (toRow.length > 0 || link.relink) {
    const relink = link.relink ? { relink: true } : {}
    draft.steps.push({ do: 'update-row', ...where, changes: toRow, ...relink, ...wakes('airtable') })
  }
  if (toPage.length > 0) draft.steps.push({ do: 'update-page', ...where, changes: toPage, ...wakes('notion') })
  if (rest !== undefined && changes.length === 0) {
    const what = restsFor(rest) === 'notion' ? 'the page is back; its row is' : 'the row is back; its page is'
    draft.events.push({ ...where, text: `${what} in sync again` })
  }
  draft.pairs.push({ ...(pending ? pair : rested), title: where.title, base })
}

/** A record as it was before archiving wrote to it, as long as the archive value still stands there. */
function awake<T extends Page | Row>(side: Side, record: T, rest: Rest | undefined, field: Field): T {
  if (!stillArchived(side, record, rest, field)) return record
  return { ...record, values: { ...record.values, [field.key]: rest?.was?.[field.key] ?? null } }
}

function stillArchived(side: Side, record: Page | Row, rest: Rest | undefined, field: Field): boolean {
  const wrote = rest?.wrote?.[field.key]
  return (
    rest !== undefined &&
    wrote !== undefined &&
    restsFor(rest) !== side &&
    same(field, side, record.values[field.key], wrote)
  )
}

function undoArchive(
  settings: Settings,
  rest: Rest | undefined,
  held: Readonly<Record<Side, Page | Row>>,
  planned: readonly Change[],
): Change[] {
  return settings.fields.flatMap(field =>
    (['notion', 'airtable'] as const).flatMap((side): Change[] => {
      if (!stillArchived(side, held[side], rest, field)) return []
      if (planned.some(change => change.field === field.key && change.side === side)) return []
      const from = held[side].values[field.key] ?? null
      const to = rest?.was?.[field.key] ?? null
      return [{ field: field.key, side, from, to, source: to, why: 'restored' }]
    }),
  )
}
