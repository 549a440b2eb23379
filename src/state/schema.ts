/**
 * state.json: what it holds, how it is written so that a diff shows just what changed, and how it is read back.
 * A state that cannot be read exactly is refused in words; it is never repaired by guessing.
 */
import { z } from 'zod'
import { type Base, type Conflict, type Pair, PROBLEM_CODES, type Problem, RESTS } from '../core/model.ts'
import { UserError } from '../errors.ts'
import { parseJson } from './json.ts'

const VERSION = 1

/** A person, a linked record or a file. */
const item = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  email: z.string().optional(),
  pending: z.literal(true).optional(),
})
export const value = z.union([z.null(), z.string(), z.number(), z.literal(true), z.array(z.string()), z.array(item)])
export const base = z.strictObject({
  notion: value,
  airtable: value,
  accepted: z.literal(true).optional(),
  unfilled: z.enum(['notion', 'airtable']).optional(),
})
const column = z.strictObject({
  name: z.string(),
  id: z.string(),
  type: z.string(),
  options: z.record(z.string(), z.string()).optional(),
})
export const rest = z.strictObject({
  why: z.enum(RESTS),
  wrote: z.record(z.string(), value).optional(),
  was: z.record(z.string(), value).optional(),
})
const pair = z.strictObject({
  title: z.string(),
  page: z.string(),
  row: z.string(),
  // Most bases are equal on both sides and are written once.
  base: z.record(z.string(), z.union([base, value])),
  rest: rest.optional(),
})
const conflict = z.strictObject({
  page: z.string(),
  row: z.string(),
  field: z.string(),
  base: base.nullable(),
  notion: value,
  airtable: value,
  notionEdited: z.string(),
  clock: z.enum(['notion', 'airtable', 'unknown']).optional(),
})
const problem = z.strictObject({
  code: z.enum(PROBLEM_CODES),
  page: z.string().nullable(),
  row: z.string().nullable(),
  title: z.string(),
  field: z.string().optional(),
  message: z.string(),
  notion: value.optional(),
  airtable: value.optional(),
  under: z.string().optional(),
})
const state = z.strictObject({
  version: z.literal(VERSION),
  sync: z.string(),
  belongs: z.strictObject({
    repository: z.string(),
    /** The ID as the config gives it, and the data source that it was found to mean. */
    notion: z.string(),
    dataSource: z.string(),
    base: z.string(),
    table: z.string(),
    tableId: z.string(),
  }),
  issue: z.number().nullable(),
  /** Who opened it, as GitHub told: nobody else's issue is obeyed. */
  issueAuthor: z.string().nullable().default(null),
  /** Rows of which the page may have been made without an answer, and when. */
  creating: z.record(z.string(), z.string()).default({}),
  /** Why the last run failed, until one succeeds. */
  lastFailure: z.string().nullable(),
  /** The fields that the sync keeps for itself. */
  ownFields: z.record(z.string(), z.strictObject({ name: z.string(), id: z.string() })),
  fields: z.array(
    z.strictObject({
      key: z.string(),
      notion: column,
      airtable: column,
      values: z.record(z.string(), z.string()).optional(),
    }),
  ),
  // Records are looked at one by one, up to the first that is wrong.
  pairs: z.array(z.unknown()),
  conflicts: z.array(z.unknown()),
  problems: z.array(z.unknown()),
})

type Stored = z.infer<typeof state>
export type Belongs = Stored['belongs']
export type State = Omit<Stored, 'pairs' | 'conflicts' | 'problems'> & {
  readonly pairs: readonly Pair[]
  readonly conflicts: readonly Conflict[]
  readonly problems: readonly Problem[]
}

/** The state of a sync that has none yet. */
export const emptyState = (
  sync: string,
  belongs: Belongs,
  { ownFields, learned }: { ownFields: State['ownFields']; learned: readonly State['fields'][number][] },
): State => ({
  version: VERSION,
  sync,
  belongs,
  issue: null,
  issueAuthor: null,
  creating: {},
  lastFailure: null,
  ownFields,
  fields: [...learned],
  pairs: [],
  conflicts: [],
  problems: [],
})

const REBUILD =
  'Take the file from an earlier commit (git log shows them), or delete it: the next run then builds it anew from both services, linking by page ID.'

