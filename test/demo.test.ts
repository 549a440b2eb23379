/** The demo as a newcomer starts it: it ends well, reads well, and leaves a repository that reads well. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onStage, WEEK } from '../demo/story.ts'
import { startWorld, type WorldOptions } from '../demo/world.ts'

type Ended = { code: number; out: string; err: string }

const ROOT = fileURLToPath(new URL('..', import.meta.url))
let folder: string
let clone: string
let demo: Ended

function start(...args: string[]): Promise<Ended> {
  return new Promise(resolve => {
    execFile(process.execPath, ['demo/main.ts', ...args], { cwd: ROOT }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    )
  })
}

const git = (...args: string[]): string =>
  execFileSync('git', ['-C', clone, ...args], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-test-'))
  clone = join(folder, 'specs')
  demo = await start('--clone', clone)
}, 60_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('what the demo prints', () => {
  it('the week is played to its end, and the end is the one that the story tells', () => {
    expect(demo).toMatchObject({ code: 0, err: '' })
    expect(demo.out).toContain(
      'It ended as it should: 48 specs and 48 rows hold the same in all 10 lines of the mapping',
    )
    expect(demo.out).toContain('no issue is open, and the last run wrote nothing')
  })

  it('each day has its table of who did what, what the sync did, and where it shows', () => {
    const tables = demo.out.matchAll(
      /^(\w+) \d+ November, \d\d:\d\d · .+\n┌.*\n│ Who did what +│ What the sync did +│ Where/gm,
    )
    expect([...tables].map(([, day]) => day)).toEqual([
      'Friday',
      'Monday',
      'Monday',
      'Tuesday',
      'Tuesday',
      'Wednesday',
      'Thursday',
      'Thursday',
    ])
    for (const cell of [
      '[ ] Keep Notion: 2027 Q1',
      '[ ] Keep Airtable: 2027 Q2',
      '[x] Keep Airtable: 2027 Q2',
      'GitHub: issue #1, closed',
      'Owner: Alan Turing',
      'Depends on: Mobile redesign',
      'Ship Date: 2027-01-29',
      'Status: Planned → Archived',
      'Status: Archived → Planned',
    ]) {
      expect(demo.out).toContain(cell)
    }
  })

  it('the table of runs ends with a run that changed nothing, and with the sums of calls', () => {
    const rows = [...demo.out.matchAll(/^│ ((?:Fri|Mon|Tue|Wed|Thu) \d\d:\d\d|Total) .*$/gm)].map(([row]) =>
      row.split('│').map(cell => cell.trim()),
    )
    expect(rows.map(([, run, changed]) => [run, changed])).toEqual([
      ['Fri 09:00', '47 created'],
      ['Mon 10:00', '1 created, 1 → Airtable, 1 → Notion'],
      ['Mon 15:30', '1 → Airtable, 1 conflict'],
      ['Tue 09:15', '1 → Notion'],
      ['Tue 14:00', '6 → Airtable, 1 → Notion'],
      ['Wed 11:15', '1 → Airtable'],
      ['Thu 11:15', '1 → Airtable'],
      ['Thu 11:30', 'nothing'],
      ['Total', ''],
    ])
    for (const column of [3, 4, 5]) {
      const [total = 0, ...runs] = rows.map(row => Number(row[column])).reverse()
      expect(Math.min(...runs)).toBeGreaterThan(0)
      expect(runs.reduce((sum, each) => sum + each, 0)).toBe(total)
    }
  })

  it('without a terminal it is plain text, no line wider than 120 columns', () => {
    expect(demo.out).not.toMatch(/(?!\n)\p{Cc}/u)
    const wide = demo.out.split('\n').filter(line => line.length > 120 && !line.includes(basename(folder)))
    expect(wide).toEqual([])
  })

  it('the git commands at its end work as they stand', () => {
    const commands = [...demo.out.matchAll(/^ {2}git -C .*$/gm)].map(([line]) => line.trim())
    expect(commands).toHaveLength(3)
    for (const command of commands) {
      const shown = execFileSync('sh', ['-c', command], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
      expect(shown).toContain('sync(product-specs): 1 → Notion')
      if (!command.includes('--grep')) continue
      // The life of one spec: its own lines alone, each under the run that wrote it.
      const told = shown
        .trim()
        .split('\n')
        .filter(line => !/^2026-11-\d\d sync\(product-specs\): /.test(line))
      expect(told.filter(line => !line.startsWith('- Mobile redesign, '))).toEqual([])
      expect(told.map(line => /, (.*?)(?: →|:)/.exec(line)?.[1])).toEqual([
        'Ship Date',
        'Depends on',
        'Target Quarter',
        'Priority',
        'Target Quarter',
        'new row',
      ])
    }
  })
})

describe('the repository that the demo leaves', () => {
  it('has one commit for each run that changed something, dated by its day', () => {
    expect(git('log', '--reverse', '--format=%ad %s', '--date=format:%a').trim().split('\n')).toEqual([
      'Fri Initial commit',
      'Fri sync(product-specs): 47 created',
      'Mon sync(product-specs): 1 created, 1 → Airtable, 1 → Notion',
      'Mon sync(product-specs): 1 → Airtable, 1 conflict',
      'Tue sync(product-specs): 1 → Notion',
      'Tue Map “Depends on” (#2)',
      'Tue sync(product-specs): 6 → Airtable, 1 → Notion',
      'Wed sync(product-specs): 1 → Airtable',
      'Thu sync(product-specs): 1 → Airtable',
    ])
  })

  it('tells in the commit which field of which spec went from what to what', () => {
    const monday = git('log', '-1', '--skip=6', '--format=%b')
    expect(monday).toMatch(/^- Billing API\b.*Status.*Planned → In review/m)
    expect(monday).toMatch(/^- Search redesign\b.*Sprint.*Sprint 24/m)
    expect(monday).toMatch(/^- Single sign-on\b/m)
    const tuesday = git('log', '-1', '--skip=4', '--format=%b')
    expect(tuesday).toMatch(/^- Mobile redesign\b.*Target Quarter.*2027 Q1 → 2027 Q2/m)
  })

  it('shows an edit as one changed line of the state', () => {
    const changed = git('log', '-1', '--skip=3', '-p', '-U0', '--format=', '--', 'state/product-specs/state.json')
    const records = changed.split('\n').filter(line => /^[-+]\{"title"/.test(line))
    expect(records).toHaveLength(2)
    expect(records[0]).toContain('"Target Quarter":"2026 Q4"')
    expect(records[1]).toContain('"Target Quarter":"2027 Q2"')
  })
})

describe('a demo that does not go well', () => {
  /** Plays the first scene in a world of one’s own. */
  async function playFirst(options: WorldOptions, meddle: (world: Awaited<ReturnType<typeof startWorld>>) => void) {
    const world = await startWorld(options)
    try {
      meddle(world)
      return await WEEK[0]?.play(onStage(world))
    } finally {
      await world.close()
    }
  }

  it('ends at a run that fails, with what that run logged', async () => {
    const play = playFirst({}, world => world.airtable.revokeToken())
    await expect(play).rejects.toThrow(/^The run failed.*airtable-token/s)
  })

  it('ends where the services do not hold what the story says', async () => {
    const play = playFirst({ specs: 3 }, () => {})
    await expect(play).rejects.toThrow('the number of rows after the first sync should be 47, and is 3')
  })

  it('exits with 1 and says why, and never writes over a folder that it was pointed at', async () => {
    const ended = await start('--clone', folder)
    expect(ended).toMatchObject({ code: 1, out: '' })
    expect(ended.err).toContain(`The demo failed. There is something at ${folder} already.`)
  })
})
