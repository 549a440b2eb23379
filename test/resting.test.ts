/** Many pages outside the filter: each run looks at some of them. The code runs in this process. */
import { expect, it } from 'vitest'
import { startHere } from './here.ts'

const HOUR = 3_600_000

it('one that is put in the trash out there is noticed, whatever the hours at which the schedule runs', async () => {
  const here = await startHere({ specs: 45 })
  const { world } = here
  const pages = world.notion.pages(world.notion.dataSourceId).map(({ id }) => String(id))
  let at = Date.now()
  const run = () => here.run({ now: () => at })
  await run()
  for (const page of pages.slice(1)) world.notion.edit(page, { Status: 'Draft' })
  await run()
  const gone = [pages[1], pages[23], pages[44]].map(String)
  for (const page of gone) world.notion.trash(page)

  for (let hour = 0; hour < 24; hour += 1) {
    at += HOUR
    await run()
  }

  const archived = world.airtable.records().filter(row => row.fields.Status === 'Archived')
  expect(archived.map(row => String(row.fields['Notion Page ID'])).sort()).toEqual(gone.sort())
})
