/** The one spelling of a value, and what two values have to share to be equal, an example each. */
import { describe, expect, test } from 'vitest'
import type { Field, Side } from '../../src/core/model.ts'
import type { Shape, Value } from '../../src/core/shape.ts'
import {
  asText,
  comparable,
  dayOf,
  hasTime,
  minuteOf,
  namesIn,
  nearest,
  normal,
  numberIn,
  oneLine,
  parseDate,
  peopleNames,
  rounded,
  show,
  spelled,
  startOf,
  tickOf,
} from '../../src/core/value.ts'
import { field } from './words.ts'

const LINE: Shape = { is: 'text', lines: 'one' }
const TEXT: Shape = { is: 'text', lines: 'many' }
const NUMBER: Shape = { is: 'number' }
const OPTION: Shape = { is: 'option', names: [], open: true, commas: true }
const OPTIONS: Shape = { is: 'options', names: [], open: true, commas: true }
const BOX: Shape = { is: 'checkbox' }
const PEOPLE: Shape = { is: 'people', many: true }
const date = (holds: 'day' | 'time' | 'both'): Shape => ({ is: 'date', holds })

describe('the one spelling', () => {
  test('of a text: without outer spaces, line ends as one letter, letters composed', () => {
    expect(normal(' a\r\nb\rc ')).toBe('a\nb\nc')
    expect(spelled('\r\n\r')).toBe('\n\n')
    expect(normal('e\u0301')).toBe('\u00e9')
    expect(normal('\u00a0')).toBe(null)
  })

  test('of a number: fifteen digits, whole ones exactly; none is empty', () => {
    expect(normal(0.1 + 0.2)).toBe(0.3)
    expect(normal(4111111111111111)).toBe(4111111111111111)
    expect(normal(Number.MAX_VALUE)).toBe(Number.MAX_VALUE)
    expect(normal(Number.NaN)).toBe(null)
    expect(normal(Number.NEGATIVE_INFINITY)).toBe(null)
    expect(Object.is(normal(-0), 0)).toBe(true)
    expect(Object.is(normal(-5e-324), -5e-324)).toBe(true)
  })

  test('of a list: each item in its one spelling, and once', () => {
    expect(normal([' a', 'a', 'e\u0301'])).toEqual(['a', '\u00e9'])
    expect(normal([])).toBe(null)
    const ada = { id: '1', name: 'Ada' }
    expect(normal([ada, { ...ada }, { email: 'a@b.c' }, { email: 'a@b.c' }])).toEqual([ada, { email: 'a@b.c' }])
    expect(normal([{ name: 'a.pdf' }, { name: 'a.pdf' }])).toEqual([{ name: 'a.pdf' }, { name: 'a.pdf' }])
  })

  test('of a tick is true; of what is no value, empty', () => {
    expect(normal(true)).toBe(true)
    expect([false, {}, undefined, null, ''].map(value => normal(value as never))).toEqual([
      null,
      null,
      null,
      null,
      null,
    ])
  })

  test('of several lines as one: each break with the space around it is one space', () => {
    expect(oneLine('a \n\n b\nc  d')).toBe('a b c  d')
  })
})

