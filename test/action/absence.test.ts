/**
 * Records that are new, gone, back, doubled or not ours any more, and the brakes before the first write: what becomes
 * of pairs, end to end. The built action runs against the emulators; people act through their hands.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { exampleAirtable, exampleNotion, MAPPINGS } from '../../demo/example.ts'
import { startWorld, type World, type WorldOptions } from '../../demo/world.ts'
import type { RunOptions, RunResult } from '../../emulators/runner.ts'
import { startSynced } from './past.ts'
import { run } from './steps.ts'

async function start(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld({ specs: 3, ...options })
  onTestFinished(() => world.close())
  return world
}

type Twin = { page: string; row: string }
type Paired = { world: World; twins: [Twin, Twin, Twin] }

/** A world whose three specs are paired, in the order of the example. */
async function paired(options: WorldOptions = {}): Promise<Paired> {
  const world = await startSynced({ specs: 3, ...options })
  onTestFinished(() => world.close())
  const twin = (index: number): Twin => {
    const page = String(world.notion.pages(world.notion.dataSourceId)[index]?.id)
    return { page, row: rowOf(world, page) }
  }
  return { world, twins: [twin(0), twin(1), twin(2)] }
}

const rowOf = (world: World, page: string): string =>
  world.airtable.records().find(record => record.fields['Notion Page ID'] === page)?.id ?? `no row of ${page}`
const changelog = async (world: World): Promise<string> =>
  (await world.github.file('state/product-specs/CHANGELOG.md')) ?? ''
const serviceWrites = (world: World): string[] => [
  ...world.notion.calls.filter(call => call.method === 'PATCH').map(call => `Notion ${call.path}`),
  ...world.airtable.calls.filter(call => call.method !== 'GET').map(call => `Airtable ${call.method} ${call.path}`),
]
const writes = (world: World): number => serviceWrites(world).length + world.github.writes().length

/** A second run that writes nothing: what the first one did is settled. */
async function expectQuiet(world: World): Promise<void> {
  const before = writes(world)
  const { outputs } = await run(world)
  expect(outputs.changed).toBe('false')
  expect(writes(world)).toBe(before)
}

/** A run that stops before its first write in either service, and says why in words. */
async function expectStopped(world: World, why: RegExp, options: Partial<RunOptions> = {}): Promise<RunResult> {
  const before = serviceWrites(world)
  const state = await world.github.file('state/product-specs/state.json')
  const stopped = await world.run(options)
  expect(stopped.exitCode, stopped.log).toBe(1)
  expect(serviceWrites(world)).toEqual(before)
  expect(await world.github.file('state/product-specs/state.json')).toBe(state)
  expect(stopped.annotations.map(({ level, message }) => `${level}: ${message}`).join('\n')).toMatch(why)
  expect(stopped.log).not.toMatch(/^ +at /m)
  return stopped
}

