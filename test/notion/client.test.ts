/** What becomes of requests to Notion that fail: the real SDK at our pace, against the emulator. */
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import * as faults from '../../emulators/notion/faults.ts'
import { type NotionEmulator, startNotion } from '../../emulators/notion/index.ts'
import type { Fault } from '../../emulators/serve.ts'
import { createNotionClient, type NotionClient } from '../../src/notion/client.ts'
import { columnsOf } from '../../src/notion/properties.ts'
import { type NotionTable, notionTable } from '../../src/notion/table.ts'
import { quickPace } from '../quick-pace.ts'

let notion: NotionEmulator
let client: NotionClient
let table: NotionTable

beforeEach(async () => {
  notion = await startNotion({
    databases: [
      {
        title: 'Specs',
        properties: { Name: { type: 'title' } },
        pages: Array.from({ length: 60 }, (_, index) => ({ properties: { Name: `Spec ${index}` } })),
      },
    ],
  })
  notion.settings.requestsPerMinute = Number.POSITIVE_INFINITY
  onTestFinished(() => notion.close())
  const pace = quickPace()
  onTestFinished(pace.close)
  client = createNotionClient('ntn_test', notion.url, pace)
  table = notionTable(client, notion.dataSourceId, undefined)
})

const QUERY = /\/query$/
const CREATE = /^POST \/v1\/pages$/
const HTML = '<!doctype html><html><body>Sign in to the network</body></html>'
const answers = (on: RegExp, status: number, body: unknown): Fault => ({
  on,
  effect: { kind: 'answer', status, body, headers: { 'content-type': 'application/json' } },
})
const stalls = (on: RegExp): Fault => ({ on, effect: { kind: 'stall' } })
const slow = (on: RegExp): Fault => ({ on, effect: { kind: 'delay', ms: 400 } })
const reset = (on: RegExp, when: 'before' | 'after'): Fault => ({ on, effect: { kind: 'reset', when } })

const sent = (on: RegExp) => notion.calls.filter(({ method, path }) => on.test(`${method} ${path}`))
const made = () => notion.pages(notion.dataSourceId).length - 60

/** What comes of making a page: its failure, or null. */
async function failureOfCreate(): Promise<string | null> {
  const source = await client.ask(sdk => sdk.dataSources.retrieve({ data_source_id: notion.dataSourceId }))
  const title = columnsOf(source.properties).find(column => column.type === 'title')
  if (title?.shape == null) throw new Error('the seed has a title')
  const column = { ...title, shape: title.shape }
  return table.create([{ column, value: 'New' }], []).then(
    () => null,
    error => error.failure,
  )
}

describe('a query is asked again, and brings every page once, after', () => {
  it.each<[string, Fault]>([
    ['a refusal for rate (429)', faults.rateLimited(QUERY, 0)],
    ['an overload (529)', faults.overloaded529(QUERY, 0)],
    ['a conflict (409)', faults.conflict409(QUERY)],
    ['an error of the server (500)', faults.internal500(QUERY)],
    ['a page of a gateway (502)', faults.gateway502Html(QUERY)],
    ['a service that is away (503)', faults.unavailable503(QUERY)],
    ['a gateway that gave up (504)', faults.timeout504(QUERY)],
    ['a refusal for rate by a proxy, as a page (429)', answers(QUERY, 429, HTML)],
    ['a connection cut before the answer', reset(QUERY, 'before')],
    ['half an answer', answers(QUERY, 200, '{"object":"list","results":[{"obj')],
    ['a page of a proxy with status 200', answers(QUERY, 200, HTML)],
    ['headers that never come', slow(QUERY)],
    ['a body that stalls', stalls(QUERY)],
  ])('%s', async (_, fault) => {
    notion.inject(fault)
    expect(await table.read([])).toHaveLength(60)
    expect(sent(QUERY)).toHaveLength(2)
    expect(client.calls()).toBe(2)
  })
})

