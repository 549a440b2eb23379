/**
 * The state is lost, of a large table on which much had happened: it is built anew from both services by adoption. The
 * code runs in this process, with the real SDKs against the emulators and the state in a folder.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { MAPPINGS } from '../demo/example.ts'
import { startHere } from './here.ts'

const ASK = MAPPINGS.replace('conflict: newest', 'conflict: ask')

it('a lost state of a large mixed table is built anew without a single wrong write', async () => {
  const here = await startHere({ specs: 130, mappings: ASK })
  const { world } = here
  await here.run()
  const pages = world.notion.pages(world.notion.dataSourceId).map(page => String(page.id))
  const twins = pages.map(page => {
    const row = world.airtable.records().find(record => record.fields['Notion Page ID'] === page)?.id
    if (row === undefined) throw new Error(`no row of ${page}`)
    return { page, row }
  })
  /** Every tenth twin, beginning with the n-th: each kind of history is spread over the table. */
  const every = (nth: number) => twins.filter((_, index) => index % 10 === nth)

  for (const { row } of every(0))
    world.airtable.edit(row, { Sprint: 'S14', 'Ship Date': '2027-01-15', Blockers: 'legal' })
  for (const { page } of every(1)) world.notion.edit(page, { Priority: 'P3', 'Target Quarter': null })
  for (const { page } of every(2)) world.notion.edit(page, { Status: 'Draft' })
  for (const { page } of every(3).slice(0, 8)) world.notion.trash(page)
  for (const { page, row } of every(4)) {
    world.notion.edit(page, { 'Target Quarter': '2028 Q1' })
    world.airtable.edit(row, { 'Target Quarter': '2028 Q2' })
  }
  // Copies are younger than what they were copied from: by that they are known once the state is lost.
  world.setClock('2026-11-20T10:00:00Z')
  for (const { row } of every(5).slice(0, 4)) world.airtable.duplicate(row)
  expect((await here.run()).error).toBe(null)
  expect((await here.run()).result).toMatchObject({ changed: false })
  const before = JSON.parse(await here.file('state.json'))
  expect(before.conflicts).toHaveLength(13)
  // The links suffer as well: emptied, and in another spelling.
  for (const { row } of every(6)) world.airtable.edit(row, { 'Notion Page ID': null })
  for (const { page, row } of every(7))
    world.airtable.edit(row, {
      'Notion Page ID': `https://www.notion.so/Spec-${page.replaceAll('-', '').toUpperCase()}`,
    })
  const values = () => ({
    pages: twins.map(({ page }) => JSON.stringify(world.notion.page(page).properties)),
    rows: world.airtable
      .records()
      .map(({ id, fields: { 'Notion Page ID': _, 'Last Synced': __, ...rest } }) => ({ id, rest })),
  })
  const was = values()
  await rm(join(here.folder, 'state'), { recursive: true })

  const { result, error } = await here.run()

  expect(error).toBe(null)
  expect(values()).toEqual(was)
  expect(result?.counts).toMatchObject({ created: 0, deleted: 0, toNotion: 0, conflicts: 13 })
  for (const { page, row } of every(6)) expect(world.airtable.value(row, 'Notion Page ID')).toBe(page)
  const after = JSON.parse(await here.file('state.json'))
  const inScope = (state: { pairs: { page: string; row: string; rest?: unknown }[] }) =>
    state.pairs.filter(pair => pair.rest === undefined).map(({ page, row }) => `${page} ${row}`)
  expect(inScope(after)).toEqual(inScope(before))
  expect(after.conflicts.map((conflict: { page: string }) => conflict.page)).toEqual(
    before.conflicts.map((conflict: { page: string }) => conflict.page),
  )
  // Edits flow again, both ways, from the next run on.
  const [plain] = every(8)
  const [relinked] = every(6)
  world.notion.edit(plain?.page ?? '', { Priority: 'P0', 'Target Quarter': '2030 Q4' })
  world.airtable.edit(relinked?.row ?? '', { Sprint: 'S99' })
  expect((await here.run()).result?.counts).toMatchObject({ toNotion: 1, toAirtable: 1, created: 0 })
  expect((await here.run()).result).toMatchObject({ changed: false })
})
