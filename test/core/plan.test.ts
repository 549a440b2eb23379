/**
 * The plan, situation by situation: what is done for pairs, new records and missing ones, and what is said about it.
 * What holds for all states is in model, presence and records; here stand the cases that deserve a name.
 */
import { describe, expect, test } from 'vitest'
import type { Change, Clock, Conflict, Field, Page, Plan, Row, Side } from '../../src/core/model.ts'
import { makePlan, missing } from '../../src/core/plan.ts'
import { cellId, type Observed, type Settings } from '../../src/core/planning.ts'
import { planRestore } from '../../src/core/restore.ts'
import { entriesOf } from '../../src/report/entries.ts'
import { edited, NOTHING_KNOWN, round, type World } from './small-world.ts'
import { field, observed, page, pageId, pair, row, rowId, settings } from './words.ts'

const STATUS = field('Status')
const changes = (plan: Plan): Change[] => plan.steps.flatMap(step => ('changes' in step ? step.changes : []))
const doing = (plan: Plan): string[] => plan.steps.map(step => step.do)

/** The plan for one known pair that agreed on `x` in one field. */
function planFor(of: Field, notion: Page, airtable: Row, more: Partial<Observed> = {}): Plan {
  return makePlan(
    settings([of]),
    observed({ pairs: [pair(1, { [of.key]: 'x' })], pages: [notion], rows: [airtable], ...more }),
  )
}

