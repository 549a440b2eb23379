/**
 * Several syncs in one mapping: beside each other, on one data source, on one table, and fanned out over the jobs of a
 * matrix by the output `syncs`. Each goes by itself. The built action runs against the emulators.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { exampleAirtable, exampleNotion } from '../../demo/example.ts'
import { startWorld, type World, type WorldOptions } from '../../demo/world.ts'
import type { RunOptions, RunResult } from '../../emulators/runner.ts'
import { startSynced } from './past.ts'
import { run } from './steps.ts'

/** The mapping takes it from the environment. */
const SPECS = `\${NOTION_DATABASE_ID}`
const BUGS = '33333333-3333-4333-8333-333333333333'

type Sync = {
  database?: string
  filter?: string
  table?: string
  page?: string
  create?: string
  more?: string
  fields?: string[]
}

/** One sync of a mapping; what is left out is the example's. */
function sync(name: string, { database, filter, table, page, create, more, fields }: Sync = {}): string {
  return `  ${name}:
    notion:
      database: ${database ?? SPECS}
${filter === undefined ? '' : `      filter: ${filter}\n`}    airtable:
      base: \${AIRTABLE_BASE_ID}
      table: ${table ?? 'Delivery Tracker'}
      page_id_field: ${page ?? 'Notion Page ID'}
    create: ${create ?? 'airtable'}
    archive: { airtable: { Status: Archived } }
${more === undefined ? '' : `    ${more}\n`}    fields:
${['Name, airtable: Spec Name', 'Status, airtable: Status', 'Priority, airtable: Priority', ...(fields ?? [])]
  .map(line => `      - { notion: ${line} }\n`)
  .join('')}`
}

const mapping = (...syncs: string[]): string => `version: 1\nsyncs:\n${syncs.join('')}`

/** The example's base with a second table that is like the first, or with a second field for page IDs. */
function base({ tables = [], fields = [] }: { tables?: string[]; fields?: string[] }) {
  const seed = exampleAirtable()
  const [table] = seed.bases[0]?.tables ?? []
  if (table === undefined) throw new Error('the example has a table')
  table.fields.push(...fields.map(name => ({ name, type: 'singleLineText' })))
  seed.bases[0]?.tables.push(...tables.map(name => ({ name, fields: structuredClone(table.fields) })))
  return seed
}

/** The example's workspace with a second database. */
function workspaceWith(bugs: string[], specs = 2) {
  const seed = exampleNotion(specs)
  const properties = structuredClone(seed.databases[0]?.properties ?? {})
  const pages = bugs.map(name => ({ properties: { Name: name, Status: 'Planned', Priority: 'P1' } }))
  seed.databases.push({ title: 'Bugs', dataSourceId: BUGS, properties, pages })
  return seed
}

async function start(mappings: string, options: WorldOptions = {}): Promise<World> {
  const world = await startWorld({ specs: 2, mappings, ...options })
  onTestFinished(() => world.close())
  return world
}

/** The same after a first run. */
async function synced(mappings: string, options: WorldOptions = {}): Promise<World> {
  const world = await startSynced({ specs: 2, mappings, ...options })
  onTestFinished(() => world.close())
  return world
}

const writes = (world: World): number =>
  world.notion.calls.filter(({ method, path }) => method === 'PATCH' || path === '/v1/pages').length +
  world.airtable.calls.filter(({ method }) => method !== 'GET').length +
  world.github.writes().length

async function expectQuiet(world: World, options: Partial<RunOptions> = {}): Promise<void> {
  const before = writes(world)
  const { outputs, log } = await run(world, options)
  expect(outputs.changed, log).toBe('false')
  expect(writes(world), log).toBe(before)
}

const named = (world: World, name: string, table?: string) =>
  world.airtable.records(table).filter(({ fields }) => fields['Spec Name'] === name)
