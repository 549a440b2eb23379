/**
 * Values as people and other programs leave them in either service, the nasty ones first: in the shape in which the
 * service takes them by hand. What a column is likely to hold depends on what the other side of its line is.
 */
import fc from 'fast-check'
import { type Line, OPTIONS, topOf } from './lines.ts'
import { AIRTABLE_USERS, BOT, NOTION_USERS, TARGET_PAGES, TARGET_ROWS } from './world.ts'

const SEED = 20260302

/** Values for a column, one for each record; lines of a kind draw from one pool, each from a place of its own. */
export function sampled(side: 'notion' | 'airtable', line: Line, index: number, count: number): readonly unknown[] {
  const make = side === 'notion' ? inNotion : inAirtable
  const across = kindOf(side === 'notion' ? line.airtable : line.notion)
  const type = line[side]
  const key = [side, type, across, type === 'rating' ? topOf(line) : ''].join(' ')
  const pool = pools.get(key) ?? fc.sample(make(type, across, line), { numRuns: count, seed: SEED })
  pools.set(key, pool)
  return pool.map((_, at) => pool[(at + index * 37) % pool.length])
}
const pools = new Map<string, readonly unknown[]>()

type Kind = 'text' | 'marks' | 'number' | 'tick' | 'options' | 'date' | 'people' | 'links' | 'files'
const KINDS: Readonly<Record<string, Kind>> = {
  rich_text: 'marks',
  richText: 'marks',
  number: 'number',
  currency: 'number',
  percent: 'number',
  rating: 'number',
  duration: 'number',
  checkbox: 'tick',
  select: 'options',
  status: 'options',
  multi_select: 'options',
  singleSelect: 'options',
  multipleSelects: 'options',
  date: 'date',
  dateTime: 'date',
  people: 'people',
  singleCollaborator: 'people',
  multipleCollaborators: 'people',
  relation: 'links',
  multipleRecordLinks: 'links',
  files: 'files',
  multipleAttachments: 'files',
}
const kindOf = (type: string): Kind => KINDS[type] ?? 'text'
const often = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>, times = 9): fc.Arbitrary<T> =>
  fc.oneof({ weight: times, arbitrary: usual }, { weight: 1, arbitrary: rare })

// ── texts ──

const SCRAPS = [
  ['a', 'Wort', 'two words', ' ', '  ', '.', ',', ';', '\u00e4', 'e\u0301', 'A\u030a', '\ufb01', 'ß', 'İ', '\u00a0'],
  [
    '👍',
    '👩‍👩‍👧',
    '𝔘',
    '🇩🇪',
    'x\u0300\u0301\u0302',
    'שלום',
    '\u202eab\u202c',
    '\u200b',
    '\ufeff',
    '\t',
    '\u0000',
    '\u0007',
  ],
  ['**', '*', '_', '__', '~~', '`', '``', '\\', '[', '](', ')', '<', '>', '&amp;', '#', '|', '!', '/', '@', '$', '%s'],
].flat()
const BREAKS = ['\n', '\n\n', '\r\n', ' \n ', '\n- ', '\n* ', '\n1. ', '\n# ', '\n> ', '\u2028', '\n\t']
const phrase = fc
  .array(fc.oneof(fc.constantFrom(...SCRAPS), fc.string({ unit: 'grapheme', maxLength: 6 })), { maxLength: 7 })
  .map(parts => parts.join(''))
const line = often(
  phrase,
  phrase.map(text => `  ${text}\t`),
)
const lines = fc
  .array(fc.tuple(phrase, fc.constantFrom('', ...BREAKS)), { minLength: 1, maxLength: 4 })
  .map(parts => parts.flat().join(''))
/** One character lies across the place where an item of Notion is full. */
const long = fc.integer({ min: 1990, max: 2003 }).map(size => `${'x'.repeat(size)}😀 e\u0301${'yz '.repeat(1400)}.`)

