/**
 * The same program from a shell: modes and options, state in the local folder and nothing on GitHub, what is printed on
 * which stream, and what it says to wrong usage. The built file with arguments, against the emulated services.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { MAPPINGS, specTitle } from '../../demo/example.ts'
import { startWorld, type World } from '../../demo/world.ts'
import { parseCommand } from '../../emulators/runner/commands.ts'
import type { RunOptions, RunResult } from '../../emulators/runner.ts'

let world: World
afterEach(() => world.close())

const first = specTitle(0)
const second = specTitle(1)
const STATE = 'state/product-specs/state.json'

type Shell = { files?: Record<string, string>; env?: Record<string, string> } & Pick<RunOptions, 'cancel'>

/** Types a command in a folder that holds `files`. */
function shell(
  args: string,
  { files = { 'mappings.yaml': MAPPINGS }, env = {}, ...more }: Shell = {},
): Promise<RunResult> {
  return world.run({
    args: args.split(' ').filter(word => word !== ''),
    workspace: files,
    ...more,
    env: { NOTION_TOKEN: 'ntn_example', AIRTABLE_TOKEN: 'pat_example', ...env },
  })
}

function forget(): void {
  for (const service of [world.notion, world.airtable, world.github]) service.calls.length = 0
}
function writes(): string[] {
  return [world.notion, world.airtable]
    .flatMap(service => service.calls)
    .filter(call => call.method !== 'GET' && !/\/(query|listRecords)$/.test(call.path))
    .map(call => `${call.method} ${call.path}`)
}
/** A line that holds all of these words. */
const hasLine = (text: string, ...words: string[]): boolean =>
  text.split('\n').some(line => words.every(word => line.includes(word)))

const STACK = /^\s+at .*(\.[cm]?[jt]s|node:\S+):\d+/m

describe('sync', () => {
  it('syncs, keeps the state in the folder, and asks nothing of GitHub', async () => {
    world = await startWorld({ specs: 3 })
    const run = await shell('sync')
    expect(run.exitCode).toBe(0)
    expect(world.airtable.records()).toHaveLength(3)
    const kept = Object.keys(run.files).filter(path => path !== 'mappings.yaml')
    expect(kept.sort()).toEqual(
      ['state/README.md', 'state/product-specs/CHANGELOG.md', STATE, 'state/product-specs/history.jsonl'].sort(),
    )
    expect(JSON.parse(run.files[STATE] ?? '').pairs).toHaveLength(3)
    expect(world.github.calls).toEqual([])
  })

  it('goes on from that folder: quiet at first, then with what was edited', async () => {
    world = await startWorld({ specs: 2 })
    const { files } = await shell('sync')
    forget()
    const quiet = await shell('sync', { files })
    expect([quiet.exitCode, writes(), quiet.files]).toEqual([0, [], files])
    world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q2' })
    world.airtable.edit(world.row(second), { Sprint: 'S1' })
    const run = await shell('sync', { files })
    expect(world.airtable.value(world.row(first), 'Target Quarter')).toBe('2027 Q2')
    expect(world.notion.value(world.page(second), 'Sprint')).toBe('S1')
    expect(run.files['state/product-specs/CHANGELOG.md']).toContain('2027 Q2')
  })

  it('prints a table of what it did: a line for each change, with record, field, old and new', async () => {
    world = await startWorld({ specs: 2 })
    const { files } = await shell('sync')
    world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q2' })
    world.airtable.edit(world.row(second), { Sprint: 'S1' })
    const { stdout } = await shell('sync', { files })
    expect(hasLine(stdout, first, 'Target Quarter', '2026 Q4', '2027 Q2')).toBe(true)
    expect(hasLine(stdout, second, 'Sprint', 'S1')).toBe(true)
    expect(stdout).toMatch(/1 → Airtable, 1 → Notion/)
    expect(stdout).not.toMatch(/^::/m)
  })

  it('says so where there was nothing to do, and what it cost', async () => {
    world = await startWorld({ specs: 1 })
    const { files } = await shell('sync')
    const { stdout } = await shell('sync', { files })
    expect(stdout).toContain('product-specs: nothing to do')
    expect(stdout).toMatch(/2 Notion calls, 2 Airtable calls/)
  })

  it('shows progress on long work', async () => {
    world = await startWorld({ specs: 47 })
    const { stderr } = await shell('sync')
    expect(stderr).toMatch(/20 of 47/)
    expect(stderr).toMatch(/47 of 47/)
  })

  it('checks in plain text: how each line flows, and what a schedule costs', async () => {
    world = await startWorld({ specs: 1 })
    const { exitCode, stdout } = await shell('check')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^product-specs, checked: Config and schemas fit, and both tokens can read\./)
    expect(stdout).toMatch(/^Name +title +→ +Spec Name +singleLineText +Notion owns it$/m)
    expect(stdout).toMatch(/^every hour +1,440 +1,440$/m)
    expect(stdout).not.toMatch(/^\||^#|`/m)
  })

  it('tells an open conflict with both values, and ends well', async () => {
    const mappings = MAPPINGS.replace('airtable: Target Quarter }', 'airtable: Target Quarter, conflict: ask }')
    world = await startWorld({ specs: 1 })
    const { files } = await shell('sync', { files: { 'mappings.yaml': mappings } })
    world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q1' })
    world.airtable.edit(world.row(first), { 'Target Quarter': '2027 Q2' })
    const run = await shell('sync', { files })
    expect(run.exitCode).toBe(0)
    expect(hasLine(run.stdout + run.stderr, 'Target Quarter', '2027 Q1', '2027 Q2')).toBe(true)
    expect(run.stdout).toMatch(/1 conflict/)
    expect(run.stdout).toContain('Make both sides equal, or set "conflict"')
  })
})

