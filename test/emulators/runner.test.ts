import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { parseCommand, parseFileCommand } from '../../emulators/runner/commands.ts'
import { inputVariables, unexpectedInputs } from '../../emulators/runner/inputs.ts'
import { type RunOptions, type RunResult, runAction } from '../../emulators/runner.ts'

const github = { url: 'http://127.0.0.1:9', owner: 'acme', repo: 'specs', token: 'ghs_test', sha: 'a'.repeat(40) }
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runner-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(() => vi.useRealTimers())

/** Runs a script in the place of the action. */
async function run(script: string, options: Partial<RunOptions> = {}): Promise<RunResult> {
  const entry = join(folder, `entry-${crypto.randomUUID()}.mjs`)
  await writeFile(entry, `import fs from 'node:fs'\nconst env = process.env\n${script}`)
  return runAction({ github, entry, ...options })
}

/** Runs a script that prints one JSON value. */
async function evaluate(expression: string, options: Partial<RunOptions> = {}): Promise<unknown> {
  const { stdout } = await run(`console.log(JSON.stringify(${expression}))`, options)
  return JSON.parse(stdout)
}

describe('what the action finds when it starts', () => {
  it('inputs stand in INPUT_ variables, upper-cased, with spaces as underscores and dashes kept', async () => {
    const inputs = { 'notion-token': 'ntn_1', 'two words': 'x' }
    const seen = await evaluate(`[env['INPUT_NOTION-TOKEN'], env.INPUT_TWO_WORDS]`, { inputs })
    expect(seen).toEqual(['ntn_1', 'x'])
  })

  it('it runs in a workspace that holds what was checked out, and nothing where nothing was', async () => {
    const list = `fs.readdirSync('.', { recursive: true }).sort()`
    expect(await evaluate(list)).toEqual([])
    const workspace = { 'mappings.yaml': 'version: 1', 'state/README.md': '' }
    expect(await evaluate(list, { workspace })).toEqual(['mappings.yaml', 'state', 'state/README.md'])
  })

  it('the environment of the parent stays outside, that of the step comes in', async () => {
    vi.stubEnv('SECRET_OF_THE_PARENT', 'x')
    const seen = await evaluate(`[env.SECRET_OF_THE_PARENT ?? null, env.NOTION_BASE_URL, env.NODE_OPTIONS ?? null]`, {
      env: { NOTION_BASE_URL: 'http://127.0.0.1:1' },
    })
    vi.unstubAllEnvs()
    expect(seen).toEqual([null, 'http://127.0.0.1:1', null])
  })

  it('a scheduled run knows its repository, commit and cron line', async () => {
    const event = `JSON.parse(fs.readFileSync(env.GITHUB_EVENT_PATH, 'utf8'))`
    expect(
      await evaluate(
        `[env.GITHUB_ACTIONS, env.GITHUB_EVENT_NAME, env.GITHUB_REPOSITORY, env.GITHUB_SHA, env.GITHUB_REF, ${event}.schedule, ${event}.repository.private]`,
      ),
    ).toEqual(['true', 'schedule', 'acme/specs', github.sha, 'refs/heads/main', '*/15 * * * *', true])
  })

  it('a pull request run has its merge ref and its payload', async () => {
    const payload = { pull_request: { number: 7, base: { ref: 'main' }, head: { ref: 'edit' } } }
    const event = { name: 'pull_request', payload }
    const seen = await evaluate(
      `[env.GITHUB_REF, env.GITHUB_HEAD_REF, env.GITHUB_BASE_REF, JSON.parse(fs.readFileSync(env.GITHUB_EVENT_PATH)).pull_request.number]`,
      { event },
    )
    expect(seen).toEqual(['refs/pull/7/merge', 'edit', 'main', 7])
  })

  it('the clock starts where the test says and moves on, for each way to ask it', async () => {
    const clock = '2026-03-01T09:00:00.000Z'
    const seen = await evaluate(
      `[Date.now(), new Date().getTime(), Date.parse(Date() ), new Date(0).getTime(), new Date() instanceof Date]`,
      { clock },
    )
    const [now, constructed, called, ...others] = seen as number[]
    const start = Date.parse(clock)
    for (const time of [now, constructed]) expect((time ?? 0) - start).toBeGreaterThanOrEqual(0)
    for (const time of [now, constructed, called]) expect(Math.abs((time ?? 0) - start)).toBeLessThan(10_000)
    expect(others).toEqual([0, true])
  })

  it('arguments stand on the command line', async () => {
    expect(await evaluate('process.argv.slice(2)', { args: ['plan', '--json'] })).toEqual(['plan', '--json'])
  })
})

