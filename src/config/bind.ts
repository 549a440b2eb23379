/**
 * Ties the lines of a sync to what the two services have: names to IDs, types to shapes, owners to what can be
 * written. Follows renames by ID. All complaints are found at once; none is about data.
 */
import type { Column, Field, SchemaColumn, Side } from '../core/model.ts'
import { SIDE_NAME } from '../core/model.ts'
import { type Renames, renamed, translate } from '../core/options.ts'
import type { Settings } from '../core/planning.ts'
import type { Shape } from '../core/shape.ts'
import { nearest } from '../core/value.ts'
import { type Complaint, type Place, UserError } from '../errors.ts'
import { archiveOf } from './archive.ts'
import { findColumn, isAttribute } from './find.ts'
import { type Binding, type Input, type Learned, type LearnedColumn, lineOf, type OwnFields, ownerOf } from './lines.ts'
import type { FieldConfig } from './schema.ts'

export type Bound = {
  readonly settings: Settings
  readonly pageIdField: SchemaColumn
  readonly lastSyncedField: Column | null
  readonly learned: readonly Learned[]
  readonly ownFields: OwnFields
  readonly renames: Renames
  /** Fields of which a column has another type than the state learned. */
  readonly retyped: readonly { readonly key: string; readonly side: Side }[]
  readonly warnings: readonly Complaint[]
}

/** Binds a sync to both schemas, or throws a UserError that lists everything that does not fit. */
export function bind(input: Input): Bound {
  const { config } = input
  const binding: Binding = { ...input, complaints: [], warnings: [], lines: [] }
  const renames: Record<string, Renames[string]> = {}
  config.fields.forEach((line, index) => {
    bindLine(binding, line, index, renames)
  })
  const pageIdField = ownField(binding, 'page_id_field', config.airtable.page_id_field)
  const stamp = config.airtable.last_synced_field
  const lastSyncedField = stamp === undefined ? null : ownField(binding, 'last_synced_field', stamp)
  checkFilter(binding, config.notion.filter)
  const match = matchOf(binding)
  const archive = {
    notion: archiveOf('notion', binding, renames),
    airtable: archiveOf('airtable', binding, renames),
  }
  if (binding.complaints.length > 0 || pageIdField === null) throw new UserError(binding.complaints)

  return {
    settings: {
      fields: binding.lines.map(({ field }) => field),
      match,
      create: config.create ?? 'airtable',
      whenDeleted: { page: config.when_deleted?.page ?? 'archive', row: config.when_deleted?.row ?? 'restore' },
      archive,
    },
    pageIdField,
    lastSyncedField,
    learned: binding.lines.map(({ learned }) => learned),
    ownFields: {
      page_id_field: { name: config.airtable.page_id_field, id: pageIdField.id },
      ...(stamp === undefined || lastSyncedField === null
        ? {}
        : { last_synced_field: { name: stamp, id: lastSyncedField.id } }),
    },
    renames,
    retyped: binding.lines.flatMap(({ field }) => {
      const before = input.learned.find(entry => entry.key === field.key)
      const changed = (side: Side) => before !== undefined && before[side].type !== field[side].type
      return (['notion', 'airtable'] as const).filter(changed).map(side => ({ key: field.key, side }))
    }),
    warnings: binding.warnings,
  }
}

