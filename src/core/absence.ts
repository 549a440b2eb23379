/**
 * Records of known pairs that a complete reading did not bring. Only what was looked up and proved is acted on, by
 * the rules of `when_deleted`; everything else is kept.
 */
import { planCreateRow } from './create.ts'
import type { Change, Page, Pair, Rest, Side, Value } from './model.ts'
import type { Linked } from './pair.ts'
import { type Run, type Settings, same } from './planning.ts'
import { normal } from './value.ts'

/** A record of a known pair that a complete reading did not bring. Only what was looked up is acted on. */
export function planAbsence(run: Run, { pair, page, row }: Linked): void {
  const { settings, seen, draft } = run
  const where = { page: pair.page, row: pair.row, title: page?.title ?? row?.title ?? pair.title }
  const fate = seen.fates.get(page === null ? pair.page : pair.row)
  const keep = (rest?: Rest) => {
    draft.pairs.push(rest === undefined ? pair : { ...pair, rest })
    draft.conflicts.push(...seen.conflicts.filter(conflict => conflict.page === pair.page))
  }
  if (pair.rest !== undefined || fate === undefined || fate === 'alive') {
    keep()
    return
  }

  if (fate === 'unreadable') {
    draft.problems.push({
      code: 'page-unreadable',
      ...where,
      message:
        page === null
          ? 'Notion no longer shows this page to the integration: it is not shared any more, or was deleted for good. Nothing was changed. Share it again, or delete the row.'
          : 'Airtable no longer shows this row to the token. Nothing was changed.',
    })
    keep()
    return
  }
  if (fate === 'out-of-scope') {
    keep({ why: page === null ? 'out-of-scope' : 'row-out-of-scope' })
    return
  }

  if (page === null) {
    if (row === null) {
      keep()
      return
    }
    const reason = {
      trashed: 'its page was moved to trash',
      moved: 'its page was moved to another data source',
      archived: 'its page was archived',
      deleted: 'its page was deleted',
    }[fate]
    const why = fate === 'deleted' ? 'trashed' : fate
    draft.deletions += settings.whenDeleted.page === 'keep' ? 0 : 1
    if (settings.whenDeleted.page === 'delete') {
      draft.steps.push({ do: 'delete-row', ...where, reason })
      keep()
      return
    }
    const changes = settings.whenDeleted.page === 'archive' ? archiveChanges(settings, 'airtable', row.values) : []
    draft.events.push({ ...where, text: `${reason}; the row is ${changes.length > 0 ? 'archived' : 'kept'}` })
    if (changes.length === 0) {
      keep({ why })
      return
    }
    const wrote = Object.fromEntries(changes.map(change => [change.field, change.to]))
    const was = Object.fromEntries(changes.map(change => [change.field, change.from]))
    draft.steps.push({ do: 'update-row', ...where, changes, rest: { why, wrote, was } })
    keep()
    return
  }
  planDeletedRow(run, pair, page)
}

function planDeletedRow(run: Run, pair: Pair, page: Page): void {
  const { settings, draft } = run
  const where = { page: pair.page, row: pair.row, title: page.title }
  const policy = settings.whenDeleted.row
  if (policy === 'restore') {
    draft.events.push({ ...where, text: 'the row was deleted in Airtable; it is made again from the page' })
    draft.pairs.push(pair)
    planCreateRow(run, page)
    return
  }
  draft.deletions += policy === 'keep' ? 0 : 1
  if (policy === 'trash') {
    draft.steps.push({ do: 'trash-page', ...where, reason: 'its row was deleted' })
    draft.pairs.push(pair)
    return
  }
  const changes = policy === 'archive' ? archiveChanges(settings, 'notion', page.values) : []
  draft.events.push({
    ...where,
    text: `its row was deleted in Airtable; the page is ${changes.length > 0 ? 'archived' : 'kept'}`,
  })
  if (changes.length === 0) {
    draft.pairs.push({ ...pair, rest: { why: 'row-deleted' } })
    return
  }
  draft.steps.push({ do: 'update-page', ...where, changes, rest: { why: 'row-deleted' } })
  draft.pairs.push(pair)
}

function archiveChanges(settings: Settings, side: Side, held: Readonly<Record<string, Value>>): Change[] {
  return settings.fields.flatMap(field => {
    const to = settings.archive[side][field.key]
    const from = normal(held[field.key])
    if (to === undefined || same(field, side, from, to)) return []
    return [{ field: field.key, side, from, to, why: 'archived' as const }]
  })
}
