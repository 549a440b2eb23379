/**
 * The matrix of types has no hole: every type of Notion against every type of Airtable, as the services document them
 * and independent of the code's own tables, is two-way, one-way, or refused in a sentence that names what stands in the way.
 */
import { describe, expect, test } from 'vitest'
import { flow } from '../../scripts/field-types-page.ts'
import { columnsOf as airtableColumns, airtableField, knownTypes as airtableTypes } from '../../src/airtable/fields.ts'
import { ownerOf } from '../../src/config/lines.ts'
import type { Owner, SchemaColumn } from '../../src/core/model.ts'
import { columnsOf as notionColumns, knownTypes as notionTypes } from '../../src/notion/properties.ts'
import { FORMATTED, OTHERS } from './lines.ts'

const NOTION = [
  ['title', 'rich_text', 'number', 'select', 'multi_select', 'status', 'date', 'people', 'files', 'checkbox', 'url'],
  ['email', 'phone_number', 'relation', 'formula', 'rollup', 'unique_id', 'created_time', 'last_edited_time'],
  ['created_by', 'last_edited_by', 'verification', 'place', 'button', 'not_there_yet'],
].flat()
const AIRTABLE = [
  ['singleLineText', 'multilineText', 'richText', 'number', 'currency', 'percent', 'duration', 'rating', 'checkbox'],
  ['date', 'dateTime', 'singleSelect', 'multipleSelects', 'singleCollaborator', 'multipleCollaborators'],
  ['multipleRecordLinks', 'email', 'url', 'phoneNumber', 'multipleAttachments', 'barcode', 'formula', 'rollup'],
  ['multipleLookupValues', 'count', 'autoNumber', 'createdTime', 'lastModifiedTime', 'createdBy', 'lastModifiedBy'],
  ['button', 'aiText', 'externalSyncSource', 'manualSort', 'notThereYet'],
].flat()
/** Types of which nothing can be mapped, whatever the other one is. */
const REFUSED = ['button', 'manualSort', 'not_there_yet', 'notThereYet']
const OWNER: Readonly<Record<string, Owner>> = { '⇄': 'both', '→': 'notion', '←': 'airtable' }

/** Columns as the schemas of the services tell them. */
function notionColumn(type: string): SchemaColumn {
  const config = { id: type, name: type, type, [type]: { options: [], data_source_id: '', database_id: '' } }
  const [column] = notionColumns({ 'In Notion': config } as unknown as Parameters<typeof notionColumns>[0])
  if (column === undefined) throw new Error(`there is no column of type ${type}`)
  return column
}
function airtableColumn(type: string): SchemaColumn {
  const [column] = airtableColumns([airtableField.parse({ id: type, name: 'In Airtable', type, options: {} })])
  if (column === undefined) throw new Error(`there is no column of type ${type}`)
  return column
}

test('the code knows exactly the types that the services have, and none that is not there yet', () => {
  const known = (columns: readonly SchemaColumn[]) => columns.map(({ type }) => type).sort()
  expect(known(notionTypes())).toEqual(NOTION.filter(type => type !== 'not_there_yet').sort())
  expect(known(airtableTypes())).toEqual(AIRTABLE.filter(type => type !== 'notThereYet').sort())
})

describe.each(NOTION)('%s', notion => {
  test.each(AIRTABLE)('with %s flows, or is refused in words', airtable => {
    const columns = [notionColumn(notion), airtableColumn(airtable)] as const
    const line = { notion: 'In Notion', airtable: 'In Airtable' }
    const way = flow(...columns)
    const bound = ownerOf(line, ...columns)
    const owner = OWNER[way]
    if (owner !== undefined) {
      expect(REFUSED).not.toContain(notion)
      expect(REFUSED).not.toContain(airtable)
      expect(ownerOf({ ...line, owner }, ...columns)).toMatchObject({ owner })
      // Left out, it is found where a service computes the value of the other one.
      if (columns.some(column => !column.writable)) expect(bound).toMatchObject({ owner })
      return
    }
    const complaint = 'complaint' in bound ? bound.complaint : ''
    if (REFUSED.includes(notion)) expect(complaint).toContain(`Notion's "In Notion" is of type ${notion}, which `)
    else if (REFUSED.includes(airtable))
      expect(complaint).toContain(`Airtable's "In Airtable" is of type ${airtable}, which `)
    else {
      expect(complaint).toContain(`"In Notion" (${notion})`)
      expect(complaint).toContain(`"In Airtable" (${airtable})`)
    }
  })
})

test('every pair that flows both ways is held to the laws', () => {
  const pairs = NOTION.flatMap(notion =>
    AIRTABLE.filter(airtable => flow(notionColumn(notion), airtableColumn(airtable)) === '⇄').map(
      airtable => `${notion} ⇄ ${airtable}`,
    ),
  )
  expect([...FORMATTED, ...OTHERS].map(({ name }) => name).sort()).toEqual(pairs.sort())
})
