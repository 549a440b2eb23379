/**
 * The value of a formula for a record, for the part of the formula language that filters of API clients use.
 * A function that is missing here is refused as an invalid formula; it never evaluates to something wrong.
 */
import { cellText, isEmpty, lastModified, type Reading, readCell } from './cells.ts'
import { parseMoment } from './dates.ts'
import { type Expression, type Operator, parseFormula } from './formula.ts'
import { isObject } from './parse.ts'
import { badFormula } from './refusals.ts'
import { baseOf, type Field, findField, type Row, type State, type Table } from './state.ts'

class Moment {
  readonly at: number

  constructor(at: number) {
    this.at = at
  }
}

/** null is blank. */
type Value = null | number | string | boolean | Moment

/** A value that shows as #ERROR!; a record whose filter ends in it is not kept. */
class FormulaError extends Error {}

type Scope = { reading: Reading; table: Table; row: Row }
type Run = (args: Value[], scope: Scope) => Value

/** A function that tells of each row whether it is kept. Throws a Refusal for a formula that is not valid. */
export function evaluateFilter(state: State, table: Table, formula: string, now: number): (row: Row) => boolean {
  const tree = parseFormula(formula)
  const unknown = [...new Set(check(table, tree))]
  if (unknown.length) throw badFormula(`Unknown field names: ${unknown.join(', ').toLowerCase()}`)
  const reading = { state, base: baseOf(state, table), now }
  return row => {
    try {
      return isTrue(evaluate(tree, { reading, table, row }))
    } catch (error) {
      if (error instanceof FormulaError) return false
      throw error
    }
  }
}

/** The unknown field names in the tree; throws a Refusal for a call that cannot be. */
function check(table: Table, tree: Expression): string[] {
  if (tree.kind === 'constant') return []
  if (tree.kind === 'field') return findField(table, tree.name) ? [] : [tree.name]
  if (tree.kind === 'negative') return check(table, tree.of)
  if (tree.kind === 'binary') return [...check(table, tree.left), ...check(table, tree.right)]
  const known = tree.name === 'LAST_MODIFIED_TIME' || tree.name === 'IF' || FUNCTIONS[tree.name]
  const [least, most] = ARGUMENTS[tree.name] ?? [0, Number.POSITIVE_INFINITY]
  const count = tree.args.length
  const fieldsOnly = tree.name !== 'LAST_MODIFIED_TIME' || tree.args.every(arg => arg.kind === 'field')
  if (!known || count < least || count > most || !fieldsOnly) {
    throw badFormula('Invalid formula. Please check your formula text.')
  }
  return tree.args.flatMap(arg => check(table, arg))
}

function evaluate(tree: Expression, scope: Scope): Value {
  switch (tree.kind) {
    case 'constant':
      return tree.value
    case 'field':
      return fieldValue(fieldIn(scope, tree.name), scope)
    case 'negative':
      return -toNumber(evaluate(tree.of, scope))
    case 'binary':
      return operate(tree.operator, evaluate(tree.left, scope), evaluate(tree.right, scope))
    case 'call':
      return call(tree.name, tree.args, scope)
  }
}

function call(name: string, args: Expression[], scope: Scope): Value {
  if (name === 'IF') {
    const [condition, yes, no] = args
    const chosen = condition && isTrue(evaluate(condition, scope)) ? yes : no
    return chosen ? evaluate(chosen, scope) : null
  }
  if (name === 'LAST_MODIFIED_TIME') {
    const ids = args.map(arg => fieldIn(scope, arg.kind === 'field' ? arg.name : '').id)
    const at = lastModified(scope.row, ids)
    return at === null ? null : new Moment(Date.parse(at))
  }
  const run = FUNCTIONS[name]
  if (!run) throw new Error(`function ${name} was not checked`)
  return run(
    args.map(arg => evaluate(arg, scope)),
    scope,
  )
}

function fieldIn(scope: Scope, name: string): Field {
  const field = findField(scope.table, name)
  if (!field) throw new Error(`field ${name} was not checked`)
  return field
}

const MOMENTS = new Set(['date', 'dateTime', 'createdTime', 'lastModifiedTime'])

function fieldValue(field: Field, { reading, row }: Scope): Value {
  const value = readCell(reading, row, field)
  if (isEmpty(value)) return null
  if (typeof value === 'number' || typeof value === 'boolean') return value
  const result = field.options?.result as { type?: string } | undefined
  if (typeof value === 'string' && (MOMENTS.has(field.type) || MOMENTS.has(result?.type ?? ''))) {
    return new Moment(Date.parse(value))
  }
  if (isObject(value) && 'error' in value) throw new FormulaError()
  if (isObject(value) && 'specialValue' in value) return Number(value.specialValue)
  return cellText(reading, row, field)
}

