/**
 * The filters of a data-source query: checks one wholly before any row is looked at, and turns it into a test of rows.
 */
import { dateTest } from './date-filters.ts'
import { badBody, invalid } from './errors.ts'
import { visibleRelated } from './relations.ts'
import { array, boolean, object, operator } from './shapes.ts'
import { findProperty, isRecord, type Json, type Page, type Property, plainText, type State, toId } from './state.ts'

type FilterContext = { state: State; properties: Property[]; now: number }
type Test = (page: Page) => boolean
type CellTest = (cell: unknown) => boolean

/** "max 2 levels of nesting": a group may hold groups, and those only conditions. */
const MAX_NESTING = 2

/** Which types of property each kind of condition is for. */
const APPLIES: Record<string, readonly string[]> = {
  title: ['title'],
  rich_text: ['title', 'rich_text', 'url', 'email', 'phone_number'],
  url: ['url'],
  email: ['email'],
  phone_number: ['phone_number'],
  number: ['number'],
  checkbox: ['checkbox'],
  select: ['select'],
  multi_select: ['multi_select'],
  status: ['status'],
  date: ['date', 'created_time', 'last_edited_time'],
  created_time: ['created_time'],
  last_edited_time: ['last_edited_time'],
  people: ['people', 'created_by', 'last_edited_by'],
  created_by: ['created_by'],
  last_edited_by: ['last_edited_by'],
  files: ['files'],
  relation: ['relation'],
  verification: ['verification'],
  unique_id: ['unique_id'],
  formula: ['formula'],
  rollup: ['rollup'],
}

export function compileFilter(context: FilterContext, raw: unknown, at = 'body.filter', depth = 0): Test {
  const filter = object(raw, at)
  const group = 'and' in filter ? 'and' : 'or' in filter ? 'or' : undefined
  if (group !== undefined) {
    object(filter, at, [group])
    if (depth >= MAX_NESTING) throw badBody(`${at}.${group}`, 'not present', filter[group])
    const tests = array(filter[group], `${at}.${group}`).map((each, index) =>
      compileFilter(context, each, `${at}.${group}[${index}]`, depth + 1),
    )
    return group === 'and' ? page => tests.every(test => test(page)) : page => tests.some(test => test(page))
  }
  if (filter.timestamp !== undefined) return timestampTest(context, filter, at)
  return propertyTest(context, filter, at)
}

function timestampTest(context: FilterContext, filter: Record<string, unknown>, at: string): Test {
  const name = filter.timestamp
  if (name !== 'created_time' && name !== 'last_edited_time') {
    throw badBody(`${at}.timestamp`, '`"created_time"` or `"last_edited_time"`', name)
  }
  object(filter, at, ['timestamp', 'type', name])
  const test = dateTest(context.now, object(filter[name], `${at}.${name}`), `${at}.${name}`)
  return page => test(new Date(name === 'created_time' ? page.created : page.edited).toISOString())
}

function propertyTest(context: FilterContext, filter: Record<string, unknown>, at: string): Test {
  if (typeof filter.property !== 'string') throw badBody(`${at}.property`, 'defined', filter.property)
  const kind = Object.keys(filter).find(key => key in APPLIES)
  if (kind === undefined) {
    const lines = ['or', 'and', ...Object.keys(APPLIES)].map(
      key => `${at}.${key} should be defined, instead was \`undefined\`.`,
    )
    throw invalid(`body failed validation. Fix one:\n${lines.join('\n')}`)
  }
  object(filter, at, ['property', 'type', kind])
  const test = cellTest(context, kind, filter[kind], `${at}.${kind}`)
  const property = findProperty(context.properties, filter.property)
  if (property === undefined) throw invalid(`Could not find property with name or id: ${filter.property}`)
  if (!APPLIES[kind]?.includes(property.type)) {
    throw invalid(`database property ${property.type} does not match filter ${kind}`)
  }
  return page => test(cellOf(context, page, property))
}

