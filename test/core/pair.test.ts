/** Which page belongs to which row: by the state, by the page ID cell in any spelling, by a name that is unique. */
import { describe, expect, test } from 'vitest'
import type { Page, Pair, Row } from '../../src/core/model.ts'
import { type Pairing, pairUp, readPageId } from '../../src/core/pair.ts'
import { page, pageId, pair, row, rowId } from './words.ts'

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
  match?: string | null
  deleted?: string[]
}): Pairing =>
  pairUp(given.known ?? [], given.pages ?? [], given.rows ?? [], given.match === undefined ? 'Name' : given.match, {
    deleted: new Set(given.deleted),
    madeFrom: () => false,
    made: new Map(),
  })

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

  test('records without a name are not linked to each other', () => {
    const pairing = up({ pages: [page(1, { Name: null })], rows: [row(7, {}, unlinked)] })
    expect(pairing.linked).toEqual([])
    expect([pairing.loosePages.length, pairing.looseRows.length]).toEqual([1, 1])
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

  test('without a match field nothing is linked by name', () => {
    const pairing = up({ match: null, pages: [page(1, { Name: 'A' })], rows: [row(7, { Name: 'A' }, unlinked)] })
    expect(pairing.linked).toEqual([])
    expect([pairing.loosePages.length, pairing.looseRows.length]).toEqual([1, 1])
  })
})
