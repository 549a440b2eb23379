/**
 * The promises, as checks of what a run did. Each failure is a Broken that begins with the promise's name: merge (each
 * cell holds what the merge rule says), made (twins are made once, for whom they must be), absence (nothing is deleted
 * unless it must be), open (what no rule settles is told), base (git never tells of values that were not held at once,
 * nor of older ones than need be), counts (what a run says it did is what happened), trace (what was written over stands
 * in the changelog), guard (a run that must stop writes nothing).
 */
import { exact, KEYS, type Key, REFUSED, type Side } from './example.ts'
import { baseOf, type Expected, type State } from './model.ts'
import type { People } from './people.ts'
import type { Ran } from './run.ts'
import { type Cells, cell, type Held, type Text } from './world.ts'

export class Broken extends Error {}

export type Observed = {
  readonly before: Held
  readonly after: Held
  readonly state: State
  readonly expected: Expected
  readonly people: People
  /** Text of the changelog. */
  readonly changelog: string
}

const records = ({ pages, rows }: Held): [Side, string, Cells][] => [
  ...[...pages].map(([id, cells]): [Side, string, Cells] => ['notion', id, cells]),
  ...[...rows].map(([id, cells]): [Side, string, Cells] => ['airtable', id, cells]),
]

/** Everything that an undisturbed run must have done, for the records that `sure` says yes to, and says in `counts`. */
export function checkDone(seen: Observed, counts: Ran['counts'], sure: (id: string) => boolean): void {
  const { before, after, expected, people } = seen
  for (const [side, id, cells] of records(before)) {
    if (!sure(id)) continue
    const gone = cell(after, side, id, 'Name') === undefined
    const may = expected.deleted.has(id) || expected.trashed.has(id)
    if (gone && !may) throw new Broken(`absence: ${id} was deleted, and should not be`)
    if (!gone && may) throw new Broken(`absence: ${id} is still there, and should be deleted`)
    if (gone) continue
    for (const key of KEYS) {
      const wanted = expected.cells.has(`${side} ${id}/${key}`)
        ? expected.cells.get(`${side} ${id}/${key}`)
        : cells[key]
      const now = cell(after, side, id, key) ?? null
      if (!people.same(key, now, wanted ?? null))
        throw new Broken(`merge: ${key} of ${id} was ${cells[key]}, is ${now}, and should be ${wanted}`)
    }
  }
  checkMade(seen, sure)
  checkOpen(seen, sure)
  const fresh = checkFresh(seen, sure)
  const all = [...before.pages.keys(), ...before.rows.keys(), ...after.pages.keys(), ...after.rows.keys()].every(sure)
  const created = count(after, before) + count(after, before, 'rows')
  if (all && fresh && counts !== null && counts.created !== created)
    throw new Broken(`counts: ${counts.created} created, really ${created}`)
  const deleted = count(before, after) + count(before, after, 'rows')
  if (all && counts !== null && deleted !== expected.deleted.size + expected.trashed.size)
    throw new Broken(`counts: ${deleted} deleted, and not ${expected.deleted.size + expected.trashed.size}`)
}

const count = (one: Held, two: Held, of: 'pages' | 'rows' = 'pages'): number =>
  [...one[of].keys()].filter(id => !two[of].has(id)).length

/** Twins that had to be made, and no others. */
function checkMade({ before, after, state, expected, people }: Observed, sure: (id: string) => boolean): void {
  const byPeople = (id: string): boolean => people.ledger.touched.has(id)
  const newRows = [...after.rows].filter(([id]) => !before.rows.has(id) && !byPeople(id))
  const newPages = [...after.pages].filter(([id]) => !before.pages.has(id) && !byPeople(id))
  const alike = (made: Cells, from: Cells, what: string): void => {
    for (const key of KEYS) {
      const refused = from[key]?.includes(REFUSED) === true
      if (!people.same(key, made[key], refused ? null : from[key]))
        throw new Broken(`made: ${key} of ${what} is ${made[key]}, not ${from[key]}`)
    }
  }
  for (const [page, cells] of expected.rowFor) {
    if (!sure(page)) continue
    const made = newRows.filter(([, row]) => row.pageId === page)
    const [only] = made
    if (only === undefined || made.length > 1) throw new Broken(`made: ${made.length} rows for ${page}, not 1`)
    alike(only[1], cells, `the row made for ${page}`)
  }
  for (const [row, cells] of expected.pageFor) {
    if (!sure(row)) continue
    const id = after.rows.get(row)?.pageId
    const made = newPages.find(([page]) => page === id)
    if (made === undefined) throw new Broken(`made: no page for ${row}`)
    alike(made[1], cells, `the page made for ${row}`)
  }
  for (const [id, { pageId }] of newRows) {
    if (sure(pageId ?? '') && !expected.rowFor.has(pageId ?? ''))
      throw new Broken(`made: row ${id} for ${pageId}, which needs none`)
  }
  const rowOf = new Map([...after.rows].map(([id, { pageId }]) => [pageId, id]))
  for (const [id] of newPages) {
    // Where its row was edited meanwhile, it is linked by the next run, from the state.
    const row = rowOf.get(id) ?? state.pairs.find(({ page }) => page === id)?.row
    if (row === undefined) throw new Broken(`made: page ${id}, and no row names it`)
    if (sure(row) && !expected.pageFor.has(row) && !expected.restored.has(id))
      throw new Broken(`made: page ${id} for ${row}, which needs none`)
  }
  for (const [page, row] of expected.merged) {
    if (sure(page) && sure(row) && after.rows.get(row)?.pageId !== page)
      throw new Broken(`made: the page ID of ${row} is ${after.rows.get(row)?.pageId}, not ${page}`)
  }
}

