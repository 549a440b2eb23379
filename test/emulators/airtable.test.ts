/** The emulated Airtable, as the real SDK meets it over HTTP, and as a person's hand changes it. */
import Airtable from 'airtable'
import { createEmulator } from 'emulate'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  billing429,
  html502,
  rateLimited,
  retriable503,
  server500,
  truncatedJson,
} from '../../emulators/airtable/faults.ts'
import {
  type AirtableEmulator,
  type AirtableSeed,
  airtableEmulator,
  startAirtable,
} from '../../emulators/airtable/index.ts'

const START = Date.parse('2026-03-01T10:00:00.400Z')
let clock = START
let airtable: AirtableEmulator

const later = (ms: number): void => {
  clock += ms
}

const people = { name: 'People', fields: [{ name: 'Name', type: 'singleLineText' }] }
const tasks = {
  name: 'Tasks',
  fields: [
    { name: 'Name', type: 'singleLineText' },
    { name: 'Notes', type: 'multilineText' },
    { name: 'Rich', type: 'richText' },
    { name: 'Count', type: 'number' },
    { name: 'Done', type: 'checkbox' },
    { name: 'Stars', type: 'rating' },
    { name: 'Status', type: 'singleSelect', choices: ['Todo', 'Doing', 'Done'] },
    { name: 'Tags', type: 'multipleSelects', choices: ['red', 'green'] },
    { name: 'Due', type: 'date' },
    { name: 'At', type: 'dateTime', options: { timeZone: 'Europe/Berlin' } },
    { name: 'Owner', type: 'singleCollaborator' },
    { name: 'Team', type: 'multipleCollaborators' },
    { name: 'People', type: 'multipleRecordLinks', options: { linkedTableId: 'People', inverseLinkFieldId: 'Tasks' } },
    { name: 'Files', type: 'multipleAttachments' },
    { name: 'Code', type: 'barcode' },
    { name: 'Total', type: 'formula' },
    { name: 'No', type: 'autoNumber' },
    { name: 'Created', type: 'createdTime' },
    { name: 'Changed', type: 'lastModifiedTime', options: { referencedFieldIds: ['Notes'] } },
    { name: 'Changed by', type: 'lastModifiedBy' },
  ],
}

async function start(seed: Partial<AirtableSeed> = {}): Promise<void> {
  await airtable?.close()
  const tables = [
    { ...tasks, views: [{ name: 'All' }, { name: 'Open', filter: "{Status} != 'Done'" }] },
    { ...people, fields: [...people.fields, { name: 'Tasks', type: 'multipleRecordLinks', options: linkBack }] },
  ]
  airtable = await startAirtable({ bases: [{ name: 'Work', tables }], ...seed }, { now: () => clock })
  airtable.settings.requestsPerSecond = Number.POSITIVE_INFINITY
}
const linkBack = { linkedTableId: 'Tasks', inverseLinkFieldId: 'People' }

beforeEach(async () => {
  clock = START
  await start()
})
afterEach(() => airtable.close())

const sdk = (apiKey = 'pat_test') =>
  new Airtable({ apiKey, endpointUrl: airtable.url, noRetryIfRateLimited: true, requestTimeout: 5000 })
const table = (name = 'Tasks') => sdk().base(airtable.baseId).table(name)

type Body = { records: Wire[]; offset?: string; createdRecords?: string[]; updatedRecords?: string[] }
type Wire = { id: string; createdTime: string; fields: Record<string, unknown> }

/** One call through the SDK's lowest layer, which keeps the whole body. */
async function call(method: string, path: string, { body, qs }: { body?: unknown; qs?: object } = {}): Promise<Body> {
  const options = { method, path, ...(body ? { body } : {}), ...(qs ? { qs } : {}) }
  const answer = await sdk()
    .base(airtable.baseId)
    .makeRequest(options as Parameters<Airtable.Base['makeRequest']>[0])
  return (answer as { body: Body }).body
}

const create = async (fields: Record<string, unknown>, more: object = {}): Promise<Wire> => {
  const { records } = await call('POST', '/Tasks', { body: { records: [{ fields }], ...more } })
  return records[0] ?? { id: '', createdTime: '', fields: {} }
}
const patch = (id: string, fields: Record<string, unknown>, more: object = {}) =>
  call('PATCH', '/Tasks', { body: { records: [{ id, fields }], ...more } })
const list = (qs: object = {}) => call('GET', '/Tasks', { qs })
const names = async (filterByFormula: string): Promise<unknown[]> =>
  (await list({ filterByFormula, view: 'All' })).records.map(record => record.fields.Name)

/** Status and body without the SDK, which throws most of an error's body away. */
async function raw(path: string, init: RequestInit = {}, token = 'pat_test'): Promise<[number, unknown]> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(`${airtable.url}${path}`, { headers, ...init })
  return [answer.status, await answer.json()]
}
const type = (answer: [number, unknown]) => (answer[1] as { error: { type: string } }).error.type

