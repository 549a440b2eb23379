/** The modes beside sync and plan, through the built bundle: check, init and restore. */
import { afterEach, describe, expect, it } from 'vitest'
import { startWorld, type World, type WorldOptions } from '../../demo/world.ts'

const open: World[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(world => world.close()))
})

async function start(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld({ specs: 3, ...options })
  open.push(world)
  return world
}

const writes = (world: World): number =>
  world.github.writes().length +
  world.airtable.calls.filter(call => call.method !== 'GET').length +
  world.notion.calls.filter(call => call.method === 'PATCH' || call.path === '/v1/pages').length

describe('check', () => {
  it('tells that everything fits, how each line flows, and what a schedule costs, and writes nothing', async () => {
    const world = await start()
    const checked = await world.run({ inputs: { mode: 'check' } })
    expect(checked.exitCode).toBe(0)
    expect(checked.summary).toContain(
      'Config and schemas fit, and both tokens can read. Whether they may write shows at the first write. Notion shows 3 pages, Airtable 0 rows; 0 are linked.',
    )
    expect(checked.summary).toContain('| `Sprint` | rich_text | ← | `Sprint` | singleLineText | Airtable owns it |')
    expect(checked.summary).toContain('| every 15 minutes | 5,760 | 5,760 |')
    expect(writes(world)).toBe(0)
  })

  it('fails with the line where the mapping names what is not there', async () => {
    const world = await start()
    world.airtable.renameField('Sprint', 'Cycle')
    const checked = await world.run({ inputs: { mode: 'check' } })
    expect(checked.exitCode).toBe(1)
    expect(checked.annotations).toMatchObject([{ level: 'error', file: 'mappings.yaml', line: expect.any(Number) }])
    expect(writes(world)).toBe(0)
  })
})

describe('init', () => {
  it('proposes a mapping that works as it stands, without a mapping in the repository', async () => {
    const world = await start()
    await world.github.commitFiles({ 'mappings.yaml': null }, 'Start over')
    const proposed = await world.run({ inputs: { mode: 'init' } })
    expect(proposed.exitCode).toBe(0)
    const yaml = /```yaml\n([\s\S]*)```/.exec(proposed.summary)?.[1] ?? ''
    expect(yaml).toContain('notion: Name')
    expect(yaml).toContain('airtable: Spec Name')
    expect(yaml).toContain('last_synced_field: Last Synced')
    expect(yaml).toContain('airtable: "Notion URL" (url)')
    expect(writes(world)).toBe(0)

    await world.github.commitFiles({ 'mappings.yaml': yaml }, 'Take the proposal')
    const synced = await world.run()
    expect(synced).toMatchObject({ exitCode: 0, outputs: { created: '3', problems: '0' } })
    expect(world.airtable.records().map(record => record.fields['Spec Name'])).toContain('Search redesign')
  })

  it('says which variable is missing', async () => {
    const world = await start()
    const proposed = await world.run({ inputs: { mode: 'init' }, env: { AIRTABLE_BASE_ID: '' } })
    expect(proposed.exitCode).toBe(1)
    expect(proposed.log).toContain('AIRTABLE_BASE_ID is not set')
  })
})

