/** Renamed options: the old name and the new one stand for each other, and what is remembered is told by the new one. */
import { describe, expect, test } from 'vitest'
import type { Base, Change, Conflict, Pair } from '../../src/core/model.ts'
import { followJournal, followOptions, type Renames, renamed, translate } from '../../src/core/options.ts'
import type { Journal } from '../../src/core/recover.ts'
import type { Value } from '../../src/core/shape.ts'
import { pageId, pair, rowId } from './words.ts'

const renames = (notion: Record<string, string> = {}, airtable: Record<string, string> = {}) => ({
  notion: new Map(Object.entries(notion)),
  airtable: new Map(Object.entries(airtable)),
})

describe('which options were renamed', () => {
  const before = { o1: 'Todo', o2: 'Doing', o3: 'Done' }

  test('those of a known ID that go by another name', () => {
    expect([...renamed(before, { o1: 'Todo', o2: 'Working', o4: 'New' })]).toEqual([['Doing', 'Working']])
  })

  test('none where nothing was known, or the column shows no options any more', () => {
    expect([...renamed(undefined, before)]).toEqual([])
    expect([...renamed(before, undefined)]).toEqual([])
  })
})

describe('the names that stand for each other', () => {
  type Given = {
    readonly config?: Record<string, string>
    readonly implied?: Record<string, string>
    readonly renames?: ReturnType<typeof renames>
    readonly notion: readonly string[]
    readonly airtable: readonly string[]
  }
  const told = ({ config = {}, implied = {}, renames: names = renames(), notion, airtable }: Given) =>
    translate(config, implied, names, { notion, airtable })
  const both = (names: Record<string, string>) => ({ values: names, implied: names })

  test.each(['Working', 'constructor', 'toString'])(
    'an option renamed to %s in Notion stands for its old name',
    name => {
      expect(told({ renames: renames({ Doing: name }), notion: [name], airtable: ['Doing'] })).toEqual(
        both({ [name]: 'Doing' }),
      )
    },
  )

  test.each(['Working', 'constructor', 'toString'])(
    'an option renamed to %s in Airtable stands for its old name',
    name => {
      expect(told({ renames: renames({}, { Doing: name }), notion: ['Doing'], airtable: [name] })).toEqual(
        both({ Doing: name }),
      )
    },
  )

  test('one that was renamed on both sides: the two new names', () => {
    const names = renames({ Doing: 'Working' }, { Doing: 'Active' })
    expect(told({ renames: names, notion: ['Working'], airtable: ['Active'] })).toEqual(both({ Working: 'Active' }))
  })

  test('none where the new name is an option of the other side already, letter case aside', () => {
    const toNotion = renames({ Doing: 'Working' })
    expect(told({ renames: toNotion, notion: ['Working'], airtable: ['Doing', 'WORKING'] })).toEqual(both({}))
    const toAirtable = renames({}, { Doing: 'Working' })
    expect(told({ renames: toAirtable, notion: ['Doing', 'working'], airtable: ['Working'] })).toEqual(both({}))
  })

  test('none where the other side has no option of the old name', () => {
    expect(told({ renames: renames({ Doing: 'Working' }), notion: ['Working'], airtable: ['Done'] })).toEqual(both({}))
    expect(told({ renames: renames({}, { Doing: 'Working' }), notion: ['Done'], airtable: ['Working'] })).toEqual(
      both({}),
    )
  })

  test('what the config says, as long as nothing was renamed, and nothing beside it', () => {
    expect(told({ config: { Doing: 'In work' }, notion: ['Doing'], airtable: ['In work'] })).toEqual({
      values: { Doing: 'In work' },
      implied: {},
    })
  })

  test('what the config says of an option that neither side has', () => {
    expect(told({ config: { Doing: 'In work' }, notion: [], airtable: [] }).values).toEqual({ Doing: 'In work' })
  })

  test.each([
    ['Notion', renames({ Doing: 'Working' }), 'Working', 'In work'],
    ['Airtable', renames({}, { 'In work': 'Active' }), 'Doing', 'Active'],
  ])(
    'a line of the config whose option was renamed in %s is followed, and remembered',
    (_, names, notion, airtable) => {
      expect(told({ config: { Doing: 'In work' }, renames: names, notion: [notion], airtable: [airtable] })).toEqual(
        both({ [notion]: airtable }),
      )
    },
  )

  test.each([
    ['Notion', { Working: 'In work' }, renames({ Doing: 'Working' }), ['Working'], ['Doing', 'In work']],
    ['Airtable', { Doing: 'In work' }, renames({}, { Doing: 'Active' }), ['Doing'], ['Active', 'In work']],
  ])('the config goes before a rename in %s', (_, config, names, notion, airtable) => {
    expect(told({ config, renames: names, notion, airtable })).toEqual({ values: config, implied: {} })
  })

  test('what a former rename left is kept, and follows a later one', () => {
    const given = { implied: { Working: 'Doing' }, notion: ['Working'], airtable: ['Doing'] }
    expect(told(given)).toEqual(both({ Working: 'Doing' }))
    const names = renames({ Working: 'Running' })
    expect(told({ ...given, renames: names, notion: ['Running'] })).toEqual(both({ Running: 'Doing' }))
  })

  test('what a former rename left is forgotten once both names are the same, or one side lost its option', () => {
    const implied = { Working: 'Doing' }
    const names = renames({}, { Doing: 'Working' })
    expect(told({ implied, renames: names, notion: ['Working'], airtable: ['Working'] })).toEqual(both({}))
    expect(told({ implied, notion: [], airtable: ['Doing'] })).toEqual(both({}))
    expect(told({ implied, notion: ['Working'], airtable: [] })).toEqual(both({}))
  })

  test('a line of the config that names an option which is gone gives way to what a rename left', () => {
    const given = { config: { Doing: 'In work' }, implied: { Doing: 'Active' }, notion: ['Doing'] }
    expect(told({ ...given, airtable: ['Active'] })).toEqual(both({ Doing: 'Active' }))
    expect(told({ ...given, airtable: ['Active', 'In work'] })).toEqual({
      values: { Doing: 'In work' },
      implied: { Doing: 'Active' },
    })
  })
})

