/** Reading a data source whole, through the real SDK. */
import { expect, onTestFinished, test } from 'vitest'
import { startNotion } from '../../emulators/notion/index.ts'
import type { Shape } from '../../src/core/model.ts'
import { createNotionClient } from '../../src/notion/client.ts'
import { toPage } from '../../src/notion/page.ts'
import { writeColumns } from '../../src/notion/properties.ts'
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
