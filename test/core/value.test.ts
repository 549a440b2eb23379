/**
 * Values: when two are equal, and what becomes of one on the other side. First the laws, for every pair of types that a
 * line may have and for values that nobody thought of; then the promises of the contract, an example each.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canConvert, convert } from '../../src/core/convert.ts'
import type { Field, Side } from '../../src/core/model.ts'
import { other } from '../../src/core/model.ts'
import { withAddresses } from '../../src/core/people.ts'
import type { Observed } from '../../src/core/planning.ts'
import type { Person, Shape, Value } from '../../src/core/shape.ts'
import { comparable, EMPTY, nearest, normal, parseDate } from '../../src/core/value.ts'
import { edited, NOTHING_KNOWN, planRound, round, type World } from './small-world.ts'
import { tries } from './tries.ts'
import { field, page, pageId, row, rowId, settings, TEXT } from './words.ts'

const SEED = { seed: 20260301, numRuns: tries(60) }
const OPTIONS = ['Todo', 'Doing', 'Done']
const LINE: Shape = { is: 'text', lines: 'one' }

/** What the types of either service can carry, under a name for the test. */
const SHAPES: Readonly<Record<Side, Readonly<Record<string, Shape>>>> = {
  notion: {
    title: LINE,
    text: TEXT,
    number: { is: 'number' },
    checkbox: { is: 'checkbox' },
    select: { is: 'option', names: OPTIONS, open: true, commas: false },
    status: { is: 'option', names: OPTIONS, open: false, commas: false, refills: true },
    'multi-select': { is: 'options', names: OPTIONS, open: true, commas: false },
    date: { is: 'date', holds: 'both' },
    people: { is: 'people', many: true },
  },
  airtable: {
    line: LINE,
    'long text': TEXT,
    number: { is: 'number' },
    currency: { is: 'number', digits: 2 },
    rating: { is: 'number', digits: 0, min: 1, max: 5 },
    checkbox: { is: 'checkbox' },
    select: { is: 'option', names: OPTIONS, open: true, commas: true },
    'multiple select': { is: 'options', names: OPTIONS, open: true, commas: true },
    day: { is: 'date', holds: 'day' },
    'date and time': { is: 'date', holds: 'time' },
    person: { is: 'people', many: false },
    people: { is: 'people', many: true },
  },
}

const PEOPLE: Readonly<Record<Side, readonly Person[]>> = {
  notion: [
    { id: 'n1', name: 'Ada Lovelace', email: 'ada@example.com' },
    { id: 'n2', name: 'Bob' },
    { id: 'n3', name: 'Hopper, Grace', email: 'grace@example.com' },
    { id: 'n4', name: 'Sam', email: 'sam@example.com' },
    { id: 'n5', name: 'Sam', email: 'samuel@example.com' },
  ],
  airtable: [
    { id: 'usr1', name: 'Ada Lovelace', email: 'ada@example.com' },
    { id: 'usr2', name: 'bob', email: 'bob@example.com' },
    { id: 'usr3', name: 'Grace Hopper', email: 'Grace@example.com' },
    { name: 'Sam', email: 'sam@example.com' },
  ],
}

type Line = { readonly name: string; readonly field: Field }
const LINES: readonly Line[] = Object.entries(SHAPES.notion).flatMap(([notionName, notion]) =>
  Object.entries(SHAPES.airtable).flatMap(([airtableName, airtable]) => {
    const flows = { notion: canConvert(airtable, notion), airtable: canConvert(notion, airtable) }
    if (!flows.notion && !flows.airtable) return []
    const owner = flows.notion && flows.airtable ? 'both' : flows.airtable ? 'notion' : 'airtable'
    return [{ name: `${notionName} and ${airtableName}`, field: field('F', { notion, airtable, owner }) }]
  }),
)
const TWO_WAY = LINES.filter(line => line.field.owner === 'both')
const flowing = ({ field: of }: Line): Side[] =>
  (['notion', 'airtable'] as const).filter(from => of.owner === 'both' || of.owner === from)

const date = fc
  .date({ min: new Date('1990-01-01T00:00Z'), max: new Date('2099-12-31T00:00Z'), noInvalidDate: true })
  .map(at => at.toISOString())
