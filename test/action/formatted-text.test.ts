/**
 * Formatted text, end to end: as Markdown where both sides hold formatting, as plain text where one does not. What the
 * other side cannot hold stays where the text was not touched.
 */
import { expect, test } from 'vitest'
import type { World } from '../../demo/world.ts'
import { run } from './steps.ts'
import { expectQuiet, problems, startTyped } from './typed-world.ts'

const LINES = {
  Rich: { notion: 'rich_text', airtable: 'richText' },
  Plain: { notion: 'rich_text', airtable: 'multilineText' },
  Line: { notion: 'rich_text', airtable: 'singleLineText' },
}
const everywhere = (value: unknown[] | string) => ({ Rich: value, Plain: value, Line: value }) as never
const bold = (text: string) => ({ text, bold: true })
const RED = { text: 'red', color: 'red' }
const LINK = { text: 'docs', link: 'https://example.com/a' }

/** The pieces of a Notion text: plain ones as they are, others with all that is special about them. */
function pieces(world: World, title: string, column: string): unknown[] {
  type Item = { type: string; plain_text: string; href: string | null; annotations: Record<string, unknown> }
  const page = world.notion.page(world.page(title)) as unknown as { properties: Record<string, { rich_text: Item[] }> }
  return (page.properties[column]?.rich_text ?? []).map(({ type, plain_text, href, annotations }) => {
    const marks = Object.entries(annotations).flatMap(([mark, on]) =>
      on === false || on === 'default' ? [] : [on === true ? mark : String(on)],
    )
    const special = [...marks, ...(type === 'text' ? (href === null ? [] : [href]) : [type])]
    return special.length === 0 ? plain_text : [plain_text, ...special]
  })
}

/** A person types over a part of all three Airtable cells. */
const retype = (world: World, title: string, from: string, to: string): void => {
  const row = world.row(title)
  const typed = Object.keys(LINES).map(column => [column, String(world.airtable.value(row, column)).replace(from, to)])
  world.airtable.edit(row, Object.fromEntries(typed))
}

test('an edit in the middle of a text in Airtable keeps marks, colours, links, mentions and equations around it', async () => {
  const world = await startTyped({
    users: [{ name: 'Ada', email: 'ada@example.com' }],
    lines: LINES,
    pages: {
      Marks: everywhere([
        bold('Bold'),
        ' and ',
        RED,
        ' see ',
        LINK,
        '\nNext ',
        { user: 'Ada' },
        ' solves ',
        { equation: 'x^2' },
        ' now. ',
      ]),
      Literal: everywhere('# no heading\n1. star_name_ **x** [a](b) `c` ~~d~~ <b> \\ end'),
      Empty: {},
    },
  })
  await run(world)
  const shown = (title: string) => Object.keys(LINES).map(column => world.airtable.value(world.row(title), column))
  expect(shown('Marks')).toEqual([
    '**Bold** and red see [docs](https://example.com/a)\nNext @Ada solves x^2 now.\n',
    'Bold and red see docs\nNext @Ada solves x^2 now.',
    'Bold and red see docs Next @Ada solves x^2 now.',
  ])
  expect(shown('Literal').slice(1)).toEqual([
    '# no heading\n1. star_name_ **x** [a](b) `c` ~~d~~ <b> \\ end',
    '# no heading 1. star_name_ **x** [a](b) `c` ~~d~~ <b> \\ end',
  ])

  retype(world, 'Marks', 'see', 'please see')
  retype(world, 'Literal', 'heading', 'title')
  const list = '# Head\n* one\n- **two**\n1. three\n\n`code` and [link](https://example.com) and ~~not~~ _so_'
  world.airtable.edit(world.row('Empty'), { Rich: list, Plain: 'a\n\nb\n', Line: ' x ' })
  await run(world)
  const around = (before: unknown) => [
    before,
    ' and ',
    ['red', 'red'],
    ' please see ',
    ['docs', 'https://example.com/a'],
  ]
  const rest = ['\nNext ', ['@Ada', 'mention'], ' solves ', ['x^2', 'equation'], ' now. ']
  for (const column of Object.keys(LINES))
    expect(pieces(world, 'Marks', column), column).toEqual([...around(['Bold', 'bold']), ...rest])
  for (const column of Object.keys(LINES))
    expect(pieces(world, 'Literal', column), column).toEqual([
      '# no title\n1. star_name_ **x** [a](b) `c` ~~d~~ <b> \\ end',
    ])
  expect(pieces(world, 'Empty', 'Rich')).toEqual([
    '# Head\n- one\n- ',
    ['two', 'bold'],
    '\n1. three\n\n',
    ['code', 'code'],
    ' and ',
    ['link', 'https://example.com/'],
    ' and ',
    ['not', 'strikethrough'],
    ' ',
    ['so', 'italic'],
  ])
  expect(pieces(world, 'Empty', 'Plain')).toEqual(['a\n\nb'])
  expect(await problems(world)).toEqual([])
  await expectQuiet(world)
})

