/**
 * What one undisturbed run must do, told from the contract alone: from what both sides hold, what git says of them, and
 * what people ticked, to what they must hold afterwards. It shares no code with src/, so that it can disagree with it.
 */
import { FIELDS, KEYS, type Key, normal, REFUSED, type Side } from './example.ts'
import type { People } from './people.ts'
import type { Unrecorded } from './unrecorded.ts'
import type { Cells, Held, Text, World } from './world.ts'

export type Base = Readonly<Record<Side, Text>>
export type Rest = { why: string; wrote?: Record<string, unknown>; was?: Record<string, unknown> }
export type Pair = { page: string; row: string; base: Record<string, unknown>; rest?: Rest }
export type Conflict = {
  page: string
  row: string
  field: string
  notion: unknown
  airtable: unknown
  notionEdited: string
  clock?: string
}
export type Problem = { code: string; page: string | null; row: string | null; field?: string }
/** state.json, as far as the fuzzer reads it. */
export type State = {
  pairs: Pair[]
  conflicts: Conflict[]
  problems: Problem[]
  creating: Record<string, string>
  fields: { key: string; notion: Column; airtable: Column }[]
}
type Column = { options?: Record<string, string> }
export const NO_STATE: State = { pairs: [], conflicts: [], problems: [], creating: {}, fields: [] }

/** Whether git tells of an option under this name: one that was made lately is known from the next commit on. */
export const knowsOption = ({ fields }: State, side: Side, key: Key, name: string): boolean =>
  fields.some(field => field.key === key && Object.values(field[side].options ?? {}).includes(name))

/** The base of a field as git tells it: one value for both sides where they are equal. */
export function baseOf(pair: Pair, key: Key, spelling = normal): Base | null {
  const told = pair.base[key]
  if (told === undefined) return null
  const apart = typeof told === 'object' && told !== null && !Array.isArray(told) && 'notion' in told
  const { notion, airtable } = (apart ? told : { notion: told, airtable: told }) as Record<Side, unknown>
  return { notion: spelling(key, notion), airtable: spelling(key, airtable) }
}

export type Expected = {
  /** Cells of live records that must hold something else afterwards; all others must hold what they held. */
  readonly cells: Map<string, Text>
  readonly deleted: Set<string>
  readonly trashed: Set<string>
  readonly restored: Set<string>
  /** Pages for which a row must be made, and rows for which a page must, with these cells. */
  readonly rowFor: Map<string, Cells>
  readonly pageFor: Map<string, Cells>
  /** Pairs that are merged: their bases must be what both sides hold afterwards. */
  readonly merged: Map<string, string>
  /** Pages of pairs that must rest: one of the two is hidden by a filter. */
  readonly resting: Set<string>
  /** page/field of conflicts that must be open, and of values that must be told as refused. */
  readonly open: Set<string>
  readonly refused: Set<string>
  /** Records of which the model says nothing. */
  readonly unsure: Set<string>
  /** Why the guards must stop the run, unless it is forced. */
  readonly stops: string[]
}

export type Given = {
  readonly world: World
  readonly held: Held
  readonly state: State
  /** By page/field: what is ticked beside the values that are in conflict. */
  readonly picks: ReadonlyMap<string, Side>
  readonly people: People
  readonly unrecorded: Unrecorded
}

export function expect(given: Given): Expected {
  const { world, held, state } = given
  const { rules } = world
  const expected: Expected = {
    cells: new Map(),
    deleted: new Set(),
    trashed: new Set(),
    restored: new Set(),
    rowFor: new Map(),
    pageFor: new Map(),
    merged: new Map(),
    resting: new Set(),
    open: new Set(),
    refused: new Set(),
    unsure: new Set(given.unrecorded.doubted),
    stops: [],
  }
  const listed = new Map([...held.pages].filter(([, cells]) => !rules.filter || cells.Status !== 'draft'))
  const rows = new Map([...held.rows].filter(([, cells]) => rules.rowFilter !== true || cells.Status !== 'shipped'))
  const known = new Set(state.pairs.map(({ row }) => row))
  const linked = new Set<string>()
  const namedBy = new Map<string, string[]>()
  for (const [id, { pageId }] of rows) {
    if (pageId !== null && /^[0-9a-f-]{36}$/.test(pageId) && !known.has(id))
      namedBy.set(pageId, [...(namedBy.get(pageId) ?? []), id])
  }
  let deletions = 0

  for (const pair of state.pairs) {
    const page = listed.get(pair.page)
    const row = rows.get(pair.row)
    linked.add(pair.page)
    const [heir] = namedBy.get(pair.page) ?? []
    if (page !== undefined && !held.rows.has(pair.row) && heir !== undefined) {
      mergePair(given, expected, { page: pair.page, row: heir, base: {} })
      if ((namedBy.get(pair.page) ?? []).length > 1) expected.unsure.add(pair.page).add(heir)
    } else if (page !== undefined && row !== undefined) mergePair(given, expected, pair)
    else deletions += absent(given, expected, pair, page, row)
  }
  for (const [page, named] of namedBy) {
    const [row] = named
    if (linked.has(page) || !listed.has(page) || row === undefined) continue
    linked.add(page)
    if (named.length > 1) for (const id of [page, ...named]) expected.unsure.add(id)
    else mergePair(given, expected, { page, row, base: {} })
  }
  // A page whose row is out of the filter rests with it.
  for (const [id, { pageId }] of held.rows) if (pageId !== null && !rows.has(id)) linked.add(pageId)
  loose(given, expected, { pages: listed, rows }, linked, known)

  const awake = state.pairs.filter(pair => pair.rest === undefined).length
  if (awake > 0 && (listed.size === 0 || rows.size === 0)) expected.stops.push('a side came back empty')
  if (deletions > rules.maxDeletions) expected.stops.push(`${deletions} deletions`)
  return expected
}