describe('a new page', () => {
  it('becomes a row with every mapped field, its page ID and the time', async () => {
    const world = await start()
    const page = world.notion.addPage(world.notion.dataSourceId, {
      Name: 'Search, new',
      Status: 'Planned',
      Priority: 'P1',
      Owner: ['Ada Lovelace', 'Grace Hopper'],
      'Target Quarter': '2027 Q1',
      Sprint: 'S1',
      'Ship Date': '2027-01-15',
      Blockers: 'legal\nvendor',
    })

    const { outputs } = await run(world)

    expect(outputs).toMatchObject({ created: '4', changed: 'true' })
    expect(world.airtable.record(rowOf(world, page)).fields).toEqual({
      'Spec Name': 'Search, new',
      Status: 'Planned',
      Priority: 'P1',
      Owner: 'Ada Lovelace, Grace Hopper',
      'Target Quarter': '2027 Q1',
      'Notion URL': world.notion.page(page).url,
      Sprint: 'S1',
      'Ship Date': '2027-01-15',
      Blockers: 'legal\nvendor',
      'Notion Page ID': page,
      'Last Synced': '2026-11-20T09:00:00.000Z',
    })
    await expectQuiet(world)
  })

  it('waits while the filter leaves it out, and becomes a row when it comes in', async () => {
    const world = await start()
    const draft = world.notion.addPage(world.notion.dataSourceId, { Name: 'Still a draft', Status: 'Draft' })
    expect((await run(world)).outputs.created).toBe('3')
    world.notion.edit(draft, { Status: 'Planned' })
    expect((await run(world)).outputs.created).toBe('1')
    expect(world.airtable.value(rowOf(world, draft), 'Spec Name')).toBe('Still a draft')
  })

  it('is left alone with create: none', async () => {
    const world = await start({ mappings: MAPPINGS.replace('create: airtable', 'create: none') })
    expect((await run(world)).outputs.created).toBe('0')
    expect(world.airtable.records()).toEqual([])
  })

  it('takes the row that has its name already, and no second one is made', async () => {
    const airtable = exampleAirtable()
    const [table] = airtable.bases[0]?.tables ?? []
    if (table === undefined) throw new Error('the example has a table')
    table.records = [{ fields: { 'Spec Name': ' search REDESIGN ', Sprint: 'S1' } }, { fields: { Sprint: 'S2' } }]
    const world = await start({ airtable })
    const [known] = world.airtable.records()

    const { outputs } = await run(world)

    expect(outputs).toMatchObject({ created: '2', 'updated-airtable': '1', 'updated-notion': '1', problems: '0' })
    const [page] = world.notion.pages(world.notion.dataSourceId)
    expect(known?.id).toBe(rowOf(world, String(page?.id)))
    expect(world.notion.value(String(page?.id), 'Sprint')).toBe('S1')
    await expectQuiet(world)
  })

  it('of a name that is there twice is not guessed: it is reported, and nothing of that name is made or linked', async () => {
    const airtable = exampleAirtable()
    const [table] = airtable.bases[0]?.tables ?? []
    if (table === undefined) throw new Error('the example has a table')
    table.records = [{ fields: { 'Spec Name': 'Search redesign' } }, { fields: { 'Spec Name': 'Search redesign' } }]
    const world = await start({ airtable })

    const { outputs } = await run(world)

    expect(outputs).toMatchObject({ created: '2', problems: '3' })
    const named = world.airtable.records().filter(record => record.fields['Spec Name'] === 'Search redesign')
    expect(named.map(record => record.fields['Notion Page ID'])).toEqual([undefined, undefined])
    await expectQuiet(world)
  })
})

describe('the page ID in a row', () => {
  it.each([
    ['emptied', () => ''],
    ['overwritten', () => 'oops'],
    ['set to another page', (other: string) => other],
  ])('that a person %s is restored, for the state still knows the pair', async (_, altered) => {
    const { world, twins } = await paired()
    world.airtable.edit(twins[0].row, {
      'Notion Page ID': altered('00000000-0000-4000-8000-000000000001'),
      Sprint: 'S1',
    })
    const { outputs } = await run(world)
    expect(outputs).toMatchObject({ created: '0', deleted: '0' })
    expect(world.airtable.value(twins[0].row, 'Notion Page ID')).toBe(twins[0].page)
    expect(world.notion.value(twins[0].page, 'Sprint')).toBe('S1')
    expect(world.airtable.records()).toHaveLength(3)
    await expectQuiet(world)
  })

  it('is understood without dashes, in capitals and as the address of the page', async () => {
    const { world, twins } = await paired()
    const spellings = [
      twins[0].page.replaceAll('-', '').toUpperCase(),
      `https://www.notion.so/acme/Billing-redesign-${twins[1].page.replaceAll('-', '')}?pvs=4`,
      String(world.notion.page(twins[2].page).url),
    ]
    for (const [index, spelling] of spellings.entries())
      world.airtable.edit(twins[index]?.row ?? '', { 'Notion Page ID': spelling })
    // Without a state, the cell is all that tells which belong together.
    await world.github.commitFiles({ 'state/product-specs/state.json': null }, 'Start over')
    for (const { page } of twins) world.notion.edit(page, { Name: `${page}, renamed` })

    const { outputs } = await run(world)

    expect(outputs).toMatchObject({ created: '0', problems: '0' })
    expect(world.airtable.records()).toHaveLength(3)
    expect(twins.map(({ row }) => world.airtable.value(row, 'Spec Name'))).toEqual(
      twins.map(({ page }) => `${page}, renamed`),
    )
  })

  it('in a second row makes that a copy: it is reported and never written, also when its twin is', async () => {
    const { world, twins } = await paired()
    const copy = world.airtable.duplicate(twins[0].row)
    world.airtable.edit(copy, { Sprint: 'of the copy' })
    const before = world.airtable.record(copy).fields
    world.notion.edit(twins[0].page, { Priority: 'P3' })

    const { outputs } = await run(world)

    expect(outputs).toMatchObject({ problems: '1', 'updated-airtable': '1', 'updated-notion': '0' })
    expect(world.airtable.record(copy).fields).toEqual(before)
    expect(world.airtable.value(twins[0].row, 'Priority')).toBe('P3')
    await expectQuiet(world)
  })

  it('in a copy whose original was deleted makes the copy the row of the page, with what was typed there', async () => {
    const { world, twins } = await paired()
    const copy = world.airtable.duplicate(twins[0].row)
    world.airtable.remove(twins[0].row)
    world.airtable.edit(copy, { Sprint: 'typed in the copy' })

    await run(world)
    await run(world)

    expect(world.airtable.records()).toHaveLength(3)
    expect(rowOf(world, twins[0].page)).toBe(copy)
    expect(world.airtable.value(copy, 'Sprint')).toBe('typed in the copy')
    expect(world.notion.value(twins[0].page, 'Sprint')).toBe('typed in the copy')
    expect((await world.state()).problems).toEqual([])
    await expectQuiet(world)
  })

  it('in two rows that the state does not know belongs to the oldest', async () => {
    const { world, twins } = await paired()
    world.setClock('2026-11-20T09:30:00Z')
    const copy = world.airtable.duplicate(twins[0].row)
    await world.github.commitFiles({ 'state/product-specs/state.json': null }, 'Start over')
    world.notion.edit(twins[0].page, { Priority: 'P3' })

    const { outputs } = await run(world)

    expect(outputs).toMatchObject({ problems: '1', created: '0' })
    expect((await world.state()).pairs).toMatchObject([{ row: twins[0].row }, {}, {}])
    expect(world.airtable.value(copy, 'Priority')).toBe('P0')
  })
})

