/**
 * `npm run fuzz -- --minutes N [--seed S]`: plays random histories until the time is over or one breaks a promise; see
 * fuzz/checks.ts for what is promised. A history that breaks one is shortened and printed, with how to play it again, and
 * the exit code is 1. `--path P` plays one history of a seed again, and `--log` prints its runs. `--processes` runs the
 * bundle (dist/) in processes of its own, which takes longer and is killed for real; such a history does not play the
 * same way each time.
 */
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { bad, good, say, strong } from '../demo/print.ts'
import { type History, history } from './history.ts'
import { newTally, type Options, type Outcome, play, type Tally } from './play.ts'
import { runProcess } from './process.ts'

const SHORTENING_MS = 120_000
/** fast-check draws so many histories from one seed; then the next seed comes. */
const PER_SEED = 1_000

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    path: { type: 'string' },
    processes: { type: 'boolean', default: false },
    log: { type: 'boolean', default: false },
  },
})
const options: Options = values.processes ? { run: runProcess, ticking: true } : {}
process.exitCode = await main(Number(values.minutes) * 60_000, Number(values.seed))

async function main(forMs: number, firstSeed: number): Promise<number> {
  const started = performance.now()
  const tally = newTally()
  let deadline = started + forMs
  for (let seed = firstSeed; performance.now() < deadline; seed += 1) {
    let worst: { history: History; outcome: NonNullable<Outcome> } | null = null
    const property = fc.asyncProperty(history, async given => {
      if (performance.now() > deadline) return true
      // What is tried to shorten a history is not counted.
      const outcome = await play(given, worst === null ? tally : newTally(), options)
      if (worst === null && tally.histories % 50 === 0) say(`seed ${seed}: ${progress(tally, started)}`)
      if (outcome === null) return true
      // A shorter history that breaks another promise is another bug.
      if (worst !== null && promise(worst.outcome) !== promise(outcome)) return true
      if (worst === null) deadline = performance.now() + SHORTENING_MS
      worst = { history: given, outcome }
      return false
    })
    const checked = await fc.check(property, {
      seed,
      ...(values.path === undefined ? { numRuns: PER_SEED } : { path: values.path, numRuns: 1 }),
    })
    if (checked.failed) {
      report(worst, `--seed ${seed} --path ${checked.counterexamplePath}`)
      say(progress(tally, started))
      return 1
    }
    if (values.path !== undefined) break
  }
  say(good(`No promise was broken: ${progress(tally, started)}`))
  return 0
}

const promise = (outcome: NonNullable<Outcome>): string => outcome.broken.split(':')[0] ?? ''

function progress(tally: Tally, started: number): string {
  const counts = Object.entries(tally).map(([name, count]) => `${count} ${name}`)
  return [...counts, `${Math.round((performance.now() - started) / 1000)} s`].join(', ')
}

function report(worst: { history: History; outcome: NonNullable<Outcome> } | null, replay: string): void {
  if (worst === null) return
  say(bad(worst.outcome.broken))
  say(strong(`The shortest history found, under mapping ${worst.history.rules}:`))
  for (const step of worst.history.steps) say(`  ${JSON.stringify(step)},`)
  say(`To play it again: npm run fuzz -- ${replay} --log`)
  if (values.log) say(worst.outcome.log)
}
