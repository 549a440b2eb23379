/** What a run says of a refusal that is not about a record: whose it is to mend, and what to click. */
import { expect, test } from 'vitest'
import { ServiceError, type ServiceFailure, type ServiceName, UserError } from '../src/errors.ts'
import { advise } from '../src/session.ts'

const told = (service: ServiceName, failure: ServiceFailure, message: string, inShell = false) =>
  advise(new ServiceError(service, failure, message), inShell)

test.each([
  [
    'Notion',
    false,
    'notion-token (Notion: It is invalid). Make a new token at notion.so/my-integrations and update the',
  ],
  [
    'Airtable',
    true,
    'AIRTABLE_TOKEN (Airtable: It is invalid). Make a new token at airtable.com/create/tokens and set',
  ],
  ['GitHub', false, 'github-token (GitHub: It is invalid). Make a new token and update the secret.'],
] as const)('a token of %s that is refused is named, with where to make another', (service, inShell, words) => {
  const error = told(service, 'unauthorized', 'It is invalid.', inShell)
  expect(error.message).toContain(`${service} does not accept the ${words}`)
  expect(error).toMatchObject({ kind: 'access' })
})

test.each([
  ['Notion', 'unavailable', 'answered with status 503', 'status.notion.so'],
  ['Airtable', 'no-answer', 'gave no complete answer in time.', 'status.airtable.com'],
] as const)(
  'an outage of %s is nobody’s here to mend, and stays an error of the service',
  (service, failure, message, page) => {
    const error = told(service, failure, message)
    expect(error.message).toBe(
      `${service}: ${message.replace(/\.$/, '')}. It is not for you to mend: the next run tries again. How the service is stands at ${page}.`,
    )
    expect(error).not.toBeInstanceOf(UserError)
    expect(error).toMatchObject({ failure })
  },
)
