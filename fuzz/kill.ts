/**
 * Ends a run of the built action at one of its calls, as a machine that fails would: before the call took effect, after
 * it took effect but before its answer came, or right after the answer. What the dead process had still sent is cut off. Or it is cancelled, as by GitHub's button.
 * For the fuzzer and the tests of crash safety; it knows nothing of what the action does.
 */
import type { World } from '../demo/world.ts'
import type { RunOptions, RunResult } from '../emulators/runner.ts'
import type { Call, Served } from '../emulators/serve.ts'

export const MOMENTS = ['before', 'unanswered', 'answered'] as const
export type Moment = (typeof MOMENTS)[number]

/** How a run ends: killed at one of the moments, or cancelled. */
export type End = Moment | 'cancelled'

export type Service = 'notion' | 'airtable' | 'github'
export const SERVICES: readonly Service[] = ['notion', 'airtable', 'github']

export type Seen = Omit<Call, 'status'> & { readonly service: Service }

/**
 * Runs the action and kills it at the first call that `fits` says yes to; `seen` hears of every call before it is
 * handled. The signal of the result tells whether there was such a call.
 */
export async function runUntil(
  world: Pick<World, Service | 'run'>,
  fits: (call: Seen) => boolean | Promise<boolean>,
  when: End | (() => End),
  { seen = () => {}, ...options }: Partial<RunOptions> & { seen?: (call: Seen) => void } = {},
): Promise<RunResult> {
  let dead = false
  let pid = 0
  const cut = (service: Served): void =>
    service.inject({ on: /./, effect: { kind: 'reset', when: 'before' }, times: Number.POSITIVE_INFINITY })
  const kill = (spared?: Served): void => {
    process.kill(pid, 'SIGKILL')
    for (const name of SERVICES) if (world[name] !== spared) cut(world[name])
  }
  for (const name of SERVICES) {
    const service = world[name]
    service.onCall(async (call, index) => {
      if (dead) return
      seen({ ...call, service: name })
      if (dead || !(await fits({ ...call, service: name })) || dead) return
      dead = true
      const moment = typeof when === 'function' ? when() : when
      if (moment === 'cancelled') {
        process.kill(pid, 'SIGINT')
        return
      }
      if (moment === 'before') return kill()
      if (moment === 'unanswered') {
        kill(service)
        // The call itself is let through; what comes after it is not.
        setImmediate(() => cut(service))
        return
      }
      const whenAnswered = (): void => {
        if ((service.calls[index]?.status ?? 0) === 0) setImmediate(whenAnswered)
        else setTimeout(kill, 1)
      }
      setImmediate(whenAnswered)
    })
  }
  try {
    const onStart = (started: number): void => {
      pid = started
    }
    return await world.run({ ...options, onStart })
  } finally {
    for (const name of SERVICES) {
      world[name].onCall(undefined)
      world[name].clearFaults()
    }
  }
}

/** Whether a call can change anything at its service; queries are sent as POST too. */
export const isWrite = (call: Pick<Call, 'method' | 'path'>): boolean =>
  call.method !== 'GET' && !/\/(query|listRecords)$/.test(call.path)

/** A call without the hashes in its address, which differ from run to run. */
export const nameOf = (call: Pick<Seen, 'service' | 'method' | 'path'>): string =>
  `${call.service} ${call.method} ${call.path.replace(/[0-9a-f]{40}/g, '<sha>')}`