describe('who may do what', () => {
  const notVisible = [403, { error: { type: 'INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND', message: expect.any(String) } }]

  test('a malformed id is not found, whoever asks', async () => {
    expect(await raw('/v0/base/Tasks', {}, 'wrong')).toEqual([404, { error: 'NOT_FOUND' }])
    expect(await raw(`/v0/${airtable.baseId}/Tasks/recShort`, {}, 'wrong')).toEqual([404, { error: 'NOT_FOUND' }])
    expect(await raw('/v0/nothing/here/at/all')).toEqual([404, { error: 'NOT_FOUND' }])
  })

  test('a wrong token is refused before anything else is said about the base', async () => {
    const refusal = { error: { type: 'AUTHENTICATION_REQUIRED', message: 'Authentication required' } }
    expect(await raw('/v0/app00000000000000/Tasks', {}, 'wrong')).toEqual([401, refusal])
    airtable.revokeToken()
    expect(await raw(`/v0/${airtable.baseId}/Tasks`)).toEqual([401, refusal])
    await expect(table().select().firstPage()).rejects.toMatchObject({ statusCode: 401 })
  })

  test('the word Bearer may be written in any case', async () => {
    const headers = { authorization: 'bearer pat_test' }
    expect((await raw(`/v0/${airtable.baseId}/Tasks`, { headers }))[0]).toBe(200)
  })

  test('a base or table that the token does not see looks like a missing permission', async () => {
    expect(await raw('/v0/app00000000000000/Tasks')).toEqual(notVisible)
    expect(await raw(`/v0/${airtable.baseId}/Nonsense?pageSize=x`)).toEqual(notVisible)
    airtable.dropBase()
    expect(await raw(`/v0/${airtable.baseId}/Tasks`)).toEqual(notVisible)
    expect(await raw('/v0/meta/bases')).toEqual([200, { bases: [] }])
  })

  test('a token without the scope to write may read', async () => {
    await start({ scopes: ['data.records:read'] })
    expect((await raw(`/v0/${airtable.baseId}/Tasks`))[0]).toBe(200)
    expect(await raw(`/v0/${airtable.baseId}/Tasks`, { method: 'POST', body: '{}' })).toEqual(notVisible)
    expect(await raw(`/v0/meta/bases/${airtable.baseId}/tables`)).toEqual(notVisible)
  })

  test('an address over the limit is refused', async () => {
    expect((await raw(`/v0/${airtable.baseId}/Tasks?x=${'y'.repeat(15_990)}`))[0]).toBe(414)
  })
})

describe('metadata', () => {
  test('the schema names every field with type and options, and views without their filter', async () => {
    const [, body] = await raw(`/v0/meta/bases/${airtable.baseId}/tables`)
    const [first, second] = (body as { tables: { id: string; fields: { name: string }[]; views: unknown[] }[] }).tables
    expect(first).toMatchObject({
      id: airtable.tableId,
      name: 'Tasks',
      primaryFieldId: airtable.fieldId('Name'),
      views: [{ name: 'All', type: 'grid' }, { name: 'Open' }],
    })
    expect(first?.views[1]).not.toHaveProperty('filter')
    const field = (name: string) => first?.fields.find(candidate => candidate.name === name)
    expect(field('Name')).toEqual({ type: 'singleLineText', id: airtable.fieldId('Name'), name: 'Name' })
    expect(field('Status')).toMatchObject({
      options: { choices: [{ name: 'Todo' }, { name: 'Doing' }, { name: 'Done' }] },
    })
    expect(field('Changed')).toMatchObject({ options: { referencedFieldIds: [airtable.fieldId('Notes')] } })
    expect(field('People')).toMatchObject({
      options: { linkedTableId: second?.id, inverseLinkFieldId: airtable.fieldId('Tasks', 'People') },
    })
  })

  test('the SDK reaches the schema through a pseudo base', async () => {
    const answer = await sdk()
      .base('meta')
      .makeRequest({ path: `/bases/${airtable.baseId}/tables` })
    expect(answer.statusCode).toBe(200)
  })

  test('the token tells whose it is, and which bases it sees', async () => {
    const [, who] = await raw('/v0/meta/whoami')
    expect(who).toEqual({
      id: expect.stringMatching(/^usr\w{14}$/),
      scopes: ['data.records:read', 'data.records:write', 'schema.bases:read'],
    })
    const bases = [{ id: airtable.baseId, name: 'Work', permissionLevel: 'create' }]
    expect(await raw('/v0/meta/bases')).toEqual([200, { bases }])
  })
})

