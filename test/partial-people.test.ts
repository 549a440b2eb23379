/** Notion may name people by their IDs alone, in any answer. Who they are is asked for. The code runs in this process. */
import { expect, it } from 'vitest'
import { exampleAirtable, exampleNotion, MAPPINGS } from '../demo/example.ts'
import { type Here, startHere } from './here.ts'

/** One spec without an owner, whom both sides may set, and with more that is told of people, which a line may map. */
async function startWith(line = ''): Promise<Here> {
  const notion = exampleNotion(1)
  const airtable = exampleAirtable()
  const [specs] = notion.databases
  if (specs?.pages?.[0] === undefined) throw new Error('the example has a page')
  specs.properties.Maker = { type: 'created_by' }
  delete specs.pages[0].properties.Owner
  airtable.bases?.[0]?.tables[0]?.fields.push({ name: 'Maker', type: 'singleLineText' })
  return startHere({ notion, airtable, mappings: MAPPINGS.replace(/(airtable: Owner), +owner: notion/, '$1') + line })
}

async function expectQuiet(here: Here): Promise<void> {
  const { result } = await here.run()
  expect([result?.changed, result?.problems]).toEqual([false, []])
}

it('whoever made a page is looked up', async () => {
  const here = await startWith('      - { notion: Maker, airtable: Maker, owner: notion }\n')
  const { world } = here
  world.notion.settings.namesPeople = false
  const { error, result } = await here.run()
  expect([error, result?.problems]).toEqual([null, []])
  expect(world.airtable.records()[0]?.fields).toMatchObject({ Maker: 'Ada Lovelace' })
  await expectQuiet(here)
})

it.each([
  ['an answer to a write', 'PATCH'],
  ['no answer', 'none'],
])('where %s names them, what was written is known to stand there', async (_, nameless) => {
  const here = await startWith()
  const { world } = here
  await here.run()
  world.notion.onCall(({ method }) => {
    world.notion.settings.namesPeople = nameless === 'PATCH' && method !== nameless
  })
  const [row] = world.airtable.records()
  world.airtable.edit(row?.id ?? '', { Owner: 'Grace Hopper' })
  const { error, result } = await here.run()
  expect([error, result?.problems, result?.counts.toNotion]).toEqual([null, [], 1])
  expect(world.notion.value(world.page('Search redesign'), 'Owner')).toEqual(['Grace Hopper'])
  await expectQuiet(here)
})

it('what is set back to somebody of then is known to stand there', async () => {
  const here = await startWith()
  const { world } = here
  await here.run()
  const page = world.page('Search redesign')
  world.notion.edit(page, { Owner: ['Alan Turing'] })
  await here.run()
  const then = await here.file('state.json')
  world.notion.edit(page, { Owner: null })
  await here.run()

  world.notion.settings.namesPeople = false
  const restore = { syncs: [], records: null, stateAt: async () => then, called: async () => 'then' }
  const { error, result } = await here.run({ restore })

  expect([error, result?.problems]).toEqual([null, []])
  expect(world.notion.value(page, 'Owner')).toEqual(['Alan Turing'])
  await expectQuiet(here)
})
