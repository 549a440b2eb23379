/** One request to emulate's GitHub. It decides nothing: the answer comes back as it is, whatever its status. */
export type Json = Record<string, unknown>

export type RequestParts = { token?: string; accept?: string; body?: Json }

/** Sends the request; headers that belong to the connection and not to the answer are left out of the answer. */
export async function request(base: string, method: string, path: string, parts: RequestParts): Promise<Response> {
  const response = await fetch(`${base}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      accept: parts.accept ?? 'application/json',
      ...(parts.token === undefined ? {} : { authorization: `Bearer ${parts.token}` }),
      ...(parts.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(parts.body === undefined ? {} : { body: JSON.stringify(parts.body) }),
  })
  const headers = new Headers(response.headers)
  for (const name of ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date']) headers.delete(name)
  const body = await response.arrayBuffer()
  return new Response(body.byteLength === 0 ? null : body, { status: response.status, headers })
}
