/**
 * The journal of one sync: what a run that was cut off left is taken in, and what this run is about to write is kept.
 * What follows from a journal is decided in core/recover.ts, and where it lies in the store.
 */

import type { Plan } from './core/model.ts'
import { followJournal } from './core/options.ts'
import { type Journal, journalOf, type Recovery, recover, unrecorded } from './core/recover.ts'
import type { Log } from './deps.ts'
import { airtableIds } from './open.ts'
import type { Reading } from './read.ts'
import { type Entry, recoveredEntries } from './report/entries.ts'
import { formatJournal, parseJournal } from './state/journal.ts'
import type { JournalStore, Store } from './state/store.ts'

/** What a run left that was cut off before it recorded it. */
export type CutOff = Recovery & { readonly id: string; readonly entries: readonly Entry[] }

/**
 * Looks for what an earlier run left, and has not recorded: it is recorded once the history names it, which is written
 * in one commit with the state.
 */
export async function findJournal(
  store: Store,
  folder: string,
  history: string,
  log: Log,
): Promise<{ readonly store: JournalStore; readonly journal: Journal | null }> {
  const journals = store.journal(folder)
  const text = await journals.read()
  if (text === null) return { store: journals, journal: null }
  const found = parseJournal(text)
  if (found === null) {
    log.warn(
      'An earlier run was cut off, and what it kept of its plan cannot be read: another version of this action may have written it. What it overruled stands in its log.',
    )
    return { store: journals, journal: null }
  }
  const told = (await store.read(history)) ?? ''
  return { store: journals, journal: unrecorded(found, id => openOf(id, told)) }
}

/** Which steps the history leaves open of a journal; null where it does not name it. */
function openOf(id: string, history: string): readonly number[] | null {
  const line = new RegExp(`"journal":"${id}"(?:,"open":(\\[[\\d,]+\\]))?`).exec(history)
  return line === null ? null : (JSON.parse(line[1] ?? '[]') as number[])
}

/** Holds a journal against both sides. */
export async function takeIn(journal: Journal, reading: Reading, log: Log): Promise<CutOff> {
  const { state, bound, fates } = reading
  const { pages, rows } = await withHidden(journal, reading)
  const known = { pairs: state?.pairs ?? [], conflicts: state?.conflicts ?? [], problems: state?.problems ?? [] }
  const recovery = recover(bound.settings.fields, known, followJournal(journal, bound.renames), { pages, rows, fates })
  const entries = recoveredEntries(recovery.outcomes, recovery.events)
  log.line(
    `An earlier run was cut off before it recorded all that it wrote. Records that it is known to have written: ${recovery.done.length} of ${journal.steps.length}.`,
  )
  return { ...recovery, id: journal.id, entries }
}

/** What was read, and records that the journal names and that filter or view hide: what was written may have put them there. */
async function withHidden(journal: Journal, reading: Reading): Promise<Pick<Reading, 'pages' | 'rows'>> {
  const { notion, airtable, bound, fates, properties } = reading
  const hidden = (kind: 'update-page' | 'update-row'): string[] => {
    const ids = journal.steps.flatMap(({ step }) => {
      if (step.do !== kind) return []
      return [step.do === 'update-page' ? step.page : step.row]
    })
    return [...new Set(ids)].filter(id => fates.get(id) === 'out-of-scope')
  }
  const columns = airtableIds([bound.pageIdField.id, ...bound.settings.fields.map(field => field.airtable.id)])
  const rowIds = hidden('update-row')
  const [pages, rows] = await Promise.all([
    Promise.all(hidden('update-page').map(id => notion.page(id, properties))),
    rowIds.length === 0 ? [] : airtable.rows(rowIds, columns),
  ])
  const seen = new Set([...reading.pages, ...reading.rows].map(({ id }) => id))
  return {
    pages: [...reading.pages, ...pages.map(reading.toPage).filter(({ id }) => !seen.has(id))],
    rows: [...reading.rows, ...rows.map(reading.toRow).filter(({ id }) => !seen.has(id))],
  }
}

/** Keeps what the plan is about to write over. Answers the journal, or null where nothing was kept. */
export async function keep(
  plan: Plan,
  reading: Reading,
  cutOff: CutOff | null,
  store: JournalStore,
  log: Log,
): Promise<Journal | null> {
  const journal = journalOf(crypto.randomUUID(), plan, reading.state?.pairs ?? [], cutOff)
  if (journal === null) return null
  const refused = await store.write(formatJournal(journal))
  if (refused === null) return journal
  log.warn(
    `What this run is about to write could not be kept beside the state (${refused}). It goes on; should it be killed, what it overrules stands in this log only.`,
  )
  return null
}
