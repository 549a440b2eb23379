/** state/README.md: one page that people open on GitHub to see how the syncs stand. Each sync owns its section. */
import type { Conflict, Field, Problem } from '../core/model.ts'
import { type Run, record } from './changelog.ts'
import { byTitle, headline, labelOf, value } from './entries.ts'
import { markdown } from './escape.ts'

const TOP = '# Sync status\n\nWritten by the sync; edits here are overwritten. History: `git log -- state`.\n'
const open = (sync: string): string => `<!-- sync ${sync} -->`
const close = (sync: string): string => `<!-- end ${sync} -->`

export type Standing = {
  readonly run: Run
  readonly folder: string
  readonly pairs: number
  readonly resting: number
  readonly conflicts: readonly Conflict[]
  readonly problems: readonly Problem[]
  readonly issueUrl: string | null
  readonly fields: readonly Field[]
  readonly titles: (page: string | null) => string
}

/** The page with this sync's section replaced, and all others as they were. */
export function updateStatus(before: string | null, standing: Standing): string {
  const { sync } = standing.run
  const section = `${open(sync)}\n${sectionOf(standing)}\n${close(sync)}\n`
  const text = before?.startsWith(TOP) === true ? before : TOP
  const start = text.indexOf(open(sync))
  const end = text.indexOf(close(sync))
  if (start < 0 || end < start) return `${text.trimEnd()}\n\n${section}`
  return text.slice(0, start) + section + text.slice(end + close(sync).length).replace(/^\n/, '')
}

function sectionOf({ run, folder, pairs, resting, conflicts, problems, issueUrl, fields, titles }: Standing): string {
  const issue = issueUrl === null ? '' : ` ([settle them here](${issueUrl}))`
  const lines = [
    `## ${run.sync}`,
    '',
    '| | |',
    '| --- | --- |',
    `| Last change | ${run.at.toISOString().slice(0, 16).replace('T', ' ')} UTC · ${headline(run.counts) || 'state updated'} |`,
    `| Pairs | ${pairs}${resting > 0 ? `, ${resting} of them paused: archived, in trash, or outside the filter` : ''} |`,
    `| Open conflicts | ${conflicts.length}${conflicts.length > 0 ? issue : ''} |`,
    `| Open problems | ${problems.length}${problems.length > 0 ? issue : ''} |`,
    `| Files | [changelog](${folder}/CHANGELOG.md) · [state](${folder}/state.json) · [runs](${folder}/history.jsonl) |`,
  ]
  if (conflicts.length > 0) {
    lines.push('', '**Open conflicts**', '', '| Record | Field | Notion | Airtable |', '| --- | --- | --- | --- |')
    for (const item of byTitle(conflicts, titles).slice(0, 50)) {
      const where = record({ title: titles(item.page), page: item.page, row: item.row }, run.links)
      lines.push(
        `| ${where} | ${markdown(labelOf(item.field, fields))} | ${markdown(value(item.notion))} | ${markdown(value(item.airtable))} |`,
      )
    }
  }
  if (conflicts.length > 50) lines.push('', `… and ${conflicts.length - 50} more in the [state](${folder}/state.json).`)
  const told = run.entries.filter(entry => entry.from !== '' || entry.to !== '')
  if (told.length > 0) {
    lines.push('', '**Latest changes**', '', '| Record | Field | Old | New |', '| --- | --- | --- | --- |')
    for (const entry of told.slice(0, 15)) {
      const cell = (text: string) => (text === '' ? '' : markdown(text, 80))
      lines.push(`| ${record(entry, run.links)} | ${cell(entry.what)} | ${cell(entry.from)} | ${cell(entry.to)} |`)
    }
    if (told.length > 15) lines.push('', `… and ${told.length - 15} more in the [changelog](${folder}/CHANGELOG.md).`)
  }
  return lines.join('\n')
}
