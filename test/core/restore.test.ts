/** Going back to a former state: what is written, what is left alone, and what is said. */
import { describe, expect, test } from 'vitest'
import type { Change, Conflict, Fate, Field, Pair, Plan, Problem } from '../../src/core/model.ts'
import { planRestore, unknownNames } from '../../src/core/restore.ts'
import type { Shape } from '../../src/core/shape.ts'
import { field, page, pageId, pair, row, rowId, settings } from './words.ts'

const FIELDS = [field('Name'), field('Status')]
const THEN = { Name: 'Search', Status: 'Doing' }
const NOW = { Name: 'Search', Status: 'Done' }

type Now = {
  readonly fields?: readonly Field[]
  readonly pairs?: readonly Pair[]
  readonly conflicts?: readonly Conflict[]
  readonly problems?: readonly Problem[]
  readonly fates?: ReadonlyMap<string, Fate>
  readonly pages?: readonly ReturnType<typeof page>[]
  readonly rows?: readonly ReturnType<typeof row>[]
  readonly before?: readonly Pair[]
  readonly records?: readonly string[] | null
}
function restore(now: Now = {}): Plan {
  const { problems = [], fates = new Map(), fields = FIELDS, before = [pair(1, THEN)], records = null } = now
  const { pairs = [pair(1, NOW)], conflicts = [], pages = [page(1, NOW)], rows = [row(1, NOW)] } = now
  return planRestore(settings(fields), { pairs, conflicts, problems, pages, rows, fates }, before, records)
}
const changes = (plan: Plan): Change[] => plan.steps.flatMap(step => ('changes' in step ? step.changes : []))

describe('a pair that was edited since', () => {
  test('is written on both sides, and only where it holds something else than then', () => {
    const change = { field: 'Status', from: 'Done', to: 'Doing', source: 'Doing', why: 'rewound' }
    const where = { page: pageId(1), row: rowId(1), title: 'Record 1' }
    expect(restore().steps).toEqual([
      { do: 'update-row', ...where, changes: [{ ...change, side: 'airtable' }] },
      { do: 'update-page', ...where, changes: [{ ...change, side: 'notion' }] },
    ])
  })

  test('is all that the plan is about', () => {
    expect({ ...restore(), steps: [] }).toEqual({
      steps: [],
      pairs: [pair(1, NOW)],
      conflicts: [],
      settling: [],
      unclocked: [],
      problems: [],
      events: [],
      unmatched: [],
      deletions: 0,
    })
  })

  test('and whose page has no title any more is called as it was then', () => {
    expect(restore({ pages: [page(1, NOW, { title: '' })] }).steps).toMatchObject([
      { title: 'Record 1' },
      { title: 'Record 1' },
    ])
  })

  test('on one side only is written on that side only', () => {
    expect(restore({ pages: [page(1, THEN)] }).steps.map(step => step.do)).toEqual(['update-row'])
    expect(restore({ rows: [row(1, THEN)] }).steps.map(step => step.do)).toEqual(['update-page'])
  })

  test('gets on each side what that side held, where the two held different values', () => {
    const before = pair(1, {}, { base: { Status: { notion: 'Doing', airtable: 'In work' } } })
    expect(changes(restore({ before: [before] })).map(({ side, to, source }) => [side, to, source])).toEqual([
      ['airtable', 'In work', 'Doing'],
      ['notion', 'Doing', 'In work'],
    ])
  })
})

describe('a record that was made again since', () => {
  test('goes back as the twin of the one that stayed', () => {
    const row2 = restore({ pairs: [{ ...pair(1, NOW), row: rowId(2) }], rows: [row(2, NOW)] })
    expect(row2.steps).toMatchObject([
      { do: 'update-row', page: pageId(1), row: rowId(2) },
      { do: 'update-page', page: pageId(1), row: rowId(2) },
    ])
    const page2 = restore({ pairs: [{ ...pair(1, NOW), page: pageId(2) }], pages: [page(2, NOW)] })
    expect(page2.steps).toMatchObject([
      { do: 'update-row', page: pageId(2), row: rowId(1) },
      { do: 'update-page', page: pageId(2), row: rowId(1) },
    ])
  })
})

