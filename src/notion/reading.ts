/**
 * Reading pages of Notion whole: lists that break off are read again, lists that are cut are continued, and values of
 * which an answer lists a part only are completed. It concludes nothing from what is missing.
 */
import {
  isFullPage,
  type PageObjectResponse,
  type PropertyItemListResponse,
  type RichTextItemResponse,
} from '@notionhq/client'
import { isFailure, ServiceError } from '../errors.ts'
import type { NotionClient } from './client.ts'
import { plainText } from './rich-text.ts'

export type RawPage = PageObjectResponse

/** Answers null where what was asked for is not there, or not shown. */
export function whenMissing(error: unknown): null {
  if (isFailure(error, 'not-found', 'invalid')) return null
  throw error
}

export function titleOf(page: RawPage): string {
  const title = Object.values(page.properties).find(property => property.type === 'title')
  return title?.type === 'title' ? plainText(title.title) : ''
}

/** One page, with all values of these properties. */
export async function retrieve(client: NotionClient, id: string, properties: readonly string[]): Promise<RawPage> {
  const page = await client.ask(notion => notion.pages.retrieve({ page_id: id }))
  if (isFullPage(page)) return completed(client, page, properties)
  throw new ServiceError('Notion', 'forbidden', `the integration may not read the content of page ${id}`)
}

/**
 * A page lists 25 references of a property: more links are announced, more people, mentions or values that are rolled up
 * may be left out without a sign (developers.notion.com, retrieve-a-page). Where that many are listed, all are asked for.
 * A formula, and a rollup that is a number or a date, do not tell how many they were made of.
 */
const REFERENCES = 25

type Property = RawPage['properties'][string]
type Item = RichTextItemResponse

function mayBeCut(property: Property): boolean {
  switch (property.type) {
    case 'relation':
      return 'has_more' in property ? property.has_more === true : property.relation.length >= REFERENCES
    case 'people':
      return property.people.length >= REFERENCES
    case 'title':
      return mentionsIn(property.title) >= REFERENCES
    case 'rich_text':
      return mentionsIn(property.rich_text) >= REFERENCES
    case 'rollup':
      return property.rollup.type === 'array' && property.rollup.array.length >= REFERENCES
    default:
      return false
  }
}

const mentionsIn = (items: readonly { type: string }[]): number => items.filter(item => item.type === 'mention').length

/** The page with all references of these properties, and with what says nothing spelled out. */
export async function completed(client: NotionClient, given: RawPage, wanted: readonly string[]): Promise<RawPage> {
  const page = spelledOut(given)
  const cut = Object.entries(page.properties).filter(
    ([, property]) => wanted.includes(property.id) && mayBeCut(property),
  )
  if (cut.length === 0) return page
  const whole = await Promise.all(cut.map(async ([name, property]) => [name, await readWhole(client, page, property)]))
  return { ...page, properties: { ...page.properties, ...Object.fromEntries(whole) } }
}

const UNFORMATTED = {
  bold: false,
  italic: false,
  strikethrough: false,
  underline: false,
  code: false,
  color: 'default',
}

/** Notion tells that a text has no formatting; what answers in its place may leave that out. */
function spelledOut(page: RawPage): RawPage {
  const item = (told: Item): Item => {
    const annotations = { ...UNFORMATTED, ...told.annotations } as Item['annotations']
    const more = { href: told.href ?? null, annotations }
    if (told.type !== 'text') return { ...told, ...more }
    const { content, link } = told.text
    return { ...told, ...more, plain_text: told.plain_text ?? content, text: { content, link: link ?? null } }
  }
  const property = (told: Property): Property => {
    if (told.type === 'title') return { ...told, title: told.title.map(item) }
    return told.type === 'rich_text' ? { ...told, rich_text: told.rich_text.map(item) } : told
  }
  const properties = Object.entries(page.properties).map(([name, told]) => [name, property(told)])
  return { ...page, properties: Object.fromEntries(properties) }
}

