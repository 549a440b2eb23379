/**
 * A history: what people do on both sides of the example, and the runs in between, some of them disturbed. It is data,
 * drawn from a seed, so that it can be printed, shortened and played again.
 */
import type { Moment, Service } from './kill.ts'

export type Side = 'notion' | 'airtable'

export const FIELDS: Readonly<Record<string, string>> = {
  Name: 'Spec Name',
  Status: 'Status',
  Priority: 'Priority',
  'Target Quarter': 'Target Quarter',
  Sprint: 'Sprint',
  Blockers: 'Blockers',
}
export const KEYS: readonly string[] = Object.keys(FIELDS)

/** `at` counts through the records that are there at the time; `n` makes what is typed unique. */
export type Edit =
  | { readonly do: 'type'; readonly side: Side; readonly at: number; readonly key: string; readonly n: number }
  | { readonly do: 'choose'; readonly side: Side; readonly at: number; readonly key: string; readonly option: number }
  | { readonly do: 'clear'; readonly side: Side; readonly at: number; readonly key: string }
  | { readonly do: 'add page' | 'add row'; readonly n: number }
  | { readonly do: 'add a page and a row of one name'; readonly n: number }
  | {
      readonly do: 'rename an option'
      readonly side: Side
      readonly key: string
      readonly at: number
      readonly n: number
    }
  | {
      readonly do:
        | 'trash page'
        | 'restore page'
        | 'move page'
        | 'delete row'
        | 'restore row'
        | 'copy row'
        | 'copy page'
        | 'empty page ID'
        | 'alter page ID'
      readonly at: number
    }

export type Trouble = {
  readonly service: Service
  readonly kind: 'busy' | 'broken' | 'reset before' | 'reset after' | 'slow'
  /** How many requests of the service go well before it, and whether only writes are counted. */
  readonly skip: number
  readonly writes: boolean
  readonly times: number
}

export type Step =
  | Edit
  | { readonly do: 'wait'; readonly minutes: number }
  | { readonly do: 'tick'; readonly side: Side; readonly at: number }
  | {
      readonly do: 'run'
      /** At which call, or at which of those that write. */
      readonly kill?: { readonly at: number; readonly of: 'calls' | 'writes'; readonly moment: Moment | 'cancelled' }
      readonly troubles: readonly Trouble[]
      readonly meanwhile: readonly { readonly at: number; readonly edit: Edit }[]
    }
  /** Undisturbed runs until one does nothing; then everything is checked. */
  | { readonly do: 'settle' }

export type History = { readonly seed: number; readonly rules: number; readonly steps: readonly Step[] }

export type Draw = { (below: number): number; of: <T>(choices: readonly [T, ...T[]]) => T }

/** Numbers from a seed (mulberry32). */
function drawFrom(seed: number): Draw {
  let state = seed >>> 0
  const draw = (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
  return Object.assign(draw, {
    of: <T>(choices: readonly [T, ...T[]]): T => choices[draw(choices.length)] ?? choices[0],
  })
}

export function drawHistory(seed: number, rules: number): History {
  const draw = drawFrom(seed)
  const steps: Step[] = []
  const rounds = 1 + draw(2)
  let n = 0
  const next = (): number => {
    n += 1
    return n
  }
  for (let round = 0; round < rounds; round += 1) {
    for (let count = 6 + draw(10); count > 0; count -= 1) steps.push(drawStep(draw, next))
    steps.push({ do: 'settle' })
  }
  return { seed, rules, steps }
}

function drawStep(draw: Draw, next: () => number): Step {
  const dice = draw(20)
  if (dice < 10) return drawEdit(draw, next)
  if (dice < 11) return { do: 'wait', minutes: 1 + draw(90) }
  if (dice < 12) return { do: 'tick', side: draw.of(['notion', 'airtable']), at: draw(4) }
  return drawRun(draw, next)
}

function drawEdit(draw: Draw, next: () => number): Edit {
  const side = draw.of<Side>(['notion', 'airtable'])
  const at = draw(6)
  // Few fields, so that people meet in them.
  const key = draw.of(['Name', 'Status', 'Priority', 'Target Quarter', 'Sprint', 'Blockers', 'Priority', 'Sprint'])
  const dice = draw(27)
  if (dice < 10) return { do: 'type', side, at, key, n: next() }
  if (dice < 12) return { do: 'choose', side, at, key: draw.of(['Status', 'Priority']), option: draw(5) }
  if (dice < 14) return { do: 'clear', side, at, key }
  if (dice < 17) return { do: draw.of(['add page', 'add row']), n: next() }
  if (dice < 18) return { do: 'add a page and a row of one name', n: next() }
  if (dice < 19)
    return { do: 'rename an option', side, key: draw.of(['Priority', 'Target Quarter']), at: draw(3), n: next() }
  return {
    do: draw.of([
      'trash page',
      'trash page',
      'restore page',
      'restore page',
      'move page',
      'delete row',
      'delete row',
      'restore row',
      'copy row',
      'copy page',
      'empty page ID',
      'alter page ID',
    ]),
    at,
  }
}

function drawKill(draw: Draw): NonNullable<Extract<Step, { do: 'run' }>['kill']> {
  const moment = draw.of<Moment | 'cancelled'>([
    'before',
    'unanswered',
    'unanswered',
    'answered',
    'answered',
    'cancelled',
  ])
  // Most calls are reads, after which nothing can be left half done.
  return draw(4) === 0 ? { at: 4 + draw(14), of: 'calls', moment } : { at: 1 + draw(6), of: 'writes', moment }
}

function drawRun(draw: Draw, next: () => number): Step {
  const kind = draw(6)
  const service = draw.of<Service>(['notion', 'airtable', 'github'])
  const trouble = (): Trouble => ({
    service,
    kind: draw.of(['busy', 'broken', 'reset before', 'reset after', 'slow']),
    skip: draw(4),
    writes: draw(2) === 0,
    times: 1 + draw(2),
  })
  return {
    do: 'run',
    ...(kind >= 2 && kind <= 4 ? { kill: drawKill(draw) } : {}),
    troubles: kind === 1 ? [trouble()] : [],
    meanwhile:
      draw(3) === 0
        ? Array.from({ length: 1 + draw(2) }, () => ({ at: 3 + draw(18), edit: drawEdit(draw, next) }))
        : [],
  }
}
