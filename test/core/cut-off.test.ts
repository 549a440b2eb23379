/** Pages that a run made which was cut off before it linked them: each is known again by what it was made of. */
import { describe, expect, test } from 'vitest'
import type { Field, Page, Row } from '../../src/core/model.ts'
import { pairUp } from '../../src/core/pair.ts'
import { makePlan } from '../../src/core/plan.ts'
import type { Making, Observed } from '../../src/core/planning.ts'
import type { Shape, Value } from '../../src/core/shape.ts'
import { field, observed, page, pageId, pair, row, rowId, settings, status } from './words.ts'

type Values = Readonly<Record<string, Value>>
const FIELDS = [field('Name'), field('Status')]
const MADE_OF = { Name: 'Search', Status: 'Doing' }
/** What a row holds that was edited after its page was made: by its own values, it would not be known any more. */
const EDITED = { Name: 'Find', Status: 'Done' }
const ours = (n: number, values: Values = MADE_OF): Page => page(n, values, { createdBy: 'bot' })
const unlinked = (n: number, values: Values = MADE_OF): Row => row(n, values, { pageId: null })
const making = (n: number, values: Values = MADE_OF): Making => ({
  do: 'create-page',
  row: rowId(n),
  title: `Record ${n}`,
  changes: Object.entries(values).map(([key, source]) => ({
    field: key,
    side: 'notion',
    from: null,
    to: source,
    source,
    why: 'created',
  })),
})
const plan = (seen: Partial<Observed>, fields: readonly Field[] = FIELDS) =>
  makePlan(settings(fields, { create: 'both' }), observed({ bot: 'bot', ...seen }))
/** Which pages are linked to which rows, by their numbers. */
const links = (seen: Partial<Observed>, fields?: readonly Field[]) =>
  plan(seen, fields).pairs.map(known => [Number(known.page.slice(-12)), Number(known.row.slice(-12))])

describe('the page that a run made from a row and did not link', () => {
  test('is linked to it, which is written to the row and told, and no second one is made', () => {
    const { steps, pairs, events } = plan({ pages: [ours(1)], rows: [unlinked(7)], makings: [making(7)] })
    const where = { page: pageId(1), row: rowId(7), title: 'Record 1' }
    expect(steps).toEqual([{ do: 'update-row', ...where, changes: [], relink: true }])
    expect(pairs).toEqual([pair(1, MADE_OF, { row: rowId(7) })])
    expect(events).toEqual([{ ...where, text: 'linked: a run that was cut off made the page from the row' }])
  })

  test('is known by what the row held then, whatever it holds now', () => {
    const seen = { rows: [unlinked(7, EDITED)], makings: [making(7)] }
    expect(links({ ...seen, pages: [ours(1)] })).toEqual([[1, 7]])
    expect(links({ ...seen, pages: [ours(1, { ...EDITED, Name: 'Search' })] })).toEqual([])
  })

  test('may lie outside the filter: the pair rests there, linked, and no edit flows', () => {
    const half = { ...MADE_OF, Status: 'Done' }
    const { steps, pairs, events } = plan({ strays: [ours(1)], rows: [unlinked(7, half)], makings: [making(7)] })
    const where = { page: pageId(1), row: rowId(7), title: 'Record 1' }
    expect(steps).toEqual([{ do: 'update-row', ...where, changes: [], relink: true }])
    expect(pairs).toEqual([pair(1, { Name: 'Search' }, { row: rowId(7), rest: { why: 'out-of-scope' } })])
    expect(events).toEqual([
      {
        ...where,
        text: 'linked: a run that was cut off made the page from the row; it is outside the filter, so the pair rests',
      },
    ])
  })

  test('lies outside the filter and stands in the row already: the pair rests there too', () => {
    const { steps, pairs, conflicts } = plan({ strays: [ours(1)], rows: [row(7, EDITED, { pageId: pageId(1) })] })
    expect([steps, conflicts]).toEqual([[], []])
    expect(pairs).toEqual([pair(1, {}, { row: rowId(7), rest: { why: 'out-of-scope' } })])
  })

  test('is none that somebody else made, or that holds something else', () => {
    const seen = { rows: [unlinked(7, EDITED)], makings: [making(7)] }
    expect(links({ ...seen, pages: [page(1, MADE_OF)] })).toEqual([])
    expect(links({ ...seen, pages: [ours(1, { Name: 'Search', Status: 'Done' })] })).toEqual([])
    expect(links({ ...seen, pages: [page(1, MADE_OF), ours(2), ours(3, { Name: 'Search' })] })).toEqual([[2, 7]])
  })

  test('is none that is known as the twin of another row already', () => {
    const seen = { pairs: [pair(1, MADE_OF)], rows: [row(1, MADE_OF), unlinked(7, EDITED)], makings: [making(7)] }
    expect(links({ ...seen, pages: [ours(1)] })).toEqual([[1, 1]])
    expect(links({ ...seen, pages: [ours(1), ours(2)] })).toEqual([
      [1, 1],
      [2, 7],
    ])
  })

  test('holds nothing, or the default of its status, where the row held nothing', () => {
    const linked = (notion: Shape, held: Values) =>
      links({ pages: [ours(1, held)], rows: [unlinked(7, EDITED)], makings: [making(7, { Name: 'Search' })] }, [
        field('Name'),
        field('Status', { notion }),
      ])
    expect(linked(status(true), { Name: 'Search', Status: 'Todo' })).toEqual([[1, 7]])
    expect(linked(status(true), { Name: 'Search' })).toEqual([[1, 7]])
    expect(linked(status(), { Name: 'Search', Status: 'Todo' })).toEqual([])
  })
})

