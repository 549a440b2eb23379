/**
 * `npm run bench`: what a run costs, in calls, seconds and memory, beside its target and the least that is possible.
 * The built action runs against the emulators, each answer 100 ms late and the services' real limits on.
 * `--calls` prints the calls of the first repeat as they came, to see where the time goes.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { specTitle } from '../demo/example.ts'
import { bad, say, strong, table, together } from '../demo/print.ts'
import { startWorld, type World } from '../demo/world.ts'

const LATENCY_MS = 100
const REPEATS = 3
const BUNDLE = fileURLToPath(new URL('../dist/index.js', import.meta.url))
const COLUMNS = [
  { name: 'Run', width: 21 },
  { name: 'Figure', width: 34 },
  { name: 'Measured', width: 10 },
  { name: 'Target', width: 19 },
  { name: 'Least possible', width: 16 },
]
/** What stands in a cell that has nothing to say. */
const NONE = '–'
const PEAK_MEMORY = new URL('peak-memory.mjs', import.meta.url).href

type Situation = {
  name: string
  at: string
  /** What people do before it. */
  edit: (world: World) => void
  /** Outputs that show that the run did its work. */
  does: Record<string, string>
  least: { notion: number; airtable: number }
  target: { notion?: number; airtable?: number; together?: number; seconds?: number }
}

const SITUATIONS: readonly Situation[] = [
  {
    name: 'First run, 47 specs',
    at: '2026-11-20T09:07:00Z',
    edit: () => {},
    does: { created: '47', conflicts: '0', problems: '0' },
    // Notion: the database, its schema, one page of rows. Airtable: the schema, the rows, five batches of ten.
    least: { notion: 3, airtable: 7 },
    target: { notion: 5, airtable: 8, seconds: 2 },
  },
  {
    name: 'Quiet run',
    at: '2026-11-20T09:22:00Z',
    edit: () => {},
    does: { changed: 'false', commit: '' },
    // Each side: the schema, since a renamed field is to be noticed, and the rows.
    least: { notion: 2, airtable: 2 },
    target: { together: 4, seconds: 0.7 },
  },
  {
    name: 'Run with 6 edits',
    at: '2026-11-20T09:37:00Z',
    edit: ({ notion, airtable, page, row }) => {
      for (const index of [1, 2, 3]) notion.edit(page(specTitle(index)), { Priority: 'P3', Status: 'In review' })
      for (const index of [11, 12]) airtable.edit(row(specTitle(index)), { Sprint: 'Sprint 48' })
      notion.addPage(notion.dataSourceId, { Name: 'Search for everybody', Status: 'Planned' })
    },
    does: { created: '1', 'updated-airtable': '3', 'updated-notion': '2', conflicts: '0', problems: '0' },
    // A quiet run, a call for each page, and one batch for all rows, old and new.
    least: { notion: 4, airtable: 3 },
    target: {},
  },
]

type Measured = {
  seconds: number
  peakMb: number
  calls: Record<'notion' | 'airtable' | 'github', number>
  log: readonly string[]
}

await main(process.argv.includes('--calls'))

async function main(showCalls: boolean): Promise<void> {
  const slow = await repeat(LATENCY_MS)
  const fast = await repeat(0)
  const runsOf = (repeats: Measured[][], index: number): Measured[] => repeats.flatMap(runs => runs[index] ?? [])
  const rows = SITUATIONS.map((situation, index) =>
    together(rowsOf(situation, runsOf(slow, index), runsOf(fast, index))),
  )
  const startup = median(Array.from({ length: 5 }, () => startMs(BUNDLE, '--help')))
  const bare = median(Array.from({ length: 5 }, () => startMs('-e', '0')))
  const bundle = [
    [strong('The bundle'), 'start', `${startup.toFixed(0)} ms`, NONE, `${bare.toFixed(0)} ms`],
    ['', 'size', `${(statSync(BUNDLE).size / 1e6).toFixed(1)} MB`, NONE, NONE],
  ]
  say(table(COLUMNS, [...rows, together(bundle)]))
  say(`Every answer of Notion, Airtable and GitHub comes ${LATENCY_MS} ms late, and their real rate limits are on.
Times are medians of ${REPEATS}, from the start of the process to its end; calls and memory are the highest of ${REPEATS}.
Least possible: the calls that no client can do without, and the start of node alone.`)
  if (!showCalls) return
  for (const [index, { name }] of SITUATIONS.entries()) {
    say(strong(`\n${name}`))
    for (const line of slow[0]?.[index]?.log ?? []) say(line)
  }
}