describe('a page in the trash', () => {
  it('has its row archived, which keeps all else, and the changelog says why', async () => {
    const { world, twins } = await paired()
    const before = world.airtable.record(twins[0].row).fields
    world.notion.trash(twins[0].page)

    const { outputs } = await run(world)

    expect(world.airtable.record(twins[0].row).fields).toEqual({ ...before, Status: 'Archived' })
    expect(outputs.changed).toBe('true')
    expect(await changelog(world)).toMatch(/Search redesign.*`Planned` \| `Archived`.*moved to trash/)
    await expectQuiet(world)
  })

  it('takes up its old row again when it is restored, and the archive value is undone', async () => {
    const { world, twins } = await paired()
    world.notion.trash(twins[0].page)
    await run(world)
    world.airtable.edit(twins[0].row, { Sprint: 'typed while it was away' })
    world.notion.restore(twins[0].page)
    world.notion.edit(twins[0].page, { Priority: 'P3' })

    const { outputs } = await run(world)

    expect(outputs).toMatchObject({ created: '0', conflicts: '0' })
    expect(world.airtable.records()).toHaveLength(3)
    expect(world.airtable.record(twins[0].row).fields).toMatchObject({ Status: 'Planned', Priority: 'P3' })
    expect(world.notion.value(twins[0].page, 'Status')).toBe('Planned')
    expect(world.notion.value(twins[0].page, 'Sprint')).toBe('typed while it was away')
    await expectQuiet(world)
  })

  it('is restored with another status: that status goes to the row', async () => {
    const { world, twins } = await paired()
    world.notion.trash(twins[0].page)
    await run(world)
    world.notion.restore(twins[0].page)
    world.notion.edit(twins[0].page, { Status: 'In review' })
    await run(world)
    expect(world.airtable.value(twins[0].row, 'Status')).toBe('In review')
    expect(world.notion.value(twins[0].page, 'Status')).toBe('In review')
    await expectQuiet(world)
  })

  it('is restored after a person gave the row another status: that is an edit like any other', async () => {
    const { world, twins } = await paired()
    world.notion.trash(twins[0].page)
    await run(world)
    world.airtable.edit(twins[0].row, { Status: 'Shipped' })
    world.notion.restore(twins[0].page)
    await run(world)
    expect(world.airtable.value(twins[0].row, 'Status')).toBe('Shipped')
    expect(world.notion.value(twins[0].page, 'Status')).toBe('Shipped')
    await expectQuiet(world)
  })

  it('has its row deleted with page: delete, and left alone with page: keep', async () => {
    for (const [policy, rows, deleted] of [
      ['delete', 2, '1'],
      ['keep', 3, '0'],
    ] as const) {
      const { world, twins } = await paired({ mappings: MAPPINGS.replace('page: archive', `page: ${policy}`) })
      const before = world.airtable.record(twins[0].row).fields
      world.notion.trash(twins[0].page)
      const { outputs } = await run(world)
      expect(world.airtable.records()).toHaveLength(rows)
      expect(outputs.deleted).toBe(deleted)
      if (policy === 'keep') expect(world.airtable.record(twins[0].row).fields).toEqual(before)
      await expectQuiet(world)
    }
  })

  it('and kept, is merged again when it is restored', async () => {
    const { world, twins } = await paired({ mappings: MAPPINGS.replace('page: archive', 'page: keep') })
    world.notion.trash(twins[0].page)
    await run(world)
    world.airtable.edit(twins[0].row, { Sprint: 'S3' })
    world.notion.restore(twins[0].page)
    await run(world)
    expect(world.notion.value(twins[0].page, 'Sprint')).toBe('S3')
    expect(world.airtable.records()).toHaveLength(3)
    await expectQuiet(world)
  })

  it('has its row archived by Status = Archived where the mapping says nothing of how', async () => {
    const mappings = MAPPINGS.replace(/^ {4}archive:\n( {6}.*\n)+/m, '')
    expect(mappings).not.toContain('Archived')
    const { world, twins } = await paired({ mappings })
    world.notion.trash(twins[0].page)
    await run(world)
    expect(world.airtable.value(twins[0].row, 'Status')).toBe('Archived')
  })

  it('that Notion still lists for a while is dealt with when it does not any more, and nothing is left open', async () => {
    const { world, twins } = await paired()
    world.notion.settings.indexLagMs = 60_000
    world.notion.trash(twins[0].page)
    world.airtable.edit(twins[0].row, { Sprint: 'S3' })
    await run(world)
    world.setClock('2026-11-20T09:10:00Z')
    await run(world)
    expect(world.airtable.record(twins[0].row).fields).toMatchObject({ Status: 'Archived', Sprint: 'S3' })
    expect((await world.state()).problems).toEqual([])
    expect(await world.github.issues('open')).toEqual([])

    world.notion.restore(twins[0].page)
    world.setClock('2026-11-20T09:20:00Z')
    await run(world)
    expect(world.notion.value(twins[0].page, 'Sprint')).toBe('S3')
    expect(world.airtable.value(twins[0].row, 'Status')).toBe('Planned')
  })

  it('whose row was edited since: it is archived all the same, and the edits are kept in the changelog', async () => {
    const { world, twins } = await paired()
    world.notion.trash(twins[0].page)
    world.airtable.edit(twins[0].row, { Status: 'Shipped', Blockers: 'waiting for legal' })
    await run(world)
    expect(world.airtable.value(twins[0].row, 'Status')).toBe('Archived')
    expect(world.airtable.value(twins[0].row, 'Blockers')).toBe('waiting for legal')
    const log = await changelog(world)
    expect(log).toContain('Shipped')
    expect(log).toContain('waiting for legal')
  })

  it('whose row was edited since is a conflict with page: delete, and the row stands', async () => {
    const { world, twins } = await paired({ mappings: MAPPINGS.replace('page: archive', 'page: delete') })
    world.notion.trash(twins[0].page)
    world.airtable.edit(twins[0].row, { Blockers: 'waiting for legal' })
    const { outputs } = await run(world)
    expect(outputs).toMatchObject({ deleted: '0', conflicts: '1' })
    expect(world.airtable.value(twins[0].row, 'Blockers')).toBe('waiting for legal')
    expect((await world.github.issues('open')).map(issue => issue.body).join()).toContain('Search redesign')
    await expectQuiet(world)
  })
})

