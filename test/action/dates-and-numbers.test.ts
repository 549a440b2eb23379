/**
 * Dates, numbers, options and ticks, end to end: what one side cannot hold stays on the other, what a side rounds or
 * spells otherwise is no edit, and a value that cannot be taken is said and left.
 */
import { expect, test } from 'vitest'
import { run } from './steps.ts'
import { cells, changelog, expectQuiet, problems, startTyped } from './typed-world.ts'

const range = (start: string, end: string) => ({ start, end })

test('dates: days, times, zones and ranges stay in Notion what they are while Airtable shows what it can hold', async () => {
  const world = await startTyped({
    lines: {
      Day: { notion: 'date', airtable: 'date' },
      Time: { notion: 'date', airtable: 'dateTime' },
      Words: { notion: 'date', airtable: 'singleLineText' },
    },
    pages: {
      Zoned: { Day: '2026-09-15T23:30:00-07:00', Time: '2026-09-15T09:00:00+02:00' },
      Plain: { Day: '2026-09-15', Time: '2026-09-15', Words: '2026-09-15' },
      Range: {
        Day: range('2026-09-15', '2026-09-20'),
        Time: range('2026-09-15', '2026-09-20'),
        Words: range('2026-09-15', '2026-09-20'),
      },
      Shift: {
        Day: range('2026-09-15', '2026-09-20'),
        Time: range('2026-09-15T09:00:00+02:00', '2026-09-15T17:00:00+02:00'),
      },
      Empty: {},
    },
  })
  const columns = ['Day', 'Time', 'Words']
  const notion = (title: string) => columns.map(column => world.notion.value(world.page(title), column))
  const airtable = (title: string) => columns.map(column => world.airtable.value(world.row(title), column))
  expect((await run(world)).outputs).toMatchObject({ problems: '0', conflicts: '0', created: '5' })
  expect(airtable('Zoned')).toEqual(['2026-09-15', '2026-09-15T07:00:00.000Z', null])
  expect(airtable('Plain')).toEqual(['2026-09-15', '2026-09-15T00:00:00.000Z', '2026-09-15'])
  expect(airtable('Range')).toEqual(['2026-09-15', '2026-09-15T00:00:00.000Z', '2026-09-15/2026-09-20'])
  expect(airtable('Shift')).toEqual(['2026-09-15', '2026-09-15T07:00:00.000Z', null])

  const edit = (title: string, values: Record<string, string>) => world.airtable.edit(world.row(title), values)
  // Seconds are more than Notion keeps, and no edit.
  edit('Zoned', { Time: '2026-09-15T07:00:45.000Z' })
  edit('Plain', { Day: '2026-09-16', Time: '2026-09-16T00:00:00.000Z', Words: '2026-09-16T10:00Z' })
  edit('Range', { Day: '2026-09-18', Time: '2026-09-18T00:00:00.000Z', Words: '2026-09-18/2026-09-21' })
  edit('Shift', { Day: '2026-09-25', Time: '2026-09-15T12:30:00.000Z', Words: 'next week' })
  edit('Empty', { Day: '2026-09-15', Time: '2026-09-15T10:30:59.000Z' })
  await run(world)
  expect(notion('Zoned')).toEqual(['2026-09-15T23:30:00.000-07:00', '2026-09-15T09:00:00.000+02:00', null])
  expect(notion('Plain')).toEqual(['2026-09-16', '2026-09-16', '2026-09-16T10:00:00.000+00:00'])
  const moved = range('2026-09-18', '2026-09-20')
  expect(notion('Range')).toEqual([moved, moved, range('2026-09-18', '2026-09-21')])
  expect(notion('Shift')).toEqual([
    '2026-09-25',
    range('2026-09-15T12:30:00.000+00:00', '2026-09-15T17:00:00.000+02:00'),
    null,
  ])
  expect(notion('Empty')).toEqual(['2026-09-15', '2026-09-15T10:30:00.000+00:00', null])
  expect(await problems(world)).toEqual([
    'Shift: Notion cannot take the value: "next week" is not a date. Write one date, such as 2026-11-20.',
  ])
  // The end that the new start passed is told.
  expect(await changelog(world)).toContain('| `2026-09-15/2026-09-20` | `2026-09-25` |')
  await expectQuiet(world)
})

