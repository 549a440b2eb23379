/**
 * The story of one sync, top to bottom: read, plan, guard, apply, record. Every dependency is an argument; a sync
 * that fails is thrown, after what was done has been recorded.
 */
import { apply } from './apply.ts'
import { askClocks } from './clocks.ts'
import type { SyncConfig } from './config/schema.ts'
import { remember } from './core/base.ts'
import { guard } from './core/guard.ts'
import type { Clock, Conflict, Field, Person, Plan, Problem, Row, Side } from './core/model.ts'
import { SIDE_NAME } from './core/model.ts'
import { makePlan } from './core/plan.ts'
import type { Observed } from './core/planning.ts'
import type { Deps, Log } from './deps.ts'
import { UserError } from './errors.ts'
import { noPicks } from './github/conflict-issue.ts'
import { type Reading, readSync } from './read.ts'
import { type Recorded, recordRun } from './record.ts'
import { type Counts, countsOf, type Entry, entriesOf, headline, type Links } from './report/entries.ts'
import { logged, show } from './report/escape.ts'
import { parseState, type State } from './state/schema.ts'

export type SyncResult = {
  readonly name: string
  readonly plan: Plan
  readonly fields: readonly Field[]
  readonly counts: Counts
  readonly entries: readonly Entry[]
  readonly conflicts: readonly Conflict[]
  readonly problems: readonly Problem[]
  readonly links: Links
  readonly titles: (page: string | null) => string
  readonly changed: boolean
  readonly commit: string
  readonly issue: number | null
  readonly left: readonly string[]
  /** Why the run did not finish, although what was done is recorded. */
  readonly failure: Error | null
}

export async function runSync(deps: Deps): Promise<SyncResult> {
  const { name, config, log } = deps
  const started = deps.now()
  const folder = `${deps.stateDir}/${name}`
  const statePath = `${folder}/state.json`

  log.group(`${name}: read`)
  const opening = deps.openStore()
  const loading = opening
    .then(store => store.read(statePath))
    .then(text => (text === null ? null : parseState(text, statePath)))
  const [reading, state, store, ticks] = await Promise.all([
    readSync({
      name,
      config,
      place: deps.place,
      services: deps.services,
      repository: deps.repository,
      state: loading,
      force: deps.force,
      now: deps.now,
      warn: log.warn,
    }),
    loading,
    opening,
    loading.then(known =>
      deps.issue === null
        ? noPicks
        : deps.issue.read(known?.issue ?? null, known?.conflicts ?? [], known?.problems ?? []),
    ),
  ])
  const { fields } = reading.bound.settings
  log.line(
    `Notion: ${reading.pages.length} pages. Airtable: ${reading.rows.length} rows. State: ${state === null ? 'none yet' : `${state.pairs.length} pairs, ${state.conflicts.length} open conflicts`}.`,
  )
  log.endGroup()

  log.group(`${name}: plan`)
  const plan = await planSync(reading, state, ticks.picks)
  describePlan(plan, log)
  log.endGroup()

  const result = (more: Partial<SyncResult>): SyncResult => ({
    name,
    plan,
    fields,
    counts: countsOf([], { conflicts: plan.conflicts.length, problems: plan.problems.length }),
    entries: [],
    conflicts: plan.conflicts,
    problems: plan.problems,
    links: linksOf(reading),
    titles: titlesOf(reading, state),
    changed: false,
    commit: '',
    issue: state?.issue ?? null,
    left: [],
    failure: null,
    ...more,
  })
  if (deps.planOnly) return result({})

  await deps.mayRecord
  const stops = guard(deletionLimit(config), plan, {
    pairs: state?.pairs ?? [],
    pages: reading.pages,
    rows: reading.rows,
  })
  if (stops.length > 0 && !deps.force) {
    const would = headline(plannedCounts(plan)) || 'nothing'
    throw new UserError(
      `${stops.join(' ')} The sync stopped before its first write; it would have done: ${would}. If that is right, run the workflow by hand with "force: true", which lets one run pass.`,
      'guard',
    )
  }

  log.group(`${name}: apply`)
  const applied = await apply(plan, {
    notion: reading.notion,
    airtable: reading.airtable,
    fields,
    pageIdField: reading.bound.pageIdField.id,
    lastSyncedField: reading.bound.lastSyncedField,
    toPage: reading.toPage,
    toRow: reading.toRow,
    seen: {
      pages: new Map(reading.pages.map(page => [page.id, page])),
      rows: new Map(reading.rows.map(row => [row.id, row])),
      at: reading.at,
    },
    now: deps.now,
    stopped: deps.stopped,
    progress: (done, of) => {
      if (of > 20 && (done % 20 === 0 || done === of)) log.line(`${done} of ${of} records written`)
    },
  })
  const entries = entriesOf(applied.outcomes, plan.events)
  for (const entry of entries) log.line(describeEntry(entry))
  const left = applied.outcomes.flatMap(outcome =>
    outcome.result === 'left' ? [`${outcome.step.title}: ${outcome.reason}`] : [],
  )
  for (const line of left) log.line(`Left for the next run: ${logged(line)}`)
  if (applied.outcomes.length === 0) log.line('Nothing to write.')
  log.endGroup()

  const remembered = remember(fields, plan, applied.outcomes, reading)
  const next: State = {
    version: 1,
    sync: name,
    belongs: reading.belongs,
    issue: state?.issue ?? null,
    lastFailure: applied.failure === null ? null : applied.failure.message,
    fields: reading.bound.learned.map(known => learnedField(known, fields)),
    ...remembered,
  }
  const counts = countsOf(applied.outcomes, {
    conflicts: remembered.conflicts.length,
    problems: remembered.problems.length,
  })
  const note = stops.length > 0 ? `Forced past the guards: ${stops.join(' ')}` : null
  log.group(`${name}: record`)
  const recorded: Recorded = await recordRun({
    deps,
    store,
    folder,
    before: state,
    next,
    counts,
    entries,
    fields,
    links: linksOf(reading),
    titles: titlesOf(reading, state),
    ticks,
    settled: plan.settling.filter(
      conflict => !remembered.conflicts.some(open => open.page === conflict.page && open.field === conflict.field),
    ),
    started,
    failure: applied.failure,
    note,
  })
  log.line(
    recorded.changed
      ? `Recorded${recorded.commit === '' ? '' : ` in commit ${recorded.commit.slice(0, 10)}`}.`
      : 'Nothing changed; nothing was recorded.',
  )
  log.endGroup()
  return result({ counts, entries, ...remembered, ...recorded, left, failure: applied.failure })
}

