/** What a run did, as lines of data: confirmed effects only, each with its reason in words. */
import { describe, expect, test } from 'vitest'
import { type Change, type Outcome, RECORD, type Step, type Why } from '../../src/core/model.ts'
import { confirmed, countsOf, entriesOf, fieldLabel, headline, labelOf, wayOf } from '../../src/report/entries.ts'
import { column, field, pageId, rowId } from '../core/words.ts'
import { NONE } from './words.ts'

const change = (more: Partial<Change> = {}): Change => ({
  field: 'Status',
  side: 'airtable',
  from: 'x',
  to: 'y',
  source: 'y',
  why: 'edited',
  ...more,
})
const ids = { page: pageId(1), row: rowId(1), title: 'Search' }
const update = (...changes: Change[]): Step => ({ do: 'update-row', ...ids, changes })
const done = (step: Step, more: Partial<Extract<Outcome, { result: 'done' }>> = {}): Outcome => ({
  result: 'done',
  step,
  record: rowId(1),
  values: {},
  refused: [],
  ...more,
})

describe('lines', () => {
  test('only what is known to have taken effect is told', () => {
    const outcomes: Outcome[] = [
      done(update(change())),
      { result: 'left', step: update(change({ field: 'Left' })), reason: 'the run ended before it' },
      { result: 'refused', step: update(change({ field: 'Refused' })), problems: [] },
    ]
    expect(entriesOf(outcomes, [])).toMatchObject([{ what: 'Status', from: 'x', to: 'y', side: 'airtable' }])
  })

  test('a cell that was refused is not told beside those that were written', () => {
    const refused = { code: 'refused', ...ids, field: 'Status', message: 'no' } as const
    const entries = entriesOf([done(update(change(), change({ field: 'Notes' })), { refused: [refused] })], [])
    expect(entries.map(({ what }) => what)).toEqual(['Notes'])
  })

  test('a new row has its own ID, and its values in one line', () => {
    const step: Step = {
      do: 'create-row',
      page: pageId(1),
      title: 'Search',
      changes: [change({ why: 'created', from: null })],
    }
    expect(entriesOf([done(step, { record: 'recNew' })], [])).toMatchObject([
      { page: pageId(1), row: 'recNew', what: 'new row', from: '', to: 'Status: y', side: 'airtable' },
    ])
  })

  test('a select option that a write made is a line of its own', () => {
    expect(entriesOf([done(update(change({ newOptions: ['y'] })))], [])).toMatchObject([
      { what: 'Status', from: 'x' },
      { what: 'Status', to: 'y', why: expect.stringContaining('new option') },
    ])
  })

  test('a deletion says what was deleted and why', () => {
    expect(
      entriesOf([done({ do: 'delete-row', ...ids, reason: 'its page was moved to trash', lost: 'Notes: x' })], []),
    ).toMatchObject([{ what: 'row deleted', from: 'Notes: x', side: 'airtable', why: 'its page was moved to trash' }])
    expect(entriesOf([done({ do: 'trash-page', ...ids, reason: 'its row was deleted', lost: '' })], [])).toMatchObject([
      { what: expect.stringContaining('trash'), side: 'notion' },
    ])
  })

  test('a cell that goes back to a former state comes from there, not from the other side', () => {
    const [back] = entriesOf([done(update(change({ why: 'rewound' })))], [])
    expect(back && wayOf(back)).toBe('state → Airtable')
    const [edited] = entriesOf([done(update(change()))], [])
    expect(edited && wayOf(edited)).toBe('Notion → Airtable')
  })

  test('an event stands behind the writes, without a side', () => {
    const entries = entriesOf([done(update(change()))], [{ ...ids, field: 'Notes', text: 'conflict opened' }])
    expect(entries.map(({ why }) => why)).toEqual(['edited in Notion', 'conflict opened'])
    expect(entries[1]).not.toHaveProperty('side')
  })

  test('empty values and ticks are told in words', () => {
    expect(entriesOf([done(update(change({ from: null, to: true })))], [])).toMatchObject([
      { from: '(empty)', to: 'ticked' },
    ])
  })
})

describe('the reason', () => {
  const WORDS: Partial<Record<Why, RegExp>> = {
    edited: /edited in Notion/,
    filled: /first link/,
    reverted: /reverted.*Notion/,
    overridden: /overridden: the two sides held different values/,
    'conflict-rule': /conflict.*Notion.*rule/,
    'conflict-newest': /conflict.*Notion.*last/,
    'conflict-picked': /conflict.*person.*Notion/,
    restored: /undone/,
  }
  test.each(Object.entries(WORDS))('%s', (why, words) => {
    const [entry] = entriesOf([done(update(change({ why: why as Why })))], [])
    expect(entry?.why).toMatch(words)
  })
})

describe('counts', () => {
  test('are of confirmed effects', () => {
    const outcomes: Outcome[] = [
      done(update(change())),
      done({ do: 'update-page', ...ids, changes: [] }),
      done({ do: 'create-row', page: pageId(1), title: '', changes: [] }),
      done({ do: 'delete-row', ...ids, reason: '', lost: '' }),
      done({ do: 'trash-page', ...ids, reason: '', lost: '' }),
      { result: 'left', step: update(change()), reason: '' },
      { result: 'refused', step: update(change()), problems: [] },
    ]
    expect(countsOf(confirmed(outcomes), { conflicts: 4, problems: 5 })).toEqual({
      created: 1,
      toAirtable: 1,
      toNotion: 1,
      deleted: 2,
      conflicts: 4,
      problems: 5,
    })
  })

  test('make a headline, which is empty where nothing happened', () => {
    expect(headline({ created: 2, toAirtable: 1, toNotion: 3, deleted: 0, conflicts: 1, problems: 0 })).toBe(
      '2 created, 1 → Airtable, 3 → Notion, 1 conflict',
    )
    expect(headline(NONE)).toBe('')
  })
})

describe('what a field is called', () => {
  const name = field('Name')
  const differs = { ...name, airtable: column('airtable', 'Spec Name', name.airtable.shape) }

  test('by its Notion name, where Airtable has the same', () => {
    expect(fieldLabel(name)).toBe('Name')
  })

  test.each([
    ['both', 'Name ⇄ Spec Name'],
    ['notion', 'Name → Spec Name'],
    ['airtable', 'Name ← Spec Name'],
  ] as const)('by both names where they differ, with the way that values flow: owner %s', (owner, label) => {
    expect(fieldLabel({ ...differs, owner })).toBe(label)
  })

  test('by its key once it is not mapped any more; and the whole record in words', () => {
    expect(labelOf('Name', [differs])).toBe('Name ⇄ Spec Name')
    expect(labelOf('Gone', [differs])).toBe('Gone')
    expect(labelOf(RECORD, [differs])).toBe('the whole record')
  })
})
