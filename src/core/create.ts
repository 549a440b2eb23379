/** New twins: what of a page goes into a row that is made for it. */
import { canWrite } from './decide.ts'
import type { Change, Page } from './model.ts'
import type { Run } from './planning.ts'
import { convert, normal } from './value.ts'

/** A row for a page, with every mapped field that holds a value and can be written. */
export function planCreateRow(run: Run, page: Page): void {
  const { settings, seen, draft } = run
  const where = { page: page.id, row: null, title: page.title }
  const changes: Change[] = []
  for (const field of settings.fields) {
    const unreadable = page.unreadable[field.key]
    const value = normal(page.values[field.key])
    if (unreadable !== undefined) {
      draft.problems.push({ code: 'unreadable', ...where, field: field.key, message: unreadable })
    } else if (value !== null && canWrite(field, 'airtable')) {
      const converted = convert(field, 'notion', value, null, seen.people.airtable)
      if ('refused' in converted) {
        draft.problems.push({
          code: 'cannot-convert',
          ...where,
          field: field.key,
          notion: value,
          airtable: null,
          message: `Airtable cannot take the value: ${converted.refused}.`,
        })
      } else {
        const newOptions = converted.newOptions ?? []
        changes.push({
          field: field.key,
          side: 'airtable',
          from: null,
          to: converted.value,
          why: 'created',
          ...(newOptions.length > 0 ? { newOptions } : {}),
        })
      }
    }
  }
  draft.steps.push({ do: 'create-row', page: page.id, title: page.title, changes })
}
