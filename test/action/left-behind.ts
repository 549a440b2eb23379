/**
 * What a run that was killed left behind, as a text that is the same where the next run will find the same: a run knows
 * nothing but what the services tell it, so from then on all is the same.
 */
import type { World } from '../../demo/world.ts'

/** All that the three services hold: pages, rows, commits, journals, issues. */
export async function leftBehind(world: World): Promise<string> {
  const { notion, airtable, github } = await world.snapshot()
  const journals = Object.values(await world.github.refs('notion-airtable-sync/'))
  return alike({
    // Notion counts requests; that has nothing to do with what it holds.
    notion: { ...notion.state, requests: 0, window: null },
    airtable: airtable.state,
    commits: github.commits.map(({ sha, message, files, author }) => ({ sha, message, files, by: author.name })),
    heads: [...github.branches],
    journals: await Promise.all(journals.map(sha => world.github.files(sha))),
    issues: github.issues.map(({ number, title, body, state, labels, comments }) => ({
      ...{ number, title, body, state },
      labels: labels.map(({ name }) => name),
      comments: comments.map(comment => comment.body),
    })),
  })
}

/** As text, without what differs between two runs that do the same: times, and IDs and hashes, which are numbered. */
function alike(held: unknown): string {
  const ids = new Map<string, number>()
  const number = (id: string): string => {
    const known = ids.get(id) ?? ids.size
    ids.set(id, known)
    return `#${known}`
  }
  return JSON.stringify(held)
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z| UTC)/g, 'a time')
    .replace(/(duration_ms\W+|actions\/runs\/)\d+/g, '$1')
    .replace(/\b([0-9a-f]{40}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/g, number)
}
