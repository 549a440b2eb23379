/**
 * What a run leaves in git, and what is left when it does not end well: failed, overtaken by another commit, cancelled,
 * killed, or with people who edit while it is under way. The built action runs against the emulators.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MAPPINGS } from '../../demo/example.ts'
import { startWorld, type World, type WorldOptions } from '../../demo/world.ts'
import { WORK_MS } from '../../src/budget.ts'
import { startSynced } from './past.ts'
import { run } from './steps.ts'

const ASK = MAPPINGS.replace('conflict: newest', 'conflict: ask')
const FOLDER = 'state/product-specs'

async function start(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld({ specs: 3, ...options })
  onTestFinished(() => world.close())
  return world
}

type Twin = { page: string; row: string }
type Paired = { world: World; twin: (index: number) => Twin }

/** A world whose specs are paired. */
async function paired(options: WorldOptions = {}): Promise<Paired> {
  const world = await startSynced({ specs: 3, ...options })
  onTestFinished(() => world.close())
  const twins = world.notion.pages(world.notion.dataSourceId).map(({ id }) => {
    const row = world.airtable.records().find(record => record.fields['Notion Page ID'] === id)
    return { page: String(id), row: row?.id ?? `no row of ${id}` }
  })
  return { world, twin: index => twins[index] ?? { page: 'no such page', row: 'no such row' } }
}

type HistoryLine = { status: string; timestamp: string; error: unknown; traceback: unknown } & Record<string, unknown>
async function history(world: World): Promise<HistoryLine[]> {
  const text = (await world.github.file(`${FOLDER}/history.jsonl`)) ?? ''
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
}

const pairsOf = async (world: World): Promise<{ page: string; row: string }[]> =>
  (await world.state()).pairs as { page: string; row: string }[]
const pageIds = (world: World) => world.airtable.records().map(({ fields }) => fields['Notion Page ID'])

/** A run that changes nothing: what went before is settled, on both sides and in git. */
async function expectQuiet(world: World): Promise<void> {
  const before = world.github.writes().length
  const { outputs } = await run(world)
  expect(outputs).toMatchObject({ changed: 'false', created: '0', 'updated-notion': '0', 'updated-airtable': '0' })
  expect(world.github.writes()).toHaveLength(before)
}

/** No page has two rows, and none has none. */
function expectOneRowEach(world: World, count: number): void {
  expect(pageIds(world)).toHaveLength(count)
  expect(new Set(pageIds(world)).size).toBe(count)
  expect(pageIds(world)).not.toContain(undefined)
}

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'git-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The repository as a person has it on disk. */
async function cloned(world: World): Promise<(...args: string[]) => string> {
  const folder = await temporary()
  await world.github.clone(folder)
  return (...args) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' })
}

/** Does something once, when the client sends the first request that fits, before it is answered. */
function once(
  service: World['github'] | World['notion'] | World['airtable'],
  fits: RegExp,
  act: () => unknown,
  nth = 1,
) {
  const seen = { done: false, calls: 0 }
  service.onCall(async call => {
    if (seen.done || !fits.test(`${call.method} ${call.path}${call.query}`)) return
    seen.calls += 1
    if (seen.calls < nth) return
    seen.done = true
    await act()
  })
  return seen
}

