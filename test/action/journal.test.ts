/**
 * The journal around a run: where it lies and for how long, what is done where GitHub takes none, what a second run does
 * that meets it, and that what was recorded is never told again. What is told after a kill, crash.test.ts asks.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { MAPPINGS } from '../../demo/example.ts'
import { startWorld, type World, type WorldOptions } from '../../demo/world.ts'
import type { RunResult } from '../../emulators/runner.ts'
import { isWrite, runUntil, type Seen } from '../../fuzz/kill.ts'
import { startSynced } from './past.ts'

const FIRST = 'Search redesign'
const SECOND = 'Billing redesign'
const PREFIX = 'notion-airtable-sync/'

/** A world of three specs that are paired. */
async function paired(options: WorldOptions = {}): Promise<World> {
  const world = await startSynced({ specs: 3, ...options })
  onTestFinished(() => world.close())
  world.setClock('2026-11-20T10:00:00Z')
  return world
}

async function clean(world: World): Promise<RunResult> {
  const result = await world.run()
  expect(result.exitCode, result.log).toBe(0)
  return result
}

function forget(world: World): void {
  for (const service of [world.notion, world.airtable, world.github]) service.calls.length = 0
}
const journals = async (world: World): Promise<string[]> => Object.values(await world.github.refs(PREFIX))
const changelog = async (world: World): Promise<string> =>
  (await world.github.file('state/product-specs/CHANGELOG.md')) ?? ''
const history = async (world: World): Promise<Record<string, unknown>[]> =>
  ((await world.github.file('state/product-specs/history.jsonl')) ?? '')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
const times = (text: string, word: string): number => text.split(word).length - 1
const writesOf = (world: World): string[] =>
  [world.notion, world.airtable].flatMap(({ calls }) =>
    calls.filter(isWrite).map(({ method, path }) => `${method} ${path}`),
  )

const toPage = (call: Seen): boolean => call.method === 'PATCH' && call.path.startsWith('/v1/pages')
const removal = (call: Seen): boolean => call.method === 'DELETE' && call.path.includes('git/refs')

/** A run that reverts what Ada typed, and is killed after that. */
async function killedAfterReverting(world: World): Promise<void> {
  world.notion.edit(world.page(FIRST), { Sprint: 'typed by Ada' })
  const killed = await runUntil(world, toPage, 'answered')
  expect(killed.signal).toBe('SIGKILL')
  forget(world)
}

describe('what a run is about to write over', () => {
  it('stands in a ref of its own from before the first write until it is recorded, in no branch and no file', async () => {
    const world = await paired()
    world.notion.edit(world.page(FIRST), { Priority: 'P3' })
    let during: unknown
    world.airtable.onCall(async call => {
      if (!isWrite(call)) return
      const [sha = ''] = await journals(world)
      during = JSON.parse((await world.github.file('journal.json', sha)) ?? 'null')
    })
    await clean(world)
    expect(during).toMatchObject({
      steps: [
        { step: { do: 'update-row', changes: [{ from: 'P0', to: 'P3' }] }, base: { Priority: { notion: 'P0' } } },
      ],
    })
    expect(await journals(world)).toEqual([])
    expect(Object.keys(await world.github.files()).filter(path => path.includes('journal'))).toEqual([])
    expect((await world.github.commits())[0]?.message).toMatch(/^sync\(product-specs\): 1 → Airtable/)
  })

  it('is not kept by a run that only creates, and none is written by a quiet run', async () => {
    const world = await paired()
    world.notion.addPage(world.notion.dataSourceId, { Name: 'One more', Status: 'Planned' })
    await clean(world)
    expect(world.github.calls.filter(call => call.method === 'POST' && /git\/refs$/.test(call.path))).toEqual([])
    forget(world)
    await clean(world)
    expect(world.github.writes()).toEqual([])
  })

  it('is kept for each state by itself, where states of one name lie on two branches', async () => {
    const world = await paired()
    await world.run({ inputs: { branch: 'elsewhere' } })
    await killedAfterReverting(world)
    const elsewhere = await world.run({ inputs: { branch: 'elsewhere' } })
    expect(elsewhere.log).not.toContain('cut off')
    expect(await journals(world)).toHaveLength(1)
    await clean(world)
    expect(await changelog(world)).toContain('typed by Ada')
  })
})

