/** A date-time that is told as a local time and the name of its zone, with the offset that it has there. */

/** ISO text with an offset; a day, and a time that has its offset, stay as they are. */
export function inZone(text: string, zone: string | null): string {
  if (zone === null || !text.includes('T') || /(?:Z|[+-]\d{2}:?\d{2})$/.test(text)) return text
  const local = Date.parse(`${text}Z`)
  // The offset at the local time read as UTC is right but for hours around a change; from there it is exact.
  const guess = local - offsetAt(local, zone)
  return `${text}${spelled(offsetAt(guess, zone))}`
}

/** Milliseconds that a zone's clocks are ahead of UTC at an instant. */
function offsetAt(instant: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(instant)
  const name = parts.find(part => part.type === 'timeZoneName')?.value ?? 'GMT'
  const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? []
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000)
}

function spelled(offset: number): string {
  const minutes = Math.abs(offset) / 60_000
  const two = (count: number): string => String(count).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
