/**
 * Which page belongs to which row: both sides full before the first run, twins made on either side and found again
 * after a broken run, copies that people make, and records that leave the filter or the view. The built action runs
 * against the emulators; people act through their hands.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { exampleAirtable, exampleNotion, MAPPINGS } from '../../demo/example.ts'
import { startWorld, type World, type WorldOptions } from '../../demo/world.ts'
import { runUntil } from '../../fuzz/kill.ts'
import { startSynced } from './past.ts'
import { run } from './steps.ts'

const creating = (create: string): string => MAPPINGS.replace('create: airtable', `create: ${create}`)
const BOTH = creating('both')

type Cells = Record<string, unknown>

async function start(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld({ specs: 3, ...options })
  onTestFinished(() => world.close())
  return world
}

/** The same after a first run. */
async function synced(options: WorldOptions = {}): Promise<World> {
  const world = await startSynced({ specs: 3, ...options })
  onTestFinished(() => world.close())
  return world
}

/** The example's base with these rows in it, and with these views. */
function tableWith(rows: Cells[], views?: { name: string; filter?: string }[]) {
  const seed = exampleAirtable()
  const [table] = seed.bases[0]?.tables ?? []
  if (table === undefined) throw new Error('the example has a table')
  table.records = rows.map(fields => ({ fields }))
  if (views !== undefined) table.views = views
  return seed
}

/** A world whose specs are paired, and its pairs in the order of the example. */
async function paired(options: WorldOptions = {}): Promise<{ world: World; twins: { page: string; row: string }[] }> {
  const world = await synced(options)
  return { world, twins: pagesOf(world).map(page => ({ page, row: only(rowsOf(world, page)) })) }
}

const pagesOf = (world: World): string[] => world.notion.pages(world.notion.dataSourceId).map(page => String(page.id))
const pagesCalled = (world: World, name: string | null): string[] =>
  pagesOf(world).filter(page => world.notion.value(page, 'Name') === name)
const rowsOf = (world: World, page: string): string[] =>
  world.airtable.records().flatMap(({ id, fields }) => (fields['Notion Page ID'] === page ? [id] : []))
const rowsCalled = (world: World, name: string): string[] =>
  world.airtable.records().flatMap(({ id, fields }) => (fields['Spec Name'] === name ? [id] : []))
const pageIn = (world: World, row: string): unknown => world.airtable.value(row, 'Notion Page ID')

function only<T>(items: readonly T[]): T {
  const [item, second] = items
  expect([item !== undefined, second]).toEqual([true, undefined])
  return item as T
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index]
  if (item === undefined) throw new Error(`there is no item ${index}`)
  return item
}

const serviceWrites = (world: World): string[] => [
  ...world.notion.calls
    .filter(({ method, path }) => method === 'PATCH' || path === '/v1/pages')
    .map(({ method, path }) => `Notion ${method} ${path}`),
  ...world.airtable.calls
    .filter(({ method }) => method !== 'GET')
    .map(({ method, body }) => `Airtable ${method} ${body}`),
]

/** A run that writes nothing anywhere: what was done before is settled. */
async function expectQuiet(world: World): Promise<void> {
  const before = [serviceWrites(world), world.github.writes().length]
  const { outputs, log } = await run(world)
  expect(outputs.changed, log).toBe('false')
  expect([serviceWrites(world), world.github.writes().length]).toEqual(before)
}

const issueBody = async (world: World): Promise<string> =>
  (await world.github.issues('open')).map(issue => issue.body).join('\n')
const forget = (world: World): Promise<string> =>
  world.github.commitFiles({ 'state/product-specs/state.json': null }, 'Start over')
const remap = (world: World, mappings: string): Promise<string> =>
  world.github.commitFiles({ 'mappings.yaml': mappings }, 'Change the mapping')

/** The items of a list that the summary of a plan folds up. */
function listed(summary: string, title: RegExp): string[] {
  const block = summary.split('<details>').find(part => title.test(part.split('</summary>', 1)[0] ?? '')) ?? ''
  return block.split('\n').filter(line => line.startsWith('- '))
}

describe('pages and rows that are there before the first run', () => {
  const ROWS = [
    { 'Spec Name': 'search redesign', Sprint: 'S1' },
    { 'Spec Name': 'Billing redesign' },
    { 'Spec Name': 'Billing redesign' },
    { 'Spec Name': 'Only in Airtable' },
  ]

  it('are shown by a plan in three lists: what it links, what it makes, and what stays and why', async () => {
    const world = await start({ airtable: tableWith(ROWS) })

    const { summary } = await run(world, { inputs: { mode: 'plan' } })

    expect(listed(summary, /linked/)).toEqual([expect.stringMatching(/Search redesign.*same name/)])
    expect(listed(summary, /created/)).toEqual([expect.stringMatching(/Onboarding redesign.*new row/)])
    expect(listed(summary, /Stay without a twin/)).toEqual([
      expect.stringMatching(/Only in Airtable.*create: airtable/),
    ])
    const problems = summary.split('\n').filter(line => line.startsWith('|') && line.includes('Billing redesign'))
    expect(problems).toHaveLength(3)
    for (const line of problems) expect(line).toMatch(/1 page and 2 rows have this name.*Rename|page ID cell/)
    expect(serviceWrites(world)).toEqual([])
    expect(world.github.writes()).toEqual([])
  })

  it('are then linked, made and left just as the plan said', async () => {
    const world = await start({ airtable: tableWith(ROWS) })
    const { outputs } = await run(world)
    expect(outputs).toMatchObject({ created: '1', problems: '3', conflicts: '0' })
    expect(world.airtable.records()).toHaveLength(5)
    expect(world.notion.value(at(pagesOf(world), 0), 'Sprint')).toBe('S1')
    expect(rowsCalled(world, 'Billing redesign').map(row => pageIn(world, row))).toEqual([null, null])
    await expectQuiet(world)
  })

  it('of which two pages share the name of one row are left alone, until a person renames one of them', async () => {
    const world = await start({ airtable: tableWith([{ 'Spec Name': 'Search redesign', Sprint: 'S1' }]) })
    const second = world.notion.addPage(world.notion.dataSourceId, { Name: 'Search redesign', Status: 'Planned' })
    expect((await run(world)).outputs).toMatchObject({ created: '2', problems: '3' })
    expect(await issueBody(world)).toMatch(/2 pages and 1 row have this name/)
    expect(pageIn(world, only(rowsCalled(world, 'Search redesign')))).toBe(null)

    world.notion.edit(second, { Name: 'Search redesign, phase two' })
    expect((await run(world)).outputs).toMatchObject({ created: '1', problems: '0' })

    expect(await world.github.issues('open')).toEqual([])
    expect(world.airtable.records()).toHaveLength(4)
    expect(world.notion.value(only(pagesCalled(world, 'Search redesign')), 'Sprint')).toBe('S1')
    await expectQuiet(world)
  })

  it('and cannot be told apart are linked where a person puts the page’s ID into a row; the other stays without a twin', async () => {
    const world = await start({ airtable: tableWith(ROWS) })
    await run(world)
    const [chosen = '', other = ''] = rowsCalled(world, 'Billing redesign')
    const page = only(pagesCalled(world, 'Billing redesign'))
    world.airtable.edit(chosen, { 'Notion Page ID': page, Sprint: 'S2' })

    expect((await run(world)).outputs).toMatchObject({ created: '0', problems: '0' })

    expect(world.notion.value(page, 'Sprint')).toBe('S2')
    expect(pageIn(world, other)).toBe(null)
    await expectQuiet(world)
  })

  it('without a name are not taken for each other', async () => {
    const world = await start({ airtable: tableWith([{ Sprint: 'S1' }]), mappings: creating('none') })
    const nameless = world.notion.addPage(world.notion.dataSourceId, { Status: 'Planned' })
    expect((await run(world)).outputs).toMatchObject({ problems: '0', 'updated-notion': '0', 'updated-airtable': '0' })
    expect(world.notion.value(nameless, 'Sprint')).toBe(null)
  })

  it('are not linked by name where the row carries the ID of another page', async () => {
    const world = await start()
    const [first = ''] = pagesOf(world)
    const row = world.airtable.add({ 'Spec Name': 'Billing redesign', 'Notion Page ID': first })

    expect((await run(world)).outputs).toMatchObject({ created: '2', problems: '0' })

    expect(pageIn(world, row)).toBe(first)
    expect(world.airtable.value(row, 'Spec Name')).toBe('Search redesign')
    expect(rowsCalled(world, 'Billing redesign')).toHaveLength(1)
    await expectQuiet(world)
  })

  it('on both sides, with create: both: what belongs together is linked, and only the rest is made, on either side', async () => {
    const rows = [
      { 'Spec Name': 'Search redesign', Sprint: 'S1' },
      { 'Spec Name': 'Only in Airtable', Status: 'Planned' },
    ]
    const world = await start({ airtable: tableWith(rows), mappings: BOTH })

    expect((await run(world)).outputs).toMatchObject({ created: '3', problems: '0' })

    const names = ['Billing redesign', 'Onboarding redesign', 'Only in Airtable', 'Search redesign']
    expect(
      pagesOf(world)
        .map(page => world.notion.value(page, 'Name'))
        .sort(),
    ).toEqual(names)
    expect(
      world.airtable
        .records()
        .map(({ fields }) => fields['Spec Name'])
        .sort(),
    ).toEqual(names)
    expect(new Set(world.airtable.records().map(({ id }) => pageIn(world, id)))).toEqual(new Set(pagesOf(world)))
    await expectQuiet(world)
  })
})

