/**
 * Issues and comments, as far as the sync needs them. Only issues that the token's own user opened are touched;
 * what stands in a body is made and read in report/issue.ts.
 */
import { ServiceError, UserError } from '../errors.ts'
import type { GitHub } from './client.ts'

export type Issue = {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly open: boolean
  readonly author: string
}

const LABEL = 'sync-conflict'
/** A comment of our words that is not older than this is the one whose answer was lost; clocks differ by less. */
const JUST_NOW_MS = 120_000

/** How a server says that it does not tell an app's token who it is; a passing failure is not among them. */
const REFUSALS: readonly ServiceError['failure'][] = ['forbidden', 'not-found', 'unauthorized', 'invalid', 'unexpected']

/** Whether what stands under this login was written by this token. */
export type IsOwn = (login: string) => boolean

/** The login of the token that GitHub gives a workflow. */
const WORKFLOW = 'github-actions[bot]'

/** An app's token may not ask who it is: then it is taken for the workflow's own, until an issue that it opens tells. */
export async function ownAuthor(github: GitHub): Promise<IsOwn> {
  const own = await github
    .ask(rest => rest.users.getAuthenticated())
    .catch(error => {
      if (error instanceof ServiceError && REFUSALS.includes(error.failure)) return null
      throw error
    })
  return login => login === (own?.login ?? WORKFLOW)
}

/** One issue; null where it is gone, or issues are switched off. One that was moved answers from where it is now. */
export async function getIssue(github: GitHub, number: number): Promise<Issue | null> {
  const { owner, repo } = github
  return github
    .ask(rest => rest.issues.get({ owner, repo, issue_number: number }))
    .then(item => {
      const home: unknown = Reflect.get(item, 'repository_url')
      const moved = typeof home === 'string' && !home.toLowerCase().endsWith(`/${owner}/${repo}`.toLowerCase())
      return moved ? null : toIssue(item)
    })
    .catch(whenGone)
}

/** The oldest open issue with our label that is the one. */
export async function findIssue(github: GitHub, isTheOne: (issue: Issue) => boolean): Promise<Issue | null> {
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
      .find(isTheOne)
    if (match !== undefined) return match
    if (found.length < 100) return null
  }
}

/** Opens an issue. Not repeated without an answer: the next run finds it, or makes it. */
export async function openIssue(github: GitHub, title: string, body: string): Promise<Issue> {
  const { owner, repo } = github
  return github
    .ask(rest => rest.issues.create({ owner, repo, title, body, labels: [LABEL] }), false)
    .then(toIssue)
    .catch(error => {
      if (!(error instanceof ServiceError) || error.failure !== 'not-found') throw error
      throw switchedOff(`, or the token may not open one (${error.message})`)
    })
}

export const switchedOff = (doubt = ''): UserError =>
  new UserError(
    `Issues are switched off in this repository${doubt}. What is open stands in the job summary and on the status page only. Switch issues on (Settings → General → Features), or make both sides equal.`,
  )

export async function updateIssue(
  github: GitHub,
  number: number,
  change: { body?: string; state?: 'open' | 'closed' },
  why: 'completed' | 'not_planned' = 'completed',
): Promise<void> {
  const { owner, repo } = github
  const reason = change.state === 'closed' ? { state_reason: why } : {}
  await github.ask(rest => rest.issues.update({ owner, repo, issue_number: number, ...change, ...reason }))
}

/** Comments once: where no answer came, it is looked for before it is tried again. */
export async function comment(github: GitHub, number: number, body: string): Promise<void> {
  const { owner, repo } = github
  const since = new Date(Date.now() - JUST_NOW_MS).toISOString()
  const create = () => github.ask(rest => rest.issues.createComment({ owner, repo, issue_number: number, body }), false)
  await create().catch(async error => {
    if (!(error instanceof ServiceError) || !['no-answer', 'unavailable'].includes(error.failure)) throw error
    const recent = await github.ask(rest =>
      rest.issues.listComments({ owner, repo, issue_number: number, since, per_page: 100 }),
    )
    if (!recent.some(item => item.body === body)) await create()
  })
}

/** Our comment with this marker on an issue or pull request is replaced, or a new one is made. */
export async function upsertComment(
  github: GitHub,
  number: number,
  marker: string,
  body: string,
  foot: string,
): Promise<void> {
  const { owner, repo } = github
  // Whatever an app, or nobody whom GitHub names, wrote under our marker may be ours: it is replaced, and nobody obeys it.
  const isOwn = await ownAuthor(github)
  const isOurs = (login: string | undefined): boolean =>
    login === undefined || isOwn(login) || (isOwn(WORKFLOW) && login.endsWith('[bot]'))
  for (let page = 1; ; page += 1) {
    const found = await github.ask(rest =>
      rest.issues.listComments({ owner, repo, issue_number: number, per_page: 100, page }),
    )
    const mine = found.find(item => isOurs(item.user?.login) && item.body?.startsWith(marker))
    if (mine !== undefined) {
      if (mine.body?.startsWith(body) !== true)
        await github.ask(rest => rest.issues.updateComment({ owner, repo, comment_id: mine.id, body: body + foot }))
      return
    }
    if (found.length < 100) break
  }
  await comment(github, number, body + foot)
}

function toIssue(item: {
  number: number
  title: string
  body?: string | null | undefined
  state: string
  user?: { login: string } | null
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
