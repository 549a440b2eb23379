/** Reading a data source whole, through the real SDK. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { startNotion } from '../../emulators/notion/index.ts'
import type { Shape } from '../../src/core/shape.ts'
import { createNotionClient } from '../../src/notion/client.ts'
import { toPage } from '../../src/notion/page.ts'
import { readColumn, writeColumns } from '../../src/notion/properties.ts'
import { windowed } from '../../src/notion/reading.ts'
import { notionTable } from '../../src/notion/table.ts'
import { createPace } from '../../src/pace.ts'
import { field } from '../core/words.ts'

async function started(seed: Parameters<typeof startNotion>[0]) {
  const notion = await startNotion(seed)
  onTestFinished(() => notion.close())
  return notion
}

/** The only data source of a Notion, through the real client. */
function tableOf(notion: Awaited<ReturnType<typeof startNotion>>) {
  const never = new AbortController().signal
  const pace = createPace({ count: 180, intervalMs: 60_000, concurrency: 1 }, { now: never, grace: never }, () => {})
  onTestFinished(() => pace.close())
  return notionTable(createNotionClient('ntn_test', notion.url, pace), notion.dataSourceId, undefined)
}

test('a mapping of more than a hundred properties is read, although no more can be asked for by name', async () => {
  const columns = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`P${n}`, { type: 'number' }]))
  const notion = await started({
    databases: [
      { title: 'Wide', properties: { Name: { type: 'title' }, ...columns }, pages: [{ properties: { P100: 7 } }] },
    ],
  })
  const table = tableOf(notion)
  const properties = (await table.columns()).flatMap(column => (column.id.startsWith('$') ? [] : [column.id]))
  const [page] = await table.read(properties)
  expect(page?.properties.P100).toMatchObject({ number: 7 })
})

test('answers that leave out what says nothing (no formatting, no link, no end, no author, no cursor) are read', async () => {
  const notion = await started({
    databases: [{ title: 'Specs', properties: { Name: { type: 'title' }, Due: { type: 'date' } }, pages: [] }],
  })
  const table = tableOf(notion)
  const columns = (await table.columns()).filter(({ id }) => !id.startsWith('$'))
  const ids = Object.fromEntries(columns.map(({ name, id }) => [name, id]))
  const properties = {
    Name: { id: ids.Name, type: 'title', title: [{ type: 'text', text: { content: 'One' } }] },
    Due: { id: ids.Due, type: 'date', date: { start: '2026-09-15T09:00:00.000+02:00' } },
  }
  const least = { object: 'page', id: 'one', url: 'https://app.notion.com/p/one', properties }
  const body = { object: 'list', results: [least] }
  notion.inject({ on: /query$/, effect: { kind: 'answer', status: 200, body } })
  const [raw] = await table.read(Object.values(ids))
  if (raw === undefined) throw new Error('no page was read')
  const text: Shape = { is: 'text', lines: 'many', marks: true }
  const shapes: Record<string, Shape> = { Name: text, Due: { is: 'date', holds: 'both' } }
  const fields = columns.map(column => {
    const shape = shapes[column.name] ?? text
    return { ...field(column.name, { shape }), notion: { ...column, shape } }
  })
  expect(toPage(raw, fields, new Map(), new Map())).toMatchObject({
    title: 'One',
    createdBy: '',
    values: { Name: 'One', Due: '2026-09-15T09:00+02:00' },
    unreadable: {},
  })
  expect(writeColumns(fields.map(line => ({ column: line.notion, value: 'One more' })).slice(0, 1), raw)).toEqual({
    [String(ids.Name)]: { title: [expect.objectContaining({ text: { content: 'One more' } })] },
  })
})

