/**
 * Turns written values into kept ones by the rules of each property type. Nothing is changed until every value of a
 * request has passed: new options are collected, and take effect in `commit`.
 * How values are shown is the business of render.ts. Where the API reference gives no wording for a refusal (a comma in
 * an option, an unknown user, a page of another data source) the message here is not the service's own.
 */
import { normaliseDate } from './dates.ts'
import { invalid, notFound } from './errors.ts'
import { readPropertyValue } from './shapes.ts'
import {
  findProperty,
  isRecord,
  isShared,
  type Json,
  nextId,
  type Option,
  type Property,
  type State,
  titleOf,
  toId,
} from './state.ts'

const COLORS = ['gray', 'brown', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink', 'red', 'default']

/** The changes that a request makes to one page, checked but not yet made. */
export type Change = { values: { [property: string]: Json }; options: { property: Property; option: Option }[] }

export function newOption(state: State, property: Property, name: string): Option {
  const color = COLORS[property.options.length % COLORS.length] ?? 'default'
  return { id: nextId(state), name, color, description: null }
}

/** What a property holds in a page that was never given a value. */
export function emptyValue(property: Property): Json {
  switch (property.type) {
    case 'title':
    case 'rich_text':
    case 'multi_select':
    case 'people':
    case 'files':
    case 'relation':
      return []
    case 'checkbox':
      return false
    case 'status':
      return property.defaultOption
    default:
      return null
  }
}

/** Checks the `properties` of a request against the properties of its page, all of them before any takes effect. */
export function resolveProperties(state: State, properties: Property[], raw: Record<string, unknown>): Change {
  const written = Object.entries(raw).map(([key, value]) => ({
    key,
    ...readPropertyValue(value, `body.properties.${key}`),
  }))
  const change: Change = { values: {}, options: [] }
  for (const { key, type, value } of written) {
    const property = findProperty(properties, key)
    if (property === undefined) throw invalid(`${key} is not a property that exists.`)
    if (property.type !== type) throw invalid(`${key} is expected to be ${property.type}.`)
    change.values[property.id] = resolveValue(state, property, value, change)
  }
  return change
}

/** Adds the options that a change brings to their properties. */
export function commitOptions(change: Change): void {
  for (const { property, option } of change.options) property.options.push(option)
}

function resolveValue(state: State, property: Property, value: unknown, change: Change): Json {
  switch (property.type) {
    case 'title':
    case 'rich_text':
      return normaliseRichText(state, value as unknown[])
    case 'select':
      return isRecord(value) ? selectOption(state, property, value, change) : null
    case 'multi_select': {
      const ids = (value as Record<string, unknown>[]).map(each => selectOption(state, property, each, change))
      return [...new Set(ids)]
    }
    case 'status':
      return isRecord(value) ? statusOption(property, value) : property.defaultOption
    case 'date':
      return isRecord(value) ? keptDate(value) : null
    case 'people':
      return (value as Record<string, unknown>[]).map(each => userId(state, String(each.id)))
    case 'relation':
      return [
        ...new Set((value as Record<string, unknown>[]).map(each => relatedPage(state, property, String(each.id)))),
      ]
    case 'files':
      return (value as Record<string, unknown>[]).map(keptFile)
    default:
      return value as Json
  }
}

function selectOption(state: State, property: Property, value: Record<string, unknown>, change: Change): string {
  const pending = change.options.filter(each => each.property === property).map(each => each.option)
  const known = [...property.options, ...pending]
  if (typeof value.id === 'string') {
    const byId = known.find(option => option.id === value.id)
    if (byId !== undefined) return byId.id
    if (value.name === undefined) throw invalid(`Invalid select option. Select option "${value.id}" does not exist.`)
  }
  const name = String(value.name)
  if (name.includes(',')) throw invalid(`Invalid select option, commas not allowed: ${name}`)
  const existing =
    known.find(option => option.name === name) ?? known.find(option => option.name.toLowerCase() === name.toLowerCase())
  if (existing !== undefined) return existing.id
  const fresh = newOption(state, { ...property, options: known }, name)
  const option = typeof value.color === 'string' ? { ...fresh, color: value.color } : fresh
  change.options.push({ property, option })
  return option.id
}

function statusOption(property: Property, value: Record<string, unknown>): string {
  const option =
    property.options.find(each => each.id === value.id) ?? property.options.find(each => each.name === value.name)
  // the stray quote is the service's own
  const wanted = value.name ?? value.id
  if (option === undefined) throw invalid(`Invalid status option. Status option "${wanted}" does not exist".`)
  return option.id
}

function keptDate(value: Record<string, unknown>): Json {
  const zone = typeof value.time_zone === 'string' ? value.time_zone : null
  const read = (raw: unknown): string | null => (typeof raw === 'string' ? (normaliseDate(raw, zone) ?? null) : null)
  return { start: read(value.start), end: read(value.end) }
}

function userId(state: State, text: string): string {
  const id = toId(text)
  const known = id !== undefined && (id === state.bot.id || state.users.some(user => user.id === id))
  if (!known) throw invalid(`Could not find user with ID: ${text}.`)
  return id
}

function relatedPage(state: State, property: Property, text: string): string {
  const id = toId(text) ?? text
  const page = state.pages[id]
  if (page === undefined || !isShared(state, id)) throw notFound('page', id, state.bot)
  if (page.dataSource !== property.config.data_source_id) {
    throw invalid(`Page with ID ${id} is not in the data source that ${property.name} relates to.`)
  }
  return id
}

function keptFile(value: Record<string, unknown>): Json {
  const upload = value.file_upload
  if (isRecord(upload)) {
    const id = String(upload.id)
    return { name: typeof value.name === 'string' ? value.name : id, file: id }
  }
  const kind = value.external === undefined ? 'file' : 'external'
  const holder = value[kind]
  return { name: String(value.name), [kind]: isRecord(holder) ? String(holder.url) : '' }
}

type Annotations = Record<'bold' | 'italic' | 'strikethrough' | 'underline' | 'code', boolean> & { color: string }
type RichTextItem = { type: string; annotations: Annotations; plain_text: string; href: string | null } & {
  [key: string]: Json
}

/** Rich text as the service gives it back: defaults filled in, empty parts dropped, alike neighbours merged. */
export function normaliseRichText(state: State, items: unknown[]): RichTextItem[] {
  const kept: RichTextItem[] = []
  for (const raw of items) {
    if (!isRecord(raw)) continue
    const item = normaliseItem(state, raw)
    const last = kept.at(-1)
    if (item.type === 'text' && item.plain_text === '') continue
    if (last !== undefined && last.type === 'text' && item.type === 'text' && sameLook(last, item)) {
      kept[kept.length - 1] = textItem(last.plain_text + item.plain_text, last.href, last.annotations)
    } else kept.push(item)
  }
  return kept
}

function normaliseItem(state: State, raw: Record<string, unknown>): RichTextItem {
  const annotations = readAnnotations(raw.annotations)
  if (isRecord(raw.equation)) {
    const expression = String(raw.equation.expression)
    return { type: 'equation', equation: { expression }, annotations, plain_text: expression, href: null }
  }
  if (isRecord(raw.mention)) {
    const { mention, plain, href } = readMention(state, raw.mention)
    return { type: 'mention', mention, annotations, plain_text: plain, href }
  }
  const content = isRecord(raw.text) ? raw.text : {}
  const link = isRecord(content.link) ? String(content.link.url) : null
  return textItem(String(content.content ?? ''), link === null ? null : normaliseUrl(link), annotations)
}

export function textItem(content: string, href: string | null, annotations: Annotations): RichTextItem {
  const link = href === null ? null : { url: href }
  return { type: 'text', text: { content, link }, annotations, plain_text: content, href }
}

export function readAnnotations(raw: unknown): Annotations {
  const given = isRecord(raw) ? raw : {}
  return {
    bold: given.bold === true,
    italic: given.italic === true,
    strikethrough: given.strikethrough === true,
    underline: given.underline === true,
    code: given.code === true,
    color: typeof given.color === 'string' ? given.color : 'default',
  }
}

function readMention(
  state: State,
  raw: Record<string, unknown>,
): { mention: Json; plain: string; href: string | null } {
  const target = (key: string): string => {
    const holder = raw[key]
    return isRecord(holder) && typeof holder.id === 'string' ? (toId(holder.id) ?? holder.id) : ''
  }
  if (raw.user !== undefined) {
    const id = target('user')
    const name = [...state.users, state.bot].find(user => user.id === id)?.name
    return { mention: { type: 'user', user: { object: 'user', id } }, plain: `@${name ?? 'Anonymous'}`, href: null }
  }
  if (raw.page !== undefined) {
    const id = target('page')
    const page = state.pages[id]
    const plain = (page === undefined ? '' : titleOf(state, page)) || 'Untitled'
    return {
      mention: { type: 'page', page: { id } },
      plain,
      href: `https://app.notion.com/p/${id.replaceAll('-', '')}`,
    }
  }
  if (isRecord(raw.date)) {
    const { start, end } = keptDate(raw.date) as { start: string; end: string | null }
    const plain = end === null ? start : `${start} → ${end}`
    return { mention: { type: 'date', date: { start, end, time_zone: null } }, plain, href: null }
  }
  return { mention: raw as Json, plain: '', href: null }
}

const sameLook = (one: RichTextItem, other: RichTextItem): boolean =>
  one.href === other.href && JSON.stringify(one.annotations) === JSON.stringify(other.annotations)

/** A bare host gains its slash, and what is not ASCII is percent-encoded. */
function normaliseUrl(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url
}
