/** Short ways to say the words of the core in tests: fields, pages, rows, settings and what a run observes. */
import type { Change, Column, Field, Page, Pair, Row, Side } from '../../src/core/model.ts'
import type { Observed, Settings } from '../../src/core/planning.ts'
import type { Shape, Value } from '../../src/core/shape.ts'

export const TEXT: Shape = { is: 'text', lines: 'many' }

export const column = (side: Side, name: string, shape: Shape, more: Partial<Column> = {}): Column => ({
  side,
  id: `${side}-${name}`,
  name,
  type: shape.is,
  shape,
  writable: true,
  ...more,
})

/** A line of the mapping; two plain texts that both sides own, unless told otherwise. */
export function field(
  key: string,
  { shape = TEXT, notion = shape, airtable = shape, ...more }: FieldWords = {},
): Field {
  return {
    key,
    notion: column('notion', key, notion),
    airtable: column('airtable', key, airtable),
    owner: 'both',
    conflict: 'ask',
    values: {},
    people: 'name',
    ...more,
  }
}
type FieldWords = { shape?: Shape; notion?: Shape; airtable?: Shape } & Partial<
  Pick<Field, 'owner' | 'conflict' | 'values' | 'people'>
>

export const pageId = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
export const rowId = (n: number): string => `rec${String(n).padStart(14, '0')}`

/** The pair of page and row number one, as steps and problems name it. */
export const WHERE = { page: pageId(1), row: rowId(1), title: 'Record 1' }

/** One cell of a row that is brought up to date from its page. */
export const edit = (key: string, more: Partial<Change> = {}): Change => ({
  field: key,
  side: 'airtable',
  from: 'x',
  to: 'n',
  source: 'n',
  why: 'edited',
  ...more,
})

/** A status of Notion: it takes no new options, and with `refills` its default where it is emptied. */
export const status = (refills?: true): Shape => ({
  is: 'option',
  names: ['Todo', 'Doing'],
  open: false,
  commas: false,
  ...(refills && { refills }),
})

type Values = Readonly<Record<string, Value>>

export const page = (n: number, values: Values = {}, more: Partial<Page> = {}): Page => ({
  id: pageId(n),
  url: `https://www.notion.so/${pageId(n).replaceAll('-', '')}`,
  title: `Record ${n}`,
  created: '2026-03-01T09:00:00.000Z',
  createdBy: 'somebody',
  edited: '2026-03-02T10:00:00.000Z',
  values,
  unreadable: {},
  ...more,
})

/** A row that is linked to the page of the same number, unless told otherwise. */
export const row = (n: number, values: Values = {}, more: Partial<Row> = {}): Row => ({
  id: rowId(n),
  url: `https://airtable.com/app/tbl/${rowId(n)}`,
  title: `Record ${n}`,
  created: '2026-03-01T09:00:00.000Z',
  pageId: pageId(n),
  values,
  unreadable: {},
  ...more,
})

/** A pair that agreed on these values. */
export const pair = (n: number, agreed: Values = {}, more: Partial<Pair> = {}): Pair => ({
  page: pageId(n),
  row: rowId(n),
  title: `Record ${n}`,
  base: Object.fromEntries(Object.entries(agreed).map(([key, value]) => [key, { notion: value, airtable: value }])),
  ...more,
})

export const settings = (fields: readonly Field[], more: Partial<Settings> = {}): Settings => ({
  fields,
  match: null,
  create: 'airtable',
  whenDeleted: { page: 'archive', row: 'restore' },
  archive: { notion: {}, airtable: {} },
  ...more,
})

/** What a run observes: nothing, but for what is said. */
export const observed = (more: Partial<Observed> = {}): Observed => ({
  pairs: [],
  conflicts: [],
  problems: [],
  pages: [],
  rows: [],
  hidden: [],
  strays: [],
  holding: new Set(),
  makings: [],
  bot: null,
  fates: new Map(),
  picks: new Map(),
  clocks: new Map(),
  people: { notion: [], airtable: [] },
  ...more,
})

/** Freezes data through and through, so that code which changes what it was given throws. */
export function frozen<T>(data: T): T {
  if (typeof data === 'object' && data !== null && !Object.isFrozen(data)) {
    Object.freeze(data)
    for (const part of Object.values(data)) frozen(part)
  }
  return data
}
