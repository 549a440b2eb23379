/**
 * Reads what a step prints the way GitHub's runner does: workflow commands are carried out, the rest is log.
 * Follows actions/runner: ActionCommand.cs (syntax), ActionCommandManager.cs (meaning), FileCommandManager.cs (files).
 * It knows no process and no file: lines and texts come in, a result comes out.
 */
export type Annotation = {
  level: 'error' | 'warning' | 'notice'
  message: string
  file?: string
  line?: number
  col?: number
  title?: string
}

type Command = { name: string; properties: Record<string, string>; data: string }

const COMMANDS = new Set([
  ...['set-output', 'save-state', 'add-mask', 'add-matcher', 'remove-matcher', 'debug', 'warning', 'error', 'notice'],
  ...['group', 'endgroup', 'echo', 'stop-commands', 'set-env', 'add-path'],
])
// ExecutionContext.cs: _maxCountPerIssueType and _maxIssueMessageLength
const ANNOTATIONS_PER_LEVEL = 10
const ANNOTATION_LENGTH = 4096

/** Finds the command in a line; `extra` is a further name that counts (the token that ends stop-commands). */
export function parseCommand(line: string, extra?: string): Command | undefined {
  const known = (name: string): boolean => COMMANDS.has(name.toLowerCase()) || name === extra
  return parseV2(line, known) ?? parseV1(line, known)
}

/** `::name key=value,key=value::data`, at the start of a line. */
function parseV2(line: string, known: (name: string) => boolean): Command | undefined {
  // \u0085 is white space to .NET's TrimStart and not to \s
  const match = /^[\s\u0085]*::(.*?)::(.*)$/s.exec(line)
  return match ? toCommand(match[1] ?? '', ',', match[2] ?? '', known, unescapeV2) : undefined
}

/** `##[name key=value;key=value]data`, anywhere in a line. */
function parseV1(line: string, known: (name: string) => boolean): Command | undefined {
  const match = /##\[(.*?)\](.*)$/s.exec(line)
  return match ? toCommand(match[1] ?? '', ';', match[2] ?? '', known, unescapeV1) : undefined
}

function toCommand(
  head: string,
  separator: string,
  data: string,
  known: (name: string) => boolean,
  decode: (text: string, isProperty: boolean) => string,
): Command | undefined {
  const [name = '', ...rest] = head.split(' ')
  if (!known(name)) return undefined
  const properties: Record<string, string> = {}
  for (const pair of rest.join(' ').trim().split(separator)) {
    const at = pair.indexOf('=')
    if (at >= 0) properties[pair.slice(0, at)] = decode(pair.slice(at + 1), true)
  }
  return { name: COMMANDS.has(name.toLowerCase()) ? name.toLowerCase() : name, properties, data: decode(data, false) }
}

function unescapeV2(text: string, isProperty: boolean): string {
  const escapes: Record<string, string> = { '%0D': '\r', '%0A': '\n', '%25': '%' }
  if (isProperty) Object.assign(escapes, { '%3A': ':', '%2C': ',' })
  return text.replace(/%[0-9A-F]{2}/g, code => escapes[code] ?? code)
}

function unescapeV1(text: string): string {
  const escapes: Record<string, string> = { '%0D': '\r', '%0A': '\n', '%25': '%', '%3B': ';', '%5D': ']' }
  return text.replace(/%[0-9A-F]{2}/g, code => escapes[code] ?? code)
}

/** The log of a step: takes its lines one by one and keeps what they asked for. */
export class StepLog {
  readonly annotations: Annotation[] = []
  readonly outputs: Record<string, string> = {}
  /** What `::add-mask::` named, in order. */
  readonly masks: string[] = []
  readonly #shown: string[] = []
  readonly #secrets: string[]
  #stopToken: string | undefined

  /** `secrets` are hidden from the first line on, as the runner does with the token of the job. */
  constructor(secrets: string[]) {
    this.#secrets = secrets.filter(secret => secret !== '')
  }

  /** What a person sees on the page of the run. */
  get text(): string {
    return this.#shown.map(line => `${line}\n`).join('')
  }

  /** Takes a line that the step printed, on either stream. */
  take(line: string): void {
    const command = parseCommand(line, this.#stopToken)
    if (this.#stopToken !== undefined) {
      if (command?.name === this.#stopToken) this.#stopToken = undefined
      else this.show(line)
    } else if (command) this.#carryOut(command, line)
    else this.show(line)
  }

  /** Adds a line to the log that the runner itself says. */
  show(line: string): void {
    this.#shown.push(this.mask(line))
  }

  annotate(annotation: Annotation): void {
    const message = this.mask(annotation.message)
    const label = { error: 'Error', warning: 'Warning', notice: 'Notice' }[annotation.level]
    this.#shown.push(`${label}: ${message}`)
    if (this.annotations.filter(other => other.level === annotation.level).length >= ANNOTATIONS_PER_LEVEL) return
    this.annotations.push({ ...annotation, message: message.slice(0, ANNOTATION_LENGTH) })
  }

  /** Replaces every secret by `***`. The runner also hides encodings of it (base64, URI, JSON); this does not. */
  mask(text: string): string {
    // the longest first, so that a secret that holds another one is hidden whole
    return [...this.#secrets]
      .sort((a, b) => b.length - a.length)
      .reduce((t, secret) => t.replaceAll(secret, '***'), text)
  }

  #carryOut({ name, properties, data }: Command, line: string): void {
    if (name === 'error' || name === 'warning' || name === 'notice') {
      this.annotate({ level: name, message: data, ...position(properties) })
    } else if (name === 'group') this.show(`▼ ${data}`)
    else if (name === 'add-mask') this.#addMask(data)
    else if (name === 'set-output') this.outputs[properties.name ?? ''] = data
    else if (name === 'stop-commands') this.#stopToken = data
    else if (name === 'set-env' || name === 'add-path') {
      this.annotate({ level: 'error', message: `Unable to process command '${line}' successfully.` })
      this.annotate({ level: 'error', message: `The \`${name}\` command is disabled.` })
    }
  }

  #addMask(value: string): void {
    if (value.trim() === '') {
      this.annotate({ level: 'warning', message: "Can't add secret mask for empty string in ##[add-mask] command." })
      return
    }
    this.masks.push(value)
    this.#secrets.push(value, ...value.split(/\r\n|\r|\n/).filter(part => part.trim() !== ''))
  }
}

function position(properties: Record<string, string>): Omit<Annotation, 'level' | 'message'> {
  const { file, line, col, title } = properties
  return {
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line: Number(line) }),
    ...(col === undefined ? {} : { col: Number(col) }),
    ...(title === undefined ? {} : { title }),
  }
}

/**
 * Reads the file that GITHUB_OUTPUT (or GITHUB_ENV, GITHUB_STATE) names: `name=value`, or `name<<END`, lines, `END`.
 * Throws what the runner says of a file that is neither.
 */
export function parseFileCommand(text: string): Record<string, string> {
  const values: Record<string, string> = {}
  const lines = text.split(/\r\n|\n/)
  while (lines.length > 0) {
    const line = lines.shift() ?? ''
    if (line === '') continue
    const equals = line.indexOf('=')
    const heredoc = line.indexOf('<<')
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      values[line.slice(0, equals)] = line.slice(equals + 1)
    } else if (heredoc >= 0) {
      const delimiter = line.slice(heredoc + 2)
      const end = lines.indexOf(delimiter)
      if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`)
      values[line.slice(0, heredoc)] = lines
        .splice(0, end + 1)
        .slice(0, end)
        .join('\n')
    } else throw new Error(`Invalid format '${line}'`)
  }
  return values
}