async function readWhole(client: NotionClient, page: RawPage, property: Property): Promise<unknown> {
  const { id, type } = property
  const items: PropertyItem[] = []
  let rollup: Rollup | undefined
  let cursor: string | undefined
  do {
    const start = cursor
    const answer = await client.ask(notion =>
      notion.pages.properties.retrieve({
        page_id: page.id,
        property_id: id,
        page_size: 100,
        ...(start === undefined ? {} : { start_cursor: start }),
      }),
    )
    if (answer.object !== 'list') throw new ServiceError('Notion', 'unexpected', `gave no list of the property ${id}`)
    items.push(...answer.results)
    if (answer.property_item?.type === 'rollup') rollup = answer.property_item.rollup
    cursor = answer.next_cursor ?? undefined
  } while (cursor !== undefined)
  const value = rollup === undefined ? items.map(item => Reflect.get(item, type)) : rolledUp(items, rollup)
  return { ...property, [type]: value }
}

type PropertyItem = PropertyItemListResponse['results'][number]
type Rollup = Extract<PropertyItemListResponse['property_item'], { type: 'rollup' }>['rollup']

/**
 * A rollup from its items, and from what is said of it at their end. Texts come in pieces, and where one ends is not told;
 * but two plain pieces are never of one text, which would hold them as one.
 */
function rolledUp(items: readonly PropertyItem[], { type, function: name }: Rollup): unknown {
  const pieces = items.flatMap(item =>
    item.type === 'title' ? [item.title] : item.type === 'rich_text' ? [item.rich_text] : [],
  )
  if (type !== 'array' || !pieces.every(isPlain)) return { type: 'unsupported', unsupported: {}, function: name }
  const listed = ['title', 'rich_text', 'people', 'relation']
  const array = items.map(item => {
    const value: unknown = Reflect.get(item, item.type)
    return { type: item.type, [item.type]: listed.includes(item.type) ? [value] : value }
  })
  return { type, array, function: name }
}

const isPlain = ({ type, href, annotations }: Item): boolean =>
  type === 'text' &&
  href == null &&
  Object.values(annotations ?? {}).every(mark => mark === false || mark === 'default')

/** A query stops at 10,000 rows and marks its last pages as incomplete; it is continued from the last creation time. */
export async function readAll(
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
        if (last === null)
          return await Promise.all([...pages.values()].map(page => completed(client, page, properties)))
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
      if (!isFailure(error, 'cursor-expired') || attempt === 3) throw error
    }
  }
}

/** A query takes this many names of properties at most; one that names none brings them all. */
const NAMED = 100

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
        ...(properties.length > NAMED ? {} : { filter_properties: [...properties] }),
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
      last = result.created_time
      // A page in the trash is looked up like one that is missing.
      if (!(result.in_trash ?? result.archived)) pages.set(result.id, result)
    }
    cursor = answer.next_cursor ?? undefined
    if (cursor === undefined) {
      const incomplete = 'request_status' in answer && answer.request_status?.type === 'incomplete'
      return incomplete ? last : null
    }
  }
}

export function windowed(
  filter: Record<string, unknown> | undefined,
  since: string | null,
): Record<string, unknown> | undefined {
  if (since === null) return filter
  const window = { timestamp: 'created_time', created_time: { on_or_after: since } }
  if (filter === undefined) return window
  // Filters nest two levels at most, so an "and" takes the window in, and of an "or" each member does.
  if (Array.isArray(filter.and)) return { and: [...filter.and, window] }
  if (!Array.isArray(filter.or)) return { and: [filter, window] }
  const members: Record<string, unknown>[] = filter.or.flatMap(member =>
    Array.isArray(member.or) ? member.or : [member],
  )
  const isFlat = members.every(member => !Array.isArray(member.and))
  if (isFlat) return { and: [{ or: members }, window] }
  return { or: members.map(member => ({ and: [...(Array.isArray(member.and) ? member.and : [member]), window] })) }
}
