/** Text of people is data, wherever it is printed: one property for each destination, and the cases people know. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCommand } from '../../emulators/runner/commands.ts'
import { link, logged, markdown, plain, quoted, verbatim } from '../../src/report/escape.ts'
import { cellsOf, EVIL, hostile, outside, SEED } from './reading.ts'

const always = (check: (text: string) => void) => fc.assert(fc.property(hostile, check), SEED)
const INERT = [/@[\w-]/, /#\d/, /\bGH-\d/i, /:\/\//, /\bwww\./i]
/** Letters that are not seen, or that steer a terminal; halves of letters, which no file can hold. */
const UNSEEN = /(?![\u200b-\u200d])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u

describe('Markdown', () => {
  test('any text is one code span in one line, and nothing of it stands outside', () => {
    always(text => {
      expect(outside(markdown(text))).toBe('<p><code></code></p>')
      expect(markdown(text)).not.toMatch(/[\r\n\u2028\u2029]/)
    })
  })

  test('any text is one cell of a table', () => {
    always(text => {
      expect(cellsOf(`| ${markdown(text)} | next |`)).toHaveLength(2)
      expect(outside(`| a | b |\n| - | - |\n| ${markdown(text)} | next |`)).toContain(
        '<tr>\n<td><code></code></td>\n<td>next</td>\n</tr>',
      )
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

  test('any text is one item of a task list, and ticks nothing', () => {
    always(text => {
      expect(outside(`- [ ] Keep Notion: ${markdown(text)}`)).toBe(
        '<ul>\n<li><input type="checkbox" disabled="" /> Keep Notion: <code></code></li>\n</ul>',
      )
    })
  })

  test('no letter that cannot be seen is left of any text, and no half of one', () => {
    always(text => {
      expect(markdown(text)).not.toMatch(UNSEEN)
    })
  })

  test('a text of 100,000 invisible letters is cut like any other', () => {
    expect(markdown(`a${'\u200b'.repeat(100_000)}b`, 10)).toBe('`a…`')
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

describe('Markdown in files', () => {
  test('any text is one code span in one cell, which no comment begins or ends', () => {
    always(text => {
      expect(cellsOf(`| ${verbatim(text)} | next |`)).toHaveLength(2)
      expect(outside(`| a | b |\n| - | - |\n| ${verbatim(text)} | next |`)).toContain(
        '<tr>\n<td><code></code></td>\n<td>next</td>\n</tr>',
      )
      expect(outside(verbatim(text))).toBe('<p><code></code></p>')
      expect(verbatim(text)).not.toMatch(/<!--|-->|[\r\n\u2028\u2029]/)
      expect(verbatim(text)).not.toMatch(UNSEEN)
    })
  })

  test('what would mention or link elsewhere keeps its letters', () => {
    const text = '@ada #1 GH-2 ada@example.com https://example.com www.example.com'
    expect(verbatim(text)).toBe(`\`${text}\``)
  })
})

describe('a commit message', () => {
  // docs.github.com: skipping workflow runs; skip-checks; linking an issue with a keyword; co-authored commits.
  const OBEYED = [
    ...INERT,
    /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]/i,
    /\*\*\*NO_CI\*\*\*/i,
    /^skip-checks\s*:/im,
    /^[\w-]+-by\s*:/im,
    /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):? (?:#\d|[\w/-]+#\d|GH-\d|https?:\/\/)/i,
  ]

  test('any text is one line that mentions, refers, links and skips nothing, and is no trailer', () => {
    always(text => {
      const message = `sync(specs): failed\n\n${plain(text.replaceAll(EVIL, ''), 500)}`
      expect(message.split(/\r|\n|\u2028|\u2029/)).toHaveLength(3)
      for (const obeyed of OBEYED) expect(message).not.toMatch(obeyed)
      expect(plain(text)).not.toMatch(UNSEEN)
    })
  })

  test.each([
    '[skip ci]',
    '[SKIP CI]',
    '[no ci]',
    '[\u200bskip ci]',
    '[skip \u0000ci]',
    'skip-checks: true',
    'skip-checks:true',
    'Co-authored-by: x <x@example.com>',
    'Signed-off-by: x',
    'closes #1',
    'Fixes: acme/specs#1',
    'resolved gh-1',
    'fix https://github.com/acme/specs/issues/1',
    '@octocat',
    '&#64;octocat',
  ])('%j is not obeyed', text => {
    for (const obeyed of OBEYED) expect(plain(text)).not.toMatch(obeyed)
  })
})

describe('the log of a workflow', () => {
  test('no text is a command, neither after our words nor by itself', () => {
    always(text => {
      expect(parseCommand(logged(text))).toBeUndefined()
      expect(parseCommand(`Notion: ${logged(text)}`)).toBeUndefined()
      expect(logged(text)).not.toMatch(/[\r\n]/)
      expect(logged(text)).not.toMatch(UNSEEN)
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

describe('JSON and YAML as they are printed', () => {
  /** As a terminal and the runner get it: line by line. */
  const lines = (text: string) => text.split(/\r\n|\r|\n/)

  test('JSON of any text reads back the same, and has nothing that a terminal or the runner obeys', () => {
    always(text => {
      const data = { name: text, list: [text, `:${text}`], [text]: 1 }
      const printed = quoted(JSON.stringify(data, null, 2))
      expect(JSON.parse(printed)).toEqual(data)
      expect(lines(printed).flatMap(line => parseCommand(line) ?? [])).toEqual([])
      expect(printed.replaceAll('\n', '')).not.toMatch(UNSEEN)
    })
  })

  test('letters beyond the first plane are escaped as the two units that they are in JSON', () => {
    expect(quoted('"\u{e0041}"')).toBe('"\\udb40\\udc41"')
  })
})

describe('a link', () => {
  test('any title is data, and the address is ours', () => {
    always(text => {
      const made = link(text, 'https://www.notion.so/abc')
      expect(outside(made)).toBe('<p><a href="https://www.notion.so/abc"><code></code></a></p>')
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
