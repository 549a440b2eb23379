/**
 * Reading for one sync: the state, both schemas and both sides, as much as possible at the same time. It ends with
 * everything that the plan is made from; it writes nothing and decides nothing.
 */
import type { AirtableClient } from './airtable/client.ts'
import { type AirtableTable, airtableTable, findTable, type RawRow, toRow } from './airtable/table.ts'
import { type Bound, bind } from './config/bind.ts'
import type { Loaded } from './config/load.ts'
import type { SyncConfig } from './config/schema.ts'
import type { Fate, Page, Person, Row } from './core/model.ts'
import { followOptions } from './core/options.ts'
import { missing } from './core/plan.ts'
import { UserError } from './errors.ts'
import type { NotionClient } from './notion/client.ts'
import { findDataSource, type NotionTable, notionId, notionTable, type RawPage, toPage } from './notion/table.ts'
import type { Belongs, State } from './state/schema.ts'

export type Services = { readonly notion: NotionClient; readonly airtable: AirtableClient }

export type Reading = {
  readonly bound: Bound
  readonly belongs: Belongs
  readonly notion: NotionTable
  readonly airtable: AirtableTable
  readonly pages: readonly Page[]
  readonly rows: readonly Row[]
  readonly fates: ReadonlyMap<string, Fate>
  /** Rows outside the view or filter that carry the ID of a page that has no row inside. */
  readonly hidden: readonly Row[]
  /** The state, with options by the names that they have now. */
  readonly state: State | null
  /** When the reading of the older side began (ms). */
  readonly at: number
  readonly toPage: (raw: RawPage) => Page
  readonly toRow: (raw: RawRow) => Row
  /** All members that Notion knows; asked at most once a run, and only where somebody must be found. */
  readonly members: () => Promise<readonly Person[]>
}

type Input = {
  readonly name: string
  readonly config: SyncConfig
  readonly place: Loaded['place']
  readonly services: Services
  readonly repository: string
  readonly state: Promise<State | null>
  readonly force: boolean
  readonly now: () => number
  readonly warn: (message: string, place?: ReturnType<Loaded['place']>) => void
}

/** Reads everything, or throws a UserError with all that does not fit. */
export async function readSync(input: Input): Promise<Reading> {
  const { config, services } = input
  const configured = notionId(config.notion.database)
  const at = input.now()

  const [notionSide, table, state] = await Promise.all([
    openNotion(input, configured),
    findTable(
      services.airtable,
      config.airtable.base,
      config.airtable.table,
      input.state.then(known => known?.belongs ?? null),
    ),
    input.state,
  ])
  const belongs: Belongs = {
    repository: input.repository,
    notion: configured,
    dataSource: notionSide.table.dataSource,
    base: config.airtable.base,
    table: config.airtable.table,
    tableId: table.id,
  }
  if (state !== null && !input.force) checkIdentity(state.belongs, belongs)
  if (table.renamedTo !== undefined) {
    input.warn(
      `The Airtable table "${config.airtable.table}" is called "${table.renamedTo}" now; it is followed by its ID. Change the name here.`,
      input.place(['syncs', input.name, 'airtable', 'table']),
    )
  }

  const bound = bind({
    name: input.name,
    config,
    place: input.place,
    columns: { notion: notionSide.columns, airtable: table.columns },
    learned: state?.fields ?? [],
    ownFields: state?.ownFields ?? {},
  })
  for (const warning of bound.warnings) input.warn(warning.message, warning.place)
  const { fields } = bound.settings
  const airtable = airtableTable(services.airtable, {
    base: config.airtable.base,
    id: table.id,
    view: config.airtable.view,
    filter: formulaById(config.airtable.filter, state),
  })
  const properties = [...new Set(['title', ...fields.map(field => field.notion.id)])].filter(id => !id.startsWith('$'))
  const columns = [...new Set([bound.pageIdField.id, ...fields.map(field => field.airtable.id)])].filter(
    id => !id.startsWith('$'),
  )
  const [rawPages, rawRows] = await Promise.all([notionSide.pages(properties), airtable.read(columns)])

  const people = new Map<string, Person>()
  let asked: Promise<readonly Person[]> | undefined
  const members = () => (asked ??= notionSide.table.people())
  if (rawPages.some(namesSomebodyByIdOnly)) for (const person of await members()) people.set(person.id ?? '', person)

  const titleField = fields.find(field => field.notion.type === 'title')?.airtable ?? null
  const pageOf = (raw: RawPage) => toPage(raw, fields, people)
  const rowOf = (raw: RawRow) =>
    toRow(raw, fields, { base: airtable.base, id: airtable.id }, bound.pageIdField.id, titleField)
  const known = state === null ? null : { ...state, ...followOptions(state, bound.renames) }
  const pages = rawPages.map(pageOf)
  const rows = rawRows.map(rowOf)

  const absent = missing(bound.settings, { pairs: known?.pairs ?? [], pages, rows })
  const scoped = config.airtable.view !== undefined || config.airtable.filter !== undefined
  const [pageFates, rowFates, hidden] = await Promise.all([
    notionSide.table.lookUp(absent.pages),
    absent.rows.length === 0 ? new Map<string, Fate>() : airtable.lookUp(absent.rows, bound.pageIdField.id),
    scoped ? airtable.withPageIds(absent.twinless, bound.pageIdField.id, columns) : [],
  ])
  return {
    bound,
    belongs,
    notion: notionSide.table,
    airtable,
    pages,
    rows,
    fates: new Map([...pageFates, ...rowFates]),
    hidden: hidden.map(rowOf),
    state: known,
    at,
    toPage: pageOf,
    toRow: rowOf,
    members,
  }
}

