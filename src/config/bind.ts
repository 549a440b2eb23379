/**
 * Ties the lines of a sync to what the two services have: names to IDs, types to shapes, owners to what can be
 * written. Follows renames by ID. All complaints are found at once; none is about data.
 */
import type { Column, Field, Owner, SchemaColumn, Shape, Side, Value } from '../core/model.ts'
import { other, SIDE_NAME } from '../core/model.ts'
import type { Settings } from '../core/planning.ts'
import { canConvert, nearest } from '../core/value.ts'
import { type Complaint, type Place, UserError } from '../errors.ts'
import type { FieldConfig, SyncConfig } from './schema.ts'

/** What the state remembers of a line: how the config named both columns, and which they were. */
export type Learned = {
  readonly key: string
  readonly notion: { readonly name: string; readonly id: string }
  readonly airtable: { readonly name: string; readonly id: string }
}

export type Bound = {
  readonly settings: Settings
  readonly pageIdField: SchemaColumn
  readonly lastSyncedField: Column | null
  readonly learned: readonly Learned[]
  readonly warnings: readonly Complaint[]
}

type Input = {
  readonly name: string
  readonly config: SyncConfig
  readonly place: (path: readonly (string | number)[], key?: boolean) => Place
  readonly columns: Readonly<Record<Side, readonly SchemaColumn[]>>
  readonly learned: readonly Learned[]
}

/** Binds a sync to both schemas, or throws a UserError that lists everything that does not fit. */
export function bind(input: Input): Bound {
  const { name, config, place, columns } = input
  const complaints: Complaint[] = []
  const warnings: Complaint[] = []
  const path = (...rest: (string | number)[]) => ['syncs', name, ...rest]

  const find = (side: Side, written: string, at: Place): SchemaColumn | null => {
    const known = input.learned.find(entry => entry[side].name === written)
    const byId = known && columns[side].find(column => column.id === known[side].id)
    if (byId !== undefined) {
      if (byId.name !== literal(written) && byId.id !== written) {
        const what = side === 'notion' ? 'The Notion property' : 'The Airtable field'
        warnings.push({
          message: `${what} "${literal(written)}" is called "${byId.name}" now; it is followed by its ID. Change the name here to "${byId.name}".`,
          place: at,
        })
      }
      return byId
    }
    const found = columns[side].find(column => column.name === literal(written) || column.id === written)
    if (found !== undefined) return found
    const near = nearest(
      literal(written),
      columns[side].map(column => column.name),
    )
    const gone = known === undefined ? '' : ' any more'
    const hint = near === undefined ? '' : `; did you mean "${near}"?`
    complaints.push({
      message: `${SIDE_NAME[side]} has no ${side === 'notion' ? 'property' : 'field'} "${literal(written)}"${gone}${hint}`,
      place: at,
    })
    return null
  }

  const fields: Field[] = []
  const learned: Learned[] = []
  config.fields.forEach((line, index) => {
    const notion = find('notion', line.notion, place(path('fields', index, 'notion')))
    const airtable = find('airtable', line.airtable, place(path('fields', index, 'airtable')))
    if (notion === null || airtable === null) return
    const owner = ownerOf(line, notion, airtable)
    if ('complaint' in owner) {
      const at = line.owner === undefined ? path('fields', index) : path('fields', index, 'owner')
      complaints.push({ message: owner.complaint, place: place(at) })
      return
    }
    const key = keyOf(line, notion, airtable, input.learned, learned)
    learned.push({
      key,
      notion: { name: line.notion, id: notion.id },
      airtable: { name: line.airtable, id: airtable.id },
    })
    fields.push({
      key,
      notion: owner.notion,
      airtable: owner.airtable,
      owner: owner.owner,
      conflict: line.conflict ?? config.conflict ?? 'newest',
      values: line.values ?? {},
      people: line.people ?? 'name',
    })
  })

  const pageIdField = find('airtable', config.airtable.page_id_field, place(path('airtable', 'page_id_field')))
  if (pageIdField !== null && (!pageIdField.writable || pageIdField.shape?.is !== 'text')) {
    const message = `page_id_field must be a text field; "${pageIdField.name}" is of type ${pageIdField.type}`
    complaints.push({ message, place: place(path('airtable', 'page_id_field')) })
  }
  const twice = fields.findIndex(field => field.airtable.id === pageIdField?.id)
  if (twice >= 0) {
    complaints.push({
      message: 'The page_id_field cannot be mapped too',
      place: place(path('fields', twice, 'airtable')),
    })
  }
  const stamp = config.airtable.last_synced_field
  const lastSyncedField =
    stamp === undefined ? null : find('airtable', stamp, place(path('airtable', 'last_synced_field')))
  if (lastSyncedField !== null && (!lastSyncedField.writable || lastSyncedField.shape?.is !== 'date')) {
    const message = `last_synced_field must be a date field that can be written; "${lastSyncedField.name}" is of type ${lastSyncedField.type}`
    complaints.push({ message, place: place(path('airtable', 'last_synced_field')) })
  }

  const match = matchOf(config, fields)
  if (config.match !== undefined && match === null) {
    const near = nearest(
      config.match,
      config.fields.map(line => line.notion),
    )
    const message = `"match" names no mapped field: "${config.match}"${near === undefined ? '' : `; did you mean "${near}"?`}`
    complaints.push({ message, place: place(path('match')) })
  }
  const archive = {
    notion: archiveOf('notion', input, fields, complaints, warnings),
    airtable: archiveOf('airtable', input, fields, complaints, warnings),
  }
  if (complaints.length > 0 || pageIdField === null) throw new UserError(complaints)

  const settings: Settings = {
    fields,
    match,
    create: config.create ?? 'airtable',
    whenDeleted: { page: config.when_deleted?.page ?? 'archive', row: config.when_deleted?.row ?? 'restore' },
    archive,
  }
  const stampShape = lastSyncedField?.shape ?? null
  return {
    settings,
    pageIdField,
    lastSyncedField: lastSyncedField === null || stampShape === null ? null : { ...lastSyncedField, shape: stampShape },
    learned,
    warnings,
  }
}

