/** The commit message: a subject that counts, a line for each change, and nothing in it that GitHub would act upon. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commitMessage } from '../../src/report/changelog.ts'
import { hostile } from './reading.ts'
import { entry, NONE, run } from './words.ts'

describe('the subject', () => {
  test.each([
    [{ created: 2, toAirtable: 1, toNotion: 3, conflicts: 1 }, '2 created, 1 → Airtable, 3 → Notion, 1 conflict'],
    [{ deleted: 1, problems: 2 }, '1 deleted, 2 problems'],
    [{ conflicts: 2, problems: 1 }, '2 conflicts, 1 problem'],
    [{}, 'state updated'],
  ])('%j', (counts, words) => {
    const message = commitMessage(run({ counts: { ...NONE, ...counts } }), null)
    expect(message.split('\n')[0]).toBe(`sync(product-specs): ${words}`)
  })
})

test.each([
  ['failed', 'failed'],
  ['recovered', 'recovered'],
] as const)('the subject of a run that did nothing but that says so: %s', (ended, words) => {
  expect(commitMessage(run({ counts: NONE, ended }), null).split('\n')[0]).toBe(`sync(product-specs): ${words}`)
})

describe('the body', () => {
  const bodyOf = (message: string) => message.split('\n').slice(2)

  test('stands below an empty line and has a line for each change, with record, field, old, new, side and why', () => {
    const message = commitMessage(run({ entries: [entry(), entry({ title: 'Billing', side: 'airtable' })] }), null)
    expect(message.split('\n')[1]).toBe('')
    expect(bodyOf(message)).toEqual([
      expect.stringMatching(/^- Search.*Status.*Notion.*Todo → Doing.*edited in Airtable/),
      expect.stringMatching(/^- Billing.*Status.*Airtable.*Todo → Doing/),
    ])
  })

  test('names a record without a title, and tells an emptied value', () => {
    expect(bodyOf(commitMessage(run({ entries: [entry({ title: '', to: '(empty)' })] }), null))).toEqual([
      expect.stringMatching(/^- \(no title\).*Todo → \(empty\)/),
    ])
  })

  test('of many hundred changes has a line for each', () => {
    const entries = Array.from({ length: 500 }, (_, n) => entry({ title: `Record ${n}` }))
    expect(bodyOf(commitMessage(run({ entries }), null))).toHaveLength(500)
  })

  test('of more than fit has whole lines, and says how many more stand in the changelog', () => {
    const entries = Array.from({ length: 2000 }, (_, n) => entry({ title: `Record ${n}` }))
    const message = commitMessage(run({ entries }), null)
    const lines = bodyOf(message)
    const shown = lines.filter(line => /^- Record \d+, .*\(edited in Airtable\)$/.test(line)).length
    expect(message.length).toBeGreaterThan(59_000)
    expect(message.length).toBeLessThan(60_500)
    expect(lines).toHaveLength(shown + 1)
    expect(lines.at(-1)).toBe(`- … and ${2000 - shown} more, in CHANGELOG.md`)
  })

  test('without changes is no body', () => {
    expect(commitMessage(run({ entries: [] }), null)).toBe('sync(product-specs): 1 → Notion')
  })

  test('a note stands above the changes', () => {
    expect(bodyOf(commitMessage(run(), 'Forced past the guards: 12 deletions.'))).toEqual([
      'Forced past the guards: 12 deletions.',
      '',
      expect.stringMatching(/^- Search/),
    ])
  })
})

describe('hostile text', () => {
  const ACTIVE = [/@[\w-]/, /#\d/, /\bGH-\d/i, /:\/\//]

  test('in titles, fields and values stays in its line and does nothing', () => {
    fc.assert(
      fc.property(hostile, text => {
        const message = commitMessage(
          run({ entries: [entry({ title: text, what: text, from: text, to: text }), entry()] }),
          null,
        )
        expect(message.split('\n')).toHaveLength(4)
        for (const active of ACTIVE) expect(message).not.toMatch(active)
      }),
      { seed: 20260301, numRuns: 200 },
    )
  })

  test('in a note, where a service’s words about a failure stand, does nothing either', () => {
    fc.assert(
      fc.property(hostile, text => {
        const message = commitMessage(run(), `The run did not finish: Airtable: ${text}`)
        for (const active of ACTIVE) expect(message).not.toMatch(active)
        expect(message.split('\n').filter(line => line.startsWith('- '))).toHaveLength(1)
      }),
      { seed: 20260301, numRuns: 200 },
    )
  })
})
