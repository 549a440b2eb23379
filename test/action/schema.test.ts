/**
 * Columns, tables and select options that people rename, drop, retype or add, and lines that are added to the mapping:
 * what is followed, what stops the sync, and that none of it is taken for an edit. The built action runs against the
 * emulators; people act through their hands.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { exampleAirtable, exampleNotion, MAPPINGS } from '../../demo/example.ts'
import type { World, WorldOptions } from '../../demo/world.ts'
import type { RunResult } from '../../emulators/runner.ts'
import { startSynced } from './past.ts'
import { run } from './steps.ts'

type Paired = { world: World; source: string; pages: string[]; rows: string[] }

/** A world whose three specs are paired: their pages and rows in the order of the example. */
async function paired(options: WorldOptions = {}): Promise<Paired> {
  const world = await startSynced({ specs: 3, ...options })
  onTestFinished(() => world.close())
  const source = world.notion.dataSourceId
  const pages = world.notion.pages(source).map(page => String(page.id))
  const records = world.airtable.records()
  const rows = pages.map(
    page => records.find(({ fields }) => fields['Notion Page ID'] === page)?.id ?? `no row of ${page}`,
  )
  return { world, source, pages, rows }
}

const first = (items: readonly string[]): string => items[0] ?? ''
const second = (items: readonly string[]): string => items[1] ?? ''

const serviceWrites = (world: World): string[] => [
  ...world.notion.calls
    .filter(({ method, path }) => method === 'PATCH' || path === '/v1/pages')
    .map(({ path, body }) => `Notion ${path} ${body}`),
  ...world.airtable.calls
    .filter(({ method }) => method !== 'GET')
    .map(({ method, body }) => `Airtable ${method} ${body}`),
]

/** A run that writes nothing anywhere and has nothing open. */
async function expectQuiet(world: World): Promise<RunResult> {
  const before = [serviceWrites(world), world.github.writes().length]
  const result = await run(world)
  expect(result.outputs, result.log).toMatchObject({ changed: 'false', conflicts: '0', problems: '0' })
  expect([serviceWrites(world), world.github.writes().length]).toEqual(before)
  return result
}

/** A run that stops before its first write and says why, without a stack trace; answers its errors. */
async function expectStopped(world: World, why: RegExp): Promise<RunResult['annotations']> {
  const before = serviceWrites(world)
  const state = await world.github.file('state/product-specs/state.json')
  const stopped = await world.run()
  expect(stopped.exitCode, stopped.log).toBe(1)
  expect(serviceWrites(world)).toEqual(before)
  expect(await world.github.file('state/product-specs/state.json')).toBe(state)
  expect(stopped.annotations.map(({ message }) => message).join('\n')).toMatch(why)
  expect(stopped.log).not.toMatch(/^ +at /m)
  return stopped.annotations.filter(({ level }) => level === 'error')
}

const remap = (world: World, mappings: string): Promise<string> =>
  world.github.commitFiles({ 'mappings.yaml': mappings }, 'Change the mapping')

/** The line of the shipped mapping that holds this text; the places that annotations name. */
const lineOf = (text: string, mappings = MAPPINGS): number =>
  mappings.split('\n').findIndex(line => line.includes(text)) + 1
const warningsOf = (result: RunResult) =>
  result.annotations.flatMap(({ level, message, line }) => (level === 'warning' ? [{ message, line }] : []))

it('the IDs of columns are learned into the state, with the names that the config used', async () => {
  const { world } = await paired()
  const state = (await world.state()) as { fields: { key: string; airtable: object }[]; ownFields: unknown }
  expect(state.fields.find(field => field.key === 'Sprint')?.airtable).toMatchObject({
    name: 'Sprint',
    id: world.airtable.fieldId('Sprint'),
  })
  expect(state.ownFields).toEqual({
    page_id_field: { name: 'Notion Page ID', id: world.airtable.fieldId('Notion Page ID') },
    last_synced_field: { name: 'Last Synced', id: world.airtable.fieldId('Last Synced') },
  })
})

