/**
 * The closed set of value shapes: the one spelling of a value (`normal`), and what makes two values equal across the
 * services (`comparable`). Vendor JSON is read and written in notion/ and airtable/.
 */
import { comparableMarkdown } from './markdown.ts'
import { type Base, type Field, other, type Side } from './model.ts'
import type { FileName, Link, Person, Shape, Value } from './shape.ts'

export type ShapeName = Shape['is']

/** The value in its one spelling: outer spaces off, line ends as \n, empty as null, sets without repeats. */
export function normal(value: Value | undefined | ''): Value {
  if (typeof value === 'string') return spelled(value.trim()) || null
  if (typeof value === 'number') return normalNumber(value)
  if (value === true) return true
  if (!Array.isArray(value)) return null
  const listed = (value as readonly (string | Person)[]).map(item =>
    typeof item === 'string' ? spelled(item.trim()) : item,
  )
  const items = new Map(listed.map((item, index) => [keyOf(item, index), item]))
  return items.size === 0 ? null : ([...items.values()] as unknown as Value)
}

/** A text with composed letters, and line ends as \n. */
export const spelled = (text: string): string => text.replace(/\r\n?/g, '\n').normalize('NFC')

/** Two files may share a name; anything else that is the same is there once. */
const keyOf = (item: string | Person, index: number): unknown =>
  typeof item === 'object' && item.id === undefined && item.email === undefined ? index : JSON.stringify(item)

/** Fifteen digits are what a double keeps of a decimal; the rest is noise of calculation. Whole numbers are exact. */
function normalNumber(value: number): number | null {
  if (!Number.isFinite(value)) return null
  if (Number.isSafeInteger(value)) return value + 0
  const rounded = Number(value.toPrecision(15))
  return Number.isFinite(rounded) ? rounded + 0 : value
}

/**
 * A text that is equal for two values exactly when they agree in what both types of the line can carry.
 * Reads the value as one of `side`; the answer may be compared with that of either side of the same line.
 */
export function comparable(field: Field, side: Side, value: Value): string {
  if (value === null) return EMPTY
  return JSON.stringify(carried(field, side, value, field[side].shape, field[other(side)].shape))
}

/** What `comparable` answers for an empty cell. */
export const EMPTY = 'null'

/**
 * Both sides of a base, comparable. Twins of links come and go after a base was taken: what the two sides do not share
 * any more, or not yet, was never agreed on.
 */
export function comparableBase(field: Field, base: Base): Readonly<Record<Side, string>> {
  const sides = {
    notion: comparable(field, 'notion', base.notion),
    airtable: comparable(field, 'airtable', base.airtable),
  }
  if (field.links === undefined) return sides
  const rows = new Set(twinnedRows(field, 'airtable', base.airtable))
  const shared = sorted(twinnedRows(field, 'notion', base.notion).filter(row => rows.has(row)))
  return { notion: JSON.stringify(shared), airtable: JSON.stringify(shared) }
}

export const fold = (text: string): string => text.trim().toLocaleLowerCase('en').normalize('NFC')
/** A line break with the space around it begins where that space begins, so that a long run of it is read once only. */
export const oneLine = (text: string): string => text.replace(/(?<!\s)\s*\n\s*/g, ' ')

