/**
 * The plan on a pull request: what the changed mapping would do to the live data, in one comment, and nothing else
 * written anywhere. A pull request from a fork has no secrets. The built action runs against the emulators.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { MAPPINGS } from '../../demo/example.ts'
import type { World, WorldOptions } from '../../demo/world.ts'
import type { RunOptions, RunResult } from '../../emulators/runner.ts'
import { startSynced } from './past.ts'

/** The example without the line for the target quarter: what a pull request may add. */
const BEFORE = MAPPINGS.replace(/^.*notion: Target Quarter.*\n/m, '')

type Pull = {
  world: World
  number: number
  branch: string
  plan: (options?: Partial<RunOptions>) => Promise<RunResult>
}

/** A world whose specs are paired by the mapping on main, and a pull request with another mapping. */
async function pull(mappings: string, options: WorldOptions = {}): Promise<Pull> {
  const world = await startSynced({ specs: 3, mappings: BEFORE, ...options })
  onTestFinished(() => world.close())
  const branch = 'map-more'
  await world.github.commitFiles({ 'mappings.yaml': mappings }, 'Change the mapping', branch)
  const number = await world.github.openPull({ title: 'Change the mapping', head: branch }, 'ada')
  return { world, number, branch, plan: (given = {}) => planOf(world, number, branch, 'acme/specs', given) }
}

/** The run that GitHub starts for a pull request: at its merge commit, with its payload. */
async function planOf(
  world: World,
  number: number,
  branch: string,
  from: string,
  options: Partial<RunOptions> = {},
): Promise<RunResult> {
  const head = { ref: branch, repo: { full_name: from, fork: from !== 'acme/specs' } }
  const payload = { action: 'synchronize', number, pull_request: { number, head, base: { ref: 'main' } } }
  const github = { ...world.github, sha: await world.github.head(branch) }
  return world.run({ github, event: { name: 'pull_request', payload }, ...options })
}

const rows = (world: World) => world.airtable.records().map(({ id, fields }) => ({ id, ...fields }))
const serviceWrites = (world: World): number =>
  world.notion.calls.filter(call => call.method === 'PATCH' || call.path.endsWith('/pages')).length +
  world.airtable.calls.filter(call => call.method !== 'GET').length
const comments = async (world: World, number: number): Promise<string[]> =>
  (await world.github.comments(number)).map(comment => comment.body)

