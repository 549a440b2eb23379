/**
 * The merge rule, end to end: the built action between a Notion and an Airtable that were edited, on one side or on
 * both, since they last agreed. Each cell of the table, each policy, and the first link, where nothing was agreed yet.
 */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { exampleAirtable, MAPPINGS } from '../../demo/example.ts'
import { startWorld, type World, type WorldOptions } from '../../demo/world.ts'
import type { RunResult } from '../../emulators/runner.ts'
import { startSynced } from './past.ts'

async function start(options: WorldOptions): Promise<World> {
  const world = await startWorld(options)
  onTestFinished(() => world.close())
  return world
}

/** The same after a first run. */
async function synced(options: WorldOptions): Promise<World> {
  const world = await startSynced(options)
  onTestFinished(() => world.close())
  return world
}

async function run(world: World): Promise<RunResult> {
  const result = await world.run()
  expect(result.exitCode, result.log).toBe(0)
  return result
}

const pageNamed = (world: World, name: string): string => {
  const ids = world.notion.pages(world.notion.dataSourceId).map(page => String(page.id))
  return ids.find(id => world.notion.value(id, 'Name') === name) ?? `no page ${name}`
}
const rowNamed = (world: World, name: string): string => {
  const row = world.airtable.records().find(record => Object.values(record.fields).includes(name))
  return row?.id ?? `no row ${name}`
}

/** Page and row of the n-th spec of the example, which the first run has paired. */
function pair(world: World, index: number): { page: string; row: string } {
  const page = String(world.notion.pages(world.notion.dataSourceId)[index]?.id)
  const row = world.airtable.records().find(record => record.fields['Notion Page ID'] === page)
  return { page, row: row?.id ?? `no row of ${page}` }
}

/** What the newest section of the changelog says of one field of one record. */
async function logged(world: World, sync: string, record: string, field: string): Promise<string[]> {
  const changelog = (await world.github.file(`state/${sync}/CHANGELOG.md`)) ?? ''
  const newest = changelog.split(/^## /m)[1] ?? ''
  return newest.split('\n').filter(line => line.includes(`\`${record}\``) && line.includes(`| \`${field}\` |`))
}

/** Everything that was changed in any of the three services. */
const writes = (world: World): number =>
  world.notion.calls.filter(call => call.method === 'PATCH').length +
  world.airtable.calls.filter(call => call.method !== 'GET').length +
  world.github.writes().length

const FIELDS = ['Both', 'Ours', 'Theirs'] as const
const TEXT_FIELDS = `version: 1
syncs:
  specs:
    notion:
      database: \${NOTION_DATABASE_ID}
    airtable:
      base: \${AIRTABLE_BASE_ID}
      table: Tracker
      page_id_field: Page
    conflict: ask
    fields:
      - { notion: Name, airtable: Name, owner: notion }
      - { notion: Both, airtable: Both }
      - { notion: Ours, airtable: Ours, owner: notion }
      - { notion: Theirs, airtable: Theirs, owner: airtable }
`

type Texts = { name: string; text: string | null }

/** One text field for each owner; every record holds the same text in all three. */
function textWorld(pages: readonly Texts[], rows: readonly Texts[] = [], mappings = TEXT_FIELDS): WorldOptions {
  const cells = ({ name, text }: Texts) => ({ Name: name, Both: text, Ours: text, Theirs: text })
  const text = { type: 'rich_text' }
  return {
    mappings,
    notion: {
      token: 'ntn_example',
      databases: [
        {
          title: 'Specs',
          properties: { Name: { type: 'title' }, Both: text, Ours: text, Theirs: text },
          pages: pages.map(page => ({ properties: cells(page) })),
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
              fields: ['Name', ...FIELDS, 'Page'].map(name => ({ name, type: 'singleLineText' })),
              records: rows.map(row => ({ fields: cells(row) })),
            },
          ],
        },
      ],
    },
  }
}

const values = (world: World, name: string, field: string) => ({
  notion: world.notion.value(pageNamed(world, name), field),
  airtable: world.airtable.value(rowNamed(world, name), field),
})

