/**
 * mappings.yaml from text to rules: YAML, environment variables, schema, and the rules that need no service.
 * All errors are found at once, each with its line. It reads no file and asks nobody.
 */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { nearest } from '../core/value.ts'
import { type Complaint, type Place, UserError } from '../errors.ts'
import { type Mappings, mappings, sync } from './schema.ts'

/** The config and the way back from a path in it to a place in the file. */
export type Loaded = {
  readonly mappings: Mappings
  /** The place of the value at this path, or with `key`, of its key. */
  readonly place: (path: readonly (string | number)[], key?: boolean) => Place
}

/** A line of a mapping takes some 70 bytes, so this is room for thousands of them. */
const MAX_LENGTH = 150_000
/** Deeper than any filter nests, and more than anybody reads at once. */
const DEEPEST = 50
const MAX_ALIASES = 100
const MAX_COMPLAINTS = 100

/**
 * Parses and checks the text of a mappings file. `env` gives the values of `${NAME}`; null leaves them as they are
 * (for a check without secrets). Throws a UserError with every complaint.
 */
export function loadMappings(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>> | null,
): Loaded {
  const hopeless = tooLarge(text)
  if (hopeless !== null)
    throw new UserError([
      { message: `${file} is ${hopeless}; that is no mapping.`, place: { file, line: 1, column: 1 } },
    ])
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: false, uniqueKeys: false })
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const doubled = repeatedKeys(document, at)
  if (document.errors.length > 0) {
    const unquoted = unquotedVariable(text)
    const syntax = document.errors.slice(0, MAX_COMPLAINTS).map(error => ({
      message: `Not valid YAML: ${error.message}`,
      place: at(error.pos[0]),
    }))
    throw new UserError(
      unquoted === null
        ? inOrder([...syntax, ...doubled]).slice(0, MAX_COMPLAINTS)
        : [
            {
              message: `Put quotes around the variable: inside { … } YAML reads the braces of "\${NAME}" as its own`,
              place: at(unquoted),
            },
          ],
    )
  }
  const odd = checkNodes(document, at)
  if (odd.length > 0) throw new UserError(odd)

  const place: Loaded['place'] = (path, key) => at(offsetOf(document, path, key ?? false))
  const unset = env === null ? [] : expand(document, env, at)
  const plain = toPlain(document, at)
  const parsed = mappings.safeParse(plain)
  const schema = parsed.success
    ? []
    : parsed.error.issues.slice(0, MAX_COMPLAINTS).flatMap(issue => describe(issue, place, plain))
  // What follows from a variable that is not set is not told beside it.
  const followed = new Set(unset.map(({ place: here }) => `${here.line}:${here.column}`))
  const found = [...schema, ...checkRules(plain, place)].filter(
    ({ place: here }) => here === undefined || !followed.has(`${here.line}:${here.column}`),
  )
  const complaints = inOrder([...doubled, ...unset, ...found]).slice(0, MAX_COMPLAINTS)
  if (complaints.length > 0 || !parsed.success) throw new UserError(complaints)
  return { mappings: parsed.data, place }
}

/** Where a variable stands without quotes in a map of one line, which breaks the YAML in a way that no error names. */
function unquotedVariable(text: string): number | null {
  const match = /^[^#'"\n]{0,500}\{[^'"\n$]{0,500}(?=\$\{\w+\})/m.exec(text)
  return match === null ? null : match.index + match[0].length
}

/** What YAML can say and a mapping cannot: a key that is no word, an alias of nothing or of what it stands in. */
function checkNodes(document: Document, at: (offset: number) => Place): Complaint[] {
  const complaints: Complaint[] = []
  let aliases = 0
  visit(document, {
    Pair(_, { key }) {
      if (isNode(key) && !isScalar(key)) {
        complaints.push({ message: 'Unknown key: keys are single words here', place: at(key.range?.[0] ?? 0) })
      }
    },
    Alias(_, alias, path) {
      aliases += 1
      if (aliases > MAX_ALIASES) {
        complaints.push({ message: `More than ${MAX_ALIASES} aliases`, place: at(alias.range?.[0] ?? 0) })
        return visit.BREAK
      }
      const target = alias.resolve(document)
      const message =
        target === undefined
          ? `The alias *${alias.source} stands for nothing`
          : path.some(ancestor => ancestor === target)
            ? `The alias *${alias.source} stands inside of itself`
            : null
      if (message !== null) complaints.push({ message, place: at(alias.range?.[0] ?? 0) })
      return undefined
    },
  })
  return complaints
}

/** Keys that stand twice in one map; the parser's own search for them takes minutes where there are many keys. */
function repeatedKeys(document: Document, at: (offset: number) => Place): Complaint[] {
  const complaints: Complaint[] = []
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>()
      for (const { key } of map.items) {
        const name = keyText(key)
        if (seen.has(name))
          complaints.push({
            message: `The key "${name}" stands twice here`,
            place: at((isNode(key) ? key.range?.[0] : undefined) ?? 0),
          })
        seen.add(name)
      }
    },
  })
  return complaints
}

