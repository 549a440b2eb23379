/** What a whole run shares, as an action and from a shell: the clients, the stop signal, the syncs in order. */
import { type AirtableClient, createAirtableClient } from './airtable/client.ts'
import { listTables } from './airtable/table.ts'
import { outOfTime, WORK_MS } from './budget.ts'
import { byLine, type Loaded, loadMappings, MappingError } from './config/load.ts'
import type { SyncConfig } from './config/schema.ts'
import { nearest } from './core/value.ts'
import type { Deps } from './deps.ts'
import { asError, Cancelled, causeOf, ServiceError, UserError } from './errors.ts'
import { createNotionClient } from './notion/client.ts'
import type { Services } from './open.ts'
import { inLinkOrder } from './order.ts'
import { createPace, type Pace, type Stop } from './pace.ts'
import { checkLines, type ReadingDeps } from './read.ts'
import { openNow, recordFailure, type StillOpen } from './record.ts'
import { logged } from './report/escape.ts'
import { runSync, type SyncResult, Unrecorded } from './run.ts'

/** After the signal, a write that is under way has this long to end; then there is time left to record it. */
const GRACE_MS = 2_500
/** Recording must be done within six seconds of the signal; the runner kills after ten. */
const RECORD_MS = 5_500

/**
 * Stops at the next write on SIGINT or SIGTERM; what was done is still recorded. `work` stops the services,
 * `recording` leaves GitHub the time that is left. With `inTime` the work also stops when the time of one run is over.
 */
export function stopOnSignals(say: (text: string) => void, inTime: boolean): { work: Stop; recording: Stop } {
  const now = new AbortController()
  const grace = new AbortController()
  const end = new AbortController()
  let cancelled = false
  if (inTime) setTimeout(() => now.abort(outOfTime()), WORK_MS).unref()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (cancelled) return
      cancelled = true
      say('Cancelled: stopping at the next write and recording what was done.')
      now.abort(new Cancelled())
      setTimeout(() => grace.abort(), GRACE_MS).unref()
      setTimeout(() => end.abort(new Cancelled()), RECORD_MS).unref()
    })
  }
  return { work: { now: now.signal, grace: grace.signal }, recording: { now: end.signal, grace: end.signal } }
}

/** What of a sync's config says how fast its services may be asked. */
type SyncLimits = {
  readonly notion?: Pick<SyncConfig['notion'], 'requests_per_minute'>
  readonly airtable?: Pick<SyncConfig['airtable'], 'base' | 'requests_per_second'>
}

type Base = { readonly pace: Pace; readonly client: AirtableClient; readonly tables: Services['tables'] }

export type ServicePool = {
  readonly forSync: (config: SyncLimits) => Services
  readonly calls: () => { notion: number; airtable: number }
  /** To be called when all is done: spacing of requests would keep the process waiting. */
  readonly close: () => void
}

/**
 * The clients; addresses come from the environment. A service counts the requests of all syncs together: Notion for an
 * integration, Airtable for a base. Each is asked at the lowest pace that a sync in `syncs` allows.
 */
export function createServices(
  tokens: { readonly notion: string; readonly airtable: string },
  env: Readonly<Record<string, string | undefined>>,
  stop: Stop,
  say: (line: string) => void,
  syncs: readonly SyncLimits[],
): ServicePool {
  const address = (name: string, fallback: string) => checkedAddress(name, env[name] || fallback).replace(/\/+$/, '')
  // What a service says may repeat what a record holds.
  const tell = (line: string) => say(logged(line))
  const lowest = (limits: readonly (number | undefined)[], usual: number) =>
    Math.min(...(limits.length === 0 ? [usual] : limits.map(limit => limit ?? usual)))

  const perMinute = lowest(
    syncs.map(sync => sync.notion?.requests_per_minute),
    180,
  )
  const notionPace = createPace({ count: perMinute, intervalMs: 60_000, concurrency: 3 }, stop, tell)
  const notion = createNotionClient(tokens.notion, address('NOTION_BASE_URL', 'https://api.notion.com'), notionPace)
  const bases = new Map<string, Base>()
  const airtableFor = (base: string): Base => {
    const made = bases.get(base)
    if (made !== undefined) return made
    const own = syncs.filter(sync => sync.airtable?.base === base)
    const perSecond = lowest(
      own.map(sync => sync.airtable?.requests_per_second),
      5,
    )
    const pace = createPace({ count: perSecond, intervalMs: 1_000, concurrency: 2 }, stop, tell)
    const endpoint = address('AIRTABLE_ENDPOINT_URL', 'https://api.airtable.com')
    const client = createAirtableClient(tokens.airtable, endpoint, pace)
    let tables: ReturnType<Services['tables']> | undefined
    const opened = { pace, client, tables: () => (tables ??= listTables(client, base)) }
    bases.set(base, opened)
    return opened
  }
  return {
    forSync: config => {
      const { client, tables } = airtableFor(config.airtable?.base ?? '')
      return { notion, airtable: client, tables }
    },
    close: () => {
      for (const pace of [notionPace, ...[...bases.values()].map(made => made.pace)]) pace.close()
    },
    calls: () => ({
      notion: notion.calls(),
      airtable: [...bases.values()].reduce((sum, made) => sum + made.client.calls(), 0),
    }),
  }
}

