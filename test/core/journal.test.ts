/** A journal, entry by entry: what is kept of a plan, and what the next run makes of each entry. Laws: recover.test.ts. */
import { describe, expect, test } from 'vitest'
import type { Change, Conflict, Event, Fate, Page, Pair, Row, Step } from '../../src/core/model.ts'
import { makePlan } from '../../src/core/plan.ts'
import { type Journal, type Journalled, journalOf, openIn, recover, unrecorded } from '../../src/core/recover.ts'
import type { Value } from '../../src/core/shape.ts'
import { edit, field, observed, page, pageId, pair, row, rowId, settings, WHERE } from './words.ts'

const X = { notion: 'x', airtable: 'x' }
const change = (more: Partial<Change> = {}): Change => edit('f', more)
type Update = Extract<Step, { do: 'update-row' } | { do: 'update-page' }>
const toRow = (...changes: Change[]): Update => ({ do: 'update-row', ...WHERE, changes })
const toPage = (...changes: Change[]): Update => ({
  do: 'update-page',
  ...WHERE,
  changes: changes.map(one => ({ ...one, side: 'notion' as const })),
})
const deletes = (what: 'delete-row' | 'trash-page') =>
  ({ do: what, ...WHERE, reason: 'its twin was deleted', lost: 'f: x' }) as const
const journal = (steps: readonly Journalled[], more: Partial<Journal> = {}): Journal => ({
  id: 'j1',
  tookIn: null,
  steps,
  makings: [],
  events: [],
  ...more,
})
const EVENT: Event = { ...WHERE, text: 'told before' }

describe('what a run keeps before its first write', () => {
  const plan = (...steps: Step[]) => ({ ...makePlan(settings([]), observed()), steps })
  const known = [pair(1, { f: 'x', g: 'y' })]

  test('are its edits, with what was agreed on in the fields that they write, and its deletions', () => {
    const steps = [toRow(change()), toPage(change({ field: 'g' })), deletes('delete-row'), deletes('trash-page')]
    expect(journalOf('j1', plan(...steps), known, null)).toEqual({
      id: 'j1',
      tookIn: null,
      steps: [
        { step: steps[0], base: { f: X } },
        { step: steps[1], base: { g: { notion: 'y', airtable: 'y' } } },
        { step: steps[2], base: {} },
        { step: steps[3], base: {} },
      ],
      makings: [],
      events: [],
    })
    expect(journalOf('j1', plan(toRow(change())), [], null)?.steps).toEqual([{ step: toRow(change()), base: {} }])
  })

  test('is nothing, where it only creates rows, links or restores', () => {
    const steps: Step[] = [
      { do: 'create-row', page: pageId(1), title: '', changes: [change()] },
      { ...toRow(), relink: true },
      { do: 'restore-page', ...WHERE, reason: '', lost: '' },
    ]
    expect(journalOf('j1', plan(...steps), known, { id: 'j0', done: [], makings: [], events: [EVENT] })).toBe(null)
    expect(journalOf('j1', plan(...steps, toRow(change())), known, null)?.steps).toHaveLength(1)
  })

  test('are the pages that it makes too, since such a page has nothing by which it is found again', () => {
    const making = { do: 'create-page', row: rowId(1), title: '', changes: [change()] } as const
    const earlier = { ...making, row: rowId(2) }
    const kept = journalOf('j1', plan(making), known, { id: 'j0', done: [], makings: [earlier], events: [] })
    expect(kept).toMatchObject({ steps: [], makings: [earlier, making] })
  })

  test('is, before that, what it took in of another one', () => {
    const done = [{ step: deletes('delete-row'), base: {}, stood: {} }]
    expect(journalOf('j1', plan(toRow(change())), known, { id: 'j0', done, makings: [], events: [EVENT] })).toEqual({
      id: 'j1',
      tookIn: 'j0',
      steps: [...done, { step: toRow(change()), base: { f: X } }],
      makings: [],
      events: [EVENT],
    })
  })
})

