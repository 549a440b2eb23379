/** Fingerprints, which stand in markers and in the state: a change of how they are made would make all of them strange. */
import { expect, test } from 'vitest'
import { digest } from '../../src/core/digest.ts'

test('twelve hex digits, equal for equal data and for it only', () => {
  expect(digest(['a', 1, null])).toBe('0ae764bffd3a')
  expect(digest(['a', 1, null])).toBe(digest(['a', 1, null]))
  expect(digest(['a', 2, null])).not.toBe(digest(['a', 1, null]))
})
