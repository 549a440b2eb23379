/**
 * Notion's dates: what is accepted, how it is kept (minute precision, numeric offset), and instants to compare.
 * It knows nothing of properties or of the current time.
 */

const DAY = /^\d{4}-\d{2}-\d{2}$/
const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/

export const isDay = (text: string): boolean => DAY.test(text)

/** Milliseconds since the epoch, cut to the minute; a day counts from its midnight in UTC. */
export function instant(text: string): number {
  return Math.floor(Date.parse(text) / 60_000) * 60_000
}

/** The UTC day of a date or date-time, as YYYY-MM-DD. */
export const dayOf = (text: string): string =>
  isDay(text) ? text : new Date(Date.parse(text)).toISOString().slice(0, 10)

/** The form in which Notion gives a date back, or undefined for what it does not accept. */
export function normaliseDate(text: string, zone: string | null): string | undefined {
  if (isDay(text)) return zone === null && isRealDay(text) ? text : undefined
  const match = TIME.exec(text)
  if (match === null) return undefined
  const [, day = '', hour = '', minute = '', offset] = match
  if (!isRealDay(day) || Number(hour) > 23 || Number(minute) > 59) return undefined
  if (zone !== null && offset !== undefined) return undefined
  const wall = `${day}T${hour}:${minute}:00.000`
  return wall + (zone === null ? numericOffset(offset) : zoneOffset(wall, zone))
}

/** A written date as it is kept, its shape being checked already. */
export function keptDate(value: Record<string, unknown>): { start: string | null; end: string | null } {
  const zone = typeof value.time_zone === 'string' ? value.time_zone : null
  const read = (raw: unknown): string | null => (typeof raw === 'string' ? (normaliseDate(raw, zone) ?? null) : null)
  return { start: read(value.start), end: read(value.end) }
}

/** A moment in the form of a date value. */
export const minuteOf = (ms: number): string =>
  new Date(instant(new Date(ms).toISOString())).toISOString().replace('Z', '+00:00')

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

function isRealDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day)
}

function numericOffset(offset: string | undefined): string {
  if (offset === undefined || offset === 'Z') return '+00:00'
  return offset.includes(':') ? offset : `${offset.slice(0, 3)}:${offset.slice(3)}`
}

/** The offset that `zone` has at the wall clock time `wall`. */
function zoneOffset(wall: string, zone: string): string {
  const asUtc = Date.parse(`${wall}Z`)
  // the offset at the wall time read as UTC may lie on the other side of a change of the clocks
  const guess = offsetAt(asUtc, zone)
  const minutes = offsetAt(asUtc - guess * 60_000, zone)
  const size = Math.abs(minutes)
  const pad = (value: number) => String(value).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`
}

function offsetAt(ms: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(ms)
  const name = parts.find(part => part.type === 'timeZoneName')?.value ?? 'GMT'
  const match = /GMT([+-])(\d{2}):(\d{2})/.exec(name)
  if (match === null) return 0
  const [, sign, hours, minutes] = match
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}
