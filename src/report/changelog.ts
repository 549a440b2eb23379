/** CHANGELOG.md and the commit message: the record of what was done, for people who read git. */
import { SIDE_NAME } from '../core/model.ts'
import type { Counts, Entry, Links } from './entries.ts'
import { headline, wayOf } from './entries.ts'
import { link, plain, verbatim } from './escape.ts'

/** GitHub shows Markdown files up to about 500 KB; older sections are in git's history. */
const MAX_CHANGELOG = 400_000

const header = (sync: string): string =>
  `# Changelog of ${sync}\n\nNewest first. Every value that was replaced stands under “Old”. Older entries are in git: \`git log -p\` of this file.\n`

export type Run = {
  readonly sync: string
  readonly at: Date
  readonly counts: Counts
  readonly entries: readonly Entry[]
  readonly links: Links
  readonly runUrl: string | null
  readonly ended: 'ok' | 'failed' | 'recovered'
}

const when = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** The changelog with this run's section on top. */
export function prependChangelog(before: string | null, run: Run): string {
  const head = header(run.sync)
  const older = before?.startsWith(head) === true ? before.slice(head.length) : (before ?? '')
  const source = run.runUrl === null ? '' : ` · [run](${run.runUrl})`
  const table = entryTable(run.entries, run.links)
  const heading = `\n## ${when(run.at)} · ${headline(run.counts) || 'nothing written'}${source}\n\n`
  const section = `${heading}${table.length <= MAX_CHANGELOG ? table : shortened(run)}\n`
  const text = head + section + older
  if (text.length <= MAX_CHANGELOG) return text
  const cut = text.lastIndexOf('\n## ', MAX_CHANGELOG)
  return cut > head.length + section.length ? `${text.slice(0, cut)}\n` : head + section
}

/** A section that alone is too long: what was written is cut, for it stands in the services; what was replaced is not. */
const shortened = ({ entries, links }: Run): string =>
  `New values are cut here.\n\n${entryTable(
    entries.map(entry => ({ ...entry, to: entry.to.length > 200 ? `${entry.to.slice(0, 199)}…` : entry.to })),
    links,
  )}`

/**
 * Entries as a table, linked to both sides. Values are cut at `max` letters; the changelog keeps them whole. `shown` is
 * how the destination shows a text: a file in git, unless told otherwise.
 */
export function entryTable(
  entries: readonly Entry[],
  links: Links,
  max = Number.POSITIVE_INFINITY,
  shown: (text: string, max: number) => string = verbatim,
): string {
  return [
    '| Record | Field | Old | New | Way | Why |',
    '| --- | --- | --- | --- | --- | --- |',
    ...entries.map(entry => {
      const cell = (text: string) => (text === '' ? '' : shown(text, max))
      return `| ${record(entry, links)} | ${cell(entry.what)} | ${cell(entry.from)} | ${cell(entry.to)} | ${wayOf(entry)} | ${entry.why.replace(/\|/g, '\\|')} |`
    }),
  ].join('\n')
}

/** A record's title with links to both sides. */
export function record(entry: Pick<Entry, 'title' | 'page' | 'row'>, links: Links): string {
  const pageUrl = links.page(entry.page)
  const rowUrl = links.row(entry.row)
  const title = link(entry.title, pageUrl ?? rowUrl)
  return pageUrl !== null && rowUrl !== null ? `${title} · [row](${rowUrl})` : title
}

/** GitHub documents no limit for the message of a commit; this is a size that is safe. */
const MAX_LINES = 60_000

const QUIET = { ok: 'state updated', failed: 'failed', recovered: 'recovered' }

/** Commit subject and body: a line for each change. */
export function commitMessage(run: Run, note: string | null): string {
  const lines = run.entries.map(entry => {
    const way = entry.side === undefined ? '' : ` → ${SIDE_NAME[entry.side]}`
    const change = [entry.from, entry.to]
      .filter(text => text !== '')
      .map(text => plain(text, 200))
      .join(' → ')
    return `- ${plain(entry.title || '(no title)', 80)}, ${plain(entry.what, 60)}${way}:${change === '' ? '' : ` ${change}`} (${entry.why})`
  })
  const shown = taken(lines, MAX_LINES)
  const more = lines.length > shown.length ? [`- … and ${lines.length - shown.length} more, in CHANGELOG.md`] : []
  const subject = `sync(${run.sync}): ${headline(run.counts) || QUIET[run.ended]}`
  return [subject, '', ...(note === null ? [] : [plain(note, 500), '']), ...shown, ...more].join('\n').trimEnd()
}

/** The pieces from the beginning that fit into `room`; no more of them are made than that. */
export function taken(pieces: Iterable<string>, room: number): string[] {
  const kept: string[] = []
  let length = 0
  for (const piece of pieces) {
    length += piece.length + 1
    if (length > room) break
    kept.push(piece)
  }
  return kept
}