describe('a page without a row and a row without a page', () => {
  it.each([
    ['airtable', ['Search redesign'], ['Only in Airtable', 'Search redesign'], /Only in Airtable.*no page/],
    ['notion', ['Only in Airtable', 'Search redesign'], ['Only in Airtable'], /Search redesign.*no row/],
    ['both', ['Only in Airtable', 'Search redesign'], ['Only in Airtable', 'Search redesign'], null],
    ['none', ['Search redesign'], ['Only in Airtable'], /Search redesign.*no row/],
  ] as const)('with create: %s', async (create, pages, rows, stays) => {
    const world = await start({
      specs: 1,
      airtable: tableWith([{ 'Spec Name': 'Only in Airtable', Status: 'Planned' }]),
      mappings: creating(create),
    })
    const { summary } = await run(world, { inputs: { mode: 'plan' } })
    expect(listed(summary, /Stay without a twin/)[0] ?? null).toEqual(stays && expect.stringMatching(stays))

    await run(world)

    expect(
      pagesOf(world)
        .map(page => world.notion.value(page, 'Name'))
        .sort(),
    ).toEqual(pages)
    expect(
      world.airtable
        .records()
        .map(({ fields }) => fields['Spec Name'])
        .sort(),
    ).toEqual(rows)
    await expectQuiet(world)
  })
})

describe('a page that is made from a row', () => {
  it('holds every mapped field, its row gets ID, address and time, and edits flow both ways from then on', async () => {
    const world = await synced({ specs: 1, mappings: BOTH })
    const row = world.airtable.add({
      'Spec Name': 'Checkout, new',
      Status: 'Planned',
      Priority: 'P1',
      Owner: 'Ada Lovelace, Grace Hopper',
      'Target Quarter': '2027 Q1',
      Sprint: 'S1',
      'Ship Date': '2027-01-15',
      Blockers: 'legal\nvendor',
    })

    expect((await run(world)).outputs).toMatchObject({ created: '1', problems: '0', conflicts: '0' })

    const page = only(pagesCalled(world, 'Checkout, new'))
    const held = ['Status', 'Priority', 'Owner', 'Target Quarter', 'Sprint', 'Ship Date', 'Blockers']
    expect(held.map(name => world.notion.value(page, name))).toEqual([
      'Planned',
      'P1',
      ['Ada Lovelace', 'Grace Hopper'],
      '2027 Q1',
      'S1',
      '2027-01-15',
      'legal\nvendor',
    ])
    expect(world.airtable.record(row).fields).toMatchObject({
      'Notion Page ID': page,
      'Notion URL': world.notion.page(page).url,
      'Last Synced': expect.stringMatching(/^2026-11-20T09:0/),
    })
    await expectQuiet(world)

    world.notion.edit(page, { Priority: 'P3' })
    world.airtable.edit(row, { Sprint: 'S2' })
    await run(world)
    expect(world.airtable.value(row, 'Priority')).toBe('P3')
    expect(world.notion.value(page, 'Sprint')).toBe('S2')
    await expectQuiet(world)
  })

  it('is told with its title in log, changelog and commit', async () => {
    const world = await synced({ specs: 1, mappings: BOTH })
    world.airtable.add({ 'Spec Name': 'Checkout', Status: 'Planned' })
    const { log } = await run(world)
    const changelog = await world.github.file('state/product-specs/CHANGELOG.md')
    const [commit] = await world.github.commits()
    expect(log).toMatch(/Checkout.*Notion.*new page/)
    expect(changelog).toMatch(/Checkout.*new page/)
    expect(commit?.message).toMatch(/^sync\(product-specs\): 1 created/)
    expect(commit?.message).toContain('Checkout')
  })

  it('waits while its row is empty, or holds nothing that is mapped, and is made when it does', async () => {
    const world = await start({ specs: 1, mappings: BOTH })
    world.airtable.addField({ name: 'Notes', type: 'singleLineText' })
    await run(world)
    const row = world.airtable.add({})
    const { summary } = await run(world, { inputs: { mode: 'plan' } })
    expect(listed(summary, /Stay without a twin/)).toEqual([expect.stringMatching(/empty row/)])
    await expectQuiet(world)
    world.airtable.edit(row, { Notes: 'mine' })
    await expectQuiet(world)

    world.airtable.edit(row, { 'Spec Name': 'Now it has a name' })
    expect((await run(world)).outputs.created).toBe('1')
    expect(pageIn(world, row)).toBe(only(pagesCalled(world, 'Now it has a name')))
    expect(world.airtable.value(row, 'Notes')).toBe('mine')
  })

  it('lacks the value that Notion cannot take, which is a problem; the row keeps it, and the rest is there', async () => {
    const world = await synced({ specs: 1, mappings: BOTH })
    const row = world.airtable.add({ 'Spec Name': 'Checkout', Owner: 'Nobody Known', Sprint: 'S1' })
    expect((await run(world)).outputs).toMatchObject({ created: '1', problems: '1' })
    const page = only(pagesCalled(world, 'Checkout'))
    expect(world.notion.value(page, 'Sprint')).toBe('S1')
    expect(world.airtable.value(row, 'Owner')).toBe('Nobody Known')
    expect(await issueBody(world)).toContain('Nobody Known')

    await run(world)
    expect(world.airtable.value(row, 'Owner')).toBe('Nobody Known')
    expect(only(pagesCalled(world, 'Checkout'))).toBe(page)
  })

  it('is made once also where its values put it outside the filter; the pair rests there', async () => {
    const world = await synced({ specs: 1, mappings: BOTH })
    const row = world.airtable.add({ 'Spec Name': 'An idea', Status: 'Draft' })
    await run(world)
    await run(world)
    const page = only(pagesCalled(world, 'An idea'))
    expect(pageIn(world, row)).toBe(page)
    world.notion.edit(page, { Status: 'Planned', Priority: 'P1' })
    await run(world)
    expect(world.airtable.record(row).fields).toMatchObject({ Status: 'Planned', Priority: 'P1' })
  })

  it('is not missed while Notion does not list it yet: not made again, not taken for deleted', async () => {
    const world = await start({ specs: 1, mappings: BOTH })
    world.notion.settings.indexLagMs = 120_000
    const row = world.airtable.add({ 'Spec Name': 'Checkout', Sprint: 'S1' })
    expect((await run(world)).outputs.created).toBe('2')
    const before = world.airtable.record(row).fields

    world.setClock('2026-11-20T09:01:00Z')
    const { outputs } = await run(world)
    expect(outputs).toMatchObject({ created: '0', deleted: '0', problems: '0' })
    expect(world.airtable.record(row).fields).toEqual(before)
    expect(pagesCalled(world, 'Checkout')).toHaveLength(1)

    world.airtable.edit(row, { Sprint: 'S2' })
    world.setClock('2026-11-20T09:30:00Z')
    await run(world)
    expect(world.notion.value(only(pagesCalled(world, 'Checkout')), 'Sprint')).toBe('S2')
    expect(world.airtable.records()).toHaveLength(2)
    await expectQuiet(world)
  })
})

