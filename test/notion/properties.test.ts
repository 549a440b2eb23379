/** What a property of a page is read as. */
import { describe, expect, test } from 'vitest'
import { columnsOf, readColumn } from '../../src/notion/properties.ts'

const [column] = columnsOf({
  Done: { id: 'roll', name: 'Done', type: 'rollup', description: null, rollup: {} } as never,
})
const rolledUp = (...array: unknown[]) => {
  if (column?.shape == null) throw new Error('a rollup can be read')
  const property = { id: 'roll', type: 'rollup', rollup: { type: 'array', array, function: 'show_original' } }
  return readColumn({ properties: { Done: property } } as never, { ...column, shape: column.shape })
}

test('a rollup of values is a text: a ticked box says Yes, as it does by itself, and what is empty is left out', () => {
  expect(
    rolledUp(
      { type: 'checkbox', checkbox: true },
      { type: 'checkbox', checkbox: false },
      { type: 'number', number: 3 },
      { type: 'number', number: null },
    ),
  ).toEqual({ value: 'Yes, 3' })
})

test('a rollup of something that cannot be read is unreadable, not shorter', () => {
  expect(rolledUp({ type: 'number', number: 3 }, { type: 'something new' })).toHaveProperty('unreadable')
})

/** What a property of this type is read as, whose own answer is `told`. */
function readAs(type: string, told: unknown) {
  const [column] = columnsOf({ It: { id: 'it', name: 'It', type, description: null, [type]: {} } as never })
  if (column?.shape == null) throw new Error(`${type} can be read`)
  const property = { id: 'it', type, [type]: told }
  return readColumn({ properties: { It: property } } as never, { ...column, shape: column.shape })
}

describe.each([
  ['date', (date: unknown) => date],
  ['formula', (date: unknown) => ({ type: 'date', date })],
  ['rollup', (date: unknown) => ({ type: 'date', date, function: 'latest_date' })],
  ['rollup', (date: unknown) => ({ type: 'array', array: [{ type: 'date', date }], function: 'show_original' })],
])('a date of a %s', (type, told) => {
  test.each([
    ['without an end', { start: '2026-09-15' }, '2026-09-15'],
    ['that is local to a zone', { start: '2026-09-15T09:00:00', time_zone: 'Europe/Berlin' }, '2026-09-15T09:00+02:00'],
    ['with an end', { start: '2026-09-15', end: '2026-09-16', time_zone: null }, '2026-09-15/2026-09-16'],
  ])('%s is read', (_, date, value) => {
    const read = readAs(type, told(date))
    expect(String('value' in read && read.value).replace(' – ', '/')).toBe(value)
  })

  test.each([null, undefined])('that is %s is empty', date => {
    expect(readAs(type, told(date))).toEqual({ value: null })
  })
})

test.each(['number', 'string', 'boolean'])('a formula without its %s is empty', type => {
  expect(readAs('formula', { type })).toEqual({ value: null })
})

test.each([
  ['links', { type: 'relation', relation: [{ id: 'a1b2' }] }],
  ['people whom it does not name', { type: 'people', people: [{ object: 'user', id: 'a1b2' }] }],
  ['an author whom it does not name', { type: 'created_by', created_by: { object: 'user', id: 'a1b2' } }],
])('a rollup of %s is unreadable: an ID is nothing to show', (_, item) => {
  expect(rolledUp({ type: 'number', number: 3 }, item)).toEqual({ unreadable: expect.stringContaining('by ID only') })
})

test('a rollup of people whom Notion names is their names, and one of links that are empty is empty', () => {
  const people = [{ object: 'user', id: 'a1b2', name: 'Ada' }]
  expect(rolledUp({ type: 'people', people }, { type: 'files', files: [{ name: 'a.png' }] })).toEqual({
    value: 'Ada, a.png',
  })
  expect(rolledUp({ type: 'relation', relation: [] })).toEqual({ value: null })
})

test.each(['select', 'multi_select', 'status'])('a schema that lists no options of a %s has none', type => {
  const [column] = columnsOf({ It: { id: 'it', name: 'It', type, description: null, [type]: {} } as never })
  expect(column).toMatchObject({ shape: { names: [] }, options: {} })
})
