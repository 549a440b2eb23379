/**
 * The closed set of value shapes: what makes two values equal across the services (`comparable`), and how a value of
 * one side is put on the other (`convert`). Pure; vendor JSON is read and written in notion/ and airtable/.
 */
import { type Field, other, type Person, type Shape, SIDE_NAME, type Side, type Value } from './model.ts'

export type Converted =
  | { readonly value: Value; readonly newOptions?: readonly string[] }
  | { readonly refused: string }

type ShapeName = Shape['is']

/**
 * Which shape can be put into which: the rows are what a value comes from, the columns what it is written to.
 * A mapping line needs a `true` in each direction in which it flows.
 */
const CAN_CONVERT: Record<ShapeName, Record<ShapeName, boolean>> = {
  text: { text: true, number: true, checkbox: false, option: true, options: true, date: true, people: true },
  number: { text: true, number: true, checkbox: false, option: true, options: false, date: false, people: false },
  checkbox: { text: true, number: false, checkbox: true, option: false, options: false, date: false, people: false },
  option: { text: true, number: true, checkbox: false, option: true, options: true, date: false, people: false },
  options: { text: true, number: false, checkbox: false, option: true, options: true, date: false, people: false },
  date: { text: true, number: false, checkbox: false, option: false, options: false, date: true, people: false },
  people: { text: true, number: false, checkbox: false, option: false, options: false, date: false, people: true },
}

/** Whether values of `from` can be written to `to` at all; single values may still be refused by `convert`. */
export const canConvert = (from: Shape, to: Shape): boolean => CAN_CONVERT[from.is][to.is]

/** The value in its one spelling: outer spaces off, line ends as \n, empty as null, sets without repeats. */
export function normal(value: Value | undefined | ''): Value {
  if (value === undefined || value === null || value === '') return null
  if (typeof value === 'string') return value.replace(/\r\n?/g, '\n').trim().normalize('NFC') || null
  if (typeof value === 'number') return normalNumber(value)
  if (value === true) return true
  if (!Array.isArray(value)) return null
  const items = new Map((value as readonly (string | Person)[]).map(item => [JSON.stringify(item), item]))
  return items.size === 0 ? null : ([...items.values()] as readonly string[] | readonly Person[])
}