describe('a rename is followed, with a warning at its line in the config that names the new name:', () => {
  it.each<[string, (world: World) => void, string, string, string]>([
    [
      'the field of page IDs',
      world => world.airtable.renameField('Notion Page ID', 'Page'),
      'page_id_field',
      'Notion Page ID',
      'Page',
    ],
    [
      'the field of the last sync',
      world => world.airtable.renameField('Last Synced', 'Synced at'),
      'last_synced_field',
      'Last Synced',
      'Synced at',
    ],
    [
      'the table',
      world => world.airtable.renameTable('Delivery Tracker', 'Deliveries'),
      'table: Delivery Tracker',
      'Delivery Tracker',
      'Deliveries',
    ],
    [
      'the property that the Notion filter names',
      world => world.notion.renameProperty(world.notion.dataSourceId, 'Status', 'State'),
      'notion: Status',
      'Status',
      'State',
    ],
    [
      'the title',
      world => world.notion.renameProperty(world.notion.dataSourceId, 'Name', 'Title'),
      'notion: Name',
      'Name',
      'Title',
    ],
  ])('%s', async (_, rename, line, from, to) => {
    const { world, source, pages, rows } = await paired()
    rename(world)
    const title = world.notion.page(first(pages)).properties as Record<string, { type: string }>
    const name = Object.keys(title).find(key => title[key]?.type === 'title') ?? ''
    world.notion.edit(first(pages), { Priority: 'P3' })
    const fresh = world.notion.addPage(source, { [name]: 'Fresh' })

    const result = await run(world)

    expect(result.outputs).toMatchObject({ created: '1', deleted: '0', problems: '0' })
    expect(world.airtable.value(first(rows), 'Priority')).toBe('P3')
    const records = world.airtable.records()
    expect(records).toHaveLength(4)
    expect(records.filter(({ fields }) => Object.values(fields).includes(fresh))).toHaveLength(1)
    const [warning, ...others] = warningsOf(result)
    expect(others).toEqual([])
    expect(warning?.line).toBe(lineOf(line))
    expect(warning?.message).toContain(`"${from}"`)
    expect(warning?.message).toContain(`"${to}"`)
    expect(warningsOf(await expectQuiet(world))).toHaveLength(1)
  })

  it('a field that the formula of the table’s filter names', async () => {
    const mappings = MAPPINGS.replace(
      '      table: Delivery Tracker\n',
      `      table: Delivery Tracker\n      filter: "NOT({Sprint} = 'Icebox')"\n`,
    )
    const { world, pages, rows } = await paired({ mappings })
    world.airtable.edit(second(rows), { Sprint: 'Icebox' })
    world.airtable.renameField('Sprint', 'Iteration')
    world.airtable.edit(first(rows), { Iteration: 'S1' })

    const result = await run(world)

    expect(warningsOf(result)).toMatchObject([
      { line: lineOf('notion: Sprint', mappings), message: expect.stringContaining('"Iteration"') },
    ])
    expect(world.notion.value(first(pages), 'Sprint')).toBe('S1')
    // The row on ice is outside the filter as before.
    expect(world.notion.value(second(pages), 'Sprint')).toBe(null)
    expect(world.airtable.records()).toHaveLength(3)
    await expectQuiet(world)
  })

  it('two columns that swapped their names', async () => {
    const { world, source, pages, rows } = await paired()
    world.notion.renameProperty(source, 'Sprint', 'tmp')
    world.notion.renameProperty(source, 'Blockers', 'Sprint')
    world.notion.renameProperty(source, 'tmp', 'Blockers')
    world.airtable.edit(first(rows), { Sprint: 'S1', Blockers: 'legal' })

    expect(warningsOf(await run(world))).toHaveLength(2)

    expect(world.notion.value(first(pages), 'Blockers')).toBe('S1')
    expect(world.notion.value(first(pages), 'Sprint')).toBe('legal')
    await expectQuiet(world)
  })

  it('a column whose old name a new column has now', async () => {
    const { world, pages, rows } = await paired()
    world.airtable.renameField('Priority', 'Urgency')
    world.airtable.addField({ name: 'Priority', type: 'singleLineText' })
    world.airtable.edit(second(rows), { Priority: 'somebody’s own' })
    world.notion.edit(first(pages), { Priority: 'P3' })

    expect(warningsOf(await run(world))).toMatchObject([{ message: expect.stringContaining('"Urgency"') }])

    expect(world.airtable.value(first(rows), 'Urgency')).toBe('P3')
    expect(world.airtable.value(first(rows), 'Priority')).toBe(null)
    expect(world.airtable.value(second(rows), 'Priority')).toBe('somebody’s own')
    await expectQuiet(world)
  })

  it('and once the config has the new names the warnings are gone, and no value is merged as if it were new', async () => {
    const mappings = MAPPINGS.replace('conflict: newest', 'conflict: ask').replaceAll(
      /, +conflict: (airtable|notion)/g,
      '',
    )
    const { world, source, pages, rows } = await paired({ mappings })
    world.notion.renameProperty(source, 'Priority', 'Urgency')
    world.airtable.renameField('Target Quarter', 'Quarter')
    world.airtable.renameField('Notion Page ID', 'Page')
    world.airtable.renameTable('Delivery Tracker', 'Deliveries')
    await remap(
      world,
      mappings
        .replace('notion: Priority', 'notion: Urgency')
        .replace('airtable: Target Quarter', 'airtable: Quarter')
        .replace('page_id_field: Notion Page ID', 'page_id_field: Page')
        .replace('table: Delivery Tracker', 'table: Deliveries'),
    )
    world.notion.edit(first(pages), { Urgency: 'P3' })
    world.airtable.edit(first(rows), { Quarter: null })

    const result = await run(world)

    expect(warningsOf(result)).toEqual([])
    expect(result.outputs).toMatchObject({
      conflicts: '0',
      created: '0',
      'updated-notion': '1',
      'updated-airtable': '1',
    })
    expect(world.airtable.value(first(rows), 'Priority')).toBe('P3')
    expect(world.notion.value(first(pages), 'Target Quarter')).toBe(null)
    await expectQuiet(world)
  })

  it('not where nothing is mapped of it: then the filter that names it stops the sync, in words', async () => {
    const notion = exampleNotion(3)
    Object.assign(notion.databases[0]?.properties ?? {}, { Team: { type: 'rich_text' } })
    const mappings = MAPPINGS.replace(/filter: .*/, 'filter: { property: Team, rich_text: { does_not_equal: Ops } }')
    const { world, source } = await paired({ notion, mappings })
    world.notion.renameProperty(source, 'Team', 'Squad')
    const [error] = await expectStopped(world, /Team/)
    expect(error?.line).toBe(lineOf('property: Team', mappings))
  })
})

