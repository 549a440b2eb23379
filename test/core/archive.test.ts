/** The archive value: when it is written, what it stands for, and what becomes of one that the service refused. */
import { describe, expect, test } from 'vitest'
import { ruledBy } from '../../src/core/decide.ts'
import type { Field, Pair, Plan, Problem } from '../../src/core/model.ts'
import type { Value } from '../../src/core/shape.ts'
import { AGREED, ARCHIVED, type Given, held, planFor, resting } from './gone.ts'
import { field, page, pageId, pair, WHERE } from './words.ts'

describe('the archive value', () => {
  const select = (names: readonly string[], open: boolean) => ({ is: 'option', names, open, commas: true }) as const

  test('stands there already: it was written over what both sides last agreed on, and nothing is written', () => {
    const plan = planFor({ page: 'trashed', row: ARCHIVED })
    expect(held({ ...plan, events: plan.events.slice(1) })).toEqual({
      pairs: [resting({ why: 'trashed', wrote: { Status: 'Archived' }, was: { Status: 'Doing' } })],
      events: [{ ...WHERE, text: 'its page was moved to trash; the row is archived already' }],
    })
  })

  test('stands there already, and nothing was ever agreed on: it stands for itself', () => {
    expect(planFor({ page: 'trashed', row: ARCHIVED, known: pair(1) }).pairs[0]?.rest?.was).toEqual({
      Status: 'Archived',
    })
  })

  test('of a pair that was in scope no more when its page went: what archiving replaced before is kept', () => {
    const known = resting({ why: 'out-of-scope', was: { Status: 'Blocked' } })
    const plan = planFor({ page: 'trashed', known })
    expect(plan.steps).toMatchObject([{ rest: { was: { Status: 'Blocked' } } }])
    expect(planFor({ page: 'trashed', row: ARCHIVED, known }).events).toMatchObject([{ to: expect.any(String) }])
  })

  test.each<[string, Field, Value, readonly string[] | undefined]>([
    ['a new option', field('Status', { shape: select(['Doing'], true) }), 'Archived', ['Archived']],
    ['an option that exists', field('Status', { shape: select(['Archived'], true) }), 'Archived', undefined],
    ['no option that can be made', field('Status', { shape: select(['Doing'], false) }), 'Archived', undefined],
    ['a text', field('Status'), 'Archived', undefined],
    ['empty', field('Status', { shape: select(['Doing'], true) }), null, undefined],
  ])('is %s', (_, of, value, newOptions) => {
    const plan = planFor({
      page: 'trashed',
      rules: { fields: [of], archive: { notion: {}, airtable: { Status: value } } },
    })
    const [change] = plan.steps.flatMap(step => ('changes' in step ? step.changes : []))
    expect(change?.to).toBe(value)
    expect(change?.newOptions).toEqual(newOptions)
  })
})

test('where nothing is mapped that could tell it, a record is kept, and no deletion is counted', () => {
  for (const gone of [{ page: 'trashed' }, { row: 'deleted' }] as const) {
    const rules = { archive: { notion: {}, airtable: {} }, whenDeleted: { page: 'archive', row: 'archive' } } as const
    const { steps, deletions, pairs } = planFor({ ...gone, rules })
    expect([steps, deletions, pairs[0]?.rest?.wrote]).toEqual([[], 0, undefined])
  }
})

