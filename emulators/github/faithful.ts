/**
 * The shim in front of emulate's GitHub: closes the gaps between it and GitHub that a client can trip over (who a token
 * is, limits, wording of refusals, media types). It holds no data: what it does not correct goes through as it is.
 * What it leaves unlike GitHub stands in emulators/README.md.
 */
import { type Json, request } from './http.ts'
import { listIssues, pullAsIssue } from './issue-list.ts'

/** Who calls: the workflow's token, a person with write access, or a person who has none. */
export type Account = { kind: 'workflow' | 'member' | 'outsider'; login: string; backendToken: string }

export type ShimOptions = {
  /** Address of emulate's GitHub, and the one that it believes to have and writes in its answers. */
  backend: string
  backendName: string
  accounts: Map<string, Account>
  isPrivate: boolean
  now: () => number
  /** May read everything, for what the shim has to look up. */
  ownerToken: string
}

type Exchange = ShimOptions & { incoming: Request; url: URL; body: Json | undefined; account: Account | undefined }

const DOCS = 'https://docs.github.com/rest'
// Contents API: "between 1-100 MB: only the raw or object custom media types are supported", content is then empty
const CONTENTS_LIMIT = 1024 * 1024
// github.com answers 422 above these; seen in JasonEtco/create-an-issue#123 (body), DavyJonesLocker/party_foul#122 (title)
const BODY_LIMIT = 65_536
const TITLE_LIMIT = 256

/** Builds the function that answers a request as GitHub would. */
export function createShim(options: ShimOptions): (incoming: Request) => Promise<Response> {
  let answered = 0
  return async incoming => {
    const url = new URL(incoming.url)
    const token = incoming.headers.get('authorization')?.replace(/^(Bearer|token)\s+/i, '')
    const account = token === undefined ? undefined : options.accounts.get(token)
    const body = parseBody(await incoming.text())
    const exchange = { ...options, incoming, url, body, account }
    const response =
      token !== undefined && account === undefined ? refuse(401, 'Bad credentials') : await answer(exchange)
    answered += 1
    const final = await polish(exchange, response)
    final.headers.set('x-github-request-id', `0000:0:0:0:${answered.toString(16).toUpperCase().padStart(8, '0')}`)
    return final
  }
}

