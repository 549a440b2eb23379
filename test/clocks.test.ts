/** Asking which side of a conflict was edited last: the question to Airtable, against the emulator. */
import { expect, it, onTestFinished } from 'vitest'
import { startAirtable } from '../emulators/airtable/index.ts'
import { createAirtableClient } from '../src/airtable/client.ts'
import { airtableTable } from '../src/airtable/table.ts'
import { askClocks } from '../src/clocks.ts'
import { column, field, pageId, TEXT } from './core/words.ts'
import { quickPace } from './quick-pace.ts'

/** 499 comparisons of RECORD_ID() in one formula are known to work, and nothing of longer ones. */
const KNOWN_TO_WORK = 16_000

it('hundreds of conflicts are settled by their clocks, in formulas that Airtable is known to take', async () => {
  const named = { name: 'Name', type: 'singleLineText' }
  const records = Array.from({ length: 300 }, () => ({ fields: {} }))
  const airtable = await startAirtable({ bases: [{ tables: [{ name: 'Tracker', fields: [named], records }] }] })
  const pace = quickPace()
  onTestFinished(() => {
    pace.close()
    return airtable.close()
  })
  Object.assign(airtable.settings, { requestsPerSecond: Number.POSITIVE_INFINITY })
  airtable.onCall(({ query, body }) => {
    if (query.length + body.length > KNOWN_TO_WORK)
      airtable.inject({ on: /./, effect: { kind: 'answer', status: 413, body: { error: 'REQUEST_TOO_LARGE' } } })
  })
  const id = airtable.fieldId('Name')
  const line = { ...field('Name'), airtable: column('airtable', 'Name', TEXT, { id }) }
  const conflicts = airtable.records().map((row, index) => {
    airtable.edit(row.id, { Name: 'Edited' })
    // Every third page was edited after its row.
    const notionEdited = index % 3 === 0 ? '2100-01-01T00:00:00.000Z' : '2026-01-01T00:00:00.000Z'
    return { page: pageId(index), row: row.id, field: 'Name', base: null, notion: 'N', airtable: 'A', notionEdited }
  })

  const table = airtableTable(createAirtableClient('pat_test', airtable.url, pace), {
    base: airtable.baseId,
    id: airtable.tableId,
  })
  const clocks = await askClocks(table, conflicts, [line], id)

  expect([...clocks.values()]).toEqual(conflicts.map((_, index) => (index % 3 === 0 ? 'notion' : 'airtable')))
})