describe('pages that were being made when the run broke off are made once', () => {
  const ROWS = [
    { 'Spec Name': 'Alone', Status: 'Planned', Sprint: 'S1' },
    { 'Spec Name': 'Alike', Status: 'Planned', Sprint: 'S2' },
    { 'Spec Name': 'Alike', Status: 'Planned', Sprint: 'S2' },
    { Status: 'Planned', Sprint: 'S3' },
    { Status: 'Planned', Sprint: 'S3' },
  ]
  const CREATE = /^POST \/v1\/pages$/
  const isCreate = ({ method, path }: { method: string; path: string }) => CREATE.test(`${method} ${path}`)

  /** A world with five rows to make pages of: one alone of its name, two that are alike, two alike without a name. */
  const before = (): Promise<World> => start({ specs: 0, airtable: tableWith(ROWS), mappings: creating('notion') })

  async function expectOnce(world: World): Promise<void> {
    await run(world)
    await run(world)
    expect(
      pagesOf(world)
        .map(page => [world.notion.value(page, 'Name'), world.notion.value(page, 'Sprint')])
        .sort(),
    ).toEqual(
      [
        ['Alike', 'S2'],
        ['Alike', 'S2'],
        ['Alone', 'S1'],
        [null, 'S3'],
        [null, 'S3'],
      ].sort(),
    )
    expect(world.airtable.records()).toHaveLength(5)
    expect(new Set(world.airtable.records().map(({ id }) => pageIn(world, id)))).toEqual(new Set(pagesOf(world)))
    await expectQuiet(world)
  }

  /** The same in worlds of their own, broken off at this and that of the five. */
  async function atEach(places: number[], act: (world: World, skip: number) => Promise<void>): Promise<void> {
    await Promise.all(places.map(async skip => act(await before(), skip)))
  }

  it('for the answer of Notion was lost, which fails the step and is told', () =>
    atEach([0, 1, 3], async (world, skip) => {
      world.notion.inject({ on: CREATE, effect: { kind: 'reset', when: 'after' }, skip })
      expect((await world.run()).exitCode).toBe(1)
      await expectOnce(world)
    }))

  it('for Notion answered 502 or 503 although it had made the page', () =>
    atEach([0, 1], async (world, skip) => {
      const status = skip === 0 ? 502 : 503
      world.notion.inject({ on: CREATE, effect: { kind: 'answerAfter', status, body: 'Bad Gateway' }, skip })
      expect((await world.run()).exitCode).toBe(1)
      await expectOnce(world)
    }))

  it.each(['unanswered', 'answered'] as const)('for the run was killed when a page was made, %s', moment =>
    atEach([1, 3], async (world, skip) => {
      let met = 0
      const killed = await runUntil(world, call => isCreate(call) && met++ === skip, moment)
      expect(killed.signal).toBe('SIGKILL')
      await expectOnce(world)
    }),
  )

  it('for the run was killed before the rows were given the IDs of their pages', async () => {
    const world = await before()
    const killed = await runUntil(
      world,
      ({ method, service }) => service === 'airtable' && method === 'PATCH',
      'before',
    )
    expect(killed.signal).toBe('SIGKILL')
    expect(pagesOf(world)).toHaveLength(5)
    expect(world.airtable.records().map(({ id }) => pageIn(world, id))).toEqual([null, null, null, null, null])
    await expectOnce(world)
  })

  it('for Airtable did not take the IDs of the pages, which the state knows', async () => {
    const world = await before()
    const body = { error: { type: 'INVALID_PERMISSIONS', message: 'no' } }
    world.airtable.inject({ on: /^PATCH /, effect: { kind: 'answer', status: 403, body }, times: 50 })
    expect((await world.run()).exitCode).toBe(1)
    world.airtable.clearFaults()
    expect((await world.state()).pairs).toHaveLength(5)
    await expectOnce(world)
  })

  it('for GitHub did not take the commit', async () => {
    const world = await before()
    const refused = { kind: 'answer', status: 403, body: { message: 'no' } } as const
    world.github.inject({ on: /^PATCH .*git\/refs/, effect: refused, times: 50 })
    expect((await world.run()).exitCode).toBe(1)
    world.github.clearFaults()
    expect(await world.state()).toBe(null)
    await expectOnce(world)
  })

  it('also where the values of a row put its page outside the filter', async () => {
    const world = await start({
      specs: 1,
      airtable: tableWith([{ 'Spec Name': 'An idea', Status: 'Draft' }, { 'Spec Name': 'Search redesign' }]),
      mappings: creating('notion'),
    })
    world.notion.inject({ on: CREATE, effect: { kind: 'reset', when: 'after' } })
    expect((await world.run()).exitCode).toBe(1)
    await run(world)
    await run(world)
    expect(pagesCalled(world, 'An idea')).toHaveLength(1)
  })

  it.each<[string, Cells, string, (notion: ReturnType<typeof exampleNotion>) => void]>([
    ['the field that links rows is not the title, and is empty', { 'Spec Name': 'Checkout' }, 'Sprint', () => {}],
    ['a row without a name holds what Notion cannot take', { Owner: 'Nobody Known', Sprint: 'S1' }, 'Name', () => {}],
    [
      'a row has neither name nor status, and Notion gives its page the status that new pages have',
      { Sprint: 'S1' },
      'Name',
      ({ databases }) =>
        Object.assign(databases[0]?.properties ?? {}, { Status: { type: 'status', options: ['Planned', 'Archived'] } }),
    ],
  ])('also where %s', async (_, cells, match, change) => {
    const notion = exampleNotion(0)
    change(notion)
    const mappings = creating('notion')
      .replace(/ +filter: .*\n/, '')
      .replace('match: Name', `match: ${match}`)
    const world = await start({ notion, airtable: tableWith([cells]), mappings })
    world.notion.inject({ on: CREATE, effect: { kind: 'reset', when: 'after' } })
    expect((await world.run()).exitCode).toBe(1)
    await run(world)
    await run(world)
    expect(pagesOf(world)).toHaveLength(1)
    expect(world.airtable.records().map(({ id }) => pageIn(world, id))).toEqual(pagesOf(world))
  })

  it('also where Notion does not list the page yet when the next run, after a lost answer, looks for it', async () => {
    const world = await start({
      specs: 0,
      airtable: tableWith([{ 'Spec Name': 'Alone', Sprint: 'S1' }]),
      mappings: creating('notion'),
    })
    world.notion.settings.indexLagMs = 60_000
    world.notion.inject({ on: CREATE, effect: { kind: 'reset', when: 'after' } })
    expect((await world.run()).exitCode).toBe(1)
    world.setClock('2026-11-20T09:00:40Z')
    await world.run()
    world.setClock('2026-11-20T09:20:00Z')
    await run(world)
    expect(pagesCalled(world, 'Alone')).toHaveLength(1)
  })

  it('and where no page was made after all, the row waits while one might still turn up, and then gets its page', async () => {
    const world = await synced({ specs: 1, mappings: BOTH })
    const row = world.airtable.add({ 'Spec Name': 'Alone', Sprint: 'S1' })
    world.notion.inject({ on: CREATE, effect: { kind: 'reset', when: 'before' } })
    expect((await world.run()).exitCode).toBe(1)
    world.setClock('2026-11-20T09:15:00Z')
    expect((await run(world)).outputs.created).toBe('0')
    const { summary } = await run(world, { inputs: { mode: 'plan' } })
    expect(listed(summary, /Stay without a twin/)).toEqual([expect.stringMatching(/Alone.*may have been made already/)])
    await expectQuiet(world)

    world.setClock('2026-11-20T10:00:00Z')
    expect((await run(world)).outputs.created).toBe('1')
    expect(pageIn(world, row)).toBe(only(pagesCalled(world, 'Alone')))
    await expectQuiet(world)
  })

  it('and keep what a person typed into page and row before the next run; what differs is merged as on a first link', async () => {
    const world = await before()
    // Several pages are made at the same time.
    const killed = await runUntil(world, call => isCreate(call) && call.body.includes('Alone'), 'answered')
    expect(killed.signal).toBe('SIGKILL')
    const row = only(rowsCalled(world, 'Alone'))
    world.notion.edit(only(pagesCalled(world, 'Alone')), { Priority: 'P1', Blockers: 'legal' })
    world.airtable.edit(row, { 'Target Quarter': '2027 Q1', Blockers: 'vendor' })

    await run(world)
    await run(world)

    const page = only(pagesCalled(world, 'Alone'))
    expect(pageIn(world, row)).toBe(page)
    expect(world.airtable.record(row).fields).toMatchObject({ Priority: 'P1', 'Target Quarter': '2027 Q1' })
    expect(world.notion.value(page, 'Target Quarter')).toBe('2027 Q1')
    // The field is Airtable's; what was typed in Notion is overridden, and kept in the changelog.
    expect(world.notion.value(page, 'Blockers')).toBe('vendor')
    expect(await world.github.file('state/product-specs/CHANGELOG.md')).toContain('legal')
    expect(pagesOf(world)).toHaveLength(5)
    await expectQuiet(world)
  })

  it('also where a person renamed the row before the next run, and again when that one is cut off too', async () => {
    const rows = [{ 'Spec Name': 'Alone', Status: 'Planned', Sprint: 'S1' }]
    const world = await start({ specs: 0, airtable: tableWith(rows), mappings: BOTH })
    await runUntil(world, isCreate, 'answered')
    const page = only(pagesCalled(world, 'Alone'))
    const [row] = world.airtable.records()
    world.airtable.edit(row?.id ?? '', { 'Spec Name': 'Renamed' })
    await runUntil(world, ({ service, method }) => service === 'airtable' && method === 'PATCH', 'before')
    expect(world.airtable.records().map(({ fields }) => fields['Notion Page ID'])).toEqual([undefined])

    await run(world)
    await run(world)

    expect(pagesOf(world)).toEqual([page])
    expect(world.airtable.records()).toHaveLength(1)
    expect(pageIn(world, row?.id ?? '')).toBe(page)
    await expectQuiet(world)
  })

  it('and of two rows alike, whose page a person edited before the next run, nothing is guessed and none made again', async () => {
    const world = await before()
    // The pages are made side by side; the first of a name that is there is the one that was made.
    const killed = await runUntil(world, call => isCreate(call) && call.body.includes('Alike'), 'answered')
    expect(killed.signal).toBe('SIGKILL')
    const made = pagesCalled(world, 'Alike')
    expect(made.length).toBeGreaterThan(0)
    for (const page of made) world.notion.edit(page, { Blockers: 'edited' })

    const { outputs } = await run(world)

    expect(pagesCalled(world, 'Alike')).toEqual(made)
    expect(outputs.problems).toBe(String(made.length + 2))
    await run(world)
    expect(pagesCalled(world, 'Alike')).toEqual(made)
    await expectQuiet(world)
  })

  it('but a page that a person made is not taken for one of these, however alike it is', async () => {
    const world = await before()
    world.notion.addPage(world.notion.dataSourceId, { Name: 'Alike', Status: 'Planned', Sprint: 'S2' })
    const { outputs } = await run(world)
    expect(outputs).toMatchObject({ created: '3', problems: '3' })
    expect(pagesCalled(world, 'Alike')).toHaveLength(1)
    expect(rowsCalled(world, 'Alike').map(row => pageIn(world, row))).toEqual([null, null])
  })
})

