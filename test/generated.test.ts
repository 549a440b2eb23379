/** The generated files of this repository: that they are current, and that the schema for editors says the truth. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { GENERATED } from '../scripts/generate.ts'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

describe('generated files', () => {
  test.each(Object.entries(GENERATED))('%s is what the source makes; if not, type: npm run generate', (path, make) => {
    expect(read(path)).toBe(make())
  })
})

describe('docs/merge-rules.md', () => {
  test('a reader finds what happens to an edit on the side that does not own the field', () => {
    const row = read('docs/merge-rules.md')
      .split('\n')
      .find(line => line.startsWith('| Changed in Airtable only '))
    expect(row?.split('|').map(cell => cell.trim())).toEqual([
      '',
      'Changed in Airtable only',
      'Airtable’s value is written to Notion',
      'Notion’s value is written to Airtable, logged as _reverted_',
      'Airtable’s value is written to Notion',
      '',
    ])
  })
})

describe('mappings.schema.json', () => {
  const schema = z.fromJSONSchema(JSON.parse(read('mappings.schema.json')))
  const shipped = read('mappings.yaml')
  const complaints = (text: string): string[] =>
    (schema.safeParse(parse(text)).error?.issues ?? []).map(issue => issue.path.join('.') || issue.message)

  test('the shipped mappings.yaml names it in its first line', () => {
    expect(shipped.split('\n')[0]).toBe('# yaml-language-server: $schema=./mappings.schema.json')
  })

  test('it accepts the shipped mappings.yaml', () => {
    expect(complaints(shipped)).toEqual([])
  })

  test('an editor underlines a policy that does not exist', () => {
    expect(complaints(shipped.replace('conflict: newest', 'conflict: latest'))).toEqual([
      'syncs.product-specs.conflict',
    ])
  })

  test('an editor underlines a key that does not exist', () => {
    expect(complaints(shipped.replace('match: Name', 'matches: Name'))).toEqual(['syncs.product-specs'])
  })

  test('an editor underlines a mapping without fields', () => {
    expect(complaints(shipped.replace(/ {4}fields:[\s\S]*/, ''))).toEqual(['syncs.product-specs.fields'])
  })
})
