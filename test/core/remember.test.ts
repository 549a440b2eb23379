/** What is remembered of a step, whatever plan it came from: of creates, of refusals in part, and of conflicts. */
import { describe, expect, test } from 'vitest'
import { remember } from '../../src/core/base.ts'
import type { Change, Conflict, Field, Outcome, Pair, Plan, Problem, Row, Step } from '../../src/core/model.ts'
import type { Shape, Value } from '../../src/core/shape.ts'
import { edit, field, page, pageId, pair, row, rowId, status, WHERE } from './words.ts'

const STATUS = field('Status')
const FIELDS = [STATUS, field('Name')]

const update = (...changes: Change[]): Step => ({ do: 'update-row', ...WHERE, changes })
const done = (step: Step, values: Readonly<Record<string, Value>>, refused: readonly Problem[] = []): Outcome => ({
  result: 'done',
  step,
  record: rowId(1),
  values,
  refused,
})
const after = (
  outcomes: readonly Outcome[],
  plan: Partial<Pick<Plan, 'pairs' | 'conflicts' | 'settling' | 'problems'>> = {},
  { fields = FIELDS, pages = [page(1)], rows = [row(1)] } = {},
) =>
  remember(
    fields,
    { pairs: [pair(1, { Status: 'x', Name: 'x' })], conflicts: [], settling: [], problems: [], ...plan },
    outcomes,
    { pages, rows },
  )

describe('a page that was made for a row', () => {
  const cell: Partial<Change> = { side: 'notion', from: null, why: 'created' }
  const changes = [edit('Status', { ...cell, to: 'n', source: 'n' }), edit('Name', { ...cell, to: 'A', source: 'A' })]
  const made = (more: Partial<Extract<Outcome, { result: 'done' }>> = {}, made = changes): Outcome => ({
    result: 'done',
    step: { do: 'create-page', row: rowId(1), title: 'Record 1', changes: made },
    record: pageId(7),
    values: { Status: 'n', Name: 'A' },
    refused: [],
    ...more,
  })
  const known = (given: Outcome, of: Partial<{ fields: Field[]; rows: Row[] }> = {}) =>
    after([given], { pairs: [] }, { fields: FIELDS, pages: [], rows: [row(1, { Status: 'n', Name: 'A' })], ...of })
  const agreed = (given: Outcome, of: Parameters<typeof known>[1] = {}) => known(given, of).pairs[0]?.base

  test('is a pair with it, and both agreed on what was written, whatever the row holds by now', () => {
    expect(known(made()).pairs).toEqual([pair(1, { Status: 'n', Name: 'A' }, { page: pageId(7) })])
    const rowValues = { Status: 'later', Name: 'A' }
    expect(known(made({ rowValues })).pairs).toEqual([pair(1, { Status: 'n', Name: 'A' }, { page: pageId(7) })])
    expect(known(made(), { rows: [] }).pairs).toEqual([pair(1, { Status: 'n', Name: 'A' }, { page: pageId(7) })])
  })

  test('agreed on what page and row hold alike besides, as an address that the row was given', () => {
    const fields = [...FIELDS, field('URL')]
    const url = 'https://www.notion.so/7'
    const values = { Status: 'n', Name: 'A', URL: url }
    expect(agreed(made({ values, rowValues: values }), { fields })).toMatchObject({
      URL: { notion: url, airtable: url },
    })
  })

  test('is still to be filled where it holds what nobody wrote: the value was refused, or came after', () => {
    const values = { Status: 'Todo', Name: 'A' }
    const unfilled = { notion: 'Todo', airtable: 'n', unfilled: 'notion' }
    const refused: Problem = { code: 'refused', page: null, row: rowId(1), title: '', field: 'Status', message: 'no' }
    const after = known(made({ values, refused: [refused] }))
    expect(after.pairs[0]?.base).toEqual({ Status: unfilled, Name: { notion: 'A', airtable: 'A' } })
    // It is told as the next run will tell it.
    const told = { page: pageId(7), row: rowId(1), title: 'Record 1', notion: 'Todo', airtable: 'n' }
    expect(after.problems).toEqual([{ ...refused, ...told }])
    expect(agreed(made({ values }, changes.slice(1)))?.Status).toEqual(unfilled)
    expect(agreed(made({ values: { Name: 'A' }, refused: [refused] }))?.Status).toBeUndefined()
  })

  test('holds an edit where somebody typed since it was made, or where it had been made before', () => {
    const values = { Status: 'typed', Name: 'A' }
    const refused: Problem = { code: 'refused', page: null, row: rowId(1), title: '', field: 'Status', message: 'no' }
    const given = { values, refused: [refused] }
    expect(agreed(made({ ...given, madeWith: { Name: 'A' } }))?.Status).toBeUndefined()
    const put = { notion: 'Todo', airtable: 'n', unfilled: 'notion' }
    expect(agreed(made({ ...given, madeWith: { Status: 'Todo', Name: 'A' } }))?.Status).toEqual(put)
    expect(agreed(made({ ...given, existed: true }))?.Status).toBeUndefined()
  })

  test('is a problem, and still to be filled, where the service keeps another value than the one that was written', () => {
    const { pairs, problems } = known(made({ values: { Status: 'Todo', Name: 'A' } }))
    expect(pairs[0]?.base.Status).toEqual({ notion: 'Todo', airtable: 'n', unfilled: 'notion' })
    expect(problems).toMatchObject([{ code: 'refused', page: pageId(7), row: rowId(1), field: 'Status' }])
  })

  test('holds a person under the name that goes with the address: that is accepted', () => {
    const people: Shape = { is: 'people', many: true }
    const fields = [field('Status', { notion: people }), field('Name')]
    const [asked, shown] = [[{ email: 'ann@x.io' }], [{ id: 'u1', name: 'Ann', email: 'ann@x.io' }]]
    const change = edit('Status', { ...cell, to: asked, source: 'ann@x.io' })
    expect(agreed(made({ values: { Status: shown, Name: 'A' } }, [change]), { fields })?.Status).toEqual({
      notion: shown,
      airtable: 'ann@x.io',
      accepted: true,
    })
  })
})