/** The data source, its columns, and its pages, which are asked for at once where the state knows what to ask. */
async function openNotion(input: Input, configured: string) {
  const state = await input.state
  const known = state !== null && state.belongs.notion === configured
  const dataSource = known
    ? state.belongs.dataSource
    : await findDataSource(input.services.notion, input.config.notion.database)
  const table = notionTable(input.services.notion, dataSource, byId(input.config.notion.filter, state))
  const expected = known ? learnedProperties(input.config, state) : null
  // The answer is only used if the schema, once it is there, asks for the same properties.
  const early = expected === null ? null : table.read(expected)
  early?.catch(() => {})
  const columns = await table.columns()
  const pages = async (properties: readonly string[]): Promise<RawPage[]> => {
    const usable = early !== null && expected !== null && sameSet(expected, properties)
    return usable ? early : table.read(properties)
  }
  return { table, columns, pages }
}

/** The filter with mapped properties named by ID, so that it survives a rename as the mapping does. */
function byId(filter: Record<string, unknown> | undefined, state: State | null): Record<string, unknown> | undefined {
  const ids = new Map(state?.fields.map(field => [field.notion.name, field.notion.id]))
  const follow = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(follow)
    if (typeof node !== 'object' || node === null) return node
    return Object.fromEntries(
      Object.entries(node).map(([key, item]) =>
        key === 'property' && typeof item === 'string' ? [key, ids.get(item) ?? item] : [key, follow(item)],
      ),
    )
  }
  return filter === undefined ? undefined : (follow(filter) as Record<string, unknown>)
}

/** The same for Airtable's formula: {Name} becomes {fld…}. */
function formulaById(formula: string | undefined, state: State | null): string | undefined {
  return (
    state?.fields.reduce<string | undefined>(
      (text, { airtable }) => text?.replaceAll(`{${airtable.name}}`, `{${airtable.id}}`),
      formula,
    ) ?? formula
  )
}

/** The property IDs of the mapped lines, if the state has learned them all. */
function learnedProperties(config: SyncConfig, state: State): string[] | null {
  const ids = config.fields.map(
    line =>
      state.fields.find(known => known.notion.name === line.notion && known.airtable.name === line.airtable)?.notion.id,
  )
  if (ids.some(id => id === undefined)) return null
  return [...new Set(['title', ...ids.flatMap(id => (id === undefined ? [] : [id]))])].filter(id => !id.startsWith('$'))
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && new Set([...a, ...b]).size === a.length

function checkIdentity(before: Belongs, now: Belongs): void {
  const names: Record<string, string> = {
    repository: 'repository',
    dataSource: 'Notion data source',
    base: 'Airtable base',
    tableId: 'Airtable table',
  }
  const differs = Object.entries(names).filter(([key]) => before[key as keyof Belongs] !== now[key as keyof Belongs])
  if (differs.length === 0) return
  const list = differs
    .map(([key, name]) => `${name} ${before[key as keyof Belongs]}, not ${now[key as keyof Belongs]}`)
    .join('; ')
  throw new UserError(
    `The state belongs to another place: ${list}. Nothing was written. If this repository is a copy, give it a database and a base of its own and delete the state folder. If you moved on purpose, run once with "force: true".`,
    'guard',
  )
}

function namesSomebodyByIdOnly(page: RawPage): boolean {
  return Object.values(page.properties).some(
    property =>
      property.type === 'people' && property.people.some(person => !('name' in person) || person.name === undefined),
  )
}