const NUMBERS = [
  '1.5',
  '1,5',
  '1.234567',
  '1e3',
  '0x10',
  '-0',
  'Infinity',
  'NaN',
  ' 7 ',
  '1_000',
  '٣',
  '12abc',
  '3',
  '4',
]
const TICKS = ['Yes', 'no', 'TRUE', 'x', '1', '0', 'checked', 'unchecked', '✓', '☐', 'maybe', 'ja', ' yes ', 'No\n']
const DATES = [
  ['2026-09-15', '2026-09-15T09:00+02:00', '2026-09-15T09:00:30.123Z', '2026-09-15T23:30-11:00', '2026-03-29T02:30'],
  ['2026-09-15/2026-09-20', '2026-09-15T09:00Z/2026-09-15T10:00Z', '2026-09-15/', '/', '2026-09-20/2026-09-15'],
  ['2026-02-30', '2026-13-01', '15.09.2026', 'tomorrow', '0001-01-01', '9999-12-31', '2026-09-15T24:00Z', '2024-02-29'],
  [
    '2026-09-15T23:59:60Z',
    ' 2026-09-15 ',
    '2026-1-1',
    '2026-09-15 09:00',
    '2026-09-15T00:00Z',
    '2026-09-15T00:00+14:00',
  ],
].flat()
const LISTS = [
  [
    'Todo',
    'todo',
    'toDO ',
    'Doing, Done',
    'done; todo',
    'Todo,,Doing',
    ',',
    'New one',
    'new ONE',
    'İSTANBUL',
    'i̇stanbul',
  ],
  [
    'Under way, now',
    'Later',
    'Some day',
    'constructor',
    '__proto__',
    '1',
    '1.0',
    '\u00e9t\u00e9',
    'Todo\nDone',
    '-',
    ' ',
  ],
].flat()
const NAMES = [
  ['Ada Lovelace', 'ADA LOVELACE', 'ada@example.com', 'Ada Lovelace, Bob', 'bob; Ada Lovelace', 'Bob', 'Sam', 'Nobody'],
  [
    'sam@example.com',
    'SAMUEL@example.com',
    'Zoe',
    'zoe@example.com',
    'Hopper, Grace',
    'grace@example.com, Bob',
    ',',
    '@',
  ],
  ['Gus', 'Sync', 'Ada Lovelace, ada@example.com', 'Bob\nZoe', 'Bob,Bob'],
].flat()

/** A text of one or many lines, as it is typed into a column whose other side is of that kind. */
function textFor(across: Kind, many: boolean): fc.Arbitrary<string> {
  const free = many ? often(fc.oneof(line, lines), long, 120) : line
  const likely = { number: NUMBERS, tick: TICKS, options: LISTS, date: DATES, people: NAMES }
  if (across === 'options') return fc.constantFrom(...LISTS, ...OPTIONS)
  if (across === 'number')
    return fc.oneof(
      fc.constantFrom(...NUMBERS),
      double.map(String),
      integer.map(String),
      often(double.map(String), free),
    )
  const words = across in likely ? likely[across as keyof typeof likely] : null
  return words === null ? free : often(fc.constantFrom(...words), free)
}

// ── numbers and dates ──

const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -1000, max: 1000, noNaN: true }),
  fc.integer({ min: -99999, max: 99999 }).map(cents => cents / 100),
  fc.constantFrom(-0, 0.1 + 0.2, 1.005, 2.675, 0.07 * 100, 1e21, 5e-324, 2 ** 53, 1e-7, 0.5, -0.5, 1.45, 99.995),
)
const integer = fc.integer({ min: -10, max: 100 })
const two = (n: number): string => String(n).padStart(2, '0')
const day = fc
  .oneof(
    fc.tuple(fc.integer({ min: 1970, max: 2090 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 })),
    fc.constantFrom(
      [2024, 2, 29],
      [2026, 3, 29],
      [2026, 10, 25],
      [2026, 3, 8],
      [2026, 11, 1],
      [2025, 12, 31],
      [2026, 1, 1],
    ),
  )
  .map(([year = 0, month = 0, date = 0]) => `${year}-${two(month)}-${two(date)}`)