describe('a page in the trash whose row is deleted as well', () => {
  it('after it was archived: the page, restored, gets a row again', async () => {
    const { world, twins } = await paired()
    world.notion.trash(twins[0].page)
    await run(world)
    world.airtable.remove(twins[0].row)
    await run(world)
    world.notion.restore(twins[0].page)
    await run(world)
    expect(world.airtable.records()).toHaveLength(3)
    expect(world.airtable.record(rowOf(world, twins[0].page)).fields).toMatchObject({ Status: 'Planned' })
    await expectQuiet(world)
  })

  it('in the same moment: nothing is made or written until the page is restored', async () => {
    const { world, twins } = await paired()
    const before = serviceWrites(world)
    world.notion.trash(twins[0].page)
    world.airtable.remove(twins[0].row)
    const { outputs } = await run(world)
    expect(outputs).toMatchObject({ created: '0', deleted: '0', problems: '0' })
    await expectQuiet(world)
    expect(serviceWrites(world)).toEqual(before)

    world.notion.restore(twins[0].page)
    expect((await run(world)).outputs.created).toBe('1')
    expect(world.airtable.value(rowOf(world, twins[0].page), 'Spec Name')).toBe('Search redesign')
    await expectQuiet(world)
  })
})

describe('a row that was deleted', () => {
  it('is made again from its page, with all that the page holds, as one row', async () => {
    const { world, twins } = await paired()
    world.airtable.edit(twins[0].row, { Sprint: 'S1', 'Ship Date': '2027-01-15' })
    await run(world)
    const { 'Last Synced': _, ...before } = world.airtable.record(twins[0].row).fields
    world.airtable.remove(twins[0].row)

    const { outputs } = await run(world)

    expect(outputs).toMatchObject({ created: '1', deleted: '0' })
    const row = rowOf(world, twins[0].page)
    expect(row).not.toBe(twins[0].row)
    expect(world.airtable.record(row).fields).toMatchObject(before)
    expect(world.airtable.records()).toHaveLength(3)
    await expectQuiet(world)
    world.airtable.edit(row, { Sprint: 'S2' })
    await run(world)
    expect(world.notion.value(twins[0].page, 'Sprint')).toBe('S2')
  })

  it.each([
    ['archive', 'Archived', false],
    ['trash', 'Planned', true],
    ['keep', 'Planned', false],
  ] as const)('with row: %s its page is left with status %s, in trash: %s', async (policy, status, inTrash) => {
    const { world, twins } = await paired({ mappings: MAPPINGS.replace('row: restore', `row: ${policy}`) })
    world.airtable.remove(twins[0].row)
    await run(world)
    expect(world.notion.value(twins[0].page, 'Status')).toBe(status)
    expect(world.notion.page(twins[0].page).in_trash).toBe(inTrash)
    expect(world.airtable.records()).toHaveLength(2)
    await expectQuiet(world)
  })

  it('whose page was edited since is a conflict with row: trash, and the page stands', async () => {
    const { world, twins } = await paired({ mappings: MAPPINGS.replace('row: restore', 'row: trash') })
    world.airtable.remove(twins[0].row)
    world.notion.edit(twins[0].page, { Priority: 'P3' })
    const { outputs } = await run(world)
    expect(outputs).toMatchObject({ deleted: '0', conflicts: '1' })
    expect(world.notion.page(twins[0].page).in_trash).toBe(false)
    await expectQuiet(world)
  })
})

