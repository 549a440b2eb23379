/**
 * What stands in a cell, as Airtable’s JSON tells it: a value in the core’s words, or why there is none. It knows no
 * field; which type reads its cells how is said in fields.ts.
 */
import { z } from 'zod'
import type { Person, Shape, Value } from '../core/shape.ts'
import { normal, parseDate } from '../core/value.ts'
import { withMentions } from './mentions.ts'

export type Read = { readonly value: Value } | { readonly unreadable: string }

/** As the API lists them, with no more than what is used here. */
export const attachment = z.object({
  id: z.string(),
  filename: z.string(),
  size: z.number().nullish(),
  type: z.string().nullish(),
})
const collaborator = z.object({ id: z.string(), name: z.string().nullish(), email: z.string().nullish() })
/** What stands in the place of a value that a formula could not give. */
export const failed = z.union([z.object({ error: z.string() }), z.object({ specialValue: z.string() })])

/** Reads a cell by its JSON type, or says that it is something else. */
export function as<T>(schema: z.ZodType<T>, toValue: (cell: T) => Read): (cell: unknown) => Read {
  return cell => {
    const parsed = schema.safeParse(cell)
    return parsed.success
      ? toValue(parsed.data)
      : { unreadable: 'Airtable gives a value that does not fit the field’s type.' }
  }
}

/** A value as it was read, in its normal form. */
export const value = (read: Value | undefined): Read => ({ value: normal(read) })
/** Readers of cells, by what they hold. */
export const text = as(z.string(), value)
export const mentioning = as(z.string(), cell =>
  value(
    withMentions(cell)
      .map(piece => piece.shown)
      .join(''),
  ),
)
export const number = as(z.number(), value)
export const date = as(z.string(), cell => {
  const read = parseDate(cell)
  return read === null ? { unreadable: `Airtable gives a date that is none: ${cell}` } : { value: read }
})
export const persons = as(z.array(collaborator), cell => value(cell.map(toPerson)))
export const generated = as(z.object({ state: z.string(), value: z.string().nullish() }), cell => {
  const waits = cell.state === 'loading' && !cell.value
  if (waits) return { unreadable: 'Airtable is generating this text; a later run takes it.' }
  return cell.state === 'error' ? { unreadable: 'Airtable could not generate this text.' } : value(cell.value)
})
export const person = as(collaborator, cell => value([toPerson(cell)]))
const toPerson = (cell: z.infer<typeof collaborator>): Person => ({
  id: cell.id,
  ...(cell.name ? { name: cell.name } : {}),
  ...(cell.email ? { email: cell.email } : {}),
})

/** What a formula, rollup or lookup shows; of several values, their texts. */
export function computed(cell: unknown, shape: Shape): Read {
  if (typeof cell === 'string') return value((shape.is === 'date' ? parseDate(cell) : null) ?? cell)
  if (typeof cell === 'number') return value(cell)
  if (typeof cell === 'boolean') return value(cell ? true : null)
  const items = [cell].flat().filter(item => item !== null && item !== false)
  const texts: string[] = []
  for (const item of items) {
    const shown = shownItem(item)
    if ('unreadable' in shown) return shown
    if (shown.text !== null) texts.push(shown.text)
  }
  return value(texts.join(', '))
}

/** One looked-up value as text; people, files, barcodes and generated texts are objects that hold one. */
function shownItem(item: unknown): { readonly text: string | null } | { readonly unreadable: string } {
  if (failed.safeParse(item).success) return { unreadable: 'Airtable shows an error in a looked-up value.' }
  if (item === true) return { text: 'Yes' }
  if (typeof item === 'string' || typeof item === 'number') return { text: String(item) }
  if (Object.hasOwn(Object(item), 'state')) {
    const read = generated(item)
    return 'unreadable' in read ? read : { text: read.value === null ? null : String(read.value) }
  }
  const told = ['name', 'filename', 'text', 'email', 'label'].map(key => Reflect.get(Object(item), key))
  const text = told.find((each): each is string => typeof each === 'string')
  return text === undefined ? { unreadable: 'Airtable gives a value that cannot be read.' } : { text }
}
