#!/usr/bin/env node
/**
 * The entry: as a GitHub Action, inputs → run → outputs; with arguments, the same from a shell (cli.ts). The only
 * place that lets the step fail; the inputs are read in inputs.ts, the event is looked at before in event.ts.
 */
import './quiet.ts'
import './config/zod.ts'
import './event.ts'
import { readFile as readLocalFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as core from '@actions/core'
import { context } from '@actions/github'
import { runCli } from './cli.ts'
import { loadMappings } from './config/load.ts'
import { counted } from './core/value.ts'
import type { Log } from './deps.ts'
import { isDefect, isFailure, sentence, UserError } from './errors.ts'
import { brokenPayload } from './event.ts'
import { createGitHub, type GitHub } from './github/client.ts'
import { conflictIssue, type EditedIssue } from './github/conflict-issue.ts'
import { upsertComment } from './github/issues.ts'
import { openStore as openBranch } from './github/journal.ts'
import { readFile, repository } from './github/repository.ts'
import { initMappings } from './init.ts'
import { readInputs, requireTokens } from './inputs.ts'
import { costLine, outputsOf, report, stopped } from './outputs.ts'
import { createPace, PATIENCE, type Stop } from './pace.ts'
import { pastOf } from './past.ts'
import { logged, markdown } from './report/escape.ts'
import { fitted } from './report/fit.ts'
import { advise, checkedAddress, createServices, inOrder, loadChecked, stopOnSignals } from './session.ts'
import { textOf } from './state/text.ts'

/** A group that a sync has closed is not closed again where the sync fails after it. */
let inGroup = false
const log: Log = {
  line: text => core.info(text),
  warn: (text, place) =>
    core.warning(
      logged(text, 4000),
      place === undefined ? {} : { file: place.file, startLine: place.line, startColumn: place.column },
    ),
  group: title => {
    core.startGroup(title)
    inGroup = true
  },
  endGroup: () => {
    if (inGroup) core.endGroup()
    inGroup = false
  },
}

/** The config from the workspace; where nothing was checked out, at the commit that triggered the run. */
async function readConfig(github: GitHub, path: string): Promise<string> {
  const workspace = process.env.GITHUB_WORKSPACE ?? '.'
  const local = await readLocalFile(join(workspace, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new UserError(
      `${path} in the workspace cannot be read as a file (${error.code}). Name the mapping with the input "config".`,
    )
  })
  const text = local === null ? await readFile(github, path, context.sha) : textOf(local, path)
  if (text === null)
    throw new UserError(
      `There is no ${path}, neither in the workspace nor in the repository at ${context.sha.slice(0, 10)}. Add one, or name it with the input "config". Run this workflow with mode "init" to get one to start from.`,
    )
  return text
}

/** Whether outputs and summary tell what became of the syncs. */
let reported = false

async function runAction(): Promise<void> {
  if (brokenPayload !== null) throw new UserError(brokenPayload)
  const stop = stopOnSignals(text => core.warning(text), true)
  const inputs = readInputs(context.eventName)
  checkedAddress('GITHUB_API_URL', context.apiUrl)
  const github = createGitHub(
    inputs.githubToken,
    `${context.repo.owner}/${context.repo.repo}`,
    createPace({ count: 100, intervalMs: 0, concurrency: 10 }, stop.recording, line => log.line(logged(line)), {
      ...PATIENCE,
      // GitHub limits comments and issues apart from commits, and what was done must be recorded all the same.
      endsForAll: false,
    }),
  )
  const pull = pullRequest()
  const found = repository(github)
  const defaultBranch = async () => (await found).defaultBranch
  const openStore = () =>
    openBranch(github, { branch: inputs.branch === '' ? null : inputs.branch, hint: payloadBranch() }, defaultBranch)
  if (inputs.mode === 'init') {
    requireTokens(inputs)
    return propose(inputs, stop.work)
  }
  // The first sync's store is opened while the config is read; the others look at the branch when it is their turn.
  let opened: ReturnType<typeof openStore> | null = pull?.fork === true ? null : openStore()
  for (const early of [found, opened]) early?.catch(() => {})
  const text = await readConfig(github, inputs.config)

  if (pull?.fork === true) return checkOffline(text, inputs.config)
  requireTokens(inputs)
  const comment = async (bodies: readonly string[]): Promise<void> => {
    if (inputs.mode !== 'plan' || pull === null) return
    const marker = planMarker(inputs.syncs)
    // The plan stands in the job summary all the same, so that this is no reason to fail.
    const body = `${marker}\n${fitted(bodies, 60_000)}\n<sub>The mapping of commit ${pull.head.slice(0, 7)}; edits that are not synced yet are included.`
    const foot = ` Live data of ${new Date().toISOString().slice(11, 16)} UTC.</sub>`
    await upsertComment(github, pull.number, marker, body, foot).catch(error =>
      log.warn(
        `The comment with the plan could not be written, so the plan stands in the job summary only: ${sentence(String(error.message))}${isFailure(error, 'forbidden', 'not-found') ? ' Give the job "permissions: { pull-requests: write }".' : ''}`,
      ),
    )
  }
  const tokens = { notion: inputs.notionToken, airtable: inputs.airtableToken }
  const where = {
    openStore,
    stateDir: inputs.stateDir,
    repository: `${context.repo.owner}/${context.repo.repo}`,
    force: inputs.force,
    inShell: false,
    now: Date.now,
  }
  const loaded = await loadChecked(text, inputs.config, process.env, tokens, where).catch(async error => {
    // No plan of an earlier mapping stays in the comment.
    if (error instanceof UserError)
      await comment([
        report({ name: markdown(inputs.config), result: null, stillOpen: null, error, commit: '' }, 'plan'),
      ])
    throw error
  })
  core.setOutput('syncs', JSON.stringify(Object.keys(loaded.mappings.syncs)))

  const mayRecord = found.then(({ public: isPublic }) => {
    if (isPublic && loaded.mappings.allow_public_state !== true) {
      throw new UserError(
        'This repository is public, and the state would show your team’s data to everybody. Make the repository private, or say "allow_public_state: true" at the top of mappings.yaml if that is meant.',
        'guard',
      )
    }
  })
  mayRecord.catch(() => {})
  const server = `${context.serverUrl}/${context.repo.owner}/${context.repo.repo}`
  const services = createServices(tokens, process.env, stop.work, log.line, Object.values(loaded.mappings.syncs))

  const chosen = inputs.syncs.length === 0 ? Object.keys(loaded.mappings.syncs) : inputs.syncs
  const past =
    inputs.mode !== 'restore' || inputs.at === null
      ? null
      : pastOf(github, async () => inputs.branch || defaultBranch(), inputs.at)
  const outcomes = await inOrder(loaded, chosen, services, (name, service) => ({
    ...where,
    services: service,
    openStore: () => {
      const store = opened ?? openStore()
      opened = null
      return store
    },
    issue: conflictIssue(github, name, editedIssue(), async () => (await found).issuesOn),
    runUrl: `${server}/actions/runs/${context.runId}`,
    url: path => `${server}/${path}`,
    mayRecord,
    planOnly: inputs.mode !== 'sync' && !(inputs.mode === 'restore' && inputs.force),
    restore: past && { ...past, records: inputs.records, syncs: chosen },
    stop: stop.work.now,
    log,
  }))

  reported = true
  const outputs = outputsOf(outcomes, services.calls())
  setOutputs(outputs)
  const body = fitted(outcomes.map(outcome => report(outcome, inputs.mode)))
  await summarize(`${body}\n${costLine(services.calls())}`)
  await comment(outcomes.map(outcome => report(outcome, 'plan')))
  for (const outcome of outcomes) if (outcome.error !== null) fail(outcome.error, outcome.name)
  const { conflicts } = outputs
  const issues = outcomes.flatMap(({ result }) =>
    result === null || result.conflicts.length === 0 || result.issue === null
      ? []
      : [`${server}/issues/${result.issue}`],
  )
  if (inputs.failOnConflict && conflicts > 0)
    core.setFailed(
      `${conflicts === 1 ? '1 conflict is' : `${conflicts} conflicts are`} open, and fail-on-conflict is set.${issues.length === 0 ? '' : ` To be settled in ${issues.join(', ')}`}`,
    )
}

/** Finds the comment again. A job that plans some of the syncs, as one of a matrix does, has a comment of its own. */
const planMarker = (syncs: readonly string[]): string =>
  `<!-- notion-airtable-sync plan${syncs.length === 0 ? '' : ` sync=${[...syncs].sort().map(encodeURIComponent).join()}`} -->`

/** The issue whose edit started this run. A job that is run again tells of an edit of then, which says nothing now. */
function editedIssue(): EditedIssue {
  const { issue } = context.payload
  if (context.eventName !== 'issues' || issue === undefined || context.runAttempt > 1) return null
  return { number: issue.number, body: issue.body ?? '' }
}

/** The default branch as the event tells it; a job that is run again tells that of then. */
function payloadBranch(): string | undefined {
  if (context.runAttempt > 1) return undefined
  const branch: unknown = context.payload.repository?.default_branch
  return typeof branch === 'string' ? branch : undefined
}

/** Proposes a mapping for the two places that the environment names, in log and summary. */
async function propose(tokens: { notionToken: string; airtableToken: string }, stop: Stop): Promise<void> {
  const services = createServices(
    { notion: tokens.notionToken, airtable: tokens.airtableToken },
    process.env,
    stop,
    log.line,
    [],
  )
  const text = await initMappings(services.forSync({}), process.env)
  core.info(text)
  setOutputs(outputsOf([], services.calls()))
  await summarize(`## A mapping to start from\n\n\`\`\`yaml\n${text}\`\`\`\n`)
}

function pullRequest(): { number: number; head: string; fork: boolean } | null {
  const pull = context.payload.pull_request
  if (context.eventName !== 'pull_request' || pull === undefined) return null
  const { repo, sha = context.sha } = Object(pull.head)
  return {
    number: pull.number,
    head: String(sha),
    // GitHub tells a fork that was deleted by null.
    fork: repo !== undefined && Object(repo).full_name !== `${context.repo.owner}/${context.repo.repo}`,
  }
}

/** A pull request from a fork has no secrets: only what needs none is checked. */
async function checkOffline(text: string, file: string): Promise<void> {
  const loaded = loadMappings(text, file, null)
  core.setOutput('syncs', JSON.stringify(Object.keys(loaded.mappings.syncs)))
  setOutputs(outputsOf([], { notion: 0, airtable: 0 }))
  const note = `${markdown(file)} is well formed: ${counted(Object.keys(loaded.mappings.syncs).length, 'sync')}. This pull request comes from a fork, which has no access to secrets, so the plan against live data was left out.`
  core.info(note)
  await summarize(`## Mapping check\n\n${note}\n`)
}

/** Writes the job summary. Where there is none to write, the log has told it all: no reason to fail. */
const summarize = (text: string): Promise<unknown> =>
  core.summary
    .addRaw(text)
    .write()
    .catch(error => core.warning(logged(`The job summary could not be written: ${error.message}`)))

function setOutputs(outputs: ReturnType<typeof outputsOf>): void {
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value)
}

