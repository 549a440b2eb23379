/** Links between records: which record stands for which, and how it is called in a text. */
import { describe, expect, test } from 'vitest'
import type { Column, Field, Rest } from '../../src/core/model.ts'
import type { Shape, Value } from '../../src/core/shape.ts'
import { followPairs, linksToItself, shownAs, twinsOf, withoutTwins } from '../../src/core/twins.ts'
import { column, field, pair } from './words.ts'

const LINKS: Shape = { is: 'links', table: [] }
const FILES: Shape = { is: 'files' }
const LINE: Shape = { is: 'text', lines: 'one' }

describe('the twins of a sync', () => {
  const twins = () => twinsOf([pair(1), pair(2)])
  const [one, two] = [pair(1), pair(2)]

  test('are its pairs, seen from either side', () => {
    expect([...twins().rows]).toEqual([
      [one.page, one.row],
      [two.page, two.row],
    ])
    expect([...twins().pages]).toEqual([
      [one.row, one.page],
      [two.row, two.page],
    ])
  })

  test.each<[Rest['why'], boolean]>([
    ['trashed', false],
    ['moved', false],
    ['archived', false],
    ['row-deleted', false],
    ['out-of-scope', true],
    ['row-out-of-scope', true],
  ])('a pair that rests since its record is %s: still twins is %s', (why, are) => {
    expect(twinsOf([pair(1, {}, { rest: { why } })]).rows.has(one.page)).toBe(are)
    expect(twinsOf([pair(1, {}, { rest: { why } })]).pages.has(one.row)).toBe(are)
  })

  test.each(['page', 'row'] as const)('without a pair of which the %s is gone: neither side names it', side => {
    const left = withoutTwins(twins(), new Set([one[side]]))
    expect([...left.rows]).toEqual([[two.page, two.row]])
    expect([...left.pages]).toEqual([[two.row, two.page]])
  })
})

describe('a field of links', () => {
  const links = (self: boolean): Field => ({
    ...field('Parent', { shape: LINKS }),
    links: { sync: 'tasks', self, twins: twinsOf([]) },
  })

  test('to records of its own sync follows the pairs as they are now', () => {
    const followed = followPairs([field('Name'), links(true)], [pair(1)])
    expect(followed[0]).toEqual(field('Name'))
    expect(followed[1]).toEqual({ ...links(true), links: { sync: 'tasks', self: true, twins: twinsOf([pair(1)]) } })
  })

  test('to records of another sync stays as it is, also beside one of its own', () => {
    expect(followPairs([links(false), links(true)], [pair(1)])[0]).toEqual(links(false))
  })

  test('without any that links to its own sync, the fields are the very same', () => {
    const fields = [field('Name'), links(false)]
    expect(followPairs(fields, [pair(1)])).toBe(fields)
  })

  test('is told from one that links elsewhere or nowhere', () => {
    expect([field('Name'), links(false), links(true)].map(linksToItself)).toEqual([false, false, true])
  })
})

describe('what a column shows on its line', () => {
  const titles = new Map([
    ['a', 'Alpha'],
    ['b', ' '],
  ])
  const shown = (shape: Shape, value: Value, shows?: Shape) => {
    const plain: Column = column('notion', 'Parent', shape)
    return shownAs(shows === undefined ? plain : { ...plain, shape, shows }, value, titles)
  }

  test('links, beside links: with their titles where they are known', () => {
    expect(shown(LINKS, [{ id: 'a' }, { id: 'x' }, { id: 'y', name: 'Ypsilon' }])).toStrictEqual({
      value: [{ id: 'a', name: 'Alpha' }, { id: 'x' }, { id: 'y', name: 'Ypsilon' }],
    })
  })

  test('links, beside a text: their titles, in a list; one without a title is Untitled', () => {
    expect(shown(LINE, [{ id: 'a' }, { id: 'b' }, { id: 'x', name: ' Xi ' }], LINKS)).toEqual({
      value: 'Alpha, Untitled, Xi',
    })
  })

  test('files, beside a text: their names', () => {
    expect(shown(LINE, [{ name: 'a.pdf' }, { name: 'b.pdf' }], FILES)).toEqual({ value: 'a.pdf, b.pdf' })
  })

  test('a link, beside a text, to a record that is not in sight: the cell is unreadable, for a reason in words', () => {
    expect(shown(LINE, [{ id: 'a' }, { id: 'x' }], LINKS)).toEqual({
      unreadable: '"Parent" points to a record that is not shown to the integration.',
    })
  })

  test('anything else, and an empty cell: just the value', () => {
    expect(shown(LINE, 'a')).toEqual({ value: 'a' })
    expect(shown(LINKS, null)).toEqual({ value: null })
    expect(shown(LINE, null, FILES)).toEqual({ value: null })
    const options = ['a']
    const told = shown({ is: 'options', names: [], open: true, commas: true }, options)
    expect('value' in told && told.value).toBe(options)
  })
})
