/**
 * One data source of Notion: finding it, its columns, reading it whole, looking up what is missing, writing pages.
 * It decides nothing; what a missing page means is said as a fate, proved by its ID.
 */
import { extractNotionId, isFullPage } from '@notionhq/client'
import type { Column, Fate, SchemaColumn } from '../core/model.ts'
import type { Person, Value } from '../core/shape.ts'
import { isFailure, ServiceError, UserError } from '../errors.ts'
import type { NotionClient } from './client.ts'
import { columnsOf, writeColumns } from './properties.ts'
import { completed, type RawPage, readAll, retrieve, titleOf, whenMissing, windowed } from './reading.ts'

export type { RawPage }

type Cells = readonly { readonly column: Column; readonly value: Value }[]

export type NotionTable = {
  readonly dataSource: string
  readonly columns: () => Promise<SchemaColumn[]>
  /** Every page in the filter, by creation. Only the given properties are asked for. */
  readonly read: (properties: readonly string[]) => Promise<RawPage[]>
  /** Pages created since a time, whatever the filter says. */
  readonly recent: (properties: readonly string[], since: string) => Promise<RawPage[]>
  /** What became of pages of this data source, or of another one. */
  readonly lookUp: (ids: readonly string[], of?: string) => Promise<Map<string, Fate>>
  /** A page with just these properties, all of their values. */
  readonly page: (id: string, properties: readonly string[]) => Promise<RawPage>
  /** Writes just these cells over what stands in `current`; answers the page as `page` does. `fresh` as in pace.ts. */
  readonly update: (
    id: string,
    cells: Cells,
    current: RawPage | null,
    properties: readonly string[],
    fresh?: () => boolean,
  ) => Promise<RawPage>
  /** Makes a page with these cells. It is never sent twice: without an answer, the next run finds what was made. */
  readonly create: (cells: Cells, properties: readonly string[]) => Promise<RawPage>
  readonly trash: (id: string, inTrash: boolean, fresh?: () => boolean) => Promise<void>
  /** The integration's own user ID. */
  readonly bot: () => Promise<string>
  /** All members, guests aside; empty where the integration may not see users. */
  readonly people: () => Promise<Person[]>
  /** The titles of all pages of a data source, by ID; null where it is not shared with the integration. */
  readonly titles: (dataSource: string) => Promise<Map<string, string> | null>
  /** Whether a data source is shared with the integration. */
  readonly isShared: (dataSource: string) => Promise<boolean>
}

const SHARE_ADVICE =
  'Open it in Notion, choose ••• → Connections, and add your integration; then check the ID in mappings.yaml.'

/** The dashed ID in what the config says; throws a UserError if there is none. */
export function notionId(written: string): string {
  const id = extractNotionId(written.trim())
  if (id === null)
    throw new UserError(
      `"${written}" is neither a Notion ID nor a Notion URL. Copy the link of the database and put it under notion: { database: … }.`,
    )
  return id
}

/** The data source that the config means: itself, or the only one of the database. */
export async function findDataSource(client: NotionClient, written: string): Promise<string> {
  const id = notionId(written)
  const database = await client.ask(notion => notion.databases.retrieve({ database_id: id })).catch(whenMissing)
  if (database === null) {
    const source = await client.ask(notion => notion.dataSources.retrieve({ data_source_id: id })).catch(whenMissing)
    if (source === null)
      throw new UserError(
        `Notion has no database or data source ${id} that is shared with the integration. ${SHARE_ADVICE}`,
        'access',
      )
    return source.id
  }
  const sources = 'data_sources' in database ? database.data_sources : []
  const [only, second] = sources
  if (only === undefined)
    throw new UserError(`Notion shows the database ${id}, but none of its data sources. ${SHARE_ADVICE}`, 'access')
  if (second !== undefined) {
    const list = sources.map(source => `${source.name}: ${source.id}`).join('; ')
    throw new UserError(
      `The database ${id} has ${sources.length} data sources. Put the ID of one under notion: { database: … }: ${list}.`,
    )
  }
  return only.id
}

