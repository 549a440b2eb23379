/**
 * mappings.yaml from text to rules: YAML, environment variables, schema, and the rules that need no service.
 * All errors are found at once, each with its line. It reads no file and asks nobody.
 */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { nearest } from '../core/value.ts'
import { type Complaint, type Place, UserError } from '../errors.ts'
import { type Mappings, mappings } from './schema.ts'

/** The config and the way back from a path in it to a place in the file. */
export type Loaded = {
  readonly mappings: Mappings
  /** The place of the value at this path, or with `key`, of its key. */
  readonly place: (path: readonly (string | number)[], key?: boolean) => Place
}

const MAX_BYTES = 1_000_000

/**
 * Parses and checks the text of a mappings file. `env` gives the values of `${NAME}`; null leaves them as they are
 * (for a check without secrets). Throws a UserError with every complaint.
 */
export function loadMappings(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>> | null,
): Loaded {
  if (text.length > MAX_BYTES) {
    throw new UserError([
      { message: `${file} is larger than 1 MB; that is no mapping.`, place: { file, line: 1, column: 1 } },
    ])
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: false, uniqueKeys: true })
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  if (document.errors.length > 0) {
    throw new UserError(
      document.errors.map(error => ({ message: `Not valid YAML: ${error.message}`, place: at(error.pos[0]) })),
    )
  }
  const place: Loaded['place'] = (path, key) => at(offsetOf(document, path, key ?? false))
  const complaints: Complaint[] = env === null ? [] : expand(document, env, at)
  const plain = toPlain(document, at)
  const parsed = mappings.safeParse(plain)
  if (!parsed.success) complaints.push(...parsed.error.issues.flatMap(issue => describe(issue, place, plain)))
  else complaints.push(...checkRules(parsed.data, place))
  if (complaints.length > 0 || !parsed.success) throw new UserError(dedupe(complaints))
  return { mappings: parsed.data, place }
}

/** Puts the environment's values in place of ${NAME}; answers a complaint for each that is not set. */
function expand(
  document: Document,
  env: Readonly<Record<string, string | undefined>>,
  at: (offset: number) => Place,
): Complaint[] {
  const complaints: Complaint[] = []
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string') return
      node.value = node.value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
        const value = env[name]
        if (value !== undefined && value !== '') return value
        complaints.push({
          message: `The environment variable ${name} is not set. Set it under env: in the workflow, or for a shell with: export ${name}=…`,
          place: at(node.range?.[0] ?? 0),
        })
        return 'unset'
      })
    },
  })
  return complaints
}

function toPlain(document: Document, at: (offset: number) => Place): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    const message = `Not usable YAML: ${error instanceof Error ? error.message : String(error)}`
    throw new UserError([{ message, place: at(0) }])
  }
}

function offsetOf(document: Document, path: readonly (string | number)[], key: boolean): number {
  for (let length = path.length; length > 0; length -= 1) {
    const here = path.slice(0, length)
    const parent = document.getIn(here.slice(0, -1), true)
    const pair = isMap(parent)
      ? parent.items.find(item => isScalar(item.key) && item.key.value === here.at(-1))
      : undefined
    if (key && pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0
    const node = document.getIn(here, true)
    if (isNode(node) && node.range != null) return node.range[0]
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0
  }
  return 0
}

type Issue = z.core.$ZodIssue

/** Says a schema issue in words, with the nearest right name. */
function describe(issue: Issue, place: Loaded['place'], plain: unknown): Complaint[] {
  const path = issue.path.filter(part => typeof part !== 'symbol')
  const name = path.length === 0 ? 'the file' : String(path.at(-1))
  const say = (message: string, key = false): Complaint[] => [{ message, place: place(path, key) }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(key => {
        const near = nearest(key, keysAt(path))
        const hint = near === undefined ? `known here: ${keysAt(path).join(', ')}` : `did you mean "${near}"?`
        return { message: `Unknown key "${key}"; ${hint}`, place: place([...path, key], true) }
      })
    case 'invalid_value': {
      const allowed = issue.values.map(String)
      const given = valueAt(plain, path)
      if (given === undefined) return say(`"${name}" is missing; it must be ${allowed.join(' or ')}`)
      const near = nearest(String(given), allowed)
      return say(`"${name}" must be ${allowed.join(', ')}${near === undefined ? '' : `; did you mean "${near}"?`}`)
    }
    case 'invalid_type': {
      if (valueAt(plain, path) === undefined)
        return [{ message: `"${name}" is missing`, place: place(path.slice(0, -1)) }]
      return say(`"${name}" must be ${article(issue.expected)}`)
    }
    case 'invalid_key':
      return say(`The sync name "${name}" ${issue.issues[0]?.message ?? 'is not allowed'}`, true)
    case 'invalid_union': {
      const message = issue.errors.flat().find(inner => inner.code === 'invalid_format')?.message
      return say(`"${name}" ${message ?? 'has the wrong type'}`)
    }
    case 'invalid_format':
      return say(`"${name}" ${issue.message}`)
    case 'too_small':
      return say(
        `"${name}" must not be ${issue.origin === 'number' || issue.origin === 'int' ? `less than ${issue.minimum}` : 'empty'}`,
      )
    default:
      return say(`"${name}": ${issue.message}`)
  }
}

const article = (type: string): string =>
  ({ object: 'a map of keys and values', array: 'a list', record: 'a map of keys and values' })[type] ?? `a ${type}`

function valueAt(plain: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (node, part) => (typeof node === 'object' && node !== null ? Reflect.get(node, part) : undefined),
    plain,
  )
}

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

/** Rules that hold whatever the services say. */
function checkRules(config: Mappings, place: Loaded['place']): Complaint[] {
  return Object.entries(config.syncs).flatMap(([name, sync]) => {
    const complaints: Complaint[] = []
    for (const side of ['notion', 'airtable'] as const) {
      const seen = new Map<string, number>()
      sync.fields.forEach((field, index) => {
        const earlier = seen.get(field[side])
        // The page's own attributes may be shown in several Airtable fields.
        if (earlier !== undefined && !/^\$[^$]/.test(field[side])) {
          const first = place(['syncs', name, 'fields', earlier, side]).line
          const message = `${side === 'notion' ? 'The Notion property' : 'The Airtable field'} "${field[side]}" is mapped twice; it is on line ${first} already`
          complaints.push({ message, place: place(['syncs', name, 'fields', index, side]) })
        } else seen.set(field[side], index)
      })
    }
    sync.fields.forEach((field, index) => {
      const targets = Object.values(field.values ?? {})
      const repeated = targets.find((target, position) => targets.indexOf(target) !== position)
      if (repeated !== undefined) {
        const message = `"values" must be one to one: two Notion options stand for "${repeated}"`
        complaints.push({ message, place: place(['syncs', name, 'fields', index, 'values']) })
      }
    })
    return complaints
  })
}

/** One complaint a place, the first: what follows from a mistake is not told beside it. */
function dedupe(complaints: readonly Complaint[]): Complaint[] {
  const seen = new Map<string, Complaint>()
  for (const complaint of complaints) {
    const key = `${complaint.place?.line}:${complaint.place?.column}`
    if (!seen.has(key)) seen.set(key, complaint)
  }
  return [...seen.values()].sort((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0))
}