const clock = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 })).map(at => at.map(two).join(':')),
  fc.constantFrom('00:00', '23:59', '02:30', '01:30', '03:00', '12:00:59', '09:00:30.999'),
)
const offset = fc.constantFrom('Z', '+02:00', '-05:00', '+05:45', '-11:00', '+14:00', '+00:00', '')
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
  'Australia/Lord_Howe',
  'UTC',
]
const ordered = (start: string, end: string): { start: string; end: string } =>
  Date.parse(start) <= Date.parse(end) ? { start, end } : { start: end, end: start }
const notionDate = fc.oneof(
  day.map(start => ({ start })),
  fc.tuple(day, clock, offset).map(([on, at, zone]) => ({ start: `${on}T${at}${zone}` })),
  fc.tuple(day, clock, fc.constantFrom(...ZONES)).map(([on, at, time_zone]) => ({ start: `${on}T${at}`, time_zone })),
  fc.tuple(day, day).map(([a, b]) => ordered(a, b)),
  fc
    .tuple(day, day, clock, fc.constantFrom('Z', '+02:00', '-11:00', '+14:00'))
    .map(([a, b, at, zone]) => ordered(`${a}T${at}${zone}`, `${b}T${at}${zone}`)),
)
const moment = fc.tuple(day, clock).map(([on, at]) => `${on}T${at}Z`)

// ── rich text ──

const PLAIN = {}
const STYLES = [
  { bold: true },
  { italic: true },
  { strikethrough: true },
  { code: true },
  { underline: true },
  { color: 'red' },
  { bold: true, italic: true },
  { bold: true, color: 'blue_background' },
  { italic: true, strikethrough: true, underline: true },
]
const LINKS = ['https://example.com', 'https://example.com/a(b)_c?q=1&r=<2>', 'mailto:a@b.c', 'https://exämple.com/ü x']
type Style = { readonly annotations: object; readonly url: string | null }
const style: fc.Arbitrary<Style> = fc.record({
  annotations: fc.oneof(fc.constant(PLAIN), fc.constantFrom(...STYLES)),
  url: often(fc.constant(null), fc.constantFrom(...LINKS), 4),
})
const other = fc.oneof(
  fc.constantFrom('e=mc^2', '\\frac{a}{b}', '*').map(expression => ({ equation: { expression } })),
  fc.constantFrom(...NOTION_USERS, { id: BOT }).map(({ id }) => ({ mention: { user: { id } } })),
  fc.constantFrom(...TARGET_PAGES.slice(0, 4)).map(id => ({ mention: { page: { id } } })),
  fc
    .constantFrom({ start: '2026-09-15' }, { start: '2026-09-15', end: '2026-09-20' })
    .map(date => ({ mention: { date } })),
)

const graphemes = new Intl.Segmenter()
/** A text in pieces that are formatted each in its own way, never cut inside of a character. */
function pieces(text: string, styles: readonly Style[]): object[] {
  const letters = [...graphemes.segment(text)].map(({ segment }) => segment)
  const size = Math.max(1, Math.ceil(letters.length / Math.max(1, styles.length)))
  return Array.from({ length: Math.ceil(letters.length / size) }, (_, index) => {
    const { annotations, url } = styles[index] ?? { annotations: PLAIN, url: null }
    const content = letters.slice(index * size, (index + 1) * size).join('')
    return { text: { content, ...(url === null ? {} : { link: { url } }) }, annotations }
  }).flatMap(piece => (piece.text.content.length <= 2000 ? [piece] : halves(piece)))
}
const halves = <T extends { text: { content: string } }>(piece: T): T[] =>
  (piece.text.content.match(/[\s\S]{1,1000}(?![\uDC00-\uDFFF])/g) ?? []).map(content => ({
    ...piece,
    text: { ...piece.text, content },
  }))
const manyPieces = fc
  .array(fc.tuple(style, fc.constantFrom('a', 'b ', ' c', '😀', '*', '\n')), { minLength: 90, maxLength: 100 })
  .map(parts => parts.flatMap(([each, text]) => pieces(text, [each])))

function richText(across: Kind, many: boolean): fc.Arbitrary<object[]> {
  const styled = fc
    .tuple(textFor(across, many), fc.array(style, { maxLength: 5 }))
    .map(([text, styles]) => pieces(text, styles))
  if (across !== 'text' && across !== 'marks') return styled
  const mixed = fc
    .tuple(styled, fc.array(other, { minLength: 1, maxLength: 2 }), fc.nat(6))
    .map(([items, more, at]) => items.toSpliced(at, 0, ...more))
  return often(fc.oneof(styled, mixed), manyPieces, 60)
}

