/**
 * Records of known pairs that a complete reading did not bring. Only what was looked up and proved is acted on, by
 * the rules of `when_deleted`; everything else is kept as it is.
 */
import { planCreateRow } from './create.ts'
import { ruledBy } from './decide.ts'
import {
  type Change,
  type Conflict,
  type Fate,
  type Field,
  other,
  type Page,
  type Pair,
  RECORD,
  type Rest,
  type Row,
  type Side,
} from './model.ts'
import { type Linked, oldestWith } from './pair.ts'
import { cellId, type Run, restsFor, type Settings, same } from './planning.ts'
import type { Value } from './shape.ts'
import { normal, show } from './value.ts'

/** What makes a pair rest for good, in words. */
const PAGE_WORDS = {
  trashed: 'its page was moved to trash',
  moved: 'its page was moved to another data source',
  archived: 'its page was archived',
}
const WORDS: Partial<Record<Rest['why'], string>> = { ...PAGE_WORDS, 'row-deleted': 'its row was deleted' }

type Gone = { readonly words: string; readonly why: Rest['why'] }

/** How a page was proved to be gone; undefined where it was not. */
function goneBy(fate: Fate | undefined): Gone | undefined {
  if (fate !== 'trashed' && fate !== 'moved' && fate !== 'archived') return undefined
  return { words: PAGE_WORDS[fate], why: fate }
}

const ROW_GONE: Gone = { words: 'its row was deleted', why: 'row-deleted' }

/** The value that a conflict about a whole record has on the side that is gone; on the other side it tells the edits. */
const inBrackets = ({ words }: Gone): string => `(${words})`

/** What such a conflict says to be gone. */
export const goneIn = ({ notion }: Pick<Conflict, 'notion'>): Gone =>
  (['trashed', 'moved', 'archived'] as const)
    .flatMap(fate => goneBy(fate) ?? [])
    .find(gone => notion === inBrackets(gone)) ?? ROW_GONE

/** Plans a pair of which the page, the row, or both are missing. */
export function planAbsence(run: Run, { pair, page, row }: Linked): void {
  const { seen, draft } = run
  const pageFate = page === null ? seen.fates.get(pair.page) : undefined
  const rowFate = row === null ? seen.fates.get(pair.row) : undefined
  const where = { page: pair.page, row: pair.row, title: page?.title || row?.title || pair.title }
  const gone = goneBy(pageFate)

  if (gone !== undefined && rowFate === 'deleted') {
    draft.events.push({ ...where, text: `${gone.words}, and its row was deleted: the pair is forgotten` })
  } else if (gone !== undefined && row !== null) {
    planDeletedPage(run, pair, row, gone)
  } else if (rowFate === 'deleted' && page !== null) {
    const copy = oldestWith(page.id, seen.hidden)
    if (copy === undefined) planDeletedRow(run, pair, page)
    else planHiddenCopy(run, pair, page, copy)
  } else if (pageFate === 'unreadable') {
    draft.problems.push({
      code: 'page-unreadable',
      ...where,
      message:
        'Notion no longer shows this page to the integration: it is not shared any more, or was deleted for good. Nothing was changed. Share it again, or delete the row.',
    })
    keep(run, pair)
  } else if (pageFate === 'out-of-scope' && (row !== null || rowFate === 'deleted')) {
    keep(run, pair, { why: 'out-of-scope' })
  } else if (rowFate === 'out-of-scope' && (page !== null || (gone !== undefined && pair.rest === undefined))) {
    keep(run, pair, { why: 'row-out-of-scope' })
  } else if (pair.rest !== undefined) {
    planResting(run, pair, pair.rest, row ?? page)
  } else {
    // Alive after all, or not looked up: the next run sees.
    keep(run, pair)
  }
}

/** A pair at rest stays so. An archive value that was refused is told again, and tried again once schema or mapping changed. */
function planResting(run: Run, pair: Pair, { why }: Rest, left: Page | Row | null): void {
  const { settings, seen, draft } = run
  const stuck = seen.problems.filter(known => known.code === 'refused' && known.page === pair.page)
  const field = (key: string | undefined) => settings.fields.find(candidate => candidate.key === key)
  const changed = stuck.some(known => known.under !== digestOf(field(known.field)))
  const gone = WORDS[why]
  if (!changed || left === null || gone === undefined) {
    draft.problems.push(...stuck)
    keep(run, pair)
    return
  }
  planArchive(run, pair, other(restsFor({ why })), left, { words: gone, why }, '')
}

const digestOf = (field: Field | undefined): string | undefined => (field === undefined ? undefined : ruledBy(field))

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

