/** What the schema complains of, in words, with the nearest right name. It checks nothing itself. */
import type { z } from 'zod'
import { nearest } from '../core/value.ts'
import type { Complaint } from '../errors.ts'
import { mappings, sync } from './schema.ts'
import { type FindPlace, valueAt } from './yaml.ts'

/** A map may have more unknown keys than anybody reads. */
const MAX_KEYS = 100

type Issue = z.core.$ZodIssue

/** Says a schema issue in words, with the nearest right name. */
export function describe(issue: Issue, place: FindPlace, plain: unknown): Complaint[] {
  const path = issue.path.filter(part => typeof part !== 'symbol')
  const last = path.at(-1) ?? 'the file'
  const name = typeof last === 'number' ? `Entry ${last + 1} of "${path.at(-2)}"` : `"${last}"`
  const say = (message: string, key = false): Complaint[] => [{ message, place: place(path, key) }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, MAX_KEYS).map(key => {
        const near = nearest(key, keysAt(path))
        const hint = near === undefined ? `known here: ${keysAt(path).join(', ')}` : `did you mean "${near}"?`
        return { message: `Unknown key "${key}"; ${hint}`, place: place([...path, key], true) }
      })
    case 'invalid_value': {
      const allowed = issue.values.map(String)
      const given = valueAt(plain, path)
      if (given === undefined) return say(`${name} is missing; it must be ${allowed.join(' or ')}`)
      if (allowed.includes(String(given))) return say(`${name} must be ${given} without quotes`)
      const near = nearest(String(given), allowed)
      return say(`${name} must be ${allowed.join(', ')}${near === undefined ? '' : `; did you mean "${near}"?`}`)
    }
    case 'invalid_type': {
      if (valueAt(plain, path) === undefined)
        return [{ message: `${name} is missing`, place: place(path.slice(0, -1)) }]
      return say(`${name} must be ${article(issue.expected)}`)
    }
    case 'invalid_key':
      return [
        ...say(`The sync name ${name} ${issue.issues[0]?.message ?? 'is not allowed'}`, true),
        // The schema stops at the name; what stands below it is looked at all the same.
        ...(sync.safeParse(valueAt(plain, path)).error?.issues ?? []).flatMap(inner =>
          describe({ ...inner, path: [...path, ...inner.path] }, place, plain),
        ),
      ]
    case 'invalid_union':
    case 'invalid_format':
      return say(`${name} ${issue.message}`)
    case 'too_small':
      if (issue.origin !== 'number' && issue.origin !== 'int') return say(`${name} must not be empty`)
      return say(`${name} must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`)
    default:
      return say(`${name}: ${issue.message}`)
  }
}

const article = (type: string): string =>
  ({ object: 'a map of keys and values', array: 'a list', record: 'a map of keys and values' })[type] ?? `a ${type}`

/** The keys that the schema knows at a path. */
function keysAt(path: readonly (string | number)[]): string[] {
  let node: unknown = mappings
  for (const part of path) {
    node = unwrap(node)
    if (hasShape(node)) node = node.shape[part]
    else if (typeof node === 'object' && node !== null && 'valueType' in node) node = node.valueType
    else if (typeof node === 'object' && node !== null && 'element' in node) node = node.element
  }
  node = unwrap(node)
  return hasShape(node) ? Object.keys(node.shape) : []
}

const hasShape = (node: unknown): node is { shape: Record<string, unknown> } =>
  typeof node === 'object' && node !== null && 'shape' in node

function unwrap(node: unknown): unknown {
  const inner = node as { unwrap?: () => unknown } | undefined
  return typeof inner?.unwrap === 'function' && !('element' in inner) ? inner.unwrap() : node
}
