/**
 * Notion's rich text: written as plain segments within the limits, or laid over what stands there, so that formatting,
 * links and mentions stay on the parts of a text that were not touched.
 */
import type { RichTextItemResponse } from '@notionhq/client'
import { comparableMarkdown, type Marks, parseMarkdown, type Run, sameMarks, toMarkdown } from '../core/markdown.ts'
import { sharedEnds, splitsCharacter } from '../core/patch.ts'

/** Notion holds at most 2,000 UTF-16 units in one text item, and 100 items (developers.notion.com, request limits). */
const SEGMENT = 2000
const ITEMS = 100

type Item = Readonly<Record<string, unknown>>

/** The text of all items, as a person reads it. */
export const plainText = (items: readonly RichTextItemResponse[]): string => items.map(item => item.plain_text).join('')

/** What the items hold beyond their text, as sentence parts; with `marks`, beyond what Markdown holds too. */
export function beyondText(items: readonly RichTextItemResponse[], marks: boolean): string[] {
  const some = (holds: (item: RichTextItemResponse) => boolean): boolean => items.some(holds)
  const formatted = some(
    ({ annotations: { bold, italic, strikethrough, code } }) => bold || italic || strikethrough || code,
  )
  return [
    ...(!marks && formatted ? ['formatting'] : []),
    ...(!marks && some(item => item.type === 'text' && item.href !== null) ? ['links'] : []),
    ...(some(item => item.annotations.underline || item.annotations.color !== 'default')
      ? ['colours or underlining']
      : []),
    ...(some(item => item.type === 'mention') ? ['mentions'] : []),
    ...(some(item => item.type === 'equation') ? ['equations'] : []),
  ]
}

/** The text of all items as Markdown, without what that cannot hold (colours, underlining). */
export const asMarkdown = (items: readonly RichTextItemResponse[]): string => toMarkdown(items.map(runOf))

function runOf(item: RichTextItemResponse): Run {
  const { bold, italic, strikethrough, code } = item.annotations
  return {
    text: item.plain_text,
    ...(bold && { bold }),
    ...(italic && { italic }),
    ...(strikethrough && { strike: strikethrough }),
    ...(code && { code }),
    ...(item.href !== null && { link: item.href }),
  }
}

/**
 * `text` over what stands there: the beginning and the end that both share stay as they are, with mentions, equations
 * and colours. `marks`: the text is Markdown, and says what is formatted; else what was typed into the middle of one
 * formatted piece takes its formatting, and anything else is plain. Too much for Notion, it is written without.
 */
export function overlay(current: readonly RichTextItemResponse[], text: string, marks: boolean): Item[] {
  // Markdown may say less than what stands there: a text that says the same takes nothing from it.
  if (marks && comparableMarkdown(asMarkdown(current)) === comparableMarkdown(text))
    return merged(part(current, 0, plainText(current).length))
  const runs: readonly Run[] = marks ? parseMarkdown(text) : [{ text }]
  const plain = runs.map(run => run.text).join('')
  const before = plainText(current)
  const ends = sharedEnds(before, plain)
  const laid = marks ? formatted(current, runs, plain, ends) : typedOver(current, plain, ends)
  const tries = [laid, runs.flatMap(run => typed(run.text, run)), typed(plain)].map(merged)
  return tries.find(items => items.length <= ITEMS) ?? tries.at(-1) ?? []
}

type Ends = { readonly start: number; readonly end: number }

function typedOver(current: readonly RichTextItemResponse[], text: string, { start, end }: Ends): Item[] {
  const before = plainText(current).length
  const around = itemAround(current, start, before - end)
  const style = around?.type === 'text' ? { annotations: around.annotations } : {}
  const link = around?.type === 'text' && around.text.link !== null ? { link: { url: around.text.link.url } } : {}
  const middle = text.slice(start, text.length - end)
  return [
    ...part(current, 0, start),
    ...cut(middle).map(content => ({ text: { content, ...link }, ...style })),
    ...part(current, before - end, before),
  ]
}

/** Runs over what stands there: a piece that is there already, and formatted alike, stays. */
function formatted(
  current: readonly RichTextItemResponse[],
  runs: readonly Run[],
  text: string,
  { start, end }: Ends,
): Item[] {
  const shift = plainText(current).length - text.length
  const tail = text.length - end
  let length = 0
  const bounds = current.map(item => {
    length += item.plain_text.length
    return length
  })
  const cuts = [
    start,
    tail,
    ...bounds.filter(at => at <= start),
    ...bounds.map(at => at - shift).filter(at => at >= tail),
  ]
  let offset = 0
  return runs.flatMap(run => {
    const [from, to] = [offset, offset + run.text.length]
    offset = to
    const inner = [...new Set(cuts)].filter(at => at > from && at < to).sort((a, b) => a - b)
    return [from, ...inner].flatMap((begin, index): Item[] => {
      const finish = inner[index] ?? to
      const there = finish <= start ? begin : begin >= tail ? begin + shift : null
      const item = there === null ? undefined : itemAround(current, there, there + finish - begin, true)
      const content = text.slice(begin, finish)
      if (item === undefined || there === null) return typed(content, run)
      const cuttable = item.type === 'text' || content.length === item.plain_text.length
      if (cuttable && (content.trim() === '' || sameMarks(runOf(item), run)))
        return part(current, there, there + finish - begin)
      const { underline, color } = item.annotations
      return typed(content, run, { underline, color })
    })
  })
}

