/**
 * The Notion API's error answers, with its status, code and wording.
 * It holds no rule about when an error applies: the callers do.
 */

export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly additional: Record<string, string | string[]> | undefined
  readonly retryAfter: number | undefined

  constructor(
    status: number,
    code: string,
    message: string,
    additional?: Record<string, string | string[]>,
    retryAfter?: number,
  ) {
    super(message)
    this.status = status
    this.code = code
    this.additional = additional
    this.retryAfter = retryAfter
  }
}

/** A rule of the service is broken: 400 with a message of its own. */
export const invalid = (message: string, additional?: Record<string, string | string[]>): ApiError =>
  new ApiError(400, 'validation_error', message, additional)

/** The body does not have the documented shape: `at` is the path of the offending part, such as `body.page_size`. */
export const badBody = (at: string, expected: string, actual: unknown): ApiError =>
  invalid(`body failed validation: ${at} should be ${expected}, instead was \`${JSON.stringify(actual)}\`.`)

/** The service does not say whether an object is missing or merely not shared. */
export const notFound = (kind: string, id: string, bot: { id: string; name: string }): ApiError =>
  new ApiError(
    404,
    'object_not_found',
    `Could not find ${kind} with ID: ${id}. Make sure the relevant pages and databases are shared with your integration "${bot.name}".`,
    { integration_id: bot.id },
  )

export const userNotFound = (id: string, bot: { id: string }): ApiError =>
  new ApiError(
    404,
    'object_not_found',
    `Could not find user with ID: ${id}. Make sure your integration has capabilities to read user information. With those capabilities, only members and guests in the integration's workspace are visible.`,
    { integration_id: bot.id },
  )

export const restricted = (): ApiError =>
  new ApiError(403, 'restricted_resource', 'API token does not have access to this resource.')

export const editsTrashed = (): ApiError =>
  invalid("Can't edit block that is archived. You must unarchive the block before editing.")

export const editsBelowTrashed = (): ApiError =>
  invalid("Can't edit page on block with an archived ancestor. You must unarchive the ancestor before editing page.")