describe('a row that a person copied, with the hidden page ID in it', () => {
  it('is not made into a page either, and says what to do: with its ID emptied it becomes a record of its own', async () => {
    const { world, twins } = await paired({ mappings: BOTH })
    const [first] = twins
    const copy = world.airtable.duplicate(first?.row ?? '')
    expect((await run(world)).outputs).toMatchObject({ created: '0', problems: '1' })
    expect(await issueBody(world)).toMatch(/looks like a copy.*empty its page ID cell/)
    expect(pagesOf(world)).toHaveLength(3)

    world.airtable.edit(copy, { 'Notion Page ID': null, Sprint: 'of its own' })
    expect((await run(world)).outputs).toMatchObject({ created: '1', problems: '0' })
    await run(world)

    const pages = pagesCalled(world, 'Search redesign')
    expect(pages).toHaveLength(2)
    expect(pages).toContain(pageIn(world, copy))
    expect(world.notion.value(String(pageIn(world, copy)), 'Sprint')).toBe('of its own')
    expect(world.notion.value(first?.page ?? '', 'Sprint')).toBe(null)
    expect(await world.github.issues('open')).toEqual([])
    await expectQuiet(world)
  })

  it('and deleted again closes the problem by itself', async () => {
    const { world, twins } = await paired()
    const copy = world.airtable.duplicate(at(twins, 0).row)
    await run(world)
    expect(await world.github.issues('open')).toHaveLength(1)
    world.airtable.remove(copy)
    expect((await run(world)).outputs.problems).toBe('0')
    expect(await world.github.issues('open')).toEqual([])
  })

  it('twice: both copies are told, and neither is written or made into anything', async () => {
    const { world, twins } = await paired({ mappings: BOTH })
    const copies = [world.airtable.duplicate(at(twins, 0).row), world.airtable.duplicate(at(twins, 0).row)]
    const before = copies.map(copy => world.airtable.record(copy).fields)
    world.notion.edit(at(twins, 0).page, { Priority: 'P3' })
    expect((await run(world)).outputs).toMatchObject({ problems: '2', created: '0' })
    expect(copies.map(copy => world.airtable.record(copy).fields)).toEqual(before)
    expect(world.airtable.value(at(twins, 0).row, 'Priority')).toBe('P3')
    await expectQuiet(world)
  })

  it('and whose original is deleted: the oldest copy takes its place with what was typed there, the other is told', async () => {
    const { world, twins } = await paired()
    const { page, row } = at(twins, 0)
    const first = world.airtable.duplicate(row)
    world.setClock('2026-11-20T09:30:00Z')
    const second = world.airtable.duplicate(row)
    world.airtable.edit(first, { Sprint: 'typed in the first' })
    world.airtable.edit(second, { Sprint: 'typed in the second' })
    world.airtable.remove(row)

    await run(world)
    expect((await run(world)).outputs).toMatchObject({ problems: '1', created: '0' })

    expect(world.notion.value(page, 'Sprint')).toBe('typed in the first')
    expect(world.airtable.value(second, 'Sprint')).toBe('typed in the second')
    expect(world.airtable.records()).toHaveLength(4)
    await expectQuiet(world)
  })

  it.each([1, 2])(
    'is outside the view when its original is deleted (copies: %i): it takes its place, and what was typed there is kept',
    async count => {
      const airtable = tableWith([], [{ name: 'All' }, { name: 'Active', filter: "NOT({Sprint} = 'Icebox')" }])
      const { world, twins } = await paired({ airtable, mappings: viewed('Active') })
      const { page, row } = at(twins, 0)
      world.airtable.edit(row, { Sprint: 'S1' })
      await run(world)
      const copies = Array.from({ length: count }, () => world.airtable.duplicate(row))
      const typed = { Sprint: 'Icebox', Blockers: 'typed in the copy', 'Target Quarter': '2030 Q1' }
      for (const copy of copies) world.airtable.edit(copy, typed)
      world.airtable.remove(row)
      world.notion.addPage(world.notion.dataSourceId, { Name: 'Another one', Status: 'Planned' })

      expect((await run(world)).outputs).toMatchObject({ created: '1', problems: '0' })
      await expectQuiet(world)

      expect(rowsOf(world, page)).toEqual(copies)
      for (const copy of copies) expect(world.airtable.record(copy).fields).toMatchObject(typed)
      expect(rowsCalled(world, 'Another one')).toHaveLength(1)
      // Back in the view, it is merged as on a first link.
      world.airtable.edit(at(copies, 0), { Sprint: 'S2' })
      await run(world)
      expect(world.notion.value(page, 'Blockers')).toBe('typed in the copy')
      expect(await world.github.file('state/product-specs/CHANGELOG.md')).toContain('2030 Q1')
    },
  )

  it('stands outside the view with the page’s ID in capitals, as nobody but a person spells it: no second row is made', async () => {
    const airtable = tableWith([], [{ name: 'All' }, { name: 'Active', filter: "NOT({Sprint} = 'Icebox')" }])
    const world = await start({ specs: 1, airtable, mappings: viewed('Active') })
    const page = only(pagesOf(world))
    world.airtable.add({ 'Spec Name': 'Elsewhere', Sprint: 'Icebox', 'Notion Page ID': page.toUpperCase() })
    expect((await run(world)).outputs).toMatchObject({ created: '0' })
    expect(world.airtable.records()).toHaveLength(1)
  })

  it('and the original, deleted and made again, is brought back from Airtable’s trash: the known row stays the twin', async () => {
    const { world, twins } = await paired()
    const { page, row } = at(twins, 0)
    world.airtable.remove(row)
    await run(world)
    const again = only(rowsOf(world, page))
    world.airtable.restore(row)
    world.notion.edit(page, { Priority: 'P3' })

    expect((await run(world)).outputs).toMatchObject({ problems: '1', created: '0' })

    expect(world.airtable.value(again, 'Priority')).toBe('P3')
    expect(world.airtable.value(row, 'Priority')).toBe('P0')
    await expectQuiet(world)
  })
})