describe('a run after one that was killed', () => {
  it('tells what that one overruled, says that it recovered, and takes the journal away', async () => {
    const world = await paired()
    await killedAfterReverting(world)
    const next = await clean(world)
    expect(next.outputs.changed).toBe('true')
    expect(next.outputs['updated-notion']).toBe('0')
    expect(await changelog(world)).toMatch(/Sprint.*typed by Ada.*reverted.*written by a run that was cut off/)
    expect(next.summary).toContain('typed by Ada')
    expect((await world.github.commits())[0]?.message).toMatch(/An earlier run was cut off/)
    expect((await history(world)).at(-1)).toMatchObject({ status: 'recovered', counts: { updated_notion: 0 } })
    expect(await journals(world)).toEqual([])
    forget(world)
    expect((await clean(world)).outputs.changed).toBe('false')
    expect(world.github.writes()).toEqual([])
  })

  it('in mode plan says so as well, and writes nothing', async () => {
    const world = await paired()
    await killedAfterReverting(world)
    const kept = await journals(world)
    const plan = await world.run({ inputs: { mode: 'plan' } })
    expect(plan.log).toContain('An earlier run was cut off')
    expect(world.github.writes()).toEqual([])
    expect(await journals(world)).toEqual(kept)
  })

  it('keeps what that one left until it is recorded, where it is killed itself', async () => {
    const world = await paired()
    await killedAfterReverting(world)
    world.notion.edit(world.page(SECOND), { Sprint: 'typed by Olga' })
    expect((await runUntil(world, toPage, 'answered')).signal).toBe('SIGKILL')
    await clean(world)
    expect(times(await changelog(world), 'typed by Ada')).toBe(1)
    expect(times(await changelog(world), 'typed by Olga')).toBe(1)
  })

  it('tells nothing again, where all that was missing is that the journal was taken away', async () => {
    const world = await paired()
    world.notion.edit(world.page(FIRST), { Sprint: 'typed by Ada' })
    expect((await runUntil(world, removal, 'before')).signal).toBe('SIGKILL')
    expect(await journals(world)).toHaveLength(1)
    forget(world)
    const next = await clean(world)
    expect(next.outputs.changed).toBe('false')
    expect(world.github.writes()).toEqual([])
    // Somebody takes the other side to what that run had written: that is an edit, and no effect of it.
    world.airtable.edit(world.row(FIRST), { Sprint: 'S14' })
    await clean(world)
    expect(world.notion.value(world.page(FIRST), 'Sprint')).toBe('S14')
    expect(times(await changelog(world), 'typed by Ada')).toBe(1)
    expect(await journals(world)).toEqual([])
  })

  it('also where it was cancelled and never heard whether its last write took effect, and tells no other again', async () => {
    const world = await paired()
    world.notion.edit(world.page(FIRST), { Sprint: 'typed by Ada' })
    world.airtable.edit(world.row(SECOND), { 'Spec Name': 'typed by Olga' })
    world.notion.inject({ on: /^PATCH /, effect: { kind: 'stall' } })
    const cancel = new AbortController()
    world.notion.onCall(call => {
      if (call.method === 'PATCH') cancel.abort()
    })
    const cancelled = await world.run({ cancel: cancel.signal })
    expect([cancelled.signal, cancelled.exitCode]).toEqual([null, 1])
    world.notion.onCall(undefined)
    expect(world.notion.value(world.page(FIRST), 'Sprint')).toBe(null)
    expect(await changelog(world)).not.toContain('typed by Ada')
    expect(await journals(world)).toHaveLength(1)
    await clean(world)
    expect(times(await changelog(world), 'typed by Ada')).toBe(1)
    expect(times(await changelog(world), 'typed by Olga')).toBe(1)
    expect(await journals(world)).toEqual([])
    forget(world)
    expect((await clean(world)).outputs.changed).toBe('false')
    expect(world.github.writes()).toEqual([])
  })

  it('does not take the time at which that one wrote to a page for the time of a person’s edit: a person is asked', async () => {
    const world = await paired()
    const [page, row] = [world.page(FIRST), world.row(FIRST)]
    world.airtable.edit(row, { Sprint: 'S9' })
    const killed = await runUntil(
      world,
      call => {
        if (!toPage(call)) return false
        world.setClock('2026-11-20T10:05:00Z')
        world.notion.edit(page, { 'Target Quarter': '2027 Q1' })
        world.setClock('2026-11-20T10:11:00Z')
        world.airtable.edit(row, { 'Target Quarter': '2027 Q2' })
        world.setClock('2026-11-20T10:20:00Z')
        return true
      },
      'answered',
    )
    expect(killed.signal).toBe('SIGKILL')
    const result = await clean(world)
    expect(world.notion.value(page, 'Sprint')).toBe('S9')
    expect(world.notion.value(page, 'Target Quarter')).toBe('2027 Q1')
    expect(world.airtable.value(row, 'Target Quarter')).toBe('2027 Q2')
    expect(result.outputs.conflicts).toBe('1')
    const [issue] = await world.github.issues('open')
    expect(issue?.body).toMatch(/Keep Airtable: .*2027 Q2/)
    expect(issue?.body).not.toContain('10:20')
    expect((await clean(world)).outputs).toMatchObject({ changed: 'false', conflicts: '1' })
  })

  it('says that it cannot read what that one left, where another version wrote it, and works on', async () => {
    const world = await paired()
    await killedAfterReverting(world)
    const [[ref = '']] = Object.entries(await world.github.refs(PREFIX)) as [[string, string]]
    const sha = await world.github.commitFiles({ 'journal.json': '{"version":99}' }, 'Newer', 'newer')
    await world.github.setRef(ref, sha)
    const next = await clean(world)
    expect(next.annotations.map(({ message }) => message).join()).toMatch(/another version/)
    world.notion.edit(world.page(SECOND), { Priority: 'P3' })
    await clean(world)
    expect(world.airtable.value(world.row(SECOND), 'Priority')).toBe('P3')
    expect(await journals(world)).toEqual([])
  })
})

