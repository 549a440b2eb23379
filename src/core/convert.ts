/** How a value of one side is put on the other: the closed table of what can become what, and each conversion. */
import { type Column, type Field, other, SIDE_NAME, type Side } from './model.ts'
import { patched } from './patch.ts'
import type { Person, Shape, Value } from './shape.ts'
import {
  asText,
  comparable,
  dayOf,
  filesIn,
  fold,
  hasTime,
  linksIn,
  minuteOf,
  namesIn,
  nearest,
  normal,
  numberIn,
  oneLine,
  parseDate,
  peopleNames,
  rounded,
  type ShapeName,
  tickOf,
  toAirtable,
  toNotion,
} from './value.ts'

export type Converted =
  | { readonly value: Value; readonly newOptions?: readonly string[] }
  | { readonly refused: string }

/**
 * Which shape can be put into which: what a value comes from, and all that it can be written to. A mapping line needs
 * each direction in which it flows.
 */
const CAN_CONVERT: Record<ShapeName, readonly ShapeName[]> = {
  text: ['text', 'number', 'checkbox', 'option', 'options', 'date', 'people'],
  number: ['text', 'number', 'option'],
  checkbox: ['text', 'checkbox'],
  option: ['text', 'number', 'option', 'options'],
  options: ['text', 'option', 'options'],
  date: ['text', 'date'],
  people: ['text', 'people'],
  links: ['links'],
  files: ['files'],
}

/** Whether values of `from` can be written to `to` at all; single values may still be refused by `convert`. */
export const canConvert = (from: Shape, to: Shape): boolean => CAN_CONVERT[from.is].includes(to.is)

/** A refusal as a person reads it, with what to do about it. */
export const cannotTake = ({ side, shape }: Column, refused: string): string =>
  `${SIDE_NAME[side]} cannot take the value: ${refused}.${remedy(shape)}`

/** What fits a field, whatever did not; nothing where the refusal says it all. */
function remedy(shape: Shape): string {
  switch (shape.is) {
    case 'number':
      return ' Write a number that the field takes.'
    case 'checkbox':
      return ' Write yes or no.'
    case 'date':
      return ' Write one date, such as 2026-11-20.'
    case 'option':
    case 'options':
      return ' Choose one that is there, make it there, or map it under "values".'
    case 'people':
      return shape.many
        ? ' Write names or addresses of members, or invite whoever is none.'
        : ' Write the name or address of one member, or invite them.'
    default:
      return ''
  }
}

const quote = (value: Value): string => JSON.stringify(value)

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
  // What agrees stands, with all that it holds beyond the common part.
  if (current !== null && comparable(field, from, value) === comparable(field, other(from), current))
    return { value: current }
  if (value === null) return { value: null }
  switch (to.is) {
    case 'text': {
      const text = textFor(field, from, value)
      if (to.lines === 'one') return { value: normal(oneLine(text)) }
      const own = field[from].shape
      const single = own.is === 'text' && own.lines === 'one'
      return { value: normal(single && typeof current === 'string' ? patched(breaksIn(current), text) : text) }
    }
    case 'number':
      return toNumber(asText(field, from, value), to)
    case 'checkbox': {
      const tick = tickOf(asText(field, from, value))
      return tick === undefined ? { refused: `${quote(value)} is neither yes nor no` } : { value: tick }
    }
    case 'option':
    case 'options':
      return toOptions(field, from, value, to)
    case 'date':
      return toDate(field, from, asText(field, from, value), to, current)
    case 'people':
      return toPeople(field, from, value, to.many, directory)
    case 'links':
      return toLinks(field, from, value, current)
    case 'files':
      return toFiles(from, value, current)
  }
}

/** A text of several lines that a single line is put over: its breaks stay where the text beside them was not touched. */
const breaksIn = (text: string): { raw: string; shown: string }[] =>
  [...text.matchAll(/(?<!\s)\s*\n\s*|[\s\S]/g)].map(([raw]) => ({ raw, shown: raw.includes('\n') ? ' ' : raw }))

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
  // Names as the schema spells them, which may be another than the normal form.
  if (to.is === 'options') return { value: names.length === 0 ? null : names, newOptions }
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
  const number = numberIn(text)
  if (number === null) return { refused: `${quote(text)} is not a number` }
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
  // Whoever types two dates means both; of a computed range the start is taken, as of a range.
  if (typedEnd !== null && own.is === 'text' && field[from].writable && shape.holds !== 'both')
    return { refused: `${quote(text)} is a range, and the field holds one date` }
  if (shape.holds === 'day') return { value: dayOf(start) }
  if (shape.holds === 'time') return { value: hasTime(start) ? `${minuteOf(start)}Z` : `${dayOf(start)}T00:00Z` }
  const held = typeof current === 'string' ? current : null
  // Midnight UTC in a date-time field is how a day is written there; it stays a day where it was one.
  const isDay = hasTime(start) && minuteOf(start).endsWith('T00:00') && (held === null || !hasTime(held))
  const moved = isDay ? minuteOf(start).slice(0, 10) : start
  // A text holds the end too: where it says none, there is none.
  const end = own.is === 'text' ? (typedEnd ?? undefined) : alike(moved, held?.split('/')[1])
  const keepsEnd = end !== undefined && hasTime(end) === hasTime(moved) && minuteOf(end) >= minuteOf(moved)
  return { value: keepsEnd ? `${moved}/${end}` : moved }
}

/** The end of a range as its start is: Notion takes two days or two times. */
function alike(start: string, end: string | undefined): string | undefined {
  if (end === undefined || hasTime(end) === hasTime(start)) return end
  return hasTime(start) ? `${end}T00:00Z` : dayOf(end)
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
    // On a line of addresses, whoever has none could not be read back.
    if (field.people === 'email' && only.email === undefined)
      return { refused: `${there} does not tell the address of ${label}` }
    if (!found.includes(only)) found.push(only)
  }
  return { value: found }
}

/** A write of Notion's API takes a hundred references at most, and replaces all that stood there (request limits). */
const MOST_LINKS = 100

/** Links follow the twins of their records; what has no twin on either side stays where it is. */
function toLinks(field: Field, from: Side, value: Value, current: Value): Converted {
  const twins = field.links?.twins
  const [across, back] = from === 'notion' ? [twins?.rows, twins?.pages] : [twins?.pages, twins?.rows]
  const carried = linksIn(value).flatMap(({ id, name }) => {
    const twin = across?.get(id)
    return twin === undefined ? [] : [{ id: twin, ...(name === undefined ? {} : { name }) }]
  })
  const kept = linksIn(current).filter(({ id }) => back?.has(id) !== true)
  const links = [...carried, ...kept]
  return from === 'airtable' && links.length > MOST_LINKS
    ? { refused: `${links.length} links are more than the ${MOST_LINKS} that can be written` }
    : { value: normal(links) }
}

/** Airtable fetches what Notion holds. Of what Airtable holds, Notion keeps what it has: the address of the rest expires. */
function toFiles(from: Side, value: Value, current: Value): Converted {
  if (from === 'notion') return { value }
  const there = filesIn(current).map(file => file.name)
  const missing = filesIn(value).filter(({ name }) => !there.includes(name))
  if (missing.length === 0) return { value: normal(filesIn(value).map(({ name }) => ({ name }))) }
  const names = missing.map(({ name }) => quote(name)).join(', ')
  return { refused: `the address of an attachment expires after hours, so ${names} must be added in Notion by hand` }
}
