import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getOctokit } from '@actions/github'
import { afterEach, describe, expect, it } from 'vitest'
import { tickBody } from '../../emulators/github/tick.ts'
import { type GitHubEmulator, type GitHubSeed, OUTSIDER, startGitHub } from '../../emulators/github.ts'

const HOME = { owner: 'acme', repo: 'specs' }
const MODE = { mode: '100644', type: 'blob' } as const
const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const started of open.splice(0)) await started.close()
})

async function start(seed: GitHubSeed = {}, now?: () => number): Promise<GitHubEmulator> {
  const github = await startGitHub(seed, now ? { now } : {})
  open.push(github)
  return github
}

function octokit(github: GitHubEmulator, token = github.token) {
  return getOctokit(token, { baseUrl: github.url })
}

/** Writes one file the way the action does: tree, commit, then the ref is moved. */
async function commit(
  github: GitHubEmulator,
  { parent, branch = 'main', files }: { parent?: string; branch?: string; files: Record<string, string | null> },
): Promise<string> {
  const { git } = octokit(github).rest
  const head = parent ?? (await git.getRef({ ...HOME, ref: `heads/${branch}` })).data.object.sha
  const base_tree = (await git.getCommit({ ...HOME, commit_sha: head })).data.tree.sha
  const entries = Object.entries(files).map(([path, content]) =>
    content === null ? { path, ...MODE, sha: null } : { path, ...MODE, content },
  )
  const tree = (await git.createTree({ ...HOME, base_tree, tree: entries })).data.sha
  const made = await git.createCommit({ ...HOME, message: 'sync(a): 1 → Notion', tree, parents: [head] })
  await git.updateRef({ ...HOME, ref: `heads/${branch}`, sha: made.data.sha, force: false })
  return made.data.sha
}

