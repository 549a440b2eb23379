/** One pair of which a record is missing, for tests: what is planned for it, by what was proved of the record. */
import type { Conflict, Fate, Page, Pair, Plan, Rest, Row } from '../../src/core/model.ts'
import { makePlan } from '../../src/core/plan.ts'
import type { Observed, Settings } from '../../src/core/planning.ts'
import { field, observed, page, pageId, pair, row, rowId, settings } from './words.ts'

export const FIELDS = [field('Name'), field('Status')]
export const AGREED = { Name: 'Search', Status: 'Doing' }
export const KNOWN = pair(1, AGREED)
const ARCHIVE = { notion: { Status: 'Old' }, airtable: { Status: 'Archived' } }
export const ARCHIVED = row(1, { ...AGREED, Status: 'Archived' })

export type Given = {
  readonly known?: Pair
  readonly page?: Fate | Page | null
  readonly row?: Fate | Row | null
  readonly rules?: Partial<Settings>
  readonly seen?: Partial<Observed>
}
/** The plan for the one pair; a side is its record, what a look-up proved of it, or null where nobody looked. */
export function planFor({
  known = KNOWN,
  page: notion = page(1, AGREED),
  row: airtable = row(1, AGREED),
  rules,
  seen,
}: Given) {
  const fates = new Map<string, Fate>()
  if (typeof notion === 'string') fates.set(known.page, notion)
  if (typeof airtable === 'string') fates.set(known.row, airtable)
  return makePlan(
    settings(FIELDS, { archive: ARCHIVE, ...rules }),
    observed({
      pairs: [known],
      pages: notion === null || typeof notion === 'string' ? [] : [notion],
      rows: airtable === null || typeof airtable === 'string' ? [] : [airtable],
      fates,
      ...seen,
    }),
  )
}

/** What there is in a plan, without what is empty. */
export const held = (plan: Plan) =>
  Object.fromEntries(Object.entries(plan).filter(([, part]) => part !== 0 && (part as readonly unknown[]).length !== 0))

export const resting = (rest: Rest): Pair => ({ ...KNOWN, rest })
export const conflict = (key: string, more: Partial<Conflict> = {}): Conflict => ({
  page: pageId(1),
  row: rowId(1),
  field: key,
  base: null,
  notion: 'n',
  airtable: 'a',
  notionEdited: '',
  ...more,
})
