/**
 * Rich text: in which form the service keeps what was written (alike neighbours merged, links completed), and how it
 * shows mentions, whose text is that of the moment of reading.
 */
import { keptDate } from './dates.ts'
import { invalid, notFound } from './errors.ts'
import type { Shown, View } from './render.ts'
import { isRecord, isShared, type Json, type State, titleOf, toId } from './state.ts'
import { isSomebody, renderReference, visibleName } from './users.ts'

type Annotations = Record<'bold' | 'italic' | 'strikethrough' | 'underline' | 'code', boolean> & { color: string }
type RichTextItem = { type: string; annotations: Annotations; plain_text: string; href: string | null } & {
  [key: string]: Json
}

/** A page shows this many different mentions of a property; the property endpoint has the others. */
const MAX_MENTIONS = 25

/** Rich text as the service keeps it: defaults filled in, empty parts dropped, alike neighbours merged. */
export function normaliseRichText(state: State, items: unknown[]): RichTextItem[] {
  const kept: RichTextItem[] = []
  for (const raw of items) {
    if (!isRecord(raw)) continue
    const item = normaliseItem(state, raw)
    const last = kept.at(-1)
    if (item.type === 'text' && item.plain_text === '') continue
    if (last !== undefined && last.type === 'text' && item.type === 'text' && sameLook(last, item)) {
      kept[kept.length - 1] = textItem(last.plain_text + item.plain_text, last.href, last.annotations)
    } else kept.push(item)
  }
  return kept
}

function normaliseItem(state: State, raw: Record<string, unknown>): RichTextItem {
  const annotations = readAnnotations(raw.annotations)
  if (isRecord(raw.equation)) {
    const expression = String(raw.equation.expression)
    return { type: 'equation', equation: { expression }, annotations, plain_text: expression, href: null }
  }
  if (isRecord(raw.mention)) return { type: 'mention', ...readMention(state, raw.mention), annotations }
  const content = isRecord(raw.text) ? raw.text : {}
  const link = isRecord(content.link) ? String(content.link.url) : null
  return textItem(String(content.content ?? ''), link === null ? null : normaliseUrl(link), annotations)
}

export function textItem(content: string, href: string | null = null, annotations = readAnnotations({})): RichTextItem {
  const link = href === null ? null : { url: href }
  return { type: 'text', text: { content, link }, annotations, plain_text: content, href }
}

function readAnnotations(raw: unknown): Annotations {
  const given = isRecord(raw) ? raw : {}
  return {
    bold: given.bold === true,
    italic: given.italic === true,
    strikethrough: given.strikethrough === true,
    underline: given.underline === true,
    code: given.code === true,
    color: typeof given.color === 'string' ? given.color : 'default',
  }
}

type Mention = { mention: { [key: string]: Json }; plain_text: string; href: string | null }

/** A mention with the text that it has at the moment. Of what is not shared nothing can be mentioned. */
function readMention(state: State, raw: Record<string, unknown>): Mention {
  const kind = Object.keys(raw).find(key => key !== 'type') ?? 'user'
  const given: Record<string, unknown> = isRecord(raw[kind]) ? raw[kind] : {}
  const id = toId(String(given.id)) ?? String(given.id)
  switch (kind) {
    case 'user':
      if (!isSomebody(state, id)) throw invalid(`Could not find user with ID: ${id}.`)
      return { mention: { type: kind, user: partial(id) }, plain_text: userText(nameOf(state, id)), href: null }
    case 'page':
    case 'database':
      if (nameOf(state, id) === undefined || !isShared(state, id)) throw notFound(kind, id, state.bot)
      return { mention: { type: kind, [kind]: { id } }, plain_text: nameOf(state, id) || UNTITLED, href: link(id) }
    case 'date': {
      const { start, end } = keptDate(given)
      const text = end === null ? String(start) : `${start} → ${end}`
      return { mention: { type: kind, date: { start, end, time_zone: null } }, plain_text: text, href: null }
    }
    case 'custom_emoji':
      return { mention: { type: kind, [kind]: given as Json }, plain_text: `:${given.name ?? ''}:`, href: null }
    case 'template_mention': {
      const when = given.template_mention_date ?? given.template_mention_user ?? ''
      return { mention: { type: kind, [kind]: given as Json }, plain_text: `@${String(when)}`, href: null }
    }
    default: {
      // a link that the app has turned into a card: it can be read only
      const href = String(given.href ?? given.url ?? '')
      return { mention: { type: kind, [kind]: given as Json }, plain_text: String(given.title ?? href), href }
    }
  }
}

const UNTITLED = 'Untitled'
const partial = (id: string): Json => ({ object: 'user', id })
const link = (id: string): string => `https://app.notion.com/p/${id.replaceAll('-', '')}`
const userText = (name: string | undefined): string => `@${name ?? 'Anonymous'}`

/** The name of a user, page or database, whoever may see it. */
function nameOf(state: State, id: string): string | undefined {
  const page = state.pages[id]
  if (page !== undefined) return titleOf(state, page)
  return (
    (state.databases[id] ?? state.dataSources[id])?.title ??
    [...state.users, state.bot].find(each => each.id === id)?.name
  )
}

/**
 * Rich text as it is shown now: a mention has the name of today, or none where the bot may not see what it means.
 * `isWhole` is for the property endpoint; in a page the mentions beyond the first 25 different ones stay unnamed.
 */
export function renderRichText(state: State, items: Json, view: View, isWhole: boolean): Json {
  if (!Array.isArray(items)) return []
  const seen = new Set<string>()
  return items.map(item => {
    if (!isRecord(item) || !isRecord(item.mention)) return item as Json
    const kind = String(item.mention.type)
    const target = item.mention[kind]
    if (!['user', 'page', 'database'].includes(kind) || !isRecord(target)) return item as Json
    const id = String(target.id)
    seen.add(id)
    return { ...item, ...renderMention(state, kind, id, view, isWhole || seen.size <= MAX_MENTIONS) } as Shown
  })
}

function renderMention(state: State, kind: string, id: string, view: View, isNamed: boolean): Shown {
  if (kind === 'user') {
    const user = isNamed ? renderReference(state, id, view) : partial(id)
    const name = isNamed ? visibleName(state, id, view) : undefined
    return { mention: { type: kind, user }, plain_text: userText(name) }
  }
  const name = isNamed && isShared(state, id) ? nameOf(state, id) : undefined
  return { plain_text: name || UNTITLED }
}

const sameLook = (one: RichTextItem, other: RichTextItem): boolean =>
  one.href === other.href && JSON.stringify(one.annotations) === JSON.stringify(other.annotations)

/** A bare host gains its slash, and what is not ASCII is percent-encoded. A path is a link inside of Notion. */
function normaliseUrl(url: string): string {
  if (url.startsWith('/')) return url
  if (!URL.canParse(url)) throw invalid('Invalid URL for link.')
  return new URL(url).href
}