/** Plans; asks the services for what the plan turns out to need (clocks of conflicts, members), and plans again. */
async function planSync(reading: Reading, state: State | null, picks: ReadonlyMap<string, Side>): Promise<Plan> {
  const { settings } = reading.bound
  const known = { notion: peopleIn(reading, 'notion'), airtable: peopleIn(reading, 'airtable') }
  const planWith = (clocks: ReadonlyMap<string, Clock>, people: Observed['people']): Plan =>
    makePlan(settings, {
      pairs: state?.pairs ?? [],
      conflicts: state?.conflicts ?? [],
      problems: state?.problems ?? [],
      pages: reading.pages,
      rows: reading.rows,
      fates: reading.fates,
      picks,
      clocks,
      people,
    })
  const first = planWith(new Map(), known)
  const clocks =
    first.unclocked.length === 0
      ? new Map<string, Clock>()
      : await askClocks(reading.airtable, first.unclocked, settings.fields, reading.bound.pageIdField.id)
  const needsMembers = looksForPeople(first, settings.fields)
  if (clocks.size === 0 && !needsMembers) return first
  const members = needsMembers ? await reading.members() : []
  return planWith(clocks, {
    notion: distinct([...members, ...known.notion]),
    airtable: distinct([
      ...known.airtable,
      ...members
        .filter(person => person.email !== undefined)
        .map(({ name, email }) => ({
          ...(name === undefined ? {} : { name }),
          ...(email === undefined ? {} : { email }),
        })),
    ]),
  })
}

