/**
 * The query of a data source: which rows the index has, in which order, and how they are dealt out in pages.
 * Rows without a sort come in an order of no meaning, as the service promises none.
 */
import { badBody, invalid } from './errors.ts'
import { compileFilter } from './filters.ts'
import { array, boolean, object } from './shapes.ts'
import {
  type DataSource,
  findProperty,
  hash,
  isRecord,
  type Page,
  type Property,
  plainText,
  type State,
} from './state.ts'

const MAX_PAGE_SIZE = 100

type QueryContext = {
  state: State
  source: DataSource
  now: number
  /** `archived` is a name of `in_trash` in the older version alone */
  takesArchived: boolean
  indexLagMs: number
  queryLimit: number
  pageSizeMax: number
  /** Called with each cursor that a client sends, before it is used. */
  onCursor: (cursor: string) => void
}

type QueryResult = { rows: Page[]; next: string | null; incomplete: boolean }

export function queryRows(context: QueryContext, body: Record<string, unknown>): QueryResult {
  const known = ['filter', 'sorts', 'start_cursor', 'page_size', 'in_trash', 'is_archived', 'result_type']
  object(body, 'body', context.takesArchived ? [...known, 'archived'] : known)
  const { state, source } = context
  const size = Math.min(readPageSize(body.page_size, 'body'), context.pageSizeMax)
  const inTrash = flag(body, 'in_trash') || flag(body, 'archived')
  const isArchived = flag(body, 'is_archived')
  const resultType = body.result_type
  if (resultType !== undefined && resultType !== 'page' && resultType !== 'data_source') {
    throw badBody('body.result_type', '`"page"` or `"data_source"`', resultType)
  }
  const filter = body.filter
  const test =
    filter === undefined
      ? () => true
      : compileFilter({ state, properties: source.properties, now: context.now }, filter)
  const order = compileSorts(source.properties, body.sorts)

  const partition = Object.values(state.pages).filter(
    page =>
      page.dataSource === source.id &&
      state.unshared[page.id] === undefined &&
      listedAsTrashed(context, page) === inTrash &&
      page.isArchived === isArchived &&
      (page.insertedAt < 0 || context.now - page.insertedAt >= context.indexLagMs),
  )
  const found = resultType === 'data_source' ? [] : partition.filter(test).sort(order)
  const matched = found.slice(0, context.queryLimit)
  const print = hash(JSON.stringify([source.id, filter ?? null, body.sorts ?? null, inTrash, isArchived]))
  const start = readStart(context, matched, body.start_cursor, print)
  const rows = matched.slice(start, start + size)
  const last = rows.at(-1)
  const more = start + rows.length < matched.length
  return {
    rows,
    next: more && last !== undefined ? cursorAt(start + rows.length, last.id, print) : null,
    incomplete: found.length > context.queryLimit,
  }
}

/** A row that went to the trash stays listed until the index has heard of it. */
function listedAsTrashed(context: QueryContext, page: Page): boolean {
  if (context.source.inTrash) return true
  return page.inTrash && context.now - page.trashedAt >= context.indexLagMs
}

function flag(body: Record<string, unknown>, key: string): boolean {
  return body[key] === undefined ? false : boolean(body[key], `body.${key}`)
}

/** `at` is where the size was given: in the body, or in the query string. */
export function readPageSize(value: unknown, at: string): number {
  if (value === undefined) return MAX_PAGE_SIZE
  const where = `${at}.page_size`
  const wrong = (expected: string) =>
    at === 'body'
      ? badBody(where, expected, value)
      : invalid(`${at} failed validation: ${where} should be ${expected}, instead was \`${JSON.stringify(value)}\`.`)
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrong('a number')
  if (value > MAX_PAGE_SIZE) throw wrong(`≤ \`${MAX_PAGE_SIZE}\``)
  if (value < 1) throw wrong('≥ `1`')
  return value
}

