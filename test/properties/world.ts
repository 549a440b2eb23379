/**
 * Both services in this process, with a column for each line and as many pairs of a page and a row as asked for, and a
 * run over them as the action does it: read by the SDKs, planned, written, remembered. Only state in git is left out.
 */

import { type AirtableEmulator, startAirtable } from '../../emulators/airtable/index.ts'
import { type NotionEmulator, startNotion } from '../../emulators/notion/index.ts'
import { createAirtableClient } from '../../src/airtable/client.ts'
import { airtableTable, listTables, type RawRow, toRow } from '../../src/airtable/table.ts'
import { apply } from '../../src/apply.ts'
import { ownerOf } from '../../src/config/lines.ts'
import { type Remembered, remember } from '../../src/core/base.ts'
import type { Base, Field, Outcome, Page, Pair, Plan, Row, SchemaColumn, Side } from '../../src/core/model.ts'
import { withAddresses } from '../../src/core/people.ts'
import { makePlan } from '../../src/core/plan.ts'
import type { Person, Value } from '../../src/core/shape.ts'
import { twinsOf } from '../../src/core/twins.ts'
import { createNotionClient } from '../../src/notion/client.ts'
import { toPage } from '../../src/notion/page.ts'
import { notionTable, type RawPage } from '../../src/notion/table.ts'
import { createPace } from '../../src/pace.ts'
import { observed, settings } from '../core/words.ts'
import { type Line, OPTIONS, precisionOf, topOf } from './lines.ts'

const NOW = Date.parse('2026-03-02T09:00:00Z')
const PAGE_ID = 'Page'
const TARGETS = 110

