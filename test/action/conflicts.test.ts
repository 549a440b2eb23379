/**
 * The conflict issue, end to end: what a person reads there, what a tick does, when it opens and closes, and whose
 * issue is obeyed. The built action runs against the emulators; people act through their hands.
 */
import { describe, expect, it } from 'vitest'
import { exampleAirtable, MAPPINGS } from '../../demo/example.ts'
import type { World, WorldOptions } from '../../demo/world.ts'
import { type Issue, OUTSIDER } from '../../emulators/github.ts'
import { type Past, startAfter, startSynced } from './past.ts'
import { run } from './steps.ts'
import { keep } from './typed-world.ts'

const ASK = MAPPINGS.replace('conflict: newest', 'conflict: ask')
const TITLE = 'Sync conflicts: product-specs'

type Twin = { page: string; row: string }

/** The pairs of the world, in the order of the example. */
function twinsIn(world: World): [Twin, Twin, Twin] {
  const twin = (index: number): Twin => {
    const page = String(world.notion.pages(world.notion.dataSourceId)[index]?.id)
    const row = world.airtable.records().find(record => record.fields['Notion Page ID'] === page)
    return { page, row: row?.id ?? `no row of ${page}` }
  }
  return [twin(0), twin(1), twin(2)]
}

/** A world whose specs are paired. */
async function paired(options: WorldOptions = {}): Promise<{ world: World; twins: [Twin, Twin, Twin] }> {
  const world = keep(await startSynced({ specs: 3, mappings: ASK, ...options }))
  return { world, twins: twinsIn(world) }
}

/** Two people edit the same cell, Notion's at ten o'clock, Airtable's five minutes later. */
function disagree(world: World, { page, row }: Twin, notion = '2028 Q1', airtable = '2028 Q2'): void {
  world.setClock('2026-11-20T10:00:30Z')
  world.notion.edit(page, { 'Target Quarter': notion })
  world.setClock('2026-11-20T10:05:00Z')
  world.airtable.edit(row, { 'Target Quarter': airtable })
  world.setClock('2026-11-20T10:10:00Z')
}

const inDisagreement: Past = async world => {
  await run(world)
  disagree(world, twinsIn(world)[0])
  const { outputs } = await run(world)
  expect(outputs.conflicts).toBe('1')
  expect(await openIssues(world)).toEqual([Number(outputs.issue)])
}

/** A conflict about the first spec, shown in an open issue. */
async function inConflict(options: WorldOptions = {}) {
  const world = keep(await startAfter(inDisagreement, { specs: 3, mappings: ASK, ...options }))
  const twins = twinsIn(world)
  const [issue = 0] = await openIssues(world)
  return { world, twins, twin: twins[0], issue }
}

async function issueOf(world: World, number: number): Promise<Issue & { body: string }> {
  const issue = (await world.github.issues('all')).find(candidate => candidate.number === number)
  if (issue === undefined) throw new Error(`there is no issue ${number}`)
  return { ...issue, body: issue.body ?? '' }
}

const quarters = (world: World, { page, row }: Twin) => [
  world.notion.value(page, 'Target Quarter'),
  world.airtable.value(row, 'Target Quarter'),
]
const commentsOn = async (world: World, issue: number): Promise<string[]> =>
  (await world.github.comments(issue)).map(comment => comment.body)
const boxes = (body: string): string[] => body.split('\n').filter(line => /^\s*[-*+] \[[ xX]\]/.test(line))
const openIssues = async (world: World): Promise<number[]> =>
  (await world.github.issues('open')).map(issue => issue.number)

/** Everything that was changed in any of the three services. */
const writes = (world: World): number =>
  world.notion.calls.filter(call => call.method === 'PATCH').length +
  world.airtable.calls.filter(call => call.method !== 'GET').length +
  world.github.writes().length

