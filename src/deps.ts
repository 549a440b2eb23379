/** What one sync is given: every dependency of run.ts, as plain arguments. */
import type { Loaded } from './config/load.ts'
import type { Mappings, SyncConfig } from './config/schema.ts'
import type { Place } from './errors.ts'
import type { ConflictIssue } from './github/conflict-issue.ts'
import type { Services } from './open.ts'
import type { Past } from './past.ts'
import type { Store } from './state/store.ts'

export type Log = {
  readonly line: (text: string) => void
  readonly warn: (text: string, place?: Place) => void
  readonly group: (title: string) => void
  readonly endGroup: () => void
}

export type Deps = {
  readonly name: string
  readonly config: SyncConfig
  /** All syncs of the file; lines of links follow another one's pairs. */
  readonly syncs: Mappings['syncs']
  readonly place: Loaded['place']
  readonly services: Services
  readonly openStore: () => Promise<Store>
  readonly stateDir: string
  /** Where conflicts are settled by people; null where there is no GitHub. */
  readonly issue: ConflictIssue | null
  /** Whose state this is; null where nothing is written, so that any will do. */
  readonly repository: string | null
  readonly runUrl: string | null
  /** An address in the repository on GitHub, such as of `issues/1`; null where there is none. */
  readonly url: (path: string) => string | null
  /** Rejects where state must not be written, such as in a public repository. */
  readonly mayRecord: Promise<void>
  readonly planOnly: boolean
  /** For `mode: restore`: the states of then, and which records; null in all other modes. */
  readonly restore:
    | (Past & {
        readonly records: readonly string[] | null
        /** The syncs that are set back: a record that is named may be of any of them. */
        readonly syncs: readonly string[]
      })
    | null
  readonly force: boolean
  /** From a shell, advice names options and variables instead of inputs and secrets. */
  readonly inShell: boolean
  readonly now: () => number
  /** Aborted, with the reason, when no further step may begin. */
  readonly stop: AbortSignal
  readonly log: Log
}
