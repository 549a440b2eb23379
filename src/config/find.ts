/** Which column of a service a name in the mapping means; what may have been meant where there is none. */
import { type SchemaColumn, SIDE_NAME, type Side } from '../core/model.ts'
import { nearest } from '../core/value.ts'
import type { Place } from '../errors.ts'
import type { Binding } from './lines.ts'

/** A real name that begins with a dollar sign is written with two; with one, the record's own attribute is meant. */
const literal = (written: string): string => (written.startsWith('$$') ? written.slice(1) : written)
/** Whether a column stands for an attribute of the record itself, such as $url. */
export const isAttribute = (column: SchemaColumn): boolean => column.type.endsWith(' attribute')
const meansAttribute = (written: string): boolean => /^\$[^$]/.test(written)

/** Of a column that is not there: which others may be meant, and what to do where none may. */
type Missing = { readonly fits: (column: SchemaColumn) => boolean; readonly advice: string }

/** A relation is hidden while what it points to is. */
const UNSHARED =
  '. A relation is hidden while the database that it points to is not shared with the integration: open that database, choose ••• → Connections, and add the integration'
const GONE = {
  notion: '. Bring it back (undo in Notion), or take the line out',
  airtable: '. Bring it back (undo, or the trash of the base), or take the line out',
}

/** The column that is meant, by the ID that was learned for this name, else by name, else by ID; or a complaint. */
export function findColumn(
  binding: Binding,
  side: Side,
  written: string,
  learnedId: string | undefined,
  at: Place,
  missing?: Missing,
): SchemaColumn | null {
  const columns = binding.columns[side].filter(column => isAttribute(column) === meansAttribute(written))
  const what = side === 'notion' ? 'property' : 'field'
  const known = columns.find(column => column.id === learnedId)
  if (known !== undefined) {
    if (known.name !== literal(written) && known.id !== written) {
      binding.warnings.push({
        message: `The ${SIDE_NAME[side]} ${what} "${literal(written)}" is called "${known.name}" now; it is followed by its ID. Change the name here to "${known.name}".`,
        place: at,
      })
    }
    return known
  }
  const found =
    columns.find(column => column.name === literal(written)) ?? columns.find(column => column.id === written)
  if (found !== undefined) return found
  const near = nearest(
    literal(written),
    columns.filter(missing?.fits ?? (() => true)).map(column => column.name),
  )
  const isGone = learnedId !== undefined
  const advice = missing?.advice ?? `${isGone ? GONE[side] : ''}${side === 'notion' ? UNSHARED : ''}`
  binding.complaints.push({
    message: `${SIDE_NAME[side]} has no ${what} "${literal(written)}"${isGone ? ' any more' : ''}${near === undefined ? advice : `; did you mean "${near}"?`}`,
    place: at,
  })
  return null
}