describe('plan', () => {
  it('reads everything, writes nothing, and shows what a sync would do', async () => {
    world = await startWorld({ specs: 2 })
    const run = await shell('plan')
    expect(run.exitCode).toBe(0)
    expect(Object.keys(run.files)).toEqual(['mappings.yaml'])
    expect([writes(), world.github.calls]).toEqual([[], []])
    for (const title of [first, second]) expect(run.stdout).toContain(title)
  })

  it('shows an edit with its old and its new value', async () => {
    world = await startWorld({ specs: 2 })
    const { files } = await shell('sync')
    world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q2' })
    const run = await shell('plan', { files })
    expect(hasLine(run.stdout, first, 'Target Quarter', '2026 Q4', '2027 Q2')).toBe(true)
    expect(run.files).toEqual(files)
  })

  it('is, word for word, the plan that a sync then carries out', async () => {
    world = await startWorld({ specs: 3 })
    const { files } = await shell('sync')
    world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q2', Status: 'Shipped' })
    world.airtable.edit(world.row(second), { Sprint: 'S1', 'Spec Name': 'Mine' })
    world.notion.trash(world.page(specTitle(2)))
    const planned = JSON.parse((await shell('plan --json', { files })).stdout)
    const done = JSON.parse((await shell('sync --json', { files })).stdout)
    expect(planned[0].plan.steps.length).toBeGreaterThan(2)
    expect(done[0].plan).toEqual(planned[0].plan)
  })
})

describe('init', () => {
  it('prints a mapping on stdout, and nothing else there, which works as it stands', async () => {
    world = await startWorld({ specs: 2 })
    const proposed = await shell('init', { files: {} })
    expect(proposed.exitCode).toBe(0)
    expect([writes(), proposed.files]).toEqual([[], {}])
    const synced = await shell('sync', { files: { 'mappings.yaml': proposed.stdout } })
    expect(synced).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/2 created/) })
    const asJson = await shell('init --json', { files: {} })
    expect(JSON.parse(asJson.stdout)).toEqual({ mappings: proposed.stdout })
  })

  it('ends at once where a service refuses the token', async () => {
    world = await startWorld({ specs: 1 })
    const began = performance.now()
    const run = await shell('init', { env: { NOTION_TOKEN: 'ntn_revoked' } })
    expect(run.exitCode).toBe(1)
    // Spaced requests keep a process alive for a minute.
    expect(performance.now() - began).toBeLessThan(20_000)
  })

  it('names both variables that are missing, and how to set them in a shell', async () => {
    world = await startWorld({ specs: 1 })
    const run = await shell('init', { env: { NOTION_DATABASE_ID: '', AIRTABLE_BASE_ID: '' } })
    expect(run.exitCode).toBe(1)
    for (const name of ['NOTION_DATABASE_ID', 'AIRTABLE_BASE_ID'])
      expect(hasLine(run.stderr, name, 'export')).toBe(true)
    expect([...world.notion.calls, ...world.airtable.calls]).toEqual([])
  })
})

