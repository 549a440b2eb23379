/** What the fuzzer (`npm run fuzz`) found, as situations with names. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MAPPINGS } from '../../demo/example.ts'
import type { World, WorldOptions } from '../../demo/world.ts'
import { runUntil } from '../../fuzz/kill.ts'
import { startSynced } from './past.ts'

const FIRST = 'Search redesign'

/** A world of three specs that are paired. */
async function paired(options: WorldOptions = {}): Promise<World> {
  const world = await startSynced({ specs: 3, ...options })
  onTestFinished(() => world.close())
  world.setClock('2026-11-20T10:00:00Z')
  return world
}

async function clean(world: World): Promise<void> {
  const result = await world.run()
  expect(result.exitCode, result.log).toBe(0)
}

describe('a value that is overruled by a run that is killed before its commit stands in git after the next, and in the log of that run', () => {
  const changelog = (world: World) => world.github.file('state/product-specs/CHANGELOG.md')

  it('where its side does not own the field', async () => {
    const world = await paired()
    world.notion.edit(world.page(FIRST), { Sprint: 'typed by Ada' })
    const killed = await runUntil(
      world,
      call => call.method === 'PATCH' && call.path.startsWith('/v1/pages'),
      'answered',
    )
    expect(killed.signal).toBe('SIGKILL')
    expect(killed.log).toContain('Replaces: Search redesign, Sprint in Notion: typed by Ada')
    await clean(world)
    expect(await changelog(world)).toContain('typed by Ada')
  })

  it('where it lost a conflict', async () => {
    const world = await paired({
      mappings: MAPPINGS.replace(/(airtable: Blockers, +)owner: airtable/, '$1conflict: notion'),
    })
    world.notion.edit(world.page(FIRST), { Blockers: 'typed by Ada' })
    world.airtable.edit(world.row(FIRST), { Blockers: 'typed by Olga' })
    const killed = await runUntil(world, call => call.method === 'PATCH' && call.path.startsWith('/v0/'), 'answered')
    expect(killed.signal).toBe('SIGKILL')
    expect(killed.log).toContain('Replaces: Search redesign, Blockers in Airtable: typed by Olga')
    await clean(world)
    expect(await changelog(world)).toContain('typed by Olga')
  })
})

describe('a record that is to be deleted, but was edited since it was read more than a few seconds ago, is left', () => {
  const DELETING = MAPPINGS.replace('page: archive', 'page: delete').replace('row: restore', 'row: trash')

  /** Types once, after the plan was made, and holds the run up before its first write. */
  function typeBeforeWrites(world: World, type: () => void): () => boolean {
    let typed = false
    world.github.onCall(async call => {
      if (typed || !/git\/trees$/.test(call.path)) return
      typed = true
      type()
      await sleep(5_200)
    })
    return () => typed
  }

  it('a row', async () => {
    const world = await paired({ mappings: DELETING })
    const row = world.row(FIRST)
    world.notion.trash(world.page(FIRST))
    const typed = typeBeforeWrites(world, () => world.airtable.edit(row, { Sprint: 'typed by Olga' }))
    await clean(world)
    expect(typed()).toBe(true)
    expect(world.airtable.records().map(({ id }) => id)).toContain(row)
    expect(world.airtable.value(row, 'Sprint')).toBe('typed by Olga')
  })

  it('a page', async () => {
    const world = await paired({ mappings: DELETING })
    const page = world.page(FIRST)
    world.airtable.remove(world.row(FIRST))
    const typed = typeBeforeWrites(world, () => world.notion.edit(page, { Priority: 'P3' }))
    await clean(world)
    expect(typed()).toBe(true)
    expect(world.notion.page(page).in_trash).toBe(false)
  })
})
