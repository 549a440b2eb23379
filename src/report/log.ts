/** What the log of a run says of a plan and of what was done: a line each, our own words first. */
import type { Plan } from '../core/model.ts'
import { SIDE_NAME } from '../core/model.ts'
import { show } from '../core/value.ts'
import { byTitle, countsOf, type Entry, headline, labelOf, overruled } from './entries.ts'
import { logged } from './escape.ts'

/** What a plan means to write, and what is open. */
export function planLines(plan: Plan, titles: (page: string | null) => string): string[] {
  const would = headline(countsOf(plan.steps, { conflicts: 0, problems: 0 }))
  const named = (title: string, field: string | undefined) =>
    `${logged(title || '(no title)', 80)}${field === undefined ? '' : `, ${logged(labelOf(field, []), 60)}`}`
  return [
    would === '' ? 'Nothing to write.' : `To write: ${would}`,
    ...replaced(plan),
    ...byTitle(plan.problems, titles).map(
      problem => `Problem: ${named(problem.title, problem.field)}: ${logged(problem.message)}`,
    ),
    ...byTitle(plan.conflicts, titles).map(
      conflict =>
        `Open conflict: ${named(titles(conflict.page), conflict.field)}: Notion has ${logged(show(conflict.notion), 80)}, Airtable has ${logged(show(conflict.airtable), 80)}`,
    ),
  ]
}

/** Values that the plan replaces although a person typed them; told before, in case the run never gets to record it. */
const replaced = (plan: Plan): string[] =>
  overruled(plan).map(
    ({ step, change }) =>
      `Replaces: ${logged(step.title || '(no title)', 80)}, ${logged(change.field, 60)} in ${SIDE_NAME[change.side]}: ${logged(show(change.from), 2000)}`,
  )

/** More lines than this say less. */
const MOST = 40

/** What was done, or would be; `where` says where the lines stand that are not shown. */
export function entryLines(entries: readonly Entry[], where: string): string[] {
  const more = entries.length - MOST
  return [...entries.slice(0, MOST).map(entryLine), ...(more > 0 ? [`… and ${more} more${where}.`] : [])]
}

function entryLine(entry: Entry): string {
  const way = entry.side === undefined ? '' : ` → ${SIDE_NAME[entry.side]}`
  const values = [entry.from, entry.to].filter(text => text !== '').map(text => logged(text, 120))
  const change = values.length === 0 ? '' : ` ${values.join(' → ')}`
  return `${logged(entry.title || '(no title)', 80)}${way}: ${logged(entry.what, 60)}${change} (${entry.why})`
}
