/** How long a service asks to wait, as it is written, and writes that waited too long. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { Outdated, ServiceError } from '../src/errors.ts'
import { readRetryAfter } from '../src/pace.ts'
import { quickPace } from './quick-pace.ts'

describe('Retry-After', () => {
  it.each([
    ['seconds', '2', 2000],
    ['no time', '0', 0],
    ['parts of a second', '0.7', 700],
    ['more than a minute', '90', 90_000],
    ['a number', 3, 3000],
    ['a time that no clock knows', '1e300', 366 * 24 * 3600_000],
    ['without end', 'Infinity', 366 * 24 * 3600_000],
    ['nothing', '', undefined],
    ['no header', null, undefined],
    ['a word', 'soon', undefined],
    ['less than nothing', '-5', undefined],
    ['a time that is over', 'Wed, 21 Oct 2015 07:28:00 GMT', undefined],
  ])('%s', (_, written, ms) => {
    expect(readRetryAfter(written)).toBe(ms)
  })

  it('a time to come', () => {
    const ms = readRetryAfter(new Date(Date.now() + 60_000).toUTCString())
    expect(ms).toBeGreaterThan(58_000)
    expect(ms).toBeLessThanOrEqual(60_000)
  })
})

describe('a write whose record was looked at too long ago', () => {
  it('is not sent when its turn comes', async () => {
    const pace = quickPace()
    onTestFinished(pace.close)
    let sent = 0
    const write = pace.run(
      async () => {
        sent += 1
      },
      true,
      () => false,
    )
    await expect(write).rejects.toThrow(Outdated)
    expect(sent).toBe(0)
  })

  it('is not sent again either after a failure', async () => {
    const pace = quickPace()
    onTestFinished(pace.close)
    let sent = 0
    const write = pace.run(
      async () => {
        sent += 1
        throw new ServiceError('Notion', 'rate-limited', 'wait', { retryAfterMs: 10 })
      },
      true,
      () => sent === 0,
    )
    await expect(write).rejects.toThrow(Outdated)
    expect(sent).toBe(1)
  })
})