/** A real name that begins with a dollar sign is written with two. */
const literal = (written: string): string => (written.startsWith('$$') ? written.slice(1) : written)

const computed = (column: SchemaColumn): string =>
  column.id.startsWith('$')
    ? `${column.id} belongs to the ${column.side === 'notion' ? 'page' : 'row'} itself`
    : `"${column.name}" (${column.type}) is computed by ${SIDE_NAME[column.side]}`

function ownerOf(
  line: FieldConfig,
  notion: SchemaColumn,
  airtable: SchemaColumn,
): { owner: Owner; notion: Column; airtable: Column } | { complaint: string } {
  const { shape: notionShape } = notion
  const { shape: airtableShape } = airtable
  if (notionShape === null || airtableShape === null) {
    const column = notionShape === null ? notion : airtable
    return {
      complaint: `${SIDE_NAME[column.side]}'s "${column.name}" is of type ${column.type}, which cannot be mapped`,
    }
  }
  const both = { notion: { ...notion, shape: notionShape }, airtable: { ...airtable, shape: airtableShape } }
  if (!notion.writable && !airtable.writable) {
    return { complaint: `Neither side can be written: ${computed(notion)}, and ${computed(airtable)}` }
  }
  const forced: Owner | undefined = !notion.writable ? 'notion' : !airtable.writable ? 'airtable' : undefined
  const owner = line.owner ?? forced ?? 'both'
  if (forced !== undefined && owner !== forced) {
    return {
      complaint: `"owner" can only be ${forced} here, since ${computed(forced === 'notion' ? notion : airtable)}`,
    }
  }
  for (const target of ['notion', 'airtable'] as const) {
    const flows = owner === 'both' || owner === other(target)
    const from = other(target)
    if (flows && !canConvert(both[from].shape, both[target].shape)) {
      const advice =
        owner === 'both' && canConvert(both[target].shape, both[from].shape)
          ? `; with "owner: ${target}" it can flow the other way`
          : ''
      return {
        complaint: `${SIDE_NAME[from]}'s "${both[from].name}" (${both[from].type}) cannot be written to ${SIDE_NAME[target]}'s "${both[target].name}" (${both[target].type})${advice}`,
      }
    }
  }
  return { owner, ...both }
}

