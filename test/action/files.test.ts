/**
 * Files, end to end: Airtable fetches what Notion holds, known by name since addresses change with each reading; what
 * cannot go the other way is said, and nothing is lost because it could not be fetched.
 */
import { expect, test } from 'vitest'
import type { World } from '../../demo/world.ts'
import { run } from './steps.ts'
import { cells, expectQuiet, problems, startTyped } from './typed-world.ts'

const external = (name: string, url = `https://example.com/${name}`) => ({ name, external: { url } })
const LINES = { Files: { notion: 'files', airtable: 'multipleAttachments' } }
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9/lost.pdf'

/** The names that both sides show. */
const named = (world: World, title: string): unknown[] => {
  const { notion, airtable } = cells(world, title, 'Files')
  const names = (files: unknown) =>
    ((files ?? []) as { name?: string; filename?: string }[]).map(file => file.name ?? file.filename)
  return [names(notion), names(airtable)]
}
const both = (...names: string[]): unknown[] => [names, names]
const said = (names: string) =>
  `Notion cannot take the value: the address of an attachment expires after hours, so ${names} must be added in Notion by hand.`

test('files of Notion become attachments and follow Notion; what Airtable adds or renames is said, what it removes goes', async () => {
  const world = await startTyped({
    lines: { ...LINES, Shown: { notion: 'files', airtable: 'multilineText' } },
    pages: {
      Spec: { Files: ['https://example.com/plan.pdf', 'photo.png'], Shown: ['photo.png', 'plan.pdf'] },
      Twins: { Files: { files: [external('same.pdf'), external('same.pdf', 'https://example.com/other')] } },
      Empty: {},
    },
  })
  expect((await run(world)).outputs).toMatchObject({ problems: '0', conflicts: '0' })
  expect(named(world, 'Spec')).toEqual(both('plan.pdf', 'photo.png'))
  expect(named(world, 'Twins')).toEqual(both('same.pdf', 'same.pdf'))
  expect(world.airtable.value(world.row('Spec'), 'Shown')).toBe('photo.png, plan.pdf')
  // By now all addresses are others.
  world.setClock('2026-11-21T09:00:10Z')
  await expectQuiet(world)

  world.notion.edit(world.page('Spec'), { Files: { files: [external('renamed.pdf'), external('new.csv')] }, Shown: [] })
  world.notion.edit(world.page('Twins'), { Files: { files: [external('same.pdf')] } })
  await run(world)
  expect(named(world, 'Spec')).toEqual(both('renamed.pdf', 'new.csv'))
  expect(named(world, 'Twins')).toEqual(both('same.pdf'))
  expect(world.airtable.value(world.row('Spec'), 'Shown')).toBeNull()
  await expectQuiet(world)

  world.airtable.detach(world.row('Spec'), 'Files', 'new.csv')
  world.airtable.renameAttachment(world.row('Twins'), 'Files', 'same.pdf', 'mine.pdf')
  world.airtable.attach(world.row('Empty'), 'Files', 'added.pdf')
  await run(world)
  expect(named(world, 'Spec')).toEqual(both('renamed.pdf'))
  expect(named(world, 'Twins')).toEqual([['same.pdf'], ['mine.pdf']])
  expect(named(world, 'Empty')).toEqual([[], ['added.pdf']])
  expect(await problems(world)).toEqual([`Empty: ${said('"added.pdf"')}`, `Twins: ${said('"mine.pdf"')}`])
  await expectQuiet(world)
})

test('a file that Airtable could not fetch is said once, is not asked for at each run, and is no deletion', async () => {
  const world = await startTyped({
    lines: LINES,
    pages: { Spec: { Files: { files: [external('here.pdf'), external('lost.pdf', NOWHERE)] } } },
  })
  await run(world)
  await run(world)
  const [problem] = await problems(world)
  expect(problem).toContain('Airtable was asked to fetch "lost.pdf" from Notion and does not show it')
  expect(named(world, 'Spec')).toEqual([['here.pdf', 'lost.pdf'], ['here.pdf']])
  await expectQuiet(world)

  world.notion.edit(world.page('Spec'), { Files: { files: [external('here.pdf'), external('found.pdf')] } })
  await run(world)
  expect(named(world, 'Spec')).toEqual(both('here.pdf', 'found.pdf'))
  expect(await problems(world)).toEqual([])
  await expectQuiet(world)
})

test('a file that Airtable has not fetched when the run ends is known to be there from the next one on, and may be removed', async () => {
  const world = await startTyped({ lines: LINES, pages: { Spec: { Files: ['slow.pdf'] } } })
  // Asked again after the write, Airtable shows nothing yet.
  const nothing = { kind: 'answer', status: 200, body: { records: [] } } as const
  world.airtable.inject({ on: /^GET .*RECORD_ID/, effect: nothing, times: 1 })
  await run(world)
  expect((await run(world)).outputs.problems).toBe('0')
  await expectQuiet(world)

  world.airtable.detach(world.row('Spec'), 'Files', 'slow.pdf')
  await run(world)
  expect(named(world, 'Spec')).toEqual(both())
  expect(await problems(world)).toEqual([])
})

test('attachments cannot own files, which is said before anything is written', async () => {
  const world = await startTyped({
    lines: { Files: { notion: 'files', airtable: 'multipleAttachments', line: 'owner: airtable' } },
    pages: {},
  })
  const { exitCode, annotations } = await world.run()
  expect(exitCode).toBe(1)
  expect(annotations.map(({ message }) => message).join()).toContain(
    '"owner" cannot be airtable for files: the address of an attachment expires after hours, so Notion could not show it. Leave "owner" out, or say "owner: notion"',
  )
})
