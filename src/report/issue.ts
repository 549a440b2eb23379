/**
 * The conflict issue: its body is written and its ticks are read here, and nowhere else. A tick is known by a marker
 * at the end of its line, which names the conflict, the side, and the two values that it stood beside.
 */
import { digest } from '../core/digest.ts'
import type { Conflict, Field, Problem, Side } from '../core/model.ts'
import { RECORD, SIDE_NAME } from '../core/model.ts'
import { cellId } from '../core/planning.ts'
import { record, taken } from './changelog.ts'
import { byTitle, type Links, labelOf, titleOf, value } from './entries.ts'
import { markdown } from './escape.ts'
import { choices, happened } from './whole-record.ts'

/** GitHub refuses bodies of more than 65,536 characters. */
const MAX_BODY = 60_000
/** Of a body that is cut, what problems may take from conflicts. */
const FOR_PROBLEMS = MAX_BODY / 4

/** How much is shown of each item, in letters. */
type Step = { readonly box: number; readonly cell: number; readonly message: number; readonly table: boolean }
/** A body that is too long is tried at the next step; at the last one it is cut. */
const WHOLE: Step = { box: 200, cell: 1000, message: 400, table: true }
const SHORT_VALUES: Step = { box: 80, cell: 80, message: 400, table: true }
/** A heading for each record, and for each of its fields nothing but the two boxes. */
const GROUPED: Step = { box: 60, cell: 60, message: 200, table: false }

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

/** The whole body, at the first step at which it fits; at the last one, as much as fits. Equal content gives an equal body. */
export function issueBody(given: IssueContent): string {
  const content = contentOf(given)
  return `${first(given.sync, content.replaceAll(TICKED, UNTICKED))}\n${content}\n`
}

function contentOf(given: IssueContent): string {
  const { sync, titles } = given
  const conflicts = byTitle(given.conflicts, titles)
  const problems = byTitle(given.problems, titles)
  if (conflicts.length + problems.length === 0)
    return 'Nothing is open. Everything here is settled; the comments tell how.'
  const intro = [
    `The sync **${sync}** needs a person.`,
    '',
    ...(conflicts.some(item => item.field !== RECORD)
      ? [
          'Tick **one** box of a conflict: the next run writes that value to the other side and says so below. Until then neither side is touched for that field. A conflict also closes when both sides are made equal.',
          '',
        ]
      : []),
    ...(conflicts.some(item => item.field === RECORD)
      ? [
          'Where the whole record is meant, it was deleted on one side and edited on the other: tick **one** box, and the next run does what it says. Until then neither the page nor the row is touched.',
          '',
        ]
      : []),
    ...(problems.length === 0
      ? []
      : ['A problem closes when it is cured, in Notion, in Airtable or in the mapping. There is nothing to tick.', '']),
    '<sub>The sync rewrites this text whenever something changes; what is to stay belongs in a comment.</sub>',
  ].join('\n')
  const room = MAX_BODY - intro.length
  const fits = (step: Step): boolean => {
    const blocks = taken(conflictBlocks(conflicts, given, step), room)
    const rows = taken(problemRows(problems, given, step), room - lengthOf(blocks))
    return blocks.length === conflicts.length && rows.length === problems.length
  }
  const step = [WHOLE, SHORT_VALUES].find(fits) ?? GROUPED
  const forProblems = lengthOf(taken(problemRows(problems, given, step), FOR_PROBLEMS))
  const shownConflicts = taken(conflictBlocks(conflicts, given, step), room - forProblems)
  const shownProblems = taken(problemRows(problems, given, step), room - lengthOf(shownConflicts))
  return [
    intro,
    ...(conflicts.length === 0 ? [] : [`\n## Conflicts (${conflicts.length})`]),
    ...shownConflicts,
    ...(problems.length === 0 ? [] : [`\n${problemHead(problems.length)}`]),
    ...shownProblems,
    ...leftOut(conflicts.slice(shownConflicts.length), problems.slice(shownProblems.length), given),
  ].join('\n')
}

const lengthOf = (pieces: readonly string[]): number => pieces.join('\n').length

