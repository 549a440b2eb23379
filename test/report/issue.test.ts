/**
 * The conflict issue: what is written is read again, a tick counts for what it stood beside, and no text that people
 * put into Notion or Airtable can tick a box, forge one, or break the list.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tickBody } from '../../emulators/github/tick.ts'
import { type Conflict, RECORD, type Side } from '../../src/core/model.ts'
import { cellId } from '../../src/core/planning.ts'
import { byTitle } from '../../src/report/entries.ts'
import {
  hasBoxes,
  isOurs,
  issueBody,
  issueTitle,
  readTicks,
  sameContent,
  withLateTicks,
} from '../../src/report/issue.ts'
import { cellsOf, effects, hostile } from './reading.ts'
import { conflict, issue, problem } from './words.ts'

const SIDES = { notion: 'Notion', airtable: 'Airtable' } as const
const body = (conflicts: readonly Conflict[]) => issueBody(issue({ conflicts }))
const picks = (text: string, conflicts: readonly Conflict[]) => [...readTicks(text, conflicts).picks]

describe('the body', () => {
  const text = issueBody(issue({ conflicts: [conflict(1)], problems: [problem(2)] }))

  test('has for each conflict the record with links to both sides, the field, the base and both values', () => {
    expect(text).toMatch(
      /### \[`Search`\]\(https:\/\/www\.notion\.so\/\w+\) · \[row\]\(https:\/\/airtable\.com\/\S+\): `Status`/,
    )
    expect(text).toMatch(/^\| When both last agreed \| `Todo` \|/m)
    expect(text).toMatch(/^\| Notion \| `Doing` \| .*2026-03-02 10:07 UTC/m)
    expect(text).toMatch(/^\| Airtable \| `Done` \|/m)
  })

  test('has two boxes for each conflict, unticked', () => {
    expect(text.match(/^- \[ \] Keep Notion: `Doing` <!-- .* -->$/gm)).toHaveLength(1)
    expect(text.match(/^- \[ \] Keep Airtable: `Done` <!-- .* -->$/gm)).toHaveLength(1)
  })

  test('has each problem with both values and what is wrong', () => {
    expect(text).toMatch(/^\| \[`Record 2`\].*\| `Effort` \| `Airtable cannot take the value.*` \| `large` \| `3` \|$/m)
  })

  test('says so where both never agreed, and where a value is empty', () => {
    const first = body([conflict(1, { base: null, airtable: null })])
    expect(first).toMatch(/^\| When both last agreed \| \(never\) \|/m)
    expect(first).toMatch(/Keep Airtable: `\(empty\)`/)
  })

  test('has conflicts in the order of titles and then fields, whatever the order in which they are given', () => {
    const names = new Map([1, 2, 3].map((n, at) => [conflict(n).page, ['Spec 10', 'spec 2', 'Billing'][at] ?? '']))
    const conflicts = [conflict(1), conflict(2), conflict(1, { field: 'Name' }), conflict(3)]
    const ordered = issueBody(issue({ conflicts, titles: page => names.get(page ?? '') ?? '' }))
    expect(ordered.match(/^### .*/gm)?.map(heading => heading.replace(/\]\(.*\)/, ''))).toEqual([
      '### [`Billing`: `Status`',
      '### [`spec 2`: `Status`',
      '### [`Spec 10`: `Name`',
      '### [`Spec 10`: `Status`',
    ])
  })

  test.each([
    ['notion', 'edited before 2026-03-02 10:07 UTC'],
    ['airtable', 'edited after 2026-03-02 10:07 UTC'],
  ] as const)('says of Airtable’s side, where %s was edited last, the day as well as the time', (clock, words) => {
    expect(body([conflict(1, { clock })])).toContain(`| Airtable | \`Done\` | ${words} |`)
  })

  test('is the same for the same content, and is known to be the same', () => {
    const again = issueBody(issue({ conflicts: [conflict(1)], problems: [problem(2)] }))
    expect(again).toBe(text)
    expect(sameContent(text.replaceAll('\n', '\r\n'), again)).toBe(true)
    expect(sameContent(tickBody(text, 'Notion'), again)).toBe(true)
    expect(sameContent(text, body([conflict(1, { notion: 'Blocked' })]))).toBe(false)
  })

  test('is known to be this sync’s own', () => {
    expect(issueTitle('product-specs')).toBe('Sync conflicts: product-specs')
    expect(isOurs(text, 'product-specs')).toBe(true)
    expect(isOurs(text, 'product')).toBe(false)
    expect(isOurs(text, 'other')).toBe(false)
    expect(isOurs(`Quoted: ${text}`, 'product-specs')).toBe(false)
  })
})

