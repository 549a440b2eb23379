/** Records that an archive value put outside filter or view: which are fetched, and which are taken in to be undone. */
import { describe, expect, test } from 'vitest'
import type { Fate, Page, Pair, Rest, Row } from '../../src/core/model.ts'
import { archivedAway, holdsArchive } from '../../src/core/plan.ts'
import { FIELDS } from './gone.ts'
import { page, pageId, pair, row, rowId, settings } from './words.ts'

const archived = (why: Rest['why'], n = 1): Pair =>
  pair(n, {}, { rest: { why, wrote: { Status: 'Archived' }, was: { Status: 'Doing' } } })
const NOTHING = { pages: [], rows: [] }

describe('what is fetched, since it cannot come back by itself', () => {
  const away = (pairs: readonly Pair[], ...fates: (readonly [string, Fate])[]) => archivedAway(pairs, new Map(fates))

  test.each<Rest['why']>(['trashed', 'moved', 'archived', 'out-of-scope'])(
    'is a row outside the view that got its archive value when its page was %s',
    why => {
      expect(away([archived(why)], [rowId(1), 'out-of-scope'])).toEqual({ pages: [], rows: [rowId(1)] })
    },
  )

  test('is a page outside the filter that got its archive value when its row was deleted', () => {
    expect(away([archived('row-deleted')], [pageId(1), 'out-of-scope'])).toEqual({ pages: [pageId(1)], rows: [] })
  })

  test('is not the twin itself, when that is back and lies outside', () => {
    expect(away([archived('trashed')], [pageId(1), 'out-of-scope'])).toEqual(NOTHING)
    expect(away([archived('row-deleted')], [rowId(1), 'out-of-scope'])).toEqual(NOTHING)
  })

  test.each<Fate>(['alive', 'deleted'])('is no row that is %s', fate => {
    expect(away([archived('trashed')], [rowId(1), fate])).toEqual(NOTHING)
  })

  test('is nothing that was not looked up, or to which nothing was written', () => {
    expect(away([archived('trashed')])).toEqual(NOTHING)
    expect(away([pair(1, {}, { rest: { why: 'trashed' } })], [rowId(1), 'out-of-scope'])).toEqual(NOTHING)
    expect(away([pair(1)], [rowId(1), 'out-of-scope'], [pageId(1), 'out-of-scope'])).toEqual(NOTHING)
  })

  test('of several pairs are those that it holds for', () => {
    const pairs = [pair(1), archived('trashed', 2), archived('row-deleted', 3), archived('moved', 4)]
    const outside = pairs.flatMap((known): [string, Fate][] => [
      [known.page, 'out-of-scope'],
      [known.row, 'out-of-scope'],
    ])
    expect(away(pairs, ...outside)).toEqual({ pages: [pageId(3)], rows: [rowId(2), rowId(4)] })
  })
})

describe('the archive value', () => {
  const stands = (pairs: readonly Pair[], record: Page | Row) => holdsArchive(settings(FIELDS), pairs, record)
  const values = { Name: 'Search', Status: 'Archived' }
  const others = [pair(2), archived('row-deleted', 3)]

  test('stands in the row still, or in the page', () => {
    expect(stands([...others, archived('trashed')], row(1, values))).toBe(true)
    expect(stands([...others, archived('row-deleted')], page(1, values))).toBe(true)
  })

  test('was typed over since', () => {
    expect(stands([archived('trashed')], row(1, { ...values, Status: 'Done' }))).toBe(false)
    expect(stands([archived('row-deleted')], page(1, { ...values, Status: 'Done' }))).toBe(false)
  })

  test('stands on the side where none was written: a person put it there', () => {
    expect(stands([archived('trashed')], page(1, values))).toBe(false)
    expect(stands([archived('row-deleted')], row(1, values))).toBe(false)
  })

  test('was written to another record, or to none', () => {
    expect(stands([...others, archived('trashed', 4)], row(1, values))).toBe(false)
    expect(stands([archived('trashed', 4), pair(1)], row(1, values))).toBe(false)
    expect(stands([], page(1, values))).toBe(false)
  })
})
