/**
 * The laws of carrying values, for every pair of types that flows both ways: more than a thousand generated values each,
 * typed by hand into the emulated services, carried by the real SDKs and read back.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import type { SeedValue } from '../../emulators/notion/index.ts'
import { writeColumns as cellsForAirtable } from '../../src/airtable/fields.ts'
import { convert } from '../../src/core/convert.ts'
import { type Field, other, type Side } from '../../src/core/model.ts'
import { sharedEnds } from '../../src/core/patch.ts'
import type { Value } from '../../src/core/shape.ts'
import { comparable, EMPTY, normal, parseDate } from '../../src/core/value.ts'
import { writeColumns as cellsForNotion } from '../../src/notion/properties.ts'
import { plainText } from '../../src/notion/rich-text.ts'
import type { RawPage } from '../../src/notion/table.ts'
import type { Line } from './lines.ts'
import { type Case, SIDES, type Story, tellStory } from './story.ts'

const equal = (a: Value | undefined, b: Value): boolean => JSON.stringify(a) === JSON.stringify(b)
const same = (field: Field, side: Side, a: Value, b: Value): boolean =>
  comparable(field, side, a) === comparable(field, side, b)
/** The shortest counterexample of each line, in words; none where the law holds. */
function broken(
  cases: readonly Case[],
  law: (each: Case) => boolean,
  told: (each: Case) => object = () => ({}),
): string[] {
  const shortest = new Map<string, string>()
  for (const each of cases) {
    if (law(each)) continue
    const { field, from, before, after, problem } = each
    const said = `${field.key}, typed in ${from}: ${JSON.stringify({ before, after, problem: problem?.message, ...told(each) })}`
    const known = shortest.get(field.key)
    if (known === undefined || said.length < known.length) shortest.set(field.key, said)
  }
  return [...shortest.values()].map(said => said.slice(0, 600))
}

type Item = Extract<RawPage['properties'][string], { type: 'rich_text' }>['rich_text'][number]
const itemsOf = (page: RawPage, field: Field): readonly Item[] => {
  const property = page.properties[field.key]
  return property?.type === 'rich_text' ? property.rich_text : property?.type === 'title' ? property.title : []
}

type Letter = { readonly item: Item; readonly from: number; readonly to: number }
const lettersOf = (items: readonly Item[]): Letter[] => {
  let to = 0
  return items.flatMap(item => {
    const from = to
    to += item.plain_text.length
    const letter = { item, from, to }
    return Array.from({ length: item.plain_text.length }, () => letter)
  })
}

const isPlain = ({ type, href, annotations }: Item): boolean =>
  type === 'text' && href === null && Object.values(annotations).every(value => value === false || value === 'default')

/** Whether a letter looks as it did. Between two formatted texts most of that is said in Markdown, and may be edited. */
function unchanged(field: Field, was: Item, is: Item | undefined): boolean {
  const marks = field.notion.shape.is === 'text' && field.notion.shape.marks === true
  const { underline, color, ...told } = was.annotations
  const { underline: underlined, color: coloured, ...tells } = is?.annotations ?? PLAIN
  const asTold = was.href === is?.href && JSON.stringify(told) === JSON.stringify(tells)
  const beyond = underline === underlined && color === coloured
  if (!marks) return asTold && beyond && was.type === is?.type
  return was.type === 'text' ? beyond : !asTold || (beyond && was.type === is?.type)
}
const PLAIN = { underline: false, color: 'default' }

/** What an edit took from the letters that it did not touch, or null. Notion holds no more than a hundred pieces. */
function lost({ field, pages }: Case): string | null {
  const items = itemsOf(pages.before, field)
  if (items.length > 90 || items.every(isPlain)) return null
  const [was, is] = [lettersOf(items), lettersOf(itemsOf(pages.after, field))]
  const { start, end } = sharedEnds(plainText(items), plainText(itemsOf(pages.after, field)))
  const untouched = (from: number, to: number): boolean => to <= start || from >= was.length - end
  for (const [at, { item, from, to }] of was.entries()) {
    const whole = item.type === 'text' ? untouched(at, at + 1) : untouched(from, to)
    const now = is[at < start ? at : at + is.length - was.length]?.item
    if (whole && item.plain_text.charAt(at - from).trim() !== '' && !unchanged(field, item, now))
      return `letter ${at}: ${JSON.stringify(item)} became ${JSON.stringify(now)}`
  }
  return null
}

/** A property or cell in JSON: texts, numbers and times as in the normal form, with formatting and all else it holds. */
const inOneSpelling = (shown: unknown): string =>
  JSON.stringify(shown ?? null, (_, part: unknown) => {
    if (typeof part === 'number') return normal(part)
    return typeof part === 'string' ? (parseDate(part) ?? normal(part)) : part
  })

