/** The text of docs/field-types.md: which types can be mapped to which, from the tables that the code itself uses. */
import { knownTypes as airtableTypes } from '../src/airtable/fields.ts'
import { ownerOf } from '../src/config/lines.ts'
import type { SchemaColumn, Side } from '../src/core/model.ts'
import type { Shape } from '../src/core/shape.ts'
import { knownTypes as notionTypes } from '../src/notion/properties.ts'

/** What of a shape decides which other shapes it goes with. */
const kind = (shape: Shape | null): string =>
  JSON.stringify([shape?.is, shape !== null && 'holds' in shape && shape.holds, shape !== null && 'marks' in shape])

/** Columns that behave alike in every pairing, as one. */
function groups(columns: readonly SchemaColumn[]): SchemaColumn[] {
  const mappable = columns.filter(column => column.shape !== null)
  const alike = Map.groupBy(mappable, ({ shape, writable }) => kind(shape) + String(writable))
  return [...alike.values()].flatMap(members => {
    const [first] = members
    return first === undefined ? [] : [{ ...first, name: members.map(column => `\`${column.type}\``).join(', ') }]
  })
}

/** How a pair of types can flow: ⇄ both ways, → to Airtable, ← to Notion, — not at all. */
export function flow(notion: SchemaColumn, airtable: SchemaColumn): '⇄' | '→' | '←' | '—' {
  const can = (owner: 'both' | Side) => !('complaint' in ownerOf({ notion: '', airtable: '', owner }, notion, airtable))
  if (can('both')) return '⇄'
  return can('airtable') ? '←' : can('notion') ? '→' : '—'
}

const refused = (columns: readonly SchemaColumn[]): string =>
  columns
    .flatMap(({ type, unmappable }) => (unmappable === undefined ? [] : [`\`${type}\` (${unmappable})`]))
    .join(', ')

export function fieldTypesPage(): string {
  const [notion, airtable] = [groups(notionTypes()), groups(airtableTypes())]
  return `<!-- Made from src/notion/properties.ts and src/airtable/fields.ts by \`npm run generate\`. Change the tables there. -->

# Field types

⇄ flows both ways · → from Notion to Airtable only · ← from Airtable to Notion only · — cannot be mapped.
What a service computes can only be the source.

| Notion ╲ Airtable | ${airtable.map(column => column.name).join(' | ')} |
| --- | ${airtable.map(() => ':-:').join(' | ')} |
${notion.map(row => `| ${row.name} | ${airtable.map(column => flow(row, column)).join(' | ')} |`).join('\n')}

Refused in words, before anything is written: in Notion ${refused(notionTypes())}; in Airtable ${refused(airtableTypes())};
and any type that appears after this version.

## What makes two values equal

Values are compared in what both types can carry, so that a difference that one side cannot hold is no edit.

| | |
| --- | --- |
| Text | Spaces and line breaks at the ends do not count; where one side holds a single line, no line breaks do. Formatting that a plain text cannot hold stays in Notion, on the parts that were not edited in Airtable. |
| Formatted text | Between \`rich_text\` and \`richText\` bold, italic, struck out, code and links are carried as Markdown. Colours, underlining, mentions and equations stay in Notion, on the parts that were not edited in Airtable; Airtable shows their text. Headings and lists of Airtable are letters at the start of a line in Notion. |
| Number | Compared with the decimals that the Airtable field keeps; noise of calculation does not count. |
| Select | Letter case of an option that exists does not count; \`values\` translates names. An option that is missing is made where the service allows it, and logged; elsewhere it is a problem that names the nearest one. |
| Several options | A set: order does not count. |
| Date | By day where one side holds days only, else by minute. A time of day, and the end of a range, stay in Notion while the day stands. A day in a date-time field is midnight UTC, and stays a day in Notion. |
| People | A set, by address and then by name. As text: names joined by commas, or addresses with \`people: email\`. Somebody unknown is a problem, and both sides stay as they are. |
| Checkbox | Unticked is empty. In a text: Yes, or empty; yes, true, x and 1 count as ticked, no, false and 0 as unticked. |
| Links | A relation and linked records go together where another sync of the file (or the same one) maps the two tables that they point to; they follow its pairs. A set: order does not count, but is kept when links are written. A link to a record that has no twin yet, or none any more, stays where it is and is carried once there is one. Towards text, links are the titles, one way: all titles of the other table are read for it. |
| Files | By name: Notion tells no size, and addresses are signed anew at each reading. Airtable fetches what is new in Notion. What is added in Airtable cannot be put into Notion, since Airtable’s addresses expire, and is a problem; what is removed there is removed in Notion. A file that is replaced by another of the same name is not noticed. Towards text, files are their names, one way. |
| Formula, rollup | As the texts that Notion shows. A list of values is carried whole; where Notion does not give all of it, it is a problem. Over more than 25 related pages Notion computes a formula, and a rollup that comes to a number or a date, from the first 25 and does not say so: such a value is carried as it is given. |
| Empty | "", an empty list, a missing value and an unticked box are the same. A Notion status that is emptied takes its default; that default is accepted. |

A value that the other side cannot take, a cell that shows an error, and a write that a service refuses are problems:
they are listed in the conflict issue with both values, everything else of the record flows, and nothing is emptied.
`
}
