/** The emulated Notion API, driven through the real SDK over loopback. */
import {
  APIResponseError,
  Client,
  collectAllDataSourceRows,
  collectPaginatedAPI,
  isFullPage,
  isFullUser,
  LogLevel,
  type PageObjectResponse,
  type QueryDataSourceParameters,
} from '@notionhq/client'
import { createEmulator } from 'emulate'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  blockLimit403,
  conflict409,
  gateway502Html,
  internal500,
  overloaded529,
  queryTooHeavy503,
  rateLimited,
  savedBut503,
  timeout504,
  unavailable503,
} from '../../emulators/notion/faults.ts'
import { type NotionEmulator, type NotionSeed, notionEmulator, startNotion } from '../../emulators/notion/index.ts'

type Properties = NonNullable<Parameters<Client['pages']['create']>[0]['properties']>

const START = Date.parse('2026-03-02T10:15:42.500Z') // a Monday
const MINUTE = 60_000
const LINKED = 'aaaaaaaa-0000-4000-8000-00000000000a'

const seed: NotionSeed = {
  bot: { name: 'Sync bot' },
  users: [
    { name: 'Ada', email: 'ada@example.com' },
    { name: 'Grace', email: 'grace@example.com' },
    { name: 'Visitor', email: 'visitor@example.com', guest: true },
  ],
  databases: [
    {
      title: 'Tasks',
      properties: {
        Name: { type: 'title' },
        Notes: { type: 'rich_text' },
        Count: { type: 'number', format: 'percent' },
        Kind: { type: 'select', options: ['Bug', 'Chore'], id: ':?a\\' },
        Tags: { type: 'multi_select', options: ['Red', 'Blue'] },
        State: { type: 'status', options: ['Not started', 'Doing', 'Done'] },
        Due: { type: 'date' },
        Who: { type: 'people' },
        Done: { type: 'checkbox' },
        Link: { type: 'url' },
        Mail: { type: 'email' },
        Phone: { type: 'phone_number' },
        Project: { type: 'relation', dataSource: 'Projects' },
        Files: { type: 'files' },
        Score: { type: 'formula' },
        Total: { type: 'rollup' },
        ID: { type: 'unique_id', prefix: 'TSK' },
        Created: { type: 'created_time' },
        Edited: { type: 'last_edited_time' },
        Author: { type: 'created_by' },
        Editor: { type: 'last_edited_by' },
        Press: { type: 'button' },
      },
    },
    {
      title: 'Projects',
      properties: { Title: { type: 'title' } },
      pages: [{ id: LINKED, properties: { Title: 'Apollo' } }],
    },
  ],
}

let clock = START
let notion: NotionEmulator
let client: Client
let source: string

beforeEach(async () => {
  clock = START
  notion = await startNotion(seed, { now: () => clock })
  notion.settings.requestsPerMinute = Number.POSITIVE_INFINITY
  client = connect()
  source = notion.dataSourceId
})

afterEach(() => notion.close())

function connect(options: { auth?: string; notionVersion?: string } = {}): Client {
  return new Client({ auth: 'ntn_test', baseUrl: notion.url, retry: false, logLevel: LogLevel.ERROR, ...options })
}

async function create(properties: Properties): Promise<PageObjectResponse> {
  const page = await client.pages.create({ parent: { type: 'data_source_id', data_source_id: source }, properties })
  if (!isFullPage(page)) throw new Error('the answer is partial')
  return page
}

async function update(page: string, properties: Properties): Promise<PageObjectResponse> {
  const answer = await client.pages.update({ page_id: page, properties })
  if (!isFullPage(answer)) throw new Error('the answer is partial')
  return answer
}

async function retrieve(page: string): Promise<PageObjectResponse> {
  const answer = await client.pages.retrieve({ page_id: page })
  if (!isFullPage(answer)) throw new Error('the answer is partial')
  return answer
}

const query = (args: Omit<QueryDataSourceParameters, 'data_source_id'> = {}) =>
  client.dataSources.query({ data_source_id: source, ...args })

/** The titles that a query gives, sorted, as its order is not the question. */
async function named(filter: QueryDataSourceParameters['filter']): Promise<string[]> {
  const { results } = await query(filter === undefined ? {} : { filter })
  return results.map(page => String(notion.value(page.id, 'Name') ?? '')).sort()
}

/** What the API refuses, as its status, code and message. */
async function refusal(
  promise: Promise<unknown>,
): Promise<{ status: number; code: string; message: string; error: APIResponseError }> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof APIResponseError)) throw new Error(`not refused by the API: ${String(error)}`)
  return { status: error.status, code: error.code, message: JSON.parse(error.body).message, error }
}

/** Sends a body that the SDK would not. */
const raw = (method: 'get' | 'post' | 'patch', path: string, body?: Record<string, unknown>) =>
  client.request<Record<string, unknown>>({ path, method, ...(body && { body }) })

const title = (content: string) => ({ title: [{ text: { content } }] })
const text = (content: string) => ({ rich_text: [{ text: { content } }] })

describe('who may ask', () => {
  test('a wrong token is refused with 401', async () => {
    const { status, code, message } = await refusal(connect({ auth: 'wrong' }).users.me({}))
    expect({ status, code, message }).toEqual({ status: 401, code: 'unauthorized', message: 'API token is invalid.' })
  })

  test('a request without a version is refused, with a code that the SDK does not know', async () => {
    const response = await fetch(`${notion.url}/v1/users/me`, { headers: { authorization: 'Bearer ntn_test' } })
    const body = (await response.json()) as Record<string, unknown>
    expect(response.status).toBe(400)
    expect(body.code).toBe('missing_version')
    expect(body.message).toBe(
      'Notion-Version header failed validation: Notion-Version header should be defined, instead was `undefined`.',
    )
    expect(response.headers.get('x-notion-request-id')).toBe(body.request_id)
  })

  test('a version that is not known is refused', async () => {
    expect((await refusal(connect({ notionVersion: '2020-01-01' }).users.me({}))).code).toBe('validation_error')
  })

  test('an unknown address is a bad request, not a missing object', async () => {
    const { status, code } = await refusal(raw('get', 'nothing/here'))
    expect({ status, code }).toEqual({ status: 400, code: 'invalid_request_url' })
  })

  test('a body that is not JSON is refused', async () => {
    const response = await fetch(`${notion.url}/v1/pages`, {
      method: 'POST',
      headers: { authorization: 'Bearer ntn_test', 'notion-version': '2025-09-03' },
      body: '{"parent":',
    })
    expect(await response.json()).toMatchObject({
      status: 400,
      code: 'invalid_json',
      message: 'Error parsing JSON body.',
    })
  })

  test('over the limit of a minute the answer is 429 until the window ends', async () => {
    notion.settings.requestsPerMinute = 2
    await client.users.me({})
    clock += 20_000
    await client.users.me({})
    const { status, error } = await refusal(client.users.me({}))
    expect(status).toBe(429)
    expect((error.headers as Headers).get('retry-after')).toBe('40')
    expect(error.additional_data).toEqual({ rate_limit_reason: 'public_api_request_rate_limit', retry_after: '40' })
    clock += 40_000
    await client.users.me({})
  })

  test('without the capability, reading, adding and changing are each forbidden', async () => {
    const page = notion.addPage(source, { Name: 'a' })
    notion.settings.capabilities = { read: false, update: false, insert: false }
    for (const attempt of [() => query(), () => create({}), () => update(page, {})]) {
      expect(await refusal(attempt())).toMatchObject({ status: 403, code: 'restricted_resource' })
    }
    notion.settings.capabilities.insert = true
    const answer = await client.pages.create({ parent: { data_source_id: source }, properties: { Name: title('b') } })
    expect(Object.keys(answer).filter(key => key !== 'request_id')).toEqual(['object', 'id'])
  })
})

