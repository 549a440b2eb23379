/**
 * Reading for one sync: the state, both schemas and both sides, as much as possible at the same time. It ends with
 * everything that the plan is made from; it writes nothing and decides nothing.
 */
import { type AirtableTable, type RawRow, toRow } from './airtable/table.ts'
import { type Bound, bind } from './config/bind.ts'
import { digest } from './core/digest.ts'
import type { Fate, Field, Page, Row } from './core/model.ts'
import { followOptions } from './core/options.ts'
import { withAddresses } from './core/people.ts'
import { archivedAway, holdsArchive, missing } from './core/plan.ts'
import { forgetRetyped } from './core/retype.ts'
import type { Person } from './core/shape.ts'
import type { Deps, Log } from './deps.ts'
import { UserError } from './errors.ts'
import { doubtEmptyRelations, doubtVanishedLinks, linkableSyncs, linkedBy, readTitles } from './links.ts'
import { namesSomebodyByIdOnly, toPage } from './notion/page.ts'
import { findDataSource, type NotionTable, notionId, type RawPage } from './notion/table.ts'
import { airtableIds, notionIds, openAirtable, openNotion } from './open.ts'
import { type Belongs, parseState, type State } from './state/schema.ts'

export type Reading = {
  readonly bound: Bound
  readonly belongs: Belongs
  readonly notion: NotionTable
  readonly airtable: AirtableTable
  readonly pages: readonly Page[]
  readonly rows: readonly Row[]
  readonly fates: ReadonlyMap<string, Fate>
  /** Rows outside the view or filter that carry the ID of a page that has no row inside. */
  readonly hidden: readonly Row[]
  /** The state, with options by the names that they have now. */
  readonly state: State | null
  /** When the reading of the older side began (ms). */
  readonly at: number
  readonly toPage: (raw: RawPage) => Page
  /** A page as Notion gave it when it was read, and a row likewise. */
  readonly rawPage: (id: string) => RawPage | null
  readonly rawRow: (id: string) => RawRow | null
  /** The Notion properties that take part, by ID. */
  readonly properties: readonly string[]
  readonly toRow: (raw: RawRow) => Row
  /** Pages of the last days that the filter hides; none where there is no filter. */
  readonly recentPages: () => Promise<readonly Page[]>
  /**
   * All members that Notion knows; asked at most once a run, and only where somebody must be found. From then on `toPage`
   * knows them too.
   */
  readonly members: () => Promise<readonly Person[]>
}

/** How far back a page is looked for that a broken-off run may have made. */
const RECENT_MS = 7 * 24 * 3600_000

/** What is needed to read a sync; `repository` is null where a state of any will do, since nothing is written. */
export type ReadingDeps = Pick<
  Deps,
  | 'name'
  | 'config'
  | 'syncs'
  | 'place'
  | 'services'
  | 'openStore'
  | 'stateDir'
  | 'repository'
  | 'inShell'
  | 'force'
  | 'now'
> & { readonly log: Pick<Log, 'warn'> }

type ReadingInput = ReturnType<typeof readingInput>

/** What reading is given: the state of this sync is asked for at once, that of another when links point there. */
export function readingInput(deps: ReadingDeps, opening: ReturnType<Deps['openStore']>) {
  const stateOf = async (sync: string): Promise<State | null> => {
    const path = `${deps.stateDir}/${sync}/state.json`
    const text = await (await opening).read(path)
    return text === null ? null : parseState(text, path)
  }
  const state = stateOf(deps.name)
  state.catch(() => {})
  return { ...deps, state, stateOf, warn: deps.log.warn }
}

/** Holds the lines of a sync against what both services have; throws a UserError with all that does not fit. */
export const checkLines = async (deps: ReadingDeps): Promise<void> =>
  void (await openSync(readingInput(deps, deps.openStore())))

