/**
 * What a client may write into a cell. A value is checked and turned into the stored form, or refused.
 * State is not changed here: what a typecast creates is collected in a draft, so that a refused request leaves no trace.
 */
import { parseAttachments, type StoredAttachment } from './attachments.ts'
import { isEmpty, rowNamed } from './cells.ts'
import { parseMoment } from './dates.ts'
import { isComputed, makeChoice } from './fields.ts'
import * as refuse from './refusals.ts'
import { type Base, type Choice, choicesOf, type Field, nextId, primaryField, type State, type Table } from './state.ts'

/** What a request will create besides its own records, if it succeeds. */
export type Draft = {
  choices: { field: Field; choice: Choice }[]
  rows: { table: Table; id: string; primary: unknown }[]
  attachments: StoredAttachment[]
}

export type Writing = { state: State; base: Base; typecast: boolean; lockedSelects: boolean; draft: Draft }

/** Not confirmed by Airtable's documents, but commonly quoted as the limit of a long text. */
const LONG_TEXT_LIMIT = 100_000

/** What is stored in a cell that is cleared. Recorded: a rich text that was cleared reads as a line end. */
export const cleared = (field: Field): string | null => (field.type === 'richText' ? '\n' : null)

/**
 * The stored form of `value`. `held` is what the cell holds now, which decides what of a mention and of attachments can
 * be kept; undefined for a new record. Throws a Refusal.
 */
export function parseCell(writing: Writing, field: Field, value: unknown, held?: unknown): unknown {
  if (isComputed(field)) throw refuse.computedField(field.name)
  if (isEmpty(value)) {
    if (!emptyFits(field.type, value)) throw refuse.notAccepted(field.name)
    return cleared(field)
  }
  switch (field.type) {
    case 'number':
    case 'currency':
    case 'percent':
    case 'duration':
      return toNumber(writing, field, value)
    case 'rating':
      return rating(writing, field, value)
    case 'checkbox':
      return checkbox(writing, field, value)
    case 'date':
      return day(field, value)
    case 'dateTime':
      return moment(field, value)
    case 'singleSelect':
      return choice(writing, field, writing.typecast && typeof value === 'number' ? String(value) : value)
    case 'multipleSelects':
      return [...new Set(list(writing, field, value).map(name => choice(writing, field, name)))]
    case 'singleCollaborator':
      return collaborator(writing, field, value)
    case 'multipleCollaborators':
      if (!Array.isArray(value)) throw refuse.notAccepted(field.name)
      return [
        ...new Set(value.map(user => collaborator(writing, field, typeof user === 'string' ? { id: user } : user))),
      ]
    case 'multipleRecordLinks':
      return links(writing, field, value)
    case 'multipleAttachments':
      return parseAttachments(writing, field, value, held as StoredAttachment[] | undefined)
    case 'barcode':
      return barcode(field, value)
    default:
      return text(writing, field, value, typeof held === 'string' ? held : '')
  }
}

/** null clears every type; of the other empty values each type takes its own. */
function emptyFits(type: string, value: unknown): boolean {
  if (value === null) return true
  if (value === '') return !type.startsWith('multiple') && !['checkbox', 'barcode', 'singleCollaborator'].includes(type)
  if (value === false) return type === 'checkbox'
  return Array.isArray(value) && type.startsWith('multiple')
}

function text({ typecast }: Writing, field: Field, value: unknown, held: string): string {
  const given = typecast && ['number', 'boolean'].includes(typeof value) ? String(value) : value
  if (typeof given !== 'string' || given.length > LONG_TEXT_LIMIT) throw refuse.notAccepted(field.name)
  if (field.type === 'multilineText') return keepMentions(given, held)
  return field.type === 'richText' ? normaliseRichText(given) : given
}

/** Only people can mention somebody: a token that does not stand in the cell already becomes the text that it shows. */
function keepMentions(given: string, held: string): string {
  return given.replace(/<airtable:mention id="[^"]*">([^<]*)<\/airtable:mention>/g, (token, shown: string) =>
    held.includes(token) ? token : shown,
  )
}

