/** Where state lives: a branch on GitHub or a local folder, behind one small interface. */

export type Store = {
  /** A file as it stood when the store was opened; null where there is none. */
  readonly read: (path: string) => Promise<string | null>
  /**
   * Called before the services are written: makes sure that a commit will be allowed, and starts fetching what a
   * commit of these files will need.
   */
  readonly prepare: (paths: readonly string[]) => Promise<void>
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
