/** What most tests of the built action do. */
import { expect } from 'vitest'
import type { World } from '../../demo/world.ts'
import type { RunOptions, RunResult } from '../../emulators/runner.ts'

/** A run of the action that must go well. */
export async function run(world: World, options: Partial<RunOptions> = {}): Promise<RunResult> {
  const result = await world.run(options)
  expect(result.exitCode, result.log).toBe(0)
  return result
}
