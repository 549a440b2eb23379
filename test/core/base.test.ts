/** What is remembered after a run: a base moves only when both services are known to hold the value. */
import { describe, expect, test } from 'vitest'
import { type Remembered, remember } from '../../src/core/base.ts'
import { type Field, type Outcome, type Page, type Plan, RECORD, type Row, type Step } from '../../src/core/model.ts'
import { makePlan } from '../../src/core/plan.ts'
import { cellId, type Observed } from '../../src/core/planning.ts'
import type { Value } from '../../src/core/shape.ts'
import { NOTHING_KNOWN, round, type World } from './small-world.ts'
import { field, observed, page, pageId, pair, row, rowId, settings } from './words.ts'

const STATUS = field('Status')

/** Plans for one pair that agreed on `x`, and remembers with the given outcome of the plan's only step. */
function after(
  fields: readonly Field[],
  notion: Page,
  airtable: Row,
  outcome: (step: Step) => Outcome,
  more: Partial<Observed> = {},
): Remembered & { plan: Plan } {
  const base = Object.fromEntries(fields.map(({ key }) => [key, 'x']))
  const plan = makePlan(
    settings(fields),
    observed({ pairs: [pair(1, base)], pages: [notion], rows: [airtable], ...more }),
  )
  const [step] = plan.steps
  if (step === undefined || plan.steps.length > 1) throw new Error('the test is about one step')
  return { plan, ...remember(fields, plan, [outcome(step)], { pages: [notion], rows: [airtable] }) }
}

const done =
  (values: Readonly<Record<string, Value>>) =>
  (step: Step): Outcome => ({ result: 'done', step, record: 'record', values, refused: [] })
const left = (step: Step): Outcome => ({ result: 'left', step, reason: 'the run ended before it' })

describe('the base of a field', () => {
  const notion = page(1, { Status: 'n' })
  const airtable = row(1, { Status: 'x' })

  test('moves with a confirmed write: the source as it was read, the target as the service returned it', () => {
    const [known] = after([STATUS], notion, airtable, done({ Status: ' n ' })).pairs
    expect(known?.base).toEqual({ Status: { notion: 'n', airtable: 'n' } })
  })

  test('stays where the write was left', () => {
    const [known] = after([STATUS], notion, airtable, left).pairs
    expect(known?.base).toEqual({ Status: { notion: 'x', airtable: 'x' } })
  })

  test('stays where the write was refused, and moves for the other cells of the same record', () => {
    const fields = [STATUS, field('Notes')]
    const refusal = {
      code: 'refused',
      page: pageId(1),
      row: rowId(1),
      title: 'Record 1',
      message: 'no',
      field: 'Status',
    } as const
    const { pairs, problems } = after(
      fields,
      page(1, { Status: 'n', Notes: 'n' }),
      row(1, { Status: 'x', Notes: 'x' }),
      step => ({ result: 'done', step, record: rowId(1), values: { Status: 'x', Notes: 'n' }, refused: [refusal] }),
    )
    expect(pairs[0]?.base).toEqual({ Status: { notion: 'x', airtable: 'x' }, Notes: { notion: 'n', airtable: 'n' } })
    expect(problems).toEqual([refusal])
  })

  test('moves without a write where both sides were found equal', () => {
    const plan = makePlan(
      settings([STATUS]),
      observed({ pairs: [pair(1, { Status: 'x' })], pages: [notion], rows: [row(1, { Status: 'n' })] }),
    )
    expect(remember([STATUS], plan, [], { pages: [], rows: [] }).pairs[0]?.base).toEqual({
      Status: { notion: 'n', airtable: 'n' },
    })
  })

  test('stays where the service says done but keeps another value, which is a problem with both values', () => {
    const { pairs, problems } = after([STATUS], notion, airtable, done({ Status: 'something else' }))
    expect(pairs[0]?.base).toEqual({ Status: { notion: 'x', airtable: 'x' } })
    expect(problems).toMatchObject([
      { code: 'refused', page: pageId(1), row: rowId(1), field: 'Status', notion: 'n', airtable: 'something else' },
    ])
  })

  test('moves where somebody who was asked for by address goes by another name there', () => {
    const people = field('Status', { notion: { is: 'text', lines: 'one' }, airtable: { is: 'people', many: true } })
    const grace = { id: 'usr1', name: 'Rear Admiral', email: 'grace@example.com' }
    const { pairs, problems } = after(
      [people],
      page(1, { Status: 'grace@example.com' }),
      row(1, {}),
      done({ Status: [grace] }),
      {
        pairs: [pair(1, { Status: null })],
        people: { notion: [], airtable: [{ name: 'Grace', email: 'grace@example.com' }] },
      },
    )
    expect(problems).toEqual([])
    expect(pairs[0]?.base).toEqual({ Status: { notion: 'grace@example.com', airtable: [grace], accepted: true } })
  })

  test('where the service keeps another value, the write is not tried again until something changes', () => {
    const { pairs, problems } = after([STATUS], notion, airtable, done({ Status: 'something else' }))
    const next = (held: string) =>
      makePlan(
        settings([field('Status', { owner: 'notion' })]),
        observed({ pairs, problems, pages: [page(1, { Status: held })], rows: [row(1, { Status: 'something else' })] }),
      )
    expect(next('m').steps).toHaveLength(1)
    const same = makePlan(
      settings([STATUS]),
      observed({ pairs, problems, pages: [notion], rows: [row(1, { Status: 'something else' })] }),
    )
    expect(same.steps).toEqual([])
  })
})

