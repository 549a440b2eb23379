/**
 * Creation, change and deletion of records through the API. A request is checked as a whole before the first change,
 * so that it takes effect completely or not at all.
 */
import { z } from 'zod'
import { fetchAttachments } from './attachments.ts'
import type { Reading } from './cells.ts'
import { isComputed } from './fields.ts'
import { type Target, toRecord } from './list.ts'
import { cleared, type Draft, isObject, parseCell, type Writing } from './parse.ts'
import * as refuse from './refusals.ts'
import { type Edit, forgetEdits, insertRow, removeRow, setCell } from './rows.ts'
import { choicesOf, type Field, findField, findRow, primaryField, type Row, stamp, tokenOwner } from './state.ts'

/** What the token's user must not do, and how long a source of an attachment may take to answer. */
export type WriteRules = {
  /** No options can be created, also with a typecast. */
  lockedSelects: boolean
  /** Names or ids of fields whose cells cannot be written. */
  lockedFields: string[]
  fetchTimeoutMs: number
}

export type WriteTarget = Target & WriteRules

/** No write takes more records than this. */
const BATCH = 10

const FIELDS = z.record(z.string(), z.unknown())
const RECORD_ID = z.string().regex(/^rec[0-9A-Za-z]{14}$/)
const OPTIONS = z.object({ typecast: z.boolean().default(false), returnFieldsByFieldId: z.boolean().default(false) })
const NEW_RECORDS = z
  .array(z.object({ fields: FIELDS }))
  .min(1)
  .max(BATCH)
const KNOWN_RECORDS = z
  .array(z.object({ id: RECORD_ID, fields: FIELDS }))
  .min(1)
  .max(BATCH)
const ANY_RECORDS = z
  .array(z.object({ id: RECORD_ID.optional(), fields: FIELDS }))
  .min(1)
  .max(BATCH)
const UPSERT = z.object({ fieldsToMergeOn: z.array(z.string()).min(1).max(3) })

/** Types that an upsert can merge on, as documented. */
const MERGEABLE = ['number', 'singleLineText', 'multilineText', 'singleSelect', 'multipleSelects', 'date']

/** One record of a request: the row that it changes (a new one if undefined), and the values in stored form. */
type Change = { row: Row | undefined; cells: [Field, unknown][] }

/** POST: a `records` array, or a single record's `fields`. */
export async function createRecords(target: WriteTarget, body: unknown) {
  const writing = startWriting(target, body)
  const single = isObject(body) && !('records' in body)
  const given = NEW_RECORDS.safeParse(single ? [body] : isObject(body) && body.records)
  if (!given.success) {
    throw refuse.badRecords(
      'You must provide an array of up to 10 record objects, each with a "fields" object for cell values.',
    )
  }
  const changes = given.data.map(({ fields }) => ({ row: undefined, cells: parseFields(target, writing, fields) }))
  const { records } = await carryOut(target, writing, changes, false)
  return single ? records[0] : { records }
}

/** PATCH and PUT (`replace`) on a table: a `records` array, with `performUpsert` also without ids. */
export async function updateRecords(target: WriteTarget, body: unknown, replace: boolean) {
  const writing = startWriting(target, body)
  const upsert = isObject(body) && body.performUpsert !== undefined
  const given = (upsert ? ANY_RECORDS : KNOWN_RECORDS).safeParse(isObject(body) && body.records)
  if (!given.success) {
    throw refuse.badRecords(
      'You must provide an array of up to 10 record objects, each with an "id" ID field and a "fields" object for cell values.',
    )
  }
  const merge = upsert ? mergeFields(target, body.performUpsert) : []
  const changes = given.data.map(({ id, fields }) => {
    const row = id === undefined ? mergeRow(target, writing, merge, fields) : rowIn(target, id)
    return { row, cells: parseFields(target, writing, fields, row) }
  })
  refuseTwice(changes, merge)
  const { rows, records } = await carryOut(target, writing, changes, replace)
  if (!upsert) return { records }
  const idsOf = (created: boolean) => rows.filter((_, index) => !changes[index]?.row === created).map(row => row.id)
  return { records, createdRecords: idsOf(true), updatedRecords: idsOf(false) }
}

/** PATCH and PUT (`replace`) on one record. */
export async function updateRecord(target: WriteTarget, id: string, body: unknown, replace: boolean) {
  const writing = startWriting(target, body)
  const row = findRow(target.table, id)
  if (!row) throw refuse.recordNotFound()
  const fields = FIELDS.safeParse(isObject(body) && body.fields)
  if (!fields.success) throw refuse.badParameters()
  const changes = [{ row, cells: parseFields(target, writing, fields.data, row) }]
  const { records } = await carryOut(target, writing, changes, replace)
  return records[0]
}

/** DELETE on a table: up to ten ids in `records`. */
export function deleteRecords(target: WriteTarget, ids: unknown) {
  const given = z.array(RECORD_ID).min(1).max(BATCH).safeParse(ids)
  if (!given.success || new Set(given.data).size < given.data.length) {
    throw refuse.badRecords('"records" must be an array of up to 10 record IDs.')
  }
  const rows = given.data.map(id => rowIn(target, id))
  for (const row of rows) removeRow(target.state, target.table, row)
  return { records: rows.map(row => ({ id: row.id, deleted: true })) }
}