/** Fifteen digits are what a double keeps of a decimal; the rest is noise of calculation. */
function normalNumber(value: number): number | null {
  if (!Number.isFinite(value)) return null
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

const fold = (text: string): string => text.trim().toLocaleLowerCase('en')
const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ')

/** What both shapes can carry of the value. */
function carried(field: Field, side: Side, value: Value, own: Shape, across: Shape): unknown {
  const either = (name: ShapeName): boolean => own.is === name || across.is === name
  const both = (name: ShapeName): boolean => own.is === name && across.is === name
  const set = (names: readonly string[]): unknown => (names.length === 0 ? null : [...new Set(names.map(fold))].sort())
  if (either('people'))
    return set(both('people') ? peopleNames(field, value) : peopleNames(field, value).flatMap(splitList))
  if (either('options')) {
    const names = optionNames(field, side, value)
    return set(either('text') ? names.flatMap(splitList) : names)
  }
  if (either('number')) {
    const text = asText(field, side, value)
    const number = Number(text)
    return text === '' || !Number.isFinite(number) ? text : rounded(number, own, across)
  }
  if (either('option')) return fold(optionNames(field, side, value)[0] ?? '')
  if (either('date')) {
    const text = asText(field, side, value)
    // Only Notion holds the end of a range; text holds what is written in it.
    const parts = (either('text') ? text.split('/') : [startOf(text)]).map(parseDate)
    return parts.includes(null) ? text : parts.map(part => datePart(part ?? '', own, across)).join('/')
  }
  if (both('checkbox')) return value
  const text = asText(field, side, value)
  const single = (shape: Shape): boolean => shape.is === 'text' && shape.lines === 'one'
  return single(own) || single(across) ? oneLine(text) : text
}

function rounded(value: number, ...shapes: Shape[]): number {
  const digits = shapes.flatMap(shape => (shape.is === 'number' && shape.digits !== undefined ? [shape.digits] : []))
  return digits.length === 0 ? value : Number(value.toFixed(Math.min(...digits)))
}

const DATE = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/

/** One date or date-time in the normal spelling (minutes, offset kept), or null if the text is none. */
export function parseDate(text: string): string | null {
  const match = DATE.exec(text.trim())
  if (match === null || Number.isNaN(Date.parse(text.trim()))) return null
  const [, day = '', time, zone] = match
  // Date.parse takes the 30th of February for the 2nd of March.
  if (new Date(`${day}T00:00Z`).toISOString().slice(0, 10) !== day) return null
  if (time === undefined) return day
  return `${day}T${time}${zone === undefined || zone === '+00:00' || zone === '-00:00' ? 'Z' : zone}`
}

const startOf = (date: string): string => date.split('/')[0] ?? date
const dayOf = (date: string): string => startOf(date).slice(0, 10)
const hasTime = (date: string): boolean => startOf(date).includes('T')
const minuteOf = (date: string): string =>
  hasTime(date) ? new Date(startOf(date)).toISOString().slice(0, 16) : `${dayOf(date)}T00:00`

function datePart(date: string, ...shapes: Shape[]): string {
  return shapes.some(shape => shape.is === 'date' && shape.holds === 'day') ? dayOf(date) : minuteOf(date)
}

/** Option names in Airtable's words, so that `values` makes the two sides comparable. */
function optionNames(field: Field, side: Side, value: Value): string[] {
  return namesIn(field, side, value).map(name => (side === 'airtable' ? name : (toAirtable(field, name) ?? name)))
}

/** The option names in a value; text is a list of names where the other side holds several. */
function namesIn(field: Field, side: Side, value: Value): string[] {
  if (value === null) return []
  if (Array.isArray(value)) return [...(value as readonly string[])]
  const isList = field[side].shape.is === 'text' && field[other(side)].shape.is === 'options'
  return isList ? splitList(String(value)) : [String(value)]
}

const splitList = (text: string): string[] =>
  text.split(/[,;\n]/).flatMap(part => (part.trim() === '' ? [] : [part.trim()]))

/** Airtable's name for an option that `values` names, letter case aside. */
const toAirtable = (field: Field, name: string): string | undefined =>
  Object.entries(field.values).find(([notion]) => fold(notion) === fold(name))?.[1]
const toNotion = (field: Field, name: string): string | undefined =>
  Object.entries(field.values).find(([, airtable]) => fold(airtable) === fold(name))?.[0]

const isPerson = (item: string | Person): item is Person => typeof item === 'object'

/** People as the texts that the line writes them as; a text is read as a list of such. */
function peopleNames(field: Field, value: Value): string[] {
  if (value === null) return []
  if (typeof value === 'string') return value.split(/[,;\n]/).flatMap(part => (part.trim() === '' ? [] : [part.trim()]))
  // Between two fields of people the address counts; a text says what the line says.
  const byAddress =
    field.people === 'email' || (field.notion.shape.is === 'people' && field.airtable.shape.is === 'people')
  const people = (Array.isArray(value) ? (value as readonly (string | Person)[]) : []).filter(isPerson)
  return people.map(person =>
    byAddress ? (person.email ?? person.name ?? person.id ?? '') : (person.name ?? person.email ?? person.id ?? ''),
  )
}

/** Any value as the text that a text field shows. */
function asText(field: Field, side: Side, value: Value): string {
  if (value === null) return ''
  if (value === true) return 'Yes'
  if (field[side].shape.is === 'people') return peopleNames(field, value).join(', ')
  if (Array.isArray(value)) return (value as readonly string[]).join(', ')
  return String(value)
}

/**
 * The value of `from`'s side as the other side is to hold it. `current` is what the other side holds now: what it
 * carries beyond the common part (a time of day, the end of a range) is kept while the common part stands.
 * `directory` lists the people that the other side knows. Answers `refused` with a sentence part where it cannot be.
 */
export function convert(
  field: Field,
  from: Side,
  value: Value,
  current: Value,
  directory: readonly Person[] = [],
): Converted {
  const to = field[other(from)].shape
  if (value === null) return { value: null }
  switch (to.is) {
    case 'text':
      return { value: normal(to.lines === 'one' ? oneLine(textFor(field, from, value)) : textFor(field, from, value)) }
    case 'number':
      return toNumber(asText(field, from, value), to)
    case 'checkbox':
      return value === true ? { value } : { refused: `${quote(value)} is not a tick` }
    case 'option':
    case 'options':
      return toOptions(field, from, value, to)
    case 'date':
      return toDate(field, from, asText(field, from, value), to, current)
    case 'people':
      return toPeople(field, from, value, to.many, directory)
  }
}

/** The text for a text field; option names are translated where the line says so. */
function textFor(field: Field, from: Side, value: Value): string {
  const { is } = field[from].shape
  if (is !== 'option' && is !== 'options') return asText(field, from, value)
  const translated = from === 'notion' ? toAirtable : toNotion
  return namesIn(field, from, value)
    .map(name => translated(field, name) ?? name)
    .join(', ')
}

function toOptions(
  field: Field,
  from: Side,
  value: Value,
  to: Extract<Shape, { is: 'option' | 'options' }>,
): Converted {
  const found = namesIn(field, from, value).map(name => resolve(field, from, name, to))
  const refused = found.find(item => 'refused' in item)
  if (refused !== undefined && 'refused' in refused) return refused
  const named = found.flatMap(item => ('refused' in item ? [] : [item]))
  const newOptions = named.filter(item => item.isNew).map(item => item.name)
  const names = [...new Set(named.map(item => item.name))]
  if (to.is === 'options') return { value: normal(names), newOptions }
  if (names.length > 1) return { refused: `${names.length} options do not fit a field that holds one` }
  return { value: names[0] ?? null, newOptions }
}

/** The existing option of that name, letter case and outer spaces aside; else a new one where the service allows. */
function resolve(
  field: Field,
  from: Side,
  name: string,
  to: Extract<Shape, { is: 'option' | 'options' }>,
): { name: string; isNew: boolean } | { refused: string } {
  const translated = (from === 'notion' ? toAirtable : toNotion)(field, name)
  // A name that stands for another one on the other side would change its meaning on the way.
  const taken = translated === undefined && (from === 'notion' ? toNotion : toAirtable)(field, name) !== undefined
  if (taken)
    return { refused: `${quote(name)} has no counterpart in "values", where ${quote(name)} stands for another option` }
  const wanted = (translated ?? name).trim()
  const existing = to.names.find(option => option === wanted) ?? to.names.find(option => fold(option) === fold(wanted))
  if (existing !== undefined) return { name: existing, isNew: false }
  if (to.open && !to.commas && wanted.includes(','))
    return { refused: `the name of an option cannot hold a comma: ${quote(wanted)}` }
  if (to.open) return { name: wanted, isNew: true }
  const near = nearest(wanted, to.names)
  return {
    refused: `there is no option ${quote(wanted)}${near === undefined ? '' : `; the nearest is ${quote(near)}`}`,
  }
}

function toNumber(text: string, shape: Shape & { is: 'number' }): Converted {
  const number = Number(text.trim())
  if (text.trim() === '' || !Number.isFinite(number)) return { refused: `${quote(text)} is not a number` }
  const kept = rounded(number, shape)
  if (shape.min !== undefined && kept < shape.min) return { refused: `${kept} is less than ${shape.min}` }
  if (shape.max !== undefined && kept > shape.max) return { refused: `${kept} is more than ${shape.max}` }
  return { value: kept }
}

function toDate(field: Field, from: Side, text: string, shape: Shape & { is: 'date' }, current: Value): Converted {
  const [start = null, typedEnd = null, surplus] = text.split('/').map(parseDate)
  if (start === null || surplus !== undefined || (typedEnd === null && text.includes('/'))) {
    return { refused: `${quote(text)} is not a date` }
  }
  const own = field[from].shape
  if (typedEnd !== null && own.is === 'text' && shape.holds !== 'both')
    return { refused: `${quote(text)} is a range, and the field holds one date` }
  if (shape.holds === 'day') return { value: dayOf(start) }
  if (shape.holds === 'time') return { value: hasTime(start) ? `${minuteOf(start)}Z` : `${dayOf(start)}T00:00Z` }
  const held = typeof current === 'string' ? current : null
  // Midnight UTC in a date-time field is how a day is written there; it stays a day where it was one.
  const isDay = hasTime(start) && minuteOf(start).endsWith('T00:00') && (held === null || !hasTime(held))
  const onlyDay = own.is === 'date' && own.holds === 'day'
  const stands = onlyDay && held !== null && dayOf(held) === start
  const moved = stands ? startOf(held) : isDay ? minuteOf(start).slice(0, 10) : start
  const end = typedEnd ?? held?.split('/')[1]
  const keepsEnd = end !== undefined && hasTime(end) === hasTime(moved) && minuteOf(end) >= minuteOf(moved)
  return { value: keepsEnd ? `${moved}/${end}` : moved }
}

function toPeople(field: Field, from: Side, value: Value, many: boolean, directory: readonly Person[]): Converted {
  const wanted: readonly Person[] =
    typeof value === 'string'
      ? peopleNames(field, value).map(text => (text.includes('@') ? { email: text } : { name: text }))
      : (value as readonly Person[])
  if (wanted.length > 1 && !many) return { refused: `${wanted.length} people do not fit a field that holds one` }
  const there = SIDE_NAME[other(from)]
  const found: Person[] = []
  for (const person of wanted) {
    const byEmail = directory.filter(
      known => person.email !== undefined && known.email !== undefined && fold(known.email) === fold(person.email),
    )
    const byName = directory.filter(
      known => person.name !== undefined && known.name !== undefined && fold(known.name) === fold(person.name),
    )
    const label = quote(person.name ?? person.email ?? person.id ?? '')
    const match = byEmail.length > 0 ? byEmail : byName
    if (match.length > 1) return { refused: `${match.length} people in ${there} are called ${label}` }
    const [only] = match
    if (only === undefined) return { refused: `${there} has no member ${label}` }
    if (!found.includes(only)) found.push(only)
  }
  return { value: found }
}

const quote = (value: Value): string => JSON.stringify(value)

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
