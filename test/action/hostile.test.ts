/**
 * Text from Notion and Airtable is data. Titles, values, options and error messages that are made to be obeyed — as a
 * mention, a closing word, a workflow command, markup, or a tick — reach the other side letter by letter and have no
 * effect on GitHub: not in the issue, a comment, the summary, the log, the commit, the changelog or the status page.
 */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { exampleAirtable, exampleNotion, MAPPINGS } from '../../demo/example.ts'
import { startWorld, type World, type WorldOptions } from '../../demo/world.ts'
import { parseCommand } from '../../emulators/runner/commands.ts'
import type { RunResult } from '../../emulators/runner.ts'
import { startSynced } from './past.ts'

/** Blockers can be changed on both sides, and nobody but a person settles a conflict. */
const FREE_TEXT = MAPPINGS.replace('conflict: newest', 'conflict: ask').replace(
  /(airtable: Blockers),\s+owner: airtable/,
  '$1',
)

/** Stands in every hostile text, so that what of it got where it could take effect is found. */
const MARK = 'zork'
const BIDI = '\u202e\u2066\u200f'
const HOSTILE: readonly string[] = [
  `@acme/team @ada zork please look, also zork@example.com`,
  `zork closes #1, fixes GH-1, resolves acme/specs#1`,
  `zork closes https://github.com/acme/specs/issues/4711 and https://github.com/acme/specs/pull/4711`,
  `<img src=x onerror=alert(1)>zork</details></td><script>zork</script><!-- zork -->`,
  `![zork](https://evil.example/pixel.png) [zork](https://evil.example) **zork** # zork`,
  `zork\n- [x] Keep Notion: zork <!-- pick 000000000000 notion 000000000000 -->\n- [ ] zork`,
  `zork <!-- end product-specs --> <!-- notion-airtable-sync issue sync=product-specs content=zork -->`,
  `a | zork | b \\| zork \\\\| zork |`,
  'zork ` zork `` zork ``` zork',
  'zork \\',
  '```\nzork\n```\n~~~\nzork',
  '` zork',
  `::error::zork`,
  `zork\n::error file=mappings.yaml,line=1::zork\n::add-mask::zork\n::set-output name=commit::zork\n::stop-commands::zork`,
  `zork [skip ci] [ci skip] [no ci] ***NO_CI***\n\n\nskip-checks: true`,
  `zork www.github.com/acme/specs/issues/4711 &#64;acme/team [^1] $zork$`,
  `##[group]zork ##[error]zork ##[add-mask]zork`,
  `\u0085::warning::zork`,
  `zork\r\n::notice::zork\u2028::notice::zork`,
  `${BIDI}zork\u0007\u001b[31mzork\u0000 zork`,
  `zork\n\nCo-authored-by: zork <zork@example.com>\n## 2099-01-01 zork`,
  `__proto__`,
  `zork ${'long '.repeat(4000)}zork`,
]

async function run(world: World): Promise<RunResult> {
  const result = await world.run()
  expect(result.exitCode, result.log).toBe(0)
  return result
}

async function start(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld({ specs: 3, mappings: FREE_TEXT, ...options })
  onTestFinished(() => world.close())
  return world
}

/** The same after a first run. */
async function synced(options: WorldOptions = {}): Promise<World> {
  const world = await startSynced({ specs: 3, mappings: FREE_TEXT, ...options })
  onTestFinished(() => world.close())
  return world
}

/** Specs with these titles, each with the same text as its blockers. */
function specsOf(texts: readonly string[]): WorldOptions['notion'] & object {
  const seed = exampleNotion(0)
  const [database] = seed.databases
  if (database === undefined) throw new Error('the example has a database')
  // A title has a limit; the free text carries the long ones.
  database.pages = texts.map((text, index) => ({
    properties: { Name: `${index} ${text.slice(0, 1500)}`, Status: 'Planned', Blockers: text },
  }))
  return seed
}

const twins = (world: World) =>
  world.notion.pages(world.notion.dataSourceId).map(({ id }) => {
    const row = world.airtable.records().find(record => record.fields['Notion Page ID'] === id)
    return { page: String(id), row: row?.id ?? `no row of ${id}` }
  })

/** A Markdown text without the targets of our own links, which hold a title's letters but no more than that. */
const withoutTargets = (markdown: string): string => markdown.replace(/\]\(https:\/\/[^\s()]*\)/g, ']')