describe('reading', () => {
  test('empty cells are left out, zero is not', async () => {
    const id = airtable.add({ Name: 'Empty', Count: 0, Done: false, Tags: [] })
    const record = await table().find(id)
    expect(record.fields).toMatchObject({ Name: 'Empty', Count: 0 })
    for (const name of ['Done', 'Tags', 'Notes', 'Files']) expect(record.fields).not.toHaveProperty(name)
  })

  test('creation times have whole seconds', async () => {
    airtable.add({})
    expect((await list()).records[0]?.createdTime).toBe('2026-03-01T10:00:00.000Z')
  })

  test('keys are ids when asked for, and any field can be named either way', async () => {
    airtable.add({ Name: 'One', Count: 1 })
    const fields = [airtable.fieldId('Name')]
    for (const qs of [
      { fields, returnFieldsByFieldId: true },
      { 'fields[]': 'Name', returnFieldsByFieldId: 1 },
    ]) {
      const { records } = await list(qs)
      expect(records[0]?.fields).toEqual({ [airtable.fieldId('Name')]: 'One' })
    }
  })

  test('the SDK sees all pages, by GET and by POST', async () => {
    for (let count = 0; count < 25; count += 1) airtable.add({ Name: `Task ${count}`, Count: count })
    const sort: [{ field: string; direction: 'desc' }] = [{ field: 'Count', direction: 'desc' }]
    for (const method of ['get', 'post']) {
      const all = await table()
        .select({ pageSize: 10, sort, fields: ['Count'], method })
        .all()
      expect(all.map(record => record.get('Count'))).toEqual(Array.from({ length: 25 }, (_, index) => 24 - index))
    }
    expect(airtable.calls.filter(each => each.path.endsWith('/listRecords'))).toHaveLength(3)
    expect(await table().select({ maxRecords: 12, pageSize: 5 }).all()).toHaveLength(12)
  })

  test('a very long formula makes the SDK send a POST', async () => {
    const id = airtable.add({ Name: 'Wanted' })
    airtable.add({ Name: 'Unwanted' })
    const parts = Array.from({ length: 499 }, () => `RECORD_ID()='${id}'`)
    const found = await table()
      .select({ filterByFormula: `OR(${parts.join(',')})` })
      .all()
    expect(found.map(record => record.id)).toEqual([id])
    expect(airtable.calls.at(-1)?.method).toBe('POST')
  })

  test('without view and sort the order is by id, with a view it is the order of creation', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'].map(name => airtable.add({ Name: name }))
    expect(ids).not.toEqual(ids.toSorted())
    expect((await list()).records.map(record => record.id)).toEqual(ids.toSorted())
    expect((await list({ view: 'All' })).records.map(record => record.id)).toEqual(ids)
  })

  test('a view filters, and unknown views are refused', async () => {
    airtable.add({ Name: 'open', Status: 'Todo' })
    airtable.add({ Name: 'closed', Status: 'Done' })
    expect((await list({ view: 'Open' })).records.map(record => record.fields.Name)).toEqual(['open'])
    await expect(list({ view: 'Nonsense' })).rejects.toMatchObject({ error: 'VIEW_NAME_NOT_FOUND' })
    await expect(list({ view: 'viw00000000000000' })).rejects.toMatchObject({ error: 'VIEW_ID_NOT_FOUND' })
  })

  test('empty cells sort first, and selects in the order of their options', async () => {
    for (const status of ['Done', 'Todo', null, 'Doing']) airtable.add({ Name: status ?? 'none', Status: status })
    const sorted = async (direction: string) =>
      (await list({ sort: [{ field: 'Status', direction }] })).records.map(record => record.fields.Name)
    expect(await sorted('asc')).toEqual(['none', 'Todo', 'Doing', 'Done'])
    expect(await sorted('desc')).toEqual(['Done', 'Doing', 'Todo', 'none'])
  })

  test('records edited, added or deleted between two pages keep the order of the first page, with new values', async () => {
    const ids = ['a', 'b', 'c', 'd'].map(name => airtable.add({ Name: name }))
    const query = { pageSize: 2, view: 'All', filterByFormula: "{Name} != 'zzz'" }
    const first = await list(query)
    expect(first.offset).toMatch(new RegExp(`^itr\\w{14}/${ids[1]}$`))
    airtable.edit(ids[2] ?? '', { Name: 'zzz' })
    airtable.remove(ids[3] ?? '')
    airtable.add({ Name: 'new' })
    const second = await list({ ...query, offset: first.offset })
    expect(second.records.map(record => record.fields.Name)).toEqual(['zzz'])
    expect(second).not.toHaveProperty('offset')
  })

  test('an offset can expire once, and garbage is no offset', async () => {
    for (const name of ['a', 'b', 'c']) airtable.add({ Name: name })
    const { offset } = await list({ pageSize: 1 })
    airtable.settings.expireIterators = true
    const path = `/v0/${airtable.baseId}/Tasks?pageSize=1&offset=`
    expect(await raw(path + offset)).toEqual([422, { error: { type: 'LIST_RECORDS_ITERATOR_NOT_AVAILABLE' } }])
    const again = await list({ pageSize: 1 })
    expect((await list({ pageSize: 1, offset: again.offset })).records).toHaveLength(1)
    await expect(list({ offset: 'nonsense' })).rejects.toMatchObject({
      error: 'INVALID_OFFSET_VALUE',
      message: 'The value of offset nonsense is invalid',
    })
    expect((await list({ offset: '' })).records).toHaveLength(3)
  })

  test('parameters that make no sense are refused', async () => {
    for (const qs of [
      { pageSize: 0 },
      { maxRecords: 'x' },
      { cellFormat: 'string', timeZone: 'utc', userLocale: 'en' },
      { sort: [{ field: 'Name', direction: 'up' }] },
      { sort: { field: 'Name' } },
      { fields: 'Name' },
      { recordMetadata: ['nonsense'] },
    ]) {
      await expect(list(qs)).rejects.toMatchObject({ error: 'INVALID_REQUEST_UNKNOWN', statusCode: 422 })
    }
    await expect(list({ fields: ['Nope'] })).rejects.toMatchObject({
      error: 'UNKNOWN_FIELD_NAME',
      message: 'Unknown field name: "Nope"',
    })
    await expect(list({ sort: [{ field: 'Nope' }] })).rejects.toMatchObject({ error: 'UNKNOWN_FIELD_NAME' })
  })

  test('a single record is found from any table of the base, a deleted one is not', async () => {
    const id = airtable.add({ Name: 'Ann' }, 'People')
    expect((await table('Tasks').find(id)).get('Name')).toBe('Ann')
    airtable.remove(id)
    const path = `/v0/${airtable.baseId}/People/${id}`
    expect(await raw(path)).toEqual([404, { error: { type: 'MODEL_ID_NOT_FOUND', message: 'Record not found' } }])
  })
})

