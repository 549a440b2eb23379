/**
 * What a run finds that follows one which was cut off: the journal of that run, and both sides as they stand. The
 * laws: what was never written changes nothing, and what was written all is as if the run had recorded it.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Remembered } from '../../src/core/base.ts'
import type { Fate, Field, Policy, Side } from '../../src/core/model.ts'
import { other } from '../../src/core/model.ts'
import { followJournal } from '../../src/core/options.ts'
import type { Settings } from '../../src/core/planning.ts'
import { type Journal, openIn, recover, unrecorded } from '../../src/core/recover.ts'
import type { Value } from '../../src/core/shape.ts'
import { recoveredEntries } from '../../src/report/entries.ts'
import { formatJournal, parseJournal } from '../../src/state/journal.ts'
import { edited, NOTHING_KNOWN, observe, planRound, round, type World } from './small-world.ts'
import { tries } from './tries.ts'
import { field, page, pageId, pair, row, rowId, settings } from './words.ts'

const world = (notion: Values, airtable: Values): World => ({
  pages: [{ is: page(1, notion), where: 'here' }],
  rows: [{ is: row(1, airtable), where: 'here' }],
})
type Values = Readonly<Record<string, Value>>

const knows = (base: Values): Remembered => ({ ...NOTHING_KNOWN, pairs: [pair(1, base)] })

/** A run in a world that wrote `does` of its steps and recorded nothing: what it left, and the world as it stands. */
function cutOff(rules: Settings, before: World, memory: Remembered, does: (index: number) => boolean = () => true) {
  const done = round(rules, before, memory, { does, clock: 'notion' })
  if (done.journal === null) throw new Error('the run kept no journal')
  return { left: done.journal, world: done.world, killed: done }
}

/** What the next run takes in. */
const found = (rules: Settings, now: World, memory: Remembered, left: Journal) =>
  recover(rules.fields, memory, left, observe(rules, now, memory))

/** The changelog's lines of what was taken in: old, new, why. */
const told = ({ outcomes, events }: ReturnType<typeof found>) =>
  recoveredEntries(outcomes, events).map(({ from, to, why }) => [from, to, why])

const one = (more: Partial<Pick<Field, 'owner' | 'conflict'>> = {}) => settings([field('f', more)])

describe('an edit that was carried over', () => {
  const BASE = knows({ f: 'v0' })
  const before = world({ f: 'v1' }, { f: 'v0' })
  const policies: readonly Policy[] = ['ask', 'notion', 'airtable', 'newest']

  test.each(policies)('is told, and a later edit of its source is just an edit, whatever %s says', conflict => {
    const rules = one({ conflict })
    const { left, world: after } = cutOff(rules, before, BASE)
    const again = edited(after, pageId(1), { values: { f: 'v2' } })
    const next = round(rules, again, BASE, { left, clock: 'airtable' })
    expect(told(found(rules, again, BASE, left))).toEqual([
      ['v0', 'v1', 'edited in Notion; written by a run that was cut off'],
    ])
    expect(next.plan.conflicts).toEqual([])
    expect(next.world.rows[0]?.is.values.f).toBe('v2')
    expect(next.world.pages[0]?.is.values.f).toBe('v2')
  })

  test('and taken back at its source goes back on the other side too', () => {
    const { left, world: after } = cutOff(one(), before, BASE)
    const next = round(one(), edited(after, pageId(1), { values: { f: 'v0' } }), BASE, { left })
    expect(next.world.rows[0]?.is.values.f).toBe('v0')
    expect(next.world.pages[0]?.is.values.f).toBe('v0')
  })

  test('but not yet written is carried over, with what was typed since', () => {
    const { left, world: after } = cutOff(one(), before, BASE, () => false)
    const again = edited(after, pageId(1), { values: { f: 'v2' } })
    const next = round(one(), again, BASE, { left })
    expect(told(found(one(), again, BASE, left))).toEqual([])
    expect(next.plan.conflicts).toEqual([])
    expect(next.world.rows[0]?.is.values.f).toBe('v2')
  })

  test('and then typed over is a conflict like any other: whether it was written before, nobody can know', () => {
    const { left, world: after } = cutOff(one(), before, BASE)
    const again = edited(after, rowId(1), { values: { f: 'typed by Olga' } })
    const next = round(one(), again, BASE, { left })
    expect(next.memory.conflicts).toMatchObject([{ notion: 'v1', airtable: 'typed by Olga' }])
    expect(next.world).toEqual(again)
    // What stood there is in the state.
    expect(told(found(one(), again, BASE, left))).toEqual([])
  })

  test('on a first link is known to be agreed on, so that a later edit is no conflict', () => {
    const first = world({ f: 'v1' }, { f: null })
    const { left, world: after } = cutOff(one(), first, NOTHING_KNOWN)
    const next = round(one(), edited(after, pageId(1), { values: { f: 'v2' } }), NOTHING_KNOWN, { left })
    expect(next.plan.conflicts).toEqual([])
    expect(next.world.rows[0]?.is.values.f).toBe('v2')
  })
})

