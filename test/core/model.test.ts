/**
 * The whole small model, enumerated and not sampled: every state of a field (three values on either side, every base),
 * beside every kind of state of a second field, under every owner and policy; planned, applied in memory, remembered
 * and planned again. Each promise is a test of its own that looks at all states; a failure shows the first few
 * states that break it.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Remembered } from '../../src/core/base.ts'
import type { Base, Change, Clock, Conflict, Owner, Plan, Policy, Side } from '../../src/core/model.ts'
import { other } from '../../src/core/model.ts'
import { makePlan } from '../../src/core/plan.ts'
import { cellId, type Settings } from '../../src/core/planning.ts'
import type { Value } from '../../src/core/shape.ts'
import { edited, observe, planRound, type Round, round, type World } from './small-world.ts'
import { type Finding, type Promises, survey } from './survey.ts'
import { field, frozen, page, pageId, pair, row, rowId, settings } from './words.ts'

/** A field of the one pair: what either side holds, and what it held when both last agreed. */
type Cell = { readonly base: Base | null; readonly notion: Value; readonly airtable: Value }
type Rule = { readonly owner: Owner; readonly conflict: Policy }
type Key = 'f' | 'g'
type Case = {
  readonly cells: Readonly<Record<Key, Cell>>
  readonly rules: Readonly<Record<Key, Rule>>
  readonly clock: Clock
}

const KEYS: readonly Key[] = ['f', 'g']
const SIDES: readonly Side[] = ['notion', 'airtable']
const VALUES: readonly Value[] = [null, 'x', 'y']
/** Every base, but for those that are the same with x and y exchanged: texts are equal or they are not. */
const BASES: readonly (Base | null)[] = [
  null,
  { notion: null, airtable: null },
  { notion: null, airtable: 'x' },
  { notion: 'x', airtable: null },
  { notion: 'x', airtable: 'x' },
  { notion: 'x', airtable: 'y' },
]
const CELLS: readonly Cell[] = BASES.flatMap(base =>
  VALUES.flatMap(notion => VALUES.map(airtable => ({ base, notion, airtable }))),
)
const X: Base = { notion: 'x', airtable: 'x' }
/** One cell of each kind of situation. */
const NEIGHBOURS: readonly Cell[] = [
  { base: X, notion: 'x', airtable: 'x' },
  { base: X, notion: 'y', airtable: 'x' },
  { base: X, notion: 'x', airtable: null },
  { base: X, notion: 'y', airtable: null },
  { base: X, notion: 'y', airtable: 'y' },
  { base: null, notion: 'x', airtable: null },
]
const POLICIES: readonly Policy[] = ['ask', 'notion', 'airtable', 'newest']
/** Every owner with every policy; what the clocks say matters only where it is asked for. */
const RULES: readonly (Rule & { clock: Clock })[] = [
  ...POLICIES.map(conflict => ({ owner: 'both' as const, conflict, clock: 'unknown' as const })),
  ...SIDES.map(clock => ({ owner: 'both' as const, conflict: 'newest' as const, clock })),
  ...SIDES.flatMap(owner => POLICIES.map(conflict => ({ owner, conflict, clock: 'notion' as const }))),
]
const NEIGHBOUR_RULES: readonly Rule[] = [
  { owner: 'both', conflict: 'ask' },
  { owner: 'airtable', conflict: 'newest' },
]

const CASES: readonly Case[] = RULES.flatMap(({ clock, ...f }) =>
  NEIGHBOUR_RULES.flatMap(g =>
    CELLS.flatMap(cell => NEIGHBOURS.map(neighbour => ({ cells: { f: cell, g: neighbour }, rules: { f, g }, clock }))),
  ),
)

/** What is given for one case: a pair, and what is remembered of it. */
type Given = { readonly settings: Settings; readonly world: World; readonly memory: Remembered }
/** Everything that is looked at for one case. */
type Story = Given & {
  readonly at: Case
  readonly first: Round
  readonly second: Round
  /** The first run again, broken off: each time, another part of its steps took effect. */
  readonly parts: readonly Round[]
}

