/** Formatted text, letter by letter: where formatting ends, what is a mark and what a letter, and how each is written. */
import { describe, expect, test } from 'vitest'
import {
  comparableMarkdown,
  parseMarkdown,
  type Run,
  sameMarks,
  shownText,
  toMarkdown,
} from '../../src/core/markdown.ts'

const equal = (a: string, b: string): boolean => comparableMarkdown(a) === comparableMarkdown(b)

describe('a Markdown text', () => {
  test('is read piece by piece', () => {
    expect(parseMarkdown('a **b** _c_ ~~d~~ `e` [f](https://g.h/) \\*')).toEqual([
      { text: 'a ' },
      { text: 'b', bold: true },
      { text: ' ' },
      { text: 'c', italic: true },
      { text: ' ' },
      { text: 'd', strike: true },
      { text: ' ' },
      { text: 'e', code: true },
      { text: ' ' },
      { text: 'f', link: 'https://g.h/' },
      { text: ' *' },
    ])
    expect(parseMarkdown('**a _b_** c')).toEqual([
      { text: 'a', bold: true },
      { text: ' ' },
      { text: 'b', bold: true, italic: true },
      { text: ' c' },
    ])
    expect(parseMarkdown('**[a `b`](https://c.d/)**')).toEqual([
      { text: 'a', bold: true, link: 'https://c.d/' },
      { text: ' ' },
      { text: 'b', bold: true, code: true, link: 'https://c.d/' },
    ])
  })

  test('without marks is one piece, and an empty one is none', () => {
    expect(parseMarkdown('a\nb')).toEqual([{ text: 'a\nb' }])
    expect(parseMarkdown('')).toEqual([])
    expect(parseMarkdown('1 < 2 && &amp; <b>')).toEqual([{ text: '1 < 2 && &amp; <b>' }])
  })

  test('shows its letters', () => {
    expect(shownText('a **b**\n[c](https://d.e/) \\_')).toBe('a b\nc _')
  })

  test('has no formatting on space at the ends of a piece, nor on line breaks', () => {
    expect(parseMarkdown('**a\nb**')).toEqual([{ text: 'a', bold: true }, { text: '\n' }, { text: 'b', bold: true }])
    expect(parseMarkdown('`a  `b')).toEqual([{ text: 'a', code: true }, { text: '  b' }])
    expect(parseMarkdown('`  a `b')).toEqual([{ text: ' ' }, { text: 'a', code: true }, { text: 'b' }])
  })
})

describe('formatting goes over a line break', () => {
  test.each(['c', '-c', '1.c', '1 c', '#c', '####### c', '>c', 'x- c', 'x1. c', 'x# c', 'a1) c'])(
    'into a line that begins with %j',
    line => {
      expect(parseMarkdown(`a **b\n${line}** d`).some(run => run.bold)).toBe(true)
    },
  )

  test.each(['- c', '+ c', '* c', '1. c', '23) c', '# c', '###### c', '> c', '  - c', '\t# c', '', '  ', '\n- c'])(
    'but not into one that begins with %j, nor over an empty one',
    line => {
      expect(shownText(`a **b\n${line}\nd** e`)).toBe(`a **b\n${line}\nd** e`)
    },
  )

  test('which then stands between the two parts, once', () => {
    expect(shownText('*a*\n\n- *b*\nc\n\n\nd')).toBe('a\n\n- b\nc\n\n\nd')
    expect(parseMarkdown('\n*a*')).toEqual([{ text: '\n' }, { text: 'a', italic: true }])
    expect(parseMarkdown('- a\n*b\nc*')).toEqual([
      { text: '- a\n' },
      { text: 'b', italic: true },
      { text: '\n' },
      { text: 'c', italic: true },
    ])
  })
})

describe('a link', () => {
  test.each(['https://a.b/', 'mailto:x@y.z', '/page/1'])('to %s is one', address => {
    expect(parseMarkdown(`[a](${address})`)).toEqual([{ text: 'a', link: address }])
  })

  test.each(['nowhere', 'page/', 'a.b'])('to %s is letters', address => {
    expect(parseMarkdown(`[a](${address})`)).toEqual([{ text: `[a](${address})` }])
  })

  test('to the address that it shows is no link', () => {
    expect(parseMarkdown('[https://a.b](https://a.b/) c')).toEqual([{ text: 'https://a.b c' }])
    expect(parseMarkdown('**[https://a.b/](https://a.b/)**')).toEqual([{ text: 'https://a.b/', bold: true }])
  })

  test('is spelled as browsers do, and without what would end it', () => {
    const written = (link: string) => toMarkdown([{ text: 'x', link }])
    expect(written('https://A.b')).toBe('[x](https://a.b/)')
    expect(written('/a b\t(c)<d>')).toBe('[x](/a%20b%09%28c%29%3Cd%3E)')
  })

  test('has the marks of another one if it has the same address, in whatever spelling', () => {
    expect(sameMarks({ link: 'https://a.b' }, { link: 'https://a.b/' })).toBe(true)
    expect(sameMarks({ link: '/a' }, { link: '/b' })).toBe(false)
    expect(sameMarks({ link: '/a' }, {})).toBe(false)
    expect(sameMarks({}, {})).toBe(true)
  })
})