describe('which page was made from which row cannot be told', () => {
  const rows = [unlinked(7, EDITED), unlinked(8, EDITED)]

  test('where two pages hold what one was made of', () => {
    expect(links({ pages: [ours(1), ours(2)], rows, makings: [making(7)] })).toEqual([])
  })

  test('where one page could be made from two rows', () => {
    expect(links({ pages: [ours(1)], rows, makings: [making(7), making(8)] })).toEqual([])
  })

  test('of that row only: others are linked all the same', () => {
    const other = { Name: 'Buy', Status: 'Todo' }
    const pages = [ours(1), ours(2), ours(3, other)]
    expect(links({ pages, rows, makings: [making(7), making(8, other)] })).toEqual([[3, 8]])
  })

  test('but two runs that meant to make it from the same row are no two rows', () => {
    expect(links({ pages: [ours(1)], rows, makings: [making(7), making(7)] })).toEqual([[1, 7]])
  })

  test('and where it is not in sight, or the row is gone, there is nothing to link', () => {
    expect(links({ pages: [], rows, makings: [making(7)] })).toEqual([])
    expect(links({ pages: [ours(1)], rows: [], makings: [making(7)] })).toEqual([])
  })
})

describe('a row of which it is known which page was made from it', () => {
  const up = (pages: readonly Page[], rows: readonly Row[], made: readonly (readonly [string, string])[]) =>
    pairUp([], pages, rows, field('Name'), { deleted: new Set(), madeFrom: () => false, made: new Map(made) })

  test('is linked to that page, and to no other of its name', () => {
    const pairing = up([page(1), page(2, MADE_OF)], [unlinked(7)], [[rowId(7), pageId(1)]])
    expect(pairing.linked).toEqual([
      {
        pair: pair(1, {}, { row: rowId(7) }),
        page: page(1),
        row: unlinked(7),
        isNew: 'made',
        relink: true,
      },
    ])
    expect([pairing.loosePages, pairing.looseRows]).toEqual([[page(2, MADE_OF)], []])
  })

  test('is a row like any other, where that page carries its ID in another row or is not in sight', () => {
    const carried = up([page(1), page(2, MADE_OF)], [row(1), unlinked(7)], [[rowId(7), pageId(1)]])
    expect(carried.linked.map(({ pair: of, isNew }) => [of.page, of.row, isNew])).toEqual([
      [pageId(1), rowId(1), 'page-id'],
      [pageId(2), rowId(7), 'match'],
    ])
    const unseen = up([page(2, MADE_OF)], [unlinked(7)], [[rowId(7), pageId(1)]])
    expect(unseen.linked).toMatchObject([{ page: page(2, MADE_OF), isNew: 'match' }])
  })
})
