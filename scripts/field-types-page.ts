/** The text of docs/field-types.md: which types can be mapped to which, from the tables that the code itself uses. */
import { mappableTypes as airtableTypes } from '../src/airtable/fields.ts'
import { ownerOf } from '../src/config/lines.ts'
import type { SchemaColumn, Side } from '../src/core/model.ts'
import { mappableTypes as notionTypes } from '../src/notion/properties.ts'

type Type = ReturnType<typeof notionTypes>[number]
/** Types that behave alike in every pairing. */
type Group = { readonly types: readonly string[]; readonly column: SchemaColumn }

function groups(side: Side, types: readonly Type[]): Group[] {
  const alike = Map.groupBy(types, type =>
    JSON.stringify([type.shape.is, 'holds' in type.shape && type.shape.holds, type.writable]),
  )
  return [...alike.values()].map(members => {
    const [{ shape, writable } = { shape: null, writable: false }] = members
    const names = members.map(member => member.type)
    return { types: names, column: { side, id: names.join(), name: names.join(), type: names.join(), shape, writable } }
  })
}

const list = (group: Group): string => group.types.map(type => `\`${type}\``).join(', ')

/** How a pair of types can flow: ⇄ both ways, → to Airtable, ← to Notion, — not at all. */
function flow(notion: SchemaColumn, airtable: SchemaColumn): string {
  const can = (owner: 'both' | Side) => !('complaint' in ownerOf({ notion: '', airtable: '', owner }, notion, airtable))
  if (can('both')) return '⇄'
  const ways = `${can('airtable') ? '←' : ''}${can('notion') ? '→' : ''}`
  return ways === '' ? '—' : ways
}

export function fieldTypesPage(): string {
  const notion = groups('notion', notionTypes())
  const airtable = groups('airtable', airtableTypes())
  return `<!-- Made from src/notion/properties.ts and src/airtable/fields.ts by \`npm run generate\`. Change the tables there. -->

# Field types

⇄ flows both ways · → from Notion to Airtable only · ← from Airtable to Notion only · ←→ either way, but one at a time
(\`owner\` must say which) · — cannot be mapped. What a service computes can only be the source.

| Notion ╲ Airtable | ${airtable.map(list).join(' | ')} |
| --- | ${airtable.map(() => ':-:').join(' | ')} |
${notion.map(row => `| ${list(row)} | ${airtable.map(column => flow(row.column, column.column)).join(' | ')} |`).join('\n')}

A line of the mapping that names any other type (in Notion: relation, files, button, verification, place; in Airtable:
linked records, attachments, button) is refused in words before anything is written.

## What makes two values equal

Values are compared in what both types can carry, so that a difference that one side cannot hold is no edit.

| | |
| --- | --- |
| Text | Spaces and line breaks at the ends do not count; where one side holds a single line, no line breaks do. Formatting is not carried: it stays in Notion until the text itself is edited in Airtable. |
| Number | Compared with the decimals that the Airtable field keeps; noise of calculation does not count. |
| Select | Letter case of an option that exists does not count; \`values\` translates names. An option that is missing is made where the service allows it, and logged; elsewhere it is a problem that names the nearest one. |
| Several options | A set: order does not count. |
| Date | By day where one side holds days only, else by minute. A time of day, and the end of a range, stay in Notion while the day stands. A day in a date-time field is midnight UTC, and stays a day in Notion. |
| People | A set, by address and then by name. As text: names joined by commas, or addresses with \`people: email\`. Somebody unknown is a problem, and both sides stay as they are. |
| Checkbox | Unticked is empty. |
| Empty | "", an empty list, a missing value and an unticked box are the same. A Notion status that is emptied takes its default; that default is accepted. |

A value that the other side cannot take, a cell that shows an error, and a write that a service refuses are problems:
they are listed in the conflict issue with both values, everything else of the record flows, and nothing is emptied.
`
}
