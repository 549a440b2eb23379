/** Every property type of the emulated Notion API, read and written through the real SDK over loopback. */
import { APIResponseError, Client, isFullPage, LogLevel, type PageObjectResponse } from '@notionhq/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type NotionEmulator, type NotionSeed, type SeedValue, startNotion } from '../../emulators/notion/index.ts'

const START = Date.parse('2026-03-02T10:15:42.500Z')
const HOUR = 60 * 60_000
const ADA = 'aaaaaaaa-0000-4000-8000-000000000001'
const TWIN = 'aaaaaaaa-0000-4000-8000-000000000002'
const GUEST = 'aaaaaaaa-0000-4000-8000-000000000003'
const TEAM = 'aaaaaaaa-0000-4000-8000-000000000004'
const APOLLO = 'bbbbbbbb-0000-4000-8000-000000000001'
const GEMINI = 'bbbbbbbb-0000-4000-8000-000000000002'
const PROJECTS = 'bbbbbbbb-0000-4000-8000-000000000003'
const PROJECTS_DATABASE = 'bbbbbbbb-0000-4000-8000-000000000004'

const seed: NotionSeed = {
  bot: { name: 'Sync bot' },
  users: [
    { id: ADA, name: 'Ada', email: 'ada@example.com' },
    { name: 'Sam', email: 'sam.one@example.com' },
    { id: TWIN, name: 'Sam', email: 'sam.two@example.com' },
    { name: 'Nobody' },
    { id: GUEST, name: 'Visitor', email: 'visitor@example.com', guest: true },
    { name: 'Leaver', hidden: true },
    { name: 'Other bot', bot: true },
  ],
  groups: [{ id: TEAM, name: 'Team' }],
  databases: [
    {
      title: 'Tasks',
      properties: {
        Name: { type: 'title' },
        Notes: { type: 'rich_text' },
        Count: { type: 'number' },
        Kind: { type: 'select', options: ['Bug', 'Chore'] },
        Tags: { type: 'multi_select', options: ['Red', 'Blue'] },
        State: { type: 'status', options: ['Not started', 'Doing', 'Done'], default: 'Doing' },
        Stage: { type: 'status', options: ['One'], default: null },
        Due: { type: 'date' },
        Who: { type: 'people' },
        Files: { type: 'files' },
        Done: { type: 'checkbox' },
        Link: { type: 'url' },
        Mail: { type: 'email' },
        Phone: { type: 'phone_number' },
        Project: { type: 'relation', dataSource: 'Projects', dual: 'Tasks' },
        Parent: { type: 'relation', dual: 'Children' },
        Next: { type: 'relation' },
        Score: { type: 'formula', result: 'number' },
        Titles: { type: 'rollup', relation: 'Project', property: 'Title' },
        Total: { type: 'rollup', relation: 'Project', property: 'Title', function: 'sum' },
        First: { type: 'rollup', relation: 'Project', property: 'Title', function: 'earliest_date' },
        Middle: { type: 'rollup', relation: 'Project', property: 'Title', function: 'median' },
        ID: { type: 'unique_id', prefix: 'TSK' },
        Created: { type: 'created_time' },
        Author: { type: 'created_by' },
        Edited: { type: 'last_edited_time' },
        Editor: { type: 'last_edited_by' },
        Verified: { type: 'verification' },
        Where: { type: 'place' },
        Press: { type: 'button' },
        Aura: { type: 'aura', glow: 'soft' },
      },
    },
    {
      id: PROJECTS_DATABASE,
      dataSourceId: PROJECTS,
      title: 'Projects',
      properties: { Title: { type: 'title' } },
      pages: [
        { id: APOLLO, properties: { Title: 'Apollo' } },
        { id: GEMINI, properties: { Title: 'Gemini' } },
      ],
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
  client = new Client({ auth: 'ntn_test', baseUrl: notion.url, retry: false, logLevel: LogLevel.ERROR })
  source = notion.dataSourceId
})

afterEach(() => notion.close())

const row = (properties: Record<string, SeedValue> = {}): string => notion.addPage(source, properties)

/** Sends a body that the SDK's types would not let through. */
const send = (method: 'patch' | 'post', path: string, body: Record<string, unknown>) =>
  client.request<Record<string, unknown>>({ path, method, body })

async function write(page: string, properties: Record<string, unknown>): Promise<PageObjectResponse['properties']> {
  const answer = await send('patch', `pages/${page}`, { properties })
  return answer.properties as PageObjectResponse['properties']
}

/** The value of one property, as the page shows it. */
async function read(page: string, name: string): Promise<unknown> {
  const answer = await client.pages.retrieve({ page_id: page })
  const property = isFullPage(answer) ? answer.properties[name] : undefined
  return property && (property as Record<string, unknown>)[property.type]
}

/** What a page shows of a property, apart from its id and type. */
async function shown(page: string, name: string): Promise<Record<string, unknown>> {
  const answer = await client.pages.retrieve({ page_id: page })
  const { id: _, type: __, ...rest } = (isFullPage(answer) ? answer.properties[name] : undefined) ?? {}
  return rest
}

async function schema(dataSource = source): Promise<Record<string, Record<string, unknown>>> {
  const { properties } = await client.dataSources.retrieve({ data_source_id: dataSource })
  return properties as unknown as Record<string, Record<string, unknown>>
}

/** All items of a property, and what the last page says of the whole. */
async function items(
  page: string,
  name: string,
  pageSize = 100,
): Promise<{ list: Record<string, unknown>[]; wholes: unknown[] }> {
  const { id } = (await schema())[name] ?? {}
  const list: Record<string, unknown>[] = []
  const wholes: unknown[] = []
  for (let cursor: unknown; cursor !== null; ) {
    const query = { page_size: String(pageSize), ...(typeof cursor === 'string' && { start_cursor: cursor }) }
    const path = `pages/${page}/properties/${id}`
    const answer = await client.request<Record<string, unknown>>({ path, method: 'get', query })
    list.push(...((answer.results ?? []) as Record<string, unknown>[]))
    wholes.push(answer.property_item)
    cursor = answer.next_cursor
  }
  return { list, wholes }
}

async function refused(promise: Promise<unknown>): Promise<{ status: number; message: string }> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof APIResponseError)) throw new Error(`not refused by the API: ${String(error)}`)
  return { status: error.status, message: JSON.parse(error.body).message }
}

