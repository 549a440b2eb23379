/**
 * Issues as GitHub lists them: pull requests among them, in the order of their numbers. emulate leaves the former out,
 * and leaves the order open between issues made in one millisecond. This knows nothing of tokens and refusals: it is
 * only called where the caller was allowed to see the list.
 */
import { type Json, request } from './http.ts'

/**
 * The page that was asked for, of all issues and pull requests that match. `sort` other than by creation is left to
 * emulate (`response`); of the filters, pull requests go by state, labels and creator.
 */
export async function listIssues(
  { backend, url, ownerToken }: { backend: string; url: URL; ownerToken: string },
  response: Response,
): Promise<Response> {
  const query = url.searchParams
  if ((query.get('sort') ?? 'created') !== 'created') return response
  const filters = new URLSearchParams(query)
  filters.delete('page')
  filters.delete('per_page')
  const issues = await allPages(backend, `${url.pathname}?${filters}`, ownerToken)
  const pullsPath = url.pathname.replace(/issues$/, 'pulls')
  const pulls = await allPages(backend, `${pullsPath}?state=${query.get('state') ?? 'open'}`, ownerToken)
  const labels = query.get('labels')?.split(',') ?? []
  const creator = query.get('creator')
  const matching = pulls.filter(pull => {
    const names = (pull.labels as { name: string }[]).map(label => label.name)
    const { login } = pull.user as { login: string }
    return labels.every(label => names.includes(label)) && (creator === null || creator === login)
  })

  const direction = query.get('direction') === 'asc' ? 1 : -1
  const list = [...issues, ...matching.map(asIssue)].sort((a, b) => direction * (Number(a.number) - Number(b.number)))
  const page = Number(query.get('page') ?? 1)
  const size = Math.min(Number(query.get('per_page') ?? 30), 100)
  const headers = new Headers(response.headers)
  headers.delete('link')
  if (list.length > page * size) {
    const next = new URL(url)
    next.searchParams.set('page', String(page + 1))
    headers.set('link', `<${next}>; rel="next"`)
  }
  return Response.json(list.slice((page - 1) * size, page * size), { headers })
}

/** A pull request asked for as an issue; undefined where the number is none. */
export async function pullAsIssue(exchange: {
  backend: string
  url: URL
  account: { backendToken: string } | undefined
}): Promise<Response | undefined> {
  const path = exchange.url.pathname.replace(/issues\/(\d+)$/, 'pulls/$1')
  const token = exchange.account?.backendToken
  const response = await request(exchange.backend, 'GET', path, token === undefined ? {} : { token })
  return response.ok ? Response.json(asIssue((await response.json()) as Json)) : undefined
}

function asIssue(pull: Json): Json {
  const { number, title, body, state, user, labels, html_url, created_at, updated_at } = pull
  const issue = { number, title, body, state, user, labels, html_url, created_at, updated_at }
  return { ...issue, pull_request: { url: pull.url, html_url } }
}

async function allPages(backend: string, path: string, token: string): Promise<Json[]> {
  const items: Json[] = []
  for (let page = 1; ; page += 1) {
    const response = await request(backend, 'GET', `${path}&per_page=100&page=${page}`, { token })
    const batch = (await response.json()) as Json[]
    items.push(...batch)
    if (batch.length < 100) return items
  }
}
