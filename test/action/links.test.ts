/**
 * Links between records, end to end: two syncs of one file, of which one links to the other's records and to its own.
 * The links follow the pairs, in the same run where they can, and nothing is cleared that only could not be seen.
 */
import { expect, test } from 'vitest'
import { startWorld, type World, type WorldOptions } from '../../demo/world.ts'
import type { RunResult } from '../../emulators/runner.ts'
import { expectQuiet as expectQuietRuns, keep, problems } from './typed-world.ts'

const MAPPINGS = `version: 1
syncs:
  specs:
    notion: { database: "\${NOTION_DATABASE_ID}" }
    airtable: { base: "\${AIRTABLE_BASE_ID}", table: Tracker, page_id_field: Page }
    conflict: ask
    fields:
      - { notion: Name, airtable: Spec Name }
      - { notion: Teams, airtable: Teams }
      - { notion: Parent, airtable: Parent }
  teams:
    notion: { database: "\${TEAMS_DATABASE_ID}" }
    airtable: { base: "\${AIRTABLE_BASE_ID}", table: Squads, page_id_field: Page }
    create: both
    fields:
      - { notion: Title, airtable: Squad }
`

const text = 'singleLineText'
const links = (table: string) => ({ type: 'multipleRecordLinks', options: { linkedTableId: table } })

const SEED: WorldOptions = {
  mappings: MAPPINGS,
  notion: {
    token: 'ntn_example',
    databases: [
      {
        title: 'Specs',
        properties: {
          Name: { type: 'title' },
          Teams: { type: 'relation', dataSource: 'Teams' },
          Parent: { type: 'relation' },
        },
        pages: [
          { id: '11111111-1111-4111-8111-111111111111', properties: { Name: 'Search' } },
          {
            id: '22222222-2222-4222-8222-222222222222',
            properties: {
              Name: 'Index',
              Parent: ['11111111-1111-4111-8111-111111111111'],
              Teams: ['bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb', 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa'],
            },
          },
        ],
      },
      {
        title: 'Teams',
        properties: { Title: { type: 'title' } },
        pages: [
          { id: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', properties: { Title: 'Core' } },
          { id: 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb', properties: { Title: 'Web' } },
        ],
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
              { name: 'Spec Name', type: text },
              { name: 'Teams', ...links('Squads') },
              { name: 'Parent', ...links('Tracker') },
              { name: 'Team names', type: text },
              { name: 'Page', type: text },
            ],
          },
          {
            name: 'Squads',
            fields: [
              { name: 'Squad', type: text },
              { name: 'Page', type: text },
            ],
            records: [{ fields: { Squad: 'Ops' } }],
          },
        ],
      },
    ],
  },
}

const start = async (options: WorldOptions = {}): Promise<World> => keep(await startWorld({ ...SEED, ...options }))

const teams = (world: World): string => Object.values(world.notion.snapshot().state.databases)[1]?.id ?? ''
const options = (world: World, sync?: string) => ({
  env: { TEAMS_DATABASE_ID: teams(world) },
  ...(sync === undefined ? {} : { inputs: { sync } }),
})

async function run(world: World, sync?: string): Promise<RunResult> {
  const result = await world.run(options(world, sync))
  expect(result.exitCode, result.log).toBe(0)
  return result
}

const expectQuiet = (world: World, sync?: string): Promise<void> => expectQuietRuns(world, options(world, sync))

const squad = (world: World, name: string): string =>
  world.airtable.records('Squads').find(row => row.fields.Squad === name)?.id ?? `no squad ${name}`

test('new records are linked in the run that makes them, whatever the order of the file, and a second run is quiet', async () => {
  const world = await start()
  const first = await run(world)
  expect(first.outputs).toMatchObject({ problems: '0', conflicts: '0' })
  expect(world.airtable.value(world.row('Index'), 'Teams')).toEqual([squad(world, 'Web'), squad(world, 'Core')])
  expect(world.airtable.value(world.row('Index'), 'Parent')).toEqual([world.row('Search')])
  await expectQuiet(world)
})

