/**
 * What a run leaves behind: one commit with state, changelog, history and status page, and the conflict issue. A run
 * that changed nothing leaves nothing. It is called after the services were written, never before.
 */
import type { Conflict, Field, Problem } from './core/model.ts'
import { cellId } from './core/planning.ts'
import type { Deps } from './deps.ts'
import { Cancelled, isFailure, sentence, UserError } from './errors.ts'
import type { IssueChange, Picks } from './github/conflict-issue.ts'
import type { Issue } from './github/issues.ts'
import { commitMessage, prependChangelog, type Run } from './report/changelog.ts'
import type { Counts, Entry, Links } from './report/entries.ts'
import { plain } from './report/escape.ts'
import { appendHistory, historyLine } from './report/history.ts'
import { tellFailure, updateStatus } from './report/status.ts'
import { formatState, parseState, type State } from './state/schema.ts'
import type { JournalStore, Store } from './state/store.ts'

type Input = {
  readonly deps: Deps
  readonly store: Store
  readonly folder: string
  readonly before: State | null
  readonly next: State
  readonly counts: Counts
  readonly entries: readonly Entry[]
  readonly fields: readonly Field[]
  readonly links: Links
  readonly titles: (page: string | null) => string
  /** Null where the issue could not be read: then it is left as it is, for the next run. */
  readonly ticks: Picks | null
  readonly settled: readonly Conflict[]
  readonly started: number
  readonly failure: Error | null
  readonly notes: readonly string[]
  /** An earlier run was cut off, and what it wrote is recorded here. */
  readonly recovers: boolean
  /** The journal that this run kept, or else found: taken away once what it tells of is recorded. */
  readonly journal: string | null
  /** Which of its steps are still open, since the run failed or was cancelled: the next run looks at them. */
  readonly open: readonly number[]
  readonly journals: JournalStore
}

export type Recorded = { readonly changed: boolean; readonly commit: string; readonly issue: number | null }

export async function recordRun(input: Input): Promise<Recorded> {
  const { deps, before } = input
  const ongoing = await ensureIssue(input)
  // The number stays until a run has seen the issue closed, so that one that was broken off is repaired by the next.
  const next: State =
    ongoing === null
      ? input.next
      : { ...input.next, issue: ongoing.issue?.number ?? null, issueAuthor: ongoing.issue?.author ?? null }

  const cured = input.failure === null && (before?.lastFailure ?? null) !== null
  const changed =
    !sameState(before, next) || input.entries.some(entry => entry.side !== undefined) || input.recovers || cured
  // That a run failed is on record, but changes nothing by itself.
  const records = changed || input.failure !== null
  const commit = records ? await commitRun(input, next) : ''
  deps.log.line(
    records
      ? `Recorded${commit === '' ? '' : ` in commit ${commit.slice(0, 10)}`}.`
      : 'Nothing changed; nothing was recorded.',
  )
  await Promise.all([
    ongoing?.update(),
    // One that stays has no effect: the history names it.
    (records || input.journal !== null) && input.open.length === 0
      ? input.journals.remove().catch(error => deps.log.line(`The journal stays for now: ${messageOf(error)}`))
      : null,
  ])
  return { changed, commit, issue: next.issue }
}

/** The issue that is open now, and what brings it up to date; null where nobody can tell. */
async function ensureIssue(
  input: Input,
): Promise<{ readonly issue: Issue | null; readonly update: () => Promise<unknown> } | null> {
  const { deps, before, ticks } = input
  const handler = deps.issue
  if (handler === null || ticks === null) return null
  const change: IssueChange = {
    content: {
      sync: deps.name,
      conflicts: input.next.conflicts,
      problems: input.next.problems,
      fields: input.fields,
      links: input.links,
      titles: input.titles,
    },
    ticks,
    joined: joined(before, input.next),
    settled: input.settled,
    wasOpen: before !== null && before.conflicts.length + before.problems.length > 0,
  }
  const report = (error: unknown) => reportIssue(deps, error)
  try {
    const issue = await handler.ensure(change)
    return { issue, update: async () => issue && handler.update(issue.number, change).catch(report) }
  } catch (error) {
    return report(error)
  }
}

