/**
 * An Airtable of one's own: a stateful emulator of the Web API, v0, to run clients against without an account.
 * It speaks HTTP on the loopback interface; besides that it offers what a person does to a base in the app.
 * No data leaves this process, and nothing here knows what the client is for.
 */
import { createEmulator, defineEmulator, type EmulatorSnapshot } from 'emulate'
import { type Served, serve } from '../serve.ts'
import type { FileByHand } from './attachments.ts'
import { readCells } from './cells.ts'
import type { FieldSeed } from './fields.ts'
import * as hand from './hand.ts'
import { addRoutes, type Settings } from './routes.ts'
import { type AirtableSeed, buildState } from './seed.ts'
import { baseOf, type Options, type Row, type State, type Table } from './state.ts'

export type { AirtableSeed } from './seed.ts'

export type AirtableRecord = { id: string; createdTime: string; fields: Record<string, unknown> }
export type AirtableSnapshot = EmulatorSnapshot<State>

/** Tables and fields are named by name or id; without a table the first one is meant. */
export type AirtableEmulator = Served & {
  /** Creates a record by the person's hand and returns its id; new options of selects are created. */
  add(fields: Record<string, unknown>, table?: string): string
  /**
   * Edits cells by the person's hand; null or '' clears. Computed fields take the constant they show, without an edit.
   * Values are as the API shows them; for shorter forms see enter.ts.
   */
  edit(record: string, fields: Record<string, unknown>): void
  remove(record: string): void
  restore(record: string): void
  duplicate(record: string): string
  /** Uploads a file by the person's hand, and returns the id of the attachment. */
  attach(record: string, field: string, file: FileByHand): string
  detach(record: string, field: string, filename: string): void
  renameAttachment(record: string, field: string, from: string, to: string): void
  renameField(name: string, to: string, table?: string): void
  dropField(name: string, table?: string): void
  retypeField(name: string, type: string, options?: Options, table?: string): void
  renameOption(field: string, from: string, to: string, table?: string): void
  addOption(field: string, name: string, table?: string): void
  addField(field: FieldSeed, table?: string): string
  renameTable(from: string, to: string): void
  /** What a cell shows; null when it is empty. */
  value(record: string, field: string): unknown
  record(id: string): AirtableRecord
  /** The live records of a table, oldest first. */
  records(table?: string): AirtableRecord[]
  baseId: string
  tableId: string
  fieldId(name: string, table?: string): string
  /** From now on the token is not valid (401). */
  revokeToken(): void
  /** From now on the token does not see the first base (403). */
  dropBase(): void
  settings: Settings
  /** Back to the seed; settings, faults and the log of calls stay. */
  reset(): Promise<void>
  snapshot(): AirtableSnapshot
  /** Goes back to a snapshot. */
  restoreSnapshot(snapshot: AirtableSnapshot): Promise<void>
  inspectorUrl: string
}

const defaultSettings = (): Settings => ({
  requestsPerSecond: 5,
  penaltyMs: 30_000,
  expireIterators: false,
  monthlyQuotaExceeded: false,
  lockedSelects: false,
  lockedFields: [],
  fetchTimeoutMs: 10_000,
})

const DEMO: AirtableSeed = {
  bases: [
    {
      name: 'Demo',
      tables: [
        {
          name: 'Tasks',
          fields: [
            { name: 'Name', type: 'singleLineText' },
            { name: 'Status', type: 'singleSelect', choices: ['Todo', 'Done'] },
          ],
          records: [{ fields: { Name: 'First task', Status: 'Todo' } }],
        },
      ],
    },
  ],
}

function define(settings: Settings, now: () => number, onState: (state: State) => void = () => {}) {
  return defineEmulator<State>({
    name: 'airtable',
    state: () => buildState(DEMO, now()),
    // A seed is the short description, a snapshot the state itself
    validateSeed: value => (isState(value) ? value : buildState(value as AirtableSeed, now())),
    setup({ app, state }) {
      onState(state)
      addRoutes(app, state, settings, now)
    },
  })
}

