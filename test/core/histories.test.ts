/**
 * Whole histories: people edit, trash, restore, delete and copy on both sides, runs come in between, break off, or lose
 * their state commit. At the end everything comes to rest, both sides agree, and nothing that somebody typed is gone.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Remembered } from '../../src/core/base.ts'
import type { Page, Row, Side } from '../../src/core/model.ts'
import { cellId, type Settings } from '../../src/core/planning.ts'
import type { Journal } from '../../src/core/recover.ts'
import type { Value } from '../../src/core/shape.ts'
import { entriesOf, recoveredEntries } from '../../src/report/entries.ts'
import { edited, NOTHING_KNOWN, type Placed, round, type Whereabouts, type World } from './small-world.ts'
import { field, page, row, settings } from './words.ts'

type Move =
  | { readonly do: 'type'; readonly side: Side; readonly at: number; readonly key: string; readonly empty: boolean }
  | { readonly do: 'put'; readonly side: Side; readonly at: number; readonly where: Whereabouts }
  | {
      readonly do: 'new page' | 'new row' | 'copy a row' | 'empty a page ID cell' | 'delete a row'
      readonly at: number
    }
  /** `steps`: how many of its steps took effect; `lost`: its state commit was lost. */
  | { readonly do: 'run'; readonly steps: number; readonly lost: boolean }
  | { readonly do: 'tick'; readonly side: Side }

const KEYS = ['f', 'g', 'Status']
const side = fc.constantFrom<Side>('notion', 'airtable')
const at = fc.nat(3)
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('type' as const),
      side,
      at,
      key: fc.constantFrom(...KEYS),
      empty: fc.integer({ min: 0, max: 5 }).map(n => n === 0),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      side,
      at,
      where: fc.constantFrom<Whereabouts>('here', 'here', 'trashed', 'out-of-scope', 'not looked up'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('new page', 'new row', 'copy a row', 'empty a page ID cell', 'delete a row'),
      at,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      steps: fc.constantFrom(99, 99, 99, 0, 1, 2),
      lost: fc.integer({ min: 0, max: 4 }).map(n => n === 0),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('tick' as const), side }) },
)

type Typed = { readonly id: string; readonly key: string; readonly value: Value }
type Past = {
  readonly rules: Settings
  world: World
  memory: Remembered
  /** What a run kept whose state commit was lost. */
  journal: Journal | null
  picks: ReadonlyMap<string, Side>
  /** What people typed and nobody typed over on the same side. */
  typed: Typed[]
  /** What git keeps: the old values of the changelog, and the values of every state that was committed. */
  readonly git: Set<string>
}

const ARCHIVE = { notion: { Status: 'Archived' }, airtable: { Status: 'Archived' } }
const ASKING = settings(
  KEYS.map(key => field(key)),
  { archive: ARCHIVE },
)
const RULES: Readonly<Record<string, Settings>> = {
  'asking a person, archiving': ASKING,
  'one owner each, deleting, creating on both sides': settings(
    [field('f', { owner: 'notion' }), field('g', { owner: 'airtable' }), field('Status', { conflict: 'notion' })],
    { create: 'both', whenDeleted: { page: 'delete', row: 'trash' }, archive: ARCHIVE },
  ),
  'the newest wins where it is known, keeping, creating nothing': settings(
    KEYS.map(key => field(key, { conflict: 'newest' })),
    { create: 'none', whenDeleted: { page: 'keep', row: 'archive' }, archive: ARCHIVE },
  ),
}

const begin = (rules: Settings): Past => {
  const values = { f: 'first', g: 'second', Status: 'third' }
  const world: World = {
    pages: [1, 2].map(n => ({ is: page(n, values), where: 'here' })),
    rows: [1, 2].map(n => ({ is: row(n, values), where: 'here' })),
  }
  const { memory } = round(rules, world, NOTHING_KNOWN)
  return { rules, world, memory, journal: null, picks: new Map(), typed: [], git: new Set() }
}

