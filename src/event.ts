/**
 * Looks at the event's payload and GitHub's address before the toolkit does, which reads both while it is loaded: a
 * broken payload would end the process with a stack trace, and an address that ends with a slash finds nothing.
 * Imported first; what cannot be read is put aside, and main.ts complains.
 */
import { existsSync, readFileSync } from 'node:fs'

const path = process.env.GITHUB_EVENT_PATH ?? ''

/** What is wrong with the payload, or null. */
export const brokenPayload: string | null = reasonToRefuse()
if (brokenPayload !== null) delete process.env.GITHUB_EVENT_PATH

const address = process.env.GITHUB_API_URL
if (address !== undefined) process.env.GITHUB_API_URL = address.replace(/\/+$/, '')

function reasonToRefuse(): string | null {
  // Without a file there is no payload, for the toolkit too.
  if (!existsSync(path)) return null
  const advice = 'GitHub’s runner writes it; another runner must write the JSON of the event there.'
  try {
    const payload: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) return null
    return `The file of the event (GITHUB_EVENT_PATH, ${path}) holds no object. ${advice}`
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `The file of the event (GITHUB_EVENT_PATH, ${path}) cannot be read as JSON: ${reason}. ${advice}`
  }
}
