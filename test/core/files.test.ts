/** Files that Airtable was asked to fetch from Notion: as long as it does not show them, it is not asked again. */
import { describe, expect, test } from 'vitest'
import { ruledBy } from '../../src/core/decide.ts'
import type { Base, Plan, Problem } from '../../src/core/model.ts'
import { makePlan } from '../../src/core/plan.ts'
import type { Value } from '../../src/core/shape.ts'
import { field, observed, page, pageId, pair, row, rowId, settings } from './words.ts'

const FILES = field('Files', { shape: { is: 'files' } })
const [A, B] = [{ name: 'a.pdf' }, { name: 'b.pdf' }]
const ASKED: Base = {
  notion: [A, B],
  airtable: [
    { ...A, pending: true },
    { ...B, pending: true },
  ],
}

function planFor(notion: Value, airtable: Value, base: Base = ASKED, problems: readonly Problem[] = []): Plan {
  return makePlan(
    settings([FILES]),
    observed({
      pairs: [pair(1, {}, { base: { Files: base } })],
      pages: [page(1, { Files: notion })],
      rows: [row(1, { Files: airtable })],
      problems,
    }),
  )
}
const changes = (plan: Plan) => plan.steps.flatMap(step => ('changes' in step ? step.changes : []))
const problem = (notion: Value, airtable: Value, names: string): Problem => ({
  code: 'refused',
  page: pageId(1),
  row: rowId(1),
  title: 'Record 1',
  field: 'Files',
  message: `Airtable was asked to fetch ${names} from Notion and does not show it. It is not asked again until the files, the field or the mapping change.`,
  notion,
  airtable,
  under: ruledBy(FILES),
})

describe('files that were asked for', () => {
  test('are there: both sides agree on them from then on, and nothing is written', () => {
    const plan = planFor([A, B], [A, B])
    expect(plan.steps).toEqual([])
    expect(plan.pairs).toEqual([pair(1, { Files: [A, B] })])
  })

  test('are not shown: a problem that names them, and nothing is written', () => {
    const plan = planFor([A, B], null)
    expect(plan.steps).toEqual([])
    expect(plan.problems).toEqual([problem([A, B], null, '"a.pdf", "b.pdf"')])
    expect(plan.pairs).toEqual([pair(1, {}, { base: { Files: ASKED } })])
  })

  test('are shown in part: the problem names the others', () => {
    expect(planFor([A, B], [A]).problems).toEqual([problem([A, B], [A], '"b.pdf"')])
  })

  test('are not shown, and the files of the page were edited since: all of them are asked for', () => {
    const plan = planFor([A, B, { name: 'c.pdf' }], null)
    expect(changes(plan)).toMatchObject([
      { side: 'airtable', from: null, to: [A, B, { name: 'c.pdf' }], why: 'edited' },
    ])
    expect(plan.problems).toEqual([])
  })

  test('are not shown, and the row got another file meanwhile: it is nobody’s to write over', () => {
    const plan = planFor([A, B], [{ name: 'theirs.pdf' }])
    expect(plan.steps).toEqual([])
    expect(plan.conflicts).toMatchObject([{ field: 'Files', airtable: [{ name: 'theirs.pdf' }] }])
  })

  test('are not shown, and what stands there now was refused before: that is told again, as it was', () => {
    const now = [A, B, { name: 'c.pdf' }]
    const told = { ...problem(now, null, ''), message: 'no' }
    expect(planFor(now, null, ASKED, [told])).toMatchObject({ steps: [], problems: [told] })
    expect(planFor([A, B], null, ASKED, [{ ...problem([A, B], null, ''), message: 'no' }]).problems).toMatchObject([
      { message: 'no' },
    ])
  })
})

describe('files that both sides held', () => {
  const held: Base = { notion: [A, B], airtable: [A, B] }

  test('and one was taken away in Airtable: that is an edit like any other', () => {
    const plan = planFor([A, B], [A], held)
    expect(plan.problems).toEqual([])
    expect(changes(plan)).toMatchObject([{ side: 'notion', from: [A, B], to: [A] }])
  })

  test('and still do: nothing is done, and what is remembered stays', () => {
    const remembered: Base = { ...held, accepted: true }
    expect(planFor([A, B], [A, B], remembered)).toMatchObject({
      steps: [],
      problems: [],
      pairs: [{ base: { Files: remembered } }],
    })
  })
})