describe('a page that a person duplicated', () => {
  it('gets a row of its own, and the pair of the original goes on', async () => {
    const { world, twins } = await paired()
    const { page, row } = at(twins, 0)
    const copy = world.notion.duplicate(page)
    world.airtable.edit(row, { Sprint: 'of the original' })

    expect((await run(world)).outputs).toMatchObject({ created: '1', problems: '0' })

    const twin = only(rowsOf(world, copy))
    expect(world.airtable.value(twin, 'Notion URL')).toBe(world.notion.page(copy).url)
    expect(only(rowsOf(world, page))).toBe(row)
    expect(world.notion.value(page, 'Sprint')).toBe('of the original')
    expect(world.notion.value(copy, 'Sprint')).toBe(null)
    await expectQuiet(world)
    world.airtable.edit(twin, { Sprint: 'of the copy' })
    await run(world)
    expect(world.notion.value(copy, 'Sprint')).toBe('of the copy')
    expect(world.notion.value(page, 'Sprint')).toBe('of the original')
  })

  it('with the row’s ID in a property does not take the row of the original', async () => {
    const notion = exampleNotion(1)
    Object.assign(notion.databases[0]?.properties ?? {}, { 'Row ID': { type: 'rich_text' } })
    const mappings = `${MAPPINGS}      - { notion: Row ID, airtable: $record_id, owner: airtable }\n`
    const { world, twins } = await paired({ notion, mappings })
    const { page, row } = at(twins, 0)
    await run(world)
    expect(world.notion.value(page, 'Row ID')).toBe(row)
    const copy = world.notion.duplicate(page)

    await run(world)
    await run(world)

    const twin = only(rowsOf(world, copy))
    expect(twin).not.toBe(row)
    expect(world.notion.value(copy, 'Row ID')).toBe(twin)
    expect(only(rowsOf(world, page))).toBe(row)
    await expectQuiet(world)
  })

  it('stays without a row with create: notion, as the plan says, and takes none away', async () => {
    const { world, twins } = await paired({ airtable: tableWith([{ 'Spec Name': 'Search redesign' }]), specs: 1 })
    await remap(world, creating('notion'))
    const copy = world.notion.duplicate(at(twins, 0).page)
    const { summary } = await run(world, { inputs: { mode: 'plan' } })
    expect(listed(summary, /Stay without a twin/)).toEqual([expect.stringMatching(/Search redesign.*create: notion/)])
    await expectQuiet(world)
    expect(rowsOf(world, copy)).toEqual([])
    expect(pageIn(world, at(twins, 0).row)).toBe(at(twins, 0).page)
  })
})

