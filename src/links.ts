/**
 * What lines of links need to know beyond their own two tables: which sync maps the tables that they point to, its
 * pairs as they were last recorded, and the titles that stand for links in a text. It reads, and decides nothing.
 */

import { readColumn } from './airtable/fields.ts'
import { type AirtableTable, airtableTable, type TableSchema } from './airtable/table.ts'
import type { Input as Binding } from './config/lines.ts'
import type { Mappings, SyncConfig } from './config/schema.ts'
import type { Column, Field, Page, Pair, Row, SchemaColumn, Side } from './core/model.ts'
import { own } from './core/planning.ts'
import { twinsOf, withoutTwins } from './core/twins.ts'
import { linksIn, show } from './core/value.ts'
import { type NotionTable, notionId } from './notion/table.ts'
import type { Services } from './open.ts'
import type { State } from './state/schema.ts'

type OtherSync = {
  readonly name: string
  readonly config: SyncConfig
  readonly state: State | null
  /** The data source that its config means, if that is known. */
  readonly dataSource: string | undefined
}

/** The syncs of the file that a line of links may follow; none are read where no mapped column holds links. */
export async function linkableSyncs(
  input: { readonly name: string; readonly config: SyncConfig; readonly syncs: Mappings['syncs'] },
  columns: readonly SchemaColumn[],
  own: { readonly state: State | null; readonly dataSource: string },
  stateOf: (sync: string) => Promise<State | null>,
  sourceOf: (sync: SyncConfig) => Promise<string>,
): Promise<OtherSync[]> {
  const mapped = (column: SchemaColumn): boolean =>
    input.config.fields.some(line => line.airtable === column.name || line.airtable === column.id) ||
    own.state?.fields.some(field => field.airtable.id === column.id) === true
  if (!columns.some(column => column.shape?.is === 'links' && mapped(column))) return []
  const inBase = Object.entries(input.syncs).filter(([, config]) => config.airtable.base === input.config.airtable.base)
  return Promise.all(
    inBase.map(async ([name, config]) => {
      if (name === input.name) return { name, config, ...own }
      const state = await stateOf(name)
      // A sync that never ran: its config names a database, and a relation may name the data source in it.
      const dataSource = state?.belongs.dataSource ?? (await sourceOf(config).catch(() => undefined))
      return { name, config, state, dataSource }
    }),
  )
}

/** Finds the sync that maps two tables to each other; its tables are known by the config, and by what its state learned. */
export const linkedBy =
  (name: string, syncs: readonly OtherSync[]): Binding['linked'] =>
  tables => {
    const found = syncs.find(({ config, state, dataSource }) => {
      const calls = (side: Side, ...names: (string | undefined)[]) => names.some(id => id && tables[side].includes(id))
      return (
        calls('notion', notionId(config.notion.database), dataSource) &&
        calls('airtable', config.airtable.table, state?.belongs.tableId)
      )
    })
    if (found === undefined) return null
    return { sync: found.name, self: found.name === name, twins: twinsOf(found.state?.pairs ?? []) }
  }

/** The titles of records by their IDs: of pairs as recorded, and of whole tables whose titles stand in a text. */
export async function readTitles(
  fields: readonly Field[],
  syncs: readonly OtherSync[],
  services: Services,
  notion: NotionTable,
  where: { readonly base: string; readonly tables: readonly TableSchema[] },
): Promise<ReadonlyMap<string, string>> {
  const known = syncs.flatMap(({ state }) =>
    (state?.pairs ?? []).flatMap(({ page, row, title }) => [[page, title] as const, [row, title] as const]),
  )
  const tables = (side: Side) => [...new Set(fields.flatMap(field => tableShown(field[side]) ?? []))]
  const read = await Promise.all([
    ...tables('notion').map(async id => (await notion.titles(id)) ?? new Map<string, string>()),
    ...tables('airtable').map(id =>
      rowTitles(airtableTable(services.airtable, { base: where.base, id }), where.tables),
    ),
  ])
  return new Map([...known, ...read.flatMap(titles => [...titles])])
}

const tableShown = (column: Column): string | undefined =>
  column.shows?.is === 'links' ? column.shows.table[0] : undefined

async function rowTitles(table: AirtableTable, tables: readonly TableSchema[]): Promise<Map<string, string>> {
  const schema = tables.find(candidate => candidate.id === table.id)
  const primary = schema?.columns.find(column => column.id === schema.primary)
  if (primary === undefined || primary.shape === null) return new Map()
  const column: Column = { ...primary, shape: primary.shape }
  return new Map(
    (await table.read([column.id])).map(row => {
      const read = readColumn(row, column)
      return [row.id, 'value' in read && read.value !== null ? show(read.value) : '']
    }),
  )
}