/** Whose absence a pair rests for. */
const restsFor = (rest: Rest): Side => (rest.why.startsWith('row-') ? 'airtable' : 'notion')

type Verdict = 'agree' | 'to airtable' | 'to notion' | 'conflict'

/** The merge rule of the contract, section 4. */
function merge(
  owner: Side | 'both',
  same: (a: Text, b: Text) => boolean,
  base: Base | null,
  n: Text,
  a: Text,
): Verdict {
  if (same(n, a)) return 'agree'
  if (base === null && a === null) return 'to airtable'
  if (base === null && n === null) return 'to notion'
  const [changedN, changedA] = base === null ? [true, true] : [!same(n, base.notion), !same(a, base.airtable)]
  if (owner !== 'both') return owner === 'notion' ? 'to airtable' : 'to notion'
  if (changedN === changedA) return 'conflict'
  return changedN ? 'to airtable' : 'to notion'
}

function mergePair(given: Given, expected: Expected, pair: Pair): void {
  const { world, held, people, unrecorded } = given
  const { rules } = world
  const page = held.pages.get(pair.page)
  const row = held.rows.get(pair.row)
  if (page === undefined || row === undefined) return
  expected.merged.set(pair.page, pair.row)
  const before = (side: Side, cells: Cells, key: Key): Text => {
    const wrote = pair.rest?.wrote?.[key]
    if (pair.rest === undefined || wrote === undefined || restsFor(pair.rest) === side) return cells[key]
    return people.same(key, cells[key], normal(key, wrote)) ? normal(key, pair.rest.was?.[key]) : cells[key]
  }
  for (const key of KEYS) {
    const n = before('notion', page, key)
    const a = before('airtable', row, key)
    const same = (one: Text, two: Text): boolean => people.same(key, one, two)
    let verdict = merge(rules.owner[key] ?? 'both', same, unrecorded.baseOf(pair, key, held), n, a)
    const asked = verdict === 'conflict'
    if (asked) verdict = settle(given, pair, key, n, a)
    const doubtful = (asked && unrecorded.meantToWrite.has(pair.page)) || unrecorded.byChance(pair, key, held)
    if (doubtful) expected.unsure.add(pair.page).add(pair.row)
    const set = (side: Side, id: string, value: Text): void => void expected.cells.set(`${side} ${id}/${key}`, value)
    // What archiving wrote is taken back, whatever becomes of the field.
    if (n !== page[key]) set('notion', pair.page, n)
    if (a !== row[key]) set('airtable', pair.row, a)
    if (verdict === 'conflict') expected.open.add(`${pair.page}/${key}`)
    else if (verdict !== 'agree') {
      const source = verdict === 'to airtable' ? n : a
      if (source?.includes(REFUSED) === true) {
        expected.refused.add(`${pair.page}/${key}`)
        // A conflict that was open stays so until its winner is written.
        const wasOpen = given.state.conflicts.some(({ page: id, field }) => id === pair.page && field === key)
        if (asked && wasOpen) expected.open.add(`${pair.page}/${key}`)
      } else if (verdict === 'to airtable') set('airtable', pair.row, source)
      else set('notion', pair.page, source)
    }
  }
}

/** The policy of a field, or a person's tick, where both sides changed. */
function settle({ world, state, picks, people, unrecorded }: Given, pair: Pair, key: Key, n: Text, a: Text): Verdict {
  const { rules } = world
  const open = state.conflicts.find(({ page, field }) => page === pair.page && field === key)
  const nStands = open !== undefined && people.same(key, normal(key, open.notion), n)
  const stands = nStands && people.same(key, normal(key, open.airtable), a)
  const pick = stands ? picks.get(`${pair.page}/${key}`) : undefined
  const policy = rules.conflict[key] ?? rules.otherwise
  const clock = (): Side | undefined => {
    if (stands && open.clock !== undefined) return open.clock === 'unknown' ? undefined : (open.clock as Side)
    if (!nStands && unrecorded.timeless.has(pair.page)) return undefined
    const minute = Date.parse(nStands ? open.notionEdited : String(world.notion.page(pair.page).last_edited_time))
    const edited = editedAt(world, pair.row, key)
    if (edited === undefined) return undefined
    return edited > minute + 59_999 ? 'airtable' : edited < minute ? 'notion' : undefined
  }
  const winner = pick ?? (policy === 'ask' ? undefined : policy === 'newest' ? clock() : policy)
  if (winner === undefined) return 'conflict'
  return winner === 'notion' ? 'to airtable' : 'to notion'
}