describe('databases and data sources', () => {
  test('a database names its data sources, and the two kinds of id are not interchangeable', async () => {
    const database = await client.databases.retrieve({ database_id: notion.databaseId })
    expect(database).toMatchObject({ object: 'database', data_sources: [{ id: source, name: 'Tasks' }] })
    const wrong = await refusal(client.dataSources.retrieve({ data_source_id: notion.databaseId }))
    expect(wrong).toMatchObject({ status: 404, code: 'object_not_found' })
    expect(wrong.message).toContain('are shared with your integration "Sync bot".')
    expect((await refusal(client.databases.retrieve({ database_id: source }))).status).toBe(404)
  })

  test('ids are taken with and without dashes, and given with them', async () => {
    const found = await client.dataSources.retrieve({ data_source_id: source.replaceAll('-', '') })
    expect(found.id).toBe(source)
    const { status, message } = await refusal(client.pages.retrieve({ page_id: 'AAA' }))
    expect(status).toBe(400)
    expect(message).toBe('path failed validation: path.page_id should be a valid uuid, instead was `"AAA"`.')
  })

  test('the schema gives each column its type, its configuration and an encoded id', async () => {
    const { properties } = await client.dataSources.retrieve({ data_source_id: source })
    expect(properties.Kind).toMatchObject({ id: '%3A%3Fa%5C', type: 'select', description: null })
    expect(properties.Name).toMatchObject({ id: 'title', title: {} })
    expect(properties.Count).toMatchObject({ number: { format: 'percent' } })
    const state = properties.State
    if (state?.type !== 'status') throw new Error('not a status')
    expect(state.status.groups.map(group => [group.name, group.option_ids.length])).toEqual([
      ['To-do', 1],
      ['In progress', 1],
      ['Complete', 1],
    ])
  })

  test('a relation whose target is not shared is missing from the schema, and empty in rows', async () => {
    const page = notion.addPage(source, { Name: 'a', Project: [LINKED] })
    notion.unshare(projects())
    const { properties } = await client.dataSources.retrieve({ data_source_id: source })
    expect(properties.Project).toBeUndefined()
    expect((await retrieve(page)).properties.Project).toMatchObject({ relation: [], has_more: false })
  })

  test('columns can be renamed, added and dropped, and a list of options is replaced as a whole', async () => {
    const page = notion.addPage(source, { Name: 'a', Tags: ['Red', 'Blue'] })
    await client.dataSources.update({
      data_source_id: source,
      properties: { Notes: { name: 'Remarks' }, Phone: null, Extra: { type: 'number', number: {} } },
    })
    await raw('patch', `data_sources/${source}`, {
      properties: { Tags: { multi_select: { options: [{ name: 'Blue' }] } } },
    })
    const { properties } = await retrieve(page)
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(['Remarks', 'Extra']))
    expect(Object.keys(properties)).not.toContain('Phone')
    expect(notion.value(page, 'Tags')).toEqual(['Blue'])
  })
})

/** The id of the data source that the relation points to. */
function projects(): string {
  const parent = notion.page(LINKED).parent
  return (parent as { data_source_id: string }).data_source_id
}