describe('formulas', () => {
  beforeEach(() => {
    airtable.add({ Name: 'Anna', Count: 2, Done: true, Status: 'Todo', Tags: ['red', 'green'], Due: '2026-03-05' })
    airtable.add({ Name: "Bob's {x}", Count: 10, At: '2026-03-01T12:34:56.789Z' })
    airtable.add({ Name: 'Carl' })
  })

  test.each([
    ["{Name}='Anna'", ['Anna']],
    ["Name = 'Anna'", ['Anna']],
    ["{Name}='anna'", []],
    [`{Name}="Bob's {x}"`, ["Bob's {x}"]],
    ["{Name}='Bob\\'s {x}'", ["Bob's {x}"]],
    ['{Count} > 5', ["Bob's {x}"]],
    ['AND({Count} <= 10, {Count} >= 2)', ['Anna', "Bob's {x}"]],
    ['NOT({Count})', ['Carl']],
    ['{Count} = BLANK()', ['Carl']],
    ["{Status} = ''", ["Bob's {x}", 'Carl']],
    ['{Done}', ['Anna']],
    ['{Done} = TRUE()', ['Anna']],
    ['{Done} != FALSE()', ['Anna']],
    ["{Tags} = 'red, green'", ['Anna']],
    ["FIND('green', {Tags})", ['Anna']],
    ["SEARCH('AN', {Name})", ['Anna']],
    ["LOWER({Name}) & '!' = 'anna!'", ['Anna']],
    ["UPPER(TRIM(' carl ')) = UPPER({Name})", ['Carl']],
    ["CONCATENATE({Name}, '-', {Count}) = 'Anna-2'", ['Anna']],
    ['LEN({Name}) = 4', ['Anna', 'Carl']],
    ["IF({Count}, {Count} > 5, {Name} = 'Carl')", ["Bob's {x}", 'Carl']],
    ['{Count} * 2 + 1 = 5', ['Anna']],
    ["{At} = DATETIME_PARSE('2026-03-01T12:34:56.789Z')", ["Bob's {x}"]],
    ["FIND('2026-03-01', {At})", ["Bob's {x}"]],
    ["IS_SAME({Due}, '2026-03-05', 'day')", ['Anna']],
    ["IS_AFTER({Due}, DATETIME_PARSE('2026-03-04T00:00:00.000Z'))", ['Anna']],
    ["IS_BEFORE({Due}, DATETIME_PARSE('2026-03-04T00:00:00.000Z'))", []],
    ["{Due} > DATETIME_PARSE('garbage')", []],
    ["{Due} > '2099-01-01'", ['Anna']],
    ['1 = 1', ['Anna', "Bob's {x}", 'Carl']],
    ["''", []],
    ['0', []],
  ])('%s keeps %j', async (formula, expected) => {
    expect(await names(formula)).toEqual(expected)
  })

  test('field ids work like names, and outlive a renaming', async () => {
    const formula = `{${airtable.fieldId('Name')}} = 'Anna'`
    airtable.renameField('Name', 'Title')
    expect((await list({ filterByFormula: formula })).records).toHaveLength(1)
    await expect(list({ filterByFormula: "{Name} = 'Anna'" })).rejects.toMatchObject({
      error: 'INVALID_FILTER_BY_FORMULA',
      message: 'The formula for filtering records is invalid: Unknown field names: name',
    })
  })

  test.each(['AND(', "{Name} = 'x", '{Name} =', 'NOSUCH({Name})', 'NOT()', "LAST_MODIFIED_TIME('x')", '1 1'])(
    '%s is refused',
    async formula => {
      await expect(list({ filterByFormula: formula })).rejects.toMatchObject({
        error: 'INVALID_FILTER_BY_FORMULA',
        message: 'The formula for filtering records is invalid: Invalid formula. Please check your formula text.',
      })
    },
  )

  test('a record is modified from its first edit on, per field and in whole seconds', async () => {
    const id = airtable.add({ Name: 'New' })
    const since = (field: string) =>
      `IS_AFTER(LAST_MODIFIED_TIME(${field}), DATETIME_PARSE('2026-03-01T10:00:59.000Z'))`
    expect(await names('LAST_MODIFIED_TIME()')).toEqual([])
    expect(await names("IS_AFTER(CREATED_TIME(), DATETIME_PARSE('2026-03-01T09:59:59Z'))")).toHaveLength(4)
    later(60_000)
    airtable.edit(id, { Notes: 'edited' })
    expect(await names(since(''))).toEqual(['New'])
    expect(await names(since('{Notes}, {Count}'))).toEqual(['New'])
    expect(await names(since('{Count}'))).toEqual([])
    expect(await names("LAST_MODIFIED_TIME() = DATETIME_PARSE('2026-03-01T10:01:00.000Z')")).toEqual(['New'])
  })
})