describe('the page ID cell of a known row', () => {
  it('that points at the page of another row is set right, and nothing goes to the wrong page', async () => {
    const { world, twins } = await paired()
    const [first, second] = [at(twins, 0), at(twins, 1)]
    world.airtable.edit(first.row, { 'Notion Page ID': second.page, Sprint: 'of the first' })
    expect((await run(world)).outputs).toMatchObject({ problems: '0', created: '0' })
    expect(pageIn(world, first.row)).toBe(first.page)
    expect(world.notion.value(first.page, 'Sprint')).toBe('of the first')
    expect(world.notion.value(second.page, 'Sprint')).toBe(null)
    await expectQuiet(world)
  })

  it('that was swapped with that of another row is set right in both', async () => {
    const { world, twins } = await paired()
    const [first, second] = [at(twins, 0), at(twins, 1)]
    world.airtable.edit(first.row, { 'Notion Page ID': second.page })
    world.airtable.edit(second.row, { 'Notion Page ID': first.page })
    await run(world)
    expect([pageIn(world, first.row), pageIn(world, second.row)]).toEqual([first.page, second.page])
    expect(world.airtable.value(first.row, 'Spec Name')).toBe('Search redesign')
    await expectQuiet(world)
  })

  it('that points at a page which is new does not take the row that the page gets', async () => {
    const { world, twins } = await paired()
    const fresh = world.notion.addPage(world.notion.dataSourceId, { Name: 'Fresh', Status: 'Planned' })
    world.airtable.edit(at(twins, 0).row, { 'Notion Page ID': fresh })
    expect((await run(world)).outputs.created).toBe('1')
    expect(pageIn(world, at(twins, 0).row)).toBe(at(twins, 0).page)
    expect(world.airtable.value(at(twins, 0).row, 'Spec Name')).toBe('Search redesign')
    expect(world.airtable.value(only(rowsOf(world, fresh)), 'Spec Name')).toBe('Fresh')
    await expectQuiet(world)
  })

  it('that was emptied in every row is filled again in every row, and no row is made', async () => {
    const { world, twins } = await paired({ mappings: BOTH })
    for (const { row } of twins) world.airtable.edit(row, { 'Notion Page ID': null })
    expect((await run(world)).outputs).toMatchObject({ created: '0', 'updated-airtable': '3' })
    expect(twins.map(({ row }) => pageIn(world, row))).toEqual(twins.map(({ page }) => page))
    await expectQuiet(world)
  })
})

const viewed = (view: string): string =>
  MAPPINGS.replace('      table: Delivery Tracker\n', `      table: Delivery Tracker\n      view: ${view}\n`)
const filtered = (filter: string): string => MAPPINGS.replace(/filter: \{.*\}\n/, `filter: ${filter}\n`)

