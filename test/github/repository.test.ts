/** The state branch under trouble: the real Octokit at our pace, against the emulator. */
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type GitHubEmulator, startGitHub } from '../../emulators/github.ts'
import type { Fault } from '../../emulators/serve.ts'
import type { GitHub } from '../../src/github/client.ts'
import { branchStore } from '../../src/github/repository.ts'
import { quickPace } from '../quick-pace.ts'

let server: GitHubEmulator
let github: GitHub

const STATE = 'state/a/state.json'
const MOVE = /^PATCH .*\/git\/refs\//

// The toolkit takes the address from the environment while it is loaded, so every emulator here has the same.
let port = 0
beforeAll(async () => {
  const first = await startGitHub()
  port = Number(new URL(first.url).port)
  vi.stubEnv('GITHUB_API_URL', first.url)
  await first.close()
})

beforeEach(async () => {
  server = await startGitHub({ files: { [STATE]: 'old\n', 'README.md': '# specs\n' } }, { port })
  onTestFinished(() => server.close())
  const pace = quickPace(false)
  onTestFinished(pace.close)
  const { createGitHub } = await import('../../src/github/client.ts')
  github = createGitHub(server.token, `${server.owner}/${server.repo}`, pace)
})

type Store = Awaited<ReturnType<typeof branchStore>>
const open = (branch: string | null = null): Promise<Store> =>
  branchStore(github, { branch, hint: 'main' }, async () => 'main')
const commit = (store: Store): Promise<string> =>
  store.commit({ guard: STATE, message: 'sync(a): 1 created', build: async () => ({ [STATE]: 'new\n' }) })
const fault = (
  on: RegExp,
  status: number,
  message: string,
  headers: Record<string, string> = {},
  times = 1,
): Fault => ({
  on,
  times,
  effect: { kind: 'answer', status, headers, body: { message } },
})

async function asAda(method: string, branch: string, body?: unknown): Promise<void> {
  const headers = { authorization: 'Bearer ghp_ada' }
  const url = `${server.url}/repos/${server.owner}/${server.repo}/git/refs/heads/${branch}`
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  expect(answer.ok, await answer.text()).toBe(true)
}

describe('the commit is made, once, although', () => {
  it.each<[string, Fault]>([
    ['GitHub fails to move the branch (500)', fault(MOVE, 500, 'Server Error')],
    ['GitHub is away when it should move the branch (503)', fault(MOVE, 503, 'Service Unavailable')],
    ['the branch is locked for a moment (409)', fault(MOVE, 409, 'Reference cannot be updated')],
    ['the new commit is not seen yet (422)', fault(MOVE, 422, 'Object does not exist')],
    ['the branch is not seen for a moment (404)', fault(MOVE, 404, 'Not Found')],
    ['the connection is cut before the branch moves', { on: MOVE, effect: { kind: 'reset', when: 'before' } }],
    ['the connection is cut after the branch moved', { on: MOVE, effect: { kind: 'reset', when: 'after' } }],
    ['the answer to the move stalls', { on: MOVE, effect: { kind: 'stall' } }],
    ['GitHub fails to make the tree (502)', fault(/git\/trees$/, 502, 'Bad Gateway')],
    ['it is asked to wait (429)', fault(/git\/trees$/, 429, 'Too many requests', { 'retry-after': '0' })],
    [
      'a secondary limit says for how long (403)',
      fault(/git\/trees$/, 403, 'secondary rate limit', { 'retry-after': '0' }),
    ],
  ])('%s', async (_, trouble) => {
    const store = await open()
    server.inject(trouble)
    const sha = await commit(store)
    expect(sha).toBe(await server.head())
    expect((await server.commits()).map(({ message }) => message)).toEqual(['sync(a): 1 created', 'Initial commit'])
    expect(await server.file(STATE)).toBe('new\n')
  })
})

it('a state of which a server tells the content only is read', async () => {
  const content = Buffer.from('old\n').toString('base64')
  server.inject({ on: /contents/, effect: { kind: 'answer', status: 200, body: { content, encoding: 'base64' } } })
  expect(await (await open()).read(STATE)).toBe('old\n')
})

