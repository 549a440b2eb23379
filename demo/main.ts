/**
 * `npm run demo`: the week of a product team on the emulators, told as it happens. Leaves the repository that the
 * action committed to as a git clone. `--keep` leaves the emulators up; `--clone DIR` puts the clone elsewhere.
 */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bad, faint, good, progress, say, strong, table, together } from './print.ts'
import { onStage, type Ran, StoryError, storyWorld, theEnd, WEEK, whoOwnsWhat } from './story.ts'
import { startWorld, type World } from './world.ts'

const OWN_FOLDER = fileURLToPath(new URL('../.demo', import.meta.url))
const STORY = [
  { name: 'Who did what', width: 42 },
  { name: 'What the sync did', width: 34 },
  { name: 'Where it shows', width: 36 },
]
const OWNERS = [
  { name: 'Field', width: 30 },
  { name: 'May be changed in', width: 19 },
  { name: 'What stands if both changed it', width: 63 },
]
const right = { align: 'right' } as const
const RUNS = [
  { name: 'Run', width: 13 },
  { name: 'Changed', width: 42 },
  { name: 'Notion calls', width: 14, ...right },
  { name: 'Airtable calls', width: 16, ...right },
  { name: 'ms', width: 8, ...right },
]
const SERVICES = [
  { name: 'Service', width: 10 },
  { name: 'Address', width: 26 },
  { name: 'Token', width: 13 },
  { name: 'To look inside', width: 37 },
]

process.exitCode = await main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`\n${bad('The demo failed.')} ${error instanceof StoryError ? error.message : error.stack}\n`)
  return 1
})

async function main(args: string[]): Promise<number> {
  const given = options(args)
  const clone = given.clone ?? join(OWN_FOLDER, 'specs')
  if (given.clone === undefined) await rm(OWN_FOLDER, { recursive: true, force: true })
  else if (existsSync(clone)) throw new StoryError(`There is something at ${clone} already.`)
  const started = performance.now()
  introduce()
  const ready = progress('Starting Notion, Airtable and GitHub …')
  const world = await startWorld(storyWorld()).finally(ready)
  try {
    const runs = await play(world)
    const facts = await theEnd(world)
    summarise(runs)
    say(`\n${good('It ended as it should:')} ${facts.join(';\n  ')}.`)
    await world.github.clone(clone)
    pointAt(clone)
    say(`\nThe week took ${((performance.now() - started) / 1000).toFixed(1)} s.`)
    if (given.keep) await leaveUp(world)
    return 0
  } finally {
    await world.close()
  }
}

function options(args: string[]): { keep?: boolean; clone?: string } {
  try {
    return parseArgs({ args, options: { keep: { type: 'boolean' }, clone: { type: 'string' } } }).values
  } catch (error) {
    throw new StoryError(
      `${error instanceof Error ? error.message : error}\nUsage: npm run demo -- [--keep] [--clone DIR]`,
    )
  }
}

function introduce(): void {
  say(strong('The week of a product team'))
  say(
    'Grace and Ada write specs in Notion (“Product Specs”). Olga plans their delivery in Airtable (“Delivery Tracker”).',
  )
  say('Both are emulators on this machine, and so is GitHub: no account, no token, no network. The action that keeps')
  say('them in sync is the committed dist/index.js, started as GitHub’s runner starts it. Its mappings.yaml says:')
  say(table(OWNERS, [together(whoOwnsWhat())]))
}

async function play(world: World): Promise<Ran[]> {
  const stage = onStage(world)
  const runs: Ran[] = []
  for (const scene of WEEK) {
    const done = progress(`${scene.title}: the sync runs …`)
    const { lines, ran } = await scene
      .play(stage)
      .catch((error: Error) => {
        throw error instanceof StoryError ? new StoryError(`In “${scene.title}”: ${error.message}`) : error
      })
      .finally(done)
    runs.push(ran)
    say(`\n${strong(`${day(ran.at, 'long')} · ${scene.title}`)}`)
    say(table(STORY, lines))
    say(faint(ran.commit === '' ? '  no commit' : `  commit ${ran.commit.slice(0, 7)} ${ran.subject}`))
  }
  return runs
}

