/**
 * What the emulated Airtable knows: bases, tables, fields, rows, collaborators, running list iterations.
 * Everything in it is plain JSON, so that a snapshot is a copy. No HTTP here, and no rules about cells.
 */
import { createHash } from 'node:crypto'

export type Choice = { id: string; name: string; color: string }
export type Options = Record<string, unknown>
export type Field = { id: string; name: string; type: string; options?: Options; description?: string }
export type View = { id: string; name: string; type: string; filter?: string }
/** A group has no address, and somebody who was only invited has no name yet. */
export type User = { id: string; name?: string; email?: string }

/** `cells` and `modified` are keyed by field id. Selects hold choice ids, collaborators user ids, links record ids. */
export type Row = {
  id: string
  number: number
  created: string
  createdBy: string
  modifiedBy: string
  cells: Record<string, unknown>
  /** When each cell was last edited after the creation of the row; empty for a row that was never edited. */
  modified: Record<string, string>
}

/** A deleted row, and the link cells that lost it, so that its restoration can put it back where it was. */
export type Trashed = { row: Row; held: { row: string; field: string; at: number }[] }

export type Table = {
  id: string
  name: string
  fields: Field[]
  views: View[]
  rows: Row[]
  trash: Trashed[]
  lastNumber: number
}
export type Base = { id: string; name: string; tables: Table[] }

export type State = {
  kind: 'airtable'
  token: string | null
  scopes: string[]
  users: User[]
  bases: Base[]
  /** Bases that the token was taken off. */
  hiddenBases: string[]
  /** Listings in progress: the record ids in the order of the first page. */
  iterators: { id: string; table: string; rows: string[] }[]
  /** How many ids of each prefix were handed out. */
  counters: Record<string, number>
}

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * The next id with `prefix`. Ids are hashes of a counter: the same run gives the same ids, and their order says
 * nothing about the order of creation, as with the real service.
 */
export function nextId(state: Pick<State, 'counters'>, prefix: string): string {
  const count = (state.counters[prefix] ?? 0) + 1
  state.counters[prefix] = count
  const bytes = createHash('sha256').update(`${prefix}:${count}`).digest()
  return prefix + Array.from(bytes.subarray(0, 14), byte => LETTERS[byte % LETTERS.length]).join('')
}

/** Time stamps of the service have no fraction of a second. */
export function stamp(now: number): string {
  return new Date(Math.floor(now / 1000) * 1000).toISOString()
}

/** The user who owns the token: every change through the API is theirs. */
export function tokenOwner(state: State): User {
  const user = state.users[0]
  if (!user) throw new Error('a base has at least one user')
  return user
}

/** The user whose hand edits in the app; another person than the token's owner where there is one. */
export function person(state: State): User {
  return state.users[1] ?? tokenOwner(state)
}

export function findTable(base: Base, nameOrId: string): Table | undefined {
  return base.tables.find(table => table.id === nameOrId) ?? base.tables.find(table => table.name === nameOrId)
}

export function findField(table: Table, nameOrId: string): Field | undefined {
  return table.fields.find(field => field.id === nameOrId) ?? table.fields.find(field => field.name === nameOrId)
}

export function findRow(table: Table, id: string): Row | undefined {
  return table.rows.find(row => row.id === id)
}

/** The rows of a table, the deleted ones too. */
export function everyRow(table: Table): Row[] {
  return [...table.rows, ...table.trash.map(trashed => trashed.row)]
}

export function baseOf(state: State, table: Table): Base {
  const base = state.bases.find(candidate => candidate.tables.includes(table))
  if (!base) throw new Error(`table ${table.name} is in no base`)
  return base
}

export function primaryField(table: Table): Field {
  const field = table.fields[0]
  if (!field) throw new Error(`table ${table.name} has no fields`)
  return field
}

export function choicesOf(field: Field): Choice[] {
  const choices = field.options?.choices
  return Array.isArray(choices) ? (choices as Choice[]) : []
}

/** The table and the field that a link field shows its links in on the other side. */
export function otherSide(base: Base, field: Field): { table: Table; inverse: Field | undefined } | undefined {
  const table = base.tables.find(candidate => candidate.id === field.options?.linkedTableId)
  const inverse = table?.fields.find(candidate => candidate.id === field.options?.inverseLinkFieldId)
  return table && { table, inverse }
}
