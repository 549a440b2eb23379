/** The job summary, and what a plan would do, for people: data to Markdown. */
import { WHERE_TO_FORCE } from '../core/guard.ts'
import type { Change, Conflict, Field, Plan, Problem } from '../core/model.ts'
import { SIDE_NAME, type Side } from '../core/model.ts'
import { counted } from '../core/value.ts'
import { entryTable, record } from './changelog.ts'
import {
  byTitle,
  type Counts,
  type Entry,
  fieldLabel,
  type Links,
  labelOf,
  overruled,
  reason,
  titleOf,
  value,
} from './entries.ts'
import { markdown } from './escape.ts'
import { type Loss, lossLines } from './losses.ts'

export type SyncReport = {
  readonly name: string
  readonly plan: Plan
  readonly fields: readonly Field[]
  readonly counts: Counts
  readonly entries: readonly Entry[]
  readonly conflicts: readonly Conflict[]
  readonly problems: readonly Problem[]
  readonly links: Links
  readonly titles: (page: string | null) => string
  /** Records that were read, and pairs that the state knows. */
  readonly sizes: { readonly pages: number; readonly rows: number; readonly pairs: number }
  readonly stops: readonly string[]
  readonly left: readonly string[]
  /** For each record that was written over: how long after the last look at it, in ms. */
  readonly windows: readonly number[]
  /** Nothing was to be written: the report is of what would be. */
  readonly planned: boolean
  /** For a restore: the commit or date that it goes back to. */
  readonly back: string | null
  /** What the mapping could lose, on the live data; counted where nothing is written. */
  readonly losses: readonly Loss[]
  /** `kind` as a UserError has it. */
  readonly failure: (Error & { readonly kind?: string }) | null
  /** False where what was done could not be recorded. */
  readonly recorded?: false
  readonly commit: string
  readonly issue: number | null
  readonly url: (path: string) => string | null
}

const MAX_ROWS = 300
const MAX_LEFT = 50

/** What one sync did. */
export function syncSummary(report: SyncReport): string {
  const { counts, entries, left, stops } = report
  const { commit, issue, url } = report
  const isOpen = report.conflicts.length + report.problems.length > 0
  const links = [
    ...(commit === '' ? [] : [`[state commit ${commit.slice(0, 10)}](${url(`commit/${commit}`)})`]),
    ...(issue === null || !isOpen ? [] : [`[settle conflicts and see problems](${url(`issues/${issue}`)})`]),
  ]
  const lines = [
    `## ${report.name}`,
    '',
    ...(links.length === 0 ? [] : [links.join(' · '), '']),
    '| Created | Rows updated | Pages updated | Deleted | Open conflicts | Open problems |',
    '| --: | --: | --: | --: | --: | --: |',
    `| ${counts.created} | ${counts.toAirtable} | ${counts.toNotion} | ${counts.deleted} | ${counts.conflicts} | ${counts.problems} |`,
  ]
  if (stops.length > 0) lines.push('', `> **Forced past the guards:** ${stops.join(' ')}`)
  if (report.failure !== null) lines.push('', `> ${failureLine(report, report.failure)}`)
  else if (entries.length === 0) lines.push('', nothingToWrite(report, 'Nothing was written'))
  if (entries.length > 0) lines.push('', entryTable(entries.slice(0, MAX_ROWS), report.links, 300, markdown))
  if (entries.length > MAX_ROWS) lines.push('', `… and ${entries.length - MAX_ROWS} more, in the changelog.`)
  if (left.length > 0)
    lines.push('', '**Left for the next run**', '', ...left.slice(0, MAX_LEFT).map(line => `- ${markdown(line)}`))
  if (left.length > MAX_LEFT) lines.push(`- … and ${left.length - MAX_LEFT} more`)
  if (issue === null && isOpen)
    lines.push('', '> **There is no issue for what is open** (the log says why), so it is listed here only.')
  lines.push(...windowLine(report.windows))
  return [...lines, ...openItems(report), ...withoutTwin(report.plan)].join('\n')
}

