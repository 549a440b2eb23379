/** What a check tells: that config and schemas fit, how each line flows, and what the schedule will cost. */
import type { Field } from '../core/model.ts'
import { SIDE_NAME } from '../core/model.ts'
import { counted } from '../core/value.ts'
import { ARROW } from './entries.ts'
import { logged, markdown } from './escape.ts'
import { lossLines, lossSentences } from './losses.ts'
import type { SyncReport } from './summary.ts'
import { aligned } from './table.ts'

/** Rows that one request brings from either service. */
const PAGE = 100
/** Runs in thirty days at the schedule that the README recommends, and at slower ones. */
const SCHEDULES = [
  ['every 15 minutes', 2880],
  ['every 30 minutes', 1440],
  ['every hour', 720],
] as const

/** Requests of a run that finds nothing to do: schema and records, on each side. */
const quietCalls = (records: number): number => 1 + Math.max(1, Math.ceil(records / PAGE))

const MAPPED = ['Notion', 'Type', '', 'Airtable', 'Type', 'Conflicts']
const COST = ['Schedule', 'Notion', 'Airtable']
const COSTS =
  'Calls of runs that find nothing to do, in thirty days. Airtable’s Free plan has 1,000 a month for a workspace, Team 100,000.'

/** The check as Markdown. */
export function checkSummary(report: SyncReport): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    `## Check of ${report.name}`,
    '',
    found(report),
    ...wouldBeOpen(report).flatMap(line => ['', line]),
    ...report.stops.map(stop => `\n> **The guards would stop a run:** ${stop}`),
    '',
    row(MAPPED),
    '| --- | --- | :-: | --- | --- | --- |',
    ...report.fields.map(field => row(mapped(field, markdown))),
    ...lossLines(report.losses),
    '',
    COSTS,
    '',
    row(COST),
    '| --- | --: | --: |',
    ...costs(report).map(row),
  ].join('\n')
}

/** The same for a terminal. */
export const checkText = (report: SyncReport): string =>
  [
    `${report.name}, checked: ${found(report)}`,
    ...wouldBeOpen(report),
    ...report.stops.map(stop => `The guards would stop a run: ${stop}`),
    '',
    aligned(
      MAPPED,
      report.fields.map(field => mapped(field, logged)),
    ),
    ...lossSentences(report.losses),
    '',
    COSTS,
    aligned(COST, costs(report)),
    '',
  ].join('\n')

const found = ({ sizes }: SyncReport): string =>
  `Config and schemas fit, and both tokens can read. Whether they may write shows at the first write. Notion shows ${counted(sizes.pages, 'page')}, Airtable ${counted(sizes.rows, 'row')}; ${sizes.pairs} ${sizes.pairs === 1 ? 'is' : 'are'} linked.`

const wouldBeOpen = ({ conflicts, problems }: SyncReport): string[] =>
  conflicts.length + problems.length === 0
    ? []
    : [`A run would leave conflicts open: ${conflicts.length}, problems: ${problems.length}. The mode plan shows them.`]

function mapped({ notion, airtable, owner, conflict }: Field, name: (text: string) => string): string[] {
  const settled = owner !== 'both' ? `${SIDE_NAME[owner]} owns it` : conflict
  return [name(notion.name), notion.type, ARROW[owner], name(airtable.name), airtable.type, settled]
}

const costs = ({ sizes }: SyncReport): string[][] =>
  SCHEDULES.map(([when, runs]) => [when, ...[sizes.pages, sizes.rows].map(size => grouped(runs * quietCalls(size)))])

const grouped = (count: number): string => count.toLocaleString('en-US')