describe('two values are equal', () => {
  const equal = (a: Shape, one: Value, b: Shape, another: Value, more: Partial<Field> = {}) => {
    const there = { ...field('F', { notion: a, airtable: b }), ...more }
    const back = { ...field('F', { notion: b, airtable: a }), ...more }
    const answers = [
      comparable(there, 'notion', one) === comparable(there, 'airtable', another),
      comparable(back, 'airtable', one) === comparable(back, 'notion', another),
    ]
    expect(answers[0]).toBe(answers[1])
    return answers[0]
  }

  test.each<[string, Shape, Value, Shape, Value]>([
    ['a list in a text, whatever parts it', TEXT, 'a; b\n c,, ', OPTIONS, ['c', 'B', 'a']],
    ['options with a comma, torn apart as the text is', TEXT, 'Design, UX', OPTIONS, ['Design, UX']],
    ['one option, letter case aside', OPTION, 'Todo', OPTION, 'todo'],
    ['one option, and a list of it', OPTION, 'Todo', OPTIONS, ['todo']],
    ['an option and a text', OPTION, 'Todo', LINE, ' todo'],
    ['an option and the number in its name', OPTION, '7.0', NUMBER, 7],
    ['an option that is no number, and nothing but itself', OPTION, 'seven', NUMBER, 'seven'],
    ['numbers, as far as the coarser field keeps them', { ...NUMBER, digits: 2 }, 1.24, { ...NUMBER, digits: 1 }, 1.2],
    ['a tick, and the word for it', BOX, true, LINE, 'X'],
    ['a word that says neither, and itself', BOX, 'maybe', LINE, 'maybe'],
    ['days, where one field holds days', date('both'), '2026-01-01T23:00-05:00', date('day'), '2026-01-01'],
    [
      'the starts of two ranges, where both fields hold dates',
      date('both'),
      '2026-01-01/2026-01-02',
      date('time'),
      '2026-01-01T00:00Z',
    ],
    ['the same moment in two zones', date('both'), '2026-01-01T10:00+02:00', date('time'), '2026-01-01T08:00Z'],
    ['a range and what says it', date('both'), '2026-01-01/2026-01-02', LINE, ' 2026-01-01/2026-01-02T00:00Z'],
    ['a text that is no date, and itself', date('both'), 'soon', LINE, 'soon'],
    ['people, and their names in any order', PEOPLE, [{ name: 'Ada' }, { name: 'Bob' }], LINE, 'bob; ada'],
    ['people by their address', PEOPLE, [{ name: 'A', email: 'A@b.c' }], PEOPLE, [{ id: '1', email: 'a@b.c' }]],
    ['people of whom only IDs are known', PEOPLE, [{ id: '1' }], PEOPLE, [{ id: '1' }]],
    ['lines, where one field holds a single one', LINE, 'a b', TEXT, 'a\n b'],
    ['formatted texts that show the same', { ...TEXT, marks: true }, '*a*', { ...TEXT, marks: true }, '_a_'],
  ])('%s', (_, a, one, b, another) => {
    expect(equal(a, one, b, another)).toBe(true)
  })

  test.each<[string, Shape, Value, Shape, Value]>([
    ['two options of which one has a comma', OPTIONS, ['Design', 'UX'], OPTIONS, ['Design, UX']],
    ['two options', OPTION, 'Todo', OPTION, 'Done'],
    ['a tick, and a word that says neither', BOX, true, LINE, 'maybe'],
    ['two words that say neither', BOX, 'maybe', LINE, 'perhaps'],
    [
      'a name with a comma, and two names',
      PEOPLE,
      [{ name: 'Hopper, Grace' }],
      PEOPLE,
      [{ name: 'Hopper' }, { name: 'Grace' }],
    ],
    ['two days', date('day'), '2026-01-01', date('both'), '2026-01-02'],
    ['two minutes of a day', date('time'), '2026-01-01T10:00Z', date('both'), '2026-01-01T10:01Z'],
    ['a range and its start, in a text', date('both'), '2026-01-01/2026-01-02', LINE, '2026-01-01'],
    ['a date and a list of which only one part is a date', LINE, '2026-01-01/soon', date('both'), '2026-01-01'],
    ['one of two people', PEOPLE, [{ name: 'Ada' }, { name: 'Bob' }], LINE, 'Ada'],
    [
      'people with one name and two addresses',
      PEOPLE,
      [{ name: 'A', email: 'a@b.c' }],
      PEOPLE,
      [{ name: 'A', email: 'b@b.c' }],
    ],
    ['several lines and one, where both fields hold several', TEXT, 'a\nb', TEXT, 'a b'],
    [
      'formatted and plain, where both fields hold formatting',
      { ...TEXT, marks: true },
      '*a*',
      { ...TEXT, marks: true },
      'a',
    ],
    ['a mark and none, where only one field holds formatting', { ...TEXT, marks: true }, '*a*', TEXT, '_a_'],
    ['bullets, where no service turns them into dashes', TEXT, '* a', TEXT, '- a'],
    ['a word and empty', LINE, 'no', LINE, null],
  ])('not: %s', (_, a, one, b, another) => {
    expect(equal(a, one, b, another)).toBe(false)
  })

  test('an unticked word and an empty box', () => {
    expect(comparable(field('F', { notion: LINE, airtable: BOX }), 'notion', 'no')).toBe('null')
  })

  test('bullets and dashes at the start of a line, where a service keeps dashes; elsewhere they are letters', () => {
    const dashed: Shape = { ...TEXT, dashes: true }
    expect(equal(dashed, '* a\n\t+ b\n*\n* ', TEXT, '- a\n\t- b\n-\n- ')).toBe(true)
    expect(equal(dashed, 'a * b', TEXT, 'a - b')).toBe(false)
    expect(equal(dashed, '*a', TEXT, '-a')).toBe(false)
  })

  test('people by their address where the line says so, and by their name where it does not', () => {
    const ada = [{ name: 'Ada', email: 'ada@example.com' }]
    expect(equal(PEOPLE, ada, LINE, 'ada@example.com', { people: 'email' })).toBe(true)
    expect(equal(PEOPLE, ada, LINE, 'ada@example.com')).toBe(false)
    expect(equal(PEOPLE, ada, LINE, 'Ada')).toBe(true)
  })

  test('options by the name that Airtable has for them, letter case aside', () => {
    const of = field('F', { shape: OPTION, values: { Todo: 'Open' } })
    expect(comparable(of, 'notion', 'todo')).toBe(comparable(of, 'airtable', 'OPEN'))
    expect(comparable(of, 'notion', 'Open')).toBe(comparable(of, 'airtable', 'Open'))
    expect(comparable(of, 'airtable', 'Todo')).not.toBe(comparable(of, 'airtable', 'Open'))
  })
})

