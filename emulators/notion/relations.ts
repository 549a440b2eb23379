/**
 * The values of relations: what the bot may see of one, and how the other side of a dual relation follows.
 */
import {
  type DataSource,
  type HiddenRelations,
  isShared,
  isTrashed,
  type Json,
  type Page,
  type Property,
  propertiesOf,
  type State,
} from './state.ts'

/** The data source that a relation points to. */
export const relatedSource = (state: State, property: Property): DataSource | undefined =>
  state.dataSources[String(property.config.data_source_id)]

/** The column on the other side of a dual relation. */
export function syncedColumn(state: State, property: Property): Property | undefined {
  const { synced } = property.config
  if (property.type !== 'relation' || typeof synced !== 'string') return undefined
  return relatedSource(state, property)?.properties.find(each => each.id === synced)
}

/** What has become of a relation to a data source that is not shared, or undefined where it is. */
export function hiddenRelation(state: State, property: Property): HiddenRelations | undefined {
  const target = relatedSource(state, property)
  if (property.type !== 'relation' || target === undefined || isShared(state, target.id)) return undefined
  return state.unshared[target.id] ?? state.unshared[target.database] ?? 'omitted'
}

/** The related pages that the bot may see, trashed ones among them where the service keeps those. */
export function visibleRelated(
  state: State,
  property: Property,
  value: Json | undefined,
  keepsTrashed = true,
): string[] {
  if (hiddenRelation(state, property) !== undefined) return []
  return idsIn(value).filter(id => {
    const page = state.pages[id]
    if (page === undefined || page.dataSource !== property.config.data_source_id || !isShared(state, id)) return false
    return keepsTrashed || !isTrashed(state, page)
  })
}

/**
 * Sets values of a page by property id. The other side of a dual relation follows; whether that counts as an edit of
 * the pages over there is not known, so their times stay.
 */
export function setValues(state: State, page: Page, values: { [property: string]: Json }): void {
  for (const property of propertiesOf(state, page)) {
    const value = values[property.id]
    if (value === undefined) continue
    const before = idsIn(page.values[property.id])
    page.values[property.id] = value
    const other = syncedColumn(state, property)
    if (other === undefined) continue
    const after = idsIn(value)
    for (const id of before.filter(each => !after.includes(each))) relate(state, id, other, page.id, false)
    for (const id of after.filter(each => !before.includes(each))) relate(state, id, other, page.id, true)
  }
}

/** Takes a page out of the dual relations that it is in, on both sides. */
export function unrelate(state: State, page: Page): void {
  for (const property of propertiesOf(state, page)) {
    if (syncedColumn(state, property) !== undefined) setValues(state, page, { [property.id]: [] })
  }
}

function relate(state: State, id: string, property: Property, to: string, related: boolean): void {
  const page = state.pages[id]
  if (page === undefined) return
  const others = idsIn(page.values[property.id]).filter(each => each !== to)
  page.values[property.id] = related ? [...others, to] : others
}

const idsIn = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter(each => typeof each === 'string') : []
