/** The text of docs/merge-rules.md: the merge table of the source, put into words. */
import { MERGE_TABLE, type Rule, SITUATIONS, type Situation } from '../src/core/merge-rules.ts'
import type { Owner, Policy } from '../src/core/model.ts'

const OWNERS: Record<Owner, string> = {
  both: '`owner: both` (default)',
  notion: '`owner: notion`',
  airtable: '`owner: airtable`',
}

const ACTIONS: Record<Rule['action'], string> = {
  nothing: 'nothing',
  agree: 'nothing is written; the value becomes the base',
  'to-airtable': 'Notion’s value is written to Airtable',
  'to-notion': 'Airtable’s value is written to Notion',
  conflict: 'conflict: the policy decides',
}

const LOGS: Record<NonNullable<Rule['log']>, string> = {
  reverted:
    'Only the side that does not own the field was edited. The edit is taken back, so that both sides show the owner’s value again; what was typed stands in the changelog.',
  overridden: 'The two sides held different values and the owner’s was kept. The other value stands in the changelog.',
  filled:
    'A page and a row were linked for the first time and one of them held nothing in this field. It took over the other’s value, whoever owns the field: a link never empties anything.',
}

const POLICIES: Record<Policy, string> = {
  newest:
    'The side that was edited last is taken. Where the clocks cannot tell, it is `ask`: Notion gives its times in whole minutes only, and a time that is missing is not guessed. Where a run that was cut off wrote to the page, its time tells nothing either; nor does any where neither side was edited since the two agreed, and yet they differ.',
  notion: 'Notion’s value is taken.',
  airtable: 'Airtable’s value is taken.',
  ask: 'Both values stay where they are and so does the base. The field is listed in the conflict issue until a person ticks a box or the two sides become equal by themselves. All other fields of the pair go on being synced.',
}

export function mergeRulesPage(): string {
  return `<!-- Made from src/core/merge-rules.ts by \`npm run generate\`. Change the table there, not here. -->

# The merge rules

A Notion page and an Airtable row that belong together are a _pair_. The sync looks at every mapped field of a pair by
itself, and compares three values: what Notion holds, what Airtable holds, and the **base**, which is what each side
held when the two last agreed. The base is kept in git. A side has _changed_ when it differs from its base.

So the sync knows who edited a field without looking at a clock. Content decides; times are asked for one thing only,
to settle a conflict by \`newest\`.

Two spellings of one value are equal: \`9:00+02:00\` and \`7:00Z\`, a set in another order, a space at the end. Emptying
a field is a change like any other.

## The table

Each field has an \`owner\` in \`mappings.yaml\`: the side whose edits count, or both.

${table(
  ['What happened', ...Object.values(OWNERS)],
  keysOf(SITUATIONS).map(situation => [
    sentence(SITUATIONS[situation]),
    ...keysOf(OWNERS).map(owner => describe(MERGE_TABLE[situation][owner])),
  ]),
)}

How to read it:

- **First link** is the first run that sees this pair, or the first run with this line in \`mappings.yaml\`: there is no
  base yet. Equal values are then treated as _${SITUATIONS['both-changed-equally']}_, and two different ones as
  _${SITUATIONS['both-changed']}_.
- **${sentence(SITUATIONS.apart)}** happens when the mapping itself was changed, for example its
  \`values\`. It is never ignored. The one exception is a Notion status: emptied, it takes its default, and that is
  accepted.
- A side that cannot take a value, such as a formula, cannot be filled at the first link. The owner’s value stands
  then, as if both sides had changed.

## As a picture

The last line in each box is what happens where the owner is \`both\`.

\`\`\`mermaid
${flowchart()}
\`\`\`

## Conflicts

A conflict is settled by its policy: \`conflict\` at the field, or else at the sync, or else \`newest\`.

${table(
  ['Policy', 'What happens'],
  keysOf(POLICIES).map(policy => [`\`${policy}\``, POLICIES[policy]]),
)}

Whoever wins, the losing value is written in the changelog: nothing that a person typed is lost without a trace. A
conflict closes by itself when both sides are made equal, or when one of them is set back to its base.

## Words in the changelog

${table(
  ['Word', 'What it means'],
  keysOf(LOGS).map(log => [log, LOGS[log]]),
)}
`
}

function describe(rule: Rule): string {
  return rule.log === undefined ? ACTIONS[rule.action] : `${ACTIONS[rule.action]}, logged as _${rule.log}_`
}

function flowchart(): string {
  const outcome: Record<Situation, string> = {
    'neither-changed': 'still -- yes',
    apart: 'still -- no',
    'both-changed-equally': 'same -- yes',
    'both-changed': 'who -- both',
    'notion-changed': 'who -- Notion',
    'airtable-changed': 'who -- Airtable',
    'only-notion': 'holds -- only Notion',
    'only-airtable': 'holds -- only Airtable',
  }
  const leaves = keysOf(SITUATIONS).map(
    key =>
      `  ${outcome[key]} --> ${key}["${sentence(SITUATIONS[key])}<br/><b>${describeShort(MERGE_TABLE[key].both)}</b>"]`,
  )
  return [
    'flowchart TD',
    '  field([one field of one pair]) --> base{Is there a base?}',
    '  base -- no --> first{Do both sides hold the same?}',
    '  first -- yes --> both-changed-equally',
    '  first -- no --> holds{Who holds a value?}',
    '  holds -- both --> both-changed',
    '  base -- yes --> changed{Did a side change?}',
    '  changed -- no --> still{Do they hold the same?}',
    '  changed -- yes --> same{Do they hold the same?}',
    '  same -- no --> who{Who changed?}',
    ...leaves,
  ].join('\n')
}

const describeShort = (rule: Rule): string => {
  const ways: Record<Rule['action'], string> = {
    nothing: 'nothing to do',
    agree: 'it becomes the base',
    'to-airtable': 'Notion to Airtable',
    'to-notion': 'Airtable to Notion',
    conflict: 'conflict: see below',
  }
  return ways[rule.action]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(cells => cells[column]?.length ?? 0)))
  const line = (cells: readonly string[], filler = ' ') =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, filler)).join(' | ')} |`
  return [line(head), line([], '-'), ...rows.map(cells => line(cells))].join('\n')
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const keysOf = <K extends string>(record: Readonly<Record<K, unknown>>): K[] => Object.keys(record) as K[]
