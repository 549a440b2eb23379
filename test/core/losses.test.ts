/** What a value holds beyond what the other side of its line can hold. */
import { describe, expect, test } from 'vitest'
import { beyond } from '../../src/core/losses.ts'
import type { Shape, Value } from '../../src/core/shape.ts'
import { field } from './words.ts'

const LINE: Shape = { is: 'text', lines: 'one' }
const LINES: Shape = { is: 'text', lines: 'many' }
const NUMBER: Shape = { is: 'number' }
const CENTS: Shape = { is: 'number', digits: 2 }
const DAY: Shape = { is: 'date', holds: 'day' }
const TIME: Shape = { is: 'date', holds: 'time' }
const RANGE: Shape = { is: 'date', holds: 'both' }
const RANGE_OF_TIMES = '2026-01-01T10:00Z/2026-01-02T10:00Z'

/** What Notion's value holds beyond Airtable's shape, and the same with the sides exchanged. */
const lost = (own: Shape, value: Value, across: Shape) => [
  beyond(field('f', { notion: own, airtable: across }), 'notion', value),
  beyond(field('f', { notion: across, airtable: own }), 'airtable', value),
]

describe('could be lost by an edit on the other side', () => {
  test.each<[string, Shape, Value, Shape, string[]]>([
    ['the third decimal of a number, beside a field of cents', NUMBER, 1.234, CENTS, ['more decimals']],
    ['the end of a range of days, beside a day', RANGE, '2026-01-01/2026-01-02', DAY, ['the end of a range']],
    ['the end and the time, beside a day', RANGE, RANGE_OF_TIMES, DAY, ['the end of a range', 'a time of day']],
    ['the time of day, beside a day', RANGE, '2026-01-01T10:00Z', DAY, ['a time of day']],
    ['only the end of a range of times, beside a date and time', RANGE, RANGE_OF_TIMES, TIME, ['the end of a range']],
    ['line breaks, beside a single line', LINES, 'a\nb', LINE, ['line breaks']],
  ])('%s', (_, own, value, across, expected) => {
    expect(lost(own, value, across)).toEqual([expected, expected])
  })
})

describe('nothing can be lost', () => {
  test.each<[string, Shape, Value, Shape]>([
    ['of a number that has no more decimals', NUMBER, 1.23, CENTS],
    ['of a number beside a text', NUMBER, 1.234, LINE],
    ['of a number beside a number that keeps all decimals', CENTS, 1.234, NUMBER],
    ['of a text beside a number', LINE, '1.234', CENTS],
    ['of an empty cell', LINES, null, LINE],
    ['of a tick', { is: 'checkbox' }, true, LINE],
    ['of a list of options', { is: 'options', names: [], open: true, commas: true }, ['a\nb', 'c'], LINE],
    ['of a range beside a range', RANGE, RANGE_OF_TIMES, RANGE],
    ['of a day beside a day', RANGE, '2026-01-01', DAY],
    ['of a date beside a text', RANGE, RANGE_OF_TIMES, LINE],
    ['of a text that looks like a range, beside a day', LINES, RANGE_OF_TIMES, DAY],
    ['of a single line beside several', LINE, 'a b', LINES],
    ['of several lines beside several', LINES, 'a\nb', LINES],
    ['of one line that could be several', LINES, 'a b', LINE],
    [
      'of a line with a break that another type reads',
      LINES,
      'a\nb',
      { is: 'options', names: [], open: true, commas: true },
    ],
    ['of a break that a single line got all the same', LINE, 'a\nb', LINE],
    ['of an option, whatever is in its name', { is: 'option', names: [], open: true, commas: true }, 'a\nb/c', LINE],
  ])('%s', (_, own, value, across) => {
    expect(lost(own, value, across)).toEqual([[], []])
  })
})
