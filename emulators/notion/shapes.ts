/**
 * The documented shape of each value that a client may write, with the limits of the API reference:
 * 2,000 characters per text or URL, 200 per e-mail address or phone number, 100 entries per array.
 * It sees only the request, never the workspace.
 */
import { isZone, normaliseDate } from './dates.ts'
import { badBody, invalid } from './errors.ts'
import { isRecord } from './state.ts'

const MAX_TEXT = 2000
const MAX_SHORT_TEXT = 200
const MAX_ITEMS = 100
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

const nullable = (check: (value: unknown, at: string) => void) => (value: unknown, at: string) => {
  if (value !== null) check(value, at)
}

function shortText(value: unknown, at: string): void {
  if (typeof value !== 'string') throw badBody(at, 'a string or `null`', value)
  text(value, at, 1, MAX_SHORT_TEXT)
}

function richText(value: unknown, at: string): void {
  for (const [index, raw] of array(value, at).entries()) {
    const here = `${at}[${index}]`
    const item = object(raw, here, ['type', 'text', 'mention', 'equation', 'annotations', 'plain_text', 'href'])
    if (item.annotations !== undefined) object(item.annotations, `${here}.annotations`)
    if (item.mention !== undefined) object(item.mention, `${here}.mention`)
    else if (item.equation !== undefined) {
      const equation = object(item.equation, `${here}.equation`, ['expression'])
      text(equation.expression, `${here}.equation.expression`, 0, MAX_EQUATION)
    } else {
      if (item.text === undefined) throw badBody(`${here}.text`, 'defined', undefined)
      const content = object(item.text, `${here}.text`, ['content', 'link'])
      text(content.content, `${here}.text.content`)
      if (content.link !== undefined && content.link !== null) {
        const link = object(content.link, `${here}.text.link`, ['url', 'type'])
        text(link.url, `${here}.text.link.url`, 1)
      }
    }
  }
}

function option(value: unknown, at: string): void {
  const fields = object(value, at, ['id', 'name', 'color', 'description'])
  if (fields.name !== undefined) text(fields.name, `${at}.name`, 1)
  if (fields.id !== undefined) text(fields.id, `${at}.id`, 1)
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

function references(value: unknown, at: string): void {
  for (const [index, raw] of array(value, at).entries()) {
    text(object(raw, `${at}[${index}]`).id, `${at}[${index}].id`, 1)
  }
}

function files(value: unknown, at: string): void {
  for (const [index, raw] of array(value, at).entries()) {
    const here = `${at}[${index}]`
    const file = object(raw, here, ['type', 'name', 'external', 'file', 'file_upload'])
    if (file.file_upload !== undefined) {
      text(object(file.file_upload, `${here}.file_upload`).id, `${here}.file_upload.id`, 1)
      continue
    }
    text(file.name, `${here}.name`, 1, 100)
    const kind = file.external === undefined ? 'file' : 'external'
    text(object(file[kind], `${here}.${kind}`).url, `${here}.${kind}.url`, 1)
  }
}

const SHAPES: Record<string, (value: unknown, at: string) => void> = {
  title: richText,
  rich_text: richText,
  number: nullable((value, at) => {
    if (!Number.isFinite(value)) throw badBody(at, 'a number or `null`', value)
  }),
  checkbox: boolean,
  select: nullable(option),
  status: nullable(option),
  multi_select: (value, at) => {
    for (const [index, raw] of array(value, at).entries()) option(raw, `${at}[${index}]`)
  },
  date: nullable(date),
  people: references,
  relation: references,
  files,
  url: nullable((value, at) => {
    if (typeof value !== 'string') throw badBody(at, 'a string or `null`', value)
    text(value, at, 1)
  }),
  email: nullable(shortText),
  phone_number: nullable(shortText),
}

/** Types whose values a client can set. */
const WRITABLE: readonly string[] = Object.keys(SHAPES)

/**
 * Checks one entry of `properties` by the type that it names, and returns that type and the value.
 * A type that cannot be written (formula, created_time, ...) is as unknown to this check as a misspelled one.
 */
export function readPropertyValue(raw: unknown, at: string): { type: string; value: unknown } {
  // the bare array is a shorthand that the service takes for a title
  const given = Array.isArray(raw) ? { title: raw } : object(raw, at)
  const type = WRITABLE.find(each => each in given)
  if (type === undefined) {
    const lines = WRITABLE.map(each => `${at}.${each} should be defined, instead was \`undefined\`.`)
    throw invalid(`body failed validation. Fix one:\n${lines.join('\n')}`)
  }
  object(given, at, ['id', 'type', type])
  if (given.type !== undefined && given.type !== type) {
    throw badBody(`${at}.type`, `not present or \`"${type}"\``, given.type)
  }
  SHAPES[type]?.(given[type], `${at}.${type}`)
  return { type, value: given[type] }
}