describe('where GitHub does not take the ref', () => {
  it.each([
    ['since it takes branches and tags only', 422, 'Reference name is invalid'],
    ['since it knows no such address', 404, 'Not Found'],
    ['since a rule of the repository is against it', 403, 'Repository rule violations found'],
  ])('%s, the run says so once and goes on', async (_, status, message) => {
    const world = await paired()
    world.notion.edit(world.page(FIRST), { Priority: 'P3' })
    const body = { message }
    world.github.inject({ on: /^POST .*\/git\/refs$/, effect: { kind: 'answer', status, body }, times: 9 })
    const result = await clean(world)
    const warnings = result.annotations.filter(({ message: text }) => text.includes('could not be kept'))
    expect(warnings).toHaveLength(1)
    expect(world.airtable.value(world.row(FIRST), 'Priority')).toBe('P3')
    expect((await history(world)).at(-1)).toMatchObject({ status: 'ok', counts: { updated_airtable: 1 } })
  })

  it.each([403, 422])('and does not show it either (%i), a quiet run is quiet, and another writes', async status => {
    const world = await paired()
    const effect = { kind: 'answer', status, body: { message: 'No such refs here' } } as const
    world.github.inject({ on: /git\/refs?($|\/notion-airtable-sync)/, effect, times: 99 })
    expect((await clean(world)).outputs.changed).toBe('false')
    world.notion.edit(world.page(FIRST), { Priority: 'P3' })
    await clean(world)
    expect(world.airtable.value(world.row(FIRST), 'Priority')).toBe('P3')
  })

  it('for the token may not write, the run stops before its first write', async () => {
    const world = await paired()
    world.notion.edit(world.page(FIRST), { Priority: 'P3' })
    const body = { message: 'Resource not accessible by integration' }
    world.github.inject({ on: /^POST .*\/git\/trees$/, effect: { kind: 'answer', status: 403, body }, times: 9 })
    const result = await world.run()
    expect(result.exitCode).toBe(1)
    expect(result.annotations.map(({ message }) => message).join()).toMatch(/permissions.*contents: write/)
    expect(writesOf(world)).toEqual([])
  })
})