/** Why a run did not finish, or could not be recorded, and what follows from that. */
function failureLine({ recorded, left }: SyncReport, { message, kind }: NonNullable<SyncReport['failure']>): string {
  const said = markdown(message.replace(/\.$/, ''), 500)
  const isForPeople = kind === 'access' || kind === 'branch'
  if (recorded === false) {
    const next = isForPeople
      ? ', and no run can record it until that is mended; then it is found there'
      : '; the next run finds it there and goes on'
    return `**What was done could not be recorded:** ${said}. It stands in Notion and Airtable as shown here${next}.`
  }
  const mended = isForPeople ? ' once this is mended' : ''
  const rest =
    left.length === 0 ? '' : ` with the ${left.length === 1 ? 'one that is' : `${left.length} that are`} left`
  return `**The run did not finish:** ${said}. What was done is recorded; the next run goes on${rest}${mended}.`
}

/** Neither service can refuse a write because of an edit that was made meanwhile, so the time for one is told. */
function windowLine(windows: readonly number[]): string[] {
  if (windows.length === 0) return []
  const sorted = [...windows].sort((a, b) => a - b)
  const seconds = (ms = 0) => `${(ms / 1000).toFixed(1)} s`
  const median = seconds(sorted[Math.floor((sorted.length - 1) / 2)])
  const told =
    sorted.length === 1
      ? `One record was written over, ${median}`
      : `${sorted.length} times a record was written over, half of them within ${median} and all within ${seconds(sorted.at(-1))}`
  return [
    '',
    `<sub>${told} after the last look at it. What a person typed into the same field within that time was written over too; the record’s own history has it.</sub>`,
  ]
}

function openItems({
  conflicts,
  problems,
  fields,
  links,
  titles,
}: Pick<SyncReport, 'conflicts' | 'problems' | 'fields' | 'links' | 'titles'>): string[] {
  const lines: string[] = []
  const more = (items: readonly unknown[]) =>
    items.length > MAX_ROWS ? ['', `… and ${items.length - MAX_ROWS} more, in the state.`] : []
  if (conflicts.length > 0) {
    lines.push('', '**Open conflicts**', '', '| Record | Field | Notion | Airtable |', '| --- | --- | --- | --- |')
    for (const item of byTitle(conflicts, titles).slice(0, MAX_ROWS)) {
      const label = markdown(labelOf(item.field, fields))
      lines.push(
        `| ${record({ title: titles(item.page), page: item.page, row: item.row }, links)} | ${label} | ${markdown(value(item.notion))} | ${markdown(value(item.airtable))} |`,
      )
    }
    lines.push(...more(conflicts))
  }
  if (problems.length > 0) {
    lines.push('', '**Open problems**', '', '| Record | Field | What is wrong |', '| --- | --- | --- |')
    for (const item of byTitle(problems, titles).slice(0, MAX_ROWS)) {
      lines.push(
        `| ${record({ title: titleOf(item, titles), page: item.page, row: item.row }, links)} | ${item.field === undefined ? '' : markdown(labelOf(item.field, fields))} | ${markdown(item.message, 400)} |`,
      )
    }
    lines.push(...more(problems))
  }
  return lines
}

