/**
 * Plays a history in a new world and checks every run of it against the model, and after each settling that nothing is
 * lost and nothing doubled. The promises that are named in its messages stand in fuzz/checks.ts; two more are its own:
 * quiet (a run after the last does nothing) and kept (what people typed is on both sides, or on its own with a word
 * that it is open, or in git).
 */
import { isLook, writesOver } from './calls.ts'
import { Broken, checkBase, checkDone, checkPartly, checkTrace, isOpen, type Observed, wordsIn } from './checks.ts'
import { other, REFUSED, RULES } from './example.ts'
import type { History, Run, Step } from './history.ts'
import { isWrite, type Seen } from './kill.ts'
import { expect, knowsOption, NO_STATE, type State } from './model.ts'
import { createPeople, slot, type Typed } from './people.ts'
import { picksIn, readRepository, tick } from './repository.ts'
import { type How, type Ran, runHere, type Verdict } from './run.ts'
import { effectOf, refusal } from './trouble.ts'
import { createUnrecorded } from './unrecorded.ts'
import { cell, columnId, type Held, startWorld, type World } from './world.ts'

export type Tally = {
  histories: number
  runs: number
  kills: number
  cancelled: number
  faults: number
  overlaps: number
  edits: number
  meanwhile: number
  checks: number
  /** Edits that fell between the last look at a record and the write to it, which no client of the two services can see. */
  window: number
}
export const newTally = (): Tally => ({
  histories: 0,
  runs: 0,
  kills: 0,
  cancelled: 0,
  faults: 0,
  overlaps: 0,
  edits: 0,
  meanwhile: 0,
  checks: 0,
  window: 0,
})

export type Options = {
  /** Runs the sync: in this process, unless told otherwise. */
  readonly run?: (world: World, how: How) => Promise<Ran>
  /** The clock moves by itself, and no run begins within another. */
  readonly ticking?: boolean
}

export type Outcome = { readonly broken: string; readonly log: string } | null

/** Plays it in a new world; answers what broke. */
export async function play({ rules, steps }: History, tally: Tally, options: Options = {}): Promise<Outcome> {
  const rule = RULES[rules] ?? RULES[0]
  if (rule === undefined) throw new Error('there are no rules')
  const world = await startWorld(rule, options.ticking)
  const game = createGame(world, tally, options)
  try {
    for (const step of [{ do: 'settle' } as const, ...steps, { do: 'settle' } as const]) await game.step(step)
    return null
  } catch (error) {
    if (error instanceof Broken) return { broken: error.message, log: game.log() }
    return { broken: `the fuzzer failed: ${error instanceof Error ? error.stack : String(error)}`, log: game.log() }
  } finally {
    tally.histories += 1
    await world.close()
  }
}

const CALM: Run = { do: 'run', order: 0, latencyMs: 20, skewMs: 0, force: true, troubles: [], meanwhile: [] }
/** A write may come this long after the last look at its record, on top of its calls' own time. */
const FRESH_MS = 5_000