describe('the plan comment', () => {
  it('is written also where the job may not see the conflict issue, which is told', async () => {
    const { world, number, plan } = await pull(MAPPINGS)
    const [copied] = world.airtable.records()
    world.airtable.add({ 'Spec Name': 'A copy', 'Notion Page ID': String(copied?.fields['Notion Page ID']) })
    expect((await world.run()).outputs).toMatchObject({ problems: '1', issue: '2' })
    world.github.inject({
      on: /^GET .*\/issues(\/\d+)?$/,
      times: 100,
      effect: { kind: 'answer', status: 403, body: { message: 'Resource not accessible by integration' } },
    })

    const planned = await plan()

    expect(planned.exitCode).toBe(0)
    expect(planned.annotations.map(({ message }) => message).join()).toMatch(/issues: read/)
    expect(await comments(world, number)).toHaveLength(1)
  })

  it('tells field by field, with counts and examples, what the new mapping would do to the live data', async () => {
    const { world, number, plan } = await pull(MAPPINGS.replace('conflict: newest', 'conflict: ask'))
    const [first] = world.airtable.records()
    world.airtable.edit(first?.id ?? '', { 'Target Quarter': '2028 Q1', Sprint: 'S14' })
    world.notion.addPage(world.notion.dataSourceId, { Name: 'One more', Status: 'Planned' })

    const { exitCode, log, summary, outputs } = await plan()

    expect(exitCode, log).toBe(0)
    const [comment, ...others] = await comments(world, number)
    expect(others).toEqual([])
    const line = (field: string) => comment?.split('\n').find(candidate => candidate.includes(`\`${field}\``)) ?? ''
    // Two rows have no quarter yet and would be filled; the third holds another one, which nobody agreed on.
    expect(line('Target Quarter')).toMatch(/\| 2 \| 0 \| 1 \|.*`2027 Q\d`/)
    expect(line('Sprint')).toMatch(/\| 0 \| 1 \| 0 \|.*`S14`/)
    expect(line('Name → Spec Name')).toMatch(/\| 1 \| 0 \| 0 \|.*`One more`/)
    expect(summary).toContain('2028 Q1')
    expect(comment).toMatch(
      /\n<sub>The mapping of commit [0-9a-f]{7}; edits that are not synced yet are included\. Live data of \d\d:\d\d UTC\.<\/sub>$/,
    )
    expect(outputs).toMatchObject({ changed: 'false', commit: '' })
  })

  it('is all that is written: nothing in Notion or Airtable, no commit, no issue', async () => {
    const { world, number, plan } = await pull(MAPPINGS)
    const [first] = world.airtable.records()
    world.airtable.edit(first?.id ?? '', { 'Target Quarter': '2028 Q1' })
    world.airtable.duplicate(first?.id ?? '')
    const before = { rows: rows(world), head: await world.github.head(), services: serviceWrites(world) }
    const written = world.github.writes().length

    await plan()

    expect(rows(world)).toEqual(before.rows)
    expect(serviceWrites(world)).toBe(before.services)
    expect(await world.github.head()).toBe(before.head)
    const issues = (await world.github.issues('all')).filter(issue => issue.pull_request === undefined)
    expect(issues).toEqual([])
    expect(world.github.writes().slice(written)).toMatchObject([
      { method: 'POST', path: `/repos/acme/specs/issues/${number}/comments` },
    ])
  })

  it('is updated in place when the pull request changes, and left alone when the plan is the same', async () => {
    const { world, number, branch, plan } = await pull(MAPPINGS)
    await plan()
    const written = world.github.writes().length
    await plan()
    expect(world.github.writes()).toHaveLength(written)

    await world.github.commitFiles({ 'mappings.yaml': BEFORE }, 'Think again', branch)
    await plan()
    const [comment, ...others] = await comments(world, number)
    expect(others).toEqual([])
    expect(comment).not.toContain('Target Quarter')
    expect(comment).toMatch(/Nothing would be written/)
  })

  it('is found again where GitHub does not say who wrote it', async () => {
    const { world, number, plan } = await pull(MAPPINGS)
    await plan()
    const { url, token } = world.github
    const asked = await fetch(`${url}/repos/acme/specs/issues/${number}/comments`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const said = (await asked.json()) as { id: number; body: string }[]
    const effect = { kind: 'answer', status: 200, body: said.map(({ id, body }) => ({ id, body })) } as const
    world.github.inject({ on: /^GET .*\/comments/, effect, times: 100 })
    await plan()
    world.github.clearFaults()
    expect(await comments(world, number)).toHaveLength(1)
  })

  it('of a job that plans some of the syncs is its own, and is updated in place beside that of another job', async () => {
    const [head = '', specs = ''] = MAPPINGS.split('  product-specs:')
    const { world, number, plan } = await pull(`${head}  product-specs:${specs}  others:${specs}`)
    const jobs = ['product-specs', 'others, product-specs', 'others', '']
    for (const sync of jobs) await plan({ inputs: { sync } })
    const first = await comments(world, number)
    expect(first.map(body => body.match(/^## Plan for [\w-]+/gm))).toEqual([
      ['## Plan for product-specs'],
      ['## Plan for others', '## Plan for product-specs'],
      ['## Plan for others'],
      ['## Plan for product-specs', '## Plan for others'],
    ])
    const [row] = world.airtable.records()
    world.airtable.edit(row?.id ?? '', { Sprint: 'S14' })
    await plan({ inputs: { sync: 'product-specs,others' } })
    const second = await comments(world, number)
    expect(second.map((body, at) => body === first[at])).toEqual([true, false, true, true])
  })

  it('that GitHub refuses is a warning which names the permission: the plan stands in the summary all the same', async () => {
    const { world, number, plan } = await pull(MAPPINGS)
    const body = { message: 'Resource not accessible by integration' }
    world.github.inject({ on: /^POST .*\/comments$/, effect: { kind: 'answer', status: 403, body } })
    const { exitCode, summary, annotations } = await plan()
    expect(exitCode).toBe(0)
    expect(annotations).toMatchObject([{ level: 'warning', message: expect.stringMatching(/pull-requests: write/) }])
    expect(summary).toContain('Target Quarter')
    expect(await comments(world, number)).toEqual([])
  })

  it('of somebody else with our marker is not taken for ours', async () => {
    const { world, number, plan } = await pull(MAPPINGS)
    await plan()
    const [ours = ''] = await comments(world, number)
    const theirs = `${ours.split('\n', 1)[0]}\nI said this.`
    const other = await world.github.openPull({ title: 'Another', head: 'map-more', base: 'main' }, 'ada')
    await fetch(`${world.github.url}/repos/acme/specs/issues/${other}/comments`, {
      method: 'POST',
      headers: { authorization: 'Bearer ghp_ada', 'content-type': 'application/json' },
      body: JSON.stringify({ body: theirs }),
    })

    await planOf(world, other, 'map-more', 'acme/specs')

    expect(await comments(world, other)).toEqual([theirs, expect.stringContaining('Target Quarter')])
  })

  it('says so when the new mapping would be stopped, and the step fails with the line of the mistake', async () => {
    const { world, plan } = await pull(MAPPINGS.replace('notion: Target Quarter', 'notion: Target Quartal'))
    const { exitCode, annotations } = await plan()
    expect(exitCode).toBe(1)
    const at = MAPPINGS.split('\n').findIndex(line => line.includes('notion: Target Quarter')) + 1
    const errors = annotations.filter(({ level }) => level === 'error')
    expect(errors).toMatchObject([
      { file: 'mappings.yaml', line: at, message: expect.stringContaining('Target Quarter') },
    ])
    expect(serviceWrites(world)).toBe(0)
  })

  it('shows no earlier plan beside a mapping that cannot be read', async () => {
    const { world, number, branch, plan } = await pull(MAPPINGS)
    await plan()
    const broken = MAPPINGS.replace('create: airtable', 'craete: airtable')
    await world.github.commitFiles({ 'mappings.yaml': broken }, 'Mistype', branch)

    expect((await plan()).exitCode).toBe(1)

    const [comment, ...others] = await comments(world, number)
    expect(others).toEqual([])
    expect(comment).toMatch(/Stopped.*\n\n- .*craete/)
    expect(comment).not.toContain('Target Quarter')
  })

  it('shows what the guards would stop', async () => {
    const { world, number, plan } = await pull(MAPPINGS.replace('max_deletions: 10', 'max_deletions: 0'))
    world.notion.trash(String(world.notion.pages(world.notion.dataSourceId)[0]?.id))
    const { exitCode } = await plan()
    const [comment] = await comments(world, number)
    expect(exitCode).toBe(0)
    expect(comment).toContain('Archived')
    expect(comment).toContain('max_deletions')
  })

  it('is made where the mapping comes from a checkout, too', async () => {
    const { world, number, plan } = await pull(BEFORE)
    await plan({ workspace: { 'mappings.yaml': MAPPINGS } })
    expect((await comments(world, number))[0]).toContain('Target Quarter')
  })
})

describe('mode: plan without a pull request', () => {
  it('shows the plan in the job summary and writes nothing anywhere', async () => {
    const { world } = await pull(MAPPINGS)
    const [first] = world.airtable.records()
    world.airtable.edit(first?.id ?? '', { Sprint: 'S14' })
    const before = world.github.writes().length
    const { exitCode, summary } = await world.run({ inputs: { mode: 'plan' } })
    expect(exitCode).toBe(0)
    expect(summary).toMatch(/Sprint.*S14/)
    expect(world.github.writes()).toHaveLength(before)
    expect(serviceWrites(world)).toBe(0)
  })

  it('is what runs then: the sync that follows does just that', async () => {
    const { world } = await pull(BEFORE)
    const [first] = world.airtable.records()
    world.airtable.edit(first?.id ?? '', { Sprint: 'S14' })
    world.notion.addPage(world.notion.dataSourceId, { Name: 'One more', Status: 'Planned' })
    const { summary } = await world.run({ inputs: { mode: 'plan' } })
    expect(summary).toMatch(/`Sprint` \| 0 \| 1 \| 0 \|.*`S14`/)
    expect(summary).toMatch(/Spec Name` \| 1 \| 0 \| 0 \|.*`One more`/)
    expect((await world.run()).outputs).toMatchObject({ created: '1', 'updated-notion': '1', 'updated-airtable': '0' })
  })
})

describe('a pull request from a fork', () => {
  const fork = (world: World, number: number, options: Partial<RunOptions> = {}) =>
    planOf(world, number, 'map-more', 'outsider/specs', {
      inputs: { 'notion-token': '', 'airtable-token': '' },
      env: { NOTION_DATABASE_ID: '', AIRTABLE_BASE_ID: '' },
      ...options,
    })

  it('needs no secrets: the mapping is checked in the job summary, and no service is asked or written', async () => {
    const { world, number } = await pull(MAPPINGS)
    const calls = () => world.notion.calls.length + world.airtable.calls.length
    const before = calls()
    const written = world.github.writes().length

    const { exitCode, summary, annotations, log } = await fork(world, number)

    expect(exitCode, log).toBe(0)
    expect(annotations).toEqual([])
    expect(summary).toMatch(/mappings\.yaml` is well formed: 1 sync\. .*fork/s)
    expect(calls()).toBe(before)
    expect(world.github.writes()).toHaveLength(written)
    expect(await comments(world, number)).toEqual([])
  })

  it('with a mistake in the mapping fails, with an annotation at its line and a word in the job summary', async () => {
    const { world, number } = await pull(MAPPINGS.replace('owner: airtable', 'ownr: airtable'))
    const { exitCode, annotations, summary } = await fork(world, number)
    expect(exitCode).toBe(1)
    expect(summary).toContain('ownr')
    const at = MAPPINGS.split('\n').findIndex(line => line.includes('owner: airtable')) + 1
    expect(annotations).toMatchObject([{ level: 'error', file: 'mappings.yaml', line: at }])
    expect(annotations[0]?.message).toContain('owner')
  })

  it('that was deleted since is a fork all the same', async () => {
    const { world, number, branch } = await pull(MAPPINGS)
    const head = { ref: branch, repo: null }
    const payload = { action: 'synchronize', number, pull_request: { number, head, base: { ref: 'main' } } }
    const { exitCode, log } = await fork(world, number, { event: { name: 'pull_request', payload } })
    expect(exitCode, log).toBe(0)
  })
})
