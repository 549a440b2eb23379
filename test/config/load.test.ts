/**
 * mappings.yaml as a person may write it, right and wrong: what is accepted, and for everything else all complaints at
 * once, each in words and at its place. No service is asked here; what needs one is in bind.test.ts.
 */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Loaded, loadMappings } from '../../src/config/load.ts'
import { type Complaint, type Place, UserError } from '../../src/errors.ts'

const FILE = 'config/mappings.yaml'
const ROOT = new URL('../../', import.meta.url)
const ID = '0123456789abcdef0123456789abcdef'

const GOOD = `version: 1
syncs:
  specs:
    notion:
      database: 0123456789abcdef0123456789abcdef
    airtable:
      base: appAAAAAAAAAAAAAA
      table: Tracker
      page_id_field: Page ID
    fields:
      - { notion: Name, airtable: Title }
      - { notion: Status, airtable: State, owner: both }
      - { notion: Priority, airtable: Urgency }
`

const load = (text: string, env: Record<string, string | undefined> | null = {}): Loaded =>
  loadMappings(text, FILE, env)

/** What is said of a text; nothing where it is accepted. Any other error than a complaint fails the test. */
function complaintsOf(text: string, env: Record<string, string | undefined> | null = {}): readonly Complaint[] {
  try {
    load(text, env)
  } catch (error) {
    if (error instanceof UserError) return error.complaints
    throw error
  }
  return []
}

/** The good mapping with one piece replaced; the piece must be there. */
function replaced(piece: string, replacement: string, text = GOOD): string {
  expect(text).toContain(piece)
  return text.replace(piece, () => replacement)
}

