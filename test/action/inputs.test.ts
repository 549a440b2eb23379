/**
 * The built action from outside: each input with its default and its wrong spellings, each output with exact values in
 * several situations, and when the step fails. Everything runs as on GitHub, against the emulated services.
 */
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { MAPPINGS, specTitle } from '../../demo/example.ts'
import { startWorld, type World } from '../../demo/world.ts'
import type { RunResult } from '../../emulators/runner.ts'

let world: World
afterEach(() => world.close())

/** The example, with pieces of its mapping replaced. */
async function example(specs: number, ...replaced: [string, string][]): Promise<void> {
  let mappings = MAPPINGS
  for (const [piece, replacement] of replaced) {
    expect(mappings).toContain(piece)
    mappings = mappings.replace(piece, () => replacement)
  }
  world = await startWorld({ specs, mappings })
}

const ASK: [string, string] = ['airtable: Target Quarter }', 'airtable: Target Quarter, conflict: ask }']

const page = (index: number): string => String(world.notion.pages(world.notion.dataSourceId)[index]?.id)
const rowOf = (index: number): string =>
  world.airtable.records().find(row => row.fields['Spec Name'] === specTitle(index))?.id ?? 'no such row'
const rows = (table?: string): unknown[] => world.airtable.records(table).map(row => row.fields['Spec Name'])

/** From here on the logs of calls hold only what is new. */
function forget(): void {
  for (const service of [world.notion, world.airtable, world.github]) service.calls.length = 0
}

/** Requests that meant to change something, at any of the three services. */
function writes(): string[] {
  const said = (service: { calls: { method: string; path: string }[] }) =>
    service.calls.map(call => `${call.method} ${call.path}`)
  return [...said(world.notion), ...said(world.airtable), ...said(world.github)].filter(
    line => !line.startsWith('GET ') && !line.endsWith('/query') && !line.endsWith('/listRecords'),
  )
}

const errors = (run: RunResult): string[] =>
  run.annotations.filter(note => note.level === 'error').map(note => note.message)

const NOTHING = {
  changed: 'false',
  created: '0',
  'updated-notion': '0',
  'updated-airtable': '0',
  deleted: '0',
  conflicts: '0',
  problems: '0',
  commit: '',
  issue: '',
  syncs: '["product-specs"]',
}
/** The outputs, apart from the number of calls. */
function outputs(run: RunResult): Record<string, string> {
  const { 'api-calls-notion': _, 'api-calls-airtable': __, ...rest } = run.outputs
  return rest
}

const TITLE = { type: 'title' }
const SELECT = { type: 'select', options: ['Open', 'Done'] }
const twoSyncs = (bugsTable = 'Bugs'): string => `version: 1
syncs:
  specs:
    notion: { database: 11111111-1111-4111-8111-111111111111 }
    airtable: { base: appAAAAAAAAAAAAAA, table: Specs, page_id_field: Page }
    fields:
      - { notion: Name, airtable: Name, owner: notion }
      - { notion: Status, airtable: Status, conflict: ask }
  bugs:
    notion: { database: 22222222-2222-4222-8222-222222222222 }
    airtable: { base: appAAAAAAAAAAAAAA, table: ${bugsTable}, page_id_field: Page }
    fields:
      - { notion: Name, airtable: Name, owner: notion }
      - { notion: Status, airtable: Status, conflict: ask }
`

