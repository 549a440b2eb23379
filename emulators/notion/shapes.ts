/**
 * The documented shape of each value that a client may write, with the limits of the API reference:
 * 2,000 characters per text or URL, 200 per e-mail address or phone number, 100 per name of an option or file, 100
 * entries per array. A person's hand is not bound to the number of entries.
 * It sees only the request, never the workspace.
 */
import { isDay, isZone, normaliseDate } from './dates.ts'
import { badBody, invalid } from './errors.ts'
import { idAt, isRecord } from './state.ts'

const MAX_TEXT = 2000
const MAX_SHORT_TEXT = 200
const MAX_ITEMS = 100
export const MAX_NAME = 100
const MAX_EQUATION = 1000

/** The value as an object that has none but the `allowed` keys. */
export function object(value: unknown, at: string, allowed?: readonly string[]): Record<string, unknown> {
  if (!isRecord(value)) throw badBody(at, 'an object', value)
  const extra = allowed && Object.keys(value).find(key => !allowed.includes(key))
  if (extra !== undefined) throw badBody(`${at}.${extra}`, 'not present', value[extra])
  return value
}

export function array(value: unknown, at: string, max = MAX_ITEMS): unknown[] {
  if (!Array.isArray(value)) throw badBody(at, 'an array', value)
  if (value.length > max) throw badBody(`${at}.length`, `≤ \`${max}\``, value.length)
  return value
}

/** Lengths are counted in UTF-16 units: the unit that Notion counts is not documented. */
export function text(value: unknown, at: string, min = 0, max = MAX_TEXT): string {
  if (typeof value !== 'string') throw badBody(at, 'a string', value)
  if (value.length > max) throw badBody(`${at}.length`, `≤ \`${max}\``, value.length)
  if (value.length < min) throw badBody(`${at}.length`, `≥ \`${min}\``, value.length)
  return value
}

export function boolean(value: unknown, at: string): boolean {
  if (typeof value !== 'boolean') throw badBody(at, 'a boolean', value)
  return value
}

/** The one operator of a condition, out of those that its kind has. */
export function operator(
  condition: Record<string, unknown>,
  at: string,
  known: readonly (string | undefined)[],
): [string, unknown] {
  const entries = Object.entries(condition)
  const [first] = entries
  const extra = entries.find(([key], index) => index > 0 || !known.includes(key))
  if (extra !== undefined) throw badBody(`${at}.${extra[0]}`, 'not present', extra[1])
  if (first === undefined) throw badBody(`${at}.${known[0]}`, 'defined', undefined)
  if ((first[0] === 'is_empty' || first[0] === 'is_not_empty') && first[1] !== true) {
    throw badBody(`${at}.${first[0]}`, '`true`', first[1])
  }
  return first
}

type Check = (value: unknown, at: string, isPerson: boolean) => void

const nullable =
  (check: Check): Check =>
  (value, at, isPerson) => {
    if (value !== null) check(value, at, isPerson)
  }

/** A list, each entry of which passes the check. */
const each =
  (check: Check): Check =>
  (value, at, isPerson) => {
    const items = array(value, at, isPerson ? Number.POSITIVE_INFINITY : MAX_ITEMS)
    for (const [index, item] of items.entries()) check(item, `${at}[${index}]`, isPerson)
  }

function shortText(value: unknown, at: string): void {
  if (typeof value !== 'string') throw badBody(at, 'a string or `null`', value)
  text(value, at, 1, MAX_SHORT_TEXT)
}

function oneOf(value: unknown, at: string, known: readonly string[]): void {
  if (known.some(name => name === value)) return
  const quoted = known.map(name => `\`"${name}"\``)
  const last = quoted.pop()
  const expected = quoted.length > 1 ? `${quoted.join(', ')}, or ${last}` : [...quoted, last].join(' or ')
  throw badBody(at, expected, value)
}

