/**
 * Records of known pairs that a complete reading did not bring. Only what was looked up and proved is acted on, by
 * the rules of `when_deleted`; everything else is kept as it is.
 */
import { planCreateRow } from './create.ts'
import {
  type Change,
  type Conflict,
  type Fate,
  type Page,
  type Pair,
  RECORD,
  type Rest,
  type Row,
  type Side,
  type Value,
} from './model.ts'
import type { Linked } from './pair.ts'
import { conflictId, type Run, type Settings, same } from './planning.ts'
import { normal } from './value.ts'

/** How a page can be proved to be gone, in words, and what its pair rests for. */
const GONE: Partial<Record<Fate, { readonly words: string; readonly why: Rest['why'] }>> = {
  trashed: { words: 'its page was moved to trash', why: 'trashed' },
  moved: { words: 'its page was moved to another data source', why: 'moved' },
  archived: { words: 'its page was archived', why: 'archived' },
}

/** Plans a pair of which the page, the row, or both are missing. */
export function planAbsence(run: Run, { pair, page, row }: Linked): void {
  const { seen, draft } = run
  const pageFate = page === null ? seen.fates.get(pair.page) : undefined
  const rowFate = row === null ? seen.fates.get(pair.row) : undefined
  const where = { page: pair.page, row: pair.row, title: page?.title || row?.title || pair.title }
  const gone = pageFate === undefined ? undefined : GONE[pageFate]

  if (gone !== undefined && rowFate === 'deleted') {
    draft.events.push({ ...where, text: `${gone.words}, and its row was deleted: the pair is forgotten` })
  } else if (gone !== undefined && row !== null) {
    planDeletedPage(run, pair, row, gone)
  } else if (rowFate === 'deleted' && page !== null) {
    planDeletedRow(run, pair, page)
  } else if (pageFate === 'unreadable') {
    draft.problems.push({
      code: 'page-unreadable',
      ...where,
      message:
        'Notion no longer shows this page to the integration: it is not shared any more, or was deleted for good. Nothing was changed. Share it again, or delete the row.',
    })
    keep(run, pair)
  } else if (pageFate === 'out-of-scope' && row !== null) {
    keep(run, pair, { why: 'out-of-scope' })
  } else if (rowFate === 'out-of-scope' && page !== null) {
    keep(run, pair, { why: 'row-out-of-scope' })
  } else {
    // Alive after all, or not looked up: the next run sees.
    keep(run, pair)
  }
}

/**
 * The pair as it is; it rests if `rest` is given. Its open conflicts stay, unless it rests: they come back by
 * themselves with the record, since the base stands.
 */
function keep({ seen, draft }: Run, pair: Pair, rest?: Rest): void {
  draft.pairs.push(rest === undefined ? pair : { ...pair, rest })
  if (rest === undefined && pair.rest === undefined) {
    draft.conflicts.push(...seen.conflicts.filter(conflict => conflict.page === pair.page))
  }
}

function planDeletedPage(run: Run, pair: Pair, row: Row, gone: { words: string; why: Rest['why'] }): void {
  const { settings, draft } = run
  const where = { page: pair.page, row: row.id, title: row.title || pair.title }
  const policy = settings.whenDeleted.page
  const edits = editsOf(settings, 'airtable', row, pair)
  draft.deletions += policy === 'keep' ? 0 : 1
  if (policy === 'delete') {
    const picked =
      edits.length === 0 ? 'notion' : settleDeletion(run, pair, { notion: `(${gone.words})`, airtable: edits })
    if (picked === 'notion') draft.steps.push({ do: 'delete-row', ...where, reason: gone.words })
    if (picked === 'airtable' && gone.why === 'trashed') {
      draft.steps.push({ do: 'restore-page', ...where, reason: 'a person kept the row' })
    }
    const rests = picked === 'airtable' && gone.why !== 'trashed' ? { rest: { why: gone.why } } : {}
    draft.pairs.push({ ...pair, ...rests })
    return
  }
  const changes = policy === 'archive' ? archiveChanges(settings, 'airtable', row.values, gone.words) : []
  if (changes.length === 0) draft.events.push({ ...where, text: `${gone.words}; the row is kept` })
  if (edits.length > 0) draft.events.push({ ...where, to: edits, text: 'edited in Airtable since; kept in the row' })
  if (changes.length === 0) draft.pairs.push({ ...pair, rest: { why: gone.why } })
  else {
    draft.steps.push({ do: 'update-row', ...where, changes, rest: archived(gone.why, changes) })
    draft.pairs.push(pair)
  }
}