function planDeletedPage(run: Run, pair: Pair, row: Row, gone: Gone): void {
  const { settings, draft } = run
  const where = { page: pair.page, row: row.id, title: row.title || pair.title }
  const policy = settings.whenDeleted.page
  const edits = editsOf(settings, 'airtable', row, pair)
  if (policy === 'delete') {
    draft.deletions += 1
    const picked =
      edits.length === 0 ? 'notion' : settleDeletion(run, pair, { notion: inBrackets(gone), airtable: edits })
    if (picked === 'notion')
      draft.steps.push({ do: 'delete-row', ...where, reason: gone.words, lost: contentsOf(settings, row) })
    if (picked === 'airtable' && gone.why === 'trashed') {
      draft.steps.push({ do: 'restore-page', ...where, reason: 'a person kept the row', lost: '' })
    }
    const rests = picked === 'airtable' && gone.why !== 'trashed' ? { rest: { why: gone.why } } : {}
    draft.pairs.push({ ...pair, ...rests })
    return
  }
  draft.deletions += planArchive(run, pair, policy === 'archive' ? 'airtable' : null, row, gone, edits)
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
  if (policy === 'trash') {
    draft.deletions += 1
    const picked =
      edits.length === 0 ? 'airtable' : settleDeletion(run, pair, { notion: edits, airtable: inBrackets(ROW_GONE) })
    if (picked === 'airtable')
      draft.steps.push({ do: 'trash-page', ...where, reason: ROW_GONE.words, lost: contentsOf(settings, page) })
    if (picked === 'notion') planCreateRow(run, page)
    draft.pairs.push(pair)
    return
  }
  draft.deletions += planArchive(run, pair, policy === 'archive' ? 'notion' : null, page, ROW_GONE, edits)
}

/**
 * A row was deleted, and a copy of it stands outside the view or filter: making the row again would write over that,
 * since Airtable finds rows by the page ID. It takes the place of the original, and waits until it comes in.
 */
function planHiddenCopy(run: Run, pair: Pair, page: Page, copy: Row): void {
  const { seen, draft } = run
  // A person altered the cell of another pair's row, which is restored once it is in sight.
  if (seen.pairs.some(known => known.row === copy.id)) {
    keep(run, pair)
    return
  }
  const title = page.title || pair.title
  draft.events.push({
    page: page.id,
    row: copy.id,
    title,
    text: 'the row was deleted in Airtable; a copy of it, outside the view or filter, takes its place and rests',
  })
  draft.pairs.push({ page: page.id, row: copy.id, title, base: {}, rest: { why: 'row-out-of-scope' } })
}

/**
 * The record that is left gets its archive value, on `side`, or is kept as it is; the pair rests. Answers how many
 * records are archived by that.
 */
function planArchive(run: Run, pair: Pair, side: Side | null, left: Page | Row, gone: Gone, edits: string): 0 | 1 {
  const { settings, draft } = run
  const where = { page: pair.page, row: pair.row, title: left.title || pair.title }
  const record = gone.why === 'row-deleted' ? 'page' : 'row'
  const wrote: Record<string, Value> = {}
  const was: Record<string, Value> = {}
  const changes: Change[] = []
  for (const field of settings.fields) {
    if (side === null) break
    const to = settings.archive[side][field.key]
    if (to === undefined) continue
    const from = normal(left.values[field.key])
    const stands = same(field, side, from, to)
    const refused = run.refusals.get(cellId({ page: pair.page, field: field.key }))
    // Its twin was gone when it was refused; else it was another value, which the twin would not take.
    const wasThis = refused !== undefined && normal(refused[other(side)]) === null
    if (!stands && wasThis && refused.under === ruledBy(field) && same(field, side, refused[side], from)) {
      draft.problems.push(refused)
      continue
    }
    wrote[field.key] = to
    // Where the archive value stands already, a run that was broken off wrote it over what both sides agreed on.
    was[field.key] = pair.rest?.was?.[field.key] ?? (stands ? (pair.base[field.key]?.[side] ?? to) : from)
    const { shape } = field[side]
    const isNew = shape.is === 'option' && shape.open && typeof to === 'string' && !shape.names.includes(to)
    const options = isNew ? { newOptions: [to] } : {}
    if (!stands)
      changes.push({ field: field.key, side, from, to, source: to, why: 'archived', note: gone.words, ...options })
  }
  const rest: Rest = Object.keys(wrote).length === 0 ? { why: gone.why } : { why: gone.why, wrote, was }
  if (edits.length > 0) draft.events.push({ ...where, to: edits, text: `edited since; kept in the ${record}` })
  if (changes.length === 0) {
    if (pair.rest === undefined)
      draft.events.push({
        ...where,
        text: `${gone.words}; the ${record} is ${Object.keys(wrote).length === 0 ? 'kept' : 'archived already'}`,
      })
    draft.pairs.push({ ...pair, rest })
    return 0
  }
  draft.steps.push({ do: side === 'notion' ? 'update-page' : 'update-row', ...where, changes, rest })
  draft.pairs.push(pair)
  return 1
}

/** Deleted on one side and edited on the other: a person decides, where deleting would lose the edit. */
function settleDeletion(run: Run, pair: Pair, values: { notion: string; airtable: string }): Side | null {
  const id = cellId({ page: pair.page, field: RECORD })
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

/** Everything that a record holds in mapped fields, in words. */
function contentsOf(settings: Settings, record: Page | Row): string {
  const held = settings.fields.filter(field => normal(record.values[field.key]) !== null)
  return held.map(field => `${field.key}: ${show(normal(record.values[field.key]))}`).join('; ')
}

/** What was edited on the side that is left, in words; empty if nothing was. What never agreed counts as edited. */
function editsOf(settings: Settings, side: Side, record: Page | Row, pair: Pair): string {
  return settings.fields
    .flatMap(field => {
      const before = pair.base[field.key]?.[side] ?? null
      const now = normal(record.values[field.key])
      if (!field[side].writable || same(field, side, before, now)) return []
      return [`${field.key}: ${JSON.stringify(show(before))} → ${JSON.stringify(show(now))}`]
    })
    .join('; ')
}