describe('a conflict', () => {
  const notion = page(1, { Status: 'n' }, { edited: '2026-03-02T10:07:00.000Z' })
  const airtable = row(1, { Status: 'a' })
  const open: Conflict = {
    page: pageId(1),
    row: rowId(1),
    field: 'Status',
    base: { notion: 'x', airtable: 'x' },
    notion: 'n',
    airtable: 'a',
    notionEdited: '2026-03-02T10:00:00.000Z',
    clock: 'unknown',
  }
  const by = <T>(given: T) => new Map([[cellId(open), given]])
  const pick = (side: Side) => ({ picks: by(side) })
  const newest = field('Status', { conflict: 'newest' })

  test('ask: both sides stay as they are, and the conflict has base, both values and the time of Notion’s edit', () => {
    const plan = planFor(STATUS, notion, airtable)
    expect(plan.steps).toEqual([])
    expect(plan.conflicts).toMatchObject([
      { field: 'Status', base: open.base, notion: 'n', airtable: 'a', notionEdited: '2026-03-02T10:07:00.000Z' },
    ])
    expect(plan.pairs[0]?.base).toEqual({ Status: { notion: 'x', airtable: 'x' } })
    expect(plan.events).toMatchObject([{ field: 'Status', text: expect.stringContaining('conflict opened') }])
  })

  test('newest: the clocks are asked for, and nothing is written until they were', () => {
    const plan = planFor(newest, notion, airtable)
    expect(plan.steps).toEqual([])
    expect(plan.unclocked).toMatchObject([{ field: 'Status' }])
  })

  test.each([
    ['Notion was edited last', 'notion', 'airtable', 'n', 'a'],
    ['Airtable was edited last', 'airtable', 'notion', 'a', 'n'],
  ] as const)(
    'newest: %s, its value goes to the other side and the loser stands in the change',
    (_, clock, side, to, from) => {
      const plan = planFor(newest, notion, airtable, { clocks: by(clock) })
      expect(changes(plan)).toMatchObject([{ field: 'Status', side, from, to, why: 'conflict-newest' }])
      expect(plan.conflicts).toEqual([])
    },
  )

  test('newest: the clocks cannot tell, so it is asked like any other', () => {
    const plan = planFor(newest, notion, airtable, { clocks: by<Clock>('unknown') })
    expect(plan.steps).toEqual([])
    expect(plan.conflicts).toMatchObject([{ clock: 'unknown' }])
    expect(plan.unclocked).toEqual([])
  })

  test('open, and nothing changed since: it stays as it was, with the time it was first seen, and is not told again', () => {
    const plan = planFor(STATUS, notion, airtable, { conflicts: [open] })
    expect(plan.conflicts).toEqual([open])
    expect(plan.events).toEqual([])
    expect(plan.unclocked).toEqual([])
  })

  test('open, and Airtable’s value was edited again: it is shown anew, and the clocks are asked again', () => {
    const plan = planFor(STATUS, notion, row(1, { Status: 'b' }), { conflicts: [open] })
    expect(plan.conflicts).toMatchObject([{ notion: 'n', airtable: 'b', notionEdited: open.notionEdited }])
    expect(plan.conflicts[0]).not.toHaveProperty('clock')
    expect(plan.events).toMatchObject([{ text: expect.stringContaining('changed') }])
  })

  test('open, and the page was edited elsewhere since: that moves no time of this field', () => {
    const later = { ...notion, edited: '2026-03-09T12:00:00.000Z' }
    expect(planFor(STATUS, later, airtable, { conflicts: [open] }).conflicts).toEqual([open])
  })

  test.each([
    ['both sides were made equal', 'z', 'z', 0],
    ['Airtable was set back to what both had', 'n', 'x', 1],
    ['Notion was set back to what both had', 'x', 'a', 1],
    ['both were set back', 'x', 'x', 0],
  ])('open, and %s: it closes', (_, notionNow, airtableNow, writes) => {
    const plan = planFor(STATUS, page(1, { Status: notionNow }), row(1, { Status: airtableNow }), { conflicts: [open] })
    expect(plan.conflicts).toEqual([])
    expect(changes(plan)).toHaveLength(writes)
    expect(plan.events).toMatchObject([{ field: 'Status', text: expect.stringContaining('closed') }])
  })

  test.each([
    ['notion', 'airtable', 'n'],
    ['airtable', 'notion', 'a'],
  ] as const)('a person kept %s: that value is written to the other side', (kept, side, to) => {
    const plan = planFor(STATUS, notion, airtable, { conflicts: [open], ...pick(kept) })
    expect(changes(plan)).toMatchObject([{ side, to, why: 'conflict-picked' }])
    expect(plan.conflicts).toEqual([])
    expect(plan.settling).toEqual([open])
  })

  test('a tick beside values that changed since does not count', () => {
    const plan = planFor(STATUS, notion, row(1, { Status: 'b' }), { conflicts: [open], ...pick('notion') })
    expect(plan.steps).toEqual([])
    expect(plan.conflicts).toMatchObject([{ airtable: 'b' }])
  })

  test('a tick for a conflict that is not open does not count', () => {
    expect(planFor(STATUS, notion, airtable, pick('notion')).steps).toEqual([])
  })

  test('a tick counts more than the clocks', () => {
    const plan = planFor(newest, notion, airtable, { conflicts: [{ ...open, clock: 'notion' }], ...pick('airtable') })
    expect(changes(plan)).toMatchObject([{ side: 'notion', to: 'a' }])
  })

  test('a person kept the side whose value the other cannot take: the conflict stays, with a problem beside it', () => {
    const number = field('Status', { notion: { is: 'text', lines: 'one' }, airtable: { is: 'number' } })
    const held = { ...open, base: { notion: '1', airtable: 1 }, airtable: 2 }
    const plan = makePlan(
      settings([number]),
      observed({
        pairs: [pair(1, {}, { base: { Status: { notion: '1', airtable: 1 } } })],
        pages: [notion],
        rows: [row(1, { Status: 2 })],
        conflicts: [held],
        ...pick('notion'),
      }),
    )
    expect(plan.steps).toEqual([])
    expect(plan.conflicts).toEqual([held])
    expect(plan.problems).toMatchObject([{ code: 'cannot-convert', field: 'Status', notion: 'n', airtable: 2 }])
  })

  test('neither side changed and yet they differ: never ignored', () => {
    const plan = makePlan(
      settings([STATUS]),
      observed({
        pairs: [pair(1, {}, { base: { Status: { notion: 'n', airtable: 'a' } } })],
        pages: [notion],
        rows: [airtable],
      }),
    )
    expect(plan.conflicts).toMatchObject([{ notion: 'n', airtable: 'a' }])
  })

  test('a conflict in one field lets the others of the record flow', () => {
    const plan = makePlan(
      settings([STATUS, field('Sprint')]),
      observed({
        pairs: [pair(1, { Status: 'x', Sprint: '1' })],
        pages: [page(1, { Status: 'n', Sprint: '1' })],
        rows: [row(1, { Status: 'a', Sprint: '2' })],
      }),
    )
    expect(changes(plan)).toMatchObject([{ field: 'Sprint', side: 'notion', to: '2' }])
    expect(plan.conflicts).toMatchObject([{ field: 'Status' }])
  })
})

