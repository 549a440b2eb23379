/**
 * What a mapping says before it does anything: what an edit on the other side could lose on the live data, in counts and
 * plain words, and which types it does not know.
 */
import { expect, test } from 'vitest'
import { run } from './steps.ts'
import { expectQuiet, startTyped } from './typed-world.ts'

test('plan and check count what an edit on the other side could lose; an edit that then comes takes only that', async () => {
  const range = { start: '2026-01-01T10:00:00Z', end: '2026-01-02T10:00:00Z' }
  const world = await startTyped({
    lines: {
      Notes: { notion: 'rich_text', airtable: 'multilineText' },
      Rich: { notion: 'rich_text', airtable: 'richText' },
      Line: { notion: 'rich_text', airtable: 'singleLineText' },
      Day: { notion: 'date', airtable: 'date' },
      Time: { notion: 'date', airtable: 'dateTime' },
      Price: { notion: 'number', airtable: { type: 'currency', options: { precision: 2 } } },
      Link: { notion: 'url', airtable: 'multilineText' },
      Owned: { notion: 'rich_text', airtable: 'singleLineText', line: 'owner: notion' },
    },
    pages: {
      First: {
        Notes: [{ text: 'a', bold: true }, { text: 'b', link: 'https://example.com' }, { date: '2026-01-01' }] as never,
        Rich: [{ text: 'a', color: 'red' }, { equation: 'x' }, { text: 'bold', bold: true }] as never,
        Line: 'a\nb',
        Day: range,
        Time: range,
        Price: 1.234,
        Owned: 'a\nb',
      },
      Second: { Notes: [{ text: 'a', bold: true }] as never, Price: 1.23 },
    },
  })
  await run(world)
  world.airtable.edit(world.row('Second'), {
    Link: 'x\ny',
    Line: 'plain',
    Notes: 'Hi <airtable:mention id="menE1i9oBaGX3DseR">@Alex</airtable:mention>',
  })
  await run(world)
  await expectQuiet(world)
  const told = [
    '- 1 cell of `Notes` in Notion holds formatting that plain text in Airtable cannot hold',
    '- 1 cell of `Notes` in Notion holds links that plain text in Airtable cannot hold',
    '- 1 cell of `Notes` in Notion holds mentions that plain text in Airtable cannot hold',
    '- 1 cell of `Notes` in Airtable holds mentions of Airtable that a text in Notion cannot hold',
    '- 1 cell of `Rich` in Notion holds colours or underlining that rich text in Airtable cannot hold',
    '- 1 cell of `Rich` in Notion holds equations that rich text in Airtable cannot hold',
    '- 1 cell of `Line` in Notion holds line breaks that a single line in Airtable cannot hold',
    '- 1 cell of `Day` in Notion holds the end of a range that a single day in Airtable cannot hold',
    '- 1 cell of `Day` in Notion holds a time of day that a single day in Airtable cannot hold',
    '- 1 cell of `Time` in Notion holds the end of a range that a single date and time in Airtable cannot hold',
    '- 1 cell of `Price` in Notion holds more decimals than the field in Airtable keeps',
    '- 1 cell of `Link` in Airtable holds line breaks that a single line in Notion cannot hold',
  ]
  for (const mode of ['plan', 'check']) {
    const { summary } = await run(world, { inputs: { mode } })
    const [, section = ''] = summary.split('**What an edit on the other side could lose**')
    expect(section.split('\n').filter(line => line.startsWith('- '))).toEqual(told)
  }
})

test('a type that this version does not know is ignored until it is mapped, and then refused in words before any write', async () => {
  const world = await startTyped({
    lines: { Known: { notion: 'rich_text', airtable: 'singleLineText' } },
    pages: { First: { Known: 'x' } },
  })
  world.notion.addProperty(world.notion.dataSourceId, 'Aura', { type: 'aura' })
  world.airtable.addField({ name: 'Mood', type: 'futureMood' })
  world.airtable.addField({ name: 'Text', type: 'singleLineText' })
  await run(world)
  world.notion.edit(world.page('First'), { Aura: { colour: 'red' } })
  world.airtable.edit(world.row('First'), { Mood: 'good' })
  await expectQuiet(world)

  const mapping = (await world.github.file('mappings.yaml')) ?? ''
  const lines = '      - { notion: Aura, airtable: Text }\n      - { notion: $id, airtable: Mood }\n'
  await world.github.commitFiles({ 'mappings.yaml': mapping + lines }, 'map new types')
  const calls = world.airtable.calls.length
  const mapped = await world.run()
  const said = mapped.annotations.map(({ message }) => message).join('\n')
  expect(mapped.exitCode).toBe(1)
  expect(said).toContain(`Notion's "Aura" is of type aura, which this version does not know; it cannot be mapped`)
  expect(said).toContain(
    `Airtable's "Mood" is of type futureMood, which this version does not know; it cannot be mapped`,
  )
  expect(world.airtable.calls.slice(calls).filter(call => call.method !== 'GET')).toEqual([])
})

test.each(['notion', 'airtable'] as const)(
  'a mapped column of %s that becomes one of an unknown type stops the sync before its first write',
  async side => {
    const world = await startTyped({
      lines: {
        Known: { notion: 'rich_text', airtable: 'singleLineText' },
        Other: { notion: 'rich_text', airtable: 'singleLineText' },
      },
      pages: { First: { Known: 'x', Other: 'y' } },
    })
    await run(world)
    if (side === 'notion') world.notion.retypeProperty(world.notion.dataSourceId, 'Known', 'aura')
    else world.airtable.retypeField('Known', 'futureMood')
    world.notion.edit(world.page('First'), { Other: 'z' })
    const stopped = await world.run()
    expect(stopped.exitCode).toBe(1)
    expect(stopped.log).toContain(side === 'notion' ? 'is of type aura, which' : 'is of type futureMood, which')
    expect(world.airtable.value(world.row('First'), 'Other')).toBe('y')
  },
)
