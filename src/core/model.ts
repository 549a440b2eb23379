/**
 * The words of the sync, as plain data. Everything between reading and writing is made of these.
 * This file holds types and the one asymmetry that the core needs, `other(side)`; no rules stand here. What stands in a
 * single cell is in shape.ts.
 */
import type { Shape, Value } from './shape.ts'

export type Side = 'notion' | 'airtable'
export const other = (side: Side): Side => (side === 'notion' ? 'airtable' : 'notion')
export const SIDE_NAME: Record<Side, string> = { notion: 'Notion', airtable: 'Airtable' }

/** One column of one side, as its schema describes it now. `options` maps option IDs to names, where there are any. */
export type Column = {
  readonly side: Side
  readonly id: string
  readonly name: string
  readonly type: string
  readonly shape: Shape
  /** What the column holds, where the line takes it as text: links and files by their names. */
  readonly shows?: Shape
  /** False where the service computes the value. */
  readonly writable: boolean
  readonly options?: Readonly<Record<string, string>>
}

/** Pages and rows of the sync that maps the tables which a line of links points to: each by the ID of the other. */
export type Twins = { readonly rows: ReadonlyMap<string, string>; readonly pages: ReadonlyMap<string, string> }

/** A column as a schema lists it; `shape` is null for a type that cannot be mapped. */
export type SchemaColumn = Omit<Column, 'shape' | 'shows'> & {
  readonly shape: Shape | null
  /** Why a known type has no shape, as a sentence part that begins with "which". */
  readonly unmappable?: string
}

export type Owner = 'both' | Side
export type Policy = 'newest' | 'ask' | Side

/** A line of the mapping, with both columns found. `key` names it in state and reports and never changes. */
export type Field = {
  readonly key: string
  readonly notion: Column
  readonly airtable: Column
  readonly owner: Owner
  readonly conflict: Policy
  /** Option names where they differ: Notion's → Airtable's. */
  readonly values: Readonly<Record<string, string>>
  /** How people are written as text. */
  readonly people: 'name' | 'email'
  /** For links: the sync whose pairs they follow, whether that is the field's own, and these pairs as known now. */
  readonly links?: { readonly sync: string; readonly self: boolean; readonly twins: Twins }
}

/** What a record holds, by field key. A key in `unreadable` has no trustworthy value; its text says why. */
type Cells = {
  readonly values: Readonly<Record<string, Value>>
  readonly unreadable: Readonly<Record<string, string>>
}

/** A Notion page. `edited` is floored to the minute by Notion, and '' where it is not known. */
export type Page = Cells & {
  readonly id: string
  readonly url: string
  readonly title: string
  readonly created: string
  /** User ID of who made it. */
  readonly createdBy: string
  readonly edited: string
}

/** An Airtable record. `pageId` is the text in `page_id_field`, as it stands there. */
export type Row = Cells & {
  readonly id: string
  readonly url: string
  readonly title: string
  readonly created: string
  readonly pageId: string | null
}

/**
 * What each side returned for a field when both last agreed on it. `accepted`: they differ because the service put its
 * default where we wrote empty; that difference is no conflict. `unfilled`: they never agreed; that side could not take
 * the value when its record was made, and what it holds instead is the service's own.
 */
export type Base = {
  readonly notion: Value
  readonly airtable: Value
  readonly accepted?: true
  readonly unfilled?: Side
}

export const RESTS = ['trashed', 'moved', 'archived', 'out-of-scope', 'row-deleted', 'row-out-of-scope'] as const

/**
 * Why a pair is not merged for now: what became of its page or, with `row-`, of its row. `wrote` is the archive value
 * that stands on the side that is left instead of `was`, by field key.
 */
export type Rest = {
  readonly why: (typeof RESTS)[number]
  readonly wrote?: Readonly<Record<string, Value>>
  readonly was?: Readonly<Record<string, Value>>
}

/** A page and a row that belong together, and what each held when they last agreed. */
export type Pair = {
  readonly page: string
  readonly row: string
  readonly title: string
  readonly base: Readonly<Record<string, Base>>
  readonly rest?: Rest
}

/** Which side was edited last; `unknown` where the two clocks cannot tell. Absent where nobody asked yet. */
export type Clock = 'notion' | 'airtable' | 'unknown'

/**
 * Two values that no rule may settle. It lives until both agree, one goes back to its base, or a person picks. With
 * `field` RECORD it is about the record: deleted on one side and edited on the other, which the values say in words.
 */
export type Conflict = {
  readonly page: string
  readonly row: string
  readonly field: string
  readonly base: Base | null
  readonly notion: Value
  readonly airtable: Value
  /** Notion's edit time (whole minutes) when the conflict was first seen. */
  readonly notionEdited: string
  readonly clock?: Clock
}

/** Stands for the record as a whole where a conflict names its field. */
export const RECORD = ''