describe('a journal of which something is recorded', () => {
  const steps = [
    { step: toRow(change()), base: {} },
    { step: toPage(change()), base: {}, stood: { f: 'n' } },
    { step: deletes('delete-row'), base: {} },
  ]
  const kept = journal(steps, { tookIn: 'j0', events: [EVENT] })
  const says = (answers: Readonly<Record<string, readonly number[]>>) => (id: string) => answers[id] ?? null

  test('counts for the steps that the record leaves open', () => {
    expect(openIn(kept, [steps[2]?.step as Step, steps[0]?.step as Step, deletes('trash-page')])).toEqual([0, 2])
    expect(unrecorded(kept, says({ j1: [0, 2, 7] }))).toEqual({
      id: 'j1/rest',
      tookIn: 'j0',
      steps: [steps[0], steps[2]],
      makings: [],
      events: [],
    })
  })

  test('counts for nothing where none is open, or the open ones are recorded since', () => {
    expect(unrecorded(kept, says({ j1: [] }))).toBe(null)
    expect(unrecorded(kept, says({ j1: [0], 'j1/rest': [] }))).toBe(null)
  })

  test('counts without what it took in, where that is recorded after all', () => {
    expect(unrecorded(kept, says({ j0: [] }))).toEqual({ ...kept, steps: [steps[0], steps[2]], events: [] })
    expect(unrecorded(kept, says({}))).toBe(kept)
    const alone = { ...kept, tookIn: null }
    expect(unrecorded(alone, id => (id === 'j1' ? null : []))).toBe(alone)
  })
})

const FIELDS = [field('f'), field('g')]
type Given = {
  readonly entries: readonly Journalled[]
  readonly pairs?: readonly Pair[]
  readonly conflicts?: readonly Conflict[]
  readonly notion?: Page | null
  readonly airtable?: Row | null
  readonly fates?: readonly (readonly [string, Fate])[]
}
function found({ entries, pairs = [pair(1, { f: 'x', g: 'x' })], conflicts = [], ...given }: Given) {
  const { notion = page(1, { f: 'n', g: 'x' }), airtable = row(1, { f: 'n', g: 'x' }), fates = [] } = given
  return recover(FIELDS, { pairs, conflicts, problems: [] }, journal(entries), {
    pages: notion === null ? [] : [notion],
    rows: airtable === null ? [] : [airtable],
    fates: new Map(fates),
  })
}
const lost = (more: Partial<Event> = {}): Event => ({
  ...WHERE,
  field: 'f',
  from: 'x',
  to: 'n',
  text: 'stood here when a run was cut off, which may have written over it',
  ...more,
})

