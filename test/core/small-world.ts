/**
 * Two services in memory and a run on them: plan, apply, remember. It writes what the plan says and nothing else, so
 * that a test can look at the plan, at both sides and at what is remembered.
 */
import { type Remembered, remember } from '../../src/core/base.ts'
import { ruledBy } from '../../src/core/decide.ts'
import type { Change, Clock, Fate, Outcome, Page, Plan, Problem, Row, Side, Step } from '../../src/core/model.ts'
import { readPageId } from '../../src/core/pair.ts'
import { makePlan, missing } from '../../src/core/plan.ts'
import { cellId, type Observed, type Settings } from '../../src/core/planning.ts'
import { type Journal, journalOf, type Recovery, recover } from '../../src/core/recover.ts'
import type { Value } from '../../src/core/shape.ts'
import { observed, page, row } from './words.ts'

/** What a look-up would prove of a record that the lists do not bring; `here` is in the lists. */
export type Whereabouts = 'here' | Fate | 'not looked up'
export type Placed<T> = { readonly is: T; readonly where: Whereabouts }
export type World = { readonly pages: readonly Placed<Page>[]; readonly rows: readonly Placed<Row>[] }

export const NOTHING_KNOWN: Remembered = { pairs: [], conflicts: [], problems: [] }

export type Circumstances = {
  /** What the clocks say when they are asked. */
  readonly clock?: Clock
  readonly picks?: ReadonlyMap<string, Side>
  /** Which steps take effect, by their place in the plan; all, unless told otherwise. */
  readonly does?: (index: number) => boolean
  /** Which cells a service will not take; none, unless told otherwise. */
  readonly refuses?: (change: Change) => boolean
  /** What a run left that was cut off before it recorded anything. */
  readonly left?: Journal | null
  /** What else is observed, such as the people that either side knows. */
  readonly seen?: Partial<Observed>
}

export type Round = {
  readonly plan: Plan
  /** What the run would keep before its first write. */
  readonly journal: Journal | null
  /** What it found of a run before, which it records. */
  readonly recovered: Recovery | null
  readonly outcomes: readonly Outcome[]
  readonly world: World
  readonly memory: Remembered
}

const here = <T>(placed: readonly Placed<T>[]): T[] => placed.flatMap(({ is, where }) => (where === 'here' ? [is] : []))

/** What a run reads in this world, and looks up because of it. */
export function observe(settings: Settings, world: World, memory: Remembered, more: Partial<Observed> = {}): Observed {
  const read = { ...memory, pages: here(world.pages), rows: here(world.rows) }
  const absent = missing(settings, read)
  const fates = new Map<string, Fate>()
  for (const { is, where } of [...world.pages, ...world.rows]) {
    if ([...absent.pages, ...absent.rows].includes(is.id) && where !== 'here' && where !== 'not looked up') {
      fates.set(is.id, where)
    }
  }
  return observed({ ...read, fates, ...more })
}

/** Plans as a run does: the clocks are asked for the conflicts that the first plan names, then it is planned again. */
export function planRound(
  settings: Settings,
  world: World,
  memory: Remembered,
  { clock = 'unknown', picks = new Map(), seen: more = {} }: Circumstances = {},
): Plan {
  const seen = observe(settings, world, memory, { picks, ...more })
  const first = makePlan(settings, seen)
  if (first.unclocked.length === 0) return first
  const clocks = new Map(first.unclocked.map(conflict => [cellId(conflict), clock]))
  return makePlan(settings, { ...seen, clocks })
}

/** One run: what it planned, what became of it, and how world and memory stand afterwards. */
export function round(settings: Settings, world: World, before: Remembered, how: Circumstances = {}): Round {
  const left = how.left ?? null
  const recovered = left && recover(settings.fields, before, left, observe(settings, world, before, how.seen))
  const memory = recovered?.known ?? before
  const plan = planRound(settings, world, memory, how)
  const journal = journalOf(
    `journal-${++journals}`,
    plan,
    memory.pairs,
    recovered && left && { ...recovered, id: left.id },
  )
  let after = world
  const outcomes = plan.steps.map((step, index): Outcome => {
    if (how.does?.(index) === false) return { result: 'left', step, reason: 'the run ended before it' }
    const cells = 'changes' in step ? step.changes : []
    const refused = cells.filter(change => how.refuses?.(change) === true)
    const problems = refused.map(change => refusal(settings, world, step, change))
    if (refused.length > 0 && refused.length === cells.length && step.do !== 'create-row')
      return { result: 'refused', step, problems }
    const done = write(
      after,
      'changes' in step ? { ...step, changes: cells.filter(cell => !refused.includes(cell)) } : step,
    )
    after = done.world
    return { result: 'done', step, record: done.record.id, values: done.record.values, refused: problems }
  })
  const seen = { pages: here(world.pages), rows: here(world.rows) }
  const next = sorted(settings, remember(settings.fields, plan, outcomes, seen))
  return { plan, journal, recovered, outcomes, world: after, memory: next }
}

