/** Where state lives: a branch on GitHub or a local folder, behind one small interface. */

export type Store = {
  /** A file as it stood when the store was opened; null where there is none. */
  readonly read: (path: string) => Promise<string | null>
  /** Fetches ahead what a commit of these files will need; nothing waits for it. */
  readonly warm: (paths: readonly string[]) => void
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
}
