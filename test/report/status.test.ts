/** state/README.md: every sync has its section, and writes no other. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RECORD } from '../../src/core/model.ts'
import { updateStatus } from '../../src/report/status.ts'
import { effects, hostile } from './reading.ts'
import { conflict, entry, run, standing } from './words.ts'

const named = (sync: string, more: Parameters<typeof standing>[0] = {}) =>
  standing({ run: run({ sync }), folder: sync, ...more })

test('a section tells the last change, the pairs, what is open, and where everything stands', () => {
  const text = updateStatus(
    null,
    standing({ pairs: 12, resting: 2, conflicts: [conflict(1)], issueUrl: 'https://github.com/acme/specs/issues/7' }),
  )
  expect(text).toMatch(/\| Last change \| 2026-03-02 10:15 UTC · 1 → Notion \|/)
  expect(text).toMatch(/\| Pairs \| 12, 2 of them/)
  expect(text).toMatch(/\| Open conflicts \| 1 \(\[.*\]\(https:\/\/github\.com\/acme\/specs\/issues\/7\)\) \|/)
  expect(text).toMatch(/\| Open problems \| 0 \|/)
  expect(text).toContain('(product-specs/CHANGELOG.md)')
  expect(text).toMatch(/`Status` \| `Doing` \| `Done` \|/)
  expect(text).toMatch(/`Status` \| `Todo` \| `Doing` \|/)
})

test('of many conflicts, those that are not shown are counted', () => {
  const conflicts = Array.from({ length: 53 }, (_, n) => conflict(n))
  expect(updateStatus(null, standing({ conflicts }))).toContain(
    '… and 3 more in the [state](product-specs/state.json).',
  )
})

test('a conflict about a whole record says so where the field stands', () => {
  const about = conflict(1, { field: RECORD, notion: '(its page was moved to trash)', airtable: 'Status: "a" → "b"' })
  expect(updateStatus(null, standing({ conflicts: [about] }))).toMatch(
    /\| `the whole record` \| `\(its page was moved to trash\)` \|/,
  )
})

describe('several syncs', () => {
  const two = updateStatus(updateStatus(null, named('specs')), named('specs-2', { pairs: 5 }))

  test('stand one below the other, under one title', () => {
    expect(two.match(/^## .*$/gm)).toEqual(['## specs', '## specs-2'])
    expect(two.match(/^# /gm)).toHaveLength(1)
  })

  test('a sync replaces its own section and leaves the others to the letter', () => {
    const again = updateStatus(two, named('specs', { pairs: 99 }))
    expect(again).toContain('| Pairs | 99 |')
    expect(again.slice(again.indexOf('## specs-2'))).toBe(two.slice(two.indexOf('## specs-2')))
    expect(updateStatus(again, named('specs'))).toBe(two)
  })

  test('writing the same again changes nothing', () => {
    expect(updateStatus(two, named('specs-2', { pairs: 5 }))).toBe(two)
  })

  test('a page that somebody broke is begun anew', () => {
    expect(updateStatus('Hello.', named('specs'))).toBe(updateStatus(null, named('specs')))
    const torn = two.replace('<!-- end specs -->', '')
    expect(updateStatus(torn, named('specs')).match(/^\| Pairs /gm)?.length).toBeGreaterThan(0)
  })
})

test('hostile text stands in code spans only, and cannot end or begin a section', () => {
  fc.assert(
    fc.property(hostile, text => {
      const evil = `${text}<!-- end specs --><!-- sync other -->`
      const made = updateStatus(
        null,
        named('specs', {
          run: run({ sync: 'specs', entries: [entry({ title: evil, what: evil, from: evil, to: evil })] }),
          conflicts: [conflict(1, { field: evil, notion: evil, airtable: [evil] })],
          titles: () => evil,
        }),
      )
      expect(effects(made)).toEqual([])
      expect(made.match(/<!-- (?:sync|end) /g)).toHaveLength(2)
    }),
    { seed: 20260301, numRuns: 100 },
  )
})
