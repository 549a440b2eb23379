/**
 * The date conditions of a filter: compared at minute precision; a filter date without time means its whole day in UTC.
 */
import { dayOf, instant, isDay, normaliseDate } from './dates.ts'
import { badBody } from './errors.ts'
import { object, operator } from './shapes.ts'

const DAY_MS = 86_400_000

/** The test of a date (its start, or a time of the page) by one condition. */
export function dateTest(now: number, condition: Record<string, unknown>, at: string): (cell: unknown) => boolean {
  const today = new Date(now).toISOString().slice(0, 10)
  const [name, raw] = operator(condition, at, [
    ...Object.keys(COMPARE),
    ...Object.keys(WINDOWS),
    'is_empty',
    'is_not_empty',
  ])
  if (name === 'is_empty' || name === 'is_not_empty')
    return cell => (typeof cell !== 'string') === (name === 'is_empty')
  const window = WINDOWS[name]
  if (window !== undefined) {
    object(raw, `${at}.${name}`, [])
    const [from, to] = window(today)
    return cell => typeof cell === 'string' && dayOf(cell) >= from && dayOf(cell) <= to
  }
  const wanted = typeof raw === 'string' ? (RELATIVE[raw]?.(today) ?? normaliseDate(raw, null)) : undefined
  if (wanted === undefined) throw badBody(`${at}.${name}`, 'a valid ISO 8601 date string', raw)
  return cell => {
    if (typeof cell !== 'string') return false
    const distance = isDay(wanted) ? Date.parse(dayOf(cell)) - Date.parse(wanted) : instant(cell) - instant(wanted)
    return COMPARE[name]?.(distance) ?? false
  }
}

/** By the distance of a row's date from the filter's. */
const COMPARE: Record<string, (distance: number) => boolean> = {
  equals: distance => distance === 0,
  before: distance => distance < 0,
  after: distance => distance > 0,
  on_or_before: distance => distance <= 0,
  on_or_after: distance => distance >= 0,
}

const addDays = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10)

function addMonths(day: string, months: number): string {
  const date = new Date(day)
  date.setUTCMonth(date.getUTCMonth() + months)
  return date.toISOString().slice(0, 10)
}

/** The first and the last day of each named span; a week starts on Sunday. */
const WINDOWS: Record<string, (today: string) => [string, string]> = {
  this_week: today => {
    const sunday = addDays(today, -new Date(today).getUTCDay())
    return [sunday, addDays(sunday, 6)]
  },
  past_week: today => [addDays(today, -7), today],
  past_month: today => [addMonths(today, -1), today],
  past_year: today => [addMonths(today, -12), today],
  next_week: today => [today, addDays(today, 7)],
  next_month: today => [today, addMonths(today, 1)],
  next_year: today => [today, addMonths(today, 12)],
}

const RELATIVE: Record<string, (today: string) => string> = {
  today: today => today,
  tomorrow: today => addDays(today, 1),
  yesterday: today => addDays(today, -1),
  one_week_ago: today => addDays(today, -7),
  one_week_from_now: today => addDays(today, 7),
  one_month_ago: today => addMonths(today, -1),
  one_month_from_now: today => addMonths(today, 1),
}
