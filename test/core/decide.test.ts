/** One field of one pair, to the word: who wins by which rule, what a conflict says, and what a new record is given. */
import { describe, expect, test } from 'vitest'
import { ruledBy } from '../../src/core/decide.ts'
import type { Change, Field, Page, Plan, Policy, Row, Side } from '../../src/core/model.ts'
import { makePlan } from '../../src/core/plan.ts'
import { cellId, type Observed } from '../../src/core/planning.ts'
import type { Shape } from '../../src/core/shape.ts'
import { field, observed, page, pageId, pair, row, rowId, settings } from './words.ts'

const STATUS = field('Status')
const changes = (plan: Plan): Change[] => plan.steps.flatMap(step => ('changes' in step ? step.changes : []))

type Given = { of?: Field; base?: string | null; notion?: Page; airtable?: Row; seen?: Partial<Observed> }
function planFor({ of = STATUS, base = 'x', seen = {}, ...given }: Given): Plan {
  const { notion = page(1, { Status: 'n' }), airtable = row(1, { Status: 'a' }) } = given
  return makePlan(
    settings([of]),
    observed({
      pairs: [pair(1, base === null ? {} : { Status: base })],
      pages: [notion],
      rows: [airtable],
      ...seen,
    }),
  )
}

test('a conflict goes by the page and the field', () => {
  expect(cellId({ page: 'p', field: 'f' })).toBe('p/f')
})

describe('edited on both sides', () => {
  const settled = (conflict: Policy, clock?: Side) =>
    planFor({
      of: field('Status', { conflict }),
      seen: clock === undefined ? {} : { clocks: new Map([[cellId({ page: pageId(1), field: 'Status' }), clock]]) },
    })

  test.each([
    ['notion', 'airtable', 'a', 'n'],
    ['airtable', 'notion', 'n', 'a'],
  ] as const)('where %s wins by rule: its value is written to the other side', (conflict, side, from, to) => {
    const plan = settled(conflict, side)
    expect(changes(plan)).toEqual([{ field: 'Status', side, from, to, source: to, why: 'conflict-rule' }])
    expect([plan.conflicts, plan.settling, plan.events, plan.problems]).toEqual([[], [], [], []])
  })

  test('where the newest wins, that is why', () => {
    expect(changes(settled('newest', 'notion'))).toMatchObject([{ side: 'airtable', why: 'conflict-newest' }])
  })

  test.each(['notion', 'airtable'] as const)(
    'where a person is asked, nobody wins because %s was edited last',
    clock => {
      const plan = settled('ask', clock)
      expect(plan.steps).toEqual([])
      expect(plan.conflicts).toMatchObject([{ clock }])
    },
  )

  test('the conflict is told with what both agreed on, and what either holds', () => {
    expect(settled('ask').events).toEqual([
      {
        page: pageId(1),
        row: rowId(1),
        title: 'Record 1',
        field: 'Status',
        text: 'conflict opened',
        from: 'Notion: x; Airtable: x',
        to: 'Notion: n; Airtable: a',
      },
    ])
  })

  test('and nothing was ever agreed on: only what either holds', () => {
    expect(planFor({ base: null }).events).toMatchObject([{ from: '', to: 'Notion: n; Airtable: a' }])
  })

  test('and once more since: the conflict is told as changed; and as closed once they agree', () => {
    const open = planFor({}).conflicts
    const again = planFor({ airtable: row(1, { Status: 'b' }), seen: { conflicts: open } })
    expect(again.events).toMatchObject([{ text: 'conflict changed: a value was edited again' }])
    const agreed = planFor({ airtable: row(1, { Status: 'n' }), seen: { conflicts: open } })
    expect(agreed.events).toMatchObject([{ text: 'conflict closed: the two sides settled it themselves' }])
  })
})

describe('a column that the service computes', () => {
  const computed = (owner: Side): Field => {
    const of = field('Status', { owner })
    return { ...of, [owner]: { ...of[owner], writable: false } }
  }

  test('whose value nobody changed: nothing is written', () => {
    const same = { notion: page(1, { Status: 'x' }), airtable: row(1, { Status: 'x' }) }
    expect(planFor({ of: computed('airtable'), ...same })).toMatchObject({ steps: [], conflicts: [], events: [] })
    expect(planFor({ of: computed('notion'), ...same })).toMatchObject({ steps: [], conflicts: [], events: [] })
  })

  test('and is edited on the other side: reverted, as on any line with an owner', () => {
    const plan = planFor({ of: computed('airtable'), airtable: row(1, { Status: 'x' }) })
    expect(changes(plan)).toMatchObject([{ side: 'notion', from: 'n', to: 'x', why: 'reverted' }])
  })

  test.each([
    ['airtable', 'notion', page(1, { Status: 'n' }), row(1)],
    ['notion', 'airtable', page(1), row(1, { Status: 'a' })],
  ] as const)(
    'empty in %s on a first link: the other side is emptied, since it cannot be filled',
    (owner, side, notion, airtable) => {
      const plan = planFor({ of: computed(owner), base: null, notion, airtable })
      expect(changes(plan)).toMatchObject([{ side, to: null, why: 'overridden' }])
    },
  )
})