describe('a conflict about a whole record', () => {
  const EDIT = 'Sprint: "Icebox" → "S3"'
  const gone = (notion: string, airtable: string) => conflict(1, { field: RECORD, base: null, notion, airtable })
  const boxesOf = (item: Conflict) => body([item]).match(/(?<=^- \[ \] ).*(?= <!--)/gm)

  test.each([
    [
      'its page is in the trash',
      gone('(its page was moved to trash)', EDIT),
      'delete the row too, since its page was moved to trash',
      `keep the row and take its page out of the trash; edited in the row: \`${EDIT}\``,
    ],
    [
      'its page was moved, which nothing can undo',
      gone('(its page was moved to another data source)', EDIT),
      'delete the row too, since its page was moved to another data source',
      `keep the row; edited in it: \`${EDIT}\``,
    ],
    [
      'its row was deleted',
      gone(EDIT, '(its row was deleted)'),
      `make the row again; edited in the page: \`${EDIT}\``,
      'move the page to the trash too, since its row was deleted',
    ],
  ])('has boxes that say what is done: %s', (_, item, notion, airtable) => {
    expect(boxesOf(item)).toEqual([`Keep Notion: ${notion}`, `Keep Airtable: ${airtable}`])
    for (const side of ['notion', 'airtable'] as const)
      expect(picks(tickBody(body([item]), SIDES[side]), [item])).toEqual([[cellId(item), side]])
  })

  test('tells what happened on each side, and speaks of no value that would be written', () => {
    const text = body([gone('(its page was moved to trash)', EDIT)])
    expect(text).toContain('`the whole record`')
    expect(text).toContain('| Notion | its page was moved to trash |')
    expect(text).toContain(`| Airtable | its row was edited: \`${EDIT}\` |`)
    expect(text).toContain('Until then neither the page nor the row is touched.')
    expect(text).not.toContain('writes that value')
    expect(body([conflict(1)])).not.toContain('the whole record')
  })
})

describe('a tick', () => {
  const both = [conflict(1), conflict(2, { field: 'Name', notion: 'Search', airtable: 'Find' }), conflict(2)]
  const text = body(both)

  test('an untouched body has none', () => {
    expect(readTicks(text, both)).toEqual({ picks: new Map(), both: [], boxes: [] })
  })

  test.each(both.flatMap((_, which) => (['notion', 'airtable'] as const).map(side => [which, side] as const)))(
    'box %i of %s is read as just that',
    (which, side) => {
      const ticked = tickBody(text, SIDES[side], which)
      expect(picks(ticked, both)).toEqual([[cellId(both[which] ?? conflict(0)), side]])
    },
  )

  test('is read with the line ends and the capital X that GitHub’s editor may leave', () => {
    const ticked = tickBody(text, 'Notion', 2).replace('[x]', '[X]').replaceAll('\n', '\r\n')
    expect(picks(ticked, both)).toEqual([[cellId(conflict(2)), 'notion']])
  })

  test('several conflicts may be ticked at once', () => {
    const ticked = tickBody(tickBody(text, 'Notion', 0), 'Airtable', 1)
    expect(picks(ticked, both)).toEqual([
      [cellId(conflict(1)), 'notion'],
      [cellId(conflict(2, { field: 'Name' })), 'airtable'],
    ])
  })

  test('both boxes of a conflict are asked about, not guessed', () => {
    const ticks = readTicks(tickBody(tickBody(text, 'Notion', 0), 'Airtable', 0), both)
    expect(ticks.picks.size).toBe(0)
    expect(ticks.both).toEqual([conflict(1)])
  })

  test.each([
    ['Notion’s value changed since', conflict(1, { notion: 'Blocked' })],
    ['Airtable’s value changed since', conflict(1, { airtable: null })],
    ['the conflict is another one now', conflict(3)],
  ])('does not count where %s', (_, now) => {
    expect(picks(tickBody(text, 'Notion', 0), [now])).toEqual([])
  })

  test('still counts where only the page was edited elsewhere, or the clocks were asked meanwhile', () => {
    const now = conflict(1, { notionEdited: '2026-03-09T08:00:00.000Z', clock: 'airtable' })
    expect(picks(tickBody(text, 'Notion', 0), [now])).toEqual([[cellId(now), 'notion']])
  })

  test('whose write is still to come stays ticked in the next body, and is read again', () => {
    const kept = issueBody(issue({ conflicts: both, ticked: new Map([[cellId(conflict(1)), 'airtable']]) }))
    expect(picks(kept, both)).toEqual([[cellId(conflict(1)), 'airtable']])
    expect(sameContent(kept, text)).toBe(true)
  })

  test('that was overwritten with a new body is taken up again, for the conflicts that still stand', () => {
    const stands = conflict(2)
    const before = body([conflict(1), stands])
    const after = body([stands, conflict(3)])
    const ticked = tickBody(tickBody(before, 'Notion', 0), 'Airtable', 1)
    expect(picks(withLateTicks(after, ticked), [stands, conflict(3)])).toEqual([[cellId(stands), 'airtable']])
    expect(withLateTicks(after, before)).toBe(after)
  })

  test('that was taken back since is not taken up again: of the same content the newer body counts', () => {
    expect(withLateTicks(text, tickBody(text, 'Notion', 0))).toBe(text)
  })

  test('cannot be put into a body whose boxes a person edited away, which is known', () => {
    const lines = text.split('\n')
    const torn = lines
      .toSpliced(
        lines.findIndex(line => line.startsWith('- [ ]')),
        1,
      )
      .join('\n')
    expect(hasBoxes(torn, text)).toBe(false)
    expect(hasBoxes(tickBody(text, 'Notion', 0).replaceAll('\n', '\r\n'), text)).toBe(true)
    expect(hasBoxes(`${text}Written by hand.\n`, text)).toBe(true)
  })

  test('in a line that somebody typed without our marker does not count', () => {
    expect(picks(`${text}\n- [x] Keep Notion: Doing\n`, both)).toEqual([])
  })
})