test('links that a person changes flow both ways, and keep those that have no twin', async () => {
  const world = await start()
  await run(world)
  // A row without a page: it is linked in Airtable only.
  const draft = world.airtable.add({}, 'Squads')
  world.airtable.edit(world.row('Index'), { Teams: [draft, squad(world, 'Ops')] })
  await run(world)
  const ops = world.notion.pages(teams(world))
  const page = ops.map(found => String(found.id)).find(id => world.notion.value(id, 'Title') === 'Ops')
  expect(world.notion.value(world.page('Index'), 'Teams')).toEqual([page])
  world.notion.edit(world.page('Index'), { Teams: ['aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', page ?? ''] })
  await run(world)
  expect(world.airtable.value(world.row('Index'), 'Teams')).toEqual([squad(world, 'Core'), squad(world, 'Ops'), draft])
  await expectQuiet(world)
})

const CORE = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa'
const WEB = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb'
const SEARCH = '11111111-1111-4111-8111-111111111111'

/** The teams of a spec by their names, as both sides show them. */
function linked(world: World, title: string, column = 'Teams'): { notion: string[]; airtable: string[] } {
  const ids = (value: unknown): string[] => (value ?? []) as string[]
  const title_ = (id: string) => String(world.notion.value(id, 'Title'))
  const row = (id: string) => String(world.airtable.record(id).fields.Squad)
  return {
    notion: ids(world.notion.value(world.page(title), column)).map(title_),
    airtable: ids(world.airtable.value(world.row(title), column)).map(row),
  }
}
const onBoth = (...names: string[]) => ({ notion: names, airtable: names })

test('a sync that is run alone follows the last state of the other; conflicts, clearing and a renamed table', async () => {
  const world = await start()
  await run(world, 'specs')
  expect(linked(world, 'Index')).toEqual({ notion: ['Web', 'Core'], airtable: [] })
  expect(world.airtable.value(world.row('Index'), 'Parent')).toEqual([world.row('Search')])
  await expectQuiet(world, 'specs')
  await run(world, 'teams')
  await run(world, 'specs')
  expect(linked(world, 'Index')).toEqual(onBoth('Web', 'Core'))

  // Edited on both sides: the policy is to ask.
  world.notion.edit(world.page('Index'), { Teams: [CORE] })
  world.airtable.edit(world.row('Index'), { Teams: [squad(world, 'Ops')] })
  expect((await run(world)).outputs.conflicts).toBe('1')
  const [issue] = await world.github.issues('open')
  expect(issue?.body).toContain('Keep Notion: `Core`')
  expect(issue?.body).toContain('Keep Airtable: `Ops`')
  await expectQuiet(world)
  await world.github.tick(issue?.number ?? 0, 'Airtable')
  await run(world)
  expect(linked(world, 'Index')).toEqual(onBoth('Ops'))

  world.airtable.edit(world.row('Index'), { Teams: null })
  world.notion.edit(world.page('Index'), { Parent: [] })
  world.airtable.renameTable('Squads', 'Crews')
  await run(world)
  expect(linked(world, 'Index')).toEqual(onBoth())
  expect(world.airtable.value(world.row('Index'), 'Parent')).toBeNull()
  await expectQuiet(world)

  world.notion.edit(world.page('Index'), { Teams: [WEB], Parent: [SEARCH] })
  await run(world, 'specs')
  expect(world.airtable.value(world.row('Index'), 'Teams')).toHaveLength(1)
  expect(world.airtable.value(world.row('Index'), 'Parent')).toEqual([world.row('Search')])
})

test('a linked record that is gone clears nothing on the other side, whichever sync runs, and is linked again when it is back', async () => {
  const world = await start()
  world.notion.settings.trashedInRelations = false
  await run(world)
  // Nobody but the sync of the teams makes the row again.
  world.airtable.remove(squad(world, 'Web'))
  await run(world, 'specs')
  expect(linked(world, 'Index')).toEqual({ notion: ['Web', 'Core'], airtable: ['Core'] })
  await expectQuiet(world, 'specs')
  await run(world)
  expect(linked(world, 'Index')).toEqual(onBoth('Web', 'Core'))

  // The API shows a page in the trash in no relation; its row is kept, and so is the link to it.
  world.notion.trash(CORE)
  await run(world, 'specs')
  expect(linked(world, 'Index')).toEqual(onBoth('Web', 'Core'))
  await run(world)
  expect(linked(world, 'Index')).toEqual(onBoth('Web', 'Core'))
  await expectQuiet(world)
  world.notion.restore(CORE)
  await run(world)
  expect(linked(world, 'Index')).toEqual(onBoth('Web', 'Core'))

  // The same within one table.
  world.airtable.remove(world.row('Search'))
  await run(world)
  expect(world.notion.value(world.page('Index'), 'Parent')).toEqual([SEARCH])
  expect(world.airtable.value(world.row('Index'), 'Parent')).toEqual([world.row('Search')])
  world.notion.trash(SEARCH)
  await run(world)
  expect(world.airtable.value(world.row('Index'), 'Parent')).toEqual([world.row('Search')])
  await expectQuiet(world)
})

