/** What applying a plan works with, and what writing rows and writing pages have in common. */
import { ruledBy } from './core/decide.ts'
import type { Change, Column, Field, Outcome, Page, Problem, Row, Side, Step } from './core/model.ts'
import { SIDE_NAME } from './core/model.ts'
import type { Value } from './core/shape.ts'
import { comparable, nearest } from './core/value.ts'
import { Outdated, type ServiceError, sentence } from './errors.ts'
import type { Reading } from './read.ts'

export type Hands = Pick<Reading, 'notion' | 'airtable' | 'toPage' | 'toRow' | 'rawPage' | 'rawRow' | 'properties'> & {
  readonly fields: readonly Field[]
  readonly pageIdField: string
  readonly lastSyncedField: Column | null
  /** What the plan was made from, and when its reading began (ms). */
  readonly seen: {
    readonly pages: ReadonlyMap<string, Page>
    readonly rows: ReadonlyMap<string, Row>
    readonly at: number
  }
  readonly now: () => number
  /** Why no further step may begin, if so. */
  readonly halted: () => Error | null
  readonly progress: (done: number, of: number) => void
  /** Hears of each record that was written over: how long after the last look at it, in ms. */
  readonly overwrote: (ms: number) => void
  /** Set once Airtable refused a row that held no more than its page ID: it takes none at all then. */
  readonly barred: { rows?: ServiceError }
}

/** What was last looked at longer ago is read again before it is written over. */
const FRESH_MS = 5_000
const LOOKS = 3

/** When a record was last looked at: the time at which it was asked for, and at which the answer was there. */
export type Look = { asked: number; answered: number }

/** The snapshot that the plan was made from, as a look. */
export const snapshot = ({ seen }: Hands): Look => ({ asked: seen.at, answered: seen.at })

/** A step that is left for the next run; the message says why. */
export class Left extends Error {}

/**
 * Writes over what was looked at a few seconds ago at most: where that is longer ago, or the write's turn comes late,
 * `lookAgain` goes first. It throws Left, or sees to it that `write` leaves out what a person edited.
 */
export async function overwrite<T>(
  hands: Hands,
  look: Look,
  lookAgain: () => Promise<void>,
  write: (fresh: () => boolean) => Promise<T>,
): Promise<T> {
  const fresh = (): boolean => hands.now() - look.answered < FRESH_MS
  /** What a try waited for: it may have taken effect although no answer came. */
  let waitedFor: unknown
  for (let tries = 1; ; tries += 1) {
    if (!fresh()) {
      look.asked = hands.now()
      await lookAgain()
      look.answered = hands.now()
    }
    try {
      return await write(fresh)
    } catch (error) {
      if (!(error instanceof Outdated)) throw error
      waitedFor = error.cause ?? waitedFor
      // A service that takes no write is no matter of this record.
      if (tries === LOOKS) throw waitedFor ?? new Left('the service kept the write waiting')
    }
  }
}

export type RowStep = Extract<Step, { do: 'create-row' } | { do: 'update-row' }>
export type PageStep = Extract<Step, { do: 'update-page' }>
export type CreatePageStep = Extract<Step, { do: 'create-page' }>

/** Hears what became of a step of the plan. */
export type Settle = (step: Step, outcome: Outcome) => void

/** What was written of a record, which may take several requests. */
export type Written = {
  /** The record as the service returned it last; null where nothing was written. */
  record: Page | Row | null
  /** As it was returned first: of a new record, what the service put into it by itself. */
  first: Page | Row | null
  /** The cells that were written, as the service returned them then. */
  readonly cells: Record<string, Value>
  readonly refused: Problem[]
  /** Why the rest is left for the next run, if so. */
  left: string | null
}

export const nothingWritten = (): Written => ({ record: null, first: null, cells: {}, refused: [], left: null })

/** Takes in what a service returned after these changes were written. */
export function take(written: Written, changes: readonly Change[], record: Page | Row): void {
  written.record = record
  written.first ??= record
  for (const { field } of changes) written.cells[field] = record.values[field] ?? null
}

