/**
 * Starts the bundled action the way GitHub's runner starts it, and reports what a person would find on the page of
 * the run. For tests and the demo. It must know nothing of what the action does: action.yml and the process are all
 * that it looks at.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import { type Annotation, parseFileCommand, StepLog } from './runner/commands.ts'
import { basics, eventPayload, FILE_COMMANDS, githubContext, githubVariables, ROOT } from './runner/context.ts'
import { type DeclaredInputs, inputVariables, unexpectedInputs } from './runner/inputs.ts'

export type RunOptions = {
  /** Where the repository is. A `GitHubEmulator` fits as it is; `sha` left out is the head of `branch` (main). */
  github: {
    url: string
    owner: string
    repo: string
    token: string
    sha?: string
    branch?: string
    private?: boolean
    head?: (branch?: string) => Promise<string>
  }
  /** The step's `with:`. */
  inputs?: Record<string, string>
  /** The step's `env:`, such as NOTION_BASE_URL. It wins over what the runner sets. */
  env?: Record<string, string>
  /** Default: schedule. The payload is laid over the one that the runner would write. */
  event?: { name: string; payload?: Record<string, unknown> }
  /** Files that were checked out; left out, nothing was. */
  workspace?: Record<string, string>
  /** Default: dist/index.js at the root of this repository. */
  entry?: string
  /** What the process's clock shows when it starts: ms since the epoch, or an ISO date. */
  clock?: number | string
  /** Sees each line of stdout, and may answer with a signal for the process. */
  killOn?: (line: string) => NodeJS.Signals | undefined
  /** Cancels the run as the runner does: SIGINT, after 7.5 s SIGTERM, after 2.5 s SIGKILL. */
  cancel?: AbortSignal
  /** Put on the command line after the entry. */
  args?: string[]
  /** Hears the id of the process when it starts. */
  onStart?: (pid: number) => void
  /** The process is killed after this long; default 60,000. */
  timeoutMs?: number
}

export type RunResult = {
  exitCode: number | null
  signal: string | null
  stdout: string
  stderr: string
  /** Both streams as the page of the run shows them: commands rendered, secrets hidden. */
  log: string
  /** As the runner keeps them: 10 of each level, 4,096 characters each. */
  annotations: Annotation[]
  outputs: Record<string, string>
  summary: string
  /** What the action asked to hide. */
  masks: string[]
  /** The workspace after the run. */
  files: Record<string, string>
  durationMs: number
}

// ProcessInvoker.cs: _sigintTimeout, _sigtermTimeout
const SIGINT_GRACE_MS = 7500
const SIGTERM_GRACE_MS = 2500
// FileCommandManager.cs: _attachmentSizeLimit
const SUMMARY_LIMIT = 1024 * 1024

// Tests start the same bundle a thousand times, and much of that time is Node's own: vitest.config.ts asks for a quicker
// start. It changes nothing of what the action does, but GitHub's runner has no such thing, so that the demo and the
// bench, which tell how long a run takes, do without.
const QUICK_START = [
  // room for all that a run makes, so that Node does not stop to clear its memory
  '--min-semi-space-size=16',
  ...['--import', pathToFileURL(join(ROOT, 'emulators', 'compile-cache.mjs')).href],
]

