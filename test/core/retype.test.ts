/** A column that was given another type: where it is empty now, nobody emptied it. */
import { describe, expect, test } from 'vitest'
import { forgetRetyped } from '../../src/core/retype.ts'
import { page, pair, row } from './words.ts'

const PAIRS = [pair(1, { Name: 'a', Status: 'x' }), pair(2, { Name: 'b', Status: 'y' })]
const seen = {
  pages: [page(1, { Name: 'a', Status: 'x' }), page(2, { Name: 'b', Status: '' as never })],
  rows: [row(1, { Name: 'a' }), row(2, { Name: 'b', Status: 'y' })],
}
const keys = (retyped: Parameters<typeof forgetRetyped>[1], of = seen) =>
  forgetRetyped(PAIRS, retyped, of).map(({ base }) => Object.keys(base))

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

  test('not where the record was not read', () => {
    expect(keys([{ key: 'Status', side: 'airtable' }], { pages: [], rows: [] })).toEqual([
      ['Name', 'Status'],
      ['Name', 'Status'],
    ])
  })
})

test('what stays known of a pair is what it was', () => {
  expect(forgetRetyped(PAIRS, [{ key: 'Status', side: 'airtable' }], seen)).toEqual([pair(1, { Name: 'a' }), PAIRS[1]])
})

test('where no column was given another type, the pairs are the very same', () => {
  expect(forgetRetyped(PAIRS, [], seen)).toBe(PAIRS)
})
