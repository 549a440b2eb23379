/**
 * The columns of a data source: adding and dropping one, what each type is configured with, the two sides of a dual
 * relation. Values are the business of values.ts and relations.ts, how a column is shown that of render.ts.
 */
import { relatedSource, syncedColumn } from './relations.ts'
import {
  type DataSource,
  findProperty,
  hash,
  type Json,
  nextId,
  type Page,
  type Property,
  type State,
  toId,
} from './state.ts'
import { emptyValue, newOption } from './values.ts'

export type SeedProperty = {
  type: string
  id?: string
  options?: string[]
  /** status: the option that an empty value becomes (the first, unless told; null for none) */
  default?: string | null
  /** number */
  format?: string
  /** unique_id */
  prefix?: string
  /** relation: the id or the title of the related data source (its own, unless told) */
  dataSource?: string
  /** relation: the name of the column on the other side, or true for the name that the service would give it */
  dual?: string | true
  /** rollup: the column of the relation (the first, unless told) and the one over there (the title, unless told) */
  relation?: string
  property?: string
  /** rollup: show_original, unless told */
  function?: string
  /** formula: the type of its results, which shows while there is none (string, unless told) */
  result?: 'string' | 'number' | 'boolean' | 'date'
  [key: string]: unknown
}

/** Adds a column, and its empty value to every page. */
export function addProperty(state: State, source: DataSource, name: string, spec: SeedProperty): Property {
  const { type, id, options = [], default: preset, ...rest } = spec
  const property: Property = {
    id: ownId(source, type) ?? id ?? propertyId(state, source),
    name,
    type,
    options: [],
    groups: [],
    defaultOption: null,
    config: configOf(source, type, rest),
  }
  for (const option of options) property.options.push(newOption(state, property, option))
  if (type === 'status') setStatus(state, property, preset)
  source.properties.push(property)
  for (const page of pagesOf(state, source)) page.values[property.id] = firstValue(source, property)
  return property
}

/** Some columns have an id of their own instead of a random one. */
function ownId(source: DataSource, type: string): string | undefined {
  if (type === 'title') return 'title'
  const id = 'verification'
  return type === id && findProperty(source.properties, id)?.id !== id ? id : undefined
}

/** Types that nothing can be configured of. A type that is in no list is one of the future: it shows what it was given. */
const UNCONFIGURED: readonly string[] = [
  'title',
  'rich_text',
  'select',
  'multi_select',
  'status',
  'date',
  'people',
  'files',
  'checkbox',
  'url',
  'email',
  'phone_number',
  'created_time',
  'created_by',
  'last_edited_time',
  'last_edited_by',
  'verification',
  'place',
  'button',
]

function configOf(source: DataSource, type: string, rest: Record<string, unknown>): { [key: string]: Json } {
  const text = (key: string, otherwise: string): string => {
    const given = rest[key]
    return typeof given === 'string' ? given : otherwise
  }
  switch (type) {
    case 'number':
      return { format: text('format', 'number') }
    case 'unique_id':
      return { prefix: text('prefix', '') || null }
    case 'formula':
      return { expression: text('expression', ''), result: text('result', 'string') }
    case 'relation':
      return { data_source_id: text('dataSource', source.id), dual: (rest.dual ?? null) as Json }
    case 'rollup':
      return {
        relation: text('relation', ''),
        property: text('property', ''),
        function: text('function', 'show_original'),
      }
    default:
      return UNCONFIGURED.includes(type) ? {} : (structuredClone(rest) as { [key: string]: Json })
  }
}

/** Replaces what a relation or rollup was given (titles, names) by the ids of what they mean. */
export function linkProperty(state: State, source: DataSource, property: Property): void {
  if (property.type === 'relation') linkRelation(state, source, property)
  if (property.type === 'rollup') linkRollup(state, source, property)
}

function linkRelation(state: State, source: DataSource, property: Property): void {
  const { data_source_id, dual } = property.config
  if (dual === undefined) return
  const wanted = String(data_source_id)
  const id = toId(wanted)
  const target = Object.values(state.dataSources).find(
    each => each.id === id || each.database === id || each.title === wanted,
  )
  if (target === undefined) throw new Error(`${property.name} relates to ${wanted}, which is no data source`)
  property.config = { data_source_id: target.id, synced: null }
  if (dual === null || dual === false) return
  const name = typeof dual === 'string' ? dual : `Related to ${source.title} (${property.name})`
  const known = target.properties.find(each => each.name === name)
  const other = known ?? addProperty(state, target, name, { type: 'relation' })
  if (other.type !== 'relation') throw new Error(`${name} is no relation, so it cannot be the other side of one`)
  other.config = { data_source_id: source.id, synced: property.id }
  property.config = { data_source_id: target.id, synced: other.id }
}

function linkRollup(state: State, source: DataSource, property: Property): void {
  const { relation, property: over } = property.config
  const column =
    findProperty(source.properties, String(relation)) ??
    (relation === '' ? source.properties.find(each => each.type === 'relation') : undefined)
  if (relation !== '' && column?.type !== 'relation') throw new Error(`${relation} is no relation of ${source.title}`)
  const target = column && relatedSource(state, column)
  const rolled = findProperty(target?.properties ?? [], String(over)) ?? findProperty(target?.properties ?? [], 'title')
  property.config = { ...property.config, relation: column?.id ?? '', property: rolled?.id ?? '' }
}

/**
 * Short and awkward on purpose, like those of the service: an id that is not URL-encoded does not survive a path.
 * A column that is dropped and added again gets another.
 */
function propertyId(state: State, source: DataSource): string {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:;<=>@[]^`{|}~?'
  for (;;) {
    let rest = hash(nextId(state))
    let id = ''
    for (let index = 0; index < 4; index += 1) {
      id += letters[rest % letters.length]
      rest = Math.floor(rest / letters.length)
    }
    if (findProperty(source.properties, id) === undefined) return id
  }
}

function setStatus(state: State, property: Property, preset: string | null | undefined): void {
  const last = property.options.length - 1
  const groups = [
    { name: 'To-do', color: 'gray', holds: (index: number) => index === 0 },
    { name: 'In progress', color: 'blue', holds: (index: number) => index > 0 && index < last },
    { name: 'Complete', color: 'green', holds: (index: number) => index > 0 && index === last },
  ]
  property.groups = groups.map(({ name, color, holds }) => ({
    id: nextId(state),
    name,
    color,
    option_ids: property.options.filter((_, index) => holds(index)).map(option => option.id),
  }))
  if (preset === null) return
  const option = property.options.find(each => each.name === preset) ?? property.options[0]
  property.defaultOption = option?.id ?? null
}

/** What a row that is new in a data source holds: its next number, for a unique_id. */
export function firstValue(source: DataSource, property: Property): Json {
  if (property.type !== 'unique_id') return emptyValue(property)
  source.lastUniqueId += 1
  return source.lastUniqueId
}

/** Drops a column. The other side of a dual relation stays, as a relation of one side. */
export function dropProperty(state: State, source: DataSource, property: Property): void {
  const other = syncedColumn(state, property)
  if (other !== undefined) other.config = { ...other.config, synced: null }
  source.properties = source.properties.filter(each => each !== property)
  for (const page of pagesOf(state, source)) delete page.values[property.id]
}

export const pagesOf = (state: State, source: DataSource): Page[] =>
  Object.values(state.pages).filter(page => page.dataSource === source.id)