describe('a limit of GitHub that lasts too long', () => {
  const hour = String(Math.floor(Date.now() / 1000) + 3600)
  it.each<[string, Fault]>([
    [
      'the requests of the hour',
      fault(/git\/blobs$/, 403, 'API rate limit exceeded', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': hour }),
    ],
    ['a secondary limit that says no time', fault(/git\/blobs$/, 403, 'You have exceeded a secondary rate limit.')],
    [
      'a secondary limit in the form of abuse',
      fault(/git\/blobs$/, 422, 'You have triggered an abuse detection mechanism.'),
    ],
  ])('%s: is met before the services are written, with the time until which it lasts', async (_, trouble) => {
    const store = await open()
    server.inject(trouble)
    await expect(store.mayCommit()).rejects.toMatchObject({
      failure: 'rate-limited',
      message: expect.stringMatching(/asks to wait until \d{4}-\d\d-\d\d \d\d:\d\d UTC/),
    })
  })

  it('of issues and comments: the commit is made all the same', async () => {
    const store = await open()
    server.inject(fault(/issues$/, 403, 'You have exceeded a secondary rate limit.'))
    const { owner, repo } = github
    const issue = github.ask(rest => rest.issues.create({ owner, repo, title: 'Sync conflicts' }), false)
    await expect(issue).rejects.toMatchObject({ failure: 'rate-limited' })
    expect(await commit(store)).toBe(await server.head())
  })

  it('is not seen in a refusal that happens to be the last request of the hour', async () => {
    const store = await open()
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': hour }
    server.inject(fault(/git\/trees$/, 422, 'tree.path contains a malformed path component', headers))
    await expect(commit(store)).rejects.toMatchObject({ failure: 'invalid' })
  })
})

describe('a branch that is not what it was when the run began', () => {
  it('protected meanwhile: says to keep the state on a branch of its own, and nothing is moved', async () => {
    const store = await open()
    server.inject(fault(MOVE, 422, 'Repository rule violations found', {}, 100))
    await expect(commit(store)).rejects.toThrow(/refuses commits to the branch main.*"branch: sync-state"/)
    expect(await server.file(STATE)).toBe('old\n')
  })

  it('deleted: it is made again, with what stood there and the commit', async () => {
    await server.commitFiles({ [STATE]: 'old\n', 'notes.md': 'mine\n' }, 'Begin', 'sync-state')
    const store = await open('sync-state')
    await asAda('DELETE', 'sync-state')
    const sha = await commit(store)
    expect(sha).toBe(await server.head('sync-state'))
    expect(await server.files('sync-state')).toMatchObject({ [STATE]: 'new\n', 'notes.md': 'mine\n' })
  })

  it('forced back to a commit with another state: it is not written over, and the commits that were dropped stay so', async () => {
    const first = await server.head()
    await server.commitFiles({ [STATE]: 'newer\n' }, 'sync(a): 2 created')
    const store = await open()
    await asAda('PATCH', 'main', { sha: first, force: true })
    await expect(commit(store)).rejects.toThrow(/was changed on the branch main by another run/)
    expect([await server.head(), await server.file(STATE)]).toEqual([first, 'old\n'])
  })

  it('forced to another history with the same state: the commit goes on top of that', async () => {
    const first = await server.head()
    await server.commitFiles({ 'docs/a.md': 'a\n' }, 'Docs')
    const store = await open()
    await asAda('PATCH', 'main', { sha: first, force: true })
    await commit(store)
    expect((await server.commits()).map(({ message }) => message)).toEqual(['sync(a): 1 created', 'Initial commit'])
    expect(await server.file('docs/a.md')).toBe(undefined)
  })
})

it('what GitHub did not answer when it was asked ahead is asked again when it is needed', async () => {
  const store = await open()
  server.inject(fault(/^GET .*\/(git\/commits|contents)\//, 503, 'Unavailable', {}, 50))
  store.prepare([STATE])
  await expect(store.read(STATE)).rejects.toMatchObject({ failure: 'unavailable' })
  server.clearFaults()
  expect(await store.read(STATE)).toBe('old\n')
  await commit(store)
  expect(await server.file(STATE)).toBe('new\n')
})
