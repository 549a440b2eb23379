/** What stands on GitHub: the state of the sync, its changelog, and the ticks in its issue, made and read. */
import { digest } from '../src/core/digest.ts'
import type { Side } from './example.ts'
import { NO_STATE, type State } from './model.ts'
import type { World } from './world.ts'

export type Repository = {
  readonly state: State
  readonly changelog: string
  /** What the history tells of each run, oldest first. */
  readonly runs: readonly { status: string }[]
  readonly text: string
}

export async function readRepository({ github }: World): Promise<Repository> {
  const files = Object.entries(await github.files()).filter(([path]) => path.startsWith('state/'))
  const file = (name: string): string | undefined => files.find(([path]) => path === `state/specs/${name}`)?.[1]
  const state = file('state.json')
  return {
    state: state === undefined ? NO_STATE : (JSON.parse(state) as State),
    changelog: file('CHANGELOG.md') ?? '',
    runs: (file('history.jsonl') ?? '').split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line)])),
    text: files.map(([, text]) => text).join('\n'),
  }
}

/** A person ticks one of the boxes of a side, if there is any. */
export async function tick({ github }: World, side: Side, at: number): Promise<void> {
  const [issue] = await github.issues('open')
  if (issue === undefined) return
  const pick = side === 'notion' ? 'Notion' : 'Airtable'
  const boxes = (issue.body ?? '').match(new RegExp(`^- \\[ \\] Keep ${pick}: `, 'gm'))?.length ?? 0
  if (boxes > 0) await github.tick(issue.number, pick, at % boxes)
}

/** What is ticked beside the values that are in conflict, by page/field. */
export async function picksIn({ github }: World, state: State): Promise<Map<string, Side>> {
  const [issue] = state.conflicts.length === 0 ? [] : await github.issues('open')
  const lines = (issue?.body ?? '').split('\n').filter(line => line.startsWith('- [x]'))
  const picks = new Map<string, Side>()
  for (const { page, field, notion, airtable } of state.conflicts) {
    const box = (side: Side): string =>
      `<!-- pick ${digest(`${page}/${field}`)} ${side} ${digest([notion, airtable])} -->`
    const ticked = (['notion', 'airtable'] as const).filter(side =>
      lines.some(line => line.trimEnd().endsWith(box(side))),
    )
    if (ticked.length === 1 && ticked[0] !== undefined) picks.set(`${page}/${field}`, ticked[0])
  }
  return picks
}
