/**
 * The field types: which are computed, which options each starts with, how a seed or the person's hand makes a field.
 * The value of a cell is no concern of this file.
 */
import { type Choice, type Field, findTable, nextId, type Options, type State } from './state.ts'

export type FieldSeed = { name: string; id?: string; type: string; options?: Options; choices?: string[] }

const COMPUTED = new Set([
  'formula',
  'rollup',
  'multipleLookupValues',
  'count',
  'autoNumber',
  'createdTime',
  'lastModifiedTime',
  'createdBy',
  'lastModifiedBy',
  'button',
  'aiText',
  'externalSyncSource',
  // Not documented, but seen in real schemas
  'manualSort',
])

/** Computed types whose value follows from the row itself; the others show a constant that the seed gave. */
const DERIVED = new Set(['autoNumber', 'createdTime', 'lastModifiedTime', 'createdBy', 'lastModifiedBy'])

export const isComputed = (field: Field): boolean => COMPUTED.has(field.type)
export const isDerived = (field: Field): boolean => DERIVED.has(field.type)
export const isSelect = (field: Field): boolean => field.type === 'singleSelect' || field.type === 'multipleSelects'

const DATE: Options = { dateFormat: { name: 'iso', format: 'YYYY-MM-DD' } }
const DATE_TIME: Options = { ...DATE, timeFormat: { name: '24hour', format: 'HH:mm' }, timeZone: 'utc' }
const TEXT_RESULT: Options = { result: { type: 'singleLineText' } }

/** Types that are missing here have no `options` key in the schema. */
const DEFAULT_OPTIONS: Record<string, Options> = {
  number: { precision: 0 },
  percent: { precision: 0 },
  currency: { precision: 2, symbol: '$' },
  rating: { icon: 'star', max: 5, color: 'yellowBright' },
  duration: { durationFormat: 'h:mm' },
  checkbox: { icon: 'check', color: 'greenBright' },
  singleSelect: { choices: [] },
  multipleSelects: { choices: [] },
  externalSyncSource: { choices: [] },
  date: DATE,
  dateTime: DATE_TIME,
  multipleAttachments: { isReversed: false },
  multipleRecordLinks: { isReversed: false, prefersSingleRecordLink: false },
  formula: { isValid: true, formula: '', referencedFieldIds: [], ...TEXT_RESULT },
  rollup: { isValid: true, ...TEXT_RESULT },
  multipleLookupValues: { isValid: true, ...TEXT_RESULT },
  count: { isValid: true },
  createdTime: { result: { type: 'dateTime', options: DATE_TIME } },
  lastModifiedTime: { isValid: true, referencedFieldIds: [], result: { type: 'dateTime', options: DATE_TIME } },
  aiText: { prompt: [], referencedFieldIds: [] },
}

const KNOWN = new Set([
  ...Object.keys(DEFAULT_OPTIONS),
  ...COMPUTED,
  'singleLineText',
  'multilineText',
  'richText',
  'email',
  'url',
  'phoneNumber',
  'singleCollaborator',
  'multipleCollaborators',
  'barcode',
])

const COLORS = ['blueLight2', 'cyanLight2', 'tealLight2', 'greenLight2', 'yellowLight2', 'redLight2', 'grayLight2']

/** A new choice of a select; the caller adds it to the field. */
export function makeChoice(state: Pick<State, 'counters'>, name: string, index: number): Choice {
  return { id: nextId(state, 'sel'), name, color: COLORS[index % COLORS.length] ?? 'blueLight2' }
}

/** Makes a field; references to tables and fields in its options may still be names (see resolveReferences). */
export function makeField(state: Pick<State, 'counters'>, seed: FieldSeed): Field {
  if (!KNOWN.has(seed.type)) throw new Error(`unknown field type ${seed.type}`)
  const defaults = DEFAULT_OPTIONS[seed.type]
  const options: Options | undefined =
    defaults || seed.options ? { ...structuredClone(defaults), ...seed.options } : undefined
  if (options && 'choices' in options) {
    const given = seed.choices?.map(name => ({ name })) ?? (options.choices as { name: string; id?: string }[])
    options.choices = given.map((choice, index) => ({ ...makeChoice(state, choice.name, index), ...choice }))
  }
  return { id: seed.id ?? nextId(state, 'fld'), name: seed.name, type: seed.type, ...(options ? { options } : {}) }
}

/** Turns the names that options refer to into ids, and gives both sides of a link the id of the other. */
export function resolveReferences(state: State): void {
  for (const base of state.bases) {
    for (const table of base.tables) {
      const idIn = (fields: Field[], nameOrId: unknown) =>
        fields.find(field => field.id === nameOrId || field.name === nameOrId)?.id ?? nameOrId
      for (const { id, options } of table.fields) {
        if (!options) continue
        if (Array.isArray(options.referencedFieldIds)) {
          options.referencedFieldIds = options.referencedFieldIds.map(name => idIn(table.fields, name))
        }
        if (options.recordLinkFieldId) {
          options.recordLinkFieldId = idIn(table.fields, options.recordLinkFieldId)
          const link = table.fields.find(field => field.id === options.recordLinkFieldId)
          const target = findTable(base, String(link?.options?.linkedTableId))
          if (target && options.fieldIdInLinkedTable)
            options.fieldIdInLinkedTable = idIn(target.fields, options.fieldIdInLinkedTable)
        }
        if (typeof options.linkedTableId !== 'string') continue
        const linked = findTable(base, options.linkedTableId)
        if (!linked) throw new Error(`no table ${options.linkedTableId} to link to`)
        options.linkedTableId = linked.id
        const inverse = linked.fields.find(
          field => field.id === options.inverseLinkFieldId || field.name === options.inverseLinkFieldId,
        )
        if (!inverse) continue
        options.inverseLinkFieldId = inverse.id
        inverse.options = { ...inverse.options, linkedTableId: table.id, inverseLinkFieldId: id }
      }
    }
  }
}