/** What is refused before the parser sees it, since it would take too long over it; null where nothing is. */
function tooLarge(text: string): string | null {
  if (text.length > MAX_LENGTH) return `larger than ${MAX_LENGTH / 1000} kB`
  let depth = 0
  for (const sign of text) {
    if (sign === '[' || sign === '{') depth += 1
    else if ((sign === ']' || sign === '}') && depth > 0) depth -= 1
    if (depth > DEEPEST) break
  }
  const dashes = new RegExp(`^[^#\\n]*?(?:[-?:][ \\t]+){${DEEPEST}}`, 'm')
  return depth > DEEPEST || dashes.test(text) ? 'nested too deeply' : null
}

/** Names of what must not be shown: a mapping's values stand in issues, comments, commits and the state. */
const SECRET = /^(?:ACTIONS|INPUT)_|(?:^|_)(?:TOKEN|SECRET|PASSWORD|KEY|PAT)$/i

/** Puts the environment's values in place of ${NAME}; answers a complaint for each that is not set, or not to be shown. */
function expand(
  document: Document,
  env: Readonly<Record<string, string | undefined>>,
  at: (offset: number) => Place,
): (Complaint & { place: Place })[] {
  const complaints: (Complaint & { place: Place })[] = []
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string') return
      node.value = node.value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
        if (SECRET.test(name)) {
          complaints.push({
            message: `The environment variable ${name} has the name of a secret, and what a mapping names is shown to people. Use another variable`,
            place: at(node.range?.[0] ?? 0),
          })
          return 'unset'
        }
        const value = Object.hasOwn(env, name) ? env[name] : undefined
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
    const pair = isMap(parent) ? parent.items.find(item => keyText(item.key) === String(here.at(-1))) : undefined
    if (key && pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0
    const node = document.getIn(here, true)
    if (isNode(node) && node.range != null) return node.range[0]
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0
  }
  return 0
}

/** A key as plain objects spell it. */
const keyText = (key: unknown): string => (isScalar(key) ? String(key.value ?? '') : String(key))

type Issue = z.core.$ZodIssue

/** Says a schema issue in words, with the nearest right name. */
function describe(issue: Issue, place: Loaded['place'], plain: unknown): Complaint[] {
  const path = issue.path.filter(part => typeof part !== 'symbol')
  const name = path.length === 0 ? 'the file' : String(path.at(-1))
  const say = (message: string, key = false): Complaint[] => [{ message, place: place(path, key) }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, MAX_COMPLAINTS).map(key => {
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
      return [
        ...say(`The sync name "${name}" ${issue.issues[0]?.message ?? 'is not allowed'}`, true),
        // The schema stops at the name; what stands below it is looked at all the same.
        ...(sync.safeParse(valueAt(plain, path)).error?.issues ?? []).flatMap(inner =>
          describe({ ...inner, path: [...path, ...inner.path] }, place, plain),
        ),
      ]
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

/**
 * Rules that hold whatever the services say. They look at the plain data, since it may break the schema elsewhere;
 * what does not have the form that a rule is about is left to the schema.
 */
function checkRules(plain: unknown, place: Loaded['place']): Complaint[] {
  return entriesOf(valueAt(plain, ['syncs'])).flatMap(([name, sync]) => [
    ...(name === '__proto__'
      ? [{ message: 'A sync cannot be called "__proto__"', place: place(['syncs', name], true) }]
      : []),
    ...checkDatabase(name, valueAt(sync, ['notion', 'database']), place),
    ...checkLines(name, valueAt(sync, ['fields']), place),
  ])
}

/** A database or data source: an ID or a URL that holds one, or a variable that is not known here. */
function checkDatabase(name: string, written: unknown, place: Loaded['place']): Complaint[] {
  const fits = typeof written !== 'string' || /[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|\$\{/i.test(written)
  if (fits || written === '') return []
  const message = `"${written}" is neither a Notion ID nor a Notion URL. Copy the link of the database in Notion and put it here`
  return [{ message, place: place(['syncs', name, 'notion', 'database']) }]
}

function checkLines(name: string, fields: unknown, place: Loaded['place']): Complaint[] {
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

/** By line, each said once. */
function inOrder(complaints: readonly Complaint[]): Complaint[] {
  const said = new Map(complaints.map(item => [`${item.place?.line}:${item.place?.column}:${item.message}`, item]))
  return [...said.values()].sort((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0))
}
