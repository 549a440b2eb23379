/**
 * Decodes a query string into the parameters that a JSON body would hold: `fields[]=A`, `sort[0][field]=A`,
 * `returnFieldsByFieldId=1`. Does not judge them.
 */

const NUMBERS = new Set(['pageSize', 'maxRecords'])

/** The deprecated `limit` is read as `pageSize`. */
export function decodeQuery(query: URLSearchParams): Record<string, unknown> {
  const decoded: Record<string, unknown> = {}
  for (const key of new Set(query.keys())) {
    const values = query.getAll(key)
    const [, name = '', index, property] = /^([^[]+)(\[\d*\])?(?:\[(\w+)\])?$/.exec(key) ?? []
    if (property && index) nest(decoded, name, Number(index?.slice(1, -1)), property, values[0])
    else if (property) decoded[name] = { [property]: values[0] }
    else if (index) decoded[name] = [...((decoded[name] as unknown[]) ?? []), ...values]
    // A list may be sent without brackets, but only one with several values is recognised
    else decoded[name] = values.length > 1 ? values : scalar(name, values[0] ?? '')
  }
  const { limit, ...rest } = decoded
  return limit === undefined ? decoded : { pageSize: Number(limit), ...rest }
}

function nest(decoded: Record<string, unknown>, name: string, index: number, property: string, value: unknown): void {
  const list = (decoded[name] ?? []) as Record<string, unknown>[]
  list[index] = { ...list[index], [property]: value }
  decoded[name] = list
}

function scalar(name: string, value: string): unknown {
  if (NUMBERS.has(name)) return Number(value)
  if (name === 'returnFieldsByFieldId') return value === 'true' || value === '1'
  return value
}
