/** A row that was deleted while a row outside the view or filter carries the ID of its page. */
import { describe, expect, test } from 'vitest'
import type { Settings } from '../../src/core/planning.ts'
import { AGREED, conflict, type Given, held, KNOWN, planFor } from './gone.ts'
import { page, pageId, pair, row, rowId } from './words.ts'

const copy = (n: number, more: Parameters<typeof row>[2] = {}) => row(n, {}, { pageId: pageId(1), ...more })
const deleted = (given: Given = {}) => planFor({ row: 'deleted', ...given })
const RESTING = pair(1, {}, { row: rowId(7), rest: { why: 'row-out-of-scope' } })

describe('a copy of a deleted row, outside the view', () => {
  const policies: readonly Settings['whenDeleted']['row'][] = ['restore', 'archive', 'trash', 'keep']

  test.each(policies)(
    'takes its place and rests, which is told and nothing else is done, where the rule is %s',
    rule => {
      const rules = { whenDeleted: { page: 'archive', row: rule } } as const
      expect(held(deleted({ rules, seen: { hidden: [copy(7)] } }))).toEqual({
        pairs: [RESTING],
        events: [
          {
            page: pageId(1),
            row: rowId(7),
            title: 'Record 1',
            text: 'the row was deleted in Airtable; a copy of it, outside the view or filter, takes its place and rests',
          },
        ],
      })
    },
  )

  test('is, of several, the oldest that carries the page’s ID', () => {
    const hidden = [
      copy(5, { pageId: pageId(2), created: '2026-01-01T00:00:00.000Z' }),
      copy(6, { pageId: null, created: '2026-01-02T00:00:00.000Z' }),
      copy(8, { created: '2026-03-02T00:00:00.000Z' }),
      copy(7, { created: '2026-03-01T00:00:00.000Z' }),
    ]
    expect(deleted({ seen: { hidden } }).pairs).toEqual([RESTING])
  })

  test('goes by the title of the page, or else by the one that is remembered', () => {
    const known = { ...KNOWN, title: 'Once' }
    const names = (title: string) => {
      const plan = deleted({ known, page: page(1, AGREED, { title }), seen: { hidden: [copy(7)] } })
      return [plan.pairs[0]?.title, plan.events[0]?.title]
    }
    expect(names('Now')).toEqual(['Now', 'Now'])
    expect(names('')).toEqual(['Once', 'Once'])
  })

  test('that carries the ID of another page is none: the row is made again', () => {
    expect(deleted({ seen: { hidden: [copy(7, { pageId: pageId(2) })] } }).steps).toMatchObject([{ do: 'create-row' }])
  })

  test('that is the row of another pair stays that: the pair is kept, with its open conflicts', () => {
    const pairs = [KNOWN, pair(7)]
    const open = conflict('Status')
    expect(held(deleted({ seen: { pairs, hidden: [copy(7)], conflicts: [open] } }))).toEqual({
      pairs,
      conflicts: [open],
    })
  })
})