function planDeletedRow(run: Run, pair: Pair, page: Page): void {
  const { settings, draft } = run
  const where = { page: page.id, row: pair.row, title: page.title || pair.title }
  const policy = settings.whenDeleted.row
  const edits = editsOf(settings, 'notion', page, pair)
  if (policy === 'restore') {
    draft.events.push({ ...where, text: 'the row was deleted in Airtable; it is made again from the page' })
    draft.pairs.push(pair)
    planCreateRow(run, page)
    return
  }
  draft.deletions += policy === 'keep' ? 0 : 1
  if (policy === 'trash') {
    const picked =
      edits.length === 0 ? 'airtable' : settleDeletion(run, pair, { notion: edits, airtable: '(its row was deleted)' })
    if (picked === 'airtable') draft.steps.push({ do: 'trash-page', ...where, reason: 'its row was deleted' })
    if (picked === 'notion') planCreateRow(run, page)
    draft.pairs.push(pair)
    return
  }
  const changes = policy === 'archive' ? archiveChanges(settings, 'notion', page.values, 'its row was deleted') : []
  if (changes.length === 0) draft.events.push({ ...where, text: 'its row was deleted in Airtable; the page is kept' })
  if (edits.length > 0) draft.events.push({ ...where, to: edits, text: 'edited in Notion since; kept in the page' })
  if (changes.length === 0) draft.pairs.push({ ...pair, rest: { why: 'row-deleted' } })
  else {
    draft.steps.push({ do: 'update-page', ...where, changes, rest: archived('row-deleted', changes) })
    draft.pairs.push(pair)
  }
}

/** Deleted on one side and edited on the other: a person decides, where deleting would lose the edit. */
function settleDeletion(run: Run, pair: Pair, values: { notion: string; airtable: string }): Side | null {
  const id = conflictId({ page: pair.page, field: RECORD })
  const open = run.conflicts.get(id)
  const conflict: Conflict = {
    page: pair.page,
    row: pair.row,
    field: RECORD,
    base: null,
    ...values,
    notionEdited: '',
    clock: 'unknown',
  }
  const stands = open !== undefined && open.notion === values.notion && open.airtable === values.airtable
  const picked = stands ? run.seen.picks.get(id) : undefined
  if (picked !== undefined) {
    run.draft.settling.push(conflict)
    return picked
  }
  run.draft.conflicts.push(conflict)
  if (!stands) {
    const where = { page: pair.page, row: pair.row, title: pair.title }
    run.draft.events.push({
      ...where,
      to: `Notion: ${values.notion}; Airtable: ${values.airtable}`,
      text: 'conflict opened: deleted on one side, edited on the other',
    })
  }
  return null
}

/** What was edited on the side that is left, in words; empty if nothing was. */
function editsOf(settings: Settings, side: Side, record: Page | Row, pair: Pair): string {
  return settings.fields
    .flatMap(field => {
      const base = pair.base[field.key]
      if (base === undefined || !field[side].writable || same(field, side, base[side], record.values[field.key]))
        return []
      return [`${field.key}: ${JSON.stringify(base[side])} → ${JSON.stringify(normal(record.values[field.key]))}`]
    })
    .join('; ')
}

function archived(why: Rest['why'], changes: readonly Change[]): Rest {
  return {
    why,
    wrote: Object.fromEntries(changes.map(change => [change.field, change.to])),
    was: Object.fromEntries(changes.map(change => [change.field, change.from])),
  }
}

function archiveChanges(settings: Settings, side: Side, held: Readonly<Record<string, Value>>, note: string): Change[] {
  return settings.fields.flatMap(field => {
    const to = settings.archive[side][field.key]
    const from = normal(held[field.key])
    if (to === undefined || same(field, side, from, to)) return []
    return [{ field: field.key, side, from, to, source: to, why: 'archived' as const, note }]
  })
}