describe('the issue that is opened', () => {
  it('is one, by the action, with label and title, and shows what a person needs to decide', async () => {
    const { world, twin, issue } = await inConflict()

    expect(await openIssues(world)).toEqual([issue])
    const shown = await issueOf(world, issue)
    expect(shown).toMatchObject({ title: TITLE, state: 'open', user: { login: 'github-actions[bot]' } })
    expect(shown.labels.map(label => label.name)).toContain('sync-conflict')
    expect(shown.body).toContain('Search redesign')
    expect(shown.body).toContain('Target Quarter')
    // Linked to both sides; the base, and both values with the time of each edit.
    expect(shown.body).toContain(String(world.notion.page(twin.page).url))
    expect(shown.body).toContain(`https://airtable.com/${world.airtable.baseId}/${world.airtable.tableId}/${twin.row}`)
    expect(shown.body).toContain('2026 Q4')
    expect(shown.body).toMatch(/Notion.*2028 Q1.*2026-11-20 10:00/)
    expect(shown.body).toMatch(/Airtable.*2028 Q2.*after 2026-11-20 10:00 UTC/)
    const [first, second, ...others] = boxes(shown.body)
    expect(first).toMatch(/^- \[ \] Keep Notion: .*2028 Q1/)
    expect(second).toMatch(/^- \[ \] Keep Airtable: .*2028 Q2/)
    expect(others).toEqual([])
  })

  it('causes no write while it stays open: not in the services, not in git, not in the issue', async () => {
    const { world, twin } = await inConflict()
    const before = writes(world)
    for (const minute of ['11:00', '12:00']) {
      world.setClock(`2026-11-20T${minute}:00Z`)
      const { outputs, summary } = await run(world)
      expect(outputs).toMatchObject({ changed: 'false', conflicts: '1', issue: '1' })
      expect(summary).not.toContain('Both sides agree')
    }
    expect(writes(world)).toBe(before)
    expect(quarters(world, twin)).toEqual(['2028 Q1', '2028 Q2'])
  })

  it('counts beside a value whose option was renamed since, under either name', async () => {
    const { world, twin, issue } = await inConflict()
    world.notion.renameOption(world.notion.dataSourceId, 'Target Quarter', '2028 Q1', 'Early 2028')
    await world.github.tick(issue, 'Notion')
    await run(world)
    expect(quarters(world, twin)).toEqual(['Early 2028', 'Early 2028'])
    expect((await issueOf(world, issue)).state).toBe('closed')
  })

  it('shows a value that is edited again, and takes it for the one to be kept', async () => {
    const { world, twin, issue } = await inConflict()
    world.setClock('2026-11-20T11:30:00Z')
    world.notion.edit(twin.page, { 'Target Quarter': '2028 Q3' })
    await run(world)

    const { body } = await issueOf(world, issue)
    expect(body).toMatch(/Notion.*2028 Q3.*2026-11-20 11:30/)
    expect(body).not.toContain('2028 Q1')
    await world.github.tick(issue, 'Notion')
    await run(world)
    expect(quarters(world, twin)).toEqual(['2028 Q3', '2028 Q3'])
  })

  it('tells of a conflict that joins, in its body and in a comment that names it and nothing else', async () => {
    const { world, twins, issue } = await inConflict()
    disagree(world, twins[1])
    const { outputs } = await run(world)

    expect(outputs).toMatchObject({ conflicts: '2', issue: String(issue) })
    expect(boxes((await issueOf(world, issue)).body)).toHaveLength(4)
    const comments = await commentsOn(world, issue)
    expect(comments).toHaveLength(1)
    expect(comments[0]).toContain('Billing redesign')
    expect(comments[0]).not.toContain('Search redesign')
    expect(await openIssues(world)).toEqual([issue])
  })

  it('is also opened for a problem, and closed when it is cured', async () => {
    const { world, twins } = await paired()
    const copy = world.airtable.duplicate(twins[0].row)
    const { outputs } = await run(world)
    expect(outputs).toMatchObject({ conflicts: '0', problems: '1' })
    const issue = Number(outputs.issue)
    expect((await issueOf(world, issue)).body).toContain('Search redesign')
    expect(await openIssues(world)).toEqual([issue])

    world.airtable.remove(copy)
    await run(world)
    expect(await openIssues(world)).toEqual([])
  })

  it('lets the step fail only where fail-on-conflict says so', async () => {
    const { world, issue } = await inConflict()
    const failing = await world.run({ inputs: { 'fail-on-conflict': 'true' } })
    expect(failing.exitCode).toBe(1)
    expect(failing.log).toContain(
      `fail-on-conflict is set. To be settled in https://github.com/acme/specs/issues/${issue}`,
    )
    expect(failing.outputs.conflicts).toBe('1')
  })
})