/** Two people of one name, one without an address, one with a comma in the name, a guest. */
export const NOTION_USERS = [
  { id: '10000000-0000-4000-8000-000000000001', name: 'Ada Lovelace', email: 'ada@example.com' },
  { id: '10000000-0000-4000-8000-000000000002', name: 'Bob' },
  { id: '10000000-0000-4000-8000-000000000003', name: 'Hopper, Grace', email: 'grace@example.com' },
  { id: '10000000-0000-4000-8000-000000000004', name: 'Sam', email: 'sam@example.com' },
  { id: '10000000-0000-4000-8000-000000000005', name: 'Sam', email: 'samuel@example.com' },
  { id: '10000000-0000-4000-8000-000000000006', name: 'Gus', email: 'gus@example.com', guest: true },
]
export const BOT = '10000000-0000-4000-8000-000000000009'
export const AIRTABLE_USERS = [
  { id: 'usr00000000000001', name: 'Token Owner', email: 'owner@example.com' },
  { id: 'usr00000000000002', name: 'ADA LOVELACE', email: 'ada@example.com' },
  { id: 'usr00000000000003', name: 'Bob', email: 'bob@example.com' },
  { id: 'usr00000000000004', name: 'Grace Hopper', email: 'grace@example.com' },
  { id: 'usr00000000000005', name: 'Sam', email: 'sam@example.com' },
  { id: 'usr00000000000007', name: 'Sam', email: 'samuel@example.com' },
  { id: 'usr00000000000006', name: 'Zoe', email: 'zoe@example.com' },
]
const target = (n: number) => `20000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const targetRow = (n: number) => `recTarget${String(n).padStart(8, '0')}`
/** Records to link to; the last ten of each side have no twin. */
export const TARGET_PAGES = Array.from({ length: TARGETS }, (_, n) => target(n))
export const TARGET_ROWS = Array.from({ length: TARGETS }, (_, n) => targetRow(n))
const TARGET_PAIRS: Pair[] = TARGET_PAGES.slice(0, -10).map((page, n) => ({
  page,
  row: targetRow(n),
  title: `Target ${n}`,
  base: {},
}))

/** What one run saw, did and remembered. Pages and rows are as the services gave them before it wrote. */
export type Round = {
  readonly fields: readonly Field[]
  readonly pages: readonly Page[]
  readonly rows: readonly Row[]
  readonly rawPages: ReadonlyMap<string, RawPage>
  readonly rawRows: ReadonlyMap<string, RawRow>
  readonly people: Readonly<Record<Side, readonly Person[]>>
  readonly pairs: readonly Pair[]
  readonly plan: Plan
  readonly outcomes: readonly Outcome[]
  readonly failure: Error | null
  readonly memory: Remembered
}

export type World = {
  readonly notion: NotionEmulator
  readonly airtable: AirtableEmulator
  readonly pairs: readonly Pair[]
  /** `winner`: whose value stands where both sides were edited. */
  readonly round: (winner: Side) => Promise<Round>
  readonly close: () => Promise<void>
}

const never = new AbortController().signal
/** Without limits; requests are repeated as ever. */
const pace = createPace(
  { count: Number.POSITIVE_INFINITY, intervalMs: 0, concurrency: 3 },
  { now: never, grace: never },
  () => {},
)

export async function startWorld(lines: readonly Line[], count: number): Promise<World> {
  const now = () => NOW
  const notion = await startNotion(notionSeed(lines, count), { now })
  const airtable = await startAirtable(airtableSeed(lines, count), { now })
  notion.settings.requestsPerMinute = Number.POSITIVE_INFINITY
  airtable.settings.requestsPerSecond = Number.POSITIVE_INFINITY
  await giveManyTitles(notion, lines)
  const pages = notion.pages(notion.dataSourceId).map(page => String(page.id))
  const pairs = airtable.records().map(({ id }, index): Pair => {
    const page = pages[index] ?? ''
    airtable.edit(id, { [PAGE_ID]: page })
    const empty: Base = { notion: null, airtable: null }
    return { page, row: id, title: '', base: Object.fromEntries(lines.map(line => [line.name, empty])) }
  })
  let memory: Remembered = { pairs, conflicts: [], problems: [] }
  return {
    notion,
    airtable,
    pairs,
    round: async winner => {
      const done = await round(lines, { notion, airtable }, memory, winner)
      // The log of calls keeps every body.
      for (const service of [notion, airtable]) service.calls.length = 0
      memory = done.memory
      return done
    },
    close: async () => {
      await Promise.all([notion.close(), airtable.close()])
    },
  }
}

function notionSeed(lines: readonly Line[], count: number): Parameters<typeof startNotion>[0] {
  const property = (line: Line) => {
    if (line.notion === 'relation') return { type: 'relation', dataSource: 'Targets' }
    const options = SELECTING.includes(line.notion) ? { options: OPTIONS } : {}
    // A title is made of a text; see giveManyTitles.
    return { type: line.notion === 'title' ? 'rich_text' : line.notion, ...options }
  }
  return {
    bot: { id: BOT },
    users: NOTION_USERS,
    databases: [
      {
        title: 'Pairs',
        properties: { Name: { type: 'title' }, ...Object.fromEntries(lines.map(line => [line.name, property(line)])) },
        pages: Array.from({ length: count }, () => ({ properties: {} })),
      },
      {
        title: 'Targets',
        properties: { Name: { type: 'title' } },
        pages: TARGET_PAGES.map((id, n) => ({ id, properties: { Name: `Target ${n}` } })),
      },
    ],
  }
}
const SELECTING = ['select', 'status', 'multi_select']

function airtableSeed(lines: readonly Line[], count: number): Parameters<typeof startAirtable>[0] {
  const field = (line: Line) => {
    const { name, airtable: type } = line
    switch (type) {
      case 'number':
      case 'currency':
      case 'percent':
        return { name, type, options: { precision: precisionOf(line) } }
      case 'rating':
        return { name, type, options: { max: topOf(line) } }
      case 'singleSelect':
      case 'multipleSelects':
        return { name, type, choices: [...OPTIONS, ...Object.values(line.values)] }
      case 'multipleRecordLinks':
        return { name, type, options: { linkedTableId: 'Targets' } }
      default:
        return { name, type }
    }
  }
  return {
    users: AIRTABLE_USERS,
    bases: [
      {
        tables: [
          {
            name: 'Pairs',
            fields: [{ name: PAGE_ID, type: 'singleLineText' }, ...lines.map(field)],
            records: Array.from({ length: count }, () => ({ fields: {} })),
          },
          {
            name: 'Targets',
            fields: [{ name: 'Name', type: 'singleLineText' }],
            records: TARGET_ROWS.map((id, n) => ({ id, fields: { Name: `Target ${n}` } })),
          },
        ],
      },
    ],
  }
}

/** Notion has one title in a table. Here there is one for each line, so that one request writes them all. */
async function giveManyTitles(notion: NotionEmulator, lines: readonly Line[]): Promise<void> {
  const snapshot = notion.snapshot()
  const titles = new Set(lines.filter(line => line.notion === 'title').map(line => line.name))
  for (const property of snapshot.state.dataSources[notion.dataSourceId]?.properties ?? [])
    if (titles.has(property.name)) property.type = 'title'
  await notion.restoreSnapshot(snapshot)
}

function fieldsOf(
  lines: readonly Line[],
  columns: Readonly<Record<Side, readonly SchemaColumn[]>>,
  conflict: Side,
): Field[] {
  const byName = (columns: readonly SchemaColumn[], name: string) => {
    const found = columns.find(column => column.name === name)
    if (found === undefined) throw new Error(`there is no column ${name}`)
    return found
  }
  return lines.map(({ name, values, people }) => {
    const bound = ownerOf(
      { notion: name, airtable: name },
      byName(columns.notion, name),
      byName(columns.airtable, name),
    )
    if ('complaint' in bound) throw new Error(bound.complaint)
    const links = { sync: 'targets', self: false, twins: twinsOf(TARGET_PAIRS) }
    const isLinks = bound.notion.shape.is === 'links'
    return { key: name, ...bound, conflict, values, people, ...(isLinks ? { links } : {}) }
  })
}

async function round(
  lines: readonly Line[],
  { notion, airtable }: Pick<World, Side>,
  before: Remembered,
  winner: Side,
): Promise<Round> {
  const notionSide = notionTable(createNotionClient('ntn_test', notion.url, pace), notion.dataSourceId, undefined)
  const airtableClient = createAirtableClient('pat_test', airtable.url, pace)
  const [table] = await listTables(airtableClient, airtable.baseId)
  if (table === undefined) throw new Error('the base has no table')
  const where = { base: airtable.baseId, id: table.id }
  const airtableSide = airtableTable(airtableClient, where)
  const fields = fieldsOf(lines, { notion: await notionSide.columns(), airtable: table.columns }, winner)
  const pageIdField = airtable.fieldId(PAGE_ID)
  const properties = fields.map(field => field.notion.id)
  const [rawPages, rawRows, members] = await Promise.all([
    notionSide.read(properties),
    airtableSide.read([pageIdField, ...fields.map(field => field.airtable.id)]),
    notionSide.people(),
  ])

  const known = new Map(members.map(person => [person.id ?? '', person]))
  const asPage = (raw: RawPage) => toPage(raw, fields, known, new Map())
  const asRow = (raw: RawRow) => toRow(raw, fields, where, pageIdField, null, new Map())
  const asRead = { pages: rawPages.map(asPage), rows: rawRows.map(asRow) }
  const shared = fields.filter(field => field.notion.shape.is === 'people' && field.airtable.shape.is === 'people')
  const named = [...asRead.pages, ...asRead.rows].flatMap(({ values }) =>
    shared.flatMap(({ key }) => (values[key] ?? []) as readonly Person[]),
  )
  const complete = withAddresses([...named, ...members])
  const withPeople = <T extends { readonly values: Readonly<Record<string, Value>> }>(record: T): T => {
    const completed = shared.map(({ key }) => [key, complete(record.values[key] ?? null)])
    return { ...record, values: { ...record.values, ...Object.fromEntries(completed) } }
  }
  const pageOf = (raw: RawPage) => withPeople(asPage(raw))
  const rowOf = (raw: RawRow) => withPeople(asRow(raw))
  const seen = { pages: asRead.pages.map(withPeople), rows: asRead.rows.map(withPeople) }

  const addressed = members.filter(person => person.email !== undefined).map(({ id: _, ...person }) => person)
  const inUse = named.filter(person => person.id?.startsWith('usr'))
  const people = {
    notion: members,
    airtable: [
      ...new Map([...inUse, ...addressed].reverse().map(person => [person.email?.toLowerCase(), person])).values(),
    ],
  }
  const plan = makePlan(settings(fields, { create: 'none' }), observed({ ...before, ...seen, people }))
  const byId = <T extends { readonly id: string }>(records: readonly T[]) =>
    new Map(records.map(each => [each.id, each]))
  const [pagesById, rowsById] = [byId(rawPages), byId(rawRows)]
  const { outcomes, failure } = await apply(plan, {
    notion: notionSide,
    airtable: airtableSide,
    fields,
    pageIdField,
    lastSyncedField: null,
    toPage: pageOf,
    rawPage: id => pagesById.get(id) ?? null,
    rawRow: id => rowsById.get(id) ?? null,
    properties,
    toRow: rowOf,
    seen: { pages: byId(seen.pages), rows: byId(seen.rows), at: NOW },
    now: () => NOW,
    halted: () => null,
    progress: () => {},
  })
  const memory = remember(fields, plan, outcomes, seen)
  const raw = { rawPages: pagesById, rawRows: rowsById }
  return { fields, ...seen, ...raw, people, pairs: before.pairs, plan, outcomes, failure, memory }
}