const day = date.map(iso => iso.slice(0, 10))
const zone = fc.constantFrom('Z', '+02:00', '-05:00', '+05:45', '-11:00', '+14:00')
const minute = fc.tuple(date, zone).map(([iso, offset]) => `${iso.slice(0, 16)}${offset}`)
const range = fc.oneof(
  fc.tuple(day, day).map(ends => ends.toSorted().join('/')),
  fc.tuple(day, zone).map(([on, offset]) => `${on}T09:00${offset}/${on}T10:30${offset}`),
)
const words = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('1.5', '1.234', '1e3', '0x10', 'Infinity', '-0', 'Yes', 'todo', 'Todo, Doing', 'todo; New', ',', ';'),
  fc.constantFrom(
    '2026-09-15',
    '2026-09-15T09:00+02:00',
    '2026-01-01/2026-01-05',
    '2026-02-30',
    'Cafe\u0301',
    'İ',
    'ß',
  ),
  fc.constantFrom('Ada Lovelace', 'ada@example.com', 'Bob, Ada Lovelace', 'Sam', 'a\nb', 'a \n\n b', 'x\u00a0'),
)

/** A value as the service would hand it out for a column of this shape, empty now and then. */
function cellOf(shape: Shape, side: Side): fc.Arbitrary<Value> {
  const filled = (): fc.Arbitrary<Value> => {
    switch (shape.is) {
      case 'text':
        return words.map(text => (shape.lines === 'one' ? text.replace(/[\r\n]+/g, ' ') : text))
      case 'number': {
        const { min = -1e9, max = 1e9, digits } = shape
        const number = fc.double({ min, max, noNaN: true })
        return digits === undefined ? number : number.map(value => Number(value.toFixed(digits)))
      }
      case 'checkbox':
        return fc.constant(true)
      case 'option':
        return option(shape)
      case 'options':
        return fc.uniqueArray(option(shape), { minLength: 1, maxLength: 4, selector: name => name.toLowerCase() })
      case 'date':
        return shape.holds === 'day' ? day : shape.holds === 'time' ? minute.map(inUtc) : fc.oneof(day, minute, range)
      case 'people':
        return fc.subarray([...PEOPLE[side]], { minLength: 1, ...(shape.many ? {} : { maxLength: 1 }) })
      case 'links':
        return fc.subarray(
          ['1', '2', '3'].map(id => ({ id: `${side} ${id}` })),
          { minLength: 1 },
        )
      case 'files':
        return fc.subarray([{ name: 'a.pdf' }, { name: 'b.png' }], { minLength: 1 })
    }
  }
  return fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 9, arbitrary: filled().map(normal) })
}

function option(shape: Extract<Shape, { is: 'option' | 'options' }>): fc.Arbitrary<string> {
  const existing = fc.constantFrom(...shape.names)
  if (!shape.open) return existing
  const odd = fc.constantFrom('Blocked', 'constructor', 'toString', '1.0', '7', 'a;b', 'x\u200by')
  return fc.oneof(existing, odd, ...(shape.commas ? [fc.constant('Design, UX')] : []))
}

const inUtc = (text: string): string => `${new Date(text).toISOString().slice(0, 16)}Z`
const cells = ({ field: of }: Line) => ({
  notion: cellOf(of.notion.shape, 'notion'),
  airtable: cellOf(of.airtable.shape, 'airtable'),
})
const world = (notion: Value, airtable: Value): World => ({
  pages: [{ is: page(1, { F: notion }), where: 'here' }],
  rows: [{ is: row(1, { F: airtable }), where: 'here' }],
})
const run = (of: Field, at: World, memory = NOTHING_KNOWN, more: Partial<Observed> = {}) =>
  round(settings([of]), at, memory, { seen: { people: PEOPLE, ...more } })

/** What the other side comes to hold; undefined where it will not take the value. */
function put({ field: of }: Line, from: Side, value: Value, current: Value): Value | undefined {
  const converted = convert(of, from, value, current, PEOPLE[other(from)])
  return 'refused' in converted ? undefined : normal(converted.value)
}

