/**
 * A pair of which a record is missing, to the word: what is written, remembered, asked and told, by what became of the
 * record and by the rule. That these rules hold in every case is in presence.test.ts.
 */
import { describe, expect, test } from 'vitest'
import { goneIn } from '../../src/core/absence.ts'
import type { Conflict, Fate, Field, Rest } from '../../src/core/model.ts'
import { cellId, type Observed, type Settings } from '../../src/core/planning.ts'
import { AGREED, conflict, FIELDS, type Given, held, KNOWN, planFor, resting } from './gone.ts'
import { page, pageId, pair, row, rowId, WHERE } from './words.ts'

const BOTH = 'Name: Search; Status: Doing'

const GONE = [
  ['trashed', 'its page was moved to trash'],
  ['moved', 'its page was moved to another data source'],
  ['archived', 'its page was archived'],
] as const

describe('where nothing is proved gone', () => {
  const open = [conflict('Status'), { ...conflict('Status'), page: pageId(2) }]

  test.each<[string, Given]>([
    ['the page is alive after all', { page: 'alive' }],
    ['the page was not looked up', { page: null }],
    ['the row was not looked up', { row: null }],
    ['neither was', { page: null, row: null }],
    ['the page is in trash, and the row was not looked up', { page: 'trashed', row: null }],
    ['the row was deleted, and the page was not looked up', { page: null, row: 'deleted' }],
    ['the page is outside the filter, and the row was not looked up', { page: 'out-of-scope', row: null }],
    ['the row is outside the view, and the page was not looked up', { page: null, row: 'out-of-scope' }],
  ])('the pair is kept as it is, with its open conflicts: %s', (_, given) => {
    expect(held(planFor({ ...given, seen: { conflicts: open } }))).toEqual({ pairs: [KNOWN], conflicts: [open[0]] })
  })

  test('a page that is not shared any more is a problem that says what to do; the pair is kept likewise', () => {
    expect(held(planFor({ page: 'unreadable', seen: { conflicts: open } }))).toEqual({
      pairs: [KNOWN],
      conflicts: [open[0]],
      problems: [
        {
          code: 'page-unreadable',
          ...WHERE,
          message:
            'Notion no longer shows this page to the integration: it is not shared any more, or was deleted for good. Nothing was changed. Share it again, or delete the row.',
        },
      ],
    })
  })

  test.each<[string, Given, Rest['why']]>([
    ['page is outside the filter', { page: 'out-of-scope' }, 'out-of-scope'],
    ['page is outside the filter, and the row was deleted', { page: 'out-of-scope', row: 'deleted' }, 'out-of-scope'],
    ['row is outside the view', { row: 'out-of-scope' }, 'row-out-of-scope'],
    ['row is outside the view, and the page in trash', { page: 'trashed', row: 'out-of-scope' }, 'row-out-of-scope'],
  ])('a pair whose %s rests; its conflicts come back with the record', (_, given, why) => {
    expect(held(planFor({ ...given, seen: { conflicts: open } }))).toEqual({ pairs: [resting({ why })] })
  })

  test('a pair that rests for its page already goes on resting for that, with its archive value', () => {
    const known = resting({ why: 'trashed', wrote: { Status: 'Archived' }, was: { Status: 'Doing' } })
    expect(held(planFor({ known, page: 'trashed', row: 'out-of-scope' }))).toEqual({ pairs: [known] })
  })

  test('what is in the lists is there, whatever a look-up said', () => {
    const both = new Map<string, Fate>([
      [pageId(1), 'trashed'],
      [rowId(1), 'deleted'],
    ])
    expect(planFor({ row: 'deleted', seen: { fates: both } }).steps).toMatchObject([{ do: 'create-row' }])
    expect(planFor({ page: 'trashed', seen: { fates: both } }).steps).toMatchObject([{ do: 'update-row' }])
  })

  test('a pair at rest stays so, and keeps no conflict open', () => {
    const known = resting({ why: 'trashed' })
    expect(held(planFor({ known, page: null, seen: { conflicts: open } }))).toEqual({ pairs: [known] })
  })

  test('a record without a title goes by the name of its twin, or else by the one that is remembered', () => {
    const unnamed = { ...KNOWN, title: 'Once' }
    const name = (given: Given) => planFor({ known: unnamed, page: 'unreadable', ...given }).problems[0]?.title
    expect(name({})).toBe('Record 1')
    expect(name({ row: row(1, AGREED, { title: '' }) })).toBe('Once')
  })
})

describe('both are gone', () => {
  test.each(GONE)('the page is %s and the row deleted: the pair is forgotten, and that is told', (fate, words) => {
    expect(held(planFor({ page: fate, row: 'deleted' }))).toEqual({
      events: [{ ...WHERE, text: `${words}, and its row was deleted: the pair is forgotten` }],
    })
  })
})

