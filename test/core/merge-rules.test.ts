/**
 * The merge table against the rules that users are promised: every cell, once, in words; and the naming of the
 * situation against a second, independent way to say it.
 */
import { describe, expect, test } from 'vitest'
import {
  type Facts,
  MERGE_TABLE,
  type Rule,
  SITUATIONS,
  type Situation,
  situation,
} from '../../src/core/merge-rules.ts'
import type { Owner } from '../../src/core/model.ts'

/** A rule in one word: the action, and how it is logged where that is more than an edit. */
const said = ({ action, log }: Rule): string => (log === undefined ? action : `${action}, ${log}`)

const PROMISED: Record<Situation, Record<Owner, string>> = {
  'neither-changed': { both: 'nothing', notion: 'nothing', airtable: 'nothing' },
  'notion-changed': { both: 'to-airtable', notion: 'to-airtable', airtable: 'to-notion, reverted' },
  'airtable-changed': { both: 'to-notion', notion: 'to-airtable, reverted', airtable: 'to-notion' },
  'both-changed-equally': { both: 'agree', notion: 'agree', airtable: 'agree' },
  'both-changed': { both: 'conflict', notion: 'to-airtable, overridden', airtable: 'to-notion, overridden' },
  apart: { both: 'conflict', notion: 'to-airtable, overridden', airtable: 'to-notion, overridden' },
  'only-notion': { both: 'to-airtable, filled', notion: 'to-airtable, filled', airtable: 'to-airtable, filled' },
  'only-airtable': { both: 'to-notion, filled', notion: 'to-notion, filled', airtable: 'to-notion, filled' },
}

describe('the merge table', () => {
  const cells = Object.entries(PROMISED).flatMap(([name, owners]) =>
    Object.entries(owners).map(([owner, rule]) => ({ name: name as Situation, owner: owner as Owner, rule })),
  )
  test.each(cells)('$name, owner $owner: $rule', ({ name, owner, rule }) => {
    expect(said(MERGE_TABLE[name][owner])).toBe(rule)
  })

  test('there is no situation that is not promised, and each has words for people', () => {
    expect(Object.keys(MERGE_TABLE).sort()).toEqual(Object.keys(PROMISED).sort())
    expect(Object.keys(SITUATIONS).sort()).toEqual(Object.keys(PROMISED).sort())
    expect(Object.values(SITUATIONS).every(words => words.length > 10)).toBe(true)
  })

  test('swapping the sides of a situation and its owner swaps the answer', () => {
    for (const { name, owner } of cells) {
      expect(said(MERGE_TABLE[swapped(name)][swapped(owner)])).toBe(swapped(said(MERGE_TABLE[name][owner])))
    }
  })
})

const swapped = <T extends string>(text: T): T =>
  text.replace(/notion|airtable/g, side => (side === 'notion' ? 'airtable' : 'notion')) as T

const EMPTY = 'null'
const TEXTS = [EMPTY, 'x', 'y']
const BASES = [null, ...TEXTS.flatMap(notion => TEXTS.map(airtable => ({ notion, airtable })))]
const FACTS: Facts[] = BASES.flatMap(base =>
  TEXTS.flatMap(notion => TEXTS.map(airtable => ({ base, notion, airtable, empty: EMPTY }))),
)

describe('naming the situation', () => {
  test('every state of three values and a base gets the name that its definition gives', () => {
    const named = FACTS.map(facts => ({ ...facts, name: situation(facts) }))
    expect(named).toEqual(FACTS.map(facts => ({ ...facts, name: byDefinition(facts) })))
    expect(new Set(named.map(({ name }) => name)).size).toBe(8)
  })

  test('swapping the sides of a state swaps its name', () => {
    for (const { notion, airtable, base, empty } of FACTS) {
      const mirrored = base && { notion: base.airtable, airtable: base.notion }
      expect(situation({ notion: airtable, airtable: notion, base: mirrored, empty })).toBe(
        swapped(situation({ notion, airtable, base, empty })),
      )
    }
  })

  test('emptying a field is a change like any other', () => {
    const base = { notion: 'x', airtable: 'x' }
    expect(situation({ notion: EMPTY, airtable: 'x', base, empty: EMPTY })).toBe('notion-changed')
    expect(situation({ notion: EMPTY, airtable: 'y', base, empty: EMPTY })).toBe('both-changed')
    expect(situation({ notion: EMPTY, airtable: EMPTY, base, empty: EMPTY })).toBe('both-changed-equally')
  })
})

/** The contract's sentences, one after another, in an order of their own. */
function byDefinition({ notion, airtable, base, empty }: Facts): Situation {
  const changed = [
    ...(base === null || base.notion !== notion ? ['notion'] : []),
    ...(base === null || base.airtable !== airtable ? ['airtable'] : []),
  ].join('+')
  if (changed === '' && notion !== airtable) return 'apart'
  if (changed === '') return 'neither-changed'
  if (notion === airtable) return 'both-changed-equally'
  if (base === null && [notion, airtable].includes(empty)) return notion === empty ? 'only-airtable' : 'only-notion'
  if (changed === 'notion+airtable') return 'both-changed'
  return changed === 'notion' ? 'notion-changed' : 'airtable-changed'
}
