/**
 * What runs wrote that did not come to record it. The next run must know it all the same: what stands as it was written
 * is no edit of anybody. Of records where that cannot be told from outside, the model says nothing until a run ended
 * well.
 */
import { KEYS, type Key } from './example.ts'
import { type Base, baseOf, type Expected, type Pair, type State } from './model.ts'
import type { People } from './people.ts'
import { cell, type Held } from './world.ts'

export type Unrecorded = {
  /** The base of a field as the next run must take it. */
  readonly baseOf: (pair: Pair, key: Key, held: Held) => Base | null
  /** Records of which nothing is known. */
  readonly doubted: ReadonlySet<string>
  /** Pages that were written: their time is not that of a person's edit. */
  readonly timeless: ReadonlySet<string>
  /** Everything was recorded. */
  readonly clear: () => void
  /** Takes in what a run did that was cut off or failed. */
  readonly learn: (run: { before: Held; after: Held; state: State; expected: Expected; alone: boolean }) => void
}

export function createUnrecorded(people: People): Unrecorded {
  /** By page/row/field: what stood on both sides after the write, and which side was written. */
  const written = new Map<string, Base & { side: keyof Base }>()
  const doubted = new Set<string>()
  const timeless = new Set<string>()

  const learn: Unrecorded['learn'] = ({ before, after, state, expected, alone }) => {
    const pairs = new Map([...expected.merged, ...state.pairs.map(({ page, row }) => [page, row] as const)])
    for (const [page, row] of pairs) {
      const doubt = (): void => void doubted.add(page).add(row)
      const pair = state.pairs.find(each => each.page === page && each.row === row)
      const touched = people.ledger.touched.has(page) || people.ledger.touched.has(row)
      const gone = (before.pages.has(page) && !after.pages.has(page)) || (before.rows.has(row) && !after.rows.has(row))
      if (!alone || touched || gone || pair?.rest !== undefined) {
        doubt()
        continue
      }
      for (const key of KEYS) {
        const [was, now] = [before, after].map(moment => ({
          notion: cell(moment, 'notion', page, key),
          airtable: cell(moment, 'airtable', row, key),
        }))
        if (was?.notion === undefined || was.airtable === undefined) continue
        if (now?.notion === undefined || now.airtable === undefined) continue
        const here = { notion: now.notion, airtable: now.airtable }
        const changed = (['notion', 'airtable'] as const).filter(
          side => !people.same(key, was[side] ?? null, here[side]),
        )
        const earlier = written.get(`${page}/${row}/${key}`)
        const [side] = changed
        if (changed.includes('notion')) timeless.add(page)
        if (side === undefined) {
          if (earlier !== undefined && !people.same(key, here[earlier.side], earlier[earlier.side])) doubt()
        } else if (changed.length > 1) doubt()
        else written.set(`${page}/${row}/${key}`, { ...here, side })
      }
    }
  }

  return {
    doubted,
    timeless,
    baseOf: (pair, key, held) => {
      const base = written.get(`${pair.page}/${pair.row}/${key}`)
      // A new pair is known again by the page ID in its row only.
      const isKnown = Object.keys(pair.base).length > 0 || held.rows.get(pair.row)?.pageId === pair.page
      if (base === undefined || !isKnown) return baseOf(pair, key)
      const id = base.side === 'notion' ? pair.page : pair.row
      const now = cell(held, base.side, id, key)
      return now !== undefined && people.same(key, now, base[base.side]) ? base : baseOf(pair, key)
    },
    clear: () => {
      written.clear()
      doubted.clear()
      timeless.clear()
    },
    learn,
  }
}