const rowCalled = (world: World, name: string, table?: string): string => {
  const [row, second] = named(world, name, table)
  expect([row !== undefined, second], name).toEqual([true, undefined])
  return row?.id ?? ''
}
const bugs = (world: World): string[] => world.notion.pages(BUGS).map(page => String(page.id))
const pairsOf = async (world: World, name: string): Promise<number> =>
  ((await world.state(name)).pairs as unknown[]).length

describe('two syncs on one data source', () => {
  it('with a table each, divided by their filters: a page that moves from one to the other rests here and is made there', async () => {
    const urgent = sync('urgent', { filter: '{ property: Priority, select: { equals: P0 } }' })
    const others = sync('others', {
      filter: '{ property: Priority, select: { does_not_equal: P0 } }',
      table: 'Backlog',
    })
    const world = await start(mapping(urgent, others), { specs: 5, airtable: base({ tables: ['Backlog'] }) })
    await run(world)
    expect(world.airtable.records().map(({ fields }) => fields.Priority)).toEqual(['P0', 'P0'])
    expect(world.airtable.records('Backlog').map(({ fields }) => fields.Priority)).toEqual(['P1', 'P2', 'P3'])
    const row = rowCalled(world, 'Search redesign')

    world.notion.edit(world.page('Search redesign'), { Priority: 'P2' })
    expect((await run(world)).outputs).toMatchObject({ created: '1', deleted: '0', problems: '0' })
    expect(world.airtable.value(row, 'Priority')).toBe('P0')
    expect(world.airtable.value(rowCalled(world, 'Search redesign', 'Backlog'), 'Priority')).toBe('P2')
    await expectQuiet(world)

    world.notion.edit(world.page('Search redesign'), { Priority: 'P0', Status: 'Shipped' })
    expect((await run(world)).outputs).toMatchObject({ created: '0', deleted: '0', problems: '0' })
    expect(world.airtable.record(row).fields).toMatchObject({ Priority: 'P0', Status: 'Shipped' })
    expect(world.airtable.value(rowCalled(world, 'Search redesign', 'Backlog'), 'Priority')).toBe('P2')
    await expectQuiet(world)
  })

  it('with a table each: an edit in one table goes through Notion into the other, and then it is quiet', async () => {
    const both = mapping(sync('here'), sync('there', { table: 'Copy' }))
    const world = await start(both, { airtable: base({ tables: ['Copy'] }) })
    expect((await run(world)).outputs.created).toBe('4')
    world.airtable.edit(rowCalled(world, 'Search redesign', 'Copy'), { Status: 'Shipped' })
    world.airtable.edit(rowCalled(world, 'Billing redesign'), { Priority: 'P3' })
    await run(world)
    await run(world)
    expect(world.notion.value(world.page('Search redesign'), 'Status')).toBe('Shipped')
    expect(world.airtable.value(rowCalled(world, 'Search redesign'), 'Status')).toBe('Shipped')
    expect(world.airtable.value(rowCalled(world, 'Billing redesign', 'Copy'), 'Priority')).toBe('P3')
    await expectQuiet(world)
  })

  it('with a table each, where one field was edited in both tables: the second sync sees a conflict, and nothing is lost in silence', async () => {
    const both = mapping(sync('here'), sync('there', { table: 'Copy', more: 'conflict: ask' }))
    const world = await start(both, { airtable: base({ tables: ['Copy'] }) })
    await run(world)
    world.airtable.edit(rowCalled(world, 'Search redesign'), { Status: 'Shipped' })
    world.airtable.edit(rowCalled(world, 'Search redesign', 'Copy'), { Status: 'In review' })
    expect((await run(world)).outputs.conflicts).toBe('1')
    expect(world.airtable.value(rowCalled(world, 'Search redesign', 'Copy'), 'Status')).toBe('In review')
    const [issue, second] = await world.github.issues('open')
    expect([issue?.title, second]).toEqual(['Sync conflicts: there', undefined])
    await expectQuiet(world)

    await world.github.tick(issue?.number ?? 0, 'Airtable')
    await run(world)
    await run(world)
    expect(world.notion.value(world.page('Search redesign'), 'Status')).toBe('In review')
    expect(world.airtable.value(rowCalled(world, 'Search redesign'), 'Status')).toBe('In review')
    await expectQuiet(world)
  })

  it('and on one table, with other fields: a row is made once, and made again once when it is deleted', async () => {
    const states = sync('states', { fields: ['Target Quarter, airtable: Target Quarter'] })
    const sprints = sync('sprints', { fields: ['Sprint, airtable: Sprint'] })
    const world = await start(mapping(states, sprints))
    expect((await run(world)).outputs).toMatchObject({ created: '2', problems: '0' })
    await expectQuiet(world)
    world.airtable.edit(rowCalled(world, 'Search redesign'), { Sprint: 'S1', 'Target Quarter': '2027 Q2' })
    await run(world)
    expect(world.notion.value(world.page('Search redesign'), 'Sprint')).toBe('S1')
    expect(world.notion.value(world.page('Search redesign'), 'Target Quarter')).toBe('2027 Q2')

    world.airtable.remove(rowCalled(world, 'Search redesign'))
    expect((await run(world)).outputs).toMatchObject({ created: '1', problems: '0' })
    await run(world)
    expect(world.airtable.record(rowCalled(world, 'Search redesign')).fields).toMatchObject({ Sprint: 'S1' })
    expect(world.airtable.records()).toHaveLength(2)
    await expectQuiet(world)

    world.notion.trash(world.page('Billing redesign'))
    await run(world)
    expect(world.airtable.value(rowCalled(world, 'Billing redesign'), 'Status')).toBe('Archived')
    await run(world)
    await expectQuiet(world)
  })
})

