/** A column that was given another type: where it is empty now, nobody emptied it. */
import { describe, expect, test } from 'vitest'
import type { Base, Field } from '../../src/core/model.ts'
import { forgetRetyped } from '../../src/core/retype.ts'
import type { Value } from '../../src/core/shape.ts'
import { field, page, pair, row } from './words.ts'

const FIELDS = [field('Name'), field('Status')]
const PAIRS = [pair(1, { Name: 'a', Status: 'x' }), pair(2, { Name: 'b', Status: 'y' })]
const seen = {
  pages: [page(1, { Name: 'a', Status: 'x' }), page(2, { Name: 'b', Status: '' as never })],
  rows: [row(1, { Name: 'a' }), row(2, { Name: 'b', Status: 'y' })],
}
const keys = (retyped: Parameters<typeof forgetRetyped>[2], of = seen) =>
  forgetRetyped(FIELDS, PAIRS, retyped, of).map(({ base }) => Object.keys(base))

describe('what the sides last agreed on in that field is forgotten', () => {
  test('where its cell in Airtable is empty, and in that record only', () => {
    expect(keys([{ key: 'Status', side: 'airtable' }])).toEqual([['Name'], ['Name', 'Status']])
  })

  test('where its cell in Notion is empty', () => {
    expect(keys([{ key: 'Status', side: 'notion' }])).toEqual([['Name', 'Status'], ['Name']])
  })

  test('where either is, when both columns were given another type', () => {
    expect(
      keys([
        { key: 'Status', side: 'notion' },
        { key: 'Status', side: 'airtable' },
      ]),
    ).toEqual([['Name'], ['Name']])
  })

  test.each([
    ['neither record', { pages: [], rows: [] }],
    ['the page', { pages: [], rows: seen.rows }],
    ['the row', { pages: seen.pages, rows: [] }],
  ])('not where %s was not read', (_, of) => {
    for (const side of ['airtable', 'notion'] as const)
      expect(keys([{ key: 'Status', side }], of)).toEqual([
        ['Name', 'Status'],
        ['Name', 'Status'],
      ])
  })

  test('not of a line that is not mapped any more, nor of another one that is empty too', () => {
    const emptied = { pages: [page(1)], rows: [row(1)] }
    const bases = (fields: readonly Field[]) =>
      forgetRetyped(fields, PAIRS.slice(0, 1), [{ key: 'Status', side: 'airtable' }], emptied)[0]?.base
    expect(Object.keys(bases([field('Name')]) ?? {})).toEqual(['Name', 'Status'])
    expect(Object.keys(bases(FIELDS) ?? {})).toEqual(['Name'])
  })

  test('where that line’s own column can be written, whatever another one’s can', () => {
    const name = field('Name')
    const fields = [{ ...name, airtable: { ...name.airtable, writable: false } }, field('Status')]
    const [known] = forgetRetyped(fields, PAIRS, [{ key: 'Status', side: 'airtable' }], seen)
    expect(Object.keys(known?.base ?? {})).toEqual(['Name'])
  })
})

test('what stays known of a pair is what it was', () => {
  expect(forgetRetyped(FIELDS, PAIRS, [{ key: 'Status', side: 'airtable' }], seen)).toEqual([
    pair(1, { Name: 'a' }),
    PAIRS[1],
  ])
})

test('where no column was given another type, the pairs are the very same', () => {
  expect(forgetRetyped(FIELDS, PAIRS, [], seen)).toBe(PAIRS)
})

describe('what stands on both sides is taken for agreed on, since nobody edited it', () => {
  const retyped = [{ key: 'Status', side: 'airtable' }] as const
  const bases = (fields: readonly Field[], status: Value, base: Base) =>
    forgetRetyped(fields, [pair(1, {}, { base: { Status: base } })], retyped, {
      pages: [page(1, { Status: 'x' })],
      rows: [row(1, { Status: status })],
    })[0]?.base

  test('where the new type lost the value, and no value can be written to it', () => {
    const computed = field('Status', { owner: 'airtable' })
    const fields = [{ ...computed, airtable: { ...computed.airtable, writable: false } }]
    const now = { notion: 'x', airtable: null, accepted: true }
    expect(bases(fields, null, { notion: 'x', airtable: 'x' })).toEqual({ Status: now })
    expect(bases(fields, null, { notion: 'older', airtable: 'older' })).toEqual({ Status: now })
  })

  test('but not where the new type only tells more values apart', () => {
    const base = { notion: 'x', airtable: 'X' }
    expect(bases([field('Status')], 'X', base)).toEqual({ Status: base })
  })

  test('but not where one of them was edited', () => {
    const base = { notion: 'x', airtable: 'y' }
    expect(bases([field('Status')], 'z', base)).toEqual({ Status: base })
  })
})
