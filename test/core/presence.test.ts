/**
 * The second small model: everything that can become of a page and its row (there, gone and proved so, gone and not
 * proved), with every kind of edit beside it, under every rule for deletions. Enumerated, like the first.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Remembered } from '../../src/core/base.ts'
import type { Change, Plan, Side, Step } from '../../src/core/model.ts'
import { readPageId } from '../../src/core/pair.ts'
import type { Settings } from '../../src/core/planning.ts'
import type { Value } from '../../src/core/shape.ts'
import { edited, type Round, round, type Whereabouts, type World } from './small-world.ts'
import { type Finding, type Promises, survey } from './survey.ts'
import { field, page, pageId, pair, row, rowId, settings } from './words.ts'

type Values = Readonly<Record<'Name' | 'Status', Value>>
type Case = {
  readonly page: Whereabouts
  readonly row: Whereabouts
  /** What people edited since both sides agreed. */
  readonly edits: Readonly<Record<Side, Partial<Values>>>
  readonly rules: Settings['whenDeleted']
  /** The row's page ID cell. */
  readonly cell: string | null
}

const AGREED: Values = { Name: 'Search', Status: 'Doing' }
const GONE: readonly Whereabouts[] = ['trashed', 'moved', 'archived']
const UNPROVED: readonly Whereabouts[] = ['out-of-scope', 'unreadable', 'alive', 'not looked up']
const EDITS: readonly Case['edits'][] = [
  { notion: {}, airtable: {} },
  { notion: { Name: 'Find' }, airtable: {} },
  { notion: {}, airtable: { Name: 'Find' } },
  { notion: {}, airtable: { Name: null } },
  { notion: { Name: 'Find' }, airtable: { Name: 'Seek' } },
  { notion: {}, airtable: { Status: 'Done' } },
  { notion: { Status: 'Done' }, airtable: {} },
]
const PAGE_RULES = ['archive', 'delete', 'keep'] as const
const ROW_RULES = ['restore', 'archive', 'trash', 'keep'] as const

const CASES: readonly Case[] = (['here', ...GONE, ...UNPROVED] as const).flatMap(whereIsPage =>
  (['here', 'deleted', ...UNPROVED] as const).flatMap(whereIsRow =>
    EDITS.flatMap(edits =>
      PAGE_RULES.flatMap(pageRule =>
        ROW_RULES.flatMap(rowRule =>
          [pageId(1), null].map(cell => ({
            page: whereIsPage,
            row: whereIsRow,
            edits,
            rules: { page: pageRule, row: rowRule },
            cell,
          })),
        ),
      ),
    ),
  ),
)

type Story = {
  readonly at: Case
  readonly settings: Settings
  readonly world: World
  readonly memory: Remembered
  readonly first: Round
  readonly second: Round
}

const FIELDS = [field('Name'), field('Status')]

function story(at: Case): Story {
  const given = {
    settings: settings(FIELDS, {
      match: 'Name',
      whenDeleted: at.rules,
      archive: { notion: { Status: 'Archived' }, airtable: { Status: 'Archived' } },
    }),
    world: {
      pages: [{ is: page(1, { ...AGREED, ...at.edits.notion }), where: at.page }],
      rows: [{ is: row(1, { ...AGREED, ...at.edits.airtable }, { pageId: at.cell }), where: at.row }],
    },
    memory: { pairs: [pair(1, AGREED)], conflicts: [], problems: [] },
  }
  const first = round(given.settings, given.world, given.memory)
  return { at, ...given, first, second: round(given.settings, first.world, first.memory) }
}

const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
const isGone = (where: Whereabouts): boolean => GONE.includes(where) || where === 'deleted'
const isUnproved = (where: Whereabouts): boolean => UNPROVED.includes(where)
const isEdited = (at: Case, side: Side): boolean => Object.keys(at.edits[side]).length > 0
const steps = (plan: Plan, ...kinds: Step['do'][]): Step[] => plan.steps.filter(step => kinds.includes(step.do))
const changes = (plan: Plan): Change[] => plan.steps.flatMap(step => ('changes' in step ? step.changes : []))
const pageIn = (world: World) => world.pages[0]
const rowIn = (world: World, id = rowId(1)) => world.rows.find(({ is }) => is.id === id)
const recordIn = (world: World, side: Side) => (side === 'notion' ? pageIn(world) : rowIn(world))
const rowsOf = (world: World, page: string) =>
  world.rows.filter(({ is, where }) => where === 'here' && readPageId(is.pageId) === page)
