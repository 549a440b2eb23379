/** Records without a twin: what is looked up, which page was made from which row, what is made, and what is only told. */
import { describe, expect, test } from 'vitest'
import { ruledBy } from '../../src/core/decide.ts'
import type { Fate, Field, Page, Plan, Rest, Row } from '../../src/core/model.ts'
import { makePlan, missing } from '../../src/core/plan.ts'
import type { Observed, Settings } from '../../src/core/planning.ts'
import type { Shape, Value } from '../../src/core/shape.ts'
import { twinsOf } from '../../src/core/twins.ts'
import { field, observed, page, pageId, pair, row, rowId, settings } from './words.ts'

const FIELDS = [field('Name'), field('Status')]
const unlinked = { pageId: null }
const changes = (plan: Plan) => plan.steps.flatMap(step => ('changes' in step ? step.changes : []))

describe('what is looked up of a pair at rest', () => {
  const asked = (why: Rest['why'], there: { page?: boolean; row?: boolean }) => {
    const seen = {
      pairs: [pair(1, {}, { rest: { why } })],
      pages: there.page ? [page(1)] : [],
      rows: there.row ? [row(1)] : [],
    }
    const { pages, rows, resting } = missing(settings([]), seen)
    return [pages.length, rows.length, resting.length]
  }

  test.each<[Rest['why'], { page?: boolean; row?: boolean }, number[]]>([
    ['trashed', {}, [0, 0, 0]],
    ['trashed', { row: true }, [0, 0, 0]],
    ['trashed', { page: true }, [0, 1, 0]],
    ['row-deleted', {}, [0, 0, 0]],
    ['row-deleted', { page: true }, [0, 0, 0]],
    ['row-deleted', { row: true }, [1, 0, 0]],
    ['out-of-scope', {}, [0, 0, 1]],
    ['out-of-scope', { row: true }, [0, 0, 1]],
    ['out-of-scope', { page: true }, [0, 1, 0]],
    ['row-out-of-scope', {}, [1, 1, 0]],
    ['row-out-of-scope', { page: true }, [0, 1, 0]],
    ['row-out-of-scope', { row: true }, [1, 0, 0]],
  ])('%s, and in the lists are %j: pages, rows and pages outside the filter: %j', (why, there, counts) => {
    expect(asked(why, there)).toEqual(counts)
  })

  test('is told by its ID, and so are pages without a row', () => {
    const seen = { pairs: [pair(1, {}, { rest: { why: 'out-of-scope' } as const })], pages: [page(2)], rows: [] }
    expect(missing(settings([]), seen)).toEqual({ pages: [], rows: [], resting: [pageId(1)], twinless: [pageId(2)] })
  })
})

describe('a row that carries the page ID of another row', () => {
  const older = pair(1, {}, { row: 'recOlder' })
  const planned = (fate: Fate) =>
    makePlan(
      settings(FIELDS),
      observed({ pairs: [older], pages: [page(1)], rows: [row(1)], fates: new Map([['recOlder', fate]]) }),
    )

  test('takes its place where that one was deleted, and this is told', () => {
    const plan = planned('deleted')
    expect(plan.pairs).toMatchObject([{ page: pageId(1), row: rowId(1) }])
    expect(plan.events).toEqual([
      { page: pageId(1), row: rowId(1), title: 'Record 1', text: 'linked: the row carries the page’s ID' },
    ])
  })

  test('stays a copy where that one is only outside the view', () => {
    expect(planned('out-of-scope').problems).toMatchObject([{ code: 'duplicate-row' }])
  })
})

test('a page and a row of one name are linked, and this is told', () => {
  const plan = makePlan(
    settings(FIELDS, { match: 'Name' }),
    observed({ pages: [page(1, { Name: 'A' })], rows: [row(1, { Name: 'A' }, unlinked)] }),
  )
  expect(plan.events).toMatchObject([{ text: 'linked: page and row have the same name' }])
})