describe('commits through the Git Data API', () => {
  it('a commit of the workflow is by github-actions[bot], put in by GitHub', async () => {
    const github = await start({}, () => Date.parse('2026-03-01T09:00:00.500Z'))
    const sha = await commit(github, { files: { 'state/a.json': '{}' } })
    const { data } = await octokit(github).rest.repos.getCommit({ ...HOME, ref: sha })
    const bot = '41898282+github-actions[bot]@users.noreply.github.com'
    expect(data.commit.author).toEqual({ name: 'github-actions[bot]', email: bot, date: '2026-03-01T09:00:00Z' })
    expect(data.commit.committer).toMatchObject({ name: 'GitHub', email: 'noreply@github.com' })
    expect(data.author).toMatchObject({ login: 'github-actions[bot]', type: 'Bot' })
    expect(await github.head()).toBe(sha)
    expect(await github.files()).toEqual({ 'README.md': '# specs\n', 'state/a.json': '{}' })
  })

  it('a commit on a parent that is no longer the head is refused as GitHub words it', async () => {
    const github = await start()
    const old = await github.head()
    await github.commitFiles({ 'mappings.yaml': 'version: 1' }, 'Add mappings')
    await expect(commit(github, { parent: old, files: { 'state/a.json': '{}' } })).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('Update is not a fast forward'),
    })
    expect(await github.file('state/a.json')).toBeUndefined()
  })

  it('of five that commit at once on one head, one wins', async () => {
    const github = await start()
    const parent = await github.head()
    const tries = [1, 2, 3, 4, 5].map(i => commit(github, { parent, files: { 'a.txt': `${i}` } }))
    const outcomes = await Promise.allSettled(tries)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('what does not exist is refused in the words of GitHub', async () => {
    const github = await start()
    const { git } = octokit(github).rest
    const [sha, none] = [await github.head(), '0'.repeat(40)]
    const { tree } = (await git.getCommit({ ...HOME, commit_sha: sha })).data
    const message = async (promise: Promise<unknown>) => promise.catch(e => `${e.status} ${e.response.data.message}`)
    const ref = 'heads/gone'
    expect(await message(git.updateRef({ ...HOME, ref, sha }))).toBe('422 Reference does not exist')
    expect(await message(git.getRef({ ...HOME, ref }))).toBe('404 Not Found')
    expect(await message(git.updateRef({ ...HOME, ref: 'heads/main', sha: none }))).toBe('422 Object does not exist')
    expect(await message(git.createRef({ ...HOME, ref: 'refs/heads/main', sha }))).toBe('422 Reference already exists')
    const commitOn = (given: { tree?: string; parents?: string[] }) =>
      message(git.createCommit({ ...HOME, message: 'm', tree: tree.sha, ...given }))
    expect(await commitOn({ tree: none, parents: [sha] })).toBe('422 Tree SHA does not exist')
    expect(await commitOn({ parents: [none] })).toBe('422 Parent SHA does not exist or is not a commit object')
    const entry = { path: 'gone.txt', ...MODE, sha: null }
    const unmade = git.createTree({ ...HOME, base_tree: tree.sha, tree: [entry] })
    expect(await message(unmade)).toBe('422 GitRPC::BadObjectState')
  })

  it('a branch of its own can be made, written and listed, and main stays as it was', async () => {
    const github = await start()
    const main = await github.head()
    await octokit(github).rest.git.createRef({ ...HOME, ref: 'refs/heads/sync-state', sha: main })
    const sha = await commit(github, { branch: 'sync-state', files: { 'state/a.json': '{}' } })
    expect([await github.head('sync-state'), await github.head()]).toEqual([sha, main])
    expect(await github.file('state/a.json', sha)).toBe('{}')
    expect(await github.file('state/a.json', main)).toBeUndefined()
  })

  it('a ref outside refs/heads is made, moved forward, read and taken away, and is no branch', async () => {
    const github = await start()
    const { git, repos } = octokit(github).rest
    const ref = 'notes/specs/a1'
    const make = async (text: string, parents: string[]) => {
      const tree = (await git.createTree({ ...HOME, tree: [{ path: 'note.json', ...MODE, content: text }] })).data.sha
      return (await git.createCommit({ ...HOME, message: 'note', tree, parents })).data.sha
    }
    const first = await make('1', [])
    const second = await make('2', [first])
    const stranger = await make('3', [])
    await git.createRef({ ...HOME, ref: `refs/${ref}`, sha: first })
    expect((await git.getRef({ ...HOME, ref })).data).toMatchObject({ ref: `refs/${ref}`, object: { sha: first } })
    await git.updateRef({ ...HOME, ref, sha: second, force: false })
    expect(await github.refs('notes/')).toEqual({ [`refs/${ref}`]: second })
    expect(await github.files(second)).toEqual({ 'note.json': '2' })

    const message = async (promise: Promise<unknown>) => promise.catch(e => `${e.status} ${e.response.data.message}`)
    expect(await message(git.createRef({ ...HOME, ref: `refs/${ref}`, sha: first }))).toBe(
      '422 Reference already exists',
    )
    expect(await message(git.updateRef({ ...HOME, ref, sha: stranger, force: false }))).toBe(
      '422 Update is not a fast forward',
    )
    expect(await message(git.createRef({ ...HOME, ref: 'refs/notes', sha: first }))).toMatch(/^422 Reference name/)

    expect((await repos.listBranches(HOME)).data.map(({ name }) => name)).toEqual(['main'])
    expect(await github.commits()).toHaveLength(1)
    await git.deleteRef({ ...HOME, ref })
    expect(await message(git.getRef({ ...HOME, ref }))).toBe('404 Not Found')
    expect(await message(git.deleteRef({ ...HOME, ref }))).toBe('422 Reference does not exist')
  })

  it('a token that may only read contents cannot commit', async () => {
    const github = await start({ permissions: { contents: 'read', issues: 'write' } })
    await expect(commit(github, { files: { a: '' } })).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('Resource not accessible by integration'),
    })
    expect(github.writes()).toEqual([])
  })

  it('writes() holds what clients wrote, and nothing of what people did', async () => {
    const github = await start()
    await github.commitFiles({ a: 'b' }, 'Edit', 'main', 'ada')
    await github.openIssue({ title: 't' }, 'ada')
    expect(github.calls).toEqual([])
    await commit(github, { files: { c: 'd' } })
    expect(github.writes().map(call => `${call.method} ${decodeURIComponent(call.path)}`)).toEqual([
      'POST /repos/acme/specs/git/trees',
      'POST /repos/acme/specs/git/commits',
      'PATCH /repos/acme/specs/git/refs/heads/main',
    ])
  })
})