describe('a value that was overruled', () => {
  const CASES: readonly (readonly [string, Settings, World, string])[] = [
    ['for its side does not own the field', one({ owner: 'airtable' }), world({ f: 'typed' }, { f: 'v0' }), 'v0'],
    ['by a rule', one({ conflict: 'airtable' }), world({ f: 'typed' }, { f: 'theirs' }), 'theirs'],
    [
      'by archiving',
      settings([field('f')], { archive: { notion: { f: 'Archived' }, airtable: {} }, whenDeleted: DELETED }),
      {
        pages: [{ is: page(1, { f: 'typed' }), where: 'here' }],
        rows: [{ is: row(1, { f: 'v0' }), where: 'deleted' }],
      },
      'Archived',
    ],
  ]

  test.each(CASES)('%s is told where it was written over', (_, rules, before, to) => {
    const { left, world: after } = cutOff(rules, before, knows({ f: 'v0' }))
    expect(told(found(rules, after, knows({ f: 'v0' }), left))).toMatchObject([['typed', to, /cut off/]])
  })

  test.each(CASES)('%s is told where somebody typed there since', (_, rules, before) => {
    const { left, world: after } = cutOff(rules, before, knows({ f: 'v0' }))
    const again = edited(after, pageId(1), { values: { f: 'typed again' } })
    expect(told(found(rules, again, knows({ f: 'v0' }), left))).toMatchObject([
      ['typed', expect.any(String), /may have/],
    ])
  })

  test.each(CASES)('%s is told where the record is out of sight', (_, rules, before) => {
    const { left, world: after } = cutOff(rules, before, knows({ f: 'v0' }))
    const hidden = edited(after, pageId(1), { where: 'unreadable' })
    expect(told(found(rules, hidden, knows({ f: 'v0' }), left))).toMatchObject([
      ['typed', expect.any(String), /may have/],
    ])
  })

  test.each(CASES)('%s is not told where it stands still', (_, rules, before) => {
    const { left, world: after } = cutOff(rules, before, knows({ f: 'v0' }), () => false)
    expect(told(found(rules, after, knows({ f: 'v0' }), left))).toEqual([])
  })

  test('is told once, by a third run, where the second was cut off as well', () => {
    const rules = one({ owner: 'airtable' })
    const first = cutOff(rules, world({ f: 'typed' }, { f: 'v0' }), knows({ f: 'v0' }))
    const again = edited(first.world, pageId(1), { values: { f: 'typed again' } })
    const second = round(rules, edited(again, rowId(1), { values: { f: 'v1' } }), knows({ f: 'v0' }), {
      left: first.left,
    })
    expect(second.journal).not.toBe(null)
    const third = round(rules, second.world, knows({ f: 'v0' }), { left: second.journal })
    const { outcomes = [], events = [] } = third.recovered ?? {}
    const lines = recoveredEntries(outcomes, events).map(({ from }) => from)
    expect(lines.toSorted()).toEqual(['typed', 'typed again'])
    expect(third.memory).toEqual(second.memory)
  })
})

