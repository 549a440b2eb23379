/** What GitHub's runner tells an action of the run: variables, the payload of the event, the `github` context. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunOptions } from '../runner.ts'

/** The root of this repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Files that an action writes into, each named by a variable. */
export const FILE_COMMANDS = ['OUTPUT', 'STEP_SUMMARY', 'STATE', 'ENV', 'PATH'] as const

let runs = 0

/** What a runner's machine has anyway. Nothing else of this process reaches the action. */
export function basics(): Record<string, string> {
  // GitHub's machines run on UTC
  const env: Record<string, string> = { CI: 'true', GITHUB_ACTIONS: 'true', TZ: 'UTC' }
  for (const name of ['PATH', 'HOME', 'LANG', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'USERPROFILE']) {
    const value = process.env[name]
    if (value !== undefined) env[name] = value
  }
  return env
}

/** The GITHUB_* and RUNNER_* variables that the runner hands to an action (GitHubContext.cs). */
export async function githubVariables(
  { github, event }: RunOptions,
  workspace: string,
  temp: string,
): Promise<Record<string, string>> {
  runs += 1
  const repository = `${github.owner}/${github.repo}`
  const branch = github.branch ?? 'main'
  const pull = pullRequestOf(event)
  const refName = pull ? `${pull.number}/merge` : branch
  const ref = pull ? `refs/pull/${pull.number}/merge` : `refs/heads/${branch}`
  const sha = github.sha ?? (await github.head?.(branch)) ?? '0'.repeat(40)
  return {
    GITHUB_ACTION: '__self',
    GITHUB_ACTION_PATH: ROOT,
    GITHUB_ACTION_REF: '',
    GITHUB_ACTION_REPOSITORY: '',
    GITHUB_ACTOR: github.owner,
    GITHUB_ACTOR_ID: '1',
    GITHUB_API_URL: github.url,
    GITHUB_BASE_REF: pull?.base ?? '',
    GITHUB_EVENT_NAME: event?.name ?? 'schedule',
    GITHUB_EVENT_PATH: join(temp, 'event.json'),
    GITHUB_GRAPHQL_URL: `${github.url}/graphql`,
    GITHUB_HEAD_REF: pull?.head ?? '',
    GITHUB_JOB: 'sync',
    GITHUB_REF: ref,
    GITHUB_REF_NAME: refName,
    GITHUB_REF_PROTECTED: 'false',
    GITHUB_REF_TYPE: 'branch',
    GITHUB_REPOSITORY: repository,
    GITHUB_REPOSITORY_ID: '1',
    GITHUB_REPOSITORY_OWNER: github.owner,
    GITHUB_REPOSITORY_OWNER_ID: '1',
    GITHUB_RETENTION_DAYS: '90',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: String(1_000_000 + runs),
    GITHUB_RUN_NUMBER: String(runs),
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_SHA: sha,
    GITHUB_TRIGGERING_ACTOR: github.owner,
    GITHUB_WORKFLOW: 'sync',
    GITHUB_WORKFLOW_REF: `${repository}/.github/workflows/sync.yml@${ref}`,
    GITHUB_WORKFLOW_SHA: sha,
    GITHUB_WORKSPACE: workspace,
    RUNNER_ARCH: 'X64',
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_NAME: 'GitHub Actions 1',
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: temp,
    RUNNER_TOOL_CACHE: join(temp, 'tools'),
    ...Object.fromEntries(FILE_COMMANDS.map(name => [`GITHUB_${name}`, join(temp, name)])),
  }
}

function pullRequestOf(event: RunOptions['event']): { number: number; base: string; head: string } | undefined {
  if (event?.name !== 'pull_request' && event?.name !== 'pull_request_target') return undefined
  const pull = event.payload?.pull_request as { number?: number; base?: Ref; head?: Ref } | undefined
  return { number: pull?.number ?? 1, base: pull?.base?.ref ?? 'main', head: pull?.head?.ref ?? '' }
}
type Ref = { ref?: string }

/** The payload of the event: the runner's own, and over it what the test gives. */
export function eventPayload({ github, event }: RunOptions): Record<string, unknown> {
  const repository = {
    id: 1,
    name: github.repo,
    full_name: `${github.owner}/${github.repo}`,
    private: github.private ?? true,
    owner: { login: github.owner },
    html_url: `https://github.com/${github.owner}/${github.repo}`,
    default_branch: 'main',
  }
  const isSchedule = event === undefined || event.name === 'schedule'
  return {
    ...(isSchedule ? { schedule: '*/15 * * * *' } : {}),
    repository,
    sender: { login: github.owner, type: 'User' },
    ...event?.payload,
  }
}

/** The `github` context of an expression: `github.token`, and `github.ref` for GITHUB_REF. */
export function githubContext(variables: Record<string, string>, token: string): Record<string, string> {
  const entries = Object.entries(variables).filter(([name]) => name.startsWith('GITHUB_'))
  return { ...Object.fromEntries(entries.map(([name, value]) => [name.slice(7).toLowerCase(), value])), token }
}