describe('the view of the table', () => {
  const VIEWS = [
    { name: 'All' },
    { name: 'Active', filter: "NOT({Sprint} = 'Icebox')" },
    { name: 'First only', filter: "{Priority} = 'P0'" },
  ]
  const active = (mappings = viewed('Active')) => ({ airtable: tableWith([], VIEWS), mappings })

  it('is left by a row: the pair rests, and everything flows when it is back', async () => {
    const { world, twins } = await paired(active())
    const { page, row } = at(twins, 0)
    world.airtable.edit(row, { Sprint: 'Icebox' })
    world.notion.edit(page, { Priority: 'P3' })
    const before = serviceWrites(world)
    expect((await run(world)).outputs).toMatchObject({ created: '0', deleted: '0', problems: '0' })
    await expectQuiet(world)
    expect(serviceWrites(world)).toEqual(before)

    world.airtable.edit(row, { Sprint: 'S8' })
    await run(world)
    expect(world.airtable.value(row, 'Priority')).toBe('P3')
    expect(world.notion.value(page, 'Sprint')).toBe('S8')
    await expectQuiet(world)
  })

  it('is left by a row while its page leaves the filter; they come back one after the other', async () => {
    const { world, twins } = await paired(active())
    const { page, row } = at(twins, 0)
    world.airtable.edit(row, { Sprint: 'Icebox' })
    world.notion.edit(page, { Status: 'Draft' })
    const before = serviceWrites(world)
    await run(world)
    await expectQuiet(world)
    world.airtable.edit(row, { Sprint: 'S8' })
    await run(world)
    await expectQuiet(world)
    expect(serviceWrites(world)).toEqual(before)

    world.notion.edit(page, { Status: 'Shipped' })
    await run(world)
    expect(world.airtable.value(row, 'Status')).toBe('Shipped')
    expect(world.notion.value(page, 'Sprint')).toBe('S8')
    expect(world.airtable.records()).toHaveLength(3)
    await expectQuiet(world)
  })

  it('is left by a row which is then deleted: that is a deleted row like any other', async () => {
    const { world, twins } = await paired(active())
    const { page, row } = at(twins, 0)
    world.airtable.edit(row, { Sprint: 'Icebox' })
    await run(world)
    world.airtable.remove(row)
    expect((await run(world)).outputs.created).toBe('1')
    expect(world.airtable.value(only(rowsOf(world, page)), 'Spec Name')).toBe('Search redesign')
    await expectQuiet(world)
  })

  it('is left by a row whose page is then trashed: the row is archived when it is back', async () => {
    const { world, twins } = await paired(active())
    const { page, row } = at(twins, 0)
    world.airtable.edit(row, { Sprint: 'Icebox' })
    await run(world)
    world.notion.trash(page)
    await run(world)
    await run(world)
    expect(world.airtable.records()).toHaveLength(3)
    expect(world.airtable.value(row, 'Status')).toBe('Planned')
    await expectQuiet(world)

    world.airtable.edit(row, { Sprint: 'S8' })
    await run(world)
    expect(world.airtable.value(row, 'Status')).toBe('Archived')
  })

  it.each([
    ['as the page’s ID', (page: string) => page],
    ['without dashes', (page: string) => page.replaceAll('-', '')],
    [
      'as the address of the page',
      (page: string) => `https://www.notion.so/acme/Search-redesign-${page.replaceAll('-', '')}`,
    ],
  ])(
    'hides a row that carries the page’s ID, %s: no second one is made, and it is linked when it comes in',
    async (_, spelt) => {
      const world = await start({ specs: 1, ...active() })
      const page = at(pagesOf(world), 0)
      const row = world.airtable.add({ 'Spec Name': 'Search', 'Notion Page ID': spelt(page), Sprint: 'Icebox' })

      expect((await run(world)).outputs).toMatchObject({ created: '0', problems: '0' })
      await expectQuiet(world)

      world.airtable.edit(row, { Sprint: 'S1' })
      await run(world)
      expect(world.airtable.records()).toHaveLength(1)
      expect(world.airtable.value(row, 'Spec Name')).toBe('Search redesign')
      expect(world.notion.value(page, 'Sprint')).toBe('S1')
      await expectQuiet(world)
    },
  )

  it('is left by a row that was archived for its page: the page, restored, has the archive value undone', async () => {
    const views = [{ name: 'Active', filter: "NOT({Status} = 'Archived')" }]
    const { world, twins } = await paired({ airtable: tableWith([], views), mappings: viewed('Active') })
    const { page, row } = at(twins, 0)
    world.notion.trash(page)
    await run(world)
    expect(world.airtable.value(row, 'Status')).toBe('Archived')
    await expectQuiet(world)
    world.notion.restore(page)
    world.notion.edit(page, { Priority: 'P3' })

    await run(world)

    expect(world.airtable.record(row).fields).toMatchObject({ Status: 'Planned', Priority: 'P3' })
    expect(world.notion.value(page, 'Status')).toBe('Planned')
    await expectQuiet(world)
  })

  it('is left by a row that a run archived which was then killed: the archive value is undone all the same', async () => {
    const views = [{ name: 'Active', filter: "NOT({Status} = 'Archived')" }]
    const { world, twins } = await paired({ airtable: tableWith([], views), mappings: viewed('Active') })
    const { page, row } = at(twins, 0)
    world.notion.trash(page)
    await runUntil(world, ({ service, method }) => service === 'airtable' && method === 'PATCH', 'answered')
    expect(world.airtable.value(row, 'Status')).toBe('Archived')
    await run(world)
    await expectQuiet(world)

    world.notion.restore(page)
    await run(world)

    expect([world.airtable.value(row, 'Status'), world.notion.value(page, 'Status')]).toEqual(['Planned', 'Planned'])
    await expectQuiet(world)
  })

  it('is left by an archived row to which a person gave another status: it stays as it is until it comes in', async () => {
    const views = [{ name: 'Active', filter: "NOT(OR({Status} = 'Archived', {Status} = 'Shipped'))" }]
    const { world, twins } = await paired({ airtable: tableWith([], views), mappings: viewed('Active') })
    const { page, row } = at(twins, 0)
    world.notion.trash(page)
    await run(world)
    world.airtable.edit(row, { Status: 'Shipped' })
    world.notion.restore(page)

    await run(world)

    expect(world.airtable.value(row, 'Status')).toBe('Shipped')
    await expectQuiet(world)
    world.airtable.edit(row, { Status: 'In review' })
    await run(world)
    expect(world.notion.value(page, 'Status')).toBe('In review')
  })

  it('hides rows without a page, too: none is made for them until they come in', async () => {
    const world = await start({ specs: 0, ...active(viewed('Active').replace('create: airtable', 'create: notion')) })
    const row = world.airtable.add({ 'Spec Name': 'On ice', Sprint: 'Icebox' })
    await run(world)
    expect(pagesOf(world)).toEqual([])
    world.airtable.edit(row, { Sprint: 'S1' })
    await run(world)
    expect(pageIn(world, row)).toBe(only(pagesCalled(world, 'On ice')))
  })

  it('is another one in the config now: rows that it leaves out rest, none is deleted, made or written', async () => {
    const { world, twins } = await paired(active())
    await remap(world, viewed('First only'))
    const before = serviceWrites(world)

    const { outputs, log } = await run(world)

    expect(outputs).toMatchObject({
      created: '0',
      deleted: '0',
      problems: '0',
      'updated-airtable': '0',
      'updated-notion': '0',
    })
    expect(serviceWrites(world), log).toEqual(before)
    await expectQuiet(world)
    await remap(world, viewed('All'))
    world.notion.edit(at(twins, 1).page, { Priority: 'P3' })
    await run(world)
    expect(world.airtable.value(at(twins, 1).row, 'Priority')).toBe('P3')
    expect(world.airtable.records()).toHaveLength(3)
    await expectQuiet(world)
  })
})

describe('the filter of the data source', () => {
  it('is narrower in the config now: what it leaves out rests, be it more than the guards let be deleted', async () => {
    const { world } = await paired({ specs: 16 })
    await remap(
      world,
      filtered('{ property: Priority, select: { equals: P0 } }').replace('max_deletions: 10', 'max_deletions: 1'),
    )
    const before = serviceWrites(world)

    expect((await run(world)).outputs).toMatchObject({ created: '0', deleted: '0', problems: '0' })
    await expectQuiet(world)
    expect(serviceWrites(world)).toEqual(before)
    expect(await world.github.file('state/README.md')).toMatch(/12/)

    await remap(world, MAPPINGS)
    world.notion.edit(world.page('Billing redesign'), { Priority: 'P3' })
    await run(world)
    expect(world.airtable.value(world.row('Billing redesign'), 'Priority')).toBe('P3')
    expect(world.airtable.records()).toHaveLength(16)
    await expectQuiet(world)
  })

  it('is narrower in a pull request: the plan says that pairs come to rest, and names no deletion', async () => {
    const { world } = await paired()
    const workspace = { 'mappings.yaml': filtered('{ property: Priority, select: { equals: P0 } }') }
    const { summary } = await run(world, { inputs: { mode: 'plan' }, workspace })
    expect(listed(summary, /deleted/)).toEqual([])
    expect(summary).toMatch(/Nothing would be written/)
  })

  it('leaves out a page whose row a person deletes meanwhile: the row is made again when the page is back', async () => {
    const { world, twins } = await paired()
    const { page, row } = at(twins, 0)
    world.notion.edit(page, { Status: 'Draft' })
    await run(world)
    world.airtable.remove(row)
    const before = serviceWrites(world)
    await run(world)
    expect(serviceWrites(world)).toEqual(before)

    world.notion.edit(page, { Status: 'Planned' })
    await run(world)
    expect(world.airtable.value(only(rowsOf(world, page)), 'Status')).toBe('Planned')
    expect(world.airtable.records()).toHaveLength(3)
    await expectQuiet(world)
  })

  it('leaves out a page that was archived for its row: the row, brought back, has the archive value undone', async () => {
    const mappings = filtered('{ property: Status, select: { does_not_equal: Archived } }')
    const { world, twins } = await paired({ mappings: mappings.replace('row: restore', 'row: archive') })
    const { page, row } = at(twins, 0)
    world.airtable.remove(row)
    await run(world)
    expect(world.notion.value(page, 'Status')).toBe('Archived')
    await expectQuiet(world)
    world.airtable.restore(row)
    world.airtable.edit(row, { Sprint: 'S8' })

    await run(world)

    expect([world.notion.value(page, 'Status'), world.notion.value(page, 'Sprint')]).toEqual(['Planned', 'S8'])
    expect(world.airtable.value(row, 'Status')).toBe('Planned')
    await expectQuiet(world)
  })

  it('leaves out a page that a row carries the ID of, and no state knows it: no second page is made', async () => {
    const { world, twins } = await paired({ mappings: BOTH })
    const { page, row } = at(twins, 0)
    await forget(world)
    world.notion.edit(page, { Status: 'Draft' })

    expect((await run(world)).outputs.created).toBe('0')
    await expectQuiet(world)
    expect(pagesOf(world)).toHaveLength(3)

    world.notion.edit(page, { Status: 'Shipped' })
    await run(world)
    expect(only(rowsOf(world, page))).toBe(row)
    expect(pagesOf(world)).toHaveLength(3)
    await expectQuiet(world)
  })
})

