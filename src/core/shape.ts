/**
 * What a cell can hold, and what a column of either service can carry of it, as plain data. No rules stand here: those of
 * values are in value.ts, those of shapes in convert.ts.
 */

/** A person as either service names them; at least one of the three is known. */
export type Person = { readonly id?: string; readonly name?: string; readonly email?: string }

/** A record that a cell points to, by the ID that its own service gives it; `name` is its title, where it is known. */
export type Link = { readonly id: string; readonly name?: string }

/** A file by its name. Its address is signed anew at each reading, so it is no part of the value. */
export type FileName = {
  readonly name: string
  /** Airtable was asked to fetch it, and has not shown yet that it did. */
  readonly pending?: true
}

/** Where a file can be fetched from for a while. */
export type FileAddress = { readonly name: string; readonly url: string }

/**
 * What a cell holds, in a spelling that both services share (see value.ts). Empty is always `null`; a ticked box is
 * `true`. A date is `2026-09-15`, `2026-09-15T09:00+02:00`, or two of these joined by `/` for a range.
 */
export type Value =
  | null
  | string
  | number
  | true
  | readonly string[]
  | readonly Person[]
  | readonly Link[]
  | readonly FileName[]

/** `open`: the service makes an unknown option. `commas`: whether the name of an option may hold one. */
type Options = { readonly names: readonly string[]; readonly open: boolean; readonly commas: boolean }

/** What a type of either service can carry. Vendor types map to shapes in notion/properties.ts and airtable/fields.ts. */
export type Shape =
  /** `marks`: the text is Markdown, since both columns of the line hold formatting. */
  | {
      readonly is: 'text'
      readonly lines: 'one' | 'many'
      readonly marks?: true
      /** Whatever bullet a line begins with, the service keeps a dash. */
      readonly dashes?: true
    }
  /** `digits` is how many decimals the field keeps; without it, all. */
  | { readonly is: 'number'; readonly digits?: number; readonly min?: number; readonly max?: number }
  | { readonly is: 'checkbox' }
  /** `refills`: emptied, the service puts its default there. */
  | (Options & { readonly is: 'option'; readonly refills?: boolean })
  | (Options & { readonly is: 'options' })
  | { readonly is: 'date'; readonly holds: 'day' | 'time' | 'both' }
  | { readonly is: 'people'; readonly many: boolean }
  /** `table`: the names by which a mapping may call what it points to. */
  | { readonly is: 'links'; readonly table: readonly string[] }
  | { readonly is: 'files' }