describe('writing', () => {
  test('a new record is answered in full, with what the service computes', async () => {
    const { id, createdTime, fields } = await create({ Name: 'New', Count: 1.5 })
    expect(id).toMatch(/^rec\w{14}$/)
    expect(createdTime).toBe('2026-03-01T10:00:00.000Z')
    expect(fields).toEqual({
      Name: 'New',
      Count: 1.5,
      No: 1,
      Created: createdTime,
      Changed: createdTime,
      'Changed by': { id: expect.any(String), email: 'owner@example.com', name: 'Token Owner' },
    })
  })

  test('the SDK creates, updates, replaces and deletes', async () => {
    const [one, two] = await table().create([{ fields: { Name: '1', Notes: 'n' } }, { fields: { Name: '2' } }])
    const single = await table().create({ Name: '3' })
    const id = one?.id ?? ''
    expect((await table().update(id, { Count: 5 })).fields).toMatchObject({ Name: '1', Notes: 'n', Count: 5 })
    const [replaced] = await table().replace([{ id, fields: { Name: 'only' } }])
    expect(replaced?.fields).not.toHaveProperty('Notes')
    expect(replaced?.fields).toMatchObject({ Name: 'only', No: 1 })
    await table().destroy([id, two?.id ?? ''])
    await table().destroy(single.id)
    expect(airtable.records()).toEqual([])
  })

  test('fields may be named by id, and the answer has the keys that were asked for', async () => {
    const { fields } = await create({ [airtable.fieldId('Name')]: 'x' })
    expect(fields.Name).toBe('x')
    const byId = await create({ Name: 'y' }, { returnFieldsByFieldId: true })
    expect(byId.fields[airtable.fieldId('Name')]).toBe('y')
  })

  test('null clears every type of cell; rich text keeps a line end', async () => {
    const values = { Name: 'a', Notes: 'b', Rich: 'c', Count: 1, Done: true, Stars: 3, Status: 'Todo', Tags: ['red'] }
    const more = { Due: '2026-01-01', At: '2026-01-01T00:00:00Z', Code: { text: '1' }, Files: [{ url: 'http://x/y' }] }
    const { id } = await create({ ...values, ...more })
    const cleared = Object.fromEntries(Object.keys({ ...values, ...more }).map(name => [name, null]))
    const { records } = await patch(id, cleared)
    expect(Object.keys(records[0]?.fields ?? {})).toEqual(['Rich', 'No', 'Created', 'Changed', 'Changed by'])
    expect(records[0]?.fields.Rich).toBe('\n')
  })

  test.each([
    ['Rich', '#head\n* item', '#head\n- item\n'],
    ['At', '2026-03-01T12:00:00+02:00', '2026-03-01T10:00:00.000Z'],
    ['At', '2026-07-01T12:00:00', '2026-07-01T10:00:00.000Z'],
    ['At', '2026-12-24', '2026-12-23T23:00:00.000Z'],
    ['At', 1640520000000, '2021-12-26T12:00:00.000Z'],
    ['Code', { text: 'x', type: 'ean13' }, { text: 'x', type: 'ean13' }],
    ['Tags', ['green', 'red'], ['green', 'red']],
    ['Notes', '', undefined],
    ['Done', false, undefined],
    ['Tags', [], undefined],
    ['Count', 0, 0],
  ])('%s: %j is stored as %j', async (name, given, stored) => {
    expect((await create({ [name]: given })).fields[name]).toEqual(stored)
  })

  test.each([
    ['Name', 5, 'Field "Name" cannot accept the provided value'],
    ['Count', '5', 'Field "Count" cannot accept the provided value'],
    ['Count', [], 'Field "Count" cannot accept the provided value'],
    ['Stars', 0, 'Field "Stars" cannot accept the provided value'],
    ['Stars', 6, 'Field "Stars" cannot accept the provided value'],
    ['Done', 'false', 'Cannot parse value "false" for field Done'],
    ['Due', '21/4/2026', 'Cannot parse date value "21/4/2026" for field Due'],
    ['Due', '2026-02-30', 'Cannot parse date value "2026-02-30" for field Due'],
    ['At', 'tomorrow', 'Cannot parse date value "tomorrow" for field At'],
    ['Tags', 'red', 'Field "Tags" cannot accept the provided value'],
    ['Owner', { email: 'stranger@example.com' }, 'Field "Owner" cannot accept the provided value'],
    ['People', 'Ann', 'Value is not an array of record IDs.'],
    ['Total', 5, 'Field "Total" cannot accept a value because the field is computed'],
    ['No', null, 'Field "No" cannot accept a value because the field is computed'],
  ])('%s does not take %j', async (name, value, message) => {
    const refusal = { error: 'INVALID_VALUE_FOR_COLUMN', message, statusCode: 422 }
    await expect(create({ [name]: value })).rejects.toMatchObject(refusal)
  })

  test('collaborators are written by id or address, and read in full', async () => {
    const owner = { id: expect.any(String), email: 'owner@example.com', name: 'Token Owner' }
    const person = { id: expect.any(String), email: 'person@example.com', name: 'Person' }
    const { fields } = await create({
      Owner: { email: 'owner@example.com' },
      Team: [{ email: 'person@example.com' }, { email: 'owner@example.com' }],
    })
    expect(fields).toMatchObject({ Owner: owner, Team: [person, owner] })
    const ids = (fields.Team as { id: string }[]).map(({ id }) => id)
    expect((await create({ Owner: { id: ids[0] }, Team: ids })).fields).toMatchObject({ Owner: person })
  })

  test('an attachment is written as an address, kept by its id, and its own address differs later', async () => {
    const { id, fields } = await create({ Files: [{ url: 'https://files.example/a.png' }] })
    const [fresh] = fields.Files as { id: string; url: string }[]
    expect(fresh).toEqual({ id: expect.stringMatching(/^att\w{14}$/), url: expect.any(String), filename: 'a.png' })
    later(1000)
    const [read] = airtable.value(id, 'Files') as { id: string; url: string; size: number }[]
    expect(read).toMatchObject({ id: fresh?.id, size: expect.any(Number) })
    expect(read?.url).not.toBe(fresh?.url)
    const { records } = await patch(id, { Files: [{ id: fresh?.id }, { url: 'https://files.example/b.png' }] })
    expect(records[0]?.fields.Files).toMatchObject([{ id: fresh?.id }, { filename: 'b.png' }])
    await expect(patch(id, { Files: ['x'] })).rejects.toMatchObject({ error: 'INVALID_ATTACHMENT_OBJECT' })
  })

  test('one bad record refuses all of them, and leaves no trace', async () => {
    const id = airtable.add({ Name: 'old' })
    const before = airtable.snapshot().state.bases
    const records = [
      { id, fields: { Name: 'new', Status: 'Fresh option', People: ['New person'] } },
      { id: airtable.add({}, 'People'), fields: {} },
    ]
    airtable.remove(records[1]?.id ?? '')
    await expect(call('PATCH', '/Tasks', { body: { records, typecast: true } })).rejects.toMatchObject({
      error: 'ROW_DOES_NOT_EXIST',
    })
    const [tasksNow, peopleNow] = airtable.snapshot().state.bases[0]?.tables ?? []
    expect(tasksNow).toEqual(before[0]?.tables[0])
    expect(peopleNow?.rows).toEqual([])
  })

  test('ten records are the most, and malformed lists are refused', async () => {
    const eleven = Array.from({ length: 11 }, () => ({ fields: {} }))
    const wording = 'You must provide an array of up to 10 record objects, each with a "fields" object for cell values.'
    await expect(table().create(eleven)).rejects.toMatchObject({ error: 'INVALID_RECORDS', message: wording })
    await expect(call('POST', '/Tasks', { body: { records: [] } })).rejects.toMatchObject({ error: 'INVALID_RECORDS' })
    for (const records of [[{ fields: {} }], [{ id: 'x', fields: {} }], [{ id: airtable.add({}) }], {}]) {
      await expect(call('PATCH', '/Tasks', { body: { records } })).rejects.toMatchObject({ error: 'INVALID_RECORDS' })
    }
    const id = airtable.add({})
    expect(type(await raw(`/v0/${airtable.baseId}/Tasks?records=${id}`, { method: 'DELETE' }))).toBe('INVALID_RECORDS')
    expect(type(await raw(`/v0/${airtable.baseId}/Tasks`, { method: 'POST', body: '{' }))).toBe('INVALID_REQUEST_BODY')
  })

  test('an unknown field is refused, and so is a missing record', async () => {
    await expect(create({ Nope: 1 })).rejects.toMatchObject({ message: 'Unknown field name: "Nope"', statusCode: 422 })
    const id = airtable.add({})
    airtable.remove(id)
    await expect(patch(id, {})).rejects.toMatchObject({
      error: 'ROW_DOES_NOT_EXIST',
      message: `Record ID ${id} does not exist in this table`,
    })
    await expect(table().update(id, {})).rejects.toMatchObject({ statusCode: 404, message: 'Record not found' })
    await expect(table().destroy(id)).rejects.toMatchObject({ statusCode: 404 })
    await expect(table().destroy([id])).rejects.toMatchObject({ statusCode: 422 })
  })

  test('a new option needs a typecast, and a select that is not locked', async () => {
    const refusal = {
      error: 'INVALID_MULTIPLE_CHOICE_OPTIONS',
      message: 'Insufficient permissions to create new select option ""Later""',
    }
    await expect(create({ Status: 'Later' })).rejects.toMatchObject(refusal)
    await expect(create({ Status: 'todo' })).rejects.toMatchObject({ error: refusal.error })
    airtable.settings.lockedSelects = true
    await expect(create({ Status: 'Later' }, { typecast: true })).rejects.toMatchObject(refusal)
    airtable.settings.lockedSelects = false
    const made = await create({ Status: 'Later', Tags: 'red, blue' }, { typecast: true })
    expect(made.fields).toMatchObject({ Status: 'Later', Tags: ['red', 'blue'] })
    const [, schema] = await raw(`/v0/meta/bases/${airtable.baseId}/tables`)
    expect(JSON.stringify(schema)).toContain('"name":"Later"')
    expect((await create({ Status: 'Later' })).fields.Status).toBe('Later')
  })

  test('a typecast reads numbers, dates and names of linked records from text', async () => {
    const ann = airtable.add({ Name: 'Ann' }, 'People')
    const given = { Name: 7, Count: '1,200.5', Due: '2026-01-02T10:00:00Z', Done: 'yes', People: ['Ann', 'Ben', 'Ben'] }
    const { fields } = await create(given, { typecast: true })
    expect(fields).toMatchObject({ Name: '7', Count: 1200.5, Due: '2026-01-02', Done: true })
    expect(airtable.records('People').map(record => record.fields.Name)).toEqual(['Ann', 'Ben'])
    expect(fields.People).toEqual([ann, airtable.records('People')[1]?.id])
  })

  test('a link shows on its other side, and counts as an edit there', async () => {
    const ann = airtable.add({ Name: 'Ann' }, 'People')
    const ben = airtable.add({ Name: 'Ben' }, 'People')
    later(60_000)
    const { id } = await create({ Name: 'Task', People: [ann] })
    expect(airtable.value(ann, 'Tasks')).toEqual([id])
    const edited = async () =>
      (await call('GET', '/People', { qs: { filterByFormula: 'LAST_MODIFIED_TIME()' } })).records.map(each => each.id)
    expect(await edited()).toEqual([ann])
    await patch(id, { People: [ben] })
    expect(airtable.value(ann, 'Tasks')).toBeNull()
    expect(airtable.value(ben, 'Tasks')).toEqual([id])
    await expect(patch(id, { People: [id] })).rejects.toMatchObject({ error: 'ROW_DOES_NOT_EXIST' })
    airtable.remove(ben)
    expect(airtable.value(id, 'People')).toBeNull()
    airtable.restore(ben)
    expect(airtable.value(id, 'People')).toEqual([ben])
  })

  test('the token owner is the one who changed what came through the API', async () => {
    const { id } = await create({ Name: 'x' })
    airtable.edit(id, { Notes: 'by hand' })
    expect(airtable.value(id, 'Changed by')).toMatchObject({ name: 'Person' })
    await patch(id, { Count: 1 })
    expect(airtable.value(id, 'Changed by')).toMatchObject({ name: 'Token Owner' })
  })
})

