/** Ticks a box in the body of an issue, as a person does with the mouse. Pure: text in, text out. */

const BOX = /^(\s*[-*] )\[( |x|X)\](.*)$/

/**
 * Ticks an unticked `Keep Notion` / `Keep Airtable` line: the `which`-th of them (from 0), or the first one that stands
 * under text matching `which` (its headings, the paragraph before its list, or the line itself).
 * Throws where there is none, and says what there is.
 */
export function tickBody(body: string, pick: 'Notion' | 'Airtable', which: RegExp | number = 0): string {
  const lines = body.split('\n')
  const boxes = findBoxes(lines).filter(box => new RegExp(`\\bKeep ${pick}\\b`).test(box.label))
  const chosen = typeof which === 'number' ? boxes[which] : boxes.find(box => which.test(box.context))
  if (chosen === undefined) {
    const open = boxes.map(box => lines[box.at]?.trim()).join('\n') || '(none)'
    throw new Error(`no unticked "Keep ${pick}" line for ${which}; unticked are:\n${open}`)
  }
  return lines.map((line, at) => (at === chosen.at ? line.replace('[ ]', '[x]') : line)).join('\n')
}

/** The unticked boxes, each with its own text (`label`) and the text that it stands under (`context`). */
function findBoxes(lines: string[]): { at: number; label: string; context: string }[] {
  const boxes: { at: number; label: string; context: string }[] = []
  let headings: { level: number; text: string }[] = []
  let paragraph: string[] = []
  let inList = false
  for (const [at, line] of lines.entries()) {
    const level = /^(#+) /.exec(line)?.[1]?.length
    const box = BOX.exec(line)
    if (box === null && line.trim() === '') continue
    if (level !== undefined) headings = [...headings.filter(h => h.level < level), { level, text: line }]
    // the paragraph before a list goes with all boxes of that list
    if (level !== undefined || (box === null && inList)) paragraph = []
    if (level === undefined && box === null) paragraph.push(line)
    inList = box !== null
    if (box?.[2] !== ' ') continue
    const context = [...headings.map(h => h.text), ...paragraph, line].join('\n')
    boxes.push({ at, label: labelOf(box[3] ?? ''), context })
  }
  return boxes
}

/** The first words of the line: a value further on may hold "Keep Notion" itself. */
function labelOf(text: string): string {
  return text
    .replace(/<!--.*?-->/g, '')
    .replace(/[*_`]/g, '')
    .trim()
    .slice(0, 'Keep Airtable'.length)
}