describe('two syncs on one table, with a data source each', () => {
  it('and one field for page IDs: neither takes the rows of the other for its own, for loose or for doubled', async () => {
    const world = await start(mapping(sync('specs', { create: 'both' }), sync('bugs', { database: BUGS })), {
      notion: workspaceWith(['Crash at start', 'Search redesign']),
    })

    expect((await run(world)).outputs).toMatchObject({ created: '4', problems: '0', conflicts: '0' })

    // A spec and a bug have the same name; each has a row of its own.
    expect(named(world, 'Search redesign')).toHaveLength(2)
    const pages = world.airtable.records().map(({ fields }) => fields['Notion Page ID'])
    expect(new Set(pages)).toEqual(
      new Set([world.page('Search redesign'), world.page('Billing redesign'), ...bugs(world)]),
    )
    expect([await pairsOf(world, 'specs'), await pairsOf(world, 'bugs')]).toEqual([2, 2])
    await expectQuiet(world)

    world.notion.edit(bugs(world)[0] ?? '', { Priority: 'P0' })
    world.notion.trash(world.page('Billing redesign'))
    world.airtable.remove(rowCalled(world, 'Crash at start'))
    expect((await run(world)).outputs).toMatchObject({ created: '1', problems: '0' })
    expect(world.airtable.value(rowCalled(world, 'Crash at start'), 'Priority')).toBe('P0')
    expect(world.airtable.value(rowCalled(world, 'Billing redesign'), 'Status')).toBe('Archived')
    expect(world.airtable.records()).toHaveLength(4)
    expect(bugs(world)).toHaveLength(2)
    await expectQuiet(world)
  })

  it('and one field for page IDs: a row that a person adds becomes one page, of the first sync that may make one', async () => {
    const world = await start(
      mapping(sync('specs', { create: 'both' }), sync('bugs', { database: BUGS, create: 'both' })),
      { notion: workspaceWith(['Crash at start'], 1) },
    )
    await run(world)
    const row = world.airtable.add({ 'Spec Name': 'Somebody’s idea', Status: 'Planned' })
    expect((await run(world)).outputs.created).toBe('1')
    expect(world.airtable.value(row, 'Notion Page ID')).toBe(world.page('Somebody’s idea'))
    expect(bugs(world)).toHaveLength(1)
    await expectQuiet(world)
  })

  it('and a field for page IDs each: one row can be the twin of a page in both', async () => {
    const world = await start(
      mapping(
        sync('specs', { create: 'none' }),
        sync('bugs', { database: BUGS, create: 'none', page: 'Bug Page ID', fields: ['Sprint, airtable: Sprint'] }),
      ),
      { notion: workspaceWith(['Search redesign'], 1), airtable: base({ fields: ['Bug Page ID'] }) },
    )
    const row = world.airtable.add({ 'Spec Name': 'Search redesign', Sprint: 'S1' })
    await run(world)
    await run(world)
    expect(world.airtable.record(row).fields).toMatchObject({
      'Notion Page ID': world.page('Search redesign'),
      'Bug Page ID': bugs(world)[0],
    })
    expect(world.notion.value(bugs(world)[0] ?? '', 'Sprint')).toBe('S1')
    expect(world.notion.value(world.page('Search redesign'), 'Sprint')).toBe(null)
    await expectQuiet(world)
  })
})

