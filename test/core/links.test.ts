/** Links to records and files: when two sides agree, and what is written where they do not. */
import { describe, expect, test } from 'vitest'
import { convert } from '../../src/core/convert.ts'
import { ruledBy } from '../../src/core/decide.ts'
import type { Base, Field, Twins } from '../../src/core/model.ts'
import { makePlan } from '../../src/core/plan.ts'
import type { Value } from '../../src/core/shape.ts'
import { comparable, comparableBase } from '../../src/core/value.ts'
import { field, observed, page, pageId, pair, row, rowId, settings } from './words.ts'

const TWINS: Twins = {
  rows: new Map([
    ['p1', 'r1'],
    ['p2', 'r2'],
  ]),
  pages: new Map([
    ['r1', 'p1'],
    ['r2', 'p2'],
  ]),
}
const links = (twins: Twins = TWINS): Field => ({
  ...field('Parent', { shape: { is: 'links', table: [] } }),
  links: { sync: 'tasks', self: false, twins },
})
const to = (...ids: string[]): Value => (ids.length === 0 ? null : ids.map(id => ({ id })))

describe('links', () => {
  const equal = (notion: Value, airtable: Value, of = links()) =>
    comparable(of, 'notion', notion) === comparable(of, 'airtable', airtable)

  test('are equal where they point to the same pairs, in whatever order and however often', () => {
    expect(equal(to('p1', 'p2'), to('r2', 'r1', 'r2'))).toBe(true)
    expect(equal(to('p1'), to('r2'))).toBe(false)
    expect(equal(to('p1'), to('r1', 'r2'))).toBe(false)
    expect(equal(to('p1'), null)).toBe(false)
  })

  test('to records without a twin are no difference, on either side', () => {
    expect(equal(to('p1', 'p9'), to('r1', 'r9'))).toBe(true)
    expect(equal(to('p9'), null)).toBe(true)
    expect(equal(null, to('r9'))).toBe(true)
  })

  test('to a page whose row has another twin by now carry nothing', () => {
    const half: Twins = { rows: new Map([['p1', 'r1']]), pages: new Map() }
    expect(equal(to('p1'), null, links(half))).toBe(true)
  })

  test('on a line of which no twins are known are no difference', () => {
    const of = field('Parent', { shape: { is: 'links', table: [] } })
    expect(equal(to('p1'), to('r2'), of)).toBe(true)
    expect(convert(of, 'notion', to('p1'), to('r2'))).toEqual({ value: to('r2') })
    expect(convert(of, 'notion', to('p1'), null)).toEqual({ value: null })
  })

  test('go over to the twins, with their names; links without a twin stay on the side where they are', () => {
    expect(convert(links(), 'notion', [{ id: 'p1', name: 'One' }, { id: 'p9' }], to('r2', 'r9'))).toStrictEqual({
      value: [{ id: 'r1', name: 'One' }, { id: 'r9' }],
    })
    expect(convert(links(), 'airtable', [{ id: 'r2' }, { id: 'r9' }], to('p1', 'p9'))).toStrictEqual({
      value: [{ id: 'p2' }, { id: 'p9' }],
    })
    expect(convert(links(), 'notion', to('p9'), null)).toEqual({ value: null })
  })

  test('that were refused are written again once they stand for another row, and not before', () => {
    const planned = (row_: string) => {
      const of = links({ rows: new Map([['p2', row_]]), pages: new Map([[row_, 'p2']]) })
      const ids = { page: pageId(1), row: rowId(1), title: 'Record 1', field: 'Parent' }
      const under = ruledBy(links(), to('r2'))
      const refused = { code: 'refused', ...ids, message: 'no', notion: to('p2'), airtable: null, under } as const
      return makePlan(
        settings([of]),
        observed({
          pairs: [{ ...pair(1), base: { Parent: { notion: null, airtable: null } } }],
          pages: [page(1, { Parent: to('p2') })],
          rows: [row(1, { Parent: null })],
          problems: [refused],
        }),
      )
    }
    expect(planned('r2')).toMatchObject({ steps: [], problems: [{ code: 'refused' }] })
    expect(planned('r7')).toMatchObject({ steps: [{ changes: [{ to: to('r7') }] }], problems: [] })
  })

  test('are refused where they are more than Notion takes at once; Airtable takes them', () => {
    const many = (count: number, letter: string) =>
      Array.from({ length: count }, (_, index) => ({ id: `${letter}${index}` }))
    const pairs = many(101, 'p').map((one, index) => [one.id, `r${index}`] as const)
    const twins = { rows: new Map(pairs), pages: new Map(pairs.map(([p, r]) => [r, p])) }
    const carried = (from: 'notion' | 'airtable', count: number) =>
      convert(links(twins), from, many(count, from === 'notion' ? 'p' : 'r'), null)
    expect(carried('airtable', 101)).toEqual({ refused: '101 links are more than the 100 that can be written' })
    expect(carried('airtable', 100)).toEqual({ value: many(100, 'p') })
    expect(carried('notion', 101)).toEqual({ value: many(101, 'r') })
  })
})

