/**
 * The three emulated services on one clock that stands still unless somebody moves it, and what their records hold, as
 * people see it. It knows nothing of runs.
 */
import { type AirtableEmulator, startAirtable } from '../emulators/airtable/index.ts'
import { type GitHubEmulator, startGitHub } from '../emulators/github.ts'
import { type NotionEmulator, startNotion } from '../emulators/notion/index.ts'
import {
  airtableSeed,
  exact,
  FIELDS,
  KEYS,
  type Key,
  mappingOf,
  normal,
  notionSeed,
  PAGE_ID,
  type Rules,
  type Side,
} from './example.ts'

export type World = {
  readonly notion: NotionEmulator
  readonly airtable: AirtableEmulator
  readonly github: GitHubEmulator
  readonly rules: Rules
  readonly mapping: string
  /** A data source that is not mapped. */
  readonly elsewhere: string
  /** The pages that were ever live in the data source, as far as anybody looked. */
  readonly seen: Set<string>
  readonly now: () => number
  readonly advance: (ms: number) => void
  readonly close: () => Promise<void>
}

/** `ticking`: the clock also moves by itself, for runs in processes of their own. */
export async function startWorld(rules: Rules, ticking = false): Promise<World> {
  const started = performance.now()
  let time = Date.parse('2026-11-20T09:00:10Z')
  const now = (): number => Math.floor(time + (ticking ? performance.now() - started : 0))
  const mapping = mappingOf(rules)
  const [notion, airtable, github] = await Promise.all([
    startNotion(notionSeed(), { now }),
    startAirtable(airtableSeed(), { now }),
    startGitHub({ files: { 'mappings.yaml': mapping } }, { now }),
  ])
  notion.settings.requestsPerMinute = Number.POSITIVE_INFINITY
  airtable.settings.requestsPerSecond = Number.POSITIVE_INFINITY
  const { databases } = notion.snapshot().state
  return {
    notion,
    airtable,
    github,
    rules,
    mapping,
    elsewhere: Object.values(databases)[1]?.dataSources[0] ?? '',
    seen: new Set(),
    now,
    advance: ms => {
      time += ms
    },
    close: async () => {
      await Promise.all([notion.close(), airtable.close(), github.close()])
    },
  }
}

/** The ID by which the requests of a service name a field. */
export function columnId(world: World, side: Side, key: Key): string {
  if (side === 'airtable') return world.airtable.fieldId(FIELDS[key].airtable)
  const source = world.notion.snapshot().state.dataSources[world.notion.dataSourceId]
  return encodeURIComponent(source?.properties.find(property => property.name === key)?.id ?? '')
}

export type Text = string | null
/** What a record holds, by field, in the one spelling that is compared. */
export type Cells = Readonly<Record<Key, Text>>
export type Held = {
  /** The live pages of the data source, whether the filter shows them or not, in the order of creation. */
  readonly pages: ReadonlyMap<string, Cells>
  readonly rows: ReadonlyMap<string, Cells & { readonly pageId: Text }>
  /** Pages that were live once and are in the trash now. */
  readonly trashed: ReadonlySet<string>
  /** By record/field: all that the cell of a live record holds. */
  readonly exact: ReadonlyMap<string, Text>
}

const EMPTY = Object.fromEntries(KEYS.map(key => [key, null])) as Record<Key, Text>

/** Everything that both sides hold now. */
export function look({ notion, airtable, seen }: World): Held {
  const pages = new Map<string, Cells>()
  const whole = new Map<string, Text>()
  for (const { id } of notion.pages(notion.dataSourceId)) {
    const cells = { ...EMPTY }
    for (const key of KEYS) {
      const value = notion.value(String(id), key)
      cells[key] = normal(key, value)
      whole.set(`${id}/${key}`, exact(key, value))
    }
    pages.set(String(id), cells)
  }
  const rows = new Map<string, Cells & { pageId: Text }>()
  for (const { id, fields } of airtable.records()) {
    const cells = { ...EMPTY }
    for (const key of KEYS) {
      const value = fields[FIELDS[key].airtable]
      cells[key] = normal(key, value)
      whole.set(`${id}/${key}`, exact(key, value))
    }
    rows.set(id, { ...cells, pageId: fields[PAGE_ID] === undefined ? null : String(fields[PAGE_ID]) })
  }
  for (const id of pages.keys()) seen.add(id)
  const trashed = [...seen].filter(id => !pages.has(id) && notion.page(id).in_trash === true)
  return { pages, rows, trashed: new Set(trashed), exact: whole }
}

/** The cell of a live record; undefined where the record is not there. */
export const cell = (held: Held, side: Side, id: string, key: Key): Text | undefined =>
  (side === 'notion' ? held.pages : held.rows).get(id)?.[key]
