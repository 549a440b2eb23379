/** What can become what, and each refusal to the word. That every value arrives or is refused is in value.test.ts. */
import { describe, expect, test } from 'vitest'
import { canConvert, convert } from '../../src/core/convert.ts'
import type { Field, Side } from '../../src/core/model.ts'
import type { Person, Shape, Value } from '../../src/core/shape.ts'
import { field } from './words.ts'

const LINE: Shape = { is: 'text', lines: 'one' }
const TEXT: Shape = { is: 'text', lines: 'many' }
const NUMBER: Shape = { is: 'number' }
const BOX: Shape = { is: 'checkbox' }
const option = (more: Partial<Extract<Shape, { is: 'option' }>> = {}): Shape => ({
  is: 'option',
  names: ['Todo', 'Doing'],
  open: true,
  commas: true,
  ...more,
})
const options = (more: Partial<Extract<Shape, { is: 'options' }>> = {}): Shape => ({
  is: 'options',
  names: ['Todo', 'Doing'],
  open: true,
  commas: true,
  ...more,
})
const date = (holds: 'day' | 'time' | 'both'): Shape => ({ is: 'date', holds })
const people = (many: boolean): Shape => ({ is: 'people', many })

/** What `to` comes to hold of a value of `from`, which is Notion's side unless told otherwise. */
function put(
  from: Shape,
  value: Value,
  to: Shape,
  { current = null, side = 'notion', known = [], ...more }: Put = {},
): unknown {
  const shapes = side === 'notion' ? { notion: from, airtable: to } : { notion: to, airtable: from }
  const converted = convert(field('F', { ...shapes, ...more }), side, value, current, known)
  return 'refused' in converted ? `refused: ${converted.refused}` : converted.value
}
type Put = { current?: Value; side?: Side; known?: readonly Person[] } & Partial<Pick<Field, 'values' | 'people'>>

describe('what can become what', () => {
  const SHAPES: readonly Shape[] = [
    TEXT,
    NUMBER,
    BOX,
    option(),
    options(),
    date('day'),
    people(true),
    { is: 'links', table: [] },
    { is: 'files' },
  ]
  test.each([
    ['text', 'text number checkbox option options date people'],
    ['number', 'text number option'],
    ['checkbox', 'text checkbox'],
    ['option', 'text number option options'],
    ['options', 'text option options'],
    ['date', 'text date'],
    ['people', 'text people'],
    ['links', 'links'],
    ['files', 'files'],
  ])('%s: %s', (from, to) => {
    const shape = SHAPES.find(({ is }) => is === from)
    expect(shape && SHAPES.filter(other => canConvert(shape, other)).map(({ is }) => is)).toEqual(to.split(' '))
  })
})

describe('a text', () => {
  test('of several lines that a single line is put over keeps its breaks beside the edit', () => {
    const over = (current: string, text: string) => put(LINE, text, TEXT, { current })
    expect(over('a\nb  \n  c', 'a b see')).toBe('a\nb  \n  see')
    expect(over('a\nb\nc', 'A b c')).toBe('A\nb\nc')
    expect(over('a  b\nc', 'a  b d')).toBe('a  b\nd')
    expect(over('a\n\nb', 'x')).toBe('x')
  })

  test('of several lines that another one of several lines is put over is that one', () => {
    expect(put(TEXT, 'a b see', TEXT, { current: 'a\nb\nc' })).toBe('a b see')
  })

  test('of several lines takes a number, and one that is empty a single line, as they are', () => {
    expect(put(NUMBER, 1.5, TEXT, { current: 'a\nb' })).toBe('1.5')
    expect(put(LINE, 'a b', TEXT)).toBe('a b')
  })

  test('takes options in a list, by the names that they have on its side', () => {
    const values = { Todo: 'Open' }
    expect(put(options(), ['Todo', 'Doing'], LINE, { values })).toBe('Open, Doing')
    expect(put(options(), ['Open', 'Doing'], LINE, { values, side: 'airtable' })).toBe('Todo, Doing')
    expect(put(option(), 'Open', LINE, { values, side: 'airtable' })).toBe('Todo')
    expect(put(LINE, 'Todo', LINE, { values })).toBe('Todo')
  })
})

describe('what agrees stands with all that it holds, and what is empty empties', () => {
  test('in a text, a number and a tick', () => {
    expect(put(LINE, '1.50', NUMBER, { current: 1.5 })).toBe(1.5)
    expect(put(NUMBER, 1.5, LINE, { current: '1.50' })).toBe('1.50')
    expect(put(NUMBER, null, LINE, { current: '1.50' })).toBe(null)
  })
})

describe('a box', () => {
  test.each(['yes', ' TRUE ', 'x', '1', 'checked', '✓', '✔', '☑'])('is ticked by %j', word => {
    expect(put(LINE, word, BOX)).toBe(true)
  })

  test.each(['no', 'False', '0', 'unchecked', '☐'])('is not ticked by %j', word => {
    expect(put(LINE, word, BOX, { current: true })).toBe(null)
  })

  test('takes a tick as it is, and no other word', () => {
    expect(put(BOX, true, BOX)).toBe(true)
    expect(put(LINE, 'maybe', BOX)).toBe('refused: "maybe" is neither yes nor no')
  })
})