describe('files read back', () => {
  it('as base64 in JSON, and as a string where the raw media type is asked for', async () => {
    const text = 'ä'.repeat(100)
    const github = await start({ files: { 'state/a.txt': text } })
    const { rest } = octokit(github)
    const where = { ...HOME, path: 'state/a.txt', ref: await github.head() }
    const json = (await rest.repos.getContent(where)).data as unknown as { content: string; sha: string }
    expect(json.content).toMatch(/^(.{60}\n)+.{1,60}\n$/)
    expect(Buffer.from(json.content, 'base64').toString()).toBe(text)
    expect((await rest.repos.getContent({ ...where, mediaType: { format: 'raw' } })).data).toBe(text)
    const blob = await rest.git.getBlob({ ...HOME, file_sha: json.sha })
    expect(Buffer.from(blob.data.content, 'base64').toString()).toBe(text)
    const raw = await rest.git.getBlob({ ...HOME, file_sha: json.sha, mediaType: { format: 'raw' } })
    expect(raw.data).toBe(text)
  })

  it('a file over 1 MiB comes without content in JSON, and whole as a blob', async () => {
    const text = 'x'.repeat(1024 * 1024 + 1)
    const github = await start({ files: { big: text } })
    const { rest } = octokit(github)
    const file = (await rest.repos.getContent({ ...HOME, path: 'big' })).data as unknown as Record<string, string>
    expect(file).toMatchObject({ content: '', encoding: 'none' })
    const blob = await rest.git.getBlob({ ...HOME, file_sha: file.sha ?? '' })
    expect(Buffer.from(blob.data.content, 'base64')).toHaveLength(text.length)
  })

  it('a whole tree is listed by the hash of a commit', async () => {
    const github = await start({ files: { 'a/b/c.txt': '1', 'd.txt': '2' } })
    const tree_sha = await github.head()
    const { tree } = (await octokit(github).rest.git.getTree({ ...HOME, tree_sha, recursive: '1' })).data
    expect(tree.filter(({ type }) => type === 'blob').map(({ path }) => path)).toEqual(['a/b/c.txt', 'd.txt'])
  })

  it('the commits that touched a path, up to a date', async () => {
    let now = Date.parse('2026-03-01T00:00:00Z')
    const github = await start({}, () => now)
    const shas: string[] = []
    for (const text of ['1', '2']) {
      now += 3_600_000
      shas.push(await commit(github, { files: { 'state/a.json': text } }))
    }
    await github.commitFiles({ other: '' }, 'Edit')
    const find = async (until: string) =>
      (await octokit(github).rest.repos.listCommits({ ...HOME, path: 'state', until })).data.map(({ sha }) => sha)
    expect(await find('2026-03-01T01:30:00Z')).toEqual([shas[0]])
    expect(await find('2026-03-01T02:00:00Z')).toEqual([shas[1], shas[0]])
  })
})

describe('who a token is', () => {
  it('an unknown token is refused', async () => {
    const github = await start()
    const wrong = octokit(github, 'ghs_wrong').rest.repos.get(HOME)
    await expect(wrong).rejects.toMatchObject({ status: 401, message: expect.stringContaining('Bad credentials') })
  })

  it("the workflow's token cannot ask who it is, a person's can", async () => {
    const github = await start()
    await expect(octokit(github).rest.users.getAuthenticated()).rejects.toMatchObject({ status: 403 })
    expect((await octokit(github, 'ghp_ada').rest.users.getAuthenticated()).data.login).toBe('ada')
  })

  it('a private repository is not there for those who may not see it', async () => {
    const github = await start()
    expect((await fetch(`${github.url}/repos/acme/specs`)).status).toBe(404)
    await expect(octokit(github, `ghp_${OUTSIDER}`).rest.repos.get(HOME)).rejects.toMatchObject({ status: 404 })
    expect((await octokit(github).rest.repos.get(HOME)).data).toMatchObject({ private: true, default_branch: 'main' })
  })

  it('what a person may do can be looked up', async () => {
    const github = await start({ private: false })
    const levelOf = async (username: string) =>
      (await octokit(github).rest.repos.getCollaboratorPermissionLevel({ ...HOME, username })).data.permission
    expect([await levelOf('acme'), await levelOf('ada'), await levelOf(OUTSIDER)]).toEqual(['admin', 'write', 'read'])
  })

  it('every answer has a request id, and pages are named by the address that the client knows', async () => {
    const github = await start()
    const { data, headers } = await octokit(github).rest.repos.get(HOME)
    expect(headers['x-github-request-id']).toMatch(/^[0-9A-F:]+$/)
    expect([data.url, data.html_url]).toEqual([`${github.url}/repos/acme/specs`, 'https://github.com/acme/specs'])
  })

  it('a dispatch is accepted', async () => {
    const github = await start()
    const made = await octokit(github).rest.repos.createDispatchEvent({ ...HOME, event_type: 'sync' })
    expect(made.status).toBe(204)
  })
})

