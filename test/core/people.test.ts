/** People who have a name only are known by the address that one person of that name has. */
import { describe, expect, test } from 'vitest'
import { withAddresses } from '../../src/core/people.ts'
import type { Value } from '../../src/core/shape.ts'

const ADA = { id: 'u1', name: 'Ada', email: 'ada@example.com' }
const KNOWN = [
  ADA,
  { name: 'Ben', email: 'ben@example.com' },
  { name: 'Ben', email: 'ben@example.org' },
  { name: 'Cleo', email: 'cleo@example.com' },
  { name: ' CLEO', email: 'cleo@example.com' },
  { name: 'Dan' },
  { email: 'nameless@example.com' },
  { name: 'Fay' },
  { name: 'Fay', email: 'fay@example.com' },
  { name: 'Straße', email: 'street@example.com' },
]
const complete = (value: Value): Value => withAddresses(KNOWN)(value)

describe('a person in a cell', () => {
  test('gets the address that goes with the name, letter case and outer spaces aside', () => {
    expect(complete([{ name: 'Ada' }, { name: ' aDA ' }])).toEqual([
      { name: 'Ada', email: 'ada@example.com' },
      { name: ' aDA ', email: 'ada@example.com' },
    ])
  })

  test('gets it also where the same person is listed twice', () => {
    expect(complete([{ name: 'Cleo' }])).toEqual([{ name: 'Cleo', email: 'cleo@example.com' }])
  })

  test('stays as it is where two people have the name', () => {
    expect(complete([{ name: 'Ben' }])).toEqual([{ name: 'Ben' }])
  })

  test('stays as it is where nobody of that name has an address, or nobody has that name', () => {
    expect(complete([{ name: 'Dan' }, { name: 'Eve' }])).toStrictEqual([{ name: 'Dan' }, { name: 'Eve' }])
  })

  test('gets it also where one list knows the person without an address', () => {
    expect(complete([{ name: 'Fay' }])).toEqual([{ name: 'Fay', email: 'fay@example.com' }])
  })

  test('is not taken for somebody whose name is spelled with another letter', () => {
    expect(complete([{ name: 'STRASSE' }])).toEqual([{ name: 'STRASSE' }])
  })

  test('keeps the address that it has', () => {
    expect(complete([{ name: 'Ada', email: 'ada@home.example' }])).toEqual([{ name: 'Ada', email: 'ada@home.example' }])
  })

  test('without a name is not taken for somebody without a name', () => {
    expect(complete([{ id: 'u7' }])).toEqual([{ id: 'u7' }])
    expect(withAddresses([{ name: '', email: 'blank@example.com' }])([{ id: 'u7' }])).toEqual([{ id: 'u7' }])
  })
})

test('values that name nobody stay as they are', () => {
  for (const value of [null, 'Ada', 3, true, [], ['Ada']] as const) expect(complete(value)).toBe(value)
})