describe('a tick', () => {
  it.each([
    ['Notion', '2028 Q1', '2028 Q2'],
    ['Airtable', '2028 Q2', '2028 Q1'],
  ] as const)('for %s writes its value to the other side, says so, and closes the issue', async (pick, kept, lost) => {
    const { world, twin, issue } = await inConflict()
    await world.github.tick(issue, pick)

    const { outputs } = await run(world)

    expect(quarters(world, twin)).toEqual([kept, kept])
    expect(outputs).toMatchObject({ conflicts: '0', changed: 'true' })
    expect((await issueOf(world, issue)).state).toBe('closed')
    const comments = (await commentsOn(world, issue)).join('\n')
    for (const word of ['Search redesign', 'Target Quarter', pick, kept]) expect(comments).toContain(word)
    const changelog = (await world.github.file('state/product-specs/CHANGELOG.md')) ?? ''
    expect(changelog).toContain(`| \`${lost}\` | \`${kept}\` |`)
    expect((await world.state()).conflicts).toEqual([])
    expect((await run(world)).outputs).toMatchObject({ changed: 'false', issue: '' })
  })

  it('is obeyed at once by a run that the edit of the issue started', async () => {
    const { world, twin, issue } = await inConflict()
    await world.github.tick(issue, 'Airtable')
    const event = { name: 'issues', payload: { action: 'edited', issue: { number: issue } } }
    await run(world, { event })
    expect(quarters(world, twin)).toEqual(['2028 Q2', '2028 Q2'])
  })

  it('counts as the web form saves it, with other line ends and a capital X', async () => {
    const { world, twin, issue } = await inConflict()
    const { body } = await issueOf(world, issue)
    const saved = body.replace('- [ ] Keep Airtable', '- [X] Keep Airtable').replaceAll('\n', '\r\n')
    await world.github.editIssue(issue, { body: saved }, 'ada')
    await run(world)
    expect(quarters(world, twin)).toEqual(['2028 Q2', '2028 Q2'])
  })

  it('settles one of two conflicts and leaves the other open, in the issue and on both sides', async () => {
    const { world, twins } = await paired()
    disagree(world, twins[0])
    disagree(world, twins[1])
    const issue = Number((await run(world)).outputs.issue)
    await world.github.tick(issue, 'Notion', /Billing redesign/)

    const { outputs } = await run(world)

    expect(quarters(world, twins[1])).toEqual(['2028 Q1', '2028 Q1'])
    expect(quarters(world, twins[0])).toEqual(['2028 Q1', '2028 Q2'])
    expect(outputs).toMatchObject({ conflicts: '1', issue: String(issue), 'updated-airtable': '1' })
    const { body, state } = await issueOf(world, issue)
    expect(state).toBe('open')
    expect(body).not.toContain('Billing redesign')
    expect(boxes(body).map(line => line.slice(0, 12))).toEqual(['- [ ] Keep N', '- [ ] Keep A'])
    const comments = await commentsOn(world, issue)
    expect(comments).toHaveLength(1)
    expect(comments[0]).toContain('Billing redesign')
  })

  it('in both boxes is asked about once, and nothing is written', async () => {
    const { world, twin, issue } = await inConflict()
    await world.github.tick(issue, 'Notion')
    await world.github.tick(issue, 'Airtable')

    await run(world)

    expect(quarters(world, twin)).toEqual(['2028 Q1', '2028 Q2'])
    const comments = await commentsOn(world, issue)
    expect(comments).toHaveLength(1)
    expect(comments[0]).toMatch(/Search redesign.*both/)
    const { body, state } = await issueOf(world, issue)
    expect(state).toBe('open')
    expect(boxes(body).every(line => line.startsWith('- [ ]'))).toBe(true)

    const before = writes(world)
    await run(world)
    expect(writes(world)).toBe(before)
  })

  it.each(['Notion', 'Airtable'] as const)(
    'for %s beside values that changed since is not obeyed; the conflict is shown anew',
    async pick => {
      const { world, twin, issue } = await inConflict()
      await world.github.tick(issue, pick)
      world.setClock('2026-11-20T10:30:00Z')
      world.airtable.edit(twin.row, { 'Target Quarter': '2029 Q1' })

      await run(world)

      expect(quarters(world, twin)).toEqual(['2028 Q1', '2029 Q1'])
      const { body, state } = await issueOf(world, issue)
      expect(state).toBe('open')
      expect(boxes(body)).toHaveLength(2)
      expect(boxes(body)[1]).toMatch(/^- \[ \] Keep Airtable: .*2029 Q1/)
      await world.github.tick(issue, pick)
      await run(world)
      expect(quarters(world, twin)).toEqual(pick === 'Notion' ? ['2028 Q1', '2028 Q1'] : ['2029 Q1', '2029 Q1'])
    },
  )

  it('that is made while a run is under way, and rewrites the issue, is not lost', async () => {
    const { world, twins, twin, issue } = await inConflict()
    disagree(world, twins[1])
    let ticked = false
    world.github.onCall(async call => {
      if (ticked || call.method !== 'POST' || !call.path.endsWith('/git/commits')) return
      if (!call.body.includes('"message":"sync(')) return
      ticked = true
      await world.github.tick(issue, 'Airtable', /Search redesign/)
    })
    await run(world)
    expect(ticked).toBe(true)
    await run(world)
    expect(quarters(world, twin)).toEqual(['2028 Q2', '2028 Q2'])
    expect(quarters(world, twins[1])).toEqual(['2028 Q1', '2028 Q2'])
  })

  it.each([
    ['1', ['2028 Q2', '2028 Q2']],
    // A runner that does not count.
    ['', ['2028 Q2', '2028 Q2']],
    ['2', ['2028 Q1', '2028 Q2']],
  ])(
    'that our own write overwrote is obeyed by attempt 1 of the run of its event, and by no later one (%s)',
    async (attempt, expected) => {
      const { world, twin, issue } = await inConflict()
      const { body } = await issueOf(world, issue)
      await world.github.tick(issue, 'Airtable')
      const told = (await issueOf(world, issue)).body
      await world.github.editIssue(issue, { body: body.replace(/content=\w+/, 'content=000000000000') }, 'ada')
      const event = { name: 'issues', payload: { action: 'edited', issue: { number: issue, body: told } } }
      await run(world, { event, env: { GITHUB_RUN_ATTEMPT: attempt } })
      expect(quarters(world, twin)).toEqual(expected)
    },
  )

  it('whose write did not succeed is carried out by the next run, and not said to be done before', async () => {
    const { world, twin, issue } = await inConflict()
    await world.github.tick(issue, 'Notion')
    const body = { error: { type: 'AUTHENTICATION_REQUIRED', message: 'Authentication required' } }
    world.airtable.inject({ on: /^PATCH /, effect: { kind: 'answer', status: 401, body } })

    const failed = await world.run()
    expect(failed.exitCode).toBe(1)
    expect(quarters(world, twin)).toEqual(['2028 Q1', '2028 Q2'])
    expect((await issueOf(world, issue)).state).toBe('open')
    expect((await commentsOn(world, issue)).join('\n')).not.toMatch(/settled|kept/i)

    await run(world)
    expect(quarters(world, twin)).toEqual(['2028 Q1', '2028 Q1'])
    expect((await issueOf(world, issue)).state).toBe('closed')
  })
})

