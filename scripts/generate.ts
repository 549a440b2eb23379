/**
 * Writes the files that are made from the source, so that what editors and readers are told is what runs:
 * `npm run generate`. test/generated.test.ts says whether they are current.
 */
import { writeFileSync } from 'node:fs'
import { z } from 'zod'
import { mappings } from '../src/config/schema.ts'
import { fieldTypesPage } from './field-types-page.ts'
import { mergeRulesPage } from './merge-rules-page.ts'

/** Every generated file: its path from the root of the repository, and what must stand in it. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  'mappings.schema.json': mappingsSchema,
  'docs/merge-rules.md': mergeRulesPage,
  'docs/field-types.md': fieldTypesPage,
}

/** What mappings.yaml may hold, for editors: draft 7 is what their YAML servers know best. */
function mappingsSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(mappings, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      // Noise: keys are always strings, and this maximum is JavaScript's, not ours.
      if (JSON.stringify(jsonSchema.propertyNames) === '{"type":"string"}') delete jsonSchema.propertyNames
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    },
  })
  return `${JSON.stringify({ $schema, title: 'notion-airtable-sync mappings', ...schema }, null, 2)}\n`
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(GENERATED)) {
    writeFileSync(new URL(`../${path}`, import.meta.url), text())
    console.log(`wrote ${path}`)
  }
}
