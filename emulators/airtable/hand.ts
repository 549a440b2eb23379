/**
 * The person's hand: what people do to a base in the app, behind the back of the API's clients.
 * Throws an Error for what the app would not let them do.
 */
import { type FileByHand, fileByHand, type StoredAttachment } from './attachments.ts'
import { cellText, type Reading } from './cells.ts'
import { byHand, setByHand } from './enter.ts'
import { type FieldSeed, isComputed, makeChoice, makeField } from './fields.ts'
import { parseCell } from './parse.ts'
import { forgetField, forgetLink, resolveReferences } from './references.ts'
import { Refusal } from './refusals.ts'
import { duplicateRow, type Edit, forgetEdits, insertRow, removeRow, restoreRow, setCell } from './rows.ts'
import {
  type Base,
  baseOf,
  choicesOf,
  everyRow,
  type Field,
  findField,
  findRow,
  findTable,
  type Options,
  person,
  primaryField,
  type Row,
  type State,
  stamp,
  type Table,
} from './state.ts'

/** Finds a table of the first base by name or id; the first table when none is named. */
export function tableOf(state: State, nameOrId?: string): Table {
  const first = firstBase(state)
  const table = nameOrId === undefined ? first.tables[0] : findTable(first, nameOrId)
  if (!table) throw new Error(`no table ${nameOrId ?? 'at all'}`)
  return table
}

export function firstBase(state: State): Base {
  const first = state.bases[0]
  if (!first) throw new Error('the seed has no base')
  return first
}

export function fieldOf(table: Table, nameOrId: string): Field {
  const field = findField(table, nameOrId)
  if (!field) throw new Error(`table ${table.name} has no field ${nameOrId}`)
  return field
}

/** The live row with this id, in whatever table and base it is. */
export function whereIs(state: State, id: string): { table: Table; row: Row } {
  for (const table of state.bases.flatMap(each => each.tables)) {
    const row = findRow(table, id)
    if (row) return { table, row }
  }
  throw new Error(`no record ${id}`)
}

export function add(state: State, table: Table, fields: Record<string, unknown>, now: number): string {
  const change = byPerson(state, now)
  const row = insertRow(state, table, change)
  fill(state, table, row, fields, change)
  forgetEdits(row)
  return row.id
}

export function edit(state: State, id: string, fields: Record<string, unknown>, now: number): void {
  const { table, row } = whereIs(state, id)
  fill(state, table, row, fields, byPerson(state, now))
}

export function remove(state: State, id: string): void {
  const { table, row } = whereIs(state, id)
  removeRow(state, table, row)
}

export function restore(state: State, id: string): void {
  const table = state.bases.flatMap(each => each.tables).find(each => each.trash.some(({ row }) => row.id === id))
  if (!table) throw new Error(`no deleted record ${id}`)
  restoreRow(state, table, id)
}

export function duplicate(state: State, id: string, now: number): string {
  const { table, row } = whereIs(state, id)
  return duplicateRow(state, table, row, byPerson(state, now)).id
}

function byPerson(state: State, now: number): Edit {
  return { at: stamp(now), by: person(state).id }
}

function fill(state: State, table: Table, row: Row, fields: Record<string, unknown>, change: Edit): void {
  for (const [name, value] of Object.entries(fields)) {
    setByHand(state, baseOf(state, table), row, fieldOf(table, name), value, change)
  }
}

/** Adds a file to a cell; returns the id of the attachment. */
export function attach(state: State, id: string, name: string, file: FileByHand, now: number): string {
  const added = fileByHand(state, file)
  changeFiles(state, id, name, now, held => [...held, added])
  return added.id
}

export function detach(state: State, id: string, name: string, filename: string, now: number): void {
  changeFiles(state, id, name, now, held => {
    const gone = named(held, filename)
    return held.filter(file => file !== gone)
  })
}

export function renameAttachment(state: State, id: string, name: string, from: string, to: string, now: number): void {
  changeFiles(state, id, name, now, held => {
    const renamed = named(held, from)
    return held.map(file => (file === renamed ? { ...file, filename: to } : file))
  })
}

function named(held: StoredAttachment[], filename: string): StoredAttachment {
  const file = held.find(candidate => candidate.filename === filename)
  if (!file) throw new Error(`no attachment ${filename}`)
  return file
}

function changeFiles(
  state: State,
  id: string,
  name: string,
  now: number,
  change: (held: StoredAttachment[]) => StoredAttachment[],
): void {
  const { table, row } = whereIs(state, id)
  const field = fieldOf(table, name)
  if (field.type !== 'multipleAttachments') throw new Error(`${name} holds no attachments`)
  const held = (row.cells[field.id] ?? []) as StoredAttachment[]
  setCell(baseOf(state, table), row, field, change(held), byPerson(state, now))
}

export function renameField(table: Table, name: string, to: string): void {
  if (findField(table, to)) throw new Error(`table ${table.name} has a field ${to} already`)
  fieldOf(table, name).name = to
}

export function addField(state: State, table: Table, seed: FieldSeed): string {
  if (findField(table, seed.name)) throw new Error(`table ${table.name} has a field ${seed.name} already`)
  const field = makeField(state, seed)
  table.fields.push(field)
  resolveReferences(state)
  return field.id
}

/** Deletes a field. A link field leaves a one-sided link behind, and what used the field is not valid any more. */
export function dropField(state: State, table: Table, name: string): void {
  const field = fieldOf(table, name)
  if (field === primaryField(table)) throw new Error('the primary field cannot be deleted')
  table.fields.splice(table.fields.indexOf(field), 1)
  forgetField(baseOf(state, table), field)
  for (const row of everyRow(table)) {
    delete row.cells[field.id]
    delete row.modified[field.id]
  }
}

/** Changes the type of a field, which keeps its id. Values go along as text where the new type can read them. */
export function retypeField(state: State, table: Table, name: string, type: string, options?: Options, now = 0): void {
  const of = baseOf(state, table)
  const field = fieldOf(table, name)
  const reading: Reading = { state, base: of, now }
  const rows = everyRow(table)
  const texts = rows.map(row => cellText(reading, row, field))
  forgetLink(of, field)
  const { options: next } = makeField(state, { name: field.name, type, ...(options ? { options } : {}) })
  field.type = type
  if (next) field.options = next
  else delete field.options
  resolveReferences(state)
  rows.forEach((row, index) => {
    delete row.cells[field.id]
    if (isComputed(field) || type === 'multipleRecordLinks' || !texts[index]) return
    const writing = byHand(state, of, true)
    try {
      setCell(of, row, field, parseCell(writing, field, texts[index], texts[index]))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return
    }
    for (const { choice } of writing.draft.choices) choicesOf(field).push(choice)
  })
}

/** Renames an option of a select: every record shows the new name, and no modified time moves. */
export function renameOption(table: Table, fieldName: string, from: string, to: string): void {
  const choices = choicesOf(fieldOf(table, fieldName))
  const choice = choices.find(candidate => candidate.name === from)
  if (!choice) throw new Error(`${fieldName} has no option ${from}`)
  if (choices.some(candidate => candidate.name === to)) throw new Error(`${fieldName} has an option ${to} already`)
  choice.name = to
}

/** Adds an option to a select that no record has. */
export function addOption(state: State, table: Table, fieldName: string, name: string): void {
  const choices = choicesOf(fieldOf(table, fieldName))
  choices.push(makeChoice(state, name, choices.length))
}
