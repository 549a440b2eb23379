/**
 * One table of Airtable: finding it, its columns, reading it whole, looking up what is missing, writing rows in
 * batches. It decides nothing. Field IDs are used everywhere, so that a rename does not matter.
 */
import { z } from 'zod'
import type { Column, Fate, Field, Row, SchemaColumn } from '../core/model.ts'
import type { Value } from '../core/shape.ts'
import { shownAs } from '../core/twins.ts'
import { nearest, normal } from '../core/value.ts'
import { isFailure, ServiceError, UserError } from '../errors.ts'
import type { AirtableClient } from './client.ts'
import { type AirtableRecord, airtableField, airtableRecord, columnsOf, readColumn } from './fields.ts'

export type RawRow = AirtableRecord

/** One row to write; `id` null makes it, or finds it again by the page ID in `fields`. */
export type RowWrite = { readonly id: string | null; readonly fields: Readonly<Record<string, unknown>> }

export type AirtableTable = {
  readonly base: string
  readonly id: string
  /** Every row of the view and filter. Only the given fields are asked for. */
  readonly read: (fields: readonly string[]) => Promise<RawRow[]>
  /** The rows with these IDs, wherever in the table they are; those that are gone are missing from the answer. */
  readonly rows: (ids: readonly string[], fields: readonly string[]) => Promise<RawRow[]>
  /** The rows, wherever in the table they are, whose page ID cell holds one of these. */
  readonly withPageIds: (ids: readonly string[], pageIdField: string, fields: readonly string[]) => Promise<RawRow[]>
  /** What became of rows. `field` is any one field ID: a list that asks for none returns them all. */
  readonly lookUp: (ids: readonly string[], field: string) => Promise<Map<string, Fate>>
  /** The IDs of the rows for which one of the conditions is true; `field` as in lookUp. */
  readonly filter: (conditions: readonly string[], field: string) => Promise<string[]>
  /** Writes at most ten rows, all or none; answers them as Airtable returns them, in order. `fresh` as in pace.ts. */
  readonly write: (
    rows: readonly RowWrite[],
    pageIdField: string,
    makesOptions: boolean,
    fresh?: () => boolean,
  ) => Promise<{ rows: RawRow[]; created: Set<string> }>
  readonly remove: (id: string, fresh?: () => boolean) => Promise<void>
}

/** Airtable writes at most ten records in one request (airtable.com/developers/web/api/update-multiple-records). */
export const BATCH = 10
/** No formula is longer: 499 comparisons of RECORD_ID(), some 16,000 characters, are known to work. */
const LONG_FORMULA = 13_000

const TOKEN_ADVICE =
  'Check the base ID, and that the token has access to this base and the scopes data.records:read, data.records:write and schema.bases:read (airtable.com/create/tokens).'

const schema = z.object({
  tables: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      primaryFieldId: z.string().optional(),
      fields: z.array(airtableField),
      views: z.array(z.object({ id: z.string(), name: z.string() })).optional(),
    }),
  ),
})
const list = z.object({ records: z.array(airtableRecord), offset: z.string().optional() })
const written = z.object({ records: z.array(airtableRecord), createdRecords: z.array(z.string()).optional() })

export type TableSchema = {
  readonly id: string
  readonly name: string
  /** ID of the field that names a record. */
  readonly primary: string
  readonly columns: readonly SchemaColumn[]
  readonly views: readonly { readonly id: string; readonly name: string }[]
}

/** All tables of a base, with their columns. Throws a UserError where the base is not there. */
export async function listTables(client: AirtableClient, base: string): Promise<TableSchema[]> {
  const answer = await client
    .ask({ method: 'GET', root: 'meta', path: `/bases/${base}/tables` })
    .catch((error: unknown) => {
      if (isFailure(error, 'forbidden', 'not-found')) {
        throw new UserError(`Airtable does not show the base ${base} to this token. ${TOKEN_ADVICE}`, 'access')
      }
      throw error
    })
  const { tables } = parse(schema, answer)
  return tables.map(({ id, name, primaryFieldId, fields, views = [] }) => ({
    id,
    name,
    primary: primaryFieldId ?? fields[0]?.id ?? '',
    columns: columnsOf(fields).map(column => named(column, tables)),
    views,
  }))
}