describe('a text', () => {
  test.each([
    ['yes', true],
    ['true', true],
    ['x', true],
    ['1', true],
    ['checked', true],
    ['✓', true],
    ['✔', true],
    ['☑', true],
    ['', null],
    ['no', null],
    ['false', null],
    ['0', null],
    ['unchecked', null],
    ['☐', null],
    ['maybe', undefined],
  ])('%j as a tick: %s', (word, tick) => {
    expect(tickOf(word)).toBe(tick)
  })

  test('as a number', () => {
    expect(['', ' ', '1e3', ' 7 ', 'x', '1,5'].map(numberIn)).toEqual([null, null, 1000, 7, null, null])
    expect(rounded(1.256, NUMBER, LINE)).toBe(1.256)
    expect(rounded(1.256, { ...NUMBER, digits: 2 }, { ...NUMBER, digits: 1 }, NUMBER)).toBe(1.3)
  })

  test.each([
    ['2026-09-15', '2026-09-15'],
    [' 2026-09-15 ', '2026-09-15'],
    ['2028-02-29', '2028-02-29'],
    ['2026-09-15T09:00', '2026-09-15T09:00Z'],
    ['2026-09-15T09:00Z', '2026-09-15T09:00Z'],
    ['2026-09-15T23:59:59Z', '2026-09-15T23:59Z'],
    ['2026-09-15T19:00:00.123-05:30', '2026-09-15T19:00-05:30'],
    ['2026-09-15T09:00+00:00', '2026-09-15T09:00Z'],
    ['2026-09-15T09:00-00:00', '2026-09-15T09:00Z'],
    ['2026-02-29', null],
    ['2026-02-30T10:00Z', null],
    ['2026-13-01', null],
    ['2026-9-15', null],
    ['12026-09-15', null],
    ['2026-09-155', null],
    ['2026-09-15T24:00Z', null],
    ['2026-09-15T9:00Z', null],
    ['2026-09-15T09:60Z', null],
    ['2026-09-15T09:00+99:00', null],
    ['2026-09-15 09:00', null],
    ['', null],
  ])('%j as a date: %j', (text, read) => {
    expect(parseDate(text)).toBe(read)
  })

  test('of a date: where it starts, on which day, and in which minute', () => {
    const range = '2026-01-01T01:30+02:00/2026-01-02T10:00Z'
    expect([startOf(range), dayOf(range), minuteOf(range)]).toEqual([
      '2026-01-01T01:30+02:00',
      '2026-01-01',
      '2025-12-31T23:30',
    ])
    expect(minuteOf('2026-01-01/2026-01-02T10:00Z')).toBe('2026-01-01T00:00')
    expect([hasTime(range), hasTime('2026-01-01/2026-01-02T10:00Z')]).toEqual([true, false])
  })
})