/** DELETE on one record. */
export function deleteRecord(target: WriteTarget, id: string) {
  const row = findRow(target.table, id)
  if (!row) throw refuse.recordNotFound()
  removeRow(target.state, target.table, row)
  return { id, deleted: true }
}

type Started = Writing & { byId: boolean }

function startWriting({ state, base, lockedSelects }: WriteTarget, body: unknown): Started {
  const options = OPTIONS.safeParse(body)
  if (!options.success) throw refuse.badParameters()
  const draft: Draft = { choices: [], rows: [], attachments: [] }
  const { typecast, returnFieldsByFieldId: byId } = options.data
  return { state, base, typecast, lockedSelects, draft, byId }
}

function parseFields(
  { table, lockedFields }: WriteTarget,
  writing: Writing,
  fields: Record<string, unknown>,
  row?: Row,
): [Field, unknown][] {
  return Object.entries(fields).map(([name, value]) => {
    const field = findField(table, name)
    if (!field) throw refuse.unknownField(name)
    if (lockedFields.includes(field.id) || lockedFields.includes(field.name)) throw refuse.lockedField(field)
    return [field, parseCell(writing, field, value, row?.cells[field.id])]
  })
}

function rowIn({ table }: WriteTarget, id: string): Row {
  const row = findRow(table, id)
  if (!row) throw refuse.rowMissing(id)
  return row
}

function mergeFields({ table }: WriteTarget, performUpsert: unknown): Field[] {
  const upsert = UPSERT.safeParse(performUpsert)
  if (!upsert.success) throw refuse.badParameters()
  return upsert.data.fieldsToMergeOn.map(name => {
    const field = findField(table, name)
    if (!field) throw refuse.unknownField(name)
    if (isComputed(field) || !MERGEABLE.includes(field.type)) throw refuse.badParameters()
    return field
  })
}

/** The row that has the same values in the merge fields, or undefined if a new one is to be made. */
function mergeRow(
  { table }: WriteTarget,
  writing: Writing,
  merge: Field[],
  fields: Record<string, unknown>,
): Row | undefined {
  const key = merge.map(field => {
    const name = Object.keys(fields).find(candidate => findField(table, candidate) === field)
    if (!name) throw refuse.badRecords(`Each record must have a value for the merge field "${field.name}"`)
    return { field, value: parseCell(writing, field, fields[name]) }
  })
  if (key.some(({ value }) => value === null)) return undefined
  const matches = table.rows.filter(row => key.every(({ field, value }) => isSame(row.cells[field.id], value)))
  // The rest of the wording is not known
  if (matches.length > 1) throw refuse.badRecords('Cannot update more than one record per set of merge values')
  return matches[0]
}

function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.length === b.length && a.every(value => b.includes(value))
}

// How the service treats two new rows with one merge key is not known; a client must not send them
function refuseTwice(changes: Change[], merge: Field[]): void {
  const twice = 'You cannot update the same record multiple times in a single request.'
  const rows = changes.map(change => change.row).filter(row => row !== undefined)
  if (new Set(rows).size < rows.length) throw refuse.badRecords(twice)
  const keys = changes
    .filter(change => !change.row)
    .map(({ cells }) => merge.map(field => cells.find(([candidate]) => candidate === field)?.[1]))
    .filter(key => key.every(value => value !== null))
    .map(key => JSON.stringify(key))
  if (new Set(keys).size < keys.length) throw refuse.badRecords(twice)
}

/** The only place where a request changes something: all checks are behind it. */
function apply({ state, base, table, now }: WriteTarget, writing: Writing, changes: Change[], replace: boolean): Row[] {
  const edit: Edit = { at: stamp(now), by: tokenOwner(state).id }
  for (const { field, choice } of writing.draft.choices) choicesOf(field).push(choice)
  for (const { table: linked, id, primary } of writing.draft.rows) {
    setCell(base, insertRow(state, linked, edit, id), primaryField(linked), primary)
  }
  return changes.map(({ row: known, cells }) => {
    const row = known ?? insertRow(state, table, edit)
    const given = new Set(cells.map(([field]) => field))
    const unlisted = replace && known ? table.fields.filter(field => !isComputed(field) && !given.has(field)) : []
    for (const field of unlisted) if (field.id in row.cells) setCell(base, row, field, cleared(field), edit)
    for (const [field, value] of cells) setCell(base, row, field, value, edit)
    if (!known) forgetEdits(row)
    return row
  })
}

/** The answer shows new attachments as they are before they are fetched; who asks again finds them fetched. */
async function carryOut(target: WriteTarget, writing: Started, changes: Change[], replace: boolean) {
  const rows = apply(target, writing, changes, replace)
  const records = answer(target, writing, rows)
  await fetchAttachments(target.base, writing.draft.attachments, target.fetchTimeoutMs)
  return { rows, records }
}

function answer({ state, base, table, now }: WriteTarget, { draft, byId }: Started, rows: Row[]) {
  const reading: Reading = { state, base, now, fresh: new Set(draft.attachments.map(({ id }) => id)) }
  return rows.map(row => toRecord(reading, table, row, byId))
}