/** What is expected of a cell: the value on each side, and the word for it in the changelog (null: nothing is logged). */
type Cell = { notion: string | null; airtable: string | null; log: string | null }
const on = (notion: string | null, airtable: string | null, log: string | null = null): Cell => ({
  notion,
  airtable,
  log,
})

type Line = { name: string; notion: string | null; airtable: string | null } & Record<(typeof FIELDS)[number], Cell>

/** The base is the text `old` on both sides. The policy is `ask`: what is left to a person stays as it was typed. */
const TABLE: readonly Line[] = [
  {
    name: 'neither side changed',
    notion: 'old',
    airtable: 'old',
    Both: on('old', 'old'),
    Ours: on('old', 'old'),
    Theirs: on('old', 'old'),
  },
  {
    name: 'changed in Notion',
    notion: 'typed in N',
    airtable: 'old',
    Both: on('typed in N', 'typed in N', 'edited'),
    Ours: on('typed in N', 'typed in N', 'edited'),
    Theirs: on('old', 'old', 'reverted'),
  },
  {
    name: 'changed in Airtable',
    notion: 'old',
    airtable: 'typed in A',
    Both: on('typed in A', 'typed in A', 'edited'),
    Ours: on('old', 'old', 'reverted'),
    Theirs: on('typed in A', 'typed in A', 'edited'),
  },
  {
    name: 'changed to the same on both',
    notion: 'typed in both',
    airtable: 'typed in both',
    Both: on('typed in both', 'typed in both'),
    Ours: on('typed in both', 'typed in both'),
    Theirs: on('typed in both', 'typed in both'),
  },
  {
    name: 'changed otherwise on both',
    notion: 'typed in N',
    airtable: 'typed in A',
    Both: on('typed in N', 'typed in A', 'conflict'),
    Ours: on('typed in N', 'typed in N', 'overridden'),
    Theirs: on('typed in A', 'typed in A', 'overridden'),
  },
  {
    name: 'emptied in Notion',
    notion: null,
    airtable: 'old',
    Both: on(null, null, 'edited'),
    Ours: on(null, null, 'edited'),
    Theirs: on('old', 'old', 'reverted'),
  },
  {
    name: 'emptied in Airtable',
    notion: 'old',
    airtable: null,
    Both: on(null, null, 'edited'),
    Ours: on('old', 'old', 'reverted'),
    Theirs: on(null, null, 'edited'),
  },
  {
    name: 'emptied on both',
    notion: null,
    airtable: null,
    Both: on(null, null),
    Ours: on(null, null),
    Theirs: on(null, null),
  },
  {
    name: 'emptied in Notion and edited in Airtable',
    notion: null,
    airtable: 'typed in A',
    Both: on(null, 'typed in A', 'conflict'),
    Ours: on(null, null, 'overridden'),
    Theirs: on('typed in A', 'typed in A', 'overridden'),
  },
  {
    name: 'edited in Notion and emptied in Airtable',
    notion: 'typed in N',
    airtable: null,
    Both: on('typed in N', null, 'conflict'),
    Ours: on('typed in N', 'typed in N', 'overridden'),
    Theirs: on(null, null, 'overridden'),
  },
]

