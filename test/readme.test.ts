/**
 * README and docs against the repository they describe: tables, commands, examples, quoted messages and links must be
 * those that are there. What fails here is a text to correct, or a change that the text has not heard of.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { lintWorkflow } from '../scripts/lint-workflows.ts'
import { loadMappings } from '../src/config/load.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const files = (folder: string, end: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith(end))
    .map(path => `${folder}/${path}`)
    .sort()

const README = read('README.md')
const DOCUMENTS = ['README.md', 'emulators/README.md', ...files('docs', '.md')]

/** The code blocks of a language, without their fences. */
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code]) => code ?? '')

/** The text without code blocks, in which nothing is a link or a heading. */
const prose = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '')

const cells = (line: string): string[] =>
  line
    .slice(1, -1)
    .split('|')
    .map(cell => cell.trim())

/** The rows of the table whose first column has this head, as cells. */
function table(head: string): string[][] {
  const lines = README.split('\n')
  const start = lines.findIndex(line => line.startsWith('|') && cells(line)[0] === head)
  const rows = lines.slice(start + 2)
  return rows
    .slice(
      0,
      rows.findIndex(line => !line.startsWith('|')),
    )
    .map(cells)
}

const code = (cell: string | undefined): string | undefined => /^`(.+)`$/.exec(cell ?? '')?.[1]
const names = (head: string): (string | undefined)[] => table(head).map(([first]) => code(first))

const WORKFLOW = blocks(README, 'yaml').find(block => block.startsWith('name:')) ?? ''
const MAPPING = blocks(README, 'yaml').find(block => block.startsWith('version:')) ?? ''

