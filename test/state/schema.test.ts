/** state.json: that it holds everything, one record a line and sorted, and that a broken one is refused in words. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Conflict, Pair, Problem } from '../../src/core/model.ts'
import type { Value } from '../../src/core/shape.ts'
import { UserError } from '../../src/errors.ts'
import { formatState, parseState, type State } from '../../src/state/schema.ts'
import { textOf } from '../../src/state/text.ts'
import { pageId, pair, rowId } from '../core/words.ts'

const column = (id: string, name: string) => ({ name, id, type: 'text' })
const FIELDS = ['Name', 'Status'].map(key => ({
  key,
  notion: column(`n-${key}`, key),
  airtable: column(`a-${key}`, key),
}))

const state = (more: Partial<State> = {}): State => ({
  version: 1,
  sync: 'product-specs',
  belongs: {
    repository: 'acme/specs',
    notion: 'database',
    dataSource: 'source',
    base: 'app1',
    table: 'Delivery',
    tableId: 'tbl1',
  },
  issue: null,
  issueAuthor: null,
  creating: {},
  lastFailure: null,
  ownFields: {},
  fields: FIELDS,
  pairs: [],
  conflicts: [],
  problems: [],
  ...more,
})

const CONFLICT: Conflict = {
  page: pageId(1),
  row: rowId(1),
  field: 'Status',
  base: { notion: 'x', airtable: 'x' },
  notion: 'n',
  airtable: null,
  notionEdited: '2026-03-02T10:00:00.000Z',
  clock: 'unknown',
}
const PROBLEM: Problem = {
  code: 'unreadable',
  page: pageId(1),
  row: rowId(1),
  title: 'Search',
  field: 'Name',
  message: 'No.',
}

const read = (text: string): State => parseState(text, 'state/product-specs/state.json')
const again = (given: State): State => read(formatState(given))

describe('what is written is read back', () => {
  test('pairs, with bases that are equal, that differ, that are accepted, and that are missing', () => {
    const pairs: Pair[] = [
      pair(1, { Name: 'Search', Status: null }),
      pair(2, {}, { base: { Name: { notion: 'a', airtable: 'A' } } }),
      pair(3, {}, { base: { Status: { notion: 'Todo', airtable: null, accepted: true } } }),
      pair(4),
    ]
    expect(again(state({ pairs })).pairs).toEqual(pairs)
  })

  test('a pair at rest, with its archive values', () => {
    const rest = { why: 'trashed', wrote: { Status: 'Archived' }, was: { Status: null } } as const
    expect(again(state({ pairs: [pair(1, {}, { rest })] })).pairs).toEqual([pair(1, {}, { rest })])
  })

  test('conflicts and problems, with all that they say', () => {
    const conflicts = [CONFLICT, { ...CONFLICT, page: pageId(2), base: null, airtable: [{ id: 'u1', name: 'Ada' }] }]
    const problems = [
      PROBLEM,
      { ...PROBLEM, page: null, row: null, field: 'Status', notion: 1, airtable: true as const, under: 'abc' },
    ]
    const both = again(state({ conflicts, problems }))
    expect(both.conflicts).toEqual(conflicts)
    expect(new Set(both.problems)).toEqual(new Set(problems))
  })

  test('the head: what it belongs to, the issue, and why the last run failed', () => {
    const given = state({ issue: 7, lastFailure: 'Airtable: answered "no"\nand more' })
    expect(again(given)).toEqual(given)
  })

  const text = fc.string({ unit: 'grapheme', maxLength: 20 })
  const person = fc.record({ id: text, name: text, email: text }, { requiredKeys: [] })
  const value: fc.Arbitrary<Value> = fc.oneof(
    fc.constantFrom(null, true as const),
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => number + 0),
    fc.array(text, { maxLength: 3 }),
    fc.array(person, { maxLength: 3 }) as fc.Arbitrary<Value>,
  )

  test('every value that a cell can hold, on either side', () => {
    fc.assert(
      fc.property(value, value, (notion, airtable) => {
        const given = state({
          pairs: [
            pair(1, {}, { base: { Name: { notion, airtable }, Status: { notion: airtable, airtable: notion } } }),
          ],
          conflicts: [{ ...CONFLICT, notion, airtable, base: { notion: airtable, airtable: notion } }],
          problems: [{ ...PROBLEM, notion, airtable }],
        })
        expect(again(given)).toEqual(given)
        expect(formatState(again(given))).toBe(formatState(given))
      }),
      { seed: 7, numRuns: 200 },
    )
  })

  test('titles and messages with line breaks, quotes and markup stay in their line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), title => {
        const given = state({ pairs: [pair(1, {}, { title })], lastFailure: title })
        expect(again(given)).toEqual(given)
        expect(formatState(given).split('\n')).toHaveLength(formatState(state({ pairs: [pair(1)] })).split('\n').length)
      }),
      { seed: 7, numRuns: 50 },
    )
  })
})

describe('the text', () => {
  const many = state({ pairs: [pair(2), pair(1), pair(3)], conflicts: [CONFLICT], problems: [PROBLEM] })

  test('has one record a line, and ends with a line end', () => {
    const lines = formatState(many).split('\n')
    for (const n of [1, 2, 3]) expect(lines.filter(line => line.startsWith(`{"title":"Record ${n}"`))).toHaveLength(1)
    expect(lines.at(-1)).toBe('')
  })

  test('is JSON', () => {
    expect(JSON.parse(formatState(many))).toMatchObject({ version: 1, sync: 'product-specs' })
  })

  test('does not depend on the order in which records were read', () => {
    const order = (records: State) => ({
      ...records,
      pairs: records.pairs.toReversed(),
      conflicts: records.conflicts.toReversed(),
      problems: records.problems.toReversed(),
    })
    const given = state({
      pairs: [pair(1), pair(2), pair(10)],
      conflicts: [CONFLICT, { ...CONFLICT, field: 'Name' }, { ...CONFLICT, page: pageId(2) }],
      problems: [
        PROBLEM,
        { ...PROBLEM, field: 'Status' },
        { ...PROBLEM, row: rowId(9) },
        { ...PROBLEM, code: 'refused' },
      ],
    })
    expect(formatState(order(given))).toBe(formatState(given))
  })

  test('does not depend on the order in which the fields of a pair were settled', () => {
    const base = { Name: { notion: 'a', airtable: 'a' }, Status: { notion: 'x', airtable: 'x' } }
    const turned = { Status: base.Status, Name: base.Name }
    expect(formatState(state({ pairs: [pair(1, {}, { base: turned })] }))).toBe(
      formatState(state({ pairs: [pair(1, {}, { base })] })),
    )
  })

  test('does not depend on the order in which the parts of a conflict or problem were put together', () => {
    const turned = <T extends object>(record: T): T => Object.fromEntries(Object.entries(record).toReversed()) as T
    const given = state({ conflicts: [CONFLICT], problems: [PROBLEM] })
    const other = state({ conflicts: [turned(CONFLICT)], problems: [turned(PROBLEM)] })
    expect(formatState(other)).toBe(formatState(given))
  })

  test('an edit of one record changes one line', () => {
    const before = formatState(many).split('\n')
    const pairs = [pair(2, { Status: 'Done' }), pair(1), pair(3)]
    const after = formatState({ ...many, pairs }).split('\n')
    expect(after).toHaveLength(before.length)
    expect(after.filter((line, at) => line !== before[at])).toEqual([expect.stringContaining('"Status":"Done"')])
  })

  test('a value that both sides hold is written once', () => {
    expect(formatState(state({ pairs: [pair(1, { Name: 'Search' })] }))).toContain('"base":{"Name":"Search"}')
  })

  test('a field that is not mapped any more is not kept', () => {
    expect(formatState(state({ pairs: [pair(1, { Gone: 'x' })] }))).not.toContain('Gone')
  })
})

describe('a state that cannot be worked from is refused in words', () => {
  const text = formatState(state({ pairs: [pair(1, { Name: 'Search' })] }))
  const refusal = (broken: string): UserError => {
    try {
      read(broken)
    } catch (error) {
      if (error instanceof UserError) return error
      throw error
    }
    throw new Error('it was not refused')
  }

  test.each([
    ['the marks of an unfinished merge', text.replace('"version"', '<<<<<<< HEAD\n"version"'), /unfinished merge/],
    ['half a file', text.slice(0, text.length / 2), /not valid JSON/],
    ['an empty file', '', /not valid JSON/],
    ['NUL bytes', `${text}\u0000`, /not valid JSON/],
    ['a mark at its beginning that no editor shows', `\uFEFF${text}`, /not valid JSON/],
    ['a key that stands twice', text.replace('"sync"', '"sync": "other",\n"sync"'), /"sync" stands twice/],
    ['a record with a key twice', text.replace('"title"', '"title":"a","title"'), /"title" stands twice/],
    ['a key that every object has', text.replace('"issue"', '"__proto__": {"x": 1},\n"issue"'), /__proto__/],
    ['brackets without end', '['.repeat(1_000_000), /nested more than 20 levels/],
    ['ten megabytes of something else', 'x'.repeat(10_000_000), /not valid JSON/],
    [
      'ten megabytes of text',
      text.replace('"Search"', `[["${'x'.repeat(10_000_000)}"]]`),
      /not a state of this action/,
    ],
    [
      'half a million records of another kind',
      text.replace(/"pairs": \[[\s\S]*?\n\]/, `"pairs": [${'{"a":1},'.repeat(500_000)}{}]`),
      /not a state of this action.*pairs\.0\.title/,
    ],
    ['a list', '[]', /not a state of this action/],
    ['a number', '12', /not a state of this action/],
    [
      'a key that nobody knows',
      text.replace('"issue"', '"surprise": 1,\n"issue"'),
      /not a state of this action.*surprise/,
    ],
    ['a part that is missing', text.replace(/^"sync".*$/m, ''), /not a state of this action.*sync/],
    ['a value of no known kind', text.replace('"Search"', '{"odd":1}'), /not a state of this action.*Name/],
    ['a fate that nobody knows', text.replace('}}', '},"rest":{"why":"bored"}}'), /not a state of this action.*rest/],
    ['no version', text.replace('"version": 1,', ''), /not a state of this action.*version/],
  ])('%s', (_, broken, words) => {
    const started = performance.now()
    const { message, kind } = refusal(broken)
    // Well below a second on a machine that does nothing else.
    expect(performance.now() - started).toBeLessThan(6000)
    expect(message.length).toBeLessThan(1000)
    expect(kind).toBe('state')
    expect(message).toMatch(words)
    expect(message).toContain('state/product-specs/state.json')
    expect(message).toContain('Nothing was written.')
    expect(message).toMatch(/earlier commit|delete it/)
  })

  test('a state of a newer version says to use that version', () => {
    const { message } = refusal(text.replace('"version": 1', '"version": 2'))
    expect(message).toMatch(/newer version/)
    expect(message).toContain('2')
  })

  test.each([
    ['page', pageId(1), pair(2, {}, { page: pageId(1) })],
    ['row', rowId(1), pair(2, {}, { row: rowId(1) })],
  ])('two pairs with one %s name it', (_, id, second) => {
    expect(refusal(formatState(state({ pairs: [pair(1), second] }))).message).toContain(`${id} in two pairs`)
  })

  test('bytes that are no UTF-8 are refused, and in what only people read they are shown', () => {
    const bytes = Buffer.from([0x7b, 0xc3, 0x28, 0x7d])
    expect(() => textOf(bytes, 'state/a/state.json')).toThrow(
      /state\/a\/state\.json is not UTF-8 text.*Nothing was written/,
    )
    expect(() => textOf(bytes, 'mappings.yaml')).toThrow(/mappings\.yaml is not UTF-8/)
    expect(textOf(bytes, 'state/a/CHANGELOG.md')).toBe('{\uFFFD(}')
    expect(textOf(Buffer.from('\uFEFF{}'), 'state.json')).toBe('{}')
  })

  test('the words of a person in the file are not mistaken for the marks of a merge', () => {
    const title = '======= not a merge'
    expect(again(state({ pairs: [pair(1, { Name: '<<<<<<< HEAD' }, { title })] })).pairs[0]?.title).toBe(title)
  })
})