describe('a page that is not in the query any more', () => {
  it('for it left the filter rests: nothing flows until it is back, and then everything does', async () => {
    const { world, twins } = await paired()
    world.notion.edit(twins[0].page, { Status: 'Draft', Name: 'Search, rethought' })
    world.airtable.edit(twins[0].row, { Sprint: 'S7' })
    const before = serviceWrites(world)
    await run(world)
    await expectQuiet(world)
    expect(serviceWrites(world)).toEqual(before)

    world.notion.edit(twins[0].page, { Status: 'In review' })
    await run(world)
    expect(world.airtable.record(twins[0].row).fields).toMatchObject({
      'Spec Name': 'Search, rethought',
      Status: 'In review',
    })
    expect(world.notion.value(twins[0].page, 'Sprint')).toBe('S7')
    expect(world.airtable.records()).toHaveLength(3)
    await expectQuiet(world)
  })

  it('for it left the filter, and is trashed while it rests, has its row archived like any other', async () => {
    const { world, twins } = await paired()
    world.notion.edit(twins[0].page, { Status: 'Draft' })
    await run(world)
    world.notion.trash(twins[0].page)
    await run(world)
    expect(world.airtable.value(twins[0].row, 'Status')).toBe('Archived')
    await expectQuiet(world)
  })

  it('for it was moved to another data source is treated as deleted, and the log says moved', async () => {
    const notion = exampleNotion(3)
    const elsewhere = '22222222-2222-4222-8222-222222222222'
    notion.databases.push({ title: 'Elsewhere', dataSourceId: elsewhere, properties: { Name: { type: 'title' } } })
    const { world, twins } = await paired({ notion })
    world.notion.move(twins[0].page, elsewhere)
    const { log } = await run(world)
    expect(world.airtable.value(twins[0].row, 'Status')).toBe('Archived')
    expect(`${log}${await changelog(world)}`).toMatch(/moved to another data source/)
    await expectQuiet(world)
  })

  it.each([
    ['is no longer shared', (world: World, page: string) => world.notion.unshare(page)],
    ['was deleted for good', (world: World, page: string) => world.notion.purge(page)],
  ])('for it %s is a problem, and nothing is deleted or written', async (_, act) => {
    const { world, twins } = await paired()
    const before = world.airtable.record(twins[0].row).fields
    act(world, twins[0].page)
    const { outputs } = await run(world)
    expect(outputs).toMatchObject({ problems: '1', deleted: '0' })
    expect(world.airtable.record(twins[0].row).fields).toEqual(before)
    expect((await world.github.issues('open')).map(issue => issue.body).join()).toContain('Search redesign')
    await expectQuiet(world)
  })

  it('for it was unshared is merged again when it is shared again, and the problem is closed', async () => {
    const { world, twins } = await paired()
    world.notion.unshare(twins[0].page)
    await run(world)
    world.airtable.edit(twins[0].row, { Sprint: 'S7' })
    world.notion.share(twins[0].page)
    const { outputs } = await run(world)
    expect(outputs).toMatchObject({ problems: '0', created: '0' })
    expect(world.notion.value(twins[0].page, 'Sprint')).toBe('S7')
    expect(await world.github.issues('open')).toEqual([])
  })
})

