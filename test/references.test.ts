/**
 * Notion says of a page that a value names, and does not show it, what it says of the page that is written: not found.
 * The code runs in this process.
 */
import { describe, expect, it } from 'vitest'
import { exampleAirtable, exampleNotion, MAPPINGS } from '../demo/example.ts'
import { type Here, startHere } from './here.ts'

const ONE = '11111111-1111-4111-8111-111111111111'
const TWO = '22222222-2222-4222-8222-222222222222'

/** Specs that relate to each other, of which Two was deleted for good; its row is there. */
async function startRelated(): Promise<Here> {
  const notion = exampleNotion(0)
  const airtable = exampleAirtable()
  const [specs] = notion.databases
  const table = airtable.bases?.[0]?.tables[0]
  if (specs === undefined || table === undefined) throw new Error('the example has both')
  specs.properties.Needs = { type: 'relation' }
  specs.pages = [
    { id: ONE, properties: { Name: 'One', Status: 'Planned' } },
    { id: TWO, properties: { Name: 'Two', Status: 'Planned' } },
  ]
  table.fields.push({ name: 'Needs', type: 'multipleRecordLinks', options: { linkedTableId: table.name } })
  const mappings = `${MAPPINGS.replace('create: airtable', 'create: both')}      - { notion: Needs, airtable: Needs }\n`
  const here = await startHere({ notion, airtable, mappings })
  await here.run()
  here.world.notion.purge(TWO)
  return here
}

const problemsOf = async (here: Here) =>
  JSON.parse(await here.file('state.json'))
    .problems.map(({ code, title, field }: Record<string, string>) => [code, title, field].filter(Boolean).join(' '))
    .sort()

async function expectQuiet(here: Here): Promise<void> {
  const { result } = await here.run()
  expect([result?.changed, result?.left]).toEqual([false, []])
}

describe('a page that Notion does not find, and that only a value names, is a problem of that value alone:', () => {
  it('a text mentions it, and is edited in Airtable', async () => {
    const here = await startHere({ specs: 3 })
    const { world } = here
    const [page, hidden] = world.notion.pages(world.notion.dataSourceId).map(({ id }) => String(id))
    if (page === undefined || hidden === undefined) throw new Error('the example has pages')
    world.notion.edit(page, { Blockers: ['see ', { page: hidden }, ' first'] })
    world.notion.unshare(hidden)
    await here.run()
    const row = world.airtable.records().find(({ fields }) => fields['Notion Page ID'] === page)?.id ?? ''
    world.airtable.edit(row, { Blockers: 'see Untitled first, now', Sprint: 'S1', 'Ship Date': '2026-12-01' })

    const { error, result } = await here.run()

    expect([error, result?.left]).toEqual([null, []])
    expect(result?.problems).toMatchObject([{ code: 'refused', field: 'Blockers', page, row }])
    expect(world.notion.value(page, 'Sprint')).toBe('S1')
    expect(world.notion.value(page, 'Ship Date')).toBe('2026-12-01')
    expect(world.airtable.value(row, 'Blockers')).toBe('see Untitled first, now')
    await expectQuiet(here)
  })

  it('a row links to it', async () => {
    const here = await startRelated()
    const { world } = here
    world.airtable.edit(world.row('One'), { Needs: [world.row('Two')], Sprint: 'S1' })

    expect((await here.run()).error).toBe(null)

    expect(world.notion.value(ONE, 'Sprint')).toBe('S1')
    expect(await problemsOf(here)).toEqual(['page-unreadable Two', 'refused One Needs'])
    await expectQuiet(here)
  })

  it('a new row links to it: its page is made without', async () => {
    const here = await startRelated()
    const { world } = here
    const row = world.airtable.add({ 'Spec Name': 'New', Status: 'Planned', Needs: [world.row('Two')], Sprint: 'S1' })
    world.airtable.edit(world.row('One'), { Sprint: 'S2' })

    const { error, result } = await here.run()

    expect([error, result?.counts.created]).toEqual([null, 1])
    expect(world.notion.value(world.page('New'), 'Sprint')).toBe('S1')
    expect(world.notion.value(ONE, 'Sprint')).toBe('S2')
    expect(world.airtable.value(row, 'Notion Page ID')).toBe(world.page('New'))
    expect(await problemsOf(here)).toEqual(['page-unreadable Two', 'refused New Needs'])
    await expectQuiet(here)
  })
})

it('a page that is not shared any more while it is written is left, and is looked up by the next run', async () => {
  const here = await startHere({ specs: 2 })
  await here.run()
  const { world } = here
  const [page = ''] = world.notion.pages(world.notion.dataSourceId).map(({ id }) => String(id))
  const row = world.airtable.records().find(({ fields }) => fields['Notion Page ID'] === page)?.id ?? ''
  world.airtable.edit(row, { Sprint: 'S1', 'Target Quarter': '2027 Q2' })
  world.notion.onCall(({ method }) => {
    if (method === 'PATCH') world.notion.unshare(page)
  })

  const { error, result } = await here.run()
  world.notion.onCall(undefined)

  expect([error, result?.problems, result?.left.length]).toEqual([null, [], 1])
  expect((await here.run()).result?.problems).toMatchObject([{ code: 'page-unreadable', page }])
})
