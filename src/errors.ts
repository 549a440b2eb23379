/**
 * The two families of errors that end a run. Everything else that is thrown is a defect of this program.
 * What concerns a single record is not thrown: it is data (core/model.ts, Problem).
 */

/** A place in a file of the repository, as annotations name it; both count from 1. */
export type Place = { readonly file: string; readonly line: number; readonly column: number }

export type Complaint = { readonly message: string; readonly place?: Place }

/** Something a person must change: what is wrong, where, and what to type or click. Shown without a stack trace. */
export class UserError extends Error {
  readonly complaints: readonly Complaint[]
  /**
   * `guard`: the plan was stopped; `state`: the state cannot be worked from; `input`: config and inputs; `access`: a
   * service refuses a token or a query, or its plan is used up; `branch`: the branch of the state takes no commits;
   * `limit`: the run used up what one run may use.
   */
  readonly kind: 'input' | 'guard' | 'state' | 'access' | 'branch' | 'limit'
  constructor(complaints: readonly Complaint[] | string, kind: UserError['kind'] = 'input') {
    const list = typeof complaints === 'string' ? [{ message: complaints }] : complaints
    super(list.map(complaint => complaint.message).join('\n'))
    this.name = 'UserError'
    this.complaints = list
    this.kind = kind
  }
}

export type ServiceName = 'Notion' | 'Airtable' | 'GitHub'

/** What a service answered, in this program's own words for it. */
export type ServiceFailure =
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'invalid'
  | 'rate-limited'
  /** What the plan allows is used up, for all requests or (`full`) for new records; no waiting within a run helps. */
  | 'quota'
  | 'full'
  | 'conflict'
  | 'unavailable'
  | 'no-answer'
  | 'cursor-expired'
  | 'unexpected'

/** A request that a service refused, or that brought no answer. */
export class ServiceError extends Error {
  readonly service: ServiceName
  readonly failure: ServiceFailure
  /** Milliseconds that the service asked to wait, if it did. */
  readonly retryAfterMs: number | undefined
  /** Set where the write is known to have been saved although no answer came: the record's ID, if it was told. */
  readonly saved: { readonly record?: string } | undefined
  constructor(
    service: ServiceName,
    failure: ServiceFailure,
    message: string,
    more: { retryAfterMs?: number | undefined; saved?: { record?: string } | undefined; cause?: unknown } = {},
  ) {
    super(`${service}: ${message}`, { cause: more.cause })
    this.name = 'ServiceError'
    this.service = service
    this.failure = failure
    this.retryAfterMs = more.retryAfterMs
    this.saved = more.saved
  }
}

/** What a service said, as a sentence that another may follow. */
export const sentence = (said: string): string => said.replace(/\.?$/, '.')

/** What was thrown, as an error. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

/** Whether a service refused a request in one of these ways. */
export const isFailure = (error: unknown, ...failures: ServiceFailure[]): error is ServiceError =>
  error instanceof ServiceError && failures.includes(error.failure)

/** A service may repeat a token in what it says; our errors, and what they were made of, do not. */
export function without(secret: string, error: ServiceError): ServiceError {
  const forms = formsOf(secret)
  const hide = (text: string) => forms.reduce((hidden, form) => hidden.replaceAll(form, '***'), text)
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    // Not assigned: the message of a DOMException cannot be.
    Reflect.set(one, 'message', hide(one.message))
    Reflect.set(one, 'stack', hide(one.stack ?? ''))
  }
  return error
}

/** How a secret may be repeated: as it is, in an address, in JSON, and in base64 (Basic), wherever it begins there. */
function formsOf(secret: string): string[] {
  if (secret === '') return []
  const inBase64 = [0, 1, 2].flatMap(before => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)])
    // Letters that neighbours have a part in are not told by the secret alone.
    const [start, end] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)]
    return (['base64', 'base64url'] as const).map(encoding => bytes.toString(encoding).slice(start, end))
  })
  const others = [encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...inBase64]
  // What is shorter than this is found in any text.
  return [secret, ...others.filter(form => form.length >= 6)]
}

/**
 * A write had to wait so long that what it would write over must be looked at again first; `cause` is what it waited
 * for, if a service refused it before.
 */
export class Outdated extends Error {
  constructor(cause?: ServiceError) {
    super('The write waited too long after the last look at its record.', { cause })
    this.name = 'Outdated'
  }
}

/** Whether an error is neither for a person to mend nor the service's or the run's end: its stack trace says where. */
export const isDefect = (error: Error): boolean =>
  !(error instanceof UserError || error instanceof ServiceError || error instanceof Cancelled)

/** A request that a stopped run did not wait for says nothing of its service: the run failed for what stopped it. */
export const causeOf = <T>(error: T, stopped: Error | null): T | Error =>
  stopped !== null && isFailure(error, 'no-answer') ? stopped : error

/** The run was asked to stop (SIGINT, SIGTERM). */
export class Cancelled extends Error {
  constructor() {
    super('The run was cancelled.')
    this.name = 'Cancelled'
  }
}
