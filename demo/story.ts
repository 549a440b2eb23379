/**
 * The week of a product team. In each scene the clock is set, people work in Notion, Airtable and GitHub, the bundled
 * action runs, and what then stands on the three services is held against the story.
 */
import { isDeepStrictEqual } from 'node:util'
import { parse } from 'yaml'
import type { RunOptions } from '../emulators/runner.ts'
import { exampleAirtable, exampleNotion, MAPPINGS, QUARTERS } from './example.ts'
import type { World, WorldOptions } from './world.ts'

/** A run that failed, or an end that is not the story's; the message is for the person who started the demo. */
export class StoryError extends Error {}

/** Who did what, what the sync did about it, and where that shows. */
export type Line = readonly [who: string, sync: string, where: string]
export type Ran = {
  readonly at: string
  /** The commit that the run made, and its subject; empty where there was nothing to commit. */
  readonly commit: string
  readonly subject: string
  readonly notionCalls: number
  readonly airtableCalls: number
  readonly ms: number
}
export type Scene = { readonly title: string; play(stage: Stage): Promise<{ lines: Line[]; ran: Ran }> }

type Values = Record<string, string | string[]>
type Side = 'Notion' | 'Airtable'
/** The stage remembers what one scene has to know of another. */
type Stage = { readonly world: World; trashed: { page: string; row: string } | null }

export const onStage = (world: World): Stage => ({ world, trashed: null })

/** The example, where specs depend on others: in Notion some do already, and the mapping does not say so yet. */
export function storyWorld(): WorldOptions {
  const notion = exampleNotion(47)
  const airtable = exampleAirtable()
  const [specs] = notion.databases
  const [table] = airtable.bases[0]?.tables ?? []
  if (specs !== undefined) specs.properties[DEPENDS] = { type: 'relation' }
  table?.fields.push({
    name: DEPENDS,
    type: 'multipleRecordLinks',
    options: { linkedTableId: table.name, prefersSingleRecordLink: false, isReversed: false },
  })
  for (const page of specs?.pages ?? []) {
    const title = String(page.properties.Name)
    if (title === FOUNDATION) page.id = FOUNDATION_ID
    else if (title.startsWith('Search ')) page.properties[DEPENDS] = [FOUNDATION_ID]
  }
  return { notion, airtable }
}

const DEPENDS = 'Depends on'
const FOUNDATION = 'Search redesign'
const FOUNDATION_ID = '5ea2c400-0000-4000-8000-000000000001'
const GROWN = `${MAPPINGS.trimEnd()}\n      - { notion: ${DEPENDS},     airtable: ${DEPENDS} }\n`

const DISPUTED = 'Mobile redesign'
const TRASHED = 'Reports API'
const NEW = 'Single sign-on'

