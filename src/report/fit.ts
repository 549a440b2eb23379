/** What GitHub limits the size of is made to fit: a summary, a comment. It knows lines and folds, and nothing of what they say. */

/** A step's summary may have 1 MiB (docs.github.com, workflow commands); beyond it GitHub drops the whole. */
const MAX_SUMMARY = 900_000

const CUT_OFF = 'What ends in “…” does not fit here: what was done stands in the changelog, what is open in the state.'

/** Joins the parts and keeps the whole below GitHub's limit. A part that is cut leaves the others their share. */
export function fitted(parts: readonly string[], max = MAX_SUMMARY): string {
  const joined = (texts: readonly string[]) => `${texts.join('\n\n')}\n`
  if (Buffer.byteLength(joined(parts)) <= max) return joined(parts)
  let room = max - Buffer.byteLength(`${CUT_OFF}\n`) - 2 * parts.length
  let waiting = parts.length
  const share = new Map<number, number>()
  const sizes = parts.map((part, index) => ({ index, bytes: Buffer.byteLength(part) }))
  // The shortest first: what they do not need is left to the longer ones.
  for (const { index, bytes } of sizes.sort((a, b) => a.bytes - b.bytes)) {
    const own = Math.min(bytes, Math.floor(room / waiting))
    share.set(index, own)
    room -= own
    waiting -= 1
  }
  return joined([...parts.map((part, index) => cutAtLine(part, share.get(index) ?? 0)), CUT_OFF])
}

/** The lines from the beginning that fit, with “…”, and with what they folded up closed. */
function cutAtLine(text: string, max: number): string {
  if (Buffer.byteLength(text) <= max) return text
  const closing = '\n\n</details>'
  const end = '\n\n…'
  const kept = Buffer.from(text)
    .subarray(0, Math.max(0, max - Buffer.byteLength(end + closing)))
    .toString()
  const lines = kept.slice(0, Math.max(0, kept.lastIndexOf('\n')))
  const isFolded = lines.lastIndexOf('<details>') > lines.lastIndexOf('</details>')
  const shown = `${lines}${isFolded ? closing : ''}${end}`
  return Buffer.byteLength(shown) <= max ? shown : ''
}