const DELETED = { page: 'archive', row: 'archive' } as const

describe('a record that was deleted', () => {
  const DELETING = settings([field('f'), field('g')], { whenDeleted: { page: 'delete', row: 'trash' } })
  const BASE = knows({ f: 'first', g: 'second' })
  const gone = (side: Side): World => {
    const both = world({ f: 'first', g: 'second' }, { f: 'first', g: 'second' })
    return edited(both, side === 'notion' ? pageId(1) : rowId(1), { where: side === 'notion' ? 'trashed' : 'deleted' })
  }

  test.each(['notion', 'airtable'] as const)(
    'since its twin in %s was: what it held is told, and the pair forgotten',
    side => {
      const { left, world: after } = cutOff(DELETING, gone(side), BASE)
      const next = round(DELETING, after, BASE, { left })
      expect(told(found(DELETING, after, BASE, left))).toMatchObject([['f: first; g: second', '', /cut off/]])
      expect(next.memory.pairs).toEqual([])
      expect(next.plan.events).toEqual([])
    },
  )

  test('or not, is deleted by the next run', () => {
    const { left, world: after } = cutOff(DELETING, gone('notion'), BASE, () => false)
    const next = round(DELETING, after, BASE, { left })
    expect(told(found(DELETING, after, BASE, left))).toEqual([])
    expect(next.plan.steps).toMatchObject([{ do: 'delete-row', lost: 'f: first; g: second' }])
  })

  test.each<Fate>(['out-of-scope', 'alive'])('or is %s after all: nothing is told', fate => {
    const { left, world: after } = cutOff(DELETING, gone('notion'), BASE, () => false)
    const hidden = edited(after, rowId(1), { where: fate })
    expect(told(found(DELETING, hidden, BASE, left))).toEqual([])
    expect(found(DELETING, hidden, BASE, left).known).toEqual(BASE)
  })

  test('or cannot be looked up: what it held is told, and nothing is concluded', () => {
    const { left, world: after } = cutOff(DELETING, gone('notion'), BASE)
    const unseen = edited(after, rowId(1), { where: 'not looked up' })
    expect(told(found(DELETING, unseen, BASE, left))).toMatchObject([['f: first; g: second', '', /not in sight/]])
    expect(found(DELETING, unseen, BASE, left).known).toEqual(BASE)
  })
})