function bindLine(binding: Binding, line: FieldConfig, index: number, renames: Record<string, Renames[string]>): void {
  const at = (part?: string) =>
    binding.place(['syncs', binding.name, 'fields', index, ...(part === undefined ? [] : [part])])
  const column = (side: Side): SchemaColumn | null => {
    const known = binding.learned.find(entry => entry[side].name === line[side])
    const found = findColumn(binding, side, line[side], known?.[side].id, at(side))
    const earlier = binding.lines.find(({ field }) => field[side].id === found?.id)
    if (earlier === undefined || found === null || isAttribute(found)) return found
    const first = binding.place(['syncs', binding.name, 'fields', earlier.index, side]).line
    const what = side === 'notion' ? 'The Notion property' : 'The Airtable field'
    binding.complaints.push({
      message: `${what} "${found.name}" is mapped twice; it is on line ${first} already`,
      place: at(side),
    })
    return null
  }
  const notion = column('notion')
  const airtable = column('airtable')
  if (notion === null || airtable === null) return
  const owner = ownerOf(line, notion, airtable)
  if ('complaint' in owner) {
    binding.complaints.push({ message: owner.complaint, place: at(line.owner === undefined ? undefined : 'owner') })
    return
  }
  if (line.values !== undefined && ![owner.notion, owner.airtable].some(hasOptions)) {
    binding.complaints.push({
      message: `"values" has no effect here: neither Notion's "${notion.name}" (${notion.type}) nor Airtable's "${airtable.name}" (${airtable.type}) has options to be translated. Take it out`,
      place: at('values'),
    })
    return
  }
  const links = linksOf(binding, owner, at('notion'))
  if (links === null) return
  const key = keyOf(line, notion, airtable, binding)
  const before = binding.learned.find(entry => entry.key === key)
  const columnRenames = {
    notion: renamed(before?.notion.options, notion.options),
    airtable: renamed(before?.airtable.options, airtable.options),
  }
  renames[key] = columnRenames
  const retyped = before !== undefined && (before.notion.type !== notion.type || before.airtable.type !== airtable.type)
  if (retyped && line.owner === undefined && owner.owner !== 'both')
    binding.complaints.push({
      message: `A column of this line has another type now (Notion: ${notion.type}, Airtable: ${airtable.type}), so that values could flow from ${SIDE_NAME[owner.owner]} only. Change the type back, or say "owner: ${owner.owner}" if that is meant`,
      place: at('notion'),
    })
  const { values, implied } = translate(line.values ?? {}, before?.values ?? {}, columnRenames, {
    notion: Object.values(notion.options ?? {}),
    airtable: Object.values(airtable.options ?? {}),
  })
  const field: Field = {
    key,
    notion: owner.notion,
    airtable: owner.airtable,
    owner: owner.owner,
    conflict: line.conflict ?? binding.config.conflict ?? 'newest',
    values,
    people: line.people ?? 'name',
    ...(links && { links }),
  }
  const learned: Learned = {
    key,
    notion: learnedColumn(line.notion, notion),
    airtable: learnedColumn(line.airtable, airtable),
    ...(Object.keys(implied).length === 0 ? {} : { values: implied }),
  }
  binding.lines.push({ line, index, field, learned })
}

const hasOptions = ({ shape }: Column): boolean => shape.is === 'option' || shape.is === 'options'

/** The pairs that a line of links follows; undefined where it is none, null after a complaint. */
function linksOf(
  binding: Binding,
  { notion, airtable }: Readonly<Record<Side, Column>>,
  at: Place,
): Field['links'] | null {
  if (notion.shape.is !== 'links' || airtable.shape.is !== 'links') return undefined
  const links = binding.linked({ notion: notion.shape.table, airtable: airtable.shape.table })
  if (links === null) {
    binding.complaints.push({
      message: `"${notion.name}" and "${airtable.name}" point to tables that no sync of this file maps to each other. Add a sync for them, or map each to a text field, which shows the titles`,
      place: at,
    })
  }
  return links
}

const learnedColumn = (name: string, column: SchemaColumn): LearnedColumn => ({
  name,
  id: column.id,
  type: column.type,
  ...(column.options === undefined ? {} : { options: column.options }),
})

/** The line's key in the state: the one it had, else the Notion name, else one that is not taken. */
function keyOf(line: FieldConfig, notion: SchemaColumn, airtable: SchemaColumn, { learned, lines }: Binding): string {
  const before = learned.find(entry => entry.notion.id === notion.id && entry.airtable.id === airtable.id)
  if (before !== undefined) return before.key
  const taken = new Set([...learned, ...lines.map(bound => bound.learned)].map(entry => entry.key))
  // Keys index plain objects, in which some names are taken from the start (constructor, toString).
  const free = (key: string): boolean => !taken.has(key) && !(key in {})
  const ids = `${notion.id} ⇄ ${airtable.id}`
  return [line.notion, `${line.notion} ⇄ ${line.airtable}`, ids].find(free) ?? `${ids} ${taken.size}`
}