describe('reading pages', () => {
  test('an empty row has every column, each empty in its own way', async () => {
    const { properties } = await create({})
    const values = Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [name, (value as Record<string, unknown>)[value.type]]),
    )
    expect(values).toMatchObject({
      Name: [],
      Notes: [],
      Count: null,
      Kind: null,
      Tags: [],
      Due: null,
      Who: [],
      Done: false,
      Link: null,
      Mail: null,
      Phone: null,
      Project: [],
      Files: [],
      Score: { type: 'string', string: null },
      ID: { prefix: 'TSK', number: 1 },
      Created: '2026-03-02T10:15:00.000Z',
      Press: {},
    })
    expect(properties.State).toMatchObject({ status: { name: 'Not started' } })
  })

  test('times are cut to the minute, and the bot is the editor', async () => {
    const page = await create({ Name: title('a') })
    expect(page.created_time).toBe('2026-03-02T10:15:00.000Z')
    clock += MINUTE
    const edited = await update(page.id, { Name: title('b') })
    expect(edited.last_edited_time).toBe('2026-03-02T10:16:00.000Z')
    expect(edited.created_time).toBe(page.created_time)
    expect(edited.last_edited_by.id).toBe((await client.users.me({})).id)
  })

  test('a person edits under a name of their own, and an edit of the content moves only the time', async () => {
    const page = await create({ Name: title('a') })
    clock += MINUTE
    notion.edit(page.id, { Name: 'b' }, 'Grace')
    const { results } = await client.users.list({})
    const grace = results.find(user => user.name === 'Grace')
    expect((await retrieve(page.id)).last_edited_by.id).toBe(grace?.id)
    clock += MINUTE
    notion.editBody(page.id)
    expect((await retrieve(page.id)).last_edited_time).toBe('2026-03-02T10:17:00.000Z')
    expect(notion.value(page.id, 'Name')).toBe('b')
  })

  test('a recalculated formula is not an edit', async () => {
    const page = notion.addPage(source, { Name: 'a', Score: 3 })
    clock += MINUTE
    notion.edit(page, { Score: 4 })
    const found = await retrieve(page)
    expect(found.properties.Score).toMatchObject({ formula: { type: 'number', number: 4 } })
    expect(found.last_edited_time).toBe('2026-03-02T10:15:00.000Z')
  })

  test('the older version says archived next to in_trash, the newer one does not', async () => {
    const page = notion.addPage(source, { Name: 'a' })
    expect(await retrieve(page)).toMatchObject({ in_trash: false, archived: false })
    client = connect({ notionVersion: '2026-03-11' })
    expect(await retrieve(page)).not.toHaveProperty('archived')
    const { status, message } = await refusal(raw('patch', `pages/${page}`, { archived: true }))
    expect(status).toBe(400)
    expect(message).toBe('body failed validation: body.archived should be not present, instead was `true`.')
    expect(await refusal(raw('post', `data_sources/${source}/query`, { archived: true }))).toMatchObject({
      status: 400,
    })
  })

  test('the answer of a write can be limited to some columns', async () => {
    const page = await client.pages.create({
      parent: { data_source_id: source },
      properties: { Name: title('a') },
      filter_properties: ['title', '%3A%3Fa%5C'],
    })
    expect(isFullPage(page) && Object.keys(page.properties)).toEqual(['Name', 'Kind'])
  })

  test('a page shows 25 references, and the property endpoint all of them', async () => {
    const many = Array.from({ length: 30 }, (_, index) => notion.addPage(projects(), { Title: `${index}` }))
    const page = notion.addPage(source, { Name: 'a', Project: many })
    const { properties } = await retrieve(page)
    const project = properties.Project
    expect(project).toMatchObject({ has_more: true })
    expect(project?.type === 'relation' && project.relation).toHaveLength(25)
    const items = await collectPaginatedAPI(
      (args: { start_cursor?: string }) =>
        client.pages.properties.retrieve({
          page_id: page,
          property_id: project?.id ?? '',
          page_size: 20,
          ...args,
        }) as never,
      {},
    )
    expect(items).toHaveLength(30)
    expect(items[29]).toMatchObject({ object: 'property_item', type: 'relation', relation: { id: many[29] } })
  })

  test('people are cut to 25 without a word', async () => {
    await notion.close()
    const users = Array.from({ length: 30 }, (_, index) => ({ name: `User ${index}` }))
    notion = await startNotion({ ...seed, users }, { now: () => clock })
    client = connect()
    const page = notion.addPage(notion.dataSourceId, { Name: 'a', Who: users.map(user => user.name) })
    const who = (await retrieve(page)).properties.Who
    expect(who?.type === 'people' && who.people).toHaveLength(25)
    const list = await client.pages.properties.retrieve({ page_id: page, property_id: who?.id ?? '' })
    expect('results' in list && list.results).toHaveLength(30)
  })

  test('a simple property comes as one item, an empty text as an empty list', async () => {
    const page = notion.addPage(source, { Name: '', Count: 7 })
    const { Count, Notes } = (await retrieve(page)).properties
    expect(await client.pages.properties.retrieve({ page_id: page, property_id: Count?.id ?? '' })).toMatchObject({
      object: 'property_item',
      type: 'number',
      number: 7,
    })
    expect(await client.pages.properties.retrieve({ page_id: page, property_id: Notes?.id ?? '' })).toMatchObject({
      object: 'list',
      results: [],
      property_item: { type: 'rich_text', next_url: null },
    })
    expect(await refusal(client.pages.properties.retrieve({ page_id: page, property_id: 'none' }))).toMatchObject({
      status: 404,
    })
  })
})

