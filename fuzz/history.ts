/**
 * A history: what people do on both sides, and the runs in between, some of them disturbed. It is data, drawn by
 * fast-check, so that it can be printed, shortened and played again.
 */
import fc from 'fast-check'
import { KEYS, type Key, RULES, SIDES, type Side } from './example.ts'
import { SERVICES, type Service } from './kill.ts'

/** The record, or the field, that somebody touched last, on whichever side. */
export const LAST = 'last'
/** Counts through the records that are there at the time. */
export type At = number | typeof LAST
type Where = { readonly at: At; readonly key: Key | typeof LAST }

/** `n` makes what is typed unique. */
export type Edit =
  | ({ readonly do: 'type'; readonly side: Side; readonly way: number; readonly n: number } & Where)
  | ({ readonly do: 'clear'; readonly side: Side } & Where)
  /** The cell is set back to what it held before people edited it last. */
  | ({ readonly do: 'undo'; readonly side: Side } & Where)
  /** On both sides of a pair, on `side` last: the same value, or two that differ. */
  | ({ readonly do: 'agree' | 'clash'; readonly side: Side; readonly way: number; readonly n: number } & Where)
  /** A page's value, as it stands, is copied to the row, or back. */
  | ({ readonly do: 'copy over'; readonly side: Side } & Where)
  | { readonly do: 'body'; readonly at: At }
  | { readonly do: 'add'; readonly side: Side; readonly twin: boolean; readonly refused: boolean; readonly n: number }
  | { readonly do: 'rename an option'; readonly side: Side; readonly at: number; readonly n: number }
  | { readonly do: Deed; readonly at: At }

const DEEDS = [
  'trash page',
  'restore page',
  'move page',
  'move page back',
  'delete row',
  'restore row',
  'copy row',
  'copy page',
  'empty page ID',
  'alter page ID',
  'trash all pages',
  'delete all rows',
] as const
export type Deed = (typeof DEEDS)[number]

export type Trouble = {
  readonly service: Service
  readonly kind: 'busy' | 'broken' | 'saved' | 'cut' | 'lost'
  /** The how-manieth call of the service it meets, or the how-manieth that writes, and how often. */
  readonly call: number
  readonly of: 'calls' | 'writes'
  readonly times: number
}

/** What a run meets. `order` is a seed: in which order its calls arrive where several are under way; 0: as they come. */
export type Run = {
  readonly do: 'run'
  readonly order: number
  readonly latencyMs: number
  /** How far the clock of its machine is off. */
  readonly skewMs: number
  readonly force: boolean
  readonly end?: {
    readonly at: number
    readonly of: 'calls' | 'writes'
    readonly how: 'before' | 'unanswered' | 'cancelled'
  }
  /** Another run that begins and ends at one of its calls. */
  readonly overlap?: number
  readonly troubles: readonly Trouble[]
  readonly meanwhile: readonly { readonly at: number; readonly edit: Edit }[]
}

export type Step =
  | Edit
  | Run
  | { readonly do: 'wait'; readonly minutes: number }
  | { readonly do: 'tick'; readonly side: Side; readonly at: number }
  /** Undisturbed runs until one does nothing; then everything is checked. */
  | { readonly do: 'settle' }

export type History = { readonly rules: number; readonly steps: readonly Step[] }

const side = fc.constantFrom(...SIDES)
// Half of what people do is about what somebody touched just now, so that things meet.
const at = fc.oneof(fc.constant(LAST as typeof LAST), fc.nat({ max: 5 }))
const way = fc.nat({ max: 4 })
const n = fc.constant(0)
const key = fc.oneof(
  fc.constant(LAST as typeof LAST),
  // Few fields more often, so that people meet in them.
  fc.constantFrom<Key>(...KEYS, 'Priority', 'Sprint', 'Sprint', 'Status'),
)

const deed = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Deed>('trash page', 'delete row') },
  { weight: 3, arbitrary: fc.constantFrom<Deed>('restore page', 'restore row') },
  { weight: 5, arbitrary: fc.constantFrom<Deed>(...DEEDS, 'move page') },
)

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('type' as const), side, at, key, way, n }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('clear' as const), side, at, key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('undo' as const), side, at, key }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('agree' as const, 'clash' as const, 'clash' as const, 'clash' as const),
      side,
      at,
      key,
      way,
      n,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('copy over' as const), side, at, key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('body' as const), at }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('add' as const), side, twin: fc.boolean(), refused: fc.boolean(), n }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('rename an option' as const), side, at: fc.nat({ max: 5 }), n }),
  },
  { weight: 6, arbitrary: fc.record({ do: deed, at }) },
)