export const WEEK: readonly Scene[] = [
  {
    title: 'The first sync',
    async play({ world }) {
      const pages = livePages(world)
      const inQuarter = (quarter: string) =>
        pages.filter(page => world.notion.value(page, 'Target Quarter') === quarter).length
      const ran = await runAt(world, '2026-11-20T09:00:10Z')
      const rows = world.airtable.records()
      mustBe('the number of rows after the first sync', rows.length, 47)
      mustBe('the page IDs in the rows', new Set(rows.map(row => row.fields['Notion Page ID'])), new Set(pages))
      const line: Line = [
        `There are ${pages.length} specs in Notion:\n${QUARTERS.map(each => `  ${inQuarter(each)} for ${each}`).join('\n')}\nThe table in Airtable is empty.`,
        `made a row for each of the ${pages.length} specs, with the ID of its page in it`,
        `Airtable: ${rows.length} rows\nGitHub: the folder state/`,
      ]
      return { lines: [line], ran }
    },
  },
  {
    title: 'A day’s work on both sides',
    async play({ world }) {
      world.setClock('2026-11-23T09:40:00Z')
      const grace = edit(world, 'Notion', 'Billing API', { Status: 'In review', Priority: 'P0' })
      const olga = edit(world, 'Airtable', 'Search redesign', {
        Sprint: 'Sprint 24',
        'Ship Date': '2026-12-11',
        Blockers: 'Needs new index',
      })
      const spec = { Status: 'Planned', Priority: 'P1', Owner: ['Ada Lovelace'], 'Target Quarter': '2027 Q1' }
      world.notion.addPage(world.notion.dataSourceId, { Name: NEW, ...spec }, 'Ada Lovelace')
      const ran = await runAt(world, '2026-11-23T10:00:05Z')
      mustHold(world, 'Airtable', NEW, { ...spec, Owner: 'Ada Lovelace' })
      const lines: Line[] = [
        [`Grace, in Notion, “Billing API”:\n${grace.text}`, 'wrote both to its row', shows(world, 'Airtable', grace)],
        [
          `Olga, in Airtable, “Search redesign”:\n${olga.text}`,
          'wrote the three to its page: Notion shows them, Airtable owns them',
          shows(world, 'Notion', olga),
        ],
        [
          `Ada, in Notion, writes a new spec:\n  “${NEW}”`,
          'made its row',
          `Airtable: ${world.airtable.records().length} rows`,
        ],
      ]
      return { lines, ran }
    },
  },
  {
    title: 'Two people, one field, the same minute',
    async play({ world }) {
      world.setClock('2026-11-23T15:20:20Z')
      const grace = edit(world, 'Notion', DISPUTED, { 'Target Quarter': '2027 Q1' })
      const aside = edit(world, 'Notion', DISPUTED, { Priority: 'P2' })
      const olga = edit(world, 'Airtable', DISPUTED, { 'Target Quarter': '2027 Q2' })
      const ran = await runAt(world, '2026-11-23T15:30:05Z')
      mustHold(world, 'Notion', DISPUTED, grace.values)
      mustHold(world, 'Airtable', DISPUTED, olga.values)
      const [issue, ...more] = await world.github.issues()
      mustBe('the number of open issues after the conflict', issue === undefined ? 0 : 1 + more.length, 1)
      const boxes = [...(issue?.body ?? '').matchAll(/^- (\[ \] Keep \w+): `(.*?)`/gm)].map(
        ([, box, value]) => `${box}: ${value}`,
      )
      mustBe('the boxes in the issue', boxes, ['[ ] Keep Notion: 2027 Q1', '[ ] Keep Airtable: 2027 Q2'])
      const lines: Line[] = [
        [
          `Grace, in Notion, “${DISPUTED}”:\n${grace.text}\nOlga, in Airtable, in the same minute:\n${olga.text}`,
          'cannot tell which is newer: left both as they are, and asks in an issue',
          `GitHub: issue #${issue?.number}\n  “${issue?.title}”\n${boxes.map(box => `  ${box}`).join('\n')}`,
        ],
        [
          `Grace, on the same page:\n${aside.text}`,
          'wrote it to its row: only the field in dispute waits',
          shows(world, 'Airtable', aside),
        ],
      ]
      return { lines, ran }
    },
  },
  {
    title: 'A person decides',
    async play({ world }) {
      world.setClock('2026-11-24T09:15:00Z')
      const number = (await world.github.issues())[0]?.number ?? 0
      await world.github.tick(number, 'Airtable', undefined, 'ada')
      // GitHub starts the run by itself where the workflow listens to edits of issues.
      const event = { name: 'issues', payload: { action: 'edited', issue: { number } } }
      const ran = await runAt(world, '2026-11-24T09:15:20Z', { event })
      const kept = { 'Target Quarter': '2027 Q2' }
      mustHold(world, 'Notion', DISPUTED, kept)
      mustHold(world, 'Airtable', DISPUTED, kept)
      const issue = (await world.github.issues('all')).find(each => each.number === number)
      mustBe('the issue after the tick', issue?.state, 'closed')
      const comments = await world.github.comments(number)
      const told = comments.some(comment => comment.body.includes('2027 Q2'))
      mustBe('a comment that says what was kept', told, true)
      const line: Line = [
        `Ada, on GitHub, ticks in issue #${number}:\n  [x] Keep Airtable: 2027 Q2`,
        'ran at once: wrote 2027 Q2 to Notion, said so in a comment, closed the issue',
        `Notion: page “${DISPUTED}”\n  Target Quarter: ${read(world, 'Notion', DISPUTED, 'Target Quarter')}\nGitHub: issue #${number}, ${issue?.state}`,
      ]
      return { lines: [line], ran }
    },
  },
  {
    title: 'The mapping grows',
    async play({ world }) {
      world.setClock('2026-11-24T13:30:00Z')
      const branch = 'depends-on'
      await world.github.commitFiles({ 'mappings.yaml': GROWN }, `Map “${DEPENDS}”`, branch)
      const number = await world.github.openPull({ title: `Map “${DEPENDS}”`, head: branch }, 'ada')
      // GitHub starts the plan by itself where the workflow listens to pull requests.
      const head = { ref: branch, repo: { full_name: 'acme/specs', fork: false } }
      const plan = await world.run({
        github: { ...world.github, sha: await world.github.head(branch) },
        event: { name: 'pull_request', payload: { action: 'opened', number, pull_request: { number, head } } },
      })
      if (plan.exitCode !== 0) throw new StoryError(`The plan failed. Its log:\n\n${plan.log.trimEnd()}`)
      const [comment] = await world.github.comments(number)
      const [, cells] = comment?.body.match(new RegExp(`^\\| \`${DEPENDS}\` \\| (\\d+) \\|`, 'm')) ?? []
      mustBe('the cells that the plan would change', cells, '5')
      await world.github.commitFiles({ 'mappings.yaml': GROWN }, `Map “${DEPENDS}” (#${number})`)

      world.setClock('2026-11-24T13:40:00Z')
      const grace = edit(world, 'Notion', NEW, { Owner: ['Alan Turing'] })
      world.notion.edit(world.page(NEW), { [DEPENDS]: [world.page(DISPUTED)] }, 'Grace Hopper')
      world.airtable.edit(world.row(DISPUTED), { [DEPENDS]: [world.row(FOUNDATION)], 'Ship Date': '2027-01-29' })
      const ran = await runAt(world, '2026-11-24T14:00:05Z')
      const linked = world.airtable.records().filter(row => row.fields[DEPENDS] !== undefined)
      mustBe('the rows that depend on others', linked.length, 7)
      mustBe('what the new spec depends on', world.airtable.value(world.row(NEW), DEPENDS), [world.row(DISPUTED)])
      mustBe('what the page depends on', world.notion.value(world.page(DISPUTED), DEPENDS), [world.page(FOUNDATION)])
      mustHold(world, 'Notion', DISPUTED, { 'Ship Date': '2027-01-29' })
      const lines: Line[] = [
        [
          `Ada, on GitHub, opens pull request #${number}:\n  one more line of the mapping, “${DEPENDS}”`,
          `commented what it would do to the live data; once merged, linked the ${cells} rows`,
          `GitHub: a comment on #${number}\n  ${DEPENDS}: ${cells} → Airtable\nAirtable: ${linked.length} linked rows`,
        ],
        [
          `Grace, in Notion, “${NEW}”:\n${grace.text}\n  ${DEPENDS}: (empty) → ${DISPUTED}`,
          'wrote his name, and linked the two rows',
          `${shows(world, 'Airtable', grace)}\n  ${DEPENDS}: ${DISPUTED}`,
        ],
        [
          `Olga, in Airtable, “${DISPUTED}”:\n  Ship Date: (empty) → 2027-01-29\n  ${DEPENDS}: (empty) → ${FOUNDATION}`,
          'wrote the date, and linked the two pages',
          `Notion: page “${DISPUTED}”\n  Ship Date: 2027-01-29\n  ${DEPENDS}: ${FOUNDATION}`,
        ],
      ]
      return { lines, ran }
    },
  },
  {
    title: 'A spec is given up',
    async play(stage) {
      const { world } = stage
      world.setClock('2026-11-25T11:05:00Z')
      const before = read(world, 'Airtable', TRASHED, 'Status')
      stage.trashed = { page: world.page(TRASHED), row: world.row(TRASHED) }
      world.notion.trash(stage.trashed.page)
      const ran = await runAt(world, '2026-11-25T11:15:05Z')
      mustHold(world, 'Airtable', TRASHED, { Status: 'Archived' })
      mustBe('the number of rows after the trash', world.airtable.records().length, 48)
      const line: Line = [
        `Grace, in Notion, moves to trash:\n  “${TRASHED}”`,
        'archived its row; nothing is deleted',
        `Airtable: row “${TRASHED}”\n  Status: ${before} → Archived`,
      ]
      return { lines: [line], ran }
    },
  },
  {
    title: 'And taken up again',
    async play({ world, trashed }) {
      world.setClock('2026-11-26T11:05:00Z')
      world.notion.restore(trashed?.page ?? '')
      const ran = await runAt(world, '2026-11-26T11:15:05Z')
      const status = read(world, 'Notion', TRASHED, 'Status')
      mustHold(world, 'Airtable', TRASHED, { Status: status })
      mustBe('the row of the restored page', world.row(TRASHED), trashed?.row)
      const line: Line = [
        `Grace, in Notion, restores from trash:\n  “${TRASHED}”`,
        'took up the same row again, and undid the archiving',
        `Airtable: row “${TRASHED}”\n  Status: Archived → ${status}`,
      ]
      return { lines: [line], ran }
    },
  },
  {
    title: 'A quiet quarter of an hour',
    async play({ world }) {
      const before = countWrites(world)
      const head = await world.github.head()
      const ran = await runAt(world, '2026-11-26T11:30:05Z')
      mustBe('the number of writes in the quiet run', countWrites(world) - before, 0)
      mustBe('the last commit after the quiet run', await world.github.head(), head)
      const line: Line = ['Nobody does anything.', 'read both sides, found them equal, wrote nothing', 'nowhere']
      return { lines: [line], ran }
    },
  },
]

