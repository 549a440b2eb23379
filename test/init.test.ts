/** The mapping that init proposes: names are data in the log, in the summary, and in the file that it becomes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCommand } from '../emulators/runner/commands.ts'
import { loadMappings } from '../src/config/load.ts'
import type { SchemaColumn, Side } from '../src/core/model.ts'
import { pairColumns, proposal } from '../src/init.ts'
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
  return proposal({ ...paired, alone: columns, table: { id: 'tbl00000000000001', name, columns } })
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

test('an ordinary name stands without quotes', () => {
  expect(proposed('Ship date (UTC)')).toMatch(/- notion: Ship date \(UTC\)\n\s+airtable: Ship date \(UTC\)$/m)
})