/** Text with the formatting that Markdown can say, and more of what stood there. */
function typed(text: string, marks: Marks = {}, more: Readonly<Record<string, unknown>> = {}): Item[] {
  const { bold, italic, strike, code, link } = marks
  const annotations = {
    ...more,
    ...(bold && { bold }),
    ...(italic && { italic }),
    ...(strike && { strikethrough: strike }),
    ...(code && { code }),
  }
  const style = Object.keys(annotations).length === 0 ? {} : { annotations }
  return cut(text).map(content => ({
    text: { content, ...(link === undefined ? {} : { link: { url: link } }) },
    ...style,
  }))
}

type TextItem = { readonly text: { readonly content: string; readonly link?: unknown }; readonly annotations?: object }
const isText = (item: Item | undefined): item is TextItem => item !== undefined && 'text' in item

const styleOf = ({ text, annotations }: TextItem): string =>
  JSON.stringify([
    text.link,
    Object.entries(annotations ?? {})
      .filter(([, value]) => value !== false && value !== 'default')
      .sort(),
  ])

/** Neighbours that are formatted alike as one, as far as an item holds them. */
function merged(items: readonly Item[]): Item[] {
  const joined: Item[] = []
  for (const item of items) {
    const last = joined.at(-1)
    const fits = isText(last) && isText(item) && last.text.content.length + item.text.content.length <= SEGMENT
    if (fits && styleOf(last) === styleOf(item))
      joined[joined.length - 1] = { ...last, text: { ...last.text, content: last.text.content + item.text.content } }
    else joined.push(item)
  }
  return joined
}

/** Pieces that fit an item; a character is never cut in two. */
function cut(text: string): string[] {
  const pieces: string[] = []
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + SEGMENT, text.length)
    if (splitsCharacter(text, end)) end -= 1
    pieces.push(text.slice(start, end))
    start = end
  }
  return pieces
}

/** The item that holds everything between two offsets, if one does; with more around it, or `exactly` that too. */
function itemAround(
  items: readonly RichTextItemResponse[],
  start: number,
  end: number,
  exactly = false,
): RichTextItemResponse | undefined {
  let offset = 0
  for (const item of items) {
    const next = offset + item.plain_text.length
    if (exactly ? offset <= start && end <= next : offset < start && end < next) return item
    offset = next
  }
  return undefined
}

/** What of the items lies between two offsets; one that cannot be cut or written back is taken as its plain text. */
function part(items: readonly RichTextItemResponse[], start: number, end: number): Item[] {
  let offset = 0
  return items.flatMap((item): Item[] => {
    const from = Math.max(start - offset, 0)
    const to = Math.min(end - offset, item.plain_text.length)
    offset += item.plain_text.length
    if (to <= from) return []
    const { annotations } = item
    const whole = from === 0 && to === item.plain_text.length
    if (whole && item.type === 'equation') return [{ equation: { expression: item.equation.expression }, annotations }]
    const mention = whole && item.type === 'mention' ? writable(item.mention) : null
    if (mention !== null) return [{ mention, annotations }]
    const content = item.plain_text.slice(from, to)
    // What Notion shows as a card cannot be written, but its address can.
    const url = (item.type === 'text' ? item.text.link?.url : undefined) ?? item.href
    const link = url === null ? {} : { link: { url } }
    return cut(content).map(piece => ({ text: { content: piece, ...link }, annotations }))
  })
}

type Mention = Extract<RichTextItemResponse, { type: 'mention' }>['mention']

/** A mention as it may be written; null for the kinds that Notion makes by itself. */
function writable(mention: Mention): Item | null {
  switch (mention.type) {
    case 'user':
      return { user: { id: mention.user.id } }
    case 'page':
      return { page: { id: mention.page.id } }
    case 'database':
      return { database: { id: mention.database.id } }
    case 'date':
      return { date: mention.date }
    case 'custom_emoji':
      return { custom_emoji: { id: mention.custom_emoji.id, name: mention.custom_emoji.name } }
    default:
      return null
  }
}
