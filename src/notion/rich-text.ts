/**
 * Notion's rich text: written as plain segments within the limits, or laid over what stands there, so that formatting,
 * links and mentions stay on the parts of a text that were not touched.
 */
import type { RichTextItemResponse } from '@notionhq/client'

/** Notion holds at most 2,000 UTF-16 units in one text item, and 100 items (developers.notion.com, request limits). */
const SEGMENT = 2000
const ITEMS = 100

type Item = Readonly<Record<string, unknown>>

/** The text of all items, as a person reads it. */
export const plainText = (items: readonly RichTextItemResponse[]): string => items.map(item => item.plain_text).join('')

/** Text without formatting. */
export const richText = (text: string): Item[] => cut(text).map(content => ({ text: { content } }))

/**
 * `text` with the formatting that `current` has on the beginning and the end that both share. What was typed into the
 * middle of one formatted piece takes its formatting; anything else is plain.
 */
export function overlay(current: readonly RichTextItemResponse[], text: string): Item[] {
  const before = plainText(current)
  const start = sharedStart(before, text)
  const end = sharedStart(reversed(before.slice(start)), reversed(text.slice(start)))
  const middle = text.slice(start, text.length - end)
  const around = itemAround(current, start, before.length - end)
  const style = around?.type === 'text' ? { annotations: around.annotations } : {}
  const link = around?.type === 'text' && around.text.link !== null ? { link: { url: around.text.link.url } } : {}
  const items = [
    ...part(current, 0, start),
    ...cut(middle).map(content => ({ text: { content, ...link }, ...style })),
    ...part(current, before.length - end, before.length),
  ]
  return items.length > ITEMS ? richText(text) : items
}

/** Pieces that fit an item; a surrogate pair is never cut in two. */
function cut(text: string): string[] {
  const pieces: string[] = []
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + SEGMENT, text.length)
    if (end < text.length && isHighSurrogate(text, end - 1)) end -= 1
    pieces.push(text.slice(start, end))
    start = end
  }
  return pieces
}

const isHighSurrogate = (text: string, index: number): boolean => /[\uD800-\uDBFF]/.test(text.charAt(index))
const reversed = (text: string): string => [...text].reverse().join('')

/** How many UTF-16 units two texts share at their start, whole characters only. */
function sharedStart(a: string, b: string): number {
  let length = 0
  for (const letter of a) {
    if (!b.startsWith(letter, length)) break
    length += letter.length
  }
  return length
}

/** The item that holds everything between two offsets, if one does. */
function itemAround(
  items: readonly RichTextItemResponse[],
  start: number,
  end: number,
): RichTextItemResponse | undefined {
  let offset = 0
  for (const item of items) {
    const next = offset + item.plain_text.length
    if (offset < start && end < next) return item
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
    const link = item.type === 'text' && item.text.link !== null ? { link: { url: item.text.link.url } } : {}
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
    default:
      return null
  }
}