describe('a page that a broken-off run made from one of two rows of one name', () => {
  const made = (
    notion: Page['values'],
    more: { fields?: readonly Field[]; airtable?: Row['values']; by?: string; bot?: string | null } = {},
  ) => {
    const { fields = FIELDS, airtable = { Name: 'A', Status: 'x' }, by = 'bot', bot = 'bot' } = more
    const plan = makePlan(
      settings(fields, { match: 'Name', create: 'none' }),
      observed({
        pages: [page(1, notion, { createdBy: by })],
        rows: [row(7, { Name: 'A', Status: 'other' }, unlinked), row(8, airtable, unlinked)],
        bot,
      }),
    )
    return plan.pairs.map(known => known.row)
  }
  const option = (refills?: true): Shape => ({
    is: 'option',
    names: ['Todo', 'x'],
    open: false,
    commas: false,
    ...(refills && { refills }),
  })
  const status = (notion: Shape) => [field('Name'), field('Status', { notion })]

  test('is known by its maker and by all that it holds', () => {
    expect(made({ Name: 'A', Status: 'x' })).toEqual([rowId(8)])
    expect(made({ Name: 'A', Status: 'other' })).toEqual([rowId(7)])
    expect(made({ Name: 'A', Status: 'y' })).toEqual([])
    expect(made({ Name: 'A' })).toEqual([])
    expect(made({ Name: 'A', Status: 'x' }, { by: 'somebody' })).toEqual([])
    expect(made({ Name: 'A', Status: 'x' }, { bot: null })).toEqual([])
  })

  test('may hold anything in a column that Notion computes', () => {
    const of = field('Status')
    const fields = [field('Name'), { ...of, notion: { ...of.notion, writable: false } }]
    expect(made({ Name: 'A', Status: 'computed' }, { fields })).toEqual([rowId(7)])
  })

  test('holds nothing, or the default, where Notion would not take the value', () => {
    const number = { fields: status({ is: 'number' }) }
    expect(made({ Name: 'A' }, number)).toEqual([rowId(7)])
    expect(made({ Name: 'A', Status: 3 }, number)).toEqual([])
    expect(made({ Name: 'A', Status: 'Todo' }, { fields: status(option(true)) })).toEqual([rowId(7)])
    expect(made({ Name: 'A', Status: 'Todo' }, { fields: status(option()) })).toEqual([])
  })

  test('holds nothing, or the default, where the row is empty', () => {
    const airtable = { Name: 'A' }
    expect(made({ Name: 'A' }, { airtable })).toEqual([rowId(8)])
    expect(made({ Name: 'A', Status: 'y' }, { airtable })).toEqual([])
    const odd = { Name: 'A', Status: 'x' as Value }
    expect(made(odd, { airtable, fields: status(option()) })).toEqual([])
    expect(made(odd, { airtable: { Name: 'A', Status: 'Todo' }, fields: status(option(true)) })).toEqual([rowId(7)])
  })
})

describe('a link to a record of the same sync', () => {
  const parent = (twins = twinsOf([])): Field => ({
    ...field('Parent', { shape: { is: 'links', table: [] } }),
    links: { sync: 'tasks', self: true, twins },
  })
  const to = (id: string) => ({ Parent: [{ id }] })
  const linking = (fates: readonly (readonly [string, Fate])[], notion: Page['values'], airtable: Row['values']) =>
    changes(
      makePlan(
        settings([parent()], { whenDeleted: { page: 'keep', row: 'keep' } }),
        observed({
          pairs: [pair(1, { Parent: null }), pair(2)],
          pages: [page(1, notion)],
          rows: [row(1, airtable)],
          fates: new Map(fates),
        }),
      ),
    ).map(({ side, to: written }) => [side, written])

  test('is carried over to its twin', () => {
    expect(linking([], to(pageId(2)), {})).toEqual([['airtable', [{ id: rowId(2) }]]])
    expect(linking([[pageId(2), 'out-of-scope']], to(pageId(2)), {})).toEqual([['airtable', [{ id: rowId(2) }]]])
  })

  test.each<[string, Fate]>([
    [pageId(2), 'trashed'],
    [pageId(2), 'moved'],
    [pageId(2), 'archived'],
    [rowId(2), 'deleted'],
  ])('is not carried over where %s is %s', (id, fate) => {
    expect(linking([[id, fate]], to(pageId(2)), {})).toEqual([])
    expect(linking([[id, fate]], {}, to(rowId(2)))).toEqual([])
  })
})

