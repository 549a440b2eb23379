/** state/README.md: every sync has its section, and writes no other. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RECORD } from '../../src/core/model.ts'
import { tellFailure, updateStatus } from '../../src/report/status.ts'
import { effects, hostile } from './reading.ts'
import { conflict, entry, NONE, problem, run, standing } from './words.ts'

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

test('the page that stands in this repository is one to go on from: what a sync adds comes below', () => {
  const page = readFileSync(new URL('../../state/README.md', import.meta.url), 'utf8')
  const [title, text] = page.split('\n\n')
  expect(updateStatus(null, standing()).startsWith(`${title}\n\n${text?.trimEnd()}\n\n<!-- sync`)).toBe(true)
  expect(updateStatus(page, standing())).toContain(`${title}\n\n${text?.trimEnd()}\n\n<!-- sync`)
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

test('open problems are listed with what is wrong, and linked to be seen, not settled', () => {
  const problems = Array.from({ length: 51 }, (_, n) => problem(n))
  const text = updateStatus(null, standing({ problems, issueUrl: 'https://github.com/acme/specs/issues/7' }))
  expect(text).toContain('| Open problems | 51 ([see them here](https://github.com/acme/specs/issues/7)) |')
  expect(text).toMatch(/\[`Record 0`\].* \| `Effort` \| `Airtable cannot take the value: "large" is not a number\.` \|/)
  expect(text).toContain('… and 1 more in the [state]')
})

test('the latest changes say which way they went', () => {
  expect(updateStatus(null, standing())).toContain('| `Status` | `Todo` | `Doing` | Airtable → Notion |')
})

describe('a run that failed', () => {
  const at = new Date('2026-11-20T09:15:00.000Z')
  const before = updateStatus(updateStatus(null, named('specs')), named('specs-2'))
  const FAILED = '| Last run | **failed** 2026-11-20 09:15 UTC: `Notion: answered with status 503` |'
  const told = tellFailure(before, 'specs', at, 'Notion: answered with status 503')

  test('before it had anything to tell adds one row to the section, and changes nothing else', () => {
    expect(told.split('\n').filter(line => !before.split('\n').includes(line))).toEqual([FAILED])
    expect(told.indexOf(FAILED)).toBeLessThan(told.indexOf('## specs-2'))
    expect(told.replace(`${FAILED}\n`, '')).toBe(before)
  })

  test('again replaces that row', () => {
    const again = tellFailure(told, 'specs', at, 'Airtable: no answer')
    expect(again.match(/^\| Last run .*$/gm)).toEqual([
      FAILED.replace('Notion: answered with status 503', 'Airtable: no answer'),
    ])
  })

  test('of a sync that has no section yet is not told here', () => {
    expect(tellFailure(before, 'other', at, 'No.')).toBe(before)
  })

  test('half way has the row in its own section; the next one takes it away and says that it recovered', () => {
    const failed = updateStatus(told, named('specs', { failure: 'Cut off.' }))
    expect(failed.match(/^\| Last run .*$/gm)).toEqual(['| Last run | **failed** 2026-03-02 10:15 UTC: `Cut off.` |'])
    const quiet = run({ sync: 'specs', ended: 'recovered', counts: NONE, entries: [] })
    const recovered = updateStatus(failed, named('specs', { run: quiet }))
    expect(recovered).not.toContain('Last run')
    expect(recovered).toContain('| Last change | 2026-03-02 10:15 UTC · recovered: the run before had failed |')
  })

  test('with a message that means harm stays one row', () => {
    fc.assert(
      fc.property(hostile, text => {
        const made = tellFailure(before, 'specs', at, `${text}<!-- end specs -->`)
        expect(effects(made)).toEqual([])
        expect(made.split('\n')).toHaveLength(before.split('\n').length + 1)
        expect(made.match(/<!-- (?:sync|end) /g)).toHaveLength(4)
      }),
      { seed: 20260301, numRuns: 100 },
    )
  })
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
          problems: [problem(1, { title: evil, field: evil, message: evil })],
          failure: evil,
          titles: () => evil,
        }),
      )
      expect(effects(made)).toEqual([])
      expect(made.match(/<!-- (?:sync|end) /g)).toHaveLength(2)
    }),
    { seed: 20260301, numRuns: 100 },
  )
})
