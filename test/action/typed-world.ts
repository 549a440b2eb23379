/**
 * A world for the field types: a database and a table with one line a column, and runs that must write nothing. It
 * knows no type; the tests say what is mapped to what.
 */
import { expect, onTestFinished } from 'vitest'
import { startWorld, type World, type WorldOptions } from '../../demo/world.ts'
import type { AirtableSeed } from '../../emulators/airtable/index.ts'
import type { NotionSeed } from '../../emulators/notion/index.ts'
import type { RunOptions } from '../../emulators/runner.ts'
import { run } from './steps.ts'

type Property = NotionSeed['databases'][number]['properties'][string]
type FieldSeed = AirtableSeed['bases'][number]['tables'][number]['fields'][number]
type PageSeed = NonNullable<NotionSeed['databases'][number]['pages']>[number]['properties']

/** A line of the mapping, with the type on either side; `line` is what else stands in it. */
export type Line = { notion: string | Property; airtable: string | Omit<FieldSeed, 'name'>; line?: string }

export type Typed = {
  lines: Record<string, Line>
  /** By the title of the page. */
  pages: Record<string, PageSeed>
  /** More lines of the sync, such as `create: both`. */
  sync?: string
  users?: NotionSeed['users']
  collaborators?: AirtableSeed['users']
} & Pick<WorldOptions, 'start'>

/** Starts it, with `Name` and `Spec Name` for titles and every line's name on both sides. Conflicts are asked about. */
export async function startTyped({ lines, pages, sync, users, collaborators, start }: Typed): Promise<World> {
  const entries = Object.entries(lines)
  const typed = <T extends { type: string }>(given: string | T) => (typeof given === 'string' ? { type: given } : given)
  const mappings = `version: 1
syncs:
  types:
    notion: { database: "\${NOTION_DATABASE_ID}" }
    airtable: { base: "\${AIRTABLE_BASE_ID}", table: Table, page_id_field: Page }
    conflict: ask
${sync === undefined ? '' : `    ${sync}\n`}    fields:
      - { notion: Name, airtable: Spec Name }
${entries.map(([name, { line }]) => `      - { notion: ${name}, airtable: ${name}${line === undefined ? '' : `, ${line}`} }\n`).join('')}`
  return keep(
    await startWorld({
      mappings,
      ...(start === undefined ? {} : { start }),
      notion: {
        token: 'ntn_example',
        ...(users === undefined ? {} : { users }),
        databases: [
          {
            title: 'Database',
            properties: {
              Name: { type: 'title' },
              ...Object.fromEntries(entries.map(([name, { notion }]) => [name, typed<Property>(notion)])),
            },
            pages: Object.entries(pages).map(([title, properties]) => ({ properties: { Name: title, ...properties } })),
          },
        ],
      },
      airtable: {
        token: 'pat_example',
        ...(collaborators === undefined ? {} : { users: collaborators }),
        bases: [
          {
            tables: [
              {
                name: 'Table',
                fields: [
                  { name: 'Spec Name', type: 'singleLineText' },
                  { name: 'Page', type: 'singleLineText' },
                  ...entries.map(([name, { airtable }]) => ({
                    name,
                    ...typed<Omit<FieldSeed, 'name'>>(airtable),
                  })),
                ],
              },
            ],
          },
        ],
      },
    }),
  )
}

/** Closes the world with the test. */
export function keep(world: World): World {
  onTestFinished(() => world.close())
  return world
}

const writes = (world: World): string[] => [
  ...world.notion.calls.flatMap(({ method, path }) =>
    method === 'PATCH' || path === '/v1/pages' ? [`${method} ${path}`] : [],
  ),
  ...world.airtable.calls.flatMap(({ method, path }) =>
    method === 'GET' || path.endsWith('/listRecords') ? [] : [`${method} ${path}`],
  ),
  ...world.github.writes().map(write => JSON.stringify(write)),
]

/** Three runs, of which none writes anything anywhere. */
export async function expectQuiet(world: World, options: Partial<RunOptions> = {}): Promise<void> {
  const before = writes(world)
  for (const turn of ['first', 'second', 'third']) {
    const { outputs, log } = await run(world, options)
    expect(writes(world).slice(before.length), `${turn} quiet run\n${log}`).toEqual([])
    expect(outputs.changed, log).toBe('false')
  }
}

type Problem = { code: string; title: string; field: string; message: string }

/** The open problems, as "title: sentence". */
export async function problems(world: World, sync = 'types'): Promise<string[]> {
  const found = (await world.state(sync)).problems as Problem[]
  return found.map(({ title, message }) => `${title}: ${message}`).sort()
}

export const changelog = async (world: World, sync = 'types'): Promise<string> =>
  (await world.github.file(`state/${sync}/CHANGELOG.md`)) ?? ''

/** What one column of the page and the row of that title hold. */
export const cells = (world: World, title: string, column: string): { notion: unknown; airtable: unknown } => ({
  notion: world.notion.value(world.page(title), column),
  airtable: world.airtable.value(world.row(title), column),
})
