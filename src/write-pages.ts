/** Writing pages: Notion takes one a request, and refuses it as a whole. */
import type { Change, Outcome, Page } from './core/model.ts'
import { isFailure } from './errors.ts'
import {
  type CreatePageStep,
  cellsOf,
  fieldOf,
  type Hands,
  isUntouched,
  Left,
  type Look,
  nothingWritten,
  outcomeOf,
  overwrite,
  type PageStep,
  refusal,
  snapshot,
  take,
  type Written,
} from './hands.ts'
import type { RawPage } from './notion/table.ts'

/** Whether a create that failed like this may have made its page all the same. */
export const mayHaveMade = (error: unknown): boolean => isFailure(error, 'no-answer', 'unavailable')

/**
 * A page that is refused as a whole is made from its title alone, and its other cells are written part by part. What is
 * not found is a page that a value names, or the data source: then the title is not taken either.
 */
export async function createPage(step: CreatePageStep, hands: Hands): Promise<Outcome> {
  const title = step.changes.filter(change => fieldOf(change, hands)?.notion.type === 'title')
  const make = (changes: readonly Change[]) =>
    hands.notion.create(cellsOf(changes, 'notion', hands.fields), hands.properties)
  const written = nothingWritten()
  try {
    take(written, step.changes, hands.toPage(await make(step.changes)))
  } catch (error) {
    if (!isFailure(error, 'invalid', 'not-found')) throw error
    const asked = hands.now()
    const raw = await make(title).catch(again => (isFailure(again, 'invalid') ? null : Promise.reject(again)))
    if (raw === null) written.refused.push(refusal(step, undefined, 'notion', error, hands))
    else {
      const made = hands.toPage(raw)
      take(written, title, made)
      const rest = step.changes.filter(change => !title.includes(change))
      const seen = { look: { asked, answered: asked }, known: made, current: raw }
      await writeCells({ ...step, page: made.id }, rest, hands, seen, written)
    }
  }
  return outcomeOf(step, written)
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
  const seen = { look: snapshot(hands), known: hands.seen.pages.get(step.page), current: hands.rawPage(step.page) }
  const written = nothingWritten()
  await writeCells(step, step.changes, hands, seen, written)
  return outcomeOf(step, written)
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

/** Whether a page is live in its data source. */
async function isThere(page: string, hands: Hands): Promise<boolean> {
  const fate = (await hands.notion.lookUp([page])).get(page)
  return fate === 'alive' || fate === 'out-of-scope'
}

/** A page as it was seen last: what a text does not change in `current` keeps its formatting. */
type PageSeen = { readonly look: Look; known: Page | undefined; current: RawPage | null }

/** Writes cells of a page, unless it was edited since it was seen, halving what is refused until the refused cell stands alone. */
async function writeCells(
  step: (PageStep | CreatePageStep) & { readonly page: string },
  changes: readonly Change[],
  hands: Hands,
  seen: PageSeen,
  written: Written,
): Promise<void> {
  const lookAgain = async (): Promise<void> => {
    seen.current = await lookAtPage(step.page, seen.known, hands, step.changes)
  }
  const update = async (part: readonly Change[], fresh: () => boolean): Promise<void> => {
    const cells = cellsOf(part, 'notion', hands.fields)
    const page = hands.toPage(await hands.notion.update(step.page, cells, seen.current, hands.properties, fresh))
    hands.overwrote(hands.now() - seen.look.asked)
    seen.known = page
    take(written, part, page)
  }
  const writePart = async (part: readonly Change[]): Promise<void> => {
    try {
      await overwrite(hands, seen.look, lookAgain, fresh => update(part, fresh))
    } catch (error) {
      if (!isFailure(error, 'invalid', 'not-found')) throw error
      // Notion says alike that it does not find the page, and one that a value names.
      if (error.failure === 'not-found' && !(await isThere(step.page, hands))) throw error
      const [change, second] = part
      if (second === undefined) return void written.refused.push(refusal(step, change, 'notion', error, hands))
      const half = Math.ceil(part.length / 2)
      await writePart(part.slice(0, half))
      await writePart(part.slice(half))
    }
  }
  try {
    await writePart(changes)
  } catch (error) {
    if (error instanceof Left) written.left = error.message
    else if (isFailure(error, 'not-found')) written.left = 'the page is gone, or has other properties now'
    else throw error
  }
}