describe('a number', () => {
  const rating: Shape = { is: 'number', digits: 0, min: 1, max: 5 }

  test('is refused, in words', () => {
    expect(put(LINE, 'many', NUMBER)).toBe('refused: "many" is not a number')
    expect(put(NUMBER, 0.4, rating)).toBe('refused: 0 is less than 1')
    expect(put(NUMBER, 5.5, rating)).toBe('refused: 6 is more than 5')
  })

  test('at either end of what the field takes is taken, with the decimals that it keeps', () => {
    expect([1, 5, 0.5, 5.4].map(value => put(NUMBER, value, rating))).toEqual([1, 5, 1, 5])
    expect(put(NUMBER, 12.345, { is: 'number', digits: 1 })).toBe(12.3)
  })
})

describe('an option', () => {
  const values = { Todo: 'Open' }

  test('is refused, in words', () => {
    expect(put(options(), ['Todo', 'Doing'], option())).toBe('refused: 2 options do not fit a field that holds one')
    expect(put(option(), 'Open', option(), { values })).toBe(
      'refused: "Open" has no counterpart in "values", where "Open" stands for another option',
    )
    expect(put(option(), 'Todo', option(), { values, side: 'airtable' })).toBe(
      'refused: "Todo" has no counterpart in "values", where "Todo" stands for another option',
    )
    expect(put(option(), 'a, b', option({ commas: false }))).toBe(
      'refused: the name of an option cannot hold a comma: "a, b"',
    )
    expect(put(option(), 'Dooing', option({ open: false }))).toBe(
      'refused: there is no option "Dooing"; the nearest is "Doing"',
    )
    expect(put(option(), 'Backlog of ideas', option({ open: false }))).toBe(
      'refused: there is no option "Backlog of ideas"',
    )
  })

  test('whose name stands for another one on the other side, and has a name of its own there, goes by that', () => {
    expect(put(option(), 'Open', option(), { values: { Todo: 'Open', Open: 'New' } })).toBe('New')
  })

  test('with a comma, where none can be made, is just not there', () => {
    expect(put(option(), 'a, b', option({ open: false, commas: false }))).toBe('refused: there is no option "a, b"')
  })

  test('of which one is refused refuses the list', () => {
    expect(put(options(), ['Todo', 'Backlog of ideas'], options({ open: false }))).toBe(
      'refused: there is no option "Backlog of ideas"',
    )
  })

  test('is found as it is spelled, before one that differs in letter case; in outer spaces likewise', () => {
    const cased = option({ names: ['todo', 'Todo'] })
    expect(put(option(), 'Todo', cased)).toBe('Todo')
    expect(put(option(), 'toDO', cased)).toBe('todo')
    expect(put(LINE, 'doing', option({ names: [' Doing '] }))).toBe(' Doing ')
  })

  test('is made under its name without outer spaces, and only the one that is lacking', () => {
    const of = field('F', { notion: options(), airtable: options(), values: { New: ' Fresh ' } })
    expect(convert(of, 'notion', ['Todo', 'New'], null)).toEqual({ value: ['Todo', 'Fresh'], newOptions: ['Fresh'] })
  })

  test('twice in a list is once in a set; a list of nothing is empty', () => {
    expect(put(TEXT, 'todo; Todo, \n Doing', options())).toEqual(['Todo', 'Doing'])
    expect(put(TEXT, ' ; ,', options())).toBe(null)
    expect(put(options(), [], option())).toBe(null)
    expect(put(options(), ['todo', 'Todo'], option())).toBe('Todo')
  })
})