describe('laws of single values', () => {
  const anything = fc.oneof(
    fc.constantFrom<Value | undefined>(
      null,
      undefined,
      '',
      true,
      [],
      'Cafe\u0301',
      ' a\r\nb\r',
      -0,
      0.1 + 0.2,
      Number.MAX_VALUE,
    ),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.double(),
    fc.array(fc.string()),
    fc.array(fc.record({ name: fc.string() })),
  )

  test('the normal form of a normal form is itself', () => {
    fc.assert(
      fc.property(anything, value => {
        expect(normal(normal(value))).toEqual(normal(value))
      }),
      SEED,
    )
  })

  test.each(LINES)(
    '$name: equality does not depend on the spelling, and only an empty cell is equal to empty',
    line => {
      const sides = cells(line)
      fc.assert(
        fc.property(
          fc.constantFrom<Side>('notion', 'airtable').chain(side => fc.tuple(fc.constant(side), sides[side])),
          ([side, value]) => {
            const answer = comparable(line.field, side, value)
            expect(comparable(line.field, side, normal(value))).toBe(answer)
            if (Array.isArray(value)) expect(comparable(line.field, side, value.toReversed() as Value)).toBe(answer)
            const blank = typeof value === 'string' && /^[\s,;]*$/.test(value)
            if (!blank) expect(answer === EMPTY).toBe(value === null)
          },
        ),
        SEED,
      )
    },
  )

  test.each(LINES)('$name: every value is converted, or refused in words; nothing is thrown', line => {
    const sides = cells(line)
    fc.assert(
      fc.property(sides.notion, sides.airtable, (notion, airtable) => {
        for (const from of flowing(line)) {
          const [value, current] = from === 'notion' ? [notion, airtable] : [airtable, notion]
          const converted = convert(line.field, from, value, current, PEOPLE[other(from)])
          if ('refused' in converted) expect(converted.refused.length).toBeGreaterThan(5)
          else expect(normal(converted.value)).toEqual(normal(normal(converted.value)))
        }
      }),
      SEED,
    )
  })
})

describe('laws of a round', () => {
  test.each(LINES)('$name: an edit arrives or is a problem, and the next run is silent', line => {
    const sides = cells(line)
    fc.assert(
      fc.property(
        sides.notion,
        sides.airtable,
        sides.notion,
        sides.airtable,
        (notion, airtable, nextNotion, nextAirtable) => {
          const settled = run(line.field, world(notion, airtable))
          for (const side of flowing(line)) {
            const id = side === 'notion' ? pageId(1) : rowId(1)
            const value = side === 'notion' ? nextNotion : nextAirtable
            const typed = edited(settled.world, id, { values: { F: value } })
            const first = run(line.field, typed, settled.memory)
            const second = run(line.field, first.world, first.memory)
            expect(second.plan.steps).toEqual([])
            expect(second.plan.events).toEqual([])
            expect(second.memory).toEqual(first.memory)
            expect(first.memory.problems.filter(problem => problem.code === 'refused')).toEqual([])
            if (first.plan.steps.length === 0) expect(first.world).toEqual(typed)
          }
        },
      ),
      SEED,
    )
  })

  // People may be known by an address on one side and by a name on the other: the state remembers that they are one.
  const comparableLines = TWO_WAY.filter(
    ({ field: of }) => ![of.notion, of.airtable].some(({ shape }) => shape.is === 'people'),
  )

  test.each(comparableLines)('$name: what is written compares equal to what it was made from', line => {
    const sides = cells(line)
    fc.assert(
      fc.property(sides.notion, sides.airtable, (notion, airtable) => {
        for (const from of flowing(line)) {
          const [value, current] = from === 'notion' ? [notion, airtable] : [airtable, notion]
          const written = put(line, from, value, current)
          if (written === undefined) continue
          expect(comparable(line.field, other(from), written)).toBe(comparable(line.field, from, value))
        }
      }),
      SEED,
    )
  })

  test.each(TWO_WAY)('$name: after one round, there and back again changes nothing', line => {
    const sides = cells(line)
    fc.assert(
      fc.property(sides.notion, sides.airtable, (notion, airtable) => {
        for (const from of flowing(line)) {
          const there = put(line, from, from === 'notion' ? notion : airtable, null)
          const back = there === undefined ? undefined : put(line, other(from), there, null)
          const again = back === undefined ? undefined : put(line, from, back, there ?? null)
          if (again === undefined) continue
          expect(put(line, other(from), again, back ?? null)).toEqual(back)
        }
      }),
      SEED,
    )
  })

  test.each(comparableLines)('$name: two sides that agree are left alone, whatever else one of them carries', line => {
    const sides = cells(line)
    fc.assert(
      fc.property(sides.notion, sides.airtable, (notion, airtable) => {
        for (const from of flowing(line)) {
          const value = from === 'notion' ? notion : airtable
          const there = put(line, from, value, null)
          if (there === undefined) continue
          const both = from === 'notion' ? world(value, there) : world(there, value)
          const { steps, conflicts, problems } = planRound(settings([line.field]), both, NOTHING_KNOWN)
          expect([steps, conflicts, problems]).toEqual([[], [], []])
        }
      }),
      SEED,
    )
  })
})