describe('hostile text in titles, fields, values and messages', () => {
  const someConflicts = fc.array(
    fc.record({
      n: fc.integer({ min: 1, max: 99 }),
      notion: fc.oneof(hostile, fc.array(hostile, { minLength: 1, maxLength: 2 })),
      airtable: fc.oneof(hostile, fc.constant(null)),
      field: hostile,
    }),
    { minLength: 1, maxLength: 3 },
  )

  test('a tick is read as what was ticked, and nothing else is ever read as a tick', () => {
    fc.assert(
      fc.property(
        someConflicts,
        hostile,
        fc.constantFrom<Side>('notion', 'airtable'),
        fc.nat(),
        (given, title, side, at) => {
          const conflicts = byTitle(distinct(given.map(({ n, ...values }) => conflict(n, values))), () => title)
          const text = issueBody(
            issue({ conflicts, titles: () => title, problems: [problem(1, { title, message: title })] }),
          )
          expect(readTicks(text, conflicts).boxes).toEqual([])
          const which = at % conflicts.length
          const ticks = readTicks(tickBody(text, SIDES[side], which), conflicts)
          expect([...ticks.picks]).toEqual([[cellId(conflicts[which] ?? conflict(0)), side]])
        },
      ),
      { seed: 20260301, numRuns: 150 },
    )
  })

  test('nothing of it stands outside a code span, and every table row keeps its cells', () => {
    fc.assert(
      fc.property(someConflicts, hostile, (given, text) => {
        const made = issueBody(
          issue({
            conflicts: given.map(({ n, ...values }) => conflict(n, values)),
            problems: [problem(1, { title: text, message: text, field: text, notion: text, airtable: [text] })],
            titles: () => text,
          }),
        )
        expect(effects(made)).toEqual([])
        const rows = made.split('\n').filter(line => line.startsWith('| [`') || line.startsWith('| [``'))
        for (const row of rows) expect(cellsOf(row)).toHaveLength(5)
      }),
      { seed: 20260301, numRuns: 150 },
    )
  })
})

const distinct = (conflicts: readonly Conflict[]): Conflict[] => [
  ...new Map(conflicts.map(item => [cellId(item), item])).values(),
]