test('a sync that stops at its guard, or whose state is lost or broken, clears no links', async () => {
  const world = await start()
  await run(world)
  for (const name of ['Web', 'Core', 'Ops']) world.airtable.remove(squad(world, name))
  const { exitCode, log } = await world.run(options(world))
  expect(exitCode, log).toBe(1)
  expect(linked(world, 'Index').notion).toEqual(['Web', 'Core'])

  const known = await world.github.file('state/teams/state.json')
  for (const state of ['{', null]) {
    await world.github.commitFiles({ 'state/teams/state.json': state }, 'by hand')
    const result = await world.run(options(world, 'specs'))
    expect(result.exitCode, result.log).toBe(state === null ? 0 : 1)
    if (state !== null) expect(result.log).toContain('state/teams/state.json is not valid JSON')
    expect(linked(world, 'Index').notion).toEqual(['Web', 'Core'])
  }
  await world.github.commitFiles({ 'state/teams/state.json': known ?? null }, 'by hand')
  expect((await world.run({ ...options(world), inputs: { force: 'true' } })).exitCode).toBe(0)
  await run(world)
  expect(linked(world, 'Index')).toEqual(onBoth('Web', 'Core'))
  await expectQuiet(world)
})

const seeded = (change: (seed: Required<Pick<WorldOptions, 'notion' | 'airtable'>>) => void): WorldOptions => {
  const seed = structuredClone({ notion: SEED.notion, airtable: SEED.airtable })
  if (seed.notion === undefined || seed.airtable === undefined) throw new Error('the seed has both')
  const both = { notion: seed.notion, airtable: seed.airtable }
  change(both)
  return both
}

test('relations that are two sides of one are mapped in both syncs, and one edit flows once', async () => {
  const [head = '', specs = '', squads = ''] = MAPPINGS.split(/^(?= {2}\w)/m)
  const inverse = `${squads}      - { notion: Specs, airtable: Specs }\n`
  const world = await start({
    mappings: head + inverse + specs,
    ...seeded(({ notion, airtable }) => {
      const [spec, team] = notion.databases
      if (spec !== undefined) spec.properties.Teams = { type: 'relation', dataSource: 'Teams', dual: 'Specs' }
      if (team !== undefined) team.pages = (team.pages ?? []).map(page => ({ ...page }))
      const [tracker] = airtable.bases[0]?.tables ?? []
      const teamsField = tracker?.fields.find(field => field.name === 'Teams')
      if (teamsField !== undefined) teamsField.options = { linkedTableId: 'Squads', inverseLinkFieldId: 'Specs' }
    }),
  })
  await run(world)
  await run(world)
  expect(linked(world, 'Index')).toEqual(onBoth('Web', 'Core'))
  expect(world.airtable.value(squad(world, 'Web'), 'Specs')).toEqual([world.row('Index')])
  await run(world)
  await expectQuiet(world)

  world.airtable.edit(squad(world, 'Ops'), { Specs: [world.row('Search'), world.row('Index')] })
  world.notion.edit(WEB, { Specs: [] })
  await run(world)
  await run(world)
  expect(linked(world, 'Index')).toEqual({ notion: ['Core', 'Ops'], airtable: ['Core', 'Ops'] })
  expect(linked(world, 'Search')).toEqual(onBoth('Ops'))
  expect((await run(world)).outputs.conflicts).toBe('0')
  await expectQuiet(world)
})

