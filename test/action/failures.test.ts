/**
 * Situations in which a sync by timestamps loses or doubles data, each named after what happens: two people, a typo in
 * a body, a clock, a database that is a copy, another tool. The built action runs against the emulators. Those that
 * have tests of their own beside their kin (pairs, schema, absence, merge, conflicts, git, run) are not told again.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { exampleAirtable, exampleNotion, MAPPINGS } from '../../demo/example.ts'
import { startWorld, type World, type WorldOptions } from '../../demo/world.ts'
import type { RunResult } from '../../emulators/runner.ts'
import { startSynced } from './past.ts'
import { run } from './steps.ts'

/** Every field may be edited on both sides. */
const OPEN = MAPPINGS.replaceAll(/, +owner: (airtable|notion) \}/g, ' }').replace(
  'airtable: Notion URL }',
  'airtable: Notion URL, owner: notion }',
)

async function start(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld({ specs: 2, ...options })
  onTestFinished(() => world.close())
  return world
}

/** A world whose specs are paired, with the first of them. */
async function paired(options: WorldOptions = {}): Promise<{ world: World; page: string; row: string }> {
  const world = await startSynced({ specs: 2, ...options })
  onTestFinished(() => world.close())
  return { world, page: world.page('Search redesign'), row: world.row('Search redesign') }
}

const serviceWrites = (world: World): { service: string; path: string; body: string }[] => [
  ...world.notion.calls
    .filter(({ method, path }) => method === 'PATCH' || path === '/v1/pages')
    .map(({ path, body }) => ({ service: 'Notion', path, body })),
  ...world.airtable.calls
    .filter(({ method }) => method !== 'GET')
    .map(({ path, body }) => ({ service: 'Airtable', path, body })),
]

async function expectQuiet(world: World): Promise<void> {
  const before = [serviceWrites(world), world.github.writes().length]
  const { outputs, log } = await run(world)
  expect(outputs.changed, log).toBe('false')
  expect([serviceWrites(world), world.github.writes().length]).toEqual(before)
}

const changelog = async (world: World): Promise<string> =>
  (await world.github.file('state/product-specs/CHANGELOG.md')) ?? ''
const issueBody = async (world: World): Promise<string> =>
  (await world.github.issues('open')).map(issue => issue.body).join('\n')

describe('what a sync by timestamps gets wrong', () => {
  it('2. Status is edited in Airtable, then somebody mends a typo in the body of the page: the edit goes to Notion', async () => {
    const { world, page, row } = await paired()
    world.airtable.edit(row, { Status: 'Shipped' })
    world.setClock('2026-11-20T09:30:00Z')
    world.notion.editBody(page)

    await run(world)

    expect(world.notion.value(page, 'Status')).toBe('Shipped')
    expect(world.airtable.value(row, 'Status')).toBe('Shipped')
    await expectQuiet(world)
    world.notion.editBody(page)
    await expectQuiet(world)
  })

  it('3. Priority is changed in Notion and Status in Airtable within one interval: both survive', async () => {
    const { world, page, row } = await paired()
    world.notion.edit(page, { Priority: 'P3' })
    world.airtable.edit(row, { Status: 'Shipped' })

    expect((await run(world)).outputs).toMatchObject({ conflicts: '0', 'updated-notion': '1', 'updated-airtable': '1' })

    for (const value of [world.notion.value(page, 'Priority'), world.airtable.value(row, 'Priority')])
      expect(value).toBe('P3')
    for (const value of [world.notion.value(page, 'Status'), world.airtable.value(row, 'Status')])
      expect(value).toBe('Shipped')
    await expectQuiet(world)
  })

  it('5. a page is edited seconds after a sync, in the same minute: the edit is seen, and not written over', async () => {
    const { world, page, row } = await paired({ start: '2026-11-20T09:00:05Z' })
    world.notion.edit(page, { Priority: 'P2' })
    await run(world)
    const edited = world.notion.page(page).last_edited_time
    world.notion.edit(page, { Priority: 'P3' })
    expect(world.notion.page(page).last_edited_time).toBe(edited)

    await run(world)

    expect(world.airtable.value(row, 'Priority')).toBe('P3')
    expect(world.notion.value(page, 'Priority')).toBe('P3')
    await expectQuiet(world)
  })

  it('7. the sync itself wrote to the page: the next edit in Airtable is not taken for the older one', async () => {
    const { world, page, row } = await paired()
    world.airtable.edit(row, { Status: 'In review' })
    await run(world)
    world.airtable.edit(row, { Status: 'Shipped' })
    await run(world)
    expect(world.notion.value(page, 'Status')).toBe('Shipped')
    expect(world.airtable.value(row, 'Status')).toBe('Shipped')
    await expectQuiet(world)
  })

  it('40. the schedule was silent for months, and the runner’s clock is an hour behind: all edits flow, none is undone', async () => {
    const { world, page, row } = await paired()
    world.notion.edit(page, { Priority: 'P3' })
    world.setClock('2027-02-20T09:00:00Z')
    world.airtable.edit(row, { Status: 'Shipped' })
    const clock = world.now() - 3_600_000

    expect((await run(world, { clock })).outputs.conflicts).toBe('0')

    expect(world.airtable.value(row, 'Priority')).toBe('P3')
    expect(world.notion.value(page, 'Status')).toBe('Shipped')
    await expectQuiet(world)
  })
})

