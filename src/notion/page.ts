/** A Notion page in the core's words: its values by mapping line, and why one of them cannot be trusted. */
import type { Field, Page } from '../core/model.ts'
import type { Person, Value } from '../core/shape.ts'
import { shownAs } from '../core/twins.ts'
import { normal } from '../core/value.ts'
import { readColumn } from './properties.ts'
import { type RawPage, titleOf } from './reading.ts'

/**
 * A page in the core's words. `people` completes those whom Notion names by ID only; `titles` are those of the records
 * that links point to, by ID.
 */
export function toPage(
  raw: RawPage,
  fields: readonly Field[],
  people: ReadonlyMap<string, Person>,
  titles: ReadonlyMap<string, string>,
): Page {
  const values: Record<string, Value> = {}
  const unreadable: Record<string, string> = {}
  for (const field of fields) {
    const stored = readColumn(raw, field.notion)
    const read = 'unreadable' in stored ? stored : shownAs(field.notion, stored.value, titles)
    if ('unreadable' in read) unreadable[field.key] = read.unreadable
    else if (field.notion.shape.is !== 'people') values[field.key] = normal(read.value)
    else {
      const named = withNames(read.value, people)
      if (someone(named, person => person.name === undefined && person.email === undefined))
        unreadable[field.key] = UNKNOWN_PERSON
      else if (field.people === 'email' && someone(named, person => person.email === undefined))
        unreadable[field.key] = NO_ADDRESS
      else values[field.key] = named
    }
  }
  return {
    id: raw.id,
    url: raw.url,
    title: titleOf(raw),
    created: raw.created_time,
    createdBy: raw.created_by?.id ?? '',
    edited: raw.last_edited_time ?? '',
    values,
    unreadable,
  }
}

const UNKNOWN_PERSON =
  'Notion does not tell the integration who this is: a guest, or somebody who left, or the integration lacks the capability to read user information (notion.so/my-integrations).'

const NO_ADDRESS =
  'Notion does not tell the integration everybody’s address here: give it the capability to read user information including email addresses (notion.so/my-integrations). A bot has none.'

const someone = (value: Value, is: (person: Person) => boolean): boolean =>
  Array.isArray(value) && (value as readonly Person[]).some(is)

function withNames(value: Value, people: ReadonlyMap<string, Person>): Value {
  if (!Array.isArray(value)) return value
  return (value as readonly Person[]).map(person =>
    person.name === undefined ? (people.get(person.id ?? '') ?? person) : person,
  )
}

/** Whether Notion gives somebody in a page by ID only, of whom its list of members may tell more. */
export const namesSomebodyByIdOnly = (raw: RawPage): boolean =>
  Object.values(raw.properties)
    .flatMap(peopleIn)
    .some(person => !('name' in person) || person.name == null)

function peopleIn(property: RawPage['properties'][string]) {
  if (property.type === 'people') return property.people
  if (property.type === 'created_by') return [property.created_by]
  return property.type === 'last_edited_by' ? [property.last_edited_by] : []
}