/** What a plan would do to the live data: per field with counts and examples, then record by record. */
export function planSummary(report: SyncReport): string {
  const { plan, fields, name } = report
  const changes = plan.steps.flatMap(step => ('changes' in step ? step.changes.map(change => ({ change, step })) : []))
  const creates = plan.steps.filter(step => step.do === 'create-row' || step.do === 'create-page')
  const edits = changes.filter(({ step }) => step.do === 'update-row' || step.do === 'update-page')
  const removals = plan.steps.filter(step => 'reason' in step)
  // What archiving writes may be several cells of one record.
  const archivings = new Map(changes.flatMap(({ change, step }) => (change.why === 'archived' ? [[step, change]] : [])))
  const lines =
    report.failure === null
      ? [`## Plan for ${name}${report.back === null ? '' : `: back to ${markdown(report.back)}`}`, '']
      : [`## ${name}`, '']
  if (report.failure !== null) {
    lines.push(
      `> **Stopped.** Nothing was written to Notion or Airtable. ${report.stops.join(' ')} If what it would have done is right, a run with \`force: true\` lets it pass: ${WHERE_TO_FORCE}.`,
      '',
      'It would have done this:',
      '',
    )
  } else if (report.stops.length > 0) {
    lines.push(
      `> **The guards would stop this before its first write.** ${report.stops.join(' ')} A run with \`force: true\` lets it pass: ${WHERE_TO_FORCE}.`,
      '',
    )
  }
  const rows = fields.flatMap(field => {
    const own = changes.filter(({ change }) => change.field === field.key)
    const conflicts = plan.conflicts.filter(conflict => conflict.field === field.key).length
    const [example] = own
    if (own.length + conflicts === 0) return []
    const count = (side: Side) => own.filter(({ change }) => change.side === side).length
    const shown = example === undefined ? '' : exampleOf(example.change, example.step.title)
    return [`| ${markdown(fieldLabel(field))} | ${count('airtable')} | ${count('notion')} | ${conflicts} | ${shown} |`]
  })
  if (plan.steps.length === 0) lines.push(nothingToWrite(report, 'Nothing would be written'))
  else {
    lines.push(
      `Records to create: ${creates.length}. Cells to change: ${edits.length}. Records to archive, since their twin is gone: ${archivings.size}. Records to delete or restore: ${removals.length}.`,
    )
    if (rows.length > 0)
      lines.push(
        '',
        '| Field | → Airtable | → Notion | Conflicts | Example |',
        '| --- | --: | --: | --: | --- |',
        ...rows,
      )
  }
  if (report.back !== null) lines.push(...cellsBack(report))
  const events = plan.events.filter(event => event.field === undefined)
  lines.push(
    ...folded(
      'Will be created',
      creates.map(step => told(step.title, step.do === 'create-row' ? 'a new row' : 'a new page')),
    ),
    ...folded(
      'Will be archived',
      [...archivings].map(([step, change]) => told(step.title, change.note ?? '')),
    ),
    ...folded(
      'Will be deleted or restored',
      removals.map(step => told(step.title, 'reason' in step ? step.reason : '')),
    ),
    ...folded(
      'Will be linked, or change how they stand',
      events.map(event => told(event.title, event.text)),
    ),
    ...folded(
      'Values that would be replaced',
      overruled(plan).map(({ step, change }) =>
        told(
          step.title,
          `${markdown(labelOf(change.field, fields))} in ${SIDE_NAME[change.side]}: ${markdown(value(change.from))} → ${markdown(value(change.to))} (${reason(change)})`,
        ),
      ),
    ),
    ...withoutTwin(plan),
  )
  return [...lines, ...openItems(report), ...lossLines(report.losses)].join('\n')
}

/** Both sides may differ although there is nothing to write. */
function nothingToWrite({ plan, conflicts, problems, back, stops, left }: SyncReport, nothing: string): string {
  const alone = plan.unmatched.length
  if (back !== null && plan.events.length === 0) return `There is nothing to set back. ${nothing}.`
  if (conflicts.length + problems.length > 0) return `${nothing}; what is open below waits for a person.`
  if (alone > 0) return `${nothing}. ${counted(alone, 'record')} ${alone === 1 ? 'stays' : 'stay'} without a twin.`
  if (plan.events.length + stops.length + left.length > 0) return `${nothing}.`
  return `Both sides agree. ${nothing}.`
}

const withoutTwin = ({ unmatched }: Plan): string[] =>
  folded(
    'Stay without a twin',
    unmatched.map(event => told(event.title, event.text)),
  )

const told = (title: string, text: string): string =>
  `${markdown(title || '(no title)', 80)}${text === '' ? '' : `: ${text}`}`

/** Every cell that a restore would set back. */
function cellsBack({ plan, fields, links }: SyncReport): string[] {
  const rows = plan.steps.flatMap(step => {
    if (step.do !== 'update-row' && step.do !== 'update-page') return []
    return step.changes.map(({ field, side, from, to }) =>
      [
        record(step, links),
        markdown(labelOf(field, fields)),
        SIDE_NAME[side],
        markdown(value(from)),
        markdown(value(to)),
      ].join(' | '),
    )
  })
  if (rows.length === 0) return []
  return [
    '',
    '| Record | Field | Side | Now | Then |',
    '| --- | --- | --- | --- | --- |',
    ...rows.slice(0, MAX_ROWS).map(row => `| ${row} |`),
    ...(rows.length > MAX_ROWS ? ['', `… and ${rows.length - MAX_ROWS} more.`] : []),
  ]
}

/** A list that is folded up, with the number of its items; nothing where there are none. */
function folded(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return []
  const shown = items.slice(0, 100).map(item => `- ${item}`)
  const more = items.length > 100 ? [`- … and ${items.length - 100} more`] : []
  return ['', `<details><summary>${title} (${items.length})</summary>`, '', ...shown, ...more, '', '</details>']
}

function exampleOf(change: Change, title: string): string {
  return `${markdown(title || '(no title)', 40)}: ${markdown(value(change.from), 40)} → ${markdown(value(change.to), 40)} in ${SIDE_NAME[change.side]}`
}
