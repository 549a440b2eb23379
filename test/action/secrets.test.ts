/**
 * Tokens are in nothing that the action leaves behind, even where a service repeats them in what it says. The runner
 * hides them in its log only; issues, comments, commits and files are not its own.
 */
import { expect, it, onTestFinished } from 'vitest'
import { MAPPINGS } from '../../demo/example.ts'
import { startWorld, type World } from '../../demo/world.ts'
import type { RunResult } from '../../emulators/runner.ts'

const TOKENS = ['ntn_example', 'pat_example', 'ghs_test']
/** Each of them as a service might repeat it. */
const echo = (token: string): string =>
  [
    `Bearer ${token}`,
    `{\\"key\\":\\"${token}\\"}`,
    `Basic ${btoa(`${token}:`)} or ${btoa(`u:${token}`)}`,
    `https://x.example/?token=${encodeURIComponent(token)}`,
  ].join(', ')

async function start(): Promise<World> {
  const world = await startWorld({ specs: 3, mappings: MAPPINGS.replace('conflict: newest', 'conflict: ask') })
  onTestFinished(() => world.close())
  return world
}

/** Every text that people may read after these runs; what was printed only to be hidden is none. */
async function everything(world: World, runs: readonly RunResult[]): Promise<string> {
  const issues = await world.github.issues('all')
  const comments = await Promise.all(issues.map(issue => world.github.comments(issue.number)))
  const printed = runs.flatMap(({ stdout, stderr }) =>
    `${stdout}\n${stderr}`.split('\n').filter(line => !line.startsWith('::add-mask::')),
  )
  return JSON.stringify([
    await world.github.files(),
    await world.github.commits(),
    issues,
    comments,
    printed,
    runs.map(({ outputs, annotations }) => [outputs, annotations]),
  ])
}

it('tokens that services repeat in refusals are in no file, commit, issue, output or line of the log', async () => {
  const world = await start()
  const runs = [await world.run()]
  world.notion.edit(world.page('Search redesign'), { Priority: 'P3' })
  const refusal = { error: { type: 'INVALID_VALUE_FOR_COLUMN', message: `refused, ${echo('pat_example')}` } }
  world.airtable.inject({ on: /^PATCH /, effect: { kind: 'answer', status: 422, body: refusal } })
  runs.push(await world.run())
  const failure = { object: 'error', status: 400, code: 'validation_error', message: `broken, ${echo('ntn_example')}` }
  world.notion.inject({ on: /query$/, effect: { kind: 'answer', status: 400, body: failure }, times: 2 })
  runs.push(await world.run())
  world.github.inject({
    on: /^GET .*\/git\/ref/,
    effect: { kind: 'answer', status: 422, body: { message: `odd, ${echo('ghs_test')}` } },
  })
  runs.push(await world.run())

  expect(runs.map(run => run.exitCode)).toEqual([0, 0, 1, 1])
  const all = await everything(world, runs)
  for (const words of ['refused, ', 'broken, ', 'odd, ', '***']) expect(all).toContain(words)
  const forms = TOKENS.flatMap(token => [token, btoa(`${token}:`), btoa(`u:${token}`)])
  expect(forms.filter(form => all.includes(form))).toEqual([])
})

it('a token that was pasted with its line end is one all the same, and is hidden without it', async () => {
  const world = await start()
  const run = await world.run({ inputs: { 'notion-token': ' ntn_example\n', 'airtable-token': 'pat_example\r\n' } })
  expect(run.exitCode, run.log).toBe(0)
  expect(run.masks).toEqual(TOKENS)
})

it.each([
  ['a token of two lines', { inputs: { 'notion-token': 'ntn_exam\nhunter2' } }, 'notion-token'],
  ['a token with a letter that none has', { inputs: { 'airtable-token': 'pat_hunter2\u200b' } }, 'airtable-token'],
  ['an address with a password', { env: { NOTION_BASE_URL: 'http://user:hunter2@localhost:9' } }, 'NOTION_BASE_URL'],
  ['an address that is none', { env: { AIRTABLE_ENDPOINT_URL: 'hunter2' } }, 'AIRTABLE_ENDPOINT_URL'],
])('%s is refused by its name, and not repeated', async (_, options, name) => {
  const world = await start()
  const run = await world.run(options)
  expect(run.exitCode).toBe(1)
  expect(run.annotations[0]?.message).toContain(name)
  expect(await everything(world, [run])).not.toContain('hunter2')
  expect([...world.notion.calls, ...world.airtable.calls]).toEqual([])
})