describe('a sync of the mapping', () => {
  const two = { notion: workspaceWith(['Crash at start']), airtable: base({ tables: ['Bug Tracker'] }) }
  const TWO = mapping(sync('specs'), sync('bugs', { database: BUGS, table: 'Bug Tracker' }))

  it('that is taken out leaves rows, pages and its state as they are; back again, it goes on', async () => {
    const world = await synced(TWO, structuredClone(two))
    await world.github.commitFiles({ 'mappings.yaml': mapping(sync('specs')) }, 'Pause the bugs')
    world.notion.edit(bugs(world)[0] ?? '', { Priority: 'P3' })
    await expectQuiet(world)
    expect(await pairsOf(world, 'bugs')).toBe(1)
    await world.github.commitFiles({ 'mappings.yaml': TWO }, 'Go on')
    expect((await run(world)).outputs).toMatchObject({ created: '0', 'updated-airtable': '1' })
    expect(world.airtable.value(rowCalled(world, 'Crash at start', 'Bug Tracker'), 'Priority')).toBe('P3')
  })

  it('that is given another name finds its pairs again by the page IDs, and makes nothing twice', async () => {
    const world = await synced(TWO, structuredClone(two))
    await world.github.commitFiles({ 'mappings.yaml': TWO.replace('  bugs:', '  defects:') }, 'Rename it')
    expect((await run(world)).outputs).toMatchObject({ created: '0', conflicts: '0', problems: '0' })
    expect(await pairsOf(world, 'defects')).toBe(1)
    expect(world.airtable.records('Bug Tracker')).toHaveLength(1)
    await expectQuiet(world)
  })

  it('whose table loses a column stops alone, and the other one is done', async () => {
    const world = await synced(TWO, structuredClone(two))
    world.airtable.dropField('Priority', 'Delivery Tracker')
    world.notion.edit(bugs(world)[0] ?? '', { Priority: 'P3' })
    const { exitCode, annotations, outputs } = await world.run()
    expect(exitCode).toBe(1)
    expect(annotations.filter(({ level }) => level === 'error')).toMatchObject([
      { message: expect.stringMatching(/^specs: .*Priority/) },
    ])
    expect(world.airtable.value(rowCalled(world, 'Crash at start', 'Bug Tracker'), 'Priority')).toBe('P3')
    expect(outputs['updated-airtable']).toBe('1')
  })
})