/** A line of two named types; `same` compares two values of it, `put` converts one. */
function line(notion: string, airtable: string, more: Partial<Pick<Field, 'values' | 'people'>> = {}) {
  const of = field('F', { notion: SHAPES.notion[notion] ?? TEXT, airtable: SHAPES.airtable[airtable] ?? TEXT, ...more })
  return {
    field: of,
    same: (n: Value, a: Value): boolean =>
      comparable(of, 'notion', normal(n)) === comparable(of, 'airtable', normal(a)),
    toAirtable: (value: Value, current: Value = null) =>
      answer(convert(of, 'notion', normal(value), current, PEOPLE.airtable)),
    toNotion: (value: Value, current: Value = null) =>
      answer(convert(of, 'airtable', normal(value), current, PEOPLE.notion)),
  }
}
const answer = (converted: ReturnType<typeof convert>): unknown =>
  'refused' in converted ? `refused: ${converted.refused}` : converted.value

describe('which types go together', () => {
  test.each([
    ['checkbox', 'line', 'both'],
    ['checkbox', 'whole', undefined],
    ['number', 'multiple select', undefined],
    ['people', 'day', undefined],
    ['date', 'number', undefined],
    ['status', 'rating', 'both'],
    ['people', 'line', 'both'],
  ])('%s with %s: %s', (notion, airtable, owner) => {
    expect(LINES.find(({ name }) => name === `${notion} and ${airtable}`)?.field.owner).toBe(owner)
  })
})

describe('texts', () => {
  test.each([
    ['outer spaces and line breaks', '  Search \n', 'Search'],
    ['line ends of another system', 'a\r\nb', 'a\nb'],
    ['composed and decomposed letters', 'Cafe\u0301', 'Caf\u00e9'],
    ['an empty text and an empty cell', '', null],
    ['spaces only and an empty cell', ' \n ', null],
  ])('%s are no difference', (_, notion, airtable) => {
    expect(line('text', 'long text').same(notion, airtable)).toBe(true)
  })

  test.each([
    ['letter case', 'search', 'Search'],
    ['inner spaces', 'a  b', 'a b'],
    ['emoji', '👩‍🚀', '👩'],
    ['a line break', 'a\nb', 'a b'],
  ])('%s is a difference', (_, notion, airtable) => {
    expect(line('text', 'long text').same(notion, airtable)).toBe(false)
  })

  test('bullets are no difference where the service keeps dashes, and only there', () => {
    const of = field('F', { airtable: { is: 'text', lines: 'many', dashes: true } })
    const equal = (line: Field) => comparable(line, 'notion', '* a\n+ b') === comparable(line, 'airtable', '- a\n- b')
    expect([equal(of), equal(field('F'))]).toEqual([true, false])
  })

  test('line breaks that a single line cannot hold are spaces there, and no difference', () => {
    const { same, toAirtable } = line('text', 'line')
    expect(toAirtable('a\n  b\n\nc')).toBe('a b c')
    expect(same('a\n  b\n\nc', 'a b c')).toBe(true)
  })
})

