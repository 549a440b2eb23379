/**
 * Whole histories: people edit, trash, restore, delete and copy on both sides, runs come in between, break off, or lose
 * their state commit. At the end everything comes to rest, both sides agree, and nothing that somebody typed is gone.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Remembered } from '../../src/core/base.ts'
import type { Side, Value } from '../../src/core/model.ts'
import { conflictId, type Settings } from '../../src/core/planning.ts'
import { edited, NOTHING_KNOWN, round, type Whereabouts, type World } from './small-world.ts'
import { field, page, row, settings } from './words.ts'

type Move =
  | { readonly do: 'type'; readonly side: Side; readonly at: number; readonly key: string; readonly empty: boolean }
  | { readonly do: 'put'; readonly side: Side; readonly at: number; readonly where: Whereabouts }
  | { readonly do: 'new page' | 'copy a row' | 'empty a page ID cell' | 'delete a row'; readonly at: number }
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
      do: fc.constantFrom('new page', 'copy a row', 'empty a page ID cell', 'delete a row'),
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
  world: World
  memory: Remembered
  picks: ReadonlyMap<string, Side>
  /** What people typed and nobody typed over; what the changelog has kept. */
  typed: Typed[]
  readonly log: Set<Value>
}

const RULES: Settings = settings(
  KEYS.map(key => field(key)),
  {
    archive: { notion: { Status: 'Archived' }, airtable: { Status: 'Archived' } },
  },
)

const begin = (): Past => {
  const values = { f: 'first', g: 'second', Status: 'third' }
  const world: World = {
    pages: [1, 2].map(n => ({ is: page(n, values), where: 'here' })),
    rows: [1, 2].map(n => ({ is: row(n, values), where: 'here' })),
  }
  return { world, memory: round(RULES, world, NOTHING_KNOWN).memory, picks: new Map(), typed: [], log: new Set() }
}

function play(past: Past, next: Move, time: number): void {
  const { world } = past
  const records = { notion: world.pages, airtable: world.rows }
  const chosen = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)]
  switch (next.do) {
    case 'type': {
      const record = chosen(records[next.side], next.at)
      if (record?.where !== 'here') return
      const value = next.empty ? null : `typed ${time}`
      past.typed = past.typed.filter(({ id, key }) => id !== record.is.id || key !== next.key)
      if (value !== null) past.typed.push({ id: record.is.id, key: next.key, value })
      past.world = edited(world, record.is.id, { values: { [next.key]: value } })
      return
    }
    case 'put': {
      const record = chosen(records[next.side], next.at)
      if (record === undefined || record.where === 'deleted' || (next.side === 'airtable' && next.where === 'trashed'))
        return
      past.world = edited(world, record.is.id, { where: next.where })
      return
    }
    case 'new page':
      past.world = { ...world, pages: [...world.pages, { is: page(10 + time, { f: `made ${time}` }), where: 'here' }] }
      return
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
      past.picks = new Map(past.memory.conflicts.map(conflict => [conflictId(conflict), next.side]))
      return
    case 'run':
      run(past, next.steps, next.lost)
  }
}

function run(past: Past, steps = 99, lost = false): number {
  const { world, memory, picks } = past
  const done = round(RULES, world, memory, { picks, does: index => index < steps })
  past.world = done.world
  if (lost) return done.plan.steps.length
  past.memory = done.memory
  past.picks = new Map()
  for (const outcome of done.outcomes) {
    if (outcome.result !== 'done' || !('changes' in outcome.step)) continue
    for (const change of outcome.step.changes) past.log.add(change.from)
  }
  return done.plan.steps.length
}

/** All values that stand anywhere, but for rows that are gone for good. */
const standing = ({ pages, rows }: World): Set<Value | undefined> =>
  new Set([...pages, ...rows].flatMap(({ is, where }) => (where === 'deleted' ? [] : KEYS.map(key => is.values[key]))))

const history = fc.array(move, { minLength: 3, maxLength: 14 })
const SEED = { seed: 20260301, numRuns: 400 }

function lived(moves: readonly Move[]): Past {
  const past = begin()
  for (const [time, next] of moves.entries()) play(past, next, time)
  return past
}

test('after any history, a few quiet runs bring everything to rest', () => {
  fc.assert(
    fc.property(history, moves => {
      const past = lived(moves)
      const counts = [run(past), run(past), run(past), run(past)]
      expect(counts.at(-1)).toBe(0)
      const again = round(RULES, past.world, past.memory)
      expect(again.plan.events).toEqual([])
      expect(again.memory).toEqual(past.memory)
    }),
    SEED,
  )
})

test('after any history, both sides of an awake pair agree in every field that is not in conflict', () => {
  fc.assert(
    fc.property(history, moves => {
      const past = lived(moves)
      for (let n = 0; n < 4; n += 1) run(past)
      for (const known of past.memory.pairs) {
        const notion = past.world.pages.find(({ is, where }) => is.id === known.page && where === 'here')?.is
        const airtable = past.world.rows.find(({ is, where }) => is.id === known.row && where === 'here')?.is
        if (notion === undefined || airtable === undefined) continue
        for (const key of KEYS) {
          const open = past.memory.conflicts.some(conflict => conflict.page === known.page && conflict.field === key)
          if (!open) expect([key, airtable.values[key] ?? null]).toEqual([key, notion.values[key] ?? null])
        }
      }
    }),
    SEED,
  )
})

test('after any history, a page has one row and a row one page', () => {
  fc.assert(
    fc.property(history, moves => {
      const past = lived(moves)
      for (let n = 0; n < 4; n += 1) run(past)
      const ids = past.memory.pairs.flatMap(known => [known.page, known.row])
      expect(new Set(ids).size).toBe(ids.length)
      // Rows that the sync made itself: one for a page at most.
      const made = past.world.rows.filter(({ is, where }) => where === 'here' && is.id.startsWith('recNew'))
      expect(new Set(made.map(({ is }) => is.pageId)).size).toBe(made.length)
    }),
    SEED,
  )
})

test('after any history, what somebody typed stands somewhere, or in the log as the old value', () => {
  fc.assert(
    fc.property(history, moves => {
      // A run whose commit was lost has written no log.
      const past = lived(moves.map(next => (next.do === 'run' ? { ...next, lost: false } : next)))
      for (let n = 0; n < 4; n += 1) run(past)
      const there = standing(past.world)
      expect(past.typed.filter(({ value }) => !there.has(value) && !past.log.has(value))).toEqual([])
    }),
    SEED,
  )
})

test('after a history without ticks, not even a lost state commit loses what somebody typed', () => {
  fc.assert(
    fc.property(history, moves => {
      const past = lived(moves.filter(next => next.do !== 'tick'))
      for (let n = 0; n < 4; n += 1) run(past)
      const there = standing(past.world)
      // What archiving wrote over is told by the log, which is lost with the commit.
      const lost = past.typed.filter(({ key, value }) => key !== 'Status' && !there.has(value) && !past.log.has(value))
      expect(lost).toEqual([])
    }),
    SEED,
  )
})