describe('upsert', () => {
  const upsert = (records: object[], fieldsToMergeOn: string[] = ['Name'], method = 'PATCH') =>
    call(method, '/Tasks', { body: { performUpsert: { fieldsToMergeOn }, records } })

  test('a match is updated, anything else is created', async () => {
    const known = airtable.add({ Name: 'known', Count: 1 })
    const byId = airtable.add({ Name: 'by id' })
    const { records, createdRecords, updatedRecords } = await upsert([
      { fields: { Name: 'known', Count: 2 } },
      { fields: { Name: 'unknown' } },
      { id: byId, fields: { Count: 3 } },
    ])
    expect(records.map(record => record.fields.Count)).toEqual([2, undefined, 3])
    expect(createdRecords).toEqual([records[1]?.id])
    expect(updatedRecords).toEqual([known, byId])
  })

  test('the same upsert twice creates one record', async () => {
    for (let run = 0; run < 2; run += 1) await upsert([{ fields: { Name: 'key', Count: 1 } }], ['Name', 'Count'])
    expect(airtable.records()).toHaveLength(1)
  })

  test('two records with the key make the whole request fail', async () => {
    airtable.add({ Name: 'twice' })
    airtable.duplicate(airtable.records()[0]?.id ?? '')
    const request = upsert([{ fields: { Name: 'once' } }, { fields: { Name: 'twice' } }])
    await expect(request).rejects.toMatchObject({ statusCode: 422, message: /Cannot update more than one record/ })
    expect(airtable.records()).toHaveLength(2)
  })

  test('a record without the merge field is refused, one with null is created', async () => {
    airtable.add({})
    await expect(upsert([{ fields: { Count: 1 } }])).rejects.toMatchObject({ statusCode: 422 })
    expect((await upsert([{ fields: { Name: null } }])).createdRecords).toHaveLength(1)
  })

  test('only some types can be merged on, and at most three fields', async () => {
    for (const merge of [['Total'], ['Done'], ['At'], [], ['Name', 'Notes', 'Count', 'Due']]) {
      await expect(upsert([{ fields: { Name: 'x' } }], merge)).rejects.toMatchObject({ statusCode: 422 })
    }
  })

  test('an unknown id fails, and nothing is created', async () => {
    const request = upsert([{ fields: { Name: 'x' } }, { id: 'rec00000000000000', fields: {} }])
    await expect(request).rejects.toMatchObject({ statusCode: 422 })
    expect(airtable.records()).toEqual([])
  })

  test('as PUT it replaces what it finds', async () => {
    const id = airtable.add({ Name: 'x', Notes: 'gone soon' })
    await upsert([{ fields: { Name: 'x' } }], ['Name'], 'PUT')
    expect(airtable.value(id, 'Notes')).toBeNull()
  })
})