describe('an emptied status that takes its default', () => {
  const status = field('Status', {
    notion: { is: 'option', names: ['Todo', 'Doing'], open: false, commas: false, refills: true },
    airtable: { is: 'option', names: ['Todo', 'Doing'], open: true, commas: true },
  })
  const rules = settings([status])
  const world = (notion: Value, airtable: Value): World => ({
    pages: [{ is: page(1, { Status: notion }), where: 'here' }],
    rows: [{ is: row(1, { Status: airtable }), where: 'here' }],
  })
  const emptied = () => after([status], page(1, { Status: 'x' }), row(1, { Status: null }), done({ Status: 'Todo' }))
  const next = (notion: Value, airtable: Value) => round(rules, world(notion, airtable), emptied())

  test('is accepted: no problem, no conflict, and the default is not echoed to Airtable', () => {
    expect(emptied().problems).toEqual([])
    const again = next('Todo', null)
    expect([again.plan.steps, again.plan.conflicts, again.plan.problems]).toEqual([[], [], []])
    expect(round(rules, again.world, again.memory).memory).toEqual(again.memory)
  })

  test('an edit of the default in Notion flows', () => {
    expect(next('Doing', null).world.rows).toMatchObject([{ is: { values: { Status: 'Doing' } } }])
  })

  test('an edit of the empty cell in Airtable flows', () => {
    expect(next('Todo', 'Doing').world.pages).toMatchObject([{ is: { values: { Status: 'Doing' } } }])
  })

  test('the same edit on both sides agrees, and is an ordinary base from then on', () => {
    const agreed = next('Doing', 'Doing')
    expect(agreed.plan.steps).toEqual([])
    expect(agreed.memory.pairs[0]?.base).toEqual({ Status: { notion: 'Doing', airtable: 'Doing' } })
  })
})

describe('a new pair', () => {
  const fields = [STATUS, field('Notes')]
  const plan = () => makePlan(settings(fields), observed({ pages: [page(1, { Status: 'n', Notes: 'n' })] }))
  const made = (values: Readonly<Record<string, Value>>) =>
    remember(
      fields,
      plan(),
      plan().steps.map(step => ({ result: 'done', step, record: rowId(7), values, refused: [] })),
      { pages: [page(1, { Status: 'n', Notes: 'n' })], rows: [] },
    )

  test('is remembered with the row that was made, and what both hold', () => {
    expect(made({ Status: 'n', Notes: 'n' }).pairs).toEqual([pair(1, { Status: 'n', Notes: 'n' }, { row: rowId(7) })])
  })

  test('has no base for a field that the row did not take', () => {
    expect(made({ Status: 'n' }).pairs[0]?.base).toEqual({ Status: { notion: 'n', airtable: 'n' } })
  })

  test('has the row that was made in its problems too, as the next run will tell them', () => {
    const [about] = [{ code: 'cannot-convert', page: pageId(1), row: null, title: 'Record 1', message: 'no' } as const]
    const [step] = plan().steps
    if (step === undefined) throw new Error('the plan makes a row')
    const made: Outcome = { result: 'done', step, record: rowId(1), values: { Status: 'n', Notes: 'n' }, refused: [] }
    const known = remember(fields, { ...plan(), problems: [about] }, [made], { pages: [page(1)], rows: [] })
    expect(known.problems).toEqual([{ ...about, row: rowId(1) }])
  })

  test('is not remembered where the row was not made', () => {
    expect(remember(fields, plan(), plan().steps.map(left), { pages: [page(1)], rows: [] }).pairs).toEqual([])
  })
})