it('a query that stays too heavy is asked in smaller and smaller pages, and goes on in those', async () => {
  notion.inject({ ...faults.queryTooHeavy503(QUERY), times: 3 })
  expect(await table.read([])).toHaveLength(60)
  expect(sent(QUERY).map(call => JSON.parse(call.body).page_size)).toEqual([100, 100, 50, 25, 25, 25])
})

it('a query that never succeeds is given up after five attempts', async () => {
  notion.inject({ ...faults.unavailable503(QUERY), times: 100 })
  await expect(table.read([])).rejects.toMatchObject({ service: 'Notion', failure: 'unavailable' })
  expect(sent(QUERY)).toHaveLength(5)
})

describe('a create is never sent twice where the first may have made a page:', () => {
  it.each<[string, Fault, string, number]>([
    ['an error of the server (500)', faults.internal500(CREATE), 'unavailable', 0],
    ['a page of a gateway, made all the same (502)', faults.gateway502Html(CREATE, { saved: true }), 'unavailable', 1],
    ['a service that is away (503)', faults.unavailable503(CREATE), 'unavailable', 0],
    ['saved, and not said which (503)', faults.savedBut503(CREATE), 'unavailable', 1],
    ['a gateway that gave up (504)', faults.timeout504(CREATE, { saved: true }), 'unavailable', 1],
    ['a connection cut after it took effect', reset(CREATE, 'after'), 'no-answer', 1],
    ['a body that stalls', stalls(CREATE), 'no-answer', 1],
    ['headers that come too late', slow(CREATE), 'no-answer', 1],
    ['a page of a proxy with status 200', answers(CREATE, 200, HTML), 'no-answer', 0],
    ['JSON that is no page', answers(CREATE, 200, '{}'), 'no-answer', 0],
  ])('%s', async (_, fault, failure, pages) => {
    notion.inject(fault)
    expect(await failureOfCreate()).toBe(failure)
    await expect.poll(made).toBe(pages)
    expect(sent(CREATE)).toHaveLength(1)
  })

  it('where the answer names the page that was saved, that page is read', async () => {
    const [page] = notion.pages(notion.dataSourceId)
    notion.inject(faults.savedBut503(CREATE, { pageId: String(page?.id) }))
    expect(await failureOfCreate()).toBe(null)
    expect(sent(CREATE)).toHaveLength(1)
    expect(sent(/^GET \/v1\/pages/).map(call => call.path)).toEqual([`/v1/pages/${page?.id}`])
  })
})

it.each([
  ['refused for its rate (429)', faults.rateLimited(CREATE, 0)],
  ['refused by an overload (529)', faults.overloaded529(CREATE, 0)],
  ['in conflict (409)', faults.conflict409(CREATE)],
])('a create that was %s made nothing, and is sent again', async (_, fault) => {
  notion.inject(fault)
  expect(await failureOfCreate()).toBe(null)
  expect([sent(CREATE).length, made()]).toEqual([2, 1])
})

it('after a refusal for rate nobody asks before the time is over', async () => {
  notion.inject(faults.rateLimited(QUERY, 1))
  const reading = Promise.all([table.read([]), table.bot(), table.people(), table.page(String(first()), [])])
  await reading
  const refused = notion.calls.find(call => call.status === 429)?.at ?? 0
  const early = notion.calls.filter(call => call.at > refused + 100 && call.at < refused + 990)
  expect(early).toEqual([])
  expect(sent(QUERY)).toHaveLength(2)
})