describe('after the issue', () => {
  it('a new conflict opens a new one, and the old one stays as it was closed', async () => {
    const { world, twins, issue } = await inConflict()
    await world.github.tick(issue, 'Notion')
    await run(world)
    const closed = await issueOf(world, issue)
    disagree(world, twins[1])

    const { outputs } = await run(world)

    expect(Number(outputs.issue)).not.toBe(issue)
    expect(await openIssues(world)).toEqual([Number(outputs.issue)])
    expect((await issueOf(world, Number(outputs.issue))).body).toContain('Billing redesign')
    expect((await issueOf(world, issue)).body).toBe(closed.body)
  })

  it('closed by hand while its conflict is open, there is one open issue again that shows it', async () => {
    const { world, twin, issue } = await inConflict()
    await world.github.closeIssue(issue, 'ada')

    const { outputs } = await run(world)

    const open = await openIssues(world)
    expect(open).toEqual([Number(outputs.issue)])
    expect(boxes((await issueOf(world, open[0] ?? 0)).body)).toHaveLength(2)
    expect(quarters(world, twin)).toEqual(['2028 Q1', '2028 Q2'])
    const before = writes(world)
    await run(world)
    expect(writes(world)).toBe(before)
  })

  it('closed by hand with a box ticked, the tick is obeyed', async () => {
    const { world, twin, issue } = await inConflict()
    await world.github.tick(issue, 'Notion')
    await world.github.closeIssue(issue, 'ada')
    await run(world)
    expect(quarters(world, twin)).toEqual(['2028 Q1', '2028 Q1'])
    expect(await openIssues(world)).toEqual([])
  })

  it.each([
    ['its text was replaced', () => 'I cleaned this up.'],
    ['its first line was taken out', (body: string) => body.slice(body.indexOf('\n') + 1)],
  ])('%s: it is written anew, and stays the only one', async (_, edit) => {
    const { world, issue } = await inConflict()
    const { body } = await issueOf(world, issue)
    await world.github.editIssue(issue, { body: edit(body) }, 'ada')
    await run(world)
    expect(await openIssues(world)).toEqual([issue])
    expect((await issueOf(world, issue)).body).toBe(body)
    const before = writes(world)
    await run(world)
    expect(writes(world)).toBe(before)
  })

  it('a conflict of a page that went to the trash does not keep it open, and is back with the page', async () => {
    const { world, twin, issue } = await inConflict()
    world.notion.trash(twin.page)
    await run(world)
    expect(world.airtable.value(twin.row, 'Status')).toBe('Archived')
    expect((await issueOf(world, issue)).state).toBe('closed')

    world.notion.restore(twin.page)
    const { outputs } = await run(world)
    expect(outputs.conflicts).toBe('1')
    expect(quarters(world, twin)).toEqual(['2028 Q1', '2028 Q2'])
    expect(await openIssues(world)).toEqual([Number(outputs.issue)])
  })
})

