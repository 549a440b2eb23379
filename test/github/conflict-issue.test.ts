/**
 * The conflict issue where GitHub, or a person on it, does something odd in between: answers that are lost, ticks that
 * cross a write, issues that are moved, deleted, locked or switched off. The real client against the emulated GitHub.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type GitHubEmulator, startGitHub } from '../../emulators/github.ts'
import { type Conflict, RECORD } from '../../src/core/model.ts'
import { cellId } from '../../src/core/planning.ts'
import type { GitHub } from '../../src/github/client.ts'
import { conflictIssue, type EditedIssue, type IssueChange, type Picks } from '../../src/github/conflict-issue.ts'
import * as issues from '../../src/github/issues.ts'
import { createPace } from '../../src/pace.ts'
import { conflict, issue as content } from '../report/words.ts'

const SYNC = 'product-specs'
const NEVER = new AbortController().signal

let server: GitHubEmulator
let github: GitHub
/** The client reads its address once, so that every GitHub of this file stands at the same one. */
let port = 0

beforeEach(async () => {
  server = await startGitHub({}, { port })
  port = Number(new URL(server.url).port)
  vi.stubEnv('GITHUB_API_URL', server.url)
  const { createGitHub } = await import('../../src/github/client.ts')
  const limits = { count: 100, intervalMs: 0, concurrency: 10 }
  github = createGitHub(
    server.token,
    'acme/specs',
    createPace(limits, { now: NEVER, grace: NEVER }, () => {}),
  )
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await server.close()
})

const TWO = [conflict(1), conflict(2)]
const NO_PICKS: Picks = { picks: new Map(), both: [], boxes: [], issue: null }
const ON = async () => true
const KNOWN = { number: 1, author: 'github-actions[bot]' }

const change = (conflicts: readonly Conflict[], more: Partial<IssueChange> = {}): IssueChange => {
  const { ticked: _, ...rest } = content({ conflicts })
  return {
    content: rest,
    ticks: NO_PICKS,
    joined: { conflicts: [], problems: [] },
    settled: [],
    wasOpen: true,
    ...more,
  }
}
/** A run that opens the issue with two conflicts. */
async function opened(): Promise<void> {
  const made = await conflictIssue(github, SYNC, null, ON).ensure(change(TWO))
  expect(made?.number).toBe(1)
}
const bodyNow = async (): Promise<string> => (await server.issues('all')).find(item => item.number === 1)?.body ?? ''
const writes = (): string[] => server.writes().map(call => `${call.method} ${call.path}`)

describe('a tick that crosses our write', () => {
  /** Answers the body as the event of the tick tells it; a run that shows one conflict less has overwritten it. */
  async function crossed(): Promise<string> {
    await opened()
    const handler = conflictIssue(github, SYNC, null, ON)
    const ticks = await handler.read(KNOWN, TWO, [])
    let told = ''
    server.onCall(async call => {
      if (told !== '' || call.method !== 'PATCH') return
      await server.tick(1, 'Airtable')
      told = await bodyNow()
    })
    await handler.update(1, change([conflict(1)], { ticks }))
    return told
  }

  it('is overwritten there, and obeyed by the run that its event started', async () => {
    const told = await crossed()
    expect(told).toContain('- [x] Keep Airtable')
    expect(await bodyNow()).not.toContain('- [x]')
    const { picks } = await conflictIssue(github, SYNC, { number: 1, body: told }, ON).read(KNOWN, [conflict(1)], [])
    expect([...picks]).toEqual([[cellId(conflict(1)), 'airtable']])
  })

  it('stays where its write did not succeed: it is put back into the body', async () => {
    const told = await crossed()
    const handler = conflictIssue(github, SYNC, { number: 1, body: told }, ON)
    const ticks = await handler.read(KNOWN, [conflict(1)], [])
    await handler.update(1, change([conflict(1)], { ticks }))
    expect(await bodyNow()).toContain('- [x] Keep Airtable')
  })
})

it('an issue of which a server tells the least is read all the same', async () => {
  await opened()
  await server.tick(1, 'Notion')
  const [issue] = await server.issues('all')
  const { number, title, body, state } = issue ?? {}
  const least = { number, title, body, state, user: { login: 'github-actions[bot]' } }
  server.inject({ on: /^GET .*\/issues\/1$/, effect: { kind: 'answer', status: 200, body: least } })
  const { picks } = await conflictIssue(github, SYNC, null, ON).read(KNOWN, TWO, [])
  expect([...picks]).toEqual([[cellId(conflict(1)), 'notion']])
})

