/** Conflicts about a whole record, deleted on one side and edited on the other: what happened, and what a tick does. */
import { goneIn } from '../core/absence.ts'
import { type Conflict, other, type Side } from '../core/model.ts'
import { value } from './entries.ts'
import { markdown } from './escape.ts'

const RECORDED = 'what it held stands in the changelog'

/** What each side has to tell: how the record was deleted there, or what was edited. */
export function happened(item: Conflict, max: number): Record<Side, string> {
  const { words, why } = goneIn(item)
  return why === 'row-deleted'
    ? { notion: `its page was edited: ${markdown(value(item.notion), max)}`, airtable: words }
    : { notion: words, airtable: `its row was edited: ${markdown(value(item.airtable), max)}` }
}

/** The same as one sentence part, the deletion first. */
export function story(item: Conflict, max: number): string {
  const told = happened(item, max)
  const gone: Side = goneIn(item).why === 'row-deleted' ? 'airtable' : 'notion'
  return `${told[gone]}, and ${told[other(gone)]}`
}

/** What is done where a person keeps a side. */
export function choices(item: Conflict, max: number): Record<Side, string> {
  const { words, why } = goneIn(item)
  const edits = (side: Side): string => markdown(value(item[side]), max)
  if (why === 'row-deleted')
    return {
      notion: `make the row again; edited in the page: ${edits('notion')}`,
      airtable: `move the page to the trash too, since ${words}`,
    }
  return {
    notion: `delete the row too, since ${words}`,
    airtable:
      why === 'trashed'
        ? `keep the row and take its page out of the trash; edited in the row: ${edits('airtable')}`
        : `keep the row; edited in it: ${edits('airtable')}`,
  }
}

/** What was done since a person kept that side. */
export function outcome(item: Conflict, kept: Side): string {
  const { why } = goneIn(item)
  if (why === 'row-deleted')
    return kept === 'notion' ? 'the row was made again' : `the page was moved to the trash; ${RECORDED}`
  if (kept === 'notion') return `the row was deleted; ${RECORDED}`
  return why === 'trashed' ? 'the page was taken out of the trash' : 'the row stays'
}