/** An address from the environment. One with a password in it can be used by no request, and must not be told. */
export function checkedAddress(name: string, address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url !== null && url.username + url.password !== '')
    throw new UserError(`${name} holds a user name or password. Requests carry a token instead: leave them out.`)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new UserError(`${name} is no address of a service. It must begin with https:// or http://.`)
  return address
}

/**
 * What became of one sync; `error` is set where it did not finish, whether or not there is a result; without one,
 * `stillOpen` tells what the last state has open. `commit` is what it left in git, if only the line that tells of its
 * failure; '' where it left nothing.
 */
export type Outcome = {
  readonly name: string
  readonly result: SyncResult | null
  readonly stillOpen: StillOpen | null
  readonly error: Error | null
  readonly commit: string
}

/** How long a mapping with mistakes waits for what the services have to say. */
const CHECK_MS = 15_000

/**
 * The mapping. Throws a UserError with everything that is wrong with it: where its form has mistakes, the rest is held
 * against the services all the same, so that what they do not have is told in the same run.
 */
export async function loadChecked(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  tokens: Parameters<typeof createServices>[0],
  where: Omit<ReadingDeps, 'name' | 'config' | 'syncs' | 'place' | 'services' | 'log'>,
): Promise<Loaded> {
  try {
    return loadMappings(text, file, env)
  } catch (error) {
    if (!(error instanceof MappingError) || error.rest === null) throw error
    const { mappings, place } = error.rest
    const log = { warn: () => {} }
    const end = new AbortController()
    setTimeout(() => end.abort(outOfTime()), CHECK_MS).unref()
    const pool = createServices(
      tokens,
      env,
      { now: end.signal, grace: end.signal },
      () => {},
      Object.values(mappings.syncs),
    )
    const more = await Promise.all(
      Object.entries(mappings.syncs).map(([name, config]) =>
        checkLines({ ...where, name, config, syncs: mappings.syncs, place, services: pool.forSync(config), log }).then(
          () => [],
          // What else goes wrong is told by the run that follows.
          reason => (reason instanceof UserError && reason.kind === 'input' ? reason.complaints : []),
        ),
      ),
    )
    end.abort(outOfTime())
    pool.close()
    // What follows from a mistake that is told already is not told beside it.
    const places = new Set(error.complaints.map(({ place: at }) => `${at?.line}:${at?.column}`))
    const others = more.flat().filter(({ place: at }) => at !== undefined && !places.has(`${at.line}:${at.column}`))
    throw new UserError(byLine([...error.complaints, ...others]))
  }
}