describe('values', () => {
  const HELD = {
    Status: 'Planned',
    Priority: 'P1',
    Owner: ['Ada Lovelace'],
    'Target Quarter': '2027 Q1',
    Sprint: 'S1',
    'Ship Date': '2027-01-15',
    Blockers: 'legal',
  }
  const FIELDS = Object.keys(HELD)

  it.each(['Airtable', 'Notion'] as const)(
    '8, 9. every field is emptied in %s, whatever its type: it is emptied on the other side, once',
    async side => {
      const { world, page, row } = await paired({ mappings: OPEN.replace(/ +filter: .*\n/, '') })
      world.notion.edit(page, HELD)
      await run(world)
      for (const name of FIELDS) {
        if (side === 'Notion') world.notion.edit(page, { [name]: name === 'Owner' ? [] : null })
        else world.airtable.edit(row, { [name]: null })
      }

      expect((await run(world)).outputs).toMatchObject({ conflicts: '0', problems: '0' })

      expect(FIELDS.map(name => world.airtable.value(row, name))).toEqual(FIELDS.map(() => null))
      expect(FIELDS.map(name => world.notion.value(page, name))).toEqual(FIELDS.map(() => null))
      await expectQuiet(world)
    },
  )

  it('12. an option is new in Notion: it is made in Airtable, and told; in another letter case it is the one that exists', async () => {
    const { world, page, row } = await paired()
    world.notion.edit(page, { Status: 'Blocked by legal' })
    world.notion.edit(world.page('Billing redesign'), { Priority: 'p3' })

    const { log } = await run(world)

    expect(world.airtable.value(row, 'Status')).toBe('Blocked by legal')
    expect(world.airtable.value(world.row('Billing redesign'), 'Priority')).toBe('P3')
    expect(log).toMatch(/Blocked by legal.*new option made in Airtable/)
    expect(await changelog(world)).toMatch(/Blocked by legal.*new option made in Airtable/)
    expect(`${log}${await changelog(world)}`).not.toMatch(/p3.*new option/i)
    await expectQuiet(world)
  })

  it('12. an option is misspelt towards a status, which takes no new ones: a problem names the nearest, and both sides stay', async () => {
    const notion = exampleNotion(2)
    const statuses = ['Draft', 'Planned', 'In progress', 'In review', 'Shipped', 'Archived']
    Object.assign(notion.databases[0]?.properties ?? {}, { Status: { type: 'status', options: statuses } })
    const mappings = MAPPINGS.replace(/ +filter: .*\n/, '')
    const { world, page, row } = await paired({ notion, mappings })
    world.airtable.edit(row, { Status: 'In progres', Sprint: 'S1' })

    expect((await run(world)).outputs.problems).toBe('1')

    expect(await issueBody(world)).toMatch(/In progres\b.*nearest is.*In progress/)
    expect(world.notion.value(page, 'Status')).toBe('Planned')
    expect(world.airtable.value(row, 'Status')).toBe('In progres')
    expect(world.notion.value(page, 'Sprint')).toBe('S1')
    await expectQuiet(world)

    world.airtable.edit(row, { Status: 'In progress' })
    await run(world)
    expect(world.notion.value(page, 'Status')).toBe('In progress')
    expect(await world.github.issues('open')).toEqual([])
  })

  it('20. the option that archiving writes is missing in Airtable: what is told is what was done', async () => {
    const airtable = exampleAirtable()
    const status = airtable.bases[0]?.tables[0]?.fields[1]
    if (status === undefined) throw new Error('the example has a Status')
    status.choices = ['Draft', 'Planned', 'In progress', 'In review', 'Shipped']
    const { world, page, row } = await paired({ airtable })
    world.notion.trash(page)

    const { outputs } = await run(world)

    // Made where the service allows it, or a problem: either way the changelog is true.
    const archived = world.airtable.value(row, 'Status') === 'Archived'
    expect(outputs.problems).toBe(archived ? '0' : '1')
    expect((await changelog(world)).includes('`Archived`')).toBe(archived)
    expect(world.airtable.value(row, 'Spec Name')).toBe('Search redesign')
  })

  it('32. people as text: by name, unknown, not unique; a problem of one row stops nobody else', async () => {
    const notion = exampleNotion(3)
    notion.users?.push({ name: 'Sam Lee', email: 'sam@example.com' }, { name: 'Sam Lee', email: 'lee@example.com' })
    const { world, page, row } = await paired({ notion, mappings: OPEN })
    const [second, third] = ['Billing redesign', 'Onboarding redesign'].map(title => world.row(title))
    world.airtable.edit(row, { Owner: 'Grace Hopper, Ada Lovelace' })
    world.airtable.edit(second ?? '', { Owner: 'Sam Lee', Sprint: 'S2' })
    world.airtable.edit(third ?? '', { Owner: 'Somebody Unknown', Sprint: 'S3' })

    expect((await run(world)).outputs).toMatchObject({ problems: '2', 'updated-notion': '3' })

    expect(world.notion.value(page, 'Owner')).toEqual(['Grace Hopper', 'Ada Lovelace'])
    expect(world.notion.value(world.page('Billing redesign'), 'Owner')).toEqual(['Grace Hopper'])
    expect(world.notion.value(world.page('Billing redesign'), 'Sprint')).toBe('S2')
    expect(world.notion.value(world.page('Onboarding redesign'), 'Sprint')).toBe('S3')
    expect(world.airtable.value(second ?? '', 'Owner')).toBe('Sam Lee')
    const told = await issueBody(world)
    expect(told).toMatch(/2 people in Notion are called/)
    expect(told).toMatch(/no member.*Somebody Unknown/)
    await expectQuiet(world)
  })

  it('32. the integration may not see who people are: nobody is emptied or merged, and the rest flows', async () => {
    const { world, page, row } = await paired()
    world.notion.settings.userInfo = 'none'
    world.notion.edit(page, { Priority: 'P3' })
    const owner = world.airtable.value(row, 'Owner')
    await run(world)
    expect(world.airtable.value(row, 'Priority')).toBe('P3')
    expect(world.airtable.value(row, 'Owner')).toBe(owner)
    expect(owner).toBe('Ada Lovelace')
  })

  it('33. order of people, spaces at the ends and letter case of an option differ: that is no difference, in any run', async () => {
    const { world, page, row } = await paired({ mappings: OPEN })
    world.notion.edit(page, { Owner: ['Ada Lovelace', 'Grace Hopper'], Sprint: 'S1' })
    await run(world)
    const before = serviceWrites(world)
    world.airtable.edit(row, { Owner: 'Grace Hopper,  Ada Lovelace ', Sprint: ' S1 ', 'Spec Name': 'Search redesign ' })
    await run(world)
    await expectQuiet(world)
    expect(serviceWrites(world)).toEqual(before)
    expect(world.airtable.value(row, 'Owner')).toBe('Grace Hopper,  Ada Lovelace ')
  })

  it('43. text longer than Notion takes in one piece arrives whole in both directions', async () => {
    const { world, page, row } = await paired({ mappings: OPEN })
    const long = (mark: string) => Array.from({ length: 900 }, (_, index) => `${mark}${index} 👩🏽‍🚀`).join(' ')
    expect(long('a').length).toBeGreaterThan(6000)
    world.airtable.edit(row, { Blockers: long('a') })
    await run(world)
    expect(world.notion.value(page, 'Blockers')).toBe(long('a'))
    await expectQuiet(world)
    world.notion.edit(page, { Blockers: long('b') })
    await run(world)
    expect(world.airtable.value(row, 'Blockers')).toBe(long('b'))
    await expectQuiet(world)
  })

  it('43. more people than Notion lists on a page: the list that was cut is not written over the whole one', async () => {
    const notion = exampleNotion(2)
    const crowd = Array.from({ length: 30 }, (_, index) => `Person ${String(index).padStart(2, '0')}`)
    notion.users?.push(...crowd.map(name => ({ name, email: `${name.replace(' ', '.')}@example.com` })))
    const { world, page, row } = await paired({ notion, mappings: OPEN })
    world.notion.edit(page, { Owner: crowd, Priority: 'P3' })

    await run(world)

    const names = String(world.airtable.value(row, 'Owner')).split(', ')
    // All of them, or those that were there before with a problem that says why; never the first 25 as if that were all.
    expect([1, 30]).toContain(names.length)
    expect((await world.state()).problems).toHaveLength(names.length === 30 ? 0 : 1)
    expect(world.airtable.value(row, 'Priority')).toBe('P3')
    world.airtable.edit(row, { Sprint: 'S1' })
    await run(world)
    expect(world.notion.value(page, 'Owner')).toHaveLength(30)
    expect(world.notion.value(page, 'Sprint')).toBe('S1')
  })
})

