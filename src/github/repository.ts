/**
 * State in a branch of the repository, through the Git Data API: one commit a run, rebuilt where the head moved,
 * never over a state that changed meanwhile. It knows nothing of what the files hold.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isFailure, ServiceError, UserError } from '../errors.ts'
import type { Store } from '../state/store.ts'
import { textOf } from '../state/text.ts'
import type { GitHub } from './client.ts'

export type Repository = { readonly defaultBranch: string; readonly public: boolean; readonly issuesOn: boolean }

/** The repository as it is now. */
export async function repository(github: GitHub): Promise<Repository> {
  const found = await github.ask(rest => rest.repos.get({ owner: github.owner, repo: github.repo }))
  return { defaultBranch: found.default_branch, public: !found.private, issuesOn: found.has_issues !== false }
}

async function headOf(github: GitHub, branch: string): Promise<string | null> {
  const { owner, repo } = github
  return github
    .ask(rest => rest.git.getRef({ owner, repo, ref: `heads/${branch}` }))
    .then(ref => ref.object.sha)
    .catch(error => {
      if (isFailure(error, 'not-found')) return null
      throw error
    })
}

/** The newest commit of a branch that touched a path, at a time or before; null where there is none. */
export async function commitBefore(
  github: GitHub,
  branch: string,
  path: string,
  until: string,
): Promise<string | null> {
  const { owner, repo } = github
  const [newest] = await github.ask(rest =>
    rest.repos.listCommits({ owner, repo, sha: branch, path, until, per_page: 1 }),
  )
  return newest?.sha ?? null
}

/** A file's text at a commit or branch; null where there is none. */
export async function readFile(github: GitHub, path: string, ref: string): Promise<string | null> {
  const { owner, repo } = github
  const found = await github
    .ask(rest => rest.repos.getContent({ owner, repo, path, ref }))
    .catch(error => {
      if (isFailure(error, 'not-found')) return null
      throw error
    })
  // A folder is a list, and a submodule has no content.
  if (found === null || Array.isArray(found) || !('content' in found)) return null
  if (found.content !== '' || found.size === 0) return textOf(Buffer.from(found.content, 'base64'), path)
  // Files over 1 MB come without content and are read as blobs, up to 100 MB.
  const blob = await github.ask(rest => rest.git.getBlob({ owner, repo, file_sha: found.sha }))
  return textOf(Buffer.from(blob.content, 'base64'), path)
}

/**
 * Opens the branch at its head. A branch that is missing is made by the first commit, from the default branch. Without
 * a `branch` it is the default branch, which `hint` may know already; GitHub is asked where the hint does not hold.
 */
export async function branchStore(
  github: GitHub,
  wanted: { readonly branch: string | null; readonly hint: string | undefined },
  defaultBranch: () => Promise<string>,
): Promise<Omit<Store, 'journal'> & { readonly branch: string }> {
  let branch = wanted.branch ?? wanted.hint ?? (await defaultBranch())
  let existing = await headOf(github, branch)
  if (existing === null && wanted.branch === null) {
    branch = await defaultBranch()
    existing = await headOf(github, branch)
  }
  const start = existing ?? (await headOf(github, await defaultBranch()))
  if (start === null)
    throw new UserError(`The repository has no branch "${branch}" and no commit to start one from.`, 'state')
  // What stands at a commit never changes, so each file is fetched once.
  const files = new Map<string, Promise<string | null>>()
  const readAt = (head: string) => (path: string) => {
    const key = `${head}:${path}`
    const file = files.get(key) ?? readFile(github, path, head)
    files.set(key, file)
    // What GitHub did not answer is asked again when it is needed.
    file.catch(() => files.delete(key))
    return file
  }
  const trees = new Map<string, Promise<string>>()
  const treeOf = (commit: string): Promise<string> => {
    const tree = trees.get(commit) ?? treeAt(github, commit)
    trees.set(commit, tree)
    tree.catch(() => trees.delete(commit))
    return tree
  }
  return {
    read: readAt(start),
    branch,
    prepare: paths => {
      for (const ahead of [treeOf(start), ...paths.map(readAt(start))]) ahead.catch(() => {})
    },
    mayCommit: async () => {
      const { owner, repo } = github
      // A blob that nothing names shows whether the token may write, and is swept away by GitHub.
      await github
        .ask(rest => rest.git.createBlob({ owner, repo, content: '' }))
        .catch(error => {
          // Any other trouble is the commit's own to meet, with its repeats; a limit of the hour it would meet too late.
          if (isFailure(error, 'forbidden', 'unauthorized')) throw forbidden(branch, error)
          if (isFailure(error, 'rate-limited')) throw error
        })
    },
    takesCommits: async () => {
      const { owner, repo } = github
      if (existing === null) return
      // GitHub tells of rulesets only, not of the older branch protection; what it does not tell, the commit will.
      const rules = await github.ask(rest => rest.repos.getBranchRules({ owner, repo, branch }), false).catch(() => [])
      if (rules.some(({ type }) => CLOSING.includes(type)))
        throw new UserError(
          `The rules of the branch ${branch} let nobody commit to it directly, so this run could not be recorded. Nothing was written to Notion or Airtable. Keep the state on a branch of its own: "branch: sync-state" under "with:" in every workflow that uses the action. If this token may pass the rules, run once with "force: true".`,
          'state',
        )
    },
    commit: async ({ guard, message, build }) => {
      const before = await readAt(start)(guard)
      let head = start
      let exists = existing !== null
      for (let attempt = 1; ; attempt += 1) {
        const files = await build(readAt(head))
        const made = await makeCommit(github, branch, head, await treeOf(head), files, message)
        if (made === null) return ''
        const mayPass = attempt < REFUSALS
        if (made.head === (exists ? head : null) && (await moveBranch(github, branch, head, made.sha, exists, mayPass)))
          return made.sha
        if (attempt === 6)
          throw new ServiceError(
            'GitHub',
            'invalid',
            `the branch ${branch} kept moving; the commit could not be added in ${attempt} attempts`,
          )
        await sleep(100 * attempt + Math.random() * 200)
        const moved = await headOf(github, branch)
        exists = moved !== null
        head = moved ?? start
        if ((await readAt(head)(guard)) !== before) {
          throw new UserError(
            `${guard} was changed on the branch ${branch} by another run meanwhile. It was not overwritten; the next run works from what stands there.`,
            'state',
          )
        }
      }
    },
  }
}