test('numbers: decimals that a field does not show, noise of calculation and ranges of a field', async () => {
  const number = (precision: number) => ({ type: 'number', options: { precision } })
  const world = await startTyped({
    lines: {
      Whole: { notion: 'number', airtable: number(0) },
      Cents: { notion: 'number', airtable: { type: 'currency', options: { precision: 2 } } },
      Share: { notion: 'number', airtable: { type: 'percent', options: { precision: 0 } } },
      Stars: { notion: 'number', airtable: { type: 'rating', options: { max: 5 } } },
      Length: { notion: 'number', airtable: 'duration' },
      Words: { notion: 'number', airtable: 'singleLineText' },
      Code: { notion: 'rich_text', airtable: number(1) },
    },
    pages: {
      Noise: { Whole: -0, Cents: 0.1 + 0.2, Share: 0.07, Stars: 3, Length: 90.5, Words: 1e21, Code: '1.25' },
      Beyond: { Whole: 2.5, Cents: 9.87654, Share: 0.256, Stars: 3.4, Words: 0.1 + 0.2, Code: 'twelve' },
      Large: { Stars: 7, Whole: 4111111111111111 },
      Zero: { Stars: 0, Whole: 0 },
    },
  })
  const columns = ['Whole', 'Cents', 'Share', 'Stars', 'Length', 'Words', 'Code']
  const airtable = (title: string) => columns.map(column => cells(world, title, column).airtable)
  const notion = (title: string) => columns.map(column => cells(world, title, column).notion)
  await run(world)
  expect(airtable('Noise')).toEqual([0, 0.3, 0.07, 3, 90.5, '1e+21', 1.3])
  expect(airtable('Beyond')).toEqual([3, 9.88, 0.26, 3, null, '0.3', null])
  expect(airtable('Large')).toEqual([4111111111111111, null, null, null, null, null, null])
  expect(airtable('Zero')).toEqual([0, null, null, null, null, null, null])
  const refused = [
    'Beyond: Airtable cannot take the value: "twelve" is not a number. Write a number that the field takes.',
    'Large: Airtable cannot take the value: 7 is more than 5. Write a number that the field takes.',
    'Zero: Airtable cannot take the value: 0 is less than 1. Write a number that the field takes.',
  ]
  expect(await problems(world)).toEqual(refused)
  await expectQuiet(world)

  world.airtable.edit(world.row('Beyond'), { Cents: 3.15, Share: 0.3, Words: 'twelve' })
  world.airtable.edit(world.row('Noise'), { Words: ' 12.50 ', Whole: 7 })
  world.airtable.edit(world.row('Large'), { Whole: null })
  world.notion.edit(world.page('Zero'), { Stars: 1 })
  await run(world)
  // What was not edited keeps its decimals.
  expect(notion('Beyond')).toEqual([2.5, 3.15, 0.3, 3.4, null, 0.1 + 0.2, 'twelve'])
  expect(notion('Noise')).toEqual([7, 0.1 + 0.2, 0.07, 3, 90.5, 12.5, '1.25'])
  expect(notion('Large')).toEqual([null, null, null, 7, null, null, null])
  expect(cells(world, 'Zero', 'Stars')).toEqual({ notion: 1, airtable: 1 })
  const [twelve = '', seven = ''] = refused
  expect(await problems(world)).toEqual([
    twelve,
    'Beyond: Notion cannot take the value: "twelve" is not a number. Write a number that the field takes.',
    seven,
  ])
  await expectQuiet(world)
})

