/** Every field type of the emulated Airtable, both ways: through the real SDK, and by a person's hand. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Airtable from 'airtable'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AirtableEmulator, type AirtableSeed, startAirtable } from '../../emulators/airtable/index.ts'

const START = Date.parse('2026-03-01T10:00:00.400Z')
const MENTION = '<airtable:mention id="menE1i9oBaGX3DseR">@Alex</airtable:mention>'
let clock = START
let airtable: AirtableEmulator

const link = (linkedTableId: string, inverseLinkFieldId?: string) => ({
  type: 'multipleRecordLinks',
  options: inverseLinkFieldId === undefined ? { linkedTableId } : { linkedTableId, inverseLinkFieldId },
})
const through = (recordLinkFieldId: string, fieldIdInLinkedTable: string) => ({
  type: 'multipleLookupValues',
  options: { recordLinkFieldId, fieldIdInLinkedTable },
})

const tasks = {
  name: 'Tasks',
  fields: [
    { name: 'Name', type: 'singleLineText' },
    { name: 'Notes', type: 'multilineText', description: 'What there is to say' },
    { name: 'Rich', type: 'richText' },
    { name: 'Amount', type: 'number', options: { precision: 8 } },
    { name: 'Price', type: 'currency' },
    { name: 'Share', type: 'percent' },
    { name: 'Took', type: 'duration', options: { durationFormat: 'h:mm:ss.SSS' } },
    { name: 'Stars', type: 'rating', options: { max: 10 } },
    { name: 'Done', type: 'checkbox' },
    { name: 'Due', type: 'date' },
    { name: 'At', type: 'dateTime', options: { timeZone: 'America/Los_Angeles' } },
    { name: 'Here', type: 'dateTime', options: { timeZone: 'client' } },
    { name: 'Status', type: 'singleSelect', choices: ['Todo', 'Done'] },
    { name: 'Tags', type: 'multipleSelects', choices: ['red', 'a, b'] },
    { name: 'Owner', type: 'singleCollaborator' },
    { name: 'Team', type: 'multipleCollaborators' },
    { name: 'People', ...link('People', 'Tasks') },
    { name: 'Before', ...link('Tasks', 'After') },
    { name: 'Like', ...link('Tasks') },
    { name: 'Mail', type: 'email' },
    { name: 'Site', type: 'url' },
    { name: 'Phone', type: 'phoneNumber' },
    { name: 'Files', type: 'multipleAttachments' },
    { name: 'Code', type: 'barcode' },
    { name: 'Formula', type: 'formula', options: { formula: '{Name} & {Notes}' } },
    { name: 'Rollup', type: 'rollup', options: { recordLinkFieldId: 'People', fieldIdInLinkedTable: 'Age' } },
    { name: 'Ages', ...through('People', 'Age') },
    { name: 'Active', ...through('People', 'Active') },
    { name: 'Heads', type: 'count', options: { recordLinkFieldId: 'People' } },
    { name: 'No', type: 'autoNumber' },
    { name: 'Created', type: 'createdTime' },
    { name: 'Changed', type: 'lastModifiedTime', options: { referencedFieldIds: ['Notes', 'People'] } },
    { name: 'Creator', type: 'createdBy' },
    { name: 'Editor', type: 'lastModifiedBy' },
    { name: 'Open', type: 'button' },
    { name: 'Summary', type: 'aiText' },
    { name: 'Source', type: 'externalSyncSource' },
    { name: 'Order', type: 'manualSort' },
    { name: 'Mood', type: 'futureMood', options: { scale: ['good'] } },
  ],
}
const people = {
  name: 'People',
  fields: [
    { name: 'Name', type: 'singleLineText' },
    { name: 'Age', type: 'number' },
    { name: 'Active', type: 'checkbox' },
  ],
}
const COMPUTED = tasks.fields.slice(tasks.fields.findIndex(field => field.type === 'formula'))

async function start(seed: Partial<AirtableSeed> = {}): Promise<void> {
  await airtable?.close()
  airtable = await startAirtable({ bases: [{ tables: [tasks, people] }], ...seed }, { now: () => clock })
  airtable.settings.requestsPerSecond = Number.POSITIVE_INFINITY
}

beforeEach(async () => {
  clock = START
  await start()
})
afterEach(() => airtable.close())

type Fields = Record<string, unknown>
type Wire = { id: string; fields: Fields }
type Body = { records: Wire[] }

async function call(method: string, path: string, more: { body?: object; qs?: object } = {}): Promise<Body> {
  const options = { method, path, ...more }
  const answer = await new Airtable({ apiKey: 'pat_test', endpointUrl: airtable.url, noRetryIfRateLimited: true })
    .base(airtable.baseId)
    .makeRequest(options as Parameters<Airtable.Base['makeRequest']>[0])
  return (answer as { body: Body }).body
}
const write = async (method: string, record: object, more: object): Promise<Wire> => {
  const { records } = await call(method, '/Tasks', { body: { records: [record], ...more } })
  return records[0] ?? { id: '', fields: {} }
}
const create = (fields: Fields, more: object = {}) => write('POST', { fields }, more)
const patch = (id: string, fields: Fields, more: object = {}) => write('PATCH', { id, fields }, more)
const read = async (id: string): Promise<Fields> => {
  const { records } = await call('GET', '/Tasks')
  return records.find(record => record.id === id)?.fields ?? {}
}

const find = async (filterByFormula: string): Promise<string[]> =>
  (await call('GET', '/Tasks', { qs: { filterByFormula } })).records.map(({ id }) => id)

type Schema = { tables: { id: string; fields: { id: string; name: string; type: string; options?: object }[] }[] }
async function schema(field: string, of = 'Tasks') {
  const headers = { authorization: 'Bearer pat_test' }
  const answer = await fetch(`${airtable.url}/v0/meta/bases/${airtable.baseId}/tables`, { headers })
  const { tables } = (await answer.json()) as Schema
  const table = tables.find(candidate => candidate.fields.some(({ id }) => id === airtable.fieldId('Name', of)))
  return table?.fields.find(({ name }) => name === field)
}

describe('every type', () => {
  test('is read from the schema with the options that it has', async () => {
    const local = { dateFormat: { name: 'iso', format: 'YYYY-MM-DD' } }
    const time = { ...local, timeFormat: { name: '24hour', format: 'HH:mm' } }
    const id = (name: string, of?: string) => airtable.fieldId(name, of)
    const tasksId = airtable.tableId
    const expected: Record<string, object | undefined> = {
      Name: undefined,
      Notes: undefined,
      Rich: undefined,
      Amount: { precision: 8 },
      Price: { precision: 2, symbol: '$' },
      Share: { precision: 0 },
      Took: { durationFormat: 'h:mm:ss.SSS' },
      Stars: { icon: 'star', max: 10, color: 'yellowBright' },
      Done: { icon: 'check', color: 'greenBright' },
      Due: local,
      At: { ...time, timeZone: 'America/Los_Angeles' },
      Owner: undefined,
      Team: undefined,
      Before: {
        linkedTableId: tasksId,
        isReversed: false,
        prefersSingleRecordLink: false,
        inverseLinkFieldId: id('After'),
      },
      Like: { linkedTableId: tasksId, isReversed: false, prefersSingleRecordLink: false },
      Mail: undefined,
      Files: { isReversed: false },
      Code: undefined,
      Formula: {
        isValid: true,
        formula: `{${id('Name')}} & {${id('Notes')}}`,
        referencedFieldIds: [id('Name'), id('Notes')],
        result: { type: 'singleLineText' },
      },
      Ages: {
        isValid: true,
        recordLinkFieldId: id('People'),
        fieldIdInLinkedTable: id('Age', 'People'),
        result: { type: 'number', options: { precision: 0 } },
      },
      Heads: { isValid: true, recordLinkFieldId: id('People') },
      No: undefined,
      Created: { result: { type: 'dateTime', options: { ...time, timeZone: 'utc' } } },
      Changed: {
        isValid: true,
        referencedFieldIds: [id('Notes'), id('People')],
        result: { type: 'dateTime', options: { ...time, timeZone: 'utc' } },
      },
      Open: undefined,
      Summary: { prompt: [], referencedFieldIds: [] },
      Source: { choices: [] },
      Order: undefined,
      Mood: { scale: ['good'] },
    }
    for (const [name, options] of Object.entries(expected)) {
      expect({ name, options: (await schema(name))?.options }).toEqual({ name, options })
    }
    expect(await schema('Notes')).toMatchObject({ description: 'What there is to say' })
    expect(await schema('Summary')).toMatchObject({ description: '' })
    expect(await schema('Name')).not.toHaveProperty('description')
  })

  test('is set by hand in a short form, and shown as the service shows it', () => {
    airtable.add({ Name: 'Ann', Age: 41 }, 'People')
    const id = airtable.add({
      Notes: `Ask ${MENTION}`,
      Rich: '* item',
      Owner: 'Person',
      Team: ['owner@example.com', 'Person'],
      People: ['Ann'],
      Files: ['plan.pdf'],
      Code: '4006381333931',
      Formula: { error: '#ERROR!' },
      Rollup: { specialValue: 'NaN' },
      Summary: 'In short',
      Source: 'CRM',
      Mood: { level: 3 },
    })
    const person = { id: expect.any(String), email: 'person@example.com', name: 'Person' }
    expect(airtable.record(id).fields).toMatchObject({
      Notes: `Ask ${MENTION}`,
      Rich: '- item\n',
      Owner: person,
      Team: [{ email: 'owner@example.com' }, person],
      People: [airtable.records('People')[0]?.id],
      Files: [{ filename: 'plan.pdf', type: 'application/pdf' }],
      Code: { text: '4006381333931' },
      Formula: { error: '#ERROR!' },
      Rollup: { specialValue: 'NaN' },
      Ages: [41],
      Heads: 1,
      Open: { label: 'Open', url: null },
      Summary: { state: 'generated', isStale: false, value: 'In short' },
      Source: 'CRM',
      Mood: { level: 3 },
    })
    expect(() => airtable.edit(id, { People: ['Bob'] })).toThrow('People cannot hold ["Bob"]')
    expect(() => airtable.edit(id, { Owner: 'Nobody' })).toThrow('Owner cannot hold "Nobody"')
    expect(() => airtable.edit(id, { No: 7 })).toThrow('the value of No follows from the record')
  })

  test('whatever is given is read back equal, noise of floats included', async () => {
    const given = {
      Name: ' two  spaces ',
      Notes: 'one\n\ntwo <b> & \\*',
      Amount: 0.1 + 0.2,
      Price: -0.005,
      Share: 33.3,
      Took: 4890.125,
      Stars: 10,
      Done: true,
      Mail: 'no address',
      Site: 'www.linkedin.com/in/x',
      Phone: '(415) 555-9876',
      Code: { text: 'C567890', type: 'code39' },
    }
    const { id, fields } = await create(given)
    expect(fields).toMatchObject(given)
    expect(await read(id)).toMatchObject(given)
  })

  test.each(COMPUTED.map(({ name }) => name))('%s is computed and cannot be written, not even cleared', async name => {
    const message = `Field "${name}" cannot accept a value because the field is computed`
    const refusal = { error: 'INVALID_VALUE_FOR_COLUMN', message, statusCode: 422 }
    for (const value of ['x', null]) await expect(create({ [name]: value })).rejects.toMatchObject(refusal)
  })

  test('a PUT leaves computed values and types of the future alone', async () => {
    const id = airtable.add({ Name: 'x', Notes: 'y', Rich: 'z', Mood: 'good', Formula: 'xy' })
    const { fields } = await write('PUT', { id, fields: { Name: 'x' } }, {})
    expect(fields).toMatchObject({ Name: 'x', Rich: '\n', Mood: 'good', Formula: 'xy' })
    expect(fields).not.toHaveProperty('Notes')
  })

  test('a field that is locked refuses values, and the others do not', async () => {
    airtable.settings.lockedFields = ['Status']
    const message = `You are not permitted to write cell values in field Status (${airtable.fieldId('Status')})`
    const status = { records: [{ fields: { Status: 'Todo' } }] }
    const answer = await fetch(`${airtable.url}/v0/${airtable.baseId}/Tasks`, {
      method: 'POST',
      headers: { authorization: 'Bearer pat_test', 'content-type': 'application/json' },
      body: JSON.stringify(status),
    })
    expect([answer.status, await answer.json()]).toEqual([403, { error: { type: 'INVALID_PERMISSIONS', message } }])
    expect((await create({ Name: 'x' })).fields).toMatchObject({ Name: 'x' })
  })

  test('keys of a body that are not known are ignored', async () => {
    const { fields } = await write(
      'POST',
      { fields: { Name: 'x' }, createdTime: 'never' },
      { method: 'post', hello: 1 },
    )
    expect(fields.Name).toBe('x')
  })

  test.each([
    [
      { name: 'A', type: 'number', options: { precision: 9 } },
      'A: precision has to be a whole number from 0 to 8, not 9',
    ],
    [{ name: 'A', type: 'currency', options: { precision: 8 } }, 'A: precision has to be a whole number from 0 to 7'],
    [{ name: 'A', type: 'rating', options: { max: 11 } }, 'A: max has to be a whole number from 1 to 10'],
    [{ name: 'A', type: 'duration', options: { durationFormat: 'h' } }, 'A: durationFormat has to be one of h:mm'],
    [{ name: 'A', type: 'dateTime', options: { timeZone: 'Berlin' } }, 'A: timeZone has to be utc, client or'],
    [{ name: 'A', type: 'multipleRecordLinks' }, 'no table undefined to link to'],
    [{ name: 'A', ...through('Name', 'Name') }, 'A has to go through a link field'],
    [{ name: 'A', ...link('People', 'Age') }, 'Age cannot be the other side of a link'],
    [{ name: 'A', type: 'formula', options: { formula: '{Nope}' } }, 'A refers to a field Nope that table Tasks'],
  ])('%j cannot be seeded', async (field, message) => {
    const fields = [{ name: 'Name', type: 'singleLineText' }, field]
    const seed = { bases: [{ tables: [{ name: 'Tasks', fields }, people] }] }
    await expect(startAirtable(seed)).rejects.toThrow(message)
  })
})

describe('texts', () => {
  test.each([
    ['* one\n  * two\n* three', '- one\n  - two\n- three\n'],
    ['**bold** and _italic_', '**bold** and _italic_\n'],
    ['+ plus\n- minus\n1. first\n', '+ plus\n- minus\n1. first\n'],
    ['\\* no bullet, \\_no emphasis\\_', '\\* no bullet, \\_no emphasis\\_\n'],
    ['**bold** first\n* * star', '**bold** first\n- * star\n'],
    ['```\n* code\n```\n* item', '```\n* code\n```\n- item\n'],
    ['line\n\n\n', 'line\n\n\n'],
  ])('the rich text %j is stored as %j', async (given, stored) => {
    expect((await create({ Rich: given })).fields.Rich).toBe(stored)
  })

  test('a rich text that was written back as it was read stays the same', async () => {
    const { id, fields } = await create({ Rich: '#head\n* item' })
    expect((await patch(id, { Rich: fields.Rich })).fields.Rich).toBe(fields.Rich)
    expect((await patch(id, { Rich: null })).fields.Rich).toBe('\n')
  })

  test('a mention that a person typed can be kept or dropped, but not made', async () => {
    const id = airtable.add({ Notes: `Ask ${MENTION} today` })
    expect((await patch(id, { Notes: `${MENTION}, please` })).fields.Notes).toBe(`${MENTION}, please`)
    const other = MENTION.replace('menE1i9oBaGX3DseR', 'menAAAAAAAAAAAAAA')
    expect((await patch(id, { Notes: `${MENTION} and ${other}` })).fields.Notes).toBe(`${MENTION} and @Alex`)
    expect((await patch(id, { Notes: MENTION.replace('@Alex', '@Bob') })).fields.Notes).toBe('@Bob')
    expect((await patch(id, { Notes: MENTION })).fields.Notes).toBe('@Alex')
    expect((await create({ Notes: `New ${MENTION}` })).fields.Notes).toBe('New @Alex')
  })

  test('a text over 100,000 characters is refused', async () => {
    await expect(create({ Notes: 'x'.repeat(100_001) })).rejects.toMatchObject({ error: 'INVALID_VALUE_FOR_COLUMN' })
    expect((await create({ Notes: 'x'.repeat(100_000) })).fields.Notes).toHaveLength(100_000)
  })
})

describe('numbers and dates', () => {
  test.each([
    ['Stars', 0],
    ['Stars', 2.5],
    ['Stars', 11],
    ['Amount', '1'],
    ['Share', '50%'],
    ['Took', '1:30'],
    ['Price', true],
    ['Code', 'text'],
    ['Code', { type: 'ean13' }],
  ])('%s does not take %j', async (name, value) => {
    const message = `Field "${name}" cannot accept the provided value`
    await expect(create({ [name]: value })).rejects.toMatchObject({ error: 'INVALID_VALUE_FOR_COLUMN', message })
  })

  test.each([
    ['Due', '2026-02-28', '2026-02-28'],
    ['Due', '2026-02-28T23:30:00-05:00', '2026-03-01'],
    ['At', '2020-09-05T07:00:00', '2020-09-05T14:00:00.000Z'],
    ['At', '2020-12-05T07:00:00', '2020-12-05T15:00:00.000Z'],
    ['At', '2020-09-08', '2020-09-08T07:00:00.000Z'],
    ['At', '2020-09-08T00:00:00-07:00', '2020-09-08T07:00:00.000Z'],
    ['Here', '2020-09-05T07:00:00', '2020-09-05T07:00:00.000Z'],
    ['Here', '2023-12-01T12:34:56.789Z', '2023-12-01T12:34:56.789Z'],
    ['Here', 1640520000000, '2021-12-26T12:00:00.000Z'],
  ])('%s: %j is stored as %j', async (name, given, stored) => {
    expect((await create({ [name]: given })).fields[name]).toBe(stored)
  })

  test.each([
    ['Due', 1640520000000],
    ['Due', '2026-02-30'],
    ['Here', '2026-02-30T10:00:00Z'],
    ['Here', '5 March 2026'],
    ['Here', true],
  ])('%s does not take %j', async (name, value) => {
    const message = `Cannot parse date value ${JSON.stringify(value)} for field ${name}`
    await expect(create({ [name]: value })).rejects.toMatchObject({ error: 'INVALID_VALUE_FOR_COLUMN', message })
  })
})

describe('selects and collaborators', () => {
  test('an option is matched exactly, and a typecast makes one with the next colour', async () => {
    for (const Status of ['todo', 'Todo ']) {
      await expect(create({ Status })).rejects.toMatchObject({ error: 'INVALID_MULTIPLE_CHOICE_OPTIONS' })
    }
    expect((await create({ Tags: ['a, b'] })).fields.Tags).toEqual(['a, b'])
    expect((await create({ Tags: 'red, blue' }, { typecast: true })).fields.Tags).toEqual(['red', 'blue'])
    expect(await schema('Tags')).toMatchObject({
      options: {
        choices: [
          { name: 'red', color: 'blueLight2' },
          { name: 'a, b', color: 'cyanLight2' },
          { id: expect.stringMatching(/^sel\w{14}$/), name: 'blue', color: 'tealLight2' },
        ],
      },
    })
  })

  test('people are written by id or address, and anyone unknown is refused', async () => {
    await start({
      users: [
        { name: 'Ann', email: 'ann@example.com' },
        { name: 'Ann', email: 'other@example.com' },
        { email: 'new@example.com' },
        { id: 'ugpAAAAAAAAAAAAAA', name: 'Group' },
      ],
    })
    const { fields } = await create({
      Owner: { email: 'new@example.com' },
      Team: ['ugpAAAAAAAAAAAAAA', { email: 'other@example.com' }],
    })
    expect(fields.Owner).toEqual({ id: expect.any(String), email: 'new@example.com' })
    expect(fields.Team).toEqual([
      { id: 'ugpAAAAAAAAAAAAAA', name: 'Group' },
      { id: expect.any(String), email: 'other@example.com', name: 'Ann' },
    ])
    for (const refused of [
      { Owner: 'usrAAAAAAAAAAAAAA' },
      { Owner: { id: 'usrAAAAAAAAAAAAAA' } },
      { Owner: {} },
      { Team: ['new@example.com'] },
      { Team: ['ugpAAAAAAAAAAAAAA', { email: 'no@example.com' }] },
      { Team: { email: 'ann@example.com' } },
    ]) {
      await expect(create(refused)).rejects.toMatchObject({ error: 'INVALID_VALUE_FOR_COLUMN', statusCode: 422 })
    }
  })
})

describe('links', () => {
  test('the other side of a link that the seed does not have is made, in another table and in the same', async () => {
    const [there, back] = [await schema('People'), await schema('Tasks', 'People')]
    expect(there?.options).toMatchObject({ inverseLinkFieldId: back?.id })
    expect(back?.options).toMatchObject({ linkedTableId: airtable.tableId, inverseLinkFieldId: there?.id })
    expect((await schema('After'))?.options).toMatchObject({ inverseLinkFieldId: airtable.fieldId('Before') })
  })

  test('both sides show a link, whichever was written, in the same table too', async () => {
    const [one, two, three] = [airtable.add({ Name: '1' }), airtable.add({ Name: '2' }), airtable.add({ Name: '3' })]
    expect((await patch(one, { Before: [three, two, one] })).fields).toMatchObject({
      Before: [three, two, one],
      After: [one],
    })
    expect(airtable.value(two, 'After')).toEqual([one])
    await patch(two, { After: [] })
    expect(airtable.value(one, 'Before')).toEqual([three, one])
    await patch(two, { Like: [three] })
    expect(airtable.value(three, 'Like')).toBeNull()
  })

  test('a field that prefers one link takes several', async () => {
    const options = { linkedTableId: 'People', prefersSingleRecordLink: true }
    airtable.addField({ name: 'Boss', type: 'multipleRecordLinks', options })
    const both = [airtable.add({ Name: 'Ann' }, 'People'), airtable.add({ Name: 'Ben' }, 'People')]
    expect((await create({ Boss: both })).fields.Boss).toEqual(both)
  })

  test('writing one side is an edit of the records on the other, by who wrote it', async () => {
    const [one, two] = [airtable.add({ Name: '1' }), airtable.add({ Name: '2' })]
    airtable.edit(two, { Notes: 'by hand' })
    const before = await read(two)
    clock += 60_000
    await patch(one, { Before: [two] })
    const edited = await find('IS_SAME(LAST_MODIFIED_TIME(), "2026-03-01T10:01:00Z")')
    expect(edited.toSorted()).toEqual([one, two].toSorted())
    expect(airtable.value(two, 'Editor')).toMatchObject({ name: 'Token Owner' })
    // It refers to other fields than this link
    expect(airtable.value(two, 'Changed')).toBe(before.Changed)
    clock += 60_000
    const ann = airtable.add({ Name: 'Ann', Tasks: [two] }, 'People')
    expect(airtable.value(two, 'People')).toEqual([ann])
    expect(airtable.value(two, 'Changed')).toBe('2026-03-01T10:02:00.000Z')
  })

  test('ids that are unknown, deleted or of another table are refused, and so is anything else', async () => {
    const [ann, gone] = [airtable.add({ Name: 'Ann' }, 'People'), airtable.add({ Name: 'Ben' }, 'People')]
    const task = airtable.add({ Name: 'x' })
    airtable.remove(gone)
    for (const id of ['recAAAAAAAAAAAAAA', gone, task]) {
      const refusal = { error: 'ROW_DOES_NOT_EXIST', message: `Record ID ${id} does not exist in this table` }
      for (const typecast of [false, true]) {
        await expect(create({ People: [ann, id] }, { typecast })).rejects.toMatchObject(refusal)
      }
    }
    for (const value of ['Ann', ['Ann'], [{ id: ann }], [5]]) {
      const message = 'Value is not an array of record IDs.'
      await expect(create({ People: value })).rejects.toMatchObject({ error: 'INVALID_VALUE_FOR_COLUMN', message })
    }
  })

  test('a typecast finds a record by what its primary cell reads, and makes it where there is none', async () => {
    airtable.retypeField('Name', 'number', { precision: 1 }, 'People')
    const known = airtable.add({ Name: 4.5 }, 'People')
    const { fields } = await create({ People: ['7', '4.5', '7'] }, { typecast: true })
    const made = airtable.records('People').find(record => record.fields.Name === 7)?.id
    expect(fields.People).toEqual([made, known])
    await expect(create({ People: ['Ann'] }, { typecast: true })).rejects.toMatchObject({ statusCode: 422 })
    airtable.retypeField('Name', 'autoNumber', undefined, 'People')
    await expect(create({ People: ['99'] }, { typecast: true })).rejects.toMatchObject({ statusCode: 422 })
  })

  test('a deleted record leaves all cells that linked to it, and comes back to its place in them', () => {
    const [a, b, c] = [airtable.add({ Name: 'a' }), airtable.add({ Name: 'b' }), airtable.add({ Name: 'c' })]
    const ann = airtable.add({ Name: 'Ann', Tasks: [a, b, c] }, 'People')
    airtable.edit(a, { Before: [b, c], Like: [c, b, a] })
    const all = () => [...airtable.records(), ...airtable.records('People')].sort((x, y) => (x.id < y.id ? -1 : 1))
    const before = all()
    airtable.remove(b)
    expect(airtable.record(a).fields).toMatchObject({ Before: [c], Like: [c, a] })
    expect(airtable.value(ann, 'Tasks')).toEqual([a, c])
    airtable.restore(b)
    expect(all()).toEqual(before)
    // Also when several are gone, in whatever order they come back
    for (const id of [b, ann, a]) airtable.remove(id)
    expect(airtable.record(c).fields).not.toHaveProperty('After')
    for (const id of [ann, b, a]) airtable.restore(id)
    expect(all().map(record => [record.id, new Set(Object.values(record.fields).flat())])).toEqual(
      before.map(record => [record.id, new Set(Object.values(record.fields).flat())]),
    )
  })

  test('a link to a record that changed while another was deleted is not made anew', () => {
    const [a, b] = [airtable.add({ Name: 'a' }), airtable.add({ Name: 'b' })]
    airtable.edit(a, { Before: [b] })
    airtable.remove(b)
    airtable.remove(a)
    airtable.restore(a)
    expect(airtable.value(a, 'Before')).toBeNull()
    airtable.restore(b)
    expect(airtable.value(a, 'Before')).toEqual([b])
    expect(airtable.value(b, 'After')).toEqual([a])
  })

  test('dropping a link makes its other side one-sided, and what goes through it invalid', async () => {
    airtable.dropField('People')
    expect((await schema('Tasks', 'People'))?.options).not.toHaveProperty('inverseLinkFieldId')
    expect((await schema('Ages'))?.options).toMatchObject({ isValid: false, recordLinkFieldId: null, result: null })
    expect((await schema('Heads'))?.options).toEqual({ isValid: false, recordLinkFieldId: null })
    expect(airtable.record(airtable.add({ Name: 'x' })).fields).not.toHaveProperty('Ages')
    airtable.dropField('Notes')
    expect((await schema('Formula'))?.options).toMatchObject({ isValid: false, result: null })
  })
})

describe('computed values', () => {
  test('a new record shows what follows from it at once', async () => {
    const { fields } = await create({})
    const owner = { id: expect.any(String), email: 'owner@example.com', name: 'Token Owner' }
    expect(fields).toEqual({
      Heads: 0,
      No: 1,
      Created: '2026-03-01T10:00:00.000Z',
      Changed: '2026-03-01T10:00:00.000Z',
      Creator: owner,
      Editor: owner,
      Open: { label: 'Open', url: null },
      Summary: { state: 'empty', isStale: false, value: null },
      Order: 'a1',
    })
  })

  test.each([
    ['Formula', 'text'],
    ['Formula', 0.29999999999999877],
    ['Formula', 0],
    ['Formula', true],
    ['Formula', ['a', 2]],
    ['Formula', '2026-03-01'],
    ['Formula', { error: '#ERROR!' }],
    ['Formula', { specialValue: 'NaN' }],
    ['Formula', { specialValue: 'Infinity' }],
    ['Rollup', 28.807773109243698],
    ['Rollup', { specialValue: 'NaN' }],
    ['Ages', [null]],
    ['Ages', [41, { error: '#ERROR!' }, null]],
    ['Heads', 7],
    ['Open', { label: 'Open URL', url: 'https://www.example.com' }],
    ['Summary', { state: 'loading', isStale: true, value: null }],
    ['Summary', { state: 'error', errorType: 'emptyDependency', isStale: false, value: null }],
    ['Order', 'b0c'],
  ])('%s shows %j when that is given, without an edit', async (name, value) => {
    const id = airtable.add({ Name: 'x' })
    clock += 60_000
    airtable.edit(id, { [name]: value })
    expect((await read(id))[name]).toEqual(value)
    expect(await find('LAST_MODIFIED_TIME()')).toEqual([])
  })

  test('a lookup and a count follow the links, and an unticked box is null', async () => {
    const ann = airtable.add({ Name: 'Ann', Age: 41, Active: true }, 'People')
    const ben = airtable.add({ Name: 'Ben' }, 'People')
    const id = airtable.add({ People: ['Ben', 'Ann'] })
    expect(await read(id)).toMatchObject({ Ages: [41], Active: [null, true], Heads: 2 })
    airtable.edit(ben, { Age: 7 })
    expect(await read(id)).toMatchObject({ Ages: [7, 41] })
    airtable.remove(ann)
    expect(await read(id)).toMatchObject({ Ages: [7], Active: [null], Heads: 1 })
  })

  test('rows are in the order of their sort keys', () => {
    const keys = Array.from({ length: 40 }, () => String(airtable.value(airtable.add({}), 'Order')))
    expect(keys.toSorted()).toEqual(keys)
  })

  test('a field can turn into a type of the future', async () => {
    airtable.retypeField('Status', 'futureState', { states: 2 })
    expect(await schema('Status')).toMatchObject({ type: 'futureState', options: { states: 2 } })
    await expect(create({ Status: 'Todo' })).rejects.toMatchObject({ error: 'INVALID_VALUE_FOR_COLUMN' })
  })
})

describe('attachments', () => {
  let source: Server | undefined
  afterEach(() => {
    source?.closeAllConnections()
    source?.close()
    source = undefined
  })
  async function serveFiles(handle: RequestListener): Promise<string> {
    const server = createServer(handle)
    source = server
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  type File = { id: string; url: string; filename: string; size?: number }
  const filesOf = async (id: string) => ((await read(id)).Files ?? []) as File[]

  test('a file on this machine is fetched after the answer; an image has thumbnails', async () => {
    const origin = await serveFiles((request, answer) => {
      const type = request.url?.startsWith('/a') ? 'image/png' : 'text/plain; charset=utf-8'
      answer.writeHead(200, { 'content-type': type }).end('12345')
    })
    const { id, fields } = await create({
      Files: [{ url: `${origin}/a%20b.png?signature=1` }, { url: `${origin}/notes`, filename: 'notes.txt' }],
    })
    const fresh = { id: expect.stringMatching(/^att\w{14}$/), url: expect.any(String) }
    expect(fields.Files).toEqual([
      { ...fresh, filename: 'a b.png' },
      { ...fresh, filename: 'notes.txt' },
    ])
    const thumbnail = { url: expect.any(String), width: expect.any(Number), height: expect.any(Number) }
    const image = { size: 5, type: 'image/png', width: 640, height: 480 }
    expect(await filesOf(id)).toEqual([
      { ...fresh, filename: 'a b.png', ...image, thumbnails: { small: thumbnail, large: thumbnail, full: thumbnail } },
      { ...fresh, filename: 'notes.txt', size: 5, type: 'text/plain' },
    ])
  })

  test('a file elsewhere is not fetched: size and type follow from its address without the signature', async () => {
    const signed = (signature: number) => ({ url: `https://files.example/a.pdf?signature=${signature}` })
    const { id } = await create({ Files: [signed(1), signed(2), { url: 'https://files.example/' }] })
    const [one, two, three] = await filesOf(id)
    expect(one).toMatchObject({ filename: 'a.pdf', size: expect.any(Number), type: 'application/pdf' })
    expect(two?.size).toBe(one?.size)
    expect(two?.id).not.toBe(one?.id)
    expect(three).toMatchObject({ filename: 'file', type: 'application/octet-stream' })
  })

  test('addresses differ at every read, and say when they expire', async () => {
    const { id } = await create({ Files: [{ url: 'https://files.example/a.pdf' }] })
    const [[one], [two]] = [await filesOf(id), await filesOf(id)]
    expect(one?.url).not.toBe(two?.url)
    expect(one?.url).toMatch(`/${START + 2 * 60 * 60 * 1000}/`)
  })

  test('what cannot be fetched vanishes, and nobody is told', async () => {
    const origin = await serveFiles((request, answer) => {
      const hops = Number(request.url?.slice(1))
      if (hops > 0) answer.writeHead(302, { location: `/${hops - 1}` }).end()
      else answer.writeHead(hops === 0 ? 200 : 404).end('x')
    })
    const sources = ['/gone', '/3', '/4'].map(path => ({ url: origin + path }))
    const { id, fields } = await create({ Files: [...sources, { url: 'http://127.0.0.1:1/refused' }] })
    expect(fields.Files).toHaveLength(4)
    expect(await filesOf(id)).toMatchObject([{ filename: '3', size: 1 }])
    const alone = await create({ Files: sources.slice(0, 1) })
    expect(await read(alone.id)).not.toHaveProperty('Files')
  })

  test('a source that never answers is given up', async () => {
    const origin = await serveFiles(() => {})
    airtable.settings.fetchTimeoutMs = 50
    const { id } = await create({ Files: [{ url: `${origin}/hangs` }] })
    expect(await read(id)).not.toHaveProperty('Files')
  })

  test('the list that is written is the final one, in its order, and ids keep what stands there', async () => {
    const id = airtable.add({ Files: ['a.pdf', 'b.pdf', 'c.pdf'] })
    const [a, , c] = await filesOf(id)
    await patch(id, { Files: [c, { url: 'https://files.example/d.pdf' }, { id: a?.id, filename: 'ignored' }] })
    expect((await filesOf(id)).map(file => file.filename)).toEqual(['c.pdf', 'd.pdf', 'a.pdf'])
    expect((await filesOf(id))[0]?.id).toBe(c?.id)
    await patch(id, { Files: [] })
    expect(await filesOf(id)).toEqual([])
  })

  test('ids of a new record or of another cell, other keys and other schemes are refused', async () => {
    const holder = airtable.add({ Files: ['a.pdf'] })
    const other = airtable.add({ Files: ['b.pdf'] })
    const [file] = await filesOf(holder)
    const url = 'https://files.example/a.pdf'
    const refusal = { error: 'INVALID_ATTACHMENT_OBJECT', statusCode: 422 }
    for (const given of [{ id: file?.id }, { id: file?.id, url }, file]) {
      await expect(create({ Files: [given] })).rejects.toMatchObject(refusal)
      await expect(patch(other, { Files: [given] })).rejects.toMatchObject(refusal)
    }
    for (const given of [{ url, size: 1 }, { url: 'data:text/plain,x' }, { url: 'http://' }, { filename: 'x' }, url]) {
      await expect(create({ Files: [given] })).rejects.toMatchObject(refusal)
    }
    await expect(create({ Files: { url } })).rejects.toMatchObject(refusal)
    expect((await filesOf(other)).map(({ filename }) => filename)).toEqual(['b.pdf'])
  })

  test('a person adds, renames and removes files, and each is an edit', async () => {
    const id = airtable.add({ Name: 'x' })
    clock += 60_000
    const added = airtable.attach(id, 'Files', { filename: 'a.png', size: 12 })
    airtable.attach(id, 'Files', 'b.txt')
    airtable.renameAttachment(id, 'Files', 'a.png', 'c.png')
    const [one, two] = await filesOf(id)
    expect(one).toMatchObject({ id: added, filename: 'c.png', size: 12, type: 'image/png' })
    expect(two).toMatchObject({ filename: 'b.txt', type: 'text/plain' })
    expect(await find('LAST_MODIFIED_TIME()')).toEqual([id])
    airtable.detach(id, 'Files', 'b.txt')
    expect((await filesOf(id)).map(({ filename }) => filename)).toEqual(['c.png'])
    expect(() => airtable.detach(id, 'Files', 'b.txt')).toThrow('no attachment b.txt')
    airtable.edit(id, { Files: [{ id: added }, { url: 'https://files.example/d.pdf?signature=1' }] })
    expect(await filesOf(id)).toMatchObject([{ id: added }, { filename: 'd.pdf', type: 'application/pdf' }])
    expect(() => airtable.attach(id, 'Files', {})).toThrow('a file has a filename or a url')
  })
})