describe('a field of a pair that has agreed before', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld(textWorld(TABLE.map(({ name }) => ({ name, text: 'old' }))))
    await run(world)
    for (const { name, notion, airtable } of TABLE) {
      for (const field of FIELDS) {
        if (notion !== 'old') world.notion.edit(pageNamed(world, name), { [field]: notion })
        if (airtable !== 'old') world.airtable.edit(rowNamed(world, name), { [field]: airtable })
      }
    }
    await run(world)
  })
  afterAll(() => world.close())

  for (const line of TABLE) {
    for (const field of FIELDS) {
      const { notion, airtable, log } = line[field]
      const owner = { Both: 'both', Ours: 'notion', Theirs: 'airtable' }[field]
      it(`${line.name}, owner ${owner}: ends as ${notion} in Notion and ${airtable} in Airtable`, async () => {
        expect(values(world, line.name, field)).toEqual({ notion, airtable })
        const lines = await logged(world, 'specs', line.name, field)
        expect(lines).toHaveLength(log === null ? 0 : 1)
        if (log !== null) expect(lines[0]).toContain(log)
        // What a person typed and no side holds any more is still to be read.
        const lost = [line.notion, line.airtable].filter(text => text !== null && text !== notion && text !== airtable)
        for (const text of lost) expect(lines[0]).toContain(`\`${text}\``)
      })
    }
  }

  it('counts three open conflicts, and no other line is left undecided', async () => {
    const { conflicts } = await world.state('specs')
    expect(conflicts).toHaveLength(3)
  })

  it('the run after that plans nothing and writes nothing anywhere', async () => {
    const before = writes(world)
    const { outputs } = await run(world)
    expect(writes(world)).toBe(before)
    expect(outputs).toMatchObject({ changed: 'false', commit: '', conflicts: '3' })
  })

  it('a value that both sides came to by themselves is the new base: the next edit of one side flows', async () => {
    const name = 'changed to the same on both'
    world.notion.edit(pageNamed(world, name), { Both: 'and on' })
    await run(world)
    expect(values(world, name, 'Both')).toEqual({ notion: 'and on', airtable: 'and on' })
  })
})

describe('a page and a row that are linked for the first time', () => {
  let world: World
  const SITUATIONS = ['equal', 'only in Notion', 'only in Airtable', 'different'] as const
  beforeAll(async () => {
    const inNotion = { equal: 'same', 'only in Notion': 'N', 'only in Airtable': null, different: 'N' }
    const inAirtable = { equal: ' same', 'only in Notion': null, 'only in Airtable': 'A', different: 'A' }
    world = await startWorld(
      textWorld(
        SITUATIONS.map(name => ({ name, text: inNotion[name] })),
        SITUATIONS.map(name => ({ name, text: inAirtable[name] })),
      ),
    )
    const { outputs } = await run(world)
    expect(outputs.created).toBe('0')
  })
  afterAll(() => world.close())

  it.each(FIELDS)('agree on equal values, spaces at the ends aside (%s)', async field => {
    expect(values(world, 'equal', field)).toMatchObject({ notion: 'same' })
    expect(await logged(world, 'specs', 'equal', field)).toEqual([])
  })

  it.each(FIELDS)('fill an empty side from the other, whoever owns the field (%s)', async field => {
    expect(values(world, 'only in Notion', field)).toEqual({ notion: 'N', airtable: 'N' })
    expect(values(world, 'only in Airtable', field)).toEqual({ notion: 'A', airtable: 'A' })
  })

  it('take two different values as changed on both sides', async () => {
    expect(values(world, 'different', 'Both')).toEqual({ notion: 'N', airtable: 'A' })
    expect(values(world, 'different', 'Ours')).toEqual({ notion: 'N', airtable: 'N' })
    expect(values(world, 'different', 'Theirs')).toEqual({ notion: 'A', airtable: 'A' })
    expect((await logged(world, 'specs', 'different', 'Ours'))[0]).toMatch(/`A`.*overridden/)
    expect((await logged(world, 'specs', 'different', 'Theirs'))[0]).toMatch(/`N`.*overridden/)
    expect((await world.state('specs')).conflicts).toMatchObject([{ field: 'Both', notion: 'N', airtable: 'A' }])
  })
})