function play(past: Past, next: Move, time: number): void {
  const { world } = past
  const records = { notion: world.pages, airtable: world.rows }
  const chosen = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)]
  switch (next.do) {
    case 'type': {
      const record = chosen<Placed<Page | Row>>(records[next.side], next.at)
      if (record?.where !== 'here') return
      const value = next.empty ? null : `typed ${time}.`
      past.typed = past.typed.filter(({ id, key }) => id !== record.is.id || key !== next.key)
      if (value !== null) past.typed.push({ id: record.is.id, key: next.key, value })
      past.world = edited(world, record.is.id, { values: { [next.key]: value } })
      return
    }
    case 'put': {
      const record = chosen<Placed<Page | Row>>(records[next.side], next.at)
      if (record === undefined || record.where === 'deleted' || (next.side === 'airtable' && next.where === 'trashed'))
        return
      past.world = edited(world, record.is.id, { where: next.where })
      return
    }
    case 'new page':
      past.world = { ...world, pages: [...world.pages, { is: page(10 + time, { f: `made ${time}` }), where: 'here' }] }
      return
    case 'new row': {
      const is = row(0, { g: `made ${time}` }, { id: `recHand${time}`, pageId: null })
      past.world = { ...world, rows: [...world.rows, { is, where: 'here' }] }
      return
    }
    case 'copy a row': {
      const record = chosen(world.rows, next.at)
      if (record?.where !== 'here') return
      const is = {
        ...record.is,
        id: `recCopy${time}`,
        created: `2026-04-01T00:00:${String(time).padStart(2, '0')}.000Z`,
      }
      past.world = { ...world, rows: [...world.rows, { is, where: 'here' }] }
      return
    }
    case 'empty a page ID cell': {
      const record = chosen(world.rows, next.at)
      // A row that the state does not know is a record of its own from then on.
      if (record === undefined || !past.memory.pairs.some(known => known.row === record.is.id)) return
      const rows = world.rows.map(other => (other === record ? { ...other, is: { ...other.is, pageId: null } } : other))
      past.world = { ...world, rows }
      return
    }
    case 'delete a row': {
      const record = chosen(world.rows, next.at)
      if (record?.where !== 'here') return
      // What was typed into a row that is deleted by hand goes with it.
      past.typed = past.typed.filter(({ id }) => id !== record.is.id)
      past.world = edited(world, record.is.id, { where: 'deleted' })
      return
    }
    case 'tick':
      past.picks = new Map(past.memory.conflicts.map(conflict => [cellId(conflict), next.side]))
      return
    case 'run':
      run(past, next.steps, next.lost)
  }
}

function run(past: Past, steps = 99, lost = false): number {
  const { rules, world, memory, journal, picks } = past
  const done = round(rules, world, memory, { picks, left: journal, does: index => index < steps })
  past.world = done.world
  if (lost) {
    past.journal = done.journal ?? journal
    return done.plan.steps.length
  }
  past.memory = done.memory
  past.journal = null
  past.picks = new Map()
  const { outcomes = [], events = [] } = done.recovered ?? {}
  for (const entry of [...recoveredEntries(outcomes, events), ...entriesOf(done.outcomes, done.plan.events)])
    past.git.add(entry.from).add(entry.to)
  for (const { base } of past.memory.pairs) for (const { notion } of Object.values(base)) past.git.add(String(notion))
  return done.plan.steps.length
}

/** All values that stand anywhere, but for rows that are gone for good. */
const standing = ({ pages, rows }: World): Set<Value | undefined> =>
  new Set([...pages, ...rows].flatMap(({ is, where }) => (where === 'deleted' ? [] : KEYS.map(key => is.values[key]))))

const isKept = ({ git }: Past, value: Value): boolean => [...git].some(text => text.includes(String(value)))

const history = fc.array(move, { minLength: 3, maxLength: 14 })
const SEED = { seed: 20260301, numRuns: 300 }

function lived(rules: Settings, moves: readonly Move[]): Past {
  const past = begin(rules)
  for (const [time, next] of moves.entries()) play(past, next, time)
  return past
}

/** The past, and four runs that nobody disturbs. */
function rested(rules: Settings, moves: readonly Move[]): Past {
  const past = lived(rules, moves)
  for (let n = 0; n < 4; n += 1) run(past)
  return past
}

describe.each(Object.entries(RULES))('%s', (_, rules) => {
  test('a few quiet runs bring everything to rest', () => {
    fc.assert(
      fc.property(history, moves => {
        const past = rested(rules, moves)
        const again = round(rules, past.world, past.memory)
        expect(again.plan.steps).toEqual([])
        expect(again.plan.events).toEqual([])
        expect(again.memory).toEqual(past.memory)
      }),
      SEED,
    )
  })

  test('both sides of a pair then agree in every field that is not in conflict', () => {
    fc.assert(
      fc.property(history, moves => {
        const { world, memory } = rested(rules, moves)
        for (const known of memory.pairs) {
          const notion = world.pages.find(({ is, where }) => is.id === known.page && where === 'here')?.is
          const airtable = world.rows.find(({ is, where }) => is.id === known.row && where === 'here')?.is
          if (notion === undefined || airtable === undefined) continue
          for (const key of KEYS) {
            const open = memory.conflicts.some(conflict => conflict.page === known.page && conflict.field === key)
            if (!open) expect([key, airtable.values[key] ?? null]).toEqual([key, notion.values[key] ?? null])
          }
        }
      }),
      SEED,
    )
  })

  test('a page has one row and a row one page', () => {
    fc.assert(
      fc.property(history, moves => {
        const { world, memory } = rested(rules, moves)
        const ids = memory.pairs.flatMap(known => [known.page, known.row])
        expect(new Set(ids).size).toBe(ids.length)
        // Rows that the sync made itself: one for a page at most.
        const made = world.rows.filter(({ is, where }) => where === 'here' && is.id.startsWith('recNew'))
        expect(new Set(made.map(({ is }) => is.pageId)).size).toBe(made.length)
      }),
      SEED,
    )
  })

  test('what somebody typed stands somewhere, or in git', () => {
    fc.assert(
      fc.property(history, moves => {
        const past = rested(rules, moves)
        const there = standing(past.world)
        expect(past.typed.filter(({ value }) => !there.has(value) && !isKept(past, value))).toEqual([])
      }),
      // What only a lost commit can lose is rare among histories.
      { ...SEED, numRuns: 2500 },
    )
  })
})
