/**
 * Worlds with a past. To let it happen costs a run of the action or two, and most tests of a file need the same one, so
 * it happens once for each set of options; every test then gets a world of its own that begins where that one ended.
 * Logs of calls begin empty there.
 */
import { expect } from 'vitest'
import { startWorld, type World, type WorldOptions, type WorldSnapshot } from '../../demo/world.ts'

/** What happens in a world before a test begins. The function is the name of the past: give the same one again. */
export type Past = (world: World) => Promise<void>

const snapshots = new Map<Past, Map<string, Promise<WorldSnapshot>>>()

/** Starts a world in which `past` has happened. */
export async function startAfter(past: Past, options: WorldOptions): Promise<World> {
  const known = snapshots.get(past) ?? new Map<string, Promise<WorldSnapshot>>()
  snapshots.set(past, known)
  const key = JSON.stringify(options)
  const snapshot = known.get(key) ?? happen(past, options)
  known.set(key, snapshot)
  return startWorld({ ...options, from: await snapshot })
}

/** Starts a world after its first run, which has gone well. */
export const startSynced = (options: WorldOptions): Promise<World> => startAfter(firstRun, options)

async function firstRun(world: World): Promise<void> {
  const { exitCode, log } = await world.run()
  expect(exitCode, log).toBe(0)
}

async function happen(past: Past, options: WorldOptions): Promise<WorldSnapshot> {
  const world = await startWorld(options)
  try {
    await past(world)
    return await world.snapshot()
  } finally {
    await world.close()
  }
}