const wrong = (what: string): string => `body failed validation: body.properties.${what}.`

describe('a row that was never given a value', () => {
  test('shows every type as empty in its own way', async () => {
    const answer = await client.pages.retrieve({ page_id: row() })
    const properties = isFullPage(answer) ? answer.properties : {}
    const values = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => {
        const { id: _, type, ...rest } = property as unknown as Record<string, unknown>
        return [name, Object.keys(rest).length === 1 ? rest[String(type)] : rest]
      }),
    )
    const person = { object: 'user', id: ADA, name: 'Ada', avatar_url: null, type: 'person' }
    const ada = { ...person, person: { email: 'ada@example.com' } }
    expect(values).toEqual({
      Name: [],
      Notes: [],
      Count: null,
      Kind: null,
      Tags: [],
      State: { id: expect.any(String), name: 'Doing', color: 'brown' },
      Stage: null,
      Due: null,
      Who: [],
      Files: [],
      Done: false,
      Link: null,
      Mail: null,
      Phone: null,
      Project: { relation: [], has_more: false },
      Parent: { relation: [], has_more: false },
      Children: { relation: [], has_more: false },
      Next: { relation: [], has_more: false },
      Score: { type: 'number', number: null },
      Titles: { type: 'array', array: [], function: 'show_original' },
      Total: { type: 'number', number: null, function: 'sum' },
      First: { type: 'date', date: null, function: 'earliest_date' },
      Middle: { type: 'number', number: null, function: 'median' },
      ID: { prefix: 'TSK', number: 1 },
      Created: '2026-03-02T10:15:00.000Z',
      Author: ada,
      Edited: '2026-03-02T10:15:00.000Z',
      Editor: ada,
      Verified: { state: 'unverified', date: null, verified_by: null },
      Where: null,
      Press: {},
      Aura: null,
    })
  })

  test('every type is given to the hand, and by a seed, in one line', async () => {
    const lines: [string, SeedValue, unknown][] = [
      ['Name', 'a', 'a'],
      ['Notes', 'b', 'b'],
      ['Count', 1.5, 1.5],
      ['Kind', 'New', 'New'],
      ['Tags', ['Red', 'New'], ['Red', 'New']],
      ['State', 'Done', 'Done'],
      ['Due', { start: '2026-03-05', end: '2026-03-06' }, { start: '2026-03-05', end: '2026-03-06' }],
      ['Who', ['Ada', 'sam.two@example.com', 'Team', 'Other bot'], ['Ada', 'Sam', 'Team', 'Other bot']],
      ['Files', ['https://example.com/x.png'], [{ name: 'x.png', external: 'https://example.com/x.png' }]],
      ['Done', true, true],
      ['Link', 'https://example.com', 'https://example.com'],
      ['Mail', 'a@example.com', 'a@example.com'],
      ['Phone', '1', '1'],
      ['Project', ['Gemini', APOLLO], [GEMINI, APOLLO]],
      ['Score', 2, 2],
      ['Titles', ['x', 2, true], expect.arrayContaining([{ type: 'number', number: 2 }])],
      ['Total', 3, 3],
      ['First', { start: '2026-03-05' }, { start: '2026-03-05', end: null, time_zone: null }],
      ['ID', 9, 'TSK-9'],
      ['Verified', 'verified', 'verified'],
      ['Where', { lat: 1, lon: 2 }, expect.objectContaining({ lat: 1, lon: 2 })],
      ['Aura', { colour: 'red' }, { colour: 'red' }],
    ]
    const page = row()
    for (const [name, value, expected] of lines) {
      notion.edit(page, { [name]: value })
      expect(notion.value(page, name)).toEqual(expected)
    }
    const properties = Object.fromEntries(lines.map(([name, value]) => [name, value]))
    const [tasks, projects] = seed.databases
    if (tasks === undefined || projects === undefined) throw new Error('the seed has two databases')
    await notion.close()
    notion = await startNotion({ ...seed, databases: [{ ...tasks, pages: [{ properties }] }, projects] })
    const [seeded] = notion.pages(notion.dataSourceId)
    for (const [name, , expected] of lines.filter(([each]) => each !== 'Files')) {
      expect(notion.value(String(seeded?.id), name)).toEqual(expected)
    }
  })

  test('what the service knows by itself is not the hand’s to give', () => {
    for (const name of ['Created', 'Author', 'Edited', 'Editor', 'Press']) {
      expect(() => notion.edit(row(), { [name]: 'x' })).toThrow(`body.properties.${name}.title should be defined`)
    }
  })
})

describe('types that cannot be written', () => {
  test.each([
    ['Score', { formula: { type: 'number', number: 1 } }],
    ['Titles', { rollup: { type: 'array', array: [] } }],
    ['ID', { unique_id: { prefix: 'TSK', number: 4 } }],
    ['Created', { created_time: '2026-01-01T00:00:00.000Z' }],
    ['Author', { created_by: { id: ADA } }],
    ['Edited', { last_edited_time: '2026-01-01T00:00:00.000Z' }],
    ['Editor', { last_edited_by: { id: ADA } }],
    ['Press', { button: {} }],
    ['Aura', { aura: { colour: 'red' } }],
  ])('%s is refused as if it had no type at all', async (name, value) => {
    const page = row()
    const { status, message } = await refused(write(page, { [name]: value }))
    expect(status).toBe(400)
    const lines = message.split('\n')
    expect(lines[0]).toBe('body failed validation. Fix one:')
    expect(lines[1]).toBe(`body.properties.${name}.title should be defined, instead was \`undefined\`.`)
  })

  test('a type of the future is in the schema and in rows, and cannot be added or filled by a client', async () => {
    const page = row({ Aura: { colour: 'red' } })
    expect(await read(page, 'Aura')).toEqual({ colour: 'red' })
    expect((await schema()).Aura).toMatchObject({ name: 'Aura', type: 'aura', aura: { glow: 'soft' } })
    expect((await refused(write(page, { Aura: { number: 1 } }))).message).toBe('Aura is expected to be aura.')
    const properties = { Halo: { type: 'aura', aura: {} } }
    expect((await refused(send('patch', `data_sources/${source}`, { properties }))).status).toBe(400)
    const item = await client.pages.properties.retrieve({
      page_id: page,
      property_id: String((await schema()).Aura?.id),
    })
    expect(item).toMatchObject({ object: 'property_item', type: 'aura', aura: { colour: 'red' } })
  })
})

