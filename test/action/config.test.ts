/**
 * The mapping and the access to both services, as the built action meets them: what each key of mappings.yaml does, and
 * for everything that is wrong (in the file, in a token, in a scope) one clear message, exit code 1, and nothing written
 * anywhere. The many spellings of a broken file are in test/config.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { exampleAirtable, exampleNotion, MAPPINGS, specTitle } from '../../demo/example.ts'
import { startWorld, type World, type WorldOptions } from '../../demo/world.ts'
import type { Annotation } from '../../emulators/runner/commands.ts'
import type { RunOptions, RunResult } from '../../emulators/runner.ts'
import { startSynced } from './past.ts'

let world: World

/** The shipped mapping with pieces replaced; each must be there. */
function mapping(...replaced: [string, string][]): string {
  return replaced.reduce((text, [piece, replacement]) => {
    expect(text).toContain(piece)
    return text.replace(piece, () => replacement)
  }, MAPPINGS)
}

function forget(): void {
  for (const service of [world.notion, world.airtable, world.github]) service.calls.length = 0
}

/** Requests that would have changed something and were not refused, at any of the three services. */
function writes(): string[] {
  return [world.notion, world.airtable, world.github]
    .flatMap(service => service.calls)
    .filter(call => call.method !== 'GET' && !/\/(query|listRecords)$/.test(call.path))
    .filter(call => call.status >= 200 && call.status < 300)
    .map(call => `${call.method} ${call.path}`)
}

const errors = (run: RunResult): Annotation[] => run.annotations.filter(note => note.level === 'error')
const warnings = (run: RunResult): Annotation[] => run.annotations.filter(note => note.level === 'warning')

/**
 * A run that must be refused: step failed, in words, nothing written. Answers its annotations. Where a sync has run
 * before, or came as far as its first write, the failure may be recorded in the history; the pairs stay as they are.
 */
async function refused(options: Partial<RunOptions>, whileWriting = false): Promise<Annotation[]> {
  const before = await world.state()
  forget()
  const run = await world.run({ timeoutMs: 20_000, ...options })
  expect(run.exitCode).toBe(1)
  const mayRecord = before !== null || whileWriting
  expect(mayRecord ? writes().filter(line => !line.includes('/git/')) : writes()).toEqual([])
  expect((await world.state())?.pairs ?? []).toEqual(before?.pairs ?? [])
  expect(`${run.stdout}${run.stderr}`).not.toMatch(/^\s+at .*(\.[cm]?[jt]s|node:\S+):\d+/m)
  expect(run.log).not.toMatch(/ZodError|TypeError|\[object Object\]|undefined/)
  return errors(run)
}

/** One message, whose words are then looked at. */
async function refusedOnce(options: Partial<RunOptions> = {}, whileWriting = false): Promise<string> {
  const said = await refused(options, whileWriting)
  expect(said.map(note => note.message)).toHaveLength(1)
  return said[0]?.message ?? ''
}

const place = (text: string, piece: string): Partial<Annotation> => {
  expect(text).toContain(piece)
  const before = text.slice(0, text.indexOf(piece)).split('\n')
  return { file: 'mappings.yaml', line: before.length, col: (before.at(-1) ?? '').length + 1 }
}