function rowsOf({ name, least, target }: Situation, runs: readonly Measured[], free: readonly Measured[]): string[][] {
  const most = (count: (run: Measured) => number): number => Math.max(...runs.map(count))
  const seconds = (of: readonly Measured[]): number => median(of.map(run => run.seconds))
  const row = (figure: string, value: number, unit = '', limit?: number, possible?: number): string[] => {
    const shown = Number.isInteger(value) ? String(value) : value.toFixed(2)
    const met = limit === undefined || value <= limit
    const goal = limit === undefined ? NONE : `≤ ${limit}${unit}${met ? '' : ', missed'}`
    return [figure, `${shown}${unit}`, met ? goal : bad(goal), String(possible ?? NONE)]
  }
  const both = (run: Measured): number => run.calls.notion + run.calls.airtable
  const rows = [
    row(
      'Notion calls',
      most(run => run.calls.notion),
      '',
      target.notion,
      least.notion,
    ),
    row(
      'Airtable calls',
      most(run => run.calls.airtable),
      '',
      target.airtable,
      least.airtable,
    ),
    row('both together', most(both), '', target.together, least.notion + least.airtable),
    row(
      'GitHub calls',
      most(run => run.calls.github),
    ),
    row('time', seconds(runs), ' s', target.seconds),
    row('time, if GitHub answered at once', seconds(free), ' s', target.seconds),
    row('peak memory', Math.ceil(most(run => run.peakMb)), ' MB'),
  ]
  return rows.map((cells, index) => [index === 0 ? strong(name) : '', ...cells])
}

/** Plays all situations, in a new world each time. */
async function repeat(githubLatencyMs: number): Promise<Measured[][]> {
  const repeats: Measured[][] = []
  for (let index = 0; index < REPEATS; index += 1) {
    const world = await startWorld({ latencyMs: LATENCY_MS, limits: true })
    world.github.latencyMs = githubLatencyMs
    try {
      const runs: Measured[] = []
      for (const situation of SITUATIONS) runs.push(await measure(world, situation))
      repeats.push(runs)
    } finally {
      await world.close()
    }
  }
  return repeats
}

async function measure(world: World, situation: Situation): Promise<Measured> {
  const services = { notion: world.notion, airtable: world.airtable, github: world.github }
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const peak = join(folder, 'peak')
  try {
    world.setClock(situation.at)
    situation.edit(world)
    for (const service of Object.values(services)) service.calls.length = 0
    const started = world.now()
    const run = await world.run({ env: { NODE_OPTIONS: `--import ${PEAK_MEMORY}`, PEAK_MEMORY: peak } })
    const wrong = Object.entries(situation.does).find(([output, value]) => run.outputs[output] !== value)
    if (wrong !== undefined || run.exitCode !== 0)
      throw new Error(`${situation.name}: expected ${wrong?.join(' ') ?? 'exit code 0'}:\n${run.log}`)
    const calls = Object.entries(services).flatMap(([name, service]) => service.calls.map(call => ({ name, ...call })))
    return {
      seconds: run.durationMs / 1000,
      peakMb: Number(readFileSync(peak, 'utf8')) / 1024,
      calls: {
        notion: services.notion.calls.length,
        airtable: services.airtable.calls.length,
        github: services.github.calls.length,
      },
      log: calls
        .toSorted((a, b) => a.at - b.at)
        .map(call => `${String(call.at - started).padStart(6)} ms  ${call.name.padEnd(8)} ${call.method} ${call.path}`),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** How long node takes with these arguments and nothing to do. */
function startMs(...args: string[]): number {
  const started = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { env: {} })
  if (status !== 0) throw new Error(`node ${args.join(' ')} failed: ${stderr}`)
  return performance.now() - started
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