describe('numbers', () => {
  test('noise of floating point is no difference', () => {
    expect(line('number', 'number').same(0.1 + 0.2, 0.3)).toBe(true)
    expect(line('number', 'number').same(-0, 0)).toBe(true)
    expect(line('number', 'number').same(0.30001, 0.3)).toBe(false)
  })

  test('a whole number of sixteen digits is exact, and stays as it is', () => {
    expect(normal(4111111111111111)).toBe(4111111111111111)
    expect(line('number', 'number').toAirtable(4111111111111111)).toBe(4111111111111111)
  })

  test('digits of a text beyond what a number keeps are no difference', () => {
    const { field: of, same } = line('text', 'number')
    for (const written of ['9007199254740992', '7.000000000000001', '3.1943512165419506e+212']) {
      const converted = convert(of, 'notion', written, null)
      if ('refused' in converted) throw new Error(converted.refused)
      expect(same(written, normal(converted.value))).toBe(true)
    }
  })

  test('decimals that the other field does not keep are no difference, and stay where they are', () => {
    const { same, field: of } = line('number', 'currency')
    expect(same(12.3456, 12.35)).toBe(true)
    expect(run(of, world(12.3456, 12.35)).plan.steps).toEqual([])
    expect(line('text', 'currency').same('12.3456', 12.35)).toBe(true)
  })

  test('a number in words, or outside of what the field takes, is refused', () => {
    expect(line('text', 'number').toAirtable('twelve')).toMatch(/^refused: "twelve" is not a number/)
    expect(line('text', 'number').toAirtable('Infinity')).toMatch(/^refused/)
    expect(line('number', 'rating').toAirtable(7)).toMatch(/^refused: 7 is more than 5/)
    expect(line('number', 'rating').toAirtable(0)).toMatch(/^refused: 0 is less than 1/)
  })

  test('text that is no number is not equal to an empty number', () => {
    expect(line('text', 'number').same('Infinity', null)).toBe(false)
    expect(line('text', 'number').same('1e999', null)).toBe(false)
  })

  test('text says the same number in several ways', () => {
    expect(line('text', 'number').same('1.50', 1.5)).toBe(true)
    expect(line('select', 'number').same('7.0', 7)).toBe(true)
  })
})

describe('options', () => {
  test('letter case and outer spaces of an option that exists are no difference, and its own spelling is written', () => {
    const { same, toAirtable } = line('text', 'select')
    expect(same(' todo ', 'Todo')).toBe(true)
    expect(toAirtable(' todo ')).toBe('Todo')
  })

  test('an option that is lacking is made where the service allows', () => {
    const { field: of } = line('select', 'select')
    expect(convert(of, 'notion', 'Blocked', null)).toEqual({ value: 'Blocked', newOptions: ['Blocked'] })
    expect(convert(of, 'notion', 'Todo', null)).toEqual({ value: 'Todo', newOptions: [] })
  })

  test('where it may not be made, the nearest is named', () => {
    expect(line('status', 'select').toNotion('Dooing')).toMatch(/^refused: .*"Dooing".*nearest is "Doing"/)
    expect(line('status', 'select').toNotion('Zebra crossing')).not.toMatch(/nearest/)
  })

  test('the order of a set, and repeats in a list, are no difference', () => {
    expect(line('multi-select', 'multiple select').same(['Todo', 'Done'], ['Done', 'Todo'])).toBe(true)
    expect(line('multi-select', 'long text').same(['Todo', 'Done'], 'done, todo, Done')).toBe(true)
  })

  test('several options for a field that holds one are refused', () => {
    expect(line('multi-select', 'select').toAirtable(['Todo', 'Done'])).toMatch(/^refused: 2 options/)
    expect(line('multi-select', 'select').toAirtable(['Todo'])).toBe('Todo')
  })

  test('an option with a comma is one option: Notion cannot hold it, and it is not torn apart', () => {
    expect(line('multi-select', 'select').toNotion('Design, UX')).toMatch(/^refused/)
    expect(line('select', 'select').toNotion('Design, UX')).toMatch(/^refused/)
  })

  test('composed and decomposed letters of an option are no difference, and its own spelling is written', () => {
    const [composed, decomposed] = ['\u00e9t\u00e9', 'e\u0301te\u0301']
    expect(normal([decomposed])).toEqual([composed])
    const names: Shape = { is: 'options', names: [decomposed], open: true, commas: true }
    const of = field('F', { shape: names })
    expect(convert(of, 'notion', [composed], null)).toEqual({ value: [decomposed], newOptions: [] })
  })

  test('an option named like a member of every object is an option like any other', () => {
    expect(line('select', 'select').toAirtable('constructor')).toBe('constructor')
    expect(line('multi-select', 'multiple select').toNotion(['toString', 'valueOf'])).toEqual(['toString', 'valueOf'])
  })

  describe('with names that differ', () => {
    const values = { Done: 'Complete', Todo: 'Open' }

    test('each side has its own word for the same option', () => {
      const { same, toAirtable, toNotion } = line('select', 'select', { values })
      expect([same('Done', 'Complete'), same('Done', 'Done')]).toEqual([true, false])
      expect([toAirtable('Done'), toNotion('Complete'), toNotion('Doing')]).toEqual(['Complete', 'Done', 'Doing'])
    })

    test('letter case aside, also where the other side is a text', () => {
      expect(line('select', 'line', { values }).toNotion('complete')).toBe('Done')
      expect(line('select', 'line', { values }).same('Done', 'complete')).toBe(true)
      expect(line('select', 'line', { values }).toAirtable('Done')).toBe('Complete')
    })

    test('a name that means another option on the other side is refused, and not put under its meaning', () => {
      expect(line('select', 'select', { values }).toNotion('Done')).toMatch(/^refused/)
    })

    test('sets are translated one by one', () => {
      expect(line('multi-select', 'multiple select', { values }).toAirtable(['Done', 'Doing'])).toEqual([
        'Complete',
        'Doing',
      ])
    })
  })
})