describe('an archive value that the service refused', () => {
  const refusal = (more: Partial<Problem>): Problem => ({
    code: 'refused',
    ...WHERE,
    field: 'Status',
    message: 'no',
    notion: null,
    airtable: 'Doing',
    ...more,
  })
  const refuse = (more: Partial<Problem> = {}): { plan: Plan; refused: Problem } => {
    const refused = refusal(more)
    return { plan: planFor({ page: 'trashed', seen: { problems: [refused] } }), refused }
  }
  const under = () => ruledBy(field('Status'))

  test('is not tried again while cell, schema and mapping stand, and is told again', () => {
    const { plan, refused } = refuse({ under: under() })
    expect(plan.steps).toEqual([])
    expect(plan.problems).toEqual([refused])
    expect(plan.pairs).toEqual([resting({ why: 'trashed' })])
  })

  test('is tried again once schema or mapping changed, or the cell holds something else', () => {
    expect(refuse({ under: 'before' }).plan.steps).toHaveLength(1)
    expect(refuse({ under: under(), airtable: 'Done' }).plan.steps).toHaveLength(1)
    expect(refuse({ under: 'before' }).plan.problems).toEqual([])
  })

  test('is written where it was the page that refused a value of this field, before it was gone', () => {
    const { plan } = refuse({ under: under(), notion: 'Planned' })
    expect(plan.steps).toMatchObject([{ do: 'update-row', changes: [{ to: 'Archived' }] }])
    expect(plan.problems).toEqual([])
  })

  describe('of a pair at rest', () => {
    const again = (known: Pair, more: Partial<Problem> = {}, given: Given = {}) => {
      const refused = refusal({ under: under(), ...more })
      return { refused, plan: planFor({ known, page: null, ...given, seen: { problems: [refused] } }) }
    }

    test('is told again while schema and mapping stand, whatever the cell holds', () => {
      const { plan, refused } = again(resting({ why: 'trashed' }), { airtable: 'Done' })
      expect(held(plan)).toEqual({ pairs: [resting({ why: 'trashed' })], problems: [refused] })
    })

    test('is written once schema or mapping changed; the rest began before, so nothing is told', () => {
      const { plan } = again(resting({ why: 'trashed' }), { under: 'before' })
      expect(plan.steps).toMatchObject([
        { do: 'update-row', changes: [{ to: 'Archived', note: 'its page was moved to trash' }] },
      ])
      expect([plan.problems, plan.events, plan.deletions]).toEqual([[], [], 0])
    })

    test('stands there by now: that is remembered, and not told', () => {
      const { plan } = again(resting({ why: 'trashed' }), { under: 'before' }, { row: ARCHIVED })
      expect(held(plan)).toEqual({
        pairs: [resting({ why: 'trashed', wrote: { Status: 'Archived' }, was: { Status: 'Doing' } })],
      })
    })

    test('on a page whose row was deleted is written to the page', () => {
      const { plan } = again(resting({ why: 'row-deleted' }), { under: 'before' }, { page: page(1, AGREED), row: null })
      expect(plan.steps).toMatchObject([
        { do: 'update-page', changes: [{ side: 'notion', to: 'Old', note: 'its row was deleted' }] },
      ])
    })

    test.each<[string, Pair, Partial<Problem>, Given]>([
      ['a pair that is outside the filter has no archive value', resting({ why: 'out-of-scope' }), { under: 'b' }, {}],
      ['there is no record left to write to', resting({ why: 'trashed' }), { under: 'b' }, { row: null }],
    ])('is told again, and not written: %s', (_, known, more, given) => {
      const { plan, refused } = again(known, more, given)
      expect(held(plan)).toEqual({ pairs: [known], problems: [refused] })
    })

    test('of a field that is not mapped any more is told as long as it was told under nothing', () => {
      const { plan, refused } = again(resting({ why: 'trashed' }), { field: 'Gone', under: undefined as never })
      expect(held(plan)).toEqual({ pairs: [resting({ why: 'trashed' })], problems: [refused] })
    })

    test.each<[string, Partial<Problem>]>([
      ['another page', { page: pageId(2), under: 'before' }],
      ['another kind', { code: 'cannot-convert', under: 'before' }],
    ])('a problem of %s changes nothing about it', (_, more) => {
      const { plan } = again(resting({ why: 'trashed' }), more)
      expect(held(plan)).toEqual({ pairs: [resting({ why: 'trashed' })] })
    })
  })
})