/** What is not shown: how many, of which fields, and how to settle many at once. */
function leftOut(conflicts: readonly Conflict[], problems: readonly Problem[], { fields }: IssueContent): string[] {
  const count = conflicts.length + problems.length
  if (count === 0) return []
  // Node has it from 21 on; from a shell, where it may be older, there is no issue.
  const byField = Map.groupBy(conflicts, item => labelOf(item.field, fields))
  const most = [...byField].sort(([, a], [, b]) => b.length - a.length).slice(0, 20)
  const counts = most.map(([label, items]) => `${markdown(label, 60)}: ${items.length}`)
  return [
    '',
    `… and ${count} more that do not fit here (conflicts: ${conflicts.length}, problems: ${problems.length}). They appear as these are settled; all of them stand in \`state.json\`, and each conflict in \`CHANGELOG.md\` under the run that found it.`,
    ...(counts.length === 0 ? [] : ['', `Conflicts that are not shown, by field: ${counts.join(', ')}.`]),
    ...(conflicts.length === 0
      ? []
      : [
          '',
          'To settle all conflicts of a field at once, write `conflict: notion` or `conflict: airtable` in its line of the mapping.',
        ]),
  ]
}

/** Whether the body on GitHub was made from the same content as `rendered`; ticks are compared by `readTicks`. */
export const sameContent = (current: string, rendered: string): boolean =>
  current.split('\n', 1)[0]?.trim() === rendered.split('\n', 1)[0]

/** Whether a body is one that this sync wrote. */
export const isOurs = (body: string, sync: string): boolean =>
  body.startsWith(`<!-- notion-airtable-sync issue sync=${sync} `)

const valueHash = (item: Conflict): string => digest([item.notion, item.airtable])
const idHash = (item: Conflict): string => digest(cellId(item))

const UNTICKED = '- [ ] Keep '
const TICKED = '- [x] Keep '

/** A piece for each conflict, which begins with a heading; without tables, one heading for all of a record. */
function* conflictBlocks(conflicts: readonly Conflict[], given: IssueContent, step: Step): Generator<string> {
  let above: string | null = null
  for (const item of conflicts) {
    const { titles, links, fields } = given
    const heading = `### ${record({ title: titles(item.page), page: item.page, row: item.row }, links)}`
    const label = markdown(labelOf(item.field, fields))
    if (step.table) yield `\n${heading}: ${label}\n\n${conflictTable(item, given, step)}\n\n${boxes(item, given, step)}`
    else yield `${above === item.page ? '' : `\n${heading}\n`}\n${label}\n\n${boxes(item, given, step)}`
    above = item.page
  }
}

function boxes(item: Conflict, { ticked }: IssueContent, step: Step): string {
  const shown = item.field === RECORD ? choices(item, step.box) : null
  const box = (side: Side): string =>
    `${ticked.get(cellId(item)) === side ? TICKED : UNTICKED}${SIDE_NAME[side]}: ${shown?.[side] ?? markdown(value(item[side]), step.box)} <!-- pick ${idHash(item)} ${side} ${valueHash(item)} -->`
  return `${box('notion')}\n${box('airtable')}`
}

function conflictTable(item: Conflict, { fields }: IssueContent, step: Step): string {
  if (item.field === RECORD) {
    const told = happened(item, step.cell)
    return [
      'It was deleted on one side and edited on the other, so a person decides.',
      '',
      '| | What happened |',
      '| --- | --- |',
      `| Notion | ${told.notion} |`,
      `| Airtable | ${told.airtable} |`,
    ].join('\n')
  }
  const field = fields.find(candidate => candidate.key === item.field)
  const time = item.notionEdited === '' ? 'not known' : `page last edited ${minuteOf(item.notionEdited)}`
  const agreed = item.base === null ? '(never)' : markdown(value(item.base.notion), Math.min(200, step.cell))
  return [
    whyAsked(field),
    '',
    '| | Value | When |',
    '| --- | --- | --- |',
    `| When both last agreed | ${agreed} | |`,
    `| Notion | ${markdown(value(item.notion), step.cell)} | ${time} |`,
    `| Airtable | ${markdown(value(item.airtable), step.cell)} | ${airtableTime(item)} |`,
  ].join('\n')
}