test.each(['bold', 'italic', 'strike', 'code'] as const)('%s is a mark of its own', mark => {
  expect(sameMarks({ [mark]: true }, {})).toBe(false)
  expect(sameMarks({ [mark]: true }, { [mark]: true })).toBe(true)
  expect(comparableMarkdown(toMarkdown([{ text: 'a', [mark]: true }]))).not.toBe(comparableMarkdown('a'))
})

describe('the bullet of a list is no difference', () => {
  test.each([
    ['* _a_', '- _a_'],
    ['+ _a_', '- _a_'],
    ['_x_\n* a\n+ b', '_x_\n- a\n- b'],
    ['_x_\n  * a\n\t+ b', '_x_\n  - a\n\t- b'],
    ['_x_\n*', '_x_\n-'],
    ['_x_\n*\n_y_', '_x_\n-\n_y_'],
    ['*', '-'],
  ])('%j and %j', (a, b) => {
    expect(equal(a, b)).toBe(true)
  })

  test.each([
    ['in the middle of a line', '_x_ * a', '_x_ - a'],
    ['after other letters', '_x_ a * b', '_x_ a - b'],
    ['right before a word', '_x_\n+a', '_x_\n-a'],
    ['right before something formatted', 'a\n+**b**', 'a\n-**b**'],
    ['that is formatted itself', '_+ a_', '_- a_'],
    ['that is code', '`* a`', '`- a`'],
  ])('but is one %s', (_, a, b) => {
    expect(equal(a, b)).toBe(false)
  })
})

describe('what is written', () => {
  test.each<[string, Run[], string]>([
    ['nothing, for nothing', [], ''],
    ['nothing, for pieces without a letter', [{ text: '', bold: true }, { text: '' }], ''],
    ['plain letters as they are', [{ text: 'a-b (c)' }], 'a-b (c)'],
    ['italics by underscores', [{ text: 'a', italic: true }], '_a_'],
    ['struck out', [{ text: 'a', strike: true }], '~~a~~'],
    ['code with its letters as they are', [{ text: 'a*b\\_', code: true }, { text: ' *c*' }], '`a*b\\_` \\*c\\*'],
    ['code that begins with a backtick', [{ text: '`a', code: true }], '`` `a ``'],
    ['code that ends with a backtick', [{ text: 'a`', code: true }], '`` a` ``'],
    ['code that holds two', [{ text: 'a``b`c', code: true }], '```a``b`c```'],
    [
      'pieces that share a mark under one pair of marks',
      [
        { text: 'a', bold: true },
        { text: 'b', bold: true, italic: true },
        { text: 'c', bold: true },
      ],
      '**a*b*c**',
    ],
    [
      'a link around all that it covers',
      [
        { text: 'a', link: '/x' },
        { text: 'b', link: '/x', bold: true },
        { text: 'c', link: '/y' },
      ],
      '[a**b**](/x)[c](/y)',
    ],
    [
      'all marks at once, the link outside and the code inside',
      [{ text: 'a', link: '/x', bold: true, italic: true, strike: true, code: true }],
      '[**_~~`a`~~_**](/x)',
    ],
    ['letters that could be marks, beside real ones', [{ text: '*a* ' }, { text: 'b', italic: true }], '\\*a\\* _b_'],
    [
      'such letters beside italics inside of a word',
      [{ text: '*a*b' }, { text: 'c', italic: true }, { text: 'd' }],
      '\\*a\\*b*c*d',
    ],
    ['each line for itself: only one is kept from being read', [{ text: '*a*\nb * c' }], '\\*a\\*\nb * c'],
    ['formatting over several lines, a pair of marks for each', [{ text: 'a\n\nb', strike: true }], '~~a~~\n\n~~b~~'],
    ['brackets that are no link', [{ text: '[a](/b) [c] \\' }], '\\[a\\](/b) \\[c\\] \\\\'],
    ['backticks and tildes that are no marks', [{ text: '`a` ~~b~~' }], '\\`a\\` \\~\\~b\\~\\~'],
    ['letters that are marks only with those of another line', [{ text: '`a\nb`' }], '\\`a\nb\\`'],
  ])('%s', (_, runs, text) => {
    expect(toMarkdown(runs)).toBe(text)
  })
})