describe('a mapping that is wrong in itself', () => {
  beforeAll(async () => {
    world = await startWorld({ specs: 2 })
  })
  afterAll(() => world.close())

  async function offline(text: string, env: Record<string, string> = {}): Promise<Annotation[]> {
    return refused({ workspace: { 'mappings.yaml': text }, env })
  }

  it.each([
    ['an unknown key', 'create: airtable', 'craete: airtable', 'craete', /"craete".*"create"/],
    ['a wrong type', 'table: Delivery Tracker', 'table: [Delivery]', '[Delivery]', /"table".*string/],
    ['a word that is none of the few', 'owner: notion }', 'owner: notoin }', 'notoin', /"owner".*"notion"/],
    ['a wrong number', 'max_deletions: 10', 'max_deletions: -1', '-1', /max_deletions/],
    ['a base that is none', `\${AIRTABLE_BASE_ID}`, 'tblAAAAAAAAAAAAAA', 'tblAAAAAAAAAAAAAA', /"base".*app/],
    ['a database that is none', `\${NOTION_DATABASE_ID}`, 'Product Specs', 'Product Specs', /Product Specs/],
    ['a name that is not allowed', 'product-specs:', 'Product Specs:', 'Product Specs:', /"Product Specs"/],
    ['a property mapped twice', 'notion: Blockers', 'notion: Sprint', 'Sprint,       airtable: B', /"Sprint".*twice/],
    ['a field mapped twice', 'airtable: Blockers', 'airtable: Sprint', 'Sprint,       owner', /"Sprint".*twice/],
    [
      'values that are not one to one',
      'airtable: Priority,       conflict: notion }',
      'airtable: Priority, values: { P0: High, P1: High } }',
      '{ P0',
      /one to one.*"High"/,
    ],
    ['a variable that is not set', 'table: Delivery Tracker', `table: \${MY_TABLE}`, `\${MY_TABLE}`, /\bMY_TABLE\b/],
  ])('%s is told at its place', async (_, piece, replacement, at, words) => {
    const text = mapping([piece, replacement])
    const said = await offline(text)
    expect(said).toMatchObject([{ ...place(text, at), message: expect.stringMatching(words) }])
  })

  it('a variable that is set to nothing is named too', async () => {
    const said = await offline(MAPPINGS, { AIRTABLE_BASE_ID: '', NOTION_DATABASE_ID: '' })
    expect(said).toMatchObject([
      { message: expect.stringContaining('NOTION_DATABASE_ID'), ...place(MAPPINGS, `\${NOTION`) },
      { message: expect.stringContaining('AIRTABLE_BASE_ID'), ...place(MAPPINGS, `\${AIRTABLE`) },
    ])
  })

  it('everything that is wrong is told in one run, each at its own line', async () => {
    const text = mapping(
      ['version: 1', 'version: 2'],
      [`\${AIRTABLE_BASE_ID}`, `\${NOT_SET}`],
      ['page_id_field', 'page_id_feild'],
      ['create: airtable', 'create: everywhere'],
      ['page: archive', 'page: burn'],
      ['conflict: newest', 'conflict: oldest'],
      ['owner: notion }', 'onwer: notion }'],
      ['airtable: Blockers', 'airtable: Sprint'],
    )
    const said = await offline(text)
    const wanted = [
      'version',
      'NOT_SET',
      'page_id_feild',
      'everywhere',
      'burn',
      'oldest',
      'onwer',
      'Sprint,       owner',
    ]
    const lines = wanted.map(piece => place(text, piece).line)
    expect(said.map(note => note.line)).toEqual(expect.arrayContaining(lines))
    expect(said.every(note => note.file === 'mappings.yaml' && (note.col ?? 0) > 0)).toBe(true)
  })

  it('what GitHub does not show beside the file, since it shows ten, stands in the log with its place', async () => {
    const unknown = Array.from({ length: 14 }, (_, index) => `    wrong_${index}: 1`)
    const text = mapping(['    match: Name', unknown.join('\n')])
    forget()
    const run = await world.run({ workspace: { 'mappings.yaml': text } })
    expect(errors(run)).toHaveLength(10)
    for (let index = 0; index < 14; index += 1) {
      expect(run.log).toContain(`wrong_${index}"`)
      expect(run.log).toContain(`mappings.yaml:${place(text, `wrong_${index}:`).line}:5`)
    }
  })

  it.each([
    ['keys that stand twice', mapping(['create: airtable', 'create: airtable\n    create: none'])],
    ['an open bracket', mapping(['owner: notion }', 'owner: notion'])],
    ['nothing', ''],
    ['half a merge', mapping(['    match: Name', '<<<<<<< HEAD\n    match: Name\n=======\n>>>>>>> theirs'])],
    ['a page of HTML', '<!doctype html><html><body>Not Found</body></html>'],
    ['__proto__', mapping(['    match: Name', '    __proto__: { match: Name }'])],
    ['constructor', mapping(['    match: Name', '    constructor: { prototype: { match: Name } }'])],
    ['open brackets only', '['.repeat(20_000)],
    ['bytes', '\u0000\u0001\uFFFD\uFFFD'],
    ['a billion words in ten lines', `${bomb()}\n${MAPPINGS}`],
    ['ten megabytes', `${MAPPINGS}# ${'x'.repeat(10_000_000)}\n`],
    ['a million lines', `${MAPPINGS}${'#\n'.repeat(1_000_000)}`],
    ['an alias of itself', mapping(['filter: { property', 'filter: &f { and: [ *f ], property'])],
  ])('a file that holds %s is refused in words, with a place in it', async (_, text) => {
    const said = await offline(text)
    expect(said.length).toBeGreaterThan(0)
    for (const note of said) expect(note).toMatchObject({ file: 'mappings.yaml', line: expect.any(Number) })
  })
})

/** Lists of lists of lists, ten at each level. */
function bomb(): string {
  const line = (level: number) =>
    `x${level}: &x${level} [${Array.from({ length: 10 }, () => (level === 0 ? 'lol' : `*x${level - 1}`)).join(',')}]`
  return Array.from({ length: 10 }, (_, level) => line(level)).join('\n')
}

