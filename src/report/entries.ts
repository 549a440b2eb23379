/** What a run did, as lines of data: one for each cell, record or event. Every report is made from these. */
import type { Change, Conflict, Event, Field, Outcome, Owner, Plan, Problem, Step, Why } from '../core/model.ts'
import { other, RECORD, SIDE_NAME, type Side } from '../core/model.ts'
import type { Value } from '../core/shape.ts'
import { counted, show } from '../core/value.ts'

export type Entry = {
  readonly page: string | null
  readonly row: string | null
  readonly title: string
  /** Field name, or what happened to the record as a whole. */
  readonly what: string
  readonly from: string
  readonly to: string
  /** The side that was written; absent where none was. */
  readonly side?: Side
  /** Where the value comes from, if not from the other side. */
  readonly origin?: 'state'
  readonly why: string
}

export type Counts = {
  readonly created: number
  readonly toNotion: number
  readonly toAirtable: number
  readonly deleted: number
  readonly conflicts: number
  readonly problems: number
}

/** The lines of a run, in the order in which its steps were done; only confirmed effects. */
export function entriesOf(outcomes: readonly Outcome[], events: readonly Event[]): Entry[] {
  const written = outcomes.flatMap((outcome): Entry[] => {
    if (outcome.result !== 'done') return []
    const { step } = outcome
    const refused = new Set(outcome.refused.map(problem => problem.field))
    if (step.do === 'create-row' || step.do === 'create-page') {
      const changes = step.changes.filter(change => !refused.has(change.field))
      const side = step.do === 'create-row' ? 'airtable' : 'notion'
      const ids =
        step.do === 'create-row' ? { page: step.page, row: outcome.record } : { page: outcome.record, row: step.row }
      const record = side === 'airtable' ? 'row' : 'page'
      // The record's own attributes (an address, a time) say nothing that the links do not.
      const told = changes.filter(change => !change.field.startsWith('$'))
      const to = told.map(change => `${change.field}: ${show(change.to)}`).join('; ')
      const entry: Entry = {
        ...ids,
        title: step.title,
        what: outcome.existed === true ? `${record} found again` : `new ${record}`,
        from: '',
        to,
        side,
        why: side === 'airtable' ? 'new page in Notion' : 'new row in Airtable',
      }
      return [entry, ...optionEntries(changes, refused, { ...ids, title: step.title })]
    }
    const where = { page: step.page, row: step.row, title: step.title }
    if ('reason' in step) {
      const [what, side] = REMOVED[step.do]
      return [{ ...where, what, from: step.lost, to: '', side, why: step.reason }]
    }
    const changes = step.changes.filter(change => !refused.has(change.field))
    return [
      ...changes.map(change => ({
        ...where,
        what: change.field,
        from: show(change.from),
        to: show(change.to),
        side: change.side,
        why: reason(change),
        ...(change.why === 'rewound' && { origin: 'state' as const }),
      })),
      ...optionEntries(changes, refused, where),
      ...(step.relink === true
        ? [
            {
              ...where,
              what: 'page ID',
              from: '',
              to: step.page,
              side: 'airtable' as const,
              why: 'links the row to its page',
            },
          ]
        : []),
    ]
  })
  const happened = events.map(
    (event): Entry => ({
      page: event.page,
      row: event.row,
      title: event.title,
      what: event.field ?? 'pair',
      from: event.from ?? '',
      to: event.to ?? '',
      why: event.text,
    }),
  )
  return [...written, ...happened]
}

/** What a run that was cut off had written, and what it may have written over, told by the run that found it. */
export const recoveredEntries = (outcomes: readonly Outcome[], events: readonly Event[]): Entry[] => [
  ...entriesOf(outcomes, []).map(entry => ({ ...entry, why: `${entry.why}; written by a run that was cut off` })),
  ...entriesOf([], events),
]

const REMOVED: Record<'delete-row' | 'trash-page' | 'restore-page', readonly [string, Side]> = {
  'delete-row': ['row deleted', 'airtable'],
  'trash-page': ['page moved to trash', 'notion'],
  'restore-page': ['page taken out of trash', 'notion'],
}

/** A select option that a write made is a visible change of its own. */
function optionEntries(
  changes: readonly Change[],
  refused: ReadonlySet<string | undefined>,
  where: Pick<Entry, 'page' | 'row' | 'title'>,
): Entry[] {
  return changes
    .filter(change => !refused.has(change.field))
    .flatMap(change =>
      (change.newOptions ?? []).map(option => ({
        ...where,
        what: change.field,
        from: '',
        to: option,
        side: change.side,
        why: `new option made in ${SIDE_NAME[change.side]}`,
      })),
    )
}

