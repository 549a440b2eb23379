/**
 * Crash safety by enumeration: each scenario is run once undisturbed, and then once for every point at which the process
 * can be killed. After each of them, undisturbed runs must come to the same end: nothing lost, nothing doubled.
 *
 * Of the calls that change nothing by themselves, a sample is enough: every sixth read is killed at one moment only, and
 * git objects, which count once a branch points at them, only after they took effect. All others are killed at all three.
 * Where two points leave the same behind, such as after a call and before the next one, what follows is seen once.
 */
import { describe, expect, it } from 'vitest'
import { MAPPINGS } from '../../demo/example.ts'
import type { World, WorldOptions } from '../../demo/world.ts'
import { isWrite, MOMENTS, type Moment, nameOf, runUntil, SERVICES, type Seen } from '../../fuzz/kill.ts'
import { leftBehind } from './left-behind.ts'
import { type Past, startAfter } from './past.ts'

const ASK = MAPPINGS.replace('conflict: newest', 'conflict: ask').replaceAll(/, +conflict: (airtable|notion)/g, '')
const BOTH = MAPPINGS.replace('create: airtable', 'create: both').replaceAll(/, +owner: airtable/g, '')

const FIELDS: Readonly<Record<string, string>> = {
  Name: 'Spec Name',
  Status: 'Status',
  Priority: 'Priority',
  Owner: 'Owner',
  'Target Quarter': 'Target Quarter',
  Sprint: 'Sprint',
  'Ship Date': 'Ship Date',
  Blockers: 'Blockers',
}

type Scenario = {
  options?: WorldOptions
  /** What went before the run that is killed. */
  before: Past
  /** What people do after that run, and before the next. */
  after?: (world: World) => void
  /** Fields in which page and row may differ in the end. */
  apart?: string[]
  /** What must be true in the end, in words of the scenario. */
  expected: (world: World) => void | Promise<void>
}

const changelog = async (world: World): Promise<string> =>
  (await world.github.file('state/product-specs/CHANGELOG.md')) ?? ''

const [FIRST, SECOND, THIRD] = ['Search redesign', 'Billing redesign', 'Onboarding redesign'] as const

async function clean(world: World): Promise<void> {
  const result = await world.run()
  expect(result.exitCode, result.log).toBe(0)
}

