/** What archiving writes, as the mapping says or by default: a Status that becomes Archived. */
import type { Side } from '../core/model.ts'
import { SIDE_NAME } from '../core/model.ts'
import type { Renames } from '../core/options.ts'
import type { Shape, Value } from '../core/shape.ts'
import { nearest, normal } from '../core/value.ts'
import { type Binding, computed, lineOf } from './lines.ts'

/** What archiving writes on a side, by field key; empty where nothing can be written, so that archiving keeps. */
export function archiveOf(side: Side, binding: Binding, renames: Renames): Record<string, Value> {
  const { name, config, place, complaints } = binding
  const written = config.archive?.[side]
  const result: Record<string, Value> = {}
  for (const [wanted, value] of Object.entries(written ?? {})) {
    const at = place(['syncs', name, 'archive', side, wanted], true)
    const field = lineOf(binding, side, wanted)?.field
    if (field === undefined) {
      if (config.fields.some(line => line[side] === wanted)) continue
      const near = nearest(
        wanted,
        binding.lines.map(line => line.field[side].name),
      )
      const hint = near === undefined ? '' : `; did you mean "${near}"?`
      complaints.push({ message: `"archive" can only write mapped fields, and "${wanted}" is none${hint}`, place: at })
    } else if (!field[side].writable) {
      complaints.push({ message: `"archive" cannot write ${computed(field[side])}`, place: at })
    } else
      result[field.key] = normal(
        typeof value === 'string' ? (renames[field.key]?.[side].get(value) ?? value) : (value as Value),
      )
  }
  const deleted = config.when_deleted
  const uses = side === 'airtable' ? (deleted?.page ?? 'archive') === 'archive' : deleted?.row === 'archive'
  if (written !== undefined || !uses) return result
  const status = lineOf(binding, side, 'Status')?.field
  const option = status?.[side].writable === true ? archivedOption(status[side].shape) : null
  if (status !== undefined && option !== null) return { [status.key]: option }
  const why =
    status === undefined ? 'no field called Status is mapped' : `${SIDE_NAME[side]}'s Status has no option Archived`
  binding.warnings.push({
    message: `Nothing says how to archive in ${SIDE_NAME[side]} (${why}), so what is deleted on the other side is kept as it is. Say it under "archive: { ${side}: … }".`,
    place: place(['syncs', name], true),
  })
  return {}
}

function archivedOption(shape: Shape): string | null {
  if (shape.is === 'text') return 'Archived'
  if (shape.is !== 'option') return null
  return shape.names.find(name => name.toLowerCase() === 'archived') ?? (shape.open ? 'Archived' : null)
}