/** The fields that the sync keeps for itself: what each may be, in types and in words. */
const OWN: Record<'page_id_field' | 'last_synced_field', Own> = {
  page_id_field: {
    shape: 'text',
    // By these Airtable finds a row when it is written (airtable.com/developers/web/api/update-multiple-records).
    types: ['singleLineText', 'multilineText'],
    wanted: 'a text field (single line or long text)',
    toAdd: 'one of type Single line text and hide it',
  },
  last_synced_field: {
    shape: 'date',
    wanted: 'a date field that can be written',
    toAdd: 'one of type Date that includes the time',
  },
}
type Own = {
  readonly shape: Shape['is']
  readonly types?: readonly string[]
  readonly wanted: string
  readonly toAdd: string
}

/** A field that the sync keeps for itself: it must have the shape, and must not be mapped too. */
function ownField(binding: Binding, role: keyof typeof OWN, written: string): Column | null {
  const { shape, types, wanted, toAdd } = OWN[role]
  const at = binding.place(['syncs', binding.name, 'airtable', role])
  const known = binding.ownFields[role]
  const lineOfColumn = ({ id }: SchemaColumn) => binding.lines.find(({ field }) => field.airtable.id === id)
  const isRight = (column: SchemaColumn): boolean =>
    (types === undefined || types.includes(column.type)) && column.writable && column.shape?.is === shape
  const found = findColumn(binding, 'airtable', written, known?.name === written ? known.id : undefined, at, {
    fits: column => isRight(column) && lineOfColumn(column) === undefined,
    advice: `. Add ${toAdd}, or name yours under ${role}`,
  })
  if (found === null) return null
  const mapped = lineOfColumn(found)
  if (mapped !== undefined) {
    const place = binding.place(['syncs', binding.name, 'fields', mapped.index, 'airtable'])
    binding.complaints.push({ message: `"${found.name}" is the ${role} and cannot be mapped too`, place })
  }
  if (isRight(found) && found.shape !== null) return { ...found, shape: found.shape }
  binding.complaints.push({ message: `${role} must be ${wanted}; "${found.name}" is of type ${found.type}`, place: at })
  return null
}

/** Every property that the Notion filter names must be there; one that is mapped is followed when it is renamed. */
function checkFilter(binding: Binding, node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  for (const [key, item] of Object.entries(node)) {
    if (key !== 'property' || typeof item !== 'string') checkFilter(binding, item)
    else {
      const known = binding.columns.notion.filter(column => !isAttribute(column))
      const mapped = lineOf(binding, 'notion', item) !== undefined
      if (mapped || known.some(column => column.name === item || column.id === item)) continue
      const near = nearest(
        item,
        known.map(column => column.name),
      )
      binding.complaints.push({
        message: `The filter names the property "${item}", which Notion does not have${near === undefined ? '' : `; did you mean "${near}"?`}`,
        place: binding.place(['syncs', binding.name, 'notion', 'filter']),
      })
    }
  }
}

function matchOf(binding: Binding): string | null {
  const { match } = binding.config
  if (match === undefined) return binding.lines.find(({ field }) => field.notion.type === 'title')?.field.key ?? null
  const line = lineOf(binding, 'notion', match) ?? lineOf(binding, 'airtable', match)
  if (line !== undefined) {
    const { is } = line.field.notion.shape
    if (is === 'links' || is === 'files')
      binding.complaints.push({
        message: `"match" cannot go by "${match}": ${is === 'links' ? 'links' : 'files'} of the two services are never equal before their records are linked. Choose a field that holds text, such as the title`,
        place: binding.place(['syncs', binding.name, 'match']),
      })
    return line.field.key
  }
  // A line with a complaint of its own is not complained of again here.
  if (binding.config.fields.some(written => written.notion === match || written.airtable === match)) return null
  const near = nearest(
    match,
    binding.config.fields.map(written => written.notion),
  )
  binding.complaints.push({
    message: `"match" names no mapped field: "${match}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
    place: binding.place(['syncs', binding.name, 'match']),
  })
  return null
}