/** Whether a people field is written, or could not be: then all members must be known, not just those in use. */
function looksForPeople(plan: Plan, fields: readonly Field[]): boolean {
  const people = (key: string | undefined, side: Side) =>
    fields.some(field => field.key === key && field[side].shape.is === 'people')
  return (
    plan.problems.some(
      problem =>
        problem.code === 'cannot-convert' && (people(problem.field, 'notion') || people(problem.field, 'airtable')),
    ) ||
    plan.steps.some(
      step => 'changes' in step && step.changes.some(change => change.to !== null && people(change.field, change.side)),
    )
  )
}

/** The people whom a side's own values name. */
function peopleIn(reading: Reading, side: Side): Person[] {
  const keys = reading.bound.settings.fields.filter(field => field[side].shape.is === 'people').map(field => field.key)
  const records: readonly { values: Row['values'] }[] = side === 'notion' ? reading.pages : reading.rows
  const found = keys.flatMap(key =>
    records.flatMap(record => (Array.isArray(record.values[key]) ? (record.values[key] as readonly Person[]) : [])),
  )
  return distinct(found)
}

function distinct(people: readonly Person[]): Person[] {
  const byKey = new Map<string, Person>()
  for (const person of people) {
    const key = person.email?.toLowerCase() ?? person.id ?? person.name ?? ''
    if (!byKey.has(key)) byKey.set(key, person)
  }
  return [...byKey.values()]
}

function learnedField(known: Reading['bound']['learned'][number], fields: readonly Field[]): State['fields'][number] {
  const field = fields.find(candidate => candidate.key === known.key)
  const side = (which: Side) => ({
    ...known[which],
    type: field?.[which].type ?? '',
    ...(field?.[which].options === undefined ? {} : { options: field[which].options }),
  })
  return { key: known.key, notion: side('notion'), airtable: side('airtable') }
}

function deletionLimit(config: SyncConfig): Parameters<typeof guard>[0] {
  const limit = config.guards?.max_deletions
  if (limit === undefined) return undefined
  return typeof limit === 'number' ? { count: limit } : { share: Number.parseFloat(limit) / 100 }
}

function plannedCounts(plan: Plan): Counts {
  const count = (...kinds: string[]) => plan.steps.filter(step => kinds.includes(step.do)).length
  return {
    created: count('create-row'),
    toAirtable: count('update-row'),
    toNotion: count('update-page'),
    deleted: count('delete-row', 'trash-page'),
    conflicts: plan.conflicts.length,
    problems: plan.problems.length,
  }
}

function linksOf(reading: Reading): Links {
  const urls = new Map(reading.pages.map(page => [page.id, page.url]))
  return {
    page: id => (id === null ? null : (urls.get(id) ?? `https://www.notion.so/${id.replaceAll('-', '')}`)),
    row: id => (id === null ? null : `https://airtable.com/${reading.airtable.base}/${reading.airtable.id}/${id}`),
  }
}

function titlesOf(reading: Reading, state: State | null): (page: string | null) => string {
  const titles = new Map([
    ...(state?.pairs ?? []).map(pair => [pair.page, pair.title] as const),
    ...reading.pages.map(page => [page.id, page.title] as const),
  ])
  return page => titles.get(page ?? '') ?? ''
}

function describePlan(plan: Plan, log: Log): void {
  log.line(headline(plannedCounts(plan)) || 'Both sides agree; nothing to do.')
  for (const problem of plan.problems) {
    log.line(
      `Problem: ${logged(problem.title || '(no title)', 80)}${problem.field === undefined ? '' : `, ${logged(problem.field, 60)}`}: ${logged(problem.message)}`,
    )
  }
  for (const conflict of plan.conflicts) {
    log.line(
      `Open conflict: ${logged(conflict.field, 60)}: Notion has ${logged(show(conflict.notion), 80)}, Airtable has ${logged(show(conflict.airtable), 80)}`,
    )
  }
}

function describeEntry(entry: Entry): string {
  const way = entry.side === undefined ? '' : ` → ${SIDE_NAME[entry.side]}`
  const change =
    entry.from === '' && entry.to === ''
      ? ''
      : entry.from === ''
        ? ` ${logged(entry.to, 200)}`
        : ` ${logged(entry.from, 80)} → ${logged(entry.to, 80)}`
  return `${logged(entry.title || '(no title)', 80)}${way}: ${logged(entry.what, 60)}${change} (${logged(entry.why)})`
}