describe('an option', () => {
  const shape: Shape = { is: 'option', names: ['n'], open: true, commas: true }
  const of = field('Status', { shape })

  test('that the other side has is written without making one', () => {
    const [change] = changes(planFor({ of, airtable: row(1, { Status: 'x' }) }))
    expect(change).toStrictEqual({
      field: 'Status',
      side: 'airtable',
      from: 'x',
      to: 'n',
      source: 'n',
      why: 'edited',
    })
  })

  test('of a new record is made where the other side lacks it, and only there', () => {
    const created = (status: string) =>
      changes(makePlan(settings([of]), observed({ pages: [page(1, { Status: status })] })))
    const change = { field: 'Status', side: 'airtable', from: null, why: 'created' }
    expect(created('n')).toStrictEqual([{ ...change, to: 'n', source: 'n' }])
    expect(created('new')).toStrictEqual([{ ...change, to: 'new', source: 'new', newOptions: ['new'] }])
  })
})

describe('a row without a page', () => {
  const fields = [field('Name'), STATUS, field('Notes')]
  const planned = (airtable: Row) => makePlan(settings(fields, { create: 'both' }), observed({ rows: [airtable] }))
  const unlinked = { pageId: null }

  test('gets one, with every mapped field that holds a value', () => {
    const plan = planned(row(1, { Name: 'Search', Status: 'x', Notes: '' }, unlinked))
    const change = { side: 'notion', from: null, why: 'created' }
    expect(plan.steps).toStrictEqual([
      {
        do: 'create-page',
        row: rowId(1),
        title: 'Record 1',
        changes: [
          { field: 'Name', ...change, to: 'Search', source: 'Search' },
          { field: 'Status', ...change, to: 'x', source: 'x' },
        ],
      },
    ])
    expect([plan.problems, plan.unmatched]).toEqual([[], []])
  })

  test('that holds nothing yet waits, and that is said', () => {
    const plan = planned(row(1, {}, unlinked))
    expect(plan.steps).toEqual([])
    expect(plan.unmatched).toEqual([
      {
        page: null,
        row: rowId(1),
        title: 'Record 1',
        text: 'an empty row; it gets its page once it holds something',
      },
    ])
  })

  test('with a cell that cannot be read gets its page without it, and that is a problem', () => {
    const plan = planned(row(1, { Name: 'Search', Status: 'x' }, { ...unlinked, unreadable: { Status: 'an error' } }))
    expect(changes(plan).map(change => change.field)).toEqual(['Name'])
    expect(plan.problems).toEqual([
      {
        code: 'unreadable',
        page: null,
        row: rowId(1),
        title: 'Record 1',
        field: 'Status',
        notion: null,
        airtable: null,
        message: 'an error',
      },
    ])
  })
})

describe('a value that the other side cannot take', () => {
  const number = field('Status', { notion: { is: 'text', lines: 'one' }, airtable: { is: 'number' } })
  const message = 'Airtable cannot take the value: "n" is not a number. Write a number that the field takes.'

  test('is a problem in words, for a pair and for a new record alike', () => {
    const pages = [page(1, { Status: 'n' })]
    const known = makePlan(settings([number]), observed({ pairs: [pair(1)], pages, rows: [row(1)] }))
    expect(known.problems).toMatchObject([{ code: 'cannot-convert', message, notion: 'n', airtable: null }])
    const created = makePlan(settings([number]), observed({ pages }))
    expect(created.problems).toMatchObject([{ code: 'cannot-convert', message, notion: 'n', airtable: null }])
  })

  test.each<[Shape, string]>([
    [{ is: 'checkbox' }, ' Write yes or no.'],
    [{ is: 'date', holds: 'day' }, ' Write one date, such as 2026-11-20.'],
    [{ is: 'option', names: [], open: false, commas: true }, ' Choose one that is there, make it there, or map it'],
    [{ is: 'people', many: false }, ' Write the name or address of one member, or invite them.'],
    [{ is: 'people', many: true }, ' Write names or addresses of members, or invite whoever is none.'],
  ])('is told with what to do, where the field holds %j', (airtable, words) => {
    const line = field('Status', { notion: { is: 'text', lines: 'one' }, airtable })
    const [told] = makePlan(settings([line]), observed({ pages: [page(1, { Status: 'n' })] })).problems
    expect(told?.message).toContain(`.${words}`)
  })
})

