/**
 * The one open issue of a sync: found, read for ticks, and kept current. Only the issue that this action opened is
 * obeyed: the one whose number the state names, or one by the same author with our title, label and marker. Whoever
 * may edit it may tick: GitHub lets only people with write access edit the issue of somebody else.
 */
import type { Conflict, Problem, Side } from '../core/model.ts'
import { other, RECORD, SIDE_NAME } from '../core/model.ts'
import { cellId } from '../core/planning.ts'
import { counted } from '../core/value.ts'
import { labelOf, value } from '../report/entries.ts'
import { markdown } from '../report/escape.ts'
import {
  hasBoxes,
  type IssueContent,
  isOurs,
  issueBody,
  issueTitle,
  readTicks,
  sameContent,
  staleTicks,
  type Ticks,
  withLateTicks,
} from '../report/issue.ts'
import { outcome, story } from '../report/whole-record.ts'
import type { GitHub } from './client.ts'
import {
  comment,
  findIssue,
  getIssue,
  type IsOwn,
  type Issue,
  openIssue,
  ownAuthor,
  switchedOff,
  updateIssue,
} from './issues.ts'

export type Picks = Ticks & { readonly issue: Issue | null }
export const noPicks: Picks = { picks: new Map(), both: [], boxes: [], issue: null }

export type IssueChange = {
  readonly content: Omit<IssueContent, 'ticked'>
  readonly ticks: Picks
  /** What was not open before. */
  readonly joined: { readonly conflicts: readonly Conflict[]; readonly problems: readonly Problem[] }
  /** Conflicts that a tick settled in this run, and whose value is known to be written. */
  readonly settled: readonly Conflict[]
  /** Something was open before this run; an issue that is closed all the same was closed by a person. */
  readonly wasOpen: boolean
}

/** The issue as the state remembers it: its number, and who opened it. */
export type KnownIssue = { readonly number: number | null; readonly author: string | null }

export type ConflictIssue = {
  /** Reads the ticks; asks GitHub only where something is open. */
  readonly read: (known: KnownIssue, conflicts: readonly Conflict[], problems: readonly Problem[]) => Promise<Picks>
  /** The issue that is open or to be brought up to date; opened if there is none and something is open. */
  readonly ensure: (change: IssueChange) => Promise<Issue | null>
  /** Brings body, comments and state of the issue up to date. */
  readonly update: (number: number, change: IssueChange) => Promise<void>
}

/** An issue as the event that started this run tells it; null where it was started otherwise. */
export type EditedIssue = { readonly number: number; readonly body: string } | null

export function conflictIssue(
  github: GitHub,
  sync: string,
  edited: EditedIssue,
  issuesOn: () => Promise<boolean>,
): ConflictIssue {
  const title = issueTitle(sync)
  const findBy = (isOwn: IsOwn): Promise<Issue | null> =>
    findIssue(github, issue => issue.open && issue.title === title && isOwn(issue.author) && isOurs(issue.body, sync))

  /** The issue that the state names is ours by title or marker, whatever a person made of the other. */
  const find = async ({ number, author }: KnownIssue): Promise<Issue | null> => {
    const isOwn = author === null ? await ownAuthor(github) : (login: string) => login === author
    const known = number === null ? null : await getIssue(github, number)
    const isKnown = known !== null && isOwn(known.author) && (known.title === title || isOurs(known.body, sync))
    return isKnown ? known : findBy(isOwn)
  }

  /** Opens an issue, unless another run was quicker, or an earlier one left one that could not be known for ours. */
  const open = async (body: string): Promise<Issue> => {
    if (!(await issuesOn())) throw switchedOff()
    const made = await openIssue(github, title, body)
    const oldest = await findBy(login => login === made.author)
    if (oldest === null || oldest.number >= made.number) return made
    await updateIssue(github, made.number, { state: CLOSED }, 'not_planned')
    return oldest
  }

  /** GitHub cannot guard a write against a tick that came since we read; the event of that tick still tells of it. */
  const bodyOf = (issue: Issue): string =>
    edited?.number === issue.number && isOurs(edited.body, sync) ? withLateTicks(issue.body, edited.body) : issue.body

  return {
    read: async (known, conflicts, problems) => {
      if (known.number === null && conflicts.length === 0 && problems.length === 0) return noPicks
      const found = await find(known)
      if (found === null) return noPicks
      const issue = { ...found, body: bodyOf(found) }
      return { ...readTicks(issue.body, conflicts), issue }
    },
    ensure: async ({ content, ticks, wasOpen }) => {
      if (ticks.issue !== null && (ticks.issue.open || wasOpen)) return ticks.issue
      if (content.conflicts.length + content.problems.length === 0) return null
      const existing = await find({ number: null, author: null })
      return existing ?? open(issueBody({ ...content, ticked: new Map() }))
    },
    update: async (number, given) => {
      // An issue that was opened in this run is not the one that was read.
      const change = given.ticks.issue?.number === number ? given : { ...given, ticks: { ...given.ticks, issue: null } }
      // A comment that is refused must not keep the body from being brought up to date.
      const refused = await say(number, commentsOn(change)).catch((error: unknown) => ({ error }))
      if (change.ticks.issue !== null) await bringUpToDate(change.ticks.issue, change.content)
      if (refused !== undefined) throw refused.error
    },
  }

  async function say(number: number, texts: readonly string[]): Promise<undefined> {
    for (const text of texts) await comment(github, number, text)
  }

  async function bringUpToDate(read: Issue, content: IssueChange['content']): Promise<void> {
    const open = content.conflicts.length + content.problems.length > 0
    const wanted = (now: Issue) => {
      const { picks } = readTicks(bodyOf(now), content.conflicts)
      const body = issueBody({ ...content, ticked: picks })
      const ticked = (text: string) => readTicks(text, content.conflicts).boxes.join()
      const same = sameContent(now.body, body) && hasBoxes(now.body, body) && ticked(now.body) === ticked(body)
      return { ...(same ? {} : { body }), ...(now.open === open ? {} : { state: open ? OPEN : CLOSED }) }
    }
    const isNothing = (patch: object): boolean => Object.keys(patch).length === 0
    if (edited?.number !== read.number && isNothing(wanted(read))) return
    // A box may have been ticked since the run began: what stands there now is what must not be lost.
    const now = await getIssue(github, read.number)
    const patch = now === null ? {} : wanted(now)
    if (!isNothing(patch)) await updateIssue(github, read.number, patch)
  }
}