describe('a page without a row, or a row without a page', () => {
  const loose = (create: Settings['create'], more: Partial<Observed>) => {
    const plan = makePlan(settings(FIELDS, { create }), observed(more))
    return { steps: plan.steps.map(step => step.do), unmatched: plan.unmatched, pairs: plan.pairs, events: plan.events }
  }
  const pages = [page(1, { Name: 'A' })]
  const rows = [row(2, { Name: 'B' }, unlinked)]
  const noRow = (create: string) => ({
    page: pageId(1),
    row: null,
    title: 'Record 1',
    text: `no row; "create: ${create}" makes none`,
  })
  const noPage = (create: string) => ({
    page: null,
    row: rowId(2),
    title: 'Record 2',
    text: `no page; "create: ${create}" makes none`,
  })

  test('is made or told, as the mapping says', () => {
    const none = { pairs: [], events: [] }
    expect(loose('both', { pages, rows })).toEqual({ ...none, steps: ['create-row', 'create-page'], unmatched: [] })
    expect(loose('airtable', { pages, rows })).toEqual({
      ...none,
      steps: ['create-row'],
      unmatched: [noPage('airtable')],
    })
    expect(loose('notion', { pages, rows })).toEqual({ ...none, steps: ['create-page'], unmatched: [noRow('notion')] })
    expect(loose('none', { pages, rows })).toEqual({ ...none, steps: [], unmatched: [noRow('none'), noPage('none')] })
  })

  test('and the row of the page is outside the view: the two rest, and that is told', () => {
    expect(loose('both', { pages, hidden: [row(1), row(3)] })).toEqual({
      steps: [],
      unmatched: [],
      pairs: [pair(1, {}, { rest: { why: 'row-out-of-scope' } })],
      events: [
        {
          page: pageId(1),
          row: rowId(1),
          title: 'Record 1',
          text: 'linked: its row is outside the view or filter, so the pair rests',
        },
      ],
    })
  })

  test('and the page, which was made lately, is outside the filter: it is none of the sync', () => {
    const seen = observed({ pages, strays: [page(5, { Name: 'C' })] })
    const { steps, unmatched } = makePlan(settings(FIELDS), seen)
    expect(steps).toMatchObject([{ do: 'create-row', page: pageId(1) }])
    expect(unmatched).toEqual([])
  })

  test('and the page of the row may have been made already: the row waits', () => {
    expect(loose('both', { rows, holding: new Set([rowId(2)]) })).toEqual({
      steps: [],
      unmatched: [
        {
          page: null,
          row: rowId(2),
          title: 'Record 2',
          text: 'its page may have been made already; it is looked for first',
        },
      ],
      pairs: [],
      events: [],
    })
  })
})

test('a problem of another kind with the same values holds no write back', () => {
  const [, status] = FIELDS as [Field, Field]
  const problem = {
    code: 'cannot-convert',
    page: pageId(1),
    row: rowId(1),
    title: '',
    field: 'Status',
    message: '',
  } as const
  const seen = { pages: [page(1, { Status: 'n' })], rows: [row(1, { Status: 'x' })], pairs: [pair(1, { Status: 'x' })] }
  const held = { ...problem, notion: 'n', airtable: 'x', under: ruledBy(status) }
  expect(makePlan(settings([status]), observed({ ...seen, problems: [held] })).steps).toHaveLength(1)
})

test('a pair goes by the title of its page, or else of its row, or else by the one that is remembered', () => {
  const title = (notion: string, airtable: string) => {
    const pages = [page(1, { Name: 'A' }, { title: notion })]
    const rows = [row(1, { Name: 'A' }, { title: airtable })]
    return makePlan(settings(FIELDS), observed({ pairs: [pair(1, {}, { title: 'then' })], pages, rows })).pairs[0]
      ?.title
  }
  expect([title('page', 'row'), title('', 'row'), title('page', ''), title('', '')]).toEqual([
    'page',
    'row',
    'page',
    'then',
  ])
})

test('a pair remembers nothing of a field on which page and row never agreed', () => {
  const seen = { pages: [page(1, { Name: 'A', Status: 'n' })], rows: [row(1, { Name: 'A', Status: 'a' })] }
  const { pairs } = makePlan(settings(FIELDS), observed({ pairs: [pair(1, { Name: 'A' })], ...seen }))
  expect(pairs).toStrictEqual([pair(1, { Name: 'A' })])
})
