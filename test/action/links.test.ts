/**
 * Links between records, end to end: two syncs of one file, of which one links to the other's records and to its own.
 * The links follow the pairs, in the same run where they can, and nothing is cleared that only could not be seen.
 */
import { expect, onTestFinished, test, vi } from 'vitest'
import { startWorld, type World, type WorldOptions } from '../../demo/world.ts'
import type { RunResult } from '../../emulators/runner.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

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
      - { notion: Teams text, airtable: Team names }
  teams:
    notion: { database: "\${TEAMS_DATABASE_ID}" }
    airtable: { base: "\${AIRTABLE_BASE_ID}", table: Squads, page_id_field: Page }
    create: both
    fields:
      - { notion: Title, airtable: Squad }
`.replace('      - { notion: Teams text, airtable: Team names }\n', '')

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

async function start(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld({ ...SEED, ...options })
  onTestFinished(() => world.close())
  return world
}

async function run(world: World): Promise<RunResult> {
  const { databases } = world.notion.snapshot().state
  const teams = Object.values(databases)[1]?.id ?? ''
  const result = await world.run({ env: { TEAMS_DATABASE_ID: teams } })
  expect(result.exitCode, result.log).toBe(0)
  return result
}

async function expectQuiet(world: World): Promise<void> {
  const result = await run(world)
  expect(result.outputs.changed, result.log).toBe('false')
}

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
  const ops = world.notion.pages(Object.values(world.notion.snapshot().state.databases)[1]?.dataSources[0] ?? '')
  const page = ops.map(found => String(found.id)).find(id => world.notion.value(id, 'Title') === 'Ops')
  expect(world.notion.value(world.page('Index'), 'Teams')).toEqual([page])
  world.notion.edit(world.page('Index'), { Teams: ['aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', page ?? ''] })
  await run(world)
  expect(world.airtable.value(world.row('Index'), 'Teams')).toEqual([squad(world, 'Core'), squad(world, 'Ops'), draft])
  await expectQuiet(world)
})