/**
 * A relation whose database is not shared reads as empty. The pages that seem to have been emptied, as Notion tells it;
 * their relation is unreadable where the database turns out not to be shared. Asked only where something was there.
 */
export async function doubtEmptyRelations(
  fields: readonly Field[],
  seen: { readonly pages: readonly Page[]; readonly rows: readonly Row[]; readonly pairs: readonly Pair[] },
  notion: NotionTable,
): Promise<readonly Page[]> {
  const pairs = new Map(seen.pairs.map(pair => [pair.page, pair]))
  const rows = new Map(seen.rows.map(row => [row.id, row]))
  const hidden: Field[] = []
  /** Whether a page shows nothing where its row, or what was agreed on, says that something should be. */
  const isEmptied = (page: Page, { key }: Field): boolean => {
    if (own(page.values, key) != null) return false
    const pair = pairs.get(page.id)
    if (pair === undefined) return seen.rows.some(row => own(row.values, key) != null)
    return (own(pair.base, key)?.notion ?? own(rows.get(pair.row)?.values ?? {}, key)) != null
  }
  for (const field of fields) {
    const { is } = field.notion.shows ?? field.notion.shape
    const source =
      tableShown(field.notion) ?? (field.notion.shape.is === 'links' ? field.notion.shape.table[0] : undefined)
    if (is !== 'links' || source === undefined) continue
    if (seen.pages.some(page => isEmptied(page, field)) && !(await notion.isShared(source))) hidden.push(field)
  }
  if (hidden.length === 0) return seen.pages
  return seen.pages.map(page => {
    const doubted = hidden.filter(field => isEmptied(page, field))
    const why = (field: Field) =>
      `Notion shows "${field.notion.name}" as empty because the database that it points to is not shared with the integration. Open that database, choose ••• → Connections, and add the integration.`
    return {
      ...page,
      unreadable: { ...page.unreadable, ...Object.fromEntries(doubted.map(field => [field.key, why(field)])) },
    }
  })
}

/**
 * A link vanishes by itself when its record is deleted, which the sync of that table may not have seen yet: it ran
 * earlier, or not at all. The fields, without the twins of such records, so that nothing is cleared on the other side.
 * Asked only about links that were agreed on and stand on one side no more.
 */
export async function doubtVanishedLinks(
  fields: readonly Field[],
  seen: { readonly pages: readonly Page[]; readonly rows: readonly Row[]; readonly pairs: readonly Pair[] },
  services: Services,
  notion: NotionTable,
  where: { readonly base: string; readonly tables: readonly TableSchema[] },
): Promise<readonly Field[]> {
  const records = {
    notion: new Map(seen.pages.map(page => [page.id, page.values])),
    airtable: new Map(seen.rows.map(row => [row.id, row.values])),
  }
  const vanished = (field: Field, side: Side): string[] => {
    const twins = field.links?.twins[side === 'notion' ? 'rows' : 'pages']
    const ids = seen.pairs.flatMap(pair => {
      const values = records[side].get(side === 'notion' ? pair.page : pair.row)
      const base = own(pair.base, field.key)
      if (values === undefined || base === undefined) return []
      const now = new Set(linksIn(own(values, field.key) ?? null).map(({ id }) => id))
      return linksIn(base[side]).flatMap(({ id }) => (now.has(id) || twins?.has(id) !== true ? [] : [id]))
    })
    return [...new Set(ids)]
  }
  return Promise.all(
    fields.map(async field => {
      const { links, notion: property, airtable: column } = field
      if (links === undefined || links.self || property.shape.is !== 'links' || column.shape.is !== 'links')
        return field
      const [pages, rows] = [vanished(field, 'notion'), vanished(field, 'airtable')]
      const [table = ''] = column.shape.table
      const primary = where.tables.find(({ id }) => id === table)?.primary ?? ''
      const fates = [
        ...(pages.length === 0 ? [] : await notion.lookUp(pages, property.shape.table[0])),
        ...(rows.length === 0
          ? []
          : await airtableTable(services.airtable, { base: where.base, id: table }).lookUp(rows, primary)),
      ]
      const gone = new Set(fates.flatMap(([id, fate]) => (fate === 'alive' ? [] : [id])))
      return gone.size === 0 ? field : { ...field, links: { ...links, twins: withoutTwins(links.twins, gone) } }
    }),
  )
}
