/** The job summary and the plan, for people: what they tell, what they leave out, and that GitHub takes them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makePlan } from '../../src/core/plan.ts'
import { planRestore } from '../../src/core/restore.ts'
import { checkSummary } from '../../src/report/check.ts'
import { fitted } from '../../src/report/fit.ts'
import { planSummary, syncSummary } from '../../src/report/summary.ts'
import { field, observed, page, pageId, pair, row, settings } from '../core/words.ts'
import { cellsOf, effects, hostile, outside } from './reading.ts'
import { conflict, entry, NONE, problem, report } from './words.ts'

/** A step’s summary above this is dropped as a whole. */
const GITHUB_TAKES = 1024 * 1024
const bytes = (text: string): number => Buffer.byteLength(text)

describe('what a run did', () => {
  test('the counts of confirmed effects stand on top', () => {
    const text = syncSummary(
      report({
        counts: { created: 1, toAirtable: 2, toNotion: 3, deleted: 4, conflicts: 5, problems: 6 },
        entries: [entry()],
      }),
    )
    expect(text).toContain('## product-specs')
    expect(text).toContain('| 1 | 2 | 3 | 4 | 5 | 6 |')
  })

  test('every change is a row, with old and new value', () => {
    expect(syncSummary(report({ entries: [entry()] }))).toMatch(
      /\| `Status` \| `Todo` \| `Doing` \| Airtable → Notion \|/,
    )
  })

  test('open conflicts and problems are told, with both values', () => {
    const text = syncSummary(report({ conflicts: [conflict(1)], problems: [problem(2)] }))
    expect(text).toMatch(/`Status` \| `Doing` \| `Done` \|/)
    expect(text).toMatch(/`Effort` \| `Airtable cannot take the value.*` \|/)
  })

  test('what is open stands in the order of titles, whatever the order in which the run met it', () => {
    const titles = (page: string | null) => (page === conflict(1).page ? 'Zoom' : 'Apps')
    const text = syncSummary(report({ conflicts: [conflict(1), conflict(2)], titles }))
    expect(text.match(/^\| \[`\w+`/gm)).toEqual(['| [`Apps`', '| [`Zoom`'])
  })

  test('a quiet run says that both sides agree', () => {
    expect(syncSummary(report())).toMatch(/agree/)
  })

  test('a run that wrote nothing but leaves a conflict open does not say that both sides agree', () => {
    expect(syncSummary(report({ conflicts: [conflict(1)] }))).not.toMatch(/sides agree/)
  })

  test('a run that wrote nothing while records stay without a twin says how many, and lists them', () => {
    const alone = makePlan(settings([field('Name')], { create: 'none' }), observed({ pages: [page(1), page(2)] }))
    const text = syncSummary(report({ plan: alone }))
    expect(text).not.toMatch(/agree/)
    expect(text).toMatch(
      /Nothing was written\. 2 records stay without a twin\..*Stay without a twin \(2\).*`Record 2`/s,
    )
  })

  test('a run that failed, or left what it meant to write, does not say that both sides agree', () => {
    const failed = syncSummary(report({ failure: new Error('Airtable: answered with status 503') }))
    expect(failed).not.toMatch(/agree|Nothing was written/)
    expect(syncSummary(report({ left: ['Search: the row was edited meanwhile'] }))).not.toMatch(/agree/)
  })

  test.each([
    ['a token that a person must replace', 'access', 'the next run goes on once this is mended.'],
    ['the time that one run may take', 'limit', 'the next run goes on.'],
  ])('what follows from a failure is told: %s', (_, kind, words) => {
    const failure = Object.assign(new Error('It ended.'), { kind })
    expect(syncSummary(report({ failure }))).toContain(words)
  })

  test('what could not be recorded is found by the next run, unless the branch takes no commits', () => {
    const told = (kind: string) =>
      syncSummary(report({ recorded: false, failure: Object.assign(new Error('No.'), { kind }) }))
    expect(told('state')).toContain('as shown here; the next run finds it there and goes on.')
    expect(told('branch')).toContain('as shown here, and no run can record it until that is mended')
    expect(told('branch')).not.toContain('the next run finds it')
  })

  test('a run that did not finish says why, and what was left', () => {
    const text = syncSummary(
      report({ failure: new Error('Airtable: the quota is used up'), left: ['Search: the run ended before it'] }),
    )
    expect(text).toContain('Airtable: the quota is used up')
    expect(text).toContain('Search: the run ended before it')
  })

  test('how long an edit could have been missed is told: the half and the whole of the writes', () => {
    const text = syncSummary(report({ windows: [4100, 300, 500, 900], entries: [entry()] }))
    expect(text).toContain('4 times a record was written over, half of them within 0.5 s and all within 4.1 s')
    expect(text).toContain('What a person typed into the same field within that time was written over too')
    expect(syncSummary(report({ windows: [1250] }))).toContain('One record was written over, 1.3 s after the last look')
    expect(syncSummary(report())).not.toContain('last look')
  })

  test('of many records that are left, the number is told', () => {
    const left = Array.from({ length: 60 }, (_, n) => `Record ${n}: the run ended before it`)
    const text = syncSummary(report({ failure: new Error('The time is over.'), left }))
    expect(text).toContain('with the 60 that are left')
    expect(text).toContain('and 10 more')
  })

  test('the state commit and the issue are linked', () => {
    const given = report({ commit: 'abcdef0123456789', issue: 7, entries: [entry()], problems: [problem(1)] })
    const text = syncSummary(given)
    expect(text).toContain('(https://github.com/acme/specs/commit/abcdef0123456789)')
    expect(text).toContain('(https://github.com/acme/specs/issues/7)')
    expect(syncSummary({ ...given, problems: [] })).not.toContain('/issues/7')
  })

  test('a run that was forced past the guards says so, and past what', () => {
    const stops = ['4 records would be archived or deleted in one run; guards.max_deletions allows 2.']
    expect(syncSummary(report({ stops, entries: [entry()] }))).toContain(`> **Forced past the guards:** ${stops[0]}`)
  })

  test('of very many changes, the number of those that are not shown is told', () => {
    const entries = Array.from({ length: 1000 }, (_, n) => entry({ title: `Record ${n}` }))
    const text = syncSummary(report({ entries }))
    const shown = text.match(/\[`Record \d+`\]/g)?.length ?? 0
    expect(shown).toBeGreaterThan(50)
    expect(text).toContain(`${1000 - shown} more`)
  })
})

describe('what a plan would do', () => {
  const fields = [field('Name'), field('Status')]
  const plan = makePlan(
    settings(fields),
    observed({
      pairs: [
        pair(1, { Name: 'A', Status: 'x' }),
        pair(2, { Name: 'B', Status: 'x' }),
        pair(3, { Name: 'C', Status: 'x' }),
      ],
      pages: [
        page(1, { Name: 'A', Status: 'y' }),
        page(2, { Name: 'B', Status: 'x' }),
        page(3, { Name: 'C', Status: 'n' }),
        page(4, { Name: 'New' }, { title: 'Brand new' }),
      ],
      rows: [
        row(1, { Name: 'A', Status: 'x' }),
        row(2, { Name: 'B', Status: 'z' }),
        row(3, { Name: 'C', Status: 'a' }),
      ],
    }),
  )
  const text = planSummary(report({ plan, fields, conflicts: plan.conflicts, problems: plan.problems }))

  test('is told field by field, with counts for both ways, conflicts, and an example', () => {
    const line = text.split('\n').find(candidate => candidate.startsWith('| `Status`'))
    expect(cellsOf(line ?? '')).toEqual(['`Status`', '1', '1', '1', expect.stringMatching(/`x` → `[yz]` in \w+/)])
  })

  test('tells which records would be made', () => {
    expect(text).toContain('`Brand new`')
  })

  test('of nothing says so', () => {
    expect(planSummary(report())).toContain('Both sides agree. Nothing would be written.')
  })

  test.each([
    ['a conflict stays open', { conflicts: [conflict(1)] }],
    ['a problem stays open', { problems: [problem(1)] }],
  ])('of nothing, while %s, does not say that both sides agree', (_, open) => {
    const text = planSummary(report(open))
    expect(text).not.toMatch(/agree/)
    expect(text).toContain('Nothing would be written; what is open below waits for a person.')
  })

  test('of nothing, while a side came back empty, does not say that both sides agree', () => {
    const stops = ['Notion came back empty, while the state holds 3 pairs.']
    expect(planSummary(report({ stops }))).not.toMatch(/agree/)
    expect(planSummary(report({ stops, failure: new Error('Stopped.') }))).not.toMatch(/agree/)
  })

  test('of going back to what stands already says so', () => {
    expect(planSummary(report({ back: 'abcdef0' }))).toContain(
      'There is nothing to set back. Nothing would be written.',
    )
  })

  test('of going back shows every cell, with record, field, side, now and then; of very many the others are counted', () => {
    const many = Array.from({ length: 200 }, (_, n) => pair(n, { Status: 'then' }))
    const back = planRestore(
      settings(fields),
      {
        pairs: many,
        conflicts: [],
        problems: [],
        fates: new Map(),
        pages: many.map((_, n) => page(n, { Status: 'now' })),
        rows: many.map((_, n) => row(n, { Status: 'now' })),
      },
      many,
      null,
    )
    const text = planSummary(report({ plan: back, fields, back: 'abcdef0' }))
    expect(text).toContain('| Record | Field | Side | Now | Then |')
    expect(text.match(/^\| \[`Record \d+`.* \| `Status` \| (Airtable|Notion) \| `now` \| `then` \|$/gm)).toHaveLength(
      300,
    )
    expect(text).toContain('… and 100 more.')
  })

  test('tells the values of people that would be replaced, and why; what only flows is not among them', () => {
    const owned = [field('Name'), field('Status', { owner: 'notion' })]
    const replacing = makePlan(
      settings(owned),
      observed({
        pairs: [pair(1, { Name: 'A', Status: 'x' })],
        pages: [page(1, { Name: 'B', Status: 'x' })],
        rows: [row(1, { Name: 'A', Status: 'mine' })],
      }),
    )
    const text = planSummary(report({ plan: replacing, fields: owned }))
    expect(text).toContain('Values that would be replaced (1)')
    expect(text).toContain(
      '- `Record 1`: `Status` in Airtable: `mine` → `x` (reverted: only Notion may change this field)',
    )
    expect(planSummary(report({ plan, fields }))).not.toContain('would be replaced')
  })

  test('of nothing, while a page stays without a twin, does not say that both sides agree', () => {
    const alone = makePlan(settings(fields, { create: 'none' }), observed({ pages: [page(1)] }))
    const text = planSummary(report({ plan: alone, fields }))
    expect(text).not.toMatch(/agree/)
    expect(text).toMatch(/Nothing would be written\. 1 record stays without a twin\..*Stay without a twin \(1\)/s)
  })

  test('that the guards would stop says so, with how to let it pass', () => {
    const stopped = planSummary(report({ plan, fields, stops: ['Notion came back empty.'] }))
    expect(stopped).toContain('Notion came back empty.')
    expect(stopped).toMatch(/`force: true`.*Actions → the workflow → Run workflow/)
  })

  test('tells how many records would be archived because their twin is gone, and which', () => {
    const status = [field('Name'), field('Status')]
    const archiving = makePlan(
      settings(status, {
        whenDeleted: { page: 'archive', row: 'restore' },
        archive: { notion: {}, airtable: { Status: 'Archived' } },
      }),
      observed({ pairs: [pair(1)], rows: [row(1)], fates: new Map([[pageId(1), 'trashed']]) }),
    )
    const told = planSummary(report({ plan: archiving, fields: status }))
    expect(told).toContain('Records to archive, since their twin is gone: 1.')
    expect(told).toContain('Records to delete or restore: 0.')
    expect(told).toMatch(/Will be archived \(1\).*`Record 1`: .*moved to trash/s)
  })

  test('that the guards did stop says so, with how to let it pass, and what it would have done', () => {
    const failure = new Error('2 deletions. The sync stopped before its first write.')
    const stopped = planSummary(report({ plan, fields, stops: ['2 deletions.'], failure }))
    expect(stopped).toMatch(/^## product-specs\n\n> \*\*Stopped\.\*\* Nothing was written to Notion or Airtable\./)
    expect(stopped).toContain('2 deletions.')
    expect(stopped).toContain('`force: true`')
    expect(stopped).toContain('`Brand new`')
    expect(stopped).not.toMatch(/would stop/)
  })

  test('tells why a record would be deleted', () => {
    const deleting = makePlan(
      settings(fields, { whenDeleted: { page: 'delete', row: 'restore' } }),
      observed({ pairs: [pair(1)], rows: [row(1)], fates: new Map([[pageId(1), 'trashed']]) }),
    )
    expect(planSummary(report({ plan: deleting, fields }))).toMatch(/`Record 1`.*moved to trash/)
  })

  test('of deletions only has no table of fields', () => {
    const deleting = makePlan(
      settings(fields, { whenDeleted: { page: 'delete', row: 'restore' } }),
      observed({ pairs: [pair(1)], rows: [row(1)], fates: new Map([[pageId(1), 'trashed']]) }),
    )
    expect(planSummary(report({ plan: deleting, fields }))).not.toContain('| Field |')
  })
})

test('a single page, row, pair or record is told in the singular', () => {
  expect(checkSummary(report({ sizes: { pages: 1, rows: 1, pairs: 1 } }))).toContain(
    'Notion shows 1 page, Airtable 1 row; 1 is linked.',
  )
  expect(checkSummary(report({ sizes: { pages: 0, rows: 2, pairs: 0 } }))).toContain(
    'Notion shows 0 pages, Airtable 2 rows; 0 are linked.',
  )
  expect(syncSummary(report({ failure: new Error('The time is over.'), left: ['Search: too late'] }))).toContain(
    'with the one that is left',
  )
})

describe('hostile text', () => {
  test('stands in code spans only, in the summary and in the plan', () => {
    fc.assert(
      fc.property(hostile, text => {
        const fields = [field(text)]
        const plan = makePlan(
          settings(fields),
          observed({
            pairs: [pair(1, { [text]: 'x' }), pair(2, { [text]: 'x' })],
            pages: [
              page(1, { [text]: text }, { title: text }),
              page(2, { [text]: text }, { title: text }),
              page(3, { [text]: text }, { title: text }),
            ],
            rows: [row(1, { [text]: 'x' }, { title: text }), row(2, { [text]: `${text}2` }, { title: text })],
          }),
        )
        const given = report({
          plan,
          fields,
          entries: [entry({ title: text, what: text, from: text, to: text })],
          conflicts: [...plan.conflicts, conflict(1, { field: text, notion: text, airtable: [text] })],
          problems: [problem(1, { title: text, field: text, message: text })],
          titles: () => text,
          left: [`${text}: the row was edited meanwhile`],
          failure: new Error(text),
        })
        expect(effects(syncSummary(given))).toEqual([])
        expect(effects(planSummary(given))).toEqual([])
      }),
      { seed: 20260301, numRuns: 100 },
    )
  })
})

describe('GitHub’s limit', () => {
  test('what fits is joined and kept whole', () => {
    expect(fitted(['one', 'two'])).toBe('one\n\ntwo\n')
  })

  test('any parts come out below the limit, from their beginning, and valid', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 80 }), { maxLength: 12 }), parts => {
        const text = fitted(parts, 200)
        expect(bytes(text)).toBeLessThanOrEqual(200)
        const whole = `${parts.join('\n\n')}\n`
        if (bytes(whole) <= 200) expect(text).toBe(whole)
        else expect(text).toMatch(/does not fit/)
        expect(text.includes('\ufffd')).toBe(whole.includes('\ufffd'))
      }),
      { seed: 20260301 },
    )
  })

  test('a long sync leaves the others their share, in their order', () => {
    const long = `## long\n${'line\n'.repeat(1000)}`
    const text = fitted([long, '## short\nall of it', long.replace('long', 'other')], 1000)
    expect(bytes(text)).toBeLessThanOrEqual(1000)
    expect(text).toContain('## short\nall of it\n\n## other\nline')
    expect(text.match(/^line$/gm)?.length).toBeGreaterThan(100)
    expect(text.match(/^…$/gm)).toHaveLength(2)
  })

  test('what is cut inside of something folded up is closed, so that what follows is seen', () => {
    const long = `## long\n\n<details><summary>Will be created</summary>\n\n${'- item\n'.repeat(1000)}\n</details>`
    const html = outside(fitted([long, '## short'], 1000))
    expect(html.indexOf('</details>')).toBeGreaterThan(html.indexOf('<details>'))
    expect(html.indexOf('<h2>short')).toBeGreaterThan(html.indexOf('</details>'))
  })

  test('of more open items than are shown, the others are counted', () => {
    const many = Array.from({ length: 350 }, (_, n) => n)
    const text = syncSummary(
      report({ conflicts: many.map(n => conflict(n)), problems: many.slice(0, 301).map(n => problem(n)) }),
    )
    expect(text.match(/^… and \d+ more, in the state\.$/gm)).toEqual([
      '… and 50 more, in the state.',
      '… and 1 more, in the state.',
    ])
  })

  test('a sync that is too long by itself is cut, and not dropped', () => {
    const wide = '漢'.repeat(500)
    const many = Array.from({ length: 300 }, (_, n) => n)
    const part = syncSummary(
      report({
        counts: { ...NONE, toNotion: 300 },
        entries: many.map(n => entry({ title: `${n}${wide}`, what: wide, from: wide, to: wide })),
        conflicts: many.map(n => conflict(n, { notion: wide, airtable: wide })),
        problems: many.map(n => problem(n, { message: wide })),
      }),
    )
    const text = fitted([part, part])
    expect(bytes(text)).toBeLessThan(GITHUB_TAKES)
    expect(text).toContain('## product-specs')
    expect(text).toMatch(/does not fit/)
    expect(text.match(/\[`\d+漢/g)?.length).toBeGreaterThan(100)
  })
})

test('where there is no issue for what is open, that is said', () => {
  const open = { conflicts: [conflict(1)], counts: { ...NONE, conflicts: 1 } }
  expect(syncSummary(report(open))).toContain('There is no issue for what is open')
  expect(syncSummary(report({ ...open, issue: 7 }))).not.toContain('There is no issue')
  expect(syncSummary(report())).not.toContain('There is no issue')
})