/** Runs the chosen syncs one after another; one that fails does not stop the others. */
export async function inOrder(
  loaded: Loaded,
  chosen: readonly string[],
  pool: ServicePool,
  depsFor: (name: string, services: Services) => Omit<Deps, 'name' | 'config' | 'syncs' | 'place'>,
): Promise<Outcome[]> {
  const { syncs } = loaded.mappings
  const names = chosen.length === 0 ? Object.keys(syncs) : chosen
  const unknown = names.filter(name => !Object.hasOwn(syncs, name))
  if (unknown.length > 0) {
    throw new UserError(
      unknown.map(name => {
        const near = nearest(name, Object.keys(syncs))
        return {
          message: `There is no sync "${name}" in the mapping${near === undefined ? `; it has ${Object.keys(syncs).join(', ')}` : `; did you mean "${near}"?`}`,
        }
      }),
    )
  }
  const outcomes: Outcome[] = []
  for (const name of await inLinkOrder(names, syncs, config => pool.forSync(config).tables())) {
    const config = syncs[name]
    if (config === undefined) continue
    const deps: Deps = { ...depsFor(name, pool.forSync(config)), name, config, syncs, place: loaded.place }
    const started = deps.now()
    try {
      const result = await runSync(deps)
      const error = result.failure && advise(result.failure, deps.inShell)
      outcomes.push({ name, result: { ...result, failure: error }, stillOpen: null, error, commit: result.commit })
    } catch (caught) {
      const written = caught instanceof Unrecorded ? caught.result : null
      const stopped = deps.stop.aborted ? deps.stop.reason : null
      const thrown = caught instanceof Unrecorded ? caught.reason : causeOf(caught, stopped)
      const error = advise(asError(thrown), deps.inShell)
      deps.log.endGroup()
      const stillOpen = written === null && !(error instanceof Cancelled) ? await openNow(deps) : null
      const recording = deps.planOnly ? '' : deps.mayRecord.then(() => recordFailure(deps, error, started, stillOpen))
      const commit = await Promise.resolve(recording).catch(reason => {
        // What refuses to be recorded may be the failure itself.
        if (reason !== error) deps.log.warn(`The failure could not be recorded: ${asError(reason).message}`)
        return ''
      })
      const result = written && { ...written, failure: error, recorded: false as const }
      outcomes.push({ name, result, stillOpen, error, commit })
    }
  }
  return outcomes
}

/** Refusals that only a person can mend are said as such: which token, and what to click. */
export function advise(error: Error, inShell: boolean): Error {
  if (!(error instanceof ServiceError)) return error
  const { service, failure, message } = error
  const bare = message.replace(/\.$/, '')
  const said = (text: string) => new UserError(text, 'access')
  if (failure === 'unauthorized') {
    const token = { Notion: 'notion-token', Airtable: 'airtable-token', GitHub: 'github-token' }[service]
    const variable = { Notion: 'NOTION_TOKEN', Airtable: 'AIRTABLE_TOKEN', GitHub: 'GITHUB_TOKEN' }[service]
    const at = { Notion: ' at notion.so/my-integrations', Airtable: ' at airtable.com/create/tokens', GitHub: '' }[
      service
    ]
    const where = `Make a new token${at} and ${inShell ? `set ${variable} to it` : 'update the secret'}.`
    return said(`${service} does not accept the ${inShell ? variable : token} (${bare}). ${where}`)
  }
  if (failure === 'forbidden') {
    const advice = {
      Notion:
        'Give the integration the capabilities to read, update and insert content (notion.so/my-integrations), and share the database with it.',
      Airtable:
        'Give the token the scopes data.records:read, data.records:write and schema.bases:read, and access to this base (airtable.com/create/tokens); its user must be allowed to edit the mapped fields.',
      GitHub: 'Give the job "permissions: { contents: write, issues: write }".',
    }[service]
    return said(`${service} refuses this (${bare}). ${advice}`)
  }
  const told = `${bare}.`
  if (failure === 'unavailable' || failure === 'no-answer') {
    const page = { Notion: 'status.notion.so', Airtable: 'status.airtable.com', GitHub: 'githubstatus.com' }[service]
    const text = `${told.slice(`${service}: `.length)} It is not for you to mend: the next run tries again. How the service is stands at ${page}.`
    const advised = new ServiceError(service, failure, text, { cause: error })
    // The history keeps where it came from.
    advised.stack = error.stack ?? text
    return advised
  }
  if (failure === 'full')
    return said(
      `${told} Notion takes no new pages in this workspace; pages that exist are still written. The Free plan gives a workspace of several members 1,000 blocks in all, and a page is one (developers.notion.com/reference/workspace-block-limits). See Settings → Plans in Notion, or say "create: airtable" in the mapping.`,
    )
  if (failure === 'quota' && service === 'Notion')
    return said(
      `${told} Notion has blocked the requests of this integration, and waiting does not help. Look at it under notion.so/my-integrations, and ask Notion’s support.`,
    )
  if (failure === 'quota')
    // support.airtable.com, "Managing API call limits in Airtable": a Free workspace is shut out until the month ends.
    return said(
      `${told} This is a limit of the plan, not of the rate; trying again does not help. The calls of a month are counted for the whole workspace and begin anew on ${nextMonth()}. See its plan and what it used at airtable.com/account, or let the schedule run less often.`,
    )
  return error
}

function nextMonth(): string {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)).toISOString().slice(0, 10)
}
