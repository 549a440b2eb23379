/** A page that is made from a row, and what the row shows of it afterwards. The code runs in this process. */
import { expect, it } from 'vitest'
import { MAPPINGS } from '../demo/example.ts'
import { startHere } from './here.ts'

const BOTH = MAPPINGS.replace('create: airtable', 'create: both')

it('the page’s address is written into its row at once; what a person typed in that cell is overruled in the next run, which tells of it', async () => {
  const here = await startHere({ specs: 1, mappings: BOTH })
  await here.run()
  const { world } = here
  const typed = 'https://example.com/what-we-had'
  const plain = world.airtable.add({ 'Spec Name': 'Plain', Status: 'Planned' })
  const filled = world.airtable.add({ 'Spec Name': 'Filled', Status: 'Planned', 'Notion URL': typed })

  await here.run()
  expect(String(world.airtable.value(plain, 'Notion URL'))).toContain(world.page('Plain').replaceAll('-', ''))
  expect(world.airtable.value(filled, 'Notion URL')).toBe(typed)

  await here.run()
  expect(String(world.airtable.value(filled, 'Notion URL'))).toContain(world.page('Filled').replaceAll('-', ''))
  expect(await here.file('CHANGELOG.md')).toContain('what-we-had')
  expect((await here.run()).result?.changed).toBe(false)
})