describe('a column that was dropped', () => {
  it.each<[string, (world: World) => void, RegExp]>([
    ['the field of the last sync', world => world.airtable.dropField('Last Synced'), /Last Synced/],
    [
      'a property that others have conflicts in',
      world => world.notion.dropProperty(world.notion.dataSourceId, 'Target Quarter'),
      /Target Quarter/,
    ],
  ])('stops the sync at its line: %s', async (_, drop, why) => {
    const { world } = await paired()
    drop(world)
    const [error] = await expectStopped(world, why)
    expect(MAPPINGS.split('\n')[(error?.line ?? 0) - 1]).toMatch(why)
  })

  it('and is taken out of the mapping: the sync goes on, and what the other side holds stays', async () => {
    const { world, source, pages, rows } = await paired()
    world.notion.dropProperty(source, 'Priority')
    await expectStopped(world, /Priority/)
    await remap(world, MAPPINGS.replace(/^.*notion: Priority.*\n/m, ''))
    world.notion.edit(first(pages), { Status: 'Shipped' })
    await run(world)
    expect(world.airtable.record(first(rows)).fields).toMatchObject({ Status: 'Shipped', Priority: 'P0' })
    await expectQuiet(world)
  })

  it('and added anew by the same name is a column to be filled: nothing is emptied on the other side', async () => {
    const { world, source, pages, rows } = await paired()
    world.notion.dropProperty(source, 'Priority')
    world.notion.addProperty(source, 'Priority', { type: 'select', options: ['P0', 'P1', 'P2', 'P3'] })

    expect((await run(world)).outputs).toMatchObject({ conflicts: '0', 'updated-airtable': '0' })

    expect(rows.map(row => world.airtable.value(row, 'Priority'))).toEqual(['P0', 'P1', 'P2'])
    expect(pages.map(page => world.notion.value(page, 'Priority'))).toEqual(['P0', 'P1', 'P2'])
    await expectQuiet(world)
  })
})

