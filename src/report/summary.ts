/** The job summary, and what a plan would do, for people: data to Markdown. */
import type { Change, Conflict, Field, Plan, Problem } from '../core/model.ts'
import { SIDE_NAME, type Side } from '../core/model.ts'
import { entryTable, record } from './changelog.ts'
import { type Counts, type Entry, fieldLabel, type Links, value } from './entries.ts'
import { markdown } from './escape.ts'

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
  readonly left: readonly string[]
  readonly failure: Error | null
}

/** A step's summary may have 1 MiB (docs.github.com, workflow commands); beyond it GitHub drops the whole. */
const MAX_SUMMARY = 900_000
const MAX_ROWS = 300

/** What one sync did. */
export function syncSummary(report: SyncReport): string {
  const { counts, entries, left } = report
  const lines = [
    `## ${report.name}`,
    '',
    '| Created | → Airtable | → Notion | Deleted | Open conflicts | Open problems |',
    '| --: | --: | --: | --: | --: | --: |',
    `| ${counts.created} | ${counts.toAirtable} | ${counts.toNotion} | ${counts.deleted} | ${counts.conflicts} | ${counts.problems} |`,
  ]
  if (report.failure !== null)
    lines.push(
      '',
      `> **The run did not finish:** ${markdown(report.failure.message, 500)}. What was done is recorded; the next run goes on.`,
    )
  if (entries.length === 0) lines.push('', 'Both sides agree. Nothing was written.')
  else lines.push('', entryTable(entries.slice(0, MAX_ROWS), report.links))
  if (entries.length > MAX_ROWS) lines.push('', `… and ${entries.length - MAX_ROWS} more, in the changelog.`)
  if (left.length > 0)
    lines.push('', '**Left for the next run**', '', ...left.slice(0, 50).map(line => `- ${markdown(line)}`))
  return [...lines, ...openItems(report)].join('\n')
}

function openItems({
  conflicts,
  problems,
  fields,
  links,
  titles,
}: Pick<SyncReport, 'conflicts' | 'problems' | 'fields' | 'links' | 'titles'>): string[] {
  const lines: string[] = []
  if (conflicts.length > 0) {
    lines.push('', '**Open conflicts**', '', '| Record | Field | Notion | Airtable |', '| --- | --- | --- | --- |')
    for (const item of conflicts.slice(0, MAX_ROWS)) {
      const field = fields.find(candidate => candidate.key === item.field)
      const label = markdown(field === undefined ? item.field : fieldLabel(field))
      lines.push(
        `| ${record({ title: titles(item.page), page: item.page, row: item.row }, links)} | ${label} | ${markdown(value(item.notion))} | ${markdown(value(item.airtable))} |`,
      )
    }
  }
  if (problems.length > 0) {
    lines.push('', '**Open problems**', '', '| Record | Field | What is wrong |', '| --- | --- | --- |')
    for (const item of problems.slice(0, MAX_ROWS)) {
      lines.push(
        `| ${record({ title: item.title || titles(item.page), page: item.page, row: item.row }, links)} | ${item.field === undefined ? '' : markdown(item.field)} | ${markdown(item.message, 400)} |`,
      )
    }
  }
  return lines
}

/** What a plan would do to the live data: per field, counts and examples. */
export function planSummary(report: SyncReport): string {
  const { plan, fields, name } = report
  const changes = plan.steps.flatMap(step => ('changes' in step ? step.changes.map(change => ({ change, step })) : []))
  const creates = plan.steps.filter(step => step.do === 'create-row')
  const edits = changes.filter(({ step }) => step.do !== 'create-row')
  const removals = plan.steps.filter(step => 'reason' in step)
  const lines = [`## Plan for ${name}`, '']
  if (plan.steps.length === 0) lines.push('Both sides agree: nothing would be written.')
  else {
    lines.push(
      `${creates.length} rows would be created, ${edits.length} cells changed, ${removals.length} records deleted.`,
      '',
    )
    lines.push('| Field | → Airtable | → Notion | Conflicts | Example |', '| --- | --: | --: | --: | --- |')
    for (const field of fields) {
      const own = changes.filter(({ change }) => change.field === field.key)
      const conflicts = plan.conflicts.filter(conflict => conflict.field === field.key).length
      if (own.length + conflicts === 0) continue
      const count = (side: Side) => own.filter(({ change }) => change.side === side).length
      const [example] = own
      lines.push(
        `| ${markdown(fieldLabel(field))} | ${count('airtable')} | ${count('notion')} | ${conflicts} | ${example === undefined ? '' : exampleOf(example.change, example.step.title)} |`,
      )
    }
    if (creates.length > 0) {
      lines.push(
        '',
        '<details><summary>Rows that would be created</summary>',
        '',
        ...creates.slice(0, 100).map(step => `- ${markdown(step.title || '(no title)', 80)}`),
      )
      if (creates.length > 100) lines.push(`- … and ${creates.length - 100} more`)
      lines.push('', '</details>')
    }
    for (const step of removals)
      lines.push(
        '',
        `- ${markdown(step.title, 80)}: ${step.do === 'delete-row' ? 'row deleted' : 'page moved to trash'}, since ${'reason' in step ? step.reason : ''}`,
      )
  }
  const links = plan.events.filter(event => event.field === undefined)
  if (links.length > 0) {
    lines.push(
      '',
      '<details><summary>What else would happen</summary>',
      '',
      ...links.slice(0, 100).map(event => `- ${markdown(event.title || '(no title)', 80)}: ${event.text}`),
    )
    if (links.length > 100) lines.push(`- … and ${links.length - 100} more`)
    lines.push('', '</details>')
  }
  return [...lines, ...openItems(report)].join('\n')
}

function exampleOf(change: Change, title: string): string {
  return `${markdown(title || '(no title)', 40)}: ${markdown(value(change.from), 40)} → ${markdown(value(change.to), 40)} in ${SIDE_NAME[change.side]}`
}

/** Joins the parts and keeps the whole below GitHub's limit, said where it was cut. */
export function fitted(parts: readonly string[], max = MAX_SUMMARY): string {
  const kept: string[] = []
  let bytes = 0
  for (const part of parts) {
    const size = Buffer.byteLength(part) + 2
    if (bytes + size > max) {
      kept.push('… the rest does not fit here; see the changelog.')
      break
    }
    kept.push(part)
    bytes += size
  }
  return `${kept.join('\n\n')}\n`
}
