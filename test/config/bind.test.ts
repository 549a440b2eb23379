/**
 * A sync's lines against the schemas of both services: what is found under which name, who may own what, what follows
 * a rename, and every complaint at once at its place in the file. Schemas are plain data here; no service is asked.
 */
import { describe, expect, it } from 'vitest'
import { columnsOf as airtableColumns, airtableField } from '../../src/airtable/fields.ts'
import { type Bound, bind } from '../../src/config/bind.ts'
import type { Learned, OwnFields } from '../../src/config/lines.ts'
import { loadMappings } from '../../src/config/load.ts'
import type { SchemaColumn } from '../../src/core/model.ts'
import { type Complaint, type Place, UserError } from '../../src/errors.ts'
import { columnsOf as notionColumns } from '../../src/notion/properties.ts'

const FILE = 'mappings.yaml'

const DATE_TIME = { dateFormat: { name: 'iso' }, timeFormat: { name: '24hour' }, timeZone: 'utc' }
const choices = (...names: string[]) => ({ choices: names.map(name => ({ id: `sel${name}`, name })) })
const options = (...names: string[]) => ({ options: names.map(name => ({ id: `o_${name}`, name })), groups: [] })

/** Columns as the service's own adapter reads them from a schema; IDs are p_ and the name, without signs. */
function notion(...properties: [name: string, type: string, config?: unknown][]): SchemaColumn[] {
  const schema = properties.map(([name, type, config = {}]) => {
    const id = type === 'title' ? 'title' : `p_${name.replace(/\W/g, '')}`
    return [name, { id, name, type, description: null, [type]: config }]
  })
  return notionColumns(Object.fromEntries(schema) as unknown as Parameters<typeof notionColumns>[0])
}
/** The same for Airtable, with fld and the name. */
function airtable(...fields: [name: string, type: string, config?: unknown][]): SchemaColumn[] {
  return airtableColumns(
    fields.map(([name, type, config = {}]) =>
      airtableField.parse({ id: `fld${name.replace(/\W/g, '')}`, name, type, options: config }),
    ),
  )
}

const NOTION = notion(
  ['Name', 'title'],
  ['Status', 'select', options('Open', 'Archived')],
  ['Notes', 'rich_text'],
  ['Points', 'number', { format: 'number' }],
  ['Done', 'checkbox'],
  ['Owner', 'people'],
  ['Total', 'formula', { expression: '' }],
  ['Press', 'button'],
  ['$cost', 'number', { format: 'number' }],
)
const AIRTABLE = airtable(
  ['Title', 'singleLineText'],
  ['Status', 'singleSelect', choices('Open', 'Archived')],
  ['Notes', 'multilineText'],
  ['Points', 'number', { precision: 0 }],
  ['Done', 'checkbox'],
  ['Assignee', 'singleLineText'],
  ['Score', 'formula', { isValid: true, result: { type: 'number', options: { precision: 0 } } }],
  ['Press', 'button'],
  ['Page ID', 'singleLineText'],
  ['Last Synced', 'dateTime', DATE_TIME],
  ['Changed', 'lastModifiedTime', { result: { type: 'dateTime', options: DATE_TIME } }],
)

const mapping = (lines: string[], more: string[] = [], table: string[] = []): string =>
  [
    'version: 1',
    'syncs:',
    '  specs:',
    '    notion: { database: 0123456789abcdef0123456789abcdef }',
    '    airtable:',
    '      base: appAAAAAAAAAAAAAA',
    '      table: Tracker',
    ...(table.some(line => line.startsWith('page_id_field')) ? [] : ['      page_id_field: Page ID']),
    ...table.map(line => `      ${line}`),
    ...more.map(line => `    ${line}`),
    '    fields:',
    ...lines.map(line => `      - ${line}`),
    '',
  ].join('\n')

type Schemas = { notion?: SchemaColumn[]; airtable?: SchemaColumn[]; learned?: Learned[]; ownFields?: OwnFields }