/** What of a Markdown text is not code. Each of our code spans ends on its line. */
const outsideCode = (markdown: string): string => markdown.replace(/(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, '…')

const UNSEEN = /(?!\n)[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
const EFFECTIVE = [UNSEEN, /@\w.{0,20}/g, /#\d/g, /\bGH-\d/gi, /\bwww\.\w/gi, /https?:\/\/github\.com\/[^\s)]*4711/g]

/** No letter of it means anything to GitHub, wherever it stands. */
function expectInert(text: string): void {
  expect(EFFECTIVE.flatMap(pattern => text.match(pattern) ?? [])).toEqual([])
}

/** Besides that, nothing of it renders, and no table is broken by it. */
function expectInertMarkdown(text: string): void {
  expectInert(withoutTargets(text))
  expectNoMarkup(text)
}

/** Files in git, where code spans protect and values stand as they were typed. */
function expectInertFile(text: string): void {
  expectInert(outsideCode(withoutTargets(text)))
  expect(text).not.toMatch(UNSEEN)
  expectNoMarkup(text)
}

function expectNoMarkup(text: string): void {
  const rendered = outsideCode(withoutTargets(text))
  expect(rendered.split('\n').filter(line => line.includes(MARK))).toEqual([])
  const ours = /^<!-- (notion-airtable-sync \w+.*|pick [0-9a-f]{12} \w+ [0-9a-f]{12}|(sync|end) product-specs) -->$/
  expect((rendered.match(/<!--.*?-->/g) ?? []).filter(comment => !ours.test(comment))).toEqual([])
  let width = 0
  for (const line of text.split('\n')) {
    const cells = line.replace(/\\[!-/:-@[-`{-~]/g, '').split('|').length
    if (!line.startsWith('|')) width = 0
    else if (width === 0) width = cells
    else expect(cells, line).toBe(width)
  }
}

/** The log shows it, and carries nothing of it out. */
function expectNoCommands(result: RunResult): void {
  const lines = `${result.stdout}\n${result.stderr}`.split(/\r\n|\n|\r/)
  const commands = lines.flatMap(line => parseCommand(line) ?? [])
  expect(
    commands.filter(command => !['group', 'endgroup', 'add-mask', 'error', 'warning'].includes(command.name)),
  ).toEqual([])
  expect(commands.filter(({ name, data }) => name === 'group' && !data.startsWith('product-specs: '))).toEqual([])
  expect(result.masks).toEqual(['ntn_example', 'pat_example', 'ghs_test'])
  expect(Object.values(result.outputs).join()).not.toContain(MARK)
}

const taskLines = (body: string): string[] =>
  body.split('\n').filter(line => /^\s*([-*+]|\d+[.)])\s+\[[ xX]\]/.test(line))
const openIssue = async (world: World) => {
  const [issue] = await world.github.issues('open')
  return { number: issue?.number ?? 0, title: issue?.title ?? '', body: issue?.body ?? '' }
}

describe('hostile titles and values', () => {
  let world: World
  let created: RunResult
  let conflicted: RunResult
  beforeAll(async () => {
    world = await startWorld({ mappings: FREE_TEXT, notion: specsOf(HOSTILE) })
    created = await run(world)
    for (const [index, { page, row }] of twins(world).entries()) {
      world.notion.edit(page, { Blockers: `N ${HOSTILE[index]}` })
      world.airtable.edit(row, { Blockers: `A ${HOSTILE[index]}` })
    }
    world.airtable.duplicate(twins(world)[0]?.row ?? '')
    conflicted = await run(world)
  })
  afterAll(() => world.close())

  it('reach the other side letter by letter', async () => {
    const fresh = await start({ notion: specsOf(HOSTILE) })
    await run(fresh)
    const text = (value: unknown) => String(value).replace(/\r\n?/g, '\n').trim()
    expect(twins(fresh).map(({ row }) => text(fresh.airtable.value(row, 'Blockers')))).toEqual(HOSTILE.map(text))
    expect((await run(fresh)).outputs).toMatchObject({ changed: 'false', created: '0' })
  })

  it('are all in conflict, which an issue shows as it shows any other', async () => {
    expect(conflicted.outputs).toMatchObject({ conflicts: String(HOSTILE.length), problems: '1' })
    const { title } = await openIssue(world)
    expect(title).toBe('Sync conflicts: product-specs')
  })

  it('stay text in the body of the issue: two boxes for each conflict that it shows, none of them ticked', async () => {
    const { body } = await openIssue(world)
    expectInertMarkdown(body)
    const boxes = taskLines(body)
    expect(boxes.length).toBeGreaterThanOrEqual(2 * (HOSTILE.length - 1))
    expect(boxes.filter((_, index) => index % 2 === 0).every(line => line.startsWith('- [ ] Keep Notion: `'))).toBe(
      true,
    )
    expect(boxes.filter((_, index) => index % 2 === 1).every(line => line.startsWith('- [ ] Keep Airtable: `'))).toBe(
      true,
    )
  })

  it('stay text in the job summary', () => {
    expectInertMarkdown(created.summary)
    expectInertMarkdown(conflicted.summary)
  })

  it('stay text in the changelog, with one section for each run', async () => {
    const text = (await world.github.file('state/product-specs/CHANGELOG.md')) ?? ''
    expectInertFile(text)
    expect(text.match(/^## /gm)).toHaveLength(2)
  })

  it('stay text on the status page, which keeps one section', async () => {
    const text = (await world.github.file('state/README.md')) ?? ''
    expectInertFile(text)
    expect(text.match(/^## /gm)).toHaveLength(1)
  })

  it('stay text in the commits: our subject, and lines that begin as ours', async () => {
    const [second, first] = await world.github.commits()
    for (const { message } of [second, first].filter(commit => commit !== undefined)) {
      expectInert(message)
      expect(message).not.toMatch(/\[(?:skip|ci|no)|\*\*\*NO_CI|^[\w-]+-by:|skip-checks:/im)
      const [subject, blank, ...lines] = message.split('\n')
      expect(subject).toMatch(
        /^sync\(product-specs\): \d+ (created|conflicts), [\w ,]+$|^sync\(product-specs\): \d+ created$/,
      )
      expect(blank).toBe('')
      expect(lines.filter(line => !line.startsWith('- '))).toEqual([])
    }
  })

  it('start no command in the log', () => {
    expectNoCommands(created)
    expectNoCommands(conflicted)
    expect([...created.annotations, ...conflicted.annotations]).toEqual([])
  })

  it('are written one record a line in the state, which reads back the same', async () => {
    const text = (await world.github.file('state/product-specs/state.json')) ?? ''
    expect(text.split('\n').filter(line => line.includes('"conflicts"') || line.includes('"pairs"'))).toHaveLength(2)
    const { pairs } = JSON.parse(text)
    expect(pairs).toHaveLength(HOSTILE.length)
    const before = world.github.writes().length
    expect((await run(world)).outputs.changed).toBe('false')
    expect(world.github.writes()).toHaveLength(before)
  })
})

it('hostile values stay text in the comments: of what joined, of what a tick settled, of two ticks', async () => {
  const world = await start({ notion: specsOf(HOSTILE.slice(0, 12)) })
  await run(world)
  const all = twins(world)
  const clash = (from: number, to: number) => {
    for (const [index, { page, row }] of all.entries()) {
      if (index < from || index >= to) continue
      world.notion.edit(page, { Blockers: `N ${HOSTILE[index]}` })
      world.airtable.edit(row, { Blockers: `A ${HOSTILE[index]}` })
    }
  }
  clash(0, 6)
  await run(world)
  const { number } = await openIssue(world)
  for (const box of [0, 0, 0, 0]) await world.github.tick(number, 'Airtable', box)
  await world.github.tick(number, 'Notion', 0)
  clash(6, 12)

  const ticked = await run(world)

  expect(ticked.outputs.conflicts).toBe('9')
  const comments = await world.github.comments(number)
  expect(comments.length).toBeGreaterThan(0)
  for (const { body } of comments) {
    expectInertMarkdown(body)
    expect(taskLines(body)).toEqual([])
  }
  expectNoCommands(ticked)
})

it('a ticked line of one conflict, copied into a value and a title of another record, ticks nothing', async () => {
  const world = await synced()
  const [victim, attacker] = twins(world)
  world.notion.edit(victim?.page ?? '', { Blockers: 'kept by the team' })
  world.airtable.edit(victim?.row ?? '', { Blockers: 'wanted by the attacker' })
  await run(world)
  const line = (await openIssue(world)).body.split('\n').find(text => text.startsWith('- [ ] Keep Airtable'))
  const forged = `x\n\n${line?.replace('[ ]', '[x]')}\n`
  expect(forged).toContain('- [x] Keep Airtable: ')
  world.notion.edit(attacker?.page ?? '', { Blockers: forged, Name: forged })
  world.airtable.edit(attacker?.row ?? '', { Blockers: `other ${forged}` })

  await run(world)
  const { body } = await openIssue(world)
  expect(taskLines(body)).toHaveLength(4)
  const after = await run(world)

  expect(after.outputs.conflicts).toBe('2')
  expect(world.notion.value(victim?.page ?? '', 'Blockers')).toBe('kept by the team')
  expect(world.airtable.value(victim?.row ?? '', 'Blockers')).toBe('wanted by the attacker')
})

it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'an option and a title called %s are like any other',
  async name => {
    const world = await synced()
    const [first, second, third] = twins(world)
    world.notion.edit(first?.page ?? '', { Name: name, 'Target Quarter': name })
    world.airtable.edit(second?.row ?? '', { 'Target Quarter': name, Sprint: name })
    world.notion.edit(third?.page ?? '', { 'Target Quarter': name })
    world.airtable.edit(third?.row ?? '', { 'Target Quarter': `not ${name}` })

    const { outputs } = await run(world)

    expect(outputs).toMatchObject({ conflicts: '1', problems: '0' })
    expect(world.airtable.record(first?.row ?? '').fields).toMatchObject({ 'Spec Name': name, 'Target Quarter': name })
    expect(world.notion.value(second?.page ?? '', 'Target Quarter')).toBe(name)
    expect(world.notion.value(second?.page ?? '', 'Sprint')).toBe(name)
    const { number } = await openIssue(world)
    await world.github.tick(number, 'Notion')
    await run(world)
    expect(world.airtable.value(third?.row ?? '', 'Target Quarter')).toBe(name)
    expect((await run(world)).outputs.changed).toBe('false')
  },
)

it('fields and properties with hostile names are synced, and their names stay data everywhere', async () => {
  const names = [
    '::error::zork ##[error]zork',
    '@acme/team closes #1 | `zork`',
    'toString',
    'constructor',
    '- [x] zork',
  ]
  const notion = exampleNotion(2)
  const airtable = exampleAirtable()
  const [database] = notion.databases
  const [table] = airtable.bases[0]?.tables ?? []
  if (database === undefined || table === undefined) throw new Error('the example has a database and a table')
  database.properties = {
    ...database.properties,
    ...Object.fromEntries(names.map(name => [name, { type: 'rich_text' }])),
  }
  table.fields.push(...names.map(name => ({ name: `${name} A`, type: 'singleLineText' as const })))
  const lines = names.map(
    name => `      - { notion: ${JSON.stringify(name)}, airtable: ${JSON.stringify(`${name} A`)} }`,
  )
  const world = await start({ notion, airtable, mappings: `${FREE_TEXT.trimEnd()}\n${lines.join('\n')}\n` })
  await run(world)
  const [twin] = twins(world)
  for (const name of names) world.notion.edit(twin?.page ?? '', { [name]: `value of ${name}` })
  const edited = await run(world)
  for (const name of names) expect(world.airtable.value(twin?.row ?? '', `${name} A`)).toBe(`value of ${name}`)
  for (const name of names) {
    world.notion.edit(twin?.page ?? '', { [name]: 'n' })
    world.airtable.edit(twin?.row ?? '', { [`${name} A`]: 'a' })
  }
  const conflicted = await run(world)

  expect(conflicted.outputs.conflicts).toBe(String(names.length))
  const { body } = await openIssue(world)
  expect(taskLines(body)).toHaveLength(2 * names.length)
  expectInertMarkdown(body)
  for (const text of [edited.summary, conflicted.summary]) expectInertFile(text)
  for (const { message } of await world.github.commits()) expectInert(message)
  for (const result of [edited, conflicted]) expectNoCommands(result)
  expect((await run(world)).outputs.changed).toBe('false')
})

it('hostile text stays text in the plan comment of a pull request', async () => {
  const world = await start({ notion: specsOf(HOSTILE.slice(0, 18)) })
  const branch = 'change'
  await world.github.commitFiles({ 'notes.md': 'x\n' }, 'A change', branch)
  const number = await world.github.openPull({ title: 'A change', head: branch }, 'ada')
  const head = { ref: branch, repo: { full_name: 'acme/specs' } }
  const payload = { action: 'opened', number, pull_request: { number, head, base: { ref: 'main' } } }

  const planned = await world.run({ event: { name: 'pull_request', payload } })

  expect(planned.exitCode, planned.log).toBe(0)
  const [comment] = await world.github.comments(number)
  expect(comment?.body).toContain(MARK)
  expectInertMarkdown(comment?.body ?? '')
  expect(taskLines(comment?.body ?? '')).toEqual([])
  expectInertMarkdown(planned.summary)
  expectNoCommands(planned)
})

describe('a hostile message of a service, which repeats what a record holds', () => {
  const MESSAGE = `zork\n::add-mask::zork\n::error::zork\n##[group]zork <b>zork</b> @acme/team closes #1, GH-1, https://github.com/acme/specs/issues/4711 \`zork\` | zork`

  it('that is only passing starts no command in the log', async () => {
    const world = await start()
    const body = { object: 'error', status: 503, code: 'service_unavailable', message: MESSAGE }
    world.notion.inject({ on: /query$/, effect: { kind: 'answer', status: 503, body } })
    const result = await run(world)
    expect(result.log).toContain(MARK)
    expectNoCommands(result)
    expect(result.annotations).toEqual([])
  })

  it('that ends the run stays text in annotation, summary, commit and status page', async () => {
    const world = await synced()
    const body = { object: 'error', status: 400, code: 'validation_error', message: MESSAGE }
    world.notion.inject({ on: /query$/, effect: { kind: 'answer', status: 400, body }, times: 2 })

    const failed = await world.run()

    expect(failed.exitCode).toBe(1)
    expectNoCommands(failed)
    expect(failed.annotations.map(({ level }) => level)).toEqual(['error'])
    expectInertMarkdown(failed.summary)
    const [commit] = await world.github.commits()
    expect(commit?.message).toContain('failed')
    expectInert(commit?.message ?? '')
    expect(commit?.message).not.toMatch(/^(::|##\[)/m)
    expectInertFile((await world.github.file('state/README.md')) ?? '')
  })

  it('that ends the run half way stays text in the commit of what was done', async () => {
    const world = await synced()
    const [first, second] = twins(world)
    world.notion.edit(first?.page ?? '', { Name: 'Search, renamed' })
    world.airtable.edit(second?.row ?? '', { Sprint: 'S14' })
    const body = { error: { type: 'UNKNOWN_ERROR', message: MESSAGE } }
    world.airtable.inject({ on: /^PATCH /, effect: { kind: 'answer', status: 401, body } })

    const failed = await world.run()

    expect(failed.exitCode).toBe(1)
    const [commit] = await world.github.commits()
    expect(commit?.message).toContain('1 → Notion')
    expectInert(commit?.message ?? '')
    expect(commit?.message.split('\n').filter(line => line.startsWith('::'))).toEqual([])
    expectInertMarkdown(failed.summary)
    expectNoCommands(failed)
  })

  it('that refuses a value stays text in the issue', async () => {
    const world = await synced()
    world.notion.edit(twins(world)[0]?.page ?? '', { Priority: 'P3' })
    const body = { error: { type: 'INVALID_VALUE_FOR_COLUMN', message: MESSAGE } }
    world.airtable.inject({ on: /^PATCH /, effect: { kind: 'answer', status: 422, body } })

    const refused = await run(world)

    expect(refused.outputs.problems).toBe('1')
    const issue = await openIssue(world)
    expect(issue.body).toContain(MARK)
    expectInertMarkdown(issue.body)
    expectInertMarkdown(refused.summary)
    expectNoCommands(refused)
  })

  it('that names a property with markup in it stays text in the summary of the run that stops there', async () => {
    const world = await synced()
    world.notion.dropProperty(world.notion.dataSourceId, 'Blockers')
    world.notion.addProperty(world.notion.dataSourceId, 'Blockers<b>', { type: 'rich_text' })
    const stopped = await world.run()
    expect(stopped.exitCode).toBe(1)
    expect(stopped.summary).toContain('Blockers')
    expect(outsideCode(stopped.summary)).not.toContain('<b>')
  })
})