const minuteOf = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`

/** Airtable tells no edit time of a single field; it can be asked only whether it lies before or after Notion's. */
function airtableTime(item: Conflict): string {
  if (item.clock === 'airtable') return `edited after ${minuteOf(item.notionEdited)}`
  if (item.clock === 'notion') return `edited before ${minuteOf(item.notionEdited)}`
  return 'edited in the same minute, or at a time that Airtable does not tell'
}

/** Why no rule settles it. */
function whyAsked(field: Field | undefined): string {
  if (field?.conflict === 'newest') return 'Which edit is the newest cannot be told, so a person decides.'
  return 'The mapping asks a person to settle this field.'
}

const problemHead = (count: number): string =>
  `## Problems (${count})\n\n| Record | Field | What is wrong, and what to do | Notion | Airtable |\n| --- | --- | --- | --- | --- |`

function* problemRows(
  problems: readonly Problem[],
  { links, titles, fields }: IssueContent,
  step: Step,
): Generator<string> {
  for (const item of problems) {
    const where = record({ title: titleOf(item, titles), page: item.page, row: item.row }, links)
    const cell = (given: Problem['notion']) =>
      given === undefined ? '' : markdown(value(given), Math.min(200, step.cell))
    const field = item.field === undefined ? '' : markdown(labelOf(item.field, fields))
    yield `| ${where} | ${field} | ${markdown(item.message, step.message)} | ${cell(item.notion)} | ${cell(item.airtable)} |`
  }
}

export type Ticks = {
  /** What was picked, by conflict ID; only picks that stood beside the values that are in conflict now. */
  readonly picks: ReadonlyMap<string, Side>
  /** Conflicts of which both boxes are ticked. */
  readonly both: readonly Conflict[]
  /** The markers of all ticked boxes, sorted, whatever they stand for. */
  readonly boxes: readonly string[]
}

const BOX =
  /^\s*[-*+] \[([ xX])\] Keep (?:Notion|Airtable): .*<!-- pick ([0-9a-f]{12}) (notion|airtable) ([0-9a-f]{12}) -->\s*$/
const markerOf = (box: RegExpExecArray): string => box.slice(2).join(' ')

/** Whether every box of `rendered` is there to be ticked; a person may have edited some away. */
export const hasBoxes = (body: string, rendered: string): boolean => {
  const markers = (text: string): string[] =>
    text.split(/\r?\n/).flatMap(line => {
      const box = BOX.exec(line)
      return box === null ? [] : [markerOf(box)]
    })
  const there = new Set(markers(body))
  return markers(rendered).every(marker => there.has(marker))
}

/**
 * The body with those boxes ticked that a person had ticked in `earlier`, a body of other content: the tick came
 * between our reading and our writing, and was overwritten. Where the content is the same, the newer body counts.
 */
export function withLateTicks(body: string, earlier: string): string {
  if (sameContent(earlier, body)) return body
  const late = new Set(readTicks(earlier, []).boxes)
  const lines = body.split('\n').map(line => {
    const box = BOX.exec(line)
    return box?.[1] === ' ' && late.has(markerOf(box)) ? line.replace('[ ]', '[x]') : line
  })
  return lines.join('\n')
}

const tickedBoxes = (body: string): RegExpExecArray[] =>
  body.split(/\r?\n/).flatMap(line => {
    const box = BOX.exec(line)
    return box === null || box[1] === ' ' ? [] : [box]
  })

/** The conflicts of which a box is ticked, but only beside other values than those of now. */
export function staleTicks(body: string, conflicts: readonly Conflict[]): Conflict[] {
  const boxes = tickedBoxes(body)
  return conflicts.filter(item => {
    const own = boxes.filter(box => box[2] === idHash(item))
    return own.length > 0 && own.every(box => box[4] !== valueHash(item))
  })
}

/** Reads the ticks of a body that is known to be ours. */
export function readTicks(body: string, conflicts: readonly Conflict[]): Ticks {
  const byHash = new Map(conflicts.map(item => [idHash(item), item]))
  const picked = new Map<Conflict, Set<Side>>()
  const boxes: string[] = []
  for (const match of tickedBoxes(body)) {
    boxes.push(markerOf(match))
    const item = byHash.get(match[2] ?? '')
    if (item === undefined || valueHash(item) !== match[4]) continue
    const sides = picked.get(item) ?? new Set()
    picked.set(item, sides.add(match[3] as Side))
  }
  const one = [...picked].flatMap(([item, sides]) =>
    sides.size === 1 ? [[cellId(item), [...sides][0] as Side] as const] : [],
  )
  return {
    picks: new Map(one),
    both: [...picked].flatMap(([item, sides]) => (sides.size > 1 ? [item] : [])),
    boxes: boxes.sort(),
  }
}
