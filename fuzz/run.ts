/**
 * One run of the sync in this process: the story of a run (src/session.ts) with the real clients of all three services,
 * over sockets. Its calls reach the services one at a time, through a gate, so that a history plays the same way each
 * time; at any of them the run can be killed: it is abandoned there, and nothing of it passes the gate any more.
 */

import type { Call, Fault } from '../emulators/serve.ts'
import { createAirtableClient } from '../src/airtable/client.ts'
import { listTables } from '../src/airtable/table.ts'
import { loadMappings } from '../src/config/load.ts'
import { Cancelled, Outdated, ServiceError } from '../src/errors.ts'
import { createGitHub } from '../src/github/client.ts'
import { conflictIssue } from '../src/github/conflict-issue.ts'
import { openStore } from '../src/github/journal.ts'
import { createNotionClient } from '../src/notion/client.ts'
import { mayRepeat, type Pace } from '../src/pace.ts'
import { inOrder } from '../src/session.ts'
import { SERVICES, type Seen } from './kill.ts'
import type { World } from './world.ts'

/** What happens at a call: the run ends there, or its answer is not what it should be. */
export type Verdict = { readonly end?: 'before' | 'unanswered' | 'cancelled'; readonly effect?: Fault['effect'] }

export type How = {
  readonly order: number
  readonly latencyMs: number
  readonly skewMs: number
  readonly force: boolean
  readonly at: (call: Seen) => Verdict | Promise<Verdict>
}

/** What came of a run, as far as anybody outside can tell. */
export type Ran = {
  readonly ended: 'well' | 'failed' | 'killed'
  readonly cancelled: boolean
  readonly changed: boolean
  readonly counts: { readonly created: number; readonly deleted: number; readonly conflicts: number } | null
  readonly error: string | null
  readonly log: string
}

// The toolkit asks GitHub at its own address, which it reads when it is loaded: the world that runs now stands in.
const GITHUB = 'https://api.github.com'
const overNetwork = globalThis.fetch
let github = ''
globalThis.fetch = (input, init) =>
  overNetwork(typeof input === 'string' && input.startsWith(GITHUB) ? input.replace(GITHUB, github) : input, init)

export async function runHere(world: World, how: How): Promise<Ran> {
  const gate = createGate(how.order)
  const log: string[] = []
  const cancel = new AbortController()
  const listeners = SERVICES.map(service => ({ service, before: listening.get(world[service].url) }))
  for (const service of SERVICES) {
    const served = world[service]
    const listener = async (call: Omit<Call, 'status'>): Promise<void> => {
      world.advance(how.latencyMs)
      const { end, effect } = await how.at({ ...call, service })
      if (end === 'before' || end === 'unanswered') gate.close()
      if (end === 'cancelled') cancel.abort(new Cancelled())
      if (end === 'before') served.inject({ on: /./, effect: { kind: 'reset', when: 'before' } })
      else if (effect !== undefined) served.inject({ on: /./, effect })
    }
    listening.set(served.url, listener)
    served.onCall(listener)
  }
  try {
    const outcome = await Promise.race([gate.closed, story(world, how, gate, cancel.signal, log)])
    const result = outcome?.result ?? null
    const error = outcome?.error ?? null
    return {
      ended: outcome === null ? 'killed' : error === null ? 'well' : 'failed',
      cancelled: error instanceof Cancelled,
      changed: result?.changed === true,
      counts: result?.counts ?? null,
      error: error === null ? null : `${error.name}: ${error.message}`,
      log: log.join('\n'),
    }
  } finally {
    for (const { service, before } of listeners) {
      const { url } = world[service]
      if (before === undefined) listening.delete(url)
      else listening.set(url, before)
      world[service].onCall(before)
    }
  }
}

/** Who listens at a service now; a run that begins within another takes its place for a while. */
const listening = new Map<string, (call: Omit<Call, 'status'>) => Promise<void>>()

