/**
 * People, end to end: as names or addresses in a text, and as collaborators. Who cannot be told for certain is said, and
 * both sides stay as they are.
 */
import { expect, test } from 'vitest'
import type { World } from '../../demo/world.ts'
import { run } from './steps.ts'
import { cells, expectQuiet, problems, startTyped, type Typed } from './typed-world.ts'

const crowd = Array.from({ length: 30 }, (_, index) => `Member ${index + 1}`)
const address = (name: string) => `${name.toLowerCase().replaceAll(' ', '.')}@example.com`
const member = (name: string) => ({ name, email: address(name) })

const WORLD: Omit<Typed, 'pages'> = {
  users: [
    ...['Ada', 'Bob', 'Cy', ...crowd].map(member),
    { name: 'Sam Lee', email: 'sam1@example.com' },
    { name: 'Sam Lee', email: 'sam2@example.com' },
    { name: 'Gil', email: 'gil@example.com', guest: true },
    { name: 'Robot', bot: true },
  ],
  collaborators: [
    ...['Owner', 'Ada', 'Bob', 'Dee', ...crowd].map(member),
    { name: 'Sam Lee', email: 'sam1@example.com' },
  ],
  lines: {
    Names: { notion: 'people', airtable: 'singleLineText' },
    Emails: { notion: 'people', airtable: 'multilineText', line: 'people: email' },
    One: { notion: 'people', airtable: 'singleCollaborator' },
    Many: { notion: 'people', airtable: 'multipleCollaborators' },
  },
}

/** What both sides show, people by name. */
function held(world: World, title: string, column: string): [string, string] {
  const shown = (value: unknown): string =>
    (Array.isArray(value) ? value : value === null ? [] : [value])
      .map(each => (typeof each === 'string' ? each : (each as { name: string }).name))
      .join(', ')
  const { notion, airtable } = cells(world, title, column)
  return [shown(notion), shown(airtable)]
}

const UNKNOWN =
  'Notion does not tell the integration who this is: a guest, or somebody who left, or the integration lacks the capability to read user information (notion.so/my-integrations).'
const NO_ADDRESS =
  'Notion does not tell the integration everybody’s address here: give it the capability to read user information including email addresses (notion.so/my-integrations). A bot has none.'
const NO_COLLABORATOR = 'Whoever is missing must be a collaborator of the base: choose Share there, or take them out.'

