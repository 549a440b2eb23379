/**
 * Which page belongs to which row, and what is left over. Pure; it reads no field but the page ID cell and the match
 * field, and concludes nothing from absence: records that are missing are only listed, to be looked up.
 */
import type { Page, Pair, Problem, Row, Value } from './model.ts'

/** A pair as it stands in this run. `page` or `row` is null where the reading did not bring it. */
export type Linked = {
  readonly pair: Pair
  readonly page: Page | null
  readonly row: Row | null
  /** Linked for the first time; why. */
  readonly isNew?: 'page-id' | 'match'
  /** The page ID cell does not say what it should. */
  readonly relink: boolean
}

export type Pairing = {
  readonly linked: readonly Linked[]
  readonly loosePages: readonly Page[]
  readonly looseRows: readonly Row[]
  readonly problems: readonly Problem[]
}

const PAGE_ID = /([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})(?:[?#].*)?$/i

/** The dashed lower-case page ID in a cell that holds an ID in any spelling or a page's URL; null if there is none. */
export function readPageId(text: string | null): string | null {
  const match = PAGE_ID.exec(text?.trim() ?? '')
  return match === null ? null : match.slice(1, 6).join('-').toLowerCase()
}

const matchKey = (value: Value | undefined): string | null =>
  value === null || value === undefined || value === '' ? null : String(value).trim().toLocaleLowerCase('en')

const byAge = (a: Row, b: Row): number => a.created.localeCompare(b.created) || a.id.localeCompare(b.id)

/** Links what belongs together: by the state first, then by the page ID cell, then by equal and unique match values. */
export function pairUp(
  known: readonly Pair[],
  pages: readonly Page[],
  rows: readonly Row[],
  matchField: string | null,
): Pairing {
  const pageById = new Map(pages.map(page => [page.id, page]))
  const rowById = new Map(rows.map(row => [row.id, row]))
  const knownRows = new Set(known.map(pair => pair.row))
  const takenPages = new Set(known.map(pair => pair.page))
  const problems: Problem[] = []

  const linked: Linked[] = known.map(pair => {
    const row = rowById.get(pair.row) ?? null
    return {
      pair,
      page: pageById.get(pair.page) ?? null,
      row,
      relink: row !== null && readPageId(row.pageId) !== pair.page,
    }
  })

  const looseRows: Row[] = []
  for (const row of rows.filter(candidate => !knownRows.has(candidate.id)).sort(byAge)) {
    const pageId = readPageId(row.pageId)
    if (pageId === null) {
      looseRows.push(row)
    } else if (takenPages.has(pageId)) {
      problems.push(duplicateRow(row, pageId, linked))
    } else {
      const page = pageById.get(pageId)
      // A row that names a page which is not in the list (out of the filter, in trash, not ours) is left alone.
      if (page === undefined) continue
      takenPages.add(pageId)
      linked.push({ ...newLink(page, row), isNew: 'page-id', relink: false })
    }
  }

  const loosePages = pages.filter(page => !takenPages.has(page.id))
  const matched = matchUp(loosePages, looseRows, matchField)
  return {
    linked: [...linked, ...matched.linked],
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

function duplicateRow(row: Row, pageId: string, linked: readonly Linked[]): Problem {
  const twin = linked.find(link => link.pair.page === pageId)?.pair.row ?? 'another row'
  return {
    code: 'duplicate-row',
    page: pageId,
    row: row.id,
    title: row.title,
    message: `This row carries the page ID that belongs to row ${twin}; it looks like a copy and is never written. Delete it, or empty its page ID cell to make it a record of its own.`,
  }
}

function matchUp(pages: readonly Page[], rows: readonly Row[], field: string | null): Pairing {
  if (field === null) return { linked: [], loosePages: pages, looseRows: rows, problems: [] }
  const pagesByKey = Map.groupBy(pages, page => matchKey(page.values[field]))
  const rowsByKey = Map.groupBy(rows, row => matchKey(row.values[field]))
  const linked: Linked[] = []
  const problems: Problem[] = []
  const settled = new Set<string>()
  for (const [key, samePages] of pagesByKey) {
    const sameRows = key === null ? undefined : rowsByKey.get(key)
    if (sameRows === undefined) continue
    for (const record of [...samePages, ...sameRows]) settled.add(record.id)
    const [page, secondPage] = samePages
    const [row, secondRow] = sameRows
    if (page !== undefined && row !== undefined && secondPage === undefined && secondRow === undefined) {
      linked.push({ ...newLink(page, row), isNew: 'match', relink: true })
      continue
    }
    for (const candidate of samePages)
      problems.push(ambiguous(candidate.id, null, candidate.title, samePages.length, sameRows.length))
    for (const candidate of sameRows)
      problems.push(ambiguous(null, candidate.id, candidate.title, samePages.length, sameRows.length))
  }
  return {
    linked,
    loosePages: pages.filter(page => !settled.has(page.id)),
    looseRows: rows.filter(row => !settled.has(row.id)),
    problems,
  }
}

function ambiguous(page: string | null, row: string | null, title: string, pages: number, rows: number): Problem {
  return {
    code: 'ambiguous-match',
    page,
    row,
    title,
    message: `${pages} ${pages === 1 ? 'page' : 'pages'} and ${rows} ${rows === 1 ? 'row' : 'rows'} have this name, so which belong together cannot be told. Rename all but one on each side, or put the page's ID into the row's page ID cell.`,
  }
}