/** How many were kept, so that each has a name of its own. */
let journals = 0

/** What apply hands back for a cell that a service would not take. */
function refusal({ fields }: Settings, world: World, step: Step, { field: key, to }: Change): Problem {
  const ids = { page: 'page' in step ? step.page : null, row: 'row' in step ? step.row : null }
  const values = (inSight: readonly (Page | Row)[], id: string | null): Value =>
    inSight.find(record => record.id === id)?.values[key] ?? null
  const field = fields.find(candidate => candidate.key === key)
  if (field === undefined) throw new Error(`the plan writes ${key}, which is not mapped`)
  return {
    code: 'refused',
    ...ids,
    title: step.title,
    field: key,
    message: 'The service refused the value.',
    notion: values(here(world.pages), ids.page),
    airtable: values(here(world.rows), ids.row),
    under: ruledBy(field, to),
  }
}

/** What is remembered in the order of the state file, so that equal memories are equal texts. */
function sorted({ fields }: Settings, memory: Remembered): Remembered {
  const pairs = memory.pairs.map(pair => ({
    ...pair,
    base: Object.fromEntries(
      fields.flatMap(({ key }) => (pair.base[key] === undefined ? [] : [[key, pair.base[key]]])),
    ),
  }))
  return { ...memory, pairs: pairs.toSorted((a, b) => (a.page < b.page ? -1 : 1)) }
}

function write(world: World, step: Step): { world: World; record: Page | Row } {
  switch (step.do) {
    case 'update-page':
    case 'trash-page':
    case 'restore-page': {
      const where = step.do === 'trash-page' ? 'trashed' : 'here'
      const record = { ...known(world.pages, step.page), values: written(known(world.pages, step.page).values, step) }
      return { world: { ...world, pages: placed(world.pages, record, where) }, record }
    }
    case 'update-row':
    case 'delete-row': {
      const before = known(world.rows, step.row)
      const pageId = 'relink' in step && step.relink === true ? step.page : before.pageId
      const record = { ...before, pageId, values: written(before.values, step) }
      const where = step.do === 'delete-row' ? 'deleted' : 'here'
      return { world: { ...world, rows: placed(world.rows, record, where) }, record }
    }
    case 'create-row': {
      // An upsert on the page ID cell, as Airtable does it.
      const existing = here(world.rows).find(candidate => readPageId(candidate.pageId) === step.page)
      const blank = row(0, {}, { id: `recNew${world.rows.length}`, title: step.title, pageId: step.page })
      const record = { ...(existing ?? blank), values: written(existing?.values ?? {}, step) }
      return { world: { ...world, rows: placed(world.rows, record, 'here') }, record }
    }
    case 'create-page': {
      const blank = page(900 + world.pages.length, {}, { title: step.title, createdBy: 'bot' })
      const record = { ...blank, values: written({}, step) }
      // The page is linked at once: its ID goes into the row.
      const linked = { ...known(world.rows, step.row), pageId: record.id }
      return { world: { pages: placed(world.pages, record, 'here'), rows: placed(world.rows, linked, 'here') }, record }
    }
  }
}

const written = (values: Readonly<Record<string, Value>>, step: Step): Readonly<Record<string, Value>> =>
  'changes' in step
    ? { ...values, ...Object.fromEntries(step.changes.map(change => [change.field, change.to])) }
    : values

function known<T extends { id: string }>(records: readonly Placed<T>[], id: string): T {
  const found = records.find(({ is }) => is.id === id)
  if (found === undefined) throw new Error(`the plan writes to ${id}, which does not exist`)
  return found.is
}

function placed<T extends { id: string }>(records: readonly Placed<T>[], is: T, where: Whereabouts): Placed<T>[] {
  const others = records.filter(candidate => candidate.is.id !== is.id)
  return records.length === others.length
    ? [...records, { is, where }]
    : records.map(candidate => (candidate.is.id === is.id ? { is, where } : candidate))
}

/** A person's hand: the world with some of a record's values set, or the record moved elsewhere. */
export function edited(
  world: World,
  id: string,
  { values = {}, where }: { values?: Readonly<Record<string, Value>>; where?: Whereabouts },
): World {
  const by = <T extends Page | Row>(records: readonly Placed<T>[]): Placed<T>[] =>
    records.map(record =>
      record.is.id === id
        ? { is: { ...record.is, values: { ...record.is.values, ...values } }, where: where ?? record.where }
        : record,
    )
  return { pages: by(world.pages), rows: by(world.rows) }
}
