/** Formatting of Notion's text: what an edit of the plain text keeps of it. */
import type { RichTextItemResponse } from '@notionhq/client'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { overlay as laidOver } from '../../src/notion/rich-text.ts'

const overlay = (current: readonly RichTextItemResponse[], text: string) => laidOver(current, text, false)

const PLAIN = {
  bold: false,
  italic: false,
  strikethrough: false,
  underline: false,
  code: false,
  color: 'default',
} as const
const BOLD = { ...PLAIN, bold: true }

const text = (
  content: string,
  annotations: RichTextItemResponse['annotations'] = PLAIN,
  url: string | null = null,
): RichTextItemResponse => ({
  type: 'text',
  text: { content, link: url === null ? null : { url } },
  annotations,
  plain_text: content,
  href: url,
})
const ada: RichTextItemResponse = {
  type: 'mention',
  mention: { type: 'user', user: { object: 'user', id: 'ada' } },
  annotations: PLAIN,
  plain_text: '@Ada',
  href: null,
}

/** What was written, in short: the text, with what it carries. */
const written = (items: readonly Readonly<Record<string, unknown>>[]): unknown[] =>
  items.map(item => {
    const {
      text: own,
      mention,
      annotations,
    } = item as {
      text?: { content: string; link?: { url: string } }
      mention?: unknown
      annotations?: { bold: boolean }
    }
    if (own === undefined) return mention
    return [
      own.content,
      ...(annotations?.bold === true ? ['bold'] : []),
      ...(own.link === undefined ? [] : [own.link.url]),
    ]
  })
const joined = (items: readonly Readonly<Record<string, unknown>>[]): string =>
  items.map(item => (item as { text: { content: string } }).text.content).join('')

describe('an edit of the text', () => {
  test('keeps the formatting, the links and the mentions around it', () => {
    const current = [
      text('Ship '),
      text('the beta', BOLD),
      text(' to '),
      ada,
      text(', see '),
      text('the plan', PLAIN, 'https://example.com/'),
    ]
    expect(written(overlay(current, 'Ship the beta soon to @Ada, see the plan'))).toEqual([
      ['Ship '],
      ['the beta', 'bold'],
      [' soon to '],
      { user: { id: 'ada' } },
      [', see '],
      ['the plan', 'https://example.com/'],
    ])
  })

  test('inside of a bold piece is bold', () => {
    expect(written(overlay([text('the beta', BOLD)], 'the big beta'))).toEqual([['the big beta', 'bold']])
  })

  test('that cuts a mention leaves its text', () => {
    expect(written(overlay([text('by '), ada], 'by @Alan'))).toEqual([['by @Alan']])
  })

  test('that cuts a mention of a page leaves its text, and in Markdown its link', () => {
    const link = 'https://app.notion.com/p/1'
    const page = { ...ada, mention: { type: 'page', page: { id: '1' } }, plain_text: 'Plan 1', href: link } as const
    expect(written(laidOver([page], `[Plan B 1](${link})`, true))).toEqual([['Plan B 1', link]])
  })

  test.each([
    ['text', false, 'see Zed :rocket: soon'],
    ['Markdown', true, 'see [Zed](https://example.com/z) :rocket: soon'],
  ])(
    'in %s keeps the address of a link that Notion shows as a card, and an emoji of the workspace',
    (_, marks, next) => {
      const emoji = { id: 'e1', name: 'rocket', url: 'https://example.com/e1.png' }
      const current: RichTextItemResponse[] = [
        text('see '),
        {
          ...ada,
          mention: { type: 'link_mention', link_mention: { href: 'https://example.com/z', title: 'Zed' } },
          plain_text: 'Zed',
          href: 'https://example.com/z',
        },
        text(' '),
        { ...ada, mention: { type: 'custom_emoji', custom_emoji: emoji }, plain_text: ':rocket:' },
      ]
      expect(written(laidOver(current, next, marks))).toEqual([
        ['see '],
        ['Zed', 'https://example.com/z'],
        [' '],
        { custom_emoji: { id: 'e1', name: 'rocket' } },
        [' soon'],
      ])
    },
  )

  test('into emptiness is plain', () => {
    expect(overlay([], 'new')).toEqual([{ text: { content: 'new' } }])
  })

  test('never cuts a character of two units', () => {
    expect(written(overlay([text('a😀b')], 'a😁b'))).toEqual([['a😁b']])
  })

  test('gives up the formatting where it would take more than a hundred pieces', () => {
    const current = Array.from({ length: 100 }, (_, index) =>
      text('x', index % 2 === 0 ? BOLD : { ...PLAIN, code: true }),
    )
    const next = `${'x'.repeat(50)}y${'x'.repeat(50)}`
    expect(overlay(current, next)).toEqual([{ text: { content: next } }])
  })
})

test('whatever stood there, what is written reads as the new text, in pieces that Notion takes', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '😀', '\n'), maxLength: 30 })
  const current = fc.array(
    fc.tuple(letters, fc.boolean()).map(([content, bold]) => text(content, bold ? BOLD : PLAIN)),
    { maxLength: 5 },
  )
  fc.assert(
    fc.property(
      current,
      fc.oneof(
        letters,
        letters.map(part => part.repeat(200)),
      ),
      (items, next) => {
        const result = overlay(items, next)
        expect(joined(result)).toBe(next)
        for (const item of result)
          expect((item as { text: { content: string } }).text.content.length).toBeLessThanOrEqual(2000)
      },
    ),
    { numRuns: 500, seed: 7 },
  )
})