// put together from pieces, so that it is not taken for a mistyped template
const expression = (text: string): string => ['$', `{{ ${text} }}`].join('')

describe('inputs that action.yml declares', () => {
  const declared = {
    'github-token': { default: expression('github.token') },
    'state-dir': { default: 'state' },
    force: { default: false },
    mode: null,
  }

  it('take their defaults, the token among them, and are empty where there is none', () => {
    expect(inputVariables(declared, { 'State-Dir': 's' }, { token: 'ghs_test' })).toEqual({
      'INPUT_GITHUB-TOKEN': 'ghs_test',
      'INPUT_STATE-DIR': 's',
      INPUT_FORCE: 'false',
      INPUT_MODE: '',
    })
  })

  it('an expression that is not known is an error, not a guess', () => {
    const wrong = { a: { default: expression('secrets.A') } }
    expect(() => inputVariables(wrong, {}, {})).toThrow(`cannot evaluate ${expression('secrets.A')}`)
  })

  it('one that is not declared is warned of', () => {
    expect(unexpectedInputs(declared, { mode: 'plan', Force: 'true' })).toBeUndefined()
    expect(unexpectedInputs(declared, { mod: 'plan' })).toBe(
      "Unexpected input(s) 'mod', valid inputs are ['github-token', 'state-dir', 'force', 'mode']",
    )
  })
})

describe('what the action leaves behind', () => {
  it('outputs of one line and of many are read, and so is an output in the old spelling', async () => {
    const { outputs } = await run(`
      fs.appendFileSync(env.GITHUB_OUTPUT, 'changed=a=b\\nlist<<END\\none\\n\\ntwo=2\\nEND\\n')
      console.log('::set-output name=old::value')`)
    expect(outputs).toEqual({ changed: 'a=b', list: 'one\n\ntwo=2', old: 'value' })
  })

  it('an output file that is neither form is an error of the run', async () => {
    const { outputs, annotations } = await run(`fs.appendFileSync(env.GITHUB_OUTPUT, 'list<<END\\none\\n')`)
    expect(outputs).toEqual({})
    expect(annotations.map(a => a.message)).toContain("Invalid value. Matching delimiter not found 'END'")
  })

  it('the summary is kept, with secrets hidden', async () => {
    const { summary } = await run(`fs.appendFileSync(env.GITHUB_STEP_SUMMARY, '# Done with ghs_test\\n')`)
    expect(summary).toBe('# Done with ***\n')
  })

  it('a summary over 1 MiB is dropped as a whole, with an error', async () => {
    const { summary, annotations } = await run(
      `fs.appendFileSync(env.GITHUB_STEP_SUMMARY, 'x'.repeat(1024 * 1024 + 1))`,
    )
    expect(summary).toBe('')
    expect(annotations).toMatchObject([{ level: 'error', message: expect.stringContaining('upload aborted') }])
  })

  it('files that it wrote in the workspace can be looked at', async () => {
    const { files } = await run(`fs.mkdirSync('state'); fs.writeFileSync('state/a.json', '{}')`)
    expect(files).toEqual({ 'state/a.json': '{}' })
  })

  it('the exit code and the log are those of the process', async () => {
    const result = await run(`console.log('hello'); process.exitCode = 3`)
    expect(result).toMatchObject({ exitCode: 3, signal: null, stdout: 'hello\n', stderr: '' })
    expect(result.log).toBe('hello\nProcess completed with exit code 3.\n')
  })
})