describe('a field that one side owns', () => {
  test('edited on the other side: written back, and logged as reverted with what was typed', () => {
    const plan = planFor(field('Status', { owner: 'notion' }), page(1, { Status: 'x' }), row(1, { Status: 'a' }))
    expect(changes(plan)).toMatchObject([{ side: 'airtable', from: 'a', to: 'x', why: 'reverted' }])
  })

  test('edited on both sides: the owner’s value wins, and the other is logged as overridden', () => {
    const plan = planFor(field('Status', { owner: 'airtable' }), page(1, { Status: 'n' }), row(1, { Status: 'a' }))
    expect(changes(plan)).toMatchObject([{ side: 'notion', from: 'n', to: 'a', why: 'overridden' }])
  })

  test('first link, and only the other side holds a value: it fills the owner and is not cleared', () => {
    const plan = makePlan(
      settings([field('Status', { owner: 'notion' })]),
      observed({ pages: [page(1)], rows: [row(1, { Status: 'a' })] }),
    )
    expect(changes(plan)).toMatchObject([{ side: 'notion', from: null, to: 'a', why: 'filled' }])
  })

  test('first link, but the owner’s field is computed and cannot be filled: the owner’s empty value stands', () => {
    const computed = field('Status', { owner: 'notion' })
    const plan = makePlan(
      settings([{ ...computed, notion: { ...computed.notion, writable: false } }]),
      observed({ pages: [page(1)], rows: [row(1, { Status: 'a' })] }),
    )
    expect(changes(plan)).toMatchObject([{ side: 'airtable', from: 'a', to: null, why: 'overridden' }])
  })
})