describe('left as it is', () => {
  test('a pair that holds what it held', () => {
    expect(restore({ pages: [page(1, THEN)], rows: [row(1, THEN)] })).toMatchObject({ steps: [], events: [] })
  })

  test('a field that had no agreed value then', () => {
    expect(restore({ before: [pair(1, { Name: 'Search' })] }).steps).toEqual([])
  })

  test('a cell that cannot be read', () => {
    const plan = restore({ pages: [page(1, NOW, { unreadable: { Status: 'too long' } })] })
    expect(plan.steps.map(step => step.do)).toEqual(['update-row'])
  })

  test('a column that the service computes', () => {
    const status = field('Status')
    const plan = restore({ fields: [{ ...status, airtable: { ...status.airtable, writable: false } }] })
    expect(plan.steps).toEqual([])
  })

  test.each<[string, Now]>([
    ['a pair that is linked to another row now', { pairs: [{ ...pair(1, NOW), row: rowId(2) }] }],
    ['a pair that is not known any more', { pairs: [] }],
    ['a pair whose page is not in sight', { pages: [] }],
    ['a pair whose row is not in sight', { rows: [] }],
  ])('%s; that is said', (_, now) => {
    const plan = restore(now)
    expect(plan.steps).toEqual([])
    expect(plan.events).toEqual([
      {
        page: pageId(1),
        row: rowId(1),
        title: 'Record 1',
        text: 'not linked any more, or not in sight: left as it is',
      },
    ])
  })
})

test.each<[string, Now]>([
  ['noticed before', { pairs: [{ ...pair(1, NOW), rest: { why: 'trashed' } }], pages: [] }],
  ['found there now', { pages: [], fates: new Map([[pageId(1), 'trashed']]) }],
])('a page in the trash, %s, is taken out; its pair rests until the next run', (_, now) => {
  const plan = restore(now)
  expect(plan.steps).toMatchObject([{ do: 'restore-page', page: pageId(1), row: rowId(1), title: 'Record 1' }])
  expect(plan.events).toEqual([])
  expect(plan.pairs).toEqual(now.pairs ?? [pair(1, NOW)])
})

test('what is open of other records and cells stays open', () => {
  const about = { page: pageId(1), row: rowId(1), title: 'Record 1', message: 'refused' }
  const ofStatus = { ...about, code: 'refused' as const, field: 'Status' }
  const ofName = { ...about, code: 'refused' as const, field: 'Name' }
  const copy = { ...about, code: 'duplicate-row' as const, row: rowId(9) }
  expect(restore({ problems: [ofStatus, ofName, copy] }).problems).toEqual([ofName, copy])
})

