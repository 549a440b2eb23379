/** The same from a shell: state in the local folder, nothing committed. Reads arguments, prints a table, sets the exit code. */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { counted, show } from './core/value.ts'
import type { Log } from './deps.ts'
import { asError, isDefect, UserError } from './errors.ts'
import { initMappings } from './init.ts'
import { isToken, NO_TOKEN } from './inputs.ts'
import { checkText } from './report/check.ts'
import { byTitle, countsOf, headline, labelOf, plannedEntries } from './report/entries.ts'
import { logged, quoted } from './report/escape.ts'
import { lossSentences } from './report/losses.ts'
import { textTable } from './report/table.ts'
import { createServices, inOrder, loadChecked, type Outcome, stopOnSignals } from './session.ts'
import { localStore } from './state/local.ts'
import { textOf } from './state/text.ts'

const USAGE = `Usage: notion-airtable-sync <mode> [options]

Modes
  sync     read both sides, write what changed, keep the state in the local folder
  plan     read everything, write nothing, show what a sync would do
  check    say whether config, tokens and schemas fit, and what a schedule costs
  init     print a mapping to start from, made of what both services have

Options
  --config FILE     the mapping (default mappings.yaml)
  --state-dir DIR   folder of the state (default state)
  --sync NAMES      only these syncs, comma separated
  --force           let this one run pass the guards
  --json            print the result as JSON

Tokens are taken from NOTION_TOKEN and AIRTABLE_TOKEN. init takes the places from NOTION_DATABASE_ID, AIRTABLE_BASE_ID
and, to choose the table, AIRTABLE_TABLE. The mode restore needs the commits of the state: run it as an action.
`

const MODES = ['sync', 'plan', 'check', 'init'] as const
type CliMode = (typeof MODES)[number]

