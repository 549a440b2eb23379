/**
 * Which page belongs to which row, and what is left over. Pure; it reads no field but the page ID cell and the match
 * field, and concludes nothing from absence: records that are missing are only listed, to be looked up.
 */
import type { Field, Page, Pair, Problem, Row, Side } from './model.ts'
import { own } from './planning.ts'
import { comparable, counted, fold, normal } from './value.ts'

/** A pair as it stands in this run. `page` or `row` is null where the reading did not bring it. */
export type Linked = {
  readonly pair: Pair
  readonly page: Page | null
  readonly row: Row | null
  /** Linked for the first time; why. */
  readonly isNew?: 'page-id' | 'match' | 'made'
  /** The page ID cell does not say what it should. */
  readonly relink: boolean
}

export type Pairing = {
  readonly linked: readonly Linked[]
  readonly loosePages: readonly Page[]
  readonly looseRows: readonly Row[]
  readonly problems: readonly Problem[]
}

const PAGE_ID = /(?<![0-9a-f])([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})(?:[?#].*)?$/i
/** The address of a page that is open beside its list names it as a parameter. */
const BESIDE = /[?&]p=([0-9a-f]{32})(?![0-9a-f])/i

/** The dashed lower-case page ID in a cell that holds an ID in any spelling or a page's URL; null if there is none. */
export function readPageId(text: string | null): string | null {
  if (text === null) return null
  const written = text.trim()
  const match = PAGE_ID.exec(BESIDE.exec(written)?.[1] ?? written)
  return match === null ? null : match.slice(1, 6).join('-').toLowerCase()
}

/** What two records have in common that are linked by `match`: equal as the merge sees it, case aside. Null where empty. */
function matchKey(field: Field, side: Side, record: Page | Row): string | null {
  const value = normal(own(record.values, field.key))
  return value === null ? null : fold(comparable(field, side, value))
}

const byAge = (a: Row, b: Row): number => a.created.localeCompare(b.created) || a.id.localeCompare(b.id)

/** The oldest of the rows that carry a page's ID, if any does. */
export const oldestWith = (pageId: string, rows: readonly Row[]): Row | undefined =>
  rows.filter(row => readPageId(row.pageId) === pageId).sort(byAge)[0]

export type Twins = {
  /** Rows that are proved to be deleted: another row with the page's ID may take their place. */
  readonly deleted: ReadonlySet<string>
  /** Whether a page was made by this program from this row: made by its user, and equal in every mapped field. */
  readonly madeFrom: (page: Page, row: Row) => boolean
  /** The page that a run made from a row and did not link, by the row's ID; whatever both hold now. */
  readonly made: ReadonlyMap<string, string>
}
const NO_TWINS: Twins = { deleted: new Set(), madeFrom: () => false, made: new Map() }

/** Links what belongs together: by the state first, then by the page ID cell, then by equal and unique match values. */
export function pairUp(
  known: readonly Pair[],
  pages: readonly Page[],
  rows: readonly Row[],
  matchField: Field | null,
  twins: Twins = NO_TWINS,
): Pairing {
  const pageById = new Map(pages.map(page => [page.id, page]))
  const rowById = new Map(rows.map(row => [row.id, row]))
  const knownRows = new Set(known.map(pair => pair.row))
  const linked = new Map<string, Linked>()
  for (const pair of known) {
    const row = rowById.get(pair.row) ?? null
    const relink = row !== null && readPageId(row.pageId) !== pair.page
    linked.set(pair.page, { pair, page: pageById.get(pair.page) ?? null, row, relink })
  }

  const problems: Problem[] = []
  const looseRows: Row[] = []
  for (const row of rows.filter(candidate => !knownRows.has(candidate.id)).sort(byAge)) {
    const pageId = readPageId(row.pageId)
    if (pageId === null) {
      looseRows.push(row)
      continue
    }
    const page = pageById.get(pageId)
    const twin = linked.get(pageId)
    // A row that names a page which is not in the list (out of the filter, in trash, not ours) is left alone.
    if (page !== undefined && (twin === undefined || twins.deleted.has(twin.pair.row))) {
      linked.set(pageId, { ...newLink(page, row), isNew: 'page-id', relink: false })
    } else if (twin !== undefined) problems.push(duplicateRow(row, twin.pair))
  }

  const unlinked: Row[] = []
  for (const row of looseRows) {
    const page = pageById.get(twins.made.get(row.id) ?? '')
    if (page !== undefined && !linked.has(page.id))
      linked.set(page.id, { ...newLink(page, row), isNew: 'made', relink: true })
    else unlinked.push(row)
  }
  const loosePages = pages.filter(page => !linked.has(page.id))
  const matched = matchUp(loosePages, unlinked, matchField, twins)
  return {
    linked: [...linked.values(), ...matched.linked],
    loosePages: matched.loosePages,
    looseRows: matched.looseRows,
    problems: [...problems, ...matched.problems],
  }
}

const newLink = (page: Page, row: Row) => ({
  pair: { page: page.id, row: row.id, title: page.title, base: {} },
  page,
  row,
})

function duplicateRow(row: Row, twin: Pair): Problem {
  return {
    code: 'duplicate-row',
    page: twin.page,
    row: row.id,
    title: row.title,
    message: `This row carries the page ID that belongs to row ${twin.row}; it looks like a copy and is never written. Delete it, or empty its page ID cell (the field of page_id_field in the mapping, which may be hidden) to make it a record of its own.`,
  }
}

function matchUp(pages: readonly Page[], rows: readonly Row[], field: Field | null, twins: Twins): Pairing {
  const keyOn = (side: Side) => (record: Page | Row) => (field === null ? null : matchKey(field, side, record))
  const rowsByKey = groupBy(rows, keyOn('airtable'))
  const linked: Linked[] = []
  const problems: Problem[] = []
  const settled = new Set<string>()
  const link = (page: Page, row: Row): void => {
    linked.push({ ...newLink(page, row), isNew: 'match', relink: true })
    settled.add(page.id).add(row.id)
  }
  for (const [key, samePages] of groupBy(pages, keyOn('notion'))) {
    const sameRows = rowsByKey.get(key) ?? []
    const [page, secondPage] = samePages
    const [row, secondRow] = sameRows
    if (page === undefined || row === undefined) continue
    if (key !== null && secondPage === undefined && secondRow === undefined) {
      link(page, row)
      continue
    }
    // Several of one name: a page that a broken-off run made from one of the rows is known by all of its values.
    for (const candidate of samePages) {
      const origin = sameRows.find(found => !settled.has(found.id) && twins.madeFrom(candidate, found))
      if (origin !== undefined) link(candidate, origin)
    }
    const openPages = samePages.filter(candidate => !settled.has(candidate.id))
    const openRows = sameRows.filter(candidate => !settled.has(candidate.id))
    if (key === null || openPages.length === 0 || openRows.length === 0) continue
    for (const candidate of openPages)
      problems.push(ambiguous(candidate.id, null, candidate.title, openPages.length, openRows.length))
    for (const candidate of openRows)
      problems.push(ambiguous(null, candidate.id, candidate.title, openPages.length, openRows.length))
    for (const candidate of [...openPages, ...openRows]) settled.add(candidate.id)
  }
  return {
    linked,
    loosePages: pages.filter(page => !settled.has(page.id)),
    looseRows: rows.filter(row => !settled.has(row.id)),
    problems,
  }
}

/** Map.groupBy, which Node has from version 21 on; from a shell the bundle runs on 20 too. */
function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

function ambiguous(page: string | null, row: string | null, title: string, pages: number, rows: number): Problem {
  const which = pages === 1 ? 'of the rows' : rows === 1 ? 'of the pages' : 'on each side'
  return {
    code: 'ambiguous-match',
    page,
    row,
    title,
    message: `${counted(pages, 'page')} and ${counted(rows, 'row')} have this name, so which belong together cannot be told. Rename all but one ${which}, or put the page's ID into the row's page ID cell.`,
  }
}