async function answer(exchange: Exchange): Promise<Response> {
  const early = await refuseEarly(exchange)
  if (early) return early
  const response = await forward(exchange)
  const path = exchange.url.pathname
  if (/\/collaborators\/[^/]+\/permission$/.test(path)) return asPermission(exchange, response)
  const isGet = exchange.incoming.method === 'GET'
  if (isGet && response.status === 404 && /\/issues\/\d+$/.test(path)) {
    return (await pullAsIssue(exchange)) ?? reword(exchange, response)
  }
  if (response.status >= 400) return reword(exchange, response)
  if (!isGet) return response
  if (/\/issues$/.test(path)) return listIssues(exchange, response)
  if (/\/git\/blobs\/\w+$/.test(path)) return asFile(exchange, response)
  if (/\/contents\//.test(path)) return asFile(exchange, response)
  return response
}

/** What GitHub refuses, or answers, and emulate does not. */
async function refuseEarly(exchange: Exchange): Promise<Response | undefined> {
  const { incoming, url, body, account } = exchange
  const { method } = incoming
  const path = url.pathname
  if (method === 'GET' && path === '/user' && account?.kind === 'workflow') return notAccessible()
  if (method === 'POST' && /^\/repos\/[^/]+\/[^/]+\/dispatches$/.test(path)) {
    if (account === undefined || account.kind === 'outsider') return refuse(404, 'Not Found')
    if (typeof body?.event_type === 'string') return new Response(null, { status: 204 })
    return refuse(422, `Invalid request.\n\n"event_type" wasn't supplied.`)
  }
  if (method === 'POST' && /\/git\/refs$/.test(path) && !/^refs\/[^/]+\/[^/]/.test(String(body?.ref))) {
    return refuse(422, 'Reference name must contain at least three slash-separated components.')
  }
  if ((method === 'POST' || method === 'PATCH') && /\/(issues|pulls)(\/|$)/.test(path)) {
    return refuseLong(path, body) ?? (await refuseStranger(exchange))
  }
  return undefined
}

/** The issues of others are edited with write access only; emulate lets everybody who sees them. */
async function refuseStranger({
  incoming,
  url,
  account,
  backend,
  ownerToken,
}: Exchange): Promise<Response | undefined> {
  if (account?.kind !== 'outsider' || incoming.method !== 'PATCH') return undefined
  const response = await request(backend, 'GET', url.pathname, { token: ownerToken })
  const { user } = (await response.json()) as { user?: { login?: string } }
  return user?.login === account.login ? undefined : refuse(403, 'Must have admin rights to Repository.')
}

function refuseLong(path: string, body: Json | undefined): Response | undefined {
  const resource = path.includes('/comments') ? 'IssueComment' : path.includes('/pulls') ? 'PullRequest' : 'Issue'
  const errors = Object.entries({ title: TITLE_LIMIT, body: BODY_LIMIT })
    // characters as Ruby counts them, not UTF-16 units
    .filter(([field, limit]) => typeof body?.[field] === 'string' && [...(body[field] as string)].length > limit)
    .map(([field, limit]) => {
      const message = `${field} is too long (maximum is ${limit} characters)`
      return { resource, code: 'custom', field, message }
    })
  return errors.length === 0 ? undefined : refuse(422, 'Validation Failed', errors)
}

async function forward(exchange: Exchange): Promise<Response> {
  const { backend, url, incoming, account } = exchange
  const body = await changeBody(exchange)
  const accept = incoming.headers.get('accept')
  return request(backend, incoming.method, `${url.pathname}${url.search}`, {
    ...(account ? { token: account.backendToken } : {}),
    ...(accept === null ? {} : { accept }),
    ...(body === undefined ? {} : { body }),
  })
}

/** Puts the address that clients know in the place of emulate's own, github.com where a page is meant, whole seconds. */
async function polish({ backend, backendName, url }: Exchange, response: Response): Promise<Response> {
  const { status, headers } = response
  const link = headers.get('link')
  if (link !== null) headers.set('link', link.replaceAll(backend, url.origin))
  if (!isJson(response)) return response
  const text = (await response.text())
    .replaceAll(`"html_url":"${backendName}/`, '"html_url":"https://github.com/')
    .replaceAll(`"${backendName}/`, `"${url.origin}/`)
    .replace(/("(?:\w+_at|date)":"[\d-]+T[\d:]+)\.\d+Z"/g, '$1Z"')
  return new Response(text, { status, headers })
}

function isJson(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/json') ?? false
}

/** The body as emulate has to see it to do what GitHub does. */
async function changeBody({ incoming, url, body, account, now }: Exchange): Promise<Json | undefined> {
  if (body === undefined) return body
  // GitHub drops labels of a person who may not set them, without a word
  if (account?.kind === 'outsider' && /\/issues(\/\d+)?$/.test(url.pathname)) return { ...body, labels: undefined }
  if (incoming.method !== 'POST' || !/\/git\/commits$/.test(url.pathname)) return body
  const date = new Date(now()).toISOString()
  const author = (body.author ?? {}) as Json
  // a commit of the workflow's token without an author is made and signed by GitHub itself
  const committer = account?.kind === 'workflow' && !body.author ? { name: 'GitHub', email: 'noreply@github.com' } : {}
  const given = (body.committer ?? (body.author ? author : committer)) as Json
  return { ...body, author: { date, ...author }, committer: { date, ...given } }
}

/** GitHub's words for a refusal of emulate. */
async function reword({ incoming, url, account, isPrivate }: Exchange, response: Response): Promise<Response> {
  const { message = '', errors } = (await response.json().catch(() => ({}))) as Json
  const text = String(message)
  const sees = account !== undefined && account.kind !== 'outsider'
  if ((response.status === 401 || response.status === 403) && isPrivate && !sees) return refuse(404, 'Not Found')
  if (response.status === 403 && text === 'Forbidden') {
    return account?.kind === 'workflow' ? notAccessible() : refuse(403, 'Must have admin rights to Repository.')
  }
  if (response.status === 404 && incoming.method !== 'GET' && /\/git\/refs\//.test(url.pathname)) {
    return refuse(422, 'Reference does not exist')
  }
  const words: [RegExp, string][] = [
    [/^Update is not a fast-forward$/, 'Update is not a fast forward'],
    [/^Invalid sha$/, 'Object does not exist'],
    [/^Invalid tree$/, 'Tree SHA does not exist'],
    [/^Invalid parent .*$/, 'Parent SHA does not exist or is not a commit object'],
    [/^Cannot delete .* because it does not exist$/, 'GitRPC::BadObjectState'],
    [/^Validation failed$/, 'Validation Failed'],
  ]
  const reworded = words.find(([ours]) => ours.test(text))?.[1]
  return refuse(response.status, reworded ?? text, errors)
}

/** GitHub calls the levels admin, write, read and none, and knows a level for everyone. */
async function asPermission(exchange: Exchange, response: Response): Promise<Response> {
  const login = decodeURIComponent(exchange.url.pathname.split('/').at(-2) ?? '')
  const person = [...exchange.accounts.values()].find(account => account.login === login)
  if (response.ok) {
    const answer = (await response.json()) as Json
    const level = { push: 'write', maintain: 'write', triage: 'read', pull: 'read' }[String(answer.permission)]
    return Response.json({ ...answer, permission: level ?? answer.permission })
  }
  if (response.status !== 404 || person === undefined) return reword(exchange, response)
  const permission = exchange.isPrivate ? 'none' : 'read'
  return Response.json({ permission, role_name: permission, user: { login, type: 'User' } })
}

/** A file or blob: as text where the raw media type is asked for, else as the JSON that GitHub sends. */
async function asFile({ incoming }: Exchange, response: Response): Promise<Response> {
  const isRaw = /\braw\b/.test(incoming.headers.get('accept') ?? '')
  const headers = new Headers(response.headers)
  // GitHub names a charset, and Octokit turns a body into a string only where one stands
  const rawHeaders = new Headers(headers)
  rawHeaders.set('content-type', 'application/vnd.github.raw+json; charset=utf-8')
  if (!isJson(response)) return new Response(await response.arrayBuffer(), { headers: rawHeaders })
  const file = (await response.json()) as Json | Json[]
  if (Array.isArray(file) || typeof file.content !== 'string') return Response.json(file, { headers })
  if (isRaw) return new Response(Buffer.from(file.content, 'base64'), { headers: rawHeaders })
  const isLarge = 'path' in file && Number(file.size) > CONTENTS_LIMIT
  if (isLarge) return Response.json({ ...file, content: '', encoding: 'none' }, { headers })
  return Response.json({ ...file, content: file.content.replace(/.{1,60}/g, '$&\n') }, { headers })
}

function parseBody(text: string): Json | undefined {
  try {
    return text === '' ? undefined : (JSON.parse(text) as Json)
  } catch {
    return undefined
  }
}

function notAccessible(): Response {
  return refuse(403, 'Resource not accessible by integration')
}

function refuse(status: number, message: string, errors?: unknown): Response {
  const body = { message, ...(errors === undefined ? {} : { errors }), documentation_url: DOCS, status: String(status) }
  return Response.json(body, { status })
}
