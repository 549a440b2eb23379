/**
 * An emulated GitHub that holds one repository: emulate's GitHub, behind a shim that makes it refuse and word things as
 * GitHub does (github/faithful.ts), plus what people do on github.com (github/people.ts). For tests and the demo. It
 * must know nothing of how the action works.
 */
import { createSign, generateKeyPairSync } from 'node:crypto'
import { createEmulator } from 'emulate'
import { type Account, createShim } from './github/faithful.ts'
import { request } from './github/http.ts'
import { createPeople, emailOf, type People, tokenOf } from './github/people.ts'
import type { GitHubSnapshot } from './github/snapshot.ts'
import { type Call, type Served, serve } from './serve.ts'

export type { Commit, Issue } from './github/people.ts'
export type { GitHubSnapshot } from './github/snapshot.ts'

export type GitHubSeed = {
  /** A person; default `acme`. */
  owner?: string
  /** Default `specs`. */
  repo?: string
  /** Default true. */
  private?: boolean
  /** The first commit on main; default a README. */
  files?: Record<string, string>
  /** Begin as another repository stood, instead of with `files`. */
  from?: GitHubSnapshot
  /** People with write access; default `ada`. The first acts where no one is named; tokens are `ghp_<login>`. */
  users?: string[]
  /** The workflow's token; default `ghs_test`. */
  token?: string
  /** What that token may do, as in a workflow's `permissions:`; default contents, issues and pull_requests: write. */
  permissions?: Record<string, 'read' | 'write'>
}

export type GitHubEmulator = Served &
  People & {
    owner: string
    repo: string
    private: boolean
    /** The workflow's token. */
    token: string
    /** The clients' writes that succeeded; what people do through the functions here is not among them. */
    writes(): Call[]
  }

/** A person without access to the repository: sees it where it is public, and may open issues there. */
export const OUTSIDER = 'outsider'

const BOT = 'github-actions[bot]'
// The user ID of the bot, part of its e-mail address, which emulate builds from the ID of the app.
const BOT_ID = 41_898_282
const INSTALLATION_ID = 1
const DEFAULT_PERMISSIONS = { contents: 'write', issues: 'write', pull_requests: 'write' } as const

/** Starts a GitHub on a free port. `now` dates commits and the log of calls; issues are dated by the real clock. */
export async function startGitHub(
  seed: GitHubSeed = {},
  options: { latencyMs?: number; port?: number; now?: () => number } = {},
): Promise<GitHubEmulator> {
  const { owner = 'acme', repo = 'specs', private: isPrivate = true, users = ['ada'], token = 'ghs_test' } = seed
  const { now = Date.now } = options
  const members = [...new Set([...users, owner])]
  const permissions = { ...(seed.permissions ?? DEFAULT_PERMISSIONS), metadata: 'read' }
  const emulator = await createEmulator({
    service: 'github',
    port: 0,
    seed: backendSeed(owner, repo, isPrivate, [...members, OUTSIDER], permissions),
  })
  // emulate listens on IPv4 only, and `localhost` may mean IPv6
  const backend = emulator.url.replace('localhost', '127.0.0.1')
  for (const login of members.filter(name => name !== owner)) {
    const path = `/repos/${owner}/${repo}/collaborators/${login}`
    await request(backend, 'PUT', path, { token: tokenOf(owner), body: { permission: 'push' } })
  }

  const accounts = new Map<string, Account>()
  for (const login of [...members, OUTSIDER]) {
    const kind = login === OUTSIDER ? 'outsider' : 'member'
    accounts.set(tokenOf(login), { kind, login, backendToken: tokenOf(login) })
  }
  const backendToken = await installationToken(backend)
  accounts.set(token, { kind: 'workflow', login: BOT, backendToken })

  const shim = createShim({ backend, backendName: emulator.url, accounts, isPrivate, now, ownerToken: tokenOf(owner) })
  const served = await serve(shim, { ...options, now })
  const workflow = { login: BOT, token }
  const people = createPeople({ shim, url: served.url, owner, repo, defaultPerson: members[0] ?? owner, now, workflow })
  if (seed.from !== undefined) await people.restore(seed.from)
  else await people.commitFiles(seed.files ?? { 'README.md': `# ${repo}\n` }, 'Initial commit', 'main', owner)
  const { close } = served
  return Object.assign(served, people, {
    owner,
    repo,
    private: isPrivate,
    token,
    writes: () => served.calls.filter(call => call.method !== 'GET' && call.status >= 200 && call.status < 300),
    close: async () => {
      await close()
      await emulator.close()
    },
  })
}

/** emulate's seed: the accounts, an empty repository, and the app that stands behind the workflow's token. */
function backendSeed(
  owner: string,
  repo: string,
  isPrivate: boolean,
  logins: string[],
  permissions: Record<string, string>,
) {
  return {
    tokens: Object.fromEntries(logins.map(login => [tokenOf(login), { login, scopes: ['repo', 'user'] }])),
    github: {
      users: logins.map(login => ({ login, name: login, email: emailOf(login) })),
      repos: [{ owner, name: repo, private: isPrivate, auto_init: false }],
      apps: [
        {
          app_id: BOT_ID,
          slug: 'github-actions',
          name: BOT,
          private_key: appKey(),
          permissions,
          installations: [
            { installation_id: INSTALLATION_ID, account: owner, repository_selection: 'all', permissions },
          ],
        },
      ],
    },
  }
}

let key: string | undefined

/** One key for all emulators of this process: to make it takes longer than anything else here. */
function appKey(): string {
  key ??= generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()
  return key
}

/** The token by which emulate takes a caller for the app, as https://docs.github.com/apps describes it. */
async function installationToken(backend: string): Promise<string> {
  const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const unsigned = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ iss: BOT_ID })}`
  const jwt = `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(appKey(), 'base64url')}`
  const path = `/app/installations/${INSTALLATION_ID}/access_tokens`
  const response = await request(backend, 'POST', path, { token: jwt })
  return ((await response.json()) as { token: string }).token
}
