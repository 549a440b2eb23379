/** Which page belongs to which row: by the state, by the page ID cell in any spelling, by a name that is unique. */
import { describe, expect, test } from 'vitest'
import type { Field, Page, Pair, Row } from '../../src/core/model.ts'
import { type Pairing, pairUp, readPageId } from '../../src/core/pair.ts'
import type { Shape } from '../../src/core/shape.ts'
import { field, page, pageId, pair, row, rowId } from './words.ts'

const ID = '1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d'
const BARE = ID.replaceAll('-', '')

describe('the page ID in a cell', () => {
  test.each([
    ['dashed', ID],
    ['without dashes', BARE],
    ['in capitals', ID.toUpperCase()],
    ['in capitals without dashes', BARE.toUpperCase()],
    ['with spaces and a line break around it', `  ${ID}\n`],
    ['a page’s address', `https://www.notion.so/${BARE}`],
    ['an address on the newer domain', `https://app.notion.com/p/${BARE}`],
    ['an address with a title', `https://www.notion.so/acme/Search-redesign-${BARE}`],
    ['an address with a title that ends like an ID', `https://www.notion.so/acme/Feed-deadbeef-${BARE}`],
    ['an address with a query', `https://www.notion.so/acme/Search-${BARE}?pvs=4`],
    ['an address with a heading', `https://www.notion.so/acme/Search-${BARE}#0e1f2a3b4c5d`],
    [
      'the address of a page that is open beside its list',
      `https://www.notion.so/acme/${'9'.repeat(32)}?v=${'8'.repeat(32)}&p=${BARE}&pm=s`,
    ],
  ])('is read when it is %s', (_, text) => {
    expect(readPageId(text)).toBe(ID)
  })

  test.each([
    null,
    '',
    '   ',
    'Search',
    '1a2b3c4d',
    BARE.slice(1),
    `${BARE}ff`,
    `${ID} and more`,
    'https://example.com/',
  ])('is not found in %j', text => {
    expect(readPageId(text)).toBeNull()
  })
})

const links = (pairing: Pairing): string[] => pairing.linked.map(link => `${link.pair.page} ${link.pair.row}`)
const up = (given: {
  known?: Pair[]
  pages?: Page[]
  rows?: Row[]
  match?: Field | null
  deleted?: string[]
  made?: (page: Page, row: Row) => boolean
}): Pairing =>
  pairUp(
    given.known ?? [],
    given.pages ?? [],
    given.rows ?? [],
    given.match === undefined ? field('Name') : given.match,
    {
      deleted: new Set(given.deleted),
      madeFrom: given.made ?? (() => false),
      made: new Map(),
    },
  )

describe('a pair that the state knows', () => {
  test('stays a pair when somebody emptied the page ID cell, and the cell is to be restored', () => {
    const { linked, looseRows } = up({ known: [pair(1)], pages: [page(1)], rows: [row(1, {}, { pageId: null })] })
    expect(linked).toMatchObject([{ pair: { page: pageId(1), row: rowId(1) }, relink: true }])
    expect(looseRows).toEqual([])
  })

  test('stays a pair when somebody typed another page’s ID into the cell', () => {
    const pairing = up({
      known: [pair(1), pair(2)],
      pages: [page(1), page(2)],
      rows: [row(1, {}, { pageId: pageId(2) }), row(2)],
    })
    expect(links(pairing)).toEqual([`${pageId(1)} ${rowId(1)}`, `${pageId(2)} ${rowId(2)}`])
    expect(pairing.linked.map(link => link.relink)).toEqual([true, false])
    expect(pairing.problems).toEqual([])
  })

  test.each([pageId(1).toUpperCase(), pageId(1).replaceAll('-', ''), page(1).url])(
    'needs no new cell text where the cell says the same in another spelling: %s',
    text => {
      const { linked } = up({ known: [pair(1)], pages: [page(1)], rows: [row(1, {}, { pageId: text })] })
      expect(linked[0]?.relink).toBe(false)
    },
  )

  test('is listed with its missing half, from which nothing is concluded', () => {
    const pairing = up({ known: [pair(1), pair(2)], pages: [page(2)], rows: [row(1)] })
    expect(pairing.linked).toMatchObject([
      { pair: { page: pageId(1) }, page: null },
      { pair: { page: pageId(2) }, row: null },
    ])
    expect([pairing.loosePages, pairing.looseRows]).toEqual([[], []])
  })

  test('is not linked anew by its name when the names have grown apart', () => {
    const pairing = up({
      known: [pair(1)],
      pages: [page(1, { Name: 'Old' }), page(2, { Name: 'New' })],
      rows: [row(1, { Name: 'New' })],
    })
    expect(links(pairing)).toEqual([`${pageId(1)} ${rowId(1)}`])
    expect(pairing.loosePages.map(({ id }) => id)).toEqual([pageId(2)])
  })
})

