/**
 * Carries out a plan: the only caller of the services' writes. Every step ends in an outcome that says what is known
 * to have taken effect; one record's refusal is data, a service that fails ends its side and is handed back.
 */
import { BATCH } from './airtable/table.ts'
import { convert } from './core/convert.ts'
import type { Change, Outcome, Plan, Row, Step } from './core/model.ts'
import type { Value } from './core/shape.ts'
import { filesIn, normal } from './core/value.ts'
import { asError, Cancelled, causeOf, isFailure } from './errors.ts'
import { type Hands, Left, type RowStep, type Settle } from './hands.ts'
import { airtableIds } from './open.ts'
import { createPage, mayHaveMade, trashPage, writePage } from './write-pages.ts'
import { deleteRow, writeBatch } from './write-rows.ts'

export type Applied = {
  readonly outcomes: readonly Outcome[]
  readonly failure: Error | null
  /** For each record that was written over: how long after the last look at it, in ms. */
  readonly windows: readonly number[]
  /** Steps that were begun and brought no answer: whether they took effect is not known. */
  readonly unsettled: readonly Step[]
}

/** Pages that are written at the same time: as many as the pace lets through. More would wait, and grow old. */
const PAGES_AT_ONCE = 3

type Begin = (steps: readonly Step[]) => void

/** Applies every step; both services are written at the same time, then new pages are linked to their rows. */
export async function apply(plan: Plan, given: Omit<Hands, 'overwrote' | 'barred'>): Promise<Applied> {
  const windows: number[] = []
  const hands: Hands = { ...given, overwrote: ms => windows.push(ms), barred: {} }
  const outcomes = new Map<Step, Outcome>()
  const settle: Settle = (step, outcome) => {
    outcomes.set(step, outcome)
    hands.progress(outcomes.size, plan.steps.length)
  }
  const begun = new Set<Step>()
  const begin: Begin = steps => {
    for (const step of steps) begun.add(step)
  }
  const [airtable, notion] = await Promise.all([
    writeAirtable(plan, hands, begin, settle),
    writeNotion(plan, hands, begin, settle),
  ])
  const linking = await linkNewPages(outcomes, hands, settle)
  const failure = causeOf(airtable ?? notion ?? linking, hands.halted())
  const left = isFailure(failure, 'full')
    ? 'Notion takes no new pages'
    : failure instanceof Cancelled
      ? 'the run was cancelled'
      : 'the run ended before it'
  const unclear = (step: Step): boolean =>
    begun.has(step) &&
    // A page that is to be made has told so itself.
    step.do !== 'create-page' &&
    isFailure(step.do.endsWith('-row') ? airtable : notion, 'no-answer', 'unavailable')
  const unsettledAs = (step: Step): Outcome =>
    unclear(step)
      ? { result: 'left', step, reason: 'no answer came; the next run sees whether it was done', unsure: true }
      : { result: 'left', step, reason: left }
  const settled = plan.steps.map(step => outcomes.get(step) ?? unsettledAs(step))
  const unsettled = plan.steps.filter(step => begun.has(step) && !outcomes.has(step))
  // What was done is to be recorded, whatever becomes of another look.
  const known = failure === null ? await withFetched(settled, hands).catch(() => settled) : settled
  return { outcomes: known, failure, windows, unsettled }
}

/**
 * Airtable fetches files after it has answered. What it has fetched by the end of the writing is known to be there, so
 * that a person who removes it later is understood; the next run knows of the rest.
 */
async function withFetched(outcomes: readonly Outcome[], hands: Hands): Promise<readonly Outcome[]> {
  const waits = (value: Value): boolean => filesIn(value).some(file => file.pending === true)
  const ids = outcomes.flatMap(outcome =>
    outcome.result === 'done' && Object.values(outcome.values).some(waits) ? [outcome.record] : [],
  )
  if (ids.length === 0) return outcomes
  const columns = airtableIds(hands.fields.map(field => field.airtable.id))
  const rows = new Map((await hands.airtable.rows(ids, columns)).map(raw => [raw.id, hands.toRow(raw).values]))
  const fetched = (key: string, value: Value, row: Row['values']): Value => {
    const there = filesIn(row[key] ?? null).flatMap(file => (file.pending === true ? [] : [file.name]))
    return waits(value) ? filesIn(value).map(file => (there.includes(file.name) ? { name: file.name } : file)) : value
  }
  return outcomes.map(outcome => {
    const row = outcome.result === 'done' ? rows.get(outcome.record) : undefined
    if (outcome.result !== 'done' || row === undefined) return outcome
    const values = Object.entries(outcome.values).map(([key, value]) => [key, fetched(key, value, row)])
    return { ...outcome, values: Object.fromEntries(values) }
  })
}

/**
 * Writes the ID of each new page into its row, and what the row shows of the page itself. What is missed here is put
 * right by the next run, from the state.
 */
