/** The rules of a mapping that need neither schema nor service. */
import type { Complaint } from '../errors.ts'
import { type FindPlace, valueAt } from './yaml.ts'

/**
 * Rules that hold whatever the services say. They look at the plain data, since it may break the schema elsewhere;
 * what does not have the form that a rule is about is left to the schema.
 */
export function checkRules(plain: unknown, place: FindPlace): Complaint[] {
  const syncs = valueAt(plain, ['syncs'])
  if (JSON.stringify(syncs) === '{}') {
    const message = '"syncs" holds no sync; add one under a name of your choice, with "notion", "airtable" and "fields"'
    return [{ message, place: place(['syncs']) }]
  }
  return entriesOf(syncs).flatMap(([name, sync]) => [
    ...(name === '__proto__'
      ? [{ message: 'A sync cannot be called "__proto__"', place: place(['syncs', name], true) }]
      : []),
    ...checkDatabase(name, valueAt(sync, ['notion', 'database']), place),
    ...checkLines(name, valueAt(sync, ['fields']), place),
  ])
}

/** A database or data source: an ID or a URL that holds one, or a variable that is not known here. */
function checkDatabase(name: string, written: unknown, place: FindPlace): Complaint[] {
  const fits = typeof written !== 'string' || /[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|\$\{/i.test(written)
  if (fits || written === '') return []
  const message = `"${written}" is neither a Notion ID nor a Notion URL. Copy the link of the database in Notion and put it here`
  return [{ message, place: place(['syncs', name, 'notion', 'database']) }]
}

function checkLines(name: string, fields: unknown, place: FindPlace): Complaint[] {
  const complaints: Complaint[] = []
  const seen = { notion: new Map<string, number>(), airtable: new Map<string, number>() }
  for (const [index, line] of (Array.isArray(fields) ? fields : []).entries()) {
    for (const side of ['notion', 'airtable'] as const) {
      const column = valueAt(line, [side])
      if (typeof column !== 'string') continue
      const earlier = seen[side].get(column)
      seen[side].set(column, earlier ?? index)
      // A record's own attributes may be shown in several fields.
      if (earlier === undefined || /^\$[^$]/.test(column)) continue
      const first = place(['syncs', name, 'fields', earlier, side]).line
      const what = side === 'notion' ? 'The Notion property' : 'The Airtable field'
      complaints.push({
        message: `${what} "${column}" is mapped twice; it is on line ${first} already`,
        place: place(['syncs', name, 'fields', index, side]),
      })
    }
    const values = entriesOf(valueAt(line, ['values']))
    if (values.some(([option]) => option === '__proto__')) {
      complaints.push({
        message: '"values" cannot name an option "__proto__"; call it otherwise in Notion',
        place: place(['syncs', name, 'fields', index, 'values']),
      })
    }
    const targets = values.map(([, target]) => String(target))
    const repeated = targets.find((target, position) => targets.indexOf(target) !== position)
    if (repeated !== undefined) {
      complaints.push({
        message: `"values" must be one to one: two Notion options stand for "${repeated}"`,
        place: place(['syncs', name, 'fields', index, 'values']),
      })
    }
  }
  return complaints
}

const entriesOf = (node: unknown): [string, unknown][] =>
  typeof node === 'object' && node !== null && !Array.isArray(node) ? Object.entries(node) : []