/** The bounds of the number of arguments of each function. */
const ARGUMENTS: Record<string, [number, number]> = {
  AND: [1, Number.POSITIVE_INFINITY],
  OR: [1, Number.POSITIVE_INFINITY],
  NOT: [1, 1],
  TRUE: [0, 0],
  FALSE: [0, 0],
  BLANK: [0, 0],
  IF: [2, 3],
  RECORD_ID: [0, 0],
  CREATED_TIME: [0, 0],
  IS_AFTER: [2, 2],
  IS_BEFORE: [2, 2],
  IS_SAME: [2, 3],
  DATETIME_PARSE: [1, 1],
  FIND: [2, 3],
  SEARCH: [2, 3],
  LOWER: [1, 1],
  UPPER: [1, 1],
  TRIM: [1, 1],
  LEN: [1, 1],
}

const FUNCTIONS: Record<string, Run> = {
  AND: args => args.every(isTrue),
  OR: args => args.some(isTrue),
  NOT: ([value = null]) => !isTrue(value),
  TRUE: () => true,
  FALSE: () => false,
  BLANK: () => null,
  RECORD_ID: (_, { row }) => row.id,
  CREATED_TIME: (_, { row }) => new Moment(Date.parse(row.created)),
  // A blank time is neither after nor before another
  IS_AFTER: args => compareMoments(args, (left, right) => left > right),
  IS_BEFORE: args => compareMoments(args, (left, right) => left < right),
  IS_SAME: ([left = null, right = null, unit = null]) =>
    compareMoments([left, right], (a, b) => cut(a, unit) === cut(b, unit)),
  DATETIME_PARSE: ([value = null]) => (value === null ? null : toMoment(value)),
  FIND: ([needle = null, text = null, from = 1]) => position(toText(text), toText(needle), from),
  SEARCH: ([needle = null, text = null, from = 1]) =>
    position(toText(text).toLowerCase(), toText(needle).toLowerCase(), from) || null,
  LOWER: ([value = null]) => toText(value).toLowerCase(),
  UPPER: ([value = null]) => toText(value).toUpperCase(),
  TRIM: ([value = null]) => toText(value).trim(),
  LEN: ([value = null]) => toText(value).length,
  CONCATENATE: args => args.map(toText).join(''),
}

function position(text: string, needle: string, from: Value): number {
  return text.indexOf(needle, Math.max(0, toNumber(from) - 1)) + 1
}

function compareMoments([left = null, right = null]: Value[], holds: (left: number, right: number) => boolean) {
  return left !== null && right !== null && holds(toMoment(left).at, toMoment(right).at)
}

const UNITS: Record<string, number> = { year: 4, month: 7, day: 10, hour: 13, minute: 16, second: 19 }

function cut(at: number, unit: Value): string {
  const length = UNITS[toText(unit).replace(/s$/, '')]
  return new Date(at).toISOString().slice(0, length)
}

function operate(operator: Operator, left: Value, right: Value): Value {
  switch (operator) {
    case '&':
      return toText(left) + toText(right)
    case '+':
      return toNumber(left) + toNumber(right)
    case '-':
      return toNumber(left) - toNumber(right)
    case '*':
      return toNumber(left) * toNumber(right)
    case '/':
      return toNumber(left) / toNumber(right)
    case '=':
      return isSame(left, right)
    case '!=':
      return !isSame(left, right)
    default:
      return isOrdered(operator, left, right)
  }
}

function isSame(left: Value, right: Value): boolean {
  if (left === null || right === null) return !isTrue(left) && !isTrue(right)
  if (left instanceof Moment && right instanceof Moment) return left.at === right.at
  if (left instanceof Moment || right instanceof Moment) return toText(left) === toText(right)
  if (typeof left === 'string' || typeof right === 'string') return left === right
  return Number(left) === Number(right)
}

function isOrdered(operator: '<' | '>' | '<=' | '>=', left: Value, right: Value): boolean {
  // Known trap: a time compares as greater than any text, so such a filter keeps every record
  if (left instanceof Moment && typeof right === 'string') return operator.startsWith('>')
  if (typeof left === 'string' && right instanceof Moment) return operator.startsWith('<')
  if ((left instanceof Moment && right === null) || (left === null && right instanceof Moment)) return false
  const [a, b] =
    typeof left === 'string' && typeof right === 'string' ? [left, right] : [toNumber(left), toNumber(right)]
  if (operator === '<') return a < b
  if (operator === '>') return a > b
  return operator === '<=' ? a <= b : a >= b
}

function isTrue(value: Value): boolean {
  return value instanceof Moment || (Boolean(value) && value !== null)
}

function toNumber(value: Value): number {
  if (value instanceof Moment) return value.at
  if (typeof value === 'string') throw new FormulaError()
  return Number(value)
}

function toText(value: Value): string {
  if (value === null) return ''
  return value instanceof Moment ? new Date(value.at).toISOString() : String(value)
}

function toMoment(value: Value): Moment {
  if (value instanceof Moment) return value
  const at = typeof value === 'string' ? parseMoment(value) : undefined
  if (at === undefined) throw new FormulaError()
  return new Moment(at)
}