/** Both sides opened, and held against the lines of the config; throws a UserError with all that does not fit. */
async function openSync(input: ReadingInput) {
  const { config, name } = input
  const configured = notionId(config.notion.database)
  const [notionSide, airtableSide, state] = await together(
    openNotion(input, configured),
    openAirtable(input),
    input.state,
  )
  const belongs: Belongs = {
    repository: input.repository ?? state?.belongs.repository ?? '',
    notion: configured,
    dataSource: notionSide.table.dataSource,
    base: config.airtable.base,
    table: config.airtable.table,
    tableId: airtableSide.table.id,
  }
  const usable = stateFor(state, belongs, input)
  if (airtableSide.renamedTo !== undefined) {
    input.warn(
      `The Airtable table "${config.airtable.table}" is called "${airtableSide.renamedTo}" now; it is followed by its ID. Change the name here.`,
      input.place(['syncs', name, 'airtable', 'table']),
    )
  }

  const linkable = await linkableSyncs(
    input,
    airtableSide.columns,
    { state: usable, dataSource: notionSide.table.dataSource },
    input.stateOf,
    sync => findDataSource(input.services.notion, sync.notion.database),
  )
  const bound = bind({
    name,
    config,
    place: input.place,
    columns: { notion: notionSide.columns, airtable: airtableSide.columns },
    learned: usable?.fields ?? [],
    ownFields: usable?.ownFields ?? {},
    linked: linkedBy(name, linkable),
  })
  for (const warning of bound.warnings) input.warn(warning.message, warning.place)
  return { notionSide, airtableSide, belongs, usable, linkable, bound }
}

/** All of them; where several fail for what a person must change, all of that is told at once. */
async function together<A, B, C>(a: Promise<A>, b: Promise<B>, c: Promise<C>): Promise<[A, B, C]> {
  const settled = await Promise.allSettled([a, b, c])
  // A state that cannot be read fails all three with one error.
  const errors = [...new Set(settled.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : [])))]
  const told = errors.filter(error => error instanceof UserError)
  const [first] = told
  if (first !== undefined && told.length === errors.length)
    throw new UserError(
      told.flatMap(({ complaints }) => complaints),
      first.kind,
    )
  return Promise.all([a, b, c])
}

/** Reads everything, or throws a UserError with all that does not fit. */
export async function readSync(input: ReadingInput): Promise<Reading> {
  const { config } = input
  const at = input.now()
  const { notionSide, airtableSide, belongs, usable, linkable, bound } = await openSync(input)
  const { fields } = bound.settings
  const { table: airtable } = airtableSide
  const properties = notionIds(fields.map(field => field.notion.id))
  const columns = airtableIds([bound.pageIdField.id, ...fields.map(field => field.airtable.id)])
  const inBase = { base: airtable.base, tables: airtableSide.tables ?? [] }
  const [rawPages, rawRows, titles] = await Promise.all([
    notionSide.records(properties),
    airtableSide.records(columns),
    readTitles(fields, linkable, input.services, notionSide.table, inBase),
  ])

  const people = new Map<string, Person>()
  let asked: Promise<readonly Person[]> | undefined
  const askMembers = async () => {
    const found = await notionSide.table.people()
    for (const person of found) people.set(person.id ?? '', person)
    return found
  }
  const members = () => (asked ??= askMembers())
  if (rawPages.some(namesSomebodyByIdOnly)) await members()

  const titleField = fields.find(field => field.notion.type === 'title')?.airtable ?? null
  const asRead = {
    page: (raw: RawPage) => toPage(raw, fields, people, titles),
    row: (raw: RawRow) =>
      toRow(raw, fields, { base: airtable.base, id: airtable.id }, bound.pageIdField.id, titleField, titles),
  }
  const shared = fields.filter(field => field.notion.shape.is === 'people' && field.airtable.shape.is === 'people')
  const named = shared.length === 0 ? [] : [...rawPages.map(asRead.page), ...rawRows.map(asRead.row)]
  const complete = withAddresses([...peopleOf(named, shared), ...people.values()])
  const withPeople = <T extends Page | Row>(record: T): T => {
    const completed = shared.map(({ key }) => [key, complete(record.values[key] ?? null)])
    return { ...record, values: { ...record.values, ...Object.fromEntries(completed) } }
  }
  const pageOf = (raw: RawPage) => withPeople(asRead.page(raw))
  const rowOf = (raw: RawRow) => withPeople(asRead.row(raw))
  const rawById = new Map(rawPages.map(raw => [raw.id, raw]))
  const rawRowById = new Map(rawRows.map(raw => [raw.id, raw]))
  const readPages = rawPages.map(pageOf)
  const readRows = rawRows.map(rowOf)
  const followed = usable && followOptions(usable, bound.renames)
  const known = usable &&
    followed && {
      ...usable,
      ...followed,
      pairs: forgetRetyped(fields, followed.pairs, bound.retyped, { pages: readPages, rows: readRows }),
    }
  const pairs = known?.pairs ?? []
  const absent = missing(bound.settings, { pairs, pages: readPages, rows: readRows })
  const scoped = config.airtable.view !== undefined || config.airtable.filter !== undefined
  const [pageFates, rowFates, hidden] = await Promise.all([
    notionSide.table.lookUp([...absent.pages, ...someOf(absent.resting, input.now())]),
    absent.rows.length === 0 ? new Map<string, Fate>() : airtable.lookUp(absent.rows, bound.pageIdField.id),
    scoped ? airtable.withPageIds(absent.twinless, bound.pageIdField.id, columns) : [],
  ])
  const fates = new Map([...pageFates, ...rowFates])

  // What an archive value of ours put outside filter or view cannot come back by itself: it is fetched to be undone.
  const away = archivedAway(pairs, fates)
  // Where a row was deleted, a copy of it may stand there too.
  const bereft = scoped ? pairs.flatMap(({ page, row }) => (fates.get(row) === 'deleted' ? [page] : [])) : []
  const [awayPages, awayRows, copies] = await Promise.all([
    Promise.all(away.pages.map(id => notionSide.table.page(id, properties))),
    away.rows.length === 0 ? [] : airtable.rows(away.rows, columns),
    airtable.withPageIds(bereft, bound.pageIdField.id, columns),
  ])
  const archived = (record: Page | Row) => holdsArchive(bound.settings, pairs, record)
  for (const raw of awayPages) rawById.set(raw.id, raw)
  for (const raw of awayRows) rawRowById.set(raw.id, raw)
  const rows = [...readRows, ...awayRows.map(rowOf).filter(archived)]
  const seen = { pages: [...readPages, ...awayPages.map(pageOf).filter(archived)], rows, pairs }
  const [pages, doubted] = await Promise.all([
    doubtEmptyRelations(fields, seen, notionSide.table),
    doubtVanishedLinks(fields, seen, input.services, notionSide.table, inBase),
  ])
  return {
    bound: { ...bound, settings: { ...bound.settings, fields: doubted } },
    belongs,
    notion: notionSide.table,
    airtable,
    pages,
    rows,
    fates,
    hidden: [...hidden, ...copies].map(rowOf),
    state: known,
    at,
    toPage: pageOf,
    rawPage: id => rawById.get(id) ?? null,
    rawRow: id => rawRowById.get(id) ?? null,
    properties,
    toRow: rowOf,
    recentPages: async () =>
      config.notion.filter === undefined
        ? []
        : (await notionSide.table.recent(properties, new Date(at - RECENT_MS).toISOString())).map(pageOf),
    members,
  }
}