it('a restore of records that are named sets them back in the sync that has them; another that runs must not miss them', async () => {
  const both = mapping(sync('specs'), sync('bugs', { database: BUGS, table: 'Bugs' }))
  const world = await synced(both, { airtable: base({ tables: ['Bugs'] }), notion: workspaceWith(['Crash']) })
  const then = await world.github.head()
  world.notion.edit(bugs(world)[0] ?? '', { Status: 'Shipped' })
  world.notion.edit(world.page('Search redesign'), { Status: 'Shipped' })
  await run(world)
  const restore = (records: string, names = '') =>
    world.run({ inputs: { mode: 'restore', at: then, records, sync: names, force: 'true' } })
  const held = () => [
    world.notion.value(bugs(world)[0] ?? '', 'Status'),
    world.notion.value(world.page('Search redesign'), 'Status'),
  ]

  expect((await restore('Crash, Crush')).exitCode).toBe(1)
  expect((await restore('Crash', 'specs')).exitCode).toBe(1)
  expect(held()).toEqual(['Shipped', 'Shipped'])
  const done = await restore('Crash')
  expect(done.exitCode, done.log).toBe(0)
  expect(held()).toEqual(['Planned', 'Shipped'])
})

describe('fanned out over a matrix', () => {
  const MANY = mapping(
    sync('specs'),
    sync('bugs', { database: BUGS, table: 'Bug Tracker' }),
    sync('copies', { table: 'Copy' }),
  )
  const many = (): WorldOptions => ({
    notion: workspaceWith(['Crash at start']),
    airtable: base({ tables: ['Bug Tracker', 'Copy'] }),
  })

  /** What the workflow in docs/pairs.md does: a job that lists the syncs, and a job for each of them, side by side. */
  async function fanOut(world: World): Promise<RunResult[]> {
    const listing = await run(world, { inputs: { mode: 'check' } })
    const names: unknown = JSON.parse(listing.outputs.syncs ?? '')
    expect(names).toEqual(['specs', 'bugs', 'copies'])
    return Promise.all((names as string[]).map(name => run(world, { inputs: { sync: name } })))
  }

  it('each job does its own sync, and all that they record stands in git side by side', async () => {
    const world = await start(MANY, many())

    const results = await fanOut(world)

    expect(results.map(({ outputs }) => outputs.created)).toEqual(['2', '1', '2'])
    const subjects = (await world.github.commits()).map(({ message }) => message.split('\n', 1)[0])
    expect(subjects.filter(subject => subject?.startsWith('sync('))).toHaveLength(3)
    const status = await world.github.file('state/README.md')
    for (const name of ['specs', 'bugs', 'copies']) {
      expect(await world.github.file(`state/${name}/history.jsonl`)).toContain('"status":"ok"')
      expect(status).toContain(name)
    }
    expect([await pairsOf(world, 'specs'), await pairsOf(world, 'bugs'), await pairsOf(world, 'copies')]).toEqual([
      2, 1, 2,
    ])
    expect(world.airtable.records('Bug Tracker')).toHaveLength(1)
  })

  it('a second time finds nothing to do, in any job', async () => {
    const world = await start(MANY, many())
    await fanOut(world)
    const before = writes(world)
    for (const { outputs } of await fanOut(world)) expect(outputs).toMatchObject({ changed: 'false', commit: '' })
    expect(writes(world)).toBe(before)
  })

  it('a sync that does not fit fails the job that lists; it names all of them all the same, so that the others go on', async () => {
    const world = await start(MANY, many())
    world.airtable.dropField('Priority', 'Copy')
    const { exitCode, annotations, outputs } = await world.run({ inputs: { mode: 'check' } })
    expect(exitCode).toBe(1)
    expect(annotations).toContainEqual(expect.objectContaining({ level: 'error', file: 'mappings.yaml' }))
    expect(JSON.parse(outputs.syncs ?? '')).toEqual(['specs', 'bugs', 'copies'])
    expect((await run(world, { inputs: { sync: 'specs' } })).outputs.created).toBe('2')
    expect((await world.run({ inputs: { sync: 'copies' } })).exitCode).toBe(1)
  })

  it('a mapping that is wrong in itself names none, so that no job is started', async () => {
    const world = await start(`${MANY}surplus: true\n`, many())
    const { exitCode, outputs } = await world.run({ inputs: { mode: 'check' } })
    expect([exitCode, outputs.syncs]).toEqual([1, undefined])
    expect(world.notion.calls.filter(call => call.method !== 'GET' && !call.path.endsWith('/query'))).toEqual([])
  })
})
