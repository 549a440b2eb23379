/**
 * Two records beside each other, each in every situation that a record can be in: what is done for one does not
 * depend on the other, nor on the order in which the services list them, nor on where a run broke off.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Remembered } from '../../src/core/base.ts'
import type { Pair, Plan } from '../../src/core/model.ts'
import { readPageId } from '../../src/core/pair.ts'
import type { Settings } from '../../src/core/planning.ts'
import type { Value } from '../../src/core/shape.ts'
import { planRound, type Round, round, type Whereabouts, type World } from './small-world.ts'
import { type Finding, type Promises, survey } from './survey.ts'
import { field, page, pageId, pair, row, rowId, settings } from './words.ts'

/** A record's part of the world, and of what is remembered. */
type Part = { readonly world: World; readonly pairs: readonly Pair[] }
type Situation = (n: number) => Part

const NAMES = ['', 'Search', 'Billing']
const values = (n: number, status: Value) => ({ Name: NAMES[n] ?? '', Status: status })
const part = (
  n: number,
  notion: { status: Value; where?: Whereabouts } | null,
  airtable: { status: Value; where?: Whereabouts; cell?: string | null } | null,
  known: Pair | null,
): Part => ({
  world: {
    pages: notion === null ? [] : [{ is: page(n, values(n, notion.status)), where: notion.where ?? 'here' }],
    rows:
      airtable === null
        ? []
        : [
            {
              is: row(n, values(n, airtable.status), airtable.cell === undefined ? {} : { pageId: airtable.cell }),
              where: airtable.where ?? 'here',
            },
          ],
  },
  pairs: known === null ? [] : [known],
})
const agreed = (n: number) => pair(n, values(n, 'x'))

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'both as they were': n => part(n, { status: 'x' }, { status: 'x' }, agreed(n)),
  'edited in Notion': n => part(n, { status: 'y' }, { status: 'x' }, agreed(n)),
  'emptied in Airtable': n => part(n, { status: 'x' }, { status: null }, agreed(n)),
  'edited differently on both sides': n => part(n, { status: 'y' }, { status: 'z' }, agreed(n)),
  'the page ID cell was emptied': n => part(n, { status: 'x' }, { status: 'y', cell: null }, agreed(n)),
  'a new page': n => part(n, { status: 'x' }, null, null),
  'a new row': n => part(n, null, { status: 'x', cell: null }, null),
  'linked by the cell for the first time': n => part(n, { status: 'x' }, { status: null }, null),
  'a page and a row of one name, not linked': n => part(n, { status: null }, { status: 'x', cell: null }, null),
  'a row that names a page we do not know': n => part(n, null, { status: 'x', cell: pageId(77) }, null),
  'page in trash': n => part(n, { status: 'x', where: 'trashed' }, { status: 'x' }, agreed(n)),
  'page out of scope': n => part(n, { status: 'y', where: 'out-of-scope' }, { status: 'x' }, agreed(n)),
  'page missing, nobody looked': n => part(n, { status: 'x', where: 'not looked up' }, { status: 'y' }, agreed(n)),
  'row deleted': n => part(n, { status: 'x' }, { status: 'x', where: 'deleted' }, agreed(n)),
  'row deleted, and a copy of it left': n => {
    const gone = part(n, { status: 'x' }, { status: 'x', where: 'deleted' }, agreed(n))
    const copy = row(n, values(n, 'z'), { id: `recLeft${n}`, created: '2026-03-05T00:00:00.000Z' })
    return { ...gone, world: { ...gone.world, rows: [...gone.world.rows, { is: copy, where: 'here' }] } }
  },
  'a copy of the row': n => {
    const both = part(n, { status: 'x' }, { status: 'x' }, agreed(n))
    const copy = row(n, values(n, 'z'), { id: `recCopy${n}`, created: '2026-03-05T00:00:00.000Z' })
    return { ...both, world: { ...both.world, rows: [...both.world.rows, { is: copy, where: 'here' }] } }
  },
}

type Case = { readonly first: string; readonly second: string; readonly rules: Partial<Settings> }
const RULES: readonly Partial<Settings>[] = [
  { create: 'airtable' },
  { create: 'none', whenDeleted: { page: 'delete', row: 'trash' } },
  { create: 'airtable', whenDeleted: { page: 'keep', row: 'archive' } },
]
const CASES: readonly Case[] = Object.keys(SITUATIONS).flatMap(first =>
  Object.keys(SITUATIONS).flatMap(second => RULES.map(rules => ({ first, second, rules }))),
)

