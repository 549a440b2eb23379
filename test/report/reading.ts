/** Reads Markdown as GitHub does, as far as the tests of the reports need it, and makes text that means harm. */
import fc from 'fast-check'

/** The text outside of code spans: what GitHub would render, link or act upon. Spans end at a run of equal length. */
export function outside(text: string): string {
  let rest = text
  let kept = ''
  for (let run = /`+/.exec(rest); run !== null; run = /`+/.exec(rest)) {
    const after = rest.slice(run.index + run[0].length)
    const close = new RegExp(`(?<!\`)${run[0]}(?!\`)`).exec(after)
    kept += rest.slice(0, run.index)
    // A run without its like is plain text.
    if (close === null) kept += run[0]
    rest = close === null ? after : after.slice(close.index + close[0].length)
  }
  return kept + rest
}

/** The cells of a table's row: a pipe parts them unless a backslash stands before it, in code spans too. */
export function cellsOf(row: string): string[] {
  const cells = row.match(/(?:\\[!-/:-@[-`{-~]|[^|])+/g) ?? []
  return cells.map(cell => cell.trim()).filter(cell => cell !== '')
}

/** What stands in every piece of harmful text, so that a test can see where it came out. */
export const EVIL = 'EVIL'

/** Text that would mention, close, command, render or tick if it were not data. */
export const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '@octocat',
        '@acme/team',
        '#1',
        'GH-7',
        'closes #3',
        'acme/specs#4',
        'https://github.com/a/b/pull/5',
      ),
      fc.constantFrom(
        '`',
        '``',
        '```js',
        '|',
        '\\',
        '\\|',
        '<!--',
        '-->',
        '<img src=x onerror=y>',
        '[x](https://e.example)',
      ),
      fc.constantFrom('\n', '\r\n', '\n\n# Head\n', '\n- [x] Keep Notion: ', '\n* [X] Keep Airtable: ', '\u2028', '\t'),
      fc.constantFrom(
        '<!-- pick 0123456789ab notion 0123456789ab -->',
        '::error::',
        '##[error]',
        '::set-output name=a::b',
      ),
      fc.constantFrom(
        '\u202e',
        '\u0000',
        '\u200b',
        '\u200d',
        '❤️',
        '👩‍🚀',
        '&#64;octocat',
        '_*~',
        ' ',
        ':',
        '::',
        '\ud800',
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 8 },
  )
  .map(parts => [EVIL, ...parts, EVIL].join(''))

export const SEED = { seed: 20260301, numRuns: 300 }
