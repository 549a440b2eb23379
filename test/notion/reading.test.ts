/** Reading a data source whole, through the real SDK. */
import { expect, onTestFinished, test } from 'vitest'
import { startNotion } from '../../emulators/notion/index.ts'
import { createNotionClient } from '../../src/notion/client.ts'
import { notionTable } from '../../src/notion/table.ts'
import { createPace } from '../../src/pace.ts'

test('a mapping of more than a hundred properties is read, although no more can be asked for by name', async () => {
  const columns = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`P${n}`, { type: 'number' }]))
  const notion = await startNotion({
    databases: [
      { title: 'Wide', properties: { Name: { type: 'title' }, ...columns }, pages: [{ properties: { P100: 7 } }] },
    ],
  })
  const never = new AbortController().signal
  const pace = createPace({ count: 180, intervalMs: 60_000, concurrency: 1 }, { now: never, grace: never }, () => {})
  onTestFinished(() => {
    pace.close()
    return notion.close()
  })
  const table = notionTable(createNotionClient('ntn_test', notion.url, pace), notion.dataSourceId, undefined)
  const properties = (await table.columns()).flatMap(column => (column.id.startsWith('$') ? [] : [column.id]))
  const [page] = await table.read(properties)
  expect(page?.properties.P100).toMatchObject({ number: 7 })
})
