/**
 * What is remembered after a run: the base of a field moves only when both services are known to hold the value.
 * What was not confirmed stays as it was, so that the next run sees it again.
 */

import { canWrite, ruledBy } from './decide.ts'
import { shownText } from './markdown.ts'
import type {
  Base,
  Change,
  Conflict,
  Field,
  Outcome,
  Page,
  Pair,
  Plan,
  Problem,
  Rest,
  Row,
  Side,
  Step,
} from './model.ts'
import { other, RECORD } from './model.ts'
import { cellId, same } from './planning.ts'
import type { Value } from './shape.ts'
import { comparable, normal } from './value.ts'

export type Remembered = {
  readonly pairs: readonly Pair[]
  readonly conflicts: readonly Conflict[]
  readonly problems: readonly Problem[]
}

/** The next state of pairs, conflicts and problems, from the plan and what became of its steps. */
export function remember(
  fields: readonly Field[],
  plan: Pick<Plan, 'pairs' | 'conflicts' | 'settling' | 'problems'>,
  outcomes: readonly Outcome[],
  seen: { readonly pages: readonly Page[]; readonly rows: readonly Row[] },
): Remembered {
  const fieldByKey = new Map(fields.map(field => [field.key, field]))
  const pages = new Map(seen.pages.map(page => [page.id, page]))
  const rows = new Map(seen.rows.map(row => [row.id, row]))
  const pairs = new Map(plan.pairs.map(pair => [pair.page, pair]))
  const problems: Problem[] = [...plan.problems]
  const done = new Set<string>()

  for (const outcome of outcomes) {
    if (outcome.result === 'left') continue
    if (outcome.result === 'refused') {
      problems.push(...outcome.problems)
      continue
    }
    const { step } = outcome
    const title = titleAfter(fields, outcome)
    problems.push(...outcome.refused)
    if ('reason' in step) {
      done.add(cellId({ page: step.page, field: RECORD }))
      if (step.do !== 'restore-page') pairs.delete(step.page)
      continue
    }
    if (step.do === 'create-page') {
      const row = outcome.rowValues ?? rows.get(step.row)?.values ?? {}
      const made = baseOfNew(fields, 'notion', outcome, { notion: outcome.values, airtable: row })
      pairs.set(outcome.record, { page: outcome.record, row: step.row, title, base: made.base })
      problems.push(...made.problems.map(each => ({ ...each, page: outcome.record, row: step.row, title })))
      continue
    }
    const page = pages.get(step.page)
    if (step.do === 'create-row') {
      done.add(cellId({ page: step.page, field: RECORD }))
      const made = baseOfNew(fields, 'airtable', outcome, { notion: page?.values ?? {}, airtable: outcome.values })
      pairs.set(step.page, { page: step.page, row: outcome.record, title: step.title, base: made.base })
      problems.push(...made.problems.map(each => ({ ...each, page: step.page, row: outcome.record, title })))
      continue
    }
    const pair = pairs.get(step.page)
    if (pair === undefined) continue
    const refused = new Set(outcome.refused.map(problem => problem.field))
    const base: Record<string, Base> = { ...pair.base }
    for (const change of step.changes) {
      const field = fieldByKey.get(change.field)
      if (field === undefined || refused.has(change.field) || !movesBase(change)) continue
      const moved = confirmed(field, change, outcome.values)
      if ('base' in moved) {
        base[change.field] = moved.base
        done.add(cellId({ page: step.page, field: change.field }))
      } else {
        problems.push({ ...moved.problem, page: step.page, row: step.row, title: step.title })
      }
    }
    const { rest, ...awake } = pair
    const nextRest = restAfter(step, rest, refused)
    pairs.set(step.page, { ...awake, title, base, ...(nextRest && { rest: nextRest }) })
  }

  // To leave a record as it is takes no step.
  const tried = new Set(outcomes.flatMap(({ step }) => ('page' in step ? [step.page] : [])))
  const reopened = plan.settling.filter(
    conflict => !done.has(cellId(conflict)) && (conflict.field !== RECORD || tried.has(conflict.page)),
  )
  return {
    pairs: [...pairs.values()],
    conflicts: [
      ...plan.conflicts,
      ...reopened.filter(conflict => !plan.conflicts.some(open => cellId(open) === cellId(conflict))),
    ],
    problems: withTwins(problems, [...pairs.values()]),
  }
}

/** The title of the page after a step, which may have been to write it. */
function titleAfter(fields: readonly Field[], { step, values }: Extract<Outcome, { result: 'done' }>): string {
  const key = fields.find(field => field.notion.type === 'title')?.key
  const wrote = step.do === 'update-page' && step.changes.some(change => change.field === key)
  const title = wrote ? values[key ?? ''] : undefined
  return typeof title === 'string' ? title : step.title
}

/** Whether both sides agree on what is written: an archive value stands on one side only. */
export const movesBase = ({ why }: Change): boolean => why !== 'archived' && why !== 'restored'

/**
 * Problems of a record whose twin or title was written in this run name them too, as the next run will; and what the
 * service put there where it would not take the value.
 */