describe('a mapping that does not fit the services', () => {
  beforeAll(async () => {
    const notion = exampleNotion(2)
    const airtable = exampleAirtable()
    const properties = notion.databases[0]?.properties
    if (properties !== undefined) properties.Total = { type: 'formula' }
    airtable.bases[0]?.tables[0]?.fields.push(
      { name: 'Score', type: 'formula' },
      { name: 'Press', type: 'button' },
      { name: 'Points', type: 'number' },
    )
    world = await startWorld({ notion, airtable })
  })
  afterAll(() => world.close())

  it.each([
    [
      'a property that is not there',
      'notion: Blockers',
      'notion: Blokcers',
      'Blokcers',
      /Notion.*"Blokcers".*"Blockers"/,
    ],
    [
      'a field that is not there',
      'airtable: Ship Date',
      'airtable: Ship date',
      'Ship date',
      /Airtable.*"Ship date".*"Ship Date"/,
    ],
    ['a page ID field that is not there', 'Notion Page ID', 'Page ID', 'Page ID', /"Page ID"/],
    ['a page ID field that holds no text', 'Notion Page ID', 'Points', 'Points', /"Points".*number/],
    [
      'a time stamp that is none',
      'last_synced_field: Last Synced',
      'last_synced_field: Points',
      'Points',
      /"Points".*number/,
    ],
    ['a match that is not mapped', 'match: Name', 'match: Naem', 'Naem', /"Naem".*"Name"/],
    [
      'an archive value for what is not mapped',
      'airtable: { Status:',
      'airtable: { Stauts:',
      'Stauts',
      /"Stauts".*"Status"/,
    ],
    [
      'a formula of Airtable as the target',
      'notion: Sprint,         airtable: Sprint,         owner: airtable',
      'notion: Sprint,         airtable: Score,          owner: notion',
      'notion }\n      - { notion: Ship',
      /"Score".*formula/,
    ],
    [
      'a formula of Notion as the target',
      'notion: Sprint,         airtable: Sprint,         owner: airtable',
      'notion: Total,          airtable: Sprint,         owner: both',
      'both }',
      /"Total".*formula/,
    ],
    [
      'the page’s own address as the target',
      'notion: $url,           airtable: Notion URL,     owner: notion',
      'notion: $url,           airtable: Notion URL,     owner: airtable',
      'airtable }\n      - { notion: Sprint',
      /\$url/,
    ],
    [
      'a type that cannot be mapped',
      'airtable: Sprint,',
      'airtable: Press,',
      'Sprint,         airtable: P',
      /"Press".*button/,
    ],
  ])('%s is told at its place', async (_, piece, replacement, at, words) => {
    const text = mapping([piece, replacement])
    const said = await refused({ workspace: { 'mappings.yaml': text } })
    const { file, line } = place(text, at)
    expect(said).toMatchObject([{ file, line, message: expect.stringMatching(words) }])
  })

  it('all of it is told in one run, on both sides', async () => {
    const text = mapping(
      ['notion: Name,', 'notion: Nmae,'],
      ['airtable: Priority,', 'airtable: Prioirty,'],
      ['airtable: Sprint,         owner: airtable', 'airtable: Score, owner: both'],
      ['Notion Page ID', 'Page Id'],
      ['match: Name', 'match: Blockers2'],
    )
    const said = await refused({ workspace: { 'mappings.yaml': text } })
    const wanted = ['Nmae', 'Prioirty', 'Score', 'Page Id', 'Blockers2'].map(piece => place(text, piece).line ?? 0)
    expect(said.map(note => note.line ?? 0).sort((a, b) => a - b)).toEqual(wanted.sort((a, b) => a - b))
  })

  it('what is wrong in itself is told with it, each at its own line', async () => {
    const text = mapping(
      ['create: airtable', 'craete: airtable'],
      ['conflict: airtable }', 'conflict: airtabel }'],
      ['airtable: Owner,          owner: notion }', 'airtable: Owner, onwer: notion }'],
      ['notion: Blockers', 'notion: Blokcers'],
      ['page_id_field: Notion Page ID', 'page_id_field: Page Id'],
      ['airtable: Ship Date', 'airtable: Ship Dtae'],
    )
    const run = await world.run({ workspace: { 'mappings.yaml': text } })
    const wanted = [
      ['Page Id', 'Page Id'],
      ['craete', '"create"'],
      ['airtabel', '"airtable"'],
      ['onwer', '"owner"'],
      ['Ship Dtae', '"Ship Date"'],
      ['Blokcers', '"Blockers"'],
    ] as const
    const said = errors(run).map(note => [note.line ?? 0, note.message] as const)
    expect(said.map(([line]) => line)).toEqual(wanted.map(([piece]) => place(text, piece).line))
    for (const [index, [, word]] of wanted.entries()) expect(said[index]?.[1]).toContain(word)
    for (const [, word] of wanted) expect(run.summary).toContain(word.replaceAll('"', ''))
    expect(run.outputs).toMatchObject({ changed: 'false', created: '0' })
  })

  it.each([
    [
      'a table',
      'table: Delivery Tracker',
      'table: Delivery Tracking',
      /"Delivery Tracking"; did you mean "Delivery Tr/,
    ],
    [
      'a view',
      'page_id_field:',
      'view: Gird view\n      page_id_field:',
      /no view "Gird view"; did you mean "Grid view"/,
    ],
    ['a formula', 'page_id_field:', 'filter: "{Sprnt} = 1"\n      page_id_field:', /filter is refused.*sprnt/i],
    ['a database', `\${NOTION_DATABASE_ID}`, '0123456789abcdef0123456789abcdef', /no database.*01234567/],
    ['a base', `\${AIRTABLE_BASE_ID}`, 'appAAAAAAAAAAAAAA', /appAAAAAAAAAAAAAA/],
  ])('%s that is not there, or not taken, is told at its line', async (_, piece, replacement, words) => {
    const text = mapping([piece, replacement])
    const said = await refused({ workspace: { 'mappings.yaml': text } })
    const at = replacement.split('\n')[0] ?? ''
    const { file, line } = place(text, at)
    expect(said).toMatchObject([{ file, line, message: expect.stringMatching(words) }])
  })

  it('of a wrong database and a wrong table both are told', async () => {
    const text = mapping(
      [`\${NOTION_DATABASE_ID}`, '0123456789abcdef0123456789abcdef'],
      ['Delivery Tracker', 'Delivery'],
    )
    expect(await refused({ workspace: { 'mappings.yaml': text } })).toHaveLength(2)
  })

  it('a computed field without an owner is owned by its side', async () => {
    const text = mapping(
      ['airtable: Sprint,         owner: airtable', 'airtable: Score'],
      ['notion: Blockers,       airtable: Blockers,       owner: airtable', 'notion: Total, airtable: Blockers'],
    )
    const run = await world.run({ workspace: { 'mappings.yaml': text }, inputs: { mode: 'plan' } })
    expect([run.exitCode, errors(run)]).toEqual([0, []])
  })
})

