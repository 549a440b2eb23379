/**
 * What a run does and what it leaves alone: where it reads the state, that it reads both sides whole whatever breaks off,
 * how it goes on after refusals and lost answers, what it records, that a run with nothing to change writes nothing at
 * all, and what it costs in requests. The built action against the emulated services.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { MAPPINGS, specTitle } from '../../demo/example.ts'
import { startWorld, type World, type WorldOptions } from '../../demo/world.ts'
import * as notionFaults from '../../emulators/notion/faults.ts'
import type { RunResult } from '../../emulators/runner.ts'
import type { Fault } from '../../emulators/serve.ts'
import { startSynced } from './past.ts'

let world: World
afterEach(() => world.close())

const first = specTitle(0)
const second = specTitle(1)
const third = specTitle(2)

/** The example with the target quarter left to people, after its first run. */
const ASK = MAPPINGS.replace('airtable: Target Quarter }', 'airtable: Target Quarter, conflict: ask }')
async function synced(options: WorldOptions = {}): Promise<void> {
  world = await startSynced({ specs: 3, mappings: ASK, ...options })
}

function forget(): void {
  for (const service of [world.notion, world.airtable, world.github]) service.calls.length = 0
}

/** Requests that meant to change something, at any of the three services, refused or not. */
function writes(): string[] {
  return [world.notion, world.airtable, world.github]
    .flatMap(service => service.calls)
    .filter(call => call.method !== 'GET' && !/\/(query|listRecords)$/.test(call.path))
    .map(call => `${call.method} ${call.path}`)
}

const cell = (title: string, field: string) => world.airtable.value(world.row(title), field)
const value = (title: string, property: string) => world.notion.value(world.page(title), property)
const errors = (run: RunResult): string[] =>
  run.annotations.filter(note => note.level === 'error').map(note => note.message)
const pairs = async (sync?: string): Promise<unknown[]> => (await world.state(sync)).pairs as unknown[]

async function expectQuiet(): Promise<RunResult> {
  forget()
  const head = await world.github.head()
  const run = await world.run()
  expect(writes()).toEqual([])
  expect(run.exitCode).toBe(0)
  expect(run.outputs).toMatchObject({ changed: 'false', created: '0', deleted: '0', commit: '' })
  expect(run.outputs).toMatchObject({ 'updated-notion': '0', 'updated-airtable': '0' })
  expect(await world.github.head()).toBe(head)
  return run
}

const pageId = (index: number): string => `aaaaaaaa-0000-4000-8000-${index.toString(16).padStart(12, '0')}`

/**
 * Pages and rows that are linked already, with a number to edit and on each side something that is not mapped. `created`
 * gives the minute in which a page was made.
 */
function linked(count: number, created: (index: number) => number = index => index): WorldOptions {
  const at = (index: number) => new Date(Date.UTC(2026, 9, 1, 9, created(index))).toISOString()
  const numbers = Array.from({ length: count }, (_, index) => index)
  return {
    notion: {
      token: 'ntn_example',
      databases: [
        {
          title: 'Specs',
          properties: { Name: { type: 'title' }, Points: { type: 'number' }, Secret: { type: 'rich_text' } },
          pages: numbers.map(index => ({
            id: pageId(index),
            created: at(index),
            properties: { Name: `Spec ${index}`, Points: index, Secret: 'in Notion only' },
          })),
        },
      ],
    },
    airtable: {
      token: 'pat_example',
      bases: [
        {
          tables: [
            {
              name: 'Tracker',
              fields: [
                { name: 'Name', type: 'singleLineText' },
                { name: 'Points', type: 'number' },
                { name: 'Page', type: 'singleLineText' },
                { name: 'Private', type: 'multilineText' },
              ],
              records: numbers.map(index => ({
                fields: { Name: `Spec ${index}`, Points: index, Page: pageId(index), Private: 'in Airtable only' },
              })),
            },
          ],
        },
      ],
    },
    mappings: `version: 1
syncs:
  product-specs:
    notion: { database: "\${NOTION_DATABASE_ID}" }
    airtable: { base: "\${AIRTABLE_BASE_ID}", table: Tracker, page_id_field: Page }
    when_deleted: { page: delete, row: trash }
    fields:
      - { notion: Name, airtable: Name, owner: notion }
      - { notion: Points, airtable: Points }
`,
  }
}
const rowOf = (index: number): string =>
  world.airtable.records().find(row => row.fields.Page === pageId(index))?.id ?? 'no such row'

