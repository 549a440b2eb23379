/**
 * Values that the service computes: formulas, rollups, verification. They are not computed here: a seed or a person's
 * hand says what they are, and this file gives that its shape.
 */

import { visibleRelated } from './relations.ts'
import type { Shown, View } from './render.ts'
import { textItem } from './rich-text.ts'
import { findProperty, isRecord, type Json, type Page, type Property, propertiesOf, type State } from './state.ts'
import { renderReference } from './users.ts'

/** A formula's or rollup's value from its plain spelling. */
export function computedValue(type: string, value: unknown): Json {
  if (value === null || (type !== 'formula' && type !== 'rollup')) return value as Json
  if (isRecord(value) && 'type' in value) return withPart(value)
  if (isRecord(value)) return { type: 'date', date: dateOf(value) }
  if (type === 'rollup' && typeof value !== 'number') {
    return { type: 'array', array: (Array.isArray(value) ? value : [value]).map(arrayItem) }
  }
  return { type: typeof value, [typeof value]: value as Json }
}

/** `{ type: 'unsupported' }` is short for what the service gives where it has no value. */
const withPart = (value: Record<string, unknown>): Json =>
  (value.type === 'unsupported' ? { unsupported: {}, ...value } : value) as Json

const dateOf = (value: Record<string, unknown>): Json => ({ start: null, end: null, time_zone: null, ...value }) as Json

/** One rolled up value: what a page holds, under its type and without an id. */
function arrayItem(value: unknown): Json {
  if (isRecord(value) && 'type' in value) return value as Json
  if (isRecord(value)) return { type: 'date', date: dateOf(value) }
  if (typeof value === 'boolean') return { type: 'checkbox', checkbox: value }
  if (typeof value === 'number' || value === null) return { type: 'number', number: value }
  return { type: 'rich_text', rich_text: [textItem(String(value))] }
}

export function renderFormula(property: Property, value: Json): Json {
  const type = String(property.config.result ?? 'string')
  return value ?? { type, [type]: null }
}

/** Functions of which the property endpoint gives no value, says its reference. */
const UNSUPPORTED: Json[] = ['show_unique', 'unique', 'median', 'count_per_group', 'percent_per_group']
const DATES: Json[] = ['earliest_date', 'latest_date', 'date_range']
const LISTS: Json[] = ['show_original', 'show_unique']
const COUNTS: Json[] = ['count', 'count_values', 'empty', 'not_empty', 'unique', 'checked', 'unchecked']

export function renderRollup(property: Property, value: Json): Shown {
  const function_ = property.config.function ?? 'show_original'
  const shown = isRecord(value) ? (value as Shown) : emptyRollup(function_)
  return { ...shown, function: function_ }
}

function emptyRollup(name: Json): Shown {
  if (LISTS.includes(name)) return { type: 'array', array: [] }
  if (DATES.includes(name)) return { type: 'date', date: null }
  return { type: 'number', number: COUNTS.includes(name) ? 0 : null }
}

/**
 * The parts of a rollup for the property endpoint: what it shows, flattened, or the related pages that it was computed
 * from; and what is said of it as a whole once the last part has been given.
 */
export function rollupParts(state: State, page: Page, property: Property): { parts: Shown[]; result: Shown } {
  const rollup = renderRollup(property, page.values[property.id] ?? null)
  const { function: name = null } = rollup
  const result = UNSUPPORTED.includes(name) ? { type: 'unsupported', unsupported: {}, function: name } : rollup
  if (Array.isArray(rollup.array)) {
    const parts = rollup.array.filter(isRecord).flatMap(item => flattened(item as Shown))
    return { parts, result: result === rollup ? { ...rollup, array: [] } : result }
  }
  const relation = findProperty(propertiesOf(state, page), String(property.config.relation))
  if (relation === undefined) return { parts: [], result }
  const ids = visibleRelated(state, relation, page.values[relation.id])
  return { parts: ids.map(id => ({ type: 'relation', relation: { id } })), result }
}

function flattened(item: Shown): Shown[] {
  const type = String(item.type)
  const value = item[type]
  const isListed = ['title', 'rich_text', 'people', 'relation'].includes(type) && Array.isArray(value)
  return isListed ? value.map(each => ({ type, [type]: each })) : [{ type, [type]: value ?? null }]
}

/** The verification of a page, which expires by itself. */
export function renderVerification(state: State, value: Json, view: View): Json {
  if (!isRecord(value)) return { state: 'unverified', date: null, verified_by: null }
  const date = isRecord(value.date) ? (value.date as Shown) : null
  const isExpired = typeof date?.end === 'string' && Date.parse(date.end) <= view.now
  return {
    state: isExpired ? 'expired' : 'verified',
    date: date && { ...date, time_zone: null },
    verified_by: renderReference(state, String(value.by), view),
  }
}
