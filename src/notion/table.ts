/**
 * One data source of Notion: finding it, its columns, reading it whole, looking up what is missing, writing pages.
 * It decides nothing; what a missing page means is said as a fate, proved by its ID.
 */
import { extractNotionId, isFullPage, type PageObjectResponse } from '@notionhq/client'
import type { Column, Fate, Person, SchemaColumn, Value } from '../core/model.ts'
import { ServiceError, UserError } from '../errors.ts'
import type { NotionClient } from './client.ts'
import { columnsOf, writeColumns } from './properties.ts'

export type RawPage = PageObjectResponse

export type NotionTable = {
  readonly dataSource: string
  readonly columns: () => Promise<SchemaColumn[]>
  /** Every page in the filter, by creation. Only the given properties are asked for. */
  readonly read: (properties: readonly string[]) => Promise<RawPage[]>
  /** Pages created since a time, whatever the filter says. */
  readonly recent: (properties: readonly string[], since: string) => Promise<RawPage[]>
  readonly lookUp: (ids: readonly string[]) => Promise<Map<string, Fate>>
  readonly page: (id: string) => Promise<RawPage>
  /** Writes just these cells over what stands in `current`; answers the page as Notion has it. `fresh` as in pace.ts. */
  readonly update: (
    id: string,
    cells: readonly { column: Column; value: Value }[],
    current: RawPage | null,
    fresh?: () => boolean,
  ) => Promise<RawPage>
  /** Makes a page with these cells. It is never sent twice: without an answer, the next run finds what was made. */
  readonly create: (cells: readonly { column: Column; value: Value }[]) => Promise<RawPage>
  readonly trash: (id: string, inTrash: boolean, fresh?: () => boolean) => Promise<void>
  /** The integration's own user ID. */
  readonly bot: () => Promise<string>
  /** All members, guests aside; empty where the integration may not see users. */
  readonly people: () => Promise<Person[]>
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
  const database = await client.ask(notion => notion.databases.retrieve({ database_id: id })).catch(whenMissing(null))
  if (database === null) {
    const source = await client
      .ask(notion => notion.dataSources.retrieve({ data_source_id: id }))
      .catch(whenMissing(null))
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

const whenMissing =
  <T>(instead: T) =>
  (error: unknown): T => {
    if (error instanceof ServiceError && (error.failure === 'not-found' || error.failure === 'invalid')) return instead
    throw error
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
        .catch(whenMissing(null))
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
    lookUp: async ids => {
      const fates = await Promise.all(
        ids.map(async id => [id, await fateOf(client, dataSource, id, filter !== undefined)] as const),
      )
      return new Map(fates)
    },
    page: id => retrieve(client, id),
    update: async (id, cells, current, fresh) => {
      const properties = writeColumns(cells, current)
      try {
        const answer = await client.ask(
          notion => notion.pages.update({ page_id: id, properties: properties as never }),
          true,
          fresh,
        )
        return isFullPage(answer) ? answer : await retrieve(client, id)
      } catch (error) {
        // Saved, although no answer could be built: what counts is read again, and the write is not repeated.
        if (error instanceof ServiceError && error.saved !== undefined) return retrieve(client, id)
        throw error
      }
    },
    create: async cells => {
      const properties = writeColumns(cells, null)
      const parent = { type: 'data_source_id' as const, data_source_id: dataSource }
      try {
        const answer = await client.ask(
          notion => notion.pages.create({ parent, properties: properties as never }),
          false,
        )
        if (isFullPage(answer)) return answer
        if (typeof answer.id === 'string') return retrieve(client, answer.id)
        // An answer that is no page, as of a proxy: nobody knows whether one was made.
        throw new ServiceError('Notion', 'no-answer', 'answered a create with something that is no page')
      } catch (error) {
        if (error instanceof ServiceError && error.saved?.record !== undefined)
          return retrieve(client, error.saved.record)
        throw error
      }
    },
    trash: async (id, inTrash, fresh) => {
      await client.ask(notion => notion.pages.update({ page_id: id, in_trash: inTrash }), true, fresh)
    },
    bot: async () => (await client.ask(notion => notion.users.me({}))).id,
    people: () => readPeople(client),
  }
}

async function retrieve(client: NotionClient, id: string): Promise<RawPage> {
  const page = await client.ask(notion => notion.pages.retrieve({ page_id: id }))
  if (isFullPage(page)) return page
  throw new ServiceError('Notion', 'forbidden', `the integration may not read the content of page ${id}`)
}

/** A query stops at 10,000 rows and marks its last pages as incomplete; it is continued from the last creation time. */
async function readAll(
  client: NotionClient,
  dataSource: string,
  filter: Record<string, unknown> | undefined,
  properties: readonly string[],
): Promise<RawPage[]> {
  for (let attempt = 1; ; attempt += 1) {
    const pages = new Map<string, RawPage>()
    try {
      for (let since: string | null = null; ; ) {
        const last = await readWindow(client, dataSource, windowed(filter, since), properties, pages)
        if (last === null) return [...pages.values()]
        if (last === since) {
          throw new ServiceError(
            'Notion',
            'unexpected',
            `more pages than one query returns were created in the minute ${last}; they cannot be read completely`,
          )
        }
        since = last
      }
    } catch (error) {
      // A cursor that expired: the list is restarted, and what it brought so far is dropped.
      if (!(error instanceof ServiceError) || error.failure !== 'cursor-expired' || attempt === 3) throw error
    }
  }
}

/** Reads one query to its end into `pages`; answers the last creation time if it was cut off, else null. */
async function readWindow(
  client: NotionClient,
  dataSource: string,
  filter: Record<string, unknown> | undefined,
  properties: readonly string[],
  pages: Map<string, RawPage>,
): Promise<string | null> {
  let cursor: string | undefined
  let last: string | null = null
  let size = 100
  for (;;) {
    const start = cursor
    let failed = 0
    const answer = await client.ask((notion, before) => {
      // What is too heavy for Notion succeeds in smaller pieces; one failure may be a passing one.
      if (before?.failure === 'unavailable') failed += 1
      if (failed > 1) size = Math.ceil(size / 2)
      return notion.dataSources.query({
        data_source_id: dataSource,
        filter_properties: [...properties],
        sorts: [{ timestamp: 'created_time', direction: 'ascending' }],
        page_size: size,
        ...(filter === undefined ? {} : { filter: filter as never }),
        ...(start === undefined ? {} : { start_cursor: start }),
      })
    })
    for (const result of answer.results) {
      if (result.object !== 'page') continue
      if (!isFullPage(result))
        throw new ServiceError('Notion', 'forbidden', 'the integration may not read the content of this database')
      pages.set(result.id, result)
      last = result.created_time
    }
    if (answer.next_cursor === null) {
      const incomplete = 'request_status' in answer && answer.request_status?.type === 'incomplete'
      return incomplete ? last : null
    }
    cursor = answer.next_cursor
  }
}

function windowed(
  filter: Record<string, unknown> | undefined,
  since: string | null,
): Record<string, unknown> | undefined {
  if (since === null) return filter
  const window = { timestamp: 'created_time', created_time: { on_or_after: since } }
  if (filter === undefined) return window
  // Filters nest two levels at most, so an "and" takes the window in.
  return Array.isArray(filter.and) ? { and: [...filter.and, window] } : { and: [filter, window] }
}

/** What became of a page that a complete query did not bring. Only a page that says so itself is trashed or moved. */
async function fateOf(client: NotionClient, dataSource: string, id: string, filtered: boolean): Promise<Fate> {
  const page = await client
    .ask(notion => notion.pages.retrieve({ page_id: id, filter_properties: ['title'] }))
    .catch(whenMissing(null))
  if (page === null || !isFullPage(page)) return 'unreadable'
  if (page.in_trash) return 'trashed'
  if ('is_archived' in page && page.is_archived === true) return 'archived'
  if (page.parent.type !== 'data_source_id' || page.parent.data_source_id !== dataSource) return 'moved'
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
        if (error instanceof ServiceError && error.failure === 'forbidden') return null
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