/** Something that a person must look at. `code` is stable; `field` is absent where the whole record is meant. */
export type Problem = {
  readonly code: ProblemCode
  readonly page: string | null
  readonly row: string | null
  readonly title: string
  readonly field?: string
  readonly message: string
  readonly notion?: Value
  readonly airtable?: Value
  /** For `refused`: a digest of the schema and mapping that it was refused under. */
  readonly under?: string
}
export const PROBLEM_CODES = [
  'cannot-convert',
  'refused',
  'unreadable',
  'duplicate-row',
  'ambiguous-match',
  'page-unreadable',
  'not-created',
] as const
export type ProblemCode = (typeof PROBLEM_CODES)[number]

/** One cell that is to be written on `side`; `why` is a sentence part that a person reads. */
export type Change = {
  readonly field: string
  readonly side: Side
  readonly from: Value
  readonly to: Value
  /** What the other side holds, of which `to` is made. */
  readonly source: Value
  readonly why: Why
  /** More on why, in words of ours. */
  readonly note?: string
  /** Select options that this write makes. */
  readonly newOptions?: readonly string[]
}

export const WHYS = [
  'edited',
  'created',
  'filled',
  'reverted',
  'overridden',
  'conflict-rule',
  'conflict-newest',
  'conflict-picked',
  'archived',
  'restored',
  'rewound',
] as const
export type Why = (typeof WHYS)[number]

type Update = {
  readonly page: string
  readonly row: string
  readonly title: string
  readonly changes: readonly Change[]
  /** The row's page ID cell is to be written. */
  readonly relink?: boolean
  /** What the pair's rest becomes once this is done; null: it is merged again. */
  readonly rest?: Rest | null
}
type Removal = {
  readonly page: string
  readonly row: string
  readonly title: string
  readonly reason: string
  /** What the record held, in words: after this it stands nowhere else. */
  readonly lost: string
}
type Creation = { readonly title: string; readonly changes: readonly Change[] }

/** One thing to do to one record. */
export type Step =
  | ({ readonly do: 'create-row'; readonly page: string } & Creation)
  | ({ readonly do: 'create-page'; readonly row: string } & Creation)
  | ({ readonly do: 'update-row' } & Update)
  | ({ readonly do: 'update-page' } & Update)
  | ({ readonly do: 'delete-row' } & Removal)
  | ({ readonly do: 'trash-page' } & Removal)
  | ({ readonly do: 'restore-page' } & Removal)

/** What became of a step. `values` is what the service returned, by field key; `refused` the cells it would not take. */
export type Outcome =
  | {
      readonly result: 'done'
      readonly step: Step
      /** The record that was written; for a create, the new one. */
      readonly record: string
      readonly values: Readonly<Record<string, Value>>
      readonly refused: readonly Problem[]
      /** What the record held after the first of several requests. */
      readonly madeWith?: Readonly<Record<string, Value>>
      /** A create that found its row made already. */
      readonly existed?: boolean
      /** The address of a page that was written. */
      readonly url?: string
      /** For a page that was made: what its row holds since it was linked. */
      readonly rowValues?: Readonly<Record<string, Value>>
      /** Why the rest of the step was left for the next run; `step` holds only what was written. */
      readonly left?: string
    }
  | { readonly result: 'refused'; readonly step: Step; readonly problems: readonly Problem[] }
  /** Not tried, or not known to have taken effect: the next run looks again. */
  | {
      readonly result: 'left'
      readonly step: Step
      readonly reason: string
      /** It may have taken effect all the same. */
      readonly unsure?: true
    }

/** Something that happened to a pair without a cell being written. `text` holds words of ours only; values stand apart. */
export type Event = {
  readonly page: string | null
  readonly row: string | null
  readonly title: string
  readonly field?: string
  readonly from?: string
  readonly to?: string
  readonly text: string
}

/** What became of a record that a complete reading did not bring, proved by looking it up. */
export type Fate = 'trashed' | 'moved' | 'archived' | 'out-of-scope' | 'alive' | 'unreadable' | 'deleted'

/** Everything that a run means to do and to remember. Plain data: what is shown is what is applied. */
export type Plan = {
  readonly steps: readonly Step[]
  /** The pairs as they will stand if every step were left undone. */
  readonly pairs: readonly Pair[]
  readonly conflicts: readonly Conflict[]
  /** Conflicts that a step of this plan settles; they stay open if it is not done. */
  readonly settling: readonly Conflict[]
  /** Conflicts whose policy is `newest` or that are shown to a person, and whose clocks were not asked yet. */
  readonly unclocked: readonly Conflict[]
  readonly problems: readonly Problem[]
  readonly events: readonly Event[]
  /** Records that stay without a twin, and why. */
  readonly unmatched: readonly Event[]
  /** How many records the deletion rules touch; one that holds its archive value already, or has none, is kept. */
  readonly deletions: number
}
