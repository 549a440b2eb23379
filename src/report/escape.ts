/**
 * Text from Notion and Airtable is data: wherever it is printed it passes through here, one function per destination,
 * so that it cannot mention people, close issues, start a workflow command, render as markup or pass for a task line.
 */

const ZERO_WIDTH = '\u200b'
/** Controls, bidirectional marks and other invisible letters, but not the joiners that scripts and emoji need. */
const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029]/gu
/** What is looked at of a text that is cut: invisible letters that are dropped may leave less than `max` of it. */
const LOOKED_AT = 8

/** One line without controls and halves of letters, cut to `max` code points. */
function tidy(text: string, max: number): string {
  const start = text.slice(0, max * LOOKED_AT)
  const line = start
    .toWellFormed()
    .replace(/\r\n?|\n|\u2028|\u2029/g, ' ⏎ ')
    .replace(INVISIBLE, '')
  const points = [...line]
  return points.length > max || start.length < text.length ? `${points.slice(0, max - 1).join('')}…` : line
}

/** Keeps @names, #numbers, GH-numbers and addresses from taking effect, also where code spans do not protect. */
const inert = (text: string): string =>
  text
    .replace(/[@#]/g, `$&${ZERO_WIDTH}`)
    .replace(/\b(GH)-(?=\d)/gi, `$1${ZERO_WIDTH}-`)
    .replace(/:\/\//g, `:${ZERO_WIDTH}//`)
    .replace(/\bwww\./gi, match => match.replace('.', `${ZERO_WIDTH}.`))

/** Markdown on GitHub (issues, comments, summaries): a code span, in which nothing renders; safe in tables. */
export const markdown = (text: string, max = 200): string => codeSpan(inert(tidy(text, max)))

/**
 * Markdown of files in git: nothing mentions or links in a code span there, so a value keeps its letters, and is whole
 * when somebody copies it back from there.
 */
export const verbatim = (text: string, max = 200): string => codeSpan(tidy(text, max))

function codeSpan(text: string): string {
  const line = text.replace(/<!--/g, `<!${ZERO_WIDTH}--`).replace(/-->/g, `--${ZERO_WIDTH}>`)
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map(run => run.length))
  const fence = '`'.repeat(longest + 1)
  const padded = line.startsWith('`') || line.endsWith('`') || line.trim() === '' ? ` ${line} ` : line
  // A table splits cells before it looks for code spans.
  return `${fence}${padded.replace(/\\(?=\|)/g, `\\${ZERO_WIDTH}`).replace(/\|/g, '\\|')}${fence}`
}

/** A link in Markdown whose text is data. Its address was made by us or by a service; only http(s) is kept. */
export function link(text: string, url: string | null): string {
  const label = markdown(text === '' ? '(no title)' : text, 80)
  return url !== null && /^https?:\/\/[^\s()<>"`|\\]+$/.test(url) ? `[${label}](${url})` : label
}

/**
 * A commit message: one line, which also tells no CI to skip the commit ([skip ci] and its like) and is no trailer
 * (Co-authored-by, Signed-off-by, skip-checks).
 */
export const plain = (text: string, max = 120): string =>
  inert(tidy(text, max))
    .replace(/\[/g, `[${ZERO_WIDTH}`)
    .replace(/\b(-by|skip-checks)(?=\s*:)/gi, `$1${ZERO_WIDTH}`)
    .replace(/\*\*\*(?=NO_CI)/gi, `***${ZERO_WIDTH}`)

/** A line of the workflow log or of a terminal: no command and no control sequence can start in it. */
export const logged = (text: string, max = 300): string =>
  tidy(text, max).replace(/##\[/g, `#${ZERO_WIDTH}#[`).replace(/::/g, `:${ZERO_WIDTH}:`)

/**
 * Text in which strings stand between double quotes (JSON, YAML), as it is printed: whatever a terminal or the runner
 * would obey is written as an escape, so that who reads it gets the same data.
 */
export const quoted = (text: string): string =>
  text
    .replace(INVISIBLE, letter => (letter === '\n' ? letter : escaped(letter)))
    .replace(/##(?=\[)/g, `#${escaped('#')}`)

const escaped = (letter: string): string =>
  letter
    .split('')
    .map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
