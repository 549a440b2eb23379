/**
 * What may stand in mappings.yaml, as a zod schema; mappings.schema.json is generated from it. It knows nothing of
 * the services' own schemas: whether a field exists is checked in bind.ts.
 */
import { z } from 'zod'

const policy = z.enum(['newest', 'notion', 'airtable', 'ask'])
const cell = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())], {
  error: 'has the wrong type',
})

/**
 * A value that may come from a variable, which gives text. A check without the environment leaves the variable’s name:
 * then it is as if nothing stood there.
 */
const orText = <T, Told>(of: z.ZodType<T>, pattern: string, read: (text: string) => Told, words: string) =>
  z.union(
    [
      of,
      z
        .string()
        .regex(new RegExp(`^(${pattern}|\\$\\{\\w+\\})$`), words)
        .transform(text => (text.startsWith('$') ? undefined : read(text))),
    ],
    { error: words },
  )
const positive = orText(z.number().positive(), '(?=.*[1-9])\\d+(\\.\\d+)?', Number, 'must be a number above 0')
const flag = orText(z.boolean(), 'true|false', text => text === 'true', 'must be true or false')
const deletions = orText(
  z.int().min(0),
  '\\d+|(100|\\d{1,2}(\\.\\d+)?)%',
  text => (text.endsWith('%') ? text : Number(text)),
  'must be a whole number, or a share of at most 100% such as 20%',
)

const field = z
  .strictObject({
    notion: z
      .string()
      .min(1)
      .describe('Property name or ID; $url, $id, $created_time, $last_edited_time for the page itself'),
    airtable: z.string().min(1).describe('Field name or ID; $record_id, $created_time for the row itself'),
    owner: z.enum(['both', 'notion', 'airtable']).optional().describe('Whose edits count; default both'),
    conflict: policy.optional().describe("How a conflict in this field is settled; default the sync's"),
    values: z
      .record(z.string(), z.string())
      .optional()
      .describe('Option names where they differ: Notion’s name to Airtable’s'),
    people: z.enum(['name', 'email']).optional().describe('How people are written as text; default name'),
  })
  .describe('One line of the mapping')

export const sync = z.strictObject({
  notion: z.strictObject({
    database: z.string().min(1).describe('A database or data source: its ID, dashed or not, or its URL'),
    filter: z.record(z.string(), z.unknown()).optional().describe('A filter of the Notion API; pages outside it rest'),
    requests_per_minute: positive.optional().describe('Default 180'),
  }),
  airtable: z.strictObject({
    base: z
      .string()
      .regex(
        /^(app\w+|\$\{\w+\})$/,
        'must be a base ID such as app1234567890abcd: the part of the address that begins with app',
      )
      .describe('The base’s ID'),
    table: z.string().min(1).describe('Table name or ID'),
    page_id_field: z.string().min(1).describe('The hidden text field that links a row to its page'),
    last_synced_field: z.string().min(1).optional().describe('Date-time field written with each change to the row'),
    view: z.string().min(1).optional().describe('Only rows of this view take part'),
    filter: z.string().min(1).optional().describe('Only rows for which this formula is true take part'),
    requests_per_second: positive.optional().describe('Default 5'),
  }),
  match: z
    .string()
    .min(1)
    .optional()
    .describe('Mapped field whose equal values link rows that exist; default the title’s'),
  create: z
    .enum(['airtable', 'notion', 'both', 'none'])
    .optional()
    .describe('Where a twin may be made; default airtable'),
  when_deleted: z
    .strictObject({
      page: z.enum(['archive', 'delete', 'keep']).optional().describe('What becomes of the row; default archive'),
      row: z
        .enum(['restore', 'archive', 'trash', 'keep'])
        .optional()
        .describe('What becomes of the page; default restore the row'),
    })
    .optional(),
  archive: z
    .strictObject({ airtable: z.record(z.string(), cell).optional(), notion: z.record(z.string(), cell).optional() })
    .optional()
    .describe('What archiving writes; default Status = Archived'),
  conflict: policy.optional().describe('How conflicts are settled; default newest'),
  guards: z
    .strictObject({
      max_deletions: deletions
        .optional()
        .describe(
          'Deletions that one run may make; a number or a share such as 20%; default 10 or 20%, whichever is more',
        ),
    })
    .optional(),
  fields: z.array(field).min(1),
})

export const mappings = z
  .strictObject({
    version: z.literal(1),
    allow_public_state: flag.optional().describe('Allow state, which holds your data, in a public repository'),
    syncs: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and dashes'), sync),
  })
  .describe('Field mappings and ownership rules of notion-airtable-sync')

export type Mappings = z.infer<typeof mappings>
export type SyncConfig = Mappings['syncs'][string]
export type FieldConfig = SyncConfig['fields'][number]
