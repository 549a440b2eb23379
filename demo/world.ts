/**
 * The example with everything around it: the three emulators on one clock, and the bundled action as GitHub would
 * start it. The demo, the bench and the tests of the built bundle all stand on this.
 */
import {
  type AirtableEmulator,
  type AirtableSeed,
  type AirtableSnapshot,
  startAirtable,
} from '../emulators/airtable/index.ts'
import { type GitHubEmulator, type GitHubSeed, type GitHubSnapshot, startGitHub } from '../emulators/github.ts'
import { type NotionEmulator, type NotionSeed, startNotion } from '../emulators/notion/index.ts'
import { type RunOptions, type RunResult, runAction } from '../emulators/runner.ts'
import { exampleAirtable, exampleNotion, MAPPINGS } from './example.ts'

export type WorldOptions = {
  specs?: number
  /** Replaces the example's seeds. */
  notion?: NotionSeed
  airtable?: AirtableSeed
  github?: GitHubSeed
  mappings?: string
  latencyMs?: number
  /** What the clock of all three services and of the action shows at the start. */
  start?: string
}

/** A world at one moment: what the three services hold, and what the clock shows. Their settings are not part of it. */
export type WorldSnapshot = {
  notion: ReturnType<NotionEmulator['snapshot']>
  airtable: AirtableSnapshot
  github: GitHubSnapshot
  at: number
}

export type World = {
  notion: NotionEmulator
  airtable: AirtableEmulator
  github: GitHubEmulator
  /** Sets the clock of the services and of the next run; it moves on in real speed. */
  setClock(iso: string): void
  now(): number
  /** The id of the live page with this title, and of the row with this name. */
  page(title: string): string
  row(title: string): string
  /** Runs the action; what is left out is the example's. */
  run(options?: Partial<RunOptions>): Promise<RunResult>
  /** The state as it stands in the repository. */
  state(sync?: string): Promise<Record<string, unknown>>
  snapshot(): Promise<WorldSnapshot>
  close(): Promise<void>
}

const ROW = { requestsPerSecond: Number.POSITIVE_INFINITY, penaltyMs: 1000 }

/**
 * Starts the world. Rate limits are off unless `limits` is set, so that tests are not slowed by them. With `from` it goes
 * on where a world that was started with the same options stood.
 */
export async function startWorld(
  options: WorldOptions & { limits?: boolean; from?: WorldSnapshot } = {},
): Promise<World> {
  const { specs = 47, latencyMs = 0, start = '2026-11-20T09:00:10Z', from } = options
  let shift = (from?.at ?? Date.parse(start)) - Date.now()
  const now = () => Date.now() + shift
  const mappings = options.mappings ?? MAPPINGS
  const [notion, airtable, github] = await Promise.all([
    startNotion(options.notion ?? exampleNotion(specs), { now, latencyMs }),
    startAirtable(options.airtable ?? exampleAirtable(), { now, latencyMs }),
    startGitHub(
      {
        ...options.github,
        files: { 'mappings.yaml': mappings, ...options.github?.files },
        ...(from === undefined ? {} : { from: from.github }),
      },
      { now, latencyMs },
    ),
  ])
  if (from !== undefined) {
    await Promise.all([notion.restoreSnapshot(from.notion), airtable.restoreSnapshot(from.airtable)])
  }
  if (options.limits !== true) {
    notion.settings.requestsPerMinute = Number.POSITIVE_INFINITY
    Object.assign(airtable.settings, ROW)
  }
  return {
    notion,
    airtable,
    github,
    now,
    setClock: iso => {
      shift = Date.parse(iso) - Date.now()
    },
    page: title => {
      const ids = notion.pages(notion.dataSourceId).map(page => String(page.id))
      return found(
        title,
        ids.find(id => notion.value(id, 'Name') === title),
      )
    },
    row: title => found(title, airtable.records().find(record => record.fields['Spec Name'] === title)?.id),
    run: (given = {}) =>
      runAction({
        github,
        clock: now(),
        ...given,
        inputs: { 'notion-token': 'ntn_example', 'airtable-token': 'pat_example', ...given.inputs },
        env: {
          NOTION_BASE_URL: notion.url,
          AIRTABLE_ENDPOINT_URL: airtable.url,
          NOTION_DATABASE_ID: notion.databaseId,
          AIRTABLE_BASE_ID: airtable.baseId,
          ...given.env,
        },
      }),
    state: async (sync = 'product-specs') => JSON.parse((await github.file(`state/${sync}/state.json`)) ?? 'null'),
    snapshot: async () => ({
      notion: notion.snapshot(),
      airtable: airtable.snapshot(),
      github: await github.snapshot(),
      at: now(),
    }),
    close: async () => {
      await Promise.all([notion.close(), airtable.close(), github.close()])
    },
  }
}

function found(title: string, id: string | undefined): string {
  if (id === undefined) throw new Error(`nothing is called ${title}`)
  return id
}
