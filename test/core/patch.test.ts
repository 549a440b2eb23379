/** An edit of a text touches nothing around the edit, on either side. */
import type { PageObjectResponse } from '@notionhq/client'
import { describe, expect, test } from 'vitest'
import { writeColumns as cellsForAirtable } from '../../src/airtable/fields.ts'
import { between, patched, sharedEnds, spaced, splitsCharacter } from '../../src/core/patch.ts'
import { writeColumns as cellsForNotion } from '../../src/notion/properties.ts'
import { column } from './words.ts'

describe('space at the ends of a text, which is no part of its value', () => {
  test('stays around an edit', () => {
    expect(between(' \ta b\n', 'a new b')).toBe(' \ta new b\n')
    expect(between('  ', 'new')).toBe('new')
    expect(between(' a ', '')).toBe('')
  })

  test('is told from the text between it', () => {
    expect(spaced(' \ta b\n')).toEqual({ before: ' \t', inner: 'a b', after: '\n' })
    expect(spaced('a b')).toEqual({ before: '', inner: 'a b', after: '' })
    expect(spaced('  ')).toEqual({ before: '  ', inner: '', after: '' })
  })

  test('does not cost a mention in Airtable, which ends formatted texts with a line break', () => {
    const mention = '<airtable:mention id="men1">@Ada</airtable:mention>'
    const notes = { ...column('airtable', 'Notes', { is: 'text', lines: 'many' }), type: 'richText' }
    const row = { id: 'rec1', createdTime: '', fields: { [notes.id]: `ask ${mention}\n` } }
    expect(cellsForAirtable([{ column: notes, value: 'please ask @Ada' }], row)).toEqual({
      [notes.id]: `please ask ${mention}\n`,
    })
  })

  test('does not cost the formatting in Notion, nor do decomposed letters', () => {
    const plain = { italic: false, strikethrough: false, underline: false, code: false, color: 'default' }
    const item = (content: string, bold: boolean) => ({
      type: 'text',
      text: { content, link: null },
      annotations: { ...plain, bold },
      plain_text: content,
      href: null,
    })
    const notes = { ...column('notion', 'Notes', { is: 'text', lines: 'many' }), type: 'rich_text' }
    const items = [item('the be\u0301ta', true), item(' ', false)]
    const page = { properties: { Notes: { id: notes.id, type: 'rich_text', rich_text: items } } }
    const written = cellsForNotion(
      [{ column: notes, value: 'ship the b\u00e9ta' }],
      page as unknown as PageObjectResponse,
    )
    expect(written).toMatchObject({
      [notes.id]: {
        rich_text: [
          { text: { content: 'ship ' } },
          { text: { content: 'the b\u00e9ta' }, annotations: { bold: true } },
          {},
        ],
      },
    })
  })
})