describe('a column that was retyped', () => {
  it('and in which somebody empties a cell long after: that is an edit like any other', async () => {
    const { world, pages, rows } = await paired()
    for (const row of rows) world.airtable.edit(row, { Sprint: 'S1' })
    await run(world)
    world.airtable.retypeField('Sprint', 'singleSelect')
    await run(world)
    world.airtable.edit(rows[0] ?? '', { Sprint: null })

    await run(world)

    expect([world.notion.value(pages[0] ?? '', 'Sprint'), world.airtable.value(rows[0] ?? '', 'Sprint')]).toEqual([
      null,
      null,
    ])
  })

  it.each<[string, (world: World) => void, string]>([
    [
      'select to status in Notion',
      world =>
        world.notion.retypeProperty(world.notion.dataSourceId, 'Priority', 'status', {
          options: ['P0', 'P1', 'P2', 'P3'],
        }),
      'Priority',
    ],
    ['single select to text in Airtable', world => world.airtable.retypeField('Status', 'singleLineText'), 'Status'],
    ['text to select in Airtable', world => world.airtable.retypeField('Sprint', 'singleSelect'), 'Sprint'],
    ['single line to long text in Airtable', world => world.airtable.retypeField('Sprint', 'multilineText'), 'Sprint'],
  ])(
    'so that it still fits is followed: %s; no value is written or emptied, and the next edit flows',
    async (_, retype, name) => {
      const { world, pages, rows } = await paired()
      for (const row of rows) world.airtable.edit(row, { Sprint: 'S1' })
      await run(world)
      const before = [
        pages.map(page => world.notion.value(page, name)),
        rows.map(row => world.airtable.value(row, name)),
      ]
      retype(world)
      const learned = await run(world)
      expect(learned.outputs).toMatchObject({ created: '0', 'updated-notion': '0', 'updated-airtable': '0' })
      await expectQuiet(world)
      expect([
        pages.map(page => world.notion.value(page, name)),
        rows.map(row => world.airtable.value(row, name)),
      ]).toEqual(before)

      const next = { Priority: 'P3', Status: 'Shipped', Sprint: 'S9' }[name] ?? ''
      if (name === 'Sprint') world.airtable.edit(first(rows), { [name]: next })
      else world.notion.edit(first(pages), { [name]: next })
      await run(world)
      expect([world.notion.value(first(pages), name), world.airtable.value(first(rows), name)]).toEqual([next, next])
      await expectQuiet(world)
    },
  )

  it('so that its values are gone empties nothing on the other side; retyped back it is filled again', async () => {
    const { world, source, pages, rows } = await paired()
    world.notion.retypeProperty(source, 'Priority', 'number')
    expect(world.notion.value(first(pages), 'Priority')).toBe(null)
    // Whether it stops or tells a problem of each record: a value that nobody emptied stays.
    await world.run()
    expect(rows.map(row => world.airtable.value(row, 'Priority'))).toEqual(['P0', 'P1', 'P2'])

    world.notion.retypeProperty(source, 'Priority', 'select', { options: ['P0', 'P1', 'P2', 'P3'] })
    world.notion.edit(second(pages), { Name: 'Billing, renamed' })
    await run(world)
    expect(world.airtable.value(second(rows), 'Spec Name')).toBe('Billing, renamed')
    expect(rows.map(row => world.airtable.value(row, 'Priority'))).toEqual(['P0', 'P1', 'P2'])
    expect(pages.map(page => world.notion.value(page, 'Priority'))).toEqual(['P0', 'P1', 'P2'])
  })

  it.each([
    ['files', 'multipleAttachments', {}],
    ['a formula', 'formula', { formula: '""', result: { type: 'singleLineText' } }],
  ])(
    'to %s, so that its line can flow one way only: stops the sync at its line; with that owner, nothing is emptied',
    async (_, type, options) => {
      const text = MAPPINGS.replace('airtable: Blockers,       owner: airtable', 'airtable: Blockers')
      const { world, pages, rows } = await paired({ mappings: text })
      for (const page of pages) world.notion.edit(page, { Blockers: 'Legal' })
      await run(world)
      expect(rows.map(row => world.airtable.value(row, 'Blockers'))).toEqual(['Legal', 'Legal', 'Legal'])

      world.airtable.retypeField('Blockers', type, options)
      const [error] = await expectStopped(world, /from Airtable only/)
      expect(error?.line).toBe(lineOf('notion: Blockers', text))

      await remap(world, MAPPINGS)
      await run(world)
      expect(pages.map(page => world.notion.value(page, 'Blockers'))).toEqual(['Legal', 'Legal', 'Legal'])
      await expectQuiet(world)
    },
  )

  // Airtable finds a row again by lines of text only, so that each would be refused.
  it.each([
    ['a number', 'number', { precision: 0 }],
    ['an address', 'url', {}],
  ])('is the page ID field, to %s: stops the sync at its line', async (_, type, options) => {
    const { world } = await paired()
    world.airtable.retypeField('Notion Page ID', type, options)
    const [error] = await expectStopped(world, /page_id_field must be a text field/)
    expect(error?.line).toBe(lineOf('page_id_field'))
  })
})