function reportIssue(deps: Deps, error: unknown): null {
  const advice = isFailure(error, 'forbidden') ? ' Give the job "permissions: { issues: write }".' : ''
  deps.log.warn(`The conflict issue could not be brought up to date: ${sentence(messageOf(error))}${advice}`)
  return null
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * Equal in all that matters: option names and titles, which the services know, and an issue, which GitHub does, are no
 * reason for a commit.
 */
function sameState(before: State | null, next: State): boolean {
  // A first run that found nothing, and did nothing, leaves nothing.
  if (before === null) return next.pairs.length + next.conflicts.length + next.problems.length === 0
  const keys = (state: State) =>
    JSON.stringify(
      state.fields.map(field => [
        field.key,
        field.notion.name,
        field.notion.id,
        field.notion.type,
        field.airtable.name,
        field.airtable.id,
        field.airtable.type,
      ]),
    )
  const titles = new Map(before.pairs.map(({ page, title }) => [page, title]))
  const told = (state: State) =>
    formatState({
      ...state,
      fields: before.fields,
      ownFields: before.ownFields,
      issue: before.issue,
      issueAuthor: before.issueAuthor,
      creating: before.creating,
      lastFailure: before.lastFailure,
      pairs: state.pairs.map(pair => ({ ...pair, title: titles.get(pair.page) ?? pair.title })),
    })
  return keys(before) === keys(next) && told(before) === told(next)
}

function joined(before: State | null, next: State): IssueChange['joined'] {
  const values = (item: Conflict): string => JSON.stringify([cellId(item), item.notion, item.airtable])
  const problem = (item: Problem): string => JSON.stringify([item.code, item.page, item.row, item.field])
  const conflictsBefore = new Set(before?.conflicts.map(values))
  const problemsBefore = new Set(before?.problems.map(problem))
  return {
    conflicts: next.conflicts.filter(item => !conflictsBefore.has(values(item))),
    problems: next.problems.filter(item => !problemsBefore.has(problem(item))),
  }
}

async function commitRun(input: Input, next: State): Promise<string> {
  const { deps, folder, before, failure } = input
  const at = new Date(deps.now())
  const hadFailed = before !== null && before.lastFailure !== null
  const ended = failure !== null ? 'failed' : input.recovers || hadFailed ? 'recovered' : 'ok'
  const run: Run = {
    sync: deps.name,
    at,
    counts: input.counts,
    entries: input.entries,
    links: input.links,
    runUrl: deps.runUrl,
    ended,
  }
  const line = historyLine({
    status: ended,
    at,
    started: input.started,
    counts: input.counts,
    failure,
    journal: input.journal,
    open: input.open,
  })
  const notes = [
    ...input.notes,
    failure === null ? '' : `The run did not finish: ${failure.message}`,
    failure === null && hadFailed ? 'Recovered: the run before had failed.' : '',
  ].filter(Boolean)
  return input.store.commit({
    guard: `${folder}/state.json`,
    message: commitMessage(run, notes.length === 0 ? null : notes.join(' ')),
    build: async read => {
      const [history, changelog, status] = await Promise.all(recordPaths(deps).map(read))
      return {
        [`${folder}/state.json`]: formatState(next),
        ...(input.entries.length === 0 ? {} : { [`${folder}/CHANGELOG.md`]: prependChangelog(changelog ?? null, run) }),
        [statusPath(deps)]: updateStatus(status ?? null, {
          run,
          folder: deps.name,
          pairs: next.pairs.length,
          resting: next.pairs.filter(pair => pair.rest !== undefined).length,
          conflicts: next.conflicts,
          problems: next.problems,
          issueUrl: next.issue === null ? null : deps.url(`issues/${next.issue}`),
          failure: failure?.message ?? null,
          fields: input.fields,
          titles: input.titles,
        }),
        // Last, since a folder is written file by file: what it says to be recorded is.
        [`${folder}/history.jsonl`]: appendHistory(history ?? null, line),
      }
    },
  })
}

export const historyPath = ({ stateDir, name }: Pick<Deps, 'stateDir' | 'name'>): string =>
  `${stateDir}/${name}/history.jsonl`

const statusPath = ({ stateDir }: Pick<Deps, 'stateDir'>): string => `${stateDir}/README.md`

/** What a commit adds to: history, changelog, status page. */
export const recordPaths = (deps: Pick<Deps, 'stateDir' | 'name'>): string[] => [
  historyPath(deps),
  `${deps.stateDir}/${deps.name}/CHANGELOG.md`,
  statusPath(deps),
]

/** What the last state has open, and its issue. */
export type StillOpen = { readonly conflicts: number; readonly problems: number; readonly issue: number | null }

/** Null where there is no state, or none that can be read. */
export async function openNow({ openStore, stateDir, name }: Deps): Promise<StillOpen | null> {
  const path = `${stateDir}/${name}/state.json`
  try {
    const text = await (await openStore()).read(path)
    if (text === null) return null
    const { conflicts, problems, issue } = parseState(text, path)
    return { conflicts: conflicts.length, problems: problems.length, issue }
  } catch {
    return null
  }
}

/**
 * A run that failed before it could plan or write: a line in the history, and the failure in the state and on the
 * status page if there are any. What a person must mend (config, tokens, guards, a broken state) is told by the run itself and not committed;
 * nor is a run that was cancelled before it wrote.
 */
export async function recordFailure(
  deps: Deps,
  error: Error,
  started: number,
  stillOpen: StillOpen | null,
): Promise<string> {
  if (error instanceof Cancelled || (error instanceof UserError && error.kind !== 'access' && error.kind !== 'limit'))
    return ''
  const store = await deps.openStore()
  const folder = `${deps.stateDir}/${deps.name}`
  const at = new Date(deps.now())
  const { conflicts, problems } = stillOpen ?? { conflicts: 0, problems: 0 }
  const counts: Counts = { created: 0, toNotion: 0, toAirtable: 0, deleted: 0, conflicts, problems }
  const line = historyLine({ status: 'failed', at, started, counts, failure: error, journal: null, open: [] })
  const stateText = await store.read(`${folder}/state.json`)
  // A token that never worked is a matter of setting up, not of history.
  if (error instanceof UserError && stateText === null) return ''
  return store.commit({
    guard: `${folder}/state.json`,
    message: `sync(${deps.name}): failed\n\n${plain(error.message, 500)}`,
    build: async read => {
      const [history = null, status = null] = await Promise.all([historyPath(deps), statusPath(deps)].map(read))
      return {
        [historyPath(deps)]: appendHistory(history, line),
        ...(status === null ? {} : { [statusPath(deps)]: tellFailure(status, deps.name, at, error.message) }),
        ...(stateText === null ? {} : { [`${folder}/state.json`]: markFailed(stateText, error.message) }),
      }
    },
  })
}

/** Only the line that tells of the failure is replaced: whatever else the file holds stays as it is. */
const markFailed = (text: string, message: string): string =>
  text.replace(/^"lastFailure": .*$/m, () => `"lastFailure": ${JSON.stringify(message)},`)