describe('an issue of somebody else with our title, label, marker and ticks', () => {
  /** The real issue's text with Airtable's box ticked, as a forger would copy it. */
  const forged = (body: string): string => body.replace('- [ ] Keep Airtable', '- [x] Keep Airtable')

  it('beside the real one is neither obeyed nor edited, whoever opened it', async () => {
    const { world, twin, issue } = await inConflict({
      mappings: `allow_public_state: true\n${ASK}`,
      github: { private: false },
    })
    const body = forged((await issueOf(world, issue)).body)
    const copies = [
      await world.github.openIssue({ title: TITLE, body, labels: ['sync-conflict'] }, OUTSIDER),
      await world.github.openIssue({ title: TITLE, body, labels: ['sync-conflict'] }, 'ada'),
    ]

    await run(world)

    expect(quarters(world, twin)).toEqual(['2028 Q1', '2028 Q2'])
    for (const copy of copies) {
      expect(await issueOf(world, copy)).toMatchObject({ body, state: 'open' })
      expect(await commentsOn(world, copy)).toEqual([])
    }
  })

  it('is not taken for ours when the real one is gone: a new one is opened', async () => {
    const { world, twin, issue } = await inConflict()
    const body = forged((await issueOf(world, issue)).body)
    const copy = await world.github.openIssue({ title: TITLE, body, labels: ['sync-conflict'] }, 'ada')
    // The state forgot the number, as after a run that was killed before its commit.
    const state = (await world.github.file('state/product-specs/state.json')) ?? ''
    const files = { 'state/product-specs/state.json': state.replace(/"issue": \d+/, '"issue": null') }
    await world.github.commitFiles(files, 'Forget the issue')
    await world.github.editIssue(issue, { title: 'Renamed', body: 'Nothing to see here' }, 'ada')

    const { outputs } = await run(world)

    expect(quarters(world, twin)).toEqual(['2028 Q1', '2028 Q2'])
    expect([issue, copy]).not.toContain(Number(outputs.issue))
    expect((await issueOf(world, Number(outputs.issue))).user.login).toBe('github-actions[bot]')
    expect((await issueOf(world, copy)).body).toBe(body)
  })

  it('is not taken for ours before there is one: another app’s is left alone, and ours is opened', async () => {
    const conflicted = await inConflict()
    const body = forged((await issueOf(conflicted.world, conflicted.issue)).body)
    const app = 'forms-app[bot]'
    const { world, twins } = await paired({ github: { users: ['ada', app] } })
    const copy = await world.github.openIssue({ title: TITLE, body, labels: ['sync-conflict'] }, app)
    disagree(world, twins[0])

    await run(world)
    await run(world)

    expect(quarters(world, twins[0])).toEqual(['2028 Q1', '2028 Q2'])
    expect((await issueOf(world, copy)).body).toBe(body)
    const [ours] = (await openIssues(world)).filter(number => number !== copy)
    expect((await issueOf(world, ours ?? 0)).body).toContain('2028 Q2')
  })

  it('is not obeyed even where the state was made to name it', async () => {
    const { world, twin, issue } = await inConflict()
    const body = forged((await issueOf(world, issue)).body)
    const copy = await world.github.openIssue({ title: TITLE, body, labels: ['sync-conflict'] }, 'ada')
    const state = (await world.github.file('state/product-specs/state.json')) ?? ''
    const files = { 'state/product-specs/state.json': state.replace(/"issue": \d+/, `"issue": ${copy}`) }
    await world.github.commitFiles(files, 'Point to another issue')

    await run(world)

    expect(quarters(world, twin)).toEqual(['2028 Q1', '2028 Q2'])
    expect((await issueOf(world, copy)).body).toBe(body)
    expect(await commentsOn(world, copy)).toEqual([])
  })
})