describe('formulas and rollups', () => {
  test.each<[SeedValue, unknown]>([
    ['x', { type: 'string', string: 'x' }],
    [2, { type: 'number', number: 2 }],
    [true, { type: 'boolean', boolean: true }],
    [{ start: '2026-03-05' }, { type: 'date', date: { start: '2026-03-05', end: null, time_zone: null } }],
    [{ type: 'unsupported' }, { type: 'unsupported', unsupported: {} }],
    [
      { type: 'string', string: null },
      { type: 'string', string: null },
    ],
  ])('a formula that comes to %j shows it under its type', async (value, expected) => {
    expect(await read(row({ Score: value }), 'Score')).toEqual(expected)
  })

  test('a rollup shows a number, a date, an array of typed parts, or that it has no value, and its function', async () => {
    const page = row({
      Total: 3,
      First: { start: '2026-03-05' },
      Middle: { type: 'unsupported' },
      Titles: ['x', 2, true, { start: '2026-03-05' }, { type: 'select', select: null }],
    })
    expect(await read(page, 'Total')).toEqual({ type: 'number', number: 3, function: 'sum' })
    expect(await read(page, 'First')).toMatchObject({ type: 'date', date: { start: '2026-03-05', end: null } })
    expect(await read(page, 'Middle')).toEqual({ type: 'unsupported', unsupported: {}, function: 'median' })
    expect(await read(page, 'Titles')).toMatchObject({
      array: [
        { type: 'rich_text', rich_text: [{ plain_text: 'x' }] },
        { type: 'number', number: 2 },
        { type: 'checkbox', checkbox: true },
        { type: 'date', date: { start: '2026-03-05' } },
        { type: 'select', select: null },
      ],
    })
  })

  test('the schema of a rollup names both columns, with ids that are not encoded', async () => {
    const { Titles, Project } = await schema()
    expect(Titles?.rollup).toEqual({
      rollup_property_name: 'Title',
      relation_property_name: 'Project',
      rollup_property_id: 'title',
      relation_property_id: decodeURIComponent(String(Project?.id)),
      function: 'show_original',
    })
  })

  test('the property endpoint gives the parts of a rollup, and what it comes to only at the end', async () => {
    const page = row({ Titles: ['a', 'b', 'c'], Total: 3, Middle: 1, Project: ['Apollo', 'Gemini'] })
    const titles = await items(page, 'Titles', 2)
    expect(titles.list).toMatchObject(
      ['a', 'b', 'c'].map(each => ({ type: 'rich_text', rich_text: { plain_text: each } })),
    )
    expect(titles.wholes).toMatchObject([
      { type: 'rollup', rollup: { type: 'incomplete', incomplete: {}, function: 'show_original' } },
      { type: 'rollup', rollup: { type: 'array', array: [], function: 'show_original' } },
    ])
    const total = await items(page, 'Total', 1)
    expect(total.list).toMatchObject([{ relation: { id: APOLLO } }, { relation: { id: GEMINI } }])
    expect(total.wholes).toMatchObject([{ rollup: { type: 'incomplete' } }, { rollup: { type: 'number', number: 3 } }])
    expect((await items(page, 'Middle')).wholes).toMatchObject([{ rollup: { type: 'unsupported' } }])
  })
})

