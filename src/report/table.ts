/** Entries as an aligned table of plain text, for a terminal. */
import { type Entry, wayOf } from './entries.ts'
import { logged } from './escape.ts'

const HEAD = ['Record', 'Field', 'Old', 'New', 'Way', 'Why']
/** Columns are cut so that a line stays readable. */
const WIDEST = 40

export function textTable(entries: readonly Entry[]): string {
  const rows = entries.map(entry => [
    logged(entry.title || '(no title)', WIDEST),
    logged(entry.what, WIDEST),
    logged(entry.from, WIDEST),
    logged(entry.to, WIDEST),
    wayOf(entry),
    entry.why,
  ])
  return aligned(HEAD, rows)
}

/** Cells in columns; they must be safe for a terminal. */
export function aligned(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map(row => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