test('an edit in Notion keeps Airtable’s mentions where the text was not touched, and colours alone are no edit', async () => {
  const token = '<airtable:mention id="menE1i9oBaGX3DseR">@Dee</airtable:mention>'
  const world = await startTyped({ lines: LINES, pages: { Notes: {}, Lines: {} } })
  await run(world)
  world.airtable.edit(world.row('Notes'), {
    Rich: `**Hi** ${token}, and _welcome_ to it`,
    Plain: `Hello ${token}, and welcome`,
  })
  world.airtable.edit(world.row('Lines'), { Rich: `For ${token}`, Plain: `For ${token}` })
  await run(world)
  expect(pieces(world, 'Notes', 'Rich')).toEqual([['Hi', 'bold'], ' @Dee, and ', ['welcome', 'italic'], ' to it'])
  expect(pieces(world, 'Notes', 'Plain')).toEqual(['Hello @Dee, and welcome'])
  await expectQuiet(world)

  world.notion.edit(world.page('Notes'), {
    Rich: [bold('Hello'), ' @Dee, and ', { text: 'welcome', italic: true, color: 'blue' }, ' to it'],
    Plain: ['Hello @Dee, and ', bold('very'), ' welcome'],
  })
  world.notion.edit(world.page('Lines'), { Plain: 'For @Deirdre', Rich: [{ text: 'For @Dee', underline: true }] })
  await run(world)
  const shown = (title: string, column: string) => world.airtable.value(world.row(title), column)
  expect(shown('Notes', 'Rich')).toBe(`**Hello** ${token}, and _welcome_ to it\n`)
  expect(shown('Notes', 'Plain')).toBe(`Hello ${token}, and very welcome`)
  expect(shown('Lines', 'Plain')).toBe('For @Deirdre')
  expect(shown('Lines', 'Rich')).toBe(`For ${token}\n`)
  await expectQuiet(world)
})

test('texts beyond what one piece of Notion holds, and formatting beyond a hundred pieces', async () => {
  const long = `${'abcdefghi '.repeat(400)}end`
  const words = Array.from({ length: 99 }, (_, index) => (index % 2 === 0 ? `w${index} ` : bold(`w${index} `)))
  const world = await startTyped({ lines: LINES, pages: { Long: everywhere(long), Many: everywhere(words), New: {} } })
  await run(world)

  // The cut after 2,000 units falls into a letter of two.
  const typed = `X${'y'.repeat(1998)}😀${'z'.repeat(2500)}`
  retype(world, 'Long', 'abcdefghi end', `${typed} end`)
  retype(world, 'Many', 'w50 ', 'fifty ')
  const bolds = Array.from({ length: 60 }, (_, index) => `**b${index}** c${index}`).join(' ')
  world.airtable.edit(world.row('New'), { Rich: bolds, Plain: `${'y'.repeat(1999)}😀` })
  await run(world)
  for (const column of Object.keys(LINES))
    expect(world.notion.value(world.page('Long'), column)).toBe(`${'abcdefghi '.repeat(399)}${typed} end`)
  for (const column of ['Plain', 'Line'])
    expect(pieces(world, 'Many', column).slice(48, 54)).toEqual([
      'w48 ',
      ['w49 ', 'bold'],
      'fifty ',
      ['w51 ', 'bold'],
      'w52 ',
      ['w53 ', 'bold'],
    ])
  expect(pieces(world, 'New', 'Plain').join('')).toBe(`${'y'.repeat(1999)}😀`)
  // All of the text arrives; its marks do not fit, and stay in Airtable.
  expect(world.notion.value(world.page('New'), 'Rich')).toBe(bolds.replaceAll('**', ''))
  expect(world.airtable.value(world.row('New'), 'Rich')).toBe(`${bolds}\n`)
  expect(await problems(world)).toEqual([])
  await expectQuiet(world)
})