/** Three specs and two bugs, each with a table of its own. */
async function two(mappings = twoSyncs()): Promise<void> {
  const pages = (...names: string[]) => names.map(Name => ({ properties: { Name, Status: 'Open' } }))
  const database = (digit: string, title: string, names: string[]) => ({
    id: `${digit.repeat(8)}-${digit.repeat(4)}-4${digit.repeat(3)}-8${digit.repeat(3)}-${digit.repeat(12)}`,
    title,
    properties: { Name: TITLE, Status: SELECT },
    pages: pages(...names),
  })
  const table = (name: string) => ({
    name,
    fields: [
      { name: 'Name', type: 'singleLineText' },
      { name: 'Status', type: 'singleSelect', choices: ['Open', 'Done'] },
      { name: 'Page', type: 'singleLineText' },
    ],
  })
  world = await startWorld({
    mappings,
    notion: {
      token: 'ntn_example',
      databases: [database('1', 'Specs', ['Search', 'Billing', 'Mobile']), database('2', 'Bugs', ['Crash', 'Leak'])],
    },
    airtable: { token: 'pat_example', bases: [{ id: 'appAAAAAAAAAAAAAA', tables: [table('Specs'), table('Bugs')] }] },
  })
}
const names = (table: string): unknown[] => world.airtable.records(table).map(row => row.fields.Name)

describe('mode', () => {
  it.each(['schedule', 'workflow_dispatch', 'issues'])('left out, a run that %s started syncs', async name => {
    await example(1)
    const run = await world.run({ event: { name } })
    expect(run.exitCode).toBe(0)
    expect(rows()).toEqual([specTitle(0)])
    expect(await world.state()).not.toBeNull()
  })

  it('left out, a pull request shows the plan and writes nothing but its comment', async () => {
    await example(2)
    await world.github.commitFiles({ 'README.md': 'edit' }, 'Edit', 'edit')
    const number = await world.github.openPull({ title: 'Edit', head: 'edit' }, 'ada')
    forget()
    const run = await world.run({ event: { name: 'pull_request', payload: pullRequest(number) } })
    expect(run.exitCode).toBe(0)
    expect(outputs(run)).toMatchObject({ changed: 'false', created: '0', commit: '' })
    expect(rows()).toEqual([])
    expect(writes()).toEqual([`POST /repos/acme/specs/issues/${number}/comments`])
    expect(run.summary).toContain(specTitle(0))
  })

  it('said to be sync, a pull request syncs', async () => {
    await example(1)
    const run = await world.run({
      inputs: { mode: 'sync' },
      event: { name: 'pull_request', payload: pullRequest(1) },
    })
    expect([run.exitCode, run.outputs.created]).toEqual([0, '1'])
  })

  it('plan reads everything and writes nothing, whatever started it, and says what a sync would do', async () => {
    await example(3)
    const run = await world.run({ inputs: { mode: 'plan' } })
    expect(run.exitCode).toBe(0)
    expect(writes()).toEqual([])
    expect(await world.github.commits()).toHaveLength(1)
    expect(outputs(run)).toMatchObject({ ...NOTHING })
    for (const index of [0, 1, 2]) expect(run.summary).toContain(specTitle(index))
    expect((await world.run()).outputs.created).toBe('3')
  })

  it.each(['snyc', 'SYNC', 'delete'])('%s is refused with the modes that there are; nothing is asked', async mode => {
    await example(1)
    const run = await world.run({ inputs: { mode } })
    expect(run.exitCode).toBe(1)
    expect(errors(run)).toHaveLength(1)
    expect(errors(run)[0]).toContain(`"${mode}"`)
    expect(errors(run)[0]).toMatch(/\bsync\b.*\bplan\b/)
    expect([...world.notion.calls, ...world.airtable.calls, ...world.github.writes()]).toEqual([])
  })
})

const pullRequest = (number: number) => ({
  pull_request: { number, base: { ref: 'main' }, head: { ref: 'edit', repo: { full_name: 'acme/specs' } } },
})