async function story(world: World, how: How, gate: Gate, cancelled: AbortSignal, log: string[]) {
  github = world.github.url
  const never = new AbortController().signal
  /** Repeats what may be repeated, as src/pace.ts does, but on the clock of this world. */
  const pace = (stop: AbortSignal): Pace => ({
    run: async (request, repeatable, fresh = () => true) => {
      let before: ServiceError | undefined
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await gate.pass(async () => {
            if (stop.aborted) throw stop.reason
            if (!fresh()) throw new Outdated()
            return request(never, before)
          })
        } catch (error) {
          if (!(error instanceof ServiceError) || attempt === 5 || !mayRepeat(error, repeatable)) throw error
          before = error
          world.advance(error.retryAfterMs ?? 500)
        }
      }
    },
    close: () => {},
  })
  const notion = createNotionClient('ntn_example', world.notion.url, pace(cancelled))
  const airtable = createAirtableClient('pat_example', world.airtable.url, pace(cancelled))
  let listed: ReturnType<typeof listTables> | undefined
  const tables = () => (listed ??= listTables(airtable, world.airtable.baseId))
  const { owner, repo, token } = world.github
  const hub = createGitHub(token, `${owner}/${repo}`, pace(never))
  const env = { NOTION_DATABASE_ID: world.notion.databaseId, AIRTABLE_BASE_ID: world.airtable.baseId }
  const [outcome] = await inOrder(
    loadMappings(world.mapping, 'mappings.yaml', env),
    [],
    {
      forSync: () => ({ notion, airtable, tables }),
      calls: () => ({ notion: notion.calls(), airtable: airtable.calls() }),
      close: () => {},
    },
    (name, services) => ({
      services,
      openStore: () => openStore(hub, { branch: 'main', hint: undefined }, async () => 'main'),
      stateDir: 'state',
      issue: conflictIssue(hub, name, null, async () => true),
      repository: `${owner}/${repo}`,
      runUrl: null,
      url: path => `https://github.com/${owner}/${repo}/${path}`,
      mayRecord: Promise.resolve(),
      planOnly: false,
      restore: null,
      force: how.force,
      inShell: false,
      now: () => world.now() + how.skewMs,
      stop: cancelled,
      log: {
        line: text => void log.push(text),
        warn: text => void log.push(`Warning: ${text}`),
        group: title => void log.push(`# ${title}`),
        endGroup: () => {},
      },
    }),
  )
  return outcome ?? null
}

type Gate = {
  /** Sends a request when its turn comes. Once the gate is closed, no answer comes back and no request goes out. */
  readonly pass: <T>(request: () => Promise<T>) => Promise<T>
  readonly close: () => void
  readonly closed: Promise<null>
}

function createGate(order: number): Gate {
  const draw = drawFrom(order)
  const waiting: (() => void)[] = []
  let open = true
  let busy = false
  let tell: (nothing: null) => void = () => {}
  const closed = new Promise<null>(resolve => {
    tell = resolve
  })
  /** Lets the next one in, once all that can ask have asked. */
  const next = async (): Promise<void> => {
    if (busy || !open) return
    busy = true
    for (let turn = 0; turn < 2; turn += 1) await new Promise(resolve => setImmediate(resolve))
    const [enter] = waiting.splice(order === 0 ? 0 : draw(waiting.length), 1)
    if (enter === undefined) busy = false
    else enter()
  }
  return {
    pass: request =>
      new Promise((resolve, reject) => {
        const leave = (deliver: () => void) => () => {
          if (!open) return tell(null)
          deliver()
          busy = false
          void next()
        }
        waiting.push(() =>
          request().then(
            value => leave(() => resolve(value))(),
            error => leave(() => reject(error))(),
          ),
        )
        void next()
      }),
    close: () => {
      open = false
    },
    closed,
  }
}

/** Numbers from a seed (mulberry32). */
function drawFrom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return below => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}
