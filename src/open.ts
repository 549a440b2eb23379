/**
 * Opening both sides of a sync: where they are, what columns they have, and their records. What the state has learned
 * is used to ask for schema and records at the same time; the answer counts only if it fits the schema.
 */

import type { AirtableClient } from './airtable/client.ts'
import {
  type AirtableTable,
  airtableTable,
  findTable,
  instead,
  type RawRow,
  type TableSchema,
} from './airtable/table.ts'
import type { Loaded } from './config/load.ts'
import type { SyncConfig } from './config/schema.ts'
import type { SchemaColumn } from './core/model.ts'
import { isFailure, UserError } from './errors.ts'
import type { NotionClient } from './notion/client.ts'
import { findDataSource, type NotionTable, notionTable, type RawPage } from './notion/table.ts'
import type { State } from './state/schema.ts'

export type Services = {
  readonly notion: NotionClient
  readonly airtable: AirtableClient
  /** The schema of the sync's base, asked for once a run. */
  readonly tables: () => Promise<readonly TableSchema[]>
}

type Input = {
  readonly name: string
  readonly config: SyncConfig
  readonly place: Loaded['place']
  readonly services: Services
  readonly state: Promise<State | null>
}

export type OpenSide<Table, Raw> = {
  readonly table: Table
  readonly columns: readonly SchemaColumn[]
  /** All records, with just these columns. */
  readonly records: (ids: readonly string[]) => Promise<Raw[]>
  /** All tables of the base, on Airtable's side. */
  readonly tables?: readonly TableSchema[]
  /** The name that the table has now, where the config names another. */
  readonly renamedTo?: string
}

/** Says a complaint at the line of the mapping that it is about. */
const complainAt =
  ({ name, place }: Input, ...path: string[]) =>
  (error: unknown): never => {
    if (!(error instanceof UserError)) throw error
    const here = place(['syncs', name, ...path])
    throw new UserError(
      error.complaints.map(complaint => ({ place: here, ...complaint })),
      error.kind,
    )
  }

/** Where a service refuses to list the records, it is for what the mapping narrows them by. */
const whenRefused = (input: Input, service: 'notion' | 'airtable', missingView?: () => UserError | null) => {
  return (error: unknown): never => {
    if (!isFailure(error, 'invalid', 'not-found')) throw error
    const missing = missingView?.() ?? null
    if (missing !== null) return complainAt(input, service, 'view')(missing)
    if (error.failure !== 'invalid' || input.config[service].filter === undefined) throw error
    return complainAt(input, service, 'filter')(new UserError(`The filter is refused. ${error.message}`, 'access'))
  }
}

/** The record's own attributes come with every answer and cannot be asked for. */
const asked = (ids: readonly (string | undefined)[]): string[] =>
  [...new Set(ids)].flatMap(id => (id === undefined || id.startsWith('$') ? [] : [id]))

/** The property IDs to ask for; the title is always wanted, to name records. */
export const notionIds = (ids: readonly (string | undefined)[]): string[] => asked(['title', ...ids])
export const airtableIds = asked

export async function openNotion(input: Input, configured: string): Promise<OpenSide<NotionTable, RawPage>> {
  const { config, services, state } = input
  const known = await state
  const learned = known !== null && known.belongs.notion === configured ? known : null
  const dataSource =
    learned?.belongs.dataSource ??
    (await findDataSource(services.notion, config.notion.database).catch(complainAt(input, 'notion', 'database')))
  const table = notionTable(services.notion, dataSource, byId(config.notion.filter, learned))
  const ids = learned === null ? null : notionIds(learnedLines(config, learned).map(line => line?.notion.id))
  const early = learned !== null && knowsAllLines(config, learned) && ids !== null ? startEarly(ids, table.read) : null
  return {
    table,
    columns: await table.columns().catch(complainAt(input, 'notion', 'database')),
    records: wanted => (early?.(wanted) ?? table.read(wanted)).catch(whenRefused(input, 'notion')),
  }
}

export async function openAirtable(input: Input): Promise<OpenSide<AirtableTable, RawRow>> {
  const { config, services, state } = input
  const { base, table: name, view } = config.airtable
  const tableAt = (id: string, known: State | null) =>
    airtableTable(services.airtable, { base, id, view, filter: formulaById(config.airtable.filter, known) })
  const learned = state.then(known =>
    known !== null && known.belongs.base === base && known.belongs.table === name ? known : null,
  )
  const fromState = learned.then(known => {
    const pageIdField = known?.ownFields.page_id_field
    if (known === null || pageIdField?.name !== config.airtable.page_id_field || !knowsAllLines(config, known))
      return null
    const ids = airtableIds([pageIdField.id, ...learnedLines(config, known).map(line => line?.airtable.id)])
    return startEarly(ids, tableAt(known.belongs.tableId, known).read)
  })
  // Whoever waits for the state tells of its error; here it must only not go unheard.
  fromState.catch(() => {})
  const [found, known] = await Promise.all([
    findTable(
      services.tables().catch(complainAt(input, 'airtable', 'base')),
      base,
      name,
      learned.then(before => before?.belongs ?? null),
    ).catch(complainAt(input, 'airtable', 'table')),
    state,
  ])
  const table = tableAt(found.id, known?.belongs.tableId === found.id ? known : null)
  // On a first run the config's names and the schema tell what will be asked for, before Notion is heard of.
  const named = [config.airtable.page_id_field, ...config.fields.map(line => line.airtable)].map(
    column =>
      found.columns.find(candidate => candidate.name === column)?.id ?? (column.startsWith('$') ? column : undefined),
  )
  const early = (await fromState) ?? (named.includes(undefined) ? null : startEarly(airtableIds(named), table.read))
  const missingView = (): UserError | null =>
    view === undefined || found.views.some(({ id, name: called }) => id === view || called === view)
      ? null
      : new UserError(`The table "${name}" has no view ${instead(view, found.views)}`)
  return {
    ...found,
    table,
    records: wanted => (early?.(wanted) ?? table.read(wanted)).catch(whenRefused(input, 'airtable', missingView)),
  }
}

/** Starts reading before it is known that this is what will be wanted; answers null where it was not. */
function startEarly<Raw>(
  ids: readonly string[],
  read: (ids: readonly string[]) => Promise<Raw[]>,
): (wanted: readonly string[]) => Promise<Raw[]> | null {
  const reading = read(ids)
  reading.catch(() => {})
  return wanted => (wanted.length === ids.length && wanted.every(id => ids.includes(id)) ? reading : null)
}

/** What the state has learned of each line of the config. */
const learnedLines = (config: SyncConfig, state: State): (State['fields'][number] | undefined)[] =>
  config.fields.map(line =>
    state.fields.find(known => known.notion.name === line.notion && known.airtable.name === line.airtable),
  )
const knowsAllLines = (config: SyncConfig, state: State): boolean => !learnedLines(config, state).includes(undefined)

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
