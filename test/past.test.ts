/** What a person may write for the moment that `mode: restore` goes back to. */
import { expect, test } from 'vitest'
import { readMoment } from '../src/past.ts'

test.each([
  ['2026-11-20', '2026-11-20T00:00:00.000Z'],
  ['2026-11-20T09:00Z', '2026-11-20T09:00:00.000Z'],
  ['2026-11-20 09:00', '2026-11-20T09:00:00.000Z'],
  ['2026-11-20 09:00:30 UTC', '2026-11-20T09:00:30.000Z'],
  ['2026-11-20T09:00:00.500+02:00', '2026-11-20T07:00:00.500Z'],
  ['2026-11-20 09:00 -0530', '2026-11-20T14:30:00.000Z'],
])('%s is a time, of UTC where it names no zone', (text, until) => {
  expect(readMoment(text)).toEqual({ until: new Date(until) })
})

test.each(['dfc619b', '1234567', '123456789', 'dfc619b1'.repeat(5)])('%s is a commit', text => {
  expect(readMoment(text)).toEqual({ commit: text })
})

test.each([
  ['a day without its dashes, which could be a commit too', '20261121'],
  ['a day that there is not', '2026-02-30'],
  ['an hour that there is not', '2026-11-20T25:00'],
  ['a day as people write it in places', '11/20/2026'],
  ['words', 'yesterday'],
  ['a number', '1'],
  ['too few letters', 'dfc619'],
  ['nothing', ''],
])('%s is neither', (_, text) => {
  expect(readMoment(text)).toBeNull()
})