describe('writing values', () => {
  test('each type that can be written comes back as it is read', async () => {
    const [ada] = (await client.users.list({})).results
    const page = await create({
      Name: title('a'),
      Notes: text('b'),
      Count: { number: 0.25 },
      Kind: { select: { name: 'Bug' } },
      Tags: { multi_select: [{ name: 'Blue' }, { name: 'Red' }] },
      State: { status: { name: 'Doing' } },
      Due: { date: { start: '2026-03-05', end: '2026-03-06' } },
      Who: { people: [{ id: ada?.id ?? '' }] },
      Done: { checkbox: true },
      Link: { url: 'https://example.com' },
      Mail: { email: 'a@example.com' },
      Phone: { phone_number: '+44 1' },
      Project: { relation: [{ id: LINKED }] },
      Files: { files: [{ name: 'x.png', external: { url: 'https://example.com/x.png' } }] },
    })
    const plain = (name: string) => notion.value(page.id, name)
    expect(
      ['Name', 'Notes', 'Count', 'Kind', 'Tags', 'State', 'Who', 'Done', 'Link', 'Mail', 'Phone', 'Project'].map(plain),
    ).toEqual([
      'a',
      'b',
      0.25,
      'Bug',
      ['Blue', 'Red'],
      'Doing',
      ['Ada'],
      true,
      'https://example.com',
      'a@example.com',
      '+44 1',
      [LINKED],
    ])
    expect(page.properties.Due).toMatchObject({ date: { start: '2026-03-05', end: '2026-03-06', time_zone: null } })
    expect(page.properties.Files).toMatchObject({ files: [{ type: 'external', name: 'x.png' }] })
  })

  test('a column is addressed by its name, its id, or its encoded id', async () => {
    const page = await create({})
    for (const [key, name] of [
      ['Kind', 'One'],
      [':?a\\', 'Two'],
      ['%3A%3Fa%5C', 'Three'],
    ] as const) {
      await update(page.id, { [key]: { select: { name } } })
      expect(notion.value(page.id, 'Kind')).toBe(name)
    }
  })

  test('null and the empty list clear a value', async () => {
    const page = notion.addPage(source, {
      Name: 'a',
      Count: 1,
      Kind: 'Bug',
      Tags: ['Red'],
      Due: '2026-03-05',
      Link: 'x',
    })
    await update(page, {
      Name: { title: [] },
      Count: { number: null },
      Kind: { select: null },
      Tags: { multi_select: [] },
      Due: { date: null },
      Link: { url: null },
    })
    for (const name of ['Name', 'Count', 'Kind', 'Tags', 'Due', 'Link']) expect(notion.value(page, name)).toBeNull()
  })

  test('clearing a status sets its default option', async () => {
    const page = notion.addPage(source, { Name: 'a', State: 'Done' })
    const { properties } = await update(page, { State: { status: null } })
    expect(properties.State).toMatchObject({ status: { name: 'Not started' } })
  })

  test('an unknown option is added to the column, one that differs only in case is not', async () => {
    const page = await create({ Tags: { multi_select: [{ name: 'green' }, { name: 'RED' }, { name: 'Green' }] } })
    expect(notion.value(page.id, 'Tags')).toEqual(['green', 'Red'])
    const { properties } = await client.dataSources.retrieve({ data_source_id: source })
    const tags = properties.Tags
    expect(tags?.type === 'multi_select' && tags.multi_select.options.map(option => option.name)).toEqual([
      'Red',
      'Blue',
      'green',
    ])
  })

  test('a renamed option shows under its new name everywhere, with the same id', async () => {
    const page = notion.addPage(source, { Name: 'a', Kind: 'Bug' })
    const before = (await retrieve(page)).properties.Kind
    notion.renameOption(source, 'Kind', 'Bug', 'Defect')
    const after = (await retrieve(page)).properties.Kind
    if (before?.type !== 'select' || after?.type !== 'select') throw new Error('not a select')
    expect(after.select).toEqual({ ...before.select, name: 'Defect' })
  })

  test.each([
    ['2026-03-05', undefined, '2026-03-05'],
    ['2026-03-05T09:30:59Z', undefined, '2026-03-05T09:30:00.000+00:00'],
    ['2026-03-05T09:30:00', undefined, '2026-03-05T09:30:00.000+00:00'],
    ['2026-03-05T09:30:00-07:00', undefined, '2026-03-05T09:30:00.000-07:00'],
    ['2026-06-27T18:01:15.377824', 'Europe/London', '2026-06-27T18:01:00.000+01:00'],
    ['2026-03-08T03:00:00', 'America/New_York', '2026-03-08T03:00:00.000-04:00'],
  ])('the date %s (%s) comes back as %s', async (start, zone, expected) => {
    const { properties } = await create({
      Due: { date: { start, time_zone: (zone ?? null) as 'Europe/London' | null } },
    })
    expect(properties.Due).toMatchObject({ date: { start: expected, end: null, time_zone: null } })
  })

  test('rich text comes back with its defaults, and alike neighbours merged', async () => {
    const { properties } = await create({
      Notes: {
        rich_text: [
          { text: { content: 'one ' } },
          { text: { content: 'two' } },
          { text: { content: 'site', link: { url: 'https://example.com' } }, annotations: { bold: true } },
          { equation: { expression: 'e=mc^2' } },
          { mention: { page: { id: LINKED } } },
        ],
      },
    })
    const notes = properties.Notes
    if (notes?.type !== 'rich_text') throw new Error('not a text')
    expect(notes.rich_text.map(item => [item.type, item.plain_text, item.href])).toEqual([
      ['text', 'one two', null],
      ['text', 'site', 'https://example.com/'],
      ['equation', 'e=mc^2', null],
      ['mention', 'Apollo', expect.stringContaining(LINKED.replaceAll('-', ''))],
    ])
    expect(notes.rich_text[0]?.annotations).toEqual({
      bold: false,
      italic: false,
      strikethrough: false,
      underline: false,
      code: false,
      color: 'default',
    })
  })

  test('a person may type more than one written part can hold', async () => {
    const page = notion.addPage(source, { Name: 'a', Notes: '🙂'.repeat(2500) })
    const notes = (await retrieve(page)).properties.Notes
    expect(notes?.type === 'rich_text' && notes.rich_text.map(item => item.plain_text.length)).toEqual([5000])
  })

  test("a file of Notion's own has another address at another time", async () => {
    const file = { name: 'x.png', file: { url: 'upload-1' } }
    const page = notion.addPage(source, { Name: 'a', Files: { files: [file] } })
    const before = (await retrieve(page)).properties.Files
    clock += MINUTE
    const after = (await retrieve(page)).properties.Files
    expect(before).toMatchObject({
      files: [{ type: 'file', name: 'x.png', file: { expiry_time: '2026-03-02T11:15:42.500Z' } }],
    })
    expect(after).not.toEqual(before)
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['an unknown column', { Nope: { number: 1 } }, 'Nope is not a property that exists.'],
    ['a value of another type', { Count: { rich_text: [] } }, 'Count is expected to be number.'],
    ['a value for a formula', { Score: { number: 1 } }, 'Score is expected to be formula.'],
    [
      'an unknown status',
      { State: { status: { name: 'Lost' } } },
      'Invalid status option. Status option "Lost" does not exist".',
    ],
    [
      'a text that is too long',
      { Notes: { rich_text: [{ text: { content: 'x'.repeat(2001) } }] } },
      'body failed validation: body.properties.Notes.rich_text[0].text.content.length should be ≤ `2000`, instead was `2001`.',
    ],
    [
      'more than 100 parts',
      { Notes: { rich_text: Array.from({ length: 101 }, () => ({ text: { content: 'x' } })) } },
      'body failed validation: body.properties.Notes.rich_text.length should be ≤ `100`, instead was `101`.',
    ],
    [
      'an empty address',
      { Link: { url: '' } },
      'body failed validation: body.properties.Link.url.length should be ≥ `1`, instead was `0`.',
    ],
    [
      'an empty e-mail address',
      { Mail: { email: '' } },
      'body failed validation: body.properties.Mail.email.length should be ≥ `1`, instead was `0`.',
    ],
    [
      'an option without a name',
      { Kind: { select: { name: '' } } },
      'body failed validation: body.properties.Kind.select.name.length should be ≥ `1`, instead was `0`.',
    ],
    [
      'a text for a number',
      { Count: { number: '1' } },
      'body failed validation: body.properties.Count.number should be a number or `null`, instead was `"1"`.',
    ],
    [
      'no checkbox value',
      { Done: { checkbox: null } },
      'body failed validation: body.properties.Done.checkbox should be a boolean, instead was `null`.',
    ],
    [
      'a day that does not exist',
      { Due: { date: { start: '2026-02-30' } } },
      'body failed validation: body.properties.Due.date.start should be a valid ISO 8601 date string, instead was `"2026-02-30"`.',
    ],
    [
      'a time zone next to an offset',
      { Due: { date: { start: '2026-02-03T10:00:00Z', time_zone: 'Europe/London' } } },
      'body failed validation: body.properties.Due.date.start should be a valid ISO 8601 date string, instead was `"2026-02-03T10:00:00Z"`.',
    ],
    [
      'an unknown key of a value',
      { Count: { number: 1, unit: 'kg' } },
      'body failed validation: body.properties.Count.unit should be not present, instead was `"kg"`.',
    ],
  ])('%s is refused', async (_, properties, message) => {
    const page = notion.addPage(source, { Name: 'a' })
    expect(await refusal(raw('patch', `pages/${page}`, { properties }))).toMatchObject({
      status: 400,
      code: 'validation_error',
      message,
    })
  })

  test.each([
    ['Created', { created_time: '2026-01-01T00:00:00Z' }],
    ['Score', { formula: { string: 'x' } }],
    ['ID', { unique_id: { number: 4 } }],
    ['Press', { button: {} }],
  ])('%s cannot be written', async (name, value) => {
    const page = notion.addPage(source, { Name: 'a' })
    expect(await refusal(raw('patch', `pages/${page}`, { properties: { [name]: value } }))).toMatchObject({
      status: 400,
      code: 'validation_error',
    })
  })

  test('a comma in the name of an option is refused', async () => {
    expect(await refusal(create({ Kind: { select: { name: 'a, b' } } }))).toMatchObject({ status: 400 })
  })

  test('a relation to a page that is missing, or of another data source, is refused', async () => {
    const own = notion.addPage(source, { Name: 'a' })
    const missing = 'bbbbbbbb-0000-4000-8000-00000000000b'
    expect(await refusal(create({ Project: { relation: [{ id: missing }] } }))).toMatchObject({ status: 404 })
    expect(await refusal(create({ Project: { relation: [{ id: own }] } }))).toMatchObject({ status: 400 })
  })

  test('one bad value refuses the whole write, the new options of the others too', async () => {
    const page = notion.addPage(source, { Name: 'before' })
    const properties = { Name: title('after'), Kind: { select: { name: 'New' } }, State: { status: { name: 'Lost' } } }
    await refusal(update(page, properties))
    await refusal(create(properties))
    expect(notion.value(page, 'Name')).toBe('before')
    expect(notion.pages(source)).toHaveLength(1)
    const kind = (await client.dataSources.retrieve({ data_source_id: source })).properties.Kind
    expect(kind?.type === 'select' && kind.select.options.map(option => option.name)).toEqual(['Bug', 'Chore'])
  })

  test('an unknown key of the body is refused', async () => {
    const page = notion.addPage(source, { Name: 'a' })
    const { message } = await refusal(raw('patch', `pages/${page}`, { parent: { page_id: page } }))
    expect(message).toContain('body failed validation: body.parent should be not present, instead was ')
  })

  test('a body over 500 KB is refused', async () => {
    const parts = Array.from({ length: 100 }, () => ({ text: { content: 'é'.repeat(2000) } }))
    expect((await refusal(create({ Notes: { rich_text: parts }, Name: { title: parts } }))).status).toBe(413)
  })

  test('content given at creation can be read back', async () => {
    const page = await client.pages.create({
      parent: { database_id: notion.databaseId },
      children: [{ paragraph: { rich_text: [{ text: { content: 'hello' } }] } }],
    })
    const { results } = await client.blocks.children.list({ block_id: page.id })
    expect(results).toMatchObject([
      { object: 'block', type: 'paragraph', paragraph: { rich_text: [{ plain_text: 'hello' }] } },
    ])
  })
})

