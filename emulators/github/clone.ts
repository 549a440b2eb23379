/**
 * Writes commits into a real git repository on disk, for reading with `git log -p`. It only writes: what is changed
 * there never comes back.
 */
import { execFileSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { devNull } from 'node:os'

type Person = { name: string; email: string; date: string }

export type GitCommit = {
  sha: string
  author: Person
  committer: Person
  message: string
  parents: string[]
  files: { path: string; mode: string; text: string }[]
}

/** `commits` has parents before their children; `branches` names the commit at the head of each. */
export async function writeRepository(to: string, commits: GitCommit[], branches: Map<string, string>): Promise<void> {
  await mkdir(to, { recursive: true })
  git(to, ['init', '--quiet', '--template=', '--initial-branch=main'])
  git(to, ['fast-import', '--quiet'], fastImport(commits, branches))
  if (branches.has('main')) git(to, ['reset', '--quiet', '--hard', 'main'])
}

function git(cwd: string, args: string[], input = ''): void {
  execFileSync('git', args, {
    cwd,
    input,
    stdio: ['pipe', 'ignore', 'pipe'],
    // no settings of this machine: no hooks, no signing, no name of a person
    env: { PATH: process.env.PATH, HOME: cwd, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: devNull },
  })
}

/** The stream that `git fast-import` reads: https://git-scm.com/docs/git-fast-import#_input_format */
function fastImport(commits: GitCommit[], branches: Map<string, string>): string {
  const marks = new Map(commits.map(({ sha }, i) => [sha, `:${i + 1}`]))
  const mark = (sha: string): string => marks.get(sha) ?? sha
  const out = commits.map(commit => {
    const [first, ...merged] = commit.parents
    return [
      'commit refs/import',
      `mark ${mark(commit.sha)}`,
      `author ${identity(commit.author)}`,
      `committer ${identity(commit.committer)}`,
      // emulate hashes a message with a line break at its end, so the hashes here are the same
      data(commit.message.endsWith('\n') ? commit.message : `${commit.message}\n`),
      ...(first === undefined ? [] : [`from ${mark(first)}`]),
      ...merged.map(sha => `merge ${mark(sha)}`),
      'deleteall',
      ...commit.files.flatMap(file => [`M ${file.mode} inline ${quote(file.path)}`, data(file.text)]),
      // without this the next commit without a parent would be given this one as its parent
      'reset refs/import',
      '',
    ].join('\n')
  })
  for (const [name, sha] of branches) out.push(`reset refs/heads/${name}\nfrom ${mark(sha)}\n`)
  return `${out.join('\n')}\ndone\n`
}

function identity({ name, email, date }: Person): string {
  return `${name} <${email}> ${Math.floor(Date.parse(date) / 1000)} +0000`
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`
}

function quote(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`
}