const SCENARIOS: Record<string, Scenario> = {
  'the first run': {
    before: async () => {},
    expected: world => {
      expect(world.airtable.records().map(({ fields }) => fields['Spec Name'])).toEqual([FIRST, SECOND, THIRD])
    },
  },
  'a run with edits on both sides and a new page': {
    options: { mappings: ASK },
    before: async world => {
      await clean(world)
      world.setClock('2026-11-20T10:00:00Z')
      world.notion.edit(world.page(FIRST), { Priority: 'P3', Sprint: 'not yours' })
      world.airtable.edit(world.row(FIRST), { Status: 'Shipped' })
      world.airtable.edit(world.row(SECOND), { Sprint: 'S14', 'Target Quarter': null })
      world.notion.edit(world.page(THIRD), { Priority: 'P0' })
      world.airtable.edit(world.row(THIRD), { 'Target Quarter': '2028 Q1' })
      world.notion.addPage(world.notion.dataSourceId, { Name: 'One more', Status: 'Planned' })
    },
    expected: async world => {
      expect(await changelog(world)).toContain('not yours')
      expect(world.airtable.value(world.row(FIRST), 'Priority')).toBe('P3')
      expect(world.notion.value(world.page(FIRST), 'Status')).toBe('Shipped')
      expect(world.notion.value(world.page(FIRST), 'Sprint')).toBe(null)
      expect(world.notion.value(world.page(SECOND), 'Sprint')).toBe('S14')
      expect(world.notion.value(world.page(SECOND), 'Target Quarter')).toBe(null)
      expect(world.airtable.value(world.row(THIRD), 'Priority')).toBe('P0')
      expect(world.notion.value(world.page(THIRD), 'Target Quarter')).toBe('2028 Q1')
      expect(world.airtable.value(world.row('One more'), 'Status')).toBe('Planned')
    },
  },
  'a run that finds a conflict': {
    options: { mappings: ASK },
    before: async world => {
      await clean(world)
      world.setClock('2026-11-20T10:00:00Z')
      world.notion.edit(world.page(FIRST), { Priority: 'P1' })
      world.airtable.edit(world.row(FIRST), { Priority: 'P2', Sprint: 'S14' })
    },
    apart: ['Priority'],
    expected: async world => {
      expect(world.notion.value(world.page(FIRST), 'Priority')).toBe('P1')
      expect(world.airtable.value(world.row(FIRST), 'Priority')).toBe('P2')
      expect(world.notion.value(world.page(FIRST), 'Sprint')).toBe('S14')
      expect(await world.github.issues('open')).toHaveLength(1)
    },
  },
  'a run that writes what a person ticked': {
    options: { mappings: ASK },
    before: async world => {
      await clean(world)
      world.setClock('2026-11-20T10:00:00Z')
      world.notion.edit(world.page(FIRST), { Priority: 'P1' })
      world.airtable.edit(world.row(FIRST), { Priority: 'P2' })
      world.notion.edit(world.page(SECOND), { Priority: 'P0' })
      world.airtable.edit(world.row(SECOND), { Priority: 'P3' })
      await clean(world)
      const [issue] = await world.github.issues('open')
      await world.github.tick(issue?.number ?? 0, 'Airtable', /Search/)
      await world.github.tick(issue?.number ?? 0, 'Notion', /Billing/)
    },
    expected: async world => {
      expect(world.notion.value(world.page(FIRST), 'Priority')).toBe('P2')
      expect(world.airtable.value(world.row(SECOND), 'Priority')).toBe('P0')
      expect(await world.github.issues('open')).toHaveLength(0)
    },
  },
  'a run that archives the row of a trashed page and makes a deleted row again': {
    before: async world => {
      await clean(world)
      world.setClock('2026-11-20T10:00:00Z')
      world.notion.edit(world.page(SECOND), { Priority: 'P3' })
      world.notion.trash(world.page(FIRST))
      world.airtable.remove(world.row(SECOND))
    },
    expected: world => {
      expect(world.airtable.value(world.row(FIRST), 'Status')).toBe('Archived')
      expect(world.airtable.value(world.row(SECOND), 'Priority')).toBe('P3')
    },
  },
  'a run that makes a row for a page and a page for a row': {
    options: { mappings: BOTH },
    before: async world => {
      await clean(world)
      world.setClock('2026-11-20T10:00:00Z')
      world.airtable.add({ 'Spec Name': 'From Airtable', Status: 'Planned', Sprint: 'S15', Priority: 'P2' })
      world.notion.addPage(world.notion.dataSourceId, { Name: 'From Notion', Status: 'Planned', Blockers: 'none yet' })
    },
    expected: world => {
      expect(world.notion.value(world.page('From Airtable'), 'Sprint')).toBe('S15')
      expect(world.airtable.value(world.row('From Notion'), 'Blockers')).toBe('none yet')
    },
  },
}

/** What was carried over is edited again, where it came from, before the next run. */
const editedAgain = (policy: string): Scenario => ({
  options: {
    mappings: MAPPINGS.replace('conflict: newest', `conflict: ${policy}`).replaceAll(
      /, +conflict: (airtable|notion)/g,
      '',
    ),
  },
  before: async world => {
    await clean(world)
    world.setClock('2026-11-20T10:00:00Z')
    world.notion.edit(world.page(FIRST), { Priority: 'P3' })
    world.airtable.edit(world.row(SECOND), { 'Target Quarter': '2028 Q1' })
  },
  after: world => {
    world.setClock('2026-11-20T10:10:00Z')
    world.notion.edit(world.page(FIRST), { Priority: 'P1' })
    world.airtable.edit(world.row(SECOND), { 'Target Quarter': '2028 Q2' })
  },
  expected: async world => {
    expect(world.airtable.value(world.row(FIRST), 'Priority')).toBe('P1')
    expect(world.notion.value(world.page(SECOND), 'Target Quarter')).toBe('2028 Q2')
    expect(await changelog(world)).not.toMatch(/conflict/)
    expect(await world.github.issues('all')).toEqual([])
  },
})
for (const policy of ['ask', 'notion', 'airtable'])
  SCENARIOS[`a run after which people edit again what it carried over, under the rule ${policy}`] = editedAgain(policy)

type Point = { readonly call: string; readonly nth: number; readonly moment: Moment }