// ── what is left ──

const MENTION = '<airtable:mention id="menE1i9oBaGX3DseR">@Ada Lovelace</airtable:mention>'
const withMention = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, text).map(([before, after]) => `${before}${MENTION}${after}`)
const MARKDOWN = [
  [
    '**bold** ',
    '_italic_',
    '*too*',
    '***both***',
    '~~gone~~',
    '`code`',
    '``a ` b``',
    '[link](https://example.com)',
    ' ',
  ],
  [
    '[**b** x](<https://a.b/c d>)',
    '**a*b**c*',
    '\\*no\\*',
    '* item\n',
    '- item\n',
    '1. one\n',
    '# Title\n',
    '> quote\n',
    '\n\n',
  ],
  [
    '[x]',
    '[ ] todo\n',
    '[x] done\n',
    '```\ncode\n```\n',
    '<b>html</b>',
    '&lt;',
    'https://example.com',
    '\u00e9',
    'a',
    '"',
    '“b”',
  ],
].flat()
const markdown = fc.oneof(
  fc.array(fc.constantFrom(...MARKDOWN), { minLength: 1, maxLength: 6 }).map(parts => parts.join('')),
  lines,
)
/** More pieces than Notion holds, once it is formatted. */
const manyMarks = fc.integer({ min: 45, max: 60 }).map(n => '**a** b '.repeat(n))

const FILES = [
  'a.pdf',
  'b.png',
  'ä\u0308 \u00fc.txt',
  'a.pdf',
  'no extension',
  ' spaces .doc',
  `${'long '.repeat(18)}.gif`,
]
const fileList = fc.array(fc.constantFrom(...FILES), { minLength: 1, maxLength: 5 })
const some = (ids: readonly string[]) =>
  often(
    fc.subarray([...ids.slice(0, 5), ...ids.slice(-3)], { minLength: 1 }),
    fc.shuffledSubarray([...ids.slice(0, 105)], { minLength: 24, maxLength: 90 }),
    25,
  )

/** A value in the API's own write shape, keyed by its type. */
function inNotion(type: string, across: Kind): fc.Arbitrary<unknown> {
  const keyed = <T>(value: fc.Arbitrary<T>) => value.map(each => ({ [type]: each }))
  const orEmpty = <T>(value: fc.Arbitrary<T>, empty: T) => keyed(often(value, fc.constant(empty)))
  const short = textFor(across, false).map(text => text.slice(0, 60).toWellFormed() || null)
  const names = fc.constantFrom(
    ...OPTIONS,
    'Later',
    'Some day',
    'new',
    'NEW',
    '  outer ',
    'a;b',
    'ß',
    '7',
    'x\u200by',
    '__proto__',
  )
  switch (type) {
    case 'title':
    case 'rich_text':
      return orEmpty(richText(across, type !== 'title'), [])
    case 'number':
      return orEmpty<number | null>(
        across === 'options' ? fc.constantFrom(0, -0, 1, 1.5, 0.1 + 0.2, 1e21, 7) : double,
        null,
      )
    case 'checkbox':
      return keyed(fc.boolean())
    case 'select':
      return orEmpty<object | null>(
        names.map(name => ({ name })),
        null,
      )
    case 'status':
      return orEmpty<object | null>(
        fc.constantFrom(...OPTIONS, ...(across === 'number' ? ['1.0', '2', '3e0'] : [])).map(name => ({ name })),
        null,
      )
    case 'multi_select':
      return orEmpty(
        fc.array(
          names.map(name => ({ name })),
          { minLength: 1, maxLength: 5 },
        ),
        [],
      )
    case 'date':
      return orEmpty<object | null>(notionDate, null)
    case 'people':
      return orEmpty(
        fc.shuffledSubarray(
          [...NOTION_USERS, { id: BOT }].map(({ id }) => ({ id })),
          { minLength: 1, maxLength: 3 },
        ),
        [],
      )
    case 'relation':
      return orEmpty(
        some(TARGET_PAGES).map(ids => ids.map(id => ({ id }))),
        [],
      )
    case 'files':
      return orEmpty(
        fileList.map(names => names.map(fileCalled)),
        [],
      )
    default:
      return keyed(short)
  }
}
const fileCalled = (name: string, index: number): object =>
  index % 2 === 0
    ? { name, external: { url: `https://example.com/${index}` } }
    : { name, file: { url: `https://files.example/${index}` } }