/** Holds the end against the story, and answers it in words. */
export async function theEnd(world: World): Promise<string[]> {
  const { notion, airtable } = world
  const pages = notion.pages(notion.dataSourceId)
  const rows = new Map(airtable.records().map(row => [String(row.fields['Notion Page ID']), row]))
  mustBe('the number of specs', pages.length, 48)
  mustBe('the number of rows', airtable.records().length, 48)
  const fields = mappedFields(GROWN)
  for (const page of pages) {
    const id = String(page.id)
    const title = String(notion.value(id, 'Name'))
    const row = rows.get(id)
    if (row === undefined) throw new StoryError(`“${title}” should have a row, and has none.`)
    for (const field of fields) {
      const value = field.notion === '$url' ? page.url : notion.value(id, field.notion)
      // What is linked is named by its own ID on each side.
      const held = field.notion === DEPENDS ? [value ?? []].flat().map(each => rows.get(String(each))?.id) : value
      mustBe(`“${title}”, ${field.notion} in Airtable`, text(row.fields[field.airtable]), text(held))
    }
  }
  const open = (await world.github.issues()).filter(issue => issue.pull_request === undefined)
  mustBe('the number of open issues', open.length, 0)
  const quarter = read(world, 'Notion', DISPUTED, 'Target Quarter')
  return [
    `${pages.length} specs and ${rows.size} rows hold the same in all ${fields.length} lines of the mapping`,
    `“${DISPUTED}” is due in ${quarter} on both sides, as Ada decided`,
    'no issue is open, and the last run wrote nothing',
  ]
}

