/** New twins: what of a page goes into a row that is made for it, and the other way round. */

import { cannotTake, convert } from './convert.ts'
import { canWrite } from './decide.ts'
import { type Change, other, type Page, type Row, type Side } from './model.ts'
import { own, type Run } from './planning.ts'
import { normal } from './value.ts'

/** A row for a page, with every mapped field that holds a value and can be written. */
export function planCreateRow(run: Run, page: Page): void {
  const changes = cellsFor(run, 'airtable', page, { page: page.id, row: null })
  run.draft.steps.push({ do: 'create-row', page: page.id, title: page.title, changes })
}

/** A page for a row, likewise. A row without any mapped value is one that somebody just added: it waits. */
export function planCreatePage(run: Run, row: Row): void {
  const changes = cellsFor(run, 'notion', row, { page: null, row: row.id })
  const where = { page: null, row: row.id, title: row.title }
  if (changes.length === 0)
    run.draft.unmatched.push({ ...where, text: 'an empty row; it gets its page once it holds something' })
  else run.draft.steps.push({ do: 'create-page', row: row.id, title: row.title, changes })
}

function cellsFor(
  run: Run,
  side: Side,
  source: Page | Row,
  where: { page: string | null; row: string | null },
): Change[] {
  const { settings, seen, draft } = run
  return settings.fields.flatMap((field): Change[] => {
    const problem = { ...where, title: source.title, field: field.key, notion: null, airtable: null }
    const unreadable = own(source.unreadable, field.key)
    if (unreadable !== undefined) {
      draft.problems.push({ code: 'unreadable', ...problem, message: unreadable })
      return []
    }
    const value = normal(own(source.values, field.key))
    if (value === null || !canWrite(field, side)) return []
    const converted = convert(field, other(side), value, null, seen.people[side])
    if ('refused' in converted) {
      const message = cannotTake(field[side], converted.refused)
      draft.problems.push({ code: 'cannot-convert', ...problem, [other(side)]: value, message })
      return []
    }
    const newOptions = converted.newOptions ?? []
    const options = newOptions.length > 0 ? { newOptions } : {}
    return [{ field: field.key, side, from: null, to: converted.value, source: value, why: 'created', ...options }]
  })
}