/** Writes into every record what it holds, by hand; answers what that changed, the shortest of each line. */
function rewritten({ world, runs }: Story, side: Side): string[] {
  const last = runs.at(-1)
  if (last === undefined) throw new Error('there was no run')
  const shortest = new Map<string, string>()
  const records = new Map([...last.pages, ...last.rows].map(record => [record.id, record]))
  // Of an option there is no more than its name in the schema's spelling; files are made anew by this hand.
  const fields = last.fields.filter(({ [side]: { shape } }) => !['option', 'options', 'files'].includes(shape.is))
  for (const { page, row } of world.pairs) {
    const { values = {}, unreadable = {} } = records.get(side === 'notion' ? page : row) ?? {}
    const readable = fields.filter(({ key }) => !Object.hasOwn(unreadable, key) && values[key] !== null)
    const cells = readable.map(field => ({ column: field[side], value: values[field.key] ?? null }))
    const shown = (): object =>
      side === 'notion' ? Object(world.notion.page(page).properties) : world.airtable.record(row).fields
    const before = shown()
    const written =
      side === 'notion'
        ? cellsForNotion(cells, last.rawPages.get(page) ?? null)
        : cellsForAirtable(cells, last.rawRows.get(row) ?? null)
    const byName = Object.fromEntries(readable.map(field => [field.key, written[field[side].id]]))
    if (side === 'notion') world.notion.edit(page, byName as Record<string, SeedValue>)
    else world.airtable.edit(row, byName)
    const after = shown()
    for (const { key } of readable) {
      const [was, is] = [before, after].map(record => inOneSpelling(Reflect.get(record, key)))
      if (was === undefined || was === is || was.length >= (shortest.get(key)?.length ?? Number.POSITIVE_INFINITY))
        continue
      shortest.set(key, `${was} became ${is}`)
    }
  }
  return [...shortest].map(([key, said]) => `${key}: ${said.slice(0, 600)}`)
}

/** Tells the story of these lines once, and tests each law on it. */
export function laws(lines: readonly Line[]): void {
  let story: Story
  beforeAll(async () => {
    story = await tellStory(lines)
    return () => story.world.close()
  }, 240_000)

  test('every pair of types has its thousand values, half of them in each direction', () => {
    expect(story.cases.length / lines.length).toBeGreaterThanOrEqual(1000)
    for (const side of SIDES)
      expect(story.cases.filter(({ from }) => from === side).length / lines.length).toBeGreaterThanOrEqual(500)
  })

  describe('spellings', () => {
    test('the normal form of a normal form is itself', () => {
      expect(
        broken(story.cases, ({ before }) => SIDES.every(side => equal(normal(before[side]), before[side]))),
      ).toEqual([])
    })

    test('a value is equal to itself in another spelling: spaces, line ends, composed letters, order, repeats', () => {
      const respelled = (value: Value): Value => {
        if (typeof value === 'string') return ` \r\n${value.replace(/\n/g, '\r\n').normalize('NFD')}\n`
        if (!Array.isArray(value)) return value
        return [...value].reverse().concat(typeof value[0] === 'string' ? value : []) as Value
      }
      const law = ({ field, from, before }: Case) => same(field, from, before[from], normal(respelled(before[from])))
      expect(broken(story.cases, law)).toEqual([])
    })
  })

  describe('a value that was typed on one side', () => {
    test('is on the other side after the run, equal in what both can carry, or a problem says in words why not', () => {
      expect(story.runs.map(({ failure }) => failure)).toEqual([null, null, null, null])
      const law = (each: Case) =>
        each.agree || each.base?.accepted === true || (each.problem?.message ?? '').length > 20
      expect(broken(story.cases, law)).toEqual([])
    })

    test('is one that can be carried often enough, on each line', () => {
      const carried = new Map<string, number>()
      for (const each of story.cases)
        if (each.agree && each.before[each.from] !== null)
          carried.set(each.field.key, (carried.get(each.field.key) ?? 0) + 1)
      expect(lines.filter(({ name }) => (carried.get(name) ?? 0) < 100).map(({ name }) => name)).toEqual([])
    })

    test('leaves the other side as it was where it cannot be carried', () => {
      const law = ({ field, from, before, after, problem }: Case) =>
        problem === undefined || same(field, other(from), before[other(from)], after[other(from)])
      expect(broken(story.cases, law)).toEqual([])
    })

    test('is not itself changed by being carried', () => {
      expect(broken(story.cases, ({ from, before, after }) => equal(before[from], after[from]))).toEqual([])
    })

    test('is written in a form that the service keeps', () => {
      expect(broken(story.cases, ({ problem }) => !problem?.message.startsWith('Written'))).toEqual([])
    })

    test('empties the other side when it is empty', () => {
      const emptied = ({ field, from, stood, before, problem }: Case) =>
        stood !== null &&
        before[from] === null &&
        problem?.code !== 'unreadable' &&
        field[other(from)].type !== 'status'
      const law = (each: Case) =>
        !emptied(each) || comparable(each.field, other(each.from), each.after[other(each.from)]) === EMPTY
      expect(story.cases.filter(emptied).length).toBeGreaterThan(lines.length * 20)
      expect(broken(story.cases, law)).toEqual([])
    })
  })

  describe('an edit in Airtable within a text of Notion', () => {
    test('leaves formatting, links, mentions and equations of the rest', () => {
      const law = (each: Case) => each.from !== 'airtable' || each.problem !== undefined || lost(each) === null
      expect(broken(story.cases, law, each => ({ lost: lost(each) }))).toEqual([])
    })
  })

  describe('once carried', () => {
    test('nothing is written any more, and nothing is in conflict', () => {
      for (const { plan } of story.quiet) {
        const changes: readonly object[] = plan.steps.flatMap(step => ('changes' in step ? step.changes : []))
        expect([plan.steps.length, changes.slice(0, 5)]).toEqual([0, []])
        expect(plan.conflicts.slice(0, 5)).toEqual([])
      }
    })

    test('a value that is converted back is what stands there, with all that the other side cannot hold', () => {
      const back = ({ field, after, people }: Case) =>
        SIDES.map(side => {
          const converted = convert(field, other(side), after[other(side)], after[side], people[side])
          return 'refused' in converted ? undefined : normal(converted.value)
        })
      const law = (each: Case) =>
        !each.agree || SIDES.every((side, index) => equal(back(each)[index], each.after[side]))
      expect(broken(story.cases, law, each => ({ back: back(each) }))).toEqual([])
    })

    test.each(SIDES)('what stands in %s can be written there again and nothing of the record changes', side => {
      expect(rewritten(story, side)).toEqual([])
    })
  })
}