it('a line that is added to the mapping later is merged as a first link', async () => {
  const without = TEXT_FIELDS.replace('      - { notion: Both, airtable: Both }\n', '')
  const names = ['equal', 'only in Notion', 'only in Airtable', 'different']
  const world = await start(
    textWorld(
      names.map(name => ({ name, text: 'old' })),
      [],
      without,
    ),
  )
  await run(world)
  for (const [name, notion, airtable] of [
    ['equal', 'x', 'x'],
    ['only in Notion', 'N', null],
    ['only in Airtable', null, 'A'],
    ['different', 'N', 'A'],
  ] as const) {
    world.notion.edit(pageNamed(world, name), { Both: notion })
    world.airtable.edit(rowNamed(world, name), { Both: airtable })
  }
  await world.github.commitFiles({ 'mappings.yaml': TEXT_FIELDS }, 'Map one field more')

  const { outputs } = await run(world)

  expect(names.map(name => values(world, name, 'Both'))).toEqual([
    { notion: 'x', airtable: 'x' },
    { notion: 'N', airtable: 'N' },
    { notion: 'A', airtable: 'A' },
    { notion: 'N', airtable: 'A' },
  ])
  expect(outputs).toMatchObject({ conflicts: '1', 'updated-notion': '1', 'updated-airtable': '1' })
})

it('two sides that differ although neither changed are a conflict: a single line that came to hold breaks', async () => {
  const world = await start(textWorld([{ name: 'Search', text: 'one\ntwo' }]))
  await run(world)
  const agreed = values(world, 'Search', 'Both')
  expect(agreed).toEqual({ notion: 'one\ntwo', airtable: 'one two' })
  world.airtable.retypeField('Both', 'multilineText')

  const { outputs } = await run(world)

  expect(outputs).toMatchObject({ conflicts: '1', 'updated-notion': '0' })
  expect(values(world, 'Search', 'Both')).toEqual(agreed)
})