describe('places', () => {
  it('16. the integration loses most pages: each is told, nothing is archived or made, and the others go on', async () => {
    const { world } = await paired({ specs: 14 })
    const pages = world.notion.pages(world.notion.dataSourceId).map(page => String(page.id))
    const before = world.airtable.records()
    for (const page of pages.slice(2)) world.notion.unshare(page)
    world.airtable.edit(world.row('Search redesign'), { Sprint: 'S1' })

    expect((await run(world)).outputs).toMatchObject({
      problems: '12',
      deleted: '0',
      created: '0',
      'updated-airtable': '0',
    })
    expect(world.notion.value(pages[0] ?? '', 'Sprint')).toBe('S1')
    expect(world.airtable.records().map(({ fields }) => fields.Status)).toEqual(
      before.map(({ fields }) => fields.Status),
    )
    await expectQuiet(world)

    for (const page of pages.slice(2)) world.notion.share(page)
    expect((await run(world)).outputs).toMatchObject({ problems: '0', created: '0' })
    expect(await world.github.issues('open')).toEqual([])
  })

  it('17. the database is a duplicate with pages of the same names: the sync stops and says how to go on; done so, it links the rows anew', async () => {
    const notion = exampleNotion(3)
    const [specs] = notion.databases
    if (specs === undefined) throw new Error('the example has a database')
    const copy = '11111111-1111-4111-8111-111111111111'
    const source = '22222222-2222-4222-8222-222222222222'
    notion.databases.push({ ...structuredClone(specs), title: 'Product Specs (1)', id: copy, dataSourceId: source })
    const { world } = await paired({ notion, specs: 3 })
    const before = world.airtable.records()
    const env = { NOTION_DATABASE_ID: copy }
    const stopped = await world.run({ env })
    expect(stopped.exitCode).toBe(1)
    expect(stopped.annotations.map(({ message }) => message).join()).toMatch(
      /data source.*force: true.*empty their page ID/s,
    )
    expect(world.airtable.records()).toEqual(before)

    // What the message says to do where the move is meant.
    for (const { id } of before) world.airtable.edit(id, { 'Notion Page ID': null })
    await run(world, { env, inputs: { force: 'true' } })

    const records = world.airtable.records()
    expect(records.map(({ id }) => id)).toEqual(before.map(({ id }) => id))
    expect(records.map(({ fields }) => fields.Status)).toEqual(before.map(({ fields }) => fields.Status))
    const copies = world.notion.pages(source).map(page => String(page.id))
    expect(new Set(records.map(({ fields }) => fields['Notion Page ID']))).toEqual(new Set(copies))
    expect((await run(world, { env })).outputs.changed).toBe('false')
  })

  it('42. the database has two data sources: both are named with their IDs, and the ID of one is taken', async () => {
    const world = await start()
    const { databaseId, dataSourceId } = world.notion
    const answer = await fetch(`${world.notion.url}/v1/databases/${databaseId}`, {
      headers: { authorization: 'Bearer ntn_example', 'notion-version': '2025-09-03' },
    })
    const database = (await answer.json()) as { data_sources: { id: string; name: string }[] }
    const second = { id: '22222222-2222-4222-8222-222222222222', name: 'Old specs' }
    const body = { ...database, data_sources: [...database.data_sources, second] }
    const effect = { kind: 'answer', status: 200, body } as const
    world.notion.inject({ on: new RegExp(`^GET /v1/databases/${databaseId}`), effect, times: 5 })

    const refused = await world.run()

    expect(refused.exitCode).toBe(1)
    const [error] = refused.annotations.filter(({ level }) => level === 'error')
    expect(error?.message).toContain(dataSourceId)
    expect(error?.message).toContain(`Old specs: ${second.id}`)
    expect(serviceWrites(world)).toEqual([])
    expect((await run(world, { env: { NOTION_DATABASE_ID: dataSourceId } })).outputs.created).toBe('2')
  })
})

