/**
 * What people do and read on github.com, for tests: through the same shim as the clients, so the same limits hold, but
 * not over the socket, so it stands in no log of calls. It knows nothing of the action but the words of its checkboxes.
 */
import { type GitCommit, writeRepository } from './clone.ts'
import type { Json } from './http.ts'
import { type GitHubSnapshot, rebuild } from './snapshot.ts'
import { tickBody } from './tick.ts'

export type Issue = {
  number: number
  title: string
  body: string | null
  state: 'open' | 'closed'
  state_reason: string | null
  labels: { name: string }[]
  user: { login: string; type: string }
  /** There where the issue is a pull request. */
  pull_request?: { url: string }
}

export type Commit = {
  sha: string
  message: string
  author: { name: string; email: string; date: string }
  files: { filename: string; status: string; patch?: string }[]
}

export type IssuePatch = { title?: string; body?: string; state?: 'open' | 'closed'; labels?: string[] }

export type People = {
  /** Ticks an unticked `Keep <pick>` line of an issue: the n-th (from 0), or the first under matching text. */
  tick(issue: number, pick: 'Notion' | 'Airtable', which?: RegExp | number, by?: string): Promise<void>
  /** `by`, here and below: one of the seed's users, the owner, or OUTSIDER. */
  openIssue(issue: { title: string; body?: string; labels?: string[] }, by: string): Promise<number>
  editIssue(issue: number, patch: IssuePatch, by: string): Promise<void>
  closeIssue(issue: number, by: string): Promise<void>
  /** Opens a pull request from a branch that exists. */
  openPull(pull: { title: string; head: string; base?: string; body?: string }, by: string): Promise<number>
  /** Newest first; default `open`. Pull requests are among them, as GitHub lists them. */
  issues(state?: 'open' | 'closed' | 'all'): Promise<Issue[]>
  comments(issue: number): Promise<{ body: string; user: { login: string } }[]>
  /** `ref`: a branch (default main) or a commit. */
  file(path: string, ref?: string): Promise<string | undefined>
  files(ref?: string): Promise<Record<string, string>>
  /** Newest first. */
  commits(branch?: string): Promise<Commit[]>
  /** A person pushes; null deletes a file. A branch that does not exist begins at main. Returns the commit's sha. */
  commitFiles(files: Record<string, string | null>, message: string, branch?: string, by?: string): Promise<string>
  head(branch?: string): Promise<string>
  /** What refs outside the branches point at, by name: those under refs/`prefix`. */
  refs(prefix: string): Promise<Record<string, string>>
  /** A person pushes such a ref, by its whole name; null takes it away. */
  setRef(ref: string, sha: string | null): Promise<void>
  /**
   * Writes every commit of every branch into a git repository at `to`. The hashes are the same, until a commit takes
   * the last file out of a folder: emulate then keeps an empty folder, which git has not.
   */
  clone(to: string): Promise<void>
  /** What another repository needs to begin as this one stands; see snapshot.ts for what is left out. */
  snapshot(): Promise<GitHubSnapshot>
  /** Fills a repository that is still empty. */
  restore(snapshot: GitHubSnapshot): Promise<void>
}

export type PeopleOptions = {
  shim: (incoming: Request) => Promise<Response>
  url: string
  owner: string
  repo: string
  /** Who acts where no one is named. */
  defaultPerson: string
  now: () => number
  /** The workflow's token, and the login behind it: snapshots tell what it said in issues. */
  workflow: { login: string; token: string }
}

type RawCommit = Pick<GitCommit, 'sha' | 'author' | 'committer' | 'message'> & {
  tree: { sha: string }
  parents: { sha: string }[]
}

export const tokenOf = (login: string): string => `ghp_${login}`
export const emailOf = (login: string): string => `${login}@users.noreply.github.com`

