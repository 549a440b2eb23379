/**
 * Text from Notion and Airtable is data: wherever it is printed it passes through here, one function per destination,
 * so that it cannot mention people, close issues, start a workflow command, render as markup or pass for a task line.
 */

const ZERO_WIDTH = '\u200b'
/** Controls, bidirectional marks and other invisible letters, but not the joiners that scripts and emoji need. */
const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** One line without controls, cut to `max` code points. */
function tidy(text: string, max: number): string {
  const line = text.replace(/\r\n?|\n|\u2028|\u2029/g, ' ⏎ ').replace(INVISIBLE, '')
  const points = [...line]
  return points.length > max ? `${points.slice(0, max - 1).join('')}…` : line
}

/** Keeps @names, #numbers, GH-numbers and links to issues from taking effect, also where code spans do not protect. */
const inert = (text: string): string =>
  text
    .replace(/@/g, `@${ZERO_WIDTH}`)
    .replace(/#/g, `#${ZERO_WIDTH}`)
    .replace(/\b(GH)-(?=\d)/gi, `$1${ZERO_WIDTH}-`)
    .replace(/:\/\//g, `:${ZERO_WIDTH}//`)

/** Markdown on GitHub (issues, comments, summaries, files): a code span, in which nothing renders; safe in tables. */
export function markdown(text: string, max = 200): string {
  const line = inert(tidy(text, max)).replace(/<!--/g, `<!${ZERO_WIDTH}--`).replace(/-->/g, `--${ZERO_WIDTH}>`)
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map(run => run.length))
  const fence = '`'.repeat(longest + 1)
  const padded = line.startsWith('`') || line.endsWith('`') || line.trim() === '' ? ` ${line} ` : line
  // A table splits cells before it looks for code spans.
  return `${fence}${padded.replace(/\\(?=\|)/g, `\\${ZERO_WIDTH}`).replace(/\|/g, '\\|')}${fence}`
}

/** A commit message or a plain text file: one line of inert text. */
export const plain = (text: string, max = 120): string => inert(tidy(text, max))

/** A line of the workflow log: no command can start in it. Our own words come first on every line anyway. */
export const logged = (text: string, max = 300): string =>
  tidy(text, max).replace(/##\[/g, `#${ZERO_WIDTH}#[`).replace(/::/g, `:${ZERO_WIDTH}:`)

/** A link whose text is data. The address is one that we made or a service gave; it is kept only if it is http(s). */
export function link(text: string, url: string | null): string {
  const label = markdown(text === '' ? '(no title)' : text, 80)
  return url !== null && /^https?:\/\/[^\s()<>"`|\\]+$/.test(url) ? `[${label}](${url})` : label
}