function linkNewPages(outcomes: ReadonlyMap<Step, Outcome>, hands: Hands, settle: Settle): Promise<Error | null> {
  const made = new Map<Step, { planned: Step; outcome: Extract<Outcome, { result: 'done' }> }>()
  const steps = [...outcomes].flatMap(([planned, outcome]): RowStep[] => {
    if (outcome.result !== 'done' || outcome.step.do !== 'create-page') return []
    const { row, title } = outcome.step
    const held = hands.seen.rows.get(row)?.values ?? {}
    const changes = hands.fields
      .filter(field => field.notion.id.startsWith('$') && field.airtable.writable)
      // What a person typed there is the next run's to overrule, which tells of it.
      .filter(field => normal(held[field.key]) === null)
      .flatMap((field): Change[] => {
        const source = outcome.values[field.key] ?? null
        const converted = convert(field, 'notion', source, null)
        return source === null || 'refused' in converted
          ? []
          : [{ field: field.key, side: 'airtable', from: null, to: converted.value, source, why: 'created' }]
      })
    const step: RowStep = { do: 'update-row', page: outcome.record, row, title, changes, relink: true }
    made.set(step, { planned, outcome })
    return [step]
  })
  const linked: Settle = (step, outcome) => {
    const page = made.get(step)
    if (page !== undefined && outcome.result === 'done')
      settle(page.planned, { ...page.outcome, rowValues: outcome.values })
  }
  return untilFailure(
    inBatches(steps).map(batch => () => writeBatch(batch, hands, linked)),
    hands.halted,
  )
}

function inBatches<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, index) =>
    items.slice(index * BATCH, (index + 1) * BATCH),
  )
}

/** Runs steps one after another until one fails for more than its own record; answers that failure. */
async function untilFailure(work: readonly (() => Promise<void>)[], halted: Hands['halted']): Promise<Error | null> {
  for (const step of work) {
    const reason = halted()
    if (reason !== null) return reason
    try {
      await step()
    } catch (error) {
      return asError(error)
    }
  }
  return null
}

function writeAirtable(plan: Plan, hands: Hands, begin: Begin, settle: Settle): Promise<Error | null> {
  const batches = (kind: RowStep['do']) => inBatches(plan.steps.filter((step): step is RowStep => step.do === kind))
  const deletions = plan.steps.filter(step => step.do === 'delete-row')
  return untilFailure(
    [
      ...[...batches('update-row'), ...batches('create-row')].map(batch => () => {
        begin(batch)
        return writeBatch(batch, hands, settle)
      }),
      ...deletions.map(step => () => {
        begin([step])
        return settleOrLeave(step, settle, async () => {
          await deleteRow(step.row, hands)
          return { result: 'done', step, record: step.row, values: {}, refused: [] }
        })
      }),
    ],
    hands.halted,
  )
}

/** Settles a step by what becomes of it; one that is left for the next run, or refused for its record, is no failure. */
async function settleOrLeave(step: Step, settle: Settle, act: () => Promise<Outcome>): Promise<void> {
  settle(
    step,
    await act().catch(error => {
      if (error instanceof Left || isFailure(error, 'not-found', 'invalid'))
        return { result: 'left', step, reason: error.message } as const
      throw error
    }),
  )
}

/** Notion takes one page a request; several are under way at once. Where it takes no new pages, others are written. */
async function writeNotion(plan: Plan, hands: Hands, begin: Begin, settle: Settle): Promise<Error | null> {
  const todo = plan.steps.filter(step => step.do.endsWith('-page'))
  let failure: Error | null = null
  let full: Error | null = null
  const write = async (step: Step): Promise<void> => {
    if (step.do === 'update-page') settle(step, await writePage(step, hands))
    else if (step.do === 'create-page') {
      settle(
        step,
        await createPage(step, hands).catch(error => {
          if (mayHaveMade(error))
            settle(step, {
              result: 'left',
              step,
              reason: 'Notion gave no answer; the page is looked for before it is made again',
              unsure: true,
            })
          throw error
        }),
      )
    } else if (step.do === 'trash-page' || step.do === 'restore-page') {
      await settleOrLeave(step, settle, async () => {
        if (step.do === 'trash-page') await trashPage(step.page, hands)
        else await hands.notion.trash(step.page, false)
        return { result: 'done', step, record: step.page, values: {}, refused: [] }
      })
    }
  }
  const worker = async (): Promise<void> => {
    for (let step = todo.shift(); step !== undefined && failure === null; step = todo.shift()) {
      if (step.do === 'create-page' && full !== null) continue
      try {
        const reason = hands.halted()
        if (reason !== null) throw reason
        begin([step])
        await write(step)
      } catch (error) {
        if (isFailure(error, 'full')) full ??= error
        else failure ??= asError(error)
      }
    }
  }
  await Promise.all(Array.from({ length: PAGES_AT_ONCE }, worker))
  return failure ?? full
}