describe('rich text', () => {
  const text = (content: string, rest: object = {}) => ({ text: { content }, ...rest })

  async function notes(parts: unknown[], name = 'Notes', type = 'rich_text'): Promise<Record<string, unknown>[]> {
    const properties = await write(row(), { [name]: { [type]: parts } })
    return (properties[name] as unknown as Record<string, Record<string, unknown>[]>)[type] ?? []
  }

  test('neighbours that look alike come back as one, others do not', async () => {
    const bold = { annotations: { bold: true } }
    const parts = [text('a'), text(''), text('b'), text('c', bold), text('d', bold), text('e', { annotations: {} })]
    expect((await notes(parts)).map(part => part.plain_text)).toEqual(['ab', 'cd', 'e'])
  })

  test('styles and colours come back whole, colours that do not exist are refused', async () => {
    const annotations = { bold: true, italic: true, strikethrough: true, underline: true, code: true }
    const [part] = await notes([text('a', { annotations: { ...annotations, color: 'red_background' } })])
    expect(part?.annotations).toEqual({ ...annotations, color: 'red_background' })
    const { message } = await refused(notes([text('a', { annotations: { color: 'teal' } })]))
    expect(message).toContain('rich_text[0].annotations.color should be `"default"`, `"gray"`, ')
    expect(message).toContain(', or `"red_background"`, instead was `"teal"`.')
    expect((await refused(notes([text('a', { annotations: { bold: 'yes' } })]))).status).toBe(400)
  })

  test.each([
    ['https://example.com', 'https://example.com/'],
    ['https://example.com/ä b', 'https://example.com/%C3%A4%20b'],
    ['mailto:a@example.com', 'mailto:a@example.com'],
    ['/0123456789abcdef0123456789abcdef', '/0123456789abcdef0123456789abcdef'],
  ])('the link %s comes back as %s', async (url, expected) => {
    const [part] = await notes([{ text: { content: 'x', link: { url } } }])
    expect(part).toMatchObject({ text: { link: { url: expected } }, href: expected })
  })

  test('a link that is no address is refused', async () => {
    const { message } = await refused(notes([{ text: { content: 'x', link: { url: 'example' } } }]))
    expect(message).toBe('Invalid URL for link.')
  })

  test('mentions and equations keep their kind, in a text and in a title', async () => {
    const parts = [
      { mention: { user: { id: ADA } } },
      { mention: { page: { id: APOLLO } } },
      { mention: { database: { id: PROJECTS_DATABASE } } },
      { mention: { date: { start: '2026-03-05', end: '2026-03-06' } } },
      { equation: { expression: 'e=mc^2' } },
    ]
    for (const [name, type] of [
      ['Notes', 'rich_text'],
      ['Name', 'title'],
    ] as const) {
      const found = await notes(parts, name, type)
      expect(found.map(part => [part.type, part.plain_text])).toEqual([
        ['mention', '@Ada'],
        ['mention', 'Apollo'],
        ['mention', 'Projects'],
        ['mention', '2026-03-05 → 2026-03-06'],
        ['equation', 'e=mc^2'],
      ])
      expect(found.map(part => part.mention)).toEqual([
        { type: 'user', user: expect.objectContaining({ id: ADA, name: 'Ada', person: { email: 'ada@example.com' } }) },
        { type: 'page', page: { id: APOLLO } },
        { type: 'database', database: { id: PROJECTS_DATABASE } },
        { type: 'date', date: { start: '2026-03-05', end: '2026-03-06', time_zone: null } },
        undefined,
      ])
    }
  })

  test('what was read can be written back, users by their id alone', async () => {
    const page = row({
      Notes: ['see ', { page: APOLLO }, { text: 'x', bold: true }, { equation: 'y' }, { user: 'Ada' }],
    })
    const before = (await read(page, 'Notes')) as { mention?: { user?: { id: string } } }[]
    const again = before.map(part =>
      part.mention?.user === undefined ? part : { ...part, mention: { user: { id: part.mention.user.id } } },
    )
    await write(page, { Notes: { rich_text: again } })
    expect(await read(page, 'Notes')).toEqual(before)
    expect((await refused(write(page, { Notes: { rich_text: before } }))).message).toContain(
      'user.name should be not present',
    )
  })

  test('a mention has the name of the moment, and none where the bot may not see what it means', async () => {
    const page = row({ Notes: [{ page: APOLLO }, ' ', { user: 'Ada' }, ' ', { user: 'Visitor' }] })
    const plain = async () =>
      ((await read(page, 'Notes')) as { plain_text: string }[]).map(part => part.plain_text).join('')
    expect(await plain()).toBe('Apollo @Ada @Anonymous')
    notion.edit(APOLLO, { Title: 'Apollo 11' })
    expect(await plain()).toBe('Apollo 11 @Ada @Anonymous')
    notion.unshare(PROJECTS)
    notion.settings.userInfo = 'none'
    expect(await plain()).toBe('Untitled @Anonymous @Anonymous')
  })

  test('the 26th page that is mentioned has no name in the page, but has at the property endpoint', async () => {
    const mentioned = Array.from({ length: 26 }, (_, index) => notion.addPage(PROJECTS, { Title: `P${index}` }))
    const page = row({ Notes: mentioned.map(id => ({ page: id })) })
    const names = ((await read(page, 'Notes')) as { plain_text: string }[]).map(part => part.plain_text)
    expect(names.slice(24)).toEqual(['P24', 'Untitled'])
    expect((await items(page, 'Notes')).list[25]).toMatchObject({ rich_text: { plain_text: 'P25' } })
  })

  test('50 mentions of one person are all named', async () => {
    const found = await notes(Array.from({ length: 50 }, () => ({ mention: { user: { id: ADA } } })))
    expect(found.filter(part => part.plain_text === '@Ada')).toHaveLength(50)
  })

  test('a link card of the app can be read, not written', async () => {
    const card = { mention: { link_mention: { href: 'https://example.com', title: 'Example' } } }
    expect(await read(row({ Notes: [card] }), 'Notes')).toMatchObject([
      { type: 'mention', mention: { type: 'link_mention' }, plain_text: 'Example' },
    ])
    expect((await refused(notes([card]))).message).toContain('mention.user should be defined')
  })

  test.each<[string, unknown, string]>([
    ['2,001 UTF-16 units', text('🙂'.repeat(1001)), '[0].text.content.length should be ≤ `2000`, instead was `2002`'],
    [
      'a link over 2,000',
      { text: { content: 'x', link: { url: `https://example.com/${'x'.repeat(2000)}` } } },
      '[0].text.link.url.length should be ≤ `2000`, instead was `2020`',
    ],
    [
      'an equation over 1,000',
      { equation: { expression: 'x'.repeat(1001) } },
      '[0].equation.expression.length should be ≤ `1000`, instead was `1001`',
    ],
    ['an unknown key', text('x', { link: null }), '[0].link should be not present, instead was `null`'],
    [
      'a user that is no id',
      { mention: { user: { id: 'Ada' } } },
      '[0].mention.user.id should be a valid uuid, instead was `"Ada"`',
    ],
  ])('%s is refused', async (_, part, message) => {
    expect((await refused(notes([part]))).message).toBe(wrong(`Notes.rich_text${message}`))
  })

  test('2,000 UTF-16 units a part and 100 parts are taken', async () => {
    expect(await notes([text('🙂'.repeat(1000))])).toHaveLength(1)
    const parts = Array.from({ length: 100 }, (_, index) => text('x', { annotations: { bold: index % 2 === 0 } }))
    expect(await notes(parts)).toHaveLength(100)
    expect((await refused(notes([...parts, text('x')]))).message).toBe(
      wrong('Notes.rich_text.length should be ≤ `100`, instead was `101`'),
    )
  })
})