test('people go both ways as names, addresses and collaborators; whoever cannot be told is a problem and stays', async () => {
  const world = await startTyped({
    ...WORLD,
    pages: {
      Plain: { Names: ['Ada', 'Bob'], Emails: ['Ada', 'Bob'], One: ['Ada'], Many: ['Ada', 'Bob'] },
      Guest: { Names: ['Gil'], Many: ['Gil', 'Ada'] },
      Two: { One: ['Ada', 'Bob'] },
      Stranger: { One: ['Cy'], Many: ['Ada', 'Cy'], Names: ['Cy'] },
      Crowd: { Names: crowd, Emails: crowd, Many: crowd },
      Sam: { Names: ['sam2@example.com'], Emails: ['sam2@example.com'], One: ['sam1@example.com'] },
      Robot: { Names: ['Robot'], Emails: ['Robot'] },
    },
  })
  await run(world)
  expect(held(world, 'Plain', 'Names')).toEqual(['Ada, Bob', 'Ada, Bob'])
  expect(held(world, 'Plain', 'Emails')[1]).toBe('ada@example.com, bob@example.com')
  expect(held(world, 'Plain', 'One')).toEqual(['Ada', 'Ada'])
  expect(held(world, 'Plain', 'Many')).toEqual(['Ada, Bob', 'Ada, Bob'])
  for (const column of ['Names', 'Many']) expect(held(world, 'Crowd', column)[1]).toBe(crowd.join(', '))
  expect(held(world, 'Crowd', 'Emails')[1]).toBe(crowd.map(address).join(', '))
  expect(held(world, 'Sam', 'Emails')[1]).toBe('sam2@example.com')
  expect(cells(world, 'Sam', 'One').airtable).toMatchObject({ email: 'sam1@example.com' })
  expect(held(world, 'Robot', 'Names')).toEqual(['Robot', 'Robot'])
  expect(await problems(world)).toEqual([
    `Guest: ${UNKNOWN}`,
    `Guest: ${UNKNOWN}`,
    `Robot: ${NO_ADDRESS}`,
    expect.stringContaining(NO_COLLABORATOR),
    expect.stringContaining(NO_COLLABORATOR),
    'Two: Airtable cannot take the value: 2 people do not fit a field that holds one. Write the name or address of one member, or invite them.',
  ])
  await expectQuiet(world)

  const { airtable } = world
  airtable.edit(world.row('Plain'), { Names: 'Bob, ada', Emails: 'BOB@example.com', One: 'Bob', Many: ['Dee', 'Ada'] })
  airtable.edit(world.row('Two'), { Names: 'Ada, Nobody', Emails: 'nobody@example.com' })
  airtable.edit(world.row('Sam'), { Emails: 'Sam Lee', One: null })
  airtable.edit(world.row('Crowd'), { Many: crowd.slice(2), Names: crowd.slice(1).join('; ') })
  airtable.edit(world.row('Guest'), { Names: 'Ada' })
  await run(world)
  // The same people in another order and spelling are no edit.
  expect(held(world, 'Plain', 'Names')).toEqual(['Ada, Bob', 'Bob, ada'])
  expect(held(world, 'Plain', 'Emails')[0]).toBe('Bob')
  expect(held(world, 'Plain', 'One')).toEqual(['Bob', 'Bob'])
  expect(held(world, 'Plain', 'Many')).toEqual(['Ada, Bob', 'Dee, Ada'])
  expect(held(world, 'Two', 'Names')).toEqual(['', 'Ada, Nobody'])
  expect(held(world, 'Sam', 'Emails')[0]).toBe('Sam Lee')
  expect(held(world, 'Sam', 'One')).toEqual(['', ''])
  expect(held(world, 'Crowd', 'Many')[0]).toBe(crowd.slice(2).join(', '))
  expect(held(world, 'Crowd', 'Names')[0]).toBe(crowd.slice(1).join(', '))
  expect(held(world, 'Guest', 'Names')).toEqual(['Gil', 'Ada'])
  expect(await problems(world)).toEqual(
    expect.arrayContaining([
      'Plain: Notion cannot take the value: Notion has no member "Dee". Write names or addresses of members, or invite whoever is none.',
      'Sam: Notion cannot take the value: 2 people in Notion are called "Sam Lee". Write names or addresses of members, or invite whoever is none.',
      'Two: Notion cannot take the value: Notion has no member "Nobody". Write names or addresses of members, or invite whoever is none.',
      'Two: Notion cannot take the value: Notion has no member "nobody@example.com". Write names or addresses of members, or invite whoever is none.',
    ]),
  )
  await expectQuiet(world)
})

test('an integration that may not see addresses, or nobody at all, changes nothing until it may again', async () => {
  const world = await startTyped({
    ...WORLD,
    pages: {
      Plain: { Names: ['Ada', 'Bob'], Emails: ['Ada'], One: ['Ada'], Many: ['Ada', 'Bob'] },
      Other: { One: ['Bob'] },
    },
  })
  await run(world)

  world.notion.settings.userInfo = 'name'
  for (const column of ['Names', 'Emails', 'One', 'Many']) world.notion.edit(world.page('Plain'), { [column]: ['Bob'] })
  await run(world)
  expect(held(world, 'Plain', 'Names')[1]).toBe('Bob')
  expect(held(world, 'Plain', 'Emails')[1]).toBe('ada@example.com')
  expect(held(world, 'Plain', 'One')[1]).toBe('Bob')
  expect(held(world, 'Plain', 'Many')[1]).toBe('Bob')
  expect(await problems(world)).toEqual([`Plain: ${NO_ADDRESS}`])
  await expectQuiet(world)

  // The list of users is refused (403) then.
  world.notion.settings.userInfo = 'none'
  world.airtable.edit(world.row('Other'), { One: null, Names: 'Ada' })
  await run(world)
  expect(held(world, 'Other', 'One')).toEqual(['Bob', ''])
  expect(await problems(world)).toEqual([
    'Other: Notion cannot take the value: Notion has no member "Ada". Write names or addresses of members, or invite whoever is none.',
    `Other: ${UNKNOWN}`,
    ...['Names', 'Emails', 'One', 'Many'].map(() => `Plain: ${UNKNOWN}`),
  ])
  await expectQuiet(world)

  world.notion.settings.userInfo = 'email'
  world.notion.changeUser('Bob', { hidden: true })
  await run(world)
  expect(held(world, 'Other', 'Names')).toEqual(['Ada', 'Ada'])
  // Bob left: nobody says any more who that was, and nothing of his is emptied.
  expect(held(world, 'Plain', 'Names')).toEqual(['Bob', 'Bob'])
  expect(held(world, 'Plain', 'Emails')[1]).toBe('ada@example.com')
  expect(await problems(world)).toEqual([`Other: ${UNKNOWN}`, ...['', '', '', ''].map(() => `Plain: ${UNKNOWN}`)])
  await expectQuiet(world)
})