describe('a journal', () => {
  const BASE = knows({ f: 'v0' })
  const cut = () => cutOff(one(), world({ f: 'v1' }, { f: 'v0' }), BASE)

  test('that is recorded has no effect', () => {
    const { left } = cut()
    expect(unrecorded(left, id => (id === left.id ? [] : null))).toBe(null)
    expect(unrecorded(left, () => null)).toEqual(left)
  })

  test('whose predecessor was recorded after all counts without it', () => {
    const first = cut()
    const again = edited(first.world, pageId(1), { values: { f: 'v2' } })
    const second = round(one(), again, BASE, { left: first.left })
    const journal = second.journal
    expect(journal?.steps).toHaveLength(2)
    expect(journal && unrecorded(journal, id => (id === first.left.id ? [] : null))?.steps).toEqual(
      journal?.steps.slice(1),
    )
  })

  test('that is recorded but for some steps, of which no answer came, counts for these, once', () => {
    const { left, killed } = cut()
    const open = openIn(left, killed.plan.steps)
    expect(open).toEqual([0])
    const rest = unrecorded(left, id => (id === left.id ? open : null))
    expect(rest?.steps).toEqual(left.steps)
    expect(unrecorded(left, id => (id === left.id ? open : id === rest?.id ? [] : null))).toBe(null)
    // A run that takes the rest in, and is cut off, has not recorded it by that.
    const next = round(one(), edited(killed.world, pageId(1), { values: { f: 'v2' } }), BASE, { left: rest })
    expect(next.journal && unrecorded(next.journal, id => (id === left.id ? open : null))).toEqual(next.journal)
  })

  test('of a field whose base has moved since moves it no more', () => {
    const { left } = cut()
    // Another run recorded v2, and somebody in Airtable went back to v1.
    const later = knows({ f: 'v2' })
    const now = world({ f: 'v2' }, { f: 'v1' })
    expect(found(one(), now, later, left).known).toEqual(later)
    expect(round(one(), now, later, { left }).world.pages[0]?.is.values.f).toBe('v1')
  })

  test('is not kept by a run that only creates or links, or does nothing', () => {
    const rules = settings([field('f')], { create: 'both' })
    const loose: World = { pages: [{ is: page(1, { f: 'a' }), where: 'here' }], rows: [] }
    expect(round(rules, loose, NOTHING_KNOWN).journal).toBe(null)
    const cut: World = {
      pages: [{ is: page(1, { f: 'a' }), where: 'here' }],
      rows: [{ is: row(1, { f: 'a' }, { pageId: null }), where: 'here' }],
    }
    const linking = round(rules, cut, knows({ f: 'a' }))
    expect(linking.plan.steps).toMatchObject([{ do: 'update-row', changes: [], relink: true }])
    expect(linking.journal).toBe(null)
    expect(round(rules, world({ f: 'a' }, { f: 'a' }), knows({ f: 'a' })).journal).toBe(null)
  })

  test('names options as they are called now', () => {
    const { left } = cut()
    const renames = {
      f: {
        notion: new Map([['v1', 'V1']]),
        airtable: new Map([
          ['v0', 'V0'],
          ['v1', 'V1'],
        ]),
      },
    }
    expect(followJournal(left, renames).steps).toMatchObject([
      { step: { changes: [{ from: 'V0', to: 'V1', source: 'V1' }] }, base: { f: { notion: 'v0', airtable: 'V0' } } },
    ])
  })

  test.each(['', '{}', '[1]', '{"version":2,"id":"a","tookIn":null,"steps":[],"events":[]}', 'half of a jour'])(
    'that reads %j is none',
    text => {
      expect(parseJournal(text)).toBe(null)
    },
  )
})