function summarise(runs: readonly Ran[]): void {
  const sum = (of: (ran: Ran) => number) => runs.reduce((total, ran) => total + of(ran), 0)
  say(`\n${strong('The runs')}`)
  const rows = runs.map(ran => [
    day(ran.at, 'short'),
    ran.subject.replace(/^sync\(.*?\): /, '') || 'nothing',
    ran.notionCalls,
    ran.airtableCalls,
    ran.ms,
  ])
  const total = ['Total', '', sum(ran => ran.notionCalls), sum(ran => ran.airtableCalls), sum(ran => ran.ms)]
  say(table(RUNS, [together(rows), total]))
  say(faint('  “1 → Airtable”: one row was brought up to date from Notion. “1 → Notion”: one page from Airtable.'))
}

function pointAt(clone: string): void {
  const path = relative(process.cwd(), clone) || '.'
  const folder = /^[\w./-]+$/.test(path) ? path : `"${path}"`
  const spec = '- Mobile redesign,'
  say(`\n${strong('Read it in git.')} The repository that the action committed to is in ${path}.`)
  say('All runs that changed something, what each of them changed, and one spec through the week:')
  say(`  git -C ${folder} log --oneline`)
  say(`  git -C ${folder} log -p -- state/`)
  say(`  git -C ${folder} log --grep='^${spec}' --format='%as %s%n%b' | grep -E '^(2|${spec})'`)
  say('How things stand, and every change with its old and its new value:')
  say(`  ${join(path, 'state/README.md')}`)
  say(`  ${join(path, 'state/product-specs/CHANGELOG.md')}`)
}

/** Leaves the emulators up until Ctrl-C, and says how to reach them. */
async function leaveUp({ notion, airtable, github }: World): Promise<void> {
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  say(`\n${strong('The emulators are still up.')}`)
  say(
    table(SERVICES, [
      ['Notion', notion.url, 'ntn_example', notion.inspectorUrl ?? ''],
      ['Airtable', airtable.url, 'pat_example', airtable.inspectorUrl],
      ['GitHub', github.url, `ghp_${github.owner}`, `API only: /repos/${github.owner}/${github.repo}/issues`],
    ]),
  )
  say('To sync them from another shell, with the state in .demo/state, paste this there:')
  say(`  export NOTION_BASE_URL=${notion.url} NOTION_TOKEN=ntn_example`)
  say(`  export AIRTABLE_ENDPOINT_URL=${airtable.url} AIRTABLE_TOKEN=pat_example`)
  say(`  export NOTION_DATABASE_ID=${notion.databaseId} AIRTABLE_BASE_ID=${airtable.baseId}`)
  say('  node dist/index.js sync --state-dir .demo/state')
  say('Edit a row first, so that there is something to sync:')
  say(`  curl -X PATCH ${airtable.url}/v0/${airtable.baseId}/Delivery%20Tracker/${airtable.records()[0]?.id ?? ''} \\`)
  say(`    -H 'Authorization: Bearer pat_example' -H 'Content-Type: application/json' \\`)
  say(`    -d '{"fields":{"Sprint":"Sprint 25"}}'`)
  say(`\n${strong('Press Ctrl-C to end.')}`)
  await stopped
  say()
}

/** "Friday 20 November, 09:00", or "Fri 09:00". */
function day(iso: string, length: 'long' | 'short'): string {
  const part = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options }).format(new Date(iso))
  const time = part({ hour: '2-digit', minute: '2-digit' })
  if (length === 'short') return `${part({ weekday: 'short' })} ${time}`
  return `${part({ weekday: 'long' })} ${part({ day: 'numeric', month: 'long' })}, ${time}`
}
