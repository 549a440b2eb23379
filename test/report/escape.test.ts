/** Text of people is data, wherever it is printed: one property for each destination, and the cases people know. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCommand } from '../../emulators/runner/commands.ts'
import { link, logged, markdown, plain } from '../../src/report/escape.ts'
import { cellsOf, EVIL, hostile, outside, SEED } from './reading.ts'

const always = (check: (text: string) => void) => fc.assert(fc.property(hostile, check), SEED)
const INERT = [/@[\w-]/, /#\d/, /\bGH-\d/i, /:\/\//]

describe('Markdown', () => {
  test('any text is one code span in one line, and nothing of it stands outside', () => {
    always(text => {
      expect(outside(markdown(text))).toBe('')
      expect(markdown(text)).not.toMatch(/[\r\n\u2028\u2029]/)
    })
  })

  test('any text is one cell of a table', () => {
    always(text => {
      expect(cellsOf(`| ${markdown(text)} | next |`)).toHaveLength(2)
    })
  })

  test('also where code spans do not protect, such as in mails, nothing mentions, refers or links', () => {
    always(text => {
      for (const alive of INERT) expect(markdown(text)).not.toMatch(alive)
    })
  })

  test('no comment begins or ends in it, so no marker can be forged', () => {
    always(text => {
      expect(markdown(text)).not.toMatch(/<!--|-->/)
    })
  })

  test('no letter that turns the direction of writing or hides others is left', () => {
    expect(markdown('a\u202eb\u2066c\u0007d\u200be\ufefff')).toBe('`abcdef`')
  })

  test.each([
    ['a plain word', 'Search', '`Search`'],
    ['a backtick', 'a`b', '``a`b``'],
    ['backticks at the ends', '`a`', '`` `a` ``'],
    ['a pipe', 'a|b', '`a\\|b`'],
    ['a line break', 'a\r\nb', '`a ⏎ b`'],
    ['joined emoji', '👩‍🚀', '`👩‍🚀`'],
    ['nothing', '', '`  `'],
  ])('%s', (_, text, expected) => {
    expect(markdown(text)).toBe(expected)
  })

  test('a long text is cut at a whole letter, with a sign that it was', () => {
    const cut = markdown('👍'.repeat(300), 10)
    expect(cut).toBe(`\`${'👍'.repeat(9)}…\``)
  })
})

describe('a commit message', () => {
  test('any text is one line that mentions, refers and links nothing', () => {
    always(text => {
      expect(plain(text)).not.toMatch(/[\r\n\u2028\u2029]/)
      for (const alive of INERT) expect(plain(text)).not.toMatch(alive)
    })
  })
})

describe('the log of a workflow', () => {
  test('no text is a command, neither after our words nor by itself', () => {
    always(text => {
      expect(parseCommand(logged(text))).toBeUndefined()
      expect(parseCommand(`Notion: ${logged(text)}`)).toBeUndefined()
      expect(logged(text)).not.toMatch(/[\r\n]/)
    })
  })

  test.each([
    '::error::x',
    ' ::error::x',
    ':::error::x',
    '##[error]x',
    'a ##[add-mask]x',
    '\u0085::error::x',
    '::\u200berror::x',
  ])('%j is no command', text => {
    expect(parseCommand(logged(text))).toBeUndefined()
  })
})

describe('a link', () => {
  test('any title is data, and the address is ours', () => {
    always(text => {
      const made = link(text, 'https://www.notion.so/abc')
      expect(outside(made)).toBe('[](https://www.notion.so/abc)')
    })
  })

  test.each([
    'javascript:alert(1)',
    'https://x.example/) [now](https://evil.example',
    'https://x.example/a b',
    'https://x.example/`',
    'https://x.example/<script>',
    '',
  ])('an address that is none is left out: %j', url => {
    expect(link('Search', url)).toBe('`Search`')
  })

  test('any address is either a whole link or none', () => {
    always(text => {
      const made = link('Search', text.replaceAll(EVIL, 'https://x.example/'))
      expect(made).toMatch(/^(?:`Search`|\[`Search`\]\(https?:[^\s()]+\))$/)
    })
  })

  test('a record without a title can still be clicked', () => {
    expect(link('', 'https://www.notion.so/abc')).toBe('[`(no title)`](https://www.notion.so/abc)')
  })
})