describe('laws', () => {
  const KEYS = ['f', 'g', 'Status']
  const VALUES: Value[] = [null, 'a', 'b', 'c', 'd']
  const cells = fc.record(Object.fromEntries(KEYS.map(key => [key, fc.constantFrom(...VALUES)])))
  const record = fc.record({ base: cells, notion: cells, airtable: cells, where: fc.integer({ min: 0, max: 9 }) })
  const rules = fc
    .record({
      owner: fc.constantFrom<Field['owner']>('both', 'both', 'notion', 'airtable'),
      conflict: fc.constantFrom<Policy>('ask', 'newest', 'notion', 'airtable'),
      page: fc.constantFrom<Settings['whenDeleted']['page']>('archive', 'delete', 'keep'),
      row: fc.constantFrom<Settings['whenDeleted']['row']>('archive', 'trash', 'keep'),
    })
    .map(({ owner, conflict, ...whenDeleted }) =>
      settings(
        KEYS.map(key => field(key, { owner, conflict })),
        { whenDeleted, archive: { notion: { Status: 'Archived' }, airtable: { Status: 'Archived' } } },
      ),
    )
  const situation = fc.record({ rules, records: fc.array(record, { minLength: 1, maxLength: 3 }) }).map(given => ({
    rules: given.rules,
    memory: { ...NOTHING_KNOWN, pairs: given.records.map(({ base }, index) => pair(index + 1, base)) },
    before: {
      pages: given.records.map(({ notion, where }, index) => ({
        is: page(index + 1, notion),
        where: where === 0 ? ('trashed' as const) : ('here' as const),
      })),
      rows: given.records.map(({ airtable, where }, index) => ({
        is: row(index + 1, airtable),
        where: where === 1 ? ('deleted' as const) : ('here' as const),
      })),
    },
  }))
  const SEED = { seed: 20261125, numRuns: tries(1000) }

  test('a journal of which nothing was done changes nothing and tells nothing', () => {
    fc.assert(
      fc.property(situation, ({ rules, memory, before }) => {
        const { journal } = round(rules, before, memory, { does: () => false, clock: 'notion' })
        if (journal === null) return
        const recovery = found(rules, before, memory, journal)
        expect(recovery.known).toEqual(memory)
        expect(told(recovery)).toEqual([])
      }),
      SEED,
    )
  })

  test('after all of it was done, the next run records what the one that was cut off would have', () => {
    fc.assert(
      fc.property(situation, ({ rules, memory, before }) => {
        const killed = round(rules, before, memory, { clock: 'notion' })
        const next = round(rules, killed.world, memory, { left: killed.journal, clock: 'notion' })
        expect(next.plan.steps).toEqual([])
        expect(next.memory).toEqual(killed.memory)
      }),
      SEED,
    )
  })

  test('after some of it was done, every step is told as done or planned again, and the end is the same', () => {
    fc.assert(
      fc.property(situation, fc.integer({ min: 0, max: 3 }), ({ rules, memory, before }, many) => {
        const whole = round(rules, before, memory, { clock: 'notion' })
        const killed = round(rules, before, memory, { does: index => index < many, clock: 'notion' })
        const next = round(rules, killed.world, memory, { left: killed.journal, clock: 'notion' })
        expect(next.world).toEqual(whole.world)
        expect(next.memory).toEqual(whole.memory)
      }),
      SEED,
    )
  })

  test('what a person types at the source of a write afterwards is never a conflict, and stands on both sides', () => {
    fc.assert(
      fc.property(situation, fc.boolean(), ({ rules, memory, before }, all) => {
        const killed = round(rules, before, memory, { does: () => all, clock: 'notion' })
        const updates = killed.plan.steps.filter(step => step.do === 'update-row' || step.do === 'update-page')
        for (const step of updates) {
          for (const { field: key, side, why } of step.changes) {
            // What an owner or a rule settles again is no edit that flows.
            if (why !== 'edited') continue
            const source = other(side) === 'notion' ? step.page : step.row
            const typed = edited(killed.world, source, { values: { [key]: 'typed since' } })
            const next = round(rules, typed, memory, { left: killed.journal, clock: 'unknown' })
            expect(next.memory.conflicts.filter(open => open.page === step.page && open.field === key)).toEqual([])
            const values = [...next.world.pages, ...next.world.rows]
              .filter(({ is }) => is.id === step.page || is.id === step.row)
              .map(({ is }) => is.values[key])
            expect(values).toEqual(['typed since', 'typed since'])
          }
        }
      }),
      SEED,
    )
  })

  test('a journal reads back as it was kept', () => {
    fc.assert(
      fc.property(situation, ({ rules, memory, before }) => {
        const { journal } = round(rules, before, memory, { clock: 'notion' })
        if (journal !== null)
          expect(parseJournal(formatJournal(journal))).toMatchObject(JSON.parse(formatJournal(journal)))
      }),
      SEED,
    )
  })

  test('a plan that takes a journal in is the same at each look', () => {
    fc.assert(
      fc.property(situation, ({ rules, memory, before }) => {
        const { journal, world: after } = round(rules, before, memory, { clock: 'notion' })
        if (journal === null) return
        const plan = () => planRound(rules, after, found(rules, after, memory, journal).known, { clock: 'notion' })
        expect(JSON.stringify(plan())).toBe(JSON.stringify(plan()))
      }),
      { ...SEED, numRuns: tries(100) },
    )
  })
})
