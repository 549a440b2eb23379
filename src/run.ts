/**
 * The story of one sync, top to bottom: read, plan, guard, apply, record. Every dependency is an argument; a failure
 * before there is a plan is thrown, a later one comes with what was done, or with what a guard kept from being done.
 */
import { apply } from './apply.ts'
import { writingBudget } from './budget.ts'
import type { SyncConfig } from './config/schema.ts'
import { remember } from './core/base.ts'
import { guard, WHERE_TO_FORCE } from './core/guard.ts'
import type { Conflict, Plan } from './core/model.ts'
import { cellId } from './core/planning.ts'
import { openIn } from './core/recover.ts'
import { counted } from './core/value.ts'
import type { Deps } from './deps.ts'
import { creatingAfter, dropDoubles } from './doubles.ts'
import { isFailure, ServiceError, sentence, UserError } from './errors.ts'
import { noPicks, type Picks } from './github/conflict-issue.ts'
import { findJournal, keep, takeIn } from './journal.ts'
import { lossesOf } from './losses.ts'
import { linksOf, titlesOf } from './names.ts'
import { linkNewPairs } from './new-links.ts'
import { planBack, planSync } from './planner.ts'
import { type Reading, readingInput, readSync } from './read.ts'
import { historyPath, type Recorded, recordPaths, recordRun } from './record.ts'
import { type Counts, confirmed, countsOf, entriesOf, headline, plannedEntries } from './report/entries.ts'
import { logged } from './report/escape.ts'
import { readTicks } from './report/issue.ts'
import { entryLines, planLines } from './report/log.ts'
import type { SyncReport } from './report/summary.ts'
import { emptyState, type State } from './state/schema.ts'

/** What became of a sync: what is reported of it, and whether anything was recorded. */
export type SyncResult = SyncReport & { readonly changed: boolean }

/** Thrown by a run that wrote, and could not record it: the next run finds what was done, and records it. */
export class Unrecorded extends Error {
  readonly reason: unknown
  readonly result: SyncResult
  constructor(reason: unknown, result: SyncResult) {
    super('What was done could not be recorded.', { cause: reason })
    this.reason = reason
    this.result = result
  }
}

