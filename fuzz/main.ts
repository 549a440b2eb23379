/**
 * `npm run fuzz -- --minutes N [--seed S]`: plays random histories until the time is over or one breaks a promise; see
 * fuzz/play.ts for what is promised. A history that breaks one is shortened and printed with its seed, and the exit code
 * is 1. `--only` plays that one seed; `--lenient` counts, and lets pass, what a run overruled that was killed before its
 * commit; `--log` prints the runs of the shortened history too. The processes are real, so a seed gives the same history,
 * and nearly always, not always, the same interleaving.
 */
import { parseArgs } from 'node:util'
import { bad, good, say, strong } from '../demo/print.ts'
import { drawHistory, type History } from './history.ts'
import { newTally, type Outcome, play, RULES, type Tally } from './play.ts'

const SHORTENING_MS = 120_000

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    only: { type: 'boolean', default: false },
    lenient: { type: 'boolean', default: false },
    log: { type: 'boolean', default: false },
  },
})
process.exitCode = await main(Number(values.minutes) * 60_000, Number(values.seed))

async function main(forMs: number, firstSeed: number): Promise<number> {
  const started = performance.now()
  const tally = newTally()
  for (let seed = firstSeed; performance.now() - started < forMs; seed += 1) {
    const history = drawHistory(seed, seed % RULES.length)
    const outcome = await play(history, tally, values.lenient)
    if (outcome !== null) {
      say(bad(`Seed ${seed}: ${outcome.broken}`))
      await report(history, outcome)
      say(progress(tally, started))
      return 1
    }
    if (values.only) break
    if (tally.histories % 5 === 0) say(`seed ${seed}: ${progress(tally, started)}`)
  }
  say(good(`No promise was broken: ${progress(tally, started)}`))
  return 0
}

function progress(tally: Tally, started: number): string {
  const counts = Object.entries(tally).map(([name, count]) => `${count} ${name}`)
  return [...counts, `${Math.round((performance.now() - started) / 1000)} s`].join(', ')
}

async function report(history: History, outcome: Outcome): Promise<void> {
  const short = await shorten(history, outcome)
  say(strong(`The shortest history found, under mapping ${history.rules}: ${short.outcome?.broken}`))
  for (const step of short.history.steps) say(`  ${JSON.stringify(step)},`)
  if (values.log) say(short.outcome?.log)
}

/** Takes steps away as long as the same promise is broken. */
async function shorten(history: History, outcome: Outcome): Promise<{ history: History; outcome: Outcome }> {
  const started = performance.now()
  const promise = (of: Outcome): string => of?.broken.split(':')[0] ?? ''
  let best = { history, outcome }
  for (let size = Math.ceil(history.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.history.steps.length; ) {
      if (performance.now() - started > SHORTENING_MS) return best
      const steps = best.history.steps.filter((_, index) => index < from || index >= from + size)
      const shorter: History = {
        ...history,
        steps: steps.at(-1)?.do === 'settle' ? steps : [...steps, { do: 'settle' }],
      }
      const again =
        shorter.steps.length < best.history.steps.length ? await play(shorter, newTally(), values.lenient) : null
      if (again !== null && promise(again) === promise(outcome)) best = { history: shorter, outcome: again }
      else from += size
    }
  }
  return best
}