/** Where the run is killed: see the head of this file. */
function pointsOf(calls: readonly Seen[]): Point[] {
  const seen = new Map<string, number>()
  let reads = 0
  return calls.flatMap((call): Point[] => {
    const name = nameOf(call)
    const nth = (seen.get(name) ?? 0) + 1
    seen.set(name, nth)
    if (!isWrite(call)) {
      reads += 1
      return reads % 6 === 1 ? [{ call: name, nth, moment: 'before' }] : []
    }
    const moments = /git\/(blobs|trees|commits)$/.test(name) ? (['unanswered'] as const) : MOMENTS
    return moments.map(moment => ({ call: name, nth, moment }))
  })
}

/** What people see in the end, without what a clock or an ID decides. */
function outcome(world: World): unknown {
  const pages = world.notion.pages(world.notion.dataSourceId).map(page => {
    const id = String(page.id)
    return Object.keys(FIELDS).map(name => [name, world.notion.value(id, name)])
  })
  const rows = world.airtable.records().map(({ id }) => {
    return Object.values(FIELDS).map(name => [name, world.airtable.value(id, name)])
  })
  const sorted = (records: unknown[]) => records.map(record => JSON.stringify(record)).sort()
  return { pages: sorted(pages), rows: sorted(rows) }
}

const text = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : String(value ?? ''))

/** One row for each page, one page for each row, and the same values in both. */
function expectTwins(world: World, apart: readonly string[]): void {
  const live = world.notion.pages(world.notion.dataSourceId).map(page => String(page.id))
  const named = world.airtable.records().map(({ fields }) => String(fields['Notion Page ID']))
  expect(new Set(named).size).toBe(named.length)
  expect(named).toEqual(expect.arrayContaining(live))
  for (const { id, fields } of world.airtable.records()) {
    const page = String(fields['Notion Page ID'])
    if (!live.includes(page)) continue
    for (const [name, field] of Object.entries(FIELDS)) {
      if (apart.includes(name)) continue
      expect(text(world.airtable.value(id, field)), `${name} of ${page}`).toBe(text(world.notion.value(page, name)))
    }
  }
}

/** The sum of what was written so far, to tell whether a run wrote anything. */
const writes = (world: World): number => SERVICES.flatMap(name => world[name].calls.filter(isWrite)).length

/** Runs until a run does nothing, which the third must be at the latest. */
async function settled(world: World, { apart = [], expected }: Scenario, kept: unknown): Promise<void> {
  for (let runs = 1; ; runs += 1) {
    const before = writes(world)
    const result = await world.run()
    expect(result.exitCode, result.log).toBe(0)
    if (writes(world) === before && result.outputs.changed === 'false') break
    expect(runs, result.log).toBeLessThan(3)
  }
  expect(outcome(world)).toEqual(kept)
  expectTwins(world, apart)
  await expected(world)
}

/** Does something in a world in which the scenario's past has happened. */
async function inWorld<T>(scenario: Scenario, act: (world: World) => Promise<T>): Promise<T> {
  const world = await startAfter(scenario.before, { specs: 3, ...scenario.options })
  try {
    return await act(world)
  } finally {
    await world.close()
  }
}

/** Does all of it, two at a time. */
async function byTwos<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const left = [...items]
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await act(item)
  }
  await Promise.all([worker(), worker()])
}

describe('killed at any of its calls, before it took effect, before its answer or after it, is made good by the next:', () => {
  it.each(Object.entries(SCENARIOS))('%s', async (_, scenario) => {
    const { calls, kept } = await inWorld(scenario, async world => {
      const made: Seen[] = []
      await runUntil(world, () => false, 'before', { seen: call => made.push(call) })
      if (scenario.after !== undefined) {
        scenario.after(world)
        await clean(world)
      }
      await scenario.expected(world)
      return { calls: made, kept: outcome(world) }
    })
    const points = pointsOf(calls)
    expect(points.length).toBeGreaterThan(10)

    const followed = new Map<string, Promise<void>>()
    await byTwos(points, point =>
      inWorld(scenario, async world => {
        let met = 0
        const fits = (call: Seen): boolean => nameOf(call) === point.call && ++met === point.nth
        const killed = await runUntil(world, fits, point.moment)
        try {
          expect(killed.signal).toBe('SIGKILL')
          const left = await leftBehind(world)
          scenario.after?.(world)
          const follow = followed.get(left) ?? settled(world, scenario, kept)
          followed.set(left, follow)
          await follow
        } catch (error) {
          throw new Error(`killed ${point.moment}: ${point.call}, number ${point.nth}`, { cause: error })
        }
      }),
    )
    // Otherwise a text that tells too much would make the points many again, and nobody would see it.
    expect(followed.size).toBeLessThan(points.length)
  })
})
