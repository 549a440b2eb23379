/**
 * What the options of fields refer to: tables, other fields, the other side of a link. Names become ids here, and
 * what a schema says about such a field (`result`, `isValid`) is kept true. Cells are no concern of this file.
 */
import { makeField } from './fields.ts'
import { type Base, type Field, findField, findTable, type Options, type State, type Table } from './state.ts'

/**
 * Turns the names that options refer to into ids. The other side of a link is made if it is not there, as the app does
 * when a person adds a link. Throws an Error for a reference to nothing.
 */
export function resolveReferences(state: State): void {
  for (const base of state.bases) {
    // All links before everything that goes through them
    for (const table of base.tables) for (const field of [...table.fields]) resolveLink(state, base, table, field)
    for (const table of base.tables) for (const field of table.fields) resolveComputed(base, table, field)
    for (const field of base.tables.flatMap(table => table.fields)) {
      if (field.options?.fieldIdInLinkedTable && field.type === 'multipleLookupValues') {
        field.options.result = resultOf(base, field)
      }
    }
  }
}

function resolveLink(state: State, base: Base, table: Table, field: Field): void {
  if (field.type !== 'multipleRecordLinks') return
  const options: Options = field.options ?? {}
  const linked = findTable(base, String(options.linkedTableId))
  if (!linked) throw new Error(`no table ${options.linkedTableId} to link to`)
  options.linkedTableId = linked.id
  if (options.inverseLinkFieldId === undefined) return
  const back = { linkedTableId: table.id, inverseLinkFieldId: field.id }
  const name = String(options.inverseLinkFieldId)
  let inverse = findField(linked, name)
  if (!inverse) {
    inverse = makeField(state, { name, type: field.type, options: back })
    linked.fields.push(inverse)
  }
  if (inverse.type !== field.type || inverse === field) throw new Error(`${name} cannot be the other side of a link`)
  options.inverseLinkFieldId = inverse.id
  inverse.options = { ...inverse.options, ...back }
}

function resolveComputed(base: Base, table: Table, { name, options }: Field): void {
  if (!options) return
  const idOf = (of: Table, nameOrId: unknown): string => {
    const found = findField(of, String(nameOrId))
    if (!found) throw new Error(`${name} refers to a field ${nameOrId} that table ${of.name} does not have`)
    return found.id
  }
  if (typeof options.formula === 'string' && options.isValid && options.formula) {
    const referenced = new Set<string>()
    options.formula = options.formula.replace(/\{([^}]*)\}/g, (_, nameOrId: string) => {
      const id = idOf(table, nameOrId)
      referenced.add(id)
      return `{${id}}`
    })
    options.referencedFieldIds = [...referenced]
  } else if (Array.isArray(options.referencedFieldIds) && options.isValid !== false) {
    options.referencedFieldIds = options.referencedFieldIds.map(each => idOf(table, each))
  }
  if (!options.recordLinkFieldId) return
  options.recordLinkFieldId = idOf(table, options.recordLinkFieldId)
  const linked = linkedThrough(base, options)
  if (!linked) throw new Error(`${name} has to go through a link field`)
  if (options.fieldIdInLinkedTable) options.fieldIdInLinkedTable = idOf(linked, options.fieldIdInLinkedTable)
}

/** The table that a count, rollup or lookup takes its values from. */
export function linkedThrough(base: Base, options: Options | undefined): Table | undefined {
  const link = base.tables.flatMap(table => table.fields).find(field => field.id === options?.recordLinkFieldId)
  return base.tables.find(table => table.id === link?.options?.linkedTableId)
}

/** The type and options of what a field shows; for a lookup those of the field at the end of the chain. */
function resultOf(base: Base, field: Field, seen: readonly Field[] = []): unknown {
  if (seen.includes(field)) throw new Error(`${field.name} looks up itself`)
  const { type, options } = field
  const target = linkedThrough(base, options)?.fields.find(each => each.id === options?.fieldIdInLinkedTable)
  if (type === 'multipleLookupValues' && target) return resultOf(base, target, [...seen, field])
  return structuredClone(options?.result ?? { type, ...(options ? { options } : {}) })
}

/** A link is gone: its other side is one-sided now, and what went through it is not valid any more. */
export function forgetLink(base: Base, { id }: Field): void {
  for (const { options } of base.tables.flatMap(table => table.fields)) {
    if (options?.inverseLinkFieldId === id) delete options.inverseLinkFieldId
    if (options?.recordLinkFieldId === id) invalidate(options, 'recordLinkFieldId')
  }
}

/** A field is gone: what showed or used it is not valid any more. */
export function forgetField(base: Base, field: Field): void {
  forgetLink(base, field)
  for (const { type, options } of base.tables.flatMap(table => table.fields)) {
    if (options?.fieldIdInLinkedTable === field.id) invalidate(options, 'fieldIdInLinkedTable')
    const referenced = options?.referencedFieldIds
    if (!options || !Array.isArray(referenced) || !referenced.includes(field.id)) continue
    if (type === 'aiText') options.referencedFieldIds = referenced.filter(id => id !== field.id)
    else invalidate(options)
  }
}

function invalidate(options: Options, reference?: 'recordLinkFieldId' | 'fieldIdInLinkedTable'): void {
  if (reference) options[reference] = null
  options.isValid = false
  if ('result' in options) options.result = null
}