/** A column of links knows its table by name too, as a mapping may call it. */
function named(column: SchemaColumn, tables: readonly { id: string; name: string }[]): SchemaColumn {
  const { shape } = column
  if (shape?.is !== 'links') return column
  const names = tables.flatMap(table => (shape.table.includes(table.id) ? [table.name] : []))
  return { ...column, shape: { ...shape, table: [...shape.table, ...names] } }
}

export type FoundTable = Pick<TableSchema, 'id' | 'columns' | 'views'> & {
  readonly tables: readonly TableSchema[]
  /** The name that it has now, where the config names another. */
  readonly renamedTo?: string
}

/**
 * The table's ID and columns, by its name or ID; a table that was renamed is followed by the ID that the state
 * learned for that name. Throws a UserError where the base or the table is not there.
 */
export async function findTable(
  schema: Promise<readonly TableSchema[]>,
  base: string,
  table: string,
  learned: Promise<{ readonly base: string; readonly table: string; readonly tableId: string } | null>,
): Promise<FoundTable> {
  learned.catch(() => {})
  const tables = await schema
  const known = await learned
  const byId = tables.find(candidate => known?.base === base && known.table === table && candidate.id === known.tableId)
  const found = byId ?? tables.find(candidate => candidate.id === table || candidate.name === table)
  if (found === undefined) {
    throw new UserError(`The base ${base} has no table ${instead(table, tables)}`)
  }
  const renamed = found.name !== table && found.id !== table
  return {
    id: found.id,
    columns: found.columns,
    views: found.views,
    tables,
    ...(renamed ? { renamedTo: found.name } : {}),
  }
}

/** A name that is not there, the nearest that is, and all of them. */
export function instead(written: string, there: readonly { readonly name: string }[]): string {
  const names = there.map(({ name }) => name)
  const near = nearest(written, names)
  const hint = near === undefined ? '.' : `; did you mean "${near}"?`
  return `"${written}"${hint} It has: ${names.map(name => `"${name}"`).join(', ')}.`
}

export function airtableTable(
  client: AirtableClient,
  where: {
    readonly base: string
    readonly id: string
    readonly view?: string | undefined
    readonly filter?: string | undefined
  },
): AirtableTable {
  const path = `/${where.id}`
  const scope = {
    ...(where.view === undefined ? {} : { view: where.view }),
    ...(where.filter === undefined ? {} : { filterByFormula: where.filter }),
  }
  const readAll = (query: Record<string, unknown>) => readRecords(client, where.base, path, query)
  /** The rows for which one of the conditions is true. */
  const whereAny = async (conditions: readonly string[], fields: readonly string[]): Promise<RawRow[]> => {
    const found: RawRow[] = []
    for (const formula of anyOf(conditions))
      found.push(...(await readAll({ fields: [...fields], filterByFormula: formula })))
    return found
  }
  const rows = (ids: readonly string[], fields: readonly string[]) =>
    whereAny(
      ids.map(id => `RECORD_ID()='${id}'`),
      fields,
    )
  return {
    base: where.base,
    id: where.id,
    read: fields => readAll({ fields: [...fields], ...scope }),
    rows,
    // The ID may stand there with dashes or without, in capitals, alone or at the end of an address.
    withPageIds: (ids, pageIdField, fields) =>
      whereAny(
        ids.map(id => {
          const spellings = [id, id.toUpperCase()].flatMap(spelt => [spelt, spelt.replaceAll('-', '')])
          return `OR(${spellings.map(spelt => `FIND('${spelt}',{${pageIdField}})`).join(',')})`
        }),
        fields,
      ),
    lookUp: async (ids, field) => {
      const alive = new Set((await rows(ids, [field])).map(row => row.id))
      const scoped = where.view !== undefined || where.filter !== undefined
      return new Map(ids.map(id => [id, alive.has(id) ? (scoped ? 'out-of-scope' : 'alive') : 'deleted']))
    },
    filter: async (conditions, field) => (await whereAny(conditions, [field])).map(row => row.id),
    write: async (writes, pageIdField, makesOptions, fresh) => {
      const records = writes.map(row => (row.id === null ? { fields: row.fields } : { id: row.id, fields: row.fields }))
      const upserts = writes.some(row => row.id === null)
      const body = {
        records,
        returnFieldsByFieldId: true,
        ...(upserts ? { performUpsert: { fieldsToMergeOn: [pageIdField] } } : {}),
        ...(makesOptions ? { typecast: true } : {}),
      }
      const answer = await client.ask({ method: 'PATCH', root: where.base, path, body }, fresh)
      const parsed = parse(written, answer)
      return { rows: parsed.records, created: new Set(parsed.createdRecords ?? []) }
    },
    remove: async (id, fresh) => {
      const deletion = client.ask({ method: 'DELETE', root: where.base, path: `${path}/${id}` }, fresh)
      await deletion.catch(async (error: unknown) => {
        // Gone already: a repeat of a deletion whose answer was lost. Airtable may answer that as it forbids one.
        if (isFailure(error, 'not-found')) return
        if (!isFailure(error, 'forbidden') || (await rows([id], [])).length > 0) throw error
      })
    },
  }
}