describe('a field of a new page that could not take the row’s value, and holds the default of the service', () => {
  const open: Shape = { is: 'option', names: ['Todo', 'Gamma'], open: true, commas: true }
  const closed: Shape = { is: 'option', names: ['Todo'], open: false, commas: true, refills: true }
  const unfilled = { notion: 'Todo', airtable: 'Gamma', unfilled: 'notion' } as const
  const planned = (notion: string | null, airtable: string | null, more: Partial<Field> = {}, shape: Shape = closed) =>
    makePlan(
      settings([{ ...field('Status', { notion: shape, airtable: open }), ...more }]),
      observed({
        pairs: [{ ...pair(1), base: { Status: unfilled } }],
        pages: [page(1, { Status: notion })],
        rows: [row(1, { Status: airtable })],
      }),
    )

  test.each<Partial<Field>>([{ conflict: 'notion' }, { conflict: 'ask' }, { owner: 'notion' }, { owner: 'airtable' }])(
    'stays a problem, and nothing is written, whatever the rule: %j',
    rule => {
      const plan = planned('Todo', 'Gamma', rule)
      expect([plan.steps, plan.conflicts]).toEqual([[], []])
      expect(plan.problems).toMatchObject([
        { code: 'cannot-convert', field: 'Status', notion: 'Todo', airtable: 'Gamma' },
      ])
      expect(plan.pairs[0]?.base.Status).toEqual(unfilled)
    },
  )

  test('is not tried again where it was refused', () => {
    const made: Shape = { ...closed, names: ['Todo', 'Gamma'] }
    const of = { ...field('Status', { notion: made, airtable: open }) }
    const where = { page: pageId(1), row: rowId(1), title: 'Record 1', field: 'Status' }
    const refused = {
      code: 'refused',
      ...where,
      message: 'no',
      notion: 'Todo',
      airtable: 'Gamma',
      under: ruledBy(of),
    } as const
    const plan = makePlan(
      settings([of]),
      observed({
        pairs: [{ ...pair(1), base: { Status: unfilled } }],
        pages: [page(1, { Status: 'Todo' })],
        rows: [row(1, { Status: 'Gamma' })],
        problems: [refused],
      }),
    )
    expect([plan.steps, plan.problems]).toEqual([[], [refused]])
  })

  test('is filled once the option is there', () => {
    const made: Shape = { ...closed, names: ['Todo', 'Gamma'] }
    expect(changes(planned('Todo', 'Gamma', {}, made))).toMatchObject([
      { side: 'notion', from: 'Todo', to: 'Gamma', why: 'filled' },
    ])
  })

  test('is a conflict once somebody chooses another value there', () => {
    const chosen: Shape = { ...closed, names: ['Todo', 'Doing'] }
    expect(planned('Doing', 'Gamma', {}, chosen).conflicts).toMatchObject([
      { base: null, notion: 'Doing', airtable: 'Gamma' },
    ])
  })

  test('is agreed on once the row is emptied', () => {
    const plan = planned('Todo', null)
    expect([plan.steps, plan.conflicts, plan.problems]).toEqual([[], [], []])
    expect(plan.pairs[0]?.base.Status).toEqual({ notion: 'Todo', airtable: null, accepted: true })
  })
})

test.each(['notion', 'airtable'] as const)(
  'what differs although nobody edited it is asked about under "newest", whatever the clock says of %s',
  clock => {
    const plan = makePlan(
      settings([field('Status', { conflict: 'newest' })]),
      observed({
        pairs: [{ ...pair(1), base: { Status: { notion: 'n', airtable: 'a' } } }],
        pages: [page(1, { Status: 'n' })],
        rows: [row(1, { Status: 'a' })],
        clocks: new Map([[cellId({ page: pageId(1), field: 'Status' }), clock]]),
      }),
    )
    expect(plan.steps).toEqual([])
    expect(plan.conflicts).toMatchObject([{ field: 'Status', clock: 'unknown' }])
  },
)
