/**
 * What a cell shows in an answer: the stored form (ids) is turned into the API's form (names, objects).
 * Nothing is changed here; what may be written is in parse.ts.
 */
import { type StoredAttachment, showAttachment } from './attachments.ts'
import { isDerived } from './fields.ts'
import { linkedThrough } from './references.ts'
import { type Base, choicesOf, type Field, findRow, primaryField, type Row, type State, type Table } from './state.ts'

export type Reading = {
  state: State
  base: Base
  now: number
  /** Attachments that this very request created: the service has not fetched them yet, so size and type are unknown. */
  fresh?: ReadonlySet<string>
}

export function isEmpty(value: unknown): boolean {
  return (
    value === null || value === undefined || value === '' || value === false || (Array.isArray(value) && !value.length)
  )
}

/** The value as the API shows it, or undefined where the cell is empty, because empty cells are left out. */
export function readCell(reading: Reading, row: Row, field: Field): unknown {
  const value = isDerived(field)
    ? derived(reading.state, row, field)
    : (show(reading, field, row.cells[field.id]) ?? calculated(reading, row, field))
  return isEmpty(value) ? undefined : value
}

/** The `fields` of a record in an answer, in the order of the schema. */
export function readCells(reading: Reading, table: Table, row: Row, byId: boolean, only?: ReadonlySet<string>) {
  const cells: Record<string, unknown> = {}
  for (const field of table.fields) {
    if (only && !only.has(field.id)) continue
    const value = readCell(reading, row, field)
    if (value !== undefined) cells[byId ? field.id : field.name] = value
  }
  return cells
}

/** The last edit of the given fields of a row (all of them when the list is empty), or null if there was none. */
export function lastModified(row: Row, fieldIds: readonly string[]): string | null {
  const stamps = fieldIds.length ? fieldIds.map(id => row.modified[id]) : Object.values(row.modified)
  return stamps.reduce<string | null>((latest, at) => (at && (!latest || at > latest) ? at : latest), null)
}

function derived(state: State, row: Row, field: Field): unknown {
  switch (field.type) {
    case 'autoNumber':
      return row.number
    case 'createdTime':
      return inResultType(field, row.created)
    case 'lastModifiedTime': {
      // Recorded answers show the creation in this field until a first edit
      const referenced = (field.options?.referencedFieldIds ?? []) as string[]
      return inResultType(field, lastModified(row, referenced) ?? row.created)
    }
    case 'createdBy':
      return collaborator(state, row.createdBy)
    default:
      return collaborator(state, row.modifiedBy)
  }
}

/** What computed fields show where neither a seed nor a person gave a value. */
function calculated(reading: Reading, row: Row, field: Field): unknown {
  switch (field.type) {
    case 'count':
      return linksThrough(row, field).length
    case 'multipleLookupValues':
      return lookedUp(reading, row, field)
    case 'button':
      return { label: 'Open', url: null }
    case 'aiText':
      return { state: 'empty', isStale: false, value: null }
    case 'manualSort': {
      // Texts in whose order the rows stand; longer numbers have to come after shorter ones
      const digits = row.number.toString(36)
      return String.fromCharCode('`'.charCodeAt(0) + digits.length) + digits
    }
    default:
      return undefined
  }
}

function linksThrough(row: Row, { options }: Field): string[] {
  return (row.cells[String(options?.recordLinkFieldId)] ?? []) as string[]
}

/** One list for all links. What is empty is left out, but a box that is not ticked shows as null. */
function lookedUp(reading: Reading, row: Row, field: Field): unknown[] {
  const table = linkedThrough(reading.base, field.options)
  const target = table?.fields.find(candidate => candidate.id === field.options?.fieldIdInLinkedTable)
  if (!table || !target) return []
  return linksThrough(row, field).flatMap(id => {
    const linked = findRow(table, id)
    const value = linked && readCell(reading, linked, target)
    if (value !== undefined) return value
    return target.type === 'checkbox' ? [null] : []
  })
}

function inResultType(field: Field, at: string): string {
  const result = field.options?.result as { type?: string } | undefined
  return result?.type === 'date' ? at.slice(0, 10) : at
}

function show(reading: Reading, field: Field, value: unknown): unknown {
  if (isEmpty(value)) return undefined
  const nameOf = (id: unknown) => choicesOf(field).find(choice => choice.id === id)?.name
  switch (field.type) {
    case 'singleSelect':
      return nameOf(value)
    case 'multipleSelects':
      return (value as unknown[]).map(nameOf)
    case 'singleCollaborator':
      return collaborator(reading.state, value)
    case 'multipleCollaborators':
      return (value as unknown[]).map(id => collaborator(reading.state, id))
    case 'multipleAttachments':
      return (value as StoredAttachment[]).map(stored => showAttachment(reading, stored))
    default:
      return structuredClone(value)
  }
}

function collaborator(state: State, id: unknown) {
  const user = state.users.find(candidate => candidate.id === id)
  if (!user) return undefined
  const { email, name } = user
  return { id: user.id, ...(email ? { email } : {}), ...(name ? { name } : {}) }
}

/** The cell as text, the way other records, formulas and type changes see it. */
export function cellText(reading: Reading, row: Row, field: Field): string {
  const value = readCell(reading, row, field)
  if (field.type === 'multipleRecordLinks') return linkNames(reading, field, value).join(', ')
  return asText(value)
}

function linkNames({ base, ...rest }: Reading, field: Field, ids: unknown): string[] {
  const table = base.tables.find(candidate => candidate.id === field.options?.linkedTableId)
  if (!table || !Array.isArray(ids)) return []
  const rows = ids.map(id => findRow(table, String(id))).filter(row => row !== undefined)
  return rows.map(row => {
    const primary = primaryField(table)
    return primary.type === 'multipleRecordLinks' ? row.id : cellText({ base, ...rest }, row, primary)
  })
}

/** The row that a text names: the one whose primary cell reads so. */
export function rowNamed(reading: Reading, table: Table, name: string): Row | undefined {
  const primary = primaryField(table)
  return table.rows.find(row => cellText(reading, row, primary) === name)
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map(asText).join(', ')
  if (typeof value !== 'object') return String(value)
  const { name, filename, text, label } = value as Record<string, unknown>
  return String(name ?? filename ?? text ?? label ?? ('value' in value ? asText(value.value) : JSON.stringify(value)))
}