describe('a value as a text', () => {
  const of = (shape: Shape, more: Partial<Pick<Field, 'people'>> = {}) =>
    field('F', { notion: shape, airtable: LINE, ...more })

  test('as a text field shows it', () => {
    expect(asText(of(LINE), 'notion', null)).toBe('')
    expect(asText(of(BOX), 'notion', true)).toBe('Yes')
    expect(asText(of(OPTIONS), 'notion', ['a', 'b'])).toBe('a, b')
    expect(asText(of(NUMBER), 'notion', 1.5)).toBe('1.5')
    expect(asText(of(PEOPLE), 'notion', [{ name: 'Ada' }, { name: 'Bob' }])).toBe('Ada, Bob')
  })

  test('people go by their name, or by their address where the line or both columns say so; else by what is known', () => {
    const all = [
      { id: '1', name: 'Ada', email: 'a@b.c' },
      { id: '2', email: 'x@y.z' },
      { id: '3', name: 'Cy' },
      { id: '4' },
      {},
    ]
    expect(peopleNames(of(PEOPLE), all)).toEqual(['Ada', 'x@y.z', 'Cy', '4', ''])
    expect(peopleNames(of(PEOPLE, { people: 'email' }), all)).toEqual(['a@b.c', 'x@y.z', 'Cy', '4', ''])
    expect(peopleNames(field('F', { shape: PEOPLE }), all)).toEqual(['a@b.c', 'x@y.z', 'Cy', '4', ''])
    expect(peopleNames(field('F', { notion: LINE, airtable: PEOPLE }), all)[0]).toBe('Ada')
    expect(peopleNames(of(PEOPLE), ' Ada ; Bob\n, ')).toEqual(['Ada', 'Bob'])
    expect(peopleNames(of(PEOPLE), ['Ada'])).toEqual([])
    expect([null, 3, true].map(value => peopleNames(of(PEOPLE), value as Value))).toEqual([[], [], []])
  })

  test('option names: a text is a list of them only beside a field that holds several', () => {
    const beside = (shape: Shape, side: Side = 'notion') =>
      [field('F', { notion: TEXT, airtable: shape }), side] as const
    expect(namesIn(...beside(OPTIONS), 'a, b')).toEqual(['a', 'b'])
    expect(namesIn(...beside(OPTION), 'a, b')).toEqual(['a, b'])
    expect(namesIn(...beside(OPTIONS, 'airtable'), 'a, b')).toEqual(['a, b'])
    expect(namesIn(...beside(OPTIONS, 'airtable'), ['a, b', 'c'])).toEqual(['a, b', 'c'])
    expect(namesIn(...beside(OPTIONS), null)).toEqual([])
  })

  test('for people who read a log', () => {
    const people = [{ id: '1', name: 'Ada', email: 'a@b.c' }, { id: '2', email: 'x@y.z' }, { id: '3' }, {}]
    expect([null, true, 1.5, 'a', ['a', 'b'], people].map(value => show(value as Value))).toEqual([
      '(empty)',
      'ticked',
      '1.5',
      'a',
      'a, b',
      'Ada, x@y.z, 3, somebody',
    ])
  })
})

describe('the name that was meant', () => {
  test.each([
    ['ab', ['xy'], 'xy'],
    ['ab', ['xyz'], undefined],
    ['', ['ab'], 'ab'],
    ['', ['abc'], undefined],
    ['kitten', ['sittings', 'sitting'], 'sitting'],
    ['kitten', ['sittings'], undefined],
    ['sitting', ['kitten'], 'kitten'],
    ['abcd', ['abxcd', 'abcd e', 'bcd'], 'abxcd'],
    ['DONE ', ['gone', 'done'], 'done'],
    ['anything', [], undefined],
  ] as const)('by %j among %j is %j', (name, candidates, meant) => {
    expect(nearest(name, candidates)).toBe(meant)
  })
})
