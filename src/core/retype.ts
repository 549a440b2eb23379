/**
 * A column that was given another type may have lost its values by that. Nobody emptied them. Where it is empty now, and
 * can be written, the field is merged as on a first link; where it cannot, what stands on both sides is taken for agreed
 * on, until somebody edits it.
 */
import { canWrite } from './decide.ts'
import type { Base, Field, Page, Pair, Row, Side } from './model.ts'
import { own } from './planning.ts'
import { normal } from './value.ts'

/** The pairs, with the base of retyped fields as the new type makes it. */
export function forgetRetyped(
  fields: readonly Field[],
  pairs: readonly Pair[],
  retyped: readonly { readonly key: string; readonly side: Side }[],
  seen: { readonly pages: readonly Page[]; readonly rows: readonly Row[] },
): readonly Pair[] {
  if (retyped.length === 0) return pairs
  const pages = new Map(seen.pages.map(page => [page.id, page]))
  const rows = new Map(seen.rows.map(row => [row.id, row]))
  return pairs.map(pair => {
    const [page, row] = [pages.get(pair.page), rows.get(pair.row)]
    if (page === undefined || row === undefined) return pair
    const bases = Object.entries(pair.base).flatMap(([key, base]): [string, Base][] => {
      const sides = retyped.flatMap(one => (one.key === key ? [one.side] : []))
      const field = fields.find(candidate => candidate.key === key)
      if (sides.length === 0 || field === undefined) return [[key, base]]
      const now = { notion: normal(own(page.values, key)), airtable: normal(own(row.values, key)) }
      const emptied = sides.filter(side => now[side] === null)
      if (emptied.some(side => canWrite(field, side))) return []
      return [[key, emptied.length > 0 ? { ...now, accepted: true } : base]]
    })
    return { ...pair, base: Object.fromEntries(bases) }
  })
}