describe('an edit in a journal', () => {
  const entry = { step: toRow(change()), base: { f: X } }

  test('that stands there was written: both agree on it from then on, and it is told', () => {
    expect(found({ entries: [entry] })).toEqual({
      known: { pairs: [pair(1, { f: 'n', g: 'x' })], conflicts: [], problems: [] },
      done: [{ ...entry, stood: { f: 'n' } }],
      outcomes: [{ result: 'done', step: entry.step, record: rowId(1), values: { f: 'n' }, refused: [] }],
      makings: [],
      events: [],
      written: new Set(),
    })
  })

  test('of a page likewise; what it was made of is what Airtable held', () => {
    const step = toPage(change({ source: 'N' }))
    const { known, outcomes, written } = found({ entries: [{ step, base: { f: X } }], notion: page(1, { f: 'n' }) })
    expect([...written]).toEqual([pageId(1)])
    expect(outcomes).toMatchObject([{ record: pageId(1), values: { f: 'n' } }])
    expect(known.pairs[0]?.base.f).toEqual({ notion: 'n', airtable: 'N', accepted: true })
  })

  test('that is not there, but what it was to replace: it was not written, and nothing is told', () => {
    const none = found({ entries: [entry], airtable: row(1, { f: 'x', g: 'x' }) })
    expect(none).toEqual({
      known: { pairs: [pair(1, { f: 'x', g: 'x' })], conflicts: [], problems: [] },
      done: [],
      outcomes: [],
      makings: [],
      events: [],
      written: new Set(),
    })
  })

  test('of two, one written: that one counts, and the pair does not rest yet', () => {
    const rest = { why: 'trashed', wrote: { f: 'n', g: 'n' }, was: { f: 'x', g: 'x' } } as const
    const cells = [change({ why: 'archived' }), change({ why: 'archived', field: 'g' })]
    const step = { ...toRow(...cells), rest }
    const part = found({ entries: [{ step, base: { f: X, g: X } }] })
    expect(part.done).toStrictEqual([
      { step: toRow(change({ why: 'archived' })), base: { f: X, g: X }, stood: { f: 'n' } },
    ])
    expect(part.known.pairs).toEqual([pair(1, { f: 'x', g: 'x' })])
    const whole = found({ entries: [{ step, base: { f: X, g: X } }], airtable: row(1, { f: 'n', g: 'n' }) })
    expect(whole.known.pairs).toEqual([pair(1, { f: 'x', g: 'x' }, { rest })])
    const wakes = found({ entries: [{ step: { ...toRow(change()), rest: null }, base: { f: X } }] })
    expect(wakes.done).toMatchObject([{ step: { rest: null } }])
    expect(found({ entries: [entry] }).done[0]?.step).not.toHaveProperty('rest')
  })

  test('that a later run saw is taken as it stood then, whatever stands there now', () => {
    const seen = { ...entry, stood: { f: 'n' } }
    const { known, events } = found({ entries: [seen], airtable: row(1, { f: 'typed' }) })
    expect(known.pairs[0]?.base.f).toEqual({ notion: 'n', airtable: 'n' })
    expect(events).toEqual([])
    expect(found({ entries: [{ ...entry, stood: { f: 'kept by the service' } }] }).done).toHaveLength(1)
  })

  test('after another one of the same field: each moves what was agreed on', () => {
    const second = {
      step: toRow(change({ from: 'n', to: 'm', source: 'm' })),
      base: { f: { notion: 'n', airtable: 'n' } },
    }
    const both = found({ entries: [{ ...entry, stood: { f: 'n' } }, second], airtable: row(1, { f: 'm' }) })
    expect(both.done).toHaveLength(2)
    expect(both.known.pairs[0]?.base.f).toEqual({ notion: 'm', airtable: 'm' })
    // What a page and a row agreed on may differ in its spelling.
    const [notion, airtable] = ['N', 'n']
    const spelled = (step: (of: Change) => Update, value: string, source: string) => [
      { step: step(change({ to: value, source })), base: { f: X }, stood: { f: value } },
      { step: step(change({ from: value, to: 'm', source: 'm' })), base: { f: { notion, airtable } } },
    ]
    const m = { notion: page(1, { f: 'm' }), airtable: row(1, { f: 'm' }) }
    expect(found({ ...m, entries: spelled(toRow, airtable, notion) }).done).toHaveLength(2)
    expect(found({ ...m, entries: spelled(toPage, notion, airtable) }).done).toHaveLength(2)
    const archives = { ...entry, step: toRow(change({ why: 'archived' })), stood: { f: 'n' } }
    expect(found({ entries: [archives, second], airtable: row(1, { f: 'm' }) }).done).toHaveLength(1)
  })

  test('of a field whose agreed values moved since counts no more, and is told only where its value is nowhere', () => {
    const moved = [pair(1, { f: 'later', g: 'x' })]
    expect(found({ entries: [entry], pairs: moved })).toMatchObject({ done: [], events: [lost()] })
    expect(found({ entries: [entry], pairs: moved, notion: page(1, { f: 'x' }) }).events).toEqual([])
    expect(found({ entries: [{ ...entry, base: {} }] }).done).toEqual([])
    expect(found({ entries: [entry], pairs: [pair(1, { g: 'x' })] }).done).toEqual([])
    const half = [pair(1, {}, { base: { f: { notion: 'x', airtable: 'later' } } })]
    expect(found({ entries: [entry], pairs: half }).done).toEqual([])
  })

  test('that replaced what both had agreed on, or nothing, has lost nothing', () => {
    const typed = row(1, { f: 'typed', g: 'x' })
    expect(found({ entries: [entry], airtable: typed }).events).toEqual([])
    const filled = { step: toRow(change({ from: null })), base: {} }
    expect(found({ entries: [filled], airtable: typed, pairs: [pair(1)] }).events).toEqual([])
  })

  test.each<[string, Given]>([
    ['something else stands there', { entries: [], airtable: row(1, { f: 'typed' }) }],
    ['the cell cannot be read', { entries: [], airtable: row(1, {}, { unreadable: { f: 'an error' } }) }],
    ['the row is not in sight', { entries: [], airtable: null }],
    ['the page is not in sight either', { entries: [], airtable: null, notion: null }],
  ])('that replaced what somebody had typed: it is told, as it may be lost, where %s', (_, given) => {
    const over = { step: toRow(change({ from: 'mine' })), base: { f: X } }
    expect(found({ ...given, entries: [over] }).events).toEqual([lost({ from: 'mine' })])
  })

  test('of a field that is not mapped any more: what it replaced is told', () => {
    const old = { step: toRow(change({ field: 'old' })), base: {} }
    const told = { done: [], events: [lost({ field: 'old' })] }
    expect(found({ entries: [old] })).toMatchObject(told)
    expect(found({ entries: [old], airtable: row(1, { old: 'n' }) })).toMatchObject(told)
  })

  test('whose replaced value stands on the other side has lost nothing', () => {
    const over = { step: toRow(change({ from: 'mine' })), base: { f: X } }
    const typed = row(1, { f: 'typed' })
    expect(found({ entries: [over], airtable: typed, notion: page(1, { f: 'mine' }) }).events).toEqual([])
    const unread = page(1, { f: 'mine' }, { unreadable: { f: 'an error' } })
    expect(found({ entries: [over], airtable: typed, notion: unread }).events).toEqual([lost({ from: 'mine' })])
    const back = { step: toPage(change({ from: 'mine' })), base: { f: X } }
    const held = { notion: page(1, { f: 'typed' }), airtable: row(1, { f: 'mine' }) }
    expect(found({ entries: [back], ...held }).events).toEqual([])
    expect(found({ entries: [back], ...held, airtable: row(1, { f: 'n' }) }).events).toEqual([lost({ from: 'mine' })])
  })

  test('an empty cell that was to be emptied was; one that is not in sight is not known to be', () => {
    const emptied = { step: toRow(change({ to: null, source: null })), base: { f: X } }
    expect(found({ entries: [emptied], airtable: null }).done).toEqual([])
    expect(found({ entries: [emptied], airtable: row(1, {}) }).known.pairs[0]?.base.f).toEqual({
      notion: null,
      airtable: null,
    })
  })
})

