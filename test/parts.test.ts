/**
 * A record that a service refuses as a whole is written in parts, and people edit it meanwhile. The code runs in this
 * process, with the real SDKs against the emulators and the state in a folder.
 */
import { describe, expect, it } from 'vitest'
import { exampleAirtable, exampleNotion, MAPPINGS } from '../demo/example.ts'
import { type Here, startHere } from './here.ts'

const REFUSED = '2030 Q1'
const PARTS = {
  airtable: {
    on: /^PATCH /,
    effect: {
      kind: 'answer',
      status: 422,
      body: { error: { type: 'INVALID_VALUE_FOR_COLUMN', message: 'Not in this quarter' } },
    },
  },
  notion: {
    on: /^(PATCH|POST) \/v1\/pages/,
    effect: {
      kind: 'answer',
      status: 400,
      body: { object: 'error', status: 400, code: 'validation_error', message: 'Not in this quarter' },
    },
  },
} as const

/** A run in which `side` refuses that quarter; once it took so many `parts`, `edit` happens, and six seconds go by. */
async function runInParts(here: Here, side: 'airtable' | 'notion', parts: number, edit: () => void) {
  const service = here.world[side]
  let [late, taken, due] = [0, 0, false]
  service.onCall(({ method, path, body }) => {
    if (!PARTS[side].on.test(`${method} ${path}`)) return
    if (body.includes(REFUSED)) return service.inject(PARTS[side])
    taken += 1
    due = taken === parts
  })
  const now = () => {
    if (due) {
      due = false
      late = 6_000
      edit()
    }
    return Date.now() + late
  }
  const { error, result } = await here.run({ now })
  service.onCall(undefined)
  expect([error, late]).toEqual([null, 6_000])
  return result
}

const settle = async (here: Here): Promise<void> => {
  for (const _ of [1, 2]) await here.run()
  expect((await here.run()).result?.changed).toBe(false)
}

describe('what a person types meanwhile is kept', () => {
  it('in a row that is made in parts: the row is told as made, and the next run merges the rest', async () => {
    const here = await startHere({ specs: 0 })
    const { world } = here
    const page = world.notion.addPage(world.notion.dataSourceId, {
      Name: 'New',
      Status: 'Planned',
      Priority: 'P1',
      'Target Quarter': REFUSED,
    })
    const row = () => world.airtable.records()[0]?.id ?? ''

    const result = await runInParts(here, 'airtable', 1, () => {
      world.airtable.edit(row(), { Priority: 'P3' })
    })

    expect(world.airtable.records()).toHaveLength(1)
    expect(world.airtable.value(row(), 'Priority')).toBe('P3')
    expect(result?.counts.created).toBe(1)
    expect(result?.left).toEqual(['New: the row was edited meanwhile'])
    const changelog = await here.file('CHANGELOG.md')
    expect(changelog).toContain('new row')
    expect(changelog).not.toContain('P1')

    await settle(here)
    expect(world.airtable.value(row(), 'Spec Name')).toBe('New')
    expect(await here.file('CHANGELOG.md')).toMatch(/`P3` \| `P1`/)
    expect(world.notion.value(page, 'Priority')).toBe('P1')
  })

  it('in the very cell of a new row that could not take the page’s value: that is an edit, and no default of Airtable', async () => {
    const mappings = MAPPINGS.replace('airtable: Target Quarter }', 'airtable: Target Quarter, conflict: ask }')
    const here = await startHere({ specs: 0, mappings })
    const { world } = here
    world.notion.addPage(world.notion.dataSourceId, { Name: 'New', Status: 'Planned', 'Target Quarter': REFUSED })
    const row = () => world.airtable.records()[0]?.id ?? ''

    await runInParts(here, 'airtable', 1, () => {
      world.airtable.edit(row(), { 'Target Quarter': '2027 Q1' })
    })

    await settle(here)
    expect(world.airtable.value(row(), 'Target Quarter')).toBe('2027 Q1')
    const { conflicts } = JSON.parse(await here.file('state.json'))
    expect(conflicts).toMatchObject([{ notion: REFUSED, airtable: '2027 Q1' }])
  })

  it('in a page that is made in parts: the page is told as made, and the next run merges the rest', async () => {
    const seed = exampleAirtable()
    const here = await startHere({
      specs: 0,
      mappings: MAPPINGS.replace('create: airtable', 'create: both'),
      airtable: seed,
    })
    const { world } = here
    const row = world.airtable.add({
      'Spec Name': 'New',
      Status: 'Planned',
      Priority: 'P1',
      Blockers: 'None',
      'Target Quarter': REFUSED,
    })
    const page = () => String(world.notion.pages(world.notion.dataSourceId)[0]?.id)

    const result = await runInParts(here, 'notion', 1, () => {
      world.notion.edit(page(), { Priority: 'P3' })
    })

    expect(world.notion.pages(world.notion.dataSourceId)).toHaveLength(1)
    expect(world.notion.value(page(), 'Priority')).toBe('P3')
    expect(result?.counts.created).toBe(1)
    expect(result?.left).toEqual(['New: the page was edited meanwhile'])

    await settle(here)
    expect(world.notion.value(page(), 'Blockers')).toBe('None')
    expect(world.airtable.value(row, 'Priority')).toBe('P3')
    expect(await here.file('CHANGELOG.md')).toMatch(/`P1` \| `P3`/)
  })
})