describe('numbers, checkboxes and short texts', () => {
  test.each([0.1 + 0.2, 1e21, -7, 0, 9007199254740991])('the number %d comes back as it is', async number => {
    const page = row()
    await write(page, { Count: { number } })
    expect(await read(page, 'Count')).toBe(number)
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['a number as text', { Count: { number: '1' } }, 'Count.number should be a number or `null`, instead was `"1"`'],
    ['no checkbox value', { Done: { checkbox: null } }, 'Done.checkbox should be a boolean, instead was `null`'],
    [
      'an empty phone number',
      { Phone: { phone_number: '' } },
      'Phone.phone_number.length should be ≥ `1`, instead was `0`',
    ],
    [
      'an e-mail address over 200',
      { Mail: { email: 'x'.repeat(201) } },
      'Mail.email.length should be ≤ `200`, instead was `201`',
    ],
    [
      'a phone number over 200',
      { Phone: { phone_number: '1'.repeat(201) } },
      'Phone.phone_number.length should be ≤ `200`, instead was `201`',
    ],
    [
      'an address over 2,000',
      { Link: { url: 'x'.repeat(2001) } },
      'Link.url.length should be ≤ `2000`, instead was `2001`',
    ],
  ])('%s is refused', async (_, properties, message) => {
    expect((await refused(write(row(), properties))).message).toBe(wrong(message))
  })

  test('an address is not checked for being one', async () => {
    const page = row()
    await write(page, { Link: { url: 'no address' }, Mail: { email: 'nor this' }, Phone: { phone_number: 'call me' } })
    expect(await read(page, 'Link')).toBe('no address')
  })
})

describe('options', () => {
  test('an option is written by its name or its id, and its id survives a rename', async () => {
    const page = row({ Kind: 'Bug' })
    const { id } = (await read(page, 'Kind')) as { id: string }
    notion.renameOption(source, 'Kind', 'Bug', 'Defect')
    await write(page, { Kind: { select: null } })
    await write(page, { Kind: { select: { id } } })
    expect(await read(page, 'Kind')).toMatchObject({ id, name: 'Defect' })
    expect((await refused(write(page, { Kind: { select: { id: 'none' } } }))).status).toBe(400)
  })

  test('a new option is made with the colour that was asked for, if it is one', async () => {
    const page = row()
    await write(page, { Kind: { select: { name: 'New', color: 'pink' } } })
    expect(await read(page, 'Kind')).toMatchObject({ name: 'New', color: 'pink' })
    expect((await refused(write(page, { Kind: { select: { name: 'New 2', color: 'teal' } } }))).status).toBe(400)
  })

  test('a comma is refused, in the words of the service', async () => {
    const page = row()
    expect((await refused(write(page, { Kind: { select: { name: 'a, b' } } }))).message).toBe(
      'Invalid select option, commas not allowed: a, b',
    )
    expect((await refused(write(page, { Tags: { multi_select: [{ name: 'a,b' }] } }))).message).toBe(
      'Invalid multi_select option, commas not allowed: a,b',
    )
  })

  test('a name over 100 and a list over 100 are refused', async () => {
    const page = row()
    const long = { name: 'x'.repeat(101) }
    expect((await refused(write(page, { Tags: { multi_select: [{ name: 'Red' }, long] } }))).message).toBe(
      wrong('Tags.multi_select[1].name.length should be ≤ `100`, instead was `101`'),
    )
    const many = Array.from({ length: 101 }, (_, index) => ({ name: `${index}` }))
    expect((await refused(write(page, { Tags: { multi_select: many } }))).message).toBe(
      wrong('Tags.multi_select.length should be ≤ `100`, instead was `101`'),
    )
    await write(page, { Tags: { multi_select: many.slice(0, 100) } })
    expect(notion.value(page, 'Tags')).toHaveLength(100)
  })

  test('a status that is emptied takes the default of its column, and stays empty where that has none', async () => {
    const page = row({ State: 'Done', Stage: 'One' })
    await write(page, { State: { status: null }, Stage: { status: null } })
    expect([notion.value(page, 'State'), notion.value(page, 'Stage')]).toEqual(['Doing', null])
  })
})

describe('dates', () => {
  const due = (date: unknown) => write(row(), { Due: { date } })

  test.each([
    [
      { start: '2026-03-05', end: '2026-03-05' },
      { start: '2026-03-05', end: '2026-03-05' },
    ],
    [{ start: '2026-03-05T09:30:59Z', end: '2026-03-05T11:00:00+02:00' }, undefined],
    [
      { start: '2026-03-05T09:30:59Z', end: '2026-03-05T12:00:00+02:00' },
      { start: '2026-03-05T09:30:00.000+00:00', end: '2026-03-05T12:00:00.000+02:00' },
    ],
    [
      { start: '2026-03-28T23:00:00', end: '2026-03-29T04:00:00', time_zone: 'Europe/Berlin' },
      { start: '2026-03-28T23:00:00.000+01:00', end: '2026-03-29T04:00:00.000+02:00' },
    ],
  ])('the range %j comes back as %j', async (date, expected) => {
    if (expected === undefined) return expect((await refused(due(date))).message).toContain('Due.date.end should be')
    expect((await due(date)).Due).toMatchObject({ date: { ...expected, time_zone: null } })
  })

  test.each([
    ['an end before its start', { start: '2026-03-05', end: '2026-03-04' }, 'end should be on or after start'],
    [
      'a day to a time',
      { start: '2026-03-05', end: '2026-03-06T10:00:00Z' },
      'end should be of the same kind as start',
    ],
    ['an end alone', { start: null, end: '2026-03-05' }, 'start should be a valid ISO 8601 date string'],
    ['a day in a time zone', { start: '2026-03-05', time_zone: 'Europe/Berlin' }, 'start should be a valid ISO 8601'],
    [
      'an unknown time zone',
      { start: '2026-03-05T10:00:00', time_zone: 'Mars' },
      'time_zone should be a valid time zone',
    ],
    ['an empty text', { start: '' }, 'start should be a valid ISO 8601 date string, instead was `""`'],
  ])('%s is refused', async (_, date, message) => {
    expect((await refused(due(date))).message).toContain(`body.properties.Due.date.${message}`)
  })
})

