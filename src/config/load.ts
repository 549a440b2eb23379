/**
 * mappings.yaml from text to rules: YAML, environment variables, schema, and the rules that need no service.
 * All errors are found at once, each with its line. It reads no file and asks nobody.
 */
import { LineCounter, parseDocument } from 'yaml'
import { type Complaint, type Place, UserError } from '../errors.ts'
import { describe } from './explain.ts'
import { checkRules } from './rules.ts'
import { salvage } from './salvage.ts'
import { type Mappings, mappings } from './schema.ts'
import {
  checkNodes,
  expand,
  type FindPlace,
  offsetOf,
  repeatedKeys,
  tooLarge,
  toPlain,
  unquotedVariable,
} from './yaml.ts'

/** The config and the way back from a path in it to a place in the file. */
export type Loaded = {
  readonly mappings: Mappings
  readonly place: FindPlace
}

/** A mapping with mistakes. `rest` is what can be held against the services all the same; null where that is nothing. */
export class MappingError extends UserError {
  readonly rest: Loaded | null
  constructor(complaints: readonly Complaint[], rest: Loaded | null) {
    super(complaints)
    this.rest = rest
  }
}

/** More than anybody reads at once. */
const MAX_COMPLAINTS = 100

/**
 * Parses and checks the text of a mappings file. `env` gives the values of `${NAME}`; null leaves them as they are
 * (for a check without secrets). Throws a UserError with every complaint that needs no service.
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
        ? byLine([...syntax, ...doubled])
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

  const place: FindPlace = (path, key) => at(offsetOf(document, path, key ?? false))
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
  const complaints = byLine([...doubled, ...unset, ...found])
  if (complaints.length > 0 || !parsed.success)
    throw new MappingError(complaints, unset.length > 0 ? null : salvage(plain, place))
  return { mappings: parsed.data, place }
}

/** By line, each said once, and no more than anybody reads. */
export function byLine(complaints: readonly Complaint[]): Complaint[] {
  const said = new Map(complaints.map(item => [`${item.place?.line}:${item.place?.column}:${item.message}`, item]))
  return [...said.values()].sort((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0)).slice(0, MAX_COMPLAINTS)
}
