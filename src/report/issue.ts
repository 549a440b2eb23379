/**
 * The conflict issue: its body is written and its ticks are read here, and nowhere else. A tick is known by a marker
 * at the end of its line, which names the conflict, the side, and the two values that it stood beside.
 */
import { digest } from '../core/digest.ts'
import type { Conflict, Field, Problem, Side } from '../core/model.ts'
import { SIDE_NAME } from '../core/model.ts'
import { conflictId } from '../core/planning.ts'
import { record } from './changelog.ts'
import { fieldLabel, type Links, value } from './entries.ts'
import { markdown } from './escape.ts'

/** GitHub refuses bodies of more than 65,536 characters. */
const MAX_BODY = 60_000

export const issueTitle = (sync: string): string => `Sync conflicts: ${sync}`

export type IssueContent = {
  readonly sync: string
  readonly conflicts: readonly Conflict[]
  readonly problems: readonly Problem[]
  readonly fields: readonly Field[]
  readonly links: Links
  readonly titles: (page: string | null) => string
}

const first = (sync: string, content: string): string =>
  `<!-- notion-airtable-sync issue sync=${sync} content=${digest(content)} -->`

/** The whole body. Equal content gives an equal body. */
export function issueBody(given: IssueContent): string {
  const { sync, conflicts, problems } = given
  const intro = [
    `The sync **${sync}** needs a person.`,
    '',
    'Tick **one** box of a conflict: the next run writes that value to the other side and says so below. Until then neither side is touched for that field. A conflict also closes by itself when both sides are made equal. Problems close when they are cured.',
  ]
  const blocks = [
    ...(conflicts.length === 0 ? [] : [`## Conflicts (${conflicts.length})`]),
    ...conflicts.map(item => conflictBlock(item, given)),
    ...(problems.length === 0 ? [] : [problemTable(problems, given)]),
  ]
  const kept: string[] = [...intro]
  let length = kept.join('\n').length
  let left = 0
  for (const block of blocks) {
    if (length + block.length > MAX_BODY) left += 1
    else {
      kept.push('', block)
      length += block.length + 2
    }
  }
  if (left > 0)
    kept.push(
      '',
      `… and ${left} more that do not fit here; they appear as these are settled, and stand in \`state.json\` now.`,
    )
  const content = kept.join('\n')
  return `${first(sync, content)}\n${content}\n`
}

/** Whether the body on GitHub was made from the same content as `rendered`, ticks aside. */
export const sameContent = (current: string, rendered: string): boolean =>
  current.split('\n', 1)[0]?.trim() === rendered.split('\n', 1)[0]

/** Whether a body is one that this sync wrote. */
export const isOurs = (body: string, sync: string): boolean =>
  body.startsWith(`<!-- notion-airtable-sync issue sync=${sync} `)

const valueHash = (item: Conflict): string => digest([item.notion, item.airtable])
const idHash = (item: Conflict): string => digest(conflictId(item))

function conflictBlock(item: Conflict, { fields, links, titles }: IssueContent): string {
  const field = fields.find(candidate => candidate.key === item.field)
  const label = field === undefined ? item.field : fieldLabel(field)
  const edited = `${item.notionEdited.slice(0, 16).replace('T', ' ')} UTC (the page)`
  const pick = (side: Side): string =>
    `- [ ] Keep ${SIDE_NAME[side]}: ${markdown(value(item[side]))} <!-- pick ${idHash(item)} ${side} ${valueHash(item)} -->`
  return [
    `### ${record({ title: titles(item.page), page: item.page, row: item.row }, links)}: ${markdown(label)}`,
    '',
    '| | Value | Edited |',
    '| --- | --- | --- |',
    `| When both last agreed | ${item.base === null ? '(never)' : markdown(value(item.base.notion))} | |`,
    `| Notion | ${markdown(value(item.notion), 1000)} | ${edited} |`,
    `| Airtable | ${markdown(value(item.airtable), 1000)} | ${airtableTime(item)} |`,
    '',
    pick('notion'),
    pick('airtable'),
  ].join('\n')
}

/** Airtable tells no edit time of a single field; it can be asked only whether it lies before or after Notion's. */
function airtableTime(item: Conflict): string {
  const minute = item.notionEdited.slice(11, 16)
  switch (item.clock) {
    case 'airtable':
      return `after ${minute} UTC`
    case 'notion':
      return `before ${minute} UTC`
    default:
      return `in the same minute as Notion’s, or not known`
  }
}

function problemTable(problems: readonly Problem[], { links, titles }: IssueContent): string {
  return [
    `## Problems (${problems.length})`,
    '',
    '| Record | Field | What is wrong, and what to do | Notion | Airtable |',
    '| --- | --- | --- | --- | --- |',
    ...problems.slice(0, 100).map(item => {
      const where = record({ title: item.title || titles(item.page), page: item.page, row: item.row }, links)
      const cell = (given: Problem['notion']) => (given === undefined ? '' : markdown(value(given)))
      return `| ${where} | ${item.field === undefined ? '' : markdown(item.field)} | ${markdown(item.message, 400)} | ${cell(item.notion)} | ${cell(item.airtable)} |`
    }),
    ...(problems.length > 100 ? ['', `… and ${problems.length - 100} more, in \`state.json\`.`] : []),
  ].join('\n')
}

export type Ticks = {
  /** What was picked, by conflict ID; only picks that stood beside the values that are in conflict now. */
  readonly picks: ReadonlyMap<string, Side>
  /** Conflicts of which both boxes are ticked. */
  readonly both: readonly Conflict[]
  /** Any box is ticked, so that the body must be written anew. */
  readonly any: boolean
}

const TICK =
  /^\s*[-*+] \[([xX])\] Keep (?:Notion|Airtable): .*<!-- pick ([0-9a-f]{12}) (notion|airtable) ([0-9a-f]{12}) -->\s*$/

/** Reads the ticks of a body that is known to be ours. */
export function readTicks(body: string, conflicts: readonly Conflict[]): Ticks {
  const byHash = new Map(conflicts.map(item => [idHash(item), item]))
  const picked = new Map<Conflict, Set<Side>>()
  let any = false
  for (const line of body.split(/\r?\n/)) {
    const match = TICK.exec(line)
    if (match === null) continue
    any = true
    const item = byHash.get(match[2] ?? '')
    if (item === undefined || valueHash(item) !== match[4]) continue
    const sides = picked.get(item) ?? new Set()
    picked.set(item, sides.add(match[3] as Side))
  }
  const one = [...picked].flatMap(([item, sides]) =>
    sides.size === 1 ? [[conflictId(item), [...sides][0] as Side] as const] : [],
  )
  return { picks: new Map(one), both: [...picked].flatMap(([item, sides]) => (sides.size > 1 ? [item] : [])), any }
}