/** Formulas of which one is true where one of the conditions is. */
function anyOf(conditions: readonly string[]): string[] {
  const parts: string[][] = []
  let room = 0
  for (const condition of conditions) {
    room -= condition.length + 1
    if (room < 0) {
      parts.push([])
      room = LONG_FORMULA - condition.length
    }
    parts.at(-1)?.push(condition)
  }
  return parts.map(part => (part.length > 1 ? `OR(${part.join(',')})` : part.join()))
}

/** Airtable answers an error for URLs of 16,000 characters and more; long queries go into a body. */
const LONG_URL = 12_000

async function readRecords(
  client: AirtableClient,
  base: string,
  path: string,
  query: Record<string, unknown>,
): Promise<RawRow[]> {
  const long = encodeURIComponent(JSON.stringify(query)).length > LONG_URL
  for (let attempt = 1; ; attempt += 1) {
    const rows = new Map<string, RawRow>()
    try {
      for (let offset: string | undefined; ; ) {
        const params = { ...query, returnFieldsByFieldId: true, ...(offset === undefined ? {} : { offset }) }
        const answer = long
          ? await client.ask({ method: 'POST', root: base, path: `${path}/listRecords`, body: params })
          : await client.ask({ method: 'GET', root: base, path, query: params })
        const page = parse(list, answer)
        for (const record of page.records) rows.set(record.id, record)
        if (page.offset === undefined) return [...rows.values()]
        offset = page.offset
      }
    } catch (error) {
      // The list's iterator expired: it is restarted, and what it brought so far is dropped.
      if (!isFailure(error, 'cursor-expired') || attempt === 3) throw error
    }
  }
}

function parse<T>(shape: z.ZodType<T>, answer: unknown): T {
  const parsed = shape.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new ServiceError(
    'Airtable',
    'unexpected',
    `answered in a form that is not known: ${z.prettifyError(parsed.error)}`,
  )
}

/** A row in the core's words; `titles` are those of the records that links point to, by ID. */
export function toRow(
  raw: RawRow,
  fields: readonly Field[],
  where: { base: string; id: string },
  pageIdField: string,
  titleField: Column | null,
  titles: ReadonlyMap<string, string>,
): Row {
  const values: Record<string, Value> = {}
  const unreadable: Record<string, string> = {}
  for (const field of fields) {
    const stored = readColumn(raw, field.airtable)
    const read = 'unreadable' in stored ? stored : shownAs(field.airtable, stored.value, titles)
    if ('unreadable' in read) unreadable[field.key] = read.unreadable
    else values[field.key] = normal(read.value)
  }
  const pageId = raw.fields[pageIdField]
  const title = titleField === null ? null : raw.fields[titleField.id]
  return {
    id: raw.id,
    url: `https://airtable.com/${where.base}/${where.id}/${raw.id}`,
    title: typeof title === 'string' ? title : '',
    created: raw.createdTime,
    pageId: typeof pageId === 'string' ? pageId : null,
    values,
    unreadable,
  }
}