describe('more than a body holds', () => {
  const LIMIT = 65_536
  const long = '@#'.repeat(600)
  const left = (text: string): number => Number(/… and (\d+) more/.exec(text)?.[1] ?? 0)

  test('as many conflicts as fit, the number of the others, and all that is shown can be ticked', () => {
    const conflicts = Array.from({ length: 60 }, (_, n) => conflict(n, { notion: `${n} ${long}`, airtable: long }))
    const text = body(conflicts)
    const shown = text.match(/^- \[ \] Keep Notion/gm)?.length ?? 0
    expect(text.length).toBeLessThan(LIMIT)
    expect(shown).toBeGreaterThan(5)
    expect(shown + left(text)).toBe(60)
    expect(text).toContain('## Conflicts (60)')
    expect(picks(tickBody(text, 'Airtable', shown - 1), conflicts)).toEqual([[cellId(conflict(shown - 1)), 'airtable']])
  })

  test('as many problems as fit, and the number of the others', () => {
    const problems = Array.from({ length: 500 }, (_, n) => problem(n, { notion: long, message: long }))
    const text = issueBody(issue({ problems }))
    const shown = text.match(/^\| \[`Record/gm)?.length ?? 0
    expect(text.length).toBeLessThan(LIMIT)
    expect(shown).toBeGreaterThan(10)
    expect(shown + left(text)).toBe(500)
  })

  test('conflicts and problems together are counted together', () => {
    const conflicts = Array.from({ length: 40 }, (_, n) => conflict(n, { notion: long, airtable: long }))
    const problems = Array.from({ length: 40 }, (_, n) => problem(n))
    const text = issueBody(issue({ conflicts, problems }))
    const shown = (text.match(/^- \[ \] Keep Notion/gm)?.length ?? 0) + (text.match(/^\| \[`Record/gm)?.length ?? 0)
    expect(shown + left(text)).toBe(80)
  })

  test('first the values are shortened, and everything is shown', () => {
    const conflicts = Array.from({ length: 40 }, (_, n) => conflict(n, { notion: `${n} ${long}`, airtable: long }))
    const text = body(conflicts)
    expect(text.length).toBeLessThan(LIMIT)
    expect(text.match(/^\| When both last agreed/gm)).toHaveLength(40)
    expect(text.match(/^- \[ \] Keep/gm)).toHaveLength(80)
    expect(text).not.toContain('more that do not fit')
    expect(effects(text)).toEqual([])
  })

  test('then records are grouped: one heading for all fields of a record, and only the boxes', () => {
    const conflicts = Array.from({ length: 120 }, (_, n) =>
      conflict(Math.floor(n / 3), { field: `Field ${n % 3}`, notion: long, airtable: `${n}` }),
    )
    const text = body(conflicts)
    expect(text.length).toBeLessThan(LIMIT)
    expect(text.match(/^### /gm)).toHaveLength(40)
    expect(text.match(/^- \[ \] Keep/gm)).toHaveLength(240)
    expect(text).not.toContain('| When both')
    expect(effects(text)).toEqual([])
    expect(picks(tickBody(text, 'Notion', 59), conflicts)).toEqual([[cellId(conflicts[59] ?? conflict(0)), 'notion']])
  })

  test('of 5,000 conflicts with values of 100,000 letters and as many problems, as many as fit, and what is left out', () => {
    const [a, b] = ['@'.repeat(100_000), 'b'.repeat(100_000)]
    const conflicts = Array.from({ length: 5000 }, (_, n) =>
      conflict(n, { field: n % 5 === 0 ? 'Name' : 'Status', notion: a, airtable: b }),
    )
    const problems = Array.from({ length: 5000 }, (_, n) => problem(n, { message: a, notion: a, airtable: b }))
    const text = issueBody(issue({ conflicts, problems, titles: () => a }))
    const shown = text.match(/^- \[ \] Keep Notion/gm)?.length ?? 0
    const rows = text.match(/^\| \[`Record/gm)?.length ?? 0
    expect(text.length).toBeLessThan(LIMIT)
    expect(shown).toBeGreaterThan(60)
    expect(rows).toBeGreaterThan(15)
    expect(shown + rows + left(text)).toBe(10_000)
    expect(text).toContain(`(conflicts: ${5000 - shown}, problems: ${5000 - rows})`)
    expect(text).toMatch(/by field: `Status`: 39\d\d, `Name`: 9\d\d\./)
    expect(text).toContain('`conflict: notion`')
    expect(effects(text)).toEqual([])
    for (const which of [0, shown - 1])
      expect(picks(tickBody(text, 'Airtable', which), conflicts)).toEqual([
        [cellId(conflicts[which] ?? conflict(0)), 'airtable'],
      ])
  })

  test('many problems leave room for conflicts, and many conflicts for problems', () => {
    const conflicts = Array.from({ length: 500 }, (_, n) => conflict(n, { notion: long, airtable: long }))
    const problems = Array.from({ length: 500 }, (_, n) => problem(n, { message: long }))
    const shown = (more: Parameters<typeof issue>[0]) => {
      const text = issueBody(issue(more))
      return [text.match(/Keep Notion/g)?.length ?? 0, text.match(/^\| \[`Record/gm)?.length ?? 0]
    }
    expect(shown({ conflicts: conflicts.slice(0, 3), problems })[0]).toBe(3)
    expect(shown({ conflicts, problems: problems.slice(0, 3) })[1]).toBe(3)
  })
})