describe('a conflict that a tick settles', () => {
  const open = {
    page: pageId(1),
    row: rowId(1),
    field: 'Status',
    base: { notion: 'x', airtable: 'x' },
    notion: 'n',
    airtable: 'a',
    notionEdited: '2026-03-02T10:00:00.000Z',
    clock: 'unknown',
  } as const
  const picked = () => ({ conflicts: [open], picks: new Map([[cellId(open), 'notion' as const]]) })
  const outcome = (of: (step: Step) => Outcome) =>
    after([STATUS], page(1, { Status: 'n' }), row(1, { Status: 'a' }), of, picked()).conflicts

  test('is closed when the value is known to be written', () => {
    expect(outcome(done({ Status: 'n' }))).toEqual([])
  })

  test('stays open as it was when the write was left', () => {
    expect(outcome(left)).toEqual([open])
  })

  test('stays open when the service refused the value', () => {
    expect(outcome(step => ({ result: 'refused', step, problems: [] }))).toEqual([open])
  })

  test('stays open when the service says done and keeps another value', () => {
    expect(outcome(done({ Status: 'z' }))).toEqual([open])
  })
})

describe('a conflict about a whole record that a tick settles', () => {
  const open = {
    page: pageId(1),
    row: rowId(1),
    field: RECORD,
    base: null,
    notion: '(its page was moved to another data source)',
    airtable: 'Status: "x" → "y"',
    notionEdited: '',
    clock: 'unknown',
  } as const
  const after = (outcomes: readonly Outcome[]) =>
    remember([], { pairs: [pair(1)], conflicts: [], settling: [open], problems: [] }, outcomes, { pages: [], rows: [] })
      .conflicts

  test('is closed where the record stays as it is, which takes no step', () => {
    expect(after([])).toEqual([])
  })

  test('stays open while the step that it takes was not done', () => {
    const where = { page: pageId(1), row: rowId(1), title: 'Record 1' }
    const step: Step = { do: 'delete-row', ...where, reason: 'its page was moved', lost: '' }
    expect(after([{ result: 'left', step, reason: 'cancelled' }])).toEqual([open])
    expect(after([{ result: 'done', step, record: rowId(1), values: {}, refused: [] }])).toEqual([])
  })
})

describe('a pair whose page went to trash', () => {
  const rules = settings([STATUS], { archive: { notion: {}, airtable: { Status: 'Archived' } } })
  const world: World = {
    pages: [{ is: page(1, { Status: 'x' }), where: 'trashed' }],
    rows: [{ is: row(1, { Status: 'x' }), where: 'here' }],
  }
  const memory = { ...NOTHING_KNOWN, pairs: [pair(1, { Status: 'x' })] }

  test('rests once its row is archived, knows what the archive value stands for, and keeps its base', () => {
    expect(round(rules, world, memory).memory.pairs).toEqual([
      pair(1, { Status: 'x' }, { rest: { why: 'trashed', wrote: { Status: 'Archived' }, was: { Status: 'x' } } }),
    ])
  })

  test('does not rest while its row is not archived', () => {
    expect(round(rules, world, memory, { does: () => false }).memory.pairs).toEqual(memory.pairs)
  })

  test('is forgotten when its row was deleted with it, and not before', () => {
    const deleting = { ...rules, whenDeleted: { page: 'delete', row: 'restore' } } as const
    expect(round(deleting, world, memory, { does: () => false }).memory.pairs).toEqual(memory.pairs)
    expect(round(deleting, world, memory).memory.pairs).toEqual([])
  })
})