function given({ cells, rules }: Case): Given {
  const values = (side: Side) => Object.fromEntries(KEYS.map(key => [key, cells[key][side]]))
  const base = Object.fromEntries(
    KEYS.flatMap(key => (cells[key].base === null ? [] : [[key, cells[key].base]])),
  ) as Record<string, Base>
  return {
    settings: settings(KEYS.map(key => field(key, rules[key]))),
    world: {
      pages: [{ is: page(1, values('notion')), where: 'here' }],
      rows: [{ is: row(1, values('airtable')), where: 'here' }],
    },
    memory: { pairs: [pair(1, {}, { base })], conflicts: [], problems: [] },
  }
}

function story(at: Case): Story {
  const told = given(at)
  const { settings: rules, world, memory } = told
  const first = round(rules, world, memory, at)
  const parts = Array.from({ length: 2 ** first.plan.steps.length - 1 }, (_, bits) =>
    round(rules, world, memory, { ...at, does: index => ((bits >> index) & 1) === 1 }),
  )
  return { at, ...told, first, second: round(rules, first.world, first.memory, at), parts }
}

const held = (world: World, side: Side, key: Key): Value =>
  (side === 'notion' ? world.pages : world.rows)[0]?.is.values[key] ?? null
const changes = (plan: Plan, key?: Key): Change[] =>
  plan.steps
    .flatMap(step => ('changes' in step ? step.changes : []))
    .filter(change => key === undefined || change.field === key)
const open = (memory: Remembered, key: Key): Conflict | undefined =>
  memory.conflicts.find(conflict => conflict.field === key)
const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
const isEdited = (cell: Cell, side: Side): boolean => cell.base !== null && cell[side] !== cell.base[side]

/** What was decided for one field, whatever else is in the plan. */
const decided = (plan: Plan, key: Key): string =>
  JSON.stringify([
    changes(plan, key),
    [...plan.conflicts, ...plan.problems].filter(item => item.field === key),
    plan.pairs.map(known => known.base[key] ?? null),
  ])

/** The case seen in a mirror: what was Notion's is Airtable's. */
function mirrored({ cells, rules, clock }: Case): Case {
  const swap = <T extends string>(word: T): T =>
    (word === 'notion' ? 'airtable' : word === 'airtable' ? 'notion' : word) as T
  const cell = ({ base, notion, airtable }: Cell): Cell => ({
    base: base && { notion: base.airtable, airtable: base.notion },
    notion: airtable,
    airtable: notion,
  })
  const rule = ({ owner, conflict }: Rule): Rule => ({ owner: swap(owner), conflict: swap(conflict) })
  return {
    cells: { f: cell(cells.f), g: cell(cells.g) },
    rules: { f: rule(rules.f), g: rule(rules.g) },
    clock: swap(clock),
  }
}

/** What a plan does, with its sides named from where one stands; the order of the steps is no matter. */
const seenFrom = (plan: Plan, near: Side): string =>
  JSON.stringify([
    changes(plan)
      .map(({ field: key, side, from, to, why }) => [key, side === near ? 'near' : 'far', from, to, why].join())
      .sort(),
    plan.conflicts.map(conflict => [conflict.field, conflict[near], conflict[other(near)]]),
    plan.pairs.map(known => KEYS.map(key => [known.base[key]?.[near], known.base[key]?.[other(near)]])),
    plan.problems.length,
  ])

function planOf(at: Case): Plan {
  const { settings: rules, world, memory } = given(at)
  return planRound(rules, world, memory, at)
}

const decisions = new Map<string, string>()