/** What both shapes can carry of the value. */
function carried(field: Field, side: Side, value: Value, own: Shape, across: Shape): unknown {
  const either = (name: ShapeName): boolean => own.is === name || across.is === name
  const both = (name: ShapeName): boolean => own.is === name && across.is === name
  const set = (names: readonly string[]): unknown => sorted(names.map(fold))
  if (both('links')) return sorted(twinnedRows(field, side, value))
  if (both('files'))
    return filesIn(value)
      .map(file => file.name.trim())
      .sort()
  if (either('people'))
    return set(both('people') ? peopleNames(field, value) : peopleNames(field, value).flatMap(splitList))
  if (either('options')) {
    const names = optionNames(field, side, value)
    return set(either('text') ? names.flatMap(splitList) : names)
  }
  if (either('number')) {
    const text = asText(field, side, value)
    const number = numberIn(text)
    return number === null ? text : rounded(number, own, across)
  }
  if (either('option')) return fold(optionNames(field, side, value)[0] ?? '')
  if (either('date')) {
    const text = asText(field, side, value)
    // Only Notion holds the end of a range; text holds what is written in it, unless it is computed.
    const typed = (own.is === 'text' && field[side].writable) || (across.is === 'text' && field[other(side)].writable)
    const parts = (typed ? text.split('/') : [startOf(text)]).map(parseDate)
    return parts.includes(null) ? text : parts.map(part => datePart(part ?? '', own, across)).join('/')
  }
  if (either('checkbox')) {
    const tick = tickOf(asText(field, side, value))
    return tick === undefined ? value : tick
  }
  if (hasMarks(own) && hasMarks(across)) return comparableMarkdown(String(value))
  const dashes = [own, across].some(shape => shape.is === 'text' && shape.dashes === true)
  const text = dashes ? withDashes(asText(field, side, value)) : asText(field, side, value)
  const single = (shape: Shape): boolean => shape.is === 'text' && shape.lines === 'one'
  return single(own) || single(across) ? oneLine(text) : text
}

const withDashes = (text: string): string => text.replace(/^([^\S\n]*)[*+](?= |$)/gm, '$1-')

const sorted = (names: readonly string[]): readonly string[] | null =>
  names.length === 0 ? null : [...new Set(names)].sort()

const hasMarks = (shape: Shape): boolean => shape.is === 'text' && shape.marks === true

/** The rows that links stand for: a page by its twin, a row by itself. What has no twin cannot be carried. */
function twinnedRows(field: Field, side: Side, value: Value): string[] {
  const { rows, pages } = field.links?.twins ?? NO_TWINS
  return linksIn(value).flatMap(({ id }) => {
    const row = side === 'notion' ? rows.get(id) : id
    return row !== undefined && pages.has(row) ? [row] : []
  })
}
const NO_TWINS = { rows: new Map<string, string>(), pages: new Map<string, string>() }

export const linksIn = (value: Value): readonly Link[] => (Array.isArray(value) ? (value as readonly Link[]) : [])
export const filesIn = (value: Value): readonly FileName[] =>
  Array.isArray(value) ? (value as readonly FileName[]) : []

/** A tick written as a word; null for a word that says unticked, undefined for any other. */
export function tickOf(text: string): true | null | undefined {
  const word = fold(text)
  if (['yes', 'true', 'x', '1', 'checked', '✓', '✔', '☑'].includes(word)) return true
  return ['', 'no', 'false', '0', 'unchecked', '☐'].includes(word) ? null : undefined
}

/** The number that a text says, if it says one. */
export const numberIn = (text: string): number | null => (text.trim() === '' ? null : normalNumber(Number(text)))

export function rounded(value: number, ...shapes: Shape[]): number {
  const digits = shapes.flatMap(shape => (shape.is === 'number' && shape.digits !== undefined ? [shape.digits] : []))
  return digits.length === 0 ? value : Number(value.toFixed(Math.min(...digits)))
}

