/** Pages that Notion will not move to the trash, or out of it, while it takes others. The code runs in this process. */
import { expect, it } from 'vitest'
import { MAPPINGS } from '../demo/example.ts'
import { type Here, startHere } from './here.ts'

/** Pairs of pages and rows, and a way to have Notion refuse what is written of the first. */
async function startPaired() {
  const here = await startHere({ specs: 4, mappings: MAPPINGS.replace('row: restore', 'row: trash') })
  await here.run()
  const { world } = here
  const pages = world.notion.pages(world.notion.dataSourceId).map(({ id }) => String(id))
  const refuse = (status: number, code: string, message: string) => {
    const body = { object: 'error', status, code, message }
    world.notion.inject({ on: new RegExp(`^PATCH .*${pages[0]}$`), effect: { kind: 'answer', status, body } })
  }
  const row = (page: string | undefined) =>
    world.airtable.records().find(({ fields }) => fields['Notion Page ID'] === page)?.id ?? ''
  return { here, world, pages, refuse, row }
}

const trashed = ({ world }: Here, pages: readonly string[]): boolean[] =>
  pages.map(page => world.notion.page(page).in_trash === true)

const REFUSALS = [
  ['it does not find', 404, 'object_not_found', 'Could not find page with ID'],
  ['lies below something in the trash', 400, 'validation_error', 'an archived ancestor'],
  ['it refuses to move', 400, 'validation_error', 'not this page'],
] as const

it.each(REFUSALS)('one that %s is left with its words, and the others are moved there', async (_, ...refusal) => {
  const { here, world, pages, refuse, row } = await startPaired()
  for (const page of pages.slice(0, 3)) world.airtable.remove(row(page))
  refuse(...refusal)

  const { error, result } = await here.run()

  expect([error, result?.counts.deleted, result?.left.length]).toEqual([null, 2, 1])
  expect(result?.left[0]).toContain(refusal[2])
  expect(trashed(here, pages)).toEqual([false, true, true, false])
  expect((await here.run()).result?.counts.deleted).toBe(1)
})

it.each(REFUSALS)('one that %s is left there with its words, and the others are set back', async (_, ...refusal) => {
  const { here, world, pages, refuse } = await startPaired()
  const then = await here.file('state.json')
  for (const page of pages.slice(0, 3)) world.notion.trash(page)
  await here.run()
  refuse(...refusal)

  const restore = { syncs: [], records: null, stateAt: async () => then, called: async () => 'then' }
  const { error, result } = await here.run({ restore })

  expect([error, result?.left.length]).toEqual([null, 1])
  expect(result?.left[0]).toContain(refusal[2])
  expect(trashed(here, pages)).toEqual([true, false, false, false])
})
