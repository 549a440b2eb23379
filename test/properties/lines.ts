/**
 * A mapping line for every pair of types that flows both ways, taken from the code's own tables, so that none can be
 * forgotten. Every line has a column of its own on both sides, which is named after it.
 */
import { flow } from '../../scripts/field-types-page.ts'
import { knownTypes as airtableTypes } from '../../src/airtable/fields.ts'
import { knownTypes as notionTypes } from '../../src/notion/properties.ts'

export type Line = {
  readonly name: string
  readonly notion: string
  readonly airtable: string
  readonly values: Readonly<Record<string, string>>
  readonly people: 'name' | 'email'
}

/** The options that selects and statuses have at the start; the first is the default of a status. */
export const OPTIONS = [
  'Todo',
  'Doing',
  'Done',
  'İstanbul',
  'ÜBER',
  '1.0',
  '2',
  '3e0',
  'constructor',
  'e\u0301te\u0301',
]
/** Options by another name in Airtable, where a line between two columns of options translates. */
const TRANSLATED = { Doing: 'Under way, now', Later: 'Some day' }

const SELECTS = ['select', 'status', 'multi_select', 'singleSelect', 'multipleSelects']
const writable = (types: ReturnType<typeof notionTypes>) => types.filter(column => column.writable)

const LINES: readonly Line[] = writable(notionTypes()).flatMap(notion =>
  writable(airtableTypes()).flatMap((airtable): Line[] => {
    if (flow(notion, airtable) !== '⇄') return []
    const translates = SELECTS.includes(notion.type) && SELECTS.includes(airtable.type)
    const people = notion.type === 'email' || airtable.type === 'email' ? 'email' : 'name'
    const types = { notion: notion.type, airtable: airtable.type }
    return [{ name: `${notion.type} ⇄ ${airtable.type}`, ...types, values: translates ? TRANSLATED : {}, people }]
  }),
)

/** Numbers keep other decimals on every line, and ratings have other tops. A currency keeps seven at most. */
export const precisionOf = (line: Line): number =>
  Math.min([0, 1, 2, 4, 8][LINES.indexOf(line) % 5] ?? 0, line.airtable === 'currency' ? 7 : 8)
export const topOf = (line: Line): number => [1, 5, 10][LINES.indexOf(line) % 3] ?? 5

/** Lines to Notion's formatted texts cost the most; they are tested in a file of their own, beside the others. */
const isFormatted = ({ notion }: Line): boolean => ['title', 'rich_text'].includes(notion)
export const FORMATTED: readonly Line[] = LINES.filter(isFormatted)
export const OTHERS: readonly Line[] = LINES.filter(line => !isFormatted(line))