describe('issues', () => {
  it('one of the workflow is authored by a bot, gets its label made, and is found by it', async () => {
    const github = await start()
    const { issues } = octokit(github).rest
    const made = await issues.create({ ...HOME, title: 'Sync conflicts: a', body: 'b', labels: ['sync-conflict'] })
    expect(made.data.user).toMatchObject({ login: 'github-actions[bot]', type: 'Bot' })
    await github.openIssue({ title: 'Mine', labels: ['sync-conflict'] }, 'ada')
    const query = { ...HOME, labels: 'sync-conflict', creator: 'github-actions[bot]' }
    expect((await issues.listForRepo(query)).data.map(issue => issue.number)).toEqual([made.data.number])
    await github.closeIssue(made.data.number, 'ada')
    expect((await issues.listForRepo(query)).data).toEqual([])
    expect((await github.issues('all')).map(issue => issue.state)).toEqual(['open', 'closed'])
  })

  it('lists of more than a page are read to the end', async () => {
    const github = await start()
    for (let i = 0; i < 5; i++) await github.openIssue({ title: `${i}` }, 'ada')
    const api = octokit(github)
    const all = await api.paginate(api.rest.issues.listForRepo, { ...HOME, per_page: 2 })
    expect(all.map(issue => issue.title)).toEqual(['4', '3', '2', '1', '0'])
  })

  it.each([
    ['body', 65_536, 'body is too long (maximum is 65536 characters)'],
    ['title', 256, 'title is too long (maximum is 256 characters)'],
  ])('a %s of %i characters is taken, one more is refused', async (field, limit, message) => {
    const github = await start()
    const { issues } = octokit(github).rest
    const send = (length: number) => issues.create({ ...HOME, title: 't', [field]: 'x'.repeat(length) })
    const { number } = (await send(limit)).data
    const errors = [{ resource: 'Issue', code: 'custom', field, message }]
    const refusal = { status: 422, response: { data: { message: 'Validation Failed', errors, status: '422' } } }
    await expect(send(limit + 1)).rejects.toMatchObject(refusal)
    const edit = issues.update({ ...HOME, issue_number: number, [field]: 'x'.repeat(limit + 1) })
    await expect(edit).rejects.toMatchObject(refusal)
  })

  it('a comment is kept and has the same limit', async () => {
    const github = await start()
    const { issues } = octokit(github).rest
    const issue_number = await github.openIssue({ title: 't' }, 'ada')
    await issues.createComment({ ...HOME, issue_number, body: 'done' })
    const long = issues.createComment({ ...HOME, issue_number, body: 'x'.repeat(65_537) })
    await expect(long).rejects.toMatchObject({ status: 422 })
    const [first, ...others] = await github.comments(issue_number)
    expect([first?.body, first?.user.login, others]).toEqual(['done', 'github-actions[bot]', []])
  })

  it('pull requests stand among them, and can be commented on', async () => {
    const github = await start()
    await github.commitFiles({ 'mappings.yaml': 'version: 1' }, 'Change mappings', 'edit')
    const issue = await github.openIssue({ title: 'An issue' }, 'ada')
    const pull = await github.openPull({ title: 'A pull', head: 'edit' }, 'ada')
    const { issues } = octokit(github).rest
    const listed = (await issues.listForRepo(HOME)).data
    expect(listed.map(item => [item.number, item.pull_request !== undefined])).toEqual([
      [pull, true],
      [issue, false],
    ])
    const one = (await issues.get({ ...HOME, issue_number: pull })).data
    expect([one.title, one.pull_request?.url]).toEqual(['A pull', `${github.url}/repos/acme/specs/pulls/${pull}`])
    expect((await issues.listForRepo({ ...HOME, labels: 'sync-conflict' })).data).toEqual([])
    await issues.createComment({ ...HOME, issue_number: pull, body: 'plan' })
    expect((await github.comments(pull)).map(comment => comment.body)).toEqual(['plan'])
  })

  it('an outsider of a public repository opens an issue, but sets no label and edits no one else', async () => {
    const github = await start({ private: false })
    const number = await github.openIssue({ title: 'Mine', labels: ['sync-conflict'] }, OUTSIDER)
    expect((await github.issues())[0]?.labels).toEqual([])
    await github.editIssue(number, { body: 'better' }, OUTSIDER)
    const others = await github.openIssue({ title: 'Theirs' }, 'ada')
    await expect(github.editIssue(others, { body: 'x' }, OUTSIDER)).rejects.toThrow('403')
  })
})