type Story = {
  readonly at: Case
  readonly settings: Settings
  readonly parts: readonly [Part, Part]
  readonly world: World
  readonly memory: Remembered
  readonly run: Round
}

const together = (parts: readonly Part[]): { world: World; memory: Remembered } => ({
  world: { pages: parts.flatMap(({ world }) => world.pages), rows: parts.flatMap(({ world }) => world.rows) },
  memory: { pairs: parts.flatMap(({ pairs }) => pairs), conflicts: [], problems: [] },
})

function story(at: Case): Story {
  const given = settings([field('Name'), field('Status')], {
    match: 'Name',
    archive: { notion: { Status: 'Archived' }, airtable: { Status: 'Archived' } },
    ...at.rules,
  })
  const parts = [SITUATIONS[at.first]?.(1), SITUATIONS[at.second]?.(2)] as const
  const [one, two] = parts
  if (one === undefined || two === undefined) throw new Error('no such situation')
  const both = together([one, two])
  return { at, settings: given, parts: [one, two], ...both, run: round(given, both.world, both.memory) }
}

const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
/** Everything that a plan says, as lines in an order of their own. */
const said = (plan: Plan): string[] =>
  [plan.steps, plan.pairs, plan.conflicts, plan.problems, plan.events, plan.unmatched]
    .flatMap((list, index) => list.map(item => `${index} ${JSON.stringify(item)}`))
    .toSorted()
/** Both sides as they stand, without the IDs that new rows happen to get. */
const standing = ({ pages, rows }: World): string[] =>
  [
    ...pages.map(({ is, where }) => JSON.stringify([is.id, is.values, where])),
    ...rows.map(({ is, where }) =>
      JSON.stringify([is.id.startsWith('recNew') ? '' : is.id, is.pageId, is.values, where]),
    ),
  ].toSorted()

const PROMISES: Promises<Story> = {
  'locality: the plan for two records is the plans for each, put together': ({ settings: given, parts, run }) => {
    const alone = parts.map(one => together([one])).map(({ world, memory }) => planRound(given, world, memory))
    return equal(said(run.plan), alone.flatMap(said).toSorted())
  },

  'the order in which the services list their records is no matter': ({ settings: given, world, memory, run }) => {
    const reversed = { pages: world.pages.toReversed(), rows: world.rows.toReversed() }
    const pairs = memory.pairs.toReversed()
    return equal(said(planRound(given, reversed, { ...memory, pairs })), said(run.plan))
  },

  'idempotence: the second run plans nothing, tells nothing and remembers the same': ({ settings: given, run }) => {
    const again = round(given, run.world, run.memory)
    return again.plan.steps.length === 0 && again.plan.events.length === 0 && equal(again.memory, run.memory)
  },

  'crash: after any part of the steps, with or without its state commit, the next runs end at the same': given => {
    const { settings: rules, world, memory, run } = given
    const count = run.plan.steps.length
    if (count === 0) return null
    return Array.from({ length: 2 ** count }, (_, bits) => bits).every(bits => {
      const part = round(rules, world, memory, { does: index => ((bits >> index) & 1) === 1 })
      return [part.memory, memory].every(remembered => {
        const next = round(rules, part.world, remembered)
        const last = round(rules, next.world, next.memory)
        return equal(standing(last.world), standing(run.world)) && last.plan.steps.length === 0
      })
    })
  },

  'a copy of a row, and a row that names a strange page, are never written': ({ run }) => {
    const written = new Set(run.plan.steps.flatMap(step => ('row' in step ? [step.row] : [])))
    return [rowId(1), rowId(2), 'recCopy1', 'recCopy2'].every(id => {
      const cell = run.world.rows.find(({ is }) => is.id === id)?.is.pageId ?? null
      const strange = id.startsWith('recCopy') || readPageId(cell) === pageId(77)
      return !(strange && written.has(id))
    })
  },

  'no two pairs share a page or a row': ({ run }) => {
    const ids = run.memory.pairs.flatMap(known => [known.page, known.row])
    return new Set(ids).size === ids.length
  },
}

describe('two records, each in every situation', () => {
  let findings: ReadonlyMap<string, Finding> = new Map()
  beforeAll(() => {
    findings = survey(CASES, story, PROMISES, ({ run }) => ({ plan: run.plan, memory: run.memory }))
  })
  test.each(Object.keys(PROMISES))('%s', name => {
    expect(findings.get(name)?.broken).toEqual([])
    expect(findings.get(name)?.asked).toBeGreaterThan(100)
  })
})