/** What became of a step. What was written counts, also where the rest is left. */
export function outcomeOf(
  step: RowStep | PageStep | CreatePageStep,
  { record, first, cells, refused, left }: Written,
): Outcome {
  if (record === null)
    return left === null ? { result: 'refused', step, problems: refused } : { result: 'left', step, reason: left }
  const url = 'edited' in record ? { url: record.url } : {}
  const madeWith = first === record || first === null ? {} : { madeWith: first.values }
  const values = { ...record.values, ...cells }
  const done = { result: 'done', record: record.id, values, refused, ...url, ...madeWith } as const
  if (left === null) return { ...done, step }
  const changes = step.changes.filter(change => Object.hasOwn(cells, change.field))
  // A record rests, or wakes up, once all that belongs to that is written.
  const { rest, ...others } = { rest: undefined, ...step }
  return { ...done, step: { ...others, changes }, left }
}

/**
 * Whether a record still holds what was `known` of it, or what is about to be written: a write whose answer was lost is
 * nobody's edit.
 */
export function isUntouched(
  side: Side,
  fields: readonly Field[],
  known: Page | Row | undefined,
  now: Page | Row | undefined,
  changes: readonly Change[] = [],
): boolean {
  if (known === undefined || now === undefined) return false
  return fields
    .filter(field => field[side].writable)
    .every(field => {
      const holds = (value: Value | undefined): boolean =>
        comparable(field, side, value ?? null) === comparable(field, side, now.values[field.key] ?? null)
      return holds(known.values[field.key]) || changes.some(({ field: key, to }) => key === field.key && holds(to))
    })
}

export function cellsOf(
  changes: readonly Change[],
  side: Side,
  fields: readonly Field[],
): { column: Column; value: Value }[] {
  return changes.flatMap(change => {
    const field = fields.find(candidate => candidate.key === change.field)
    return field === undefined ? [] : [{ column: field[side], value: change.to }]
  })
}

export const fieldOf = (change: Change | undefined, hands: Hands): Field | undefined =>
  hands.fields.find(candidate => candidate.key === change?.field)

/** What to do about a refusal: of whom the service knows nothing, which option may be meant, or else who may write. */
function advice({ shape }: Column, side: Side, newOptions: readonly string[]): string {
  if (shape.is === 'people') {
    return side === 'notion'
      ? 'Invite whoever is missing to the workspace, or take them out.'
      : 'Whoever is missing must be a collaborator of the base: choose Share there, or take them out.'
  }
  if (shape.is === 'links')
    return 'What it links to may be gone: take the link out, or let the sync of the linked table run.'
  const [wanted] = newOptions
  if ((shape.is !== 'option' && shape.is !== 'options') || wanted === undefined)
    return 'Let the token’s user edit the field, or change the value.'
  const near = nearest(wanted, shape.names)
  const choice = near === undefined ? '' : `; the nearest is ${JSON.stringify(near)}`
  return `Add the option ${JSON.stringify(wanted)} in ${SIDE_NAME[side]} by hand, or choose one that exists${choice}.`
}

/** What a service would not take, with what both sides hold, so that it is not tried again until something changes. */
export function refusal(
  step: RowStep | PageStep | CreatePageStep,
  change: Change | undefined,
  side: Side,
  error: ServiceError,
  hands: Hands,
): Problem {
  const page = 'page' in step ? step.page : null
  const row = 'row' in step ? step.row : null
  const whole = { page, row, title: step.title }
  const field = fieldOf(change, hands)
  const said = error.message.replace(`${error.service}: `, '')
  if (change === undefined || field === undefined) {
    return { ...whole, code: 'not-created', message: `${SIDE_NAME[side]} refused the record: ${said}` }
  }
  return {
    ...whole,
    code: 'refused',
    message: `${SIDE_NAME[side]} refused the value: ${sentence(said)} ${advice(field[side], side, change.newOptions ?? [])} It is not tried again until the value, the field or the mapping changes.`,
    field: change.field,
    notion: (page === null ? undefined : hands.seen.pages.get(page)?.values[change.field]) ?? null,
    airtable: (row === null ? undefined : hands.seen.rows.get(row)?.values[change.field]) ?? null,
    under: ruledBy(field, change.to),
  }
}
