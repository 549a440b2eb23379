/** Writing pages: Notion takes one a request, and refuses it as a whole. */
import type { Change, Outcome, Page, Problem } from './core/model.ts'
import { isFailure } from './errors.ts'
import {
  type CreatePageStep,
  cellsOf,
  fieldOf,
  type Hands,
  isStale,
  type PageStep,
  refusal,
  sameValues,
} from './hands.ts'

/** Whether a create that failed like this may have made its page all the same. */
export const mayHaveMade = (error: unknown): boolean => isFailure(error, 'no-answer', 'unavailable')

/** A page that is refused as a whole is made from its title alone, and its other cells are written one by one. */
export async function createPage(step: CreatePageStep, hands: Hands): Promise<Outcome> {
  const title = step.changes.filter(change => fieldOf(change, hands)?.notion.type === 'title')
  const make = (changes: readonly Change[]) => hands.notion.create(cellsOf(changes, 'notion', hands.fields))
  try {
    const page = hands.toPage(await make(step.changes))
    return { result: 'done', step, record: page.id, values: page.values, refused: [] }
  } catch (error) {
    if (!isFailure(error, 'invalid')) throw error
    const made = await make(title).catch(again => (isFailure(again, 'invalid') ? null : Promise.reject(again)))
    if (made === null) return { result: 'refused', step, problems: [refusal(step, undefined, 'notion', error, hands)] }
    const rest = step.changes.filter(change => !title.includes(change))
    const { page, refused } = await writeCells({ ...step, page: made.id }, rest, hands)
    const { values } = page ?? hands.toPage(made)
    return { result: 'done', step, record: made.id, values, refused }
  }
}

/** Whether a person edited a page since it was read, where that is more than a few seconds ago. */
export async function pageChanged(id: string, hands: Hands): Promise<boolean> {
  const before = hands.seen.pages.get(id)
  if (!isStale(hands) || before === undefined) return false
  return !sameValues('notion', hands.fields, before, hands.toPage(await hands.notion.page(id)))
}

/** Writes the changed cells of a page, unless it was edited since an old snapshot. */
export async function writePage(step: PageStep, hands: Hands): Promise<Outcome> {
  try {
    if (await pageChanged(step.page, hands)) return { result: 'left', step, reason: 'the page was edited meanwhile' }
    const { page, refused } = await writeCells(step, step.changes, hands)
    if (page === null) return { result: 'refused', step, problems: refused }
    return { result: 'done', step, record: step.page, values: page.values, refused }
  } catch (error) {
    if (isFailure(error, 'not-found')) return { result: 'left', step, reason: 'the page is gone' }
    throw error
  }
}

/** Writes cells of a page, halving what is refused until the refused cell stands alone. */
async function writeCells(
  step: (PageStep | CreatePageStep) & { readonly page: string },
  changes: readonly Change[],
  hands: Hands,
): Promise<{ page: Page | null; refused: Problem[] }> {
  try {
    const page = hands.toPage(
      await hands.notion.update(step.page, cellsOf(changes, 'notion', hands.fields), hands.rawPage(step.page)),
    )
    return { page, refused: [] }
  } catch (error) {
    if (!isFailure(error, 'invalid')) throw error
    const [change, second] = changes
    if (second === undefined) return { page: null, refused: [refusal(step, change, 'notion', error, hands)] }
    const half = Math.ceil(changes.length / 2)
    const first = await writeCells(step, changes.slice(0, half), hands)
    const last = await writeCells(step, changes.slice(half), hands)
    return { page: last.page ?? first.page, refused: [...first.refused, ...last.refused] }
  }
}