const HUES = ['gray', 'brown', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink', 'red']
const OPTION_COLORS = ['default', ...HUES]
const TEXT_COLORS = [...OPTION_COLORS, ...OPTION_COLORS.map(hue => `${hue}_background`)]
const STYLES = ['bold', 'italic', 'strikethrough', 'underline', 'code']

function richTextItem(value: unknown, at: string, isPerson: boolean): void {
  const item = object(value, at, ['type', 'text', 'mention', 'equation', 'annotations', 'plain_text', 'href'])
  if (item.annotations !== undefined) annotations(item.annotations, `${at}.annotations`)
  if (item.mention !== undefined) {
    mention(item.mention, `${at}.mention`, isPerson)
    return
  }
  if (item.equation !== undefined) {
    const equation = object(item.equation, `${at}.equation`, ['expression'])
    text(equation.expression, `${at}.equation.expression`, 0, MAX_EQUATION)
    return
  }
  if (item.text === undefined) {
    const lines = ['text', 'mention', 'equation'].map(
      kind => `${at}.${kind} should be defined, instead was \`undefined\`.`,
    )
    throw invalid(`body failed validation. Fix one:\n${lines.join('\n')}`)
  }
  const content = object(item.text, `${at}.text`, ['content', 'link'])
  text(content.content, `${at}.text.content`)
  if (content.link === undefined || content.link === null) return
  const link = object(content.link, `${at}.text.link`, ['url', 'type'])
  text(link.url, `${at}.text.link.url`, 1)
}

function annotations(value: unknown, at: string): void {
  const given = object(value, at, [...STYLES, 'color'])
  for (const style of STYLES) if (given[style] !== undefined) boolean(given[style], `${at}.${style}`)
  if (given.color !== undefined) oneOf(given.color, `${at}.color`, TEXT_COLORS)
}

/** What a client may mention; the cards that the app makes of pasted links can only be read. */
const MENTIONS: Record<string, Check> = {
  user: (value, at) => {
    const user = object(value, at, ['id', 'object'])
    if (user.object !== undefined) oneOf(user.object, `${at}.object`, ['user'])
    idAt(user.id, `${at}.id`)
  },
  date,
  page: (value, at) => void idAt(object(value, at, ['id']).id, `${at}.id`),
  database: (value, at) => void idAt(object(value, at, ['id']).id, `${at}.id`),
  template_mention: (value, at) => void object(value, at),
  custom_emoji: (value, at) => void idAt(object(value, at, ['id', 'name', 'url']).id, `${at}.id`),
}

function mention(value: unknown, at: string, isPerson: boolean): void {
  const given = object(value, at)
  const kind = Object.keys(given).find(key => key !== 'type')
  const check = kind === undefined ? undefined : MENTIONS[kind]
  if (kind !== undefined && check !== undefined) {
    object(given, at, ['type', kind])
    check(given[kind], `${at}.${kind}`, isPerson)
  } else if (kind === undefined || !isPerson) {
    const lines = Object.keys(MENTIONS).map(known => `${at}.${known} should be defined, instead was \`undefined\`.`)
    throw invalid(`body failed validation. Fix one:\n${lines.join('\n')}`)
  }
}

function option(value: unknown, at: string): void {
  const fields = object(value, at, ['id', 'name', 'color', 'description'])
  if (fields.name !== undefined) text(fields.name, `${at}.name`, 1, MAX_NAME)
  if (fields.id !== undefined) text(fields.id, `${at}.id`, 1, MAX_NAME)
  if (fields.color !== undefined) oneOf(fields.color, `${at}.color`, OPTION_COLORS)
  if (fields.name === undefined && fields.id === undefined) throw badBody(`${at}.name`, 'defined', undefined)
}

function date(value: unknown, at: string): void {
  const fields = object(value, at, ['start', 'end', 'time_zone'])
  const zone = fields.time_zone ?? null
  if (zone !== null && (typeof zone !== 'string' || !isZone(zone))) {
    throw badBody(`${at}.time_zone`, 'a valid time zone', zone)
  }
  const [start, end] = (['start', 'end'] as const).map(key => {
    const raw = fields[key]
    if (key === 'end' && (raw === undefined || raw === null)) return undefined
    const read = typeof raw === 'string' ? normaliseDate(raw, zone) : undefined
    if (read === undefined) throw badBody(`${at}.${key}`, 'a valid ISO 8601 date string', raw)
    return read
  })
  if (start === undefined || end === undefined) return
  if ((start.length === 10) !== (end.length === 10)) throw badBody(`${at}.end`, 'of the same kind as start', fields.end)
  if (Date.parse(end) < Date.parse(start)) throw badBody(`${at}.end`, 'on or after start', fields.end)
}

/** A user by id alone, or a group, which may be named: the rest of what a read gives is refused. */
function person(value: unknown, at: string): void {
  const given = object(value, at)
  object(given, at, given.object === 'group' ? ['object', 'id', 'name'] : ['object', 'id'])
  if (given.object !== undefined) oneOf(given.object, `${at}.object`, ['user', 'group'])
  idAt(given.id, `${at}.id`)
}

function file(value: unknown, at: string): void {
  const given = object(value, at, ['type', 'name', 'external', 'file', 'file_upload'])
  const kind = ['external', 'file', 'file_upload'].find(key => given[key] !== undefined) ?? 'external'
  object(given, at, ['type', 'name', kind])
  if (given.type !== undefined) oneOf(given.type, `${at}.type`, [kind])
  if (given.name !== undefined || kind !== 'file_upload') text(given.name, `${at}.name`, 1, MAX_NAME)
  if (given[kind] === undefined) throw badBody(`${at}.${kind}`, 'defined', undefined)
  if (kind === 'file_upload') return void idAt(object(given[kind], `${at}.${kind}`, ['id']).id, `${at}.${kind}.id`)
  const where = object(given[kind], `${at}.${kind}`, kind === 'file' ? ['url', 'expiry_time'] : ['url'])
  text(where.url, `${at}.${kind}.url`, 1)
}

function verification(value: unknown, at: string): void {
  const given = object(value, at)
  oneOf(given.state, `${at}.state`, ['verified', 'unverified'])
  object(given, at, given.state === 'verified' ? ['state', 'date'] : ['state'])
  if (given.date === undefined) return
  date(given.date, `${at}.date`)
  const { start } = object(given.date, `${at}.date`)
  if (isDay(String(start))) throw badBody(`${at}.date.start`, 'a date with a time', start)
}

const PLACE_TEXTS = ['name', 'address', 'aws_place_id', 'google_place_id']

function place(value: unknown, at: string): void {
  const given = object(value, at, ['lat', 'lon', ...PLACE_TEXTS])
  for (const key of ['lat', 'lon'])
    if (!Number.isFinite(given[key])) throw badBody(`${at}.${key}`, 'a number', given[key])
  const wrong = PLACE_TEXTS.find(key => typeof (given[key] ?? '') !== 'string')
  if (wrong !== undefined) throw badBody(`${at}.${wrong}`, 'a string or `null`', given[wrong])
}

/** In the order in which the service lists them where a value has none of these types. */
const SHAPES: Record<string, Check> = {
  title: each(richTextItem),
  rich_text: each(richTextItem),
  number: nullable((value, at) => {
    if (!Number.isFinite(value)) throw badBody(at, 'a number or `null`', value)
  }),
  url: nullable((value, at) => {
    if (typeof value !== 'string') throw badBody(at, 'a string or `null`', value)
    text(value, at, 1)
  }),
  select: nullable(option),
  multi_select: each(option),
  people: each(person),
  email: nullable(shortText),
  phone_number: nullable(shortText),
  date: nullable(date),
  checkbox: boolean,
  relation: each((value, at) => void idAt(object(value, at, ['id']).id, `${at}.id`)),
  files: each(file),
  status: nullable(option),
  verification,
  place: nullable(place),
}

/** Types whose values a client can set. */
export const WRITABLE: readonly string[] = Object.keys(SHAPES)

/**
 * Checks one entry of `properties` by the type that it names, and returns that type and the value.
 * A type that cannot be written (formula, created_time, one of the future) is as unknown to this check as a misspelled
 * one.
 */
export function readPropertyValue(raw: unknown, at: string, isPerson: boolean): { type: string; value: unknown } {
  // the bare array is a shorthand that the service takes for a title
  const given = Array.isArray(raw) ? { title: raw } : object(raw, at)
  const type = WRITABLE.find(name => name in given)
  if (type === undefined) {
    const lines = WRITABLE.map(name => `${at}.${name} should be defined, instead was \`undefined\`.`)
    throw invalid(`body failed validation. Fix one:\n${lines.join('\n')}`)
  }
  // a relation may be sent as it was read: clients were seen to
  object(given, at, ['id', 'type', type, ...(type === 'relation' ? ['has_more'] : [])])
  if (given.type !== undefined && given.type !== type) {
    throw badBody(`${at}.type`, `not present or \`"${type}"\``, given.type)
  }
  SHAPES[type]?.(given[type], `${at}.${type}`, isPerson)
  return { type, value: given[type] }
}
