/** Links between records of two tables: which record of the other side each one stands for, and how it is called. */
import type { Column, Field, Pair, Rest, Twins } from './model.ts'
import type { Link, Value } from './shape.ts'

/** A record that is gone on one side is nobody's twin: a link to it stays where it is, and is carried again when it is back. */
const GONE: readonly Rest['why'][] = ['trashed', 'moved', 'archived', 'row-deleted']

export function twinsOf(pairs: readonly Pair[]): Twins {
  const alive = pairs.filter(pair => pair.rest === undefined || !GONE.includes(pair.rest.why))
  return {
    rows: new Map(alive.map(pair => [pair.page, pair.row])),
    pages: new Map(alive.map(pair => [pair.row, pair.page])),
  }
}

/** The twins without the pairs of which a record is among these. */
export function withoutTwins({ rows, pages }: Twins, gone: ReadonlySet<string>): Twins {
  const stays = ([one, other]: [string, string]): boolean => !gone.has(one) && !gone.has(other)
  return { rows: new Map([...rows].filter(stays)), pages: new Map([...pages].filter(stays)) }
}

/** The fields, of which those that link to records of this very sync follow these pairs. */
export const followPairs = (fields: readonly Field[], pairs: readonly Pair[]): readonly Field[] =>
  fields.some(linksToItself)
    ? fields.map(field =>
        field.links?.self === true ? { ...field, links: { ...field.links, twins: twinsOf(pairs) } } : field,
      )
    : fields

export const linksToItself = (field: Field): boolean => field.links?.self === true

/** A value as its column shows it on this line: links and files that stand in a text are their names. */
export function shownAs(
  column: Column,
  value: Value,
  titles: ReadonlyMap<string, string>,
): { readonly value: Value } | { readonly unreadable: string } {
  const { is } = column.shows ?? column.shape
  if ((is !== 'links' && is !== 'files') || !Array.isArray(value)) return { value }
  const items = (value as readonly Link[]).map(item => {
    const name = item.name ?? titles.get(item.id)
    return name === undefined ? item : { ...item, name }
  })
  if (column.shows === undefined) return { value: items }
  const names = items.flatMap(({ name }) => (name === undefined ? [] : [name.trim() || 'Untitled']))
  return names.length === items.length
    ? { value: names.join(', ') }
    : { unreadable: `"${column.name}" points to a record that is not shown to the integration.` }
}