it('two syncs have an issue each, and one is settled without the other', async () => {
  const airtable = exampleAirtable()
  const [table] = airtable.bases[0]?.tables ?? []
  if (table === undefined) throw new Error('the example has a table')
  airtable.bases[0]?.tables.push({ ...table, name: 'Second Tracker' })
  const second = ASK.slice(ASK.indexOf('  product-specs:'))
    .replace('product-specs', 'second')
    .replace('Delivery Tracker', 'Second Tracker')
  const { world, twins } = await paired({ airtable, mappings: `${ASK}${second}` })
  const other = world.airtable
    .records('Second Tracker')
    .find(({ fields }) => fields['Notion Page ID'] === twins[0].page)
  disagree(world, twins[0])
  world.airtable.edit(other?.id ?? '', { 'Target Quarter': '2028 Q3' })
  await run(world)

  const titles = async () => (await world.github.issues('open')).map(({ title }) => title).sort()
  expect(await titles()).toEqual([TITLE, 'Sync conflicts: second'])
  const issues = await world.github.issues('open')
  await world.github.tick(issues.find(({ title }) => title === TITLE)?.number ?? 0, 'Airtable')
  await run(world)
  expect(quarters(world, twins[0])).toEqual(['2028 Q2', '2028 Q2'])
  expect(world.airtable.value(other?.id ?? '', 'Target Quarter')).toBe('2028 Q3')
  expect(await titles()).toEqual(['Sync conflicts: second'])
})