// Recorded: "#header\n* bullet" is answered as "#header\n- bullet\n", and nothing else changes. Code has no bullets.
function normaliseRichText(given: string): string {
  let inCode = false
  const lines = given.split('\n').map(line => {
    if (/^\s*```/.test(line)) inCode = !inCode
    return inCode ? line : line.replace(/^([ \t]*)\* /, '$1- ')
  })
  const text = lines.join('\n')
  return text.endsWith('\n') ? text : `${text}\n`
}

function toNumber({ typecast }: Writing, field: Field, value: unknown): number {
  const given = typecast && typeof value === 'string' ? Number(value.replaceAll(',', '')) : value
  if (typeof given !== 'number' || !Number.isFinite(given)) throw refuse.notAccepted(field.name)
  return given
}

function rating(writing: Writing, field: Field, value: unknown): number {
  const stars = toNumber(writing, field, value)
  if (!Number.isInteger(stars) || stars < 1 || stars > Number(field.options?.max)) throw refuse.notAccepted(field.name)
  return stars
}

function checkbox({ typecast }: Writing, field: Field, value: unknown): true | null {
  if (value === true) return true
  if (!typecast) throw refuse.badValue(`Cannot parse value ${JSON.stringify(value)} for field ${field.name}`)
  return ['true', '1', 'yes', 'checked'].includes(String(value).toLowerCase()) ? true : null
}

// A moment is taken too, for its day in UTC: documents allow Date objects, and those arrive as moments
function day(field: Field, value: unknown): string {
  const moment = typeof value === 'string' ? parseMoment(value) : undefined
  if (moment === undefined) {
    throw refuse.badValue(`Cannot parse date value ${JSON.stringify(value)} for field ${field.name}`)
  }
  return new Date(moment).toISOString().slice(0, 10)
}

// A number of milliseconds is taken without a typecast too (recorded)
function moment(field: Field, value: unknown): string {
  const zone = String(field.options?.timeZone ?? 'utc')
  const at = typeof value === 'string' ? parseMoment(value, zone) : value
  if (typeof at !== 'number' || Number.isNaN(new Date(at).getTime())) {
    throw refuse.badValue(`Cannot parse date value ${JSON.stringify(value)} for field ${field.name}`)
  }
  return new Date(at).toISOString()
}

function list({ typecast }: Writing, field: Field, value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  if (typecast && typeof value === 'string') {
    return value
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== '')
  }
  throw refuse.notAccepted(field.name)
}

function choice({ state, typecast, lockedSelects, draft }: Writing, field: Field, name: unknown): string {
  if (typeof name !== 'string' || name === '') throw refuse.notAccepted(field.name)
  const drafted = draft.choices.filter(entry => entry.field === field).map(entry => entry.choice)
  const known = [...choicesOf(field), ...drafted]
  const found = known.find(candidate => candidate.name === name)
  if (found) return found.id
  if (!typecast || lockedSelects) throw refuse.unknownChoice(name)
  const added = makeChoice(state, name, known.length)
  draft.choices.push({ field, choice: added })
  return added.id
}

function collaborator({ state }: Writing, field: Field, value: unknown): string {
  const { id, email } = isObject(value) ? value : {}
  const user = state.users.find(candidate =>
    id === undefined ? email !== undefined && candidate.email === email : candidate.id === id,
  )
  if (!user) throw refuse.notAccepted(field.name)
  return user.id
}

function links(writing: Writing, field: Field, value: unknown): string[] {
  const table = writing.base.tables.find(candidate => candidate.id === field.options?.linkedTableId)
  if (!table) throw new Error(`field ${field.name} links to no table`)
  const given = writing.typecast && typeof value === 'string' ? list(writing, field, value) : value
  if (!Array.isArray(given) || given.some(id => typeof id !== 'string')) {
    throw refuse.badValue('Value is not an array of record IDs.')
  }
  return [...new Set((given as string[]).map(each => link(writing, table, each)))]
}

function link(writing: Writing, table: Table, idOrName: string): string {
  const { state, base, typecast, draft } = writing
  if (table.rows.some(row => row.id === idOrName)) return idOrName
  if (/^rec[0-9A-Za-z]{14}$/.test(idOrName)) throw refuse.rowMissing(idOrName)
  if (!typecast) throw refuse.badValue('Value is not an array of record IDs.')
  const primary = primaryField(table)
  const named = rowNamed({ state, base, now: 0 }, table, idOrName)
  if (named) return named.id
  const value = parseCell(writing, primary, idOrName)
  const drafted = draft.rows.find(entry => entry.table === table && entry.primary === value)
  if (drafted) return drafted.id
  const id = nextId(state, 'rec')
  draft.rows.push({ table, id, primary: value })
  return id
}

function barcode(field: Field, value: unknown): Record<string, string> {
  const { text, type } = isObject(value) ? value : {}
  if (typeof text !== 'string' || (type !== undefined && type !== null && typeof type !== 'string')) {
    throw refuse.notAccepted(field.name)
  }
  return typeof type === 'string' ? { text, type } : { text }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
