/**
 * Changes to rows: cells with their modified times, both sides of links, deletion and its undoing.
 * Values arrive in their stored form; nothing is checked here.
 */
import { isEmpty } from './cells.ts'
import { isComputed } from './fields.ts'
import { type Base, baseOf, type Field, findRow, nextId, otherSide, type Row, type State, type Table } from './state.ts'

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
  const base = baseOf(state, table)
  table.rows.splice(table.rows.indexOf(row), 1)
  table.trash.push(structuredClone(row))
  for (const other of base.tables) {
    for (const field of other.fields.filter(candidate => candidate.options?.linkedTableId === table.id)) {
      for (const linking of other.rows) {
        const links = linksIn(linking, field)
        if (links.includes(row.id))
          put(
            linking,
            field,
            links.filter(id => id !== row.id),
          )
      }
    }
  }
}

/** Brings a deleted row back, with the links to what still exists; it was as if it had never gone. */
export function restoreRow(state: State, table: Table, id: string): void {
  const row = table.trash.find(candidate => candidate.id === id)
  if (!row) throw new Error(`no deleted record ${id}`)
  table.trash.splice(table.trash.indexOf(row), 1)
  table.rows.push(row)
  const base = baseOf(state, table)
  for (const field of table.fields) {
    const links = linksIn(row, field)
    if (!links.length) continue
    put(row, field, [])
    const living = links.filter(link => otherSide(base, field)?.table.rows.some(other => other.id === link))
    setCell(base, row, field, living)
  }
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