describe('queries', () => {
  beforeEach(() => {
    notion.addPage(source, { Name: 'empty' })
    clock += MINUTE
    notion.addPage(source, {
      Name: 'first',
      Notes: 'John Doe',
      Count: 1,
      Kind: 'Bug',
      Tags: ['Red', 'Blue'],
      State: 'Doing',
      Due: '2026-03-02T18:01:00Z',
      Who: ['Ada'],
      Done: true,
      Link: 'https://example.com',
      Project: [LINKED],
      Files: ['https://example.com/x.png'],
      Score: 10,
    })
    clock += MINUTE
    notion.addPage(source, {
      Name: 'second',
      Notes: 'Jane Doe',
      Count: 42,
      Kind: 'Chore',
      State: 'Done',
      Due: '2026-03-09',
      Score: 5,
    })
  })

  test.each<[NonNullable<QueryDataSourceParameters['filter']>, string[]]>([
    [{ property: 'Notes', rich_text: { is_empty: true } }, ['empty']],
    [{ property: 'Notes', rich_text: { contains: 'Doe' } }, ['first', 'second']],
    [{ property: 'Notes', rich_text: { does_not_contain: 'John' } }, ['empty', 'second']],
    [{ property: 'Notes', rich_text: { starts_with: 'John' } }, ['first']],
    [{ property: 'Notes', rich_text: { does_not_equal: 'John Doe' } }, ['empty', 'second']],
    [{ property: 'Name', rich_text: { equals: 'first' } }, ['first']],
    [{ property: 'Name', title: { ends_with: 'st' } }, ['first']],
    [{ property: 'Link', url: { is_not_empty: true } }, ['first']],
    [{ property: 'Count', number: { does_not_equal: 42 } }, ['empty', 'first']],
    [{ property: 'Count', number: { greater_than_or_equal_to: 1 } }, ['first', 'second']],
    [{ property: 'Count', number: { is_empty: true } }, ['empty']],
    [{ property: 'Done', checkbox: { does_not_equal: true } }, ['empty', 'second']],
    [{ property: 'Kind', select: { does_not_equal: 'Bug' } }, ['empty', 'second']],
    [{ property: ':?a\\', select: { equals: ['Bug', 'Chore'] } }, ['first', 'second']],
    [{ property: 'State', status: { equals: 'Not started' } }, ['empty']],
    [{ property: 'Tags', multi_select: { contains: 'Blue' } }, ['first']],
    [{ property: 'Tags', multi_select: { is_empty: true } }, ['empty', 'second']],
    [{ property: 'Who', people: { is_not_empty: true } }, ['first']],
    [{ property: 'Project', relation: { contains: LINKED } }, ['first']],
    [{ property: 'Files', files: { is_not_empty: true } }, ['first']],
    [{ property: 'ID', unique_id: { greater_than: 1 } }, ['first', 'second']],
    [{ property: 'Score', formula: { number: { less_than: 10 } } }, ['second']],
    [{ property: 'Due', date: { before: '2026-03-02T18:01:15Z' } }, []],
    [{ property: 'Due', date: { on_or_before: '2026-03-02T18:01:15Z' } }, ['first']],
    [{ property: 'Due', date: { equals: '2026-03-02' } }, ['first']],
    [{ property: 'Due', date: { equals: '2026-03-02T20:01:00+02:00' } }, ['first']],
    [{ property: 'Due', date: { after: '2026-03-02' } }, ['second']],
    [{ property: 'Due', date: { this_week: {} } }, ['first']],
    [{ property: 'Due', date: { next_week: {} } }, ['first', 'second']],
    [{ timestamp: 'created_time', created_time: { on_or_after: '2026-03-02T10:16:00.000Z' } }, ['first', 'second']],
    [{ timestamp: 'last_edited_time', last_edited_time: { after: '2026-03-02T10:16:30.000Z' } }, ['second']],
    [
      {
        and: [
          { property: 'Notes', rich_text: { is_not_empty: true } },
          {
            or: [
              { property: 'Kind', select: { equals: 'Chore' } },
              { property: 'Count', number: { equals: 7 } },
            ],
          },
        ],
      },
      ['second'],
    ],
  ])('the filter %j finds %j', async (filter, expected) => {
    expect(await named(filter)).toEqual(expected)
  })

  test('conditions of a rollup look at all of its parts', async () => {
    const array = ['Item 1', 'Item 2'].map(content => ({ type: 'rich_text', rich_text: [{ plain_text: content }] }))
    const page = notion.addPage(source, { Name: 'rolled', Total: { type: 'array', array } })
    expect((await retrieve(page)).properties.Total).toMatchObject({ rollup: { type: 'array', array } })
    const others = ['empty', 'first', 'second']
    const rollup = (filter: object) =>
      named({ property: 'Total', rollup: filter as { any: { rich_text: { equals: string } } } })
    expect(await rollup({ any: { rich_text: { equals: 'Item 1' } } })).toEqual(['rolled'])
    expect(await rollup({ every: { rich_text: { starts_with: 'Item' } } })).toEqual(['rolled'])
    expect(await rollup({ none: { rich_text: { contains: '2' } } })).toEqual(others)
  })

  test('people are found by id and as "me"', async () => {
    const page = await create({ Name: title('mine') })
    expect(page.object).toBe('page')
    expect(await named({ property: 'Author', created_by: { contains: 'me' } })).toEqual(['mine'])
  })

  test.each<[string, unknown, string]>([
    ['an unknown column', { property: 'Nope', number: { equals: 1 } }, 'Could not find property with name or id: Nope'],
    [
      'a condition of another type',
      { property: 'Count', checkbox: { equals: true } },
      'does not match filter checkbox',
    ],
    [
      'an unknown operator',
      { property: 'Count', number: { near: 1 } },
      'body.filter.number.near should be not present',
    ],
    [
      'a text for a number',
      { property: 'Count', number: { equals: '1' } },
      'body.filter.number.equals should be a number',
    ],
    ['three levels of groups', { and: [{ or: [{ and: [] }] }] }, 'body.filter.and[0].or[0].and should be not present'],
  ])('%s in a filter is refused', async (_, filter, message) => {
    const refused = await refusal(raw('post', `data_sources/${source}/query`, { filter }))
    expect(refused.status).toBe(400)
    expect(refused.message).toContain(message)
  })

  test('rows are sorted by the first sort, then by the next, empty values last', async () => {
    notion.addPage(source, { Name: 'also second', Count: 42 })
    const { results } = await query({
      sorts: [
        { property: 'Count', direction: 'descending' },
        { property: 'Name', direction: 'ascending' },
      ],
    })
    expect(results.map(page => notion.value(page.id, 'Name'))).toEqual(['also second', 'second', 'first', 'empty'])
  })

  test('filter_properties is taken in both spellings', async () => {
    const ask = async (search: string) => {
      const response = await fetch(`${notion.url}/v1/data_sources/${source}/query?${search}`, {
        method: 'POST',
        headers: { authorization: 'Bearer ntn_test', 'notion-version': '2025-09-03' },
        body: '{"page_size":1}',
      })
      const body = (await response.json()) as { results: { properties: object }[] }
      return Object.keys(body.results[0]?.properties ?? {})
    }
    expect(await ask('filter_properties=title&filter_properties=Count')).toEqual(['Name', 'Count'])
    expect(await ask('filter_properties[]=%3A%3Fa%5C')).toEqual(['Kind'])
  })

  test('the answer has the keys of the service, and no request_status', async () => {
    const answer = await query()
    expect(Object.keys(answer)).toEqual([
      'object',
      'results',
      'next_cursor',
      'has_more',
      'type',
      'page_or_data_source',
      'request_id',
    ])
  })
})