describe('dates', () => {
  test.each([
    ['a date-time in two zones', '2026-09-15T09:00+02:00', '2026-09-15T07:00Z', 'date and time'],
    ['a day in a date-time field, which is midnight UTC', '2026-09-15', '2026-09-15T00:00Z', 'date and time'],
    ['a date-time in a day field, which is the day of its own offset', '2026-09-15T23:30-05:00', '2026-09-15', 'day'],
    ['the end of a range', '2026-09-15/2026-09-20', '2026-09-15', 'day'],
  ])('%s is no difference', (_, notion, airtable, type) => {
    expect(line('date', type).same(notion, airtable)).toBe(true)
    expect(line('date', type).toAirtable(notion)).toBe(airtable)
  })

  test('seconds are no difference', () => {
    expect(parseDate('2026-09-15T09:00:59.999Z')).toBe('2026-09-15T09:00Z')
    expect(parseDate('2026-09-15T09:00:00.000+00:00')).toBe('2026-09-15T09:00Z')
  })

  test.each([
    ['the day stands: time and zone survive', 'day', '2026-09-15', '2026-09-15T09:00+02:00', '2026-09-15T09:00+02:00'],
    ['the day moved: the time went with it', 'day', '2026-09-16', '2026-09-15T09:00+02:00', '2026-09-16'],
    ['the start moved: the end survives', 'day', '2026-09-18', '2026-09-15/2026-09-20', '2026-09-18/2026-09-20'],
    ['the start moved to the end: it survives', 'day', '2026-09-20', '2026-09-15/2026-09-20', '2026-09-20/2026-09-20'],
    ['the start passed the end: the end is dropped', 'day', '2026-09-21', '2026-09-15/2026-09-20', '2026-09-21'],
    [
      'the day of a meeting moved within its range: the day of its end survives',
      'day',
      '2026-09-16',
      '2026-09-15T09:00+02:00/2026-09-20T17:00+02:00',
      '2026-09-16/2026-09-20',
    ],
    [
      'the day of a meeting moved past its end: the end is dropped',
      'day',
      '2026-09-21',
      '2026-09-15T09:00+02:00/2026-09-20T17:00+02:00',
      '2026-09-21',
    ],
    [
      'a time where a range of days was: its end survives, as the midnight that a day is',
      'date and time',
      '2026-09-16T08:00Z',
      '2026-09-15/2026-09-20',
      '2026-09-16T08:00Z/2026-09-20T00:00Z',
    ],
    [
      'a time after the midnight of the last day: the end is dropped',
      'date and time',
      '2026-09-20T08:00Z',
      '2026-09-15/2026-09-20',
      '2026-09-20T08:00Z',
    ],
    ['midnight UTC where a day was: it stays a day', 'date and time', '2026-09-16T00:00Z', '2026-09-15', '2026-09-16'],
    ['midnight UTC where nothing was: a day', 'date and time', '2026-09-16T00:00Z', null, '2026-09-16'],
    [
      'midnight UTC where a time was: a time',
      'date and time',
      '2026-09-16T00:00Z',
      '2026-09-15T08:00Z',
      '2026-09-16T00:00Z',
    ],
    ['a time where a day was: a time', 'date and time', '2026-09-15T08:00Z', '2026-09-15', '2026-09-15T08:00Z'],
    [
      'the start of a meeting moved: its end survives',
      'date and time',
      '2026-09-15T08:15Z',
      '2026-09-15T08:00Z/2026-09-15T09:00Z',
      '2026-09-15T08:15Z/2026-09-15T09:00Z',
    ],
  ])('an edit in Airtable, %s', (_, type, typed, held, expected) => {
    expect(line('date', type).toNotion(typed, held)).toBe(expected)
  })

  test('the hour 24 is none, since Notion does not take it', () => {
    expect(parseDate('2026-09-15T24:00Z')).toBe(null)
    expect(line('date', 'long text').toNotion('2026-09-15T24:00Z')).toMatch(/^refused: .* is not a date/)
  })

  test('the end that an edit drops stands in the log', () => {
    const { field: of } = line('date', 'day')
    const settled = run(of, world('2026-09-15/2026-09-20', '2026-09-15'))
    const first = run(of, edited(settled.world, rowId(1), { values: { F: '2026-09-25' } }), settled.memory)
    expect(first.plan.steps).toMatchObject([
      { changes: [{ side: 'notion', from: '2026-09-15/2026-09-20', to: '2026-09-25' }] },
    ])
  })

  test('an emptied date is emptied', () => {
    expect(line('date', 'day').toNotion(null, '2026-09-15/2026-09-20')).toBeNull()
  })

  test('a range goes into a text as it is, and an edit of its end flows', () => {
    const { toAirtable, same } = line('date', 'line')
    expect(toAirtable('2026-09-15/2026-09-20')).toBe('2026-09-15/2026-09-20')
    expect(same('2026-09-15/2026-09-21', '2026-09-15/2026-09-20')).toBe(false)
  })

  test('the end of a range that is taken out of a text is taken out of the range', () => {
    expect(line('date', 'long text').toNotion('2026-09-16', '2026-09-15/2026-09-20')).toBe('2026-09-16')
  })

  test('of a computed range the start goes into a field of one date, and is equal to it', () => {
    const of = field('f', { notion: LINE, airtable: { is: 'date', holds: 'day' } })
    const computed = { ...of, notion: { ...of.notion, writable: false } }
    expect(answer(convert(computed, 'notion', '2026-09-15/2026-09-20', null))).toBe('2026-09-15')
    expect(comparable(computed, 'notion', '2026-09-15/2026-09-20')).toBe(comparable(computed, 'airtable', '2026-09-15'))
    expect(answer(convert(of, 'notion', '2026-09-15/2026-09-20', null))).toMatch(/is a range/)
  })

  test('a range that was typed as a text is a range', () => {
    expect(line('date', 'line').toNotion('2026-09-15/2026-09-20', null)).toBe('2026-09-15/2026-09-20')
  })

  test.each(['soon', '15.09.2026', '2026-13-01', '2026-02-30', '2026-09-15/', '2026-09-15/2026-09-20/2026-09-25'])(
    '%j is no date, and is refused',
    text => {
      expect(line('date', 'line').toNotion(text)).toMatch(/^refused: .*not a date/)
    },
  )
})