describe('what no waiting helps against ends the use of Notion in this run:', () => {
  it.each([
    ['an hour', '3600', / It asks to wait until \d{4}-\d\d-\d\d \d\d:\d\d UTC\. The run does not wait that long/],
    ['a time that no clock knows', '1e300', / It asks to wait until \d{4}-\d\d-\d\d/],
    ['a day of next century', 'Fri, 01 Jan 2126 00:00:00 GMT', / It asks to wait until \d{4}-\d\d-\d\d/],
  ])('it asks to wait for %s', async (_, retryAfter, words) => {
    const body = { object: 'error', status: 429, code: 'rate_limited', message: 'You have been rate limited.' }
    notion.inject({ on: QUERY, effect: { kind: 'answer', status: 429, headers: { 'retry-after': retryAfter }, body } })
    await expect(table.read([])).rejects.toMatchObject({
      failure: 'rate-limited',
      message: expect.stringMatching(words),
    })
    await expect(table.bot()).rejects.toMatchObject({ failure: 'rate-limited' })
    expect(notion.calls).toHaveLength(1)
  })

  it('it has blocked the integration', async () => {
    notion.inject(faults.rateLimited(QUERY, 1, { reason: 'public_api_request_blocked' }))
    await expect(table.read([])).rejects.toMatchObject({ failure: 'quota' })
    await expect(table.bot()).rejects.toMatchObject({ failure: 'quota' })
    expect(notion.calls).toHaveLength(1)
  })

  it('it has no room for new pages: but only creates are refused', async () => {
    notion.inject(faults.blockLimit403())
    expect(await failureOfCreate()).toBe('full')
    expect(sent(CREATE)).toHaveLength(1)
    expect(await table.read([])).toHaveLength(60)
  })
})

function first(): unknown {
  return notion.pages(notion.dataSourceId)[0]?.id
}

describe('a page that is to be moved to the trash', () => {
  it('and lies there already is taken for moved', async () => {
    const id = String(notion.pages(notion.dataSourceId)[0]?.id)
    notion.trash(id)
    await expect(table.trash(id, true)).resolves.toBeUndefined()
  })

  it('and is not shown any more is not', async () => {
    const id = String(notion.pages(notion.dataSourceId)[0]?.id)
    notion.unshare(id)
    await expect(table.trash(id, true)).rejects.toMatchObject({ failure: 'not-found' })
  })
})

describe('a page that is looked up', () => {
  const HERE = () => notion.dataSourceId
  const DATABASE = () => notion.databaseId
  it.each([
    [
      'another data source',
      'moved',
      () => ({ type: 'data_source_id', data_source_id: 'other', database_id: DATABASE() }),
    ],
    ['a page', 'moved', () => ({ type: 'page_id', page_id: 'other' })],
    [
      'a database, in the words of before data sources',
      'alive',
      () => ({ type: 'database_id', database_id: DATABASE() }),
    ],
    [
      'a database and this data source',
      'alive',
      () => ({ type: 'database_id', database_id: DATABASE(), data_source_id: HERE() }),
    ],
    [
      'a database and another data source',
      'moved',
      () => ({ type: 'database_id', database_id: DATABASE(), data_source_id: 'other' }),
    ],
  ])('and says that it lies in %s is taken for %s', async (_, fate, parent) => {
    const [page] = notion.pages(notion.dataSourceId)
    notion.inject(answers(/^GET \/v1\/pages/, 200, { ...page, parent: parent() }))
    expect([...(await table.lookUp([String(page?.id)])).values()]).toEqual([fate])
  })
})

describe('what the token may not see, while it may see the rest,', () => {
  const FORBIDDEN = { object: 'error', status: 403, code: 'restricted_resource', message: 'No access.' }

  it('is a page that is not readable, and no end of the run', async () => {
    const [one, two] = notion.pages(notion.dataSourceId).map(({ id }) => String(id))
    notion.inject(answers(new RegExp(`^GET /v1/pages/${one}`), 403, FORBIDDEN))
    const fates = await table.lookUp([String(one), String(two)])
    expect([...fates.values()]).toEqual(['unreadable', 'alive'])
  })

  it('is a data source that is not shared', async () => {
    notion.inject(answers(/^GET \/v1\/data_sources/, 403, FORBIDDEN))
    expect(await table.isShared(notion.dataSourceId)).toBe(false)
    expect(await table.isShared(notion.dataSourceId)).toBe(true)
  })
})