test('up to a hundred links go both ways; more are a problem in words', async () => {
  const ids = Array.from({ length: 101 }, (_, index) => `cccccccc-cccc-4ccc-8ccc-${String(index).padStart(12, '0')}`)
  const world = await start(
    seeded(({ notion }) => {
      const [spec, team] = notion.databases
      if (team !== undefined) team.pages = ids.map((id, index) => ({ id, properties: { Title: `Team ${index}` } }))
      if (spec !== undefined)
        spec.pages = [60, 100, 101, 26].map(count => ({
          properties: { Name: `Spec ${count}`, Teams: ids.slice(0, count) },
        }))
    }),
  )
  await run(world)
  const count = (title: string) => {
    const { notion, airtable } = linked(world, title)
    return [notion.length, airtable.length]
  }
  for (const links of [26, 60, 100, 101]) expect(count(`Spec ${links}`)).toEqual([links, links])

  const rows = world.airtable.records('Squads').filter(row => String(row.fields.Squad).startsWith('Team '))
  const all = rows.map(row => row.id)
  world.airtable.edit(world.row('Spec 26'), { Teams: all })
  world.airtable.edit(world.row('Spec 60'), { Teams: all.slice(0, 100) })
  world.airtable.edit(world.row('Spec 100'), { Teams: all.slice(0, 99) })
  world.notion.edit(world.page('Spec 101'), { Teams: ids.slice(0, 1) })
  await run(world)
  expect([26, 60, 100, 101].map(links => count(`Spec ${links}`))).toEqual([
    [26, 101],
    [100, 100],
    [99, 99],
    [1, 1],
  ])
  expect(await problems(world, 'specs')).toEqual([
    'Spec 26: Notion cannot take the value: 101 links are more than the 100 that can be written.',
  ])
  await expectQuiet(world)
})

test('a relation whose database is not shared clears nothing, and the problem says what to click', async () => {
  const world = await start()
  await run(world)
  const source = Object.values(world.notion.snapshot().state.databases)[1]?.dataSources[0] ?? ''
  world.notion.unshare(source, 'listed')
  world.notion.edit(world.page('Index'), { Name: 'Index 2' })
  const listed = await world.run(options(world, 'specs'))
  expect(listed.exitCode, listed.log).toBe(0)
  expect(world.airtable.value(world.row('Index 2'), 'Teams')).toEqual([squad(world, 'Web'), squad(world, 'Core')])
  expect(await problems(world, 'specs')).toEqual([
    'Index 2: Notion shows "Teams" as empty because the database that it points to is not shared with the integration. Open that database, choose ••• → Connections, and add the integration.',
  ])
  await expectQuiet(world, 'specs')

  // Notion may also leave the column out of the schema.
  world.notion.unshare(source)
  const omitted = await world.run(options(world, 'specs'))
  expect(omitted.exitCode).toBe(1)
  expect(omitted.log).toContain('open that database, choose ••• → Connections, and add the integration')
  expect(world.airtable.value(world.row('Index 2'), 'Teams')).toEqual([squad(world, 'Web'), squad(world, 'Core')])

  world.notion.share(source)
  await run(world)
  expect(await problems(world, 'specs')).toEqual([])
  expect(linked(world, 'Index 2')).toEqual(onBoth('Web', 'Core'))
  await expectQuiet(world)
})

test('links to a table that no sync maps are refused in words, and flow one way as titles into a text', async () => {
  const [head = '', specs = ''] = MAPPINGS.split(/^(?= {2}\w)/m)
  const alone = (teams: string) => `${head}${specs.replace('{ notion: Teams, airtable: Teams }', teams)}`
  const world = await start({
    mappings: alone('{ notion: Teams, airtable: Teams }'),
    ...seeded(({ notion }) => {
      const [spec] = notion.databases
      if (spec !== undefined) spec.properties.Squads = { type: 'rich_text' }
    }),
  })
  const refused = await world.run()
  expect(refused.exitCode).toBe(1)
  expect(refused.annotations.map(({ message }) => message).join()).toContain(
    '"Teams" and "Teams" point to tables that no sync of this file maps to each other. Add a sync for them, or map each to a text field, which shows the titles',
  )

  const titles = alone('{ notion: Teams, airtable: Team names }\n      - { notion: Squads, airtable: Teams }')
  await world.github.commitFiles({ 'mappings.yaml': titles }, 'map titles')
  await run(world)
  const ops = squad(world, 'Ops')
  world.airtable.edit(world.row('Search'), { Teams: [ops] })
  await run(world)
  expect(world.airtable.value(world.row('Index'), 'Team names')).toBe('Web, Core')
  expect(world.notion.value(world.page('Search'), 'Squads')).toBe('Ops')

  world.notion.edit(CORE, { Title: 'Kernel' })
  world.airtable.edit(ops, { Squad: 'Operations' })
  world.notion.edit(world.page('Search'), { Squads: 'typed over' })
  await run(world)
  expect(world.airtable.value(world.row('Index'), 'Team names')).toBe('Web, Kernel')
  expect(world.notion.value(world.page('Search'), 'Squads')).toBe('Operations')
  await expectQuiet(world)
})