describe('a row that the filter of the table leaves out', () => {
  const FILTERED = MAPPINGS.replace(
    '      table: Delivery Tracker\n',
    `      table: Delivery Tracker\n      filter: "NOT({Sprint} = 'Icebox')"\n`,
  )

  it('rests: it is not taken for deleted, and no second row is made; back again, everything flows', async () => {
    const { world, twins } = await paired({ mappings: FILTERED })
    world.airtable.edit(twins[0].row, { Sprint: 'Icebox' })
    world.notion.edit(twins[0].page, { Priority: 'P3' })
    const before = serviceWrites(world)
    expect((await run(world)).outputs).toMatchObject({ created: '0', deleted: '0', problems: '0' })
    await expectQuiet(world)
    expect(serviceWrites(world)).toEqual(before)

    world.airtable.edit(twins[0].row, { Sprint: 'S8' })
    await run(world)
    expect(world.airtable.value(twins[0].row, 'Priority')).toBe('P3')
    expect(world.notion.value(twins[0].page, 'Sprint')).toBe('S8')
    expect(world.airtable.records()).toHaveLength(3)
    await expectQuiet(world)
  })
})

describe('the guards', () => {
  const LIMITED = MAPPINGS.replace('max_deletions: 10', 'max_deletions: 1')

  it('stop a sync that would delete more than it may, say what it would have done, and let it pass by force', async () => {
    const { world, twins } = await paired({ mappings: LIMITED })
    world.notion.trash(twins[0].page)
    world.notion.trash(twins[1].page)
    world.notion.edit(twins[2].page, { Priority: 'P3' })

    const stopped = await expectStopped(world, /2 records would be archived.*force/s)
    expect(stopped.summary).toContain('2 records would be archived')
    expect(stopped.annotations.map(({ message }) => message).join()).toContain('3 → Airtable')
    expect(stopped.summary).toMatch(/twin is gone: 2\..*Will be archived.*Search redesign.*Billing redesign/s)
    for (const planned of [
      'Search redesign → Airtable: Status Planned → Archived (its page was moved to trash, so archived)',
      'Onboarding redesign → Airtable: Priority P2 → P3 (edited in Notion)',
    ])
      expect(stopped.log).toContain(planned)
    const commands = stopped.stdout.match(/^::(end)?group::/gm) ?? []
    expect(commands).toEqual(commands.map((_, at) => (at % 2 === 0 ? '::group::' : '::endgroup::')))

    await run(world, { inputs: { force: 'true' } })
    expect(twins.map(({ row }) => world.airtable.value(row, 'Status'))).toEqual(['Archived', 'Archived', 'In review'])
    expect(world.airtable.value(twins[2].row, 'Priority')).toBe('P3')
    await expectQuiet(world)
  })

  it('count both sides together, and take a share of the pairs', async () => {
    const mappings = MAPPINGS.replace('max_deletions: 10', 'max_deletions: 50%').replace('row: restore', 'row: trash')
    const { world, twins } = await paired({ mappings })
    world.notion.trash(twins[0].page)
    await run(world)
    world.notion.trash(twins[1].page)
    world.airtable.remove(twins[2].row)
    await expectStopped(world, /2 records would be archived.*force/s)
  })

  it('stop a sync when one side comes back empty', async () => {
    const { world, twins } = await paired()
    for (const { page } of twins) world.notion.trash(page)
    await expectStopped(world, /Notion came back empty.*force/s)
    for (const { page } of twins) world.notion.restore(page)
    for (const { row } of twins) world.airtable.remove(row)
    await expectStopped(world, /Airtable came back empty.*force/s)
    expect((await run(world, { inputs: { force: 'true' } })).outputs.created).toBe('3')
  })

  it('refuse state in a public repository before anything is written, unless the config allows it', async () => {
    const world = await start({ github: { private: false } })
    const stopped = await expectStopped(world, /public.*allow_public_state/s)
    expect(stopped.log).not.toContain('could not be recorded')
    expect(world.github.writes()).toEqual([])
    const planned = await world.run({ inputs: { mode: 'plan' } })
    expect(planned.exitCode).toBe(1)
    expect(planned.log + planned.summary).not.toContain('Search redesign')
    await world.github.commitFiles({ 'mappings.yaml': `allow_public_state: true\n${MAPPINGS}` }, 'Allow it')
    expect((await run(world)).outputs.created).toBe('3')
  })
})