/** What a condition looks at: text, number, boolean, names of options, ids, a date's start, ... */
function cellOf(context: FilterContext, page: Page, property: Property): unknown {
  const value: Json = page.values[property.id] ?? null
  switch (property.type) {
    case 'title':
    case 'rich_text':
      return plainText(value)
    case 'url':
    case 'email':
    case 'phone_number':
      return value ?? ''
    case 'select':
    case 'status':
    case 'multi_select': {
      const ids = Array.isArray(value) ? value : [value]
      return property.options.filter(option => ids.includes(option.id)).map(option => option.name)
    }
    case 'date':
      return isRecord(value) ? value.start : null
    case 'created_time':
      return new Date(page.created).toISOString()
    case 'last_edited_time':
      return new Date(page.edited).toISOString()
    case 'created_by':
      return [page.createdBy]
    case 'last_edited_by':
      return [page.editedBy]
    case 'relation':
      return visibleRelated(context.state, property, value)
    case 'verification':
      return verificationOf(value, context.now)
    default:
      return value
  }
}

function verificationOf(value: Json, now: number): string {
  if (!isRecord(value)) return 'none'
  return isRecord(value.date) && Date.parse(String(value.date.end)) <= now ? 'expired' : 'verified'
}

function cellTest(context: FilterContext, kind: string, raw: unknown, at: string): CellTest {
  const condition = object(raw, at)
  switch (kind) {
    case 'title':
    case 'rich_text':
    case 'url':
    case 'email':
    case 'phone_number':
      return textTest(condition, at)
    case 'number':
    case 'unique_id':
      return numberTest(condition, at)
    case 'checkbox':
      return checkboxTest(condition, at)
    case 'select':
    case 'status':
      return listTest(condition, at, 'equals', 'does_not_equal')
    case 'multi_select':
      return listTest(condition, at, 'contains', 'does_not_contain')
    case 'relation':
      return listTest(condition, at, 'contains', 'does_not_contain', dashed)
    case 'people':
    case 'created_by':
    case 'last_edited_by':
      return listTest(condition, at, 'contains', 'does_not_contain', each =>
        each === 'me' ? context.state.bot.id : dashed(each),
      )
    case 'files':
      return listTest(condition, at)
    case 'formula':
      return formulaTest(context, condition, at)
    case 'rollup':
      return rollupTest(context, condition, at)
    case 'verification': {
      const [name, wanted] = operator(condition, at, ['status'])
      if (!['verified', 'expired', 'none'].some(each => each === wanted)) {
        throw badBody(`${at}.${name}`, '`"verified"`, `"expired"`, or `"none"`', wanted)
      }
      return cell => cell === wanted
    }
    default:
      return dateTest(context.now, condition, at)
  }
}

/** Upper and lower case count as the same: the reference does not say so, and a client must not count on either. */
function textTest(condition: Record<string, unknown>, at: string): CellTest {
  const tests: Record<string, (cell: string, wanted: string) => boolean> = {
    equals: (cell, wanted) => cell === wanted,
    does_not_equal: (cell, wanted) => cell !== wanted,
    contains: (cell, wanted) => cell.includes(wanted),
    does_not_contain: (cell, wanted) => !cell.includes(wanted),
    starts_with: (cell, wanted) => cell.startsWith(wanted),
    ends_with: (cell, wanted) => cell.endsWith(wanted),
    is_empty: cell => cell === '',
    is_not_empty: cell => cell !== '',
  }
  const [name, wanted] = operator(condition, at, Object.keys(tests))
  if (wanted !== true && typeof wanted !== 'string') throw badBody(`${at}.${name}`, 'a string', wanted)
  const lower = String(wanted).toLowerCase()
  return cell => tests[name]?.(String(cell ?? '').toLowerCase(), lower) ?? false
}

