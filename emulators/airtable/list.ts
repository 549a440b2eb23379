/**
 * Listing of records: which, in which order, page by page. Reads only, apart from the iterations it keeps.
 * The order is frozen with the first page, the values are read anew with each one.
 */
import { z } from 'zod'
import { cellText, type Reading, readCell, readCells } from './cells.ts'
import { evaluateFilter } from './evaluate.ts'
import * as refuse from './refusals.ts'
import {
  type Base,
  choicesOf,
  type Field,
  findField,
  findRow,
  nextId,
  type Row,
  type State,
  type Table,
} from './state.ts'

export type Target = { state: State; base: Base; table: Table; now: number }

const PARAMETERS = z.object({
  fields: z.array(z.string()).default([]),
  filterByFormula: z.string().default(''),
  view: z.string().default(''),
  sort: z.array(z.object({ field: z.string(), direction: z.enum(['asc', 'desc']).default('asc') })).default([]),
  pageSize: z.int().min(1).default(100),
  maxRecords: z.int().min(1).optional(),
  offset: z.string().default(''),
  // 'string' is refused: nobody should rely on its format
  cellFormat: z.literal('json').default('json'),
  returnFieldsByFieldId: z.boolean().default(false),
  recordMetadata: z.array(z.literal('commentCount')).default([]),
})
type Parameters = z.infer<typeof PARAMETERS>

/** Pages are never longer, whatever is asked for. */
const LONGEST_PAGE = 100
/** How many listings can be in progress; the oldest one is given up for a new one. */
const ITERATORS = 50

/** Answers a list request with one page. `input` is the decoded query or the body: both have the same parameters. */
export function listRecords(target: Target, input: unknown) {
  const parameters = PARAMETERS.safeParse(input)
  if (!parameters.success) throw refuse.badParameters()
  const { offset, pageSize, fields, returnFieldsByFieldId } = parameters.data
  const only = fields.length ? new Set(fields.map(name => known(target.table, name).id)) : undefined
  // All parameters are checked for every page, as they have to be sent again with the offset
  const rows = select(target, parameters.data)
  const length = Math.min(pageSize, LONGEST_PAGE)
  const { ids, iterator, rest } = offset ? nextPage(target, offset, length) : firstPage(target, rows, length)
  const records = ids
    .map(id => findRow(target.table, id))
    .filter(row => row !== undefined)
    .map(row => toRecord(target, target.table, row, returnFieldsByFieldId, only))
  return rest ? { records, offset: `${iterator}/${ids.at(-1)}` } : { records }
}

/** A record as it stands in an answer. */
export function toRecord(reading: Reading, table: Table, row: Row, byId: boolean, only?: ReadonlySet<string>) {
  return { id: row.id, createdTime: row.created, fields: readCells(reading, table, row, byId, only) }
}

function known(table: Table, name: string): Field {
  const field = findField(table, name)
  if (!field) throw refuse.unknownField(name)
  return field
}

type Page = { ids: string[]; iterator: string; rest: boolean }

function firstPage({ state, table }: Target, rows: () => string[], length: number): Page {
  const all = rows()
  if (all.length <= length) return { ids: all, iterator: '', rest: false }
  const iterator = nextId(state, 'itr')
  state.iterators.push({ id: iterator, table: table.id, rows: all })
  if (state.iterators.length > ITERATORS) state.iterators.shift()
  return { ids: all.slice(0, length), iterator, rest: true }
}

function nextPage({ state, table }: Target, offset: string, length: number): Page {
  const [, iterator = '', last = ''] = /^(itr[0-9A-Za-z]{14})\/(rec[0-9A-Za-z]{14})$/.exec(offset) ?? []
  if (!iterator) throw refuse.badOffset(offset)
  const found = state.iterators.find(candidate => candidate.id === iterator)
  if (!found) throw refuse.iteratorGone()
  const start = found.rows.indexOf(last) + 1
  if (start === 0 || found.table !== table.id) throw refuse.badOffset(offset)
  const ids = found.rows.slice(start, start + length)
  return { ids, iterator, rest: start + length < found.rows.length }
}

/** Checks what the listing is made of; the function that is returned gives the ids of all its records in order. */
function select(target: Target, { filterByFormula, view: viewName, sort, maxRecords }: Parameters): () => string[] {
  const { state, table, now } = target
  const view = viewName ? findView(target, viewName) : undefined
  const formulas = [view?.filter ?? '', filterByFormula].filter(formula => formula !== '')
  const filters = formulas.map(formula => evaluateFilter(state, table, formula, now))
  const keys = sort.map(({ field, direction }) => ({ field: known(table, field), down: direction === 'desc' }))
  return () => {
    const kept = table.rows.filter(row => filters.every(keeps => keeps(row)))
    // Without a view the order is arbitrary by the documents; by record id is what was observed
    if (!view) kept.sort((a, b) => compare(a.id, b.id))
    for (const { field, down } of keys.toReversed()) sortBy(target, kept, field, down)
    return kept.map(row => row.id).slice(0, maxRecords)
  }
}

function findView({ state, table }: Target, nameOrId: string) {
  const found = table.views.find(view => view.id === nameOrId || view.name === nameOrId)
  if (found) return found
  if (!/^viw[0-9A-Za-z]{14}$/.test(nameOrId)) throw refuse.unknownViewName(nameOrId)
  const elsewhere = state.bases
    .flatMap(base => base.tables)
    .some(other => other.views.some(view => view.id === nameOrId))
  throw elsewhere ? refuse.viewOfAnotherTable() : refuse.unknownViewId(nameOrId)
}

function sortBy(target: Target, rows: Row[], field: Field, down: boolean): void {
  const keys = new Map(rows.map(row => [row.id, sortKey(target, row, field)]))
  rows.sort((a, b) => compareKeys(keys.get(a.id), keys.get(b.id)) * (down ? -1 : 1))
}

/** Selects are in the order of their options, numbers by size, all else as text without regard to case. */
function sortKey(target: Target, row: Row, field: Field): number | string | undefined {
  const value = readCell(target, row, field)
  if (value === undefined) return undefined
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value)
  const chosen = [row.cells[field.id]].flat()[0]
  const option = choicesOf(field).findIndex(choice => choice.id === chosen)
  return option >= 0 ? option : cellText(target, row, field).toLowerCase()
}

function compareKeys(a: number | string | undefined, b: number | string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  return typeof a === 'number' && typeof b === 'number' ? a - b : compare(String(a), String(b))
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