describe('sync', () => {
  it('left out, every sync of the mapping runs, each with a folder of its own', async () => {
    await two()
    const run = await world.run()
    expect(run.exitCode).toBe(0)
    expect(names('Specs').sort()).toEqual(['Billing', 'Mobile', 'Search'])
    expect(names('Bugs').sort()).toEqual(['Crash', 'Leak'])
    const files = Object.keys(await world.github.files())
    expect(files.filter(path => path.endsWith('state.json'))).toEqual([
      'state/bugs/state.json',
      'state/specs/state.json',
    ])
    expect(outputs(run)).toEqual({
      ...NOTHING,
      changed: 'true',
      created: '5',
      commit: await world.github.head(),
      syncs: '["specs","bugs"]',
    })
  })

  it('names the ones to run, and the output syncs names them all', async () => {
    await two()
    const run = await world.run({ inputs: { sync: 'bugs' } })
    expect(names('Bugs')).toHaveLength(2)
    expect(names('Specs')).toEqual([])
    expect(run.outputs).toMatchObject({ created: '2', syncs: '["specs","bugs"]' })
    expect(Object.keys(await world.github.files()).some(path => path.startsWith('state/specs/'))).toBe(false)
  })

  it('may be a list with spaces and a comma too many', async () => {
    await two()
    expect((await world.run({ inputs: { sync: ' bugs ,specs, ' } })).outputs.created).toBe('5')
  })

  it.each([
    ['bgus', /"bgus".*"bugs"/],
    ['specs,bgus', /"bgus".*"bugs"/],
    ['something-else', /"something-else".*specs.*bugs/],
  ])(
    '%s: a name that is not in the mapping is told with the right one, and nothing is written',
    async (sync, words) => {
      await two()
      const run = await world.run({ inputs: { sync } })
      expect(run.exitCode).toBe(1)
      expect(errors(run)).toHaveLength(1)
      expect(errors(run)[0]).toMatch(words)
      expect(writes()).toEqual([])
    },
  )
})

