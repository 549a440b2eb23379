/** state/README.md: one page that people open on GitHub to see how the syncs stand. Each sync owns its section. */
import type { Conflict, Field, Problem } from '../core/model.ts'
import { entryTable, type Run, record } from './changelog.ts'
import { byTitle, headline, labelOf, titleOf, value } from './entries.ts'
import { verbatim } from './escape.ts'

const TOP = '# Sync status\n\nWritten by the sync; edits here are overwritten. History: `git log -- state`.\n'
const open = (sync: string): string => `<!-- sync ${sync} -->`
const close = (sync: string): string => `<!-- end ${sync} -->`
/** Of more conflicts, or problems, than these the others are counted. */
const MOST = 50

export type Standing = {
  readonly run: Run
  readonly folder: string
  readonly pairs: number
  readonly resting: number
  readonly conflicts: readonly Conflict[]
  readonly problems: readonly Problem[]
  readonly issueUrl: string | null
  /** Why the run did not finish, if it did not. */
  readonly failure: string | null
  readonly fields: readonly Field[]
  readonly titles: (page: string | null) => string
}

/** The page with this sync's section replaced, and all others as they were. */
export function updateStatus(before: string | null, standing: Standing): string {
  const { sync } = standing.run
  const section = `${open(sync)}\n${sectionOf(standing)}\n${close(sync)}\n`
  const text = before?.startsWith(TOP) === true ? before : TOP
  const parts = around(text, sync)
  if (parts === null) return `${text.trimEnd()}\n\n${section}`
  return parts.above + section + parts.below.replace(/^\n/, '')
}

/** The page with a row that says of a sync that its last run failed; its next section is without. Of a sync that has no section, nothing is told. */
export function tellFailure(page: string, sync: string, at: Date, message: string): string {
  const parts = around(page, sync)
  if (parts === null) return page
  const section = parts.section
    .replace(/^\| Last run \|.*\n/m, '')
    .replace(/^\| Last change \|.*\n/m, row => `${row}${failedRow(at, message)}\n`)
  return parts.above + section + parts.below
}

/** A sync's section, and what stands above and below it; null where it has none. */
function around(page: string, sync: string): { above: string; section: string; below: string } | null {
  const start = page.indexOf(open(sync))
  const end = page.indexOf(close(sync)) + close(sync).length
  if (start < 0 || end < start + open(sync).length) return null
  return { above: page.slice(0, start), section: page.slice(start, end), below: page.slice(end) }
}

const minute = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`

const failedRow = (at: Date, message: string): string =>
  `| Last run | **failed** ${minute(at)}: ${verbatim(message, 300)} |`

function sectionOf(standing: Standing): string {
  const { run, folder, pairs, resting, conflicts, problems, issueUrl, failure, fields, titles } = standing
  const issue = (words: string) => (issueUrl === null ? '' : ` ([${words}](${issueUrl}))`)
  const recovered = run.ended === 'recovered' ? 'recovered: the run before had failed' : ''
  const change = [headline(run.counts), recovered].filter(words => words !== '').join(' · ') || 'state updated'
  const lines = [
    `## ${run.sync}`,
    '',
    '| | |',
    '| --- | --- |',
    `| Last change | ${minute(run.at)} · ${change} |`,
    ...(failure === null ? [] : [failedRow(run.at, failure)]),
    `| Pairs | ${pairs}${resting > 0 ? `, ${resting} of them paused: archived, in trash, or outside the filter` : ''} |`,
    `| Open conflicts | ${conflicts.length}${conflicts.length > 0 ? issue('settle them here') : ''} |`,
    `| Open problems | ${problems.length}${problems.length > 0 ? issue('see them here') : ''} |`,
    `| Files | [changelog](${folder}/CHANGELOG.md) · [state](${folder}/state.json) · [runs](${folder}/history.jsonl) |`,
  ]
  const where = (item: Conflict | Problem) =>
    record({ title: titleOf(item, titles), page: item.page, row: item.row }, run.links)
  const more = (items: readonly unknown[]) =>
    items.length > MOST ? ['', `… and ${items.length - MOST} more in the [state](${folder}/state.json).`] : []
  if (conflicts.length > 0) {
    lines.push('', '**Open conflicts**', '', '| Record | Field | Notion | Airtable |', '| --- | --- | --- | --- |')
    for (const item of byTitle(conflicts, titles).slice(0, MOST)) {
      const cells = [labelOf(item.field, fields), value(item.notion), value(item.airtable)].map(text => verbatim(text))
      lines.push(`| ${where(item)} | ${cells.join(' | ')} |`)
    }
    lines.push(...more(conflicts))
  }
  if (problems.length > 0) {
    lines.push('', '**Open problems**', '', '| Record | Field | What is wrong |', '| --- | --- | --- |')
    for (const item of byTitle(problems, titles).slice(0, MOST)) {
      const field = item.field === undefined ? '' : verbatim(labelOf(item.field, fields))
      lines.push(`| ${where(item)} | ${field} | ${verbatim(item.message, 400)} |`)
    }
    lines.push(...more(problems))
  }
  const told = run.entries.filter(entry => entry.from !== '' || entry.to !== '')
  if (told.length > 0) lines.push('', '**Latest changes**', '', entryTable(told.slice(0, 15), run.links, 80))
  if (told.length > 15) lines.push('', `… and ${told.length - 15} more in the [changelog](${folder}/CHANGELOG.md).`)
  return lines.join('\n')
}