export const badCursor = (cursor: unknown): Error => invalid(`The start_cursor provided is invalid: ${cursor}`)

/** Says where to go on: after a row, or at its former place once that row has left the result. */
function cursorAt(position: number, lastId: string, print: number): string {
  const part = (value: number) => value.toString(16).padStart(8, '0')
  return `s:${part(position)}-0000-4000-8000-0000${part(print)}:${lastId}`
}

function readStart(context: QueryContext, matched: Page[], raw: unknown, print: number): number {
  if (raw === undefined || raw === null) return 0
  if (typeof raw !== 'string') throw badBody('body.start_cursor', 'a string', raw)
  context.onCursor(raw)
  const match = /^s:([0-9a-f]{8})-0000-4000-8000-0000([0-9a-f]{8}):(.+)$/.exec(raw)
  const [, position = '', itsPrint = '', lastId] = match ?? []
  if (match === null || Number.parseInt(itsPrint, 16) !== print) throw badCursor(raw)
  const place = matched.findIndex(page => page.id === lastId)
  return place < 0 ? Number.parseInt(position, 16) : place + 1
}

type Order = (one: Page, other: Page) => number

/** Rows that the sorts leave equal come in the order of no meaning. */
function compileSorts(properties: Property[], raw: unknown): Order {
  const orders: Order[] =
    raw === undefined
      ? []
      : array(raw, 'body.sorts').map((each, index) => oneSort(properties, each, `body.sorts[${index}]`))
  return (one, other) => {
    for (const order of orders) {
      const result = order(one, other)
      if (result !== 0) return result
    }
    return one.shuffled - other.shuffled
  }
}

function oneSort(properties: Property[], raw: unknown, at: string): Order {
  const sort = object(raw, at, ['property', 'timestamp', 'direction'])
  const { direction, timestamp, property: key } = sort
  if (direction !== 'ascending' && direction !== 'descending') {
    throw badBody(`${at}.direction`, '`"ascending"` or `"descending"`', direction)
  }
  const sign = direction === 'ascending' ? 1 : -1
  if (timestamp === 'created_time') return (one, other) => sign * (one.created - other.created)
  if (timestamp === 'last_edited_time') return (one, other) => sign * (one.edited - other.edited)
  if (timestamp !== undefined) throw badBody(`${at}.timestamp`, '`"created_time"` or `"last_edited_time"`', timestamp)
  if (typeof key !== 'string') throw badBody(`${at}.property`, 'defined', key)
  const property = findProperty(properties, key)
  if (property === undefined) throw invalid(`Could not find property with name or id: ${key}`)
  return (one, other) => compareKeys(sortKey(one, property), sortKey(other, property), sign)
}

/** Empty values come last in both directions. */
function compareKeys(one: string | number | null, other: string | number | null, sign: number): number {
  if (one === other) return 0
  if (one === null) return 1
  if (other === null) return -1
  return sign * (one < other ? -1 : 1)
}

function sortKey(page: Page, property: Property): string | number | null {
  const value = page.values[property.id] ?? null
  switch (property.type) {
    case 'title':
    case 'rich_text':
      return plainText(value).toLowerCase() || null
    case 'select':
    case 'status':
    case 'multi_select': {
      const [first] = Array.isArray(value) ? value : [value]
      const place = property.options.findIndex(option => option.id === first)
      return place < 0 ? null : place
    }
    case 'date':
      return isRecord(value) ? Date.parse(String(value.start)) : null
    case 'created_time':
      return page.created
    case 'last_edited_time':
      return page.edited
    case 'created_by':
      return page.createdBy
    case 'last_edited_by':
      return page.editedBy
    case 'checkbox':
      return Number(value)
    case 'formula':
    case 'rollup': {
      const result = isRecord(value) ? value[String(value.type)] : null
      return typeof result === 'string' || typeof result === 'number' ? result : null
    }
    default:
      return typeof value === 'string' || typeof value === 'number' ? value : null
  }
}
