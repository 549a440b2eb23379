/** A token that a service repeats is in no error, however it is spelled there. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ServiceError, without } from '../src/errors.ts'

const TOKEN = 'pat_Ab1/+?.x"y'
const said = (text: string, token = TOKEN): string =>
  without(token, new ServiceError('Notion', 'invalid', text)).message

describe('a token in what a service says', () => {
  test.each([
    ['as it is', `bad token ${TOKEN}.`],
    ['twice', `${TOKEN} is not ${TOKEN}`],
    ['in an address', `GET /x?key=${encodeURIComponent(TOKEN)} failed`],
    ['in JSON', `{"authorization":${JSON.stringify(`Bearer ${TOKEN}`)}}`],
    ['as Basic credentials, as the name', `Basic ${btoa(`${TOKEN}:`)}`],
    ['as Basic credentials, as the password', `Basic ${btoa(`u:${TOKEN}`)}`],
    ['in base64 of an address', Buffer.from(`ab${TOKEN}`).toString('base64url')],
  ])('is hidden: %s', (_, text) => {
    expect(said(text)).toContain('***')
    expect(said(text)).not.toContain(TOKEN)
    expect(said(text)).not.toContain('Ab1')
    expect(Buffer.from(said(text).split(' ').at(-1) ?? '', 'base64').toString('latin1')).not.toContain('Ab1')
  })

  test('is hidden in base64 wherever it begins and ends, of any token', () => {
    const token = fc.string({ unit: fc.constantFrom(...'abcXYZ019_.-/+'), minLength: 8, maxLength: 60 })
    fc.assert(
      fc.property(token, fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), (secret, before, after) => {
        const text = Buffer.from(`${before}${secret}${after}`).toString('base64')
        expect(Buffer.from(said(text, secret).replaceAll('***', ''), 'base64').toString()).not.toContain(secret)
        expect(said(text, secret)).toContain('***')
      }),
      { seed: 20260301, numRuns: 300 },
    )
  })

  test('is hidden in the trace, and in what the error was made of', () => {
    const inner = new Error(`Headers: ${TOKEN}`, { cause: new DOMException('The operation was aborted') })
    const error = without(TOKEN, new ServiceError('GitHub', 'invalid', `no ${TOKEN}`, { cause: inner }))
    expect(`${error.stack}${inner.message}${inner.stack}`).not.toContain(TOKEN)
    expect(error.stack).toContain('errors.test.ts')
  })
})

test('where there is no token, nothing is hidden', () => {
  expect(said('Nothing to hide.', '')).toBe('Notion: Nothing to hide.')
})
