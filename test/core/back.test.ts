/** A pair at rest whose missing record is there again: what is undone, what flows beside it, and when it is awake. */
import { describe, expect, test } from 'vitest'
import type { Page, Pair, Rest, Row } from '../../src/core/model.ts'
import { makePlan } from '../../src/core/plan.ts'
import { field, observed, page, pair, row, settings, WHERE } from './words.ts'

const FIELDS = [field('Name'), field('Status')]

describe('a pair whose missing record is back', () => {
  const archived = { wrote: { Status: 'Archived' }, was: { Status: 'Doing' } }
  const agreed = { Name: 'Search', Status: 'Doing' }
  const back = (known: Pair, notion: Page['values'], airtable: Row['values']) =>
    makePlan(settings(FIELDS), observed({ pairs: [known], pages: [page(1, notion)], rows: [row(1, airtable)] }))
  const restored = { field: 'Status', from: 'Archived', to: 'Doing', source: 'Doing', why: 'restored' }

  test('the page, with an edit on either side: the archive value is undone beside them, and wakes the pair', () => {
    const known = pair(1, agreed, { rest: { why: 'trashed', ...archived } })
    const plan = back(known, { ...agreed, Name: 'Find' }, { ...agreed, Status: 'Archived' })
    const edit = { field: 'Name', from: 'Search', to: 'Find', source: 'Find', why: 'edited' }
    expect(plan.steps).toEqual([
      {
        do: 'update-row',
        ...WHERE,
        changes: [
          { ...edit, side: 'airtable' },
          { ...restored, side: 'airtable' },
        ],
        rest: null,
      },
    ])
    expect(plan.pairs).toEqual([known])
    const other = back(known, agreed, { Name: 'Find', Status: 'Archived' })
    expect(other.steps).toEqual([
      { do: 'update-row', ...WHERE, changes: [{ ...restored, side: 'airtable' }], rest: null },
      { do: 'update-page', ...WHERE, changes: [{ ...edit, side: 'notion' }] },
    ])
    expect(other.events).toEqual([])
  })

  test('the row: the archive value of the page is undone', () => {
    const known = pair(1, agreed, { rest: { why: 'row-deleted', ...archived } })
    const plan = back(known, { ...agreed, Status: 'Archived' }, agreed)
    expect(plan.steps).toEqual([
      { do: 'update-page', ...WHERE, changes: [{ ...restored, side: 'notion' }], rest: null },
    ])
    expect(plan.pairs).toEqual([known])
  })

  test.each<[Rest['why'], string]>([
    ['trashed', 'the page is back; its row is in sync again'],
    ['out-of-scope', 'the page is back; its row is in sync again'],
    ['row-deleted', 'the row is back; its page is in sync again'],
    ['row-out-of-scope', 'the row is back; its page is in sync again'],
  ])('and nothing is to be undone: it is awake at once, and that is told: %s', (why, text) => {
    for (const rest of [{ why }, { why, ...archived }]) {
      const plan = back(pair(1, agreed, { rest }), agreed, agreed)
      expect(plan.steps).toEqual([])
      expect(plan.events).toEqual([{ ...WHERE, text }])
      expect(plan.pairs).toEqual([pair(1, agreed)])
    }
  })

  test('and an edit flows: to the record that was archived, it wakes the pair; to the other, the pair is awake at once', () => {
    const known = pair(1, agreed, { rest: { why: 'row-deleted', ...archived } })
    const here = back(known, agreed, { ...agreed, Name: 'Find' })
    expect(here.steps).toMatchObject([{ do: 'update-page', changes: [{ to: 'Find' }], rest: null }])
    expect(here.pairs).toEqual([known])
    const there = back(known, { ...agreed, Name: 'Find' }, agreed)
    expect(there.steps).toMatchObject([{ do: 'update-row', changes: [{ to: 'Find' }] }])
    expect(there.steps[0]).not.toHaveProperty('rest')
    expect(there.pairs).toEqual([pair(1, agreed)])
  })

  test('an empty cell that archiving did not write is not undone', () => {
    const known = pair(1, { Name: null, Status: 'Doing' }, { rest: { why: 'trashed', ...archived } })
    const plan = back(known, { Status: 'Doing' }, { Status: 'Archived' })
    expect(plan.steps.flatMap(step => ('changes' in step ? step.changes : [])).map(change => change.field)).toEqual([
      'Status',
    ])
  })

  test('and holds the archive value because somebody put it there: that is an edit', () => {
    const known = pair(1, agreed, { rest: { why: 'trashed', ...archived } })
    const plan = back(known, { ...agreed, Status: 'Archived' }, { ...agreed, Status: 'Archived' })
    expect(plan.steps.flatMap(step => ('changes' in step ? step.changes : []))).toEqual([
      { field: 'Status', side: 'airtable', from: 'Doing', to: 'Archived', source: 'Archived', why: 'edited' },
    ])
  })
})