/**
 * The state, if it belongs to this repository, data source, base and table; else the sync stops. With `force` it goes
 * on; what was remembered of records that are elsewhere is dropped then, since they are not gone but out of sight.
 */
function stateFor(
  state: State | null,
  now: Belongs,
  { force, inShell }: { readonly force: boolean; readonly inShell: boolean },
): State | null {
  const names = {
    repository: 'repository',
    dataSource: 'Notion data source',
    base: 'Airtable base',
    tableId: 'Airtable table',
  } as const
  const differs = (Object.keys(names) as (keyof typeof names)[]).filter(
    key => state !== null && state.belongs[key] !== now[key],
  )
  if (state === null || differs.length === 0) return state
  if (force)
    return differs.every(key => key === 'repository')
      ? state
      : { ...state, fields: [], pairs: [], conflicts: [], problems: [] }
  const list = differs.map(key => `${names[key]} ${state.belongs[key]}, not ${now[key]}`).join('; ')
  throw new UserError(
    `The state belongs to another place: ${list}. Nothing was written. If this repository is a copy, give it a database and a base of its own and delete the state folder. If you moved on purpose, run once with ${inShell ? '--force, or keep this state apart with --state-dir' : '"force: true"'}; records are then linked anew. Rows that hold page IDs of another database are left alone: empty their page ID field first, so that they are linked by name.`,
    'guard',
  )
}

/** Everybody whom the records name in these fields. */
const peopleOf = (records: readonly (Page | Row)[], fields: readonly Field[]): Person[] =>
  records.flatMap(record =>
    fields.flatMap(({ key }) => (Array.isArray(record.values[key]) ? (record.values[key] as readonly Person[]) : [])),
  )

/**
 * Pages outside the filter are looked up too, since they may be trashed there; where there are many, a few at each run
 * by chance, so that a quiet run stays cheap. A turn that the clock tells could fall into step with the schedule.
 */
function someOf(ids: readonly string[], now: number): readonly string[] {
  const MOST = 20
  if (ids.length <= MOST) return ids
  const turn = Number.parseInt(digest(now), 16) % Math.ceil(ids.length / MOST)
  return ids.slice(turn * MOST, (turn + 1) * MOST)
}