describe('of several records', () => {
  const several = {
    pairs: [pair(1, NOW), pair(2, NOW)],
    pages: [page(1, NOW), page(2, NOW)],
    rows: [row(1, NOW), row(2, NOW)],
    before: [pair(1, THEN), pair(2, THEN)],
  }
  const written = (records: readonly string[] | null) => [
    ...new Set(restore({ ...several, records }).steps.flatMap(step => ('page' in step ? [step.page] : []))),
  ]

  test('all go back, unless some are chosen', () => {
    expect(written(null)).toEqual([pageId(1), pageId(2)])
    expect(written([])).toEqual([])
  })

  test.each([
    ['the ID of its page', pageId(2)],
    ['the ID of its row', rowId(2)],
    ['its title', 'Record 2'],
    ['the ID of its page without dashes', pageId(2).replaceAll('-', '')],
    ['the ID of its page in capitals', 'ABCDEF00-0000-4000-8000-000000000002'],
    ['the address of its page', `https://www.notion.so/acme/Record-2-${pageId(2).replaceAll('-', '')}?pvs=4`],
    ['the title that it has now', 'Renamed'],
  ])('one is chosen by %s', (_, name) => {
    const lettered = 'abcdef00-0000-4000-8000-000000000002'
    const page2 = name.startsWith('ABC') ? lettered : pageId(2)
    const now = {
      ...several,
      pairs: [pair(1, NOW), { ...pair(2, NOW), page: page2 }],
      pages: [page(1, NOW), { ...page(2, NOW, { title: 'Renamed' }), id: page2 }],
      before: [pair(1, THEN), { ...pair(2, THEN), page: page2 }],
    }
    const steps = restore({ ...now, records: [name, 'something else'] }).steps
    expect([...new Set(steps.map(step => 'page' in step && step.page))]).toEqual([page2])
  })

  test('a name that means none of them is known, and one that means a record of then or now is not', () => {
    const seen = { ...several, conflicts: [], pages: [page(1, NOW, { title: 'Renamed' }), page(2, NOW)] }
    const names = ['Record 1', 'Renamed', 'Recrod 2', rowId(2), pageId(3)]
    expect(unknownNames(names, seen, several.before)).toEqual(['Recrod 2', pageId(3)])
  })

  test('one is chosen by the IDs of records that were made again since', () => {
    const made = { pairs: [{ ...pair(1, NOW), row: rowId(7) }], rows: [row(7, NOW)], records: [rowId(7)] }
    expect(restore(made).steps).toMatchObject([{ row: rowId(7) }, { row: rowId(7) }])
  })
})

describe('an open conflict', () => {
  const conflict = (n: number, key: string): Conflict => ({
    page: pageId(n),
    row: rowId(n),
    field: key,
    base: null,
    notion: 'Doing',
    airtable: 'Done',
    notionEdited: '',
  })

  test('is settled where its field goes back, on either side, and stays open elsewhere', () => {
    const conflicts = [conflict(1, 'Status'), conflict(1, 'Name'), conflict(2, 'Status')]
    const plan = restore({ conflicts, pages: [page(1, THEN)] })
    expect(plan.settling).toEqual([conflicts[0]])
    expect(plan.conflicts).toEqual([conflicts[1], conflicts[2]])
    expect(restore({ conflicts, rows: [row(1, THEN)] }).settling).toEqual([conflicts[0]])
  })
})

describe('an option that is no longer in the schema', () => {
  const names = { names: ['Done'], open: true, commas: true }
  const option = (shape: Shape) => [field('Status', { shape })]
  const made = (shape: Shape, status: 'Doing' | 'Done' | readonly string[]) =>
    changes(
      restore({
        fields: option(shape),
        pages: [page(1, {})],
        rows: [row(1, {})],
        before: [pair(1, { Status: status })],
      }),
    ).map(change => change.newOptions)

  test('is told as one that the write makes', () => {
    expect(made({ is: 'option', ...names }, 'Doing')).toEqual([['Doing'], ['Doing']])
    expect(made({ is: 'options', ...names }, ['Done', 'Doing'])).toEqual([['Doing'], ['Doing']])
  })

  test('is none where the schema has it, or the field is a text', () => {
    expect(made({ is: 'option', ...names }, 'Done')).toEqual([undefined, undefined])
    expect(made({ is: 'options', ...names }, ['Done'])).toEqual([undefined, undefined])
    expect(made({ is: 'text', lines: 'one' }, 'Doing')).toEqual([undefined, undefined])
  })

  test('is none where the field was empty then', () => {
    const plan = restore({ fields: option({ is: 'option', ...names }), before: [pair(1, { Status: null })] })
    expect(changes(plan)).toMatchObject([{ to: null }, { to: null }])
    expect(changes(plan).some(change => 'newOptions' in change)).toBe(false)
  })
})
