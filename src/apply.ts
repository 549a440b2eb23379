/**
 * Carries out a plan: the only caller of the services' writes. Every step ends in an outcome that says what is known
 * to have taken effect; one record's refusal is data, a service that fails ends its side and is handed back.
 */
import { BATCH } from './airtable/table.ts'
import { convert } from './core/convert.ts'
import type { Change, Outcome, Plan, Step } from './core/model.ts'
import { Cancelled } from './errors.ts'
import { asError, type Hands, type RowStep, type Settle } from './hands.ts'
import { createPage, mayHaveMade, pageChanged, writePage } from './write-pages.ts'
import { rowChanged, writeBatch } from './write-rows.ts'

export type Applied = {
  readonly outcomes: readonly Outcome[]
  readonly failure: Error | null
  /** Steps that were not reached, or were under way and brought no answer: whether they took effect is not known. */
  readonly unsettled: readonly Step[]
}

/** Applies every step; both services are written at the same time, then new pages are linked to their rows. */
export async function apply(plan: Plan, hands: Hands): Promise<Applied> {
  const outcomes = new Map<Step, Outcome>()
  const settle: Settle = outcome => {
    outcomes.set(outcome.step, outcome)
    hands.progress(outcomes.size, plan.steps.length)
  }
  const failures = await Promise.all([writeAirtable(plan, hands, settle), writeNotion(plan, hands, settle)])
  const linking = await linkNewPages([...outcomes.values()], hands, settle)
  const failure = [...failures, linking].find(found => found !== null) ?? null
  const left = failure instanceof Cancelled ? 'the run was cancelled' : 'the run ended before it'
  return {
    outcomes: plan.steps.map(step => outcomes.get(step) ?? { result: 'left', step, reason: left }),
    failure,
    unsettled: plan.steps.filter(step => !outcomes.has(step)),
  }
}

/**
 * Writes the ID of each new page into its row, and what the row shows of the page itself. What is missed here is put
 * right by the next run, from the state.
 */
function linkNewPages(outcomes: readonly Outcome[], hands: Hands, settle: Settle): Promise<Error | null> {
  const made = new Map<Step, Extract<Outcome, { result: 'done' }>>()
  const steps = outcomes.flatMap((outcome): RowStep[] => {
    if (outcome.result !== 'done' || outcome.step.do !== 'create-page') return []
    const { row, title } = outcome.step
    const changes = hands.fields
      .filter(field => field.notion.id.startsWith('$') && field.airtable.writable)
      .flatMap((field): Change[] => {
        const source = outcome.values[field.key] ?? null
        const converted = convert(field, 'notion', source, null)
        return source === null || 'refused' in converted
          ? []
          : [{ field: field.key, side: 'airtable', from: null, to: converted.value, source, why: 'created' }]
      })
    const step: RowStep = { do: 'update-row', page: outcome.record, row, title, changes, relink: true }
    made.set(step, outcome)
    return [step]
  })
  const linked: Settle = outcome => {
    const page = made.get(outcome.step)
    if (page !== undefined && outcome.result === 'done') settle({ ...page, rowValues: outcome.values })
  }
  return untilFailure(
    inBatches(steps).map(batch => () => writeBatch(batch, hands, linked)),
    hands.stopped,
  )
}

function inBatches<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, index) =>
    items.slice(index * BATCH, (index + 1) * BATCH),
  )
}

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

function writeAirtable(plan: Plan, hands: Hands, settle: Settle): Promise<Error | null> {
  const batches = (kind: RowStep['do']) => inBatches(plan.steps.filter((step): step is RowStep => step.do === kind))
  const deletions = plan.steps.filter(step => step.do === 'delete-row')
  return untilFailure(
    [
      ...[...batches('update-row'), ...batches('create-row')].map(batch => () => writeBatch(batch, hands, settle)),
      ...deletions.map(step => async () => {
        if (await rowChanged(step.row, hands)) settle({ result: 'left', step, reason: 'the row was edited meanwhile' })
        else {
          await hands.airtable.remove(step.row)
          settle({ result: 'done', step, record: step.row, values: {}, refused: [] })
        }
      }),
    ],
    hands.stopped,
  )
}

/** Notion takes one page a request; several are under way at once, as the pace allows. */
async function writeNotion(plan: Plan, hands: Hands, settle: Settle): Promise<Error | null> {
  let failure: Error | null = null
  const write = async (step: Step): Promise<void> => {
    if (step.do === 'update-page') settle(await writePage(step, hands))
    else if (step.do === 'create-page') {
      settle(
        await createPage(step, hands).catch(error => {
          if (mayHaveMade(error))
            settle({
              result: 'left',
              step,
              reason: 'Notion gave no answer; the page is looked for before it is made again',
              unsure: true,
            })
          throw error
        }),
      )
    } else if (step.do === 'trash-page' || step.do === 'restore-page') {
      if (step.do === 'trash-page' && (await pageChanged(step.page, hands))) {
        settle({ result: 'left', step, reason: 'the page was edited meanwhile' })
        return
      }
      await hands.notion.trash(step.page, step.do === 'trash-page')
      settle({ result: 'done', step, record: step.page, values: {}, refused: [] })
    }
  }
  await Promise.all(
    plan.steps.map(async step => {
      try {
        if (failure !== null) return
        if (hands.stopped()) throw new Cancelled()
        await write(step)
      } catch (error) {
        failure ??= asError(error)
      }
    }),
  )
  return failure
}
