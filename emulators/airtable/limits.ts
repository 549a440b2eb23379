/** The rate limit of the service: too many requests to one base within a second close it for a while. */
import { rateLimited } from './refusals.ts'

export type Limits = {
  /** Per base; documented as 5. Infinity switches the limit off. */
  requestsPerSecond: number
  /** How long a base answers nothing but 429 after the limit was passed; documented as 30 seconds. */
  penaltyMs: number
}

/** A function to call for each request to a base; throws a Refusal while the base is closed. */
export function makeLimiter(limits: Limits, now: () => number): (baseId: string) => void {
  const recent = new Map<string, number[]>()
  const closedUntil = new Map<string, number>()
  return baseId => {
    const at = now()
    if (at < (closedUntil.get(baseId) ?? 0)) throw rateLimited()
    const lastSecond = (recent.get(baseId) ?? []).filter(time => time > at - 1000)
    if (lastSecond.length >= limits.requestsPerSecond) {
      closedUntil.set(baseId, at + limits.penaltyMs)
      throw rateLimited()
    }
    recent.set(baseId, [...lastSecond, at])
  }
}