describe('two runs at a time', () => {
  it('both about to write: the second stops before its first write and leaves the journal of the first', async () => {
    const world = await paired()
    await killedAfterReverting(world)
    const [[ref = '', sha = '']] = Object.entries(await world.github.refs(PREFIX)) as [[string, string]]
    // The other one keeps its journal in the moment in which this one, that found none, wants to keep its own.
    await world.github.setRef(ref, null)
    world.notion.edit(world.page(SECOND), { Priority: 'P3' })
    world.github.onCall(async call => {
      if (call.method !== 'POST' || !/git\/refs$/.test(call.path)) return
      world.github.onCall(undefined)
      await world.github.setRef(ref, sha)
    })
    const second = await world.run()
    expect(second.exitCode).toBe(1)
    expect(second.annotations.map(({ message }) => message).join()).toMatch(/Another run of this sync/)
    expect(writesOf(world)).toEqual([])
    expect(await journals(world)).toEqual([sha])
    await clean(world)
    expect(await changelog(world)).toMatch(/typed by Ada.*cut off/)
    expect(world.airtable.value(world.row(SECOND), 'Priority')).toBe('P3')
  })

  it('the first to record ends the other with an error, and nothing is lost', async () => {
    const world = await paired()
    world.notion.edit(world.page(FIRST), { Sprint: 'typed by Ada', Priority: 'P3' })
    let other: RunResult | undefined
    world.notion.onCall(async call => {
      if (other !== undefined || call.method !== 'PATCH') return
      other = {} as RunResult
      other = await world.run()
    })
    const overtaken = await world.run()
    expect(other?.exitCode, other?.log).toBe(0)
    expect(overtaken.exitCode).toBe(1)
    await clean(world)
    await clean(world)
    expect(await changelog(world)).toContain('typed by Ada')
    expect(await journals(world)).toEqual([])
  })
})

describe('from a shell', () => {
  const env = { NOTION_TOKEN: 'ntn_example', AIRTABLE_TOKEN: 'pat_example' }
  const JOURNAL = 'state/product-specs/journal.json'
  const shell = (world: World, workspace: Record<string, string>) => world.run({ args: ['sync'], workspace, env })

  it('it is a file beside the state, which the next run takes in and away', async () => {
    const world = await startWorld({ specs: 2 })
    onTestFinished(() => world.close())
    const { files } = await shell(world, { 'mappings.yaml': MAPPINGS })
    world.notion.edit(world.page(FIRST), { Sprint: 'typed by Ada' })
    const killed = await runUntil(world, toPage, 'answered', { args: ['sync'], workspace: files, env })
    expect(killed.signal).toBe('SIGKILL')
    expect(killed.files[JOURNAL]).toContain('typed by Ada')
    const next = await shell(world, killed.files)
    expect(next.exitCode, next.log).toBe(0)
    expect(next.files['state/product-specs/CHANGELOG.md']).toContain('typed by Ada')
    expect(Object.keys(next.files)).not.toContain(JOURNAL)
    expect((await shell(world, next.files)).files).toEqual(next.files)
  })
})
