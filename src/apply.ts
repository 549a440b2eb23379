/**
 * Carries out a plan: the only caller of the services' writes. Every step ends in an outcome that says what is known
 * to have taken effect; one record's refusal is data, a service that fails ends its side and is handed back.
 */

import { writeColumns as writeRowColumns } from './airtable/fields.ts'
import { type AirtableTable, BATCH, type RawRow, type RowWrite } from './airtable/table.ts'
import { ruledBy } from './core/decide.ts'
import type { Change, Column, Field, Outcome, Page, Plan, Problem, Row, Side, Step, Value } from './core/model.ts'
import { SIDE_NAME } from './core/model.ts'
import { comparable } from './core/value.ts'
import { Cancelled, ServiceError } from './errors.ts'
import type { NotionTable, RawPage } from './notion/table.ts'

export type Hands = {
  readonly notion: NotionTable
  readonly airtable: AirtableTable
  readonly fields: readonly Field[]
  readonly pageIdField: string
  readonly lastSyncedField: Column | null
  readonly toPage: (raw: RawPage) => Page
  readonly toRow: (raw: RawRow) => Row
  /** What the plan was made from, and when its reading began (ms). */
  readonly seen: {
    readonly pages: ReadonlyMap<string, Page>
    readonly rows: ReadonlyMap<string, Row>
    readonly at: number
  }
  readonly now: () => number
  readonly stopped: () => boolean
  readonly progress: (done: number, of: number) => void
}

export type Applied = { readonly outcomes: readonly Outcome[]; readonly failure: Error | null }

/** A snapshot older than this is read again before it is written over. */
const FRESH_MS = 5_000

type RowStep = Extract<Step, { do: 'create-row' } | { do: 'update-row' }>
type PageStep = Extract<Step, { do: 'update-page' }>

/** Applies every step; both services are written at the same time. */
export async function apply(plan: Plan, hands: Hands): Promise<Applied> {
  const outcomes = new Map<Step, Outcome>()
  const settle = (outcome: Outcome): void => {
    outcomes.set(outcome.step, outcome)
    hands.progress(outcomes.size, plan.steps.length)
  }
  const failures = await Promise.all([writeAirtable(plan, hands, settle), writeNotion(plan, hands, settle)])
  const failure = failures.find(found => found !== null) ?? null
  const left = failure instanceof Cancelled ? 'the run was cancelled' : 'the run ended before it'
  return { outcomes: plan.steps.map(step => outcomes.get(step) ?? { result: 'left', step, reason: left }), failure }
}

const isFailure = (error: unknown, ...failures: ServiceError['failure'][]): error is ServiceError =>
  error instanceof ServiceError && failures.includes(error.failure)

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

/** Runs steps one after another until one fails for more than its own record; answers that failure. */
async function untilFailure(work: readonly (() => Promise<void>)[], stopped: () => boolean): Promise<Error | null> {
  for (const step of work) {
    if (stopped()) return new Cancelled()
    try {
      await step()
    } catch (error) {
      return asError(error)
    }
  }
  return null
}

function writeAirtable(plan: Plan, hands: Hands, settle: (outcome: Outcome) => void): Promise<Error | null> {
  const batches = (kind: RowStep['do']): RowStep[][] => {
    const steps = plan.steps.filter((step): step is RowStep => step.do === kind)
    return Array.from({ length: Math.ceil(steps.length / BATCH) }, (_, index) =>
      steps.slice(index * BATCH, (index + 1) * BATCH),
    )
  }
  const deletions = plan.steps.filter(step => step.do === 'delete-row')
  return untilFailure(
    [
      ...[...batches('update-row'), ...batches('create-row')].map(batch => () => writeBatch(batch, hands, settle)),
      ...deletions.map(step => async () => {
        await hands.airtable.remove(step.row)
        settle({ result: 'done', step, record: step.row, values: {}, refused: [] })
      }),
    ],
    hands.stopped,
  )
}

/** What is sent for one step; a step that is refused as a whole is sent in parts. */
type Piece = {
  readonly step: RowStep
  readonly id: string | null
  readonly changes: readonly Change[]
  readonly bare?: true
}