test('a page that a list brings although it lies in the trash is none of the list', async () => {
  const notion = await started({
    databases: [{ title: 'Specs', properties: { Name: { type: 'title' } }, pages: [] }],
  })
  const listed = (id: string, more: object) => ({
    object: 'page',
    id,
    url: `https://app.notion.com/p/${id}`,
    created_time: '2026-11-20T09:00:00.000Z',
    properties: {},
    ...more,
  })
  const results = [listed('there', { in_trash: false }), listed('trashed', { in_trash: true })]
  const body = { object: 'list', results, has_more: false, next_cursor: null }
  notion.inject({ on: /query$/, effect: { kind: 'answer', status: 200, body } })
  const table = tableOf(notion)
  expect((await table.read([])).map(({ id }) => id)).toEqual(['there'])
})

test.each([
  ['none', undefined, (window: object) => window],
  ['a condition', { a: 1 }, (window: object) => ({ and: [{ a: 1 }, window] })],
  [
    'an "and"',
    { and: [{ a: 1 }, { or: [{ b: 1 }] }] },
    (window: object) => ({ and: [{ a: 1 }, { or: [{ b: 1 }] }, window] }),
  ],
  ['an "or"', { or: [{ a: 1 }, { b: 1 }] }, (window: object) => ({ and: [{ or: [{ a: 1 }, { b: 1 }] }, window] })],
  [
    'an "or" of "and"',
    { or: [{ and: [{ a: 1 }, { b: 1 }] }, { c: 1 }] },
    (window: object) => ({ or: [{ and: [{ a: 1 }, { b: 1 }, window] }, { and: [{ c: 1 }, window] }] }),
  ],
] as const)(
  'a long list is continued where the filter is %s, and no filter nests deeper than two levels',
  (_, filter, wanted) => {
    const window = { timestamp: 'created_time', created_time: { on_or_after: '2026-11-20T09:00:00.000Z' } }
    expect(windowed(filter, '2026-11-20T09:00:00.000Z')).toEqual(wanted(window))
  },
)

describe('a rollup of more values than a page lists', () => {
  const many = Array.from({ length: 130 }, (_, n) => n + 1)
  const piece = (content: string, bold: boolean) => ({
    type: 'text',
    text: { content },
    plain_text: content,
    annotations: { bold },
  })
  const title = (n: number, bold = false) => ({ type: 'title', title: [piece(`Spec ${n}`, bold)] })

  /** What a rollup column reads as, of which the property endpoint gives these values. */
  async function rolledUp(array: unknown[], rollup: { function?: string } = {}) {
    const notion = await started({
      databases: [
        {
          title: 'Teams',
          properties: { Name: { type: 'title' }, All: { type: 'rollup', ...rollup } },
          pages: [{ properties: { Name: 'One', All: { type: 'array', array } } }],
        },
      ],
    })
    const table = tableOf(notion)
    const column = (await table.columns()).find(({ name }) => name === 'All')
    if (column?.shape == null) throw new Error('a rollup can be read')
    const [page] = await table.read(['title', column.id])
    if (page === undefined) throw new Error('no page was read')
    const asked = notion.calls.filter(({ path }) => path.includes('/properties/')).length
    return [readColumn(page, { ...column, shape: column.shape }), asked]
  }

  test.each([
    ['numbers', (n: number): unknown => ({ type: 'number', number: n }), many.join(', ')],
    ['titles', (n: number): unknown => title(n), many.map(n => `Spec ${n}`).join(', ')],
    [
      'people',
      (n: number): unknown => ({ type: 'people', people: [{ object: 'user', id: `${n}`, name: `P${n}` }] }),
      many.map(n => `P${n}`).join(', '),
    ],
  ])('has all of them: %s', async (_, item, value) => {
    expect(await rolledUp(many.map(item))).toEqual([{ value }, 2])
  })

  test('is asked for only where there may be more', async () => {
    expect(await rolledUp([title(1), title(2)])).toEqual([{ value: 'Spec 1, Spec 2' }, 0])
  })

  test.each([
    ['is of texts with formatting, whose pieces come without saying where a text ends', [title(0, true)], {}],
    ['is of a kind that Notion does not give in full', [title(0)], { function: 'show_unique' }],
  ])('is unreadable where it %s', async (_, first, rollup) => {
    expect(await rolledUp([...first, ...many.map(n => title(n))], rollup)).toEqual([
      { unreadable: expect.any(String) },
      2,
    ])
  })
})