it('where issues are switched off, the run succeeds, and log, summary and status page hold what is open', async () => {
  const { world, twins } = await paired()
  disagree(world, twins[0])
  const body = { message: 'Issues has been disabled in this repository.' }
  world.github.inject({ on: /\/issues$/, effect: { kind: 'answer', status: 410, body }, times: 99 })
  const off = await run(world)
  expect(off.outputs).toMatchObject({ conflicts: '1', issue: '' })
  expect(off.annotations).toMatchObject([
    { level: 'warning', message: expect.stringMatching(/switched off.*Settings/) },
  ])
  expect(off.summary).toContain('There is no issue for what is open')
  expect(off.summary).toContain('2028 Q1')
  expect(await world.github.file('state/README.md')).toContain('2028 Q1')
  const before = writes(world)
  await run(world)
  expect(writes(world)).toBe(before)

  // Switched on again.
  world.github.clearFaults()
  const { outputs } = await run(world)
  expect(await openIssues(world)).toEqual([Number(outputs.issue)])
})

describe('where GitHub does not let the job', () => {
  const refuse = (world: World, on: RegExp, status: number): void =>
    world.github.inject({ on, times: 100, effect: { kind: 'answer', status, body: { message: 'Not for you' } } })

  it('see issues in the run that settles the last conflict, the run goes on, and the next one closes the issue', async () => {
    const { world, twin, issue } = await inConflict()
    world.notion.edit(twin.page, { 'Target Quarter': '2028 Q2' })
    refuse(world, /issues|user$/, 403)
    const blind = await run(world)
    expect(blind.outputs).toMatchObject({ conflicts: '0', issue: String(issue) })
    expect(blind.annotations.map(({ message }) => message).join()).toMatch(/issue cannot be read/)
    expect(await openIssues(world)).toEqual([issue])

    world.github.clearFaults()
    expect((await run(world)).outputs).toMatchObject({ conflicts: '0' })
    expect(await openIssues(world)).toEqual([])
  })

  it('see issues in the run that finds a second conflict, its issue is known again by the next', async () => {
    const { world, twins, issue } = await inConflict()
    disagree(world, twins[1], '2029 Q1', '2029 Q2')
    refuse(world, /issues|user$/, 403)
    expect((await run(world)).outputs).toMatchObject({ conflicts: '2', issue: String(issue) })

    world.github.clearFaults()
    expect((await run(world)).outputs).toMatchObject({ conflicts: '2', issue: String(issue) })
    expect(await openIssues(world)).toEqual([issue])
    for (const value of ['2028 Q1', '2029 Q1']) expect((await issueOf(world, issue)).body).toContain(value)
  })

  it.each([400, 405, 501])('ask who it is, by status %i, the issue is opened, obeyed and closed', async status => {
    const world = keep(await startSynced({ specs: 3, mappings: ASK }))
    const [twin] = twinsIn(world)
    refuse(world, /^GET \/user$/, status)
    disagree(world, twin)
    const { outputs } = await run(world)
    expect(await openIssues(world)).toEqual([Number(outputs.issue)])
    await world.github.tick(Number(outputs.issue), 'Notion')
    await run(world)
    expect(quarters(world, twin)).toEqual(['2028 Q1', '2028 Q1'])
    expect(await openIssues(world)).toEqual([])
  })
})

it('an issue whose opening was not recorded is found again, not opened twice', async () => {
  const { world, twins } = await paired()
  disagree(world, twins[0])
  const body = { message: 'Resource not accessible by integration' }
  world.github.inject({ on: /^POST .*\/git\/trees$/, effect: { kind: 'answer', status: 403, body } })
  expect((await world.run()).exitCode).toBe(1)
  const [opened] = await openIssues(world)
  expect(opened).toBeDefined()

  const { outputs } = await run(world)
  expect(outputs.issue).toBe(String(opened))
  expect(await openIssues(world)).toEqual([opened])
})