/** Which side may change a field, and what becomes of it where both do, as mappings.yaml says it. */
export function whoOwnsWhat(): readonly [fields: string, side: string, both: string][] {
  const fields = mappedFields(MAPPINGS).filter(field => !field.notion.startsWith('$'))
  const names = (owner: string) => fields.filter(field => field.owner === owner).map(field => field.notion)
  return [
    [names('notion').join(', '), 'Notion', RULES.notion],
    [names('airtable').join(', '), 'Airtable', RULES.airtable],
    ...fields
      .filter(field => field.owner === 'both')
      .map((field): [string, string, string] => [field.notion, 'both sides', RULES[field.conflict ?? 'newest']]),
  ]
}

const RULES = {
  notion: 'Notion’s value',
  airtable: 'Airtable’s value',
  newest: 'the newest edit; if the clocks cannot tell, a person is asked',
  ask: 'a person is asked',
}

type MappedField = { notion: string; airtable: string; owner: string; conflict?: keyof typeof RULES }

function mappedFields(mapping: string): MappedField[] {
  const mappings = parse(mapping) as {
    syncs: Record<string, { fields: (Omit<MappedField, 'owner'> & { owner?: string })[] }>
  }
  const [sync] = Object.values(mappings.syncs)
  return (sync?.fields ?? []).map(field => ({ ...field, owner: field.owner ?? 'both' }))
}