describe('what a person does in the app', () => {
  test('a renamed option changes all values, and no modified time', async () => {
    const id = airtable.add({ Name: 'x', Status: 'Todo' })
    airtable.renameOption('Status', 'Todo', 'Backlog')
    expect(airtable.value(id, 'Status')).toBe('Backlog')
    expect(await names('LAST_MODIFIED_TIME()')).toEqual([])
  })

  test('a new option is created by hand without a typecast', () => {
    expect(airtable.value(airtable.add({ Status: 'By hand' }), 'Status')).toBe('By hand')
  })

  test('a recalculated formula is no edit', async () => {
    const id = airtable.add({ Name: 'x', Total: 1 })
    airtable.edit(id, { Total: { error: '#ERROR!' } })
    expect(airtable.value(id, 'Total')).toEqual({ error: '#ERROR!' })
    expect(await names('LAST_MODIFIED_TIME()')).toEqual([])
    expect(await names('{Total} = 1')).toEqual([])
  })

  test('fields are renamed, added, dropped and change their type, and keep their ids', async () => {
    const id = airtable.add({ Name: 'x', Count: 12, Notes: 'gone', Status: 'Todo' })
    const count = airtable.fieldId('Count')
    airtable.renameField('Count', 'Amount')
    airtable.retypeField('Amount', 'singleLineText')
    airtable.retypeField('Name', 'number')
    airtable.retypeField('Status', 'multipleSelects')
    airtable.dropField('Notes')
    airtable.addField({ name: 'Link', type: 'url' })
    expect(airtable.fieldId('Amount')).toBe(count)
    airtable.edit(id, { Link: 'x.example' })
    const record = await table().find(id)
    expect(record.fields).toMatchObject({ Amount: '12', Status: ['Todo'], Link: 'x.example' })
    expect(record.fields).not.toHaveProperty('Name')
    expect(record.fields).not.toHaveProperty('Notes')
    expect(() => airtable.dropField('Name')).toThrow(/primary/)
  })

  test('a renamed table is found by its new name and its id', async () => {
    airtable.renameTable('Tasks', 'Jobs')
    expect((await raw(`/v0/${airtable.baseId}/Tasks`))[0]).toBe(403)
    expect((await raw(`/v0/${airtable.baseId}/Jobs`))[0]).toBe(200)
    expect((await raw(`/v0/${airtable.baseId}/${airtable.tableId}`))[0]).toBe(200)
  })

  test('a deleted record comes back as it was; a duplicate has all values and another id', async () => {
    const id = airtable.add({ Name: 'x', Count: 1 })
    const before = airtable.record(id)
    airtable.remove(id)
    expect((await list()).records).toEqual([])
    airtable.restore(id)
    expect(airtable.record(id)).toEqual(before)
    const copy = airtable.duplicate(id)
    expect(copy).not.toBe(id)
    expect(airtable.record(copy).fields).toMatchObject({ Name: 'x', Count: 1, No: 2 })
  })
})