describe('options', () => {
  it('--config and --state-dir name other places', async () => {
    world = await startWorld({ specs: 1 })
    const run = await shell('sync --config conf/m.yaml --state-dir kept/here', { files: { 'conf/m.yaml': MAPPINGS } })
    expect(run.exitCode).toBe(0)
    expect(run.files['kept/here/product-specs/state.json']).toBeDefined()
    expect(Object.keys(run.files).filter(path => path.startsWith('state/'))).toEqual([])
    forget()
    expect((await shell('sync --config=conf/m.yaml --state-dir=kept/here', { files: run.files })).exitCode).toBe(0)
    expect(writes()).toEqual([])
  })

  const other = MAPPINGS.slice(MAPPINGS.indexOf('  product-specs:')).replace('product-specs', 'others')
  const two = (broken: string) => ({ 'mappings.yaml': `${MAPPINGS}\n${other.replace('Delivery Tracker', broken)}` })

  it('--sync runs those that it names', async () => {
    world = await startWorld({ specs: 1 })
    const run = await shell('sync --sync product-specs', { files: two('No Such Table') })
    expect([run.exitCode, world.airtable.records().length]).toEqual([0, 1])
    const unknown = await shell('sync --sync prodct-specs', { files: two('No Such Table') })
    expect(unknown.exitCode).toBe(1)
    expect(unknown.stderr).toMatch(/"prodct-specs".*"product-specs"/)
  })

  it('without it all run, and one that fails does not stop the others', async () => {
    world = await startWorld({ specs: 1 })
    const run = await shell('sync', { files: two('No Such Table') })
    expect([run.exitCode, world.airtable.records().length]).toEqual([1, 1])
    expect(run.stderr).toContain('No Such Table')
    expect(run.stdout).toMatch(/product-specs: 1 created/)
    expect(run.stdout).toMatch(/others: failed/)
    expect(run.stderr).not.toMatch(STACK)
  })

  it('--force lets one run pass the guards', async () => {
    const strict = MAPPINGS.replace('max_deletions: 10', 'max_deletions: 0')
    world = await startWorld({ specs: 2 })
    const { files } = await shell('sync', { files: { 'mappings.yaml': strict } })
    const row = world.row(first)
    world.notion.trash(world.page(first))
    forget()
    const stopped = await shell('sync', { files })
    expect([stopped.exitCode, writes(), stopped.files[STATE]]).toEqual([1, [], files[STATE]])
    expect(stopped.stderr).toMatch(/--force/)
    expect(stopped.stdout).toContain('product-specs, stopped before this: 1 → Airtable')
    expect(hasLine(stopped.stdout, first, 'Status', 'Archived')).toBe(true)
    expect((await shell('sync --force', { files })).exitCode).toBe(0)
    expect(world.airtable.value(row, 'Status')).toBe('Archived')
  })

  it('that is ended with Ctrl-C says so, without a stack trace', async () => {
    world = await startWorld({ specs: 1 })
    const cancel = new AbortController()
    world.notion.inject({ on: /\/query/, effect: { kind: 'stall' } })
    world.notion.onCall(() => cancel.abort())
    const run = await shell('sync', { cancel: cancel.signal })
    expect(run.exitCode).toBe(1)
    expect(run.stderr).toContain('Error: The run was cancelled.\n')
    expect(run.stderr).not.toContain('⏎')
  })

  it('--json prints JSON and nothing else on stdout', async () => {
    world = await startWorld({ specs: 2 })
    const run = await shell('sync --json')
    const [result] = JSON.parse(run.stdout)
    expect(result).toMatchObject({ name: 'product-specs', changed: true, error: null, counts: { created: 2 } })
    const failed = await shell('sync --json', { files: two('No Such Table') })
    const results = JSON.parse(failed.stdout) as { name: string; error: string | null }[]
    expect(results.map(each => each.name)).toEqual(['product-specs', 'others'])
    expect(results[1]?.error).toContain('No Such Table')
    const stopped = await shell('sync --json', { env: { NOTION_TOKEN: '' } })
    expect(JSON.parse(stopped.stdout).error).toContain('NOTION_TOKEN')
  })

  it('--help tells modes and options', async () => {
    world = await startWorld({ specs: 1 })
    const run = await shell('--help')
    expect(run.exitCode).toBe(0)
    const said = run.stdout + run.stderr
    for (const word of ['sync', 'plan', '--config', '--state-dir', '--sync', '--force', '--json', 'NOTION_TOKEN']) {
      expect(said).toContain(word)
    }
  })
})