export async function runSync(deps: Deps): Promise<SyncResult> {
  const { name, config, log } = deps
  const started = deps.now()
  const folder = `${deps.stateDir}/${name}`

  log.group(`${name}: read`)
  const opening = deps.openStore()
  const statePath = `${folder}/state.json`
  const input = readingInput(deps, opening)
  const { state: loading, stateOf } = input
  const [reading, state, store, before, found] = await Promise.all([
    readSync(input),
    loading,
    opening,
    opening.then(store => findJournal(store, folder, historyPath(deps), log)),
    loading.then(known => readIssue(deps, known)),
  ])
  // The log and the summary of a public repository are as public as its state.
  await deps.mayRecord
  const blank = emptyState(name, reading.belongs, reading.bound)
  const cutOff = before.journal && (await takeIn(before.journal, reading, log))
  // What the plan is made from: what is recorded, and what a run wrote that was cut off before it recorded it.
  const known: Reading =
    cutOff === null
      ? reading
      : {
          ...reading,
          state: { ...(reading.state ?? blank), ...cutOff.known },
          pages: reading.pages.map(page => (cutOff.written.has(page.id) ? { ...page, edited: '' } : page)),
        }
  const ticks = found && withNames(found, known.state?.conflicts ?? [])
  log.line(
    `Notion: ${counted(reading.pages.length, 'page')}. Airtable: ${counted(reading.rows.length, 'row')}. State: ${state === null ? 'none yet' : `${counted(state.pairs.length, 'pair')}, open conflicts: ${state.conflicts.length}`}.`,
  )
  log.endGroup()

  log.group(`${name}: plan`)
  const back = deps.restore && (await deps.restore.called(statePath))
  const plan =
    deps.restore === null
      ? await planSync(known, (ticks ?? noPicks).picks, cutOff?.makings ?? [])
      : await planBack(
          deps.restore,
          known,
          statePath,
          deps.restore.syncs
            .filter(other => other !== name)
            .map(other => ({
              path: `${deps.stateDir}/${other}/state.json`,
              pairs: async () => (await stateOf(other))?.pairs ?? [],
            })),
        )
  for (const line of planLines(plan, titlesOf(reading, state))) log.line(line)
  log.endGroup()

  const result = (more: Partial<SyncResult>): SyncResult => ({
    name,
    plan,
    fields: reading.bound.settings.fields,
    counts: countsOf([], { conflicts: plan.conflicts.length, problems: plan.problems.length }),
    entries: [],
    conflicts: plan.conflicts,
    problems: plan.problems,
    links: linksOf(reading),
    titles: titlesOf(reading, state),
    changed: false,
    commit: '',
    issue: state?.issue ?? null,
    url: deps.url,
    sizes: { pages: reading.pages.length, rows: reading.rows.length, pairs: plan.pairs.length },
    stops: [],
    planned: deps.planOnly,
    back,
    losses: [],
    left: [],
    windows: [],
    failure: null,
    ...more,
  })
  const stops = guard(deletionLimit(config), plan, {
    pairs: state?.pairs ?? [],
    pages: reading.pages,
    rows: reading.rows,
  })
  if (deps.planOnly) return result({ stops, losses: lossesOf(reading) })

  if (stops.length > 0 && !deps.force) {
    log.group(`${name}: what it would have done`)
    for (const line of entryLines(plannedEntries(plan), '')) log.line(line)
    log.endGroup()
    const would = headline(plannedCounts(plan)) || 'nothing'
    const failure = new UserError(
      `${stops.join(' ')} The sync stopped before its first write; it would have done: ${would}. If that is right, ${deps.inShell ? 'run it once with --force, which lets one run pass' : `run the workflow by hand with "force: true": ${WHERE_TO_FORCE}`}.`,
      'guard',
    )
    return result({ stops, planned: true, failure })
  }

  if (plan.steps.length > 0) store.prepare(recordPaths(deps))
  // That a state is there shows that its branch takes commits.
  if (plan.steps.length > 0 && state === null && !deps.force) await store.takesCommits()
  const kept = await keep(plan, known, cutOff, before.store, log)
  if (plan.steps.length > 0 && kept === null) await store.mayCommit()
  log.group(`${name}: apply`)
  const hands: Parameters<typeof apply>[1] = {
    ...reading,
    fields: reading.bound.settings.fields,
    pageIdField: reading.bound.pageIdField.id,
    lastSyncedField: reading.bound.lastSyncedField,
    seen: {
      pages: new Map(reading.pages.map(page => [page.id, page])),
      rows: new Map(reading.rows.map(row => [row.id, row])),
      at: reading.at,
    },
    now: deps.now,
    halted: writingBudget(plan, deps.services.airtable.calls, deps.stop),
    progress: (done, of) => {
      if (of > 20 && (done % 20 === 0 || done === of)) log.line(`${done} of ${of} records written`)
    },
  }
  const written = await linkNewPairs({ fields: hands.fields, plan, applied: await apply(plan, hands) }, reading, hands)
  const { fields, applied } = written
  // A first run that is known to have done nothing at all leaves no state.
  const mayHaveActed = applied.outcomes.some(outcome => outcome.result !== 'left' || 'unsure' in outcome)
  if (applied.failure !== null && state === null && cutOff === null && !mayHaveActed) throw applied.failure
  const entries = [...(cutOff?.entries ?? []), ...entriesOf(applied.outcomes, plan.events)]
  for (const line of entryLines(entries, ', in the changelog')) log.line(line)
  const left = applied.outcomes.flatMap(outcome => {
    const reason = outcome.result === 'left' ? outcome.reason : outcome.result === 'done' ? outcome.left : undefined
    return reason === undefined ? [] : [`${outcome.step.title}: ${reason}`]
  })
  for (const line of left) log.line(`Left for the next run: ${logged(line)}`)
  if (applied.outcomes.length === 0) log.line('Nothing to write.')
  log.endGroup()

  const remembered = remember(fields, written.plan, applied.outcomes, reading)
  const next: State = {
    ...blank,
    issue: state?.issue ?? null,
    issueAuthor: state?.issueAuthor ?? null,
    creating: creatingAfter(applied.outcomes, state, remembered.pairs, deps.now()),
    lastFailure: applied.failure === null ? null : applied.failure.message,
    ...remembered,
  }
  const counts = countsOf(confirmed(applied.outcomes), {
    conflicts: remembered.conflicts.length,
    problems: remembered.problems.length,
  })
  const notes = [
    back === null ? '' : `Set back to what the state said at ${back}.`,
    stops.length > 0 ? `Forced past the guards: ${stops.join(' ')}` : '',
    cutOff === null ? '' : 'An earlier run was cut off before it recorded all that it wrote; that is told here.',
  ]
  log.group(`${name}: record`)
  const recording = recordRun({
    deps,
    store,
    folder,
    before: reading.state,
    next,
    counts,
    entries,
    fields,
    links: linksOf(reading, applied.outcomes),
    titles: titlesOf(reading, state, remembered.pairs),
    ticks,
    settled: plan.settling.filter(conflict => !remembered.conflicts.some(open => cellId(open) === cellId(conflict))),
    started,
    failure: applied.failure,
    notes,
    recovers: cutOff !== null,
    journal: kept?.id ?? cutOff?.id ?? null,
    open: kept === null ? [] : openIn(kept, applied.unsettled),
    journals: before.store,
  })
  const done = {
    entries,
    stops,
    conflicts: remembered.conflicts,
    problems: remembered.problems,
    left,
    windows: applied.windows,
  }
  const recorded: Recorded = await recording.catch(async error => {
    const overtaken = error instanceof UserError && error.kind === 'state'
    const doubles = overtaken ? await dropDoubles(deps, reading, applied.outcomes, statePath) : new Set<string>()
    const stands = confirmed(applied.outcomes.filter(outcome => !('record' in outcome && doubles.has(outcome.record))))
    throw new Unrecorded(error, result({ ...done, counts: countsOf(stands, counts), changed: stands.length > 0 }))
  })
  log.endGroup()
  const nothing = applied.failure === null ? 'nothing to do' : 'nothing was done'
  log.line(`${name}: ${headline(counts) || nothing}.`)
  return result({ ...done, counts, ...recorded, failure: applied.failure })
}

