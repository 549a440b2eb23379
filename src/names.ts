/** What records are called, and where they are found, in all that a run tells of them. */
import type { Outcome, Pair } from './core/model.ts'
import type { Reading } from './read.ts'
import type { Links } from './report/entries.ts'
import type { State } from './state/schema.ts'

/** The address of a page follows its title, so what was written in this run counts. */
export function linksOf(reading: Reading, outcomes: readonly Outcome[] = []): Links {
  const written = outcomes.flatMap(outcome =>
    outcome.result === 'done' && outcome.url !== undefined ? [[outcome.record, outcome.url] as const] : [],
  )
  const urls = new Map([...reading.pages.map(page => [page.id, page.url] as const), ...written])
  return {
    page: id => (id === null ? null : (urls.get(id) ?? `https://www.notion.so/${id.replaceAll('-', '')}`)),
    row: id => (id === null ? null : `https://airtable.com/${reading.airtable.base}/${reading.airtable.id}/${id}`),
  }
}

/** Titles by page: as the state knows them, as they were read, as they stand `after` the run. */
export function titlesOf(
  reading: Reading,
  state: State | null,
  after: readonly Pair[] = [],
): (page: string | null) => string {
  const titles = new Map([
    ...(state?.pairs ?? []).map(pair => [pair.page, pair.title] as const),
    ...reading.pages.map(page => [page.id, page.title] as const),
    ...after.map(pair => [pair.page, pair.title] as const),
  ])
  return page => titles.get(page ?? '') ?? ''
}