function isState(value: unknown): value is State {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'airtable'
}

/** For `npx emulate`, with an AirtableSeed as the seed. */
export const airtableEmulator = define(defaultSettings(), Date.now)

/** Starts an emulator on a free port of the loopback interface. `now` (ms since the epoch) is its only clock. */
export async function startAirtable(
  seed: AirtableSeed,
  { now = Date.now, ...options }: { now?: () => number; latencyMs?: number; port?: number } = {},
): Promise<AirtableEmulator> {
  const settings = defaultSettings()
  let state = buildState(seed, now())
  const definition = define(settings, now, next => {
    state = next
  })
  // The runtime has to know the address, and the address is known when the socket is open
  const served = await serve(request => runtime.fetch(request), { ...options, now })
  const runtime = await createEmulator({
    service: definition,
    listen: false,
    seed: state,
    baseUrl: served.url,
    inspector: true,
  })
  const closeSocket = served.close
  const table = (name?: string) => hand.tableOf(state, name)
  return Object.assign(served, {
    ...handOf(() => state, now),
    baseId: hand.firstBase(state).id,
    tableId: table().id,
    settings,
    reset: () => runtime.reset(),
    snapshot: () => runtime.snapshot(),
    restoreSnapshot: (snapshot: AirtableSnapshot) => runtime.restore(snapshot),
    inspectorUrl: `${served.url}/_emulate`,
    close: async () => {
      await closeSocket()
      await runtime.close()
    },
  })
}

/** The person's hand on the state that is current when it acts. */
function handOf(current: () => State, now: () => number) {
  const table = (name?: string): Table => hand.tableOf(current(), name)
  const show = (of: Table, row: Row): AirtableRecord => ({
    id: row.id,
    createdTime: row.created,
    fields: readCells({ state: current(), base: baseOf(current(), of), now: now() }, of, row, false),
  })
  const record = (id: string): AirtableRecord => {
    const found = hand.whereIs(current(), id)
    return show(found.table, found.row)
  }
  return {
    add: (fields: Record<string, unknown>, of?: string) => hand.add(current(), table(of), fields, now()),
    edit: (id: string, fields: Record<string, unknown>) => hand.edit(current(), id, fields, now()),
    remove: (id: string) => hand.remove(current(), id),
    restore: (id: string) => hand.restore(current(), id),
    duplicate: (id: string) => hand.duplicate(current(), id, now()),
    attach: (id: string, field: string, file: FileByHand) => hand.attach(current(), id, field, file, now()),
    detach: (id: string, field: string, filename: string) => hand.detach(current(), id, field, filename, now()),
    renameAttachment: (id: string, field: string, from: string, to: string) =>
      hand.renameAttachment(current(), id, field, from, to, now()),
    renameField: (name: string, to: string, of?: string) => hand.renameField(table(of), name, to),
    dropField: (name: string, of?: string) => hand.dropField(current(), table(of), name),
    retypeField: (name: string, type: string, options?: Options, of?: string) =>
      hand.retypeField(current(), table(of), name, type, options, now()),
    renameOption: (field: string, from: string, to: string, of?: string) =>
      hand.renameOption(table(of), field, from, to),
    addOption: (field: string, name: string, of?: string) => hand.addOption(current(), table(of), field, name),
    addField: (field: FieldSeed, of?: string) => hand.addField(current(), table(of), field),
    renameTable: (from: string, to: string) => {
      table(from).name = to
    },
    value: (id: string, name: string): unknown => {
      const field = hand.fieldOf(hand.whereIs(current(), id).table, name)
      return record(id).fields[field.name] ?? null
    },
    record,
    records: (of?: string) => table(of).rows.map(row => show(table(of), row)),
    fieldId: (name: string, of?: string) => hand.fieldOf(table(of), name).id,
    revokeToken: () => {
      current().token = null
    },
    dropBase: () => {
      current().hiddenBases.push(hand.firstBase(current()).id)
    },
  }
}
