/** Cells as Airtable and servers like it answer them: what is read of each, and of what nothing may be concluded. */
import { describe, expect, test } from 'vitest'
import { type AirtableField, columnsOf, readColumn } from '../../src/airtable/fields.ts'
import type { Column } from '../../src/core/model.ts'

function read(type: string, cell: unknown, options: AirtableField['options'] = {}) {
  const [found] = columnsOf([{ id: 'fld1', name: 'Summary', type, options }])
  const shape = found?.shape ?? null
  if (found === undefined || shape === null) throw new Error(`${type} is no type that can be mapped`)
  const column: Column = { ...found, shape }
  return readColumn({ id: 'rec1', createdTime: '2026-11-20T09:00:00.000Z', fields: { fld1: cell } }, column)
}

test.each([
  ['an error of a formula', 'singleLineText', { error: '#ERROR!' }, /shows #ERROR!/],
  [
    'a text that could not be generated',
    'aiText',
    { state: 'error', errorType: 'x', isStale: false, value: null },
    /could not/,
  ],
  ['a text that is being generated', 'aiText', { state: 'loading', isStale: true, value: null }, /is generating/],
])('%s is no empty cell', (_, type, cell, words) => {
  expect(read(type, cell)).toEqual({ unreadable: expect.stringMatching(words) })
})

test('a text that is generated anew is read as it stands until then', () => {
  expect(read('aiText', { state: 'loading', isStale: true, value: 'Before' })).toEqual({ value: 'Before' })
  expect(read('aiText', { state: 'generated', isStale: false, value: 'After' })).toEqual({ value: 'After' })
  expect(read('aiText', { state: 'empty', isStale: false, value: null })).toEqual({ value: null })
})

describe('what is computed', () => {
  const SPELLED = '2026-11-20T09:00:00.000+00:00'

  test.each(['formula', 'rollup'])(
    'by a %s that gives a text stands as it is, also where it looks like a time',
    type => {
      const result = { type: 'singleLineText' }
      expect(read(type, SPELLED, { result })).toEqual({ value: SPELLED })
      expect(read(type, SPELLED, { result: null })).toEqual({ value: SPELLED })
      expect(read(type, SPELLED)).toEqual({ value: SPELLED })
    },
  )

  test.each(['date', 'dateTime'])('as a %s is one', type => {
    expect(read('formula', SPELLED, { result: { type } })).toEqual({ value: '2026-11-20T09:00Z' })
  })
})
