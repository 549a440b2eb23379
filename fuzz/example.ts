/**
 * What the fuzzer plays with: one small database and one small table with a column of each kind that people edit, the
 * mappings that are tried on them, and the one spelling in which the fuzzer compares values.
 */
import type { AirtableSeed } from '../emulators/airtable/index.ts'
import type { NotionSeed, SeedValue } from '../emulators/notion/index.ts'

export type Side = 'notion' | 'airtable'
export const SIDES: readonly Side[] = ['notion', 'airtable']
export const other = (side: Side): Side => (side === 'notion' ? 'airtable' : 'notion')

type Kind = 'line' | 'lines' | 'option' | 'number' | 'tick' | 'tags' | 'day'
type Column = { readonly airtable: string; readonly kind: Kind }

export const FIELDS = {
  Name: { airtable: 'Spec Name', kind: 'line' },
  Status: { airtable: 'Status', kind: 'option' },
  Priority: { airtable: 'Priority', kind: 'option' },
  Sprint: { airtable: 'Sprint', kind: 'line' },
  Blockers: { airtable: 'Blockers', kind: 'lines' },
  Points: { airtable: 'Points', kind: 'number' },
  Done: { airtable: 'Done', kind: 'tick' },
  Tags: { airtable: 'Tags', kind: 'tags' },
  'Ship Date': { airtable: 'Ship Date', kind: 'day' },
} as const satisfies Record<string, Column>
export type Key = keyof typeof FIELDS
export const KEYS = Object.keys(FIELDS) as Key[]

export const PAGE_ID = 'Notion Page ID'
const STATUSES = ['Planned', 'Shipped', 'Draft', 'Archived'] as const
const PRIORITIES = ['P0', 'P1', 'P2'] as const
const TAGS = ['red', 'green', 'blue']

/** Texts that hold this are refused by both services. */
export const REFUSED = 'nope'

/** A value in the one spelling in which what both columns can carry is equal; null where it is empty. */
export function normal(key: Key, value: unknown): string | null {
  if (value === null || value === undefined || value === '' || value === false) return null
  switch (FIELDS[key].kind) {
    case 'line':
      return (
        String(value)
          .trim()
          .replace(/\s*\n\s*/g, ' ') || null
      )
    case 'lines':
      return String(value).trim() || null
    case 'option':
      return String(value).toLowerCase()
    case 'number':
      return Number(value).toFixed(1)
    case 'tick':
      return 'ticked'
    case 'tags':
      return Array.isArray(value) && value.length > 0
        ? value
            .map(tag => String(tag).toLowerCase())
            .sort()
            .join(',')
        : null
    case 'day':
      return String(value).slice(0, 10)
  }
}

/** The same, but with all that the column itself holds: the breaks of a line, the decimals of a number. */
export function exact(key: Key, value: unknown): string | null {
  const { kind } = FIELDS[key]
  if (normal(key, value) === null) return null
  if (kind === 'line' || kind === 'lines') return String(value).trim()
  return kind === 'number' ? String(value) : normal(key, value)
}

/**
 * What a person types: `n` makes it unlike everything that was typed before, where the column can hold such a thing, and
 * `way` chooses among spellings that mean the same to both sides, options that exist, and texts that are refused.
 */
export function typed(key: Key, side: Side, n: number, way: number): SeedValue {
  const word = `w${n}x`
  switch (FIELDS[key].kind) {
    case 'line':
      if (way === 1) return ` ${word} `
      if (way === 2 && side === 'notion') return `${word}\nmore`
      return way === 3 && key !== 'Name' ? `${REFUSED} ${word}` : word
    case 'lines':
      if (way === 1) return `${word}\n`
      if (way === 2) return `${word}\n\nmore`
      return way === 3 ? `${REFUSED} ${word}` : word
    case 'option': {
      const names = key === 'Status' ? STATUSES : PRIORITIES
      return way === 0 && key === 'Priority' ? word : (names[n % names.length] ?? word)
    }
    case 'number':
      // The table keeps one decimal.
      return side === 'notion' ? n + 0.24 : n + 0.2
    case 'tick':
      return true
    case 'tags': {
      const names = [TAGS[n % 3] ?? '', TAGS[(n + 1) % 3] ?? '', ...(way === 0 ? [word] : [])]
      return way === 1 ? names.reverse() : names
    }
    case 'day':
      return `2027-0${1 + (n % 9)}-1${n % 10}`
  }
}

/** `rules` of a history: a mapping, and what the checks must know of it. */
export type Rules = {
  readonly owner: Partial<Record<Key, Side>>
  readonly conflict: Partial<Record<Key, 'notion' | 'airtable' | 'ask'>>
  /** Default of the sync. */
  readonly otherwise: 'newest' | 'ask'
  /** Whether the filter hides pages whose Status is Draft, and rows whose Status is Shipped. */
  readonly filter: boolean
  readonly rowFilter?: true
  readonly create: 'airtable' | 'both' | 'none'
  readonly page: 'archive' | 'delete' | 'keep'
  readonly row: 'restore' | 'trash' | 'archive'
  readonly maxDeletions: number
}