/** Rules by which a branch takes no commits, or none that have not been looked at elsewhere (docs.github.com, rulesets). */
const CLOSING: readonly string[] = ['pull_request', 'update', 'required_status_checks', 'merge_queue']

async function treeAt(github: GitHub, commit: string): Promise<string> {
  const { owner, repo } = github
  return (await github.ask(rest => rest.git.getCommit({ owner, repo, commit_sha: commit }))).tree.sha
}

/**
 * A commit on top of `parent`, and where the branch stood meanwhile; null where the files are there already. A ref
 * update refuses what is no fast-forward, but would revive commits that someone dropped, so the branch is looked at.
 */
async function makeCommit(
  github: GitHub,
  branch: string,
  parent: string,
  baseTree: string,
  files: Readonly<Record<string, string>>,
  message: string,
): Promise<{ sha: string; head: string | null } | null> {
  const { owner, repo } = github
  const entries = Object.entries(files).map(([path, content]) => ({
    path,
    mode: '100644' as const,
    type: 'blob' as const,
    content,
  }))
  const tree = await github.ask(rest => rest.git.createTree({ owner, repo, base_tree: baseTree, tree: entries }))
  if (tree.sha === baseTree) return null
  const [commit, head] = await Promise.all([
    // Without an author of its own the commit is GitHub's to sign.
    github.ask(rest => rest.git.createCommit({ owner, repo, message, tree: tree.sha, parents: [parent] })),
    headOf(github, branch),
  ])
  return { sha: commit.sha, head }
}

/** How often GitHub must refuse to move a branch that stands still until it is taken for protected, not for busy. */
const REFUSALS = 3

/** Moves the branch from `from` to `to`; answers false where it could not be moved and may be tried again. */
async function moveBranch(
  github: GitHub,
  branch: string,
  from: string,
  to: string,
  exists: boolean,
  mayPass: boolean,
): Promise<boolean> {
  const { owner, repo } = github
  try {
    if (exists)
      await github.ask(
        rest => rest.git.updateRef({ owner, repo, ref: `heads/${branch}`, sha: to, force: false }),
        false,
      )
    else await github.ask(rest => rest.git.createRef({ owner, repo, ref: `refs/heads/${branch}`, sha: to }), false)
    return true
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    if (error.failure === 'forbidden' || error.failure === 'unauthorized') throw forbidden(branch, error)
    // The answer may be lost although the branch moved.
    const stands = await headOf(github, branch)
    if (stands === to) return true
    if (isFailure(error, 'invalid', 'not-found') && stands === from && !mayPass) throw protectedBranch(branch, error)
    return false
  }
}

/** The refusal that the job's permissions are the reason of. */
export const forbidden = (branch: string, error: Error): UserError =>
  new UserError(
    `The github-token may not commit to the branch ${branch} (${error.message}). Give the job "permissions: { contents: write, issues: write }".`,
    'branch',
  )

const protectedBranch = (branch: string, error: ServiceError): UserError =>
  new UserError(
    `GitHub refuses commits to the branch ${branch} (${error.message}). If it is protected, keep the state on a branch of its own. Every run will end like this until the workflow (and the one that plans pull requests) has "branch: sync-state" under "with:".`,
    'branch',
  )