describe('two rows with one page ID', () => {
  const older = row(1, {}, { id: 'recOlder', created: '2026-03-01T00:00:00.000Z' })
  const newer = row(1, {}, { id: 'recNewer', created: '2026-03-02T00:00:00.000Z' })

  test('the one that the state knows is the twin, also when it is the newer', () => {
    const pairing = up({ known: [pair(1, {}, { row: 'recNewer' })], pages: [page(1)], rows: [older, newer] })
    expect(links(pairing)).toEqual([`${pageId(1)} recNewer`])
    expect(pairing.problems).toMatchObject([{ code: 'duplicate-row', row: 'recOlder', page: pageId(1) }])
    expect(pairing.problems[0]?.message).toContain('recNewer')
  })

  test.each([
    ['listed first', [older, newer]],
    ['listed last', [newer, older]],
  ])('the state knows neither: the oldest is the twin, %s', (_, rows) => {
    const pairing = up({ pages: [page(1)], rows })
    expect(links(pairing)).toEqual([`${pageId(1)} recOlder`])
    expect(pairing.problems).toMatchObject([{ code: 'duplicate-row', row: 'recNewer' }])
  })

  test('made in the same second: it does not depend on the order of the list', () => {
    const twins = [row(1, {}, { id: 'recB' }), row(1, {}, { id: 'recA' })]
    expect(links(up({ pages: [page(1)], rows: twins }))).toEqual(
      links(up({ pages: [page(1)], rows: twins.toReversed() })),
    )
  })

  test('the copy is neither loose, nor linked by its name to another page', () => {
    const pairing = up({
      known: [pair(1, {}, { row: 'recOlder' })],
      pages: [page(1), page(2, { Name: 'Copy' })],
      rows: [older, { ...newer, values: { Name: 'Copy' } }],
    })
    expect(pairing.looseRows).toEqual([])
    expect(pairing.loosePages.map(({ id }) => id)).toEqual([pageId(2)])
  })

  test('the twin is proved to be deleted: the copy takes its place', () => {
    const pairing = up({
      known: [pair(1, {}, { row: 'recOlder' })],
      pages: [page(1)],
      rows: [newer],
      deleted: ['recOlder'],
    })
    expect(links(pairing)).toEqual([`${pageId(1)} recNewer`])
    expect(pairing.problems).toEqual([])
  })

  test('the twin is missing from the list, but nothing proves it gone: the copy stays a copy', () => {
    const pairing = up({ known: [pair(1, {}, { row: 'recOlder' })], pages: [page(1)], rows: [newer] })
    expect(links(pairing)).toEqual([`${pageId(1)} recOlder`])
    expect(pairing.problems).toMatchObject([{ code: 'duplicate-row', row: 'recNewer' }])
  })
})

describe('a row that names a page which is not in the list', () => {
  test('is left alone: it is not linked by its name, and no page is made for it', () => {
    const pairing = up({ pages: [page(2, { Name: 'Search' })], rows: [row(1, { Name: 'Search' })] })
    expect(pairing.linked).toEqual([])
    expect(pairing.looseRows).toEqual([])
  })
})