describe('the default of a status in a new pair', () => {
  type Of = { readonly shape?: Shape; readonly notion?: Value; readonly airtable?: Value }
  const base = (does: 'create-page' | 'create-row', { shape = status(true), notion = 'Todo', airtable = null }: Of) => {
    const record = { title: 'Record 1', changes: [] }
    const step: Step =
      does === 'create-page' ? { do: does, row: rowId(1), ...record } : { do: does, page: pageId(1), ...record }
    const made =
      does === 'create-page'
        ? { record: pageId(1), values: { Status: notion } }
        : { record: rowId(1), values: { Status: airtable } }
    const outcome: Outcome = { result: 'done', step, ...made, refused: [] }
    const seen = { pages: [page(1, { Status: notion })], rows: [row(1, { Status: airtable })] }
    return after([outcome], { pairs: [] }, { fields: [field('Status', { notion: shape })], ...seen }).pairs[0]?.base
  }

  test('is accepted where Notion put it into a page that was made for a row without one', () => {
    expect(base('create-page', {})).toEqual({ Status: { notion: 'Todo', airtable: null, accepted: true } })
  })

  test('is nothing that both agreed on where the row holds something, or the column has no default', () => {
    expect(base('create-page', { airtable: 'Doing' })).toEqual({
      Status: { notion: 'Todo', airtable: 'Doing', unfilled: 'notion' },
    })
    expect(base('create-page', { shape: status() })).toEqual({})
    expect(base('create-page', { shape: { is: 'text', lines: 'one' } })).toEqual({})
  })

  test('is a value like any other in a page for which a row was made: what the row did not take is not agreed on', () => {
    expect(base('create-row', {})).toEqual({})
  })
})

test('a row that was made for a page which was not read: both agreed on nothing that it holds', () => {
  const step: Step = { do: 'create-row', page: pageId(1), title: 'Record 1', changes: [] }
  expect(
    after([done(step, { Status: 'n', Name: null })], { pairs: [] }, { fields: [STATUS], pages: [], rows: [] }),
  ).toEqual({
    pairs: [pair(1)],
    conflicts: [],
    problems: [],
  })
})