describe('access that is missing', () => {
  afterEach(() => world.close())
  const start = async (options: WorldOptions = {}): Promise<void> => {
    world = await startWorld({ specs: 2, ...options })
  }
  const synced = async (): Promise<void> => {
    world = await startSynced({ specs: 2 })
  }
  const withScopes = (...scopes: string[]): WorldOptions => ({ airtable: { ...exampleAirtable(), scopes } })

  it('tokens that were left out are both named, with where to get them; nothing is asked', async () => {
    await start()
    const said = await refused({ inputs: { 'notion-token': '', 'airtable-token': '' } })
    expect(said.map(note => note.message)).toEqual([
      expect.stringMatching(/notion-token.*notion\.so/),
      expect.stringMatching(/airtable-token.*airtable\.com/),
    ])
    expect([...world.notion.calls, ...world.airtable.calls]).toEqual([])
  })

  it.each([
    ['notion-token', /Notion.*notion-token/],
    ['airtable-token', /Airtable.*airtable-token/],
    ['github-token', /GitHub.*github-token/],
  ])('a %s that is not valid is named', async (input, words) => {
    await start()
    expect(await refusedOnce({ inputs: { [input]: 'not-the-one' } })).toMatch(words)
  })

  it('a token that was revoked between two runs is named, and the state stays as it was', async () => {
    await synced()
    world.airtable.revokeToken()
    expect(await refusedOnce()).toMatch(/airtable-token/)
  })

  it.each([
    ['data.records:read', ['data.records:write', 'schema.bases:read']],
    ['data.records:write', ['data.records:read', 'schema.bases:read']],
    ['schema.bases:read', ['data.records:read', 'data.records:write']],
  ])('an Airtable token without %s: the scope is named, and no record is blamed for it', async (scope, rest) => {
    await start(withScopes(...rest))
    const message = await refusedOnce({}, scope === 'data.records:write')
    expect(message).toContain(scope)
    expect(message).toContain('airtable.com/create/tokens')
    expect(world.airtable.records()).toEqual([])
    expect(await world.github.issues('all')).toEqual([])
  })

  it('a token that loses its write scope later: the same, and the edit is there in the next run that may write', async () => {
    await synced()
    world.notion.edit(world.page(specTitle(0)), { 'Target Quarter': '2027 Q2' })
    const snapshot = world.airtable.snapshot()
    await world.airtable.restoreSnapshot({
      ...snapshot,
      state: { ...snapshot.state, scopes: ['data.records:read', 'schema.bases:read'] },
    })
    expect(await refusedOnce()).toContain('data.records:write')
    await world.airtable.restoreSnapshot(snapshot)
    expect((await world.run()).outputs['updated-airtable']).toBe('1')
    expect(world.airtable.value(world.row(specTitle(0)), 'Target Quarter')).toBe('2027 Q2')
  })

  it('a Notion database that is not shared with the integration: says how to share it', async () => {
    await start()
    world.notion.unshare(world.notion.databaseId)
    expect(await refusedOnce()).toMatch(/Notion.*[Cc]onnections/)
  })

  it('a database that was shared and is not any more: the same, and its rows stay', async () => {
    await synced()
    world.notion.unshare(world.notion.databaseId)
    world.notion.unshare(world.notion.dataSourceId)
    expect(await refusedOnce()).toMatch(/Notion.*[Cc]onnections/)
    expect(world.airtable.records()).toHaveLength(2)
  })

  it('a Notion ID that nothing has: says so, with the ID', async () => {
    await start()
    const id = '99999999-9999-4999-8999-999999999999'
    expect(await refusedOnce({ env: { NOTION_DATABASE_ID: id } })).toContain(id)
  })

  it('a database in the trash is not taken for an empty one', async () => {
    await synced()
    world.notion.trash(world.notion.dataSourceId)
    expect(await refusedOnce()).toMatch(/trash/)
    expect(world.airtable.records()).toHaveLength(2)
  })

  it.each([
    ['that the token does not see', 'appZZZZZZZZZZZZZZ'],
    ['whose ID is cut off', 'appO1'],
  ])('a base %s: named, with what to check', async (_, base) => {
    await start()
    const message = await refusedOnce({ env: { AIRTABLE_BASE_ID: base } })
    expect(message).toContain(base)
    expect(message).toMatch(/token.*access/)
  })

  it('a base that the token lost: the same, and no page is touched', async () => {
    await synced()
    world.airtable.dropBase()
    expect(await refusedOnce()).toContain(world.airtable.baseId)
  })

  it('a table that is not there: named, with those that are', async () => {
    await start()
    const text = mapping(['table: Delivery Tracker', 'table: Delivery Tracking'])
    const message = await refusedOnce({ workspace: { 'mappings.yaml': text } })
    expect(message).toMatch(/"Delivery Tracking".*"Delivery Tracker"/)
  })

  it('an integration that may not read: says which capability', async () => {
    await start()
    world.notion.settings.capabilities.read = false
    expect(await refusedOnce()).toMatch(/Notion.*capabilit.*read/)
  })

  it('one that may not update: says which, blames no record, and the edit flows once it may', async () => {
    await synced()
    world.notion.settings.capabilities.update = false
    world.airtable.edit(world.row(specTitle(0)), { Sprint: 'S1' })
    expect(await refusedOnce()).toMatch(/Notion.*capabilit.*update/)
    expect(await world.github.issues('all')).toEqual([])
    world.notion.settings.capabilities.update = true
    expect((await world.run()).outputs['updated-notion']).toBe('1')
    expect(world.notion.value(world.page(specTitle(0)), 'Sprint')).toBe('S1')
  })

  it('a workflow token that may only read: says which permission, before anything is written', async () => {
    await start({ github: { permissions: { contents: 'read', issues: 'write', pull_requests: 'write' } } })
    expect(await refusedOnce()).toMatch(/contents: write/)
    expect(world.airtable.records()).toEqual([])
  })

  it.each<[string, () => void, Record<string, string>]>([
    ['both tokens are wrong', () => {}, { 'notion-token': 'ntn_wrong', 'airtable-token': 'pat_wrong' }],
    [
      'the database is not shared and the base not seen',
      () => {
        world.notion.unshare(world.notion.databaseId)
        world.notion.unshare(world.notion.dataSourceId)
        world.airtable.dropBase()
      },
      {},
    ],
    [
      'GitHub refuses the state and Notion the token',
      () => {
        const effect = { kind: 'answer', status: 403, body: { message: 'Forbidden' } } as const
        world.github.inject({ on: /state\.json$/, times: 100, effect })
      },
      { 'notion-token': 'ntn_wrong' },
    ],
    [
      'lists are refused on both sides',
      () => {
        const effect = { kind: 'answer', status: 401, body: { error: 'UNAUTHORIZED' } } as const
        world.notion.inject({ on: /\/query$/, times: 100, effect })
        world.airtable.inject({ on: /^GET \/v0\/app/, times: 100, effect })
      },
      {},
    ],
  ])('where %s, the run still ends in order, on a first run and later', async (_, happens, inputs) => {
    for (const before of ['nothing', 'a run']) {
      await start()
      if (before === 'a run') await world.run()
      happens()
      forget()
      const run = await world.run({ inputs })
      expect([run.exitCode, run.outputs.created]).toEqual([1, '0'])
      expect(errors(run).length).toBeGreaterThan(0)
      expect(run.stdout + run.stderr).not.toMatch(/^\s+at .*(\.[cm]?[jt]s|node:\S+):\d+/m)
      expect(writes().filter(line => !line.includes('/git/'))).toEqual([])
      if (before === 'nothing') await world.close()
    }
  })

  it('a plan needs no right to write anywhere', async () => {
    await start({
      ...withScopes('data.records:read', 'schema.bases:read'),
      github: { permissions: { contents: 'read' } },
    })
    world.notion.settings.capabilities = { read: true, update: false, insert: false }
    const run = await world.run({ inputs: { mode: 'plan' } })
    expect([run.exitCode, errors(run)]).toEqual([0, []])
  })
})

