/** Writing pages: Notion takes one a request, and refuses it as a whole. */
import type { Change, Outcome, Page, Problem } from './core/model.ts'
import { isFailure } from './errors.ts'
import {
  type CreatePageStep,
  cellsOf,
  fieldOf,
  type Hands,
  isUntouched,
  Left,
  overwrite,
  type PageStep,
  refusal,
  snapshot,
} from './hands.ts'
import type { RawPage } from './notion/table.ts'

/** Whether a create that failed like this may have made its page all the same. */
export const mayHaveMade = (error: unknown): boolean => isFailure(error, 'no-answer', 'unavailable')

/** A page that is refused as a whole is made from its title alone, and its other cells are written one by one. */
export async function createPage(step: CreatePageStep, hands: Hands): Promise<Outcome> {
  const title = step.changes.filter(change => fieldOf(change, hands)?.notion.type === 'title')
  const make = (changes: readonly Change[]) =>
    hands.notion.create(cellsOf(changes, 'notion', hands.fields), hands.properties)
  try {
    const page = hands.toPage(await make(step.changes))
    return { result: 'done', step, record: page.id, values: page.values, refused: [] }
  } catch (error) {
    if (!isFailure(error, 'invalid')) throw error
    const made = await make(title).catch(again => (isFailure(again, 'invalid') ? null : Promise.reject(again)))
    if (made === null) return { result: 'refused', step, problems: [refusal(step, undefined, 'notion', error, hands)] }
    const rest = step.changes.filter(change => !title.includes(change))
    const write: WriteCells = changes => updatePage(made.id, changes, hands, made)
    const { page, refused } = await writeCells({ ...step, page: made.id }, rest, hands, write)
    const { values } = page ?? hands.toPage(made)
    return { result: 'done', step, record: made.id, values, refused }
  }
}

/** Looks at a page again; throws Left where it holds other values than `known`, or than what is to be written. */
async function lookAtPage(
  id: string,
  known: Page | undefined,
  hands: Hands,
  changes: readonly Change[] = [],
): Promise<RawPage> {
  const now = await hands.notion.page(id, hands.properties)
  if (known !== undefined && !isUntouched('notion', hands.fields, known, hands.toPage(now), changes))
    throw new Left('the page was edited meanwhile')
  return now
}

/** Writes the changed cells of a page, unless it was edited since an old snapshot. */
export async function writePage(step: PageStep, hands: Hands): Promise<Outcome> {
  const look = snapshot(hands)
  let known = hands.seen.pages.get(step.page)
  let current = hands.rawPage(step.page)
  const write: WriteCells = changes =>
    overwrite(
      hands,
      look,
      async () => {
        current = await lookAtPage(step.page, known, hands, step.changes)
      },
      async fresh => {
        known = await updatePage(step.page, changes, hands, current, fresh)
        hands.overwrote(hands.now() - look.asked)
        return known
      },
    )
  try {
    const { page, refused } = await writeCells(step, step.changes, hands, write)
    if (page === null) return { result: 'refused', step, problems: refused }
    return { result: 'done', step, record: step.page, values: page.values, refused }
  } catch (error) {
    if (isFailure(error, 'not-found'))
      return { result: 'left', step, reason: 'the page is gone, or has other properties now' }
    throw error
  }
}

/** Trashes a page, unless it was edited since an old snapshot. */
export async function trashPage(id: string, hands: Hands): Promise<void> {
  await overwrite(
    hands,
    snapshot(hands),
    async () => void (await lookAtPage(id, hands.seen.pages.get(id), hands)),
    fresh => hands.notion.trash(id, true, fresh),
  )
}

/** `current` is the page as it stood when it was looked at last: what a text does not change in it keeps its formatting. */
async function updatePage(
  id: string,
  changes: readonly Change[],
  hands: Hands,
  current: RawPage | null,
  fresh?: () => boolean,
): Promise<Page> {
  const cells = cellsOf(changes, 'notion', hands.fields)
  return hands.toPage(await hands.notion.update(id, cells, current, hands.properties, fresh))
}

type WriteCells = (changes: readonly Change[]) => Promise<Page>

/** Writes cells of a page, halving what is refused until the refused cell stands alone. */
async function writeCells(
  step: (PageStep | CreatePageStep) & { readonly page: string },
  changes: readonly Change[],
  hands: Hands,
  write: WriteCells,
): Promise<{ page: Page | null; refused: Problem[] }> {
  try {
    return { page: await write(changes), refused: [] }
  } catch (error) {
    if (!isFailure(error, 'invalid')) throw error
    const [change, second] = changes
    if (second === undefined) return { page: null, refused: [refusal(step, change, 'notion', error, hands)] }
    const half = Math.ceil(changes.length / 2)
    const first = await writeCells(step, changes.slice(0, half), hands, write)
    const last = await writeCells(step, changes.slice(half), hands, write)
    return { page: last.page ?? first.page, refused: [...first.refused, ...last.refused] }
  }
}
