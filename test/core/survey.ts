/** Looks at all cases of a small model once, and keeps for each promise how many had a say and the first that break it. */

/** True where the promise is kept, false where it is broken, null where the case has no say in it. */
export type Promises<Story> = Readonly<Record<string, (story: Story) => boolean | null>>
export type Finding = { asked: number; readonly broken: unknown[] }

export function survey<Case, Story>(
  cases: readonly Case[],
  tell: (at: Case) => Story,
  promises: Promises<Story>,
  show: (story: Story) => unknown,
): ReadonlyMap<string, Finding> {
  const findings = new Map<string, Finding>(Object.keys(promises).map(name => [name, { asked: 0, broken: [] }]))
  for (const at of cases) {
    const story = tell(at)
    for (const [name, promise] of Object.entries(promises)) {
      const kept = promise(story)
      const finding = findings.get(name)
      if (kept === null || finding === undefined) continue
      finding.asked += 1
      if (!kept && finding.broken.length < 3) finding.broken.push({ case: at, seen: show(story) })
    }
  }
  return findings
}