describe('long queries', () => {
  const rows = 230

  beforeEach(() => {
    for (let index = 0; index < rows; index += 1) {
      if (index % 50 === 0) clock += MINUTE
      notion.addPage(source, { Name: `${index}`, Count: index })
    }
  })

  test('without a sort the rows come in no order of creation', async () => {
    const { results } = await query()
    const counts = results.map(page => Number(notion.value(page.id, 'Count')))
    const rising = counts.filter((count, index) => index > 0 && count > (counts[index - 1] ?? 0)).length
    expect(rising).toBeGreaterThan(25)
    expect(rising).toBeLessThan(75)
  })

  test('following the cursors gives every row once', async () => {
    const found = await collectPaginatedAPI(client.dataSources.query, { data_source_id: source })
    expect(new Set(found.map(page => page.id)).size).toBe(rows)
    expect(found).toHaveLength(rows)
  })

  test('a page size over 100 is refused, and a smaller one may be given', async () => {
    const { message } = await refusal(query({ page_size: 101 }))
    expect(message).toBe('body failed validation: body.page_size should be ≤ `100`, instead was `101`.')
    notion.settings.pageSizeMax = 30
    expect((await query({ page_size: 100 })).results).toHaveLength(30)
  })

  test('a row edited under a scan by its time is met again or missed', async () => {
    const sorts = [{ timestamp: 'last_edited_time', direction: 'ascending' }] as const
    const first = await query({ sorts: [...sorts] })
    clock += MINUTE
    const moved = first.results[0]?.id ?? ''
    notion.edit(moved, { Count: -1 })
    const rest = await collectPaginatedAPI(client.dataSources.query, {
      data_source_id: source,
      sorts: [...sorts],
      start_cursor: first.next_cursor,
    })
    expect(rest.map(page => page.id)).toContain(moved)
  })

  test('a scan goes on where it was when its last row is trashed', async () => {
    const first = await query()
    notion.trash(first.results.at(-1)?.id ?? '')
    const second = await query({ start_cursor: first.next_cursor })
    const overlap = second.results.filter(page => first.results.some(other => other.id === page.id))
    expect(overlap).toEqual([])
  })

  test('a cursor that is made up, of another query, or expired is refused', async () => {
    const { next_cursor: cursor } = await query()
    expect((await refusal(query({ start_cursor: 'made-up' }))).message).toBe(
      'The start_cursor provided is invalid: made-up',
    )
    const other = { property: 'Count', number: { is_not_empty: true } } as const
    expect((await refusal(query({ start_cursor: cursor, filter: other }))).status).toBe(400)
    notion.settings.expireCursors = true
    expect((await refusal(query({ start_cursor: cursor }))).code).toBe('validation_error')
    expect((await query({ start_cursor: cursor })).results).toHaveLength(100)
  })

  test('at the limit of a query the rows end, and every page says that they are incomplete', async () => {
    notion.settings.queryLimit = 150
    const first = await query()
    const second = await query({ start_cursor: first.next_cursor })
    const incomplete = { type: 'incomplete', incomplete_reason: 'query_result_limit_reached' }
    expect(first).toMatchObject({ has_more: true, request_status: incomplete })
    expect(second).toMatchObject({ has_more: false, next_cursor: null, request_status: incomplete })
    expect(second.results).toHaveLength(50)
  })

  test("the SDK's own way past the limit finds all rows", async () => {
    notion.settings.queryLimit = 120
    expect(await collectAllDataSourceRows(client, { data_source_id: source })).toHaveLength(rows)
  })
})