describe('the pair of an edit', () => {
  const entry = { step: toRow(change()), base: {} }
  const counts = (given: Omit<Given, 'entries'>) => found({ ...given, entries: [entry] }).known.pairs

  test('that its run had just made is known by the row that names the page', () => {
    expect(counts({ pairs: [] })).toEqual([pair(1, { f: 'n' })])
    const rows = [row(2), row(1, { f: 'n' })]
    const seen = { pages: [page(2), page(1, { f: 'n' })], rows, fates: new Map() }
    const { known } = recover(FIELDS, { pairs: [], conflicts: [], problems: [] }, journal([entry]), seen)
    expect(known.pairs).toEqual([pair(1, { f: 'n' })])
  })

  test.each<[string, Omit<Given, 'entries'>]>([
    ['names no page', { pairs: [], airtable: row(1, { f: 'n' }, { pageId: null }) }],
    ['names another page', { pairs: [], airtable: row(1, { f: 'n' }, { pageId: pageId(2) }) }],
    ['is not in sight', { pairs: [], airtable: null }],
    ['names a page that is not in sight', { pairs: [], notion: null }],
    ['belongs to another page by now', { pairs: [{ ...pair(2), row: rowId(1) }] }],
    ['is not the one that the page has by now', { pairs: [{ ...pair(1), row: rowId(2) }] }],
  ])('is none where the row %s', (_, given) => {
    expect(counts(given)).toEqual(given.pairs)
  })
})

