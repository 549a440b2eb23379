/**
 * Two rounds of typing, each with the run that carries it and a quiet one: first Notion's values into empty rows, then
 * edits of what stands there, most of them in Airtable. Told as one case for each value of each line.
 */
import type { SeedValue } from '../../emulators/notion/index.ts'
import type { Base, Field, Problem, Side } from '../../src/core/model.ts'
import type { Value } from '../../src/core/shape.ts'
import { comparable } from '../../src/core/value.ts'
import type { RawPage } from '../../src/notion/table.ts'
import type { Line } from './lines.ts'
import { retyped, sampled } from './values.ts'
import { type Round, startWorld, type World } from './world.ts'

export const SIDES = ['notion', 'airtable'] as const

/** More than a thousand values for each line in the two rounds; in the second one every eleventh is edited in Notion. */
const COUNT = 550
const editedInNotion = (at: number): boolean => at % 11 === 0

/**
 * One value and what became of it: the side it was typed in, what had stood there, and what both sides held before and
 * after the run.
 */
export type Case = {
  readonly field: Field
  readonly from: Side
  readonly stood: Value
  readonly before: Readonly<Record<Side, Value>>
  readonly after: Readonly<Record<Side, Value>>
  /** Whether both sides are equal after the run. */
  readonly agree: boolean
  readonly pages: { readonly before: RawPage; readonly after: RawPage }
  readonly base: Base | undefined
  readonly problem: Problem | undefined
  readonly people: Round['people']
}

export type Story = {
  readonly world: World
  readonly cases: readonly Case[]
  readonly runs: readonly Round[]
  /** The runs that came after one that carried everything. */
  readonly quiet: readonly Round[]
}

export async function tellStory(lines: readonly Line[]): Promise<Story> {
  const world = await startWorld(lines, COUNT)
  type(world, lines, 'notion', () => true)
  const first = await world.round('notion')
  const second = await world.round('notion')
  type(world, lines, 'airtable', at => !editedInNotion(at))
  type(world, lines, 'notion', editedInNotion, 1)
  const third = await world.round('airtable')
  const fourth = await world.round('airtable')
  const cases = [
    ...casesOf(world, [null, first, second], () => 'notion'),
    ...casesOf(world, [second, third, fourth], at => (editedInNotion(at) ? 'notion' : 'airtable')),
  ]
  return { world, cases, runs: [first, second, third, fourth], quiet: [second, fourth] }
}

/** Types a value into each column of the chosen records; in Airtable also changes within the text that stands there. */
function type(
  { notion, airtable, pairs }: World,
  lines: readonly Line[],
  side: Side,
  chosen: (at: number) => boolean,
  turn = 0,
): void {
  const values = lines.map((line, index) => sampled(side, line, index + turn * 11, COUNT))
  for (const [at, { page, row }] of pairs.entries()) {
    if (!chosen(at)) continue
    const fresh = Object.fromEntries(lines.map((line, index) => [line.name, values[index]?.[at]]))
    if (side === 'notion') notion.edit(page, fresh as Record<string, SeedValue>)
    else {
      const { fields } = airtable.record(row)
      const typed = lines.map((line, n) => [line.name, retyped(line, fields[line.name], fresh[line.name], at + n)])
      airtable.edit(row, Object.fromEntries(typed))
    }
  }
}

function casesOf(world: World, runs: readonly [Round | null, Round, Round], from: (at: number) => Side): Case[] {
  const [previous, round, next] = runs
  const problems = new Map(round.memory.problems.map(problem => [`${problem.page} ${problem.field}`, problem]))
  const bases = new Map(round.memory.pairs.map(pair => [pair.page, pair.base]))
  const held = (run: Round | null) => ({
    notion: new Map(run?.pages.map(page => [page.id, page.values])),
    airtable: new Map(run?.rows.map(row => [row.id, row.values])),
  })
  const [stood, before, after] = [held(previous), held(round), held(next)]
  return world.pairs.flatMap(({ page, row }, at) => {
    const pages = { before: round.rawPages.get(page), after: next.rawPages.get(page) }
    if (pages.before === undefined || pages.after === undefined) throw new Error(`page ${page} was not read`)
    const values = (records: typeof before, key: string) => ({
      notion: records.notion.get(page)?.[key] ?? null,
      airtable: records.airtable.get(row)?.[key] ?? null,
    })
    return round.fields.map((field): Case => {
      const now = values(after, field.key)
      const equal = SIDES.map(side => comparable(field, side, now[side]))
      return {
        field,
        from: from(at),
        stood: values(stood, field.key)[from(at)],
        before: values(before, field.key),
        after: now,
        agree: equal[0] === equal[1],
        pages: { before: pages.before as RawPage, after: pages.after as RawPage },
        base: bases.get(page)?.[field.key],
        problem: problems.get(`${page} ${field.key}`),
        people: round.people,
      }
    })
  })
}
