/**
 * Select options that were renamed. Both services keep an option's ID, so a new name for a known ID is no edit: what
 * the state remembers is told by the new name, and the two names stand for each other until both sides agree again.
 */
import { type Base, type Conflict, other, type Pair, type Rest, type Side } from './model.ts'
import { own, restsFor } from './planning.ts'
import type { Journal, Journalled } from './recover.ts'
import type { Value } from './shape.ts'

/** Old name → new name, per side, by field key. */
export type Renames = Readonly<Record<string, Readonly<Record<Side, ReadonlyMap<string, string>>>>>

type Options = Readonly<Record<string, string>>

/** The options of which the ID is known and the name is not what it was. */
export function renamed(before: Options | undefined, now: Options | undefined): Map<string, string> {
  const pairs = Object.entries(before ?? {}).flatMap(([id, name]) => {
    const current = now?.[id]
    return current === undefined || current === name ? [] : [[name, current] as const]
  })
  return new Map(pairs)
}

/**
 * The names that stand for each other: what the config says, what earlier renames left (`implied`), and what was
 * renamed since. Maps Notion's names to Airtable's; `names` lists the options that each side has now.
 */
export function translate(
  config: Options,
  implied: Options,
  renames: Readonly<Record<Side, ReadonlyMap<string, string>>>,
  names: Readonly<Record<Side, readonly string[]>>,
): { values: Options; implied: Options } {
  const follow = (options: Options): Options =>
    Object.fromEntries(
      Object.entries(options).map(([notion, airtable]) => [
        renames.notion.get(notion) ?? notion,
        renames.airtable.get(airtable) ?? airtable,
      ]),
    )
  const written = follow(config)
  const has = (side: Side, name: string) => names[side].some(option => option.toLowerCase() === name.toLowerCase())
  const kept: Record<string, string> = { ...follow(implied) }
  // A line of the config that was followed is remembered: the next run knows the new name only.
  for (const [notion, airtable] of Object.entries(written))
    if (own(config, notion) !== airtable) kept[notion] = airtable
  for (const [old, name] of renames.notion) {
    const twin = renames.airtable.get(old) ?? old
    if (own(written, name) === undefined && !has('airtable', name) && has('airtable', twin)) kept[name] = twin
  }
  for (const [old, name] of renames.airtable) {
    const twin = renames.notion.get(old) ?? old
    if (own(written, twin) === undefined && !has('notion', name) && has('notion', twin)) kept[twin] = name
  }
  const useful = Object.entries(kept).filter(
    ([notion, airtable]) => notion !== airtable && has('notion', notion) && has('airtable', airtable),
  )
  const byRename = Object.fromEntries(useful)
  const stands = ([notion, airtable]: [string, string]) =>
    own(byRename, notion) === undefined || has('airtable', airtable)
  return { values: { ...byRename, ...Object.fromEntries(Object.entries(written).filter(stands)) }, implied: byRename }
}

/** A value of a field, with options by the names that they have now. */
const followIn =
  (renames: Renames) =>
  (key: string, side: Side, value: Value): Value => {
    const names = renames[key]?.[side]
    if (names === undefined) return value
    if (typeof value === 'string') return names.get(value) ?? value
    if (!Array.isArray(value)) return value
    return (value as readonly string[]).map(item => names.get(item) ?? item)
  }

const followBase = (renames: Renames, key: string, base: Base): Base => ({
  ...base,
  notion: followIn(renames)(key, 'notion', base.notion),
  airtable: followIn(renames)(key, 'airtable', base.airtable),
})

const followAll = (renames: Renames, side: Side, values: Readonly<Record<string, Value>> | undefined) =>
  Object.fromEntries(Object.entries(values ?? {}).map(([key, value]) => [key, followIn(renames)(key, side, value)]))

function followRest(renames: Renames, rest: Rest): Rest {
  const side = other(restsFor(rest))
  if (rest.wrote === undefined) return rest
  return { ...rest, wrote: followAll(renames, side, rest.wrote), was: followAll(renames, side, rest.was) }
}

const followBases = (renames: Renames, bases: Pair['base']): Pair['base'] =>
  Object.fromEntries(Object.entries(bases).map(([key, base]) => [key, followBase(renames, key, base)]))

/** What the state remembers, with options by the names that they have now. */
export function followOptions(
  state: { readonly pairs: readonly Pair[]; readonly conflicts: readonly Conflict[] },
  renames: Renames,
): { pairs: readonly Pair[]; conflicts: readonly Conflict[] } {
  const rename = followIn(renames)
  return {
    pairs: state.pairs.map(pair => ({
      ...pair,
      base: followBases(renames, pair.base),
      ...(pair.rest === undefined ? {} : { rest: followRest(renames, pair.rest) }),
    })),
    conflicts: state.conflicts.map(conflict => ({
      ...conflict,
      base: conflict.base && followBase(renames, conflict.field, conflict.base),
      notion: rename(conflict.field, 'notion', conflict.notion),
      airtable: rename(conflict.field, 'airtable', conflict.airtable),
    })),
  }
}

/** The same for what a run meant to write that was cut off. */
export function followJournal(journal: Journal, renames: Renames): Journal {
  const rename = followIn(renames)
  return {
    ...journal,
    makings: journal.makings.map(making => ({
      ...making,
      changes: making.changes.map(change => ({ ...change, source: rename(change.field, 'airtable', change.source) })),
    })),
    steps: journal.steps.map(({ step, base, stood }): Journalled => {
      if (!('changes' in step)) return { step, base, ...(stood && { stood }) }
      const changes = step.changes.map(change => ({
        ...change,
        from: rename(change.field, change.side, change.from),
        to: rename(change.field, change.side, change.to),
        source: rename(change.field, other(change.side), change.source),
      }))
      const rest = step.rest ? { rest: followRest(renames, step.rest) } : {}
      const side = step.do === 'update-row' ? 'airtable' : 'notion'
      return {
        step: { ...step, changes, ...rest },
        base: followBases(renames, base),
        ...(stood && { stood: followAll(renames, side, stood) }),
      }
    }),
  }
}
