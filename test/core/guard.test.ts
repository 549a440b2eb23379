/** The brakes before the first write: how many deletions pass, and what is said when they do not. */
import { describe, expect, test } from 'vitest'
import { type DeletionLimit, guard } from '../../src/core/guard.ts'
import type { Plan } from '../../src/core/model.ts'
import { makePlan } from '../../src/core/plan.ts'
import { observed, page, pair, row, settings } from './words.ts'

const quiet = (): Plan => makePlan(settings([]), observed())
const deleting = (deletions: number): Plan => ({ ...quiet(), deletions })
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const seen = (pairs: number, pages = pairs, rows = pairs) => ({
  pairs: numbers(pairs).map(n => pair(n)),
  pages: numbers(pages).map(n => page(n)),
  rows: numbers(rows).map(n => row(n)),
})

describe('deletions in one run', () => {
  const most = (limit: DeletionLimit, pairs: number): number =>
    numbers(pairs + 1).findLast(count => guard(limit, deleting(count), seen(pairs)).length === 0) ?? -1

  test.each([
    ['left out, 20 pairs: 10, since a fifth of them is less', undefined, 20, 10],
    ['left out, 50 pairs: 10 either way', undefined, 50, 10],
    ['left out, 100 pairs: a fifth of them', undefined, 100, 20],
    ['a number', { count: 3 }, 100, 3],
    ['none at all', { count: 0 }, 100, 0],
    ['a share', { share: 0.1 }, 50, 5],
    ['a share of few pairs may be none', { share: 0.1 }, 9, 0],
    ['everything', { share: 1 }, 12, 12],
  ] as const)('%s', (_, limit, pairs, allowed) => {
    expect(most(limit, pairs)).toBe(allowed)
  })

  test('the sentence has both numbers and the name of the setting', () => {
    expect(guard({ count: 2 }, deleting(3), seen(10))).toEqual([
      '3 records would be archived or deleted in one run; guards.max_deletions allows 2.',
    ])
  })

  test('one deletion where none is allowed is told in the singular', () => {
    expect(guard({ count: 0 }, deleting(1), seen(10))).toEqual([
      '1 record would be archived or deleted in one run; guards.max_deletions allows 0.',
    ])
  })
})

describe('a side that comes back empty', () => {
  test('Notion, while the state holds pairs: stopped, with their number', () => {
    expect(guard(undefined, quiet(), seen(3, 0, 3))).toEqual([expect.stringMatching(/^Notion .*empty.* 3 pairs/)])
  })

  test('Airtable, while the state holds one pair', () => {
    expect(guard(undefined, quiet(), seen(1, 1, 0))).toEqual([expect.stringMatching(/^Airtable .*empty.* 1 pair\b/)])
  })

  test('both: both are said', () => {
    expect(guard(undefined, quiet(), seen(2, 0, 0))).toEqual([
      'Notion came back empty, while the state holds 2 pairs.',
      'Airtable came back empty, while the state holds 2 pairs.',
    ])
    expect(guard(undefined, quiet(), seen(1, 0, 0))).toEqual([
      'Notion came back empty, while the state holds 1 pair.',
      'Airtable came back empty, while the state holds 1 pair.',
    ])
  })

  test('pairs at rest have no record to bring: only the others count', () => {
    const resting = [1, 2].map(n => pair(n, {}, { rest: { why: 'trashed' } }))
    const empty = { pages: [], rows: [] }
    expect(guard(undefined, quiet(), { ...empty, pairs: resting })).toEqual([])
    expect(guard(undefined, quiet(), { ...empty, pairs: [...resting, pair(3)] })).toEqual([
      expect.stringMatching(/ 1 pair\.$/),
      expect.stringMatching(/ 1 pair\.$/),
    ])
  })

  test('a first run, with no pairs yet, is let pass', () => {
    expect(guard(undefined, quiet(), seen(0, 5, 0))).toEqual([])
    expect(guard(undefined, quiet(), seen(0, 0, 0))).toEqual([])
  })

  test('nothing out of the ordinary is let pass', () => {
    expect(guard(undefined, quiet(), seen(3))).toEqual([])
  })
})
