/**
 * Formatted text as Markdown, the way in which it is carried between two columns that both hold formatting. What both
 * can hold is bold, italic, struck out, code and links; headings and lists are letters at the start of a line in Notion.
 * It knows no service: Notion's segments become runs in notion/rich-text.ts.
 */
import MarkdownIt from 'markdown-it'
import { spaced } from './patch.ts'

export type Marks = {
  readonly bold?: true
  readonly italic?: true
  readonly strike?: true
  readonly code?: true
  readonly link?: string
}
/** A piece of text that is formatted alike. */
export type Run = Marks & { readonly text: string }

const parser = new MarkdownIt('zero').enable(['escape', 'backticks', 'strikethrough', 'emphasis', 'link'])
// Letters stay what they are; line ends are one already.
parser.disable('normalize')
// An address is kept as it was typed. Notion takes whole addresses and paths of its own; others stay letters.
parser.normalizeLink = address => address
parser.validateLink = address => URL.canParse(address) || address.startsWith('/')

const OPENS: Readonly<Record<string, Marks>> = {
  strong_open: { bold: true },
  em_open: { italic: true },
  s_open: { strike: true },
}

/** Whether no letter of a text can be a mark; most texts are like that. */
const isPlain = (text: string): boolean => !/[\\`*_~[+]/.test(text)

/** The runs of a Markdown text, tidied. */
export function parseMarkdown(text: string): Run[] {
  if (isPlain(text)) return text === '' ? [] : [{ text }]
  return tidy(
    blocksOf(text).flatMap((block, index) => [...(index === 0 ? [] : [{ text: '\n' }]), ...parseBlock(block)]),
  )
}

/** Formatting ends with its block: at an empty line, and where a list item, heading or quotation begins. */
function blocksOf(text: string): string[] {
  const blocks: string[] = []
  let open = false
  for (const line of text.split('\n')) {
    const begins = /^\s*(?:[-*+]|\d+[.)]|#{1,6}|>)\s/.test(line)
    if (open && !begins && line.trim() !== '') blocks.push(`${blocks.pop() ?? ''}\n${line}`)
    else blocks.push(line)
    open = line.trim() !== ''
  }
  return blocks
}

function parseBlock(block: string): Run[] {
  const marks: Marks[] = []
  return (parser.parseInline(block, {})[0]?.children ?? []).flatMap((token): Run[] => {
    const opened = token.type === 'link_open' ? { link: String(token.attrGet('href')) } : OPENS[token.type]
    if (opened !== undefined) marks.push(opened)
    else if (token.nesting === -1) marks.pop()
    else {
      const code: Marks = token.type === 'code_inline' ? { code: true } : {}
      return [Object.assign({ text: token.content }, ...marks, code)]
    }
    return []
  })
}

/** A text that is equal for two Markdown texts exactly when they show the same. */
export const comparableMarkdown = (text: string): string => spelled(parseMarkdown(text))

/** The text that a Markdown text shows, without its formatting. */
export const shownText = (text: string): string =>
  parseMarkdown(text)
    .map(run => run.text)
    .join('')

const MARKS = ['link', 'bold', 'italic', 'strike', 'code'] as const

/** Runs as a text that tells neither in which order their marks were set nor which bullet a line begins with. */
const spelled = (runs: readonly Run[]): string =>
  JSON.stringify(
    runs.map((run, index) => {
      const bullet = `${index === 0 ? '(^|\\n)' : '(\\n)'}([ \\t]*)[*+](?= |\\n${index === runs.length - 1 ? '|$' : ''})`
      const text = sameMarks(run, {}) ? run.text.replace(new RegExp(bullet, 'g'), '$1$2-') : run.text
      return [text, ...MARKS.map(mark => run[mark])]
    }),
  )

export const sameMarks = (a: Marks, b: Marks): boolean =>
  MARKS.every(mark => (mark === 'link' ? address(a.link) === address(b.link) : a[mark] === b[mark]))

/** An address as browsers spell it: a host alone ends in a slash, what would end it in Markdown is encoded. */
function address(link: string | undefined): string | undefined {
  const spelled = link !== undefined && URL.canParse(link) ? new URL(link).href : link
  return spelled?.replace(/[\s()<>]/g, letter => `%${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}

/**
 * Runs in their one spelling: no marks on space at the ends of a run or on line breaks, where they cannot be seen and
 * Markdown cannot hold them; an address that stands for itself is no link; neighbours that are alike are one.
 */
function tidy(runs: readonly Run[]): Run[] {
  const pieces = joined(runs).flatMap(run =>
    run.text.split(/(\n)/).flatMap((part): Run[] => {
      const { before, inner, after } = spaced(part)
      const { link, ...marks } = { ...run, text: inner }
      const target = address(link)
      const itself = target === undefined || target === address(inner)
      return [{ text: before }, itself ? marks : { ...marks, link: target }, { text: after }]
    }),
  )
  return joined(pieces)
}

function joined(runs: readonly Run[]): Run[] {
  const alike: Run[] = []
  for (const run of runs) {
    const last = alike.at(-1)
    if (run.text === '') continue
    if (last !== undefined && sameMarks(last, run)) alike[alike.length - 1] = { ...last, text: last.text + run.text }
    else alike.push(run)
  }
  return alike
}

/** Whether and how the letters of the text are kept from being read as marks, and the letter for italics. */
type Style = { readonly escape: boolean; readonly italic: '_' | '*'; readonly marks: boolean }
const STYLES: readonly Style[] = [
  { escape: false, italic: '_', marks: true },
  { escape: false, italic: '*', marks: true },
  { escape: true, italic: '_', marks: true },
  { escape: true, italic: '*', marks: true },
  // Some neighbours cannot be told apart in Markdown (bold quotation marks inside a word): then the words count.
  { escape: true, italic: '_', marks: false },
]

/** Markdown for the runs. What it says is read back as the same runs, but for marks that Markdown cannot say. */
export function toMarkdown(runs: readonly Run[]): string {
  const wanted = tidy(runs)
  const [only, second] = wanted
  if (only === undefined) return ''
  if (second === undefined && isPlain(only.text) && sameMarks(only, {})) return only.text
  const lines = linesOf(wanted)
  const written = lines.map(line => STYLES.map(style => write(line, style)).find(text => reads(text, line)))
  if (!written.includes(undefined) && reads(written.join('\n'), wanted)) return written.join('\n')
  const whole = STYLES.map(style => lines.map(line => write(line, style)).join('\n'))
  return whole.find(text => reads(text, wanted)) ?? whole.at(-1) ?? ''
}

const reads = (text: string, runs: readonly Run[]): boolean => comparableMarkdown(text) === spelled(tidy(runs))

function linesOf(runs: readonly Run[]): Run[][] {
  const lines: Run[][] = [[]]
  for (const run of runs) {
    for (const [index, text] of run.text.split('\n').entries()) {
      if (index > 0) lines.push([])
      lines.at(-1)?.push({ ...run, text })
    }
  }
  return lines
}

function write(runs: readonly Run[], style: Style, depth = 0): string {
  const mark = MARKS[depth]
  if (mark === undefined || !style.marks) {
    const text = runs.map(run => run.text).join('')
    const code = style.marks && runs[0]?.code === true
    return style.escape && !code ? text.replace(/[\\`*_~[\]]/g, '\\$&') : text
  }
  const groups: Run[][] = []
  for (const run of runs) {
    const group = groups.at(-1)
    if (group?.[0] !== undefined && group[0][mark] === run[mark]) group.push(run)
    else groups.push([run])
  }
  return groups
    .map(group => {
      const inner = write(group, style, depth + 1)
      const value = group[0]?.[mark]
      return value === undefined || inner === '' ? inner : marked(inner, mark, String(value), style)
    })
    .join('')
}

function marked(inner: string, mark: (typeof MARKS)[number], link: string, { italic }: Style): string {
  if (mark === 'link') return `[${inner}](${link})`
  if (mark !== 'code')
    return { bold: `**${inner}**`, italic: `${italic}${inner}${italic}`, strike: `~~${inner}~~` }[mark]
  const fence = '`'.repeat(Math.max(0, ...(inner.match(/`+/g) ?? []).map(run => run.length)) + 1)
  const gap = inner.startsWith('`') || inner.endsWith('`') ? ' ' : ''
  return `${fence}${gap}${inner}${gap}${fence}`
}