describe('a conflict, settled by its policy', () => {
  it('notion and airtable take that side, a line’s own policy before that of the sync', async () => {
    const world = await start({ specs: 3, mappings: MAPPINGS.replace('conflict: newest', 'conflict: notion') })
    await run(world)
    const { page, row } = pair(world, 0)
    world.notion.edit(page, { Status: 'Shipped', Priority: 'P2', 'Target Quarter': '2027 Q1' })
    world.airtable.edit(row, { Status: 'In review', Priority: 'P3', 'Target Quarter': '2027 Q2' })

    const { outputs } = await run(world)

    const seen = (field: string) => [world.notion.value(page, field), world.airtable.value(row, field)]
    expect(seen('Status')).toEqual(['In review', 'In review'])
    expect(seen('Priority')).toEqual(['P2', 'P2'])
    expect(seen('Target Quarter')).toEqual(['2027 Q1', '2027 Q1'])
    expect(outputs).toMatchObject({ conflicts: '0', issue: '' })
    const log = await Promise.all(
      ['Status', 'Priority', 'Target Quarter'].map(field => logged(world, 'product-specs', 'Search redesign', field)),
    )
    expect(log.flat().map(line => ['Shipped', 'P3', '2027 Q2'].find(lost => line.includes(`\`${lost}\``)))).toEqual([
      'Shipped',
      'P3',
      '2027 Q2',
    ])
  })

  it('newest takes the side edited last; within Notion’s minute nobody can tell, and it asks', async () => {
    const world = await start({ specs: 4 })
    await run(world)
    // Notion says 10:00 of all four pages.
    const airtableAt = ['09:59:59', '10:00:00', '10:00:58', '10:01:00']
    for (const [index, time] of airtableAt.entries()) {
      const { page, row } = pair(world, index)
      world.setClock('2026-11-20T10:00:30Z')
      world.notion.edit(page, { 'Target Quarter': 'in Notion' })
      world.setClock(`2026-11-20T${time}Z`)
      world.airtable.edit(row, { 'Target Quarter': 'in Airtable' })
    }
    world.setClock('2026-11-20T11:00:00Z')

    const { outputs } = await run(world)

    const sides = airtableAt.map((_, index) => {
      const { page, row } = pair(world, index)
      return [world.notion.value(page, 'Target Quarter'), world.airtable.value(row, 'Target Quarter')]
    })
    expect(sides).toEqual([
      ['in Notion', 'in Notion'],
      ['in Notion', 'in Airtable'],
      ['in Notion', 'in Airtable'],
      ['in Airtable', 'in Airtable'],
    ])
    expect(outputs).toMatchObject({ conflicts: '2', 'updated-notion': '1', 'updated-airtable': '1' })
    const settled = await Promise.all(
      ['Search redesign', 'Mobile redesign'].map(name => logged(world, 'product-specs', name, 'Target Quarter')),
    )
    expect(settled[0]?.[0]).toContain('`in Airtable` | `in Notion`')
    expect(settled[1]?.[0]).toContain('`in Notion` | `in Airtable`')
  })

  it('newest asks about a row that nobody has edited, for its time is unknown', async () => {
    const airtable = exampleAirtable()
    const [table] = airtable.bases[0]?.tables ?? []
    if (table === undefined) throw new Error('the example has a table')
    table.records = [{ fields: { 'Spec Name': 'Search redesign', 'Target Quarter': '2027 Q2' } }]
    const world = await start({ specs: 3, airtable })

    const { outputs } = await run(world)

    expect(outputs.conflicts).toBe('1')
    expect(world.airtable.value(rowNamed(world, 'Search redesign'), 'Target Quarter')).toBe('2027 Q2')
    expect(world.notion.value(pageNamed(world, 'Search redesign'), 'Target Quarter')).toBe('2026 Q4')
  })

  it('newest that had to ask is settled when one side is edited again later', async () => {
    const world = await synced({ specs: 3 })
    const { page, row } = pair(world, 0)
    world.notion.edit(page, { 'Target Quarter': '2027 Q1' })
    world.airtable.edit(row, { 'Target Quarter': '2027 Q2' })
    const asked = await run(world)
    expect(asked.outputs.conflicts).toBe('1')

    world.setClock('2026-11-20T09:30:00Z')
    world.airtable.edit(row, { 'Target Quarter': 'later' })
    const settled = await run(world)

    expect(settled.outputs.conflicts).toBe('0')
    expect(world.notion.value(page, 'Target Quarter')).toBe('later')
    expect(await world.github.issues('open')).toEqual([])
  })

  it('an edit elsewhere on the page does not make Notion’s value of an open conflict the newer one', async () => {
    const world = await synced({ specs: 3 })
    const { page, row } = pair(world, 0)
    world.notion.edit(page, { 'Target Quarter': '2027 Q1' })
    world.airtable.edit(row, { 'Target Quarter': '2027 Q2' })
    await run(world)

    world.setClock('2026-11-20T09:30:00Z')
    world.notion.edit(page, { Priority: 'P3' })
    const { outputs } = await run(world)

    expect(outputs.conflicts).toBe('1')
    expect(world.airtable.value(row, 'Priority')).toBe('P3')
    expect(world.airtable.value(row, 'Target Quarter')).toBe('2027 Q2')
  })

  it('ask leaves the field alone on both sides while every other field of the pair flows, both ways', async () => {
    const world = await synced({ specs: 3, mappings: MAPPINGS.replace('conflict: newest', 'conflict: ask') })
    const { page, row } = pair(world, 0)
    world.notion.edit(page, { 'Target Quarter': '2027 Q1', Name: 'Search, renamed' })
    world.airtable.edit(row, { 'Target Quarter': '2027 Q2', Sprint: 'S14', Status: 'Shipped' })

    const { outputs } = await run(world)

    expect(world.airtable.record(row).fields).toMatchObject({
      'Spec Name': 'Search, renamed',
      'Target Quarter': '2027 Q2',
    })
    expect(['Target Quarter', 'Sprint', 'Status'].map(field => world.notion.value(page, field))).toEqual([
      '2027 Q1',
      'S14',
      'Shipped',
    ])
    expect(outputs).toMatchObject({ conflicts: '1', 'updated-notion': '1', 'updated-airtable': '1' })
    // The base of the field is untouched too: it is what both held when they agreed.
    expect((await world.state()).conflicts).toMatchObject([{ base: { notion: '2026 Q4', airtable: '2026 Q4' } }])
  })

  it('the losing value stands in the changelog to its last word, however long it is', async () => {
    const mappings = MAPPINGS.replace(
      'airtable: Blockers,       owner: airtable',
      'airtable: Blockers, conflict: notion',
    )
    const world = await start({ specs: 3, mappings })
    await run(world)
    const { page, row } = pair(world, 0)
    world.notion.edit(page, { Blockers: 'none' })
    world.airtable.edit(row, { Blockers: `${'waiting for legal and for the vendor\n'.repeat(60)}the last word` })

    await run(world)

    expect(world.airtable.value(row, 'Blockers')).toBe('none')
    expect(await world.github.file('state/product-specs/CHANGELOG.md')).toContain('the last word')
  })
})