const FOLLOWED: Renames = { Status: renames({ Doing: 'Working' }, { Doing: 'Active' }) }

describe('what the state remembers', () => {
  const follow = (value: Value, key = 'Status') => {
    const base: Base = { notion: value, airtable: value }
    return followOptions({ pairs: [pair(1, {}, { base: { [key]: base } })], conflicts: [] }, FOLLOWED).pairs[0]?.base[
      key
    ]
  }

  test('is told by the names that the options have on each side now, alone or in a list', () => {
    expect(follow('Doing')).toEqual({ notion: 'Working', airtable: 'Active' })
    expect(follow(['Done', 'Doing'])).toEqual({ notion: ['Done', 'Working'], airtable: ['Done', 'Active'] })
  })

  test.each<[string, Value]>([
    ['another option', 'Done'],
    ['an empty cell', null],
    ['a tick', true],
    ['a number', 5],
    ['people', [{ name: 'Doing' }]],
  ])('stays as it is: %s', (_, value) => {
    expect(follow(value)).toEqual({ notion: value, airtable: value })
  })

  test('stays as it is in a field of which no option was renamed', () => {
    expect(follow('Doing', 'Phase')).toEqual({ notion: 'Doing', airtable: 'Doing' })
    const one: Renames = { Status: renames({ Doing: 'Working' }) }
    const base: Base = { notion: 'Doing', airtable: 'Doing', accepted: true }
    expect(followOptions({ pairs: [pair(1, {}, { base: { Status: base } })], conflicts: [] }, one).pairs).toEqual([
      pair(1, {}, { base: { Status: { notion: 'Working', airtable: 'Doing', accepted: true } } }),
    ])
  })

  test('of a pair that rests: what archiving wrote and what it replaced, on the side that is left', () => {
    const resting = (why: 'trashed' | 'row-deleted', value: string): Pair =>
      pair(1, {}, { rest: { why, wrote: { Status: value, Name: 'Doing' }, was: { Status: value } } })
    const followed = (known: Pair) => followOptions({ pairs: [known], conflicts: [] }, FOLLOWED).pairs
    expect(followed(resting('trashed', 'Doing'))).toEqual([resting('trashed', 'Active')])
    expect(followed(resting('row-deleted', 'Doing'))).toEqual([resting('row-deleted', 'Working')])
    const kept = pair(1, {}, { rest: { why: 'trashed' } })
    expect(followed(kept)).toStrictEqual([kept])
    expect(followed(pair(1))).toStrictEqual([pair(1)])
  })

  test('of a conflict: both of its values and its base', () => {
    const conflict = (base: Base | null, notion: string, airtable: string): Conflict => ({
      page: pageId(1),
      row: rowId(1),
      field: 'Status',
      base,
      notion,
      airtable,
      notionEdited: '',
    })
    const open = [conflict({ notion: 'Doing', airtable: 'Doing' }, 'Doing', 'Done'), conflict(null, 'Done', 'Doing')]
    expect(followOptions({ pairs: [], conflicts: open }, FOLLOWED).conflicts).toEqual([
      conflict({ notion: 'Working', airtable: 'Active' }, 'Working', 'Done'),
      conflict(null, 'Done', 'Active'),
    ])
  })
})