/** Why a cell was written, as a person would say it. */
export function reason(change: Change): string {
  const source = SIDE_NAME[other(change.side)]
  const words: Record<Why, string> = {
    edited: `edited in ${source}`,
    created: `new in ${source}`,
    filled: `first link: only ${source} held a value`,
    reverted: `reverted: only ${source} may change this field`,
    overridden: `overridden: the two sides held different values, and only ${source} may change this field`,
    'conflict-rule': `conflict: ${source} wins by rule`,
    'conflict-newest': `conflict: ${source} was edited last`,
    'conflict-picked': `conflict: a person kept ${source}`,
    archived: `${change.note}, so archived`,
    rewound: 'set back to a former state',
    restored: `back in ${source}, so the archive value is undone`,
  }
  return words[change.why]
}

/** Which way a value went: from which side to which, or from a former state; empty where nothing was written. */
export const wayOf = ({ side, origin }: Entry): string =>
  side === undefined ? '' : `${origin ?? SIDE_NAME[other(side)]} → ${SIDE_NAME[side]}`

const OVERRULES: readonly Why[] = ['reverted', 'overridden', 'conflict-rule', 'conflict-newest', 'conflict-picked']

/** The cells in which a plan replaces what a person typed. */
export const overruled = (plan: Plan): { readonly step: Step; readonly change: Change }[] =>
  plan.steps.flatMap(step =>
    'changes' in step
      ? step.changes.filter(change => OVERRULES.includes(change.why)).map(change => ({ step, change }))
      : [],
  )

/** The lines of a plan, as if all of it were done. */
export const plannedEntries = (plan: Plan): Entry[] =>
  entriesOf(
    plan.steps.map(step => ({ result: 'done', step, record: '', values: {}, refused: [] })),
    plan.events,
  )

/** The steps whose effect is confirmed. */
export const confirmed = (outcomes: readonly Outcome[]): Step[] =>
  outcomes.flatMap(outcome => (outcome.result === 'done' ? [outcome.step] : []))

/** Counts of steps, and of what is open now. */
export function countsOf(steps: readonly Step[], open: { conflicts: number; problems: number }): Counts {
  const count = (...kinds: Step['do'][]) => steps.filter(step => kinds.includes(step.do)).length
  return {
    created: count('create-row', 'create-page'),
    toNotion: count('update-page', 'restore-page'),
    toAirtable: count('update-row'),
    deleted: count('delete-row', 'trash-page'),
    conflicts: open.conflicts,
    problems: open.problems,
  }
}

/** "2 created, 1 → Airtable, 3 → Notion, 1 conflict"; empty where nothing of it happened. */
export function headline(counts: Counts): string {
  return [
    counts.created > 0 ? `${counts.created} created` : '',
    counts.toAirtable > 0 ? `${counts.toAirtable} → Airtable` : '',
    counts.toNotion > 0 ? `${counts.toNotion} → Notion` : '',
    counts.deleted > 0 ? `${counts.deleted} deleted` : '',
    counts.conflicts > 0 ? counted(counts.conflicts, 'conflict') : '',
    counts.problems > 0 ? counted(counts.problems, 'problem') : '',
  ]
    .filter(part => part !== '')
    .join(', ')
}

/** Which way values flow along a line of the mapping, as it stands between the names of Notion and Airtable. */
export const ARROW: Record<Owner, string> = { both: '⇄', notion: '→', airtable: '←' }

/** The name under which people know a field: the Notion name, and Airtable's where it differs. */
export const fieldLabel = ({ notion, airtable, owner }: Field): string =>
  notion.name === airtable.name ? notion.name : `${notion.name} ${ARROW[owner]} ${airtable.name}`

/** What a report calls the field of this key; one that is not mapped any more is known by its key only. */
export function labelOf(key: string, fields: readonly Field[]): string {
  if (key === RECORD) return 'the whole record'
  const field = fields.find(candidate => candidate.key === key)
  return field === undefined ? key : fieldLabel(field)
}

const ALPHABET = new Intl.Collator('en', { numeric: true })

/** What the record of a conflict or problem is called: a problem may be of one that has no page. */
export const titleOf = (item: Conflict | Problem, titles: (page: string | null) => string): string =>
  ('title' in item && item.title) || titles(item.page)

/** What is open, by the title of the record and then its field, whatever the order in which a run met it. */
export function byTitle<T extends Conflict | Problem>(
  items: readonly T[],
  titles: (page: string | null) => string,
): readonly T[] {
  // Records of one title stay apart.
  const rest = ({ page, row, field }: T): string => JSON.stringify([page, row, field])
  return [...items].sort(
    (a, b) => ALPHABET.compare(titleOf(a, titles), titleOf(b, titles)) || (rest(a) < rest(b) ? -1 : 1),
  )
}

export type Links = {
  readonly page: (id: string | null) => string | null
  readonly row: (id: string | null) => string | null
}

export const value = (given: Value | undefined): string => show(given ?? null)
