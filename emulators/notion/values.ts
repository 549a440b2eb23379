/**
 * Turns written values into kept ones by the rules of each property type. Nothing is changed until every value of a
 * request has passed: new options are collected, and take effect in `commitOptions`.
 * How values are shown is the business of render.ts. Where the API reference gives no wording for a refusal (an unknown
 * user, a page of another data source, a file that is not there) the message here is not the service's own.
 */
import { keptDate, minuteOf } from './dates.ts'
import { invalid, notFound } from './errors.ts'
import { holdsFile, keyOf } from './files.ts'
import { normaliseRichText } from './rich-text.ts'
import { readPropertyValue } from './shapes.ts'
import {
  findProperty,
  isRecord,
  isShared,
  type Json,
  nextId,
  type Option,
  type Page,
  type Property,
  type State,
  toId,
} from './state.ts'
import { isSomebody } from './users.ts'

const COLORS = ['gray', 'brown', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink', 'red', 'default']

/** Who writes, when, and to which page, if it is there already. A person's hand can do what the API cannot. */
export type Writer = { by: string; isPerson: boolean; now: number; page?: Page }

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
export function resolveProperties(
  state: State,
  properties: Property[],
  raw: Record<string, unknown>,
  writer: Writer,
): Change {
  const written = Object.entries(raw).map(([key, value]) => ({
    key,
    ...readPropertyValue(value, `body.properties.${key}`, writer.isPerson),
  }))
  const change: Change = { values: {}, options: [] }
  for (const { key, type, value } of written) {
    const property = findProperty(properties, key)
    if (property === undefined) throw invalid(`${key} is not a property that exists.`)
    if (property.type !== type) throw invalid(`${key} is expected to be ${property.type}.`)
    change.values[property.id] = resolveValue(state, property, value, change, writer)
  }
  return change
}

/** Adds the options that a change brings to their properties. */
export function commitOptions(change: Change): void {
  for (const { property, option } of change.options) property.options.push(option)
}

function resolveValue(state: State, property: Property, value: unknown, change: Change, writer: Writer): Json {
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
      return (value as Record<string, unknown>[]).map(each => keptFile(state, each, writer))
    case 'verification':
      return isRecord(value) && value.state === 'verified' ? keptVerification(value, writer) : null
    case 'place':
      return isRecord(value) ? keptPlace(value) : null
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
  if (name.includes(',')) throw commaInOption(property.type, name)
  const existing =
    known.find(option => option.name === name) ?? known.find(option => option.name.toLowerCase() === name.toLowerCase())
  if (existing !== undefined) return existing.id
  const fresh = newOption(state, { ...property, options: known }, name)
  const option = typeof value.color === 'string' ? { ...fresh, color: value.color } : fresh
  change.options.push({ property, option })
  return option.id
}

export const commaInOption = (type: string, name: string): Error =>
  invalid(`Invalid ${type} option, commas not allowed: ${name}`)

function statusOption(property: Property, value: Record<string, unknown>): string {
  const option =
    property.options.find(each => each.id === value.id) ?? property.options.find(each => each.name === value.name)
  // the stray quote is the service's own
  const wanted = value.name ?? value.id
  if (option === undefined) throw invalid(`Invalid status option. Status option "${wanted}" does not exist".`)
  return option.id
}

function userId(state: State, text: string): string {
  const id = toId(text)
  if (id === undefined || !isSomebody(state, id)) throw invalid(`Could not find user with ID: ${text}.`)
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

/** A person uploads a file; through the API only one that the page has already can be kept. */
function keptFile(state: State, value: Record<string, unknown>, writer: Writer): Json {
  const { file, external, file_upload: upload } = value
  if (isRecord(upload)) throw notFound('file_upload', String(upload.id), state.bot)
  const name = String(value.name)
  if (isRecord(external)) return { name, external: String(external.url) }
  const key = keyOf(isRecord(file) ? String(file.url) : '')
  if (!writer.isPerson && !holdsFile(writer.page, key)) throw invalid(`The file "${name}" is not a file of this page.`)
  return { name, file: key }
}

/** Without a date a page counts as verified from now on, for good. */
function keptVerification(value: Record<string, unknown>, writer: Writer): Json {
  const date = isRecord(value.date) ? keptDate(value.date) : { start: minuteOf(writer.now), end: null }
  return { date, by: writer.by }
}

function keptPlace(value: Record<string, unknown>): Json {
  const { lat, lon, name = null, address = null, aws_place_id = null, google_place_id = null } = value
  return { lat, lon, name, address, aws_place_id, google_place_id } as Json
}