test('options and ticks: case, new and unknown names, locked fields, defaults, and names that stand for each other', async () => {
  const world = await startTyped({
    lines: {
      Status: {
        notion: { type: 'status', options: ['Not started', 'In progress', 'Done'] },
        airtable: { type: 'singleSelect', choices: ['not started', 'In Progress'] },
      },
      Kind: {
        notion: { type: 'select', options: ['Bug', 'Task'] },
        airtable: { type: 'singleSelect', choices: ['bug', 'TASK'] },
      },
      Tags: {
        notion: { type: 'multi_select', options: ['A', 'B'] },
        airtable: { type: 'multipleSelects', choices: ['a', 'C'] },
      },
      Size: {
        notion: { type: 'select', options: ['Small', 'Large'] },
        airtable: { type: 'singleSelect', choices: ['S', 'L'] },
        line: 'values: { Small: S, Large: L }',
      },
      Ticked: { notion: 'checkbox', airtable: 'singleLineText' },
      Worded: { notion: 'rich_text', airtable: 'checkbox' },
    },
    pages: {
      First: { Status: 'In progress', Kind: 'Bug', Tags: ['B', 'A'], Size: 'Small', Ticked: true, Worded: 'yes' },
      Second: { Kind: 'Story', Tags: ['New', 'A'], Size: 'Medium', Worded: 'maybe' },
      Third: { Status: 'Done', Size: 'Large', Kind: 'Task', Worded: 'no' },
    },
  })
  const columns = ['Status', 'Kind', 'Tags', 'Size', 'Ticked', 'Worded']
  const airtable = (title: string) => columns.map(column => cells(world, title, column).airtable)
  const notion = (title: string) => columns.map(column => cells(world, title, column).notion)
  await run(world)
  expect(airtable('First')).toEqual(['In Progress', 'bug', ['B', 'a'], 'S', 'Yes', true])
  expect(airtable('Second')).toEqual(['not started', 'Story', ['New', 'a'], 'Medium', null, null])
  expect(airtable('Third')).toEqual(['Done', 'TASK', null, 'L', null, null])
  expect((await changelog(world)).match(/`\w+` \| Notion → Airtable \| new option made in Airtable/g)).toHaveLength(5)
  const maybe = 'Second: Airtable cannot take the value: "maybe" is neither yes nor no. Write yes or no.'
  expect(await problems(world)).toEqual([maybe])
  await expectQuiet(world)

  const edit = (title: string, values: Record<string, unknown>) => world.airtable.edit(world.row(title), values)
  edit('First', { Status: null, Kind: 'Epic', Tags: ['C', 'b'], Size: 'L', Ticked: 'perhaps', Worded: null })
  edit('Second', { Status: 'In progres', Kind: null, Tags: null, Size: 'XL', Ticked: 'TRUE' })
  edit('Third', { Size: 'Small', Worded: true })
  await run(world)
  // A status that is emptied takes its default, which is accepted and not echoed.
  expect(notion('First')).toEqual(['Not started', 'Epic', ['C', 'B'], 'Large', true, null])
  expect(airtable('First')).toEqual([null, 'Epic', ['C', 'b'], 'L', 'perhaps', null])
  expect(notion('Second')).toEqual(['Not started', null, null, 'XL', true, 'maybe'])
  expect(notion('Third')).toEqual(['Done', 'Task', null, 'Large', false, 'Yes'])
  const told = [
    'First: Notion cannot take the value: "perhaps" is neither yes nor no. Write yes or no.',
    maybe,
    'Second: Notion cannot take the value: there is no option "In progres"; the nearest is "In progress". Choose one that is there, make it there, or map it under "values".',
    'Third: Notion cannot take the value: "Small" has no counterpart in "values", where "Small" stands for another option. Choose one that is there, make it there, or map it under "values".',
  ]
  expect(await problems(world)).toEqual(told)
  expect((await changelog(world)).match(/`\w+` \| Airtable → Notion \| new option made in Notion/g)).toHaveLength(3)
  await expectQuiet(world)

  // A field that takes no new options from an integration.
  world.airtable.settings.lockedSelects = true
  world.notion.edit(world.page('Third'), { Kind: 'Tusk' })
  await run(world)
  expect(cells(world, 'Third', 'Kind')).toEqual({ notion: 'Tusk', airtable: 'TASK' })
  expect((await problems(world)).filter(text => !told.includes(text))).toEqual([
    expect.stringContaining(
      'Add the option "Tusk" in Airtable by hand, or choose one that exists; the nearest is "TASK".',
    ),
  ])
  await expectQuiet(world)
})

test('a page that is made from a row without a status takes its default, which is accepted and not echoed', async () => {
  const world = await startTyped({
    sync: 'create: notion',
    lines: {
      Status: {
        notion: { type: 'status', options: ['Not started', 'Done'] },
        airtable: { type: 'singleSelect', choices: ['Not started', 'Done'] },
      },
    },
    pages: {},
  })
  const row = world.airtable.add({ 'Spec Name': 'One' })
  await run(world)
  expect(cells(world, 'One', 'Status')).toEqual({ notion: 'Not started', airtable: null })
  await expectQuiet(world)
  world.airtable.edit(row, { Status: 'Done' })
  await run(world)
  expect(cells(world, 'One', 'Status')).toEqual({ notion: 'Done', airtable: 'Done' })
})