/** Reads a state file; throws a UserError (kind `state`) that says what is wrong and how to go on. */
export function parseState(text: string, path: string): State {
  const refuse = (what: string) => new UserError(`${path} ${what} Nothing was written. ${REBUILD}`, 'state')
  if (/^(<{7}|>{7}|={7})/m.test(text)) throw refuse('holds the marks of an unfinished merge.')
  let plain: unknown
  try {
    plain = parseJson(text)
  } catch (error) {
    throw refuse(`is not valid JSON (${error instanceof Error ? error.message : String(error)}).`)
  }
  const version: unknown = typeof plain === 'object' && plain !== null ? Reflect.get(plain, 'version') : undefined
  if (typeof version === 'number' && version > VERSION) {
    throw new UserError(
      `${path} was written by a newer version of this action (state version ${version}; this one knows ${VERSION}). Use that version again. Nothing was written.`,
      'state',
    )
  }
  const read = <T>(shape: z.ZodType<T>, data: unknown, at: readonly PropertyKey[]): T => {
    const parsed = shape.safeParse(data)
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    const place = [...at, ...(issue?.path ?? [])].join('.')
    throw refuse(`is not a state of this action: ${place} ${issue?.message ?? ''}.`)
  }
  const head = read(state, plain, [])
  const each = <T>(shape: z.ZodType<T>, name: 'pairs' | 'conflicts' | 'problems'): T[] =>
    head[name].map((item, index) => read(shape, item, [name, index]))
  const pairs = each(pair, 'pairs')
  const doubled = repeated(pairs.flatMap(entry => [entry.page, entry.row]))
  if (doubled !== undefined) throw refuse(`names ${doubled} in two pairs.`)
  return {
    ...head,
    pairs: pairs.map(entry => ({
      ...entry,
      base: Object.fromEntries(Object.entries(entry.base).map(([key, stored]) => [key, unfold(stored)])),
    })) as Pair[],
    conflicts: each(conflict, 'conflicts') as Conflict[],
    problems: each(problem, 'problems') as Problem[],
  }
}

const isBase = (stored: unknown): stored is Base =>
  typeof stored === 'object' && stored !== null && !Array.isArray(stored) && 'notion' in stored

function unfold(stored: z.infer<typeof pair>['base'][string]): Base {
  return isBase(stored) ? stored : ({ notion: stored, airtable: stored } as Base)
}

function fold(stored: Base): unknown {
  const { notion, airtable, ...marks } = stored
  const equal = Object.keys(marks).length === 0 && JSON.stringify(notion) === JSON.stringify(airtable)
  return equal ? notion : stored
}

function repeated(ids: readonly string[]): string | undefined {
  const seen = new Set<string>()
  return ids.find(id => seen.size === seen.add(id).size)
}

/** The state as text: one record a line, in an order that does not depend on how it was read. */
export function formatState(given: State): string {
  const { pairs, conflicts, problems, fields, ...head } = given
  const order = fields.map(field => field.key)
  const lines = (name: string, items: readonly unknown[]): string =>
    items.length === 0 ? `"${name}": []` : `"${name}": [\n${items.map(item => JSON.stringify(item)).join(',\n')}\n]`
  const by =
    <T>(...keys: ((item: T) => string | null | undefined)[]) =>
    (a: T, b: T): number =>
      keys.map(key => compare(key(a) ?? '', key(b) ?? '')).find(result => result !== 0) ?? 0
  const storedPairs = [...pairs]
    .sort(by(entry => entry.page))
    .map(({ title, page, row, base: bases, rest: resting }) => ({
      title,
      page,
      row,
      base: Object.fromEntries(order.flatMap(key => (bases[key] === undefined ? [] : [[key, fold(bases[key])]]))),
      ...(resting === undefined ? {} : { rest: resting }),
    }))
  return `{\n${[
    ...Object.entries(head).map(([key, item]) => `${JSON.stringify(key)}: ${JSON.stringify(item)}`),
    lines('fields', fields),
    lines('pairs', storedPairs),
    lines(
      'conflicts',
      [...conflicts]
        .map(item => conflict.parse(item))
        .sort(
          by(
            item => item.page,
            item => item.field,
          ),
        ),
    ),
    lines(
      'problems',
      [...problems]
        .map(item => problem.parse(item))
        .sort(
          by(
            item => item.page,
            item => item.row,
            item => item.field,
            item => item.code,
          ),
        ),
    ),
  ].join(',\n')}\n}\n`
}

/** By code unit, the same on every machine. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