describe('people', () => {
  test('members, bots and groups come whole, whom the bot may not see as a bare id', async () => {
    const page = row({ Who: ['Ada', 'Nobody', 'Visitor', 'Leaver', 'Other bot', 'Sync bot', 'Team'] })
    const people = (await read(page, 'Who')) as Record<string, unknown>[]
    expect(people.map(({ id: _, avatar_url: __, ...rest }) => rest)).toEqual([
      { object: 'user', name: 'Ada', type: 'person', person: { email: 'ada@example.com' } },
      { object: 'user', name: 'Nobody', type: 'person', person: {} },
      { object: 'user' },
      { object: 'user' },
      { object: 'user', name: 'Other bot', type: 'bot', bot: {} },
      { object: 'user', name: 'Sync bot', type: 'bot', bot: {} },
      { object: 'group', name: 'Team' },
    ])
  })

  test('users and groups are written by id, and nothing else of them is taken', async () => {
    const page = row()
    await write(page, { Who: { people: [{ object: 'user', id: ADA }, { id: GUEST }, { object: 'group', id: TEAM }] } })
    expect(notion.value(page, 'Who')).toEqual(['Ada', 'Visitor', 'Team'])
    const full = { object: 'user', id: ADA, name: 'Ada' }
    expect((await refused(write(page, { Who: { people: [full] } }))).message).toBe(
      wrong('Who.people[0].name should be not present, instead was `"Ada"`'),
    )
    expect((await refused(write(page, { Who: { people: [{ id: 'Ada' }] } }))).message).toBe(
      wrong('Who.people[0].id should be a valid uuid, instead was `"Ada"`'),
    )
  })

  test('beyond 25 they are left out without a word, and the property endpoint has them all', async () => {
    const users = Array.from({ length: 30 }, (_, index) => ({ name: `User ${index}` }))
    await notion.close()
    notion = await startNotion({ ...seed, users }, { now: () => clock })
    client = new Client({ auth: 'ntn_test', baseUrl: notion.url, retry: false, logLevel: LogLevel.ERROR })
    source = notion.dataSourceId
    const page = row({ Who: users.map(user => user.name) })
    const { people, ...rest } = await shown(page, 'Who')
    expect([people, rest]).toEqual([expect.objectContaining({ length: 25 }), {}])
    const found = await items(page, 'Who', 20)
    expect(found.list).toHaveLength(30)
    expect(found.list[29]).toMatchObject({ type: 'people', people: { name: 'User 29' } })
  })

  test('two people of one name are told apart by address or id', async () => {
    const page = row({ Who: ['Sam', 'sam.two@example.com', TWIN] })
    const people = (await read(page, 'Who')) as { id: string; person: { email: string } }[]
    expect(people.map(({ person }) => person.email)).toEqual([
      'sam.one@example.com',
      'sam.two@example.com',
      'sam.two@example.com',
    ])
  })

  test('who leaves the workspace is an id without a name from then on, and not listed', async () => {
    const page = row({ Who: ['Ada'] })
    notion.changeUser('Ada', { hidden: true })
    expect(await read(page, 'Who')).toEqual([{ object: 'user', id: ADA }])
    expect((await client.users.list({})).results.map(user => user.id)).not.toContain(ADA)
    expect((await refused(client.users.retrieve({ user_id: ADA }))).status).toBe(404)
    notion.changeUser(ADA, { hidden: false, email: null, name: 'Ada L.' })
    expect(await read(page, 'Who')).toMatchObject([{ name: 'Ada L.', person: {} }])
  })

  test('the list of users has members and bots, no guests and no groups', async () => {
    const { results } = await client.users.list({})
    expect(results.map(user => user.name)).toEqual(['Ada', 'Sam', 'Sam', 'Nobody', 'Other bot', 'Sync bot'])
    notion.settings.userInfo = 'none'
    expect((await refused(client.users.list({}))).status).toBe(403)
  })
})

describe('files', () => {
  test('a link elsewhere stays what it is', async () => {
    const page = row()
    await write(page, { Files: { files: [{ name: 'x', external: { url: 'https://example.com/x.png' } }] } })
    expect(await read(page, 'Files')).toEqual([
      { name: 'x', type: 'external', external: { url: 'https://example.com/x.png' } },
    ])
  })

  type Hosted = { name: string; type: string; file: { url: string; expiry_time: string } }

  test("a file of Notion's own has another address at every read, which lasts an hour", async () => {
    const page = row({ Files: ['photo.png'] })
    const [one] = (await read(page, 'Files')) as Hosted[]
    const [two] = (await read(page, 'Files')) as Hosted[]
    expect(one).toMatchObject({ name: 'photo.png', type: 'file' })
    expect(one?.file.expiry_time).toBe(new Date(START + HOUR).toISOString())
    expect(one?.file.url).not.toBe(two?.file.url)
    expect(one?.file.url.split('?')[0]).toBe(two?.file.url.split('?')[0])
  })

  test('a file that the page has can be kept, next to new links; any other is refused', async () => {
    const page = row({ Files: ['a.png', 'b.png'] })
    const [, kept] = (await read(page, 'Files')) as Hosted[]
    clock += 2 * HOUR
    const link = { name: 'c', external: { url: 'https://example.com/c' } }
    await write(page, { Files: { files: [kept, link] } })
    expect(await read(page, 'Files')).toMatchObject([{ name: 'b.png', type: 'file' }, { name: 'c' }])
    const other = row()
    expect((await refused(write(other, { Files: { files: [kept] } }))).status).toBe(400)
    const made = { name: 'x', file: { url: 'https://example.com/x' } }
    expect((await refused(write(page, { Files: { files: [made] } }))).status).toBe(400)
    const upload = { type: 'file_upload', file_upload: { id: APOLLO } }
    expect((await refused(write(page, { Files: { files: [upload] } }))).status).toBe(404)
  })

  const external = (name: unknown, url: string) => ({ name, external: { url } })
  test.each<[string, unknown[], string]>([
    ['no name', [external(undefined, 'https://x.example')], '[0].name should be a string, instead was `undefined`'],
    ['an empty name', [external('', 'https://x.example')], '[0].name.length should be ≥ `1`, instead was `0`'],
    [
      'a name over 100',
      [external('x'.repeat(101), 'https://x.example')],
      '[0].name.length should be ≤ `100`, instead was `101`',
    ],
    [
      'an address over 2,000',
      [external('x', 'x'.repeat(2001))],
      '[0].external.url.length should be ≤ `2000`, instead was `2001`',
    ],
    [
      '101 files',
      Array.from({ length: 101 }, () => external('x', 'https://x.example')),
      '.length should be ≤ `100`, instead was `101`',
    ],
    ['neither link nor file', [{ name: 'x' }], '[0].external should be defined, instead was `undefined`'],
  ])('%s is refused', async (_, files, message) => {
    expect((await refused(write(row(), { Files: { files } }))).message).toBe(wrong(`Files.files${message}`))
  })
})

