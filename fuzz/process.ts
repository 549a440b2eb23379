/**
 * One run of the built action in a process of its own, as GitHub would start it, so that it is killed and cancelled for
 * real. Its calls reach the services as they come.
 */
import { type RunOptions, runAction } from '../emulators/runner.ts'
import { type End, runUntil } from './kill.ts'
import type { How, Ran } from './run.ts'
import type { World } from './world.ts'

export async function runProcess(world: World, how: How): Promise<Ran> {
  const { notion, airtable, github } = world
  let end: End = 'before'
  const { signal, exitCode, outputs, log } = await runUntil(
    { notion, airtable, github, run: options => runAction({ github, ...options }) },
    async call => {
      const verdict = await how.at(call)
      const on = new RegExp(`^${call.method} ${call.path.replace(/[^\w/]/g, '\\$&')}$`)
      if (verdict.effect !== undefined) world[call.service].inject({ on, effect: verdict.effect })
      end = verdict.end ?? end
      return verdict.end !== undefined
    },
    () => end,
    optionsOf(world, how),
  )
  const ended = signal !== null ? 'killed' : exitCode === 0 ? 'well' : 'failed'
  const count = (name: string): number => Number(outputs[name] ?? 0)
  return {
    ended,
    cancelled: log.includes('The run was cancelled'),
    changed: outputs.changed === 'true',
    counts:
      ended === 'well' ? { created: count('created'), deleted: count('deleted'), conflicts: count('conflicts') } : null,
    error: ended === 'failed' ? `exit code ${exitCode}` : null,
    log,
  }
}

const optionsOf = (world: World, how: How): Omit<RunOptions, 'github'> => ({
  clock: world.now() + how.skewMs,
  inputs: { 'notion-token': 'ntn_example', 'airtable-token': 'pat_example', force: String(how.force) },
  env: {
    NOTION_BASE_URL: world.notion.url,
    AIRTABLE_ENDPOINT_URL: world.airtable.url,
    NOTION_DATABASE_ID: world.notion.databaseId,
    AIRTABLE_BASE_ID: world.airtable.baseId,
  },
})
