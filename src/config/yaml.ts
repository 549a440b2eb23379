/**
 * What YAML can say and a mapping cannot, what would keep the parser busy for minutes, variables, and where things stand
 * in the text. It knows no rule of a mapping.
 */
import { type Document, isMap, isNode, isScalar, visit } from 'yaml'
import { type Complaint, type Place, UserError } from '../errors.ts'

/** The place of the value at this path, or with `key`, of its key. */
export type FindPlace = (path: readonly (string | number)[], key?: boolean) => Place

/** A line of a mapping takes some 70 bytes, so this is room for thousands of them. */
const MAX_LENGTH = 150_000
/** Deeper than any filter nests. */
const DEEPEST = 50
const MAX_ALIASES = 100

/** Where a variable stands without quotes in a map of one line, which breaks the YAML in a way that no error names. */
export function unquotedVariable(text: string): number | null {
  const match = /^[^#'"\n]{0,500}\{[^'"\n$]{0,500}(?=\$\{\w+\})/m.exec(text)
  return match === null ? null : match.index + match[0].length
}

/** What YAML can say and a mapping cannot: a key that is no word, an alias of nothing or of what it stands in. */
export function checkNodes(document: Document, at: (offset: number) => Place): Complaint[] {
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
export function repeatedKeys(document: Document, at: (offset: number) => Place): Complaint[] {
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
export function tooLarge(text: string): string | null {
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

/** How a variable is set that the mapping, or a proposal of one, needs. */
export const notSet = (name: string): string =>
  `The environment variable ${name} is not set. Save it under Settings → Secrets and variables → Actions → Variables, and pass it under env: in the workflow; for a shell: export ${name}=…`

/** Names of what must not be shown: a mapping's values stand in issues, comments, commits and the state. */
const SECRET = /^(?:ACTIONS|INPUT)_|(?:^|_)(?:TOKEN|SECRET|PASSWORD|KEY|PAT)$/i

/** Puts the environment's values in place of ${NAME}; answers a complaint for each that is not set, or not to be shown. */
export function expand(
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
          message: notSet(name),
          place: at(node.range?.[0] ?? 0),
        })
        return 'unset'
      })
    },
  })
  return complaints
}

/** The document as plain data. Throws a UserError where that cannot be. */
export function toPlain(document: Document, at: (offset: number) => Place): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    const message = `Not usable YAML: ${error instanceof Error ? error.message : String(error)}`
    throw new UserError([{ message, place: at(0) }])
  }
}

/** Where the value at this path begins in the text, or its key; where it is missing, what it would stand in. */
export function offsetOf(document: Document, path: readonly (string | number)[], key: boolean): number {
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

/** The value at this path of plain data; undefined where there is none. */
export function valueAt(plain: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (node, part) => (typeof node === 'object' && node !== null ? Reflect.get(node, part) : undefined),
    plain,
  )
}
