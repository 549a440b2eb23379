/**
 * A repository as a value, to begin another one with: commits under the same hashes, branches, issues with their
 * comments. Left out are refs outside the branches and all times of issues, which GitHub alone sets.
 */
import type { GitCommit } from './clone.ts'
import type { Json } from './http.ts'
import type { Issue } from './people.ts'

type Comment = { body: string; user: { login: string } }

export type GitHubSnapshot = {
  /** Parents before their children. */
  commits: GitCommit[]
  /** The commit at the head of each. */
  branches: Map<string, string>
  /** In the order of their numbers. */
  issues: (Issue & { comments: Comment[] })[]
}

type Call = <T>(by: string, method: string, path: string, body?: Json) => Promise<T>

/** Makes all of it in a repository that is empty; throws where something would not be the same. */
export async function rebuild(snapshot: GitHubSnapshot, { owner, call }: { owner: string; call: Call }): Promise<void> {
  for (const commit of snapshot.commits) await rebuildCommit(commit)
  for (const [name, sha] of snapshot.branches)
    await call(owner, 'POST', '/git/refs', { ref: `refs/heads/${name}`, sha })
  for (const issue of snapshot.issues) await rebuildIssue(issue)

  async function rebuildCommit({ sha, files, message, parents, author, committer }: GitCommit): Promise<void> {
    const entries = files.map(({ path, mode, text }) => ({ path, mode, type: 'blob', content: text }))
    const { sha: tree } = await call<{ sha: string }>(owner, 'POST', '/git/trees', { tree: entries })
    const made = { message, tree, parents, author, committer }
    const { sha: given } = await call<{ sha: string }>(owner, 'POST', '/git/commits', made)
    if (given !== sha) throw new Error(`the commit ${sha} became ${given}`)
  }

  async function rebuildIssue({
    number,
    title,
    body,
    labels,
    state,
    state_reason,
    user,
    ...rest
  }: Snapshot): Promise<void> {
    if (rest.pull_request !== undefined) throw new Error(`#${number} is a pull request, which cannot be made again`)
    const names = labels.map(({ name }) => name)
    const made = await call<Issue>(user.login, 'POST', '/issues', { title, body, labels: names })
    if (made.number !== number) throw new Error(`the issue #${number} became #${made.number}`)
    for (const comment of rest.comments) {
      await call(comment.user.login, 'POST', `/issues/${number}/comments`, { body: comment.body })
    }
    if (state === 'closed') await call(owner, 'PATCH', `/issues/${number}`, { state, state_reason })
  }
}

type Snapshot = GitHubSnapshot['issues'][number]