describe('a state that belongs to another place', () => {
  it.each([
    ['repository', '"acme/specs"', '"acme/original"'],
    ['base', /"base":"app\w+"/, '"base":"appAnotherBase000"'],
    ['table', /"tableId":"tbl\w+"/, '"tableId":"tblAnotherTable00"'],
  ])('stops the sync before its first write: another %s', async (what, before, after) => {
    const { world, twins } = await paired()
    const state = (await world.github.file('state/product-specs/state.json')) ?? ''
    expect(state).toMatch(before)
    await world.github.commitFiles({ 'state/product-specs/state.json': state.replace(before, after) }, 'As in a copy')
    world.notion.edit(twins[0].page, { Priority: 'P3' })
    await expectStopped(world, new RegExp(what))
  })

  it('is noticed where the config names another table now', async () => {
    const airtable = exampleAirtable()
    const [table] = airtable.bases[0]?.tables ?? []
    if (table === undefined) throw new Error('the example has a table')
    airtable.bases[0]?.tables.push({ ...table, name: 'Other Tracker' })
    const { world } = await paired({ airtable })
    const mappings = MAPPINGS.replace('table: Delivery Tracker', 'table: Other Tracker')
    await world.github.commitFiles({ 'mappings.yaml': mappings }, 'Point elsewhere')

    await expectStopped(world, /table/)
    expect(world.airtable.records('Other Tracker')).toEqual([])
  })

  it('is noticed where the config names another database now', async () => {
    const notion = exampleNotion(3)
    const [specs] = notion.databases
    if (specs === undefined) throw new Error('the example has a database')
    const id = '11111111-1111-4111-8111-111111111111'
    notion.databases.push({ ...specs, title: 'Copy of Product Specs', id })
    const { world } = await paired({ notion })
    await expectStopped(world, /data source/, { env: { NOTION_DATABASE_ID: id } })
    expect(world.airtable.records()).toHaveLength(3)
  })
})

