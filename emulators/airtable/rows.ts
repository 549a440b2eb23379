/**
 * Changes to rows: cells with their modified times, both sides of links, deletion and its undoing.
 * Values arrive in their stored form; nothing is checked here.
 */
import { isEmpty } from './cells.ts'
import { isComputed } from './fields.ts'
import {
  type Base,
  baseOf,
  everyRow,
  type Field,
  findRow,
  nextId,
  otherSide,
  type Row,
  type State,
  type Table,
  type Trashed,
} from './state.ts'

/** Who changes something, and when. */
export type Edit = { at: string; by: string }

export function insertRow(state: State, table: Table, { at, by }: Edit, id = nextId(state, 'rec')): Row {
  table.lastNumber += 1
  const row = { id, number: table.lastNumber, created: at, createdBy: by, modifiedBy: by, cells: {}, modified: {} }
  table.rows.push(row)
  return row
}

/**
 * Sets or clears a cell. A link is changed in the records on its other side too, which counts as an edit of them.
 * Every cell that is written counts as modified, also when its value stays the same. Without an edit (a first value,
 * a recalculation) no time moves.
 */
export function setCell(base: Base, row: Row, field: Field, value: unknown, edit?: Edit): void {
  const before = linksIn(row, field)
  put(row, field, value)
  if (edit) touch(row, field, edit)
  if (field.type !== 'multipleRecordLinks') return
  const after = linksIn(row, field)
  const { table, inverse } = otherSide(base, field) ?? {}
  if (!table || !inverse) return
  for (const id of new Set([...before, ...after])) {
    const other = findRow(table, id)
    if (!other || before.includes(id) === after.includes(id)) continue
    const back = linksIn(other, inverse).filter(link => link !== row.id)
    put(other, inverse, after.includes(id) ? [...back, row.id] : back)
    if (edit) touch(other, inverse, edit)
  }
}

function put(row: Row, field: Field, value: unknown): void {
  if (isEmpty(value)) delete row.cells[field.id]
  else row.cells[field.id] = value
}

function touch(row: Row, field: Field, { at, by }: Edit): void {
  if (isComputed(field)) return
  row.modified[field.id] = at
  row.modifiedBy = by
}

function linksIn(row: Row, field: Field): string[] {
  return field.type === 'multipleRecordLinks' ? ((row.cells[field.id] ?? []) as string[]) : []
}

/** The first values of a row are no edits of it; they are edits of the rows that it links to. */
export function forgetEdits(row: Row): void {
  row.modified = {}
}

/** Deletes a row; the cells that linked to it lose it, and no modified time moves. */
export function removeRow(state: State, table: Table, row: Row): void {
  const held: Trashed['held'] = []
  table.rows.splice(table.rows.indexOf(row), 1)
  for (const { linking, field } of linksTo(state, table)) {
    const links = linksIn(linking, field)
    const at = links.indexOf(row.id)
    if (at < 0) continue
    held.push({ row: linking.id, field: field.id, at })
    put(linking, field, links.toSpliced(at, 1))
  }
  table.trash.push({ row, held })
}

/** Brings a deleted row back, into all cells that linked to it; it was as if it had never gone. */
export function restoreRow(state: State, table: Table, id: string): void {
  const trashed = table.trash.find(candidate => candidate.row.id === id)
  if (!trashed) throw new Error(`no deleted record ${id}`)
  table.trash.splice(table.trash.indexOf(trashed), 1)
  table.rows.push(trashed.row)
  for (const { linking, field } of linksTo(state, table)) {
    const held = trashed.held.find(each => each.row === linking.id && each.field === field.id)
    const links = linksIn(linking, field)
    if (held && !links.includes(id)) put(linking, field, links.toSpliced(held.at, 0, id))
  }
}

/** The link cells of the base that can hold rows of a table. Deleted rows have theirs too, and may come back. */
function linksTo(state: State, table: Table): { linking: Row; field: Field }[] {
  return baseOf(state, table).tables.flatMap(other =>
    other.fields
      .filter(field => field.type === 'multipleRecordLinks' && field.options?.linkedTableId === table.id)
      .flatMap(field => everyRow(other).map(linking => ({ linking, field }))),
  )
}

/** A new row with the same values in all cells. */
export function duplicateRow(state: State, table: Table, row: Row, edit: Edit): Row {
  const copy = insertRow(state, table, edit)
  const base = baseOf(state, table)
  for (const field of table.fields) {
    const value = structuredClone(row.cells[field.id])
    if (!isEmpty(value)) setCell(base, copy, field, value, edit)
  }
  forgetEdits(copy)
  return copy
}
