/**
 * `mode: init`: a mappings.yaml to start from, made of what the two services have. It pairs columns whose names are
 * alike and whose types can be mapped; everything else is listed for a person to decide. It writes nothing.
 */
import { Document, isScalar, visit } from 'yaml'
import { listTables } from './airtable/table.ts'
import { ownerOf } from './config/lines.ts'
import type { FieldConfig } from './config/schema.ts'
import { notSet } from './config/yaml.ts'
import type { SchemaColumn } from './core/model.ts'
import { UserError } from './errors.ts'
import { findDataSource, notionTable } from './notion/table.ts'
import type { Services } from './open.ts'
import { quoted } from './report/escape.ts'

const PAGE_ID = 'Notion Page ID'
const LAST_SYNCED = 'Last Synced'

/** The proposal as text. The database, base and, where there are several, the table are named by the environment. */
export async function initMappings(
  services: Services,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const { NOTION_DATABASE_ID: database, AIRTABLE_BASE_ID: base, AIRTABLE_TABLE: wanted } = env
  const missing = Object.entries({ NOTION_DATABASE_ID: database, AIRTABLE_BASE_ID: base }).filter(([, value]) => !value)
  if (missing.length > 0 || !database || !base) {
    throw new UserError(
      missing.map(([name]) => ({
        message: notSet(name),
      })),
    )
  }
  const [source, tables] = await Promise.all([
    findDataSource(services.notion, database),
    listTables(services.airtable, base),
  ])
  const notion = await notionTable(services.notion, source, undefined).columns()
  const ranked = tables
    .filter(table => wanted === undefined || wanted === '' || table.name === wanted || table.id === wanted)
    .map(table => ({ table, ...pairColumns(notion, table.columns) }))
    .sort((a, b) => b.lines.length - a.lines.length)
  const [best] = ranked
  if (best === undefined)
    throw new UserError(
      `The base ${base} has no table "${wanted}". It has: ${tables.map(table => `"${table.name}"`).join(', ')}.`,
    )
  return proposal({ ...best, of: ranked.length })
}

type Table = { readonly id: string; readonly name: string; readonly columns: readonly SchemaColumn[] }
type Paired = {
  readonly lines: readonly FieldConfig[]
  /** The field of Airtable that can hold the time of the sync, if there is one of that name. */
  readonly stamp: SchemaColumn | undefined
  readonly alone: readonly SchemaColumn[]
}

/**
 * The text of a mapping, made for the table that fits best `of` some. It is read in the log and copied from there, so no
 * name may do anything in either place.
 */
export function proposal({
  table,
  lines,
  stamp,
  alone,
  of,
}: Paired & { readonly table: Table; readonly of: number }): string {
  const sync = slug(table.name)
  const document = new Document({
    version: 1,
    syncs: {
      [sync]: {
        notion: { database: `\${NOTION_DATABASE_ID}` },
        airtable: {
          base: `\${AIRTABLE_BASE_ID}`,
          table: hasVariable(table.name) ? table.id : table.name,
          page_id_field: PAGE_ID,
          ...(stamp && { last_synced_field: named(stamp) }),
        },
        create: 'airtable',
        conflict: 'newest',
        fields: lines,
      },
    },
  })
  visit(document, {
    Scalar(_, node) {
      if (isScalar(node) && typeof node.value === 'string' && ODD.test(node.value)) node.type = 'QUOTE_DOUBLE'
    },
  })
  const create = document.getIn(['syncs', sync, 'create'], true)
  if (isScalar(create)) create.comment = ' a new page makes a row, a new row makes no page; for that say both'
  const hidden = table.columns.some(column => column.name === PAGE_ID)
  const choice = of === 1 ? '' : `, the best fit of ${of}; for another one set the variable AIRTABLE_TABLE`
  const notes = [
    `# Made by mode init for the table ${JSON.stringify(table.name)}${choice}.`,
    '# Read it and change what you like. Commit this as mappings.yaml at the root, then run mode plan.',
    ...(hidden ? [] : [`# Add a single line text field called "${PAGE_ID}" to the table, and hide it.`]),
    ...(alone.length === 0 ? [] : ['# No counterpart by name and type; map them by hand or leave them out:']),
    ...alone.map(column => `#   ${column.side}: ${JSON.stringify(column.name)} (${column.type})`),
  ]
  const text = document.toString({
    flowCollectionPadding: true,
    lineWidth: 0,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  })
  return quoted(`${notes.join('\n')}\n${text}`)
}

/** A string that stands in one line between quotes, where its letters can be escaped. */
const ODD = /[^\p{L}\p{M}\p{N} _${}.(),/&+'%?!-]/u

/** In a mapping, ${NAME} is taken from the environment; such a column or table is named by its ID. */
const hasVariable = (name: string): boolean => /\$\{\w+\}/.test(name)
/** As the mapping names a column: a dollar sign at the beginning is written twice. */
const named = (column: SchemaColumn): string =>
  hasVariable(column.name) ? column.id : column.name.replace(/^\$/, '$$$$')

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'sync'
const fold = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

/** Columns of like names that can be mapped, the titles first; the one for the time of the sync; and what is left over. */
export function pairColumns(notion: readonly SchemaColumn[], airtable: readonly SchemaColumn[]): Paired {
  const real = (columns: readonly SchemaColumn[]) =>
    columns.filter(column => !column.type.endsWith(' attribute') && column.name !== PAGE_ID)
  const [primary] = real(airtable)
  const title = notion.find(column => column.type === 'title')
  const lines: FieldConfig[] = []
  const used = new Set<SchemaColumn>()
  const add = (left: SchemaColumn, right: SchemaColumn): void => {
    // Links between two tables need a sync of their own for the other table.
    if (left.shape?.is === 'links' && right.shape?.is === 'links') return
    const line: FieldConfig = { notion: named(left), airtable: named(right) }
    const both = ownerOf(line, left, right)
    const fits =
      'complaint' in both
        ? (['notion', 'airtable'] as const).find(owner => !('complaint' in ownerOf({ ...line, owner }, left, right)))
        : 'both'
    if (fits === undefined) return
    lines.push(fits === 'both' ? line : { ...line, owner: fits })
    used.add(left).add(right)
  }
  const sameName = (column: SchemaColumn) =>
    real(airtable).find(other => fold(other.name) === fold(column.name) && !used.has(other))
  const titleTwin = title === undefined ? undefined : (sameName(title) ?? primary)
  if (title !== undefined && titleTwin !== undefined) add(title, titleTwin)
  for (const column of real(notion)) {
    const twin = used.has(column) ? undefined : sameName(column)
    if (twin !== undefined) add(column, twin)
  }
  const alone = [...real(notion), ...real(airtable)].filter(column => !used.has(column))
  const stamp = alone.find(
    ({ side, name, type, writable }) =>
      side === 'airtable' && type === 'dateTime' && writable && fold(name) === fold(LAST_SYNCED),
  )
  return { lines, stamp, alone: alone.filter(column => column !== stamp) }
}