describe('the tables of inputs and outputs', () => {
  const action: { inputs: Record<string, { default?: string }>; outputs: Record<string, unknown> } = parse(
    read('action.yml'),
  )

  test('list the inputs of action.yml with their defaults', () => {
    const told = Object.fromEntries(table('Input').map(([name, preset]) => [code(name), code(preset)]))
    const real = Object.entries(action.inputs).map(([name, input]) => [name, input.default])
    expect(told).toEqual(Object.fromEntries(real))
  })

  test('list the outputs of action.yml', () => {
    expect(names('Output').sort()).toEqual(Object.keys(action.outputs).sort())
  })

  test('list the modes that the source knows', () => {
    const known = /const MODES = \[(.*)\]/.exec(read('src/inputs.ts'))?.[1]?.match(/\w+/g) ?? []
    expect(names('Mode').sort()).toEqual([...known].sort())
  })

  test('list the arguments of the shell', () => {
    const usage = /const USAGE = `([\s\S]*?)`/.exec(read('src/cli.ts'))?.[1] ?? ''
    const modes = /Modes\n([\s\S]*?)\n\n/.exec(usage)?.[1]?.match(/^ {2}\w+/gm) ?? []
    const options = usage.match(/--[a-z-]+(?: [A-Z]+)?/g) ?? []
    const told = table('Argument').flatMap(([cell]) =>
      cell?.match(/(?<=`)[^`]+(?=`)/g)?.filter(text => /\w/.test(text)),
    )
    expect(told).toEqual([...modes.map(mode => mode.trim()), ...options])
  })
})

describe('the workflow to copy', () => {
  const ours = read('.github/workflows/sync.yml')
  const switchedOn = WORKFLOW.replace('# schedule:', 'schedule:').replace('#   - cron', '  - cron')
  const withoutSteps = (text: string): unknown => {
    const { jobs, ...rest } = parse(text) as { jobs: { sync: { steps: unknown[] } } }
    const { steps, ...sync } = jobs.sync
    return { ...rest, sync, step: { ...(steps.at(-1) as object), uses: '' } }
  }

  test('has nothing to complain about, once its two words are replaced', async () => {
    const sha = 'de0fac2e4500dabe0009e67214ff5f5447ce83dd'
    const filled = switchedOn.replace('OWNER/', 'acme/').replace('FULL_COMMIT_SHA', sha)
    expect(filled).not.toBe(switchedOn)
    const inputs = Object.keys((parse(read('action.yml')) as { inputs: object }).inputs)
    expect(await lintWorkflow('sync.yml', filled, inputs)).toEqual([])
  })

  test('runs on no schedule until that is switched on', () => {
    expect(Object.keys((parse(WORKFLOW) as { on: object }).on)).not.toContain('schedule')
  })

  test('is this repository’s own, except for where the action comes from', () => {
    expect(withoutSteps(switchedOn)).toEqual(withoutSteps(ours))
  })
})

describe('every workflow that is shown or shipped', () => {
  const INPUTS = Object.keys((parse(read('action.yml')) as { inputs: object }).inputs)
  const { version } = JSON.parse(read('package.json')) as { version: string }
  const shown = DOCUMENTS.flatMap(path => blocks(read(path), 'yaml').filter(block => /^jobs:$/m.test(block)))
  const shipped = ['sync', 'plan'].map(name => read(`.github/workflows/${name}.yml`))
  type Step = { uses?: string; with?: Record<string, string> }
  /** The steps that run this action. */
  const stepsOf = (text: string): Step[] =>
    Object.values((parse(text) as { jobs: Record<string, { steps: Step[] }> }).jobs)
      .flatMap(job => job.steps)
      .filter(({ uses }) => uses === './' || uses?.startsWith('OWNER/') === true)

  test('is well formed', async () => {
    expect(shown.length).toBeGreaterThan(1)
    for (const text of shown) {
      const filled = text.replaceAll('OWNER/', 'acme/').replaceAll('FULL_COMMIT_SHA', '0'.repeat(40))
      expect(await lintWorkflow('shown.yml', filled, INPUTS)).toEqual([])
    }
  })

  test('names the version of package.json beside the commit', () => {
    const named = [...shown, ...shipped].flatMap(text =>
      [...text.matchAll(/notion-airtable-sync@.*?# (\S+)/g)].map(([, tag]) => tag),
    )
    expect(new Set(named)).toEqual(new Set([`v${version}`]))
  })

  test('reads and writes the state on one and the same branch, and gives only inputs that there are', () => {
    const steps = [...shown, ...shipped].flatMap(stepsOf)
    expect(steps.length).toBeGreaterThan(4)
    expect(new Set(steps.map(step => step.with?.branch))).toEqual(new Set([`\${{ vars.STATE_BRANCH }}`]))
    expect(steps.flatMap(step => Object.keys(step.with ?? {})).filter(name => !INPUTS.includes(name))).toEqual([])
  })

  test('may see issues, where a tick is to be read', () => {
    const jobs = [...shown, ...shipped].flatMap(text =>
      Object.values((parse(text) as { jobs: Record<string, { permissions: { issues?: string } }> }).jobs),
    )
    expect(jobs.filter(job => job.permissions.issues === undefined)).toEqual([])
  })
})

describe('the mapping', () => {
  test('is the one that is shipped and that the demo plays', () => {
    expect(`${read('mappings.yaml').split('\n')[0]}\n${MAPPING}`).toBe(read('mappings.yaml'))
  })

  test('of every example in the documents is well formed', () => {
    const examples = DOCUMENTS.flatMap(path => blocks(read(path), 'yaml')).filter(block => /^version: 1$/m.test(block))
    for (const example of examples) expect(() => loadMappings(example, 'mappings.yaml', null)).not.toThrow()
    expect(examples).toContain(MAPPING)
  })

  test('the place of the mistake in the example is where it is', () => {
    const [, line = '', column = '', wrong = ''] =
      /^mappings\.yaml:(\d+):(\d+): Airtable has no field "(.+?)"/m.exec(README) ?? []
    const broken = read('mappings.yaml').replace('Spec Name,', `${wrong},`).split('\n')
    expect(broken[Number(line) - 1]?.slice(Number(column) - 1)).toMatch(new RegExp(`^${wrong},`))
  })
})

describe('commands', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

  test.each(DOCUMENTS)('the npm scripts that %s names are there', path => {
    const named = [...read(path).matchAll(/\bnpm run (?:-s )?([\w:-]+)/g)].map(([, script]) => script ?? '')
    expect(named.filter(script => scripts[script] === undefined)).toEqual([])
  })

  test('every npm script is explained', () => {
    const named = [...README.matchAll(/`npm (?:run )?([\w:-]+)/g)].map(([, script]) => script)
    const missing = Object.keys(scripts).filter(script => !named.includes(script))
    expect(missing).toEqual([])
  })
})

describe('troubleshooting', () => {
  const source = files('src', '.ts').map(read).join('\n')

  test('every message that is quoted is one that the source says', () => {
    const quoted = table('It says').flatMap(([cell]) =>
      [...(cell ?? '').matchAll(/“([^”]+)”/g)].map(([, text]) => text),
    )
    expect(quoted.length).toBeGreaterThan(20)
    expect(quoted.filter(text => !source.includes(text ?? ''))).toEqual([])
  })
})

describe('the conflict issue that is shown', () => {
  test('says what the action says', () => {
    const source = read('src/report/issue.ts')
    const sentences = [
      'Tick **one** box of a conflict: the next run writes that value to the other side and says so below.',
      'Which edit is the newest cannot be told, so a person decides.',
      'edited in the same minute, or at a time that Airtable does not tell',
      'When both last agreed',
    ]
    const shown = README.replaceAll('\n> ', ' ')
    for (const text of sentences)
      expect([text, shown.includes(text), source.includes(text)]).toEqual([text, true, true])
  })
})

describe('links', () => {
  /** The anchor that GitHub gives a heading. */
  const anchor = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
  const anchors = (path: string): string[] =>
    [...prose(read(path)).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchor(heading ?? ''))

  test.each(DOCUMENTS)('all that stand in %s lead to what is there', path => {
    const targets = [...prose(read(path)).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target ?? '')
      .filter(target => !/^https?:/.test(target))
    const broken = targets.filter(target => {
      const [file = '', heading] = target.split('#')
      const to = file === '' ? path : join(dirname(path), file)
      return !existsSync(join(ROOT, to)) || (heading !== undefined && !anchors(to).includes(heading))
    })
    expect(broken).toEqual([])
  })

  test('every decision is in the list of decisions', () => {
    const list = read('docs/decisions/README.md')
    const missing = files('docs/decisions', '.md').filter(
      path => !path.endsWith('/README.md') && !list.includes(`(${path.split('/').at(-1)})`),
    )
    expect(missing).toEqual([])
  })
})