function withTwins(problems: readonly Problem[], pairs: readonly Pair[]): readonly Problem[] {
  const byPage = new Map<string | null, Pair>(pairs.map(pair => [pair.page, pair]))
  const pageOf = new Map<string | null, string>(pairs.map(({ page, row }) => [row, page]))
  return problems.map(problem => {
    const page = problem.page ?? pageOf.get(problem.row) ?? null
    const pair = byPage.get(page)
    const row = problem.row ?? byPage.get(problem.page)?.row ?? null
    const isNew = problem.page === null || problem.row === null
    const base = isNew ? pair?.base[problem.field ?? ''] : undefined
    const put = base?.unfilled === undefined ? {} : { notion: base.notion, airtable: base.airtable }
    return { ...problem, page, row, title: pair?.title || problem.title, ...put }
  })
}

/** The rest after a step: of an archive value, only what the service took is to be undone some day. */
function restAfter(
  { rest: planned, changes }: Pick<Extract<Step, { do: 'update-row' | 'update-page' }>, 'rest' | 'changes'>,
  before: Rest | undefined,
  refused: ReadonlySet<string | undefined>,
): Rest | undefined {
  if (planned === undefined) return before
  // An undoing that was refused in part is still to be done.
  if (planned === null)
    return changes.some(({ field, why }) => why === 'restored' && refused.has(field)) ? before : undefined
  const taken = (values: Rest['wrote']) =>
    Object.fromEntries(Object.entries(values ?? {}).filter(([key]) => !refused.has(key)))
  return { why: planned.why, ...(planned.wrote && { wrote: taken(planned.wrote), was: taken(planned.was) }) }
}

/**
 * The base of a field after a confirmed write: the source as it was read, the target as the service returned it. Where
 * the service keeps what was written, or its default for an empty value, the two are accepted as they are; so is a text
 * that had more formatting than the service holds.
 */
function confirmed(
  field: Field,
  change: Change,
  returned: Readonly<Record<string, Value>>,
): { base: Base } | { problem: Omit<Problem, 'page' | 'row' | 'title'> } {
  const { side, to, source } = change
  const written = normal(returned[change.field])
  const base: Base = side === 'notion' ? { notion: written, airtable: source } : { notion: source, airtable: written }
  if (comparable(field, 'notion', base.notion) === comparable(field, 'airtable', base.airtable)) return { base }
  const { shape } = field[side]
  const refilled = to === null && shape.is === 'option' && shape.refills === true
  const unmarked = marked(field) && shownText(String(written ?? '')) === shownText(String(to ?? ''))
  // A person who was asked for by address may go by another name there.
  const taken = same(field, side, written, to) || same({ ...field, people: 'email' }, side, written, to)
  if (refilled || unmarked || taken) return { base: { ...base, accepted: true } }
  return {
    problem: {
      code: 'refused',
      field: change.field,
      message: `Written, but the service keeps ${JSON.stringify(written)} instead of ${JSON.stringify(to)}. It is not written again until a value, the field or the mapping changes.`,
      notion: base.notion,
      airtable: base.airtable,
      under: ruledBy(field, to),
    },
  }
}

const marked = (field: Field): boolean =>
  [field.notion, field.airtable].every(({ shape }) => shape.is === 'text' && shape.marks === true)

/**
 * The base of a pair of which one record was just made: what was written and confirmed, and what agrees besides. Where
 * the new record holds what nobody wrote, as a default in the place of a value that was refused, it is still to be filled.
 */
function baseOfNew(
  fields: readonly Field[],
  made: Side,
  { step, values, madeWith = values, refused, existed }: Extract<Outcome, { result: 'done' }>,
  held: Readonly<Record<Side, Readonly<Record<string, Value>>>>,
): { base: Record<string, Base>; problems: Omit<Problem, 'page' | 'row' | 'title'>[] } {
  const base = agreed(fields, held.notion, held.airtable, made)
  const problems: Omit<Problem, 'page' | 'row' | 'title'>[] = []
  const changes = 'changes' in step ? step.changes : []
  for (const field of fields) {
    const { key } = field
    const change = changes.find(each => each.field === key && each.side === made)
    const isWritten = change !== undefined && !refused.some(problem => problem.field === key)
    const moved = isWritten ? confirmed(field, change, values) : null
    if (moved !== null && 'problem' in moved) problems.push(moved.problem)
    const stands = { notion: normal(held.notion[key]), airtable: normal(held.airtable[key]) }
    if (moved !== null && 'base' in moved) base[key] = moved.base
    else if (base[key] === undefined && canWrite(field, made) && existed !== true) {
      // What people typed since it was made is an edit.
      const put = normal(madeWith[key])
      if (put !== null && stands[other(made)] !== null) base[key] = { ...stands, [made]: put, unfilled: made }
    }
  }
  return { base, problems }
}

/**
 * The base of a new pair: the fields in which both sides agree, and those of a new page in which Notion put its default
 * where the row holds nothing. The others have none yet, and are merged as new.
 */
export function agreed(
  fields: readonly Field[],
  notion: Readonly<Record<string, Value>>,
  airtable: Readonly<Record<string, Value>>,
  made: Side,
): Record<string, Base> {
  return Object.fromEntries(
    fields.flatMap((field): [string, Base][] => {
      const base = { notion: normal(notion[field.key]), airtable: normal(airtable[field.key]) }
      const equal = comparable(field, 'notion', base.notion) === comparable(field, 'airtable', base.airtable)
      if (equal) return [[field.key, base]]
      const { shape } = field.notion
      const refilled = made === 'notion' && base.airtable === null && shape.is === 'option' && shape.refills === true
      return refilled ? [[field.key, { ...base, accepted: true }]] : []
    }),
  )
}