const DATE = /^(\d{4}-\d{2}-\d{2})(?:T((?:[01]\d|2[0-3]):\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/

/** One date or date-time in the normal spelling (minutes, offset kept), or null if the text is none. */
export function parseDate(text: string): string | null {
  const written = text.trim()
  const match = DATE.exec(written)
  if (match === null || Number.isNaN(Date.parse(written))) return null
  const [, day = '', time, zone] = match
  // Date.parse takes the 30th of February for the 2nd of March.
  if (new Date(`${day}T00:00Z`).toISOString().slice(0, 10) !== day) return null
  if (time === undefined) return day
  return `${day}T${time}${zone === undefined || zone === '+00:00' || zone === '-00:00' ? 'Z' : zone}`
}

export const startOf = (date: string): string => date.split('/')[0] ?? date
export const dayOf = (date: string): string => startOf(date).slice(0, 10)
export const hasTime = (date: string): boolean => startOf(date).includes('T')
export const minuteOf = (date: string): string =>
  hasTime(date) ? new Date(startOf(date)).toISOString().slice(0, 16) : `${dayOf(date)}T00:00`

function datePart(date: string, ...shapes: Shape[]): string {
  return shapes.some(shape => shape.is === 'date' && shape.holds === 'day') ? dayOf(date) : minuteOf(date)
}

/** Option names in Airtable's words, so that `values` makes the two sides comparable. */
function optionNames(field: Field, side: Side, value: Value): string[] {
  return namesIn(field, side, value).map(name => (side === 'airtable' ? name : (toAirtable(field, name) ?? name)))
}

/** The option names in a value; text is a list of names where the other side holds several. */
export function namesIn(field: Field, side: Side, value: Value): string[] {
  if (value === null) return []
  if (Array.isArray(value)) return [...(value as readonly string[])]
  const isList = field[side].shape.is === 'text' && field[other(side)].shape.is === 'options'
  return isList ? splitList(String(value)) : [String(value)]
}

const splitList = (text: string): string[] =>
  text.split(/[,;\n]/).flatMap(part => (part.trim() === '' ? [] : [part.trim()]))

/** Airtable's name for an option that `values` names, letter case aside. */
export const toAirtable = (field: Field, name: string): string | undefined =>
  Object.entries(field.values).find(([notion]) => fold(notion) === fold(name))?.[1]
export const toNotion = (field: Field, name: string): string | undefined =>
  Object.entries(field.values).find(([, airtable]) => fold(airtable) === fold(name))?.[0]

const isPerson = (item: string | Person): item is Person => typeof item === 'object'

/** People as the texts that the line writes them as; a text is read as a list of such. */
export function peopleNames(field: Field, value: Value): string[] {
  if (typeof value === 'string') return splitList(value)
  // Between two fields of people the address counts; a text says what the line says.
  const byAddress =
    field.people === 'email' || (field.notion.shape.is === 'people' && field.airtable.shape.is === 'people')
  const people = (Array.isArray(value) ? (value as readonly (string | Person)[]) : []).filter(isPerson)
  return people.map(person =>
    byAddress ? (person.email ?? person.name ?? person.id ?? '') : (person.name ?? person.email ?? person.id ?? ''),
  )
}

/** Any value as the text that a text field shows. */
export function asText(field: Field, side: Side, value: Value): string {
  if (value === null) return ''
  if (value === true) return 'Yes'
  if (field[side].shape.is === 'people') return peopleNames(field, value).join(', ')
  if (Array.isArray(value)) return (value as readonly string[]).join(', ')
  return String(value)
}

/** A value in words, before it is escaped for its destination. */
export function show(value: Value): string {
  if (value === null) return '(empty)'
  if (value === true) return 'ticked'
  if (Array.isArray(value)) {
    return (value as readonly (string | Person)[])
      .map(item => (typeof item === 'string' ? item : (item.name ?? item.email ?? item.id ?? 'somebody')))
      .join(', ')
  }
  return String(value)
}

/** "1 page", "2 pages". */
export const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

/** The candidate that differs from `name` in the fewest letters, if any is near enough to have been meant. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map(candidate => ({ candidate, distance: editDistance(fold(name), fold(candidate)) }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best !== undefined && best.distance <= Math.max(2, Math.floor(name.length / 2)) ? best.candidate : undefined
}

/** Levenshtein's distance, row by row. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const current = [i + 1]
    for (const [j, candidate] of [...b].entries()) {
      const substituted = (previous[j] ?? 0) + (letter === candidate ? 0 : 1)
      current.push(Math.min(substituted, (previous[j + 1] ?? 0) + 1, (current[j] ?? 0) + 1))
    }
    previous = current
  }
  return previous.at(-1) ?? 0
}