/** Answers the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(args)
  } catch (error) {
    process.stderr.write(`${asError(error).message}\n\n${USAGE}`)
    return 2
  }
  const { values, positionals } = parsed
  const asked = positionals.join(' ')
  const mode = MODES.find(each => each === asked)
  if (values.help === true || mode === undefined) {
    process.stderr.write(
      asked === '' || values.help === true ? USAGE : `There is no mode "${logged(asked)}" in a shell.\n\n${USAGE}`,
    )
    return values.help === true ? 0 : 2
  }
  try {
    return await run(mode, values, env)
  } catch (error) {
    complain(asError(error))
    if (values.json) process.stdout.write(`${quoted(JSON.stringify({ error: asError(error).message }))}\n`)
    return 1
  }
}

const parse = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      config: { type: 'string', default: 'mappings.yaml' },
      'state-dir': { type: 'string', default: 'state' },
      sync: { type: 'string', default: '' },
      force: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })

async function run(
  mode: CliMode,
  values: ReturnType<typeof parse>['values'],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`)
  const log: Log = {
    line: say,
    warn: (text, place) =>
      say(`Warning: ${place === undefined ? '' : `${place.file}:${place.line}: `}${logged(text, 2000)}`),
    group: title => say(`\n${title}`),
    endGroup: () => {},
  }
  const tokens = { notion: env.NOTION_TOKEN?.trim() ?? '', airtable: env.AIRTABLE_TOKEN?.trim() ?? '' }
  const complaints = Object.entries({ NOTION_TOKEN: tokens.notion, AIRTABLE_TOKEN: tokens.airtable }).flatMap(
    ([name, token]) =>
      token === ''
        ? [{ message: `The environment variable ${name} is not set.` }]
        : isToken(token)
          ? []
          : [{ message: `The environment variable ${name} ${NO_TOKEN}` }],
  )
  if (complaints.length > 0) throw new UserError(complaints)
  const stop = stopOnSignals(say, false)
  if (mode === 'init') {
    const pool = createServices(tokens, env, stop.work, say, [])
    const proposed = await initMappings(pool.forSync({}), env).finally(pool.close)
    process.stdout.write(values.json ? `${quoted(JSON.stringify({ mappings: proposed }))}\n` : proposed)
    return 0
  }
  const bytes = await readFile(values.config).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      error.code === 'ENOENT'
        ? `There is no ${values.config} here. Name it with --config.`
        : `${values.config} cannot be read as a file (${error.code}).`,
    )
  })
  const text = textOf(bytes, values.config)
  const where = {
    openStore: async () => localStore('.'),
    stateDir: values['state-dir'],
    repository: mode === 'sync' ? 'local' : null,
    force: values.force,
    inShell: true,
    now: Date.now,
  }
  const loaded = await loadChecked(text, values.config, env, tokens, where)
  const pool = createServices(tokens, env, stop.work, say, Object.values(loaded.mappings.syncs))
  const chosen = values.sync.split(',').flatMap(name => (name.trim() === '' ? [] : [name.trim()]))
  const outcomes = await inOrder(loaded, chosen, pool, (_, services) => ({
    ...where,
    services,
    issue: null,
    runUrl: null,
    url: () => null,
    mayRecord: Promise.resolve(),
    planOnly: mode !== 'sync',
    restore: null,
    stop: stop.work.now,
    log,
  })).finally(pool.close)
  for (const { error } of outcomes) if (error !== null) complain(error)
  const calls = pool.calls()
  process.stdout.write(
    values.json
      ? `${quoted(JSON.stringify(outcomes.map(asJson), null, 2))}\n`
      : `${outcomes.map(outcome => shown(outcome, mode)).join('\n\n')}\n${counted(calls.notion, 'Notion call')}, ${counted(calls.airtable, 'Airtable call')}.\n`,
  )
  return outcomes.some(({ error }) => error !== null) ? 1 : 0
}

/** What was done, or with `plan` what would be, as a table; then what is open. */
function shown({ name, result }: Outcome, mode: CliMode): string {
  if (result === null) return `${name}: failed`
  if (mode === 'check') return checkText(result)
  const { planned, failure } = result
  const entries = planned ? plannedEntries(result.plan) : result.entries
  const counts = planned ? countsOf(result.plan.steps, result.counts) : result.counts
  const words = headline(counts) || (result.changed ? 'state updated' : 'nothing to do')
  const stopped = planned && failure !== null
  const head = `${name}${stopped ? ', stopped before this' : planned ? ', planned' : ''}: ${words}`
  const verdict = stopped
    ? 'The guards stopped this'
    : planned
      ? 'The guards would stop this'
      : 'Forced past the guards'
  const stops = result.stops.map(stop => `${verdict}: ${stop}`)
  const problems = byTitle(result.problems, result.titles).map(
    problem =>
      `Problem: ${logged(problem.title, 60)}${problem.field === undefined ? '' : `, ${logged(labelOf(problem.field, result.fields), 60)}`}: ${logged(problem.message, 400)}`,
  )
  const conflicts = byTitle(result.conflicts, result.titles).map(
    conflict =>
      `Open conflict: ${logged(result.titles(conflict.page), 60)}, ${logged(labelOf(conflict.field, result.fields), 60)}: Notion has ${logged(show(conflict.notion), 120)}, Airtable has ${logged(show(conflict.airtable), 120)}`,
  )
  return [
    head,
    ...stops,
    ...(entries.length === 0 ? [] : [textTable(entries)]),
    ...conflicts,
    ...(conflicts.length === 0
      ? []
      : ['Make both sides equal, or set "conflict" in the line of the field; boxes to tick there are only on GitHub.']),
    ...problems,
    ...lossSentences(result.losses),
  ].join('\n')
}

function asJson({ name, result, error }: Outcome): unknown {
  if (result === null) return { name, error: error?.message ?? null }
  const { counts, entries, conflicts, problems, plan, changed } = result
  return { name, error: error?.message ?? null, changed, counts, entries, conflicts, problems, plan }
}

function complain(error: Error): void {
  const said = isDefect(error) ? (error.stack ?? error.message) : error.message
  const complaints = error instanceof UserError ? error.complaints : [{ message: said }]
  for (const { message, ...at } of complaints) {
    const place =
      'place' in at && at.place !== undefined ? `${at.place.file}:${at.place.line}:${at.place.column}: ` : ''
    process.stderr.write(`Error: ${place}${logged(message, 4000)}\n`)
  }
}
