/**
 * The order in which syncs run: links follow the pairs of the sync that maps the other table, so that one goes first.
 * Where two link to each other, the order of the file stands, and what cannot be linked yet waits for the next run.
 */
import type { TableSchema } from './airtable/table.ts'
import type { Mappings, SyncConfig } from './config/schema.ts'

export async function inLinkOrder(
  names: readonly string[],
  syncs: Mappings['syncs'],
  tablesOf: (sync: SyncConfig) => Promise<readonly TableSchema[]>,
): Promise<readonly string[]> {
  const chosen = names.flatMap(name => (syncs[name] === undefined ? [] : [{ name, config: syncs[name] }]))
  const base = (config: SyncConfig): string => config.airtable.base
  const shares = chosen.filter(({ config }) => chosen.filter(other => base(other.config) === base(config)).length > 1)
  const follows = new Map<string, string[]>()
  for (const { name, config } of shares) {
    // A base that cannot be read is told of by the sync itself.
    const tables = await tablesOf(config).catch(() => [])
    const table = tables.find(({ id, name: called }) => [id, called].includes(config.airtable.table))
    const linked = config.fields.flatMap(line => {
      const column = table?.columns.find(({ id, name: called }) => [id, called].includes(line.airtable))
      return column?.shape?.is === 'links' ? column.shape.table : []
    })
    const first = shares.filter(
      other =>
        other.name !== name && base(other.config) === base(config) && linked.includes(other.config.airtable.table),
    )
    follows.set(
      name,
      first.map(other => other.name),
    )
  }
  const ordered = new Set<string>()
  const visit = (name: string, trail: readonly string[]): void => {
    if (trail.includes(name)) return
    const first = (follows.get(name) ?? []).filter(other => follows.get(other)?.includes(name) !== true)
    for (const other of first) visit(other, [...trail, name])
    ordered.add(name)
  }
  for (const name of names) visit(name, [])
  return [...ordered]
}