function bound(text: string, schemas: Schemas = {}): Bound {
  const { mappings, place } = loadMappings(text, FILE, {})
  const config = mappings.syncs.specs
  if (config === undefined) throw new Error('the text has no sync called specs')
  const columns = { notion: schemas.notion ?? NOTION, airtable: schemas.airtable ?? AIRTABLE }
  const at = (path: readonly (string | number)[], key?: boolean) => place(path, key)
  return bind({
    name: 'specs',
    config,
    place: at,
    columns,
    learned: schemas.learned ?? [],
    ownFields: schemas.ownFields ?? {},
    linked: () => null,
  })
}

function complaintsOf(text: string, schemas: Schemas = {}): readonly Complaint[] {
  try {
    bound(text, schemas)
  } catch (error) {
    if (error instanceof UserError) return error.complaints
    throw error
  }
  return []
}

function only(text: string, schemas?: Schemas): Complaint {
  const complaints = complaintsOf(text, schemas)
  expect(complaints.map(complaint => complaint.message)).toHaveLength(1)
  return complaints[0] ?? { message: '' }
}

function placeOf(text: string, piece: string): Place {
  expect(text).toContain(piece)
  const before = text.slice(0, text.indexOf(piece)).split('\n')
  return { file: FILE, line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

function byName(columns: SchemaColumn[], name: string): SchemaColumn {
  const found = columns.find(each => each.name === name)
  if (found === undefined) throw new Error(`no column ${name}`)
  return found
}

const TITLE = '{ notion: Name, airtable: Title }'
/** A column as the state remembers it, with the type that it has in the schemas above. */
const typed = (columns: SchemaColumn[], [name, id]: [string, string]) => ({
  name,
  id,
  type: columns.find(each => each.id === id)?.type ?? '',
})
const learned = (key: string, from: [string, string], to: [string, string]): Learned => ({
  key,
  notion: typed(NOTION, from),
  airtable: typed(AIRTABLE, to),
})

describe('names and IDs', () => {
  it('a column is found by its name or its ID, on either side', () => {
    const byName = bound(mapping([TITLE, '{ notion: Notes, airtable: Notes }'])).settings.fields
    const byId = bound(mapping(['{ notion: title, airtable: fldTitle }', '{ notion: p_Notes, airtable: fldNotes }']))
    expect(byId.settings.fields.map(field => [field.notion.id, field.airtable.id])).toEqual(
      byName.map(field => [field.notion.id, field.airtable.id]),
    )
    expect(byId.warnings.filter(warning => warning.message.includes('is called'))).toEqual([])
  })

  it('one that is not there is named at its place, with the nearest that is; both of a line, and every line', () => {
    const text = mapping(['{ notion: Nmae, airtable: Titel }', '{ notion: Notes, airtable: Nots }'])
    const complaints = complaintsOf(text)
    expect(complaints.map(complaint => complaint.place)).toEqual([
      placeOf(text, 'Nmae'),
      placeOf(text, 'Titel'),
      placeOf(text, 'Nots'),
    ])
    expect(complaints[0]?.message).toMatch(/Notion.*"Nmae".*"Name"/)
    expect(complaints[1]?.message).toMatch(/Airtable.*"Titel".*"Title"/)
    expect(complaints[2]?.message).toMatch(/Airtable.*"Nots".*"Notes"/)
  })

  it('names are compared letter by letter: another case is another name, and the nearest is told', () => {
    expect(only(mapping(['{ notion: name, airtable: Title }'])).message).toContain('"Name"')
  })

  it.each(['__proto__', 'constructor', 'toString'])('a column called %s is looked for like any other', name => {
    expect(only(mapping([`{ notion: ${name}, airtable: Title }`])).message).toContain(`"${name}"`)
    const there = [...NOTION, ...notion([name, 'rich_text']).slice(0, 1)]
    expect(bound(mapping([`{ notion: ${name}, airtable: Title }`]), { notion: there }).settings.fields).toHaveLength(1)
  })

  it('a column that is mapped once by its name and once by its ID is mapped twice', () => {
    for (const [line, piece] of [
      ['{ notion: p_Notes, airtable: Points }', 'p_Notes'],
      ['{ notion: Points, airtable: fldNotes }', 'fldNotes'],
    ] as const) {
      const text = mapping(['{ notion: Notes, airtable: Notes }', line])
      const { message, place } = only(text)
      expect(message).toMatch(/twice/)
      expect(place?.line).toBe(placeOf(text, piece).line)
    }
  })
})

describe('attributes of the page and the row', () => {
  it('$url, $id, $record_id and the like are owned by their side', () => {
    const { fields } = bound(
      mapping(['{ notion: $url, airtable: Notes }', '{ notion: Notes, airtable: $record_id }']),
    ).settings
    expect(fields.map(field => [field.notion.id, field.airtable.id, field.owner])).toEqual([
      ['$url', 'fldNotes', 'notion'],
      ['p_Notes', '$record_id', 'airtable'],
    ])
  })

  it.each([
    ['{ notion: $url, airtable: Notes, owner: both }', 'both', 'notion'],
    ['{ notion: $url, airtable: Notes, owner: airtable }', 'airtable }', 'notion'],
    ['{ notion: Notes, airtable: $record_id, owner: notion }', 'notion }', 'airtable'],
  ])('%s is an error at the owner', (line, piece, right) => {
    const text = mapping([line])
    const { message, place } = only(text)
    expect(message).toContain(right)
    expect(place).toEqual(placeOf(text, piece))
  })

  it('a real name that begins with a dollar sign is written with two', () => {
    expect(bound(mapping(['{ notion: $$cost, airtable: Points }'])).settings.fields[0]?.notion.name).toBe('$cost')
  })

  it('with one dollar sign the attribute is meant and with two the real column, also where both are called alike', () => {
    const both = [...notion(['$url', 'url']).slice(0, 1), ...NOTION]
    const lines = ['{ notion: $url, airtable: Notes }', '{ notion: $$url, airtable: Assignee }']
    const { fields } = bound(mapping(lines), { notion: both }).settings
    expect(fields.map(field => field.notion.id)).toEqual(['$url', 'p_url'])
  })

  it('two dollar signs never mean the attribute', () => {
    expect(only(mapping(['{ notion: $$url, airtable: Notes }'])).message).toContain('"$url"')
  })

  it('an attribute that there is not is told with the nearest', () => {
    const { message } = only(mapping(['{ notion: $ulr, airtable: Notes }']))
    expect(message).toContain('"$ulr"')
    expect(message).toContain('"$url"')
  })

  it('neither an attribute of the page on the side of the row', () => {
    expect(complaintsOf(mapping(['{ notion: Notes, airtable: $url }']))).toHaveLength(1)
    expect(complaintsOf(mapping(['{ notion: $record_id, airtable: Notes }']))).toHaveLength(1)
  })
})

describe('owners', () => {
  it('both sides own a field unless the line or a computed side says otherwise', () => {
    const { fields } = bound(
      mapping([
        TITLE,
        '{ notion: Notes, airtable: Notes, owner: airtable }',
        '{ notion: Total, airtable: Assignee }',
        '{ notion: Points, airtable: Score }',
      ]),
    ).settings
    expect(fields.map(field => field.owner)).toEqual(['both', 'airtable', 'notion', 'airtable'])
  })

  it.each([
    ['{ notion: Total, airtable: Notes, owner: both }', 'both', /formula.*Notion|Notion.*formula/],
    ['{ notion: Total, airtable: Notes, owner: airtable }', 'airtable }', /formula.*Notion|Notion.*formula/],
    ['{ notion: Points, airtable: Score, owner: both }', 'both', /formula.*Airtable|Airtable.*formula/],
    ['{ notion: Points, airtable: Score, owner: notion }', 'notion }', /formula.*Airtable|Airtable.*formula/],
  ])('a formula cannot be the target: %s', (line, piece, words) => {
    const text = mapping([line])
    const { message, place } = only(text)
    expect(message).toMatch(words)
    expect(place).toEqual(placeOf(text, piece))
  })

  it('two computed columns cannot be mapped to each other', () => {
    const { message } = only(mapping(['{ notion: Total, airtable: Score }']))
    expect(message).toContain('"Total"')
    expect(message).toContain('"Score"')
  })

  it('a type that cannot be mapped is named', () => {
    expect(only(mapping(['{ notion: Press, airtable: Notes }'])).message).toMatch(/"Press".*button/)
    expect(only(mapping(['{ notion: Notes, airtable: Press }'])).message).toMatch(/"Press".*button/)
  })

  it('two types that cannot be written into each other are told, whoever owns the line', () => {
    const text = mapping(['{ notion: Done, airtable: Points }'])
    const { message, place } = only(text)
    expect(message).toContain('"Done"')
    expect(message).toContain('"Points"')
    expect(place?.line).toBe(placeOf(text, 'Done').line)
    expect(complaintsOf(mapping(['{ notion: Done, airtable: Points, owner: notion }']))).toHaveLength(1)
    expect(complaintsOf(mapping(['{ notion: Done, airtable: Points, owner: airtable }']))).toHaveLength(1)
  })
})

describe('what a line leaves out', () => {
  it('its conflict rule is the sync’s, and newest where that has none', () => {
    const lines = [TITLE, '{ notion: Notes, airtable: Notes, conflict: ask }']
    const rules = (text: string) => bound(text).settings.fields.map(field => field.conflict)
    expect(rules(mapping(lines))).toEqual(['newest', 'ask'])
    expect(rules(mapping(lines, ['conflict: airtable']))).toEqual(['airtable', 'ask'])
  })

  it('a sync makes twins in Airtable, archives rows of deleted pages and restores deleted rows', () => {
    const { create, whenDeleted } = bound(mapping([TITLE])).settings
    expect({ create, whenDeleted }).toEqual({ create: 'airtable', whenDeleted: { page: 'archive', row: 'restore' } })
  })

  it('people are written by name', () => {
    const lines = ['{ notion: Owner, airtable: Assignee }', '{ notion: Notes, airtable: Notes, people: email }']
    expect(bound(mapping(lines)).settings.fields.map(field => field.people)).toEqual(['name', 'email'])
  })
})

describe('match', () => {
  const lines = [TITLE, '{ notion: Notes, airtable: Assignee }']

  it('is the title’s line unless it is named, by either name', () => {
    const match = (more: string[]) => bound(mapping(lines, more)).settings.match
    expect(match([])).toBe('Name')
    expect(match(['match: Notes'])).toBe('Notes')
    expect(match(['match: Assignee'])).toBe('Notes')
  })

  it('is nothing where the title is not mapped', () => {
    expect(bound(mapping(['{ notion: Notes, airtable: Notes }'])).settings.match).toBeNull()
  })

  it('of a field that is not mapped is an error with the nearest', () => {
    const text = mapping(lines, ['match: Notse'])
    const { message, place } = only(text)
    expect(message).toMatch(/"Notse".*"Notes"/)
    expect(place).toEqual(placeOf(text, 'Notse'))
  })

  it('stays what it was when both columns are renamed', () => {
    const { settings } = bound(mapping(lines, ['match: Notes']), {
      notion: NOTION.map(each => (each.name === 'Notes' ? { ...each, name: 'Remarks' } : each)),
      airtable: AIRTABLE.map(each => (each.name === 'Assignee' ? { ...each, name: 'Who' } : each)),
      learned: [learned('Notes', ['Notes', 'p_Notes'], ['Assignee', 'fldAssignee'])],
    })
    expect(settings.match).toBe('Notes')
  })
})

describe('the fields that the sync keeps for itself', () => {
  it('page_id_field and last_synced_field are found by name or ID', () => {
    const byId = bound(mapping([TITLE], [], ['page_id_field: fldPageID', 'last_synced_field: fldLastSynced']))
    expect([byId.pageIdField.name, byId.lastSyncedField?.name]).toEqual(['Page ID', 'Last Synced'])
    expect(bound(mapping([TITLE])).lastSyncedField).toBeNull()
  })

  it.each([
    ['page_id_field: Page Id', /"Page Id".*"Page ID"/],
    ['page_id_field: Notion ID', /no field "Notion ID"\. Add one of type Single line text and hide it, or name yours/],
    ['page_id_field: Statuss', /no field "Statuss"\. Add one/],
    ['page_id_field: Points', /"Points".*number/],
    ['page_id_field: Score', /"Score".*formula/],
    ['page_id_field: Status', /"Status".*singleSelect/],
    ['last_synced_field: Last Sync', /"Last Sync".*"Last Synced"/],
    ['last_synced_field: Touched', /no field "Touched"\. Add one of type Date that includes the time, or name yours/],
    ['last_synced_field: Notes', /"Notes".*multilineText/],
    ['last_synced_field: Changed', /"Changed".*lastModifiedTime/],
  ])('%s is an error at its place', (line, words) => {
    const text = mapping([TITLE], [], [line])
    const { message, place } = only(text)
    expect(message).toMatch(words)
    expect(place).toEqual(placeOf(text, line.slice(line.indexOf(': ') + 2)))
  })

  it('a line cannot map the page_id_field, and is told at its own place whatever is wrong before it', () => {
    const line = '{ notion: Notes, airtable: Page ID }'
    const text = mapping([TITLE, line])
    expect(only(text).message).toMatch(/page_id_field/)
    expect(only(text).place?.line).toBe(placeOf(text, line).line)
    const broken = mapping(['{ notion: Nmae, airtable: Title }', line])
    expect(complaintsOf(broken).map(complaint => complaint.place?.line)).toEqual([
      placeOf(broken, 'Nmae').line,
      placeOf(broken, line).line,
    ])
  })

  it('a line cannot map the last_synced_field, which each write to the row sets', () => {
    const line = '{ notion: Notes, airtable: Last Synced, owner: notion }'
    const text = mapping([TITLE, line], [], ['last_synced_field: Last Synced'])
    expect(only(text).message).toMatch(/last_synced_field|Last Synced/)
    expect(only(text).place?.line).toBe(placeOf(text, line).line)
  })
})

describe('what archiving writes', () => {
  const lines = [TITLE, '{ notion: Status, airtable: Status }', '{ notion: Notes, airtable: Assignee }']
  const said = (bind: Bound) => bind.warnings.map(warning => warning.message)

  it('is Status = Archived where Status is mapped, in the option’s own spelling', () => {
    expect(bound(mapping(lines)).settings.archive.airtable).toEqual({ Status: 'Archived' })
    const [lowerStatus] = airtable(['Status', 'singleSelect', choices('open', 'archived')])
    const lower = AIRTABLE.map(each => (each.name === 'Status' && lowerStatus ? lowerStatus : each))
    expect(bound(mapping(lines), { airtable: lower }).settings.archive.airtable).toEqual({ Status: 'archived' })
  })

  it('is nothing where no Status is mapped: that means keep, and says so, once', () => {
    const bind = bound(mapping([TITLE]))
    expect(bind.settings.archive.airtable).toEqual({})
    expect(said(bind)).toHaveLength(1)
    expect(said(bind)[0]).toMatch(/kept/)
    expect(said(bind)[0]).toMatch(/Status/)
  })

  it('nor where Status has no option Archived and cannot get one, as a status of Notion', () => {
    const [status] = notion(['Status', 'status', options('Open', 'Done')])
    const closed = NOTION.map(each => (each.name === 'Status' && status ? status : each))
    const bind = bound(mapping(lines, ['when_deleted: { page: keep, row: archive }']), { notion: closed })
    expect(bind.settings.archive.notion).toEqual({})
    expect(said(bind)[0]).toMatch(/kept/)
  })

  it('nothing is said where nothing would be archived', () => {
    expect(said(bound(mapping([TITLE], ['when_deleted: { page: delete }'])))).toEqual([])
    expect(said(bound(mapping([TITLE], ['when_deleted: { page: keep, row: trash }'])))).toEqual([])
  })

  it('on the side of Notion it counts where deleted rows archive their pages', () => {
    const { archive } = bound(mapping(lines, ['when_deleted: { page: keep, row: archive }'])).settings
    expect(archive).toEqual({ notion: { Status: 'Archived' }, airtable: {} })
  })

  it('is what the config says, by the names of each side', () => {
    const written = 'archive: { airtable: { Status: Done, Assignee: nobody }, notion: { Notes: gone } }'
    const { archive } = bound(mapping(lines, [written])).settings
    expect(archive).toEqual({ airtable: { Status: 'Done', Notes: 'nobody' }, notion: { Notes: 'gone' } })
  })

  it('to empty a field is written as empty, however that is spelled', () => {
    const written = 'archive: { airtable: { Assignee: "" }, notion: { Notes: "  gone " } }'
    expect(bound(mapping(lines, [written])).settings.archive.airtable).toEqual({ Notes: null })
    expect(bound(mapping(lines, [written])).settings.archive.notion).toEqual({ Notes: 'gone' })
  })

  it.each([
    ['archive: { airtable: { Statsu: Archived } }', 'Statsu', /"Statsu".*"Status"/],
    ['archive: { airtable: { Points: 0 } }', 'Points', /mapped.*"Points"/],
    ['archive: { notion: { Assignee: x } }', 'Assignee', /mapped.*"Assignee"/],
  ])('%s is an error at the key', (line, key, words) => {
    const text = mapping(lines, [line])
    const { message, place } = only(text)
    expect(message).toMatch(words)
    expect(place).toEqual(placeOf(text, key))
  })

  it('cannot write what a service computes', () => {
    const text = mapping([TITLE, '{ notion: Points, airtable: Score }'], ['archive: { airtable: { Score: 0 } }'])
    expect(only(text).message).toMatch(/"Score".*computed/)
  })

  it('follows a renamed field like every other line does', () => {
    const bind = bound(mapping(lines, ['archive: { airtable: { Status: Archived } }']), {
      airtable: AIRTABLE.map(each => (each.name === 'Status' ? { ...each, name: 'Stage' } : each)),
      learned: [learned('Status', ['Status', 'p_Status'], ['Status', 'fldStatus'])],
    })
    expect(bind.settings.archive.airtable).toEqual({ Status: 'Archived' })
  })
})

describe('renames', () => {
  const lines = [TITLE, '{ notion: Notes, airtable: Assignee }']
  const known = [
    learned('Name', ['Name', 'title'], ['Title', 'fldTitle']),
    learned('Notes', ['Notes', 'p_Notes'], ['Assignee', 'fldAssignee']),
  ]
  const renamed = (columns: SchemaColumn[], from: string, to: string) =>
    columns.map(each => (each.name === from ? { ...each, name: to } : each))

  it('a renamed column is followed by its ID, with a warning at its line that names both', () => {
    const text = mapping(lines)
    const inNotion = bound(text, { notion: renamed(NOTION, 'Notes', 'Remarks'), learned: known })
    expect(inNotion.settings.fields[1]?.notion).toMatchObject({ id: 'p_Notes', name: 'Remarks' })
    const ofField = inNotion.warnings.filter(warning => warning.message.includes('Remarks'))
    expect(ofField).toHaveLength(1)
    expect(ofField[0]?.message).toContain('"Notes"')
    expect(ofField[0]?.place).toEqual(placeOf(text, 'Notes'))
    const inAirtable = bound(text, { airtable: renamed(AIRTABLE, 'Assignee', 'Who'), learned: known })
    expect(inAirtable.settings.fields[1]?.airtable).toMatchObject({ id: 'fldAssignee', name: 'Who' })
    expect(inAirtable.warnings.some(warning => warning.place?.line === placeOf(text, 'Assignee').line)).toBe(true)
  })

  it('also where another column has taken the old name', () => {
    const swapped = [...renamed(NOTION, 'Notes', 'Remarks'), { ...byName(NOTION, 'Notes'), id: 'p_new' }]
    expect(bound(mapping(lines), { notion: swapped, learned: known }).settings.fields[1]?.notion.id).toBe('p_Notes')
  })

  it('once the config has the new name, nothing is said, and the line keeps its key in the state', () => {
    const text = mapping([TITLE, '{ notion: Remarks, airtable: Assignee }'], ['when_deleted: { page: keep }'])
    const bind = bound(text, { notion: renamed(NOTION, 'Notes', 'Remarks'), learned: known })
    expect(bind.warnings).toEqual([])
    expect(bind.settings.fields.map(field => field.key)).toEqual(['Name', 'Notes'])
  })

  it('the fields that the sync keeps for itself are followed too', () => {
    const text = mapping(lines, [], ['last_synced_field: Last Synced'])
    const before = bound(text)
    const moved = renamed(renamed(AIRTABLE, 'Page ID', 'Notion Page'), 'Last Synced', 'Stamp')
    const { learned: all, ownFields } = before
    const after = bound(text, { airtable: moved, learned: [...all], ownFields })
    expect([after.pageIdField.id, after.lastSyncedField?.id]).toEqual(['fldPageID', 'fldLastSynced'])
    expect(after.warnings.filter(warning => /"Notion Page"|"Stamp"/.test(warning.message))).toHaveLength(2)
  })

  it('one that is gone is an error that says so', () => {
    const gone = NOTION.filter(each => each.name !== 'Notes')
    const text = mapping(lines)
    const { message, place } = only(text, { notion: gone, learned: known })
    expect(message).toContain('"Notes"')
    expect(message).toMatch(/any more\. Bring it back \(undo in Notion\), or take the line out/)
    expect(place).toEqual(placeOf(text, 'Notes'))
  })

  it('two lines that once had one name get keys of their own', () => {
    const text = mapping([TITLE, '{ notion: Notes, airtable: Notes }'])
    const bind = bound(text, { learned: known })
    expect(new Set(bind.settings.fields.map(field => field.key)).size).toBe(2)
    expect(bind.settings.fields[1]?.key).not.toBe('Notes')
  })
})

describe('all at once', () => {
  it('every kind of mistake in one sync is told in one go', () => {
    const text = mapping(
      [
        '{ notion: Nmae, airtable: Title }',
        '{ notion: Total, airtable: Notes, owner: both }',
        '{ notion: Press, airtable: Points }',
        '{ notion: Done, airtable: Score }',
      ],
      ['match: Nonsense here', 'archive: { airtable: { Statsu: Archived } }'],
      ['page_id_field: Points', 'last_synced_field: Notes'],
    )
    const lines = complaintsOf(text).map(complaint => complaint.place?.line ?? 0)
    const wanted = [
      ...['Nmae', 'Total', 'Press', 'Done', 'Nonsense', 'Statsu'],
      ...['page_id_field', 'last_synced_field'],
    ].map(piece => placeOf(text, piece).line)
    expect(lines.sort((a, b) => a - b)).toEqual(wanted.sort((a, b) => a - b))
  })
})

describe('values', () => {
  const text = (line: string) => mapping([TITLE, line])

  it.each([
    ['two texts', '{ notion: Notes, airtable: Notes, values: { A: B } }'],
    ['two numbers', '{ notion: Points, airtable: Points, values: { One: Two } }'],
  ])('has no effect between %s, and is refused at its line', (_, line) => {
    const { message, place } = only(text(line))
    expect(message).toMatch(/"values" has no effect here.*options/)
    expect(place).toEqual(placeOf(text(line), line.slice(line.indexOf('{ ', 1))))
  })

  it.each([
    ['two selects', '{ notion: Status, airtable: Status, values: { Open: Archived } }'],
    ['a select and a text', '{ notion: Status, airtable: Notes, values: { Open: Offen } }'],
    ['a text and a select', '{ notion: Notes, airtable: Status, values: { Offen: Open } }'],
  ])('is taken between %s', (_, line) => {
    expect(complaintsOf(text(line))).toEqual([])
  })
})