const trouble: fc.Arbitrary<Trouble> = fc.record({
  service: fc.constantFrom(...SERVICES),
  kind: fc.constantFrom('busy', 'broken', 'saved', 'cut', 'lost'),
  call: fc.nat({ max: 5 }),
  of: fc.constantFrom('calls' as const, 'writes' as const),
  times: fc.integer({ min: 1, max: 2 }),
})

const end = fc.oneof(
  fc.record({
    at: fc.integer({ min: 1, max: 6 }),
    of: fc.constant('writes' as const),
    how: fc.constantFrom('before' as const, 'unanswered' as const, 'unanswered' as const, 'cancelled' as const),
  }),
  // Most calls are reads, after which nothing can be left half done.
  fc.record({
    at: fc.integer({ min: 3, max: 20 }),
    of: fc.constant('calls' as const),
    how: fc.constantFrom('before' as const, 'cancelled' as const),
  }),
)

const calm = {
  do: fc.constant('run' as const),
  order: fc.nat({ max: 1000 }),
  latencyMs: fc.constantFrom(20, 300, 1500),
  skewMs: fc.constantFrom(0, 0, 0, 0, -600_000, 600_000),
  force: fc.boolean(),
}
const none = { troubles: fc.constant([]), meanwhile: fc.constant([]) }
const meanwhile = fc.array(fc.record({ at: fc.integer({ min: 2, max: 18 }), edit }), { minLength: 1, maxLength: 3 })

const run: fc.Arbitrary<Run> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ ...calm, ...none }) },
  { weight: 5, arbitrary: fc.record({ ...calm, ...none, end }) },
  { weight: 3, arbitrary: fc.record({ ...calm, ...none, meanwhile }) },
  {
    weight: 3,
    arbitrary: fc.record({ ...calm, ...none, troubles: fc.array(trouble, { minLength: 1, maxLength: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ ...calm, ...none, end, meanwhile }) },
  { weight: 1, arbitrary: fc.record({ ...calm, ...none, overlap: fc.integer({ min: 3, max: 24 }) }) },
)

const between: fc.Arbitrary<Step> = fc.oneof(
  { weight: 16, arbitrary: edit },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 90 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('tick' as const), side, at: fc.nat({ max: 3 }) }) },
)
const last: fc.Arbitrary<Step> = fc.oneof(
  { weight: 9, arbitrary: run },
  { weight: 1, arbitrary: fc.constant({ do: 'settle' as const }) },
)
const typing = fc.record({ do: fc.constant('type' as const), side, at, key, way, n })
const again = { at: fc.constant(LAST as typeof LAST), key: fc.constant(LAST as typeof LAST) }
/** A run is killed at one of its writes, and then somebody edits once more what it may have written. */
const incident: fc.Arbitrary<Step[]> = fc.tuple(
  typing,
  fc.record({
    ...calm,
    ...none,
    end: fc.record({
      at: fc.integer({ min: 4, max: 7 }),
      of: fc.constant('writes' as const),
      how: fc.constantFrom('before' as const, 'unanswered' as const),
    }),
  }),
  fc.record({ do: fc.constantFrom('type' as const, 'undo' as const), side, way, n, ...again }),
  fc.record({ ...calm, ...none }),
)
/** What people do between two runs, and the run that meets it. */
const round: fc.Arbitrary<Step[]> = fc.oneof(
  { weight: 7, arbitrary: fc.tuple(fc.array(between, { maxLength: 5, size: 'max' }), last).map(all => all.flat()) },
  { weight: 2, arbitrary: incident },
)

/** Numbers what is typed, in the order of the history, so that each thing is typed once. */
function numbered(steps: readonly Step[]): Step[] {
  let count = 10
  const number = <T extends Step>(given: T): T => ('n' in given ? { ...given, n: ++count } : given)
  return steps.map(given =>
    given.do === 'run'
      ? { ...given, meanwhile: given.meanwhile.map(each => ({ ...each, edit: number(each.edit) })) }
      : number(given),
  )
}

export const history: fc.Arbitrary<History> = fc.record({
  rules: fc.nat({ max: RULES.length - 1 }),
  steps: fc.array(round, { minLength: 1, maxLength: 6, size: 'max' }).map(rounds => numbered(rounds.flat(2))),
})