describe('tokens', () => {
  afterEach(() => world.close())
  const TOKENS = ['ntn_example', 'pat_example', 'ghs_test']
  const tokensIn = (text: string): string[] => TOKENS.filter(token => text.includes(token))

  /** Everything that outlasts the run, where GitHub hides nothing. */
  async function kept(): Promise<string> {
    const issues = await world.github.issues('all')
    const comments = await Promise.all(issues.map(issue => world.github.comments(issue.number)))
    return JSON.stringify([await world.github.files(), await world.github.commits(), issues, comments])
  }

  it('are hidden from the first line on, and stand in nothing that the action prints or keeps', async () => {
    world = await startWorld({ specs: 2 })
    const runs = [await world.run()]
    world.airtable.duplicate(world.row(specTitle(0)))
    runs.push(await world.run(), await world.run({ inputs: { mode: 'plan' } }))
    world.airtable.revokeToken()
    runs.push(await world.run(), await world.run({ inputs: { mode: 'x' } }))
    for (const run of runs) {
      expect(run.masks).toEqual(expect.arrayContaining(TOKENS))
      const printed = run.stdout.split('\n').filter(line => !line.startsWith('::add-mask::'))
      expect(tokensIn(`${printed.join('\n')}${run.stderr}${run.summary}`)).toEqual([])
    }
    expect(tokensIn(await kept())).toEqual([])
  })

  it('that a service echoes in its refusal are not kept', async () => {
    world = await startWorld({ specs: 1 })
    const message = 'The value for Authorization: Bearer pat_example is refused by policy'
    const body = { error: { type: 'INVALID_VALUE_FOR_COLUMN', message } }
    world.airtable.inject({ on: /^PATCH /, times: 1000, effect: { kind: 'answer', status: 422, body } })
    const run = await world.run({ timeoutMs: 20_000 })
    expect(run.exitCode).toBe(0)
    expect(run.outputs.problems).not.toBe('0')
    expect(tokensIn(await kept())).toEqual([])
    expect(tokensIn(run.log + run.summary)).toEqual([])
  })

  it('that somebody wrote into the mapping by mistake are not shown', async () => {
    world = await startWorld({ specs: 1 })
    const text = mapping(
      ['table: Delivery Tracker', 'table: pat_example'],
      ['airtable: Sprint,', 'airtable: ntn_example,'],
    )
    for (const piece of [text, mapping(['owner: notion }', 'owner: ntn_example }'])]) {
      const run = await world.run({ workspace: { 'mappings.yaml': piece } })
      expect(run.exitCode).toBe(1)
      expect(tokensIn(run.log + run.summary)).toEqual([])
    }
    expect(tokensIn(await kept())).toEqual([])
  })
})

