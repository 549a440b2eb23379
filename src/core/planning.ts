/** What planning is given and what its parts share: the settings, what was observed, and the draft they add to. */
import type { Clock, Conflict, Event, Fate, Field, Page, Pair, Problem, Rest, Row, Side, Step } from './model.ts'
import type { Person, Value } from './shape.ts'
import { comparable } from './value.ts'

export type Settings = {
  readonly fields: readonly Field[]
  /** Key of the field whose equal values link rows that exist already; null links none. */
  readonly match: string | null
  readonly create: 'airtable' | 'notion' | 'both' | 'none'
  readonly whenDeleted: {
    readonly page: 'archive' | 'delete' | 'keep'
    readonly row: 'restore' | 'archive' | 'trash' | 'keep'
  }
  /** What archiving writes on each side, by field key. */
  readonly archive: Readonly<Record<Side, Readonly<Record<string, Value>>>>
}

/** A page that a run means to make, and may have made. */
export type Making = Extract<Step, { do: 'create-page' }>

export type Observed = {
  readonly pairs: readonly Pair[]
  readonly conflicts: readonly Conflict[]
  readonly problems: readonly Problem[]
  readonly pages: readonly Page[]
  readonly rows: readonly Row[]
  /** Rows outside the view or filter that carry the ID of a page that has no row inside. */
  readonly hidden: readonly Row[]
  /** Pages that the integration made lately and that lie outside the filter, where they were asked for. */
  readonly strays: readonly Page[]
  /** Rows whose page may have been made already, although no answer came: they are not made again yet. */
  readonly holding: ReadonlySet<string>
  /** Pages that a run which was cut off meant to make, and may have made. */
  readonly makings: readonly Making[]
  /** The integration's own user ID, where it was asked for; tells the pages that a broken-off run made. */
  readonly bot: string | null
  /** By page or row ID; a missing record that is not in here has not been looked up, and nothing is concluded. */
  readonly fates: ReadonlyMap<string, Fate>
  /** What people ticked, and what the clocks said, by conflict ID. */
  readonly picks: ReadonlyMap<string, Side>
  readonly clocks: ReadonlyMap<string, Clock>
  readonly people: Readonly<Record<Side, readonly Person[]>>
}

/** Names a field of a pair, or the pair as a whole (RECORD): what is open, refused or written there goes by it. */
export const cellId = ({
  page,
  field,
}: {
  readonly page: string | null
  readonly field?: string | undefined
}): string => `${page}/${field}`

/** What every part of the planning reads, and the draft that it adds to. */
export type Run = {
  readonly settings: Settings
  readonly seen: Observed
  readonly draft: Draft
  readonly conflicts: ReadonlyMap<string, Conflict>
  /** Writes that were refused before, by page and field. */
  readonly refusals: ReadonlyMap<string, Problem>
}

export type Draft = {
  steps: Step[]
  pairs: Pair[]
  conflicts: Conflict[]
  settling: Conflict[]
  unclocked: Conflict[]
  problems: Problem[]
  events: Event[]
  unmatched: Event[]
  deletions: number
}

/** What a record holds under a key of its own; names such as constructor are no members of it. */
export const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined

/** Whether two values of a side are equal, as far as the line carries them. */
export const same = (field: Field, side: Side, a: Value | undefined, b: Value | undefined): boolean =>
  comparable(field, side, a ?? null) === comparable(field, side, b ?? null)

/** Which side's absence a resting pair rests for: an archive value stands on the other. */
export const restsFor = (rest: Pick<Rest, 'why'>): Side => (rest.why.startsWith('row-') ? 'airtable' : 'notion')

export type Where = { readonly page: string; readonly row: string; readonly title: string }