describe('a date', () => {
  const [day, time, both] = [date('day'), date('time'), date('both')]

  test('is refused, in words', () => {
    expect(put(LINE, 'soon', day)).toBe('refused: "soon" is not a date')
    expect(put(LINE, '2026-01-01/soon', both)).toBe('refused: "2026-01-01/soon" is not a date')
    expect(put(LINE, '2026-01-01/2026-01-02/soon', both)).toBe('refused: "2026-01-01/2026-01-02/soon" is not a date')
    expect(put(LINE, '2026-01-01/2026-01-02', day)).toBe(
      'refused: "2026-01-01/2026-01-02" is a range, and the field holds one date',
    )
    expect(put(LINE, '2026-01-01/2026-01-02', time)).toMatch(/is a range/)
  })

  test('that was typed as a text is taken', () => {
    expect(put(LINE, ' 2026-01-01 ', day)).toBe('2026-01-01')
    expect(put(LINE, '2026-01-01', time)).toBe('2026-01-01T00:00Z')
  })

  test('of which a field holds one: the start of a range, as a day or at midnight', () => {
    expect(put(both, '2026-01-01/2026-01-02', day)).toBe('2026-01-01')
    expect(put(both, '2026-01-01/2026-01-02', time)).toBe('2026-01-01T00:00Z')
    expect(put(both, '2026-01-01T10:00+02:00/2026-01-02T10:00Z', time)).toBe('2026-01-01T08:00Z')
    expect(put(both, '2026-01-01T10:00+02:00', day)).toBe('2026-01-01')
  })

  test('keeps the end of a range that it is put over, made of its kind, if that is not before it; a text tells the end itself', () => {
    const over = (from: Shape, typed: string, current: string) => put(from, typed, both, { side: 'airtable', current })
    expect(over(day, '2026-01-02', '2026-01-01/2026-01-03')).toBe('2026-01-02/2026-01-03')
    expect(over(day, '2026-01-04', '2026-01-01/2026-01-03')).toBe('2026-01-04')
    expect(over(time, '2026-01-02T10:00Z', '2026-01-01/2026-01-03')).toBe('2026-01-02T10:00Z/2026-01-03T00:00Z')
    expect(over(time, '2026-01-03T10:00Z', '2026-01-01/2026-01-03')).toBe('2026-01-03T10:00Z')
    expect(over(day, '2026-01-02', '2026-01-01T10:00Z/2026-01-03T10:00Z')).toBe('2026-01-02/2026-01-03')
    expect(over(day, '2026-01-01', '2026-01-01T10:00Z/2026-01-03T10:00Z')).toBe('2026-01-01T10:00Z/2026-01-03T10:00Z')
    expect(over(LINE, '2026-01-02/2026-01-05', '2026-01-01/2026-01-03')).toBe('2026-01-02/2026-01-05')
    expect(over(LINE, '2026-01-02', '2026-01-01/2026-01-03')).toBe('2026-01-02')
  })

  test('at midnight is a day where a day stood or nothing did, and a time where a time did', () => {
    const over = (typed: string, current: Value) => put(time, typed, both, { side: 'airtable', current })
    expect(over('2026-01-02T00:00Z', null)).toBe('2026-01-02')
    expect(over('2026-01-02T00:00Z', '2026-01-01')).toBe('2026-01-02')
    expect(over('2026-01-02T00:00Z', '2026-01-01T09:00Z')).toBe('2026-01-02T00:00Z')
    expect(over('2026-01-02T00:01Z', '2026-01-01')).toBe('2026-01-02T00:01Z')
    expect(put(LINE, '2026-01-02', both, { current: '2026-01-02T09:00Z' })).toBe('2026-01-02')
  })
})

describe('people', () => {
  const ADA = { id: '1', name: 'Ada', email: 'ada@example.com' }
  const SAM = { id: '2', name: 'Sam', email: 'sam@example.com' }
  const SAMUEL = { id: '3', name: 'sam', email: 'samuel@example.com' }
  const BOB = { id: '4', name: 'Bob' }
  const known = [ADA, SAM, SAMUEL, BOB, { id: '5', email: 'nameless@example.com' }]

  test('are refused, in words', () => {
    expect(put(people(true), [ADA, BOB], people(false), { known })).toBe(
      'refused: 2 people do not fit a field that holds one',
    )
    expect(put(LINE, 'Sam', people(true), { known })).toBe('refused: 2 people in Airtable are called "Sam"')
    expect(put(LINE, 'Eve', people(true), { known, side: 'airtable' })).toBe('refused: Notion has no member "Eve"')
    expect(put(people(true), [{ id: '9' }], people(true), { known })).toBe('refused: Airtable has no member "9"')
    expect(put(people(true), [{ email: 'eve@example.com' }], people(true), { known })).toBe(
      'refused: Airtable has no member "eve@example.com"',
    )
    expect(put(people(true), [{ name: 'Eve', email: 'eve@example.com' }], people(true), { known })).toBe(
      'refused: Airtable has no member "Eve"',
    )
    expect(put(people(true), [{}], people(true), { known })).toBe('refused: Airtable has no member ""')
    expect(put(LINE, 'Bob', people(true), { known, people: 'email' })).toBe(
      'refused: Airtable does not tell the address of "Bob"',
    )
  })

  test('are found by their address before their name, letter case aside', () => {
    expect(put(people(true), [{ name: 'Sam', email: 'SAMUEL@example.com' }], people(true), { known })).toEqual([SAMUEL])
    expect(put(people(true), [{ name: 'ada', email: 'other@example.com' }], people(true), { known })).toEqual([ADA])
    expect(put(LINE, 'NAMELESS@example.com', people(true), { known })).toEqual([known[4]])
    expect(put(LINE, 'Bob', people(true), { known })).toEqual([BOB])
  })

  test('with an address that two have are refused', () => {
    const twice = [ADA, { ...ADA, id: '6', name: 'Ada L.' }]
    expect(put(LINE, 'ada@example.com', people(true), { known: twice })).toBe(
      'refused: 2 people in Airtable are called "ada@example.com"',
    )
  })

  test('named twice are named once, and one fits a field that holds one', () => {
    expect(put(LINE, 'Ada; ada@example.com\nBob', people(true), { known })).toEqual([ADA, BOB])
    expect(put(people(true), [ADA], people(false), { known })).toEqual([ADA])
  })
})