describe('what becomes of a page', () => {
  let page: string

  beforeEach(() => {
    page = notion.addPage(source, { Name: 'a', Kind: 'Bug' })
  })

  test('a trashed page leaves queries, stays readable by id, and cannot be edited', async () => {
    await client.pages.update({ page_id: page, in_trash: true })
    expect(await named(undefined)).toEqual([])
    expect(await retrieve(page)).toMatchObject({ in_trash: true, is_archived: false })
    const wording = "Can't edit block that is archived. You must unarchive the block before editing."
    expect(await refusal(update(page, { Name: title('b') }))).toMatchObject({ status: 400, message: wording })
    expect((await refusal(client.pages.update({ page_id: page, in_trash: true }))).message).toBe(wording)
    expect((await query({ in_trash: true })).results).toHaveLength(1)
    await client.pages.update({ page_id: page, in_trash: false })
    expect(await named(undefined)).toEqual(['a'])
  })

  test('below a trashed data source nothing can be edited, and queries are empty', async () => {
    notion.trash(source)
    const { message } = await refusal(update(page, { Name: title('b') }))
    expect(message).toContain("Can't edit page on block with an archived ancestor.")
    expect(await named(undefined)).toEqual([])
    expect((await retrieve(page)).in_trash).toBe(true)
    expect(await client.dataSources.retrieve({ data_source_id: source })).toMatchObject({ in_trash: true })
    notion.restore(source)
    expect(await named(undefined)).toEqual(['a'])
  })

  test('an archived page is missing from the default query alone', async () => {
    notion.archive(page)
    expect(await named(undefined)).toEqual([])
    expect(await retrieve(page)).toMatchObject({ in_trash: false, is_archived: true })
    expect((await raw('post', `data_sources/${source}/query`, { is_archived: true })).results).toHaveLength(1)
  })

  test('a page that was taken from the bot, or purged, is not found', async () => {
    notion.unshare(page)
    const { status, message, error } = await refusal(retrieve(page))
    expect(status).toBe(404)
    expect(message).toBe(
      `Could not find page with ID: ${page}. Make sure the relevant pages and databases are shared with your integration "Sync bot".`,
    )
    expect(error.additional_data).toEqual({ integration_id: (await client.users.me({})).id })
    expect(await named(undefined)).toEqual([])
    notion.share(page)
    expect((await retrieve(page)).id).toBe(page)
    notion.purge(page)
    expect((await refusal(retrieve(page))).status).toBe(404)
  })

  test('taking the database from the bot takes all that lies in it', async () => {
    notion.unshare(notion.databaseId)
    for (const attempt of [
      () => client.databases.retrieve({ database_id: notion.databaseId }),
      () => client.dataSources.retrieve({ data_source_id: source }),
      () => query(),
      () => retrieve(page),
    ]) {
      expect((await refusal(attempt())).status).toBe(404)
    }
  })

  test('a moved page keeps its id, and has the columns of where it went', async () => {
    await client.pages.move({ page_id: page, parent: { type: 'data_source_id', data_source_id: projects() } })
    const moved = await retrieve(page)
    expect(moved.parent).toMatchObject({ type: 'data_source_id', data_source_id: projects() })
    expect(Object.keys(moved.properties)).toEqual(['Title'])
    expect(notion.value(page, 'Title')).toBe('a')
    expect(await named(undefined)).toEqual([])
    notion.move(page, notion.databaseId)
    expect(await named(undefined)).toEqual(['a'])
  })

  test('a copy has the values of its original, and a number of its own', async () => {
    const copy = notion.duplicate(page)
    expect(copy).not.toBe(page)
    expect([notion.value(copy, 'Kind'), notion.value(page, 'ID'), notion.value(copy, 'ID')]).toEqual([
      'Bug',
      'TSK-1',
      'TSK-2',
    ])
  })

  test('queries lag behind: a new row is missing at first, and a trashed one lingers', async () => {
    notion.settings.indexLagMs = 5000
    clock += 5000
    const late = notion.addPage(source, { Name: 'late' })
    notion.trash(page)
    expect(await named(undefined)).toEqual(['a'])
    expect((await retrieve(late)).id).toBe(late)
    clock += 5000
    expect(await named(undefined)).toEqual(['late'])
  })

  test('a renamed column keeps its id and its values', async () => {
    const before = (await retrieve(page)).properties.Kind
    notion.renameProperty(source, 'Kind', 'Sort')
    const after = (await retrieve(page)).properties
    expect(after.Sort).toEqual(before)
    expect(after.Kind).toBeUndefined()
  })

  test('a column that is dropped and added again under its name is another one', async () => {
    const before = (await retrieve(page)).properties.Notes
    notion.dropProperty(source, 'Notes')
    notion.addProperty(source, 'Notes', { type: 'rich_text' })
    expect((await retrieve(page)).properties.Notes?.id).not.toBe(before?.id)
  })

  test('a column of another type keeps its id, and the values that fit', async () => {
    const other = notion.addPage(source, { Name: '12' })
    notion.edit(page, { Notes: '12' })
    notion.edit(other, { Notes: 'twelve' })
    const { id } = (await retrieve(page)).properties.Notes ?? {}
    notion.retypeProperty(source, 'Notes', 'number')
    expect((await retrieve(page)).properties.Notes).toMatchObject({ id, type: 'number', number: 12 })
    expect(notion.value(other, 'Notes')).toBeNull()
  })

  test('a dropped column is gone', async () => {
    notion.dropProperty(source, 'Kind')
    expect((await retrieve(page)).properties.Kind).toBeUndefined()
    const { message } = await refusal(update(page, { Kind: { select: null } }))
    expect(message).toBe('Kind is not a property that exists.')
  })
})