/** Lets the step fail, with each complaint at its place; a stack trace only for what is not a person's to mend. */
function fail(error: Error, where?: string): void {
  const prefix = where === undefined ? '' : `${where}: `
  if (error instanceof UserError) {
    for (const { message, place } of error.complaints) {
      core.error(
        logged(`${prefix}${message}`, 4000),
        place === undefined
          ? {}
          : { title: place.file, file: place.file, startLine: place.line, startColumn: place.column },
      )
      if (place !== undefined) core.info(`  ↳ ${place.file}:${place.line}:${place.column}`)
    }
    process.exitCode = 1
    return
  }
  core.setFailed(logged(`${prefix}${error.message}`, 4000))
  if (isDefect(error)) for (const line of (error.stack ?? '').split('\n').slice(1)) core.info(`    ${logged(line)}`)
}

if (process.argv.length > 2 || process.env.GITHUB_REPOSITORY === undefined) {
  process.exitCode = await runCli(process.argv.slice(2), process.env)
} else {
  await runAction().catch(async caught => {
    const error = advise(caught instanceof Error ? caught : new Error(String(caught)), false)
    fail(error)
    if (reported) return
    setOutputs(outputsOf([], { notion: 0, airtable: 0 }))
    await summarize(`${fitted([stopped('The run', error)])}\n`)
  })
  // Connections that are kept alive must not keep the job waiting.
  process.exit()
}
