/** What becomes of requests to Airtable that fail: the real package at our pace, against the emulator. */
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import * as faults from '../../emulators/airtable/faults.ts'
import { type AirtableEmulator, startAirtable } from '../../emulators/airtable/index.ts'
import type { Fault } from '../../emulators/serve.ts'
import { type AirtableClient, createAirtableClient } from '../../src/airtable/client.ts'
import { type AirtableTable, airtableTable } from '../../src/airtable/table.ts'
import { quickPace } from '../quick-pace.ts'

let airtable: AirtableEmulator
let client: AirtableClient
let table: AirtableTable
let key: string

beforeEach(async () => {
  const text = 'singleLineText'
  airtable = await startAirtable({
    bases: [
      {
        tables: [
          {
            name: 'Tracker',
            fields: [
              { name: 'Name', type: text },
              { name: 'Page', type: text },
            ],
            records: Array.from({ length: 5 }, (_, index) => ({ fields: { Name: `Row ${index}`, Page: `p${index}` } })),
          },
        ],
      },
    ],
  })
  Object.assign(airtable.settings, { requestsPerSecond: Number.POSITIVE_INFINITY })
  onTestFinished(() => airtable.close())
  const pace = quickPace()
  onTestFinished(pace.close)
  client = createAirtableClient('pat_test', airtable.url, pace)
  table = airtableTable(client, { base: airtable.baseId, id: airtable.tableId })
  const { tables } = (await client.ask({ method: 'GET', root: 'meta', path: `/bases/${airtable.baseId}/tables` })) as {
    tables: { fields: { id: string; name: string }[] }[]
  }
  key = tables[0]?.fields.find(field => field.name === 'Page')?.id ?? ''
  airtable.calls.length = 0
})

const LIST = { on: /^GET \/v0\/app/ }
const PATCH = { on: /^PATCH / }
const DELETE = { on: /^DELETE / }
const HTML = '<!doctype html><html><body>Sign in to the network</body></html>'
const page = (when: { on: RegExp }): Fault => ({ ...when, effect: { kind: 'answer', status: 200, body: HTML } })
const refusedFor = (retryAfter: string): Fault => ({
  on: /^GET /,
  times: 2,
  effect: {
    kind: 'answer',
    status: 429,
    headers: { 'retry-after': retryAfter },
    body: { errors: [{ error: 'RATE_LIMIT_REACHED', message: 'Rate limit exceeded. Please try again later' }] },
  },
})

const FAULTS = (when: { on: RegExp }): [string, Fault][] => [
  ['an error of the server (500)', faults.server500(when)],
  ['a page of a gateway (502)', faults.html502(when)],
  ['a service that says to try again (503)', faults.retriable503(when, 1)],
  ['a connection cut before it took effect', { ...when, effect: { kind: 'reset', when: 'before' } }],
  ['a connection cut after it took effect', { ...when, effect: { kind: 'reset', when: 'after' } }],
  ['half an answer', faults.truncatedJson(when)],
  ['a page of a proxy with status 200', page(when)],
  ['headers that never come', { ...when, effect: { kind: 'delay', ms: 400 } }],
  ['a body that stalls', { ...when, effect: { kind: 'stall' } }],
]

it.each([...FAULTS(LIST), ['a refusal for rate (429)', refusedFor('0')] as [string, Fault]])(
  'a list is asked again, and brings every row once, after %s',
  async (_, fault) => {
    airtable.inject(fault)
    expect(await table.read([key])).toHaveLength(5)
  },
)

it('a list whose filter is long in an address only, since each letter takes nine there, is read', async () => {
  const filter = `NOT({Name} = '${'営業'.repeat(1000)}')`
  const filtered = airtableTable(client, { base: airtable.baseId, id: airtable.tableId, filter })
  expect(await filtered.read([key])).toHaveLength(5)
})

it.each(FAULTS(PATCH))('rows are made once, although the request is sent again after %s', async (_, fault) => {
  airtable.inject(fault)
  const rows = ['p7', 'p8'].map(id => ({ id: null, fields: { [key]: id } }))
  expect((await table.write(rows, key, false)).rows.map(row => row.fields[key])).toEqual(['p7', 'p8'])
  await expect
    .poll(() => airtable.calls.filter(call => call.method === 'PATCH' && call.status !== 0).length)
    .toBeGreaterThan(0)
  expect(airtable.records()).toHaveLength(7)
})

