/** Dates and ranges of Notion, read to the one normal form and written from it. */
import type { Value } from '../core/shape.ts'
import { parseDate } from '../core/value.ts'
import { inZone } from './zone.ts'

/** A value, or the sentence that says why there is none to trust. */
export type Read = { readonly value: Value } | { readonly unreadable: string }

type Told = { readonly start: string; readonly end?: string | null; readonly time_zone?: string | null }

/**
 * A date or range as Notion gives it; with a zone its times are local to that. What answers in Notion's place may leave
 * out what says nothing.
 */
export function readDate(date: Told | null | undefined): Read {
  if (date == null) return { value: null }
  const { start, end = null, time_zone: zone = null } = date
  const from = parseDate(inZone(start, zone))
  const to = end === null ? null : parseDate(inZone(end, zone))
  if (from === null || (end !== null && to === null))
    return { unreadable: `Notion gives a date that is none: ${start}` }
  return { value: to === null ? from : `${from}/${to}` }
}

/** The write value of the API for a date or range. */
export function writeDate(cell: Value): unknown {
  if (cell === null) return null
  const [start, end] = String(cell)
    .split('/')
    .map(date => date.replace(/T(\d{2}:\d{2})/, 'T$1:00'))
  return end === undefined ? { start } : { start, end }
}