describe('linking by name', () => {
  const unlinked = { pageId: null }

  test('letter case and outer spaces aside, and unique on both sides: linked, and the cell is to be written', () => {
    const { linked } = up({
      pages: [page(1, { Name: 'Search ' })],
      rows: [row(7, { Name: ' SEARCH' }, unlinked)],
    })
    expect(linked).toMatchObject([{ pair: { page: pageId(1), row: rowId(7), base: {} }, isNew: 'match', relink: true }])
  })

  test('two pages of one name: nothing is guessed, all three are reported, and none is loose', () => {
    const pairing = up({
      pages: [page(1, { Name: 'Search' }), page(2, { Name: 'search' }), page(3, { Name: 'Billing' })],
      rows: [row(7, { Name: 'Search' }, unlinked)],
    })
    expect(pairing.linked).toEqual([])
    expect(pairing.problems.map(({ code, page: of, row: at }) => [code, of ?? at])).toEqual([
      ['ambiguous-match', pageId(1)],
      ['ambiguous-match', pageId(2)],
      ['ambiguous-match', rowId(7)],
    ])
    expect(pairing.loosePages.map(({ id }) => id)).toEqual([pageId(3)])
    expect(pairing.looseRows).toEqual([])
  })

  test('two rows of one name: likewise', () => {
    const pairing = up({
      pages: [page(1, { Name: 'Search' })],
      rows: [row(7, { Name: 'Search' }, unlinked), row(8, { Name: 'Search' }, unlinked)],
    })
    expect([pairing.linked, pairing.loosePages, pairing.looseRows]).toEqual([[], [], []])
    expect(pairing.problems).toHaveLength(3)
  })

  test('two pages of one name, and no row of it: both are simply new', () => {
    const pairing = up({ pages: [page(1, { Name: 'Search' }), page(2, { Name: 'Search' })] })
    expect(pairing.loosePages).toHaveLength(2)
    expect(pairing.problems).toEqual([])
  })

  test.each<[string, Page['values'], Row['values']]>([
    ['to each other', { Name: null }, { Name: null }],
    ['to each other, nor where the field is not there at all', {}, {}],
    ['to each other, nor where the name is an empty text', { Name: '' }, { Name: '' }],
    ['to one that is called null', { Name: null }, { Name: 'null' }],
    ['to one that is called undefined', {}, { Name: 'undefined' }],
  ])('records without a name are not linked %s', (_, notion, airtable) => {
    const pairing = up({ pages: [page(1, notion)], rows: [row(7, airtable, unlinked)] })
    expect(pairing.linked).toEqual([])
    expect([pairing.loosePages.length, pairing.looseRows.length]).toEqual([1, 1])
  })

  test('names that differ in a letter, and not only in its case, are two names', () => {
    expect(links(up({ pages: [page(1, { Name: 'Straße' })], rows: [row(7, { Name: 'STRASSE' }, unlinked)] }))).toEqual(
      [],
    )
  })

  test('a page that has its row already is no candidate', () => {
    const pairing = up({
      known: [pair(1)],
      pages: [page(1, { Name: 'Search' })],
      rows: [row(1, { Name: 'Search' }), row(7, { Name: 'Search' }, unlinked)],
    })
    expect(links(pairing)).toEqual([`${pageId(1)} ${rowId(1)}`])
    expect(pairing.looseRows.map(({ id }) => id)).toEqual([rowId(7)])
  })

  test('numbers that are equal are equal names', () => {
    expect(links(up({ pages: [page(1, { Name: 42 })], rows: [row(7, { Name: '42' }, unlinked)] }))).toHaveLength(1)
  })

  test('people are who they are called, whatever order they stand in', () => {
    const people: Shape = { is: 'people', many: true }
    const owners = field('Owner', { shape: people })
    const [ann, bob] = [{ name: 'Ann' }, { name: 'Bob' }]
    const pages = [page(1, { Owner: [ann] }), page(2, { Owner: [ann, bob] })]
    const rows = [row(7, { Owner: [bob] }, unlinked), row(8, { Owner: [bob, ann] }, unlinked)]
    expect(links(up({ match: owners, pages, rows }))).toEqual([`${pageId(2)} ${rowId(8)}`])
  })

  test('what the mapping makes equal is equal', () => {
    const option: Shape = { is: 'option', names: ['P0', 'Highest'], open: true, commas: true }
    const match = field('Priority', { shape: option, values: { P0: 'Highest' } })
    const pages = [page(1, { Priority: 'P0' })]
    expect(links(up({ match, pages, rows: [row(7, { Priority: 'Highest' }, unlinked)] }))).toHaveLength(1)
    expect(links(up({ match, pages, rows: [row(7, { Priority: 'P0' }, unlinked)] }))).toEqual([])
  })

  test('without a match field nothing is linked by name', () => {
    const pairing = up({ match: null, pages: [page(1, { Name: 'A' })], rows: [row(7, { Name: 'A' }, unlinked)] })
    expect(pairing.linked).toEqual([])
    expect([pairing.loosePages.length, pairing.looseRows.length]).toEqual([1, 1])
  })
})