describe('relations', () => {
  const related = async (page: string, name: string) =>
    ((await read(page, name)) as { id: string }[]).map(each => each.id)

  test('25 ids and has_more in every answer, all of them at the property endpoint, 100 in a write', async () => {
    const many = Array.from({ length: 101 }, (_, index) => notion.addPage(PROJECTS, { Title: `${index}` }))
    const page = row()
    const relation = many.map(id => ({ id }))
    const parent = { data_source_id: source }
    const short = { relation: relation.slice(0, 25), has_more: true }
    const made = await send('post', 'pages', { parent, properties: { Project: { relation: relation.slice(0, 100) } } })
    const updated = await write(page, { Project: { relation: relation.slice(0, 26) } })
    const { results } = await client.dataSources.query({ data_source_id: source })
    const queried = results.filter(isFullPage).map(each => each.properties.Project)
    expect((made.properties as typeof updated).Project).toMatchObject(short)
    expect(updated.Project).toMatchObject(short)
    expect(await shown(page, 'Project')).toMatchObject(short)
    expect(queried).toMatchObject([short, short])
    expect((await items(page, 'Project', 10)).list.map(each => each.relation)).toEqual(relation.slice(0, 26))
    expect((await refused(write(page, { Project: { relation } }))).message).toBe(
      wrong('Project.relation.length should be ≤ `100`, instead was `101`'),
    )
    notion.edit(page, { Project: many })
    expect((await items(page, 'Project')).list).toHaveLength(101)
    await write(page, { Project: { relation: relation.slice(0, 25) } })
    expect(await shown(page, 'Project')).toMatchObject({ has_more: false })
  })

  test('a value can be sent as it was read, has_more and all', async () => {
    const page = row()
    await write(page, { Project: { type: 'relation', relation: [{ id: APOLLO }, { id: APOLLO }], has_more: false } })
    expect(await related(page, 'Project')).toEqual([APOLLO])
  })

  test('a page of elsewhere, one that is missing, and what is no id are refused', async () => {
    const page = row()
    const attempt = (id: string) => refused(write(page, { Project: { relation: [{ id }] } }))
    expect((await attempt(page)).status).toBe(400)
    expect((await attempt(ADA)).status).toBe(404)
    expect((await attempt('Apollo')).message).toBe(
      wrong('Project.relation[0].id should be a valid uuid, instead was `"Apollo"`'),
    )
    notion.unshare(APOLLO)
    expect((await attempt(APOLLO)).status).toBe(404)
  })

  test('the schema of a dual relation names the other side, that of a single one does not', async () => {
    const { Project, Next } = await schema()
    const { Tasks } = await schema(PROJECTS)
    expect(Project?.relation).toEqual({
      database_id: PROJECTS_DATABASE,
      data_source_id: PROJECTS,
      type: 'dual_property',
      dual_property: { synced_property_name: 'Tasks', synced_property_id: Tasks?.id },
    })
    expect(Tasks?.relation).toMatchObject({
      data_source_id: source,
      dual_property: { synced_property_name: 'Project', synced_property_id: Project?.id },
    })
    expect(Next?.relation).toEqual({
      database_id: notion.databaseId,
      data_source_id: source,
      type: 'single_property',
      single_property: {},
    })
  })

  test('the other side of a dual relation follows writes, edits, copies, moves and comes back when emptied', async () => {
    const page = row({ Project: ['Apollo'] })
    expect(await related(APOLLO, 'Tasks')).toEqual([page])
    await write(page, { Project: { relation: [{ id: GEMINI }] } })
    expect([await related(APOLLO, 'Tasks'), await related(GEMINI, 'Tasks')]).toEqual([[], [page]])
    const other = row()
    await write(GEMINI, { Tasks: { relation: [{ id: other }] } })
    expect([await related(page, 'Project'), await related(other, 'Project')]).toEqual([[], [GEMINI]])
    const copy = notion.duplicate(other)
    expect(await related(GEMINI, 'Tasks')).toEqual([other, copy])
    notion.move(copy, PROJECTS)
    expect(await related(GEMINI, 'Tasks')).toEqual([other])
    await write(GEMINI, { Tasks: { relation: [] } })
    expect(await related(other, 'Project')).toEqual([])
  })

  test('a page relates to others of its data source, and to itself', async () => {
    const [one, two] = [row({ Name: 'one' }), row({ Name: 'two' })]
    await write(one, { Parent: { relation: [{ id: two }, { id: one }] }, Next: { relation: [{ id: one }] } })
    expect(await related(one, 'Parent')).toEqual([two, one])
    expect([await related(two, 'Children'), await related(one, 'Children')]).toEqual([[one], [one]])
    expect(await related(one, 'Next')).toEqual([one])
  })

  test('a client adds a relation of one side, or of two, whose other side is named for it', async () => {
    const properties = {
      Single: { relation: { data_source_id: PROJECTS, single_property: {} } },
      Dual: { type: 'relation', relation: { data_source_id: PROJECTS, type: 'dual_property', dual_property: {} } },
    }
    await send('patch', `data_sources/${source}`, { properties })
    const { Single, Dual } = await schema()
    expect(Single?.relation).toMatchObject({ type: 'single_property' })
    const name = 'Related to Tasks (Dual)'
    expect(Dual?.relation).toMatchObject({ dual_property: { synced_property_name: name } })
    notion.renameProperty(PROJECTS, name, 'Back')
    expect((await schema()).Dual?.relation).toMatchObject({ dual_property: { synced_property_name: 'Back' } })
    notion.dropProperty(PROJECTS, 'Back')
    expect((await schema()).Dual?.relation).toMatchObject({ type: 'single_property', single_property: {} })
    const missing = { X: { relation: { data_source_id: APOLLO, single_property: {} } } }
    expect((await refused(send('patch', `data_sources/${source}`, { properties: missing }))).status).toBe(404)
  })

  test('a page in the trash stays in relations, or leaves them until it is restored; a purged one is gone', async () => {
    const page = row({ Project: ['Apollo', 'Gemini'] })
    notion.trash(APOLLO)
    expect(await related(page, 'Project')).toEqual([APOLLO, GEMINI])
    notion.settings.trashedInRelations = false
    expect(await related(page, 'Project')).toEqual([GEMINI])
    expect((await items(page, 'Project')).list).toHaveLength(1)
    notion.restore(APOLLO)
    expect(await related(page, 'Project')).toEqual([APOLLO, GEMINI])
    notion.purge(APOLLO)
    expect(await related(page, 'Project')).toEqual([GEMINI])
  })

  test.each([
    ['its data source', PROJECTS],
    ['its database', PROJECTS_DATABASE],
  ])('a relation reads as empty while %s is not shared, whether its column is listed or not', async (_, id) => {
    const page = row({ Project: ['Apollo'] })
    const empty = { relation: [], has_more: false }
    notion.unshare(id)
    expect((await schema()).Project).toBeUndefined()
    expect(await shown(page, 'Project')).toEqual(empty)
    for (const attempt of [
      () => client.dataSources.retrieve({ data_source_id: PROJECTS }),
      () => client.dataSources.query({ data_source_id: PROJECTS }),
      () => client.pages.retrieve({ page_id: APOLLO }),
      () => write(page, { Project: { relation: [{ id: APOLLO }] } }),
    ]) {
      expect((await refused(attempt())).status).toBe(404)
    }
    notion.unshare(id, 'listed')
    expect((await schema()).Project).toMatchObject({ type: 'relation', relation: { data_source_id: PROJECTS } })
    expect(await shown(page, 'Project')).toEqual(empty)
    expect((await items(page, 'Project')).list).toEqual([])
    expect(notion.value(page, 'Project')).toEqual([APOLLO])
    notion.share(id)
    expect(await related(page, 'Project')).toEqual([APOLLO])
  })

  test('a single page that is not shared is missing from a relation', async () => {
    const page = row({ Project: ['Apollo', 'Gemini'] })
    notion.unshare(APOLLO)
    expect(await related(page, 'Project')).toEqual([GEMINI])
  })
})