describe('the files of a run', () => {
  it('one edit changes the line of its pair in state.json and no other', async () => {
    const { world, twin } = await paired({ specs: 6 })
    world.notion.edit(twin(3).page, { Priority: 'P1' })
    await run(world)

    const git = await cloned(world)
    const diff = git('diff', '--unified=0', 'HEAD~1', 'HEAD', '--', `${FOLDER}/state.json`).split('\n')
    const removed = diff.filter(line => /^-[^-]/.test(line))
    const added = diff.filter(line => /^\+[^+]/.test(line))
    expect([removed.length, added.length]).toEqual([1, 1])
    expect(removed[0]).toContain(twin(3).page)
    expect(added[0]).toBe(removed[0]?.replace(/^-/, '+').replace('"P3"', '"P1"'))
  })

  it('state.json holds one record a line, in an order that does not depend on how they were read', async () => {
    const { world } = await paired({ specs: 6 })
    const lines = ((await world.github.file(`${FOLDER}/state.json`)) ?? '').split('\n')
    const pages = lines.flatMap(line => (line.includes('"page":') ? [JSON.parse(line.replace(/,$/, '')).page] : []))
    expect(pages).toHaveLength(6)
    expect(pages).toEqual([...pages].sort())
    expect(pages).not.toEqual(world.notion.pages(world.notion.dataSourceId).map(page => page.id))
  })

  it('CHANGELOG.md tells newest first what changed, from what to what, which way and why, linked to both sides', async () => {
    const { world, twin } = await paired()
    world.setClock('2026-11-20T10:00:00Z')
    world.airtable.edit(twin(0).row, { Sprint: 'S14' })
    await run(world)
    world.setClock('2026-11-20T11:00:00Z')
    world.notion.edit(twin(0).page, { Priority: 'P3' })
    await run(world)

    const text = (await world.github.file(`${FOLDER}/CHANGELOG.md`)) ?? ''
    const [, third, second, first] = text.split(/^## /m)
    expect([third, second, first].map(section => section?.slice(0, 13))).toEqual([
      '2026-11-20 11',
      '2026-11-20 10',
      '2026-11-20 09',
    ])
    const line = third?.split('\n').find(candidate => candidate.includes('Priority')) ?? ''
    for (const part of ['Search redesign', '`P0`', '`P3`', 'Notion → Airtable', 'edited in Notion'])
      expect(line).toContain(part)
    expect(line).toContain(`](${world.notion.page(twin(0).page).url})`)
    expect(line).toContain(`/${world.airtable.baseId}/${world.airtable.tableId}/${twin(0).row})`)
    expect(second).toMatch(/Sprint.*S14.*Airtable → Notion/)
  })

  it('history.jsonl has a line for each run that changed something, and none for those that did not', async () => {
    const { world, twin } = await paired()
    await expectQuiet(world)
    world.setClock('2026-11-20T10:00:00Z')
    world.notion.edit(twin(0).page, { Priority: 'P3' })
    await run(world)

    const lines = await history(world)
    expect(lines).toHaveLength(2)
    expect(Object.keys(lines[0] ?? {})).toEqual(['status', 'timestamp', 'duration_ms', 'counts', 'error', 'traceback'])
    expect(lines).toMatchObject([
      { status: 'ok', counts: { created: 3, updated_airtable: 0 }, error: null, traceback: null },
      { status: 'ok', counts: { created: 0, updated_airtable: 1 }, error: null, traceback: null },
    ])
    expect(lines.map(line => line.timestamp.slice(0, 13))).toEqual(['2026-11-20T09', '2026-11-20T10'])
    expect(lines.every(line => typeof line.duration_ms === 'number' && line.duration_ms >= 0)).toBe(true)
  })

  it('history.jsonl keeps the last thousand runs', async () => {
    const { world, twin } = await paired()
    const old = Array.from({ length: 1000 }, (_, index) => JSON.stringify({ status: 'ok', timestamp: `${index}` }))
    await world.github.commitFiles({ [`${FOLDER}/history.jsonl`]: `${old.join('\n')}\n` }, 'Three years later')
    world.notion.edit(twin(0).page, { Priority: 'P3' })
    await run(world)
    const lines = await history(world)
    expect(lines).toHaveLength(1000)
    expect([lines[0]?.timestamp, lines[999]?.counts]).toEqual(['1', expect.objectContaining({ updated_airtable: 1 })])
  })

  it('the status page shows pairs, open conflicts with the way to the issue, and the latest changes', async () => {
    const { world, twin } = await paired({ mappings: ASK })
    world.notion.edit(twin(0).page, { 'Target Quarter': '2028 Q1', Priority: 'P3' })
    world.airtable.edit(twin(0).row, { 'Target Quarter': '2028 Q2' })
    const { outputs } = await run(world)
    const page = (await world.github.file('state/README.md')) ?? ''
    expect(page).toContain('2026-11-20')
    expect(page).toMatch(/Pairs \| 3/)
    expect(page).toContain(`https://github.com/acme/specs/issues/${outputs.issue}`)
    expect(page).toMatch(/Target Quarter.*2028 Q1.*2028 Q2/)
    expect(page).toMatch(/Priority.*P0.*P3/)
    await world.github.tick(Number(outputs.issue), 'Notion')
    await run(world)
    expect(await world.github.file('state/README.md')).toMatch(/Open conflicts \| 0/)
  })
})

describe('the commit of a run', () => {
  it('is one, with what was done in the subject and a line for each change, and touches the state only', async () => {
    const { world, twin } = await paired({ specs: 6, mappings: ASK })
    for (const name of ['One more', 'And another'])
      world.notion.addPage(world.notion.dataSourceId, { Name: name, Status: 'Planned' })
    world.notion.edit(twin(0).page, { Priority: 'P3' })
    for (const index of [1, 2, 3]) world.airtable.edit(twin(index).row, { Sprint: `S${index}` })
    world.notion.edit(twin(4).page, { 'Target Quarter': '2028 Q1' })
    world.airtable.edit(twin(4).row, { 'Target Quarter': '2028 Q2' })
    const before = await world.github.commits()

    const { outputs } = await run(world)

    const commits = await world.github.commits()
    expect(commits).toHaveLength(before.length + 1)
    const [made] = commits
    expect(made?.sha).toBe(outputs.commit)
    const [subject, blank, ...lines] = made?.message.split('\n') ?? []
    expect(subject).toBe('sync(product-specs): 2 created, 1 → Airtable, 3 → Notion, 1 conflict')
    expect(blank).toBe('')
    expect(lines).toHaveLength(7)
    for (const name of ['One more', 'And another', 'Search', 'Billing', 'Onboarding', 'Mobile', 'Reports'])
      expect(lines.filter(line => line.includes(name))).toHaveLength(1)
    expect(made?.files.map(file => file.filename).filter(name => !name.startsWith('state/'))).toEqual([])
    expect(outputs).toMatchObject({ created: '2', 'updated-airtable': '1', 'updated-notion': '3', conflicts: '1' })
  })

  it('is not made by a run that changes nothing', async () => {
    const { world } = await paired()
    const before = await world.github.head()
    await expectQuiet(world)
    expect(await world.github.head()).toBe(before)
  })

  it('follows from the state at the head of the branch, also where a re-run checks out an old commit', async () => {
    const { world, twin } = await paired()
    const [, old] = await world.github.commits()
    world.notion.edit(twin(0).page, { Priority: 'P3' })
    await run(world)
    await run(world, { github: { ...world.github, sha: old?.sha ?? '' }, workspace: { 'mappings.yaml': MAPPINGS } })
    expectOneRowEach(world, 3)
    expect(await history(world)).toHaveLength(2)
  })

  it('goes to the default branch of now, where a job is run again that began when it was another one', async () => {
    const world = await start()
    await world.github.commitFiles({ 'notes.md': 'kept\n' }, 'Go on here', 'master')
    const payload = { repository: { default_branch: 'master' } }
    await run(world, { event: { name: 'schedule', payload }, env: { GITHUB_RUN_ATTEMPT: '2' } })
    expect(await world.github.file(`${FOLDER}/state.json`)).toContain('"pairs"')
    expect(await world.github.file(`${FOLDER}/state.json`, 'master')).toBe(undefined)
  })

  it('goes to the branch that the step names, which begins at the default branch', async () => {
    const world = await start()
    const main = await world.github.head()
    const inputs = { branch: 'sync-state' }
    await run(world, { inputs })
    expect(await world.github.head()).toBe(main)
    expect(Object.keys(await world.github.files('sync-state'))).toContain('mappings.yaml')
    expect(await world.github.file(`${FOLDER}/state.json`, 'sync-state')).toContain('"pairs"')
    expect((await run(world, { inputs })).outputs.changed).toBe('false')
  })
})

describe('a run that failed', () => {
  it.each([
    [
      'a refused query',
      'notion',
      /query$/,
      400,
      { object: 'error', status: 400, code: 'validation_error', message: 'body failed' },
    ],
    [
      'a refused token',
      'airtable',
      /meta/,
      401,
      { error: { type: 'AUTHENTICATION_REQUIRED', message: 'Authentication required' } },
    ],
  ] as const)(
    'gets a line with error and traceback, and the next one is recovered: %s',
    async (_, side, on, status, body) => {
      const { world } = await paired()
      world[side].inject({ on, effect: { kind: 'answer', status, body }, times: 2 })

      const failed = await world.run()

      expect(failed.exitCode).toBe(1)
      expect(failed.outputs.commit).toBe(await world.github.head())
      expect(await history(world)).toMatchObject([
        { status: 'ok' },
        { status: 'failed', error: expect.stringMatching(/\w/), traceback: expect.stringContaining('\n') },
      ])
      expect(await world.github.file('state/README.md')).toMatch(/^\| Last run \| \*\*failed\*\* /m)
      world[side].clearFaults()
      await run(world)
      expect(await history(world)).toMatchObject([{}, {}, { status: 'recovered', error: null, traceback: null }])
      expect((await world.github.commits())[0]?.message).toMatch(/^sync\(product-specs\): recovered\n\nRecovered: /)
      expect(await world.github.file('state/README.md')).not.toContain('Last run')
      await expectQuiet(world)
    },
  )

  it('half way has recorded what it did, and the next one goes on from there', async () => {
    const world = await start({ specs: 12 })
    const body = { error: { type: 'AUTHENTICATION_REQUIRED', message: 'Authentication required' } }
    world.airtable.inject({ on: /^PATCH /, effect: { kind: 'answer', status: 401, body }, skip: 1 })

    const failed = await world.run()

    expect(failed.exitCode).toBe(1)
    expect(failed.outputs.created).toBe('10')
    expect(await pairsOf(world)).toHaveLength(10)
    expect(await history(world)).toMatchObject([{ status: 'failed', counts: { created: 10 } }])
    expect(failed.summary).toMatch(/Make a new token.* with the 2 that are left once this is mended/)
    expect((await run(world)).outputs.created).toBe('2')
    expectOneRowEach(world, 12)
    expect(await history(world)).toMatchObject([{}, { status: 'recovered', counts: { created: 2 } }])
    await expectQuiet(world)
  })

  it.each([
    ['a pull request', 'pull_request'],
    ['checks that ran before', 'required_status_checks'],
  ])(
    'where rules of the branch ask for %s nothing is written, until the state has a branch of its own',
    async (_, type) => {
      const world = await startWorld({ specs: 2 })
      onTestFinished(() => world.close())
      const rules = [{ type: 'deletion' }, { type, ruleset_source: 'acme/specs', ruleset_id: 1 }]
      world.github.inject({
        on: /rules\/branches\/main$/,
        times: 10,
        effect: { kind: 'answer', status: 200, body: rules },
      })

      const stopped = await world.run()

      expect(stopped.exitCode).toBe(1)
      expect(stopped.annotations.map(({ message }) => message).join()).toMatch(/branch: sync-state/)
      expect([world.airtable.records(), world.github.writes()]).toEqual([[], []])
      expect((await run(world, { inputs: { branch: 'sync-state' } })).outputs.created).toBe('2')
      expect((await run(world, { inputs: { force: 'true' } })).outputs.commit).not.toBe('')
    },
  )

  it('for git refused the commit leaves the services ahead of the state, never behind, and is repaired', async () => {
    const { world, twin } = await paired()
    world.notion.edit(twin(0).page, { Priority: 'P3' })
    world.notion.addPage(world.notion.dataSourceId, { Name: 'One more', Status: 'Planned' })
    const body = { message: 'Resource not accessible by integration' }
    // The first tree is that of the journal.
    world.github.inject({ on: /git\/trees$/, effect: { kind: 'answer', status: 403, body }, skip: 1 })
    const failed = await world.run()
    expect(failed.exitCode).toBe(1)
    expect(failed.annotations.map(({ message }) => message).join()).toMatch(/permissions.*contents: write/)
    expect(await pairsOf(world)).toHaveLength(3)
    // What was done is told all the same.
    expect(failed.outputs).toMatchObject({ changed: 'true', created: '1', 'updated-airtable': '1' })
    expect(failed.outputs.commit).toBe(await world.github.head())
    expect(await history(world)).toMatchObject([{ status: 'ok' }, { status: 'failed' }])
    expect(failed.summary).toMatch(/could not be recorded.*until that is mended/)
    expect(failed.summary).toMatch(/One more/)
    expect(failed.summary).not.toMatch(/Nothing was written/)
    await run(world)
    expectOneRowEach(world, 4)
    expect(await pairsOf(world)).toHaveLength(4)
    await expectQuiet(world)
  })
})

describe('a branch that moved while the run was under way', () => {
  it('by commits to other files: the commit is rebuilt on the new head, and nothing is dropped', async () => {
    const { world, twin } = await paired()
    world.notion.edit(twin(0).page, { Priority: 'P3' })
    let pushed = 0
    world.github.onCall(async call => {
      if (pushed === 2 || call.method !== 'POST' || !call.path.endsWith('/git/commits')) return
      if (!call.body.includes('"message":"sync(')) return
      pushed += 1
      await world.github.commitFiles({ [`docs/${pushed}.md`]: `${pushed}\n`, 'state/notes.md': `${pushed}\n` }, 'Docs')
    })

    await run(world)

    const [made, second, first] = await world.github.commits()
    expect(made?.message).toContain('1 → Airtable')
    expect([second?.message, first?.message]).toEqual(['Docs', 'Docs'])
    const files = await world.github.files()
    expect(files).toMatchObject({ 'docs/1.md': '1\n', 'docs/2.md': '2\n', 'state/notes.md': '2\n' })
    expect(await history(world)).toHaveLength(2)
    await expectQuiet(world)
  })

  it('by the state of another sync: both stand side by side, on the status page too', async () => {
    const { world, twin } = await paired()
    world.notion.edit(twin(0).page, { Priority: 'P3' })
    const page = (await world.github.file('state/README.md')) ?? ''
    const section = page.slice(page.indexOf('<!--')).replaceAll('product-specs', 'other-sync')
    const theirs = { 'state/other-sync/state.json': '{}\n', 'state/README.md': `${page}\n${section}` }
    const push = () => world.github.commitFiles(theirs, 'sync(other-sync): 1 created')
    once(world.github, /POST .*\/git\/commits/, push, 2)

    await run(world)

    expect(await world.github.file('state/other-sync/state.json')).toBe('{}\n')
    const both = (await world.github.file('state/README.md')) ?? ''
    expect(both.match(/^## .*/gm)).toEqual(['## product-specs', '## other-sync'])
    expect(both).toContain('`P3`')
  })

  it('by another run of the same sync: its state is not overwritten, the step fails, and the next run works', async () => {
    const { world, twin } = await paired()
    world.notion.edit(twin(0).page, { Priority: 'P3' })
    world.notion.addPage(world.notion.dataSourceId, { Name: 'One more', Status: 'Planned' })
    const theirs = async () => {
      world.airtable.edit(twin(1).row, { Sprint: 'S14' })
      await run(world)
    }
    const other = once(world.github, /POST .*\/git\/trees/, theirs, 2)

    const overtaken = await world.run()

    expect(other.done).toBe(true)
    expect(overtaken.exitCode).toBe(1)
    expect(overtaken.annotations.map(({ message }) => message).join()).toMatch(/another run|changed/)
    const commits = await world.github.commits()
    expect(commits[0]?.message).toContain('→ Notion')
    expect(commits).toHaveLength(3)
    await run(world)
    expectOneRowEach(world, 4)
    expect(await pairsOf(world)).toHaveLength(4)
    expect(world.airtable.value(twin(0).row, 'Priority')).toBe('P3')
    expect(world.notion.value(twin(1).page, 'Sprint')).toBe('S14')
    await expectQuiet(world)
  })
})

it('a state that a person set back to an older commit heals itself: nothing twice, nothing undone', async () => {
  const { world, twin } = await paired()
  const old = await world.github.file(`${FOLDER}/state.json`)
  world.notion.edit(twin(0).page, { Priority: 'P3', 'Target Quarter': null })
  world.airtable.edit(twin(1).row, { Sprint: 'S14' })
  world.notion.addPage(world.notion.dataSourceId, { Name: 'One more', Status: 'Planned' })
  await run(world)
  await world.github.commitFiles({ [`${FOLDER}/state.json`]: old ?? '' }, 'Revert the state')

  const { outputs } = await run(world)

  expect(outputs).toMatchObject({ created: '0', 'updated-notion': '0', 'updated-airtable': '0', conflicts: '0' })
  expectOneRowEach(world, 4)
  expect(world.airtable.value(twin(0).row, 'Priority')).toBe('P3')
  expect(world.notion.value(twin(1).page, 'Sprint')).toBe('S14')
  await expectQuiet(world)
})

it('two first runs at once make each row once', async () => {
  const world = await start()
  const other = once(world.airtable, /^PATCH /, () => run(world))
  const overtaken = await world.run()
  expect(other.done).toBe(true)
  expect(overtaken.exitCode).toBe(1)
  expectOneRowEach(world, 3)
  await run(world)
  expectOneRowEach(world, 3)
  await expectQuiet(world)
})

describe('a run that is cancelled', () => {
  it('in the middle of a long first run records within six seconds what it did, and the next one completes', async () => {
    const world = await start({ specs: 34, latencyMs: 150 })
    const cancel = new AbortController()
    let batches = 0
    let cancelled = 0
    world.airtable.onCall(call => {
      if (call.method !== 'PATCH') return
      batches += 1
      if (batches !== 2) return
      cancelled = performance.now()
      cancel.abort()
    })

    const stopped = await world.run({ cancel: cancel.signal })

    expect(performance.now() - cancelled).toBeLessThan(6000)
    expect(stopped.signal).toBe(null)
    expect(stopped.exitCode).not.toBe(0)
    const made = world.airtable.records().length
    expect(made).toBe(20)
    expect(await pairsOf(world)).toHaveLength(made)
    expect(stopped.outputs.created).toBe(String(made))
    for (const service of [world.notion, world.airtable, world.github]) service.latencyMs = 0
    expect((await run(world)).outputs.created).toBe(String(34 - made))
    expectOneRowEach(world, 34)
    await expectQuiet(world)
  })

  it('during a write that never ends gives it up in time, and the next run finds what it had done', async () => {
    const { world, twin } = await paired()
    world.airtable.edit(twin(0).row, { Sprint: 'S14' })
    for (const name of ['One more', 'And another'])
      world.notion.addPage(world.notion.dataSourceId, { Name: name, Status: 'Planned' })
    world.airtable.inject({ on: /^PATCH /, effect: { kind: 'stall' } })
    const cancel = new AbortController()
    let cancelled = 0
    once(world.airtable, /^PATCH /, () => {
      cancelled = performance.now()
      cancel.abort()
    })

    const stopped = await world.run({ cancel: cancel.signal })

    expect(performance.now() - cancelled).toBeLessThan(6000)
    expect(stopped.signal).toBe(null)
    expect(stopped.exitCode).not.toBe(0)
    expect(await history(world)).toMatchObject([{}, { error: 'The run was cancelled.' }])
    await run(world)
    expectOneRowEach(world, 5)
    expect(world.notion.value(twin(0).page, 'Sprint')).toBe('S14')
    await expectQuiet(world)
  })

  it.each([
    ['Notion', 'notion', /\/query/],
    ['Airtable', 'airtable', /listRecords|^GET .*\/tbl/],
  ] as const)('while it reads from %s, which never answers, says that it was cancelled', async (_, service, on) => {
    const { world } = await paired()
    world[service].inject({ on, effect: { kind: 'stall' } })
    const cancel = new AbortController()
    once(world[service], on, () => cancel.abort())
    const before = await history(world)

    const stopped = await world.run({ cancel: cancel.signal })

    expect(stopped.exitCode).not.toBe(0)
    expect(stopped.annotations.map(({ message }) => message)).toContain('product-specs: The run was cancelled.')
    expect(stopped.log).not.toMatch(/answer|^ +at /m)
    expect(await history(world)).toEqual(before)
    await expectQuiet(world)
  })

  it('while it waits for a service that refused it for its rate does not wait on', async () => {
    const { world, twin } = await paired()
    world.notion.edit(twin(0).page, { Priority: 'P3' })
    world.airtable.edit(twin(1).row, { Sprint: 'S14' })
    const body = { errors: [{ error: 'RATE_LIMIT_REACHED', message: 'Rate limit exceeded. Please try again later' }] }
    world.airtable.inject({ on: /^PATCH /, effect: { kind: 'answer', status: 429, body } })
    const cancel = new AbortController()
    let cancelled = 0
    const stopped = await world.run({
      cancel: cancel.signal,
      killOn: line => {
        if (!line.includes('waiting')) return undefined
        cancelled = performance.now()
        cancel.abort()
        return undefined
      },
    })
    expect(cancelled).toBeGreaterThan(0)
    expect(performance.now() - cancelled).toBeLessThan(6000)
    expect(stopped.exitCode).not.toBe(0)
    expect(stopped.outputs['updated-notion']).toBe('1')
    expect(await history(world)).toMatchObject([{}, { counts: { updated_notion: 1, updated_airtable: 0 } }])
    await run(world)
    expect(world.airtable.value(twin(0).row, 'Priority')).toBe('P3')
    await expectQuiet(world)
  })

  it('while it records what it did still records it', async () => {
    const { world, twin } = await paired()
    world.notion.edit(twin(0).page, { Priority: 'P3' })
    const cancel = new AbortController()
    once(world.github, /POST .*\/git\/trees/, () => cancel.abort(), 2)
    const stopped = await world.run({ cancel: cancel.signal })
    expect(stopped.signal).toBe(null)
    expect(await history(world)).toHaveLength(2)
    expect((await world.state()).pairs).toMatchObject([{ base: { Priority: 'P3' } }, {}, {}])
    expect((await run(world)).outputs['updated-airtable']).toBe('0')
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s before its first write stops in order, and loses nothing',
    async signal => {
      const { world, twin } = await paired({ latencyMs: 60 })
      world.notion.edit(twin(0).page, { Priority: 'P3' })
      world.airtable.edit(twin(1).row, { Sprint: 'S14' })

      const stopped = await world.run({ killOn: line => (line.includes('product-specs: read') ? signal : undefined) })

      expect(stopped.signal).toBe(null)
      expect(stopped.exitCode).not.toBe(0)
      expect(world.airtable.value(twin(0).row, 'Priority')).toBe('P0')
      await run(world)
      expect(world.airtable.value(twin(0).row, 'Priority')).toBe('P3')
      expect(world.notion.value(twin(1).page, 'Sprint')).toBe('S14')
      await expectQuiet(world)
    },
  )
})

it('a run whose time is over ends by itself: it records what it did, says so, and the next one completes', async () => {
  const world = await start({ specs: 34 })
  const folder = await temporary()
  const entry = join(folder, 'entry.mjs')
  // The timer of the run's eight minutes fires on a signal.
  await writeFile(
    entry,
    `import { writeFileSync } from 'node:fs'
writeFileSync(${JSON.stringify(join(folder, 'pid'))}, String(process.pid))
const start = globalThis.setTimeout
globalThis.setTimeout = (act, ms, ...rest) => {
  if (ms !== ${WORK_MS}) return start(act, ms, ...rest)
  process.on('SIGUSR2', act)
  return start(() => {}, 0)
}
await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)})
`,
  )
  const over = once(world.airtable, /^PATCH /, async () => {
    process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGUSR2')
    await sleep(300)
  })

  const ended = await world.run({ entry })

  expect(over.done).toBe(true)
  expect(ended.exitCode).toBe(1)
  const made = world.airtable.records().length
  expect(made).toBeLessThan(34)
  expect(ended.outputs.created).toBe(String(made))
  expect(await pairsOf(world)).toHaveLength(made)
  expect(ended.annotations.map(({ message }) => message).join()).toMatch(/worked for 8 minutes/)
  expect(ended.summary).toContain(`the next run goes on with the ${34 - made} that are left`)
  expect(ended.log).not.toMatch(/^\s+at .*\.js:\d+/m)
  expect(await history(world)).toMatchObject([{ status: 'failed', counts: { created: made } }])
  expect((await run(world)).outputs.created).toBe(String(34 - made))
  expectOneRowEach(world, 34)
})

describe('a run that is killed', () => {
  /** Starts the bundle in a process that tells its ID, so that it can be killed between two calls. */
  async function killable(): Promise<{ entry: string; kill: () => void }> {
    const folder = await temporary()
    const id = join(folder, 'pid')
    const entry = join(folder, 'entry.mjs')
    const bundle = new URL('../../dist/index.js', import.meta.url).href
    const text = `import { writeFileSync } from 'node:fs'
writeFileSync(${JSON.stringify(id)}, String(process.pid))
await import(${JSON.stringify(bundle)})
`
    await writeFile(entry, text)
    return { entry, kill: () => process.kill(Number(readFileSync(id, 'utf8')), 'SIGKILL') }
  }

  /** Runs until the n-th request of this kind; that one still takes effect. */
  async function killAt(world: World, request: RegExp, nth = 1): Promise<void> {
    const { entry, kill } = await killable()
    let seen = 0
    const services = [world.notion, world.airtable, world.github]
    for (const service of services) {
      service.onCall(call => {
        if (!request.test(`${call.method} ${call.path}`)) return
        seen += 1
        if (seen === nth) kill()
      })
    }
    const killed = await world.run({ entry })
    expect(killed.signal, `there are only ${seen} requests like ${request}`).toBe('SIGKILL')
    for (const service of services) service.onCall(undefined)
  }

  it.each([
    ['update of rows', /PATCH \/v0\//, 1],
    ['creation of rows', /PATCH \/v0\//, 2],
    ['first update of a page', /PATCH \/v1\/pages/, 1],
    ['last update of a page', /PATCH \/v1\/pages/, 3],
    ['opening of the issue', /POST .*\/issues$/, 1],
    ['tree of its journal', /POST .*\/git\/trees$/, 1],
    ['ref of its journal', /POST .*\/git\/refs$/, 1],
    ['tree of its commit', /POST .*\/git\/trees$/, 2],
    ['commit', /POST .*\/git\/commits$/, 2],
    ['move of the branch', /PATCH .*\/git\/refs\//, 1],
    ['removal of its journal', /DELETE .*\/git\/refs\//, 1],
  ] as const)('at the %s is repaired by the next one: nothing twice, no edit lost', async (_, request, nth) => {
    const { world, twin } = await paired({ specs: 5, mappings: ASK })
    world.notion.edit(twin(0).page, { Name: 'Search, renamed', Sprint: 'not yours' })
    world.airtable.edit(twin(1).row, { Sprint: 'S14' })
    world.airtable.edit(twin(2).row, { 'Target Quarter': null, Status: 'Shipped' })
    world.notion.trash(twin(3).page)
    world.notion.edit(twin(4).page, { 'Target Quarter': '2028 Q1' })
    world.airtable.edit(twin(4).row, { 'Target Quarter': '2028 Q2' })
    for (const name of ['One more', 'And another'])
      world.notion.addPage(world.notion.dataSourceId, { Name: name, Status: 'Planned' })

    await killAt(world, request, nth)
    await run(world)

    expectOneRowEach(world, 7)
    expect(world.airtable.value(twin(0).row, 'Spec Name')).toBe('Search, renamed')
    expect(world.notion.value(twin(0).page, 'Sprint')).toBe(null)
    expect(world.notion.value(twin(1).page, 'Sprint')).toBe('S14')
    expect(world.notion.value(twin(2).page, 'Target Quarter')).toBe(null)
    expect(world.notion.value(twin(2).page, 'Status')).toBe('Shipped')
    expect(world.airtable.value(twin(3).row, 'Status')).toBe('Archived')
    expect(world.notion.value(twin(4).page, 'Target Quarter')).toBe('2028 Q1')
    expect(world.airtable.value(twin(4).row, 'Target Quarter')).toBe('2028 Q2')
    expect(await pairsOf(world)).toHaveLength(7)
    expect(await world.github.issues('open')).toHaveLength(1)
    await expectQuiet(world)
  })

  it('after it archived the row of a trashed page, which is restored later: the archive value is undone', async () => {
    const { world, twin } = await paired()
    world.notion.trash(twin(0).page)
    await killAt(world, /PATCH \/v0\//)
    expect(world.airtable.value(twin(0).row, 'Status')).toBe('Archived')
    await run(world)
    world.notion.restore(twin(0).page)
    await run(world)
    const statuses = [world.airtable.value(twin(0).row, 'Status'), world.notion.value(twin(0).page, 'Status')]
    expect(statuses).toEqual(['Planned', 'Planned'])
  })

  it('after it carried out a tick: the conflict is closed all the same, and the value stands', async () => {
    const { world, twin } = await paired({ mappings: ASK })
    world.notion.edit(twin(0).page, { 'Target Quarter': '2028 Q1' })
    world.airtable.edit(twin(0).row, { 'Target Quarter': '2028 Q2' })
    const issue = Number((await run(world)).outputs.issue)
    await world.github.tick(issue, 'Airtable')
    await killAt(world, /PATCH \/v1\/pages/)
    expect(world.notion.value(twin(0).page, 'Target Quarter')).toBe('2028 Q2')
    expect((await run(world)).outputs.conflicts).toBe('0')
    expect(await world.github.issues('open')).toEqual([])
    expect(world.airtable.value(twin(0).row, 'Target Quarter')).toBe('2028 Q2')
    await expectQuiet(world)
  })

  it('after its writes does not swallow what a person types into the written cells afterwards', async () => {
    const { world, twin } = await paired()
    world.setClock('2026-11-20T10:00:00Z')
    world.notion.edit(twin(0).page, { 'Target Quarter': '2028 Q1' })
    await killAt(world, /POST .*\/git\/trees$/, 2)
    expect(world.airtable.value(twin(0).row, 'Target Quarter')).toBe('2028 Q1')
    world.setClock('2026-11-20T10:30:00Z')
    world.airtable.edit(twin(0).row, { 'Target Quarter': '2028 Q2' })
    await run(world)
    expect(world.notion.value(twin(0).page, 'Target Quarter')).toBe('2028 Q2')
    expect(world.airtable.value(twin(0).row, 'Target Quarter')).toBe('2028 Q2')
    await expectQuiet(world)
  })
})

describe('an answer that never came', () => {
  it('after a create, an update of a row and one of a page: each is done once', async () => {
    const { world, twin } = await paired()
    world.notion.addPage(world.notion.dataSourceId, { Name: 'One more', Status: 'Planned' })
    world.notion.edit(twin(0).page, { Priority: 'P3' })
    world.airtable.edit(twin(1).row, { Sprint: 'S14' })
    world.airtable.inject({ on: /^PATCH /, effect: { kind: 'reset', when: 'after' }, times: 2 })
    world.notion.inject({ on: /^PATCH /, effect: { kind: 'reset', when: 'after' } })
    await run(world)
    expectOneRowEach(world, 4)
    expect(world.airtable.value(twin(0).row, 'Priority')).toBe('P3')
    expect(world.notion.value(twin(1).page, 'Sprint')).toBe('S14')
    await expectQuiet(world)
  })

  it('to the move of the branch: the commit stands once, and the run has not failed', async () => {
    const { world, twin } = await paired()
    world.notion.edit(twin(0).page, { Priority: 'P3' })
    world.github.inject({ on: /^PATCH .*\/git\/refs/, effect: { kind: 'reset', when: 'after' } })
    await run(world)
    expect(await world.github.commits()).toHaveLength(3)
    await expectQuiet(world)
  })
})

describe('a person who edits between our reading and our writing', () => {
  it('another cell of the record that is written: both edits reach both sides', async () => {
    const { world, twin } = await paired()
    world.notion.edit(twin(0).page, { Priority: 'P3' })
    world.airtable.edit(twin(1).row, { Sprint: 'S14' })
    const inRow = once(world.airtable, /^PATCH /, () => world.airtable.edit(twin(0).row, { Blockers: 'legal' }))
    const inPage = once(world.notion, /^PATCH /, () => world.notion.edit(twin(1).page, { Name: 'Billing, renamed' }))
    await run(world)
    expect([inRow.done, inPage.done]).toEqual([true, true])
    await run(world)
    expect(world.airtable.record(twin(0).row).fields).toMatchObject({ Priority: 'P3', Blockers: 'legal' })
    expect(world.notion.value(twin(0).page, 'Blockers')).toBe('legal')
    expect(world.airtable.record(twin(1).row).fields).toMatchObject({ Sprint: 'S14', 'Spec Name': 'Billing, renamed' })
    expect(world.notion.value(twin(1).page, 'Sprint')).toBe('S14')
    await expectQuiet(world)
  })

  it('the very cell that is being carried over, at its source: the second edit follows the first', async () => {
    const { world, twin } = await paired()
    world.notion.edit(twin(0).page, { Priority: 'P3' })
    world.airtable.edit(twin(1).row, { Sprint: 'S14' })
    const created = world.notion.addPage(world.notion.dataSourceId, { Name: 'One more', Status: 'Planned' })
    once(world.airtable, /^PATCH /, () => {
      world.notion.edit(twin(0).page, { Priority: 'P2' })
      world.notion.edit(created, { Name: 'One more, renamed' })
    })
    once(world.notion, /^PATCH /, () => world.airtable.edit(twin(1).row, { Sprint: 'S15' }))
    await run(world)
    await run(world)
    expect(world.airtable.value(twin(0).row, 'Priority')).toBe('P2')
    expect(world.notion.value(twin(1).page, 'Sprint')).toBe('S15')
    expect(world.airtable.records().map(({ fields }) => fields['Spec Name'])).toContain('One more, renamed')
    expectOneRowEach(world, 4)
    await expectQuiet(world)
  })

  it('the cell that would be written over, some seconds after it was read: it is left for the next run', async () => {
    const { world, twin } = await paired({ mappings: ASK })
    world.notion.edit(twin(0).page, { Priority: 'P3', 'Target Quarter': '2028 Q1' })
    world.airtable.edit(twin(1).row, { 'Target Quarter': '2028 Q3' })
    world.notion.inject({ on: /query$/, effect: { kind: 'delay', ms: 5_200 } })
    const inRow = once(world.airtable, /^PATCH |filterByFormula/, () =>
      world.airtable.edit(twin(0).row, { 'Target Quarter': '2028 Q2' }),
    )
    const inPage = once(world.notion, /\/pages\//, () =>
      world.notion.edit(twin(1).page, { 'Target Quarter': '2028 Q4' }),
    )

    await run(world)

    expect([inRow.done, inPage.done]).toEqual([true, true])
    expect(world.airtable.value(twin(0).row, 'Target Quarter')).toBe('2028 Q2')
    expect(world.notion.value(twin(1).page, 'Target Quarter')).toBe('2028 Q4')
    expect((await run(world)).outputs.conflicts).toBe('2')
    expect(world.airtable.value(twin(0).row, 'Priority')).toBe('P3')
  })

  it('deletes the row that is written: the other rows are written, and this one is made again', async () => {
    const { world, twin } = await paired()
    for (const index of [0, 1]) world.notion.edit(twin(index).page, { Priority: 'P3' })
    once(world.airtable, /^PATCH /, () => world.airtable.remove(twin(0).row))
    await run(world)
    expect(world.airtable.value(twin(1).row, 'Priority')).toBe('P3')
    await run(world)
    expectOneRowEach(world, 3)
    expect(world.airtable.records().filter(({ fields }) => fields.Priority === 'P3')).toHaveLength(2)
    await expectQuiet(world)
  })

  it('trashes the page that is written: the edit stays in its row, which the next run archives', async () => {
    const { world, twin } = await paired()
    for (const index of [0, 1]) world.airtable.edit(twin(index).row, { Sprint: 'S14' })
    once(world.notion, /^PATCH /, () => world.notion.trash(twin(0).page))
    await run(world)
    await run(world)
    expect(world.airtable.record(twin(0).row).fields).toMatchObject({ Sprint: 'S14', Status: 'Archived' })
    expect(world.notion.value(twin(1).page, 'Sprint')).toBe('S14')
    await expectQuiet(world)
    world.notion.restore(twin(0).page)
    await run(world)
    expect(world.notion.value(twin(0).page, 'Sprint')).toBe('S14')
    expect(world.notion.value(twin(0).page, 'Status')).toBe('Planned')
  })
})
