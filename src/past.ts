/** The states that `mode: restore` goes back to: what a person may write for one, and where it is found in git. */
import type { GitHub } from './github/client.ts'
import { commitBefore, readFile } from './github/repository.ts'

/** A state of the past: that of a commit, or the last one at a time. */
export type Moment = { readonly commit: string } | { readonly until: Date }

const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|[+-]\d\d:?\d\d)?)?$/i

/** What a person means by a commit or a time; null where it is neither. Without a zone it is UTC, and a day begins there. */
export function readMoment(text: string): Moment | null {
  // Eight digits are rather a day that lacks its dashes.
  if (/^[0-9a-f]{7,40}$/.test(text) && !/^\d{8}$/.test(text)) return { commit: text }
  const [, day = '', time = '00:00', zone = 'Z'] = TIME.exec(text) ?? []
  const offset = /^utc$/i.test(zone) ? 'Z' : zone.toUpperCase().replace(/(?<=\d\d)(?=\d\d$)/, ':')
  const until = new Date(`${day}T${time}${offset}`)
  const isDay = new Date(`${day}T00:00Z`).toJSON()?.startsWith(day) === true
  return isDay && !Number.isNaN(until.getTime()) ? { until } : null
}

/** States of then, by their paths; null where there was none. */
export type Past = {
  readonly stateAt: (path: string) => Promise<string | null>
  /** What the moment is for that state, in words: a time goes back to the last commit that wrote it. */
  readonly called: (path: string) => Promise<string>
}

/** The states of a branch at a moment. */
export function pastOf(github: GitHub, branch: () => Promise<string>, moment: Moment): Past {
  const commitOf = async (path: string): Promise<string | null> =>
    'commit' in moment ? moment.commit : commitBefore(github, await branch(), path, moment.until.toISOString())
  return {
    stateAt: async path => {
      const commit = await commitOf(path)
      return commit === null ? null : readFile(github, path, commit)
    },
    called: async path => {
      if ('commit' in moment) return moment.commit
      const commit = await commitOf(path)
      const time = `${moment.until.toISOString().slice(0, 16).replace('T', ' ')} UTC`
      return commit === null ? time : `${time} (commit ${commit.slice(0, 7)})`
    },
  }
}