describe('a select option that was renamed is no edit, no write and no conflict', () => {
  /** Whatever was renamed, the records stand as they stood, and edits on either side use the names that each side has. */
  async function expectFollowed(given: Paired, notionName: string, airtableName: string): Promise<void> {
    const { world, pages, rows } = given
    await expectQuiet(world)
    const options = optionsOf(world)

    world.airtable.edit(second(rows), { Status: airtableName })
    world.notion.edit(pages[2] ?? '', { Status: notionName })
    expect((await run(world)).outputs).toMatchObject({ conflicts: '0', problems: '0' })

    expect(pages.map(page => world.notion.value(page, 'Status'))).toEqual([notionName, notionName, notionName])
    expect(rows.map(row => world.airtable.value(row, 'Status'))).toEqual([airtableName, airtableName, airtableName])
    expect(optionsOf(world)).toEqual(options)

    // That was committed, so the names of now are learned; they still stand for each other.
    world.airtable.edit(first(rows), { Status: 'Shipped' })
    await run(world)
    expect(world.notion.value(first(pages), 'Status')).toBe('Shipped')
    await expectQuiet(world)
  }

  /** The names of all options of Status in Notion, which shows whether one was made. */
  const optionsOf = (world: World): string[] => {
    const properties = Object.values(world.notion.snapshot().state.dataSources).flatMap(source => source.properties)
    return properties.flatMap(property =>
      property.name === 'Status' ? property.options.map(option => option.name) : [],
    )
  }

  it('in Notion', async () => {
    const given = await paired()
    given.world.notion.renameOption(given.source, 'Status', 'Planned', 'Scheduled')
    await expectFollowed(given, 'Scheduled', 'Planned')
  })

  it('in Airtable', async () => {
    const given = await paired()
    given.world.airtable.renameOption('Status', 'Planned', 'Scheduled')
    await expectFollowed(given, 'Planned', 'Scheduled')
  })

  it('in both, to the same name', async () => {
    const given = await paired()
    given.world.notion.renameOption(given.source, 'Status', 'Planned', 'Scheduled')
    given.world.airtable.renameOption('Status', 'Planned', 'Scheduled')
    await expectFollowed(given, 'Scheduled', 'Scheduled')
  })

  it('in both, to different names', async () => {
    const given = await paired()
    given.world.notion.renameOption(given.source, 'Status', 'Planned', 'Scheduled')
    given.world.airtable.renameOption('Status', 'Planned', 'Geplant')
    await expectFollowed(given, 'Scheduled', 'Geplant')
  })

  it('twice, with a run in between', async () => {
    const given = await paired()
    given.world.notion.renameOption(given.source, 'Status', 'Planned', 'Scheduled')
    await expectQuiet(given.world)
    given.world.notion.renameOption(given.source, 'Status', 'Scheduled', 'Lined up')
    await expectFollowed(given, 'Lined up', 'Planned')
  })

  it('with a commit in between, and then back again', async () => {
    const given = await paired()
    const { world, pages, rows } = given
    world.notion.renameOption(given.source, 'Status', 'Planned', 'Scheduled')
    world.notion.edit(first(pages), { Priority: 'P3' })
    await run(world)
    expect(world.airtable.value(first(rows), 'Status')).toBe('Planned')
    world.notion.renameOption(given.source, 'Status', 'Scheduled', 'Planned')
    await expectFollowed(given, 'Planned', 'Planned')
  })

  it('in letter case only', async () => {
    const given = await paired()
    given.world.airtable.renameOption('Status', 'Planned', 'PLANNED')
    await expectFollowed(given, 'Planned', 'PLANNED')
  })

  it('where "values" of the mapping names it by its old name', async () => {
    const airtable = exampleAirtable()
    const status = airtable.bases[0]?.tables[0]?.fields[1]
    if (status === undefined) throw new Error('the example has a Status')
    status.choices = ['Draft', 'Geplant', 'In progress', 'In review', 'Shipped', 'Archived']
    const mappings = MAPPINGS.replace('airtable: Status,  ', 'airtable: Status, values: { Planned: Geplant }, ')
    expect(mappings).not.toBe(MAPPINGS)
    const given = await paired({ airtable, mappings })
    expect(given.world.airtable.value(first(given.rows), 'Status')).toBe('Geplant')
    given.world.airtable.renameOption('Status', 'Geplant', 'Bald')
    await expectFollowed(given, 'Planned', 'Bald')
  })

  it('while a conflict is open in that field: it stays the same conflict, and a tick writes the name of now', async () => {
    const mappings = MAPPINGS.replace(/(notion: Status, .*)conflict: airtable/, '$1conflict: ask')
    const { world, source, pages, rows } = await paired({ mappings })
    world.notion.edit(first(pages), { Status: 'Shipped' })
    world.airtable.edit(first(rows), { Status: 'In review' })
    expect((await run(world)).outputs.conflicts).toBe('1')
    world.notion.renameOption(source, 'Status', 'Shipped', 'Delivered')
    expect((await run(world)).outputs).toMatchObject({ conflicts: '1', 'updated-airtable': '0', 'updated-notion': '0' })

    const [issue] = await world.github.issues('open')
    expect(await world.github.issues('all')).toHaveLength(1)
    await world.github.tick(issue?.number ?? 0, 'Notion')
    await run(world)

    expect(world.notion.value(first(pages), 'Status')).toBe('Delivered')
    expect(world.airtable.value(first(rows), 'Status')).toBe('Shipped')
    expect(await world.github.issues('open')).toEqual([])
    await expectQuiet(world)
  })

  it('that stands for archived rows: they stay archived, and a restored page takes its row out of the archive', async () => {
    const { world, pages, rows } = await paired()
    world.notion.trash(first(pages))
    await run(world)
    world.airtable.renameOption('Status', 'Archived', 'Put away')
    await expectQuiet(world)
    world.notion.restore(first(pages))
    await run(world)
    expect(world.airtable.value(first(rows), 'Status')).toBe('Planned')
    expect(world.notion.value(first(pages), 'Status')).toBe('Planned')
    await expectQuiet(world)
  })

  it('that archiving writes: the row of a trashed page gets the option by the name that it has now, and none is made', async () => {
    const { world, pages, rows } = await paired()
    world.airtable.renameOption('Status', 'Archived', 'Put away')
    world.notion.trash(first(pages))
    const { outputs } = await run(world)
    expect(world.airtable.value(first(rows), 'Status')).toBe('Put away')
    expect(outputs.problems).toBe('0')
    await expectQuiet(world)
  })

  it('in a field of several options', async () => {
    const notion = exampleNotion(1)
    Object.assign(notion.databases[0]?.properties ?? {}, { Tags: { type: 'multi_select', options: ['a', 'b', 'c'] } })
    Object.assign(notion.databases[0]?.pages?.[0]?.properties ?? {}, { Tags: ['a', 'b'] })
    const airtable = exampleAirtable()
    airtable.bases[0]?.tables[0]?.fields.push({ name: 'Tags', type: 'multipleSelects', choices: ['a', 'b', 'c'] })
    const mappings = `${MAPPINGS}      - { notion: Tags, airtable: Tags }\n`
    const { world, source, pages, rows } = await paired({ notion, airtable, mappings })
    world.notion.renameOption(source, 'Tags', 'a', 'alpha')
    world.airtable.renameOption('Tags', 'b', 'beta')
    await expectQuiet(world)

    world.notion.edit(first(pages), { Tags: ['alpha', 'b', 'c'] })
    await run(world)
    expect(world.airtable.value(first(rows), 'Tags')).toEqual(['a', 'beta', 'c'])
    await expectQuiet(world)
  })
})