describe('a person ticks a box', () => {
  const body = [
    '## Checkout',
    'Status. Base: Draft',
    '- [ ] Keep Notion: Done',
    '- [ ] Keep Airtable: Keep Notion',
    '',
    'Priority. Base: P2',
    '',
    '- [ ] <!-- id --> **Keep Notion:** P0',
    '- [ ] <!-- id --> **Keep Airtable:** P1',
    '## Search',
    'Status. Base: Draft',
    '- [x] Keep Notion: Done',
    '- [ ] Keep Airtable: Live',
  ].join('\n')
  const ticked = (...given: [pick: 'Notion' | 'Airtable', which?: RegExp | number]) => {
    const lines = tickBody(body, ...given).split('\n')
    return lines.flatMap((line, i) => (line === body.split('\n')[i] ? [] : [i]))
  }

  it('the body of the issue is changed at that line alone', async () => {
    const github = await start()
    const issue = await octokit(github).rest.issues.create({ ...HOME, title: 't', body })
    await github.tick(issue.data.number, 'Airtable', /Search/)
    const after = (await github.issues())[0]
    expect(after?.body).toBe(body.replace('- [ ] Keep Airtable: Live', '- [x] Keep Airtable: Live'))
    expect(after?.user.login).toBe('github-actions[bot]')
  })

  it('the line is found by its number, its heading, its paragraph or its own text', () => {
    expect(ticked('Notion')).toEqual([2])
    expect(ticked('Notion', 1)).toEqual([7])
    expect(ticked('Airtable', /Priority/)).toEqual([8])
    expect(ticked('Airtable', /## Search/)).toEqual([12])
    expect(ticked('Airtable', /P1/)).toEqual([8])
  })

  it('a box that is not there is an error that names those that are', () => {
    expect(() => ticked('Notion', /Search/)).toThrow(/no unticked "Keep Notion" line.*\n- \[ \] Keep Notion: Done/)
  })
})

describe('a clone', () => {
  const git = (cwd: string, ...args: string[]): string => execFileSync('git', args, { cwd, encoding: 'utf8' })

  it('is a git repository with every commit, its author, message, date and hash', async () => {
    const github = await start({ files: { 'state/a.json': '1\n', 'state/b': '' } }, () =>
      Date.parse('2026-03-01T09:00:00Z'),
    )
    await commit(github, { files: { 'state/a.json': '2\n', 'ä "b".md': 'ü\n' } })
    await github.commitFiles({ 'state/a.json': null }, 'Remove it\n\nas discussed', 'main', 'ada')
    await github.commitFiles({ c: 'd' }, 'Aside', 'sync-state', 'ada')
    const to = await mkdtemp(join(tmpdir(), 'clone-'))
    await github.clone(to)
    const log = git(to, 'log', '-p', '--format=%an|%ae|%aI|%B', '--', 'state')
    const heads = [git(to, 'rev-parse', 'main').trim(), git(to, 'rev-parse', 'sync-state').trim()]
    const status = git(to, 'status', '--porcelain')
    const files = git(to, '-c', 'core.quotePath=false', 'ls-files', '-z')
    await rm(to, { recursive: true })

    expect(heads).toEqual([await github.head(), await github.head('sync-state')])
    expect(log).toContain('ada|ada@users.noreply.github.com|2026-03-01T09:00:00+00:00|Remove it\n\nas discussed')
    expect(log).toContain('github-actions[bot]|41898282+github-actions[bot]@users.noreply.github.com|')
    expect(log).toContain('\n-1\n+2\n')
    expect(status).toBe('')
    expect(files.split('\0')).toContain('ä "b".md')
  })

  it('commits() tells the same story, newest first, with the files of each', async () => {
    const github = await start()
    await commit(github, { files: { 'state/a.json': '2\n' } })
    const [newest, first] = await github.commits()
    expect(newest).toMatchObject({ message: 'sync(a): 1 → Notion', author: { name: 'github-actions[bot]' } })
    expect(newest?.files.map(file => [file.filename, file.status])).toEqual([['state/a.json', 'added']])
    expect(first?.message).toBe('Initial commit')
  })
})

describe('a snapshot', () => {
  it('begins another repository with the same commits, branches and issues, which goes on by itself', async () => {
    const github = await start({}, () => Date.parse('2026-03-01T09:00:00Z'))
    await commit(github, { files: { 'state/a.json': '2\n', 'ä "b".md': 'ü\n' } })
    await github.commitFiles({ c: 'd' }, 'Aside', 'sync-state', 'ada')
    const { issues } = octokit(github).rest
    await issues.create({ ...HOME, title: 'Conflicts', body: '- [ ] Keep Notion', labels: ['sync'] })
    await issues.createComment({ ...HOME, issue_number: 1, body: 'New' })
    await github.openIssue({ title: 'Done with' }, 'ada')
    await github.closeIssue(2, 'ada')

    const snapshot = await github.snapshot()
    const other = await start({ from: snapshot })
    for (const branch of ['main', 'sync-state']) {
      expect(await other.head(branch)).toBe(await github.head(branch))
      expect(await other.files(branch)).toEqual(await github.files(branch))
    }
    const told = async (of: GitHubEmulator) =>
      (await of.issues('all')).map(({ number, title, body, state, state_reason, labels, user }) => {
        return { number, title, body, state, state_reason, labels: labels.map(({ name }) => name), by: user.login }
      })
    expect(await told(other)).toEqual(await told(github))
    expect(await told(other)).toMatchObject([{ state: 'closed' }, { labels: ['sync'], by: 'github-actions[bot]' }])
    expect(await other.comments(1)).toMatchObject([{ body: 'New', user: { login: 'github-actions[bot]' } }])
    expect(other.calls).toEqual([])

    await commit(other, { files: { 'state/a.json': '3\n' } })
    expect(await github.file('state/a.json')).toBe('2\n')
    expect(await github.snapshot()).toEqual(snapshot)
  })

  it('of a repository with a pull request cannot begin another one', async () => {
    const github = await start()
    await github.commitFiles({ a: 'b' }, 'Aside', 'aside')
    await github.openPull({ title: 'Aside', head: 'aside' }, 'ada')
    await expect(start({ from: await github.snapshot() })).rejects.toThrow('#1 is a pull request')
  })
})

describe('faults', () => {
  it('a push that lands between two calls of the client is met as on GitHub', async () => {
    const github = await start()
    github.onCall(async call => {
      if (call.method === 'PATCH') await github.commitFiles({ other: 'x' }, 'Edit')
    })
    await expect(commit(github, { files: { a: 'b' } })).rejects.toMatchObject({ status: 422 })
  })

  it('an answer can be lost after the write took effect', async () => {
    const github = await start()
    github.inject({ on: /^PATCH .*refs/, effect: { kind: 'reset', when: 'after' } })
    await expect(commit(github, { files: { a: 'b' } })).rejects.toThrow()
    expect(await github.file('a')).toBe('b')
  })
})
