/**
 * What a run that was cut off had written, and no commit tells of. Before it writes, a run keeps a journal of what it
 * means to do; the next run holds it against what stands there now. Pure, like plan.ts: it reads no journal and writes
 * none. A row that is made is not journalled, since it is found again by its page ID; a page is known again by what it
 * was made of.
 */
import { movesBase, type Remembered, remember } from './base.ts'
import {
  type Base,
  type Change,
  type Event,
  type Fate,
  type Field,
  type Outcome,
  other,
  type Page,
  type Pair,
  type Plan,
  RECORD,
  type Row,
  type Step,
} from './model.ts'
import { readPageId } from './pair.ts'
import { cellId, type Making, own, same } from './planning.ts'
import type { Value } from './shape.ts'
import { comparable, show } from './value.ts'

type UpdateStep = Extract<Step, { do: 'update-row' } | { do: 'update-page' }>
type RemovalStep = Extract<Step, { do: 'delete-row' } | { do: 'trash-page' }>

/** A step that a run means to do, and the base of the fields that it writes. */
export type Journalled = {
  readonly step: UpdateStep | RemovalStep
  readonly base: Readonly<Record<string, Base>>
  /** What stood there when a later run saw that it took effect; that run was cut off too. */
  readonly stood?: Readonly<Record<string, Value>>
}

export type Journal = {
  readonly id: string
  /** The journal that this one took in; where its own run has recorded it all the same, nothing of it counts. */
  readonly tookIn: string | null
  readonly steps: readonly Journalled[]
  readonly makings: readonly Making[]
  /** What is still to be told of the journal that was taken in. */
  readonly events: readonly Event[]
}

export type Recovery = {
  /** What is known, once what took effect counts. */
  readonly known: Remembered
  /** The steps of which it is known that they took effect, as far as they did. */
  readonly done: readonly Journalled[]
  readonly makings: readonly Making[]
  readonly outcomes: readonly Outcome[]
  /** Values that may have been written over. */
  readonly events: readonly Event[]
  /** Pages that were written, or may have been: when a person edited them last, their own time does not tell. */
  readonly written: ReadonlySet<string>
}

/** The journal of a plan that is about to be applied; null where it would hold nothing. */
export function journalOf(id: string, plan: Plan, pairs: readonly Pair[], before: TakenIn | null): Journal | null {
  const baseOf = new Map(pairs.map(pair => [pair.page, pair.base]))
  const steps = plan.steps.flatMap((step): Journalled[] => {
    if (step.do === 'delete-row' || step.do === 'trash-page') return [{ step, base: {} }]
    // A page ID that is written again needs no telling.
    if ((step.do !== 'update-row' && step.do !== 'update-page') || step.changes.length === 0) return []
    const base = baseOf.get(step.page) ?? {}
    const fields = step.changes.map(change => change.field)
    return [{ step, base: Object.fromEntries(Object.entries(base).filter(([key]) => fields.includes(key))) }]
  })
  const makings = plan.steps.filter(step => step.do === 'create-page')
  if (steps.length + makings.length === 0) return null
  return {
    id,
    tookIn: before?.id ?? null,
    steps: [...(before?.done ?? []), ...steps],
    makings: [...(before?.makings ?? []), ...makings],
    events: before?.events ?? [],
  }
}
type TakenIn = Pick<Recovery, 'done' | 'makings' | 'events'> & { readonly id: string }

/** Where in a journal the steps stand of which its own run did not get to know whether they took effect. */
export const openIn = (journal: Journal, unsettled: readonly Step[]): number[] =>
  journal.steps.flatMap(({ step }, index) => (unsettled.includes(step) ? [index] : []))

/**
 * The journal without what is recorded already; null where that is all of it. `recorded` tells what the record leaves
 * open of a journal, and null of one that it does not know.
 */
export function unrecorded(journal: Journal, recorded: (id: string) => readonly number[] | null): Journal | null {
  const open = recorded(journal.id)
  if (open !== null) {
    const rest = { ...journal, id: `${journal.id}/rest`, steps: open.flatMap(index => journal.steps[index] ?? []) }
    return rest.steps.length === 0 || recorded(rest.id) !== null ? null : { ...rest, makings: [], events: [] }
  }
  if (journal.tookIn === null || recorded(journal.tookIn) === null) return journal
  return { ...journal, steps: journal.steps.filter(({ stood }) => stood === undefined), events: [] }
}

type Seen = {
  readonly pages: readonly Page[]
  readonly rows: readonly Row[]
  readonly fates: ReadonlyMap<string, Fate>
}

/**
 * Holds each journalled step against what stands there now. Where it is what was to be written, it was written: the
 * base moves as it would have, so that a later edit of either side is just an edit. Where it is what was to be
 * replaced, nothing was done. Anything else was typed since, before our write or after it, which nobody can know: the
 * base stays, so that nothing is taken for agreed that may never have been, and the replaced value is told.
 */