describe('workflow commands', () => {
  it('an annotation carries its place and is shown in the log', async () => {
    const { annotations, log } = await run(
      `console.log('::error file=mappings.yaml,line=7,col=3,title=a%3A%2Cb::no%0Asuch %25 field')`,
    )
    const place = { file: 'mappings.yaml', line: 7, col: 3, title: 'a:,b' }
    expect(annotations).toEqual([{ level: 'error', message: 'no\nsuch % field', ...place }])
    expect(log).toBe('Error: no\nsuch % field\n')
  })

  it('a group is a heading in the log; debug lines are not shown', async () => {
    const { log } = await run(`console.log('::group::Notion\\nread 3\\n::endgroup::\\n::debug::x\\nend')`)
    expect(log).toBe('▼ Notion\nread 3\nend\n')
  })

  it('they are obeyed on stderr, after spaces, and in the old form in the middle of a line', async () => {
    const { annotations } = await run(`
      console.error('  ::warning::from stderr')
      console.log('Name: ##[notice file=a]in the middle')
      console.log('Name: ::error::not at the start')`)
    expect(annotations).toEqual(
      expect.arrayContaining([
        { level: 'warning', message: 'from stderr' },
        { level: 'notice', message: 'in the middle', file: 'a' },
      ]),
    )
    expect(annotations).toHaveLength(2)
  })

  it('a name that is no command is just text', () => {
    expect(parseCommand('::hello::world')).toBeUndefined()
    expect(parseCommand('##[hello]world')).toBeUndefined()
    expect(parseCommand('::ERROR::loud')).toMatchObject({ name: 'error', data: 'loud' })
  })

  it('commands are off between stop-commands and its token', async () => {
    const { annotations, log } = await run(
      `console.log('::stop-commands::t0k\\n::error::quiet\\n::t0k::\\n::error::loud')`,
    )
    expect(annotations.map(a => a.message)).toEqual(['loud'])
    expect(log).toBe('::error::quiet\nError: loud\n')
  })

  it('a masked value is hidden from its line on, each line of it by itself; the raw streams keep it', async () => {
    const { log, stdout, masks } = await run(`console.log('s3cret\\n::add-mask::s3cret%0Asecond\\ns3cret, second')`)
    expect(masks).toEqual(['s3cret\nsecond'])
    expect(log).toBe('s3cret\n***, ***\n')
    expect(stdout).toContain('s3cret, second')
  })

  it('the token of the job is hidden without being asked', async () => {
    const { log } = await run(`console.log('token ghs_test')`)
    expect(log).toBe('token ***\n')
  })

  it('ten annotations of a level are kept, and the log shows them all', async () => {
    const { annotations, log } = await run(`for (let i = 0; i < 12; i++) console.log('::warning::' + i)`)
    expect(annotations).toHaveLength(10)
    expect(log).toContain('Warning: 11')
  })

  it('a heredoc may hold a line that looks like another output', () => {
    expect(parseFileCommand('a<<E\nb=1\nE\nc=2\n')).toEqual({ a: 'b=1', c: '2' })
    expect(() => parseFileCommand('nonsense')).toThrow("Invalid format 'nonsense'")
  })
})

describe('a run that is stopped', () => {
  const waits = `const wait = setInterval(() => {}, 1000); console.log('ready');`

  it('cancelled, it is asked first and may finish', async () => {
    const cancel = new AbortController()
    const result = await run(`process.on('SIGINT', () => { console.log('saved'); clearInterval(wait) }); ${waits}`, {
      cancel: cancel.signal,
      killOn: line => void (line === 'ready' && cancel.abort()),
    })
    expect(result).toMatchObject({ exitCode: 0, signal: null, stdout: 'ready\nsaved\n' })
  })

  it('one that does not listen is asked again after 7.5 s and killed after 2.5 s more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const cancel = new AbortController()
    const result = await run(
      `for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => console.log(name)); ${waits}`,
      {
        cancel: cancel.signal,
        killOn: line => {
          if (line === 'ready') cancel.abort()
          if (line === 'SIGINT') vi.advanceTimersByTime(7500)
          if (line === 'SIGTERM') vi.advanceTimersByTime(2500)
          return undefined
        },
      },
    )
    expect(result).toMatchObject({ exitCode: null, signal: 'SIGKILL', stdout: 'ready\nSIGINT\nSIGTERM\n' })
  })

  it('a test can kill it at a line of its log', async () => {
    const result = await run(waits, { killOn: line => (line === 'ready' ? 'SIGKILL' : undefined) })
    expect(result).toMatchObject({ exitCode: null, signal: 'SIGKILL' })
  })

  it('one that hangs is killed after timeoutMs', async () => {
    const result = await run(waits, { timeoutMs: 300 })
    expect(result.signal).toBe('SIGKILL')
    expect(result.log).toContain('killed the process after 300 ms')
  })
})