describe('config', () => {
  const ONE_LINE = MAPPINGS.replace(/ {6}- \{ notion: Status[\s\S]*/, '').replace(/ {4}archive:\n.*\n.*\n/, '')

  it('where nothing was checked out, it is read at the commit that started the run, not at the head', async () => {
    await example(1)
    const before = await world.github.head()
    await world.github.commitFiles({ 'mappings.yaml': ONE_LINE }, 'Map less')
    await world.run({ github: { ...world.github, sha: before } })
    expect(world.airtable.records()[0]?.fields).toMatchObject({ 'Spec Name': specTitle(0), Priority: 'P0' })
  })

  it('where something was checked out, that is what counts', async () => {
    await example(1)
    const run = await world.run({ workspace: { 'mappings.yaml': ONE_LINE } })
    expect(run.exitCode).toBe(0)
    const fields = Object.keys(world.airtable.records()[0]?.fields ?? {})
    expect(fields.sort()).toEqual(['Last Synced', 'Notion Page ID', 'Spec Name'])
  })

  it('may be another path, in the workspace or through the API', async () => {
    await example(1)
    const inputs = { config: 'config/sync.yaml', mode: 'plan' }
    expect((await world.run({ inputs, workspace: { 'config/sync.yaml': MAPPINGS } })).exitCode).toBe(0)
    await world.github.commitFiles({ 'config/sync.yaml': MAPPINGS, 'mappings.yaml': null }, 'Move the mapping')
    expect((await world.run({ inputs: { ...inputs, config: './config/sync.yaml' } })).exitCode).toBe(0)
    const run = await world.run({ inputs })
    expect([run.exitCode, run.outputs.syncs]).toEqual([0, '["product-specs"]'])
  })

  it('that is nowhere is an error that names it and the input; nothing is asked', async () => {
    await example(1)
    const run = await world.run({ inputs: { config: 'conf.yaml' }, workspace: { 'README.md': '' } })
    expect(run.exitCode).toBe(1)
    expect(errors(run)).toHaveLength(1)
    expect(errors(run)[0]).toMatch(/conf\.yaml.*config/)
    expect([...world.notion.calls, ...world.airtable.calls]).toEqual([])
  })

  it('that is a folder is an error in words, without a stack trace', async () => {
    await example(1)
    for (const workspace of [{ 'docs/a.md': '' }, {}]) {
      await world.github.commitFiles({ 'docs/a.md': '' }, 'Write')
      const run = await world.run({ inputs: { config: 'docs' }, workspace })
      expect(run.exitCode).toBe(1)
      expect(errors(run)[0]).toContain('docs')
      expect(run.stdout).not.toMatch(/^\s+at .*(\.[cm]?[jt]s|node:\S+):\d+/m)
    }
  })

  it('is named in the annotations by the path that was given', async () => {
    await example(1)
    const broken = MAPPINGS.replace('create: airtable', 'craete: airtable')
    const run = await world.run({ inputs: { config: 'sub/m.yaml' }, workspace: { 'sub/m.yaml': broken } })
    const line = broken.split('\n').findIndex(text => text.includes('craete')) + 1
    expect(run.annotations).toMatchObject([{ level: 'error', file: 'sub/m.yaml', line, col: 5 }])
  })
})

describe('state-dir', () => {
  it.each([
    ['sync/state', 'sync/state'],
    ['./data/', 'data'],
  ])('%s: state goes there, is found there again, and nowhere else', async (stateDir, folder) => {
    await example(1)
    const inputs = { 'state-dir': stateDir }
    await world.run({ inputs })
    const paths = Object.keys(await world.github.files()).filter(path => path !== 'mappings.yaml')
    expect(paths).toContain(`${folder}/product-specs/state.json`)
    expect(paths.filter(path => !path.startsWith(`${folder}/`))).toEqual([])
    expect(outputs(await world.run({ inputs }))).toEqual(NOTHING)
  })
})

it.each(['.', '..', './', 'a/../..'])(
  'state-dir %s, which is no folder of the repository, is an error in words',
  async dir => {
    await example(1)
    const run = await world.run({ inputs: { 'state-dir': dir } })
    expect(run.exitCode).toBe(1)
    expect(errors(run)).toEqual([expect.stringMatching(/state-dir.*folder of the repository/)])
    expect([...world.notion.calls, ...world.airtable.calls]).toEqual([])
  },
)

describe('branch', () => {
  it('left out, state is kept on the default branch', async () => {
    await example(1)
    await world.run()
    expect(await world.github.file('state/product-specs/state.json', 'main')).toBeDefined()
  })

  it('that is missing is made from the default branch, and that one stays as it is', async () => {
    await example(1)
    const inputs = { branch: 'sync-state' }
    const old = await world.github.head()
    const main = await world.github.commitFiles({ 'README.md': 'newer' }, 'Newer')
    const run = await world.run({ inputs, github: { ...world.github, sha: old } })
    expect(run.exitCode).toBe(0)
    expect(run.outputs.commit).toBe(await world.github.head('sync-state'))
    expect(await world.github.head('main')).toBe(main)
    const commits = await world.github.commits('sync-state')
    expect(commits.slice(1).map(commit => commit.sha)).toEqual([main, old])
    expect(await world.github.file('README.md', 'sync-state')).toBe('newer')
    expect(await world.github.file('state/product-specs/state.json', 'main')).toBeUndefined()
  })

  it('is read in the next run, and goes on where it stands', async () => {
    await example(2)
    const inputs = { branch: 'bot/sync-state' }
    await world.run({ inputs })
    expect(outputs(await world.run({ inputs }))).toEqual(NOTHING)
    world.notion.edit(page(1), { 'Target Quarter': '2026 Q4' })
    const run = await world.run({ inputs })
    expect(run.outputs).toMatchObject({ 'updated-airtable': '1', created: '0' })
    expect(await world.github.commits('bot/sync-state')).toHaveLength(3)
  })

  it('that takes no commits since it is protected: says to give the state a branch of its own', async () => {
    await example(1)
    const body = { message: 'Repository rule violations found' }
    world.github.inject({ on: /^PATCH .*\/git\/refs\//, times: 100, effect: { kind: 'answer', status: 422, body } })
    const run = await world.run()
    expect(run.exitCode).toBe(1)
    expect(errors(run)).toHaveLength(1)
    expect(errors(run)[0]).toMatch(/main.*Every run will end like this.*branch: \S+/)
    expect(run.summary).toMatch(/no run can record it until that is mended/)
    expect(run.summary).not.toMatch(/the next run finds it/)
    expect(run.stdout).not.toMatch(/^\s+at .*(\.[cm]?[jt]s|node:\S+):\d+/m)
  })

  it('may be written as a ref', async () => {
    await example(1)
    await world.run({ inputs: { branch: 'refs/heads/sync-state' } })
    expect(await world.github.file('state/product-specs/state.json', 'sync-state')).not.toBe(null)
  })

  it('is not made by a plan', async () => {
    await example(1)
    const run = await world.run({ inputs: { branch: 'sync-state', mode: 'plan' } })
    expect(run.exitCode).toBe(0)
    await expect(world.github.head('sync-state')).rejects.toThrow()
  })
})

describe('force', () => {
  it('lets one run pass the guards; without it the sync stops before its first write and says so', async () => {
    await example(3, ['guards: { max_deletions: 10 }', 'guards: { max_deletions: 1 }'])
    await world.run()
    world.notion.trash(page(0))
    world.notion.trash(page(0))
    forget()
    const stopped = await world.run()
    expect(stopped.exitCode).toBe(1)
    expect(errors(stopped)).toHaveLength(1)
    expect(errors(stopped)[0]).toMatch(/2 records would be archived or deleted/)
    expect(errors(stopped)[0]).toMatch(/force/)
    expect(writes()).toEqual([])
    const run = await world.run({ inputs: { force: 'true' } })
    expect([run.exitCode, run.outputs['updated-airtable']]).toEqual([0, '2'])
    expect(world.airtable.records().map(row => row.fields.Status)).toContain('Archived')
  })

  it('counts for its own run only', async () => {
    await example(3, ['guards: { max_deletions: 10 }', 'guards: { max_deletions: 0 }'])
    await world.run()
    world.notion.trash(page(0))
    expect((await world.run({ inputs: { force: 'true' } })).exitCode).toBe(0)
    world.notion.trash(page(0))
    expect((await world.run()).exitCode).toBe(1)
  })

  it.each(['force', 'fail-on-conflict'])('%s is true or false and nothing else', async name => {
    await example(1)
    for (const value of ['yes', 'flase']) {
      const run = await world.run({ inputs: { [name]: value } })
      expect(run.exitCode).toBe(1)
      expect(errors(run)).toHaveLength(1)
      expect(errors(run)[0]).toMatch(new RegExp(`${name}.*"${value}"`))
    }
    expect(world.notion.calls).toEqual([])
    expect((await world.run({ inputs: { [name]: 'TRUE' } })).exitCode).toBe(0)
  })

  it('several inputs that are wrong are told at once', async () => {
    await example(1)
    const run = await world.run({ inputs: { mode: 'x', force: 'y', 'fail-on-conflict': 'z', 'github-token': '' } })
    expect(run.exitCode).toBe(1)
    const said = errors(run).join('\n')
    for (const name of ['mode', 'force', 'fail-on-conflict', 'github-token']) expect(said).toContain(name)
  })
})

describe('fail-on-conflict', () => {
  async function conflict(): Promise<void> {
    await example(2, ASK)
    await world.run()
    world.notion.edit(page(0), { 'Target Quarter': '2027 Q1' })
    world.airtable.edit(rowOf(0), { 'Target Quarter': '2027 Q2' })
  }

  it('left out, an open conflict does not fail the step', async () => {
    await conflict()
    expect((await world.run()).exitCode).toBe(0)
    expect((await world.run()).exitCode).toBe(0)
  })

  it('fails the step for as long as the conflict is open, after everything was done and recorded', async () => {
    await conflict()
    world.notion.edit(page(1), { Priority: 'P3' })
    const inputs = { 'fail-on-conflict': 'true' }
    const run = await world.run({ inputs })
    expect(run.exitCode).toBe(1)
    expect(errors(run)).toHaveLength(1)
    expect(errors(run)[0]).toMatch(/1 conflict/)
    expect(run.outputs).toMatchObject({ conflicts: '1', 'updated-airtable': '1' })
    expect(run.outputs.commit).toBe(await world.github.head())
    expect(await world.github.issues()).toHaveLength(1)
    expect((await world.run({ inputs })).exitCode).toBe(1)
    world.airtable.edit(rowOf(0), { 'Target Quarter': '2027 Q1' })
    expect((await world.run({ inputs })).exitCode).toBe(0)
  })

  it('a problem is no conflict', async () => {
    await example(2)
    await world.run()
    world.airtable.duplicate(rowOf(0))
    const run = await world.run({ inputs: { 'fail-on-conflict': 'true' } })
    expect(run.outputs).toMatchObject({ problems: '1', conflicts: '0' })
    expect(run.exitCode).toBe(0)
  })
})

describe('outputs', () => {
  it('are the ones that action.yml names, all set in every run that came to its end', async () => {
    await example(1)
    const action = parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8'))
    for (const mode of ['plan', 'sync']) {
      const run = await world.run({ inputs: { mode } })
      expect(Object.keys(run.outputs).sort()).toEqual(Object.keys(action.outputs).sort())
    }
  })

  it('of a first run, and of the quiet one after it', async () => {
    await example(3)
    const first = await world.run()
    expect(outputs(first)).toEqual({
      ...NOTHING,
      changed: 'true',
      created: '3',
      commit: await world.github.head(),
    })
    expect(first.outputs['api-calls-notion']).toBe(String(world.notion.calls.length))
    expect(first.outputs['api-calls-airtable']).toBe(String(world.airtable.calls.length))
    forget()
    const quiet = await world.run()
    expect(outputs(quiet)).toEqual(NOTHING)
    expect(quiet.outputs['api-calls-notion']).toBe(String(world.notion.calls.length))
    expect(quiet.outputs['api-calls-airtable']).toBe(String(world.airtable.calls.length))
  })

  it('count records, not cells, on each side', async () => {
    await example(4)
    await world.run()
    world.notion.edit(page(0), { 'Target Quarter': '2027 Q2', Owner: ['Ada Lovelace', 'Alan Turing'] })
    world.airtable.edit(rowOf(1), { Sprint: 'S1', 'Ship Date': '2026-12-01', Blockers: 'none' })
    world.airtable.edit(rowOf(2), { Sprint: 'S2' })
    const run = await world.run()
    expect(outputs(run)).toEqual({
      ...NOTHING,
      changed: 'true',
      'updated-airtable': '1',
      'updated-notion': '2',
      commit: await world.github.head(),
    })
  })

  it('count what was deleted on either side, and not what was archived', async () => {
    await example(4, ['page: archive', 'page: delete'], ['row: restore', 'row: trash'])
    await world.run()
    world.notion.trash(page(0))
    world.airtable.remove(rowOf(1))
    const run = await world.run()
    expect(outputs(run)).toEqual({ ...NOTHING, changed: 'true', deleted: '2', commit: await world.github.head() })
    expect(world.airtable.records()).toHaveLength(2)
    expect(world.notion.pages(world.notion.dataSourceId)).toHaveLength(2)
  })

  it('count an archived row as updated and a restored one as created', async () => {
    await example(3)
    await world.run()
    world.notion.trash(page(0))
    world.airtable.remove(rowOf(1))
    expect(outputs(await world.run())).toMatchObject({ 'updated-airtable': '1', created: '1', deleted: '0' })
  })

  it('name the open conflict and its issue in every run, while changed and commit tell of this run only', async () => {
    await example(1, ASK)
    await world.run()
    world.notion.edit(page(0), { 'Target Quarter': '2027 Q1' })
    world.airtable.edit(rowOf(0), { 'Target Quarter': '2027 Q2' })
    const opened = await world.run()
    const [issue] = await world.github.issues()
    expect(outputs(opened)).toEqual({
      ...NOTHING,
      changed: 'true',
      conflicts: '1',
      commit: await world.github.head(),
      issue: String(issue?.number),
    })
    expect(outputs(await world.run())).toEqual({ ...NOTHING, conflicts: '1', issue: String(issue?.number) })
  })

  it('name it also in a run that does not get as far as a plan, and so does its line in the history', async () => {
    await example(2, ASK)
    await world.run()
    world.notion.edit(page(0), { 'Target Quarter': '2028 Q1' })
    world.airtable.edit(rowOf(0), { 'Target Quarter': '2028 Q2' })
    const { issue } = (await world.run()).outputs
    const body = { object: 'error', status: 401, code: 'unauthorized', message: 'API token is invalid.' }
    world.notion.inject({ on: /./, times: 100, effect: { kind: 'answer', status: 401, body } })
    const failed = await world.run()
    expect(failed).toMatchObject({ exitCode: 1, outputs: { conflicts: '1', problems: '0', issue, changed: 'false' } })
    const history = (await world.github.file('state/product-specs/history.jsonl')) ?? ''
    expect(JSON.parse(history.trim().split('\n').at(-1) ?? '')).toMatchObject({ counts: { conflicts: 1 } })

    world.notion.clearFaults()
    const cured = await world.run()
    expect(cured.outputs).toMatchObject({ changed: 'true', conflicts: '1', created: '0' })
    expect(cured.outputs.commit).not.toBe('')
  })

  it('are all set by a proposal too', async () => {
    await example(1)
    const { outputs } = await world.run({ inputs: { mode: 'init' } })
    expect(outputs).toMatchObject({ changed: 'false', created: '0', commit: '', issue: '' })
    expect(Number(outputs['api-calls-notion'])).toBeGreaterThan(0)
  })

  it('name a problem and its issue', async () => {
    await example(1)
    await world.run()
    world.airtable.duplicate(rowOf(0))
    const run = await world.run()
    const [issue] = await world.github.issues()
    expect(run.outputs).toMatchObject({ problems: '1', conflicts: '0', issue: String(issue?.number), changed: 'true' })
    expect(outputs(await world.run())).toMatchObject({ problems: '1', issue: String(issue?.number), changed: 'false' })
  })

  it('are the sums over all syncs', async () => {
    await two()
    await world.run()
    for (const table of ['Specs', 'Bugs']) {
      const row = world.airtable.records(table)[0]
      world.airtable.edit(row?.id ?? '', { Status: 'Done' })
    }
    expect(outputs(await world.run())).toEqual({
      ...NOTHING,
      changed: 'true',
      'updated-notion': '2',
      commit: await world.github.head(),
      syncs: '["specs","bugs"]',
    })
  })

  it('count only what is known to have taken effect', async () => {
    await example(15)
    // The month's requests are used up after the first batch of ten rows.
    world.airtable.onCall(call => {
      const batches = world.airtable.calls.filter(each => each.method === 'PATCH').length
      world.airtable.settings.monthlyQuotaExceeded = call.method === 'PATCH' ? batches > 1 : batches > 0
    })
    const run = await world.run()
    expect(run.exitCode).toBe(1)
    expect(rows()).toHaveLength(10)
    expect(run.outputs).toMatchObject({ created: '10', changed: 'true', commit: await world.github.head() })
    expect(errors(run)).toHaveLength(1)
    expect(errors(run)[0]).toMatch(/plan|month/i)
    world.airtable.onCall(undefined)
    world.airtable.settings.monthlyQuotaExceeded = false
    expect((await world.run()).outputs).toMatchObject({ created: '5', changed: 'true' })
    expect(new Set(rows()).size).toBe(15)
  })
})

describe('several syncs, one of which cannot run', () => {
  it.each([
    ['the last', 'Bugs', 'Bgus', 'Specs', 3],
    ['the first', 'Specs', 'Spces', 'Bugs', 2],
  ])('%s: the other is done and recorded, and the step fails', async (_, table, wrong, other, count) => {
    await two(twoSyncs().replace(`table: ${table},`, `table: ${wrong},`))
    const run = await world.run()
    expect(run.exitCode).toBe(1)
    expect(names(other)).toHaveLength(count)
    expect(names(table)).toEqual([])
    expect(errors(run)).toHaveLength(1)
    expect(errors(run)[0]).toContain(wrong)
    expect(errors(run)[0]).toContain(table.toLowerCase())
    expect(run.outputs).toMatchObject({ created: String(count), changed: 'true', syncs: '["specs","bugs"]' })
    expect(run.outputs.commit).toBe(await world.github.head())
    expect(await world.state(other.toLowerCase())).not.toBeNull()
    expect(run.summary).toContain(wrong)
  })

  it('two that cannot run are both told', async () => {
    await two(twoSyncs('Bgus').replace('table: Specs', 'table: Spces'))
    const run = await world.run()
    expect(run.exitCode).toBe(1)
    expect(errors(run)).toHaveLength(2)
    expect(writes()).toEqual([])
  })

  it('one that a guard stops does not stop the other', async () => {
    await two()
    await world.run()
    for (const row of world.airtable.records('Specs')) world.airtable.remove(row.id)
    world.airtable.edit(world.airtable.records('Bugs')[0]?.id ?? '', { Status: 'Done' })
    const run = await world.run()
    expect(run.exitCode).toBe(1)
    expect(run.outputs).toMatchObject({ created: '0', 'updated-notion': '1' })
  })
})

describe('service addresses', () => {
  it('come from the environment, with or without a slash at the end', async () => {
    await example(1)
    const run = await world.run({
      env: {
        NOTION_BASE_URL: `${world.notion.url}/`,
        AIRTABLE_ENDPOINT_URL: `${world.airtable.url}/`,
        GITHUB_API_URL: `${world.github.url}/`,
      },
    })
    expect([run.exitCode, run.outputs.created]).toEqual([0, '1'])
    expect(world.notion.calls.every(call => call.path.startsWith('/v1/'))).toBe(true)
    expect(world.airtable.calls.every(call => call.path.startsWith('/v0/'))).toBe(true)
    expect(world.github.calls.length).toBeGreaterThan(0)
  })

  it('of GitHub is the one that the runner names, which may have a path', async () => {
    await example(1)
    const github = { ...world.github, url: `${world.github.url}/api/v3` }
    const run = await world.run({ github })
    expect(run.exitCode).toBe(1)
    expect(world.github.calls.length).toBeGreaterThan(0)
    expect(world.github.calls.every(call => call.path.startsWith('/api/v3/'))).toBe(true)
  })
})

describe('the file of the event', () => {
  it.each<[string, string, RegExp | null]>([
    ['that is cut off', '{"repository": {', /GITHUB_EVENT_PATH.*cannot be read as JSON/],
    ['that holds no object', '[]', /GITHUB_EVENT_PATH.*holds no object/],
    [
      'with keys that every object has',
      '{"__proto__": {"repository": 1}, "constructor": "x", "pull_request": "no"}',
      null,
    ],
    [
      'of megabytes, nested deeply',
      `{"repository": {"default_branch": ${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}}`,
      null,
    ],
  ])('%s is refused in words or read past, at once', async (_, text, words) => {
    await example(1)
    const workspace = { 'event.json': text, 'mappings.yaml': MAPPINGS }
    const run = await world.run({ workspace, env: { GITHUB_EVENT_PATH: 'event.json' } })
    expect(run.exitCode, run.log).toBe(words === null ? 0 : 1)
    expect(run.stdout + run.stderr).not.toMatch(/^\s+at .*(\.[cm]?[jt]s|node:\S+):\d+/m)
    if (words !== null) expect(errors(run)).toEqual([expect.stringMatching(words)])
  })
})

it('a file of the event that is not there, and a job summary that cannot be written, are no reason to fail', async () => {
  await example(1)
  const run = await world.run({
    env: { GITHUB_EVENT_PATH: '/nowhere/event.json', GITHUB_STEP_SUMMARY: '/nowhere/summary.md' },
  })
  expect([run.exitCode, run.outputs.created], run.log).toEqual([0, '1'])
  expect(run.annotations).toMatchObject([
    { level: 'warning', message: expect.stringMatching(/summary.*not be written/) },
  ])
})