export function notionTable(
  client: NotionClient,
  dataSource: string,
  filter: Record<string, unknown> | undefined,
): NotionTable {
  return {
    dataSource,
    columns: async () => {
      const source = await client
        .ask(notion => notion.dataSources.retrieve({ data_source_id: dataSource }))
        .catch(whenMissing)
      if (source === null)
        throw new UserError(
          `Notion does not show the data source ${dataSource} to the integration. ${SHARE_ADVICE}`,
          'access',
        )
      if ('in_trash' in source && source.in_trash)
        throw new UserError(
          `The Notion database of the data source ${dataSource} is in the trash. Restore it there, or change the mapping.`,
          'access',
        )
      return columnsOf(source.properties)
    },
    read: properties => readAll(client, dataSource, filter, properties),
    recent: (properties, since) => readAll(client, dataSource, windowed(undefined, since), properties),
    lookUp: async (ids, of = dataSource) => {
      const filtered = of === dataSource && filter !== undefined
      const fates = await Promise.all(ids.map(async id => [id, await fateOf(client, of, id, filtered)] as const))
      return new Map(fates)
    },
    page: (id, properties) => retrieve(client, id, properties),
    update: async (id, cells, current, properties, fresh) => {
      const body = writeColumns(cells, current)
      try {
        const answer = await client.ask(
          notion => notion.pages.update({ page_id: id, properties: body as never }),
          true,
          fresh,
        )
        return isFullPage(answer) ? await completed(client, answer, properties) : await retrieve(client, id, properties)
      } catch (error) {
        // Saved, although no answer could be built: what counts is read again, and the write is not repeated.
        if (error instanceof ServiceError && error.saved !== undefined) return retrieve(client, id, properties)
        throw error
      }
    },
    create: async (cells, properties) => {
      const body = writeColumns(cells, null)
      const parent = { type: 'data_source_id' as const, data_source_id: dataSource }
      try {
        const answer = await client.ask(notion => notion.pages.create({ parent, properties: body as never }), false)
        if (isFullPage(answer)) return await completed(client, answer, properties)
        if (typeof answer.id === 'string') return await retrieve(client, answer.id, properties)
        // An answer that is no page, as of a proxy: nobody knows whether one was made.
        throw new ServiceError('Notion', 'no-answer', 'answered a create with something that is no page')
      } catch (error) {
        if (error instanceof ServiceError && error.saved?.record !== undefined)
          return retrieve(client, error.saved.record, properties)
        throw error
      }
    },
    trash: async (id, inTrash, fresh) => {
      try {
        await client.ask(notion => notion.pages.update({ page_id: id, in_trash: inTrash }), true, fresh)
      } catch (error) {
        // Somebody was quicker: it lies there already.
        const there =
          inTrash && isFailure(error, 'not-found') && (await fateOf(client, dataSource, id, false)) === 'trashed'
        if (!there) throw error
      }
    },
    bot: async () => (await client.ask(notion => notion.users.me({}))).id,
    people: () => readPeople(client),
    titles: async of => {
      const pages = await readAll(client, of, undefined, ['title']).catch(whenMissing)
      return pages && new Map(pages.map(page => [page.id, titleOf(page)]))
    },
    isShared: async of =>
      (await client.ask(notion => notion.dataSources.retrieve({ data_source_id: of })).catch(whenHidden)) !== null,
  }
}

/** Answers null also where the token may not see this one: that it may read at all, the query has just shown. */
const whenHidden = (error: unknown): null => (isFailure(error, 'forbidden') ? null : whenMissing(error))

/** What became of a page that a complete query did not bring. Only a page that says so itself is trashed or moved. */
async function fateOf(client: NotionClient, dataSource: string, id: string, filtered: boolean): Promise<Fate> {
  const page = await client
    .ask(notion => notion.pages.retrieve({ page_id: id, filter_properties: ['title'] }))
    .catch(whenHidden)
  if (page === null || !isFullPage(page)) return 'unreadable'
  // Versions of the API before in_trash called it archived.
  if (page.in_trash ?? page.archived) return 'trashed'
  if ('is_archived' in page && page.is_archived === true) return 'archived'
  const { parent } = page
  // A server of before data sources tells the database alone, which does not prove that the page was moved.
  const source = 'data_source_id' in parent ? parent.data_source_id : parent.type === 'database_id' ? dataSource : null
  if (source !== dataSource) return 'moved'
  return filtered ? 'out-of-scope' : 'alive'
}

async function readPeople(client: NotionClient): Promise<Person[]> {
  const people: Person[] = []
  let cursor: string | undefined
  do {
    const start = cursor
    const answer = await client
      .ask(notion => notion.users.list({ page_size: 100, ...(start === undefined ? {} : { start_cursor: start }) }))
      .catch((error: unknown) => {
        if (isFailure(error, 'forbidden')) return null
        throw error
      })
    if (answer === null) return people
    for (const user of answer.results) {
      if (user.type !== 'person') continue
      const email = user.person?.email
      people.push({ id: user.id, ...(user.name ? { name: user.name } : {}), ...(email ? { email } : {}) })
    }
    cursor = answer.next_cursor ?? undefined
  } while (cursor !== undefined)
  return people
}