describe('others who write', () => {
  it('28. two runs that overlap, both about to make a page of one row: one page is left, and the row is linked to it', async () => {
    const mappings = MAPPINGS.replace('create: airtable', 'create: notion')
    const { world } = await paired({ mappings, specs: 1, airtable: withRow() })
    const row = world.airtable.add({ 'Spec Name': 'One', Status: 'Planned' })
    // A whole run takes place while the request of the slow one is on its way.
    let second: Promise<RunResult> | undefined
    world.notion.onCall(async ({ method, path }) => {
      if (second !== undefined || method !== 'POST' || path !== '/v1/pages') return
      second = world.run()
      await second
    })

    await world.run()
    world.notion.onCall(undefined)
    expect((await second)?.exitCode).toBe(0)
    await run(world)

    const pages = world.notion.pages(world.notion.dataSourceId).map(page => String(page.id))
    expect(pages.map(page => world.notion.value(page, 'Name'))).toEqual(['Search redesign', 'One'])
    expect(pages).toContain(world.airtable.value(row, 'Notion Page ID'))
    await expectQuiet(world)
  })

  it('35. another tool copies the same field as well: nothing is written twice, and nothing goes round', async () => {
    const { world, page, row } = await paired()
    const before = serviceWrites(world)
    for (const status of ['In progress', 'In review', 'Shipped']) {
      world.notion.edit(page, { Status: status })
      world.airtable.edit(row, { Status: status })
      expect((await run(world)).outputs).toMatchObject({
        conflicts: '0',
        'updated-notion': '0',
        'updated-airtable': '0',
      })
      await expectQuiet(world)
    }
    expect(serviceWrites(world)).toEqual(before)
  })

  it('35. an automation in Airtable sets the field back after each write: it comes to rest, and the changelog tells', async () => {
    const { world, page, row } = await paired()
    world.notion.edit(page, { Status: 'Shipped' })
    await run(world)
    world.airtable.edit(row, { Status: 'In review' })
    await run(world)
    expect(world.notion.value(page, 'Status')).toBe('In review')
    await expectQuiet(world)
    const told = await changelog(world)
    expect(told).toMatch(/`Planned` \| `Shipped`.*edited in Notion/)
    expect(told).toMatch(/`Shipped` \| `In review`.*edited in Airtable/)
  })

  it('37. all rows are changed by mistake in one find-and-replace: what was there before stands in git and is set back by restore', async () => {
    const { world } = await paired({ specs: 12 })
    const values = () => world.airtable.records().map(({ fields }) => [fields['Spec Name'], fields.Status])
    const before = values()
    const good = await world.github.head()
    world.setClock('2026-11-20T10:00:00Z')
    for (const { id } of world.airtable.records()) world.airtable.edit(id, { Status: 'Archived' })
    await run(world)
    expect(new Set(values().map(([, status]) => status))).toEqual(new Set(['Archived']))
    expect((await changelog(world)).match(/`Archived`.*edited in Airtable/g)).toHaveLength(12)

    await run(world, { inputs: { mode: 'restore', at: good, force: 'true' } })

    expect(values()).toEqual(before)
    expect(world.notion.value(world.page('Search redesign'), 'Status')).toBe('Planned')
    await expectQuiet(world)
  })
})

/** The example's base with the row that the first spec is linked to, where pages get none by themselves. */
function withRow() {
  const seed = exampleAirtable()
  const [table] = seed.bases[0]?.tables ?? []
  if (table === undefined) throw new Error('the example has a table')
  table.records = [{ fields: { 'Spec Name': 'Search redesign' } }]
  return seed
}
