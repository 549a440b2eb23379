/** Which pages a run that was cut off wrote or may have written: of these, Notion's time of the last edit is not a person's. */
import { describe, expect, test } from 'vitest'
import type { Page, Row, Side, Step } from '../../src/core/model.ts'
import { makePlan } from '../../src/core/plan.ts'
import { journalOf, recover } from '../../src/core/recover.ts'
import { field, observed, page, pageId, pair, row, rowId, settings, WHERE } from './words.ts'

const step = (side: Side) => ({
  do: side === 'notion' ? ('update-page' as const) : ('update-row' as const),
  ...WHERE,
  changes: [{ field: 'f', side, from: 'x', to: 'n', source: 'n', why: 'edited' as const }],
})

describe('a page that a cut-off run meant to write', () => {
  /** What is told of pages, after a write that was meant for this side. */
  const written = (side: Side, notion: Page | null, airtable: Row | null = row(1, { f: 'n' })) => {
    const journal = { id: 'j1', tookIn: null, makings: [], events: [] }
    const entry = { step: step(side), base: { f: { notion: 'x', airtable: 'x' } } }
    const { written: touched } = recover(
      [field('f')],
      { pairs: [pair(1, { f: 'x' })], conflicts: [], problems: [] },
      { ...journal, steps: [entry] },
      { pages: notion === null ? [] : [notion], rows: airtable === null ? [] : [airtable], fates: new Map() },
    )
    return [...touched]
  }

  test('was written where it holds that', () => {
    expect(written('notion', page(1, { f: 'n' }))).toEqual([pageId(1)])
  })

  test('was not where it holds what was to be replaced', () => {
    expect(written('notion', page(1, { f: 'x' }))).toEqual([])
  })

  test('may have been where it holds something else, or is not in sight', () => {
    expect(written('notion', page(1, { f: 'typed since' }))).toEqual([pageId(1)])
    expect(written('notion', null)).toEqual([pageId(1)])
  })

  test('is none where the write was for its row, whatever became of that', () => {
    expect(written('airtable', page(1, { f: 'n' }))).toEqual([])
    expect(written('airtable', page(1, { f: 'n' }), row(1, { f: 'typed since' }))).toEqual([])
    expect(written('airtable', page(1, { f: 'n' }), null)).toEqual([])
  })
})

test('a run that writes one record and makes one page keeps a journal of both', () => {
  const making: Step = { do: 'create-page', row: rowId(2), title: '', changes: [] }
  const plan = { ...makePlan(settings([]), observed()), steps: [step('airtable'), making] }
  expect(journalOf('j1', plan, [], null)).toMatchObject({ steps: [{ step: step('airtable') }], makings: [making] })
})