async function writeBatch(batch: readonly RowStep[], hands: Hands, settle: (outcome: Outcome) => void): Promise<void> {
  const changed = await changedRows(batch, hands)
  const results = new Map<RowStep, { row: Row | null; existed: boolean; refused: Problem[]; gone: boolean }>()
  const resultOf = (step: RowStep) => {
    const result = results.get(step) ?? { row: null, existed: false, refused: [], gone: false }
    results.set(step, result)
    return result
  }

  const send = async (pieces: readonly Piece[]): Promise<void> => {
    if (pieces.length === 0) return
    try {
      const options = pieces.some(piece => piece.changes.some(change => (change.newOptions ?? []).length > 0))
      const answer = await hands.airtable.write(
        pieces.map(piece => rowWrite(piece, hands)),
        hands.pageIdField,
        options,
      )
      for (const [index, piece] of pieces.entries()) {
        const raw = answer.rows[index]
        if (raw === undefined)
          throw new ServiceError('Airtable', 'unexpected', 'answered a write with fewer records than were sent')
        const result = resultOf(piece.step)
        result.row = hands.toRow(raw)
        result.existed ||= piece.step.do === 'create-row' && piece.bare !== true && !answer.created.has(raw.id)
      }
    } catch (error) {
      if (!isFailure(error, 'invalid', 'forbidden', 'not-found')) throw error
      await sendInParts(pieces, error)
    }
  }

  /** All or nothing is written: halving finds the record, then the field, that is refused. */
  const sendInParts = async (pieces: readonly Piece[], error: ServiceError): Promise<void> => {
    const half = Math.ceil(pieces.length / 2)
    const [piece, second] = pieces
    if (piece === undefined) return
    if (second !== undefined) {
      await send(pieces.slice(0, half))
      return send(pieces.slice(half))
    }
    const result = resultOf(piece.step)
    if (error.failure === 'not-found') {
      result.gone = true
    } else if (piece.step.do === 'create-row' && piece.id === null && piece.changes.length > 0) {
      // A row that holds its page ID only, and then each field by itself: upserts find the same row again.
      await send([{ ...piece, changes: [], bare: true }])
      await send(
        piece.changes.map(change => ({ ...piece, id: result.row?.id ?? null, changes: [change], bare: true as const })),
      )
    } else if (piece.changes.length > 1) {
      const middle = Math.ceil(piece.changes.length / 2)
      await send([{ ...piece, changes: piece.changes.slice(0, middle) }])
      await send([{ ...piece, changes: piece.changes.slice(middle) }])
    } else {
      result.refused.push(refusal(piece.step, piece.changes[0], 'airtable', error, hands))
    }
  }

  await send(
    batch
      .filter(step => !changed.has(step))
      .map(step => ({ step, id: step.do === 'create-row' ? null : step.row, changes: step.changes })),
  )
  for (const step of batch) {
    const result = results.get(step)
    if (changed.has(step)) settle({ result: 'left', step, reason: 'the row was edited meanwhile' })
    else if (result?.gone === true) settle({ result: 'left', step, reason: 'the row is gone' })
    else if (result === undefined || result.row === null)
      settle({ result: 'refused', step, problems: result?.refused ?? [] })
    else {
      const { row, refused, existed } = result
      settle({ result: 'done', step, record: row.id, values: row.values, refused, ...(existed ? { existed } : {}) })
    }
  }
}

/** Rows of the batch that a person edited since they were read, where that is more than a few seconds ago. */
async function changedRows(batch: readonly RowStep[], hands: Hands): Promise<Set<RowStep>> {
  const updates = batch.filter(step => step.do === 'update-row')
  if (updates.length === 0 || hands.now() - hands.seen.at < FRESH_MS) return new Set()
  const columns = [...new Set([hands.pageIdField, ...hands.fields.map(field => field.airtable.id)])].filter(
    id => !id.startsWith('$'),
  )
  const fresh = new Map(
    (
      await hands.airtable.rows(
        updates.map(step => step.row),
        columns,
      )
    ).map(raw => [raw.id, hands.toRow(raw)]),
  )
  return new Set(
    updates.filter(step => !sameValues('airtable', hands.fields, hands.seen.rows.get(step.row), fresh.get(step.row))),
  )
}

function sameValues(
  side: Side,
  fields: readonly Field[],
  a: Page | Row | undefined,
  b: Page | Row | undefined,
): boolean {
  if (a === undefined || b === undefined) return false
  return fields
    .filter(field => field[side].writable)
    .every(
      field =>
        comparable(field, side, a.values[field.key] ?? null) === comparable(field, side, b.values[field.key] ?? null),
    )
}

