/**
 * What of a mapping with mistakes can be held against the services all the same, so that what they do not have is told
 * in the same run. It is for complaints only: nothing is ever synced by what is left of a mapping.
 */
import type { Loaded } from './load.ts'
import { mappings } from './schema.ts'
import { type FindPlace, valueAt } from './yaml.ts'

/** More mistakes than that are enough for one run. */
const MOST = 100

type Path = readonly (string | number)[]
/** By sync: which line of the file a line that is left was. */
type Indexes = Map<string, readonly number[]>

/** The mapping without what its schema refuses, and with the places of the whole file; null where nothing is left. */
export function salvage(given: unknown, place: FindPlace): Loaded | null {
  const plain = { ...structuredClone(Object(given)), version: 1 }
  const indexes: Indexes = new Map()
  for (let round = 0; round < MOST; round += 1) {
    const parsed = mappings.safeParse(plain)
    if (parsed.success) return { mappings: parsed.data, place: (path, key) => place(asWritten(path, indexes), key) }
    const [issue] = parsed.error.issues
    const path = issue?.path.filter(part => typeof part !== 'symbol') ?? []
    const taken =
      issue?.code === 'unrecognized_keys'
        ? issue.keys.every(key => Reflect.deleteProperty(Object(valueAt(plain, path)), key))
        : takeOut(plain, path, indexes)
    if (!taken) return null
  }
  return null
}

/** Takes out the key that is refused; where it is missing, the line of fields or the sync that needs it. */
function takeOut(plain: unknown, path: Path, indexes: Indexes): boolean {
  const [top, sync = '', part, index] = path
  const parent = Object(valueAt(plain, path.slice(0, -1)))
  const key = path.at(-1)
  const fields = valueAt(plain, ['syncs', sync, 'fields'])
  if (key !== undefined && key !== index && Reflect.has(parent, key)) return Reflect.deleteProperty(parent, key)
  if (part === 'fields' && typeof index === 'number' && Array.isArray(fields)) {
    const left = indexes.get(String(sync)) ?? fields.map((_, at) => at)
    indexes.set(String(sync), left.toSpliced(index, 1))
    fields.splice(index, 1)
    return true
  }
  const syncs = Object(valueAt(plain, ['syncs']))
  return top === 'syncs' && Reflect.has(syncs, sync) && Reflect.deleteProperty(syncs, sync)
}

function asWritten(path: Path, indexes: Indexes): Path {
  const [top = '', sync = '', part, index, ...rest] = path
  const written = part === 'fields' && typeof index === 'number' ? indexes.get(String(sync))?.[index] : undefined
  return written === undefined ? path : [top, sync, 'fields', written, ...rest]
}
