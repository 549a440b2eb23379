/** The inputs of the action, read at once and complained of together. Nothing else reads INPUT_ variables. */
import { posix } from 'node:path'
import * as core from '@actions/core'
import { type Complaint, UserError } from './errors.ts'
import { type Moment, readMoment } from './past.ts'

const MODES = ['sync', 'plan', 'check', 'init', 'restore'] as const
export type Mode = (typeof MODES)[number]

export type Inputs = {
  readonly notionToken: string
  readonly airtableToken: string
  readonly githubToken: string
  readonly mode: Mode
  readonly syncs: readonly string[]
  readonly config: string
  readonly stateDir: string
  readonly branch: string
  readonly force: boolean
  readonly failOnConflict: boolean
  /** For `restore`: when, and the records that are meant. */
  readonly at: Moment | null
  readonly records: readonly string[] | null
}

/** Reads every input at once; complains of all that cannot be. */
export function readInputs(eventName: string): Inputs {
  const complaints: Complaint[] = []
  const yes = (name: string): boolean => {
    const text = core.getInput(name).toLowerCase()
    if (!['', 'true', 'false'].includes(text))
      complaints.push({ message: `The input ${name} must be true or false, not "${text}".` })
    return text === 'true'
  }
  const list = (name: string): string[] =>
    core
      .getInput(name)
      .split(',')
      .flatMap(item => (item.trim() === '' ? [] : [item.trim()]))
  const given = core.getInput('mode')
  const mode =
    MODES.find(known => known === given) ??
    (given === '' ? (eventName === 'pull_request' ? 'plan' : 'sync') : undefined)
  if (mode === undefined)
    complaints.push({ message: `The input mode must be one of ${MODES.join(', ')}, not "${given}".` })
  const inputs = {
    notionToken: core.getInput('notion-token'),
    airtableToken: core.getInput('airtable-token'),
    githubToken: core.getInput('github-token'),
    mode: mode ?? 'plan',
    syncs: list('sync'),
    // A path of the workspace may begin with a dot; one of the API may not.
    config: posix.normalize(core.getInput('config') || 'mappings.yaml'),
    stateDir: posix.normalize(core.getInput('state-dir') || 'state').replace(/^\/+|\/+$/g, ''),
    branch: core.getInput('branch').replace(/^refs\/heads\//, ''),
    force: yes('force'),
    failOnConflict: yes('fail-on-conflict'),
    at: readMoment(core.getInput('at')),
    records: list('records').length === 0 ? null : list('records'),
  }
  if (/^\.{0,2}$|^\.\.\//.test(inputs.stateDir))
    complaints.push({
      message: `The input state-dir must name a folder of the repository, such as state, not "${core.getInput('state-dir')}".`,
    })
  for (const secret of [inputs.notionToken, inputs.airtableToken, inputs.githubToken])
    if (secret !== '') core.setSecret(secret)
  for (const name of ['notion-token', 'airtable-token', 'github-token'])
    if (!isToken(core.getInput(name))) complaints.push({ message: `The input ${name} ${NO_TOKEN}` })
  if (inputs.githubToken === '')
    complaints.push({ message: 'The input github-token is empty; leave it out to use the workflow’s own token.' })
  if (inputs.mode === 'restore' && inputs.at === null) {
    const at = core.getInput('at')
    complaints.push({
      message: `The mode restore needs the input at: a commit of the state branch (7 to 40 of its letters), or a date such as 2026-11-20 or 2026-11-20T09:00:00Z${at === '' ? '' : `, not "${at}"`}.`,
    })
  }
  if (complaints.length > 0) throw new UserError(complaints)
  return inputs
}

/** Whether a text can be sent as a token; what fetch says of one that cannot would repeat it. */
export const isToken = (text: string): boolean => /^[\x21-\x7e]*$/.test(text)
export const NO_TOKEN =
  'holds a space, a line break or a letter that no token has. Copy the token again and save it anew.'

/** Complains of tokens that are empty, with what to click. */
export function requireTokens({ notionToken, airtableToken }: Inputs): void {
  const missing = [
    ...(notionToken === ''
      ? [
          {
            message: `The input notion-token is empty. Make an integration at notion.so/my-integrations, save its token as the secret NOTION_TOKEN, and pass it: notion-token: \${{ secrets.NOTION_TOKEN }}`,
          },
        ]
      : []),
    ...(airtableToken === ''
      ? [
          {
            message: `The input airtable-token is empty. Make a token at airtable.com/create/tokens, save it as the secret AIRTABLE_TOKEN, and pass it: airtable-token: \${{ secrets.AIRTABLE_TOKEN }}`,
          },
        ]
      : []),
  ]
  if (missing.length > 0) throw new UserError(missing)
}
