/** Where state lives: a branch on GitHub or a local folder, behind one small interface. */

export type Store = {
  /** A file as it stood when the store was opened; null where there is none. */
  readonly read: (path: string) => Promise<string | null>
  /** Starts fetching what a commit of these files will need. */
  readonly prepare: (paths: readonly string[]) => void
  /**
   * Makes sure that a commit will be allowed: what could not be recorded is not done. A journal that was kept shows it
   * as well.
   */
  readonly mayCommit: () => Promise<void>
  /** Rejects with a UserError (kind `state`) where rules are known to keep everybody from committing there. */
  readonly takesCommits: () => Promise<void>
  /**
   * Writes files in one commit. `build` makes them from what stands at the commit's parent, and is called again if
   * the branch moved. Rejects with a UserError (kind `state`) if `guard` changed there meanwhile: nothing is
   * overwritten. Answers the commit's sha, or '' where nothing is committed.
   */
  readonly commit: (change: {
    readonly guard: string
    readonly message: string
    readonly build: (read: Store['read']) => Promise<Readonly<Record<string, string>>>
  }) => Promise<string>
  /** The journal of the sync whose state lies in `folder`. */
  readonly journal: (folder: string) => JournalStore
}

/** What a run is about to write, as text, kept beside the state until a commit tells of it: see src/core/recover.ts. */
export type JournalStore = {
  /** What an earlier run left there; null where it left nothing. To be called first. */
  readonly read: () => Promise<string | null>
  /**
   * Keeps `text` in the place of what was read. Answers null, or why it cannot be kept here. Rejects with a UserError
   * (kind `state`) where another run keeps its own there since, or where a commit would not be allowed either.
   */
  readonly write: (text: string) => Promise<string | null>
  /** Takes away what was read or written, unless another run has put its own there since. */
  readonly remove: () => Promise<void>
}

/** The file in which a journal is kept. */
export const JOURNAL_FILE = 'journal.json'