describe('what no waiting helps against ends the use of the base in this run:', () => {
  it('the calls of the month are used up: one request says so, one asks why, and none follows', async () => {
    airtable.inject(faults.billing429({ on: /./, times: 100 }))
    await expect(table.read([key])).rejects.toMatchObject({
      failure: 'quota',
      message: expect.stringContaining('maximum number of requests allowed for this month'),
    })
    await expect(table.read([key])).rejects.toMatchObject({ failure: 'quota' })
    expect(airtable.calls).toHaveLength(2)
    expect(client.calls()).toBe(3)
  })

  it('so says a list that is asked for in a body too', async () => {
    const ids = Array.from({ length: 600 }, (_, index) => `rec${index}`)
    airtable.settings.monthlyQuotaExceeded = true
    await expect(table.rows(ids, [key])).rejects.toMatchObject({ failure: 'quota' })
    expect(airtable.calls.map(call => `${call.method} ${call.status}`)).toEqual(['POST 429', 'GET 429'])
  })

  it('a list that is asked for in a body and forbidden is told with the reason', async () => {
    airtable.dropBase()
    const ids = Array.from({ length: 600 }, (_, index) => `rec${index}`)
    const reason = expect.stringContaining('the requested model was not found')
    await expect(table.rows(ids, [key])).rejects.toMatchObject({ failure: 'forbidden', message: reason })
    expect(airtable.calls.map(call => `${call.method} ${call.status}`)).toEqual(['POST 403', 'GET 403'])
  })

  it.each(['3600', '1e300'])(
    'it asks to wait for %s seconds: the time is told, and it is not waited for',
    async time => {
      airtable.inject(refusedFor(time))
      const words = / It asks to wait until \d{4}-\d\d-\d\d \d\d:\d\d UTC/
      await expect(table.read([key])).rejects.toMatchObject({
        failure: 'rate-limited',
        message: expect.stringMatching(words),
      })
      await expect(table.read([key])).rejects.toMatchObject({ failure: 'rate-limited' })
      expect(airtable.calls).toHaveLength(2)
    },
  )
})

describe('a deletion', () => {
  const id = () => airtable.records()[0]?.id ?? ''

  it.each([
    [404, undefined],
    [403, faults.goneForbidden(DELETE)],
  ])('whose answer was lost is done, although Airtable answers %i to its repeat', async (status, fault) => {
    const gone = id()
    airtable.inject({ ...DELETE, effect: { kind: 'reset', when: 'after' } })
    if (fault !== undefined) airtable.inject(fault)
    await table.remove(gone)
    expect(airtable.calls.filter(call => call.method === 'DELETE').map(call => call.status)).toEqual([0, status])
    expect(airtable.records()).toHaveLength(4)
  })

  it('that the token may not make fails for that', async () => {
    airtable.inject(faults.goneForbidden(DELETE))
    await expect(table.remove(id())).rejects.toMatchObject({ failure: 'forbidden' })
  })
})

describe('a write that Airtable forbids (403) is sent once more to learn why:', () => {
  const forbids = (message: string, times = 2): Fault => ({
    on: PATCH.on,
    times,
    effect: { kind: 'answer', status: 403, body: { error: { type: 'INVALID_PERMISSIONS', message } } },
  })
  const write = () => table.write([{ id: airtable.records()[0]?.id ?? '', fields: { [key]: 'p9' } }], key, false)
  const GONE = 'Invalid permissions, or the requested model was not found. Check that both your user and your token'

  it.each([
    ['the cell', 'invalid', 'You are not permitted to write cell values in field Page (fld1)'],
    ['new records', 'invalid', 'You are not permitted to create records in table Tracker (tbl1)'],
    ['the token', 'forbidden', 'You are not permitted to perform this operation'],
    ['the token, or a record that is gone', 'forbidden', GONE],
  ])('it refuses %s', async (_, failure, message) => {
    airtable.inject(forbids(message))
    await expect(write()).rejects.toMatchObject({ failure, message: expect.stringContaining(message) })
    expect(airtable.calls).toHaveLength(2)
    expect(client.calls()).toBe(3)
  })

  it.each([429, 503])('where the answer is %i nothing was found out, and the write is tried again', async status => {
    airtable.inject({
      on: PATCH.on,
      skip: 1,
      effect: { kind: 'answer', status, body: { errors: [{ error: 'RATE_LIMIT_REACHED', message: 'Later' }] } },
    })
    airtable.inject(forbids('You are not permitted to perform this operation', 1))
    expect((await write()).rows[0]?.fields[key]).toBe('p9')
  })

  it('it is let through now: that is the answer', async () => {
    airtable.inject(forbids('You are not permitted to perform this operation', 1))
    expect((await write()).rows[0]?.fields[key]).toBe('p9')
  })
})