export function recover(fields: readonly Field[], known: Remembered, journal: Journal, seen: Seen): Recovery {
  const records = new Map<string, Page | Row>([...seen.pages, ...seen.rows].map(record => [record.id, record]))
  const pairs = new Map(known.pairs.map(pair => [pair.page, pair]))
  const paired = new Set(known.pairs.flatMap(pair => [pair.page, pair.row]))
  /** Bases that steps of an earlier run have moved already. */
  const moved = new Map<string, Base>()
  const done: Journalled[] = []
  const events: Event[] = [...journal.events]
  const touched = new Set<string>()

  /** The pair of a step; one that its run had just made, if the row names the page still. */
  const pairFor = (step: UpdateStep): Pair | undefined => {
    const pair = pairs.get(step.page)
    if (pair !== undefined || paired.has(step.row)) return pair?.row === step.row ? pair : undefined
    const row = seen.rows.find(candidate => candidate.id === step.row)
    if (!records.has(step.page) || row === undefined || readPageId(row.pageId) !== step.page) return undefined
    return { page: step.page, row: step.row, title: step.title, base: {} }
  }

  const update = (step: UpdateStep, { base, stood }: Journalled): void => {
    const side = step.do === 'update-row' ? 'airtable' : 'notion'
    const record = records.get(side === 'airtable' ? step.row : step.page)
    const twin = records.get(side === 'airtable' ? step.page : step.row)
    const pair = pairFor(step)
    const took: Change[] = []
    const stands: Record<string, Value> = {}
    for (const change of step.changes) {
      const { field: key, from, to } = change
      const field = fields.find(candidate => candidate.key === key)
      const held = stood === undefined ? heldBy(record, key) : own(stood, key)
      const cell = cellId({ page: step.page, field: key })
      const before = pair && (moved.get(cell) ?? own(pair.base, key))
      if (field !== undefined && held !== undefined) {
        const written = stood !== undefined || same(field, side, held, to)
        if (written && pair !== undefined && sameBase(field, before, own(base, key))) {
          took.push(change)
          if (side === 'notion') touched.add(step.page)
          stands[key] = held
          const after =
            side === 'notion' ? { notion: held, airtable: change.source } : { notion: change.source, airtable: held }
          if (movesBase(change)) moved.set(cell, after)
          continue
        }
        if (same(field, side, held, from)) continue
      }
      if (side === 'notion') touched.add(step.page)
      if (from !== null && !isKept(field, change, before, twin)) events.push(mayBeLost(step, change))
    }
    if (took.length === 0 || pair === undefined) return
    pairs.set(pair.page, pair)
    // A record rests, or wakes up, once all that belongs to that is written; else the plan does the rest.
    const { rest, ...others } = step
    const whole = took.length === step.changes.length && rest !== undefined ? { rest } : {}
    done.push({ step: { ...others, changes: took, ...whole }, base, stood: stands })
  }

  const removal = (step: RemovalStep, { base, stood }: Journalled): void => {
    const id = step.do === 'delete-row' ? step.row : step.page
    const fate = seen.fates.get(id)
    const { page, row, title, lost } = step
    if (stood !== undefined || (!records.has(id) && (fate === 'deleted' || fate === 'trashed')))
      done.push({ step, base, stood: {} })
    else if (!records.has(id) && (fate === undefined || fate === 'unreadable'))
      events.push({
        page,
        row,
        title,
        from: lost,
        text: 'not in sight since a run was cut off that meant to delete it',
      })
  }

  for (const entry of journal.steps) {
    if ('changes' in entry.step) update(entry.step, entry)
    else removal(entry.step, entry)
  }

  const outcomes = done.map(({ step, stood = {} }): Outcome => {
    const record = step.do === 'update-row' || step.do === 'delete-row' ? step.row : step.page
    return { result: 'done', step, record, values: stood, refused: [] }
  })
  const settled = new Set(
    done.flatMap(({ step }) =>
      'changes' in step
        ? step.changes.map(change => cellId({ page: step.page, field: change.field }))
        : [cellId({ page: step.page, field: RECORD })],
    ),
  )
  const plan = {
    pairs: [...pairs.values()],
    conflicts: known.conflicts.filter(conflict => !settled.has(cellId(conflict))),
    problems: known.problems,
    settling: [],
  }
  return {
    known: remember(fields, plan, outcomes, seen),
    done,
    makings: journal.makings,
    outcomes,
    events,
    written: touched,
  }
}

/** What a record holds now; undefined where that is not known. */
const heldBy = (record: Page | Row | undefined, key: string): Value | undefined =>
  record === undefined || own(record.unreadable, key) !== undefined ? undefined : (own(record.values, key) ?? null)

/** Whether the value that a change replaced is in git, or stands on the other side. */
function isKept(
  field: Field | undefined,
  { side, from, field: key }: Change,
  base: Base | undefined,
  twin: Page | Row | undefined,
): boolean {
  if (field === undefined) return false
  const across = heldBy(twin, key) ?? null
  return (
    (base !== undefined && same(field, side, base[side], from)) ||
    comparable(field, other(side), across) === comparable(field, side, from)
  )
}

const mayBeLost = ({ page, row, title }: UpdateStep, { field, from, to }: Change): Event => ({
  page,
  row,
  title,
  field,
  from: show(from),
  to: show(to),
  text: 'stood here when a run was cut off, which may have written over it',
})

const sameBase = (field: Field, a: Base | undefined, b: Base | undefined): boolean =>
  a === undefined || b === undefined
    ? a === b
    : same(field, 'notion', a.notion, b.notion) && same(field, 'airtable', a.airtable, b.airtable)