describe('a line that is added to the mapping', () => {
  const BEFORE = MAPPINGS.replace(/^.*notion: Target Quarter.*\n/m, '')
  const ASK = (mappings: string) => mappings.replace('conflict: newest', 'conflict: ask')

  it('is shown by a plan with what it would fill and what it would ask, and the sync does just that', async () => {
    const { world, pages, rows } = await paired({ mappings: ASK(BEFORE) })
    world.airtable.edit(first(rows), { 'Target Quarter': '2027 Q2' })
    world.airtable.edit(second(rows), { 'Target Quarter': '2027 Q1' })
    await remap(world, ASK(MAPPINGS))

    const plan = await run(world, { inputs: { mode: 'plan' } })
    const line = plan.summary.split('\n').find(text => text.includes('`Target Quarter`')) ?? ''
    expect(line).toMatch(/\| 1 \| 0 \| 1 \|/)
    expect(world.airtable.value(rows[2] ?? '', 'Target Quarter')).toBe(null)

    const { outputs } = await run(world)
    expect(outputs).toMatchObject({ 'updated-airtable': '1', 'updated-notion': '0', conflicts: '1' })
    expect(rows.map(row => world.airtable.value(row, 'Target Quarter'))).toEqual(['2027 Q2', '2027 Q1', '2027 Q2'])
    expect(pages.map(page => world.notion.value(page, 'Target Quarter'))).toEqual(['2026 Q4', '2027 Q1', '2027 Q2'])
  })

  it('does not touch what the other lines have agreed on: an edit made meanwhile flows as ever', async () => {
    const { world, pages, rows } = await paired({ mappings: ASK(BEFORE) })
    await remap(world, ASK(MAPPINGS))
    world.notion.edit(first(pages), { Status: 'Shipped' })
    world.airtable.edit(second(rows), { Status: null })
    const { outputs } = await run(world)
    expect(outputs.conflicts).toBe('0')
    expect(world.airtable.value(first(rows), 'Status')).toBe('Shipped')
    expect(world.notion.value(second(pages), 'Status')).toBe(null)
    await expectQuiet(world)
  })

  it('and was in it before: what people changed on both sides while it was out is not written over in silence', async () => {
    const { world, pages, rows } = await paired({ mappings: ASK(MAPPINGS) })
    await remap(world, ASK(BEFORE))
    await run(world)
    world.notion.edit(first(pages), { 'Target Quarter': '2027 Q1' })
    world.airtable.edit(first(rows), { 'Target Quarter': '2027 Q2' })
    await run(world)
    await remap(world, ASK(MAPPINGS))
    expect((await run(world)).outputs).toMatchObject({ conflicts: '1', 'updated-airtable': '0', 'updated-notion': '0' })
    expect(world.airtable.value(first(rows), 'Target Quarter')).toBe('2027 Q2')
    expect(world.notion.value(first(pages), 'Target Quarter')).toBe('2027 Q1')
  })

  it('with another field on the other side is a new line, too: both fields keep what they hold', async () => {
    const airtable = exampleAirtable()
    airtable.bases[0]?.tables[0]?.fields.push({ name: 'Urgency', type: 'singleSelect', choices: ['P0', 'P1'] })
    const { world, pages, rows } = await paired({ airtable })
    await remap(world, MAPPINGS.replace('airtable: Priority', 'airtable: Urgency'))
    await run(world)
    expect(rows.map(row => world.airtable.value(row, 'Urgency'))).toEqual(['P0', 'P1', 'P2'])
    expect(rows.map(row => world.airtable.value(row, 'Priority'))).toEqual(['P0', 'P1', 'P2'])
    world.notion.edit(first(pages), { Priority: 'P3' })
    await run(world)
    expect(world.airtable.record(first(rows)).fields).toMatchObject({ Urgency: 'P3', Priority: 'P0' })
    await expectQuiet(world)
  })
})