describe('the state', () => {
  it('is read at the head of its branch, not at the commit that was checked out: an old job that runs again is quiet', async () => {
    world = await startWorld({ specs: 3 })
    const before = await world.github.head()
    await world.run()
    const old = await world.github.files()
    world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q2' })
    world.airtable.edit(world.row(second), { Sprint: 'S1' })
    await world.run()
    forget()
    for (const workspace of [old, { 'mappings.yaml': MAPPINGS }]) {
      const run = await world.run({ github: { ...world.github, sha: before }, workspace })
      expect([run.exitCode, run.outputs.changed]).toEqual([0, 'false'])
    }
    expect(writes()).toEqual([])
  })

  it('on a branch of its own is the only one that counts, whatever lies in the folder on the default branch', async () => {
    world = await startWorld({ specs: 2 })
    const inputs = { branch: 'sync-state' }
    await world.run({ inputs })
    await world.github.commitFiles({ 'state/product-specs/state.json': '{"version": 1}' }, 'A stale copy')
    forget()
    const run = await world.run({ inputs, workspace: await world.github.files('main') })
    expect([run.exitCode, run.outputs.changed, writes()]).toEqual([0, 'false', []])
  })
})

describe('a state', () => {
  it.each([
    ['cut in the middle', (text: string) => text.slice(0, 400)],
    ['of another shape', () => '{"version": 1, "pairs": 7}'],
    ['with the marks of a merge', (text: string) => `<<<<<<< HEAD\n${text}=======\n>>>>>>> theirs\n`],
    ['of a newer version', (text: string) => text.replace('"version": 1', '"version": 99')],
  ])(
    'that cannot be read, %s, is never written over: one message that names it, and nothing is written',
    async (_, spoil) => {
      await synced()
      const path = 'state/product-specs/state.json'
      const spoiled = spoil((await world.github.file(path)) ?? '')
      await world.github.commitFiles({ [path]: spoiled }, 'Spoil it')
      world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q2' })
      forget()
      const run = await world.run()
      expect(run.exitCode).toBe(1)
      expect(errors(run)).toHaveLength(1)
      expect(errors(run)[0]).toContain(path)
      expect(run.stdout + run.stderr).not.toMatch(/^\s+at .*(\.[cm]?[jt]s|node:\S+):\d+/m)
      expect(writes()).toEqual([])
      expect(run.outputs).toMatchObject({ changed: 'false', created: '0', commit: '' })
      expect(run.summary).toContain(path)
    },
  )
})