describe('what two texts share at their ends', () => {
  const [GRIN, BEAM] = ['\u{1F600}', '\u{1F601}']
  /** Shares its second half with GRIN. */
  const KNIGHT = '\u{1FA00}'
  const [FIRST_HALF, SECOND_HALF] = ['\uD83D', '\uDE00']

  test.each([
    ['nothing', 'abc', 'xyz', 0, 0],
    ['their starts', 'abc', 'abx', 2, 0],
    ['their ends', 'abc', 'xbc', 0, 2],
    ['all but what was put between', 'abc', 'abxc', 2, 1],
    ['all but what was taken away', 'abxc', 'abc', 2, 1],
    ['everything, which is counted once', 'aa', 'aa', 2, 0],
    ['as much as the shorter one is long, which is counted once', 'aa', 'aaa', 2, 0],
    ['as much as the shorter one is long, the other way round', 'aba', 'a', 1, 0],
    ['nothing with an empty one', '', 'a', 0, 0],
    ['no half of a character at the start', `a${GRIN}`, `a${BEAM}`, 1, 0],
    ['no half of a character at the end', `${GRIN}a`, `${KNIGHT}a`, 0, 1],
    ['no half of a character at the start, where the second text broke off in one', `a${GRIN}`, `a${FIRST_HALF}`, 1, 0],
    ['no half of a character at the start, where the first text did', `a${FIRST_HALF}`, `a${GRIN}`, 1, 0],
    ['no half of a character at the end, where the first text begins in one', `${SECOND_HALF}a`, `${GRIN}a`, 0, 1],
    ['no half of a character at the end, where the second text does', `${GRIN}a`, `${SECOND_HALF}a`, 0, 1],
    ['whole characters', `${GRIN}a${GRIN}`, `${GRIN}b${GRIN}`, 2, 2],
  ])('%s', (_, before, after, start, end) => {
    expect(sharedEnds(before, after)).toEqual({ start, end })
  })

  test.each([
    ['in the middle of a character', '\u{1F600}', 1, true],
    ['in the middle of the first of all characters with two halves', '\uD800\uDC00', 1, true],
    ['in the middle of the last', '\uDBFF\uDFFF', 1, true],
    ['in the middle of a later one', 'a\u{1F600}b', 2, true],
    ['before a character', 'a\u{1F600}', 1, false],
    ['after a character', '\u{1F600}b', 2, false],
    ['between two characters', '\u{1F600}\u{1F600}', 2, false],
    ['after a half that stands alone', '\uD83Da', 1, false],
    ['before a half that stands alone', 'a\uDE00', 1, false],
    ['after a half that stands alone, in a text with whole ones', '\uD83Da\u{1F600}', 1, false],
    ['before a half that stands alone, in a text with whole ones', 'a\uDE00\u{1F600}', 1, false],
    ['at the start', '\u{1F600}', 0, false],
    ['at the end', '\u{1F600}', 2, false],
  ])('a cut %s', (_, text, at, splits) => {
    expect(splitsCharacter(text, at)).toBe(splits)
  })
})

describe('a text over pieces that are shown as something else', () => {
  const ADA = { raw: '<Ada>', shown: 'Ada Lovelace' }
  const BEN = { raw: '<Ben>', shown: 'Ben' }
  const plain = (text: string) => [...text].map(letter => ({ raw: letter, shown: letter }))
  const ask = [...plain('ask '), ADA, ...plain(' or '), BEN, ...plain('!')]

  test.each([
    ['nothing changed', 'ask Ada Lovelace or Ben!', 'ask <Ada> or <Ben>!'],
    ['an edit before them', 'please ask Ada Lovelace or Ben!', 'please ask <Ada> or <Ben>!'],
    ['an edit after them', 'ask Ada Lovelace or Ben?', 'ask <Ada> or <Ben>?'],
    ['an edit between them', 'ask Ada Lovelace and Ben!', 'ask <Ada> and <Ben>!'],
    ['something put right beside one', 'ask Ada Lovelacey or Ben!', 'ask <Ada>y or <Ben>!'],
    ['one taken away', 'ask Ada Lovelace!', 'ask <Ada>!'],
    [
      'an edit in one: it is a text from then on, the other stays',
      'ask Ada Lovely or Ben!',
      'ask Ada Lovely or <Ben>!',
    ],
    ['an edit at the start of one', 'ask Eda Lovelace or Ben!', 'ask Eda Lovelace or <Ben>!'],
    ['an edit over both', 'ask Ada or Ben!', 'ask Ada or <Ben>!'],
    ['all of it emptied', '', ''],
    ['all of it replaced', 'never mind', 'never mind'],
  ])('%s', (_, text, written) => {
    expect(patched(ask, text)).toBe(written)
  })

  test('a piece that shows nothing stays where it is, once', () => {
    const blank = { raw: '<blank>', shown: '' }
    expect(patched([...plain('hi'), blank], 'hi')).toBe('hi<blank>')
    expect(patched([...plain('hi'), blank], 'hi there')).toBe('hi<blank> there')
    expect(patched([...plain('a'), blank, ...plain('b')], 'axb')).toBe('a<blank>xb')
    expect(patched([...plain('ax'), blank, ...plain('b')], 'ayb')).toBe('ay<blank>b')
  })
})