describe('people', () => {
  const [ada, bob, grace] = PEOPLE.notion as [Person, Person, Person]

  test('as text they are names joined by commas, compared as a set', () => {
    const { toAirtable, same } = line('people', 'line')
    expect(toAirtable([ada, bob])).toBe('Ada Lovelace, Bob')
    expect(same([ada, bob], 'bob, Ada Lovelace')).toBe(true)
    expect(same([ada], 'Ada Lovelace, ada lovelace')).toBe(true)
    expect(same([ada, bob], 'Bob')).toBe(false)
  })

  test('a name with a comma goes into a text and is equal to it', () => {
    const { toAirtable, same } = line('people', 'line')
    expect(toAirtable([grace])).toBe('Hopper, Grace')
    expect(same([grace], 'Hopper, Grace')).toBe(true)
  })

  test('with people: email they are addresses', () => {
    expect(line('people', 'line', { people: 'email' }).toAirtable([ada])).toBe('ada@example.com')
  })

  test('are found by their address, then by a name that is unique', () => {
    const { toNotion } = line('people', 'line')
    expect(toNotion('ADA@example.com')).toEqual([ada])
    expect(toNotion('ada lovelace, Bob')).toEqual([ada, bob])
  })

  test('with people: email, nobody is named whose address is not told: it could not be read back', () => {
    const { toNotion } = line('people', 'line', { people: 'email' })
    expect(toNotion('Ada Lovelace')).toEqual([ada])
    expect(toNotion('Bob')).toMatch(/^refused: Notion does not tell the address of "Bob"/)
  })

  test.each([
    ['nobody', 'Nobody', /^refused: Notion has no member "Nobody"/],
    ['several', 'Sam', /^refused: 2 people in Notion are called "Sam"/],
  ])('a name that %s has is refused', (_, name, words) => {
    expect(line('people', 'line').toNotion(name)).toMatch(words)
  })

  test('two people for a field that holds one are refused', () => {
    expect(line('people', 'person').toAirtable([ada, bob])).toMatch(/^refused: 2 people/)
  })

  test('are the same on both sides by their address, letter case aside, whatever their IDs and names', () => {
    expect(line('people', 'people').same([grace], [PEOPLE.airtable[2] ?? {}])).toBe(true)
  })

  test('are the same on both sides by name where Notion tells no address', () => {
    const { same, toNotion } = line('people', 'people')
    const airtable = [{ id: 'usr2', name: 'bob', email: 'bob@example.com' }]
    expect(toNotion(airtable)).toEqual([bob])
    expect(same(withAddresses(airtable)([bob]), airtable)).toBe(true)
  })

  test('one person twice in a text is one person', () => {
    expect(line('people', 'line').toNotion('Bob, bob')).toEqual([bob])
  })
})

