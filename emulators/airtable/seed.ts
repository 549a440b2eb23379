/**
 * Turns the description of a base into the state of the emulator. Ids that the description leaves out are derived.
 * Values go through the same rules as the person's hand (see enter.ts).
 */

import { setByHand } from './enter.ts'
import { evaluateFilter } from './evaluate.ts'
import { type FieldSeed, makeField } from './fields.ts'
import { resolveReferences } from './references.ts'
import { insertRow } from './rows.ts'
import { type Base, findField, nextId, type State, stamp, type Table, tokenOwner } from './state.ts'

export type TableSeed = {
  id?: string
  name: string
  /** The first one is the primary field. `choices` are the options of a select. */
  fields: FieldSeed[]
  /** `filter` is a formula; the API does not show it. */
  views?: { name: string; id?: string; filter?: string }[]
  /** `fields` by name, values as the API shows them. */
  records?: { id?: string; created?: string; fields: Record<string, unknown> }[]
}

export type AirtableSeed = {
  token?: string
  scopes?: string[]
  /** Collaborators of the base; the first one owns the token, the second one is the person who edits in the app. */
  users?: { id?: string; name?: string; email?: string }[]
  bases: { id?: string; name?: string; tables: TableSeed[] }[]
}

const SCOPES = ['data.records:read', 'data.records:write', 'schema.bases:read']
const USERS = [
  { name: 'Token Owner', email: 'owner@example.com' },
  { name: 'Person', email: 'person@example.com' },
]

/** The state that a seed describes. Throws an Error, with the reason, for a seed that cannot be. */
export function buildState(seed: AirtableSeed, now: number): State {
  const state: State = {
    kind: 'airtable',
    token: seed.token ?? 'pat_test',
    scopes: seed.scopes ?? SCOPES,
    users: [],
    bases: [],
    hiddenBases: [],
    iterators: [],
    counters: {},
  }
  const users: NonNullable<AirtableSeed['users']> = seed.users ?? USERS
  state.users = users.map(user => ({ ...user, id: user.id ?? nextId(state, 'usr') }))
  state.bases = seed.bases.map(({ id = nextId(state, 'app'), name = 'Base', tables }) => ({
    id,
    name,
    tables: tables.map(table => makeTable(state, table)),
  }))
  resolveReferences(state)
  // All rows exist before the first cell is set, and have their names before the first link, so that links may point
  // forward, and by name
  const pending: ((links: boolean) => void)[] = []
  seed.bases.forEach((baseSeed, b) => {
    baseSeed.tables.forEach((tableSeed, t) => {
      const base = state.bases[b]
      const table = base?.tables[t]
      if (base && table) pending.push(...addRows(state, base, table, tableSeed, now))
    })
  })
  for (const links of [false, true]) for (const fill of pending) fill(links)
  for (const table of state.bases.flatMap(base => base.tables)) checkFilters(state, table, now)
  return state
}

function makeTable(state: State, seed: TableSeed): Table {
  const views = seed.views ?? [{ name: 'Grid view' }]
  return {
    id: seed.id ?? nextId(state, 'tbl'),
    name: seed.name,
    fields: seed.fields.map(field => makeField(state, field)),
    views: views.map(view => ({ ...view, id: view.id ?? nextId(state, 'viw'), type: 'grid' })),
    rows: [],
    trash: [],
    lastNumber: 0,
  }
}

/** Adds the rows; each function that is returned fills one, with its links or with all else. */
function addRows(state: State, base: Base, table: Table, seed: TableSeed, now: number): ((links: boolean) => void)[] {
  const by = tokenOwner(state).id
  return (seed.records ?? []).map(({ id, created, fields }) => {
    const row = insertRow(state, table, { at: stamp(created ? Date.parse(created) : now), by }, id)
    return links => {
      for (const [name, value] of Object.entries(fields)) {
        const field = findField(table, name)
        if (!field) throw new Error(`table ${table.name} has no field ${name}`)
        if (links === (field.type === 'multipleRecordLinks')) setByHand(state, base, row, field, value)
      }
    }
  })
}

function checkFilters(state: State, table: Table, now: number): void {
  for (const { filter } of table.views) if (filter) evaluateFilter(state, table, filter, now)
}
