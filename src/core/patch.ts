/** Changing a text without touching what stands around the change: which ends two texts share, and what is kept there. */

/** How many UTF-16 units two texts share at their start and at their end; a character is never cut in two. */
export function sharedEnds(before: string, after: string): { start: number; end: number } {
  const shortest = Math.min(before.length, after.length)
  let start = 0
  while (start < shortest && before[start] === after[start]) start += 1
  if (splitsCharacter(before, start) || splitsCharacter(after, start)) start -= 1
  let end = 0
  while (end < shortest - start && before.at(-1 - end) === after.at(-1 - end)) end += 1
  if (splitsCharacter(before, before.length - end) || splitsCharacter(after, after.length - end)) end -= 1
  return { start, end }
}

/** Whether a cut at this place would part the two halves of one character. */
export const splitsCharacter = (text: string, at: number): boolean =>
  /[\uD800-\uDBFF]/.test(text.charAt(at - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(at))

/** A text without the space at its ends, and that space. */
export function spaced(text: string): { before: string; inner: string; after: string } {
  const inner = text.trim()
  const start = text.length - text.trimStart().length
  return { before: text.slice(0, start), inner, after: text.slice(start + inner.length) }
}

/** `text` with the space that stood at the ends of another one, which is no part of its value. */
export function between(stood: string, text: string): string {
  const { before, inner, after } = spaced(stood)
  return text === '' || inner === '' ? text : before + text + after
}

/** A piece of a text that is shown as something else. */
export type Piece = { readonly raw: string; readonly shown: string }

/**
 * `text` over a text made of pieces: those that lie wholly in what both share keep what they are. A piece that shows
 * nothing goes with what stands before it.
 */
export function patched(pieces: readonly Piece[], text: string): string {
  const before = pieces.map(piece => piece.shown).join('')
  const { start, end } = sharedEnds(before, text)
  const resumes = before.length - end
  let [head, tail, offset] = ['', '', 0]
  for (const { raw, shown } of pieces) {
    const begin = offset
    offset += shown.length
    if (offset <= start) head += raw
    else if (begin >= resumes) tail += raw
    else {
      head += shown.slice(0, Math.max(start - begin, 0))
      tail += shown.slice(resumes - begin)
    }
  }
  return head + text.slice(start, text.length - end) + tail
}
