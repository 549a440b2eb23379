/** Short ways to say what reports are made of. */
import type { Conflict, Field, Problem } from '../../src/core/model.ts'
import { makePlan } from '../../src/core/plan.ts'
import type { Run } from '../../src/report/changelog.ts'
import type { Counts, Entry, Links } from '../../src/report/entries.ts'
import type { IssueContent } from '../../src/report/issue.ts'
import type { Standing } from '../../src/report/status.ts'
import type { SyncReport } from '../../src/report/summary.ts'
import { field, observed, pageId, rowId, settings } from '../core/words.ts'

export const LINKS: Links = {
  page: id => (id === null ? null : `https://www.notion.so/${id.replaceAll('-', '')}`),
  row: id => (id === null ? null : `https://airtable.com/app1/tbl1/${id}`),
}
export const NO_LINKS: Links = { page: () => null, row: () => null }
export const NONE: Counts = { created: 0, toNotion: 0, toAirtable: 0, deleted: 0, conflicts: 0, problems: 0 }

export const entry = (more: Partial<Entry> = {}): Entry => ({
  page: pageId(1),
  row: rowId(1),
  title: 'Search',
  what: 'Status',
  from: 'Todo',
  to: 'Doing',
  side: 'notion',
  why: 'edited in Airtable',
  ...more,
})

export const run = (more: Partial<Run> = {}): Run => ({
  sync: 'product-specs',
  at: new Date('2026-03-02T10:15:30.000Z'),
  counts: { ...NONE, toNotion: 1 },
  entries: [entry()],
  links: LINKS,
  runUrl: 'https://github.com/acme/specs/actions/runs/1',
  ended: 'ok',
  ...more,
})

export const conflict = (n: number, more: Partial<Conflict> = {}): Conflict => ({
  page: pageId(n),
  row: rowId(n),
  field: 'Status',
  base: { notion: 'Todo', airtable: 'Todo' },
  notion: 'Doing',
  airtable: 'Done',
  notionEdited: '2026-03-02T10:07:00.000Z',
  clock: 'unknown',
  ...more,
})

export const problem = (n: number, more: Partial<Problem> = {}): Problem => ({
  code: 'cannot-convert',
  page: pageId(n),
  row: rowId(n),
  title: `Record ${n}`,
  field: 'Effort',
  message: 'Airtable cannot take the value: "large" is not a number.',
  notion: 'large',
  airtable: 3,
  ...more,
})

const FIELDS: readonly Field[] = [field('Name'), field('Status'), field('Effort')]

export const issue = (more: Partial<IssueContent> = {}): IssueContent => ({
  sync: 'product-specs',
  conflicts: [],
  problems: [],
  fields: FIELDS,
  links: LINKS,
  titles: () => 'Search',
  ticked: new Map(),
  ...more,
})

export const report = (more: Partial<SyncReport> = {}): SyncReport => ({
  name: 'product-specs',
  plan: makePlan(settings(FIELDS), observed()),
  fields: FIELDS,
  counts: NONE,
  entries: [],
  conflicts: [],
  problems: [],
  links: LINKS,
  titles: () => 'Search',
  sizes: { pages: 0, rows: 0, pairs: 0 },
  stops: [],
  planned: false,
  back: null,
  losses: [],
  left: [],
  windows: [],
  failure: null,
  commit: '',
  issue: null,
  url: path => `https://github.com/acme/specs/${path}`,
  ...more,
})

export const standing = (more: Partial<Standing> = {}): Standing => ({
  run: run(),
  folder: 'product-specs',
  pairs: 3,
  resting: 0,
  conflicts: [],
  problems: [],
  issueUrl: null,
  failure: null,
  fields: FIELDS,
  titles: () => 'Search',
  ...more,
})