/** Where a piece of the text first stands, as an editor counts. */
function placeOf(text: string, piece: string): Place {
  const before = text.slice(0, text.indexOf(piece)).split('\n')
  expect(text).toContain(piece)
  return { file: FILE, line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

const lineOf = (text: string, piece: string): number => placeOf(text, piece).line

/** Exactly one complaint, and where. */
function only(text: string, env?: Record<string, string | undefined>): Complaint {
  const complaints = complaintsOf(text, env)
  expect(complaints.map(complaint => complaint.message)).toHaveLength(1)
  return complaints[0] ?? { message: '' }
}

describe('the mapping that this repository ships', () => {
  const shipped = readFileSync(new URL('mappings.yaml', ROOT), 'utf8')

  it('is accepted with its two variables set, and keeps every line', () => {
    const { mappings } = load(shipped, { NOTION_DATABASE_ID: ID, AIRTABLE_BASE_ID: 'appAAAAAAAAAAAAAA' })
    const sync = mappings.syncs['product-specs']
    expect(sync?.notion.database).toBe(ID)
    expect(sync?.airtable.base).toBe('appAAAAAAAAAAAAAA')
    expect(sync?.fields.map(line => line.airtable)).toEqual([
      'Spec Name',
      'Status',
      'Priority',
      'Owner',
      'Target Quarter',
      'Notion URL',
      'Sprint',
      'Ship Date',
      'Blockers',
    ])
  })

  it('names the schema for editors in its first line, and that schema is there and knows the same keys', () => {
    const [first] = shipped.split('\n')
    expect(first).toBe('# yaml-language-server: $schema=./mappings.schema.json')
    expect(existsSync(new URL('mappings.schema.json', ROOT))).toBe(true)
    const schema = readFileSync(new URL('mappings.schema.json', ROOT), 'utf8')
    for (const key of ['allow_public_state', 'page_id_field', 'last_synced_field', 'when_deleted', 'max_deletions']) {
      expect(schema).toContain(`"${key}"`)
    }
  })
})

describe('what is accepted', () => {
  it('every key that is documented', () => {
    const text = `version: 1
allow_public_state: true
syncs:
  product-specs:
    notion:
      database: https://www.notion.so/acme/0123456789abcdef0123456789abcdef?v=1
      filter: { and: [ { property: Status, select: { does_not_equal: Draft } } ] }
      requests_per_minute: 600
    airtable:
      base: appAAAAAAAAAAAAAA
      table: tblAAAAAAAAAAAAAA
      page_id_field: Notion Page ID
      last_synced_field: Last Synced
      view: Active
      filter: "NOT({Sprint} = 'Icebox')"
      requests_per_second: 2.5
    match: Name
    create: none
    when_deleted: { page: delete, row: trash }
    archive:
      airtable: { Status: Archived, Points: 3, Done: true, Sprint: null, Tags: [old, cold] }
      notion: { Status: Archived }
    conflict: ask
    guards: { max_deletions: 20% }
    fields:
      - { notion: Name, airtable: Spec Name, owner: notion, conflict: newest, people: email, values: { A: B } }
      - { notion: $url, airtable: Link }
      - { notion: $$price, airtable: $created_time }
`
    expect(complaintsOf(text)).toEqual([])
    const { mappings } = load(text)
    expect(mappings.allow_public_state).toBe(true)
    expect(mappings.syncs['product-specs']).toMatchObject({
      notion: { requests_per_minute: 600, filter: { and: [{ property: 'Status' }] } },
      airtable: { view: 'Active', filter: "NOT({Sprint} = 'Icebox')", requests_per_second: 2.5 },
      when_deleted: { page: 'delete', row: 'trash' },
      archive: { airtable: { Points: 3, Done: true, Sprint: null, Tags: ['old', 'cold'] } },
      guards: { max_deletions: '20%' },
    })
  })

  it.each([
    ['the owner of a field', 'owner: both', ['owner: notion', 'owner: airtable', 'owner: both']],
    ['the conflict rule of a field', 'owner: both', ['newest', 'notion', 'airtable', 'ask'].map(p => `conflict: ${p}`)],
    ['how people are written', 'owner: both', ['people: name', 'people: email']],
  ])('every documented value of %s', (_, piece, values) => {
    for (const value of values) expect(complaintsOf(replaced(piece, value))).toEqual([])
  })

  it.each([
    ['create', ['airtable', 'notion', 'both', 'none'].map(value => `create: ${value}`)],
    ['conflict', ['newest', 'notion', 'airtable', 'ask'].map(value => `conflict: ${value}`)],
    ['when_deleted.page', ['archive', 'delete', 'keep'].map(value => `when_deleted: { page: ${value} }`)],
    ['when_deleted.row', ['restore', 'archive', 'trash', 'keep'].map(value => `when_deleted: { row: ${value} }`)],
    ['guards.max_deletions', ['0', '25', '20%', '0%', '12.5%'].map(limit => `guards: { max_deletions: ${limit} }`)],
  ])('every documented value of %s of a sync', (_, lines) => {
    for (const line of lines) expect(complaintsOf(replaced('    fields:', `    ${line}\n    fields:`))).toEqual([])
  })

  it.each(['a', '0', 'product-specs', 'a--', '2026-q4', 'constructor'])('a sync called %s', name => {
    const { mappings } = load(replaced('specs:', `${name}:`))
    expect(Object.keys(mappings.syncs)).toEqual([name])
  })

  it('several syncs, in the order in which they stand', () => {
    const second = GOOD.slice(GOOD.indexOf('  specs:')).replace('specs:', 'bugs:')
    expect(Object.keys(load(GOOD + second).mappings.syncs)).toEqual(['specs', 'bugs'])
  })

  it('Windows line ends, a byte order mark, comments and anchors', () => {
    expect(complaintsOf(GOOD.replaceAll('\n', '\r\n'))).toEqual([])
    expect(complaintsOf(`\uFEFF${GOOD}`)).toEqual([])
    expect(complaintsOf(`# ours\n${GOOD}# the end\n`)).toEqual([])
    const anchored = replaced('table: Tracker', 'table: &t Tracker').replace('Title', '*t')
    expect(load(anchored).mappings.syncs.specs?.fields[0]?.airtable).toBe('Tracker')
  })

  it('the words of YAML 1.2: yes and no are option names, not booleans', () => {
    const { mappings } = load(replaced('owner: both', 'values: { yes: no, on: off }'))
    expect(mappings.syncs.specs?.fields[1]?.values).toEqual({ yes: 'no', on: 'off' })
  })

  it('what is left out stays left out, so that defaults are taken where they are used', () => {
    expect(Object.keys(load(GOOD).mappings.syncs.specs ?? {})).toEqual(['notion', 'airtable', 'fields'])
  })
})

describe('environment variables', () => {
  it('a variable stands for a whole value or a part of one, at any depth', () => {
    const text = replaced('table: Tracker', `table: "Tracker \${YEAR}"`).replace(
      'database: 0123456789abcdef0123456789abcdef',
      `database: \${DB}\n      filter: { or: [ { property: Status, select: { equals: "\${STATUS}" } } ] }`,
    )
    const { mappings } = load(text, { DB: ID, YEAR: '2026', STATUS: 'Ready' })
    expect(mappings.syncs.specs?.airtable.table).toBe('Tracker 2026')
    expect(mappings.syncs.specs?.notion.database).toBe(ID)
    expect(mappings.syncs.specs?.notion.filter).toEqual({ or: [{ property: 'Status', select: { equals: 'Ready' } }] })
  })

  describe('a number, or a yes or no, may come from a variable', () => {
    const text = `allow_public_state: \${FLAG}\n${GOOD}`
      .replace('notion:\n', `notion:\n      requests_per_minute: \${MINUTE}\n`)
      .replace('airtable:\n', `airtable:\n      requests_per_second: \${SECOND}\n`)
      .replace('    fields:', `    guards: { max_deletions: "\${MAX}" }\n    fields:`)
    const numbers = ({ mappings: { allow_public_state, syncs } }: Loaded) => [
      allow_public_state,
      syncs.specs?.notion.requests_per_minute,
      syncs.specs?.airtable.requests_per_second,
      syncs.specs?.guards?.max_deletions,
    ]

    it('as it does from quotes', () => {
      const env = { FLAG: 'true', MINUTE: '600', SECOND: '2.5', MAX: '10' }
      expect(numbers(load(text, env))).toEqual([true, 600, 2.5, 10])
      const quoted = Object.entries(env).reduce((all, [name, value]) => all.replace(`\${${name}}`, `'${value}'`), text)
      expect(numbers(load(quoted.replace(`"'10'"`, '"10"')))).toEqual([true, 600, 2.5, 10])
      expect(numbers(load(text, { ...env, FLAG: 'false', MAX: '100%' }))).toEqual([false, 600, 2.5, '100%'])
    })

    it('and is as if left out where no variable is known', () => {
      expect(numbers(load(text, null))).toEqual([undefined, undefined, undefined, undefined])
    })

    it('and one that is not set is told once', () => {
      expect(only(text, { FLAG: 'true', MINUTE: '600', SECOND: '2.5' }).message).toContain('MAX is not set')
    })
  })

  it('what a variable holds is text: no YAML, no further variable, no number', () => {
    const text = replaced('table: Tracker', `table: \${T}`)
    for (const value of ['a: b # c', `\${T}`, '42', 'true', '- x', "'"]) {
      expect(load(text, { T: value }).mappings.syncs.specs?.airtable.table).toBe(value)
    }
  })

  it('one that is not set, or is empty, is named at its line; each of several, and nothing else of it', () => {
    const text = replaced('appAAAAAAAAAAAAAA', `\${BASE}`).replace('0123456789abcdef0123456789abcdef', `\${DB}`)
    const complaints = complaintsOf(text, { BASE: '' })
    expect(complaints.map(complaint => complaint.place)).toEqual([placeOf(text, `\${DB}`), placeOf(text, `\${BASE}`)])
    expect(complaints[0]?.message).toMatch(/\bDB\b.*not set/)
    expect(complaints[1]?.message).toMatch(/\bBASE\b.*not set/)
  })

  it('two that are not set in one value are both named', () => {
    const text = replaced('table: Tracker', `table: \${LEFT} \${RIGHT}`)
    const said = complaintsOf(text).map(complaint => complaint.message)
    expect(said.join('\n')).toMatch(/\bLEFT\b/)
    expect(said.join('\n')).toMatch(/\bRIGHT\b/)
  })

  it('one that is not set is told together with what else is wrong', () => {
    const text = replaced('table: Tracker', `table: \${T}`).replace('owner: both', 'owner: nobody')
    expect(complaintsOf(text).map(complaint => complaint.place?.line)).toEqual([
      lineOf(text, `\${T}`),
      lineOf(text, 'nobody'),
    ])
  })

  it('a name that every object has is not taken for a variable that is set', () => {
    expect(only(replaced('table: Tracker', `table: \${constructor}`)).message).toMatch(/\bconstructor\b.*not set/)
  })

  it.each(['NOTION_TOKEN', 'ACTIONS_RUNTIME_TOKEN', 'INPUT_AT', 'GH_PAT', 'API_KEY', 'db_password', 'SECRET'])(
    'one that has the name of a secret (%s) is refused, and its value told nowhere',
    name => {
      const [complaint, ...others] = complaintsOf(replaced('table: Tracker', `table: \${${name}}`), { [name]: 'ntn_x' })
      expect(complaint?.message).toMatch(new RegExp(`\\b${name}\\b.*secret`))
      expect(JSON.stringify([complaint, ...others])).not.toContain('ntn_x')
      expect(others).toEqual([])
    },
  )

  it('a lone dollar sign, $url and an open brace are no variables', () => {
    const text = replaced('Tracker', '"5 $ ${ $url $X"')
    expect(load(text).mappings.syncs.specs?.airtable.table).toBe('5 $ ${ $url $X')
  })

  it('without an environment, for a check without secrets, they stay as they are', () => {
    const text = replaced('appAAAAAAAAAAAAAA', `\${BASE}`).replace('0123456789abcdef0123456789abcdef', `\${DB}`)
    expect(load(text, null).mappings.syncs.specs?.airtable.base).toBe(`\${BASE}`)
  })
})

describe('an unknown key is named at its own place, with the nearest right one', () => {
  it.each([
    ['the top', 'version: 1', 'version: 1\nsync: {}', 'sync', 'syncs'],
    ['the top', 'version: 1', 'version: 1\nallow_public_sate: true', 'allow_public_sate', 'allow_public_state'],
    ['a sync', '    fields:', '    conflcit: ask\n    fields:', 'conflcit', 'conflict'],
    ['notion', 'notion:\n', 'notion:\n      fitler: {}\n', 'fitler', 'filter'],
    ['airtable', '      table: Tracker', '      table: Tracker\n      veiw: All', 'veiw', 'view'],
    ['when_deleted', '    fields:', '    when_deleted: { pages: keep }\n    fields:', 'pages', 'page'],
    ['archive', '    fields:', '    archive: { airtabel: {} }\n    fields:', 'airtabel', 'airtable'],
    ['guards', '    fields:', '    guards: { max_deletion: 3 }\n    fields:', 'max_deletion', 'max_deletions'],
    ['a line', 'owner: both', 'onwer: both', 'onwer', 'owner'],
  ])('in %s: %s', (_, piece, replacement, key, right) => {
    const text = replaced(piece, replacement)
    const { message, place } = only(text)
    expect(message).toContain(`"${key}"`)
    expect(message).toContain(`"${right}"`)
    expect(place).toEqual(placeOf(text, replacement.slice(replacement.indexOf(key))))
  })

  it('one that is like none is told with the keys that are known there', () => {
    const { message } = only(replaced('owner: both', 'zzzzzzzzzz: 1'))
    expect(message).toContain('"zzzzzzzzzz"')
    for (const key of ['notion', 'airtable', 'owner', 'conflict', 'values']) expect(message).toContain(key)
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype'])(
    'also where it is called %s',
    key => {
      for (const [piece, replacement] of [
        ['version: 1', `version: 1\n${key}: { polluted: true }`],
        ['    fields:', `    ${key}: { polluted: true }\n    fields:`],
        ['owner: both', `${key}: { polluted: true }`],
      ] as const) {
        const text = replaced(piece, replacement)
        const { message, place } = only(text)
        expect(message).toContain(`"${key}"`)
        expect(place?.line).toBe(lineOf(text, `${key}:`))
      }
      expect(Reflect.get({}, 'polluted')).toBeUndefined()
    },
  )

  it('a sync called __proto__ is refused like any name that is not allowed', () => {
    const text = replaced('specs:', '__proto__:')
    const { message, place } = only(text)
    expect(message).toContain('__proto__')
    expect(place).toEqual(placeOf(text, '__proto__'))
  })
})

describe('a wrong type or value is told at the value', () => {
  it.each([
    ['version', 'version: 1', 'version: 2', '2'],
    ['version', 'version: 1', "version: '1'", "'1'"],
    ['allow_public_state', 'version: 1', 'version: 1\nallow_public_state: maybe', 'maybe'],
    ['notion', 'notion:\n      database: 0123456789abcdef0123456789abcdef', 'notion: here', 'here'],
    ['database', '0123456789abcdef0123456789abcdef', '[a]', '[a]'],
    ['filter', 'notion:\n', 'notion:\n      filter: Draft\n', 'Draft'],
    ['requests_per_minute', 'notion:\n', 'notion:\n      requests_per_minute: fast\n', 'fast'],
    ['requests_per_minute', 'notion:\n', 'notion:\n      requests_per_minute: -1\n', '-1'],
    ['requests_per_second', 'airtable:\n', 'airtable:\n      requests_per_second: 0\n', '0\n'],
    ['base', 'appAAAAAAAAAAAAAA', 'tblAAAAAAAAAAAAAA', 'tblAAAAAAAAAAAAAA'],
    ['base', 'appAAAAAAAAAAAAAA', 'https://airtable.com/appAAAAAAAAAAAAAA', 'https:'],
    ['table', 'Tracker', '{ name: Tracker }', '{ name'],
    ['table', 'Tracker', '""', '""'],
    ['page_id_field', 'Page ID', '7', '7'],
    ['match', '    fields:', '    match: [Name]\n    fields:', '[Name]'],
    ['guards', '    fields:', '    guards: 10\n    fields:', '10\n'],
    ['max_deletions', '    fields:', '    guards: { max_deletions: many }\n    fields:', 'many'],
    ['max_deletions', '    fields:', '    guards: { max_deletions: -1 }\n    fields:', '-1'],
    ['max_deletions', '    fields:', '    guards: { max_deletions: 1.5 }\n    fields:', '1.5'],
    ['max_deletions', '    fields:', '    guards: { max_deletions: "1.5" }\n    fields:', '"1.5"'],
    ['max_deletions', '    fields:', '    guards: { max_deletions: 101% }\n    fields:', '101%'],
    ['requests_per_second', 'airtable:\n', 'airtable:\n      requests_per_second: "0"\n', '"0"'],
    ['syncs', GOOD.slice(GOOD.indexOf('syncs:')), 'syncs: {}\n', '{}'],
    ['archive', '    fields:', '    archive: Archived\n    fields:', 'Archived'],
    ['Status', '    fields:', '    archive: { notion: { Status: { a: b } } }\n    fields:', '{ a: b }'],
    ['airtable', 'airtable: Title', 'airtable: 2026', '2026'],
    ['notion', 'notion: Name', 'notion: true', 'true'],
    ['values', 'owner: both', 'values: [a, b]', '[a, b]'],
    ['Yes', 'owner: both', 'values: { Yes: true }', 'true'],
  ])('%s: instead of %j, %j', (name, piece, replacement, wrong) => {
    const text = replaced(piece, replacement)
    const { message, place } = only(text)
    expect(message).toContain(`"${name}"`)
    const start = GOOD.indexOf(piece)
    const before = text.slice(0, start + replacement.indexOf(wrong)).split('\n')
    expect(place).toEqual({ file: FILE, line: before.length, column: (before.at(-1) ?? '').length + 1 })
  })

  it.each([
    ['version: 1', "version: '1'", '"version" must be 1 without quotes'],
    ['airtable:\n', 'airtable:\n      requests_per_second: 0\n', '"requests_per_second" must be more than 0'],
    ['airtable:\n', 'airtable:\n      requests_per_second: fast\n', '"requests_per_second" must be a number above 0'],
    ['airtable:\n', 'airtable:\n      requests_per_second: [1]\n', '"requests_per_second" must be a number above 0'],
    ['version: 1', 'version: 1\nallow_public_state: yes', '"allow_public_state" must be true or false'],
    [
      '    fields:',
      '    guards: { max_deletions: 120% }\n    fields:',
      '"max_deletions" must be a whole number, or a share of at most 100% such as 20%',
    ],
    [
      GOOD.slice(GOOD.indexOf('syncs:')),
      'syncs: {}\n',
      '"syncs" holds no sync; add one under a name of your choice, with "notion", "airtable" and "fields"',
    ],
  ])('instead of %j, %j: what it must be is said as it is', (piece, replacement, words) => {
    expect(only(replaced(piece, replacement)).message).toBe(words)
  })

  it('an entry of a list is told by its number and the name of the list', () => {
    const text = replaced('{ notion: Status, airtable: State, owner: both }', '10')
    const { message, place } = only(text)
    expect(message).toBe('Entry 2 of "fields" must be a map of keys and values')
    expect(place).toEqual(placeOf(text, '10'))
  })

  it.each([
    ['owner', 'owner: both', 'owner: notoin', 'notion'],
    ['conflict', 'owner: both', 'conflict: airtabel', 'airtable'],
    ['people', 'owner: both', 'people: emial', 'email'],
    ['create', '    fields:', '    create: airtabel\n    fields:', 'airtable'],
    ['conflict', '    fields:', '    conflict: newset\n    fields:', 'newest'],
    ['page', '    fields:', '    when_deleted: { page: archived }\n    fields:', 'archive'],
    ['row', '    fields:', '    when_deleted: { row: trahs }\n    fields:', 'trash'],
  ])('of the few that %s may have, the nearest is named: %s → %s', (name, piece, replacement, right) => {
    const text = replaced(piece, replacement)
    const { message, place } = only(text)
    expect(message).toContain(`"${name}"`)
    expect(message).toMatch(new RegExp(`did you mean "${right}"`))
    expect(place?.line).toBe(lineOf(text, replacement.trim().split('\n')[0] ?? ''))
  })

  it.each(['Product', 'product_specs', '-a', 'a b', 'ä', '../up', 'a/b', '""'])('a sync called %s', name => {
    const text = replaced('specs:', `${name}:`)
    expect(only(text).place).toEqual(placeOf(text, `${name}:`))
  })

  it.each(['Product Specs', '0123456789abcdef', 'https://www.notion.so/acme/Specs', 'https://example.com'])(
    'a database that is neither an ID nor an address that holds one: %s',
    database => {
      const text = replaced(ID, database)
      const { message, place } = only(text)
      expect(message).toContain(`"${database}"`)
      expect(message).toMatch(/Notion ID/)
      expect(place).toEqual(placeOf(text, database))
    },
  )

  it('a sync without lines', () => {
    const text = `${GOOD.slice(0, GOOD.indexOf('fields:'))}fields: []\n`
    expect(only(text).message).toContain('"fields"')
    expect(only(text).place?.line).toBe(lineOf(text, 'fields:'))
  })

  it.each(['version', 'syncs', 'notion', 'airtable', 'fields', 'database', 'base', 'table', 'page_id_field'])(
    '%s is missing',
    key => {
      // Renamed, so that it is unknown under its own name and missing under the right one.
      const text = GOOD.replace(new RegExp(`^( *)${key}:`, 'm'), '$1x-x-x-x-x-x:')
      const said = complaintsOf(text).map(complaint => complaint.message)
      expect(said.some(message => message.includes(`"${key}" is missing`))).toBe(true)
      expect(said.some(message => message.includes('"x-x-x-x-x-x"'))).toBe(true)
    },
  )

  it('all that is missing from a sync is told, not the first of it', () => {
    const said = complaintsOf('version: 1\nsyncs:\n  specs: {}\n').map(complaint => complaint.message)
    for (const key of ['notion', 'airtable', 'fields']) expect(said.join('\n')).toContain(`"${key}" is missing`)
  })

  it('a line that names one side only', () => {
    const text = replaced('{ notion: Name, airtable: Title }', '{ notion: Name }')
    expect(only(text).message).toContain('"airtable" is missing')
    expect(only(text).place?.line).toBe(lineOf(text, '{ notion: Name }'))
  })
})

describe('rules between the lines', () => {
  it('a field that is mapped twice is told at the second line, with the first', () => {
    for (const [piece, again, name] of [
      ['notion: Priority', 'notion: Name', 'Name'],
      ['airtable: Urgency', 'airtable: Title', 'Title'],
    ] as const) {
      const text = replaced(piece, again)
      const { message, place } = only(text)
      expect(message).toContain(`"${name}" is mapped twice`)
      expect(message).toContain(`line ${lineOf(text, '{ notion: Name, airtable: Title }')}`)
      expect(place?.line).toBe(lineOf(text, again === 'notion: Name' ? 'airtable: Urgency' : 'notion: Priority'))
    }
  })

  it('two fields that are mapped twice are both told; the same names in two syncs are no harm', () => {
    const text = replaced('notion: Priority, airtable: Urgency', 'notion: Name, airtable: State')
    expect(complaintsOf(text)).toHaveLength(2)
    const second = GOOD.slice(GOOD.indexOf('  specs:')).replace('specs:', 'bugs:')
    expect(complaintsOf(GOOD + second)).toEqual([])
  })

  it('an option called __proto__ cannot be named in values, and is not dropped without a word', () => {
    expect(only(replaced('owner: both', 'values: { __proto__: Todo, Done: Done }')).message).toContain('"__proto__"')
  })

  it('values must be one to one', () => {
    const text = replaced('owner: both', 'values: { Open: Todo, New: Todo, Done: Done }')
    const { message, place } = only(text)
    expect(message).toMatch(/one to one/)
    expect(message).toContain('"Todo"')
    expect(place?.line).toBe(lineOf(text, 'values:'))
  })

  it('they are told together with an unknown key elsewhere', () => {
    const text = replaced('notion: Priority', 'notion: Name').replace('owner: both', 'onwer: both')
    expect(complaintsOf(text).map(complaint => complaint.place?.line)).toEqual([
      lineOf(text, 'onwer'),
      lineOf(text, 'Urgency'),
    ])
  })
})

describe('all at once', () => {
  it('eleven mistakes in one file are eleven complaints, in the order of their lines', () => {
    const text = `version: 2
sincs: 1
syncs:
  Specs:
    notion: { database: "\${NOT_SET}" }
    airtable: { base: base1, table: 5, page_id_field: Page ID, veiw: All }
    create: everywhere
    guards: { max_deletions: -3 }
    fields:
      - { notion: Name, airtable: Title, owner: me }
      - { notion: Status, airtable: State, conflict: never }
`
    const complaints = complaintsOf(text)
    expect(complaints.map(complaint => complaint.place?.line)).toEqual([1, 2, 4, 5, 6, 6, 6, 7, 8, 10, 11])
    for (const { message, place } of complaints) {
      expect(place?.file).toBe(FILE)
      expect(message).not.toMatch(/zod|invalid_|undefined|\bat .*:\d+/i)
    }
  })

  it('mistakes in two syncs are told of both', () => {
    const second = GOOD.slice(GOOD.indexOf('  specs:')).replace('specs:', 'bugs:').replace('owner: both', 'owner: us')
    const text = replaced('owner: both', 'owner: me') + second
    expect(complaintsOf(text).map(complaint => complaint.place?.line)).toEqual([
      lineOf(text, 'owner: me'),
      lineOf(text, 'owner: us'),
    ])
  })
})

describe('what is no YAML, or YAML that means harm', () => {
  it.each([
    ['an open bracket', replaced('{ notion: Name, airtable: Title }', '{ notion: Name, airtable: Title'), 12],
    ['an open quote', replaced('table: Tracker', 'table: "Tracker'), 8],
    ['a tab for indentation', replaced('      table:', '\t\ttable:'), 8],
    ['a key in the wrong column', replaced('      table: Tracker', '     table: Tracker'), 8],
    ['two documents', `${GOOD}---\n${GOOD}`, 14],
    ['an alias of nothing', replaced('table: Tracker', 'table: *nothing'), 8],
  ])('%s is told at its line', (_, text, line) => {
    const complaints = complaintsOf(text)
    expect(complaints.length).toBeGreaterThan(0)
    expect(complaints[0]?.place?.file).toBe(FILE)
    const lines = complaints.map(complaint => complaint.place?.line ?? 0)
    expect(Math.min(...lines)).toBeGreaterThanOrEqual(line - 1)
    expect(Math.min(...lines)).toBeLessThanOrEqual(Math.max(line + 1, text.split('\n').length))
  })

  it.each([
    ['at the top', 'version: 1', 'version: 1\nversion: 1', 2],
    ['among the syncs', '    fields:', '  specs: {}\n    fields:', 10],
    ['in a line', 'owner: both', 'owner: both, owner: notion', 12],
    ['in values', 'owner: both', 'values: { A: B, A: C }', 12],
  ])('a key that stands twice %s', (_, piece, replacement, line) => {
    const complaints = complaintsOf(replaced(piece, replacement))
    expect(complaints[0]?.place?.line).toBe(line)
  })

  it('every key that stands twice is told, and what else is wrong', () => {
    const text = replaced('version: 1', 'version: 1\nversion: 1').replace('owner: both', 'owner: me, owner: you')
    expect(complaintsOf(text).map(complaint => complaint.place?.line)).toContain(2)
    expect(complaintsOf(text).map(complaint => complaint.place?.line)).toContain(13)
    const mixed = replaced('version: 1', 'version: 1\nversion: 1').replace('owner: both', 'onwer: me')
    expect(complaintsOf(mixed).map(complaint => complaint.place?.line)).toEqual([2, 13])
  })

  it.each([
    ['nothing', ''],
    ['a comment', '# later'],
    ['a word', 'hello'],
    ['a list', '- a\n- b'],
    ['null', 'null'],
    ['HTML', '<!doctype html>\n<html><body>404</body></html>'],
    ['JSON of another kind', '{"name": "x", "version": "1.0.0"}'],
    ['bytes', '\u0000\u0001\u0002\uFFFD'],
    [
      'the marks of a merge',
      GOOD.replace('    fields:', '<<<<<<< HEAD\n    fields:\n=======\n    match: x\n>>>>>>> b'),
    ],
  ])('a file that holds %s is refused in words', (_, text) => {
    const complaints = complaintsOf(text)
    expect(complaints.length).toBeGreaterThan(0)
    for (const { place } of complaints) expect(place).toMatchObject({ file: FILE })
  })

  it.each([
    ['a list as a key', '? [a, b]\n: c\n'],
    ['a map as a key', '? { a: b }\n: c\n'],
    ['a number as a key', '7: x\n'],
    ['nothing as a key', '? \n: x\n'],
    ['a key with a tag', '!!js/function x: y\n'],
  ])('%s is an unknown key like any other', (_, more) => {
    const complaints = complaintsOf(GOOD + more)
    expect(complaints.length).toBeGreaterThan(0)
    expect(complaints[0]?.place?.line).toBe(14)
  })

  it('aliases that unfold to a billion words are refused at once', () => {
    const levels = 'abcdefghi'.split('')
    const bomb = levels.map((name, index) => {
      const inner = index === 0 ? 'lol' : `*${levels[index - 1]}`
      return `${name}: &${name} [${Array.from({ length: 10 }, () => inner).join(',')}]`
    })
    const started = performance.now()
    const complaints = complaintsOf(`${bomb.join('\n')}\n${GOOD}`)
    expect(performance.now() - started).toBeLessThan(2000)
    expect(complaints.length).toBeGreaterThan(0)
    expect(complaints[0]?.place?.file).toBe(FILE)
  })

  it('an alias of itself is refused', () => {
    const text = replaced('notion:\n', 'notion:\n      filter: &f { and: [ *f ] }\n')
    expect(complaintsOf(text).length).toBeGreaterThan(0)
  })

  it.each<[string, string, RegExp]>([
    ['ten thousand keys', Array.from({ length: 10_000 }, (_, index) => `k${index}: 1`).join('\n'), /Unknown key "k0"/],
    ['one key ten thousand times', 'version: 1\n'.repeat(10_000), /stands twice/],
    ['ten thousand syncs', `syncs:\n${'  a: {}\n'.repeat(10_000)}`, /stands twice/],
    ['ten thousand anchors', Array.from({ length: 10_000 }, (_, index) => `- &a${index} x`).join('\n'), /map of keys/],
    ['ten thousand aliases', `- &a x\n${'- *a\n'.repeat(10_000)}`, /More than 100 aliases/],
    ['a hundred thousand open braces', `{a: `.repeat(25_000), /nested too deeply/],
    ['a hundred thousand dashes', '- '.repeat(50_000), /nested too deeply/],
    ['ten thousand variables', `a: "${`\${NOT_SET}`.repeat(10_000)}"`, /NOT_SET is not set/],
    ['a line of braces that never end', `a: '${'{'.repeat(40)}${'x'.repeat(100_000)}`, /Not valid YAML/],
    ['NUL bytes', `${GOOD}\u0000\u0000`, /./],
  ])('%s are refused within moments, in no more complaints than anybody reads', (_, text, words) => {
    const started = performance.now()
    const complaints = complaintsOf(text)
    // Half a second on a machine that does nothing else.
    expect(performance.now() - started).toBeLessThan(6000)
    expect(complaints.map(complaint => complaint.message).join('\n')).toMatch(words)
    expect(complaints.length).toBeLessThanOrEqual(100)
  })

  it('ten megabytes are refused at once', () => {
    const big = `${GOOD}# ${'x'.repeat(10_000_000)}\n`
    const started = performance.now()
    const { message, place } = only(big)
    expect(performance.now() - started).toBeLessThan(500)
    expect(message).toMatch(/larger than|too large/)
    expect(place?.file).toBe(FILE)
  })

  it.each([
    ['brackets', '['],
    ['braces', '{a: '],
    ['dashes', '- '],
  ])('a file of nothing but open %s is refused in words', (_, piece) => {
    expect(complaintsOf(piece.repeat(20_000)).length).toBeGreaterThan(0)
  })
})

describe('the place of what was accepted, for what the services complain of later', () => {
  const { place } = load(GOOD)

  it('is that of the value, or with `key` of its key', () => {
    const path = ['syncs', 'specs', 'airtable', 'table']
    expect(place(path)).toEqual(placeOf(GOOD, 'Tracker'))
    expect(place(path, true)).toEqual(placeOf(GOOD, 'table: Tracker'))
    expect(place(['syncs', 'specs', 'fields', 2, 'airtable'])).toEqual(placeOf(GOOD, 'Urgency'))
  })

  it('of something that is not there is that of what it would stand in', () => {
    expect(place(['syncs', 'specs', 'fields', 1, 'conflict']).line).toBe(lineOf(GOOD, 'State'))
    expect(place(['syncs', 'specs', 'airtable', 'view']).line).toBeGreaterThanOrEqual(lineOf(GOOD, 'airtable:'))
  })
})