describe('columns that changed', () => {
  it('are followed by their ID when they were renamed, with a warning at their line in the config', async () => {
    const { world, twins } = await paired()
    world.notion.renameProperty(world.notion.dataSourceId, 'Priority', 'Urgency')
    world.airtable.renameField('Target Quarter', 'Quarter')
    world.notion.edit(twins[0].page, { Urgency: 'P3' })
    world.airtable.edit(twins[0].row, { Quarter: '2027 Q2' })

    const { annotations } = await run(world)

    expect(world.airtable.value(twins[0].row, 'Priority')).toBe('P3')
    expect(world.notion.value(twins[0].page, 'Target Quarter')).toBe('2027 Q2')
    const lineOf = (text: string) => MAPPINGS.split('\n').findIndex(line => line.includes(`notion: ${text}`)) + 1
    const warnings = annotations.filter(({ level }) => level === 'warning')
    expect(warnings).toMatchObject([
      { file: 'mappings.yaml', line: lineOf('Priority'), message: expect.stringMatching(/Priority.*Urgency/) },
      { file: 'mappings.yaml', line: lineOf('Target Quarter'), message: expect.stringMatching(/Quarter/) },
    ])
  })

  it('are followed wherever the config names them: as what archive writes, and as what links rows', async () => {
    const { world, twins } = await paired()
    world.notion.renameProperty(world.notion.dataSourceId, 'Name', 'Title')
    world.airtable.renameField('Spec Name', 'Title')
    world.airtable.renameField('Status', 'State')
    world.notion.trash(twins[0].page)
    world.notion.addPage(world.notion.dataSourceId, { Title: 'Made by hand', Status: 'Planned' })
    const row = world.airtable.add({ Title: 'Made by hand' })

    const { outputs } = await run(world)

    expect(outputs.created).toBe('0')
    expect(world.airtable.value(twins[0].row, 'State')).toBe('Archived')
    expect(world.airtable.value(row, 'State')).toBe('Planned')
    await expectQuiet(world)
  })

  it.each<[string, (world: World) => void, RegExp]>([
    ['a property is gone', world => world.notion.dropProperty(world.notion.dataSourceId, 'Priority'), /Priority/],
    ['a field is gone', world => world.airtable.dropField('Sprint'), /Sprint/],
    ['the page ID field is gone', world => world.airtable.dropField('Notion Page ID'), /Notion Page ID/],
    [
      'a property’s type no longer fits',
      world => world.notion.retypeProperty(world.notion.dataSourceId, 'Priority', 'checkbox'),
      /Priority/,
    ],
    ['a field’s type no longer fits', world => world.airtable.retypeField('Ship Date', 'checkbox'), /Ship Date/],
  ])('stop the sync before its first write: %s', async (_, change, why) => {
    const { world, twins } = await paired()
    world.notion.edit(twins[0].page, { Name: 'Search, renamed' })
    change(world)
    await expectStopped(world, why)
    expect(world.airtable.value(twins[0].row, 'Spec Name')).toBe('Search redesign')
  })

  it('two of them at once are both told, each at its line', async () => {
    const { world } = await paired()
    world.notion.dropProperty(world.notion.dataSourceId, 'Priority')
    world.airtable.dropField('Sprint')
    const { annotations } = await expectStopped(world, /Priority/)
    const errors = annotations.filter(({ level }) => level === 'error')
    expect(errors).toHaveLength(2)
    for (const { file, line } of errors) {
      expect(file).toBe('mappings.yaml')
      expect(MAPPINGS.split('\n')[(line ?? 0) - 1]).toMatch(/Priority|Sprint/)
    }
  })
})

it('only mapped fields are ever written: what people keep beside them stays, through every kind of change', async () => {
  const world = await start()
  world.airtable.addField({ name: 'Notes', type: 'singleLineText' })
  await run(world)
  const [first, second, third] = world.airtable.records().map(record => record.id)
  const page = (row = '') => String(world.airtable.value(row, 'Notion Page ID'))
  for (const row of [first, second, third]) world.airtable.edit(row ?? '', { Notes: `of ${row}` })
  world.notion.edit(page(first), { Name: 'Search, renamed', Owner: [] })
  world.notion.trash(page(second))
  world.airtable.edit(third ?? '', { 'Spec Name': 'not yours', Sprint: 'S1' })
  await run(world)

  expect(world.airtable.records().map(({ id, fields }) => [id, fields.Notes])).toEqual(
    [first, second, third].map(row => [row, `of ${row}`]),
  )
  const written = world.airtable.calls.filter(call => call.method === 'PATCH').map(call => call.body)
  expect(written.length).toBeGreaterThan(1)
  expect(written.join()).not.toContain(world.airtable.fieldId('Notes'))
})