describe('reading', () => {
  it('goes through every page of both lists', async () => {
    world = await startWorld(linked(230))
    expect((await world.run()).exitCode).toBe(0)
    expect(await pairs()).toHaveLength(230)
    expect(world.notion.calls.filter(call => call.path.endsWith('/query'))).toHaveLength(3)
    await expectQuiet()
    world.notion.edit(pageId(229), { Points: 1000 })
    world.airtable.edit(rowOf(0), { Points: 2000 })
    await world.run()
    expect(world.airtable.value(rowOf(229), 'Points')).toBe(1000)
    expect(world.notion.value(pageId(0), 'Points')).toBe(2000)
  })

  it('starts again where a cursor of Notion or the iterator of Airtable has expired, and misses nothing', async () => {
    world = await startWorld(linked(130))
    world.notion.settings.expireCursors = true
    world.airtable.settings.expireIterators = true
    expect((await world.run()).exitCode).toBe(0)
    expect([world.notion.settings.expireCursors, world.airtable.settings.expireIterators]).toEqual([false, false])
    expect(await pairs()).toHaveLength(130)
    world.notion.settings.expireCursors = true
    world.airtable.settings.expireIterators = true
    await expectQuiet()
  })

  it.each(['Notion', 'Airtable'])(
    'a list of %s that breaks off each time proves no absence: nothing is written',
    async side => {
      world = await startWorld(linked(130))
      await world.run()
      world.notion.onCall(() => {
        world.notion.settings.expireCursors = side === 'Notion'
      })
      world.airtable.onCall(() => {
        world.airtable.settings.expireIterators = side === 'Airtable'
      })
      forget()
      const run = await world.run()
      expect(run.exitCode).toBe(1)
      expect(errors(run)).toHaveLength(1)
      expect(errors(run)[0]).toContain(side)
      expect(
        [...world.notion.calls, ...world.airtable.calls].some(call => /^(PATCH|DELETE|PUT)/.test(call.method)),
      ).toBe(false)
      world.notion.onCall(undefined)
      world.airtable.onCall(undefined)
      world.notion.settings.expireCursors = false
      world.airtable.settings.expireIterators = false
      expect((await world.run()).exitCode).toBe(0)
      expect([world.airtable.records().length, await pairs()].flat()).toHaveLength(131)
    },
  )

  it('a query that Notion stops at its limit is continued in windows, each row once', async () => {
    world = await startWorld({ specs: 47 })
    world.notion.settings.queryLimit = 30
    const run = await world.run()
    expect([run.exitCode, run.outputs.created]).toEqual([0, '47'])
    const titles = world.airtable.records().map(row => row.fields['Spec Name'])
    expect(titles.sort()).toEqual(Array.from({ length: 47 }, (_, index) => specTitle(index)).sort())
    await expectQuiet()
    world.notion.edit(world.page(specTitle(46)), { 'Target Quarter': '2027 Q2' })
    expect((await world.run()).outputs['updated-airtable']).toBe('1')
  })

  it('also where rows of one minute lie on both sides of a window’s end', async () => {
    world = await startWorld(linked(95, index => Math.floor(index / 10)))
    world.notion.settings.queryLimit = 25
    await world.run()
    expect(await pairs()).toHaveLength(95)
    await expectQuiet()
  })

  it('more rows of one minute than a query gives cannot be read whole: says so, and nothing is written', async () => {
    world = await startWorld(linked(40, () => 0))
    await world.run()
    world.notion.settings.queryLimit = 30
    forget()
    const run = await world.run()
    expect(run.exitCode).toBe(1)
    expect(errors(run)[0]).toMatch(/Notion.*minute/)
    expect([...world.notion.calls, ...world.airtable.calls].some(call => /^(PATCH|DELETE|PUT)/.test(call.method))).toBe(
      false,
    )
    expect(world.airtable.records()).toHaveLength(40)
  })

  it('asks for mapped properties and fields only, and never for what is private to a side', async () => {
    world = await startWorld(linked(4))
    await world.run()
    world.notion.trash(pageId(0))
    world.airtable.remove(rowOf(1))
    world.notion.edit(pageId(2), { Points: 7 })
    world.airtable.edit(rowOf(3), { Points: 8 })
    await world.run()
    const [page] = world.notion.pages(world.notion.dataSourceId)
    const properties = page?.properties as Record<string, { id: string }>
    const wanted = ['Name', 'Points'].map(name => decodeURIComponent(properties[name]?.id ?? '')).sort()
    const queries = world.notion.calls.filter(call => call.path.endsWith('/query'))
    expect(queries.length).toBeGreaterThan(1)
    for (const { query } of queries) {
      const asked = new URLSearchParams(query).getAll('filter_properties').map(id => decodeURIComponent(id))
      expect([...new Set(asked)].sort()).toEqual(wanted)
    }
    const fields = ['Name', 'Points', 'Page'].map(name => world.airtable.fieldId(name))
    const lists = world.airtable.calls.filter(call => call.method === 'GET' && !call.path.includes('/meta/'))
    expect(lists.length).toBeGreaterThan(1)
    for (const { query } of lists) {
      const asked = new URLSearchParams(query).getAll('fields[]')
      expect(asked.length).toBeGreaterThan(0)
      expect(fields).toEqual(expect.arrayContaining(asked))
    }
    const files = JSON.stringify(await world.github.files())
    expect(files).not.toContain('in Notion only')
    expect(files).not.toContain('in Airtable only')
  })

  it('names fields of Airtable by their IDs in every request, so that a rename in between does no harm', async () => {
    await synced({ mappings: MAPPINGS })
    world.setClock('2026-11-20T10:00:30Z')
    world.notion.edit(world.page(first), { Status: 'Shipped', 'Target Quarter': '2027 Q1' })
    world.airtable.edit(world.row(first), { 'Target Quarter': '2027 Q2' })
    world.airtable.edit(world.row(second), { Sprint: 'S1', 'Notion Page ID': '' })
    world.airtable.remove(world.row(third))
    await world.run()
    const calls = world.airtable.calls.filter(call => !call.path.includes('/meta/'))
    expect(calls.some(call => call.method === 'PATCH')).toBe(true)
    expect(calls.some(call => call.query.includes('LAST_MODIFIED_TIME'))).toBe(true)
    const names = Object.keys(world.airtable.record(world.row(first)).fields)
    expect(names).toContain('Notion Page ID')
    for (const { path, query, body } of calls) {
      const parameters = [...new URLSearchParams(query)].map(([key, given]) => `${key}=${given}&`)
      const sent = [path, ...parameters, body].join(' ')
      const spelled = (name: string) => [`=${name}&`, `{${name}}`, `"${name}"`].some(form => sent.includes(form))
      expect(names.filter(spelled)).toEqual([])
      expect(sent).toMatch(/returnFieldsByFieldId"?[:=]true/)
      expect(path).toContain(world.airtable.tableId)
    }
  })
})

describe('writing', () => {
  it('touches only mapped fields, and of those only the ones that changed', async () => {
    await synced()
    world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q2' })
    world.airtable.edit(world.row(second), { Sprint: 'S1' })
    await world.run()
    const sent = (service: { calls: { method: string; body: string }[] }) =>
      service.calls.filter(call => call.method === 'PATCH').map(call => JSON.parse(call.body))
    const [rows] = sent(world.airtable) as { records: { fields: Record<string, unknown> }[] }[]
    const written = ['Target Quarter', 'Last Synced'].map(name => world.airtable.fieldId(name))
    expect(rows?.records.map(record => Object.keys(record.fields).sort())).toEqual([written.sort()])
    const [page] = sent(world.notion) as { properties: Record<string, unknown> }[]
    expect(Object.keys(page?.properties ?? {})).toHaveLength(1)
    expect(world.notion.calls.filter(call => call.method === 'PATCH')).toHaveLength(1)
  })

  it('a field of Airtable that only some people may write is a problem of its cells: all else flows, and it is not tried again', async () => {
    world = await startWorld({ specs: 3 })
    expect((await world.run()).exitCode).toBe(0)
    world.airtable.settings.lockedFields = ['Priority']
    const [first, second] = [world.page('Search redesign'), world.page('Billing redesign')]
    world.notion.edit(first, { Priority: 'P3', 'Target Quarter': '2028 Q1' })
    world.notion.edit(second, { 'Target Quarter': '2028 Q2' })

    const run = await world.run()

    expect(run.exitCode, run.log).toBe(0)
    expect(run.outputs).toMatchObject({ 'updated-airtable': '2', problems: '1' })
    expect(world.airtable.value(world.row('Search redesign'), 'Target Quarter')).toBe('2028 Q1')
    expect(world.airtable.value(world.row('Billing redesign'), 'Target Quarter')).toBe('2028 Q2')
    const [issue] = await world.github.issues('open')
    expect(issue?.body).toMatch(/refused the value: You are not permitted to write cell values in field Priority/)
    world.airtable.calls.length = 0
    expect((await world.run()).outputs).toMatchObject({ changed: 'false', problems: '1' })
    expect(world.airtable.calls.filter(call => call.method === 'PATCH')).toEqual([])
  })

  it('a row that is gone when its batch is written, which Airtable may answer with 403, is left; the others are written', async () => {
    world = await startWorld({ specs: 3 })
    expect((await world.run()).exitCode).toBe(0)
    const [gone, other] = [world.row('Search redesign'), world.row('Billing redesign')]
    world.notion.edit(world.page('Search redesign'), { Priority: 'P3' })
    world.notion.edit(world.page('Billing redesign'), { Priority: 'P3' })
    const body = {
      error: {
        type: 'INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND',
        message: 'Invalid permissions, or the requested model was not found.',
      },
    }
    world.airtable.onCall(({ method }) => {
      if (method !== 'PATCH' || !world.airtable.records().some(({ id }) => id === gone)) return
      world.airtable.remove(gone)
      world.airtable.inject({ on: /^PATCH /, times: 2, effect: { kind: 'answer', status: 403, body } })
    })

    const run = await world.run()

    world.airtable.onCall(undefined)
    expect(run.exitCode, run.log).toBe(0)
    expect(run.log).toContain('Search redesign: the row is gone')
    expect(world.airtable.value(other, 'Priority')).toBe('P3')
    expect((await world.run()).exitCode).toBe(0)
    expect(world.airtable.value(world.row('Search redesign'), 'Priority')).toBe('P3')
  })

  it('a row that Airtable refuses as a whole is one problem, after a bounded number of requests', async () => {
    world = await startWorld({ specs: 1 })
    const body = { error: { type: 'INVALID_REQUEST', message: 'This table is locked' } }
    world.airtable.inject({ on: /^PATCH /, times: 10_000, effect: { kind: 'answer', status: 422, body } })
    const run = await world.run({ timeoutMs: 20_000 })
    expect(run.exitCode).toBe(0)
    expect(run.outputs).toMatchObject({ created: '0', problems: '1' })
    expect(world.airtable.calls.length).toBeLessThan(25)
  })
})

describe('a service that refuses for a while, or whose answer is lost', () => {
  const patch = /^PATCH \/v/
  const list = /^GET \/v0\/app/
  const query = /\/query$/
  const reset = (on: RegExp, when: 'before' | 'after'): Fault => ({ on, effect: { kind: 'reset', when } })
  /** Both answers, since the second asks why the first was refused. */
  const airtable429: Fault = {
    on: list,
    times: 2,
    effect: {
      kind: 'answer',
      status: 429,
      headers: { 'retry-after': '1' },
      body: { errors: [{ error: 'RATE_LIMIT_REACHED', message: 'Rate limit exceeded. Please try again later' }] },
    },
  }

  it('waits as long as Notion asks after a 429, and sends nothing meanwhile', async () => {
    world = await startWorld({ specs: 2 })
    world.notion.inject(notionFaults.rateLimited(query, 1))
    const run = await world.run()
    expect([run.exitCode, run.outputs.created]).toEqual([0, '2'])
    const refused = world.notion.calls.findIndex(call => call.status === 429)
    const [before, after] = [world.notion.calls[refused], world.notion.calls[refused + 1]]
    expect((after?.at ?? 0) - (before?.at ?? 0)).toBeGreaterThanOrEqual(990)
    expect(run.outputs['api-calls-notion']).toBe(String(world.notion.calls.length))
  })

  it('waits as long as Airtable asks after a 429', async () => {
    world = await startWorld({ specs: 2 })
    world.airtable.inject(airtable429)
    const run = await world.run()
    expect([run.exitCode, run.outputs.created]).toEqual([0, '2'])
    const refused = world.airtable.calls.findLastIndex(call => call.status === 429)
    const [before, after] = [world.airtable.calls[refused], world.airtable.calls[refused + 1]]
    expect((after?.at ?? 0) - (before?.at ?? 0)).toBeGreaterThanOrEqual(990)
    expect(run.outputs['api-calls-airtable']).toBe(String(world.airtable.calls.length))
  })

  it.each<[string, 'notion' | 'airtable' | 'github', Fault]>([
    ['Notion is unavailable for a query (503)', 'notion', notionFaults.unavailable503(query)],
    ['Notion finds a query too heavy (503)', 'notion', notionFaults.queryTooHeavy503(query)],
    ['Notion’s gateway answers a query with a page (502)', 'notion', notionFaults.gateway502Html(query)],
    ['Notion cuts a query', 'notion', reset(query, 'before')],
    ['Airtable cuts a list', 'airtable', reset(list, 'after')],
    ['Airtable answers a list with half a body', 'airtable', half(list)],
    ['GitHub fails to give the state (500)', 'github', fails(/^GET .*state\.json$/)],
  ])('%s: it is asked again', async (_, service, fault) => {
    world = await startWorld({ specs: 2 })
    world[service].inject(fault)
    const run = await world.run()
    expect([run.exitCode, run.outputs.created]).toEqual([0, '2'])
    await expectQuiet()
  })

  it.each<[string, Fault]>([
    ['the connection is cut before the rows are made', reset(patch, 'before')],
    ['the connection is cut after the rows were made', reset(patch, 'after')],
    ['Airtable fails without saying whether it made the rows (500)', fails(patch)],
    ['a gateway answers although the rows were made (502)', failsAfter(patch, 502, '<html>Bad Gateway</html>')],
    ['the answer is cut in half after the rows were made', half(patch)],
  ])('%s: each row is there once', async (_, fault) => {
    world = await startWorld({ specs: 3 })
    world.airtable.inject(fault)
    const run = await world.run()
    expect([run.exitCode, run.outputs.created]).toEqual([0, '3'])
    expect(
      world.airtable
        .records()
        .map(row => row.fields['Spec Name'])
        .sort(),
    ).toEqual([first, second, third].sort())
    expect(await pairs()).toHaveLength(3)
    await expectQuiet()
  })

  it.each<[string, 'notion' | 'airtable', Fault]>([
    ['to Airtable is cut before it took effect', 'airtable', reset(patch, 'before')],
    ['to Airtable is cut after it took effect', 'airtable', reset(patch, 'after')],
    ['to Airtable fails (503)', 'airtable', fails(patch, 503)],
    ['to Notion is cut before it took effect', 'notion', reset(patch, 'before')],
    ['to Notion is cut after it took effect', 'notion', reset(patch, 'after')],
    ['to Notion meets another one (409)', 'notion', notionFaults.conflict409(patch)],
    ['to Notion is saved, but its answer is lost (503)', 'notion', notionFaults.savedBut503(patch)],
    [
      'to Notion is saved behind a gateway that gave up (504)',
      'notion',
      notionFaults.timeout504(patch, { saved: true }),
    ],
    ['to Notion is refused for a while (529)', 'notion', notionFaults.overloaded529(patch, 1)],
  ])('a write %s: no edit is lost, and none is taken for a person’s', async (_, service, fault) => {
    await synced()
    world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q2' })
    world.airtable.edit(world.row(second), { Sprint: 'S1' })
    world[service].inject(fault)
    const run = await world.run()
    expect(run.exitCode).toBe(0)
    expect(run.outputs).toMatchObject({ 'updated-notion': '1', 'updated-airtable': '1', conflicts: '0', problems: '0' })
    expect([cell(first, 'Target Quarter'), value(second, 'Sprint')]).toEqual(['2027 Q2', 'S1'])
    await expectQuiet()
  })

  it('a change that Notion saved although it answered 503 is not sent again', async () => {
    await synced()
    world.airtable.edit(world.row(first), { Sprint: 'S1' })
    world.notion.inject(notionFaults.savedBut503(patch))
    await world.run()
    expect(world.notion.calls.filter(call => call.method === 'PATCH')).toHaveLength(1)
  })

  it.each([
    ['the tree of the journal', /^POST .*\/git\/trees$/, 0],
    ['the commit of the journal', /^POST .*\/git\/commits$/, 0],
    ['the ref of the journal', /^POST .*\/git\/refs$/, 0],
    ['the tree of the state commit', /^POST .*\/git\/trees$/, 1],
    ['the state commit', /^POST .*\/git\/commits$/, 1],
    ['the branch of the state commit', /^PATCH .*\/git\/refs\//, 0],
    ['the removal of the journal', /^DELETE .*\/git\/refs\//, 0],
  ])('the answer to %s is lost: the state is there, in one commit', async (_, on, skip) => {
    await synced()
    const before = (await world.github.commits()).length
    world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q2' })
    world.github.inject({ ...reset(on, 'after'), skip })
    const run = await world.run()
    expect([run.exitCode, run.outputs.commit]).toEqual([0, await world.github.head()])
    expect(await world.github.commits()).toHaveLength(before + 1)
    await expectQuiet()
  })
})

function fails(on: RegExp, status = 500): Fault {
  return { on, effect: { kind: 'answer', status, body: { error: { type: 'SERVER_ERROR', message: 'Try again' } } } }
}
function failsAfter(on: RegExp, status: number, body: string): Fault {
  return { on, effect: { kind: 'answerAfter', status, body } }
}
/** The request took effect, and its answer is no JSON. */
function half(on: RegExp): Fault {
  return {
    on,
    effect: {
      kind: 'answerAfter',
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"records":[{"id":"rec',
    },
  }
}

describe('recording', () => {
  it('puts state, changelog, history and status page into one commit a run, and tells it in summary and outputs', async () => {
    await synced()
    const before = (await world.github.commits()).length
    world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q2' })
    world.airtable.edit(world.row(second), { Sprint: 'S1' })
    world.airtable.edit(world.row(third), { 'Target Quarter': '2026 Q4' })
    world.notion.edit(world.page(third), { 'Target Quarter': '2027 Q1' })
    const run = await world.run()
    const commits = await world.github.commits()
    expect(commits).toHaveLength(before + 1)
    expect(run.outputs).toMatchObject({ commit: commits[0]?.sha, conflicts: '1' })
    expect(commits[0]?.files.map(file => file.filename).sort()).toEqual([
      'state/README.md',
      'state/product-specs/CHANGELOG.md',
      'state/product-specs/history.jsonl',
      'state/product-specs/state.json',
    ])
    expect(commits[0]?.message).toMatch(/^sync\(product-specs\): /)
    for (const text of [first, 'Target Quarter', '2027 Q2', second, 'Sprint', 'S1']) expect(run.summary).toContain(text)
    const [issue] = await world.github.issues()
    expect(run.outputs.issue).toBe(String(issue?.number))
  })

  it('comes after the writes: a plan that was shown leaves no trace', async () => {
    await synced()
    world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q2' })
    const plan = await world.run({ inputs: { mode: 'plan' } })
    expect(writes()).toEqual([])
    expect(plan.summary).toContain('2027 Q2')
    expect(cell(first, 'Target Quarter')).toBe('2026 Q4')
    expect((await world.run()).outputs['updated-airtable']).toBe('1')
  })
})

describe('a run that changes nothing writes nothing anywhere', () => {
  /** What happens after the first run; the run after it may write, the one after that must not. */
  const SITUATIONS: [string, () => void][] = [
    ['after a first run', () => {}],
    [
      'after edits that flowed both ways',
      () => {
        world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q2', Owner: ['Alan Turing', 'Ada Lovelace'] })
        world.airtable.edit(world.row(second), { Sprint: ' S1 ', Blockers: 'one\ntwo\n', 'Ship Date': '2026-12-24' })
      },
    ],
    [
      'after an edit was put back, since the other side owns the field',
      () => {
        world.airtable.edit(world.row(first), { 'Spec Name': 'Mine', Owner: 'Nobody' })
        world.notion.edit(world.page(second), { Sprint: 'S9' })
      },
    ],
    [
      'after both sides were edited alike',
      () => {
        world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q2' })
        world.airtable.edit(world.row(first), { 'Target Quarter': '2027 Q2' })
      },
    ],
    [
      'after titles were edited, with a conflict and a problem open beside them',
      () => {
        world.airtable.edit(world.row(first), { 'Target Quarter': '2027 Q2' })
        world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q1', Name: 'Renamed' })
      },
    ],
    [
      'while a conflict is open',
      () => {
        world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q1' })
        world.airtable.edit(world.row(first), { 'Target Quarter': '2027 Q2' })
      },
    ],
    [
      'while several conflicts and a problem are open',
      () => {
        for (const title of [first, second]) {
          world.notion.edit(world.page(title), { 'Target Quarter': null })
          world.airtable.edit(world.row(title), { 'Target Quarter': 'Some day' })
        }
        world.airtable.duplicate(world.row(third))
      },
    ],
    ['while a copied row is a problem', () => void world.airtable.duplicate(world.row(first))],
    [
      'while names are not unique',
      () => {
        for (let copy = 0; copy < 2; copy += 1) {
          world.notion.addPage(world.notion.dataSourceId, { Name: 'Twice', Status: 'Planned' })
        }
        world.airtable.add({ 'Spec Name': 'Twice' })
      },
    ],
    ['while a page lies in the trash', () => world.notion.trash(world.page(first))],
    ['while a page is archived', () => world.notion.archive(world.page(first))],
    ['while a page is out of the filter', () => world.notion.edit(world.page(first), { Status: 'Draft' })],
    ['while a page is not shared', () => world.notion.unshare(world.page(first))],
    ['after a page was deleted for good', () => world.notion.purge(world.page(first))],
    ['after a row was deleted and made again', () => world.airtable.remove(world.row(first))],
    ['after a new option was made', () => world.notion.edit(world.page(first), { 'Target Quarter': '2028 Q1' })],
    ['after the page ID was restored', () => world.airtable.edit(world.row(first), { 'Notion Page ID': 'oops' })],
    ['after an option was renamed', () => world.airtable.renameOption('Priority', 'P0', 'Urgent')],
    ['after a field was renamed', () => world.airtable.renameField('Sprint', 'Iteration')],
  ]

  it.each(SITUATIONS)('%s', async (_, happens) => {
    await synced()
    happens()
    expect((await world.run()).exitCode).toBe(0)
    const issues = JSON.stringify(await world.github.issues('all'))
    await expectQuiet()
    expect(JSON.stringify(await world.github.issues('all'))).toBe(issues)
  })

  it('while clocks cannot tell who was last: they are not asked again either', async () => {
    await synced({ mappings: MAPPINGS })
    world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q1' })
    world.airtable.edit(world.row(first), { 'Target Quarter': '2027 Q2' })
    expect((await world.run()).outputs.conflicts).toBe('1')
    const run = await expectQuiet()
    expect(run.outputs.conflicts).toBe('1')
    expect(world.airtable.calls.filter(call => call.query.includes('filterByFormula'))).toEqual([])
  })

  it('where only what is not mapped was edited', async () => {
    world = await startWorld(linked(2))
    await world.run()
    world.setClock('2026-11-21T09:00:10Z')
    world.notion.edit(pageId(0), { Secret: 'edited' })
    world.notion.editBody(pageId(1))
    world.airtable.edit(rowOf(0), { Private: 'edited' })
    await expectQuiet()
  })

  it('after a failure and the run that recovered from it', async () => {
    await synced()
    world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q2' })
    world.airtable.settings.monthlyQuotaExceeded = true
    expect((await world.run()).exitCode).toBe(1)
    world.airtable.settings.monthlyQuotaExceeded = false
    expect((await world.run()).exitCode).toBe(0)
    await expectQuiet()
  })

  it('after a title came from Airtable, also beside a conflict of the same record', async () => {
    const mappings = MAPPINGS.replace('airtable: Spec Name,      owner: notion', 'airtable: Spec Name')
      .replace(/ +- \{ notion: \$url.*\n/, '')
      .replace('conflict: newest', 'conflict: ask')
    world = await startWorld({ specs: 1, mappings })
    await world.run()
    const [page, row] = [world.page(first), world.row(first)]
    world.airtable.edit(row, { 'Spec Name': 'From Airtable', 'Target Quarter': '2027 Q2' })
    world.notion.edit(page, { 'Target Quarter': '2027 Q1' })
    await world.run()
    expect(world.notion.value(page, 'Name')).toBe('From Airtable')
    const [issue] = await world.github.issues('open')
    expect(issue?.body).toContain('From Airtable')
    expect((await expectQuiet()).outputs.conflicts).toBe('1')
  })

  it('on a first run that finds both sides empty', async () => {
    world = await startWorld({ specs: 0 })
    const run = await world.run()
    expect(run).toMatchObject({ exitCode: 0, outputs: { changed: 'false', commit: '' } })
    expect(world.github.writes()).toEqual([])
  })
})

describe('what a run costs', () => {
  it('a first run of 47 specs needs at most 5 requests to Notion and 8 to Airtable, and none is refused', async () => {
    world = await startWorld({ specs: 47, limits: true })
    const run = await world.run()
    expect(run.outputs.created).toBe('47')
    expect(world.notion.calls.length).toBeLessThanOrEqual(5)
    expect(world.airtable.calls.length).toBeLessThanOrEqual(8)
    expect(run.outputs).toMatchObject({
      'api-calls-notion': String(world.notion.calls.length),
      'api-calls-airtable': String(world.airtable.calls.length),
    })
    expect([...world.notion.calls, ...world.airtable.calls].filter(call => call.status !== 200)).toEqual([])
    forget()
    const quiet = await world.run()
    expect(quiet.outputs.changed).toBe('false')
    expect(world.notion.calls.length + world.airtable.calls.length).toBeLessThanOrEqual(4)
  })

  it('a quiet run stays as cheap while a conflict is open or a pair rests', async () => {
    await synced()
    world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q1' })
    world.airtable.edit(world.row(first), { 'Target Quarter': '2027 Q2' })
    world.notion.trash(world.page(second))
    await world.run()
    await expectQuiet()
    expect(world.notion.calls.length + world.airtable.calls.length).toBeLessThanOrEqual(5)
  })
})
