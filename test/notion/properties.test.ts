/** What a property of a page is read as. */
import { expect, test } from 'vitest'
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
