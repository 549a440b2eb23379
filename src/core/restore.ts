/**
 * Going back: both sides of every pair are set to what they held when a former state was recorded. Pure, like plan.ts.
 * It makes and deletes no records. A page in the trash is taken out; what was deleted for good is told, not made again.
 */
import type { Change, Conflict, Event, Fate, Page, Pair, Plan, Problem, Row, Side, Step } from './model.ts'
import { other } from './model.ts'
import { readPageId } from './pair.ts'
import { cellId, own, type Settings, same } from './planning.ts'
import { normal } from './value.ts'

type Seen = {
  readonly pairs: readonly Pair[]
  readonly conflicts: readonly Conflict[]
  readonly problems: readonly Problem[]
  readonly pages: readonly Page[]
  readonly rows: readonly Row[]
  readonly fates: ReadonlyMap<string, Fate>
}

/** A pair as it is known now, and its records where they are in sight. */
type Now = { readonly pair?: Pair | undefined; readonly page?: Page | undefined; readonly row?: Row | undefined }

/** Finds what became of a pair of then. A record that was made again since is the twin of the one that stayed. */
function nowOf({ pairs, pages, rows }: Pick<Seen, 'pairs' | 'pages' | 'rows'>): (then: Pair) => Now {
  const pageById = new Map(pages.map(page => [page.id, page]))
  const rowById = new Map(rows.map(row => [row.id, row]))
  const known = new Map(pairs.flatMap(pair => [[pair.page, pair] as const, [pair.row, pair] as const]))
  return then => {
    const pair = known.get(then.page) ?? known.get(then.row)
    return { pair, page: pageById.get(pair?.page ?? ''), row: rowById.get(pair?.row ?? '') }
  }
}

/** Whether a person who writes `name` means this pair: by an ID or title that it had then, or has now. */
function means(name: string, then: Pair, { pair, page, row }: Now): boolean {
  const names = [then, pair].flatMap(known => (known === undefined ? [] : [known.page, known.row, known.title]))
  return [name, readPageId(name) ?? name].some(each => [...names, page?.title, row?.title].includes(each))
}

/** The names that mean no pair of `before`. */
export function unknownNames(
  names: readonly string[],
  seen: Pick<Seen, 'pairs' | 'pages' | 'rows'>,
  before: readonly Pair[],
): string[] {
  const now = nowOf(seen)
  return names.filter(name => !before.some(then => means(name, then, now(then))))
}

/**
 * Plans the way back to `before`, the pairs of a former state. `records` chooses some by page ID (or a page's address),
 * row ID or title; null takes all.
 */
export function planRestore(
  settings: Settings,
  seen: Seen,
  before: readonly Pair[],
  records: readonly string[] | null,
): Plan {
  const now = nowOf(seen)
  const chosen = before.filter(then => records === null || records.some(name => means(name, then, now(then))))
  const steps: Step[] = []
  const events: Event[] = []
  const restored = new Set<string>()
  for (const then of chosen) {
    const { pair, page, row } = now(then)
    if (pair !== undefined && (pair.rest?.why === 'trashed' || seen.fates.get(pair.page) === 'trashed')) {
      // What its row was archived with is undone by the next run, which has both in sight.
      const reason = 'set back; its values follow in the next run, those of then with another restore'
      steps.push({ do: 'restore-page', page: pair.page, row: pair.row, title: then.title, reason, lost: '' })
      continue
    }
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
    for (const change of [...toRow, ...toPage]) restored.add(cellId({ page: page.id, field: change.field }))
  }
  return {
    steps,
    pairs: seen.pairs,
    conflicts: seen.conflicts.filter(conflict => !restored.has(cellId(conflict))),
    settling: seen.conflicts.filter(conflict => restored.has(cellId(conflict))),
    unclocked: [],
    problems: seen.problems.filter(problem => !restored.has(cellId(problem))),
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
