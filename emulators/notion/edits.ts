/**
 * The changes of a page that the API and the person's hand have in common.
 */
import { firstValue } from './columns.ts'
import { setValues, unrelate } from './relations.ts'
import { floorMinute, type Json, type Page, type Property, propertiesOf, type State } from './state.ts'
import { emptyValue } from './values.ts'

/** Notes an edit. Times are cut to the minute, so two edits of a minute cannot be told apart. */
export function touch(page: Page, by: string, now: number): void {
  page.edited = Math.max(page.edited, floorMinute(now))
  page.editedBy = by
}

/** Into the trash or out of it. The service is not known to count this as an edit. */
export function setTrash(page: Page, inTrash: boolean, now: number): void {
  page.inTrash = inTrash
  page.trashedAt = inTrash ? now : -1
}

/** Where a page lies: in a data source, or below a page. */
export type Target = { dataSource: string | null; parentPage: string | null }

/** Moves a page: it keeps its id, and the values of the properties that the target has under the same name and type. */
export function moveTo(state: State, page: Page, target: Target): void {
  const before = propertiesOf(state, page)
  const old = { ...page.values }
  unrelate(state, page)
  Object.assign(page, target)
  page.values = {}
  const source = target.dataSource === null ? undefined : state.dataSources[target.dataSource]
  for (const property of propertiesOf(state, page)) {
    const same = before.find(
      each => each.type === property.type && (each.name === property.name || each.type === 'title'),
    )
    if (same !== undefined && property.type !== 'unique_id') {
      setValues(state, page, { [property.id]: carried(old[same.id] ?? null, same, property) })
    } else page.values[property.id] = source === undefined ? emptyValue(property) : firstValue(source, property)
  }
}

/** Options are found again by name: those of the old data source are not those of the new one. */
function carried(value: Json, from: Property, to: Property): Json {
  if (from.type === 'relation' && from.config.data_source_id !== to.config.data_source_id) return emptyValue(to)
  if (from.options.length === 0) return value
  const again = (id: Json): string | undefined => {
    const name = from.options.find(option => option.id === id)?.name
    return to.options.find(option => option.name === name)?.id
  }
  if (Array.isArray(value)) return value.map(again).filter(id => id !== undefined)
  return again(value) ?? emptyValue(to)
}
