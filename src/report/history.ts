/** history.jsonl: a line for each run that changed something, failed or recovered, for people and for monitors. */
import type { Counts } from './entries.ts'

/** history.jsonl keeps the last runs only; git keeps them all. */
const MAX_HISTORY = 1000

/** The file with this line added. */
export function appendHistory(before: string | null, line: string): string {
  const lines = (before ?? '').split('\n').filter(text => text !== '')
  return `${[...lines, line].slice(-MAX_HISTORY).join('\n')}\n`
}

/** A run as one line of JSON; `journal` and `open` tell which steps of which journal are still to be looked at. */
export function historyLine({
  status,
  at,
  started,
  counts,
  failure,
  journal,
  open,
}: {
  status: 'ok' | 'failed' | 'recovered'
  at: Date
  started: number
  counts: Counts
  failure: Error | null
  journal: string | null
  open: readonly number[]
}): string {
  return JSON.stringify({
    status,
    timestamp: at.toISOString(),
    duration_ms: at.getTime() - started,
    counts: {
      created: counts.created,
      updated_notion: counts.toNotion,
      updated_airtable: counts.toAirtable,
      deleted: counts.deleted,
      conflicts: counts.conflicts,
      problems: counts.problems,
    },
    error: failure?.message ?? null,
    traceback: failure?.stack ?? null,
    ...(journal === null ? {} : { journal }),
    ...(open.length === 0 ? {} : { open }),
  })
}