it('the event of an issue that is not ours says nothing', async () => {
  await opened()
  const forged = (await bodyNow())
    .replace('content=', 'content=0')
    .replace('- [ ] Keep Airtable', '- [x] Keep Airtable')
  const edits: EditedIssue[] = [
    { number: 2, body: forged },
    { number: 1, body: `Quoted: ${forged}` },
  ]
  for (const edited of edits)
    expect((await conflictIssue(github, SYNC, edited, ON).read(KNOWN, TWO, [])).picks.size).toBe(0)
})

describe('an issue that a person edited', () => {
  it.each([
    ['a note below', (body: string) => `${body}\nOur note.\n`],
    ['another title', (body: string) => body],
  ])('keeps %s while nothing changes', async (_, edit) => {
    await opened()
    await server.editIssue(1, { title: 'Renamed', body: edit(await bodyNow()) }, 'ada')
    const handler = conflictIssue(github, SYNC, null, ON)
    const before = writes()
    await handler.update(1, change(TWO, { ticks: await handler.read(KNOWN, TWO, []) }))
    expect(writes()).toEqual(before)
  })

  it('gets its boxes back where they were edited away', async () => {
    await opened()
    const whole = await bodyNow()
    await server.editIssue(1, { body: whole.replace(/^- \[ \] Keep Notion.*\n/m, '') }, 'ada')
    const handler = conflictIssue(github, SYNC, null, ON)
    await handler.update(1, change(TWO, { ticks: await handler.read(KNOWN, TWO, []) }))
    expect(await bodyNow()).toBe(whole)
  })

  it('is obeyed without its label, and under another title', async () => {
    await opened()
    await server.editIssue(1, { title: 'Renamed', labels: [] }, 'ada')
    await server.tick(1, 'Notion', 1)
    const { picks } = await conflictIssue(github, SYNC, null, ON).read(KNOWN, TWO, [])
    expect([...picks]).toEqual([[cellId(conflict(2)), 'notion']])
  })
})