const PROMISES: Promises<Story> = {
  'purity: the same input gives the same plan, and what is given is not changed': ({
    settings: rules,
    world,
    memory,
  }) =>
    JSON.stringify(makePlan(frozen(rules), frozen(observe(rules, world, memory)))) ===
    JSON.stringify(makePlan(rules, observe(rules, world, memory))),

  'idempotence: the second run plans nothing, tells nothing and remembers the same': ({ first, second }) =>
    second.plan.steps.length === 0 && second.plan.events.length === 0 && equal(second.memory, first.memory),

  'convergence: afterwards both sides agree, or a conflict is open that only a person may settle': ({ at, first }) =>
    KEYS.every(key => {
      const { owner, conflict } = at.rules[key]
      // Where nobody edited anything, no clock tells who was last.
      const { base } = at.cells[key]
      const isUnknown = at.clock === 'unknown' || (base !== null && !SIDES.some(side => isEdited(at.cells[key], side)))
      const mayAsk = owner === 'both' && (conflict === 'ask' || (conflict === 'newest' && isUnknown))
      const agree = held(first.world, 'notion', key) === held(first.world, 'airtable', key)
      return agree ? open(first.memory, key) === undefined : mayAsk && open(first.memory, key) !== undefined
    }),

  'convergence: where both sides agree, the base is what they hold': ({ first }) =>
    KEYS.every(key => {
      const [notion, airtable] = SIDES.map(side => held(first.world, side, key))
      return notion !== airtable || equal(first.memory.pairs[0]?.base[key], { notion, airtable })
    }),

  'no lost update: a value that was replaced stands as the old one in a change that was done': ({ at, first }) =>
    KEYS.every(key =>
      SIDES.every(side => {
        const before = at.cells[key][side]
        const after = held(first.world, side, key)
        return (
          before === after ||
          changes(first.plan, key).some(change => change.side === side && change.from === before && change.to === after)
        )
      }),
    ),

  'no lost update: an edit of a field that both own is on both sides, or still where it was made': ({ at, first }) => {
    const edits = KEYS.filter(key => at.rules[key].owner === 'both').flatMap(key =>
      SIDES.filter(side => isEdited(at.cells[key], side)).map(side => ({ key, side })),
    )
    if (edits.length === 0) return null
    return edits.every(({ key, side }) => {
      const stays = held(first.world, side, key) === at.cells[key][side]
      const agree = held(first.world, 'notion', key) === held(first.world, 'airtable', key)
      const lostByRule = changes(first.plan, key).some(change => change.why.startsWith('conflict-'))
      return stays ? agree || open(first.memory, key) !== undefined : lostByRule
    })
  },

  'maximality: an edit on one side flows, also while another field is in conflict': ({ at, first }) => {
    const flows = KEYS.flatMap(key => {
      const cell = at.cells[key]
      const [side, second] = SIDES.filter(candidate => isEdited(cell, candidate))
      if (side === undefined || second !== undefined || cell.notion === cell.airtable) return []
      return [{ key, to: at.rules[key].owner === 'both' ? other(side) : other(at.rules[key].owner as Side) }]
    })
    if (flows.length === 0) return null
    return flows.every(({ key, to }) => {
      const [change, second] = changes(first.plan, key)
      return change?.side === to && second === undefined && held(first.world, to, key) === at.cells[key][other(to)]
    })
  },

  'no invention: each value that is written is one that the other side holds': ({ at, first }) => {
    const written = changes(first.plan)
    return written.length === 0
      ? null
      : written.every(change => change.to === at.cells[change.field as Key][other(change.side)])
  },

  'locality: what is decided for a field does not depend on another field': ({ at, first }) => {
    const asked = JSON.stringify([at.cells.f, at.rules.f, at.clock])
    const answer = decided(first.plan, 'f')
    if (!decisions.has(asked)) decisions.set(asked, answer)
    return decisions.get(asked) === answer
  },

  'symmetry: with the sides swapped, the plan is the same in a mirror': ({ at, first }) =>
    seenFrom(first.plan, 'notion') === seenFrom(planOf(mirrored(at)), 'airtable'),

  'a false conflict is silent: equal values on both sides are neither written nor shown': ({ at, first }) => {
    const agreeing = KEYS.filter(key => at.cells[key].notion === at.cells[key].airtable)
    if (agreeing.length === 0) return null
    return agreeing.every(
      key =>
        changes(first.plan, key).length === 0 &&
        open(first.memory, key) === undefined &&
        ![...first.plan.problems, ...first.plan.events].some(item => item.field === key),
    )
  },

  'no echo: what a run wrote is not planned back beside a fresh edit': ({ at, settings: rules, first }) =>
    SIDES.every(side => {
      const id = side === 'notion' ? pageId(1) : rowId(1)
      const next = planRound(rules, edited(first.world, id, { values: { g: 'z' } }), first.memory, at)
      return changes(next, 'f').length === 0
    }),

  'no echo: when the state commit was lost, the next run writes nothing twice': ({
    at,
    settings: rules,
    first,
    memory,
  }) => {
    const again = round(rules, first.world, memory, at)
    return again.plan.steps.length === 0 && equal(again.memory, first.memory)
  },

  'direction: a field is written at its source only to fill it when the pair is first linked': ({ at, first }) => {
    const oneWay = KEYS.filter(key => at.rules[key].owner !== 'both')
    if (oneWay.length === 0) return null
    return oneWay.every(key =>
      changes(first.plan, key)
        .filter(change => change.side === at.rules[key].owner)
        .every(change => change.why === 'filled' && change.from === null && at.cells[key].base === null),
    )
  },

  'a tick settles what is open: both sides hold the value that was kept, and the other stands in the change': ({
    at,
    settings: rules,
    first,
  }) => {
    if (first.memory.conflicts.length === 0) return null
    return SIDES.every(kept => {
      const picks = new Map(first.memory.conflicts.map(conflict => [cellId(conflict), kept]))
      const { world, memory, plan } = round(rules, first.world, first.memory, { ...at, picks })
      return (
        memory.conflicts.length === 0 &&
        first.memory.conflicts.every(conflict => {
          const key = conflict.field as Key
          const [change] = changes(plan, key)
          const agree = SIDES.every(side => held(world, side, key) === conflict[kept])
          return agree && change?.from === conflict[other(kept)] && change.why === 'conflict-picked'
        })
      )
    })
  },

  'crash: after any part of the steps, the next run ends where the whole run would have ended': story =>
    endsAlike(story, part => part.memory),

  'crash: likewise when the state commit of the broken-off run was lost as well': story =>
    endsAlike(story, () => story.memory),

  'crash: the base never leads, each one is a pair of values that both sides really held': ({ at, parts }) =>
    parts.length === 0
      ? null
      : parts.every(part =>
          KEYS.every(key => {
            const base = part.memory.pairs[0]?.base[key]
            const now = { notion: held(part.world, 'notion', key), airtable: held(part.world, 'airtable', key) }
            return base === undefined || equal(base, at.cells[key].base) || equal(base, now)
          }),
        ),
}

/** Whether a run after each broken-off one, with what is remembered of it, ends where the whole run did. */
function endsAlike(
  { at, settings: rules, first, parts }: Story,
  remembered: (part: Round) => Remembered,
): boolean | null {
  if (parts.length === 0) return null
  return parts.every(part => {
    const rest = round(rules, part.world, remembered(part), at)
    return equal(rest.world, first.world) && equal(rest.memory, first.memory)
  })
}

describe('every state of a pair with two fields', () => {
  let findings: ReadonlyMap<string, Finding> = new Map()
  beforeAll(() => {
    findings = survey(CASES, story, PROMISES, ({ first }) => ({ steps: first.plan.steps, memory: first.memory }))
  })
  test.each(Object.keys(PROMISES))('%s', name => {
    expect(findings.get(name)?.broken).toEqual([])
    expect(findings.get(name)?.asked).toBeGreaterThan(1000)
  })
})