/** The line's key in the state: the one it had, else the Notion name, else one that is not taken. */
function keyOf(
  line: FieldConfig,
  notion: SchemaColumn,
  airtable: SchemaColumn,
  known: readonly Learned[],
  used: readonly Learned[],
): string {
  const before = known.find(entry => entry.notion.id === notion.id && entry.airtable.id === airtable.id)
  if (before !== undefined) return before.key
  const taken = new Set([...known, ...used].map(entry => entry.key))
  return (
    [line.notion, `${line.notion} ⇄ ${line.airtable}`, `${notion.id} ⇄ ${airtable.id}`].find(key => !taken.has(key)) ??
    `${notion.id} ⇄ ${airtable.id} ${taken.size}`
  )
}

function matchOf(config: SyncConfig, fields: readonly Field[]): string | null {
  if (config.match === undefined) return fields.find(field => field.notion.type === 'title')?.key ?? null
  const index = config.fields.findIndex(line => line.notion === config.match || line.airtable === config.match)
  const line = config.fields[index]
  return fields.find(field => field.notion.name === line?.notion || field.airtable.name === line?.airtable)?.key ?? null
}

/** What archiving writes on a side, by field key; empty where nothing can be written, so that archiving keeps. */
function archiveOf(
  side: Side,
  input: Input,
  fields: readonly Field[],
  complaints: Complaint[],
  warnings: Complaint[],
): Record<string, Value> {
  const { name, config, place } = input
  const written = config.archive?.[side]
  const uses =
    side === 'airtable'
      ? (config.when_deleted?.page ?? 'archive') === 'archive'
      : config.when_deleted?.row === 'archive'
  const byName = (wanted: string) => fields.find(field => field[side].name === wanted || field[side].id === wanted)
  const result: Record<string, Value> = {}
  for (const [wanted, value] of Object.entries(written ?? {})) {
    const at = place(['syncs', name, 'archive', side, wanted], true)
    const field = byName(wanted)
    if (field === undefined) {
      const near = nearest(
        wanted,
        fields.map(candidate => candidate[side].name),
      )
      complaints.push({
        message: `"archive" can only write mapped fields, and "${wanted}" is none${near === undefined ? '' : `; did you mean "${near}"?`}`,
        place: at,
      })
    } else if (!field[side].writable) {
      complaints.push({ message: `"archive" cannot write ${computed(field[side])}`, place: at })
    } else {
      result[field.key] = value === false ? null : (value as Value)
    }
  }
  if (written !== undefined || !uses) return result
  const status = byName('Status')
  const option = status?.[side].writable ? archivedOption(status[side].shape) : null
  if (status !== undefined && option !== null) return { [status.key]: option }
  const why =
    status === undefined ? 'no field called Status is mapped' : `${SIDE_NAME[side]}'s Status has no option Archived`
  warnings.push({
    message: `Nothing says how to archive in ${SIDE_NAME[side]} (${why}), so what is deleted on the other side is kept as it is. Say it under "archive: { ${side}: … }".`,
    place: place(['syncs', name], true),
  })
  return {}
}

function archivedOption(shape: Shape): string | null {
  if (shape.is === 'text') return 'Archived'
  if (shape.is !== 'option') return null
  return shape.names.find(name => name.toLowerCase() === 'archived') ?? (shape.open ? 'Archived' : null)
}
