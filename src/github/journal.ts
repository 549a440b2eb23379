/**
 * The journal of a sync on GitHub: a small commit that a ref outside refs/heads points at, so that it is in no branch,
 * no checkout and no history of the state, and starts no workflow. A ref is made, or moved forward, under a condition,
 * so of two runs one is told.
 */
import { digest } from '../core/digest.ts'
import { isFailure, ServiceError, UserError } from '../errors.ts'
import { JOURNAL_FILE, type JournalStore, type Store } from '../state/store.ts'
import type { GitHub } from './client.ts'
import { branchStore, forbidden, readFile } from './repository.ts'

/** Opens a branch, as branchStore does, and the journals beside it. */
export async function openStore(...where: Parameters<typeof branchStore>): Promise<Store> {
  const { branch, ...store } = await branchStore(...where)
  return { ...store, journal: folder => journalRef(where[0], branch, folder) }
}

/** The journal of the state in `folder` on `branch`. */
function journalRef(github: GitHub, branch: string, folder: string): JournalStore {
  const { owner, repo } = github
  const sync = folder.split('/').at(-1) ?? ''
  // State of one name may lie in several folders and branches.
  const ref = `notion-airtable-sync/${sync}/${digest([branch, folder])}`
  /** The commit that this run read or wrote. */
  let ours: string | null = null

  const standing = (): Promise<string | null> =>
    github
      .ask(rest => rest.git.getRef({ owner, repo, ref }))
      .then(found => found.object.sha)
      .catch(error => {
        // Where no such ref is shown, the run goes on as if there were no journal.
        if (isFailure(error, 'not-found', 'forbidden', 'invalid')) return null
        throw error
      })

  const makeCommit = async (text: string): Promise<string> => {
    const file = { path: JOURNAL_FILE, mode: '100644' as const, type: 'blob' as const, content: text }
    const tree = await github.ask(rest => rest.git.createTree({ owner, repo, tree: [file] }))
    const message = `What a run of ${sync} is about to write\n\nKept until a commit on ${branch} tells of it, for the case that the run is cut off.`
    const parents = ours === null ? [] : [ours]
    return (await github.ask(rest => rest.git.createCommit({ owner, repo, message, tree: tree.sha, parents }))).sha
  }

  const pointAt = (sha: string): Promise<unknown> =>
    ours === null
      ? github.ask(rest => rest.git.createRef({ owner, repo, ref: `refs/${ref}`, sha }))
      : github.ask(rest => rest.git.updateRef({ owner, repo, ref, sha, force: false }))

  return {
    read: async () => {
      ours = await standing()
      return ours === null ? null : readFile(github, JOURNAL_FILE, ours)
    },
    write: async text => {
      let made: string | null = null
      try {
        made = await makeCommit(text)
        await pointAt(made)
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error
        // Who may make a commit may write: then it is the ref that is refused.
        const mayNot = error.failure === 'forbidden' || error.failure === 'unauthorized'
        if (mayNot && made === null) throw forbidden(branch, error)
        // The answer may be lost although it is there; or another run was quicker. Not to know ends the run here.
        const now = made === null ? ours : await standing()
        if (now === ours) return error.message
        if (now !== made) throw overtaken(folder)
      }
      ours = made
      return null
    },
    remove: async () => {
      if (ours === null || (await standing()) !== ours) return
      await github
        .ask(rest => rest.git.deleteRef({ owner, repo, ref }))
        .catch(error => {
          // It is gone; the answer that said so was lost.
          if (!isFailure(error, 'invalid', 'not-found')) throw error
        })
      ours = null
    },
  }
}

const overtaken = (folder: string): UserError =>
  new UserError(
    `Another run of this sync (${folder}) began to write meanwhile. This one wrote nothing; the next one works from what stands then.`,
    'state',
  )