describe('the page is gone', () => {
  const rule = (policy: Settings['whenDeleted']['page']) => ({ whenDeleted: { page: policy, row: 'restore' } as const })
  const edited = row(1, { Name: null, Status: 'Done' })
  const EDIT = 'Name: "Search" → "(empty)"; Status: "Doing" → "Done"'

  test.each(GONE)('%s, and the rule is archive: the row gets its archive value, and then rests', (fate, words) => {
    expect(held(planFor({ page: fate }))).toEqual({
      deletions: 1,
      pairs: [KNOWN],
      steps: [
        {
          do: 'update-row',
          ...WHERE,
          changes: [
            {
              field: 'Status',
              side: 'airtable',
              from: 'Doing',
              to: 'Archived',
              source: 'Archived',
              why: 'archived',
              note: words,
            },
          ],
          rest: { why: fate, wrote: { Status: 'Archived' }, was: { Status: 'Doing' } },
        },
      ],
    })
  })

  test.each(GONE)('%s, and the rule is keep: the row stays, and that is told', (fate, words) => {
    expect(held(planFor({ page: fate, rules: rule('keep') }))).toEqual({
      pairs: [resting({ why: fate })],
      events: [{ ...WHERE, text: `${words}; the row is kept` }],
    })
  })

  test.each(GONE)('%s, and the rule is delete: the row is deleted, with all that it held', (fate, words) => {
    expect(held(planFor({ page: fate, rules: rule('delete') }))).toEqual({
      deletions: 1,
      pairs: [KNOWN],
      steps: [{ do: 'delete-row', ...WHERE, reason: words, lost: BOTH }],
    })
  })

  test('a row without a title goes by the name that is remembered', () => {
    const unnamed = row(1, AGREED, { title: '' })
    expect(planFor({ page: 'trashed', row: unnamed, rules: rule('delete') }).steps).toMatchObject([WHERE])
    expect(planFor({ page: 'trashed', row: unnamed }).steps).toMatchObject([WHERE])
  })

  test('what the deleted row held leaves out what was empty', () => {
    const plan = planFor({
      page: 'trashed',
      row: row(1, { Status: 'Doing' }),
      known: pair(1, { Status: 'Doing' }),
      rules: rule('delete'),
    })
    expect(plan.steps).toMatchObject([{ lost: 'Status: Doing' }])
  })

  test('the row was edited, and is archived or kept: the edit is told', () => {
    const told = { ...WHERE, to: EDIT, text: 'edited since; kept in the row' }
    expect(planFor({ page: 'trashed', row: edited }).events).toEqual([told])
    expect(planFor({ page: 'trashed', row: edited, rules: rule('keep') }).events).toEqual([
      told,
      { ...WHERE, text: 'its page was moved to trash; the row is kept' },
    ])
  })

  test('what only the service can write is no edit of a person', () => {
    const [name, status] = FIELDS as [Field, Field]
    const fields = [name, { ...status, airtable: { ...status.airtable, writable: false } }]
    const plan = planFor({
      page: 'trashed',
      row: row(1, { ...AGREED, Status: 'Done' }),
      rules: { fields, ...rule('delete') },
    })
    expect(plan.steps).toMatchObject([{ do: 'delete-row' }])
  })

  describe('and the row was edited, where the rule is delete', () => {
    const asked = conflict('', {
      notion: '(its page was moved to trash)',
      airtable: EDIT,
      clock: 'unknown',
    })
    const given = (more: Partial<Observed> = {}): Given => ({
      page: 'trashed',
      row: edited,
      rules: rule('delete'),
      seen: more,
    })
    const opened = {
      ...WHERE,
      to: `Notion: (its page was moved to trash); Airtable: ${EDIT}`,
      text: 'conflict opened: deleted on one side, edited on the other',
    }
    const ticked = (side: 'notion' | 'airtable') => ({
      conflicts: [asked],
      picks: new Map([[cellId(asked), side]]),
    })

    test('a person is asked, and nothing is written', () => {
      expect(held(planFor(given()))).toEqual({ deletions: 1, pairs: [KNOWN], conflicts: [asked], events: [opened] })
    })

    test('as long as the question stands, it is not told again', () => {
      expect(held(planFor(given({ conflicts: [asked] })))).toEqual({ deletions: 1, pairs: [KNOWN], conflicts: [asked] })
    })

    test.each<[string, Partial<Conflict>]>([
      ['row', { airtable: 'Name: "Search" → "Find"' }],
      ['page', { notion: '(its page was archived)' }],
    ])('once it is about something else of the %s, it is told again, and a tick does not count', (_, more) => {
      const before = { ...asked, ...more }
      const picks = new Map([[cellId(before), 'notion' as const]])
      expect(held(planFor(given({ conflicts: [before], picks })))).toEqual({
        deletions: 1,
        pairs: [KNOWN],
        conflicts: [asked],
        events: [opened],
      })
    })

    test('a person keeps the deletion: the row is deleted', () => {
      expect(held(planFor(given(ticked('notion'))))).toEqual({
        deletions: 1,
        pairs: [KNOWN],
        settling: [asked],
        steps: [{ do: 'delete-row', ...WHERE, reason: 'its page was moved to trash', lost: 'Status: Done' }],
      })
    })

    test('a person keeps the row: the page is taken out of the trash', () => {
      expect(held(planFor(given(ticked('airtable'))))).toEqual({
        deletions: 1,
        pairs: [KNOWN],
        settling: [asked],
        steps: [{ do: 'restore-page', ...WHERE, reason: 'a person kept the row', lost: '' }],
      })
    })

    test.each([
      ['moved', '(its page was moved to another data source)'],
      ['archived', '(its page was archived)'],
    ] as const)(
      'a person keeps the row, and the page was %s, which nothing can undo: the pair rests',
      (fate, notion) => {
        const about = { ...asked, notion }
        const picks = new Map([[cellId(about), 'airtable' as const]])
        expect(held(planFor({ ...given({ conflicts: [about], picks }), page: fate }))).toEqual({
          deletions: 1,
          pairs: [resting({ why: fate })],
          settling: [about],
        })
      },
    )
  })
})

