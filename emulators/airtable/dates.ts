/** Reading of dates as the service does it: strict ISO, zone of the field for texts without a zone. */

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/

/** Milliseconds since the epoch; `zone` is an IANA name that applies to a text without a zone. */
export function parseMoment(text: string, zone = 'utc'): number | undefined {
  const [, day, time = '00:00', offset] = ISO.exec(text) ?? []
  if (!day || !isDay(day)) return undefined
  const utc = Date.parse(`${day}T${time}${offset ?? 'Z'}`)
  if (Number.isNaN(utc)) return undefined
  return offset || zone === 'utc' || zone === 'client' ? utc : utc - zoneOffset(utc, zone)
}

// Date.parse turns 30 February into 1 March
function isDay(day: string): boolean {
  const at = Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === day
}

// How far the wall clock of the zone is ahead of UTC when it shows `wall`; the second guess settles clock changes
function zoneOffset(wall: number, zone: string): number {
  const ahead = (at: number) => {
    const text = new Date(at).toLocaleString('sv-SE', { timeZone: zone })
    return Date.parse(`${text.replace(' ', 'T')}Z`) - Math.floor(at / 1000) * 1000
  }
  return ahead(wall - ahead(wall))
}
