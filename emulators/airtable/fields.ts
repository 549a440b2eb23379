/**
 * The field types: which are computed, which options each starts with, how a seed or the person's hand makes a field.
 * The value of a cell is no concern of this file, and what options refer to is resolved in references.ts.
 */
import { type Choice, type Field, nextId, type Options, type State } from './state.ts'

/** `type` may be one that does not exist yet: any name that begins with `future`. */
export type FieldSeed = {
  name: string
  id?: string
  type: string
  options?: Options
  choices?: string[]
  description?: string
}

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

/** Computed types whose value follows from the row itself; the others show what a seed or a person gave. */
const DERIVED = new Set(['autoNumber', 'createdTime', 'lastModifiedTime', 'createdBy', 'lastModifiedBy'])

/** Types of the future are announced: a client meets them before it knows them. Here they cannot be written. */
const isFuture = (type: string): boolean => type.startsWith('future')

export const isComputed = (field: Field): boolean => COMPUTED.has(field.type) || isFuture(field.type)
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
  rollup: { isValid: true, referencedFieldIds: [], ...TEXT_RESULT },
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

const HUES = ['blue', 'cyan', 'teal', 'green', 'yellow', 'orange', 'red', 'pink', 'purple', 'gray']
const COLORS = HUES.map(hue => `${hue}Light2`)

/** Documented bounds of numeric options. */
const BOUNDS: Record<string, [option: string, least: number, most: number]> = {
  number: ['precision', 0, 8],
  percent: ['precision', 0, 8],
  currency: ['precision', 0, 7],
  rating: ['max', 1, 10],
}
const DURATION_FORMATS = ['h:mm', 'h:mm:ss', 'h:mm:ss.S', 'h:mm:ss.SS', 'h:mm:ss.SSS']

/** A new choice of a select; the caller adds it to the field. */
export function makeChoice(state: Pick<State, 'counters'>, name: string, index: number): Choice {
  return { id: nextId(state, 'sel'), name, color: COLORS[index % COLORS.length] ?? 'blueLight2' }
}

/** Makes a field; references to tables and fields in its options may still be names (see references.ts). */
export function makeField(state: Pick<State, 'counters'>, seed: FieldSeed): Field {
  if (!KNOWN.has(seed.type) && !isFuture(seed.type)) throw new Error(`unknown field type ${seed.type}`)
  const defaults = DEFAULT_OPTIONS[seed.type]
  const options: Options | undefined =
    defaults || seed.options ? { ...structuredClone(defaults), ...seed.options } : undefined
  checkOptions(seed, options ?? {})
  if (options && 'choices' in options) {
    const given = seed.choices?.map(name => ({ name })) ?? (options.choices as { name: string; id?: string }[])
    options.choices = given.map((choice, index) => ({ ...makeChoice(state, choice.name, index), ...choice }))
  }
  // Recorded: of all types only this one has a description when nobody wrote any
  const description = seed.description ?? (seed.type === 'aiText' ? '' : undefined)
  return {
    id: seed.id ?? nextId(state, 'fld'),
    name: seed.name,
    type: seed.type,
    ...(options ? { options } : {}),
    ...(description === undefined ? {} : { description }),
  }
}

function checkOptions({ name, type }: FieldSeed, options: Options): void {
  const refuse = (option: string, expected: string) => {
    throw new Error(`${name}: ${option} has to be ${expected}, not ${JSON.stringify(options[option])}`)
  }
  const [option, least, most] = BOUNDS[type] ?? ['', 0, 0]
  const given = Number(options[option])
  if (option && !(Number.isInteger(given) && given >= least && given <= most)) {
    refuse(option, `a whole number from ${least} to ${most}`)
  }
  if (type === 'duration' && !DURATION_FORMATS.includes(String(options.durationFormat))) {
    refuse('durationFormat', `one of ${DURATION_FORMATS.join(', ')}`)
  }
  if (type === 'dateTime' && !isZone(String(options.timeZone))) {
    refuse('timeZone', 'utc, client or the name of a time zone')
  }
}

function isZone(name: string): boolean {
  if (name === 'utc' || name === 'client') return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