describe('ticks and empty cells', () => {
  test('an unticked box, an empty text, an empty list and a missing value are empty', () => {
    for (const value of [null, undefined, '', []] as const) expect(normal(value)).toBeNull()
  })

  test('a tick as text is Yes, and its absence is empty', () => {
    expect(line('checkbox', 'line').toAirtable(true)).toBe('Yes')
    expect(line('checkbox', 'line').toAirtable(null)).toBeNull()
    expect(line('checkbox', 'line').same(true, 'Yes')).toBe(true)
  })

  test.each(LINES)('$name: empty goes over as empty', ({ field: of }) => {
    expect(convert(of, 'notion', null, null)).toEqual({ value: null })
    expect(convert(of, 'airtable', null, null)).toEqual({ value: null })
  })
})

describe('what both sides agree on', () => {
  test.each([
    ['decimals that the other side does not keep', 'number', 'currency', 1.2345, 1.23],
    ['a zone', 'date', 'date and time', '2026-09-15T09:00+02:00', '2026-09-15T07:00Z'],
    ['letter case', 'text', 'select', 'toDO', 'Todo'],
    ['a number in another spelling', 'text', 'number', '1e3', 1000],
    ['a word for an unticked box', 'text', 'checkbox', 'no', null],
    ['line breaks', 'text', 'line', 'a\nb', 'a b'],
  ])('stands when it is put there once more: %s', (_, notionType, airtableType, notion, airtable) => {
    const { toNotion, toAirtable } = line(notionType, airtableType)
    expect(toNotion(airtable, notion)).toEqual(notion)
    expect(toAirtable(notion, airtable)).toEqual(airtable)
  })
})

describe('the nearest name', () => {
  test.each([
    ['Statsu', 'Status'],
    ['sprint ', 'Sprint'],
    ['Prioritty', 'Priority'],
    ['Completely different', undefined],
  ])('to %j is %j', (wanted, near) => {
    expect(nearest(wanted, ['Status', 'Sprint', 'Priority'])).toBe(near)
  })
})