describe('wrong usage', () => {
  it.each([
    ['snyc', 'snyc'],
    ['sync plan', 'sync plan'],
    ['restore', 'as an action'],
    ['sync --confg x', '--confg'],
    ['sync --config', '--config'],
    ['--json', 'Usage'],
  ])('%s is refused with the usage; nothing is asked', async (args, word) => {
    world = await startWorld({ specs: 1 })
    const run = await shell(args)
    expect(run.exitCode).not.toBe(0)
    expect(run.stderr).toContain(word)
    expect(run.stderr).toContain('Usage')
    expect(run.stderr).not.toMatch(STACK)
    expect([...world.notion.calls, ...world.airtable.calls]).toEqual([])
  })

  it('tokens that are not set are both named', async () => {
    world = await startWorld({ specs: 1 })
    const run = await shell('sync', { env: { NOTION_TOKEN: '', AIRTABLE_TOKEN: '' } })
    expect(run.exitCode).toBe(1)
    expect(run.stderr).toContain('NOTION_TOKEN')
    expect(run.stderr).toContain('AIRTABLE_TOKEN')
  })

  it('a token that is not valid is told by the name that it has in a shell', async () => {
    world = await startWorld({ specs: 1 })
    const run = await shell('sync', { env: { NOTION_TOKEN: 'ntn_wrong' } })
    expect(run.exitCode).toBe(1)
    expect(run.stderr).toMatch(/NOTION_TOKEN/)
    expect(run.stdout + run.stderr).not.toContain('ntn_wrong')
    expect(run.stderr).not.toMatch(STACK)
  })

  it('a mapping that is not there, or is a folder, is named', async () => {
    world = await startWorld({ specs: 1 })
    for (const config of ['nowhere.yaml', 'docs']) {
      const run = await shell(`sync --config ${config}`, { files: { 'docs/a.md': '' } })
      expect(run.exitCode).toBe(1)
      expect(run.stderr).toContain(config)
      expect(run.stderr).not.toMatch(STACK)
    }
  })

  it('every mistake in the mapping is told at once, with file, line and column, and nothing is written', async () => {
    world = await startWorld({ specs: 1 })
    const text = MAPPINGS.replace('create: airtable', 'craete: airtable').replace('owner: notion }', 'owner: notoin }')
    const run = await shell('sync --config conf/m.yaml', { files: { 'conf/m.yaml': text } })
    expect(run.exitCode).toBe(1)
    for (const word of ['craete', 'notoin']) {
      const before = text.slice(0, text.indexOf(word)).split('\n')
      const place = `conf/m.yaml:${before.length}:${(before.at(-1) ?? '').length + 1}`
      expect(hasLine(run.stderr, place, word === 'craete' ? '"create"' : '"notion"')).toBe(true)
    }
    expect(run.stderr).not.toMatch(STACK)
    expect(writes()).toEqual([])
    expect(Object.keys(run.files)).toEqual(['conf/m.yaml'])
  })

  it('a field that a service does not have is told the same way', async () => {
    world = await startWorld({ specs: 1 })
    const text = MAPPINGS.replace('notion: Sprint,', 'notion: Spritn,')
    const run = await shell('sync', { files: { 'mappings.yaml': text } })
    const line = text.slice(0, text.indexOf('Spritn')).split('\n').length
    expect(run.exitCode).toBe(1)
    expect(hasLine(run.stderr, `mappings.yaml:${line}:`, '"Spritn"', '"Sprint"')).toBe(true)
    expect(writes()).toEqual([])
  })

  it('a state that cannot be read is not overwritten', async () => {
    world = await startWorld({ specs: 1 })
    const files = { 'mappings.yaml': MAPPINGS, [STATE]: '{"version": 1, "pairs": [' }
    const run = await shell('sync', { files })
    expect(run.exitCode).toBe(1)
    expect(run.stderr).toContain(STATE)
    expect(run.stderr).not.toMatch(STACK)
    expect(run.files).toEqual(files)
    expect(writes()).toEqual([])
  })
})

describe('tokens', () => {
  it('are never printed or kept', async () => {
    world = await startWorld({ specs: 2 })
    const runs = [await shell('sync'), await shell('sync --json'), await shell('plan')]
    world.airtable.revokeToken()
    runs.push(await shell('sync'))
    for (const { stdout, stderr, files } of runs) {
      const all = `${stdout}${stderr}${JSON.stringify(files)}`
      expect(['ntn_example', 'pat_example'].filter(token => all.includes(token))).toEqual([])
    }
  })

  it('count without the line end that came with them, and one that is none is refused by its name', async () => {
    world = await startWorld({ specs: 1 })
    expect((await shell('sync', { env: { NOTION_TOKEN: 'ntn_example\n' } })).exitCode).toBe(0)
    const refused = await shell('sync', { env: { AIRTABLE_TOKEN: 'pat_exam\nhunter2' } })
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr).toContain('AIRTABLE_TOKEN')
    expect(`${refused.stdout}${refused.stderr}`).not.toContain('hunter2')
  })
})

it('hostile text steers neither the terminal nor the workflow that the command may run in', async () => {
  world = await startWorld({ specs: 1 })
  const evil = '::error::x ##[error]x \u001b[31m\u009b2J\u202e\n::add-mask::x'
  world.notion.edit(world.page(first), { Name: evil })
  const runs = [await shell('plan'), await shell('plan --json'), await shell('sync')]
  for (const { stdout, stderr } of runs) {
    const lines = `${stdout}\n${stderr}`.split(/\r\n|\r|\n/)
    expect(lines.flatMap(line => parseCommand(line) ?? [])).toEqual([])
    expect(lines.join('')).not.toMatch(/[\p{Cc}\u202e]/u)
  }
  const [result] = JSON.parse(runs[1]?.stdout ?? '')
  expect(result.plan.steps[0].title).toBe(evil)
})
