/** How the demo looks: tables, headings, and progress while a run is under way. Plain where nobody watches. */
import { styleText } from 'node:util'
import Table from 'cli-table3'

const { CI, NO_COLOR, TERM } = process.env

/** Colour and progress only for a person at a terminal who did not ask for plain text. */
const fancy = process.stdout.isTTY === true && !CI && !NO_COLOR && TERM !== 'dumb'

const style = (format: Parameters<typeof styleText>[0], text: string): string =>
  fancy ? styleText(format, text, { validateStream: false }) : text

export const say = (text = ''): void => void process.stdout.write(`${text}\n`)
export const strong = (text: string): string => style('bold', text)
export const faint = (text: string): string => style('dim', text)
export const good = (text: string): string => style('green', text)
export const bad = (text: string): string => style('red', text)

export type Column = { name: string; width: number; align?: 'right' }

type Cells = readonly (string | number)[]

/** A table in box lines; cells break between words and at line ends. */
export function table(columns: readonly Column[], rows: readonly Cells[]): string {
  const printed = new Table({
    head: columns.map(column => strong(column.name)),
    colWidths: columns.map(column => column.width),
    colAligns: columns.map(column => column.align ?? 'left'),
    wordWrap: true,
    style: { head: [], border: fancy ? ['gray'] : [] },
  })
  printed.push(...rows.map(row => row.map(String)))
  return printed.toString()
}

/** Rows of one line each, for a table that draws no lines between them. */
export const together = (rows: readonly Cells[]): Cells =>
  (rows[0] ?? []).map((_, column) => rows.map(row => row[column] ?? '').join('\n'))

/** Shows that something is under way; answers how to take it away again. */
export function progress(text: string): () => void {
  if (!fancy) return () => {}
  const started = performance.now()
  const show = (): void => {
    process.stdout.write(`\r\u001b[K${faint(`${text} ${((performance.now() - started) / 1000).toFixed(1)} s`)}`)
  }
  show()
  const timer = setInterval(show, 100)
  return () => {
    clearInterval(timer)
    process.stdout.write('\r\u001b[K')
  }
}