describe('a deletion in a journal', () => {
  const row1 = { step: deletes('delete-row'), base: {} }
  const page1 = { step: deletes('trash-page'), base: {} }
  const unseen = { notion: null, airtable: null }
  const told: Event = {
    ...WHERE,
    from: 'f: x',
    text: 'not in sight since a run was cut off that meant to delete it',
  }

  test.each<[string, Journalled, string, Fate]>([
    ['row', row1, rowId(1), 'deleted'],
    ['page', page1, pageId(1), 'trashed'],
  ])('of a %s that is proved gone was done: the pair is forgotten', (_, entry, id, fate) => {
    const { known, done, outcomes, events } = found({ ...unseen, entries: [entry], fates: [[id, fate]] })
    expect(known.pairs).toEqual([])
    expect(done).toEqual([{ ...entry, stood: {} }])
    expect(outcomes).toEqual([{ result: 'done', step: entry.step, record: id, values: {}, refused: [] }])
    expect(events).toEqual([])
  })

  test('that a later run saw was done, even where the record is back', () => {
    expect(found({ entries: [{ ...row1, stood: {} }] }).known.pairs).toEqual([])
  })

  test.each<[string, Given, readonly Event[]]>([
    ['the row is there', { entries: [row1] }, []],
    ['the row is there, whatever a look-up said', { entries: [row1], fates: [[rowId(1), 'deleted']] }, []],
    ['the page is there', { entries: [page1], airtable: null }, []],
    ['the row is outside the view', { ...unseen, entries: [row1], fates: [[rowId(1), 'out-of-scope']] }, []],
    ['the page is in another data source', { ...unseen, entries: [page1], fates: [[pageId(1), 'moved']] }, []],
    ['nobody looked the row up', { ...unseen, entries: [row1] }, [told]],
    ['the page is not shared any more', { ...unseen, entries: [page1], fates: [[pageId(1), 'unreadable']] }, [told]],
  ])('is not known to be done where %s', (_, given, events) => {
    const recovery = found(given)
    expect(recovery.known.pairs).toEqual([pair(1, { f: 'x', g: 'x' })])
    expect([recovery.done, recovery.events]).toEqual([[], events])
  })
})

describe('what else was known', () => {
  const conflict = (n: number, key: string): Conflict => ({
    page: pageId(n),
    row: rowId(n),
    field: key,
    base: null,
    notion: 'a' as Value,
    airtable: 'b',
    notionEdited: '',
  })
  const all = [conflict(1, 'f'), conflict(1, 'g'), conflict(1, ''), conflict(2, 'f')]

  test('a conflict of a field that was written is settled, the others stay open', () => {
    const { known } = found({ entries: [{ step: toRow(change()), base: { f: X } }], conflicts: all })
    expect(known.conflicts).toEqual(all.slice(1))
  })

  test('a conflict about a record that was deleted is settled likewise', () => {
    const { known } = found({ entries: [{ step: deletes('delete-row'), base: {}, stood: {} }], conflicts: all })
    expect(known.conflicts).toEqual([conflict(1, 'f'), conflict(1, 'g'), conflict(2, 'f')])
  })

  test('what was to be told already comes first', () => {
    const over = { step: toRow(change({ from: 'mine' })), base: { f: X } }
    const seen = { pages: [], rows: [], fates: new Map() }
    const known = { pairs: [pair(1, { f: 'x' })], conflicts: [], problems: [] }
    expect(recover(FIELDS, known, journal([over], { events: [EVENT] }), seen).events).toEqual([
      EVENT,
      lost({ from: 'mine' }),
    ])
  })
})
