/**
 * Issues and comments, as far as the sync needs them. Only issues that the token's own user opened are touched;
 * what stands in a body is made and read in report/issue.ts.
 */
import { ServiceError } from '../errors.ts'
import type { GitHub } from './client.ts'

export type Issue = {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly open: boolean
  readonly author: string
}

const LABEL = 'sync-conflict'

/** The workflow's own token may not ask who it is; what it writes is authored by this user. */
const WORKFLOW_USER = 'github-actions[bot]'

/** The login under which this token writes. */
export async function viewer(github: GitHub): Promise<string> {
  return github
    .ask(rest => rest.users.getAuthenticated())
    .then(
      user => user.login,
      () => WORKFLOW_USER,
    )
}

/** One issue; null where it is gone, or issues are switched off. */
export async function getIssue(github: GitHub, number: number): Promise<Issue | null> {
  const { owner, repo } = github
  return github
    .ask(rest => rest.issues.get({ owner, repo, issue_number: number }))
    .then(toIssue)
    .catch(whenGone)
}

/** The oldest open issue with our label, this title and this author. */
export async function findIssue(github: GitHub, title: string, author: string): Promise<Issue | null> {
  const { owner, repo } = github
  for (let page = 1; ; page += 1) {
    const found = await github
      .ask(rest =>
        rest.issues.listForRepo({
          owner,
          repo,
          labels: LABEL,
          state: 'open',
          sort: 'created',
          direction: 'asc',
          per_page: 100,
          page,
        }),
      )
      .catch(whenGone)
    if (found === null) return null
    const match = found
      .filter(item => item.pull_request === undefined)
      .map(toIssue)
      .find(item => item.title === title && item.author === author)
    if (match !== undefined) return match
    if (found.length < 100) return null
  }
}

/** Opens an issue. Not repeated without an answer: the next run finds it, or makes it. Null where issues are off. */
export async function openIssue(github: GitHub, title: string, body: string): Promise<Issue | null> {
  const { owner, repo } = github
  return github
    .ask(rest => rest.issues.create({ owner, repo, title, body, labels: [LABEL] }), false)
    .then(toIssue)
    .catch(whenGone)
}

export async function updateIssue(
  github: GitHub,
  number: number,
  change: { body?: string; state?: 'open' | 'closed' },
): Promise<void> {
  const { owner, repo } = github
  const reason = change.state === 'closed' ? { state_reason: 'completed' as const } : {}
  await github.ask(rest => rest.issues.update({ owner, repo, issue_number: number, ...change, ...reason }))
}

export async function comment(github: GitHub, number: number, body: string): Promise<void> {
  const { owner, repo } = github
  await github.ask(rest => rest.issues.createComment({ owner, repo, issue_number: number, body }), false)
}

/** Our comment with this marker on an issue or pull request is replaced, or a new one is made. */
export async function upsertComment(github: GitHub, number: number, marker: string, body: string): Promise<void> {
  const { owner, repo } = github
  const author = await viewer(github)
  for (let page = 1; ; page += 1) {
    const found = await github.ask(rest =>
      rest.issues.listComments({ owner, repo, issue_number: number, per_page: 100, page }),
    )
    const mine = found.find(item => item.user?.login === author && item.body?.startsWith(marker))
    if (mine !== undefined) {
      if (mine.body !== body)
        await github.ask(rest => rest.issues.updateComment({ owner, repo, comment_id: mine.id, body }))
      return
    }
    if (found.length < 100) break
  }
  await comment(github, number, body)
}

function toIssue(item: {
  number: number
  title: string
  body?: string | null | undefined
  state: string
  user: { login: string } | null
}): Issue {
  return {
    number: item.number,
    title: item.title,
    body: item.body ?? '',
    open: item.state === 'open',
    author: item.user?.login ?? '',
  }
}

function whenGone(error: unknown): null {
  if (error instanceof ServiceError && error.failure === 'not-found') return null
  throw error
}