describe('a comment', () => {
  const said = async () => (await server.comments(1)).map(item => item.body)

  it.each(['before', 'after'] as const)('whose answer is lost %s it took effect is made once', async when => {
    await opened()
    server.inject({ on: /^POST .*\/comments$/, effect: { kind: 'reset', when } })
    await issues.comment(github, 1, 'Settled.')
    expect(await said()).toEqual(['Settled.'])
  })

  describe('about ticks that do not count', () => {
    const EDITED = conflict(1, { notion: 'Blocked' })
    const STALE = /`Search`, `Status`: a value was edited after the tick, so nothing was written\. Look again, and tick/

    /** A run that finds the first conflict ticked, and tells what is open after it. */
    async function comments(after: readonly Conflict[], more: Partial<IssueChange> = {}): Promise<string[]> {
      await opened()
      await server.tick(1, 'Notion')
      const handler = conflictIssue(github, SYNC, null, ON)
      await handler.update(1, change(after, { ticks: await handler.read(KNOWN, TWO, []), ...more }))
      return said()
    }

    it('tells of one that stood beside a value that was edited since, and shows it unticked', async () => {
      const joined = { conflicts: [EDITED], problems: [] }
      expect(await comments([EDITED, conflict(2)], { joined })).toEqual([expect.stringMatching(STALE)])
      expect(await bodyNow()).not.toContain('[x]')
    })

    it('tells of one that a body of former values held, which an earlier run could not bring up to date', async () => {
      await opened()
      await server.tick(1, 'Notion')
      const handler = conflictIssue(github, SYNC, null, ON)
      const now = [EDITED, conflict(2)]
      await handler.update(1, change(now, { ticks: await handler.read(KNOWN, now, []) }))
      expect(await said()).toEqual([expect.stringMatching(STALE)])
    })

    it('does not tell so of one that was written, or whose write is still to come', async () => {
      expect((await comments([conflict(2)], { settled: [conflict(1)] })).join()).not.toMatch(STALE)
      // The option has another name since; the tick stands beside the former one, and counts.
      const renamed = conflict(2, { notion: 'In progress' })
      await server.tick(1, 'Notion')
      const handler = conflictIssue(github, SYNC, null, ON)
      await handler.update(1, change([renamed], { ticks: await handler.read(KNOWN, [conflict(2)], []) }))
      expect((await said()).join()).not.toMatch(STALE)
    })
  })

  it.each([
    [TWO, 'Reopened: 2 conflicts are still open. It closes by itself when none is left.'],
    [[conflict(1)], 'Reopened: 1 conflict is still open. It closes by itself when none is left.'],
  ])('tells why an issue that a person closed is open again', async (open, words) => {
    await opened()
    await server.editIssue(1, { state: 'closed' }, 'ada')
    const handler = conflictIssue(github, SYNC, null, ON)
    await handler.update(1, change(open, { ticks: await handler.read(KNOWN, open, []) }))
    expect(await said()).toEqual([words])
    expect((await server.issues('open')).map(item => item.number)).toEqual([1])
  })

  describe('about a whole record', () => {
    const EDIT = 'Sprint: "Icebox" → "S3"'
    const inTrash = conflict(1, { field: RECORD, notion: '(its page was moved to trash)', airtable: EDIT })
    const noRow = conflict(1, { field: RECORD, notion: EDIT, airtable: '(its row was deleted)' })
    const lastWord = async (more: (ticks: Picks) => Partial<IssueChange>): Promise<string> => {
      await opened()
      const ticks = { ...NO_PICKS, issue: await issues.getIssue(github, 1) }
      await conflictIssue(github, SYNC, null, ON).update(1, change([], { ticks, ...more(ticks) }))
      return (await said()).at(-1) ?? ''
    }

    it.each([
      [inTrash, 'notion', 'a person kept Notion, so the row was deleted; what it held stands in the changelog.'],
      [inTrash, 'airtable', 'a person kept Airtable, so the page was taken out of the trash.'],
      [noRow, 'notion', 'a person kept Notion, so the row was made again.'],
      [noRow, 'airtable', 'a person kept Airtable, so the page was moved to the trash; what it held stands in'],
    ] as const)('says after a tick what was done', async (settled, side, words) => {
      const picks = new Map([[cellId(settled), side]])
      const text = await lastWord(ticks => ({ ticks: { ...ticks, picks }, settled: [settled] }))
      expect(text).toContain(`- \`Search\`, \`the whole record\`: ${words}`)
    })

    it('tells of a new one what happened, the deletion first', async () => {
      const joined = { conflicts: [inTrash, noRow], problems: [] }
      const text = await lastWord(() => ({ joined }))
      expect(text).toContain(`its page was moved to trash, and its row was edited: \`${EDIT}\``)
      expect(text).toContain(`its row was deleted, and its page was edited: \`${EDIT}\``)
    })
  })

  it('of more than it can hold is shortened, and counts the others', async () => {
    await opened()
    const evil = '@|'.repeat(50_000)
    const many = Array.from({ length: 200 }, (_, n) => conflict(n, { notion: evil, airtable: evil }))
    const ticks = {
      picks: new Map(many.slice(0, 60).map(item => [cellId(item), 'notion' as const])),
      both: many.slice(60, 120),
      boxes: [],
      issue: await issues.getIssue(github, 1),
    }
    const joined = { conflicts: many.slice(120), problems: [] }
    await conflictIssue(github, SYNC, null, ON).update(1, change(many, { ticks, joined, settled: many.slice(0, 60) }))
    const [text = ''] = await said()
    const shown = text.match(/^- (?!…)/gm)?.length ?? 0
    const left = [...text.matchAll(/^- … and (\d+) more$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
    expect(shown).toBeGreaterThan(60)
    expect(shown + left).toBe(200)
  })

  it('that is refused, as in a locked issue, does not keep the body from being brought up to date', async () => {
    await opened()
    const body = { message: 'Unable to create comment because issue is locked.' }
    server.inject({ on: /^POST .*\/comments$/, effect: { kind: 'answer', status: 403, body } })
    const handler = conflictIssue(github, SYNC, null, ON)
    const ticks = await handler.read(KNOWN, TWO, [])
    const joined = { conflicts: [conflict(3)], problems: [] }
    await expect(handler.update(1, change([...TWO, conflict(3)], { ticks, joined }))).rejects.toThrow(/locked/)
    expect((await bodyNow()).match(/Keep Notion/g)).toHaveLength(3)
  })
})

describe('an issue that is not there any more', () => {
  it.each([
    ['deleted', { status: 410, body: { message: 'This issue was deleted' } }],
    [
      'moved to another repository, from where it answers',
      {
        status: 200,
        body: {
          number: 1,
          title: 'x',
          body: 'x',
          state: 'open',
          user: { login: KNOWN.author },
          repository_url: 'https://api.github.com/repos/acme/other',
        },
      },
    ],
  ])('because it was %s, is not obeyed or written; a new one is opened', async (_, answer) => {
    await opened()
    const [first] = await server.issues('open')
    await server.tick(1, 'Notion')
    await server.editIssue(1, { title: 'Gone', labels: [] }, 'ada')
    const torn = await bodyNow()
    server.inject({ on: /^GET .*\/issues\/1$/, effect: { kind: 'answer', ...answer }, times: 3 })
    const handler = conflictIssue(github, SYNC, null, ON)
    const ticks = await handler.read(KNOWN, TWO, [])
    expect(ticks).toEqual(NO_PICKS)
    const made = await handler.ensure(change(TWO, { ticks }))
    expect(made?.number).not.toBe(first?.number)
    await handler.update(made?.number ?? 0, change(TWO, { ticks }))
    expect(await bodyNow()).toBe(torn)
  })
})

it('where issues are switched off, opening one says so, and where conflicts stand instead', async () => {
  const body = { message: 'Issues has been disabled in this repository.' }
  server.inject({ on: / \S*\/issues(\?|$)/, effect: { kind: 'answer', status: 410, body }, times: 3 })
  const handler = conflictIssue(github, SYNC, null, ON)
  expect(await handler.read({ number: null, author: null }, TWO, [])).toEqual(NO_PICKS)
  await expect(handler.ensure(change(TWO))).rejects.toThrow(/switched off.*job summary.*Settings → General → Features/)
})

it('the issue of another sync is not ours, although the state was made to name it', async () => {
  await opened()
  const body = await bodyNow()
  const handler = conflictIssue(github, 'other', null, ON)
  expect(await handler.read(KNOWN, TWO, [])).toEqual(NO_PICKS)
  const made = await handler.ensure(change(TWO))
  expect(made?.number).toBe(2)
  expect(await bodyNow()).toBe(body)
})

it('where the repository says that issues are switched off, none is tried to be opened', async () => {
  const handler = conflictIssue(github, SYNC, null, async () => false)
  await expect(handler.ensure(change(TWO))).rejects.toThrow(/switched off/)
  expect(server.writes()).toEqual([])
})

it('of two runs that open one at the same time, the later closes its own and takes the older', async () => {
  const handler = conflictIssue(github, SYNC, null, ON)
  let raced = false
  server.onCall(async ({ method, path }) => {
    if (raced || method !== 'POST' || !path.endsWith('/issues')) return
    raced = true
    await conflictIssue(github, SYNC, null, ON).ensure(change(TWO))
  })
  const made = await handler.ensure(change(TWO))
  server.onCall(undefined)
  expect(made?.number).toBe(1)
  expect((await server.issues('all')).map(({ number, state }) => [number, state])).toEqual([
    [2, 'closed'],
    [1, 'open'],
  ])
})

describe('who the token is', () => {
  it('cannot be asked by an app: it is taken for the workflow’s own', async () => {
    const isOwn = await issues.ownAuthor(github)
    expect(['github-actions[bot]', 'our-app[bot]', 'ada'].map(isOwn)).toEqual([true, false, false])
  })

  it('is not guessed where the question only failed', async () => {
    const headers = { 'retry-after': '3600' }
    const effect = { kind: 'answer', status: 429, headers, body: { message: 'Too many requests' } } as const
    server.inject({ on: /^GET .*\/user$/, effect })
    await expect(issues.ownAuthor(github)).rejects.toThrow(/Too many/)
  })

  it('is an app’s where the server does not know the question', async () => {
    server.inject({ on: /^GET .*\/user$/, effect: { kind: 'answer', status: 404, body: { message: 'Not Found' } } })
    const isOwn = await issues.ownAuthor(github)
    expect(['github-actions[bot]', 'ada'].map(isOwn)).toEqual([true, false])
  })
})