describe('several of one name, of which some pages were made by a run that was cut off', () => {
  const named = { Name: 'Search' }
  const pages = [page(1, named), page(2, named)]
  const rows = [7, 8, 9].map(n => row(n, named, { pageId: null }))
  const made =
    (...pairs: readonly (readonly [number, number])[]) =>
    (from: Page, of: Row): boolean =>
      pairs.some(([p, r]) => from.id === pageId(p) && of.id === rowId(r))
  const link = (p: number, r: number) => `${pageId(p)} ${rowId(r)}`
  const said = (pairing: Pairing) => pairing.problems.map(({ page: of, row: at }) => of ?? at)

  test('each is linked to the row that it was made from; what is left on one side only is just loose', () => {
    const all = up({ pages, rows, made: made([1, 8], [2, 7]) })
    expect(links(all)).toEqual([link(1, 8), link(2, 7)])
    expect(all.problems).toEqual([])
    expect(all.looseRows.map(({ id }) => id)).toEqual([rowId(9)])
    const one = up({ pages, rows: rows.slice(0, 1), made: made([2, 7]) })
    expect(links(one)).toEqual([link(2, 7)])
    expect(one.problems).toEqual([])
    expect(one.loosePages.map(({ id }) => id)).toEqual([pageId(1)])
  })

  test('pages that could be made from any of the rows take one each', () => {
    expect(links(up({ pages, rows, made: () => true }))).toEqual([link(1, 7), link(2, 8)])
  })

  test('the others are reported, with how many there are', () => {
    const pairing = up({ pages, rows, made: made([1, 8]) })
    expect(links(pairing)).toEqual([link(1, 8)])
    expect(said(pairing)).toEqual([pageId(2), rowId(7), rowId(9)])
    expect(pairing.problems[0]?.message).toMatch(/^1 page and 2 rows have this name/)
    expect([pairing.loosePages, pairing.looseRows]).toEqual([[], []])
  })

  test('those without a name are linked likewise, and the others are loose', () => {
    const blank = {
      pages: [page(1), page(2)],
      rows: rows.map(one => ({ ...one, values: {} })),
    }
    const pairing = up({ ...blank, made: made([1, 8]) })
    expect(links(pairing)).toEqual([link(1, 8)])
    expect(pairing.problems).toEqual([])
    expect(pairing.loosePages.map(({ id }) => id)).toEqual([pageId(2)])
    expect(pairing.looseRows.map(({ id }) => id)).toEqual([rowId(7), rowId(9)])
  })

  test('how many pages and rows have one name is said in words, with what to do', () => {
    const message = (p: number, r: number) =>
      up({ pages: pages.slice(0, p), rows: rows.slice(0, r) }).problems[0]?.message.split(', so')[0]
    expect(message(1, 2)).toBe('1 page and 2 rows have this name')
    expect(message(2, 1)).toBe('2 pages and 1 row have this name')
    expect(up({ pages, rows }).problems[0]?.message).toBe(
      "2 pages and 3 rows have this name, so which belong together cannot be told. Rename all but one on each side, or put the page's ID into the row's page ID cell.",
    )
    const advice = (p: number, r: number) =>
      /Rename [\w ]+/.exec(up({ pages: pages.slice(0, p), rows: rows.slice(0, r) }).problems[0]?.message ?? '')?.[0]
    expect(advice(1, 2)).toBe('Rename all but one of the rows')
    expect(advice(2, 1)).toBe('Rename all but one of the pages')
  })
})

describe('a new pair', () => {
  test('whose row carries the page’s ID is told from one that was linked by its name', () => {
    const byId = up({ pages: [page(1, {}, { title: 'Search' })], rows: [row(7, {}, { pageId: pageId(1) })] })
    expect(byId.linked).toMatchObject([
      { pair: { page: pageId(1), row: rowId(7), title: 'Search', base: {} }, isNew: 'page-id', relink: false },
    ])
  })

  test('is nobody’s guess where nothing is known of what was made', () => {
    const named = [page(1, { Name: 'A' }), page(2, { Name: 'A' }), page(3)]
    const rows = [row(7, { Name: 'A' }, { pageId: null }), row(3), row(3, {}, { id: 'recCopy' })]
    const pairing = pairUp([], named, rows, field('Name'))
    expect(links(pairing)).toEqual([`${pageId(3)} ${rowId(3)}`])
    expect(pairing.problems.map(({ code }) => code)).toEqual([
      'duplicate-row',
      'ambiguous-match',
      'ambiguous-match',
      'ambiguous-match',
    ])
  })
})
