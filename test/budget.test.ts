/**
 * What one run may use, and what it leaves where it may not go on: time, calls, the plan of a service. The code runs in
 * this process, with the real SDKs against the emulators and the state in a folder.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { exampleAirtable, MAPPINGS } from '../demo/example.ts'
import { billing429 } from '../emulators/airtable/faults.ts'
import { blockLimit403 } from '../emulators/notion/faults.ts'
import { outOfTime, WORK_MS } from '../src/budget.ts'
import type { Limits } from '../src/pace.ts'
import { type Here, startHere } from './here.ts'

const pairs = async (here: Here): Promise<unknown[]> => JSON.parse(await here.file('state.json')).pairs

describe('the time of one run', () => {
  it('ends two minutes before the shipped workflow ends the job', () => {
    const workflow = parse(readFileSync(new URL('../.github/workflows/sync.yml', import.meta.url), 'utf8'))
    expect(workflow.jobs.sync['timeout-minutes'] * 60_000 - WORK_MS).toBeGreaterThanOrEqual(120_000)
  })

  it('is over while it writes: what was done is recorded, what is left is told, and the next run goes on', async () => {
    const here = await startHere({ specs: 34 })
    const stop = new AbortController()
    let batches = 0
    here.world.airtable.onCall(call => {
      if (call.method !== 'PATCH') return
      batches += 1
      if (batches === 2) stop.abort(outOfTime())
    })

    const { result, error } = await here.run({ stop })

    here.world.airtable.onCall(undefined)
    expect(here.world.airtable.records()).toHaveLength(20)
    expect(result?.counts.created).toBe(20)
    expect(result?.left).toHaveLength(14)
    expect(error?.message).toMatch(/worked for 8 minutes.*The next one goes on/)
    expect(await pairs(here)).toHaveLength(20)
    expect(await here.file('history.jsonl')).toContain('"status":"failed"')
    const next = await here.run()
    expect([next.error, next.result?.counts.created]).toEqual([null, 14])
    expect(here.world.airtable.records()).toHaveLength(34)
  })

  it('is over before it reached a step: that was not written, also where a person types the very same value since', async () => {
    const here = await startHere({ specs: 12 })
    await here.run()
    const { world } = here
    const pages = world.notion.pages(world.notion.dataSourceId).map(({ id }) => String(id))
    const before = pages.map(page => String(world.notion.value(page, 'Target Quarter')))
    for (const page of pages) world.notion.edit(page, { 'Target Quarter': '2030 Q1' })
    const stop = new AbortController()
    world.airtable.onCall(call => {
      if (call.method === 'PATCH') stop.abort(outOfTime())
    })
    const { result } = await here.run({ stop })
    world.airtable.onCall(undefined)
    expect(result?.left).toHaveLength(2)
    const unreached = world.airtable.records().filter(row => row.fields['Target Quarter'] !== '2030 Q1')
    expect(unreached).toHaveLength(2)
    for (const { id, fields } of unreached) {
      const page = String(fields['Notion Page ID'])
      world.airtable.edit(id, { 'Target Quarter': '2030 Q1' })
      world.notion.edit(page, { 'Target Quarter': before[pages.indexOf(page)] ?? null })
    }

    await here.run()

    expect(pages.map(page => world.notion.value(page, 'Target Quarter'))).toEqual(pages.map(() => '2030 Q1'))
    expect(world.airtable.records().map(row => row.fields['Target Quarter'])).toEqual(pages.map(() => '2030 Q1'))
  })

  it('is over while it reads: nothing is written, and the reason says what to do about large tables', async () => {
    const here = await startHere({ specs: 2 })
    await here.run()
    here.world.notion.edit(here.world.page('Search redesign'), { Priority: 'P3' })
    const stop = new AbortController()
    here.world.notion.onCall(({ path }) => {
      if (path.endsWith('/query')) stop.abort(outOfTime())
    })
    const before = here.world.airtable.calls.length

    const { error } = await here.run({ stop })

    here.world.notion.onCall(undefined)
    expect(error?.message).toMatch(/too large to be read in that time: give the sync a filter and a view/)
    expect(here.world.airtable.calls.slice(before).filter(call => call.method !== 'GET')).toEqual([])
    expect(await here.file('history.jsonl')).toMatch(/"status":"failed".*8 minutes/)
    expect((await here.run()).error).toBe(null)
    expect(here.world.airtable.value(here.world.row('Search redesign'), 'Priority')).toBe('P3')
  })
})

it('a run that Airtable refuses value after value ends after two hundred calls more than its plan needs; the next gets further', async () => {
  const here = await startHere({ specs: 200 })
  const { airtable, notion } = here.world
  await here.run()
  for (const page of notion.pages(notion.dataSourceId)) notion.edit(String(page.id), { 'Target Quarter': '2030 Q1' })
  const body = { error: { type: 'INVALID_VALUE_FOR_COLUMN', message: 'Not in this quarter' } }
  airtable.onCall(({ method, body: sent }) => {
    if (method === 'PATCH' && sent.includes('2030 Q1'))
      airtable.inject({ on: /^PATCH /, effect: { kind: 'answer', status: 422, body } })
  })
  const before = airtable.calls.length

  const { result, error } = await here.run()

  const writes = airtable.calls.slice(before).filter(call => call.method === 'PATCH').length
  expect(writes).toBeGreaterThan(200)
  expect(writes).toBeLessThan(270)
  expect(error?.message).toMatch(/Airtable was called \d+ times .* does not use up the month's calls/)
  expect(result?.left.length).toBeGreaterThan(0)
  expect(result?.problems).toHaveLength(200 - (result?.left.length ?? 0))
  // What was refused is not tried again while nothing changes.
  const next = await here.run()
  expect(next.error).toBe(null)
  expect(next.result?.problems).toHaveLength(200)
})

it('a table that takes no rows at all is asked a few times, not for each row', async () => {
  const here = await startHere({ specs: 60 })
  const body = { error: { type: 'INVALID_REQUEST', message: 'This table is locked' } }
  here.world.airtable.inject({ on: /^PATCH /, times: 10_000, effect: { kind: 'answer', status: 422, body } })
  const { result, error } = await here.run()
  expect(error).toBe(null)
  expect(result?.problems).toHaveLength(60)
  expect(here.world.airtable.calls.filter(call => call.method === 'PATCH').length).toBeLessThan(10)
  here.world.airtable.clearFaults()
  expect((await here.run()).result?.counts).toMatchObject({ created: 60, problems: 0 })
})

describe('what a plan does not give', () => {
  it('calls of this month: the run ends at once, and tells where to look and when they begin anew', async () => {
    const here = await startHere({ specs: 2 })
    await here.run()
    const before = here.world.airtable.calls.length
    here.world.airtable.inject(billing429({ on: /./, times: 1000 }))

    const { error } = await here.run()

    const now = new Date()
    const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)).toISOString().slice(0, 10)
    expect(error?.message).toMatch(new RegExp(`limit of the plan.*begin anew on ${first}.*airtable\\.com/account`))
    expect(here.world.airtable.calls.length - before).toBeLessThan(6)
    expect(await here.file('history.jsonl')).toContain('"status":"failed"')
  })

  it('calls of this month, at the third write: the two before it are recorded', async () => {
    const here = await startHere({ specs: 25 })
    here.world.airtable.inject({ ...billing429({ on: /^PATCH / }), skip: 2, times: 100 })
    here.world.airtable.inject({ ...billing429({ on: /^GET \/v0\/app/ }), skip: 1, times: 100 })
    const { result, error } = await here.run()
    expect(error?.message).toContain('limit of the plan')
    expect([result?.counts.created, (await pairs(here)).length, result?.left.length]).toEqual([20, 20, 5])
  })

  it('new pages in Notion: none is made, the edits of those that exist go on, and the run says why it failed', async () => {
    const mappings = MAPPINGS.replace('create: airtable', 'create: notion')
    const seed = exampleAirtable()
    const [table] = seed.bases[0]?.tables ?? []
    if (table === undefined) throw new Error('the example has a table')
    table.records = [{ fields: { 'Spec Name': 'Search redesign' } }]
    const here = await startHere({ specs: 1, mappings, airtable: seed })
    await here.run()
    for (let index = 0; index < 8; index += 1)
      here.world.airtable.add({ 'Spec Name': `New ${index}`, Status: 'Planned' })
    here.world.airtable.edit(here.world.row('Search redesign'), { Sprint: 'S1' })
    here.world.notion.inject(blockLimit403(100))

    const { result, error } = await here.run()

    expect(here.world.notion.value(here.world.page('Search redesign'), 'Sprint')).toBe('S1')
    expect(result?.counts).toMatchObject({ created: 0, toNotion: 1 })
    expect(result?.left).toHaveLength(8)
    expect(result?.left[0]).toContain('Notion takes no new pages')
    expect(error?.message).toMatch(/Notion takes no new pages.*Plans/)
    expect(
      here.world.notion.calls.filter(call => call.method === 'POST' && call.path === '/v1/pages').length,
    ).toBeLessThan(4)
    here.world.notion.clearFaults()
    expect((await here.run()).result?.counts.created).toBe(8)
  })
})

describe('between the last look at a record and its write', () => {
  /** Notion takes one request in 120 ms, and the clock of the run goes ten times as fast: 1.2 s apart. */
  const crawl = (): { notion: Limits; now: () => number } => {
    const begin = Date.now()
    return { notion: { count: 1, intervalMs: 120, concurrency: 3 }, now: () => begin + (Date.now() - begin) * 10 }
  }

  it('lie a few seconds also at the end of a long list: what a person types into a page that waits is kept', async () => {
    const here = await startHere({ specs: 14 })
    await here.run()
    const { world } = here
    for (const { id } of world.airtable.records())
      world.airtable.edit(id, { Sprint: 'S1', 'Target Quarter': '2028 Q1' })
    const titles = world.airtable.records().map(row => String(row.fields['Spec Name']))
    const last = world.page(titles.at(-1) ?? '')
    let typed = false
    world.notion.onCall(call => {
      if (typed || call.method !== 'PATCH') return
      typed = true
      world.notion.edit(last, { 'Target Quarter': '2029 Q4' })
    })

    const { result, error } = await here.run(crawl())

    world.notion.onCall(undefined)
    expect(error).toBe(null)
    expect(typed).toBe(true)
    expect(world.notion.value(last, 'Target Quarter')).toBe('2029 Q4')
    expect(result?.counts.toNotion).toBe(13)
    expect(result?.left).toEqual([`${titles.at(-1)}: the page was edited meanwhile`])
    expect(result?.windows).toHaveLength(13)
    expect(Math.max(...(result?.windows ?? []))).toBeLessThan(12_000)
  })

  it('a row too is looked at again where its turn came late, as after a refusal for rate', async () => {
    const here = await startHere({ specs: 2 })
    await here.run()
    const { world } = here
    const row = world.row('Search redesign')
    world.notion.edit(world.page('Search redesign'), { 'Target Quarter': '2028 Q1' })
    world.notion.edit(world.page('Billing redesign'), { 'Target Quarter': '2028 Q2' })
    const body = { errors: [{ error: 'RATE_LIMIT_REACHED', message: 'Rate limit exceeded. Please try again later' }] }
    const headers = { 'retry-after': '1' }
    world.airtable.inject({ on: /^PATCH /, effect: { kind: 'answer', status: 429, body, headers } })
    world.airtable.inject({ on: /^GET \/v0\/app/, skip: 1, effect: { kind: 'answer', status: 429, body, headers } })
    let typed = false
    world.airtable.onCall(call => {
      if (typed || call.method !== 'PATCH') return
      typed = true
      world.airtable.edit(row, { 'Target Quarter': '2029 Q4' })
    })

    const { result } = await here.run({ now: crawl().now })

    world.airtable.onCall(undefined)
    expect(world.airtable.value(row, 'Target Quarter')).toBe('2029 Q4')
    expect(world.airtable.value(world.row('Billing redesign'), 'Target Quarter')).toBe('2028 Q2')
    expect(result?.left).toEqual(['Search redesign: the row was edited meanwhile'])
  })

  it.each([
    ['row', 'notion', 'airtable'],
    ['page', 'airtable', 'notion'],
  ] as const)(
    'our own write to a %s whose answer was lost is nobody’s edit when it is looked at again',
    async (_, from, to) => {
      const here = await startHere({ specs: 1 })
      await here.run()
      const { world } = here
      const records = { notion: world.page('Search redesign'), airtable: world.row('Search redesign') }
      world[from].edit(records[from], { 'Target Quarter': '2028 Q1' })
      world[to].inject({ on: /^PATCH /, effect: { kind: 'reset', when: 'after' } })
      let late = 0
      world[to].onCall(call => {
        if (call.method === 'PATCH') late = 6_000
      })

      const { result, error } = await here.run({ now: () => Date.now() + late })

      world[to].onCall(undefined)
      expect(error).toBe(null)
      expect(result?.left).toEqual([])
      expect(world[to].value(records[to], 'Target Quarter')).toBe('2028 Q1')
      expect((await here.run()).result?.changed).toBe(false)
    },
  )

  it.each([
    ['row', 'notion', 'airtable'],
    ['page', 'airtable', 'notion'],
  ] as const)('a %s that the service does not write, however often it is asked, fails the run', async (_, from, to) => {
    const here = await startHere({ specs: 1 })
    await here.run()
    const { world } = here
    const records = { notion: world.page('Search redesign'), airtable: world.row('Search redesign') }
    world[from].edit(records[from], { 'Target Quarter': '2028 Q1' })
    const body = to === 'notion' ? { object: 'error', status: 502, code: 'bad_gateway', message: 'Down' } : 'Down'
    world[to].inject({ on: /^PATCH /, times: 100, effect: { kind: 'answer', status: 502, body } })
    let late = 0
    world[to].onCall(call => {
      if (call.method === 'PATCH') late += 6_000
    })

    const { error, result } = await here.run({ now: () => Date.now() + late })

    world[to].onCall(undefined)
    expect(error).toMatchObject({ name: 'ServiceError', failure: 'unavailable' })
    expect(result?.left).toHaveLength(1)
    expect(await here.file('history.jsonl')).toContain('"status":"failed"')
    world[to].clearFaults()
    await here.run()
    expect(world[to].value(records[to], 'Target Quarter')).toBe('2028 Q1')
  })

  it('a first run whose rows were made without an answer does not say that nothing was written, and the next goes on', async () => {
    const here = await startHere({ specs: 3 })
    const { world } = here
    world.airtable.inject({ on: /^PATCH /, times: 100, effect: { kind: 'reset', when: 'after' } })

    const { error, result } = await here.run()

    expect(error).toMatchObject({ failure: 'no-answer' })
    expect(world.airtable.records()).toHaveLength(3)
    expect(result?.counts.created).toBe(0)
    expect(result?.left).toEqual([0, 1, 2].map(() => expect.stringMatching(/: no answer came/)))
    expect(await here.file('history.jsonl')).toContain('"status":"failed"')
    world.airtable.clearFaults()
    await here.run()
    expect(await pairs(here)).toHaveLength(3)
    expect(world.airtable.records()).toHaveLength(3)
  })

  it('what a person formats in a page that is then looked at again stays formatted beside the edit that arrives', async () => {
    const here = await startHere({ specs: 1 })
    const { world } = here
    await here.run()
    world.airtable.edit(world.row('Search redesign'), { Blockers: 'Waits for legal' })
    await here.run()
    const page = world.page('Search redesign')
    world.airtable.edit(world.row('Search redesign'), { Blockers: 'Waits for legal, and Dan' })
    let late = 0
    world.notion.onCall(({ path }) => {
      if (late > 0 || !path.endsWith('/query')) return
      late = 6_000
      setImmediate(() => world.notion.edit(page, { Blockers: [{ text: 'Waits', bold: true }, ' for legal'] }))
    })

    const { result } = await here.run({ now: () => Date.now() + late })

    world.notion.onCall(undefined)
    expect(result?.left).toEqual([])
    expect(world.notion.value(page, 'Blockers')).toBe('Waits for legal, and Dan')
    expect(world.notion.page(page)).toMatchObject({
      properties: { Blockers: { rich_text: [{ plain_text: 'Waits', annotations: { bold: true } }, {}] } },
    })
  })
})
