/** The example synced in this process: the real SDKs against the emulators, and the state in a folder. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { MAPPINGS } from '../demo/example.ts'
import { startWorld, type World, type WorldOptions } from '../demo/world.ts'
import { createAirtableClient } from '../src/airtable/client.ts'
import { listTables } from '../src/airtable/table.ts'
import { loadMappings } from '../src/config/load.ts'
import type { Deps } from '../src/deps.ts'
import { createNotionClient } from '../src/notion/client.ts'
import { createPace, type Limits } from '../src/pace.ts'
import { inOrder, type Outcome } from '../src/session.ts'
import { localStore } from '../src/state/local.ts'

const FREE: Limits = { count: 1000, intervalMs: 0, concurrency: 3 }

export type Here = {
  /** Where `state/` lies. */
  readonly folder: string
  readonly world: World
  readonly file: (name: string) => Promise<string>
  readonly run: (options?: {
    stop?: AbortController
    notion?: Limits
    now?: () => number
    restore?: Deps['restore']
  }) => Promise<Outcome>
}

export async function startHere(options: WorldOptions = {}): Promise<Here> {
  const mappings = options.mappings ?? MAPPINGS
  const [world, folder] = await Promise.all([startWorld(options), mkdtemp(join(tmpdir(), 'here-'))])
  onTestFinished(async () => {
    await Promise.all([world.close(), rm(folder, { recursive: true, force: true })])
  })
  const loaded = loadMappings(mappings, 'mappings.yaml', {
    NOTION_DATABASE_ID: world.notion.databaseId,
    AIRTABLE_BASE_ID: world.airtable.baseId,
  })
  const quiet = () => {}
  return {
    folder,
    world,
    file: name => readFile(join(folder, 'state/product-specs', name), 'utf8'),
    run: async ({ stop = new AbortController(), notion: limits = FREE, now = Date.now, restore = null } = {}) => {
      const stops = { now: stop.signal, grace: new AbortController().signal }
      const paces = [createPace(limits, stops, quiet), createPace(FREE, stops, quiet)] as const
      const notion = createNotionClient('ntn_example', world.notion.url, paces[0])
      const airtable = createAirtableClient('pat_example', world.airtable.url, paces[1])
      const pool = {
        forSync: () => ({ notion, airtable, tables: () => listTables(airtable, world.airtable.baseId) }),
        calls: () => ({ notion: notion.calls(), airtable: airtable.calls() }),
        close: quiet,
      }
      const [outcome] = await inOrder(loaded, [], pool, (_, services) => ({
        services,
        openStore: async () => localStore(folder),
        stateDir: 'state',
        issue: null,
        repository: 'local',
        runUrl: null,
        url: () => null,
        mayRecord: Promise.resolve(),
        planOnly: false,
        restore,
        force: restore !== null,
        inShell: false,
        now,
        stop: stop.signal,
        log: { line: quiet, warn: quiet, group: quiet, endGroup: quiet },
      }))
      for (const pace of paces) pace.close()
      if (outcome === undefined) throw new Error('the example has a sync')
      return outcome
    },
  }
}
