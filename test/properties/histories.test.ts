/**
 * A small, fixed share of what `npm run fuzz` plays: histories of people and runs on the emulated services, checked
 * against the model in fuzz/model.ts. What a longer run of it finds gets a name here.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PAGE_ID } from '../../fuzz/example.ts'
import { type Edit, history, type Run, type Step } from '../../fuzz/history.ts'
import { newTally, play } from '../../fuzz/play.ts'
import { type How, type Ran, runHere } from '../../fuzz/run.ts'
import type { World } from '../../fuzz/world.ts'

const RUN: Run = { do: 'run', order: 0, latencyMs: 20, skewMs: 0, force: false, troubles: [], meanwhile: [] }
const run = (more: Partial<Run> = {}): Run => ({ ...RUN, ...more })

const type = (side: 'notion' | 'airtable', key: 'Sprint' | 'Blockers' | 'Status', n: number, way = 0): Edit => ({
  do: 'type',
  side,
  at: 0,
  key,
  way,
  n,
})

async function expectKept(steps: readonly Step[], rules: number): Promise<void> {
  const outcome = await play({ rules, steps }, newTally())
  expect(outcome?.broken, outcome?.log).toBeUndefined()
}

it.each([1, 2, 3, 4])('no promise is broken in any history of seed %i', async seed => {
  for (const { rules, steps } of fc.sample(history, { seed, numRuns: 10 })) await expectKept(steps, rules)
})

describe('found by longer runs:', () => {
  it('a page ID that went along with a refused value is written all the same', () =>
    expectKept([{ do: 'empty page ID', at: 0 }, type('notion', 'Sprint', 11, 3), run()], 1))

  it('a page that is trashed while its new value is under way takes it once it is back', () =>
    expectKept(
      [
        type('airtable', 'Sprint', 11),
        run({ meanwhile: [{ at: 12, edit: { do: 'trash page', at: 0 } }] }),
        { do: 'restore page', at: 0 },
        run(),
      ],
      1,
    ))
})

describe('a run that breaks a promise is noticed:', () => {
  /** The real run, and then something that no run may do. */
  const then =
    (harm: (world: World) => void) =>
    async (world: World, how: How): Promise<Ran> => {
      const ran = await runHere(world, how)
      if (how.latencyMs === 300) harm(world)
      return ran
    }
  const first = (world: World): string => world.airtable.records()[0]?.id ?? ''

  it.each<[string, RegExp, (world: World) => void]>([
    ['a cell is written over', /^merge: Sprint/, world => world.airtable.edit(first(world), { Sprint: 'stale' })],
    ['a cell is emptied', /^merge: Tags/, world => world.airtable.edit(first(world), { Tags: null })],
    ['a row is deleted', /^absence: /, world => world.airtable.remove(first(world))],
    [
      'a page is trashed',
      /^absence: /,
      world => world.notion.trash(String(world.airtable.value(first(world), PAGE_ID))),
    ],
    ['a row is made twice', /^made: /, world => void world.airtable.duplicate(first(world))],
    ['a row loses its page', /^made: /, world => world.airtable.edit(first(world), { [PAGE_ID]: null })],
  ])('%s', async (_, promise, harm) => {
    const outcome = await play({ rules: 1, steps: [run({ latencyMs: 300 })] }, newTally(), { run: then(harm) })
    expect(outcome?.broken).toMatch(promise)
  })
})