/** Runs the action once, to its end; a failed run is a result, not an exception. */
export async function runAction(options: RunOptions): Promise<RunResult> {
  const home = await mkdtemp(join(tmpdir(), 'runner-'))
  try {
    return await runIn(home, options)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

async function runIn(home: string, options: RunOptions): Promise<RunResult> {
  const { github } = options
  const workspace = join(home, '_work', github.repo, github.repo)
  const temp = join(home, '_work', '_temp')
  await writeFiles(workspace, options.workspace ?? {})
  await writeFiles(temp, Object.fromEntries(FILE_COMMANDS.map(name => [name, ''])))
  const variables = await githubVariables(options, workspace, temp)
  await writeFiles(temp, { 'event.json': JSON.stringify(eventPayload(options)) })

  const log = new StepLog([github.token])
  const declared = await declaredInputs()
  const inputs = options.inputs ?? {}
  const unexpected = declared && unexpectedInputs(declared, inputs)
  if (unexpected !== undefined) log.annotate({ level: 'warning', message: unexpected })
  const env = {
    ...basics(),
    ...variables,
    ...inputVariables(declared ?? {}, inputs, githubContext(variables, github.token)),
    ...options.env,
  }
  const started = performance.now()
  const exit = await runProcess(options, workspace, env, log)
  const durationMs = performance.now() - started

  const outputs = { ...log.outputs, ...readOutputs(await readFile(join(temp, 'OUTPUT'), 'utf8'), log) }
  const summary = checkSummary(await readFile(join(temp, 'STEP_SUMMARY')), log)
  const { annotations, masks } = log
  const files = await readFiles(workspace)
  return { ...exit, log: log.text, annotations, outputs, summary, masks, files, durationMs }
}

/** The inputs in action.yml; undefined while there is no such file. */
async function declaredInputs(): Promise<DeclaredInputs | undefined> {
  const path = join(ROOT, 'action.yml')
  if (!existsSync(path)) return undefined
  return (parse(await readFile(path, 'utf8')) as { inputs?: DeclaredInputs }).inputs ?? {}
}

async function runProcess(
  options: RunOptions,
  cwd: string,
  env: Record<string, string>,
  log: StepLog,
): Promise<Pick<RunResult, 'exitCode' | 'signal' | 'stdout' | 'stderr'>> {
  const clock = options.clock === undefined ? [] : ['--import', clockModule(options.clock)]
  const entry = options.entry ?? join(ROOT, 'dist', 'index.js')
  // after the clock, whose address differs from run to run and would fill the cache
  const quick = options.entry === undefined && process.env.QUICK_START === 'true' ? QUICK_START : []
  const child = spawn(process.execPath, [...clock, ...quick, entry, ...(options.args ?? [])], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (child.pid !== undefined) options.onStart?.(child.pid)
  const timers: NodeJS.Timeout[] = []
  const after = (ms: number, act: () => void) => timers.push(setTimeout(act, ms))
  const onCancel = () => {
    log.annotate({ level: 'error', message: 'The operation was canceled.' })
    child.kill('SIGINT')
    after(SIGINT_GRACE_MS, () => child.kill('SIGTERM'))
    after(SIGINT_GRACE_MS + SIGTERM_GRACE_MS, () => child.kill('SIGKILL'))
  }
  const timeoutMs = options.timeoutMs ?? 60_000
  after(timeoutMs, () => {
    log.show(`The emulated runner killed the process after ${timeoutMs} ms.`)
    child.kill('SIGKILL')
  })
  if (options.cancel?.aborted) onCancel()
  else options.cancel?.addEventListener('abort', onCancel, { once: true })

  const stdout = readLines(child.stdout, line => {
    log.take(line)
    const signal = options.killOn?.(line)
    if (signal) child.kill(signal)
  })
  const stderr = readLines(child.stderr, line => log.take(line))
  try {
    const [exitCode, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, name) => resolve([code, name]))
    })
    if (exitCode !== 0) {
      log.show(exitCode === null ? `The process ended by ${signal}.` : `Process completed with exit code ${exitCode}.`)
    }
    return { exitCode, signal, stdout: await stdout, stderr: await stderr }
  } finally {
    for (const timer of timers) clearTimeout(timer)
    options.cancel?.removeEventListener('abort', onCancel)
  }
}

function clockModule(clock: number | string): string {
  const url = pathToFileURL(join(ROOT, 'emulators', 'clock.mjs'))
  url.searchParams.set('start', String(new Date(clock).getTime()))
  return url.href
}

/** Gives each line to `take` as it comes; resolves to the whole text. Lines end as .NET's ReadLine ends them. */
async function readLines(stream: Readable, take: (line: string) => void): Promise<string> {
  let text = ''
  let pending = ''
  for await (const chunk of stream.setEncoding('utf8')) {
    text += chunk
    pending += chunk
    // a \r at the very end may be the first half of \r\n
    const lines = pending.split(/\r\n|\n|\r(?!$)/)
    pending = lines.pop() ?? ''
    for (const line of lines) take(line)
  }
  if (pending !== '') take(pending.replace(/\r$/, ''))
  return text
}

function readOutputs(text: string, log: StepLog): Record<string, string> {
  try {
    return parseFileCommand(text)
  } catch (error) {
    log.annotate({ level: 'error', message: "Unable to process file command 'output' successfully." })
    log.annotate({ level: 'error', message: error instanceof Error ? error.message : String(error) })
    return {}
  }
}

/** The runner drops a summary that is too long as a whole. */
function checkSummary(bytes: Buffer, log: StepLog): string {
  if (bytes.length <= SUMMARY_LIMIT) return log.mask(bytes.toString())
  const message = `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${Math.floor(bytes.length / 1024)}k.`
  log.annotate({ level: 'error', message })
  return ''
}

async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

async function readFiles(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const files = await Promise.all(
    paths.sort().map(async path => [relative(folder, path).replaceAll('\\', '/'), await readFile(path, 'utf8')]),
  )
  return Object.fromEntries(files)
}
