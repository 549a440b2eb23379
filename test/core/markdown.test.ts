/** Formatted text as Markdown: what is written says what was meant, and two spellings of one text are equal. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { comparableMarkdown, parseMarkdown, type Run, toMarkdown } from '../../src/core/markdown.ts'
import { tries } from './tries.ts'

describe('Markdown', () => {
  test.each<[string, Run[], string]>([
    ['bold, italic, struck out and code', [{ text: 'a' }, { text: 'b', bold: true }], 'a**b**'],
    ['italic inside of a word', [{ text: 'a' }, { text: 'b', italic: true }, { text: 'c' }], 'a*b*c'],
    [
      'bold and italic side by side',
      [
        { text: 'a', bold: true },
        { text: 'b', bold: true, italic: true },
      ],
      '**a*b***',
    ],
    ['space at the ends of a piece', [{ text: ' a ', bold: true }, { text: 'b' }], ' **a** b'],
    [
      'two pieces alike, of two colours in Notion',
      [
        { text: 'a ', bold: true },
        { text: 'b', bold: true },
      ],
      '**a b**',
    ],
    ['a piece over two lines', [{ text: 'a\nb', bold: true }], '**a**\n**b**'],
    ['code that holds a backtick', [{ text: 'a`b', code: true }], '``a`b``'],
    ['a link with brackets', [{ text: 'x', link: 'https://a.b/(c)' }], '[x](https://a.b/%28c%29)'],
    ['an address that stands for itself', [{ text: 'https://a.b/', link: 'https://a.b' }], 'https://a.b/'],
    ['letters that could be marks', [{ text: 'a *b* [c](d)' }], 'a \\*b\\* \\[c\\](d)'],
    ['names with underscores, and sums', [{ text: 'snake_case 2 * 3 * 4' }], 'snake_case 2 * 3 * 4'],
    ['an open box', [{ text: '[ ] call back' }], '[ ] call back'],
    [
      'bold quotation marks inside a word, which Markdown cannot say',
      [{ text: '"a"', bold: true }, { text: 'b' }],
      '"a"b',
    ],
  ])('%s', (_, runs, text) => {
    expect(toMarkdown(runs)).toBe(text)
  })

  test.each([
    ['stars and underscores for italics', '*a*', '_a_'],
    ['bullets', '* a\n+ b', '- a\n- b'],
    ['a bullet at the end, which stands alone without its space', 'a\n*', 'a\n-'],
    ['an escaped letter that is no mark', '2 \\* 3', '2 * 3'],
    ['bold in italics, and italics in bold', '~~a~~b\n***c***', '~~a~~b\n**_c_**'],
    ['a link to a host alone', '[a](https://b.c)', '[a](https://b.c/)'],
    ['a bold piece that ends in space, which shows its stars', '**a **b', '\\*\\*a \\*\\*b'],
  ])('two spellings of one text are equal: %s', (_, a, b) => {
    expect(comparableMarkdown(a)).toBe(comparableMarkdown(b))
  })

  test.each([
    ['bold and plain', '**a**', 'a'],
    ['two addresses', '[a](https://b.c/1)', '[a](https://b.c/2)'],
    ['struck out and plain', '~~a~~', 'a'],
  ])('%s are not', (_, a, b) => {
    expect(comparableMarkdown(a)).not.toBe(comparableMarkdown(b))
  })

  test('no letter is replaced by another, not even one that cannot be seen', () => {
    expect(parseMarkdown('a\u0000*b*')).toEqual([{ text: 'a\u0000' }, { text: 'b', italic: true }])
  })

  test('a hundred thousand spaces are read in no time', () => {
    const text = `a${' '.repeat(100_000)}b`
    expect(toMarkdown([{ text, bold: true }])).toBe(`**${text}**`)
  })

  test('marks do not reach from one item of a list into the next', () => {
    expect(parseMarkdown('- a *b\n- c* d')).toEqual([{ text: '- a *b\n- c* d' }])
  })
})

const letters = fc.string({
  unit: fc.constantFrom('a', 'B', ' ', '*', '_', '~', '`', '[', ']', '(', ')', '\\', '\n', '#', '-', '"', '😀'),
  maxLength: 12,
})
const run = fc
  .record({
    text: letters,
    bold: fc.boolean(),
    italic: fc.boolean(),
    strike: fc.boolean(),
    code: fc.boolean(),
    link: fc.option(fc.constantFrom('https://a.b/', 'https://a.b/c d', 'mailto:x@y.z', 'nowhere')),
  })
  .map(
    ({ text, bold, italic, strike, code, link }): Run => ({
      text,
      ...(bold && { bold }),
      ...(italic && { italic }),
      ...(strike && { strike }),
      ...(code && { code }),
      ...(link !== null && { link }),
    }),
  )
const plain = (runs: readonly Run[]): string =>
  runs
    .map(({ text }) => text)
    .join('')
    .replace(/^([ \t]*)[*+](?= )/gm, '$1-')

test('whatever is written, no letter of the text is lost or added, and writing it again changes nothing', () => {
  fc.assert(
    fc.property(fc.array(run, { maxLength: 6 }), runs => {
      const text = toMarkdown(runs)
      const read = parseMarkdown(text)
      expect(plain(read)).toBe(plain(runs))
      expect(comparableMarkdown(toMarkdown(read))).toBe(comparableMarkdown(text))
    }),
    { numRuns: tries(1000), seed: 11 },
  )
})

/** What each letter that can be seen is formatted with. */
const marks = (runs: readonly Run[]): string[] =>
  runs.flatMap(({ text, bold, italic, strike, code, link }) =>
    [...text]
      .filter(letter => letter.trim() !== '')
      .map(letter => JSON.stringify([letter, bold, italic, strike, code, link])),
  )

test('words keep what they are formatted with', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), minLength: 1, maxLength: 6 })
  const linked = run.map(({ link, ...rest }) => (link === undefined ? rest : { ...rest, link: 'https://a.b/' }))
  const texts = fc.array(
    fc.tuple(word, linked).map(([text, rest]) => ({ ...rest, text: `${text} ` })),
    { minLength: 1, maxLength: 4 },
  )
  fc.assert(
    fc.property(texts, runs => {
      expect(marks(parseMarkdown(toMarkdown(runs)))).toEqual(marks(runs))
    }),
    { numRuns: tries(500), seed: 3 },
  )
})