describe('a write', () => {
  test('to a pair that is not known any more is not remembered', () => {
    expect(after([done(update(edit('Status')), { Status: 'n' })], { pairs: [] }).pairs).toEqual([])
  })

  test('of a field that is not mapped any more leaves what was agreed on', () => {
    const { pairs } = after([done(update(edit('Old'), edit('Status')), { Old: 'n', Status: 'n' })])
    expect(pairs).toEqual([pair(1, { Status: 'n', Name: 'x' })])
  })

  test.each(['archived', 'restored'] as const)('that was %s is nothing that both agreed on', why => {
    const { pairs, problems } = after([done(update(edit('Status', { why })), { Status: 'n' })])
    expect(pairs).toEqual([pair(1, { Status: 'x', Name: 'x' })])
    expect(problems).toEqual([])
  })

  test('that is not kept is told with what is there and what was to be', () => {
    const { problems } = after([done(update(edit('Status')), { Status: 'N!' })])
    expect(problems).toMatchObject([
      {
        ...WHERE,
        message:
          'Written, but the service keeps "N!" instead of "n". It is not written again until a value, the field or the mapping changes.',
      },
    ])
  })
})

describe('the title of a pair', () => {
  const name = field('Name')
  const fields = [STATUS, { ...name, notion: { ...name.notion, type: 'title' } }]
  const toPage = (...changes: Change[]): Step => ({ do: 'update-page', ...WHERE, changes })
  const titleOf = (step: Step, values: Readonly<Record<string, Value>>) =>
    after([done(step, values)], {}, { fields, pages: [page(1)], rows: [row(1)] }).pairs[0]?.title

  test('is what was written to the page, as Notion returned it', () => {
    const both = toPage(edit('Status', { side: 'notion' }), edit('Name', { side: 'notion', to: 'New' }))
    expect(titleOf(both, { Status: 'n', Name: 'New!' })).toBe('New!')
    expect(titleOf(toPage(edit('Name', { side: 'notion', to: null })), { Name: null })).toBe('Record 1')
  })

  test('is what the page held, where something else was written', () => {
    expect(titleOf(toPage(edit('Status', { side: 'notion' })), { Status: 'n', Name: 'Other' })).toBe('Record 1')
    expect(titleOf(update(edit('Name')), { Name: 'Other' })).toBe('Record 1')
  })

  test('is told in the problems of its record, also where the problem names its row only', () => {
    const step = toPage(edit('Name', { side: 'notion', to: 'New' }))
    const about = { code: 'unreadable', page: null, row: rowId(1), title: 'Record 1', message: 'no' } as const
    const known = after(
      [done(step, { Name: 'New' })],
      { problems: [about] },
      { fields, pages: [page(1)], rows: [row(1)] },
    )
    expect(known.problems.map(({ title }) => title)).toContain('New')
  })
})

describe('a refusal in part', () => {
  const rest = { why: 'trashed', wrote: { Status: 'Archived', Name: 'Old' }, was: { Status: 'x', Name: 'y' } } as const
  const refusal: Problem = { code: 'refused', ...WHERE, field: 'Name', message: 'no' }
  const cells = [edit('Status', { why: 'archived' }), edit('Name', { why: 'archived' })]

  test('of archiving: only what was written is to be undone some day', () => {
    const step: Step = { do: 'update-row', ...WHERE, changes: cells, rest }
    expect(after([done(step, {}, [refusal])]).pairs[0]?.rest).toEqual({
      why: 'trashed',
      wrote: { Status: 'Archived' },
      was: { Status: 'x' },
    })
  })

  test('of undoing it: that is still to be done; without one, the pair is awake', () => {
    const undone = [edit('Status', { why: 'restored' }), edit('Name', { why: 'restored' })]
    const step: Step = { do: 'update-row', ...WHERE, changes: undone, rest: null }
    const known: Pair = pair(1, {}, { rest })
    expect(after([done(step, {}, [refusal])], { pairs: [known] }).pairs).toEqual([known])
    expect(after([done(step, {})], { pairs: [known] }).pairs).toEqual([pair(1)])
  })

  test('of an edit that came along with undoing it: the pair is awake', () => {
    const changes = [edit('Status', { why: 'restored' }), edit('Name')]
    const step: Step = { do: 'update-row', ...WHERE, changes, rest: null }
    expect(after([done(step, {}, [refusal])], { pairs: [pair(1, {}, { rest })] }).pairs).toEqual([pair(1)])
  })

  test('a rest without an archive value stays one', () => {
    const step: Step = { do: 'update-row', ...WHERE, changes: [], rest: { why: 'moved' } }
    expect(after([done(step, {})]).pairs[0]?.rest).toStrictEqual({ why: 'moved' })
  })
})

