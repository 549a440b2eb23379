/**
 * The conflict issue: its body is written and its ticks are read here, and nowhere else. A tick is known by a marker
 * at the end of its line, which names the conflict, the side, and the two values that it stood beside.
 */
import { digest } from '../core/digest.ts'
import type { Conflict, Field, Problem, Side } from '../core/model.ts'
import { RECORD, SIDE_NAME } from '../core/model.ts'
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
  /** Boxes that stay ticked, by conflict ID: their write is still to come. */
  readonly ticked: ReadonlyMap<string, Side>
}

const first = (sync: string, content: string): string =>
  `<!-- notion-airtable-sync issue sync=${sync} content=${digest(content)} -->`

/** The whole body. Equal content gives an equal body. */
export function issueBody(given: IssueContent): string {
  const { sync, conflicts } = given
  const problems = inOrder(given.problems)
  const intro =
    conflicts.length + problems.length === 0
      ? ['Nothing is open. Everything here is settled; the comments tell how.']
      : [
          `The sync **${sync}** needs a person.`,
          '',
          'Tick **one** box of a conflict: the next run writes that value to the other side and says so below. Until then neither side is touched for that field. A conflict also closes by itself when both sides are made equal. Problems close when they are cured.',
        ]
  const problemRows = problems.map(item => problemRow(item, given))
  const blocks: Block[] = [
    ...(conflicts.length === 0 ? [] : [{ text: `\n## Conflicts (${conflicts.length})`, item: false }]),
    ...conflicts.map(item => ({ text: `\n${conflictBlock(item, given)}`, item: true })),
    ...(problems.length === 0 ? [] : [{ text: `\n${problemHead(problems.length)}`, item: false }]),
    ...problemRows.map(text => ({ text, item: true })),
  ]
  const kept: string[] = [...intro]
  let length = kept.join('\n').length
  let left = 0
  for (const block of blocks) {
    if (left > 0 || length + block.text.length > MAX_BODY) left += block.item ? 1 : 0
    else {
      kept.push(block.text)
      length += block.text.length + 1
    }
  }
  if (left > 0) {
    kept.push(
      '',
      `… and ${left} more that do not fit here. They appear as these are settled, and stand in \`state.json\` now.`,
    )
  }
  const content = kept.join('\n')
  return `${first(sync, content.replaceAll(TICKED, UNTICKED))}\n${content}\n`
}

/** Problems by the title of the record, whatever the order in which a run met them. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const key = ({ title, page, row, field }: Problem): string => JSON.stringify([title, page, row, field])
  return [...problems].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** A piece of the body that is left out as a whole; `item` if it stands for a conflict or problem. */
type Block = { readonly text: string; readonly item: boolean }

/** Whether the body on GitHub was made from the same content as `rendered`; ticks are compared by `readTicks`. */
export const sameContent = (current: string, rendered: string): boolean =>
  current.split('\n', 1)[0]?.trim() === rendered.split('\n', 1)[0]

/** Whether a body is one that this sync wrote. */
export const isOurs = (body: string, sync: string): boolean =>
  body.startsWith(`<!-- notion-airtable-sync issue sync=${sync} `)

const valueHash = (item: Conflict): string => digest([item.notion, item.airtable])
const idHash = (item: Conflict): string => digest(conflictId(item))

const UNTICKED = '- [ ] Keep '
const TICKED = '- [x] Keep '