describe('verification, places and numbers of rows', () => {
  test('a page is verified by whom wrote it, until it expires or is taken back', async () => {
    const page = row()
    const date = { start: '2026-03-02T10:00:00Z', end: '2026-03-03T10:00:00Z' }
    await write(page, { Verified: { verification: { state: 'verified', date } } })
    const bot = (await client.users.me({})).id
    expect(await read(page, 'Verified')).toMatchObject({
      state: 'verified',
      date: { start: '2026-03-02T10:00:00.000+00:00', end: '2026-03-03T10:00:00.000+00:00', time_zone: null },
      verified_by: { id: bot },
    })
    const named = async (status: 'verified' | 'expired' | 'none') => {
      const filter = { property: 'Verified', verification: { status } }
      const { results } = await client.dataSources.query({ data_source_id: source, filter })
      return results.length
    }
    expect(await named('verified')).toBe(1)
    clock += 24 * HOUR
    expect(await read(page, 'Verified')).toMatchObject({ state: 'expired', verified_by: { id: bot } })
    expect([await named('verified'), await named('expired')]).toEqual([0, 1])
    await write(page, { Verified: { verification: { state: 'unverified' } } })
    expect(await read(page, 'Verified')).toEqual({ state: 'unverified', date: null, verified_by: null })
    expect(await named('none')).toBe(1)
    notion.edit(page, { Verified: 'verified' }, 'Ada')
    expect(await read(page, 'Verified')).toMatchObject({ state: 'verified', verified_by: { id: ADA } })
  })

  test.each([
    [
      'an unknown state',
      { state: 'expired' },
      'state should be `"verified"` or `"unverified"`, instead was `"expired"`',
    ],
    [
      'a date of what is not verified',
      { state: 'unverified', date: { start: '2026-03-02T10:00:00Z' } },
      'date should be not present',
    ],
    [
      'a day without a time',
      { state: 'verified', date: { start: '2026-03-02' } },
      'date.start should be a date with a time',
    ],
    ['nothing', null, 'verification should be an object, instead was `null`'],
  ])('%s is refused for a verification', async (_, verification, message) => {
    expect((await refused(write(row(), { Verified: { verification } }))).message).toContain(message)
  })

  test('a place comes back with all of its keys, and can be cleared', async () => {
    const page = row()
    await write(page, { Where: { place: { lat: 52.52, lon: 13.405, address: 'Berlin' } } })
    expect(await read(page, 'Where')).toEqual({
      lat: 52.52,
      lon: 13.405,
      name: null,
      address: 'Berlin',
      aws_place_id: null,
      google_place_id: null,
    })
    await write(page, { Where: { place: null } })
    expect(await read(page, 'Where')).toBeNull()
    expect((await refused(write(page, { Where: { place: { lat: 1 } } }))).message).toBe(
      wrong('Where.lon should be a number, instead was `undefined`').replace('Where.lon', 'Where.place.lon'),
    )
    expect((await refused(write(page, { Where: { place: { lat: 1, lon: 2, name: 3 } } }))).status).toBe(400)
  })

  test('rows are numbered on, under a prefix that an empty configuration keeps', async () => {
    const [one, two] = [row(), row()]
    expect([await read(one, 'ID'), await read(two, 'ID')]).toEqual([
      { prefix: 'TSK', number: 1 },
      { prefix: 'TSK', number: 2 },
    ])
    await send('patch', `data_sources/${source}`, { properties: { ID: { unique_id: { prefix: 'NEW' } } } })
    await send('patch', `data_sources/${source}`, { properties: { ID: { unique_id: {} } } })
    expect(await read(two, 'ID')).toEqual({ prefix: 'NEW', number: 2 })
  })
})
