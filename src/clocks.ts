/**
 * Which side of a conflict was edited last. Notion gives a page's edit time, floored to the minute. Airtable gives no
 * edit time of a field, but a formula can ask whether it lies after or before that minute, for many rows at once.
 */
import type { AirtableTable } from './airtable/table.ts'
import type { Clock, Conflict, Field } from './core/model.ts'
import { cellId } from './core/planning.ts'
import { isFailure } from './errors.ts'

/** Asks for every conflict; what lies within Notion's minute, or has no time, is `unknown`. */
export async function askClocks(
  airtable: AirtableTable,
  conflicts: readonly Conflict[],
  fields: readonly Field[],
  anyField: string,
): Promise<Map<string, Clock>> {
  const clocks = new Map<string, Clock>(conflicts.map(conflict => [cellId(conflict), 'unknown']))
  const columns = new Map(fields.map(field => [field.key, field.airtable.id]))
  // An answer names rows, not fields: a row takes part once in each question.
  const rounds = new Map<number, Conflict[]>()
  const perRow = new Map<string, number>()
  for (const conflict of conflicts) {
    if (Number.isNaN(Date.parse(conflict.notionEdited))) continue
    const round = perRow.get(conflict.row) ?? 0
    perRow.set(conflict.row, round + 1)
    rounds.set(round, [...(rounds.get(round) ?? []), conflict])
  }
  const ask = async (
    asked: readonly Conflict[],
    question: (edited: string, minute: number) => string,
  ): Promise<Set<string>> => {
    const conditions = asked.map(conflict => {
      const edited = `LAST_MODIFIED_TIME({${columns.get(conflict.field)}})`
      return `AND(RECORD_ID()='${conflict.row}',${question(edited, Date.parse(conflict.notionEdited))})`
    })
    return new Set(await airtable.filter(conditions, anyField))
  }
  const at = (ms: number): string => `DATETIME_PARSE('${new Date(ms).toISOString()}')`
  try {
    for (const asked of rounds.values()) {
      const after = await ask(asked, (edited, minute) => `IS_AFTER(${edited},${at(minute + 59_999)})`)
      const rest = asked.filter(conflict => !after.has(conflict.row))
      const before = await ask(rest, (edited, minute) => `IS_BEFORE(${edited},${at(minute)})`)
      for (const conflict of asked) {
        if (after.has(conflict.row)) clocks.set(cellId(conflict), 'airtable')
        else if (before.has(conflict.row)) clocks.set(cellId(conflict), 'notion')
      }
    }
  } catch (error) {
    // A base that does not know the formula leaves the question to a person.
    if (!isFailure(error, 'invalid')) throw error
  }
  return clocks
}