/** When a cell of Airtable was edited last, by anybody. */
function editedAt({ airtable }: World, row: string, key: Key): number | undefined {
  const [table] = airtable.snapshot().state.bases[0]?.tables ?? []
  const field = table?.fields.find(({ name }) => name === FIELDS[key].airtable)
  const at = table?.rows.find(({ id }) => id === row)?.modified[field?.id ?? '']
  return at === undefined ? undefined : Date.parse(at)
}

/** Pairs of which a side is missing; answers how many deletions the guards count. */
function absent(
  { world, held, state, picks, people, unrecorded }: Given,
  expected: Expected,
  pair: Pair,
  page: Cells | undefined,
  row: Cells | undefined,
): number {
  const { rules } = world
  const alive = held.pages.has(pair.page)
  // Once it rests for what became of its page, the row's fate changes nothing, and the other way round.
  const restsForPage = pair.rest !== undefined && restsFor(pair.rest) === 'notion'
  const hidden = pair.rest?.why === 'out-of-scope' || pair.rest?.why === 'row-out-of-scope'
  if (pair.rest !== undefined && !hidden && (restsForPage ? page : row) === undefined) return 0
  const archive = (side: Side, id: string, cells: Cells): number => {
    expected.cells.set(`${side} ${id}/Status`, 'archived')
    return people.same('Status', cells.Status, 'archived') ? 0 : 1
  }
  const edited = (side: Side, cells: Cells): boolean =>
    KEYS.some(key => !people.same(key, unrecorded.baseOf(pair, key, held)?.[side] ?? null, cells[key]))
  const standing = state.conflicts.find(({ page: id, field }) => id === pair.page && field === '')
  if (standing !== undefined && [...picks.keys()].includes(`${pair.page}/`)) {
    for (const id of [pair.page, pair.row]) expected.unsure.add(id)
  }
  if (!alive && row !== undefined) {
    if (rules.page === 'keep') return 0
    if (rules.page === 'archive') return archive('airtable', pair.row, row)
    if (edited('airtable', row)) expected.open.add(`${pair.page}/`)
    else expected.deleted.add(pair.row)
    return 1
  }
  if (!held.rows.has(pair.row) && page !== undefined) {
    if (rules.row === 'restore') {
      expected.rowFor.set(pair.page, page)
      return 0
    }
    if (rules.row === 'archive') return archive('notion', pair.page, page)
    if (edited('notion', page)) expected.open.add(`${pair.page}/`)
    else expected.trashed.add(pair.page)
    return 1
  }
  const isHidden = (alive && page === undefined) || (held.rows.has(pair.row) && row === undefined)
  if (isHidden && (page ?? row) !== undefined) expected.resting.add(pair.page)
  return 0
}

/** Records without a twin: linked by name where it is unique, else made on the other side where the mapping allows. */
function loose(
  { world, held, state, people, unrecorded }: Given,
  expected: Expected,
  listed: Pick<Held, 'pages' | 'rows'>,
  linked: ReadonlySet<string>,
  known: ReadonlySet<string>,
): void {
  const { rules } = world
  const pages = [...listed.pages].filter(([id]) => !linked.has(id))
  const rows = [...listed.rows].filter(([id, { pageId }]) => !known.has(id) && !/^[0-9a-f-]{36}$/.test(pageId ?? ''))
  const nameOf = (cells: Cells): Text => cells.Name?.toLowerCase() ?? null
  const broken = [...held.pages.keys()].some(
    id => !people.ledger.made.has(id) && !state.pairs.some(({ page }) => page === id),
  )
  const taken = new Set<string>()
  for (const name of new Set([...pages, ...rows].map(([, cells]) => nameOf(cells)))) {
    const pagesOfName = pages.filter(([, cells]) => nameOf(cells) === name).map(([id]) => id)
    const rowsOfName = rows.filter(([, cells]) => nameOf(cells) === name).map(([id]) => id)
    const [page] = pagesOfName
    const [row] = rowsOfName
    // A page that an earlier run may have made, and could not link, is known by more than its name.
    if (broken || rowsOfName.some(id => Object.hasOwn(state.creating, id))) {
      for (const id of [...pagesOfName, ...rowsOfName]) expected.unsure.add(id)
    } else if (name === null || page === undefined || row === undefined) continue
    else if (pagesOfName.length === 1 && rowsOfName.length === 1) {
      mergePair({ world, held, state, people, unrecorded, picks: new Map() }, expected, { page, row, base: {} })
    }
    for (const id of [...pagesOfName, ...rowsOfName]) taken.add(id)
  }
  for (const [id, cells] of pages) if (!taken.has(id) && rules.create !== 'none') expected.rowFor.set(id, cells)
  for (const [id, cells] of rows)
    if (!taken.has(id) && rules.create === 'both' && KEYS.some(key => cells[key] !== null))
      expected.pageFor.set(id, cells)
}
