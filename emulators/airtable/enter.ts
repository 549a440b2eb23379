/**
 * Values by the person's hand, and those of a seed: as the API shows them, or shorter where a person would type less.
 * Checked like a write through the API, but a person may also mention somebody, add options and upload files.
 */
import { type FileByHand, fileByHand, type StoredAttachment } from './attachments.ts'
import { isEmpty, rowNamed } from './cells.ts'
import { isComputed, isDerived, isSelect, makeChoice } from './fields.ts'
import { isObject, parseCell, type Writing } from './parse.ts'
import { Refusal } from './refusals.ts'
import { type Edit, setCell } from './rows.ts'
import { type Base, choicesOf, type Field, findTable, type Row, type State } from './state.ts'

/**
 * Sets a cell to a value in the API's form. New options of selects are created. For a computed field the value is the
 * constant that it shows from now on, as after a recalculation: that is no edit. Shorter forms: people by address or
 * name, linked records by name, files by file name, a barcode or the text of an AI field as a text.
 */
export function setByHand(state: State, of: Base, row: Row, field: Field, value: unknown, change?: Edit): void {
  if (isDerived(field)) throw new Error(`the value of ${field.name} follows from the record`)
  if (isComputed(field)) setCell(of, row, field, constant(state, field, value))
  else {
    const writing = byHand(state, of, isSelect(field))
    setCell(of, row, field, stored(writing, row, field, value), change)
    for (const { choice } of writing.draft.choices) choicesOf(field).push(choice)
  }
}

/** A request that nobody sent: the person's hand writes with the rules of the API. */
export function byHand(state: State, base: Base, typecast: boolean): Writing {
  return { state, base, typecast, lockedSelects: false, draft: { choices: [], rows: [], attachments: [] } }
}

function constant(state: State, field: Field, value: unknown): unknown {
  if (typeof value !== 'string' || value === '') return structuredClone(value)
  if (field.type === 'aiText') return { state: 'generated', isStale: false, value }
  const choices = choicesOf(field)
  if (field.type === 'externalSyncSource' && !choices.some(choice => choice.name === value)) {
    choices.push(makeChoice(state, value, choices.length))
  }
  return value
}

function stored(writing: Writing, row: Row, field: Field, value: unknown): unknown {
  if (value === '' || isEmpty(value)) return null
  if (field.type === 'multipleAttachments') return files(writing.state, row, field, value)
  const full = longForm(writing, field, value)
  try {
    // What a person types stands there, mentions included
    return parseCell(writing, field, full, full)
  } catch (error) {
    if (error instanceof Refusal)
      throw new Error(`${field.name} cannot hold ${JSON.stringify(value)}: ${error.message}`)
    throw error
  }
}

function longForm({ state, base }: Writing, field: Field, value: unknown): unknown {
  const user = (given: unknown) => {
    const found = state.users.find(({ id, email, name }) => [id, email, name].includes(String(given)))
    return found ? { id: found.id } : given
  }
  switch (field.type) {
    case 'singleCollaborator':
      return user(value)
    case 'multipleCollaborators':
      return Array.isArray(value) ? value.map(user) : value
    case 'multipleRecordLinks': {
      const table = findTable(base, String(field.options?.linkedTableId))
      if (!table || !Array.isArray(value)) return value
      return value.map(given => rowNamed({ state, base, now: 0 }, table, String(given))?.id ?? given)
    }
    case 'barcode':
      return typeof value === 'string' ? { text: value } : value
    default:
      return value
  }
}

function files(state: State, row: Row, field: Field, value: unknown): StoredAttachment[] {
  if (!Array.isArray(value)) throw new Error(`${field.name} holds a list of files`)
  const held = (row.cells[field.id] ?? []) as StoredAttachment[]
  return value.map((given: unknown) => {
    const kept = isObject(given) && held.find(attachment => attachment.id === given.id)
    if (kept) return kept
    if (typeof given !== 'string' && !isObject(given)) throw new Error(`${field.name} holds file names or objects`)
    return fileByHand(state, given as FileByHand)
  })
}
