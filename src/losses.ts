/** The loss report: on the live data, what the lines of a mapping would lose if the other side were edited. */
import { mentionsIn } from './airtable/mentions.ts'
import { canWrite } from './core/decide.ts'
import { beyond } from './core/losses.ts'
import { type Field, other, type Page, type Row, type Side } from './core/model.ts'
import { own } from './core/planning.ts'
import { formattingOf } from './notion/properties.ts'
import type { Reading } from './read.ts'
import type { Loss } from './report/losses.ts'

/** Counts of cells, by line, side and what they hold. */
export function lossesOf(reading: Reading): Loss[] {
  const losses: Loss[] = []
  for (const field of reading.bound.settings.fields) {
    for (const side of ['notion', 'airtable'] as const) {
      if (field.owner === side || !canWrite(field, side)) continue
      const counts = new Map<string, number>()
      for (const record of side === 'notion' ? reading.pages : reading.rows) {
        for (const what of held(field, side, record, reading)) counts.set(what, (counts.get(what) ?? 0) + 1)
      }
      losses.push(...[...counts].map(([what, cells]) => ({ field, side, what, cells })))
    }
  }
  return losses
}

function held(field: Field, side: Side, record: Page | Row, reading: Reading): string[] {
  const value = own(record.values, field.key) ?? null
  const marked =
    other(side) === 'airtable' ? formatted(field, record.id, reading) : mentioning(field, record.id, reading)
  return [...beyond(field, side, value), ...marked]
}

function formatted(field: Field, page: string, reading: Reading): string[] {
  const raw = reading.rawPage(page)
  return raw === null ? [] : formattingOf(raw, field.notion)
}

function mentioning(field: Field, row: string, reading: Reading): string[] {
  const raw = reading.rawRow(row)
  return raw !== null && mentionsIn(raw, field.airtable) ? ['mentions of Airtable'] : []
}
