/**
 * Select options that were renamed. Both services keep an option's ID, so a new name for a known ID is no edit: what
 * the state remembers is told by the new name, and the two names stand for each other until both sides agree again.
 */
import type { Base, Conflict, Pair, Rest, Side, Value } from './model.ts'

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
  for (const [notion, airtable] of Object.entries(written)) if (config[notion] !== airtable) kept[notion] = airtable
  for (const [old, name] of renames.notion) {
    const twin = renames.airtable.get(old) ?? old
    if (written[name] === undefined && !has('airtable', name) && has('airtable', twin)) kept[name] = twin
  }
  for (const [old, name] of renames.airtable) {
    const twin = renames.notion.get(old) ?? old
    if (written[twin] === undefined && !has('notion', name) && has('notion', twin)) kept[twin] = name
  }
  const useful = Object.entries(kept).filter(
    ([notion, airtable]) => notion !== airtable && has('notion', notion) && has('airtable', airtable),
  )
  const byRename = Object.fromEntries(useful)
  const stands = ([notion, airtable]: [string, string]) => byRename[notion] === undefined || has('airtable', airtable)
  return { values: { ...byRename, ...Object.fromEntries(Object.entries(written).filter(stands)) }, implied: byRename }
}

/** What the state remembers, with options by the names that they have now. */
export function followOptions(
  state: { readonly pairs: readonly Pair[]; readonly conflicts: readonly Conflict[] },
  renames: Renames,
): { pairs: readonly Pair[]; conflicts: readonly Conflict[] } {
  const rename = (key: string, side: Side, value: Value): Value => {
    const names = renames[key]?.[side]
    if (names === undefined || names.size === 0) return value
    if (typeof value === 'string') return names.get(value) ?? value
    if (!Array.isArray(value)) return value
    return (value as readonly string[]).map(item => (typeof item === 'string' ? (names.get(item) ?? item) : item))
  }
  const renameBase = (key: string, base: Base): Base => ({
    ...base,
    notion: rename(key, 'notion', base.notion),
    airtable: rename(key, 'airtable', base.airtable),
  })
  const renameRest = (rest: Rest): Rest => {
    const side = rest.why === 'row-deleted' ? 'notion' : 'airtable'
    const all = (values: Rest['wrote']) =>
      Object.fromEntries(Object.entries(values ?? {}).map(([key, value]) => [key, rename(key, side, value)]))
    return rest.wrote === undefined ? rest : { ...rest, wrote: all(rest.wrote), was: all(rest.was) }
  }
  return {
    pairs: state.pairs.map(pair => ({
      ...pair,
      base: Object.fromEntries(Object.entries(pair.base).map(([key, base]) => [key, renameBase(key, base)])),
      ...(pair.rest === undefined ? {} : { rest: renameRest(pair.rest) }),
    })),
    conflicts: state.conflicts.map(conflict => ({
      ...conflict,
      base: conflict.base && renameBase(conflict.field, conflict.base),
      notion: rename(conflict.field, 'notion', conflict.notion),
      airtable: rename(conflict.field, 'airtable', conflict.airtable),
    })),
  }
}