describe('a value that cannot be trusted or taken', () => {
  const plan = (notion: Page, airtable: Row, of = STATUS): Plan => planFor(of, notion, airtable)

  test('a cell that shows an error is a problem: nothing is written, and the base stays', () => {
    const broken = row(1, {}, { unreadable: { Status: 'Airtable shows #ERROR! in "Status".' } })
    const made = plan(page(1, { Status: 'n' }), broken)
    expect(made.steps).toEqual([])
    expect(made.problems).toMatchObject([{ code: 'unreadable', field: 'Status', message: /#ERROR!/ }])
    expect(made.pairs[0]?.base).toEqual({ Status: { notion: 'x', airtable: 'x' } })
  })

  test('a conflict of a field that became unreadable stays open', () => {
    const open: Conflict = {
      page: pageId(1),
      row: rowId(1),
      field: 'Status',
      base: null,
      notion: 'n',
      airtable: 'a',
      notionEdited: '',
    }
    const broken = row(1, {}, { unreadable: { Status: 'an error' } })
    expect(planFor(STATUS, page(1, { Status: 'n' }), broken, { conflicts: [open] }).conflicts).toEqual([open])
  })

  test('text for a number: a problem with both values, nothing is emptied, the base stays', () => {
    const number = field('Effort', { notion: { is: 'text', lines: 'one' }, airtable: { is: 'number' } })
    const made = makePlan(
      settings([number]),
      observed({
        pairs: [pair(1, {}, { base: { Effort: { notion: '3', airtable: 3 } } })],
        pages: [page(1, { Effort: 'large' })],
        rows: [row(1, { Effort: 3 })],
      }),
    )
    expect(made.steps).toEqual([])
    expect(made.problems).toMatchObject([
      {
        code: 'cannot-convert',
        field: 'Effort',
        notion: 'large',
        airtable: 3,
        message: expect.stringContaining('"large"'),
      },
    ])
    expect(made.pairs[0]?.base).toEqual({ Effort: { notion: '3', airtable: 3 } })
  })

  test('a field named like a member of every object is a field like any other', () => {
    const odd = ['constructor', 'toString', 'valueOf'].map(name => field(name))
    const held = (value: string) => Object.fromEntries(odd.map(({ key }) => [key, value]))
    const first = round(
      settings(odd),
      {
        pages: [{ is: page(1, held('n')), where: 'here' }],
        rows: [{ is: row(1, {}), where: 'here' }],
      },
      NOTHING_KNOWN,
    )
    expect(changes(first.plan).map(change => [change.field, change.to])).toEqual(odd.map(({ key }) => [key, 'n']))
    expect(first.memory.problems).toEqual([])
    expect(round(settings(odd), first.world, first.memory).plan.steps).toEqual([])
  })
})

describe('a write that a service refused', () => {
  const notion = page(1, { Status: 'n' })
  const airtable = row(1, { Status: 'x' })
  const first = () =>
    round(
      settings([STATUS]),
      { pages: [{ is: notion, where: 'here' }], rows: [{ is: airtable, where: 'here' }] },
      { ...NOTHING_KNOWN, pairs: [pair(1, { Status: 'x' })] },
      { refuses: () => true },
    )
  const again = (of: Field, page: Page, row: Row): Plan => planFor(of, page, row, { problems: first().memory.problems })

  test('is a problem, and the base stays', () => {
    expect(first().memory.problems).toMatchObject([{ code: 'refused', field: 'Status', notion: 'n', airtable: 'x' }])
    expect(first().memory.pairs[0]?.base).toEqual({ Status: { notion: 'x', airtable: 'x' } })
  })

  test('is not tried again while the values, the schema and the mapping stand', () => {
    const plan = again(STATUS, notion, airtable)
    expect(plan.steps).toEqual([])
    expect(plan.problems).toEqual(first().memory.problems)
  })

  test('is tried again when the value was edited', () => {
    expect(changes(again(STATUS, page(1, { Status: 'm' }), airtable))).toMatchObject([{ to: 'm' }])
  })

  test('is tried again when the column’s type or the mapping changed', () => {
    const retyped = { ...STATUS, airtable: { ...STATUS.airtable, type: 'multilineText' } }
    expect(changes(again(retyped, notion, airtable))).toHaveLength(1)
    expect(changes(again(field('Status', { owner: 'notion' }), notion, airtable))).toHaveLength(1)
  })

  test('is no problem any more when the other side was brought to the same value', () => {
    const plan = again(STATUS, notion, row(1, { Status: 'n' }))
    expect([plan.steps, plan.problems]).toEqual([[], []])
  })
})

describe('a refusal beside other writes', () => {
  const place = (notion: Page, airtable?: Row, where: 'here' | 'trashed' = 'here'): World => ({
    pages: [{ is: notion, where }],
    rows: airtable === undefined ? [] : [{ is: airtable, where: 'here' }],
  })
  const fields = [field('Name'), STATUS]
  const rules = settings(fields, { archive: { notion: {}, airtable: { Name: 'Old', Status: 'Archived' } } })

  test('one cell of a new row: the row is made without it, and it is not tried again', () => {
    const first = round(rules, place(page(1, { Name: 'Search', Status: 'n' })), NOTHING_KNOWN, {
      refuses: change => change.field === 'Status',
    })
    expect(first.world.rows).toMatchObject([{ is: { values: { Name: 'Search' } } }])
    const second = round(rules, first.world, first.memory)
    expect(second.plan.steps).toEqual([])
    expect(second.memory.problems).toMatchObject([{ code: 'refused', field: 'Status', page: pageId(1) }])
  })

  test('the archive value: it is not tried again while nothing changes', () => {
    const world = place(page(1, { Name: 'A', Status: 'x' }), row(1, { Name: 'A', Status: 'x' }), 'trashed')
    const memory = { ...NOTHING_KNOWN, pairs: [pair(1, { Name: 'A', Status: 'x' })] }
    const first = round(rules, world, memory, { refuses: () => true })
    const second = round(rules, first.world, first.memory)
    expect(second.plan.steps).toEqual([])
    expect(second.memory.problems).toMatchObject([{ code: 'refused' }, { code: 'refused' }])
  })

  test('one of two archive values: the other is undone all the same when the page comes back', () => {
    const world = place(page(1, { Name: 'A', Status: 'x' }), row(1, { Name: 'A', Status: 'x' }), 'trashed')
    const memory = { ...NOTHING_KNOWN, pairs: [pair(1, { Name: 'A', Status: 'x' })] }
    const first = round(rules, world, memory, { refuses: change => change.field === 'Name' })
    const second = round(rules, first.world, first.memory, { refuses: change => change.field === 'Name' })
    const back = round(rules, edited(second.world, pageId(1), { where: 'here' }), second.memory)
    expect(back.world.rows).toMatchObject([{ is: { values: { Name: 'A', Status: 'x' } } }])
    expect(back.world.pages).toMatchObject([{ is: { values: { Name: 'A', Status: 'x' } } }])
  })
})

describe('new records', () => {
  const fields = [field('Name'), field('Status'), field('Notes')]
  const loose = page(1, { Name: 'Search', Status: 'x', Notes: null })

  test('a page without a row gets one, with every mapped field that holds a value', () => {
    const plan = makePlan(settings(fields), observed({ pages: [loose] }))
    expect(plan.steps).toMatchObject([
      {
        do: 'create-row',
        page: pageId(1),
        changes: [
          { field: 'Name', side: 'airtable', from: null, to: 'Search', why: 'created' },
          { field: 'Status', to: 'x' },
        ],
      },
    ])
  })

  test('fields that Airtable owns are filled as well, but for those that it computes', () => {
    const computed = field('Age', { owner: 'airtable' })
    const plan = makePlan(
      settings([
        field('Sprint', { owner: 'airtable' }),
        { ...computed, airtable: { ...computed.airtable, writable: false } },
      ]),
      observed({ pages: [page(1, { Sprint: '1', Age: '2' })] }),
    )
    expect(changes(plan).map(change => change.field)).toEqual(['Sprint'])
  })

  test('a value that Airtable cannot take is a problem, and the row is made without it', () => {
    const plan = makePlan(
      settings([field('Name'), field('Effort', { notion: { is: 'text', lines: 'one' }, airtable: { is: 'number' } })]),
      observed({ pages: [page(1, { Name: 'Search', Effort: 'large' })] }),
    )
    expect(changes(plan).map(change => change.field)).toEqual(['Name'])
    expect(plan.problems).toMatchObject([{ code: 'cannot-convert', field: 'Effort', page: pageId(1), notion: 'large' }])
  })

  test.each([
    ['airtable', 1],
    ['both', 1],
    ['notion', 0],
    ['none', 0],
  ] as const)('create: %s makes %i rows for a page', (create, count) => {
    expect(makePlan(settings(fields, { create }), observed({ pages: [loose] })).steps).toHaveLength(count)
  })

  test('where create is airtable, a row without a page stays as it is', () => {
    const plan = makePlan(settings(fields), observed({ rows: [row(1, { Name: 'Search' }, { pageId: null })] }))
    expect(plan.steps).toEqual([])
    expect(plan.problems).toEqual([])
  })

  test('a name that is not unique: nothing is created for any of them', () => {
    const plan = makePlan(
      settings(fields, { match: 'Name' }),
      observed({ pages: [loose, page(2, { Name: 'search' })], rows: [row(7, { Name: 'Search' }, { pageId: null })] }),
    )
    expect(plan.steps).toEqual([])
    expect(plan.problems).toHaveLength(3)
  })

  test('linked by name: the page ID is written, empty fields are filled, and it is told', () => {
    const plan = makePlan(
      settings(fields, { match: 'Name' }),
      observed({ pages: [loose], rows: [row(7, { Name: 'Search', Notes: 'later' }, { pageId: null })] }),
    )
    expect(plan.steps).toMatchObject([
      { do: 'update-row', row: rowId(7), relink: true, changes: [{ field: 'Status', to: 'x', why: 'filled' }] },
      { do: 'update-page', page: pageId(1), changes: [{ field: 'Notes', to: 'later', why: 'filled' }] },
    ])
    expect(plan.events).toMatchObject([{ text: expect.stringContaining('linked') }])
  })

  test('an option that the other side lacks is named in the change that makes it', () => {
    const select = { is: 'option', names: ['Todo'], open: true, commas: true } as const
    const plan = makePlan(
      settings([field('Status', { shape: select })]),
      observed({ pages: [page(1, { Status: 'Blocked' })], rows: [row(1)] }),
    )
    expect(changes(plan)).toMatchObject([{ to: 'Blocked', newOptions: ['Blocked'] }])
  })
})

describe('records that the lists do not bring', () => {
  const known = { pairs: [pair(1), pair(2), pair(3, {}, { rest: { why: 'trashed' } })] }

  test('missing pages and rows of known pairs are to be looked up', () => {
    expect(missing(settings([]), { ...known, pages: [page(2)], rows: [row(1), row(3)] })).toMatchObject({
      pages: [pageId(1)],
      rows: [rowId(2)],
    })
  })

  test('a pair that rests because its page is gone is not looked up again and again', () => {
    expect(
      missing(settings([]), { ...known, pages: [page(1), page(2)], rows: [row(1), row(2), row(3)] }),
    ).toMatchObject({
      pages: [],
      rows: [],
    })
  })

  test('nothing missing, nothing looked up', () => {
    expect(missing(settings([]), { pairs: [pair(1)], pages: [page(1)], rows: [row(1)] })).toMatchObject({
      pages: [],
      rows: [],
    })
  })

  test('a page that is not readable any more is a problem that says what to do', () => {
    const plan = makePlan(
      settings([STATUS]),
      observed({ pairs: [pair(1)], rows: [row(1)], fates: new Map([[pageId(1), 'unreadable']]) }),
    )
    expect(plan.steps).toEqual([])
    expect(plan.problems).toMatchObject([{ code: 'page-unreadable', message: expect.stringMatching(/[Ss]hare/) }])
  })

  test.each([
    ['trashed', /trash/],
    ['moved', /moved to another data source/],
    ['archived', /archived/],
  ] as const)('a page that is %s: its row is archived, and the log says why', (where, words) => {
    const { outcomes, plan } = round(
      settings([STATUS], { archive: { notion: {}, airtable: { Status: 'Archived' } } }),
      { pages: [{ is: page(1), where }], rows: [{ is: row(1, { Status: 'x' }), where: 'here' }] },
      { ...NOTHING_KNOWN, pairs: [pair(1, { Status: 'x' })] },
    )
    expect(entriesOf(outcomes, plan.events)).toMatchObject([
      { what: 'Status', from: 'x', to: 'Archived', side: 'airtable', why: expect.stringMatching(words) },
    ])
  })

  test('no archive value is known: archiving keeps the row, and says so', () => {
    const plan = makePlan(
      settings([STATUS]),
      observed({ pairs: [pair(1)], rows: [row(1)], fates: new Map([[pageId(1), 'trashed']]) }),
    )
    expect(plan.steps).toEqual([])
    expect(plan.events).toMatchObject([{ text: expect.stringContaining('kept') }])
  })
})

describe('deleted on one side, edited on the other, where the rule is to delete', () => {
  const rules = settings([STATUS], { whenDeleted: { page: 'delete', row: 'trash' } })
  const memory = { ...NOTHING_KNOWN, pairs: [pair(1, { Status: 'x' })] }
  const trashed: World = {
    pages: [{ is: page(1, { Status: 'x' }), where: 'trashed' }],
    rows: [{ is: row(1, { Status: 'a' }), where: 'here' }],
  }
  const deleted: World = {
    pages: [{ is: page(1, { Status: 'n' }), where: 'here' }],
    rows: [{ is: row(1, { Status: 'x' }), where: 'deleted' }],
  }
  const settled = (world: World, side: Side) => {
    const asked = round(rules, world, memory)
    const [conflict] = asked.memory.conflicts
    if (conflict === undefined) throw new Error('no conflict was opened')
    return round(rules, world, asked.memory, { picks: new Map([[cellId(conflict), side]]) })
  }

  test('is asked, with the edit in the conflict', () => {
    const { plan } = round(rules, trashed, memory)
    expect(plan.steps).toEqual([])
    expect(plan.conflicts).toMatchObject([{ page: pageId(1), row: rowId(1) }])
    expect(JSON.stringify(plan.conflicts)).toMatch(/Status.*x.*a/)
  })

  test('a person keeps the deletion: the record that is left goes too, and the pair is forgotten', () => {
    const ended = settled(trashed, 'notion')
    expect(doing(ended.plan)).toEqual(['delete-row'])
    expect(ended.memory).toEqual(NOTHING_KNOWN)
    expect(doing(settled(deleted, 'airtable').plan)).toEqual(['trash-page'])
  })

  test.each([
    ['trashed', trashed, /Status.*\ba\b/],
    ['deleted', deleted, /Status.*\bn\b/],
  ])('the edit stands in the log from the moment it is asked about, whatever a person keeps: %s', (_, world, edit) => {
    const { outcomes, plan } = round(rules, world, memory)
    expect(entriesOf(outcomes, plan.events).map(({ to }) => to)).toEqual([expect.stringMatching(edit)])
  })

  test('a value that never agreed counts as an edit', () => {
    const never = { ...NOTHING_KNOWN, pairs: [pair(1)] }
    expect(round(rules, trashed, never).plan.steps).toEqual([])
    expect(round(rules, deleted, never).plan.steps).toEqual([])
    expect(round(rules, trashed, never).memory.conflicts).toHaveLength(1)
  })

  test('a person keeps the edited row: the page is taken out of the trash, and the edit flows to it', () => {
    const ended = settled(trashed, 'airtable')
    const next = round(rules, ended.world, ended.memory)
    expect(next.world.pages).toMatchObject([{ where: 'here', is: { values: { Status: 'a' } } }])
    expect(next.memory.conflicts).toEqual([])
  })

  test('a person keeps the edited page: a row is made again from it', () => {
    const ended = settled(deleted, 'notion')
    expect(doing(ended.plan)).toEqual(['create-row'])
    expect(ended.memory.conflicts).toEqual([])
    expect(round(rules, ended.world, ended.memory).plan.steps).toEqual([])
  })

  test('the edit is undone before anybody answers: the deletion goes on by its rule', () => {
    const asked = round(rules, trashed, memory)
    const undone = edited(trashed, rowId(1), { values: { Status: 'x' } })
    expect(doing(round(rules, undone, asked.memory).plan)).toEqual(['delete-row'])
  })

  test('the page is taken out of the trash before anybody answers: the question closes, and the edit flows', () => {
    const asked = round(rules, trashed, memory)
    const back = round(rules, edited(trashed, pageId(1), { where: 'here' }), asked.memory)
    expect(back.memory.conflicts).toEqual([])
    expect(back.world.pages).toMatchObject([{ is: { values: { Status: 'a' } } }])
  })
})

describe('a restored page', () => {
  const rules = (owner: Field['owner']): Settings =>
    settings([field('Status', { owner })], { archive: { notion: {}, airtable: { Status: 'Archived' } } })
  const before: World = {
    pages: [{ is: page(1, { Status: 'Doing' }), where: 'trashed' }],
    rows: [{ is: row(1, { Status: 'Doing' }), where: 'here' }],
  }
  const memory = { ...NOTHING_KNOWN, pairs: [pair(1, { Status: 'Doing' })] }
  /** Archived, and then taken out of the trash with this status. */
  const back = (owner: Field['owner'], notion: string, airtable?: string) => {
    const archived = round(rules(owner), before, memory)
    const hand = edited(archived.world, pageId(1), { where: 'here', values: { Status: notion } })
    const world = airtable === undefined ? hand : edited(hand, rowId(1), { values: { Status: airtable } })
    return round(rules(owner), world, archived.memory)
  }

  test('has its row’s archive value undone, and is merged again', () => {
    const { plan, memory: after } = back('both', 'Doing')
    expect(changes(plan)).toMatchObject([{ side: 'airtable', from: 'Archived', to: 'Doing', why: 'restored' }])
    expect(after.pairs).toEqual(memory.pairs)
  })

  test('whose status was edited in Notion meanwhile: the new status goes to the row', () => {
    const { world, memory: after } = back('both', 'Done')
    expect(world.rows).toMatchObject([{ is: { values: { Status: 'Done' } } }])
    expect(after.pairs).toEqual([pair(1, { Status: 'Done' })])
  })

  test('whose archived status somebody changed in Airtable meanwhile: that edit stands, and flows', () => {
    const { world, memory: after } = back('both', 'Doing', 'Blocked')
    expect(world.pages).toMatchObject([{ is: { values: { Status: 'Blocked' } } }])
    expect(after.pairs).toEqual([pair(1, { Status: 'Blocked' })])
  })

  test('whose archived field was edited in Notion, and belongs to Airtable: reverted on both sides, and no problem', () => {
    const { world, memory: after } = back('airtable', 'Done')
    expect([...world.pages, ...world.rows].map(({ is }) => is.values.Status)).toEqual(['Doing', 'Doing'])
    expect(after.problems).toEqual([])
    expect(after.pairs).toEqual(memory.pairs)
  })

  test('whose undoing was not written yet rests on, and is undone by the next run', () => {
    const archived = round(rules('both'), before, memory)
    const hand = edited(archived.world, pageId(1), { where: 'here' })
    const stopped = round(rules('both'), hand, archived.memory, { does: () => false })
    const ended = round(rules('both'), stopped.world, stopped.memory)
    expect(ended.world.rows).toMatchObject([{ is: { values: { Status: 'Doing' } } }])
    expect(ended.memory.pairs).toEqual(memory.pairs)
  })
})

test('going back leaves alone what a service computes, on both sides: the next run would set it again', () => {
  const computed = {
    ...field('Edited'),
    notion: { ...field('Edited').notion, writable: false },
    owner: 'notion' as const,
  }
  const fields = [computed, STATUS]
  const seen = {
    pairs: [pair(1, { Edited: 'now', Status: 'Done' })],
    conflicts: [],
    problems: [],
    fates: new Map(),
    pages: [page(1, { Edited: 'now', Status: 'Done' })],
    rows: [row(1, { Edited: 'now', Status: 'Done' })],
  }
  const plan = planRestore(settings(fields), seen, [pair(1, { Edited: 'then', Status: 'Doing' })], null)
  expect(changes(plan).map(change => [change.field, change.side, change.to])).toEqual([
    ['Status', 'airtable', 'Doing'],
    ['Status', 'notion', 'Doing'],
  ])
})