describe('limits and faults', () => {
  const limited = [429, { errors: [{ error: 'RATE_LIMIT_REACHED', message: expect.any(String) }] }]

  test('the sixth request within a second closes the base for 30 seconds', async () => {
    airtable.settings.requestsPerSecond = 5
    const get = () => raw(`/v0/${airtable.baseId}/Tasks`)
    for (let count = 0; count < 5; count += 1) expect((await get())[0]).toBe(200)
    later(999)
    expect(await get()).toEqual(limited)
    later(29_999)
    expect(await get()).toEqual(limited)
    later(1)
    expect((await get())[0]).toBe(200)
  })

  test('five requests in any second are allowed', async () => {
    airtable.settings.requestsPerSecond = 5
    for (let count = 0; count < 20; count += 1) {
      expect((await raw(`/v0/${airtable.baseId}/Tasks`))[0]).toBe(200)
      later(200)
    }
  })

  test('a used up month refuses data and still shows metadata', async () => {
    airtable.settings.monthlyQuotaExceeded = true
    const [status, body] = await raw(`/v0/${airtable.baseId}/Tasks`)
    expect([status, body]).toMatchObject([429, { errors: [{ error: 'PUBLIC_API_BILLING_LIMIT_EXCEEDED' }] }])
    expect((await raw(`/v0/meta/bases/${airtable.baseId}/tables`))[0]).toBe(200)
  })

  test('injected faults reach the SDK', async () => {
    airtable.inject(rateLimited())
    airtable.inject(retriable503({ on: /^GET/ }, 3))
    airtable.inject(html502())
    airtable.inject(billing429())
    airtable.inject(server500())
    airtable.inject(truncatedJson())
    const statuses = []
    for (let count = 0; count < 6; count += 1) {
      statuses.push(await list().catch((error: { statusCode: number }) => error.statusCode))
    }
    expect(statuses).toEqual([429, 503, 502, 429, 500, 200])
    expect((await list()).records).toEqual([])
  })

  test('a connection that is cut after a write leaves the record behind', async () => {
    airtable.inject({ on: /^POST/, effect: { kind: 'reset', when: 'after' } })
    await expect(create({ Name: 'ambiguous' })).rejects.toMatchObject({ error: 'CONNECTION_ERROR', statusCode: null })
    expect(airtable.records()).toHaveLength(1)
  })
})

describe('the emulator as a tool', () => {
  test('the same seed and the same calls give the same ids', async () => {
    const ids = () => [airtable.baseId, airtable.tableId, airtable.fieldId('Name'), airtable.add({})]
    const first = ids()
    await start()
    expect(ids()).toEqual(first)
  })

  test('reset goes back to the seed, and a snapshot can be restored', async () => {
    const id = airtable.add({ Name: 'x' })
    const snapshot = airtable.snapshot()
    await airtable.reset()
    expect(airtable.records()).toEqual([])
    expect((await list()).records).toEqual([])
    await airtable.restoreSnapshot(snapshot)
    expect((await list()).records.map(record => record.id)).toEqual([id])
  })

  test('seeded records keep their ids, times and links', async () => {
    const tables = [
      {
        ...tasks,
        records: [
          {
            id: 'recAAAAAAAAAAAAAA',
            created: '2025-01-01T00:00:00Z',
            fields: { Name: 'seeded', People: ['recBBBBBBBBBBBBBB'] },
          },
        ],
      },
      {
        ...people,
        fields: [...people.fields, { name: 'Tasks', type: 'multipleRecordLinks', options: linkBack }],
        records: [{ id: 'recBBBBBBBBBBBBBB', fields: { Name: 'Ann' } }],
      },
    ]
    await start({ bases: [{ tables }] })
    expect(airtable.record('recAAAAAAAAAAAAAA').createdTime).toBe('2025-01-01T00:00:00.000Z')
    expect(airtable.value('recBBBBBBBBBBBBBB', 'Tasks')).toEqual(['recAAAAAAAAAAAAAA'])
    expect((await list({ filterByFormula: "{People} = 'Ann'" })).records).toHaveLength(1)
  })

  test('a definition of its own runs in any emulate runtime, with a seed as people write it', async () => {
    const seed: unknown = { token: 'secret', bases: [{ name: 'Seeded', tables: [people] }] }
    const runtime = await createEmulator({ service: airtableEmulator, listen: false, seed: seed as never })
    const answer = await runtime.request('/v0/meta/bases', { headers: { authorization: 'Bearer secret' } })
    expect(await answer.json()).toMatchObject({ bases: [{ name: 'Seeded' }] })
    await runtime.close()
  })

  test('a seed that cannot be is refused with the reason', async () => {
    const refused = async (table: object) =>
      await startAirtable({ bases: [{ tables: [{ ...people, ...table }] }] }).catch(error => error.message)
    expect(await refused({ fields: [{ name: 'A', type: 'hologram' }] })).toBe('unknown field type hologram')
    expect(await refused({ records: [{ fields: { Nope: 1 } }] })).toBe('table People has no field Nope')
    expect(await refused({ records: [{ fields: { Name: 1 } }] })).toMatch('Name cannot hold 1')
  })

  test('the inspector shows requests and state', async () => {
    await list()
    const page = await fetch(airtable.inspectorUrl)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('/v0/')
  })
})
