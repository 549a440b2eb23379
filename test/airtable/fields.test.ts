/** Cells as Airtable and servers like it answer them: what is read of each, and of what nothing may be concluded. */
import { describe, expect, test } from 'vitest'
import { type AirtableField, columnsOf, readColumn, writeColumns } from '../../src/airtable/fields.ts'
import type { Column } from '../../src/core/model.ts'

function columnOf(type: string, options: AirtableField['options'] = {}): Column {
  const [found] = columnsOf([{ id: 'fld1', name: 'Summary', type, options }])
  const shape = found?.shape ?? null
  if (found === undefined || shape === null) throw new Error(`${type} is no type that can be mapped`)
  return { ...found, shape }
}

function read(type: string, cell: unknown, options?: AirtableField['options']) {
  const record = { id: 'rec1', createdTime: '2026-11-20T09:00:00.000Z', fields: { fld1: cell } }
  return readColumn(record, columnOf(type, options))
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

test.each([
  ['multipleSelects', ['Red', 'Blue, dark'], 'Red, Blue, dark'],
  ['multipleCollaborators', [{ id: 'usr1', name: 'Ada' }], 'Ada'],
  ['singleCollaborator', { id: 'usr1', name: 'Ada' }, 'Ada'],
  ['multipleRecordLinks', ['rec1'], 'rec1'],
  ['multipleAttachments', [{ id: 'att1', filename: 'plan.pdf' }], 'plan.pdf'],
])('what is computed as %s is a text, of whatever it shows', (type, cell, shown) => {
  const options = { result: { type } }
  expect(columnOf('rollup', options).shape).toEqual({ is: 'text', lines: 'many' })
  expect(read('rollup', cell, options)).toEqual({ value: shown })
})

describe('a looked-up list is read', () => {
  const ai = (value: string | null, state = 'generated') => ({ state, isStale: false, value })

  test.each([
    ['of generated texts, without those that are empty', [ai('One'), ai(null, 'empty'), ai('Two')], 'One, Two'],
    ['of ticks, also where the unticked ones are told', [true, false, null, true], 'Yes, Yes'],
    ['of people without a name', [{ id: 'usr1', name: null, email: 'ada@example.com' }], 'ada@example.com'],
  ])('%s', (_, cell, shown) => {
    expect(read('multipleLookupValues', cell)).toEqual({ value: shown })
  })

  test.each([
    ['of which a text could not be generated', [ai('One'), ai(null, 'error')], /could not generate/],
    ['of which a text is being generated', [ai('One'), ai(null, 'loading')], /is generating/],
    ['of which a formula failed', ['One', { error: '#ERROR!' }], /error in a looked-up value/],
    ['of which an item is nothing known', ['One', { odd: 1 }], /cannot be read/],
  ])('as nothing %s', (_, cell, words) => {
    expect(read('multipleLookupValues', cell)).toEqual({ unreadable: expect.stringMatching(words) })
  })
})

describe('people', () => {
  test('are read although their name or address is told as null', () => {
    const nameless = { id: 'usr1', name: null, email: 'ada@example.com' }
    expect(read('singleCollaborator', nameless)).toEqual({ value: [{ id: 'usr1', email: 'ada@example.com' }] })
    const hidden = { id: 'usr2', name: 'Grace', email: null }
    expect(read('multipleCollaborators', [hidden])).toEqual({ value: [{ id: 'usr2', name: 'Grace' }] })
  })

  test.each([
    ['a user', { id: 'usr1', name: 'Ada' }, { id: 'usr1' }],
    ['a group, which has no address', { id: 'ugp1', name: 'Editors' }, { id: 'ugp1' }],
    ['somebody known by address only', { name: 'Ada', email: 'ada@example.com' }, { email: 'ada@example.com' }],
  ])('are written by ID where there is one: %s', (_, person, written) => {
    const cell = (type: string) => writeColumns([{ column: columnOf(type), value: [person] }], null).fld1
    expect(cell('singleCollaborator')).toEqual(written)
    expect(cell('multipleCollaborators')).toEqual([written])
  })
})

test.each([
  ['is waited for while nothing but its name is known', {}, { name: 'plan.pdf', pending: true }],
  ['is there once its type is known, also without a size', { type: 'application/pdf' }, { name: 'plan.pdf' }],
  ['is there where a server never tells sizes', { size: null }, { name: 'plan.pdf' }],
])('an attachment %s', (_, more, file) => {
  const cell = [{ id: 'att1', url: 'https://example.com', filename: 'plan.pdf', ...more }]
  expect(read('multipleAttachments', cell)).toEqual({ value: [file] })
})
