/** CHANGELOG.md: newest first, nothing lost, and readable on GitHub whatever people typed. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { prependChangelog, record } from '../../src/report/changelog.ts'
import { cellsOf, effects, hostile } from './reading.ts'
import { entry, LINKS, NO_LINKS, NONE, run } from './words.ts'

const at = (time: string) => new Date(`2026-03-02T${time}:00.000Z`)
const rows = (text: string): string[] =>
  text.split('\n').filter(line => line.startsWith('| [') || line.startsWith('| `'))

describe('a section', () => {
  const text = prependChangelog(null, run())

  test('says when, how many, and links to the run', () => {
    expect(text).toMatch(
      /^## 2026-03-02 10:15:30 UTC · 1 → Notion · \[run\]\(https:\/\/github\.com\/acme\/specs\/actions\/runs\/1\)$/m,
    )
  })

  test('has for each change the record with links to both sides, the field, old, new, which way and why', () => {
    expect(rows(text)).toEqual([
      '| [`Search`](https://www.notion.so/00000000000040008000000000000001) · [row](https://airtable.com/app1/tbl1/rec00000000000001) | `Status` | `Todo` | `Doing` | Airtable → Notion | edited in Airtable |',
    ])
  })

  test('of a run from a shell has no link', () => {
    expect(prependChangelog(null, run({ runUrl: null }))).not.toContain('[run]')
  })

  test('of a cell that was set back to a former state names that state, not the other side', () => {
    expect(rows(prependChangelog(null, run({ entries: [entry({ side: 'airtable', origin: 'state' })] })))).toEqual([
      expect.stringContaining('| state → Airtable |'),
    ])
  })

  test('of an event without a write names no way', () => {
    const { side: _, ...event } = entry({ from: '', to: '', why: 'conflict opened' })
    expect(rows(prependChangelog(null, run({ entries: [event] })))).toEqual([
      expect.stringMatching(/\| `Status` \|\s+\|\s+\|\s+\| conflict opened \|$/),
    ])
  })
})

describe('the file', () => {
  test('is newest first, below one header', () => {
    const first = prependChangelog(null, run({ at: at('10:00') }))
    const second = prependChangelog(first, run({ at: at('11:00') }))
    const third = prependChangelog(second, run({ at: at('12:00') }))
    expect(third.match(/^## .{16}/gm)).toEqual(['## 2026-03-02 12:00', '## 2026-03-02 11:00', '## 2026-03-02 10:00'])
    expect(third.match(/^# /gm)).toHaveLength(1)
  })

  test('keeps the older sections as they were, to the letter', () => {
    const first = prependChangelog(null, run({ at: at('10:00') }))
    const section = first.slice(first.indexOf('\n## '))
    expect(prependChangelog(first, run({ at: at('11:00') })).endsWith(section)).toBe(true)
  })

  test('keeps what a person wrote instead of our header', () => {
    expect(prependChangelog('Our notes.\n', run())).toContain('Our notes.')
  })

  test('that grows too long for GitHub to show loses its oldest sections, whole', () => {
    const entries = Array.from({ length: 100 }, (_, n) => entry({ title: `Record ${n}`, from: 'x'.repeat(300) }))
    let text: string | null = null
    for (let hour = 10; hour < 20; hour += 1) text = prependChangelog(text, run({ at: at(`${hour}:00`), entries }))
    const sections = text?.match(/^## .{16}/gm) ?? []
    expect(text?.length).toBeLessThan(500_000)
    expect(sections.length).toBeGreaterThan(1)
    expect(sections.length).toBeLessThan(10)
    expect(sections[0]).toBe('## 2026-03-02 19:00')
    expect(rows(text ?? '')).toHaveLength(sections.length * 100)
  })

  test('keeps the newest section whole, however long it is', () => {
    const entries = Array.from({ length: 2000 }, (_, n) => entry({ title: `Record ${n}`, from: 'x'.repeat(300) }))
    const before = prependChangelog(null, run({ at: at('10:00') }))
    expect(rows(prependChangelog(before, run({ at: at('11:00'), entries })))).toHaveLength(2000)
  })
})

describe('no value that a person typed is lost', () => {
  test('a long losing value is kept whole', () => {
    const lost = Array.from({ length: 400 }, (_, n) => `sentence ${n}.`).join(' ')
    expect(prependChangelog(null, run({ entries: [entry({ from: lost })] }))).toContain(lost)
  })

  test('in a section that is too long, what was written is cut and what was replaced is not', () => {
    const [old, now] = ['o'.repeat(100_000), 'n'.repeat(100_000)]
    const entries = Array.from({ length: 4 }, (_, n) => entry({ title: `Record ${n}`, from: old, to: now }))
    const text = prependChangelog(null, run({ entries }))
    expect(text.match(/o{100000}/g)).toHaveLength(4)
    expect(text).not.toContain('n'.repeat(201))
    expect(text).toContain('New values are cut here.')
    expect(rows(text)).toHaveLength(4)
  })

  test('it stands just as it was typed, so that it can be copied back', () => {
    const lost = 'ada@example.com, see https://example.com/#3 and www.example.com, GH-7'
    const text = prependChangelog(null, run({ entries: [entry({ what: 'Mail #2', from: lost, to: `${lost}!` })] }))
    expect(text).toContain(`| \`Mail #2\` | \`${lost}\` | \`${lost}!\` |`)
  })

  test('its lines are told apart', () => {
    expect(prependChangelog(null, run({ entries: [entry({ from: 'one\ntwo' })] }))).toContain('`one ⏎ two`')
  })
})

describe('hostile text', () => {
  test('stands in code spans only, and every row keeps its cells', () => {
    fc.assert(
      fc.property(hostile, text => {
        const made = prependChangelog(
          null,
          run({ entries: [entry({ title: text, what: text, from: text, to: text }), entry()] }),
        )
        expect(effects(made)).toEqual([])
        expect(rows(made)).toHaveLength(2)
        for (const row of rows(made)) expect(cellsOf(row)).toHaveLength(6)
      }),
      { seed: 20260301, numRuns: 200 },
    )
  })

  test('in one run cannot pass for a section when the next run cuts or keeps the file', () => {
    const evil = run({ at: at('10:00'), entries: [entry({ from: 'x\n## 2030-01-01 00:00 · all deleted\n' })] })
    expect(prependChangelog(prependChangelog(null, evil), run({ at: at('11:00') })).match(/^## /gm)).toHaveLength(2)
  })
})

describe('a record', () => {
  test('is linked to the side that there is', () => {
    const rowOnly = { ...LINKS, page: () => null }
    expect(record(entry(), rowOnly)).toBe('[`Search`](https://airtable.com/app1/tbl1/rec00000000000001)')
    expect(record(entry(), NO_LINKS)).toBe('`Search`')
  })

  test('a headline without effects says so', () => {
    expect(prependChangelog(null, run({ counts: NONE }))).toMatch(/^## .* · nothing written/m)
  })
})