export const RULES: readonly Rules[] = [
  {
    owner: { Name: 'notion', Sprint: 'airtable', Blockers: 'airtable', 'Ship Date': 'airtable' },
    conflict: { Status: 'airtable', Priority: 'notion' },
    otherwise: 'newest',
    filter: true,
    create: 'airtable',
    page: 'archive',
    row: 'restore',
    maxDeletions: 10,
  },
  {
    owner: {},
    conflict: {},
    otherwise: 'ask',
    filter: false,
    create: 'both',
    page: 'archive',
    row: 'archive',
    maxDeletions: 10,
  },
  {
    owner: { Points: 'notion', Tags: 'airtable' },
    conflict: { Sprint: 'notion', Done: 'airtable' },
    otherwise: 'newest',
    filter: false,
    rowFilter: true,
    create: 'both',
    page: 'delete',
    row: 'trash',
    maxDeletions: 1,
  },
  {
    owner: {},
    conflict: { Status: 'notion', Sprint: 'ask', Blockers: 'airtable' },
    otherwise: 'newest',
    filter: true,
    create: 'both',
    page: 'delete',
    row: 'restore',
    maxDeletions: 0,
  },
]

/** The mapping as a person would write it. */
export function mappingOf(rules: Rules): string {
  const lines = KEYS.map(key => {
    const owner = rules.owner[key] === undefined ? '' : `, owner: ${rules.owner[key]}`
    const conflict = rules.conflict[key] === undefined ? '' : `, conflict: ${rules.conflict[key]}`
    return `      - { notion: ${key}, airtable: ${FIELDS[key].airtable}${owner}${conflict} }`
  })
  const filter = rules.filter ? '\n      filter: { property: Status, select: { does_not_equal: Draft } }' : ''
  const rowFilter = rules.rowFilter ? `\n      filter: "NOT({Status} = 'Shipped')"` : ''
  return `version: 1
syncs:
  specs:
    notion:
      database: \${NOTION_DATABASE_ID}${filter}
    airtable:
      base: \${AIRTABLE_BASE_ID}
      table: Delivery Tracker
      page_id_field: ${PAGE_ID}
      last_synced_field: Last Synced${rowFilter}
    match: Name
    create: ${rules.create}
    when_deleted: { page: ${rules.page}, row: ${rules.row} }
    archive: { airtable: { Status: Archived }, notion: { Status: Archived } }
    conflict: ${rules.otherwise}
    guards: { max_deletions: ${rules.maxDeletions} }
    fields:
${lines.join('\n')}
      - { notion: $url, airtable: Notion URL, owner: notion }
`
}

export const notionSeed = (): NotionSeed => ({
  token: 'ntn_example',
  users: [{ name: 'Ada Lovelace', email: 'ada@example.com' }],
  databases: [
    {
      title: 'Specs',
      properties: {
        Name: { type: 'title' },
        Status: { type: 'select', options: [...STATUSES] },
        Priority: { type: 'select', options: [...PRIORITIES] },
        Sprint: { type: 'rich_text' },
        Blockers: { type: 'rich_text' },
        Points: { type: 'number' },
        Done: { type: 'checkbox' },
        Tags: { type: 'multi_select', options: TAGS },
        'Ship Date': { type: 'date' },
      },
      pages: ['Search', 'Billing', 'Import'].map((title, index) => ({
        created: new Date(Date.UTC(2026, 9, 1, 9, index)).toISOString(),
        properties: {
          Name: title,
          Status: 'Planned',
          Priority: PRIORITIES[index] ?? null,
          Sprint: `S${index}`,
          Points: index,
          Done: index === 0,
          Tags: ['red'],
        },
      })),
    },
    { title: 'Elsewhere', properties: { Name: { type: 'title' } } },
  ],
})

export const airtableSeed = (): AirtableSeed => ({
  token: 'pat_example',
  users: [
    { name: 'Sync Bot', email: 'sync@example.com' },
    { name: 'Olga Ops', email: 'olga@example.com' },
  ],
  bases: [
    {
      name: 'Delivery',
      tables: [
        {
          name: 'Delivery Tracker',
          fields: [
            { name: 'Spec Name', type: 'singleLineText' },
            { name: 'Status', type: 'singleSelect', choices: [...STATUSES] },
            { name: 'Priority', type: 'singleSelect', choices: [...PRIORITIES] },
            { name: 'Sprint', type: 'singleLineText' },
            { name: 'Blockers', type: 'multilineText' },
            { name: 'Points', type: 'number', options: { precision: 1 } },
            { name: 'Done', type: 'checkbox', options: { icon: 'check', color: 'greenBright' } },
            { name: 'Tags', type: 'multipleSelects', choices: TAGS },
            { name: 'Ship Date', type: 'date', options: { dateFormat: { name: 'iso', format: 'YYYY-MM-DD' } } },
            { name: 'Notion URL', type: 'url' },
            { name: PAGE_ID, type: 'singleLineText' },
            {
              name: 'Last Synced',
              type: 'dateTime',
              options: {
                dateFormat: { name: 'iso', format: 'YYYY-MM-DD' },
                timeFormat: { name: '24hour', format: 'HH:mm' },
                timeZone: 'utc',
              },
            },
          ],
        },
      ],
    },
  ],
})