describe('a row that comes back from Airtable’s trash', () => {
  it('after its page was archived for it: the archive value is undone, and what was typed meanwhile flows', async () => {
    const { world, twins } = await paired({ mappings: MAPPINGS.replace('row: restore', 'row: archive') })
    const { page, row } = at(twins, 0)
    world.airtable.remove(row)
    await run(world)
    expect(world.notion.value(page, 'Status')).toBe('Archived')
    world.notion.edit(page, { Priority: 'P3' })
    world.airtable.restore(row)

    await run(world)

    expect(world.notion.value(page, 'Status')).toBe('Planned')
    expect(world.airtable.record(row).fields).toMatchObject({ Status: 'Planned', Priority: 'P3' })
    expect(world.airtable.records()).toHaveLength(3)
    await expectQuiet(world)
  })

  it('after its page was trashed for it waits for the page, and is not doubled when that is restored', async () => {
    const { world, twins } = await paired({ mappings: MAPPINGS.replace('row: restore', 'row: trash') })
    const { page, row } = at(twins, 0)
    world.airtable.remove(row)
    await run(world)
    expect(world.notion.page(page).in_trash).toBe(true)
    world.airtable.restore(row)
    await expectQuiet(world)

    world.notion.restore(page)
    await run(world)
    expect(only(rowsOf(world, page))).toBe(row)
    expect(world.airtable.records()).toHaveLength(3)
    await expectQuiet(world)
  })
})

describe('a page that Notion archived, which is not its trash', () => {
  it('has its row archived like a deleted page’s, and is taken up again when it is unarchived', async () => {
    const { world, twins } = await paired()
    const { page, row } = at(twins, 0)
    world.notion.archive(page)
    await run(world)
    expect(world.airtable.value(row, 'Status')).toBe('Archived')
    await expectQuiet(world)
    world.notion.unarchive(page)
    await run(world)
    expect(world.airtable.value(row, 'Status')).toBe('Planned')
    expect(world.airtable.records()).toHaveLength(3)
    await expectQuiet(world)
  })
})

describe('a page that was moved to another data source', () => {
  it('while an edit of its row was written to it: the row is archived by the next run, and nothing counts as refused', async () => {
    const notion = exampleNotion(3)
    const elsewhere = '22222222-2222-4222-8222-222222222222'
    notion.databases.push({ title: 'Elsewhere', dataSourceId: elsewhere, properties: { Name: { type: 'title' } } })
    const { world, twins } = await paired({ notion })
    const { page, row } = at(twins, 0)
    world.airtable.edit(row, { 'Target Quarter': '2027 Q3', Status: 'In Progress' })
    world.notion.onCall(({ method, path }) => {
      if (method === 'PATCH' && path.endsWith(page)) world.notion.move(page, elsewhere)
    })
    expect((await run(world)).log).toContain('the page is gone')
    world.notion.onCall(undefined)

    expect((await run(world)).outputs.problems).toBe('0')
    expect(world.airtable.record(row).fields).toMatchObject({ Status: 'Archived', 'Target Quarter': '2027 Q3' })
    await expectQuiet(world)
  })

  it('and is moved back takes up its old row, and the archive value is undone', async () => {
    const notion = exampleNotion(3)
    const elsewhere = '22222222-2222-4222-8222-222222222222'
    const properties = structuredClone(notion.databases[0]?.properties ?? {})
    notion.databases.push({ title: 'Elsewhere', dataSourceId: elsewhere, properties })
    const { world, twins } = await paired({ notion })
    const { page, row } = at(twins, 0)
    const source = world.notion.dataSourceId
    world.notion.move(page, elsewhere)
    await run(world)
    expect(world.airtable.value(row, 'Status')).toBe('Archived')
    world.notion.move(page, source)
    world.notion.edit(page, { Name: 'Search redesign', Status: 'Planned', Priority: 'P3' })
    await run(world)
    expect(world.airtable.record(row).fields).toMatchObject({
      Status: 'Planned',
      Priority: 'P3',
      'Notion Page ID': page,
    })
    expect(world.airtable.records()).toHaveLength(3)
    await expectQuiet(world)
  })
})

describe('records that are missing from a list', () => {
  const LIST = /^GET \/v0\/app\w+\/tbl/

  it('are looked up together in Airtable, in one request for all of them', async () => {
    const { world, twins } = await paired({ specs: 30, mappings: MAPPINGS.replace('row: restore', 'row: keep') })
    const lists = () => world.airtable.calls.filter(({ method, path }) => LIST.test(`${method} ${path}`)).length
    const before = lists()
    await run(world)
    const quiet = lists() - before
    for (const { row } of twins.slice(0, 8)) world.airtable.remove(row)
    await run(world)
    expect(lists() - before).toBe(2 * quiet + 1)
  })

  it('are taken for nothing where looking them up fails: the run ends without a write, and the next one sees', async () => {
    const { world, twins } = await paired()
    const [gone, trashed] = [at(twins, 0), at(twins, 1)]
    world.airtable.remove(gone.row)
    world.notion.trash(trashed.page)
    const refused = {
      kind: 'answer',
      status: 403,
      body: { error: { type: 'INVALID_PERMISSIONS', message: 'no' } },
    } as const
    world.airtable.inject({ on: LIST, effect: refused, skip: 1, times: 50 })
    const before = serviceWrites(world)
    expect((await world.run()).exitCode).toBe(1)
    world.airtable.clearFaults()
    const body = { object: 'error', status: 401, code: 'unauthorized', message: 'no' }
    world.notion.inject({ on: /^GET \/v1\/pages/, effect: { kind: 'answer', status: 401, body }, times: 50 })
    expect((await world.run()).exitCode).toBe(1)
    world.notion.clearFaults()
    expect(serviceWrites(world)).toEqual(before)

    expect((await run(world)).outputs.created).toBe('1')
    expect(world.airtable.value(trashed.row, 'Status')).toBe('Archived')
    expect(world.airtable.records()).toHaveLength(3)
    await expectQuiet(world)
  })

  it('in a number that only force lets pass: the commit says that it was forced, and past what', async () => {
    const { world, twins } = await paired({ mappings: MAPPINGS.replace('max_deletions: 10', 'max_deletions: 1') })
    for (const { page } of twins.slice(0, 2)) world.notion.trash(page)
    expect((await world.run()).exitCode).toBe(1)
    const forced = await run(world, { inputs: { force: 'true' } })
    expect(forced.summary).toContain('**Forced past the guards:** 2 records')
    const [commit] = await world.github.commits()
    expect(commit?.message).toMatch(/Forced past the guards: 2 records would be archived or deleted in one run/)
  })
})