describe('the row is gone', () => {
  const rule = (policy: Settings['whenDeleted']['row']) => ({ whenDeleted: { page: 'archive', row: policy } as const })
  const edited = page(1, { Name: 'Search', Status: 'Done' })
  const EDIT = 'Status: "Doing" → "Done"'

  test('and the rule is restore: it is made again, and that is told', () => {
    const plan = planFor({ row: 'deleted', rules: rule('restore') })
    expect(held(plan)).toMatchObject({
      pairs: [KNOWN],
      events: [{ ...WHERE, text: 'the row was deleted in Airtable; it is made again from the page' }],
      steps: [{ do: 'create-row', page: pageId(1), changes: [{ to: 'Search' }, { to: 'Doing' }] }],
    })
    expect(plan.deletions).toBe(0)
  })

  test('and the rule is archive: the page gets its archive value, and then rests', () => {
    expect(held(planFor({ row: 'deleted', rules: rule('archive') }))).toEqual({
      deletions: 1,
      pairs: [KNOWN],
      steps: [
        {
          do: 'update-page',
          ...WHERE,
          changes: [
            {
              field: 'Status',
              side: 'notion',
              from: 'Doing',
              to: 'Old',
              source: 'Old',
              why: 'archived',
              note: 'its row was deleted',
            },
          ],
          rest: { why: 'row-deleted', wrote: { Status: 'Old' }, was: { Status: 'Doing' } },
        },
      ],
    })
  })

  test('and the rule is keep: the page stays, and that is told', () => {
    expect(held(planFor({ row: 'deleted', page: edited, rules: rule('keep') }))).toEqual({
      pairs: [resting({ why: 'row-deleted' })],
      events: [
        { ...WHERE, to: EDIT, text: 'edited since; kept in the page' },
        { ...WHERE, text: 'its row was deleted; the page is kept' },
      ],
    })
  })

  test('and the rule is trash: the page goes to trash, with all that it held', () => {
    expect(held(planFor({ row: 'deleted', rules: rule('trash') }))).toEqual({
      deletions: 1,
      pairs: [KNOWN],
      steps: [{ do: 'trash-page', ...WHERE, reason: 'its row was deleted', lost: BOTH }],
    })
  })

  test('a page without a title goes by the name that is remembered', () => {
    const unnamed = page(1, AGREED, { title: '' })
    expect(planFor({ row: 'deleted', page: unnamed, rules: rule('trash') }).steps).toMatchObject([WHERE])
    expect(planFor({ row: 'deleted', page: unnamed, rules: rule('restore') }).events).toMatchObject([WHERE])
  })

  describe('and the page was edited, where the rule is trash', () => {
    const asked = conflict('', { notion: EDIT, airtable: '(its row was deleted)', clock: 'unknown' })
    const given: Given = { row: 'deleted', page: edited, rules: rule('trash') }
    const ticked = (side: 'notion' | 'airtable'): Given => ({
      ...given,
      seen: { conflicts: [asked], picks: new Map([[cellId(asked), side]]) },
    })

    test('a person is asked, and nothing is written', () => {
      expect(held(planFor(given))).toMatchObject({ deletions: 1, pairs: [KNOWN], conflicts: [asked] })
      expect(planFor(given).steps).toEqual([])
    })

    test('a person keeps the deletion: the page goes to trash', () => {
      expect(planFor(ticked('airtable')).steps).toMatchObject([
        { do: 'trash-page', lost: 'Name: Search; Status: Done' },
      ])
    })

    test('a person keeps the page: the row is made again', () => {
      expect(planFor(ticked('notion')).steps).toMatchObject([{ do: 'create-row', changes: [{}, { to: 'Done' }] }])
    })
  })
})

describe('what is gone, as a conflict about a whole record tells it, is read from it again:', () => {
  const asking = (given: Given) => {
    const [asked] = planFor({ ...given, rules: { whenDeleted: { page: 'delete', row: 'trash' } } }).conflicts
    return asked === undefined ? undefined : goneIn(asked)
  }

  test.each(GONE)('a page, %s', (fate, words) => {
    expect(asking({ page: fate, row: row(1, { Name: 'Search', Status: 'Done' }) })).toEqual({ why: fate, words })
  })

  test('a row', () => {
    const words = 'its row was deleted'
    expect(asking({ row: 'deleted', page: page(1, { Name: 'Search', Status: 'Done' }) })).toEqual({
      why: 'row-deleted',
      words,
    })
  })
})
