/** What `mode: check` tells: that config, tokens and schemas fit, how each line flows, and what the schedule will cost. */
import type { Field } from '../core/model.ts'
import { SIDE_NAME } from '../core/model.ts'
import { counted } from '../core/value.ts'
import { ARROW } from './entries.ts'
import { markdown } from './escape.ts'
import { lossLines } from './losses.ts'
import type { SyncReport } from './summary.ts'

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

export function checkSummary({ name, fields, sizes, problems, conflicts, stops, losses }: SyncReport): string {
  const notion = quietCalls(sizes.pages)
  const airtable = quietCalls(sizes.rows)
  return [
    `## Check of ${name}`,
    '',
    `Config, tokens and schemas fit. Notion shows ${counted(sizes.pages, 'page')}, Airtable ${counted(sizes.rows, 'row')}; ${sizes.pairs} ${sizes.pairs === 1 ? 'is' : 'are'} linked.`,
    ...(conflicts.length + problems.length === 0
      ? []
      : [
          '',
          `A run would leave conflicts open: ${conflicts.length}, problems: ${problems.length}. \`mode: plan\` shows them.`,
        ]),
    ...stops.map(stop => `\n> **The guards would stop a run:** ${stop}`),
    '',
    '| Notion | Type | | Airtable | Type | Conflicts |',
    '| --- | --- | :-: | --- | --- | --- |',
    ...fields.map(fieldRow),
    ...lossLines(losses),
    '',
    'Calls of runs that find nothing to do, in thirty days. Airtable’s Free plan has 1,000 a month for a workspace, Team 100,000.',
    '',
    '| Schedule | Notion | Airtable |',
    '| --- | --: | --: |',
    ...SCHEDULES.map(([when, runs]) => `| ${when} | ${grouped(runs * notion)} | ${grouped(runs * airtable)} |`),
  ].join('\n')
}

function fieldRow({ notion, airtable, owner, conflict }: Field): string {
  const settled = owner !== 'both' ? `${SIDE_NAME[owner]} owns it` : conflict
  return `| ${markdown(notion.name)} | ${notion.type} | ${ARROW[owner]} | ${markdown(airtable.name)} | ${airtable.type} | ${settled} |`
}

const grouped = (count: number): string => count.toLocaleString('en-US')