describe('what a run that was cut off meant to write', () => {
  const step = { page: pageId(1), row: rowId(1), title: 'Record 1' }
  const change = (side: 'notion' | 'airtable'): Change => ({
    field: 'Status',
    side,
    from: 'Doing',
    to: 'Doing',
    source: 'Doing',
    why: 'edited',
  })
  const followed = (...steps: Journal['steps']) =>
    followJournal({ id: 'j1', tookIn: 'j0', steps, makings: [], events: [] }, FOLLOWED)

  test('to a row: what is written by its names in Airtable, what it was made of by those in Notion', () => {
    const base = { Status: { notion: 'Doing', airtable: 'Doing' } }
    const journal = followed({
      step: { do: 'update-row', ...step, changes: [change('airtable')] },
      base,
      stood: { Status: 'Doing' },
    })
    expect(journal).toStrictEqual({
      id: 'j1',
      tookIn: 'j0',
      steps: [
        {
          step: {
            do: 'update-row',
            ...step,
            changes: [{ ...change('airtable'), from: 'Active', to: 'Active', source: 'Working' }],
          },
          base: { Status: { notion: 'Working', airtable: 'Active' } },
          stood: { Status: 'Active' },
        },
      ],
      makings: [],
      events: [],
    })
  })

  test('to a page: the other way round', () => {
    const [entry] = followed({
      step: { do: 'update-page', ...step, changes: [change('notion')] },
      base: {},
      stood: { Status: 'Doing' },
    }).steps
    expect(entry).toMatchObject({
      step: { changes: [{ from: 'Working', to: 'Working', source: 'Active' }] },
      stood: { Status: 'Working' },
    })
  })

  test('with the rest that the pair was to have, where there is one', () => {
    const update = { do: 'update-row', ...step, changes: [] } as const
    const rest = { why: 'trashed', wrote: { Status: 'Doing' }, was: { Status: 'Done' } } as const
    expect(followed({ step: { ...update, rest }, base: {} }).steps).toStrictEqual([
      { step: { ...update, rest: { ...rest, wrote: { Status: 'Active' } } }, base: {} },
    ])
    expect(followed({ step: { ...update, rest: null }, base: {} }).steps).toStrictEqual([
      { step: { ...update, rest: null }, base: {} },
    ])
    expect(followed({ step: update, base: {} }).steps).toStrictEqual([{ step: update, base: {} }])
  })

  test('to make from a row: what the page is made of by its names in Airtable', () => {
    const making = { do: 'create-page', row: rowId(1), title: 'Record 1' } as const
    const created = { ...change('notion'), from: null, to: 'Doing' }
    const { makings } = followJournal(
      { id: 'j1', tookIn: null, steps: [], makings: [{ ...making, changes: [created] }], events: [] },
      FOLLOWED,
    )
    expect(makings).toStrictEqual([{ ...making, changes: [{ ...created, source: 'Active' }] }])
  })

  test('to delete stays as it is', () => {
    const removal = { do: 'delete-row', ...step, reason: 'its page was moved to trash', lost: 'Status: Doing' } as const
    expect(followed({ step: removal, base: {} }, { step: removal, base: {}, stood: {} }).steps).toStrictEqual([
      { step: removal, base: {} },
      { step: removal, base: {}, stood: {} },
    ])
  })
})