/** What people ticked; null where the issue could not be read: nothing is settled by a tick then. */
async function readIssue({ issue, log }: Deps, known: State | null): Promise<Picks | null> {
  if (issue === null) return noPicks
  const remembered = { number: known?.issue ?? null, author: known?.issueAuthor ?? null }
  return issue.read(remembered, known?.conflicts ?? [], known?.problems ?? []).catch(error => {
    if (!(error instanceof ServiceError)) throw error
    const advice = isFailure(error, 'forbidden')
      ? ' Give the job "permissions: { issues: read }", or "issues: write" where it syncs.'
      : ' The next run looks again.'
    log.warn(`The conflict issue cannot be read, so no tick counts: ${sentence(error.message)}${advice}`)
    return null
  })
}

/** Ticks beside the names that options had when the state was written, and have now: an issue may show either. */
function withNames(found: Picks, conflicts: readonly Conflict[]): Picks {
  if (found.issue === null) return found
  const now = readTicks(found.issue.body, conflicts)
  const both = now.both.length > 0 ? now.both : found.both
  return { ...found, picks: new Map([...found.picks, ...now.picks]), both }
}

function deletionLimit(config: SyncConfig): Parameters<typeof guard>[0] {
  const limit = config.guards?.max_deletions
  if (limit === undefined) return undefined
  return typeof limit === 'number' ? { count: limit } : { share: Number.parseFloat(limit) / 100 }
}

const plannedCounts = (plan: Plan): Counts =>
  countsOf(plan.steps, { conflicts: plan.conflicts.length, problems: plan.problems.length })
