/** Text through the built bundle: what Notion can hold and Airtable cannot stays in Notion. */
import { afterEach, expect, it } from 'vitest'
import { startWorld, type World } from '../../demo/world.ts'

type Text = { rich_text: { plain_text: string; annotations: { bold: boolean } }[] }

const open: World[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(world => world.close()))
})

it('an edit in Airtable keeps the formatting and the line breaks of what it did not touch in Notion', async () => {
  const world = await startWorld({ specs: 1 })
  open.push(world)
  const page = String(world.notion.pages(world.notion.dataSourceId)[0]?.id)
  world.notion.edit(page, {
    Sprint: 'first\nsecond part',
    Blockers: {
      rich_text: [{ text: { content: 'waits for ' } }, { text: { content: 'legal' }, annotations: { bold: true } }],
    },
  })
  await world.run()
  const row = world.airtable.records()[0]?.id ?? ''
  expect(world.airtable.value(row, 'Sprint')).toBe('first second part')

  world.airtable.edit(row, { Sprint: 'first second half', Blockers: 'waits only for legal' })
  expect((await world.run()).outputs).toMatchObject({ 'updated-notion': '1', problems: '0' })

  expect(world.notion.value(page, 'Sprint')).toBe('first\nsecond half')
  const { Blockers: blockers } = world.notion.page(page).properties as unknown as Record<'Blockers', Text>
  expect(blockers.rich_text.map(item => item.plain_text).join('')).toBe('waits only for legal')
  expect(blockers.rich_text.filter(item => item.annotations.bold).map(item => item.plain_text)).toEqual(['legal'])
  expect((await world.run()).outputs.changed).toBe('false')
})