/** The people of one repository. */
export function createPeople({ shim, url, owner, repo, defaultPerson, now, workflow }: PeopleOptions): People {
  const objects = new Map<string, Promise<unknown>>()

  async function send(by: string, method: string, path: string, body?: Json): Promise<Response> {
    const token = by === workflow.login ? workflow.token : tokenOf(by)
    const headers = { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' }
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
    return shim(new Request(`${url}/repos/${owner}/${repo}${path}`, init))
  }

  /** Throws what GitHub says where it refuses. */
  async function call<T>(by: string, method: string, path: string, body?: Json): Promise<T> {
    const response = await send(by, method, path, body)
    const answer = await response.json()
    if (response.ok) return answer as T
    throw new Error(`${by}: ${method} ${path}: ${response.status} ${(answer as Json).message}`)
  }

  const get = <T>(path: string): Promise<T> => call<T>(owner, 'GET', path)

  /** For what a hash names, which never changes: emulate stops answering a token after 5,000 requests in an hour. */
  function getObject<T>(path: string): Promise<T> {
    const object = objects.get(path) ?? get<T>(path)
    objects.set(path, object)
    return object as Promise<T>
  }

  async function list<T>(path: string): Promise<T[]> {
    const items: T[] = []
    for (let page = 1; ; page += 1) {
      const batch = await get<T[]>(`${path}${path.includes('?') ? '&' : '?'}per_page=100&page=${page}`)
      items.push(...batch)
      if (batch.length < 100) return items
    }
  }

  async function headOrNone(branch: string): Promise<string | undefined> {
    const response = await send(owner, 'GET', `/git/ref/heads/${branch}`)
    return response.ok ? ((await response.json()) as { object: { sha: string } }).object.sha : undefined
  }

  async function head(branch = 'main'): Promise<string> {
    const sha = await headOrNone(branch)
    if (sha === undefined) throw new Error(`there is no branch ${branch}`)
    return sha
  }

  async function tree(ref: string): Promise<GitCommit['files']> {
    const commit = /^[0-9a-f]{40}$/.test(ref) ? ref : await head(ref)
    const { tree: entries } = await getObject<{ tree: { path: string; mode: string; type: string; sha: string }[] }>(
      `/git/trees/${commit}?recursive=1`,
    )
    const blobs = entries.filter(entry => entry.type === 'blob')
    return Promise.all(blobs.map(async ({ path, mode, sha }) => ({ path, mode, text: await blobText(sha) })))
  }

  async function blobText(sha: string): Promise<string> {
    const { content } = await getObject<{ content: string }>(`/git/blobs/${sha}`)
    return Buffer.from(content, 'base64').toString()
  }

  /** Every commit of every branch, parents before children, and the heads of the branches. */
  async function repository(): Promise<Pick<GitHubSnapshot, 'commits' | 'branches'>> {
    const commits = new Map<string, GitCommit>()
    const branches = new Map<string, string>()
    for (const { name, commit } of await list<{ name: string; commit: { sha: string } }>('/branches')) {
      branches.set(name, commit.sha)
      await history(commit.sha, commits)
    }
    return { commits: [...commits.values()], branches }
  }

  /** The commit at `sha` and all before it, parents before children, without those in `seen`. */
  async function history(sha: string, seen: Map<string, GitCommit>): Promise<void> {
    const open = [sha]
    while (open.length > 0) {
      const next = open.at(-1) ?? ''
      const raw = await getObject<RawCommit>(`/git/commits/${next}`)
      const missing = raw.parents.map(parent => parent.sha).filter(parent => !seen.has(parent))
      open.push(...missing)
      if (missing.length > 0) continue
      open.pop()
      if (seen.has(next)) continue
      const { author, committer, message } = raw
      const parents = raw.parents.map(parent => parent.sha)
      seen.set(next, { sha: next, author, committer, message, parents, files: await tree(next) })
    }
  }

  const people: People = {
    async tick(issue, pick, which, by = defaultPerson) {
      const { body } = await get<Issue>(`/issues/${issue}`)
      await people.editIssue(issue, { body: tickBody(body ?? '', pick, which) }, by)
    },
    async openIssue(issue, by) {
      return (await call<Issue>(by, 'POST', '/issues', issue)).number
    },
    async editIssue(issue, patch, by) {
      await call(by, 'PATCH', `/issues/${issue}`, patch)
    },
    closeIssue: (issue, by) => people.editIssue(issue, { state: 'closed' }, by),
    async openPull(pull, by) {
      return (await call<Issue>(by, 'POST', '/pulls', { base: 'main', ...pull })).number
    },
    issues: (state = 'open') => list<Issue>(`/issues?state=${state}`),
    comments: issue => list(`/issues/${issue}/comments`),
    async file(path, ref = 'main') {
      return (await tree(ref)).find(file => file.path === path)?.text
    },
    async files(ref = 'main') {
      return Object.fromEntries((await tree(ref)).map(file => [file.path, file.text]))
    },
    async commits(branch = 'main') {
      const items = await list<{ sha: string }>(`/commits?sha=${encodeURIComponent(branch)}`)
      return Promise.all(
        items.map(async ({ sha }) => {
          const { commit, files } = await getObject<{ commit: Omit<Commit, 'files'>; files: Commit['files'] }>(
            `/commits/${sha}`,
          )
          return { sha, message: commit.message, author: commit.author, files }
        }),
      )
    },
    async commitFiles(files, message, branch = 'main', by = defaultPerson) {
      const current = await headOrNone(branch)
      const parent = current ?? (await headOrNone('main'))
      const base =
        parent === undefined ? {} : { base_tree: (await getObject<RawCommit>(`/git/commits/${parent}`)).tree.sha }
      const entries = Object.entries(files).map(([path, content]) => {
        return { path, mode: '100644', type: 'blob', ...(content === null ? { sha: null } : { content }) }
      })
      const made = await call<{ sha: string }>(by, 'POST', '/git/trees', { ...base, tree: entries })
      const author = { name: by, email: emailOf(by), date: new Date(now()).toISOString() }
      const parents = parent === undefined ? [] : [parent]
      const { sha } = await call<{ sha: string }>(by, 'POST', '/git/commits', {
        message,
        tree: made.sha,
        parents,
        author,
      })
      if (current === undefined) await call(by, 'POST', '/git/refs', { ref: `refs/heads/${branch}`, sha })
      else await call(by, 'PATCH', `/git/refs/heads/${branch}`, { sha })
      return sha
    },
    head,
    async refs(prefix) {
      const found = await get<{ ref: string; object: { sha: string } }[]>(`/git/matching-refs/${prefix}`)
      return Object.fromEntries(found.map(({ ref, object }) => [ref, object.sha]))
    },
    async setRef(ref, sha) {
      await send(owner, 'DELETE', `/git/${ref}`)
      if (sha !== null) await call(owner, 'POST', '/git/refs', { ref, sha })
    },
    async clone(to) {
      const { commits, branches } = await repository()
      await writeRepository(to, commits, branches)
    },
    async snapshot() {
      const issues = await people.issues('all')
      const told = issues.reverse().map(async issue => ({ ...issue, comments: await people.comments(issue.number) }))
      return { ...(await repository()), issues: await Promise.all(told) }
    },
    restore: snapshot => rebuild(snapshot, { owner, call }),
  }
  return people
}