describe('what was written before that is told', () => {
  it('of a row: the value that was replaced stands in the changelog', async () => {
    const here = await startHere({ specs: 1 })
    await here.run()
    const { world } = here
    const [page, row] = [world.page('Search redesign'), world.row('Search redesign')]
    world.airtable.edit(row, { 'Spec Name': 'Mine' })
    world.notion.edit(page, { 'Target Quarter': REFUSED })

    const result = await runInParts(here, 'airtable', 1, () => {
      world.airtable.edit(row, { Sprint: 'S9' })
    })

    expect(world.airtable.value(row, 'Spec Name')).toBe('Search redesign')
    expect(result?.left).toEqual(['Search redesign: the row was edited meanwhile'])
    expect(result?.counts.toAirtable).toBe(1)
    expect(await here.file('CHANGELOG.md')).toMatch(/`Mine` \| `Search redesign`/)
    await settle(here)
    expect(world.notion.value(page, 'Sprint')).toBe('S9')
  })

  it('of a page: the value that was replaced stands in the changelog', async () => {
    const here = await startHere({ specs: 1 })
    await here.run()
    const { world } = here
    const [page, row] = [world.page('Search redesign'), world.row('Search redesign')]
    world.notion.edit(page, { Status: 'Shipped' })
    world.airtable.edit(row, { Status: 'In review', 'Target Quarter': REFUSED })

    const result = await runInParts(here, 'notion', 1, () => {
      world.notion.edit(page, { Priority: 'P3' })
    })

    expect(world.notion.value(page, 'Status')).toBe('In review')
    expect(result?.left).toEqual(['Search redesign: the page was edited meanwhile'])
    expect(await here.file('CHANGELOG.md')).toMatch(/`Shipped` \| `In review`/)
    await settle(here)
    expect(world.airtable.value(row, 'Priority')).toBe('P3')
  })
})

it('a row with one value that is refused takes few calls', async () => {
  const here = await startHere({ specs: 0 })
  const { world } = here
  world.notion.addPage(world.notion.dataSourceId, {
    Name: 'New',
    Status: 'Planned',
    Priority: 'P1',
    'Target Quarter': REFUSED,
  })
  world.airtable.onCall(({ method, body }) => {
    if (method === 'PATCH' && body.includes(REFUSED)) world.airtable.inject(PARTS.airtable)
  })
  const { result } = await here.run()
  world.airtable.onCall(undefined)
  expect(result?.counts).toMatchObject({ created: 1, problems: 1 })
  expect(world.airtable.records()[0]?.fields).toMatchObject({ 'Spec Name': 'New', Status: 'Planned', Priority: 'P1' })
  // The whole, the page ID alone, and then half by half: five cells in three steps, and the good halves.
  expect(world.airtable.calls.filter(call => call.method === 'PATCH').length).toBeLessThanOrEqual(8)
})

describe('a row that another one links to is deleted while that is written:', () => {
  const MAPPED = `${MAPPINGS}      - { notion: Parent, airtable: Parent }\n`
  const [PARENT, CHILD] = ['Search redesign', 'Billing redesign']

  async function startLinked(): Promise<Here> {
    const [notion, airtable] = [exampleNotion(2), exampleAirtable()]
    Object.assign(notion.databases?.[0]?.properties ?? {}, { Parent: { type: 'relation' } })
    const link = { type: 'multipleRecordLinks', options: { linkedTableId: 'Delivery Tracker' } }
    airtable.bases?.[0]?.tables?.[0]?.fields?.push({ name: 'Parent', ...link })
    const here = await startHere({ notion, airtable, mappings: MAPPED })
    await here.run()
    return here
  }

  /** A run in which the row of the parent goes at the first write; the link alone is a problem after it. */
  async function runWithout({ world, run }: Here): Promise<void> {
    const row = world.row(PARENT)
    world.airtable.onCall(({ method }) => {
      if (method !== 'PATCH') return
      world.airtable.onCall(undefined)
      world.airtable.remove(row)
    })
    const { result, error } = await run()
    expect([error, result?.left]).toEqual([null, []])
    expect(result?.problems).toMatchObject([{ code: 'refused', field: expect.stringContaining('Parent') }])
    expect(result?.problems[0]?.message).toContain('What it links to may be gone')
  }

  it('the other cells of the row are written all the same, and the link once its row is there again', async () => {
    const here = await startLinked()
    const { world } = here
    world.notion.edit(world.page(CHILD), { Parent: [world.page(PARENT)], Priority: 'P3' })

    await runWithout(here)

    expect(world.airtable.value(world.row(CHILD), 'Priority')).toBe('P3')
    await settle(here)
    expect(world.airtable.value(world.row(CHILD), 'Parent')).toEqual([world.row(PARENT)])
  })

  it('a new row is made all the same, and linked once the other is there again', async () => {
    const here = await startLinked()
    const { world } = here
    world.notion.addPage(world.notion.dataSourceId, { Name: 'New', Priority: 'P3', Parent: [world.page(PARENT)] })

    await runWithout(here)

    expect(world.airtable.value(world.row('New'), 'Priority')).toBe('P3')
    await settle(here)
    expect(world.airtable.value(world.row('New'), 'Parent')).toEqual([world.row(PARENT)])
  })
})