describe('what the keys of a sync do', () => {
  afterEach(() => world.close())
  const first = specTitle(0)
  const second = specTitle(1)
  /** Starts the example with pieces of its mapping replaced, and makes the first run. */
  async function synced(specs: number, ...replaced: [string, string][]): Promise<RunResult> {
    world = await startWorld({ specs, mappings: mapping(...replaced) })
    const run = await world.run()
    expect([run.exitCode, errors(run)]).toEqual([0, []])
    return run
  }
  const cell = (title: string, field: string) => world.airtable.value(world.row(title), field)
  const value = (title: string, property: string) => world.notion.value(world.page(title), property)

  it('database: an ID with or without dashes, of the database or its data source, or an address', async () => {
    world = await startWorld({ specs: 1 })
    const plain = world.notion.databaseId.replaceAll('-', '')
    for (const database of [
      world.notion.databaseId,
      plain,
      plain.toUpperCase(),
      world.notion.dataSourceId,
      `https://www.notion.so/acme/Product-Specs-${plain}?v=0123456789abcdef0123456789abcdef`,
      `https://app.notion.com/p/${plain}`,
    ]) {
      const run = await world.run({ inputs: { mode: 'plan' }, env: { NOTION_DATABASE_ID: database } })
      expect([database, run.exitCode, run.summary.includes(first)]).toEqual([database, 0, true])
    }
  })

  it('notion.filter: a page outside it gets no row until it comes in', async () => {
    await synced(1)
    const draft = world.notion.addPage(world.notion.dataSourceId, { Name: 'An idea', Status: 'Draft' })
    expect((await world.run()).outputs).toMatchObject({ created: '0', changed: 'false' })
    world.notion.edit(draft, { Status: 'Planned' })
    expect((await world.run()).outputs.created).toBe('1')
    expect(cell('An idea', 'Status')).toBe('Planned')
  })

  it.each([
    ['view', 'view: Active'],
    ['filter', `filter: "NOT({Sprint} = 'Icebox')"`],
  ])('airtable.%s: a row that leaves it rests untouched, and takes up what it missed', async (_, line) => {
    const airtable = exampleAirtable()
    const [table] = airtable.bases[0]?.tables ?? []
    if (table !== undefined) table.views = [{ name: 'Active', filter: `NOT({Sprint} = 'Icebox')` }]
    const mappings = mapping(['      page_id_field', `      ${line}\n      page_id_field`])
    world = await startWorld({ specs: 2, airtable, mappings })
    await world.run()
    world.airtable.edit(world.row(first), { Sprint: 'Icebox' })
    world.notion.edit(world.page(first), { 'Target Quarter': '2027 Q2' })
    const rested = await world.run()
    expect(rested.outputs).toMatchObject({ created: '0', deleted: '0', 'updated-airtable': '0', 'updated-notion': '0' })
    expect(world.airtable.records()).toHaveLength(2)
    expect(cell(first, 'Target Quarter')).toBe('2026 Q4')
    world.airtable.edit(world.row(first), { Sprint: 'S1' })
    await world.run()
    expect(cell(first, 'Target Quarter')).toBe('2027 Q2')
    expect(value(first, 'Sprint')).toBe('S1')
  })

  it('table and columns may be named by their IDs', async () => {
    world = await startWorld({ specs: 1 })
    const ids = mapping(
      ['table: Delivery Tracker', `table: ${world.airtable.tableId}`],
      ['page_id_field: Notion Page ID', `page_id_field: ${world.airtable.fieldId('Notion Page ID')}`],
      ['last_synced_field: Last Synced', `last_synced_field: ${world.airtable.fieldId('Last Synced')}`],
      ['notion: Name,', 'notion: title,'],
      ['match: Name', 'match: title'],
      ['airtable: Spec Name,', `airtable: ${world.airtable.fieldId('Spec Name')},`],
    )
    const run = await world.run({ workspace: { 'mappings.yaml': ids } })
    expect([errors(run), run.outputs.created]).toEqual([[], '1'])
    expect(world.airtable.records()[0]?.fields).toMatchObject({ 'Spec Name': first, 'Last Synced': expect.anything() })
  })

  it('page_id_field and last_synced_field: the page’s ID once, and the time with each change to the row, never alone', async () => {
    await synced(2)
    expect(cell(first, 'Notion Page ID')).toBe(world.page(first))
    expect(cell(first, 'Last Synced')).toBe('2026-11-20T09:00:00.000Z')
    world.setClock('2026-11-20T10:30:05Z')
    world.airtable.edit(world.row(first), { Sprint: 'S1' })
    world.notion.edit(world.page(second), { 'Target Quarter': '2027 Q2' })
    await world.run()
    expect(value(first, 'Sprint')).toBe('S1')
    expect(cell(first, 'Last Synced')).toBe('2026-11-20T09:00:00.000Z')
    expect(cell(second, 'Last Synced')).toBe('2026-11-20T10:30:00.000Z')
    world.setClock('2026-11-20T11:00:05Z')
    await world.run()
    expect(cell(second, 'Last Synced')).toBe('2026-11-20T10:30:00.000Z')
  })

  it('last_synced_field may be left out', async () => {
    await synced(1, ['      last_synced_field: Last Synced\n', ''])
    expect(cell(first, 'Last Synced')).toBeNull()
  })

  it('requests_per_second: no more requests than that start in any second', async () => {
    await synced(15, ['      page_id_field', '      requests_per_second: 2\n      page_id_field'])
    const times = world.airtable.calls.map(call => call.at)
    expect(times).toHaveLength(4)
    for (const [index, at] of times.slice(2).entries()) expect(at - (times[index] ?? 0)).toBeGreaterThan(800)
  })

  it('match: rows that exist are linked by that field, and only rows that are alone with their value', async () => {
    world = await startWorld({ specs: 2, mappings: mapping(['match: Name', 'match: Sprint']) })
    world.notion.edit(world.page(first), { Sprint: 'S-1' })
    const row = world.airtable.add({ 'Spec Name': 'Another name', Sprint: ' s-1' })
    const run = await world.run()
    expect(run.outputs.created).toBe('1')
    expect(world.airtable.value(row, 'Notion Page ID')).toBe(world.page(first))
    expect(world.airtable.records()).toHaveLength(2)
  })

  it('create: none makes no twins, and still links and syncs what is there', async () => {
    world = await startWorld({ specs: 2, mappings: mapping(['create: airtable', 'create: none']) })
    const row = world.airtable.add({ 'Spec Name': first, Sprint: 'S1' })
    const run = await world.run()
    expect(run.outputs).toMatchObject({ created: '0', 'updated-notion': '1' })
    expect(world.airtable.records().map(record => record.id)).toEqual([row])
    expect(value(first, 'Sprint')).toBe('S1')
  })

  it('when_deleted and archive: what archiving writes is said there, for each side', async () => {
    await synced(
      2,
      ['row: restore', 'row: archive'],
      ['airtable: { Status: Archived }', 'airtable: { Priority: P3, Sprint: gone }'],
      ['notion: { Status: Archived }', 'notion: { Priority: P2 }'],
    )
    const row = world.row(first)
    const page = world.page(second)
    world.notion.trash(world.page(first))
    world.airtable.remove(world.row(second))
    await world.run()
    expect(world.airtable.record(row).fields).toMatchObject({ Priority: 'P3', Sprint: 'gone', Status: 'Planned' })
    expect(world.notion.value(page, 'Priority')).toBe('P2')
  })

  it('archive left out: Status = Archived where Status is mapped', async () => {
    await synced(2, [MAPPINGS.slice(MAPPINGS.indexOf('    archive:'), MAPPINGS.indexOf('    conflict:')), ''])
    const row = world.row(first)
    world.notion.trash(world.page(first))
    await world.run()
    expect(world.airtable.value(row, 'Status')).toBe('Archived')
  })

  it('archive left out and no Status mapped: the row is kept, and a warning says so', async () => {
    const run = await synced(
      2,
      [MAPPINGS.slice(MAPPINGS.indexOf('    archive:'), MAPPINGS.indexOf('    conflict:')), ''],
      ['      - { notion: Status,         airtable: Status,         conflict: airtable }\n', ''],
    )
    expect(warnings(run)).toHaveLength(1)
    expect(warnings(run)[0]).toMatchObject({ file: 'mappings.yaml', message: expect.stringMatching(/archive.*kept/) })
    const row = world.row(first)
    const before = world.airtable.record(row)
    world.notion.trash(world.page(first))
    await world.run()
    expect(world.airtable.record(row)).toEqual(before)
  })

  it('guards.max_deletions: a share counts of the pairs', async () => {
    await synced(4, ['max_deletions: 10', 'max_deletions: 50%'])
    const pages = [0, 1, 2].map(index => world.page(specTitle(index)))
    for (const page of pages) world.notion.trash(page)
    expect((await world.run()).exitCode).toBe(1)
    world.notion.restore(pages[0] ?? '')
    const run = await world.run()
    expect([run.exitCode, run.outputs['updated-airtable']]).toEqual([0, '2'])
  })

  it('conflict: the sync’s holds for the lines that have none of their own', async () => {
    await synced(
      1,
      ['    conflict: newest', '    conflict: notion'],
      ['airtable: Priority,       conflict: notion', 'airtable: Priority,       conflict: airtable'],
    )
    world.notion.edit(world.page(first), { Priority: 'P1', 'Target Quarter': '2027 Q1' })
    world.airtable.edit(world.row(first), { Priority: 'P2', 'Target Quarter': '2027 Q2' })
    expect((await world.run()).outputs).toMatchObject({
      conflicts: '0',
      'updated-notion': '1',
      'updated-airtable': '1',
    })
    expect([cell(first, 'Priority'), value(first, 'Priority')]).toEqual(['P2', 'P2'])
    expect([cell(first, 'Target Quarter'), value(first, 'Target Quarter')]).toEqual(['2027 Q1', '2027 Q1'])
  })

  it('values: option names that differ stand for each other in both directions, and none is made', async () => {
    const airtable = exampleAirtable()
    const names = ['Planned', 'Doing', 'Checking', 'Shipped', 'Archived']
    for (const field of airtable.bases[0]?.tables[0]?.fields ?? []) if (field.name === 'Status') field.choices = names
    const values = 'values: { In progress: Doing, In review: Checking }'
    const mappings = mapping(['airtable: Status,         conflict: airtable', `airtable: Status, ${values}`])
    world = await startWorld({ specs: 3, airtable, mappings })
    await world.run()
    expect([0, 1, 2].map(index => cell(specTitle(index), 'Status'))).toEqual(['Planned', 'Doing', 'Checking'])
    world.airtable.edit(world.row(first), { Status: 'Checking' })
    world.notion.edit(world.page(second), { Status: 'Shipped' })
    await world.run()
    expect(value(first, 'Status')).toBe('In review')
    expect(cell(second, 'Status')).toBe('Shipped')
    const made = await fetch(`${world.airtable.url}/v0/meta/bases/${world.airtable.baseId}/tables`, {
      headers: { authorization: 'Bearer pat_example' },
    })
    const { tables } = (await made.json()) as {
      tables: { fields: { name: string; options?: { choices?: { name: string }[] } }[] }[]
    }
    const status = tables[0]?.fields.find(field => field.name === 'Status')
    const shown = (status?.options?.choices ?? []).map(choice => choice.name)
    expect(shown).toEqual(names)
  })

  it('an option may have a name that every JavaScript object has', async () => {
    world = await startWorld({ specs: 1 })
    for (const name of ['constructor', '__proto__', 'toString']) {
      world.notion.edit(world.page(first), { 'Target Quarter': name })
      expect((await world.run()).exitCode).toBe(0)
      expect(cell(first, 'Target Quarter')).toBe(name)
    }
  })

  it('$url, $id and the times of the page and the row, and real names with a dollar sign', async () => {
    const time = { dateFormat: { name: 'iso' }, timeFormat: { name: '24hour' }, timeZone: 'utc' }
    const text = 'singleLineText'
    const lines = [
      ['Name', 'Name'],
      ['$url', 'Link'],
      ['$id', 'Key'],
      ['$created_time', 'Made'],
      ['$last_edited_time', 'Edited'],
      ['$$cost', 'Cost'],
      ['Row', '$record_id'],
      ['Row made', '$created_time'],
    ]
    world = await startWorld({
      notion: {
        token: 'ntn_example',
        databases: [
          {
            title: 'Specs',
            properties: {
              Name: { type: 'title' },
              $cost: { type: 'number' },
              Row: { type: 'rich_text' },
              'Row made': { type: 'date' },
            },
            pages: [{ properties: { Name: 'Search', $cost: 12 }, created: '2026-10-01T08:30:00Z' }],
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
                  { name: 'Name', type: text },
                  { name: 'Link', type: 'url' },
                  { name: 'Key', type: text },
                  { name: 'Made', type: 'dateTime', options: time },
                  { name: 'Edited', type: 'dateTime', options: time },
                  { name: 'Cost', type: 'number' },
                  { name: 'Page', type: text },
                ],
              },
            ],
          },
        ],
      },
      mappings: `version: 1
syncs:
  specs:
    notion: { database: "\${NOTION_DATABASE_ID}" }
    airtable: { base: "\${AIRTABLE_BASE_ID}", table: Tracker, page_id_field: Page }
    when_deleted: { page: keep }
    fields:
${lines.map(([notion, airtable]) => `      - { notion: ${notion}, airtable: ${airtable} }`).join('\n')}
`,
    })
    for (let turn = 0; turn < 3; turn += 1) expect((await world.run()).exitCode).toBe(0)
    const [page] = world.notion.pages(world.notion.dataSourceId)
    const [row] = world.airtable.records()
    expect(row?.fields).toMatchObject({
      Link: page?.url,
      Key: page?.id,
      Made: '2026-10-01T08:30:00.000Z',
      Edited: page?.last_edited_time,
      Cost: 12,
    })
    expect(world.notion.value(String(page?.id), 'Row')).toBe(row?.id)
    expect(String(world.notion.value(String(page?.id), 'Row made'))).toContain(row?.createdTime.slice(0, 16))
    expect((await world.run()).outputs.changed).toBe('false')
  })
})