/** A cell in the API's form; null clears it. */
function inAirtable(type: string, across: Kind, of: Line): fc.Arbitrary<unknown> {
  const orEmpty = (value: fc.Arbitrary<unknown>) => often(value, fc.constant(null))
  const names = fc.constantFrom(
    ...OPTIONS,
    'Under way, now',
    'Some day',
    'Design, UX',
    'new',
    'New',
    ' outer',
    '5',
    '__proto__',
  )
  const choices = across === 'number' ? fc.constantFrom('1', '1.50', '1e3', 'Todo', '-0', '0x1F') : names
  const members = AIRTABLE_USERS.map(({ id }) => ({ id }))
  switch (type) {
    case 'multilineText':
      return orEmpty(
        across === 'text' || across === 'marks'
          ? often(textFor(across, true), withMention(lines), 4)
          : textFor(across, true),
      )
    case 'richText':
      if (across !== 'text' && across !== 'marks') return orEmpty(textFor(across, true))
      return orEmpty(often(often(markdown, withMention(markdown), 4), fc.oneof(manyMarks, long), 120))
    case 'number':
    case 'currency':
    case 'percent':
      return orEmpty(across === 'options' ? fc.constantFrom(1, 2, 3, 3.0001, 0, -0, 1.5, 1e21, 0.1 + 0.2) : double)
    case 'duration':
      return orEmpty(
        across === 'options'
          ? fc.constantFrom(1, 2, 3, 3.5, 60)
          : fc.oneof(fc.integer({ min: 0, max: 400_000 }), fc.double({ min: 0, max: 9999, noNaN: true })),
      )
    case 'rating':
      return orEmpty(fc.integer({ min: 1, max: topOf(of) }))
    case 'checkbox':
      return fc.boolean()
    case 'singleSelect':
      return orEmpty(choices)
    case 'multipleSelects':
      return orEmpty(
        fc.shuffledSubarray(
          ['Todo', 'Doing', 'Done', 'İstanbul', 'Under way, now', 'Design, UX', 'new', 'NEW', '1.0'],
          { minLength: 1, maxLength: 4 },
        ),
      )
    case 'date':
      return orEmpty(day)
    case 'dateTime':
      return orEmpty(moment)
    case 'singleCollaborator':
      return orEmpty(fc.constantFrom(...members))
    case 'multipleCollaborators':
      return orEmpty(fc.shuffledSubarray(members, { minLength: 1, maxLength: 3 }))
    case 'multipleRecordLinks':
      return orEmpty(some(TARGET_ROWS))
    case 'multipleAttachments':
      return orEmpty(fileList.map(files => files.map(filename => ({ filename, url: 'https://example.com/f' }))))
    case 'barcode':
      return orEmpty(textFor(across, false).map(text => ({ text, type: 'upce' })))
    default:
      return orEmpty(
        often(
          textFor(across, false),
          phrase.map(text => `${text}\n${text}`),
          30,
        ),
      )
  }
}

/** What somebody makes of a cell: most type a new value; some change a word within the text, or what files there are. */
export function retyped(of: Line, held: unknown, fresh: unknown, turn: number): unknown {
  if (of.airtable === 'multipleAttachments' && Array.isArray(held) && turn % 5 !== 0)
    return held.filter((_, index) => (turn + index) % 3 !== 0)
  if (typeof held !== 'string' || turn % 3 !== 0 || !['text', 'marks'].includes(kindOf(of.airtable))) return fresh
  const letters = [...held]
  const at = letters.length === 0 ? 0 : (turn * 7) % letters.length
  return letters.toSpliced(at, turn % 2, 'new').join('')
}