describe('a conflict that was to be settled, and was not', () => {
  const conflict = (n: number, key: string): Conflict => ({
    page: pageId(n),
    row: rowId(n),
    field: key,
    base: null,
    notion: 'n',
    airtable: 'a',
    notionEdited: '',
  })

  test('is open again, once, beside those of other fields and records', () => {
    const asked = conflict(1, 'Status')
    const open = (...conflicts: Conflict[]) => after([], { conflicts, settling: [asked] }).conflicts
    expect(open()).toEqual([asked])
    expect(open(conflict(1, 'Name'), conflict(2, 'Status'))).toEqual([
      conflict(1, 'Name'),
      conflict(2, 'Status'),
      asked,
    ])
    expect(open({ ...asked, notion: 'now' })).toEqual([{ ...asked, notion: 'now' }])
  })
})

describe('a problem', () => {
  const about = (more: Partial<Problem>): Problem => ({
    code: 'unreadable',
    page: null,
    row: null,
    title: '',
    message: 'no',
    ...more,
  })

  test('that names one record of a pair names the other too, and its title; one that names neither stays so', () => {
    const problems = [about({ row: rowId(1) }), about({ page: pageId(1) }), about({}), about({ row: rowId(2) })]
    expect(after([], { problems }).problems).toEqual([
      about({ page: pageId(1), row: rowId(1), title: 'Record 1' }),
      about({ page: pageId(1), row: rowId(1), title: 'Record 1' }),
      about({}),
      about({ row: rowId(2) }),
    ])
  })
})

describe('a service that keeps another value than was written', () => {
  const option = (refills?: true): Shape => ({
    is: 'option',
    names: ['Todo', 'Doing'],
    open: false,
    commas: false,
    ...(refills && { refills }),
  })
  const base = (of: Field, to: Value, kept: Value, source: Value = to) => {
    const step: Step = {
      do: 'update-page',
      ...WHERE,
      changes: [edit('Status', { side: 'notion', to, source })],
    }
    return after([done(step, { Status: kept })], {}, { fields: [of], pages: [page(1)], rows: [row(1)] }).pairs[0]?.base
      .Status
  }
  const before = { notion: 'x', airtable: 'x' }

  test('its default for an empty value is accepted, where the column has one', () => {
    const kept = { notion: 'Todo', airtable: null, accepted: true }
    expect(base(field('Status', { shape: option(true) }), null, 'Todo')).toEqual(kept)
    expect(base(field('Status', { shape: option() }), null, 'Todo')).toEqual(before)
    expect(base(field('Status', { shape: option(true) }), 'Doing', 'Todo')).toEqual(before)
  })

  const marked: Shape = { is: 'text', lines: 'many', marks: true }

  test('a text with less formatting is accepted, where both columns hold formatting and the letters are the same', () => {
    const kept = { notion: 'a b', airtable: 'a **b**', accepted: true }
    expect(base(field('Status', { shape: marked }), 'a **b**', 'a b')).toEqual(kept)
    expect(base(field('Status', { shape: marked }), 'a **b**', 'a c')).toEqual(before)
    expect(base(field('Status', { notion: marked }), 'a **b**', 'a b')).toEqual(before)
    expect(base(field('Status', { airtable: marked }), 'a **b**', 'a b')).toEqual(before)
    expect(
      base(field('Status', { shape: { is: 'options', names: [], open: true, commas: true } }), ['a'], ['A', 'b']),
    ).toEqual(before)
  })

  test('nothing instead of a text, or a text instead of nothing, is not', () => {
    expect(base(field('Status', { shape: marked }), 'a', null)).toEqual(before)
    expect(base(field('Status', { shape: marked }), null, 'a')).toEqual(before)
  })
})
