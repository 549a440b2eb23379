/** The mapping that init proposes: names are data in the log, in the summary, and in the file that it becomes. */
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { exampleAirtable } from '../demo/example.ts'
import { startWorld } from '../demo/world.ts'
import { parseCommand } from '../emulators/runner/commands.ts'
import { loadMappings } from '../src/config/load.ts'
import type { SchemaColumn, Side } from '../src/core/model.ts'
import { initMappings, pairColumns, proposal } from '../src/init.ts'
import { createServices } from '../src/session.ts'
import { hostile, outside } from './report/reading.ts'

const ENV = { NOTION_DATABASE_ID: '0123456789abcdef0123456789abcdef', AIRTABLE_BASE_ID: 'app00000000000001', HOME: 'x' }

const column = (side: Side, name: string): SchemaColumn => ({
  side,
  id: `${side}-id`,
  name,
  type: side === 'notion' ? 'title' : 'singleLineText',
  shape: { is: 'text', lines: 'one' },
  writable: true,
})

/** What is proposed for a table of this name whose one field, and one property, have it too. */
function proposed(name: string): string {
  const columns = [column('airtable', name)]
  const paired = pairColumns([column('notion', name)], columns)
  return proposal({ ...paired, alone: columns, table: { id: 'tbl00000000000001', name, columns }, of: 4 })
}

const [onlyLine, table] = [
  (text: string) => Object.values(loadMappings(text, 'mappings.yaml', ENV).mappings.syncs)[0]?.fields[0],
  (text: string) => Object.values(loadMappings(text, 'mappings.yaml', ENV).mappings.syncs)[0]?.airtable.table,
]

describe('any name of a table, property and field', () => {
  const always = (check: (name: string) => void) =>
    fc.assert(fc.property(hostile, check), { seed: 20260301, numRuns: 200 })

  test('comes back from the mapping as it is', () => {
    always(name => {
      expect(onlyLine(proposed(name))).toEqual({ notion: name, airtable: name })
      expect(table(proposed(name))).toBe(name)
    })
  })

  test('starts no command in the log', () => {
    always(name => {
      expect(
        proposed(name)
          .split(/\r\n|\r|\n/)
          .flatMap(line => parseCommand(line) ?? []),
      ).toEqual([])
    })
  })

  test('stays inside of the code block of the summary', () => {
    always(name => {
      expect(outside(`\`\`\`yaml\n${proposed(name)}\`\`\`\n`)).toBe('<pre><code class="language-yaml"></code></pre>')
    })
  })
})

test.each([
  ['$url', '$$url'],
  ['$$', '$$$'],
  [`\${HOME}`, 'notion-id'],
  ['Ship date', 'Ship date'],
  ['__proto__', '__proto__'],
])('the property %j is not taken for anything else', (name, written) => {
  expect(onlyLine(proposed(name))?.notion).toBe(written)
})

describe('a date-time field called Last Synced', () => {
  const title = column('notion', 'Name')
  const stamp = (more: Partial<SchemaColumn> = {}): SchemaColumn => ({
    ...column('airtable', 'Last Synced'),
    id: 'fldStamp',
    type: 'dateTime',
    shape: { is: 'date', holds: 'time' },
    ...more,
  })
  const made = (field: SchemaColumn, notion: readonly SchemaColumn[] = [title]) => {
    const columns = [column('airtable', 'Name'), field]
    const text = proposal({
      ...pairColumns(notion, columns),
      table: { id: 'tbl00000000000001', name: 'Specs', columns },
      of: 1,
    })
    const [only] = Object.values(loadMappings(text, 'mappings.yaml', ENV).mappings.syncs)
    return { text, stamp: only?.airtable.last_synced_field }
  }

  test('is proposed for the time of the sync, and not listed as left over', () => {
    const proposed = made(stamp())
    expect(proposed.stamp).toBe('Last Synced')
    expect(proposed.text).not.toContain('#   airtable: "Last Synced"')
    expect(made(stamp({ name: 'last_synced' })).stamp).toBe('last_synced')
  })

  test.each([
    ['has a counterpart in Notion', stamp(), [title, { ...stamp(), side: 'notion', type: 'date' }]],
    ['is computed', stamp({ writable: false }), [title]],
    ['is a text', stamp({ type: 'singleLineText', shape: { is: 'text', lines: 'one' } }), [title]],
    ['holds no time', stamp({ type: 'date', shape: { is: 'date', holds: 'day' } }), [title]],
  ] as const)('is left to a person where it %s', (_, field, notion) => {
    expect(made(field, notion).stamp).toBe(undefined)
  })
})

test('an ordinary name stands without quotes', () => {
  expect(proposed('Ship date (UTC)')).toMatch(/- notion: Ship date \(UTC\)\n\s+airtable: Ship date \(UTC\)$/m)
})

describe('the table', () => {
  /** What is proposed for the example's base, which has two tables more, where AIRTABLE_TABLE is this. */
  async function proposedFor(wanted?: string): Promise<string[]> {
    const airtable = exampleAirtable()
    const field = { name: 'Name', type: 'singleLineText' } as const
    airtable.bases?.[0]?.tables.unshift({ name: 'Bugs', fields: [field] })
    airtable.bases?.[0]?.tables.push({ name: 'Notes', fields: [field] })
    const world = await startWorld({ specs: 1, airtable })
    onTestFinished(() => world.close())
    const { signal } = new AbortController()
    const env = {
      NOTION_BASE_URL: world.notion.url,
      AIRTABLE_ENDPOINT_URL: world.airtable.url,
      NOTION_DATABASE_ID: world.notion.databaseId,
      AIRTABLE_BASE_ID: world.airtable.baseId,
      ...(wanted === undefined ? {} : { AIRTABLE_TABLE: wanted }),
    }
    const tokens = { notion: 'ntn_example', airtable: 'pat_example' }
    const pool = createServices(tokens, env, { now: signal, grace: signal }, () => {}, [])
    onTestFinished(pool.close)
    return (await initMappings(pool.forSync({}), env)).split('\n')
  }

  // A workflow passes a variable that is not set as an empty text.
  test.each([undefined, ''])(
    'is the one that fits best, and it says of how many, where AIRTABLE_TABLE is %j',
    async wanted => {
      const lines = await proposedFor(wanted)
      expect(lines.slice(0, 2)).toEqual([
        '# Made by mode init for the table "Delivery Tracker", the best fit of 3; for another one set the variable AIRTABLE_TABLE.',
        '# Read it and change what you like. Commit this as mappings.yaml at the root, then run mode plan.',
      ])
      expect(lines).toContain('      table: Delivery Tracker')
    },
  )

  test('is the one that AIRTABLE_TABLE names', async () => {
    const lines = await proposedFor('Notes')
    expect(lines[0]).toBe('# Made by mode init for the table "Notes".')
    expect(lines).toContain('      table: Notes')
  })

  test('that is not there is told with those that are', async () => {
    await expect(proposedFor('Delivery')).rejects.toThrow('It has: "Bugs", "Delivery Tracker", "Notes".')
  })
})

test('that a new row makes no page is written out, beside how to change it', () => {
  expect(proposed('Specs').split('\n')).toContain(
    '    create: airtable # a new page makes a row, a new row makes no page; for that say both',
  )
})
