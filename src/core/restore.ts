/**
 * Going back: both sides of every pair are set to what they held when a former state was recorded. Pure, like plan.ts.
 * It makes and deletes no records; what was deleted since is told, not made again.
 */
import type { Change, Conflict, Event, Page, Pair, Plan, Row, Side, Step } from './model.ts'
import { other } from './model.ts'
import { own, type Settings, same } from './planning.ts'
import { normal } from './value.ts'

type Seen = {
  readonly pairs: readonly Pair[]
  readonly conflicts: readonly Conflict[]
  readonly pages: readonly Page[]
  readonly rows: readonly Row[]
}

/**
 * Plans the way back to `before`, the pairs of a former state. `records` chooses some by page ID, row ID or title; null
 * takes all.
 */
export function planRestore(
  settings: Settings,
  seen: Seen,
  before: readonly Pair[],
  records: readonly string[] | null,
): Plan {
  const pages = new Map(seen.pages.map(page => [page.id, page]))
  const rows = new Map(seen.rows.map(row => [row.id, row]))
  // A record that was made again since is the twin of the one that stayed.
  const now = new Map(seen.pairs.flatMap(pair => [[pair.page, pair] as const, [pair.row, pair] as const]))
  const chosen = before.filter(
    pair => records === null || [pair.page, pair.row, pair.title].some(name => records.includes(name)),
  )
  const steps: Step[] = []
  const events: Event[] = []
  const restored = new Set<string>()
  for (const then of chosen) {
    const pair = now.get(then.page) ?? now.get(then.row)
    const page = pair && pages.get(pair.page)
    const row = pair && rows.get(pair.row)
    if (page === undefined || row === undefined) {
      events.push({
        page: then.page,
        row: then.row,
        title: then.title,
        text: 'not linked any more, or not in sight: left as it is',
      })
      continue
    }
    const where = { page: page.id, row: row.id, title: page.title || then.title }
    const toRow = changesTo('airtable', settings, then, row)
    const toPage = changesTo('notion', settings, then, page)
    if (toRow.length > 0) steps.push({ do: 'update-row', ...where, changes: toRow })
    if (toPage.length > 0) steps.push({ do: 'update-page', ...where, changes: toPage })
    for (const change of [...toRow, ...toPage]) restored.add(`${page.id}/${change.field}`)
  }
  return {
    steps,
    pairs: seen.pairs,
    conflicts: seen.conflicts.filter(conflict => !restored.has(`${conflict.page}/${conflict.field}`)),
    settling: seen.conflicts.filter(conflict => restored.has(`${conflict.page}/${conflict.field}`)),
    unclocked: [],
    problems: [],
    events,
    unmatched: [],
    deletions: 0,
  }
}

/** The cells of one side that do not hold what they held then. What the other side computes follows that, not us. */
function changesTo(side: Side, settings: Settings, then: Pair, record: Page | Row): Change[] {
  return settings.fields.flatMap((field): Change[] => {
    const base = own(then.base, field.key)
    const from = normal(own(record.values, field.key))
    const unreadable = own(record.unreadable, field.key) !== undefined
    if (base === undefined || unreadable || same(field, side, from, base[side])) return []
    if (!field[side].writable || !field[other(side)].writable) return []
    const { shape } = field[side]
    const names = shape.is === 'option' || shape.is === 'options' ? shape.names : null
    const made = [base[side]].flat().filter(name => typeof name === 'string' && names?.includes(name) === false)
    return [
      {
        field: field.key,
        side,
        from,
        to: base[side],
        source: base[other(side)],
        why: 'rewound',
        ...(made.length > 0 ? { newOptions: made.map(String) } : {}),
      },
    ]
  })
}