function rowWrite({ step, id, changes }: Piece, hands: Hands): RowWrite {
  const cells = writeRowColumns(cellsOf(changes, 'airtable', hands.fields))
  const links = step.do === 'create-row' || step.relink === true
  const stamp = hands.lastSyncedField
  const stamped = stamp === null ? {} : writeRowColumns([{ column: stamp, value: stampValue(stamp, hands.now()) }])
  return { id, fields: { ...cells, ...stamped, ...(links ? { [hands.pageIdField]: step.page } : {}) } }
}

/** The time of the write as the field holds it: to the minute, or the day. */
function stampValue(column: Column, now: number): string {
  const iso = new Date(now).toISOString()
  return column.shape.is === 'date' && column.shape.holds === 'day' ? iso.slice(0, 10) : `${iso.slice(0, 16)}Z`
}

function cellsOf(changes: readonly Change[], side: Side, fields: readonly Field[]): { column: Column; value: Value }[] {
  return changes.flatMap(change => {
    const field = fields.find(candidate => candidate.key === change.field)
    return field === undefined ? [] : [{ column: field[side], value: change.to }]
  })
}

/** What a service would not take, with what both sides hold, so that it is not tried again until something changes. */
function refusal(
  step: RowStep | PageStep,
  change: Change | undefined,
  side: Side,
  error: ServiceError,
  hands: Hands,
): Problem {
  const row = step.do === 'create-row' ? null : step.row
  const base: Problem = {
    code: 'refused',
    page: step.page,
    row,
    title: step.title,
    message: `${SIDE_NAME[side]} refused the value: ${error.message}`,
  }
  const field = hands.fields.find(candidate => candidate.key === change?.field)
  if (change === undefined || field === undefined)
    return { ...base, code: 'not-created', message: `${SIDE_NAME[side]} refused the record: ${error.message}` }
  const page = hands.seen.pages.get(step.page)
  const held = row === null ? undefined : hands.seen.rows.get(row)
  return {
    ...base,
    field: change.field,
    notion: page?.values[change.field] ?? null,
    airtable: held?.values[change.field] ?? null,
    under: ruledBy(field),
  }
}

/** Notion takes one page a request; several are under way at once, as the pace allows. */
async function writeNotion(plan: Plan, hands: Hands, settle: (outcome: Outcome) => void): Promise<Error | null> {
  let failure: Error | null = null
  const steps = plan.steps.filter(step => step.do === 'update-page' || step.do === 'trash-page')
  await Promise.all(
    steps.map(async step => {
      try {
        if (failure !== null) return
        if (hands.stopped()) throw new Cancelled()
        if (step.do === 'update-page') settle(await writePage(step, hands))
        else if (step.do === 'trash-page') {
          await hands.notion.trash(step.page)
          settle({ result: 'done', step, record: step.page, values: {}, refused: [] })
        }
      } catch (error) {
        failure ??= asError(error)
      }
    }),
  )
  return failure
}

async function writePage(step: PageStep, hands: Hands): Promise<Outcome> {
  const before = hands.seen.pages.get(step.page)
  if (hands.now() - hands.seen.at >= FRESH_MS && before !== undefined) {
    const fresh = hands.toPage(await hands.notion.page(step.page))
    if (!sameValues('notion', hands.fields, before, fresh))
      return { result: 'left', step, reason: 'the page was edited meanwhile' }
  }
  const refused: Problem[] = []
  let page: Page | null = null
  const send = async (changes: readonly Change[]): Promise<void> => {
    try {
      page = hands.toPage(await hands.notion.update(step.page, cellsOf(changes, 'notion', hands.fields)))
    } catch (error) {
      if (!isFailure(error, 'invalid')) throw error
      if (changes.length > 1) {
        const half = Math.ceil(changes.length / 2)
        await send(changes.slice(0, half))
        await send(changes.slice(half))
      } else refused.push(refusal(step, changes[0], 'notion', error, hands))
    }
  }
  try {
    await send(step.changes)
  } catch (error) {
    if (isFailure(error, 'not-found')) return { result: 'left', step, reason: 'the page is gone' }
    throw error
  }
  const written = page as Page | null
  if (written === null) return { result: 'refused', step, problems: refused }
  return { result: 'done', step, record: step.page, values: written.values, refused }
}