/** The records that are there, with what they hold; where and in what order they were made is no matter. */
const standing = (world: World) =>
  JSON.stringify([...world.pages, ...world.rows].filter(({ where }) => where === 'here'))

const PROMISES: Promises<Story> = {
  'absence is not deletion: what is not proved gone is not touched, and its pair is not forgotten': ({
    at,
    memory,
    first,
  }) => {
    if (!isUnproved(at.page) && !isUnproved(at.row)) return null
    const [kept] = first.memory.pairs
    return first.plan.steps.length === 0 && kept?.row === rowId(1) && equal(kept.base, memory.pairs[0]?.base)
  },

  'nothing is deleted but by the rule for it, and only beside a twin that is proved gone and was not edited': ({
    at,
    first,
  }) => {
    const removed = steps(first.plan, 'delete-row', 'trash-page')
    if (removed.length === 0) return null
    return removed.every(step =>
      step.do === 'delete-row'
        ? at.rules.page === 'delete' && GONE.includes(at.page) && !isEdited(at, 'airtable')
        : at.rules.row === 'trash' && at.row === 'deleted' && !isEdited(at, 'notion'),
    )
  },

  'the rule is followed: what may be deleted is deleted, archived, made again or kept': ({ at, first }) => {
    if (GONE.includes(at.page) && at.row === 'here' && !isEdited(at, 'airtable')) {
      const [step] = first.plan.steps
      if (at.rules.page === 'keep') return step === undefined
      if (at.rules.page === 'delete') return step?.do === 'delete-row'
      return rowIn(first.world)?.is.values.Status === 'Archived'
    }
    if (at.page === 'here' && at.row === 'deleted' && !isEdited(at, 'notion')) {
      const [step] = first.plan.steps
      if (at.rules.row === 'keep') return step === undefined
      if (at.rules.row === 'trash') return step?.do === 'trash-page'
      if (at.rules.row === 'restore') return equal(rowIn(first.world, 'recNew1')?.is.values, AGREED)
      return pageIn(first.world)?.is.values.Status === 'Archived'
    }
    return null
  },

  'deleted here and edited there: where the rule would delete the edit, a conflict is open and nothing is written': ({
    at,
    first,
  }) => {
    const page = GONE.includes(at.page) && at.row === 'here' && at.rules.page === 'delete' && isEdited(at, 'airtable')
    const row = at.row === 'deleted' && at.page === 'here' && at.rules.row === 'trash' && isEdited(at, 'notion')
    if (!page && !row) return null
    return first.plan.steps.length === 0 && first.memory.conflicts.length === 1 && first.memory.pairs.length === 1
  },

  'no lost update: an edit of the record that is left still stands there, or in a change': ({ at, first }) => {
    const left = (['notion', 'airtable'] as const).filter(
      side => at[side === 'notion' ? 'page' : 'row'] === 'here' && isEdited(at, side),
    )
    if (left.length === 0) return null
    return left.every(side =>
      Object.entries(at.edits[side]).every(
        ([key, value]) =>
          (recordIn(first.world, side)?.where === 'here' && recordIn(first.world, side)?.is.values[key] === value) ||
          changes(first.plan).some(
            change => change.side === side && change.field === key && change.from === value && change.to !== value,
          ),
      ),
    )
  },

  'no lost update: the edit of a record that is archived is told in the plan, old and new': ({ at, first }) => {
    const page = GONE.includes(at.page) && at.row === 'here' && at.rules.page === 'archive' && isEdited(at, 'airtable')
    const row = at.row === 'deleted' && at.page === 'here' && at.rules.row === 'archive' && isEdited(at, 'notion')
    if (!page && !row) return null
    const told = JSON.stringify([first.plan.events, changes(first.plan)])
    return Object.entries(at.edits[page ? 'airtable' : 'notion']).every(
      ([key, value]) => told.includes(key) && told.includes(value === null ? '(empty)' : String(value)),
    )
  },

  'idempotence: the second run plans nothing, tells nothing and remembers the same': ({ first, second }) =>
    second.plan.steps.length === 0 && second.plan.events.length === 0 && equal(second.memory, first.memory),

  'a page never has two rows, nor a row two pages, in the state or in Airtable': ({ first, second }) =>
    [first, second].every(({ memory, world }) => {
      const ids = memory.pairs.flatMap(known => [known.page, known.row])
      return new Set(ids).size === ids.length && world.pages.every(({ is }) => rowsOf(world, is.id).length <= 1)
    }),

  'crash: when the state commit was lost, the next run ends where this one would have': given => {
    const { first } = given
    if (first.plan.steps.length === 0) return null
    const again = round(given.settings, first.world, given.memory)
    const settled = round(given.settings, again.world, again.memory)
    return standing(settled.world) === standing(given.second.world) && settled.plan.steps.length === 0
  },

  'crash: when nothing was written after all, the next run plans the same again': given => {
    const { first } = given
    if (first.plan.steps.length === 0) return null
    const part = round(given.settings, given.world, given.memory, { does: () => false })
    const rest = round(given.settings, part.world, part.memory)
    return standing(rest.world) === standing(first.world) && equal(rest.memory, first.memory)
  },

  'a page that comes back takes up its old row, and both hold again what people made of them': given => {
    const { at, first } = given
    if (!GONE.includes(at.page) || at.row !== 'here' || at.rules.page === 'delete') return null
    const back = round(given.settings, edited(first.world, pageId(1), { where: 'here' }), first.memory)
    const quiet = round(given.settings, back.world, back.memory)
    const conflict = back.memory.conflicts.length > 0
    const agree = equal(pageIn(back.world)?.is.values, rowIn(back.world)?.is.values)
    const edits = { ...at.edits.airtable, ...at.edits.notion }
    return (
      back.world.rows.length === 1 &&
      rowIn(back.world)?.where === 'here' &&
      (conflict || (agree && equal(rowIn(back.world)?.is.values, { ...AGREED, ...edits }))) &&
      back.memory.pairs[0]?.rest === undefined &&
      back.memory.problems.length === 0 &&
      quiet.plan.steps.length === 0
    )
  },

  'a row that comes back from the trash of its base takes up its old page likewise': given => {
    const { at, first } = given
    if (at.page !== 'here' || at.row !== 'deleted' || (at.rules.row !== 'archive' && at.rules.row !== 'keep'))
      return null
    const back = round(given.settings, edited(first.world, rowId(1), { where: 'here' }), first.memory)
    const agree = equal(pageIn(back.world)?.is.values, rowIn(back.world)?.is.values)
    const edits = { ...at.edits.airtable, ...at.edits.notion }
    return (
      back.world.pages.length === 1 &&
      back.world.rows.length === 1 &&
      (back.memory.conflicts.length > 0 || (agree && equal(rowIn(back.world)?.is.values, { ...AGREED, ...edits }))) &&
      back.memory.problems.length === 0
    )
  },

  'a pair out of scope rests: an edit waits, and flows when the record is in scope again': given => {
    const { at, first } = given
    if (at.page !== 'out-of-scope' || at.row !== 'here' || isEdited(at, 'airtable') || isEdited(at, 'notion'))
      return null
    const later = edited(first.world, rowId(1), { values: { Name: 'Later' } })
    const resting = round(given.settings, later, first.memory)
    const back = round(given.settings, edited(resting.world, pageId(1), { where: 'here' }), resting.memory)
    return resting.plan.steps.length === 0 && pageIn(back.world)?.is.values.Name === 'Later'
  },

  'both there: the pair is merged, and its page ID cell is put right': ({ at, first }) => {
    if (at.page !== 'here' || at.row !== 'here') return null
    const healed = rowIn(first.world)?.is.pageId === pageId(1)
    const relinks = steps(first.plan, 'update-row').some(step => 'relink' in step && step.relink === true)
    return healed && relinks === (at.cell === null)
  },

  'the guard can count: each record that a deletion rule touches is one deletion': ({ at, first }) => {
    const page = GONE.includes(at.page) && at.row === 'here' && at.rules.page !== 'keep'
    const row = at.page === 'here' && at.row === 'deleted' && ['archive', 'trash'].includes(at.rules.row)
    if (isGone(at.page) && isGone(at.row)) return first.plan.steps.length === 0
    return first.plan.deletions === (page || row ? 1 : 0)
  },
}

describe('everything that can become of a page and its row', () => {
  let findings: ReadonlyMap<string, Finding> = new Map()
  beforeAll(() => {
    findings = survey(CASES, story, PROMISES, ({ first, second }) => ({ first, second }))
  })
  test.each(Object.keys(PROMISES))('%s', name => {
    expect(findings.get(name)?.broken).toEqual([])
    expect(findings.get(name)?.asked).toBeGreaterThan(20)
  })
})