describe('users', () => {
  test('members and the bot are listed, guests are not', async () => {
    const { results } = await client.users.list({})
    expect(results.map(user => [user.name, user.type])).toEqual([
      ['Ada', 'person'],
      ['Grace', 'person'],
      ['Sync bot', 'bot'],
    ])
    const [ada] = results
    expect(ada).toMatchObject({ person: { email: 'ada@example.com' } })
    expect(await client.users.retrieve({ user_id: ada?.id ?? '' })).toMatchObject({ name: 'Ada' })
  })

  test('without the e-mail capability the addresses are absent, without any the list is forbidden', async () => {
    notion.settings.userInfo = 'name'
    const [ada] = (await client.users.list({})).results
    expect(ada && isFullUser(ada) && ada.type === 'person' && ada.person).toEqual({})
    notion.settings.userInfo = 'none'
    expect(await refusal(client.users.list({}))).toMatchObject({ status: 403, code: 'restricted_resource' })
    const page = notion.addPage(source, { Name: 'a', Who: ['Ada'] })
    expect((await retrieve(page)).properties.Who).toMatchObject({ people: [{ object: 'user', id: ada?.id }] })
  })

  test('a guest in a value is a bare id', async () => {
    const page = notion.addPage(source, { Name: 'a', Who: ['Visitor'] })
    const who = (await retrieve(page)).properties.Who
    expect(who?.type === 'people' && who.people.map(user => Object.keys(user))).toEqual([['object', 'id']])
  })

  test('an unknown user is not found, and cannot be assigned', async () => {
    const unknown = 'cccccccc-0000-4000-8000-00000000000c'
    expect((await refusal(client.users.retrieve({ user_id: unknown }))).message).toContain(
      `Could not find user with ID: ${unknown}.`,
    )
    expect((await refusal(create({ Who: { people: [{ id: unknown }] } }))).status).toBe(400)
  })
})

describe('trouble', () => {
  test.each([
    [conflict409(/^POST /), 409, 'conflict_error'],
    [rateLimited(/^POST /, 7), 429, 'rate_limited'],
    [internal500(/^POST /), 500, 'internal_server_error'],
    [unavailable503(/^POST /), 503, 'service_unavailable'],
    [queryTooHeavy503(/^POST /), 503, 'service_unavailable'],
    [timeout504(/^POST /), 504, 'gateway_timeout'],
    [overloaded529(/^POST /, 7), 529, 'service_overload'],
    [blockLimit403(), 403, 'restricted_resource'],
  ])('a fault reaches the SDK with its status and code (%#)', async (fault, status, code) => {
    notion.inject(fault)
    const refused = await refusal(create({ Name: title('a') }))
    expect(refused).toMatchObject({ status, code })
    const wait = (refused.error.headers as Headers).get('retry-after')
    expect(wait).toBe(status === 429 || status === 529 ? '7' : null)
    expect(notion.pages(source)).toEqual([])
    await create({ Name: title('a') })
  })

  test('an answer that failed after the write can name the page that was made', async () => {
    const pageId = notion.nextPageId()
    notion.inject(savedBut503(/^POST \/v1\/pages$/, { pageId }))
    const { error } = await refusal(create({ Name: title('a'), Kind: { select: { name: 'New' } } }))
    expect(error.additional_data?.committed_resource_id).toBe(pageId)
    expect(notion.value(pageId, 'Name')).toBe('a')
    expect((await create({})).id).not.toBe(pageId)
  })

  test('a write may take effect although its answer is a failure', async () => {
    notion.inject(savedBut503(/^POST \/v1\/pages$/))
    expect((await refusal(create({ Name: title('a') }))).status).toBe(503)
    notion.inject(gateway502Html(/^POST \/v1\/pages$/, { saved: true }))
    await expect(create({ Name: title('b') })).rejects.toMatchObject({
      code: 'notionhq_client_response_error',
      status: 502,
    })
    expect(notion.pages(source).map(page => notion.value(String(page.id), 'Name'))).toEqual(['a', 'b'])
  })
})

describe('a repeatable workspace', () => {
  test('reset goes back to the seed, and a snapshot can be restored', async () => {
    notion.addPage(source, { Name: 'a' })
    const snapshot = notion.snapshot()
    await notion.reset()
    expect(notion.pages(source)).toEqual([])
    await notion.restoreSnapshot(snapshot)
    expect(await named(undefined)).toEqual(['a'])
  })

  test('the same seed and the same calls give the same ids', async () => {
    const one = notion.addPage(source, { Name: 'a' })
    await notion.reset()
    expect(notion.addPage(source, { Name: 'a' })).toBe(one)
  })

  test('the inspector shows itself on the same address', async () => {
    const response = await fetch(notion.inspectorUrl ?? '')
    expect(response.status).toBe(200)
    expect(notion.inspectorUrl).toContain(notion.url)
  })

  test('a seed that breaks a rule is refused', async () => {
    const broken = {
      databases: [{ title: 'T', properties: { Name: { type: 'title' } }, pages: [{ properties: { Nope: 1 } }] }],
    }
    await expect(startNotion(broken)).rejects.toThrow('Nope is not a property that exists.')
  })

  test('the definition also runs by itself in emulate', async () => {
    const runtime = await createEmulator({ service: notionEmulator, listen: false })
    const response = await runtime.request('/v1/users/me', {
      headers: { authorization: 'Bearer ntn_test', 'notion-version': '2025-09-03' },
    })
    expect(response.status).toBe(200)
    await runtime.close()
  })
})