function createGame(world: World, tally: Tally, { run = runHere, ticking = false }: Options) {
  const people = createPeople(world, (side, key, name) => knowsOption(recorded, side, key, name))
  const { ledger } = people
  for (const id of people.note().pages.keys()) ledger.made.add(id)
  const unrecorded = createUnrecorded(people)
  const logs: string[] = []
  /** When the first run began that is not recorded yet. */
  let began: number | null = null
  /** All that git ever said. */
  let git = ''
  /** What the last run left in git. */
  let recorded = NO_STATE
  let changelog = ''
  /** How many runs git tells of. */
  let runs = 0
  /** The bases that git told of before. */
  const told = new Set<string>()

  /** One run, and what must be true of it whatever it met. */
  async function once(step: Run, nested = false): Promise<{ ran: Ran; wrote: Seen[] }> {
    const state = recorded
    const before = people.note()
    // The run that records what a cut-off one wrote tells of values that were held while that one was on.
    began ??= people.moment()
    const expected = expect({ world, held: before, state, picks: await picksIn(world, state), people, unrecorded })
    if (!nested) ledger.touched.clear()
    const during: { typed: Typed; call: number }[] = []
    const calls: (Seen & { index: number })[] = []
    const counts = {
      calls: { notion: 0, airtable: 0, github: 0 },
      writes: { notion: 0, airtable: 0, github: 0 },
    }
    let writes = 0
    let met = 0
    /** Another run, within this one or after its commit, changed something. */
    let interfered = false

    const at = async (call: Seen): Promise<Verdict> => {
      const index = calls.push({ ...call, index: calls.length })
      counts.calls[call.service] += 1
      if (isWrite(call)) counts.writes[call.service] += 1
      if (calls.slice(0, -1).findLast(each => each.service !== 'github' && isWrite(each))?.index === index - 2)
        people.note()
      if (isWrite(call)) writes += 1
      for (const { at: due, edit } of step.meanwhile) {
        if (due !== index) continue
        tally.meanwhile += 1
        const known = new Map(ledger.typed)
        people.edit(edit)
        people.note()
        for (const [where, typed] of ledger.typed) if (known.get(where) !== typed) during.push({ typed, call: index })
      }
      if (step.overlap === index && !ticking) {
        tally.overlaps += 1
        const within = await once(CALM, true)
        interfered = within.ran.changed
        if (within.ran.ended !== 'well') throw new Broken(`quiet: a run within another failed: ${within.ran.error}`)
      }
      const due = step.end !== undefined && (step.end.of === 'calls' ? index : writes) === step.end.at
      const end = due ? { end: step.end.how } : {}
      if (end.end === 'before') return end
      if (isWrite(call) && call.service !== 'github' && call.body.includes(REFUSED))
        return { ...end, effect: refusal(call.service) }
      const trouble = step.troubles.find(
        ({ service, call: from, of, times }) =>
          service === call.service &&
          (of === 'calls' || isWrite(call)) &&
          counts[of][service] > from &&
          counts[of][service] <= from + times,
      )
      if (trouble !== undefined) {
        met += 1
        return { ...end, effect: effectOf(trouble) }
      }
      return end
    }
    const ran = await run(world, { ...step, at })
    tally.runs += 1
    tally.faults += met
    if (ran.ended === 'killed') tally.kills += 1
    if (ran.cancelled) tally.cancelled += 1
    logs.push(`--- run: ${JSON.stringify(step)}: ${ran.ended} ${ran.error ?? ''}\n${ran.log}`)

    const after = people.note()
    const now = await readRepository(world)
    git += now.text
    changelog = now.changelog
    recorded = now.state
    // The commit may have taken effect although its run was killed before the answer.
    const isRecorded = now.runs.length > runs && now.runs.at(-1)?.status !== 'failed'
    runs = now.runs.length
    const seen: Observed = { before, after, state: recorded, expected, people, changelog }
    const written = calls.filter(call => isWrite(call) && call.service !== 'github')
    checkBase(seen.state, people, began, told)
    checkMeanwhile(seen, calls, during, step, ran)

    const sure = (id: string): boolean => isSure(seen, state.pairs, id)
    const stops = expected.stops.length > 0 && !step.force
    const calm = step.end === undefined && step.overlap === undefined && step.meanwhile.length === 0 && !nested
    if (stops && calm) {
      if (ran.ended === 'well') throw new Broken(`guard: ${expected.stops.join(', ')}, and the run went on`)
      if (written.length > 0) throw new Broken(`guard: ${expected.stops.join(', ')}, and the run wrote`)
    } else if (ran.ended === 'well') {
      // What another run did is checked of that one.
      if (!interfered) checkDone(seen, ran.counts, sure)
      checkTrace(seen, id => ledger.touched.has(id))
    } else {
      // What another run did within it is not told apart from its own.
      if (step.overlap === undefined) checkPartly(seen, sure)
      const excused = step.troubles.some(({ service }) => service === 'notion')
      if (calm && !excused) throw new Broken(`quiet: a run failed that met nothing it could not bear: ${ran.error}`)
    }
    if (ran.ended === 'well' || (isRecorded && step.overlap === undefined && !nested)) {
      unrecorded.clear()
      if (!nested) began = null
    } else unrecorded.learn({ before, after, state: recorded, expected, alone: step.overlap === undefined && !nested })
    return { ran, wrote: calls.filter(isWrite) }
  }

  /** Neither it nor its twin was touched by people since the run began, nor anything of its name. */
  function isSure(
    { before, after, state, expected }: Observed,
    pairs: readonly { page: string; row: string }[],
    id: string,
  ): boolean {
    const names = [before, after].flatMap(held => [
      cell(held, 'notion', id, 'Name'),
      cell(held, 'airtable', id, 'Name'),
    ])
    const twins = [...pairs, ...state.pairs, ...[...expected.merged].map(([page, row]) => ({ page, row }))]
      .filter(({ page, row }) => page === id || row === id)
      .flatMap(({ page, row }) => [page, row])
    const pageId = before.rows.get(id)?.pageId ?? null
    const known = [id, ...twins, ...(pageId === null ? [] : [pageId])]
    if (known.some(each => expected.unsure.has(each) || ledger.touched.has(each))) return false
    return !names.some(name => name !== null && name !== undefined && ledger.touched.has(`named ${name.toLowerCase()}`))
  }

  /** What people typed while the run was on is still there, unless it fell in the window that no client can see. */
  function checkMeanwhile(
    seen: Observed,
    calls: readonly Seen[],
    during: readonly { typed: Typed; call: number }[],
    step: Run,
    ran: Ran,
  ): void {
    for (const { typed, call: when } of during) {
      // What was written over and typed over within one run may have fallen in that window.
      ledger.replaced.delete(typed)
      if (ledger.typed.get(slot(typed)) !== typed) continue
      const now = cell(seen.after, typed.side, typed.id, typed.key)
      if (now === undefined && ledger.gone.has(typed.id)) continue
      if (now !== undefined && people.same(typed.key, now, typed.value)) continue
      if (wordsIn(typed.value).some(word => changelog.includes(word))) continue
      const name = `${typed.value}, typed in ${typed.key} of ${typed.id} while a run was on,`
      const column = columnId(world, typed.side, typed.key)
      const last = calls.findLastIndex(
        (call, index) => index >= when - 1 && call.service === typed.side && writesOver(call, typed.id, column),
      )
      if (last < 0) throw new Broken(`kept: ${name} vanished without a write to it`)
      const looks = (call: Seen): boolean => call.service === typed.side && isLook(call, typed.id)
      const between = calls.slice(when - 1, last).some(looks)
      const look = calls.slice(0, when - 1).findLast(looks)
      const age = (calls[last]?.at ?? 0) - (look?.at ?? 0)
      // The next run tells of it: it is looked for when everything is checked.
      if (between && ran.ended !== 'well') continue
      // What it saw when it first read, it may overrule; of what has no words of its own, git does not tell.
      if (look === undefined || (between && wordsIn(typed.value).length === 0)) {
        forget(typed)
        continue
      }
      if (between) throw new Broken(`kept: ${name} was written over, although the run had looked at it since`)
      if (age > FRESH_MS + 10 * step.latencyMs)
        throw new Broken(`kept: ${name} was written over by a run that had looked at it ${age} ms before`)
      tally.window += 1
      forget(typed)
    }
  }

  function forget(typed: Typed): void {
    ledger.typed.delete(slot(typed))
    ledger.touched.add(typed.id)
  }

  /**
   * Runs until one does nothing; then everything is checked. A page may be taken out of the trash by the first, take its
   * row's new title by the second, and give its new address by the third. A tick in an issue that a killed run left
   * behind its state is obeyed once that is recorded, which takes one run more.
   */
  async function settle(): Promise<void> {
    tally.checks += 1
    const most = began === null ? 4 : 5
    for (let runs = 1; ; runs += 1) {
      const { ran, wrote } = await once(CALM)
      // An issue that a killed run left behind its state is brought up to date by the next.
      if (!ran.changed && wrote.some(({ path }) => !/\/issues(\/|$)/.test(path)))
        throw new Broken('counts: "nothing changed", and it wrote')
      if (wrote.length === 0 && !ran.changed) break
      if (runs >= most) throw new Broken(`quiet: run ${runs} still wrote`)
    }
    const held = people.note()
    checkTwins(recorded, held)
    checkKept(recorded, held)
  }

  function checkTwins(state: State, held: Held): void {
    for (const side of ['page', 'row'] as const) {
      const ids = state.pairs.map(pair => pair[side])
      if (new Set(ids).size < ids.length) throw new Broken(`made: a ${side} is in two pairs`)
    }
    const made = new Map<string, string>()
    for (const [id, { pageId }] of held.rows) {
      if (ledger.made.has(id) || pageId === null || !held.pages.has(pageId)) continue
      if (made.has(pageId)) throw new Broken(`made: ${id} and ${made.get(pageId)} were both made for ${pageId}`)
      made.set(pageId, id)
    }
    const paired = new Set(state.pairs.map(({ page }) => page))
    const stray = [...held.pages.keys()].find(id => !ledger.made.has(id) && !paired.has(id) && !ledger.gone.has(id))
    if (
      stray !== undefined &&
      !state.problems.some(({ page }) => page === stray) &&
      ![...ledger.gone].some(id => id.startsWith('rec'))
    )
      throw new Broken(`made: page ${stray} was made, and belongs to no row`)
  }

  function checkKept(state: State, held: Held): void {
    for (const { id, key, value } of ledger.replaced) {
      const words = wordsIn(value)
      if (words.length > 0 && !words.some(word => git.includes(word)))
        throw new Broken(`kept: ${value}, typed in ${key} of ${id}, was written over, and git does not tell of it`)
    }
    ledger.replaced.clear()
    for (const typed of ledger.typed.values()) {
      const { side, id, key, value } = typed
      const words = wordsIn(value)
      if (words.length === 0 || words.some(word => git.includes(word))) continue
      if (side === 'notion' && held.trashed.has(id)) continue
      const own = cell(held, side, id, key)
      if (own === undefined || !people.same(key, own, value)) {
        throw new Broken(`kept: ${value}, typed in ${key} of ${id}, is not there any more, nor in git`)
      }
      const pair = state.pairs.find(each => (side === 'notion' ? each.page : each.row) === id)
      if (pair === undefined || pair.rest !== undefined || isOpen(state, id, key)) continue
      const twin = cell(held, other(side), side === 'notion' ? pair.row : pair.page, key)
      if (twin !== undefined && !people.same(key, twin, value))
        throw new Broken(`kept: ${value}, typed in ${key} of ${id}, did not reach its twin`)
    }
  }

  return {
    log: () => logs.join('\n'),
    step: async (step: Step): Promise<void> => {
      if (step.do === 'wait') world.advance(step.minutes * 60_000)
      else if (step.do === 'tick') await tick(world, step.side, step.at)
      else if (step.do === 'settle') await settle()
      else if (step.do === 'run') await once(step)
      else {
        tally.edits += 1
        world.advance(7_000)
        people.edit(step)
        people.note()
      }
    },
  }
}
