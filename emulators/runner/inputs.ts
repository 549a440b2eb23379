/**
 * The inputs of a step as the runner hands them to an action (Handler.cs, ActionManifestManager.cs). Pure: what
 * action.yml declares and what the step gives come in, variables come out. Nothing is required: the runner does not
 * look at `required` either.
 */
export type DeclaredInputs = Record<string, { default?: unknown } | null>

/** INPUT_* variables: names in upper case, spaces as `_`, dashes kept; an input without value or default is ''. */
export function inputVariables(
  declared: DeclaredInputs,
  given: Record<string, string>,
  github: Record<string, string>,
): Record<string, string> {
  const values = new Map<string, string>()
  for (const [name, input] of Object.entries(declared)) {
    values.set(variableOf(name), evaluate(String(input?.default ?? ''), github))
  }
  for (const [name, value] of Object.entries(given)) values.set(variableOf(name), value)
  return Object.fromEntries(values)
}

/** What the runner warns of, and passes on all the same; undefined where every given input is declared. */
export function unexpectedInputs(declared: DeclaredInputs, given: Record<string, string>): string | undefined {
  const known = new Set(Object.keys(declared).map(variableOf))
  const unexpected = Object.keys(given).filter(name => !known.has(variableOf(name)))
  if (unexpected.length === 0) return undefined
  const quoted = (names: string[]): string => names.map(name => `'${name}'`).join(', ')
  return `Unexpected input(s) ${quoted(unexpected)}, valid inputs are [${quoted(Object.keys(declared))}]`
}

function variableOf(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`
}

/** Fills in `${{ github.name }}`, the only expression known here; a wrong guess at another would mislead. */
function evaluate(text: string, github: Record<string, string>): string {
  return text.replace(/\$\{\{\s*(.+?)\s*\}\}/g, (whole, expression: string) => {
    const value = github[/^github\.(\w+)$/.exec(expression)?.[1] ?? '']
    if (value === undefined) throw new Error(`action.yml: the emulated runner cannot evaluate ${whole}`)
    return value
  })
}