/** Runs the action as GitHub would at that time; a run that fails ends the story. */
async function runAt(world: World, at: string, options: Partial<RunOptions> = {}): Promise<Ran> {
  world.setClock(at)
  const result = await world.run(options)
  if (result.exitCode !== 0) throw new StoryError(`The run failed. Its log:\n\n${result.log.trimEnd()}`)
  const { outputs } = result
  const sha = outputs.commit ?? ''
  const commit = sha === '' ? undefined : (await world.github.commits()).find(each => each.sha === sha)
  mustBe('the output "changed"', outputs.changed, String(commit !== undefined))
  return {
    at,
    commit: sha,
    subject: commit?.message.split('\n')[0] ?? '',
    notionCalls: Number(outputs['api-calls-notion']),
    airtableCalls: Number(outputs['api-calls-airtable']),
    ms: Math.round(result.durationMs),
  }
}

type Edit = { title: string; values: Values; text: string }

/** A person edits a spec on one side: Grace, who writes specs in Notion, or Olga, who plans delivery in Airtable. */
function edit(world: World, side: Side, title: string, values: Values): Edit {
  const words = Object.entries(values).map(
    ([field, to]) => `  ${field}: ${read(world, side, title, field)} → ${text(to)}`,
  )
  if (side === 'Notion') world.notion.edit(world.page(title), values, 'Grace Hopper')
  else world.airtable.edit(world.row(title), values)
  return { title, values, text: words.join('\n') }
}

/** Where the values of an edit are found on the other side, which must hold them by now. */
function shows(world: World, side: Side, { title, values }: Edit): string {
  mustHold(world, side, title, values)
  const held = Object.keys(values).map(field => `  ${field}: ${read(world, side, title, field)}`)
  return `${side}: ${side === 'Notion' ? 'page' : 'row'} “${title}”\n${held.join('\n')}`
}

const livePages = ({ notion }: World): string[] => notion.pages(notion.dataSourceId).map(page => String(page.id))

function read(world: World, side: Side, title: string, field: string): string {
  const value =
    side === 'Notion' ? world.notion.value(world.page(title), field) : world.airtable.value(world.row(title), field)
  return text(value) || '(empty)'
}

const text = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : String(value ?? ''))

function mustHold(world: World, side: Side, title: string, values: Record<string, unknown>): void {
  for (const [field, value] of Object.entries(values)) {
    mustBe(`“${title}”, ${field} in ${side}`, read(world, side, title, field), text(value))
  }
}

function mustBe(what: string, seen: unknown, said: unknown): void {
  if (isDeepStrictEqual(seen, said)) return
  const show = (value: unknown): string => JSON.stringify(value instanceof Set ? [...value] : value)
  throw new StoryError(`This is not how the story goes: ${what} should be ${show(said)}, and is ${show(seen)}.`)
}

/** How many requests so far changed something, on any of the three services. */
function countWrites({ notion, airtable, github }: World): number {
  const reads = /\/(query|listRecords)$/
  const calls = [...notion.calls, ...airtable.calls].filter(call => call.method !== 'GET' && !reads.test(call.path))
  return calls.length + github.writes().length
}
