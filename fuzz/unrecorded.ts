/**
 * What runs wrote that did not come to record it. The next run must know it all the same: what stands as it was written
 * is no edit of anybody. Of records where that cannot be told from outside, the model says nothing until a run ended
 * well.
 */
import { KEYS, type Key } from './example.ts'
import { type Base, baseOf, type Expected, type Pair, type State } from './model.ts'
import type { People } from './people.ts'
import { cell, type Held, type Text } from './world.ts'

export type Unrecorded = {
  /** The base of a field as the next run must take it. */
  readonly baseOf: (pair: Pair, key: Key, held: Held) => Base | null
  /** Records of which nothing is known. */
  readonly doubted: ReadonlySet<string>
  /** Pages that were written: their time is not that of a person's edit. */
  readonly timeless: ReadonlySet<string>
  /** Pages that were to be written: where somebody edited them since, it is not known whether they were. */
  readonly meantToWrite: ReadonlySet<string>
  /** Whether a cell holds what a run meant to write and did not write: it was typed by chance, and counts as written. */
  readonly byChance: (pair: Pair, key: Key, held: Held) => boolean
  /** Everything was recorded. */
  readonly clear: () => void
  /** Takes in what a run did that was cut off or failed. */
  readonly learn: (run: { before: Held; after: Held; state: State; expected: Expected; alone: boolean }) => void
}

export function createUnrecorded(people: People): Unrecorded {
  /** By page/row/field: what stood on both sides after the write, which side was written, and the base until then. */
  const written = new Map<string, Base & { side: keyof Base; before: Base | null }>()
  const doubted = new Set<string>()
  const timeless = new Set<string>()
  const meantToWrite = new Set<string>()
  /** By side, record and field. */
  const meant = new Map<string, Text>()

  const baseNow: Unrecorded['baseOf'] = (pair, key, held) => {
    const base = written.get(`${pair.page}/${pair.row}/${key}`)
    // A new pair is known again by the page ID in its row only.
    const isKnown = Object.keys(pair.base).length > 0 || held.rows.get(pair.row)?.pageId === pair.page
    if (base === undefined || !isKnown) return baseOf(pair, key)
    const now = cell(held, base.side, base.side === 'notion' ? pair.page : pair.row, key)
    return now !== undefined && people.same(key, now, base[base.side]) ? base : base.before
  }

  const byChance: Unrecorded['byChance'] = (pair, key, held) =>
    (['notion', 'airtable'] as const).some(side => {
      const id = side === 'notion' ? pair.page : pair.row
      const value = meant.get(`${side} ${id}/${key}`)
      const now = cell(held, side, id, key)
      if (value === undefined || now === undefined || !people.same(key, now, value)) return false
      return written.get(`${pair.page}/${pair.row}/${key}`)?.side !== side
    })

  const learn: Unrecorded['learn'] = ({ before, after, state, expected, alone }) => {
    for (const [what, value] of expected.cells) {
      meant.set(what, value)
      const [side = '', page = ''] = what.split(/[ /]/)
      if (side === 'notion') meantToWrite.add(page)
    }
    for (const what of expected.refused) meantToWrite.add(what.slice(0, what.indexOf('/')))
    const pairs = new Map([...expected.merged, ...state.pairs.map(({ page, row }) => [page, row] as const)])
    // A page that an earlier run made may be linked by this one.
    for (const [row, { pageId }] of after.rows) {
      const isLinked = pageId !== null && before.rows.get(row)?.pageId !== pageId
      if (isLinked && pairs.get(pageId) !== row) doubted.add(pageId).add(row)
    }
    for (const [page, row] of pairs) {
      const doubt = (): void => void doubted.add(page).add(row)
      const pair = state.pairs.find(each => each.page === page && each.row === row)
      const touched = people.ledger.touched.has(page) || people.ledger.touched.has(row)
      const whole = [before, after].every(held => held.pages.has(page) && held.rows.has(row))
      if (!alone || touched || !whole || pair?.rest !== undefined) {
        doubt()
        continue
      }
      for (const key of KEYS) {
        const [was, now] = [before, after].map(moment => ({
          notion: cell(moment, 'notion', page, key),
          airtable: cell(moment, 'airtable', row, key),
        }))
        if (was === undefined || now === undefined) continue
        const here = { notion: now.notion ?? null, airtable: now.airtable ?? null }
        const changed = (['notion', 'airtable'] as const).filter(
          side => !people.same(key, was[side] ?? null, here[side]),
        )
        // It may have been kept for written, whatever is typed since.
        if (byChance({ page, row, base: {} }, key, before)) doubt()
        const earlier = written.get(`${page}/${row}/${key}`)
        const [side] = changed
        if (changed.includes('notion')) timeless.add(page)
        if (side === undefined) {
          // Whether it saw that write standing, and keeps that, cannot be told from outside.
          if (earlier !== undefined) doubt()
        } else if (changed.length > 1) doubt()
        else {
          const base = baseNow(pair ?? { page, row, base: {} }, key, before)
          written.set(`${page}/${row}/${key}`, { ...here, side, before: base })
        }
      }
    }
  }

  return {
    doubted,
    timeless,
    meantToWrite,
    byChance,
    baseOf: baseNow,
    clear: () => {
      written.clear()
      doubted.clear()
      timeless.clear()
      meantToWrite.clear()
      meant.clear()
    },
    learn,
  }
}