function conflictBlock(item: Conflict, { fields, links, titles, ticked }: IssueContent): string {
  const field = fields.find(candidate => candidate.key === item.field)
  const label = item.field === RECORD ? 'the whole record' : field === undefined ? item.field : fieldLabel(field)
  const time =
    item.notionEdited === '' ? 'not known' : `page last edited ${item.notionEdited.slice(0, 16).replace('T', ' ')} UTC`
  const pick = (side: Side): string =>
    `${ticked.get(conflictId(item)) === side ? TICKED : UNTICKED}${SIDE_NAME[side]}: ${markdown(value(item[side]))} <!-- pick ${idHash(item)} ${side} ${valueHash(item)} -->`
  return [
    `### ${record({ title: titles(item.page), page: item.page, row: item.row }, links)}: ${markdown(label)}`,
    '',
    whyAsked(item, field),
    '',
    '| | Value | When |',
    '| --- | --- | --- |',
    ...(item.field === RECORD
      ? []
      : [`| When both last agreed | ${item.base === null ? '(never)' : markdown(value(item.base.notion))} | |`]),
    `| Notion | ${markdown(value(item.notion), 1000)} | ${time} |`,
    `| Airtable | ${markdown(value(item.airtable), 1000)} | ${airtableTime(item)} |`,
    '',
    pick('notion'),
    pick('airtable'),
  ].join('\n')
}

/** Airtable tells no edit time of a single field; it can be asked only whether it lies before or after Notion's. */
function airtableTime(item: Conflict): string {
  const minute = item.notionEdited.slice(11, 16)
  if (item.clock === 'airtable') return `edited after ${minute} UTC`
  if (item.clock === 'notion') return `edited before ${minute} UTC`
  return item.field === RECORD ? 'not known' : 'edited in the same minute, or at a time that Airtable does not tell'
}

/** Why no rule settles it. */
function whyAsked(item: Conflict, field: Field | undefined): string {
  if (item.field === RECORD) return 'It was deleted on one side and edited on the other, so a person decides.'
  if (field?.conflict === 'newest') return 'Which edit is the newest cannot be told, so a person decides.'
  return 'The mapping asks a person to settle this field.'
}

const problemHead = (count: number): string =>
  `## Problems (${count})\n\n| Record | Field | What is wrong, and what to do | Notion | Airtable |\n| --- | --- | --- | --- | --- |`

function problemRow(item: Problem, { links, titles }: IssueContent): string {
  const where = record({ title: item.title || titles(item.page), page: item.page, row: item.row }, links)
  const cell = (given: Problem['notion']) => (given === undefined ? '' : markdown(value(given)))
  const field = item.field === undefined ? '' : markdown(item.field)
  return `| ${where} | ${field} | ${markdown(item.message, 400)} | ${cell(item.notion)} | ${cell(item.airtable)} |`
}

export type Ticks = {
  /** What was picked, by conflict ID; only picks that stood beside the values that are in conflict now. */
  readonly picks: ReadonlyMap<string, Side>
  /** Conflicts of which both boxes are ticked. */
  readonly both: readonly Conflict[]
  /** The markers of all ticked boxes, sorted, whatever they stand for. */
  readonly boxes: readonly string[]
}

const TICK =
  /^\s*[-*+] \[([xX])\] Keep (?:Notion|Airtable): .*<!-- pick ([0-9a-f]{12}) (notion|airtable) ([0-9a-f]{12}) -->\s*$/

/** Reads the ticks of a body that is known to be ours. */
export function readTicks(body: string, conflicts: readonly Conflict[]): Ticks {
  const byHash = new Map(conflicts.map(item => [idHash(item), item]))
  const picked = new Map<Conflict, Set<Side>>()
  const boxes: string[] = []
  for (const line of body.split(/\r?\n/)) {
    const match = TICK.exec(line)
    if (match === null) continue
    boxes.push(match.slice(2).join(' '))
    const item = byHash.get(match[2] ?? '')
    if (item === undefined || valueHash(item) !== match[4]) continue
    const sides = picked.get(item) ?? new Set()
    picked.set(item, sides.add(match[3] as Side))
  }
  const one = [...picked].flatMap(([item, sides]) =>
    sides.size === 1 ? [[conflictId(item), [...sides][0] as Side] as const] : [],
  )
  return {
    picks: new Map(one),
    both: [...picked].flatMap(([item, sides]) => (sides.size > 1 ? [item] : [])),
    boxes: boxes.sort(),
  }
}