/** An empty number is unlike every number, and neither greater nor less. */
function numberTest(condition: Record<string, unknown>, at: string): CellTest {
  const tests: Record<string, (cell: number, wanted: number) => boolean> = {
    equals: (cell, wanted) => cell === wanted,
    does_not_equal: (cell, wanted) => cell !== wanted,
    greater_than: (cell, wanted) => cell > wanted,
    less_than: (cell, wanted) => cell < wanted,
    greater_than_or_equal_to: (cell, wanted) => cell >= wanted,
    less_than_or_equal_to: (cell, wanted) => cell <= wanted,
    is_empty: () => false,
    is_not_empty: () => true,
  }
  const [name, wanted] = operator(condition, at, Object.keys(tests))
  if (wanted !== true && typeof wanted !== 'number') throw badBody(`${at}.${name}`, 'a number', wanted)
  return cell => {
    if (typeof cell !== 'number') return name === 'is_empty' || name === 'does_not_equal'
    return tests[name]?.(cell, Number(wanted)) ?? false
  }
}

function checkboxTest(condition: Record<string, unknown>, at: string): CellTest {
  const [name, wanted] = operator(condition, at, ['equals', 'does_not_equal'])
  const value = boolean(wanted, `${at}.${name}`)
  return cell => ((cell === true) === value) === (name === 'equals')
}

const dashed = (each: unknown): unknown => (typeof each === 'string' ? (toId(each) ?? each) : each)

/** Options, users, pages and files: whether the list has one of the wanted entries (one, or an array of them). */
function listTest(
  condition: Record<string, unknown>,
  at: string,
  has?: string,
  hasNot?: string,
  resolve: (each: unknown) => unknown = each => each,
): CellTest {
  const [name, raw] = operator(condition, at, [has, hasNot, 'is_empty', 'is_not_empty'])
  const wanted = (Array.isArray(raw) ? raw : [raw]).map(resolve)
  const wrong = raw === true ? undefined : wanted.find(each => typeof each !== 'string')
  if (wrong !== undefined) throw badBody(`${at}.${name}`, 'a string', raw)
  return cell => {
    const list: unknown[] = Array.isArray(cell) ? cell : []
    if (name === 'is_empty' || name === 'is_not_empty') return (list.length === 0) === (name === 'is_empty')
    return wanted.some(each => list.includes(each)) === (name === has)
  }
}

function formulaTest(context: FilterContext, condition: Record<string, unknown>, at: string): CellTest {
  const [kind, raw] = operator(condition, at, ['string', 'checkbox', 'number', 'date'])
  const test = cellTest(context, kind === 'string' ? 'rich_text' : kind, raw, `${at}.${kind}`)
  return cell => {
    const value = isRecord(cell) ? cell[String(cell.type)] : null
    return test(isRecord(value) ? value.start : value)
  }
}

function rollupTest(context: FilterContext, condition: Record<string, unknown>, at: string): CellTest {
  const [kind, raw] = operator(condition, at, ['any', 'every', 'none', 'number', 'date'])
  const inner = object(raw, `${at}.${kind}`)
  if (kind === 'number' || kind === 'date') {
    const test = kind === 'number' ? numberTest(inner, `${at}.number`) : dateTest(context.now, inner, `${at}.date`)
    return cell => {
      const value = isRecord(cell) ? cell[kind] : null
      return test(isRecord(value) ? value.start : value)
    }
  }
  const [type, nested] = operator(inner, `${at}.${kind}`, Object.keys(APPLIES))
  const test = cellTest(context, type, nested, `${at}.${kind}.${type}`)
  return cell => {
    const items = isRecord(cell) && Array.isArray(cell.array) ? cell.array : []
    const results = items.map((item: unknown) => test(rolledUpCell(item)))
    // observed: `every` of nothing does not hold, `none` of nothing does
    if (kind === 'every') return results.length > 0 && results.every(Boolean)
    return results.some(Boolean) === (kind === 'any')
  }
}

function rolledUpCell(item: unknown): unknown {
  const value = isRecord(item) ? item[String(item.type)] : null
  if (Array.isArray(value) && value.some(each => isRecord(each) && 'plain_text' in each))
    return plainText(value as Json)
  return isRecord(value) && 'start' in value ? value.start : value
}