describe('a conflict goes away by itself', () => {
  async function inConflict(): Promise<{ world: World; page: string; row: string }> {
    const world = await synced({ specs: 3, mappings: MAPPINGS.replace('conflict: newest', 'conflict: ask') })
    const { page, row } = pair(world, 0)
    world.notion.edit(page, { 'Target Quarter': '2027 Q1' })
    world.airtable.edit(row, { 'Target Quarter': '2027 Q2' })
    expect((await run(world)).outputs).toMatchObject({ conflicts: '1', issue: '1' })
    return { world, page, row }
  }

  it('when both sides are made equal', async () => {
    const { world, row } = await inConflict()
    world.airtable.edit(row, { 'Target Quarter': '2027 Q1' })
    const { outputs } = await run(world)
    expect(outputs).toMatchObject({ conflicts: '0', 'updated-notion': '0', 'updated-airtable': '0' })
    expect(await world.github.issues('open')).toEqual([])
  })

  it('when Notion is set back to what was agreed: Airtable’s value flows', async () => {
    const { world, page } = await inConflict()
    world.notion.edit(page, { 'Target Quarter': '2026 Q4' })
    await run(world)
    expect(world.notion.value(page, 'Target Quarter')).toBe('2027 Q2')
    expect(await world.github.issues('open')).toEqual([])
  })

  it('when Airtable is set back to what was agreed: Notion’s value flows', async () => {
    const { world, row } = await inConflict()
    world.airtable.edit(row, { 'Target Quarter': '2026 Q4' })
    await run(world)
    expect(world.airtable.value(row, 'Target Quarter')).toBe('2027 Q1')
    expect(await world.github.issues('open')).toEqual([])
  })

  it('when its line is taken out of the mapping: both values stand', async () => {
    const { world, page, row } = await inConflict()
    const without = MAPPINGS.replace(/^.*notion: Target Quarter.*\n/m, '')
    await world.github.commitFiles({ 'mappings.yaml': without }, 'Map one field less')
    const { outputs } = await run(world)
    expect(outputs.conflicts).toBe('0')
    expect(world.notion.value(page, 'Target Quarter')).toBe('2027 Q1')
    expect(world.airtable.value(row, 'Target Quarter')).toBe('2027 Q2')
    expect(await world.github.issues('open')).toEqual([])
  })

  it('when the mapping names a winner', async () => {
    const { world, row } = await inConflict()
    await world.github.commitFiles(
      { 'mappings.yaml': MAPPINGS.replace('conflict: newest', 'conflict: notion') },
      'Notion wins',
    )
    await run(world)
    expect(world.airtable.value(row, 'Target Quarter')).toBe('2027 Q1')
    expect(await world.github.issues('open')).toEqual([])
  })
})

it('Last Synced is written with a change to the row, and never alone', async () => {
  const world = await synced({ specs: 3 })
  const { row } = pair(world, 0)
  const stamp = world.airtable.value(row, 'Last Synced')
  expect(stamp).toBe('2026-11-20T09:00:00.000Z')
  world.setClock('2026-11-20T12:34:10Z')
  world.airtable.edit(row, { Sprint: 'S14' })
  await run(world)
  expect(world.airtable.value(row, 'Last Synced')).toBe(stamp)

  world.notion.edit(pair(world, 0).page, { Priority: 'P3' })
  await run(world)
  expect(world.airtable.value(row, 'Last Synced')).toBe('2026-11-20T12:34:00.000Z')
})
