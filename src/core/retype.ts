/**
 * A column that was given another type may have lost its values by that. Nobody emptied them: where it is empty now,
 * the field is merged as on a first link.
 */
import type { Page, Pair, Row, Side } from './model.ts'
import { normal } from './value.ts'

/** The pairs, without the base of retyped fields that are empty now. */
export function forgetRetyped(
  pairs: readonly Pair[],
  retyped: readonly { readonly key: string; readonly side: Side }[],
  seen: { readonly pages: readonly Page[]; readonly rows: readonly Row[] },
): readonly Pair[] {
  if (retyped.length === 0) return pairs
  const records = {
    notion: new Map(seen.pages.map(page => [page.id, page])),
    airtable: new Map(seen.rows.map(row => [row.id, row])),
  }
  return pairs.map(pair => {
    const lost = retyped.filter(({ key, side }) => {
      const record = records[side].get(side === 'notion' ? pair.page : pair.row)
      return record !== undefined && normal(record.values[key]) === null
    })
    const keys = new Set(lost.map(({ key }) => key))
    return { ...pair, base: Object.fromEntries(Object.entries(pair.base).filter(([key]) => !keys.has(key))) }
  })
}
