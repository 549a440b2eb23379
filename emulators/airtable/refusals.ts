/**
 * Every answer of the service that is not a success, with its wording. Wordings that were never seen in an answer of
 * the real service are marked; a client must not depend on those.
 */

/** Thrown anywhere below a route; the route answers with it. */
export class Refusal extends Error {
  readonly status: number
  readonly body: unknown

  constructor(status: number, body: unknown) {
    super(JSON.stringify(body))
    this.status = status
    this.body = body
  }
}

const typed = (status: number, type: string, message?: string): Refusal =>
  new Refusal(status, { error: message === undefined ? { type } : { type, message } })

/** Unknown routes and malformed ids: decided before the token is looked at, and the body is a bare string. */
export const notFound = () => new Refusal(404, { error: 'NOT_FOUND' })
export const notAuthenticated = () => typed(401, 'AUTHENTICATION_REQUIRED', 'Authentication required')
export const notVisible = () =>
  typed(
    403,
    'INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND',
    'Invalid permissions, or the requested model was not found. Check that both your user and your token have the ' +
      'required permissions, and that the model names and/or ids are correct.',
  )
export const rateLimited = () =>
  new Refusal(429, {
    errors: [{ error: 'RATE_LIMIT_REACHED', message: 'Rate limit exceeded. Please try again later' }],
  })
export const quotaExceeded = () =>
  new Refusal(429, {
    errors: [
      {
        error: 'PUBLIC_API_BILLING_LIMIT_EXCEEDED',
        message:
          "API billing plan limit exceeded. You've reached the maximum number of requests allowed for this month.",
      },
    ],
  })
/** The status for a URL over 16,000 characters is not documented. */
export const urlTooLong = () => typed(414, 'REQUEST_URI_TOO_LONG')
export const badBody = () => typed(422, 'INVALID_REQUEST_BODY', 'Could not parse request body')
export const badParameters = () =>
  typed(422, 'INVALID_REQUEST_UNKNOWN', 'Invalid request: parameter validation failed. Check your request data.')
export const recordNotFound = () => typed(404, 'MODEL_ID_NOT_FOUND', 'Record not found')
export const rowMissing = (id: string) =>
  typed(422, 'ROW_DOES_NOT_EXIST', `Record ID ${id} does not exist in this table`)
export const badRecords = (message: string) => typed(422, 'INVALID_RECORDS', message)
export const unknownField = (name: string) => typed(422, 'UNKNOWN_FIELD_NAME', `Unknown field name: "${name}"`)
export const badValue = (message: string) => typed(422, 'INVALID_VALUE_FOR_COLUMN', message)
export const notAccepted = (field: string) => badValue(`Field "${field}" cannot accept the provided value`)
export const computedField = (field: string) =>
  badValue(`Field "${field}" cannot accept a value because the field is computed`)
/** The option stands in doubled quotes in the real message. */
export const unknownChoice = (name: string) =>
  typed(422, 'INVALID_MULTIPLE_CHOICE_OPTIONS', `Insufficient permissions to create new select option ""${name}""`)
export const badAttachment = (field: string, value: unknown) =>
  typed(422, 'INVALID_ATTACHMENT_OBJECT', `Invalid attachment object for field ${field}: ${JSON.stringify(value)}`)
export const lockedField = ({ name, id }: { name: string; id: string }) =>
  typed(403, 'INVALID_PERMISSIONS', `You are not permitted to write cell values in field ${name} (${id})`)
export const badFormula = (reason: string) =>
  typed(422, 'INVALID_FILTER_BY_FORMULA', `The formula for filtering records is invalid: ${reason}`)
export const badOffset = (offset: string) =>
  typed(422, 'INVALID_OFFSET_VALUE', `The value of offset ${offset} is invalid`)
export const iteratorGone = () => typed(422, 'LIST_RECORDS_ITERATOR_NOT_AVAILABLE')
/** The wording of the next two is ours. */
export const unknownViewName = (name: string) => typed(422, 'VIEW_NAME_NOT_FOUND', `View ${name} not found`)
export const unknownViewId = (id: string) => typed(422, 'VIEW_ID_NOT_FOUND', `View ${id} not found`)
export const viewOfAnotherTable = () => typed(422, 'FAILED_STATE_CHECK')