/** What must be open is told, and nothing else is. */
function checkOpen({ state, expected }: Observed, sure: (id: string) => boolean): void {
  const told = new Set(state.conflicts.map(({ page, field }) => `${page}/${field}`))
  const refused = new Set(
    state.problems.flatMap(({ page, field, code }) => (code === 'refused' ? [`${page}/${field}`] : [])),
  )
  const isSure = (what: string): boolean => sure(what.slice(0, what.indexOf('/')))
  for (const what of expected.open)
    if (isSure(what) && !told.has(what)) throw new Broken(`open: ${what} is a conflict, and is not told`)
  for (const what of told)
    if (isSure(what) && !expected.open.has(what)) throw new Broken(`open: ${what} is told as a conflict, and is none`)
  for (const what of expected.refused)
    if (isSure(what) && !refused.has(what)) throw new Broken(`open: ${what} was refused, and is not told`)
}

/** After a run, git knows of each merged pair what both sides hold, but for what is open; and which pairs rest. */
function checkFresh({ after, state, expected, people }: Observed, sure: (id: string) => boolean): boolean {
  for (const page of expected.resting) {
    const pair = state.pairs.find(each => each.page === page)
    if (sure(page) && pair?.rest === undefined) throw new Broken(`base: a filter hides ${page}, and it does not rest`)
  }
  for (const [page, row] of expected.merged) {
    if (!sure(page) || !sure(row)) continue
    const pair = state.pairs.find(each => each.page === page)
    if (pair?.row !== row) throw new Broken(`base: git does not know ${page} and ${row} for a pair`)
    if (pair.rest !== undefined) throw new Broken(`base: ${page} and ${row} are both there, and rest all the same`)
    for (const key of KEYS) {
      const base = baseOf(pair, key)
      const now = {
        notion: cell(after, 'notion', page, key) ?? null,
        airtable: cell(after, 'airtable', row, key) ?? null,
      }
      const isOpen = expected.open.has(`${page}/${key}`) || expected.refused.has(`${page}/${key}`)
      if (isOpen) continue
      const fits =
        base !== null && people.same(key, base.notion, now.notion) && people.same(key, base.airtable, now.airtable)
      if (!fits)
        throw new Broken(
          `base: git says ${key} of ${page} was ${JSON.stringify(base)}, and it is ${JSON.stringify(now)}`,
        )
    }
  }
  return true
}

/** A run that was disturbed may have left things undone, but did nothing else. */
export function checkPartly({ before, after, expected, people }: Observed, sure: (id: string) => boolean): void {
  for (const [side, id, cells] of records(before)) {
    if (!sure(id)) continue
    if (cell(after, side, id, 'Name') === undefined) {
      if (!expected.deleted.has(id) && !expected.trashed.has(id))
        throw new Broken(`absence: ${id} was deleted, and should not be`)
      continue
    }
    for (const key of KEYS) {
      const wanted = expected.cells.get(`${side} ${id}/${key}`)
      const now = cell(after, side, id, key) ?? null
      if (!people.same(key, now, cells[key]) && !(wanted !== undefined && people.same(key, now, wanted)))
        throw new Broken(`merge: ${key} of ${id} was ${cells[key]}, is ${now}, and may be ${wanted}`)
    }
  }
}

/** In all bases that git had not `told` of before, both values were held at one time, or within the run that has just ended. */
export function checkBase(state: State, people: People, began: number, told: Set<string>): void {
  for (const pair of state.pairs) {
    for (const key of KEYS) {
      const base = baseOf(pair, key, exact)
      const line = JSON.stringify([pair.page, pair.row, key, base])
      if (base === null || told.has(line)) continue
      told.add(line)
      if (!people.heldAtOnce(key, { id: pair.page, value: base.notion }, { id: pair.row, value: base.airtable }, began))
        throw new Broken(
          `base: git says of ${key} that ${pair.page} held ${base.notion} while ${pair.row} held ${base.airtable}`,
        )
    }
  }
}

const WORDS = /w\d+[a-z]/g
/** Words that nobody else could have typed. */
export const wordsIn = (text: Text): string[] => [...(text?.matchAll(WORDS) ?? [])].map(([word]) => word)

/** What a finished run wrote over, of what people typed, stands in the changelog, or on the other side still. */
export function checkTrace({ before, after, changelog, people }: Observed, spared: (id: string) => boolean): void {
  const held = new Set(records(after).flatMap(([, , cells]) => KEYS.flatMap(key => wordsIn(cells[key]))))
  for (const [side, id, cells] of records(before)) {
    if (spared(id)) continue
    for (const key of KEYS) {
      const now = cell(after, side, id, key)
      if (now !== undefined && people.same(key, now, cells[key])) continue
      if (key === 'Priority' && [...people.ledger.renamed.keys()].includes(`${key}/${cells[key]}`)) continue
      const lost = wordsIn(cells[key]).find(word => !held.has(word) && !changelog.includes(word))
      if (lost !== undefined)
        throw new Broken(`trace: ${lost} stood in ${key} of ${id}, and was written over without a word`)
    }
  }
}

/** `key` of a record is told as open, or the whole record is. */
export const isOpen = (state: State, id: string, key: Key): boolean =>
  [...state.conflicts, ...state.problems].some(
    ({ page, row, field = '' }) => (page === id || row === id) && (field === key || field === ''),
  )
