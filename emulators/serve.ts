/**
 * Puts an emulated service behind a real socket, so that a client meets what a network does to it: latency,
 * resets before and after a write took effect, stalled bodies. Keeps the log of calls.
 * It knows nothing of any service: statuses and bodies of a fault are given by who injects it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** One request as the service received it; `status` is 0 where no answer was sent. */
export type Call = { at: number; method: string; path: string; query: string; body: string; status: number }

export type FaultEffect =
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body: unknown }
  /** The connection is cut `before` the service saw the request, or `after` it took effect. */
  | { kind: 'reset'; when: 'before' | 'after' }
  | { kind: 'delay'; ms: number }
  /** The request takes effect, half of the body is sent, and nothing more, until the client gives up. */
  | { kind: 'stall' }
  /** The request takes effect, and the answer to it is replaced. */
  | { kind: 'answerAfter'; status: number; headers?: Record<string, string>; body: unknown }

/** Applies to requests whose "METHOD /path" matches `on`, `times` times (default 1) after `skip` matches (default 0). */
export type Fault = { on: RegExp; effect: FaultEffect; times?: number; skip?: number }

export type Served = {
  url: string
  calls: Call[]
  inject(fault: Fault): void
  clearFaults(): void
  /** Called before each request is handled; a test uses it to edit data between two calls of a client. */
  onCall(listener: ((call: Omit<Call, 'status'>, index: number) => void | Promise<void>) | undefined): void
  /** Milliseconds that each answer is delayed. */
  latencyMs: number
  close(): Promise<void>
}

/** Serves `handle` on a free port of the loopback interface. `now` stamps the call log (ms since the epoch). */
export async function serve(
  handle: (request: Request) => Promise<Response>,
  { latencyMs = 0, port = 0, now = Date.now }: { latencyMs?: number; port?: number; now?: () => number } = {},
): Promise<Served> {
  const calls: Call[] = []
  let faults: { fault: Fault; left: number; skip: number }[] = []
  let listener: Parameters<Served['onCall']>[0]

  function takeFault(line: string): FaultEffect | undefined {
    for (const entry of faults) {
      if (entry.left === 0 || !entry.fault.on.test(line)) continue
      if (entry.skip > 0) {
        entry.skip -= 1
        continue
      }
      entry.left -= 1
      return entry.fault.effect
    }
    return undefined
  }

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await readAll(incoming)
    const url = new URL(incoming.url ?? '/', served.url)
    const method = incoming.method ?? 'GET'
    const call: Call = { at: now(), method, path: url.pathname, query: url.search, body: body.toString(), status: 0 }
    calls.push(call)
    await listener?.(call, calls.length - 1)
    if (served.latencyMs > 0) await sleep(served.latencyMs)
    const effect = takeFault(`${method} ${url.pathname}`)
    if (effect?.kind === 'delay') await sleep(effect.ms)
    if (effect?.kind === 'reset' && effect.when === 'before') return void incoming.socket.destroy()
    if (effect?.kind === 'answer') return send(outgoing, call, effect.status, effect.headers ?? {}, effect.body)

    const response = await handle(toRequest(incoming, url, body))
    if (effect?.kind === 'reset') return void incoming.socket.destroy()
    if (effect?.kind === 'answerAfter') return send(outgoing, call, effect.status, effect.headers ?? {}, effect.body)
    const bytes = Buffer.from(await response.arrayBuffer())
    call.status = response.status
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    if (effect?.kind === 'stall') return void outgoing.write(bytes.subarray(0, Math.ceil(bytes.length / 2)))
    outgoing.end(bytes)
  }

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(error => {
      outgoing.writeHead(500, { 'content-type': 'text/plain' })
      outgoing.end(`the emulator failed: ${error instanceof Error ? error.stack : String(error)}`)
    })
  })
  const served: Served = {
    url: '',
    calls,
    latencyMs,
    inject: fault => void faults.push({ fault, left: fault.times ?? 1, skip: fault.skip ?? 0 }),
    clearFaults: () => {
      faults = []
    },
    onCall: next => {
      listener = next
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  served.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return served
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function toRequest(incoming: IncomingMessage, url: URL, body: Buffer): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) {
    // undici refuses hop-by-hop headers in a Request that it builds
    if (value !== undefined && !['connection', 'keep-alive', 'transfer-encoding', 'expect'].includes(name)) {
      headers.set(name, Array.isArray(value) ? value.join(', ') : value)
    }
  }
  const hasBody = body.length > 0 && incoming.method !== 'GET' && incoming.method !== 'HEAD'
  return new Request(url, {
    method: incoming.method ?? 'GET',
    headers,
    ...(hasBody ? { body: new Uint8Array(body) } : {}),
  })
}

function send(
  outgoing: ServerResponse,
  call: Call,
  status: number,
  headers: Record<string, string>,
  body: unknown,
): void {
  call.status = status
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  outgoing.writeHead(status, {
    'content-type': typeof body === 'string' ? 'text/html' : 'application/json',
    ...headers,
  })
  outgoing.end(text)
}
