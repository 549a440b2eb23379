/** Reads Markdown as GitHub does, with a parser of CommonMark and GFM, and makes text that means harm. */
import fc from 'fast-check'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'

/** What GitHub would render of a Markdown text, without the contents of code: nothing of a person's text is left in it. */
export const outside = (text: string): string =>
  micromark(text, {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    // What GitHub would drop is to be seen here, for it would be markup all the same.
    allowDangerousHtml: true,
    allowDangerousProtocol: true,
  })
    .replace(/(<code[^>]*>).*?(<\/code>)/gs, '$1$2')
    .trim()

/** The tags, and comments, that our own reports are made of. */
const OURS = [
  /^<\/?(?:p|h[1-6]|table|thead|tbody|tr|ul|li|strong|details|summary|sub|blockquote|code|a|th|td)>$/,
  /^<t[hd] align="(?:right|center)">$/,
  /^<a href="(?:https:\/\/(?:www\.notion\.so|airtable\.com|github\.com\/acme\/specs)\/[\w/.-]*|[\w-]+\/[\w.]+)">$/,
  /^<input type="checkbox" disabled="" \/>$/,
  /^<!-- (?:pick [0-9a-f]{12} (?:notion|airtable) [0-9a-f]{12}|notion-airtable-sync [\w=. -]+|(?:sync|end) [\w-]+) -->$/,
]

/** What of the text of people, marked with EVIL, took effect: markup that is not ours, and words outside of code. */
export function effects(text: string): string[] {
  const rendered = outside(text)
  const tags = rendered.match(/<!--.*?-->|<[^>]*>/gs) ?? []
  const strange = tags.filter(tag => !OURS.some(own => own.test(tag)))
  return [...strange, ...(rendered.match(/.*EVIL.*/g) ?? [])]
}

/** The cells of a table's row: a pipe parts them unless a backslash stands before it, in code spans too. */
export function cellsOf(row: string): string[] {
  const cells = row.match(/(?:\\[!-/:-@[-`{-~]|[^|])+/g) ?? []
  return cells.map(cell => cell.trim()).filter(cell => cell !== '')
}

/** What stands in every piece of harmful text, so that a test can see where it came out. */
export const EVIL = 'EVIL'

/** Text that would mention, close, command, render, tick, hide, or stop a workflow if it were not data. */
export const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...['@octocat', '@acme/team', '#1', 'GH-7', 'closes #3', 'Fixes: acme/specs#4', '&#64;octocat', '&commat;a'],
        ...['https://github.com/a/b/pull/5', 'www.github.com', 'resolves https://github.com/acme/specs/issues/1'],
        ...[
          'me@example.com',
          'mailto:a@b.example',
          '[skip ci]',
          '[CI Skip]',
          '[no ci]',
          '[skip actions]',
          '***NO_CI***',
        ],
        ...['\n\nCo-authored-by: x <x@e.example>', '\nSigned-off-by: x', '\n\n\nskip-checks: true'],
      ),
      fc.constantFrom(
        ...[
          '`',
          '``',
          '```js',
          '|',
          '\\',
          '\\|',
          '<!--',
          '-->',
          '<img src=x onerror=y>',
          '</details>',
          '</td></table>',
        ],
        ...[
          '[x](https://e.example)',
          '![x](https://e.example/p.png)',
          '[^1]',
          '[^1]: note',
          '<https://e.example>',
          '$x$',
        ],
        ...['```mermaid\ngraph\n```', '~~~', '***', '---', '> ', '    code', '<script>', '<sub>'],
      ),
      fc.constantFrom('\n', '\r\n', '\n\n# Head\n', '\n- [x] Keep Notion: ', '\n* [X] Keep Airtable: ', '\u2028', '\t'),
      fc.constantFrom(
        ...[
          '<!-- pick 0123456789ab notion 0123456789ab -->',
          '<!-- end product-specs -->',
          '::error::',
          '::add-mask::x',
        ],
        ...[
          '##[error]',
          '##[group]',
          '::stop-commands::x',
          '::set-output name=a::b',
          '%0A::error::x',
          '\u001b[31m',
          '\u009b2J',
        ],
      ),
      fc.constantFrom(
        ...[
          '\u202e',
          '\u2066',
          '\u0000',
          '\u0007',
          '\b',
          '\u0085',
          '\u00ad',
          '\u200b',
          '\u200d',
          '\ufeff',
          '\ud800',
          '\udc00',
        ],
        ...['❤️', '👩‍🚀', '\u{e0041}', '_*~', ' ', ':', '::', '#', '@', '__proto__', 'constructor'],
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 8 },
  )
  .map(parts => [EVIL, ...parts, EVIL].join(''))

export const SEED = { seed: 20260301, numRuns: 300 }