describe('what both sides last agreed on', () => {
  const base = (notion: Value, airtable: Value): Base => ({ notion, airtable })
  const agreed = (given: Base, of = links()) => comparableBase(of, given)

  test('is as it stands where both compare equal', () => {
    expect(agreed(base(to('p1'), to('r1')))).toEqual({ notion: '["r1"]', airtable: '["r1"]' })
    expect(agreed(base(null, null))).toEqual({ notion: 'null', airtable: 'null' })
  })

  test('is, of links, what both share: twins that came or went since were never agreed on', () => {
    expect(agreed(base(to('p1', 'p2'), to('r1')))).toEqual({ notion: '["r1"]', airtable: '["r1"]' })
    expect(agreed(base(to('p1'), to('r2', 'r1')))).toEqual({ notion: '["r1"]', airtable: '["r1"]' })
    expect(agreed(base(to('p1'), to('r2')))).toEqual({ notion: 'null', airtable: 'null' })
    expect(agreed(base(to('p2', 'p1'), to('r1', 'r9', 'r2')))).toEqual({
      notion: '["r1","r2"]',
      airtable: '["r1","r2"]',
    })
  })

  test('is, of anything else, what each side held', () => {
    expect(agreed(base('x', 'y'), field('Status'))).toEqual({ notion: '"x"', airtable: '"y"' })
  })
})

describe('files', () => {
  const FILES = field('Files', { shape: { is: 'files' } })
  const named = (...names: string[]): Value => names.map(name => ({ name }))

  test('are equal by their names, in whatever order; two of one name are two', () => {
    const equal = (a: Value, b: Value) => comparable(FILES, 'notion', a) === comparable(FILES, 'airtable', b)
    expect(equal(named('a', 'b '), named('b', ' a'))).toBe(true)
    expect(equal(named('a'), named('a', 'a'))).toBe(false)
    expect(equal(named('a'), named('b'))).toBe(false)
  })

  test('of Notion go to Airtable as they are, for Airtable to fetch', () => {
    expect(convert(FILES, 'notion', named('a', 'b'), named('a'))).toEqual({ value: named('a', 'b') })
  })

  test('of Airtable: Notion keeps those that it has, and takes no other', () => {
    const kept = convert(FILES, 'airtable', [{ name: 'b', pending: true }] as Value, named('a', 'b'))
    expect(kept).toStrictEqual({ value: named('b') })
    expect(convert(FILES, 'airtable', named('a', 'c', 'd'), named('a', 'b'))).toEqual({
      refused: 'the address of an attachment expires after hours, so "c", "d" must be added in Notion by hand',
    })
    expect(convert(FILES, 'airtable', named('a'), null)).toMatchObject({ refused: expect.stringContaining('"a"') })
  })
})
