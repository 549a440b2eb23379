/**
 * JSON read strictly: a key that stands twice in one object is refused, as a merge by hand leaves it, and so is what is
 * nested deeper than anything that this program writes. Knows nothing of what the JSON means.
 */

/** Deeper than any state is. */
const DEEPEST = 20

/** Parses the text, or throws an Error that says what is wrong with it. */
export function parseJson(text: string): unknown {
  const objects: (Set<string> | null)[] = []
  let string = ''
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at]
    if (sign === '"') {
      const start = at
      for (at += 1; at < text.length && text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1
      string = text.slice(start, at + 1)
    } else if (sign === ':') {
      const keys = objects.at(-1)
      if (keys?.has(string)) throw new Error(`the key ${string.slice(0, 100)} stands twice in one object`)
      keys?.add(string)
    } else if (sign === '{' || sign === '[') {
      objects.push(sign === '{' ? new Set() : null)
      if (objects.length > DEEPEST) throw new Error(`it is nested more than ${DEEPEST} levels deep`)
    } else if (sign === '}' || sign === ']') objects.pop()
  }
  return JSON.parse(text)
}