describe('restore', () => {
  /** A world in which Monday's edits were synced over Friday's state. */
  async function edited(): Promise<{ world: World; friday: string; page: string; row: string }> {
    const world = await start()
    await world.run()
    const friday = await world.github.head()
    const [row] = world.airtable.records()
    const page = String(row?.fields['Notion Page ID'])
    const id = row?.id ?? ''
    world.setClock('2026-11-23T09:00:00Z')
    world.notion.edit(page, { Status: 'Shipped' })
    world.airtable.edit(id, { Sprint: 'S12' })
    await world.run()
    return { world, friday, page, row: id }
  }
  const held = (world: World, page: string, row: string) => [
    world.notion.value(page, 'Status'),
    world.airtable.value(row, 'Status'),
    world.notion.value(page, 'Sprint'),
    world.airtable.value(row, 'Sprint'),
  ]

  it('shows a plan first, and with force sets both sides back; the next run is quiet', async () => {
    const { world, friday, page, row } = await edited()
    const before = held(world, page, row)
    const shown = await world.run({ inputs: { mode: 'restore', at: friday } })
    expect(shown).toMatchObject({ exitCode: 0, outputs: { changed: 'false' } })
    expect(shown.summary).toContain('Shipped')
    expect(shown.summary).toContain('force: true')
    expect(held(world, page, row)).toEqual(before)

    const done = await world.run({ inputs: { mode: 'restore', at: friday, force: 'true' } })
    expect(done.exitCode).toBe(0)
    expect(held(world, page, row)).toEqual(['Planned', 'Planned', null, null])
    expect(await world.github.file('state/product-specs/CHANGELOG.md')).toMatch(/`Shipped` \| `Planned`.*former state/)
    const [quiet, count] = [await world.run(), writes(world)]
    expect(quiet.outputs.changed).toBe('false')
    expect(writes(world)).toBe(count)
  })

  it('that has nothing to set back does not ask to be run again', async () => {
    const { world } = await edited()
    const { summary } = await world.run({ inputs: { mode: 'restore', at: await world.github.head() } })
    expect(summary).toContain('There is nothing to set back')
    expect(summary).not.toContain('Run it again')
  })

  it('takes a page out of the trash; the next run undoes what archiving wrote, and another restore goes on from there', async () => {
    const { world, friday, page, row } = await edited()
    world.notion.trash(page)
    await world.run()
    expect(world.airtable.value(row, 'Status')).toBe('Archived')
    const back = () => world.run({ inputs: { mode: 'restore', at: friday, records: page, force: 'true' } })

    expect((await back()).summary).toContain('page taken out of trash')
    await world.run()
    expect(held(world, page, row)).toEqual(['Shipped', 'Shipped', 'S12', 'S12'])
    await back()
    expect(held(world, page, row)).toEqual(['Planned', 'Planned', null, null])
    expect((await world.run()).outputs.changed).toBe('false')
  })

  it('takes a date, which the plan tells with its commit, and only the records that are named', async () => {
    const { world, friday, page, row } = await edited()
    const at = { mode: 'restore', at: '2026-11-21', force: 'true' }
    const billing = await world.run({ inputs: { ...at, records: 'Billing redesign', force: 'false' } })
    expect(billing.summary).toContain(`back to \`2026-11-21 00:00 UTC (commit ${friday.slice(0, 7)})\``)
    await world.run({ inputs: { ...at, records: 'Billing redesign' } })
    expect(held(world, page, row)).toEqual(['Shipped', 'Shipped', 'S12', 'S12'])
    await world.run({ inputs: { ...at, records: `Billing redesign, ${page}` } })
    expect(held(world, page, row)).toEqual(['Planned', 'Planned', null, null])
  })

  it.each(['false', 'true'])(
    'writes nothing where a named record is not to be found, and says which and what can be named; force: %s',
    async force => {
      const { world, friday, page, row } = await edited()
      const before = held(world, page, row)
      const records = 'Serch redesign, Search redesign'
      const refused = await world.run({ inputs: { mode: 'restore', at: friday, records, force } })
      expect(refused.exitCode).toBe(1)
      expect(refused.annotations.map(({ message }) => message)).toEqual([
        expect.stringMatching(/"Serch redesign".*did you mean "Search redesign".*page ID.*row ID.*title/),
      ])
      expect(held(world, page, row)).toEqual(before)
    },
  )

  it('takes the address of a page, and the title that it has now', async () => {
    const { world, friday, page, row } = await edited()
    world.notion.edit(page, { Name: 'Search, done right' })
    await world.run()
    world.notion.edit(page, { Name: 'Find' })
    const shown = (records: string) => world.run({ inputs: { mode: 'restore', at: friday, records } })
    for (const name of [
      'Find',
      'Search redesign',
      `https://www.notion.so/Find-${page.replaceAll('-', '').toUpperCase()}`,
    ])
      expect((await shown(name)).summary).toContain('`Shipped` | `Planned`')
    expect(held(world, page, row)).toEqual(['Shipped', 'Shipped', 'S12', 'S12'])
  })

  it('shows every cell that it would set back, on both sides, and the commit says to what they were', async () => {
    const { world, friday } = await edited()
    const { summary } = await world.run({ inputs: { mode: 'restore', at: friday } })
    const cells = summary.split('\n').filter(line => /^\| .*`(Status|Sprint)` \| (Notion|Airtable) \|/.test(line))
    expect(cells.map(line => line.replace(/^\|.*?\) \| /, ''))).toEqual([
      '`Status` | Airtable | `Shipped` | `Planned` |',
      '`Sprint` | Airtable | `S12` | `(empty)` |',
      '`Status` | Notion | `Shipped` | `Planned` |',
      '`Sprint` | Notion | `S12` | `(empty)` |',
    ])
    await world.run({ inputs: { mode: 'restore', at: friday, force: 'true' } })
    const [commit] = await world.github.commits()
    expect(commit?.message).toContain(`\n\nSet back to what the state said at ${friday}.\n\n- Search redesign`)
  })

  it('sets back a page and the row that was made again for it since', async () => {
    const { world, friday, page, row } = await edited()
    world.airtable.remove(row)
    await world.run()
    const again = world.airtable.records().find(({ fields }) => fields['Notion Page ID'] === page)?.id ?? ''
    expect(again).not.toBe(row)
    await world.run({ inputs: { mode: 'restore', at: friday, force: 'true' } })
    expect(held(world, page, again)).toEqual(['Planned', 'Planned', null, null])
  })

  it('is refused in words without a time, with one that is none, and before there was a state', async () => {
    const world = await start()
    await world.run()
    for (const at of ['', 'yesterday', '20261121', '2020-01-01']) {
      const refused = await world.run({ inputs: { mode: 'restore', at, force: 'true' } })
      expect(refused.exitCode).toBe(1)
      expect(refused.log).toMatch(/\bat\b/)
    }
  })
})