const OPEN = 'open' as const
const CLOSED = 'closed' as const

/** What is said below the issue, if anything. */
function commentsOn({ content, ticks, joined, settled }: IssueChange): string[] {
  const name = ({ page, field }: Conflict): string =>
    `${markdown(content.titles(page) || '(no title)', 80)}, ${markdown(labelOf(field, content.fields), 60)}`
  const kept = settled.flatMap(conflict => {
    const side: Side | undefined = ticks.picks.get(cellId(conflict))
    if (side === undefined) return []
    if (conflict.field === RECORD)
      return [`- ${name(conflict)}: a person kept ${SIDE_NAME[side]}, so ${outcome(conflict, side)}.`]
    const [won, lost] = [markdown(value(conflict[side])), markdown(value(conflict[other(side)]))]
    return [
      `- ${name(conflict)}: ${SIDE_NAME[side]}’s ${won} was written to ${SIDE_NAME[other(side)]}, where ${lost} stood.`,
    ]
  })
  const both = ticks.both.map(
    conflict => `- ${name(conflict)}: both boxes were ticked, so nothing was written. Tick one.`,
  )
  const stale = staleTicks(ticks.issue?.body ?? '', content.conflicts)
    // A tick that counted, and whose write is still to come, may stand beside the former name of an option.
    .filter(conflict => joined.conflicts.includes(conflict) || !ticks.picks.has(cellId(conflict)))
    .map(
      conflict =>
        `- ${name(conflict)}: a value was edited after the tick, so nothing was written. Look again, and tick again.`,
    )
  const news = [
    ...joined.conflicts.map(
      conflict => `- ${name(conflict)}: ${conflict.field === RECORD ? story(conflict, 200) : bothValues(conflict)}`,
    ),
    ...joined.problems.map(
      problem =>
        `- ${markdown(problem.title || '(no title)', 80)}${problem.field === undefined ? '' : `, ${markdown(labelOf(problem.field, content.fields), 60)}`}: ${markdown(problem.message, 300)}`,
    ),
  ]
  // An issue that was opened in this run says it all in its body.
  const fresh = ticks.issue !== null && news.length > 0 ? [`New:\n\n${cut(news)}`] : []
  const open = content.conflicts.length + content.problems.length
  const closing = open === 0 && ticks.issue?.open === true
  const reopening = open > 0 && ticks.issue?.open === false
  const parts = [
    ...(reopening ? [`Reopened: ${stillOpen(content)} still open. It closes by itself when none is left.`] : []),
    ...(kept.length > 0 ? [`Settled by a tick:\n\n${cut(kept)}`] : []),
    ...(both.length + stale.length > 0 ? [cut([...both, ...stale])] : []),
    ...fresh,
    ...(closing ? ['Nothing is open any more, so this issue is closed.'] : []),
  ]
  return parts.length === 0 ? [] : [parts.join('\n\n')]
}

/** “2 conflicts and 1 problem are”. */
function stillOpen({ conflicts, problems }: IssueChange['content']): string {
  const kinds = [
    ...(conflicts.length > 0 ? [counted(conflicts.length, 'conflict')] : []),
    ...(problems.length > 0 ? [counted(problems.length, 'problem')] : []),
  ]
  return `${kinds.join(' and ')} ${conflicts.length + problems.length === 1 ? 'is' : 'are'}`
}

const bothValues = ({ notion, airtable }: Conflict): string =>
  `Notion has ${markdown(value(notion))}, Airtable has ${markdown(value(airtable))}`

/** A comment has three lists at most, and GitHub takes 65,536 letters of it. */
const MAX_LIST = 20_000

/** The lines that fit, and how many more there are. */
function cut(lines: readonly string[]): string {
  let room = MAX_LIST
  const shown = lines.slice(0, 50).filter(line => {
    room -= line.length + 1
    return room >= 0
  })
  const more = lines.length - shown.length
  return [...shown, ...(more > 0 ? [`- … and ${more} more`] : [])].join('\n')
}
