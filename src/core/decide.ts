/** One field of one pair: the merge table applied, and the policy or a person's tick where it says conflict. */

import { canConvert, cannotTake, convert } from './convert.ts'
import { digest } from './digest.ts'
import { MERGE_TABLE, type Rule, situation } from './merge-rules.ts'
import type { Base, Change, Clock, Conflict, Event, Field, Page, Problem, Row, Side, Why } from './model.ts'
import { other, SIDE_NAME } from './model.ts'
import { cellId, own, type Run, same, type Where } from './planning.ts'
import type { Value } from './shape.ts'
import { comparable, comparableBase, EMPTY, filesIn, linksIn, normal, show } from './value.ts'

type Decision = {
  readonly base?: Base
  readonly change?: Change
  readonly conflict?: Conflict
  readonly settles?: Conflict
  readonly problem?: Problem
  readonly event?: Pick<Event, 'text' | 'from' | 'to'>
}

/** One field of one pair: what both sides hold of it, and the conflict that is open about it. */
type Case = {
  readonly field: Field
  readonly run: Run
  readonly where: Where
  readonly values: Readonly<Record<Side, Value>>
  readonly open: Conflict | undefined
}

/** Decides one field of one pair by the merge table. */
export function decide(
  field: Field,
  run: Run,
  where: Where,
  agreed: Base | null,
  held: { notion: Page; airtable: Row },
): Decision {
  const values = {
    notion: normal(own(held.notion.values, field.key)),
    airtable: normal(own(held.airtable.values, field.key)),
  }
  const unfilled = agreed?.unfilled
  let base = unfilled === undefined ? agreed : null
  const open = run.conflicts.get(cellId({ page: where.page, field: field.key }))
  const about: Case = { field, run, where, values, open }
  const unreadable = own(held.notion.unreadable, field.key) ?? own(held.airtable.unreadable, field.key)
  if (unreadable !== undefined) {
    return { problem: problem(about, 'unreadable', unreadable), ...(open && { conflict: open }) }
  }

  const unfetched = notFetched(base?.airtable ?? null, values.airtable)
  if (base !== null && unfetched.length > 0) {
    const without = (value: Value) => normal(filesIn(value).filter(file => !unfetched.includes(file.name)))
    const untouched =
      same(field, 'notion', values.notion, base.notion) &&
      same(field, 'airtable', values.airtable, without(base.airtable))
    const names = unfetched.map(name => JSON.stringify(name)).join(', ')
    const message = `Airtable was asked to fetch ${names} from Notion and does not show it. It is not asked again until the files, the field or the mapping change.`
    const told = refusedBefore(about)
    if (told !== undefined || untouched)
      return { problem: told ?? { ...problem(about, 'refused', message), under: ruledBy(field) } }
    base = { notion: without(base.notion), airtable: without(base.airtable) }
  }
  // What a service put into a new record, where the value was refused, is nobody's until it is edited: it counts as empty.
  const blank = unfilled !== undefined && same(field, unfilled, values[unfilled], agreed?.[unfilled])
  const text = (side: Side) => (blank && side === unfilled ? EMPTY : comparable(field, side, values[side]))
  let happened = situation({
    notion: text('notion'),
    airtable: text('airtable'),
    base: base && comparableBase(field, base),
    empty: EMPTY,
  })
  if (happened === 'apart' && base?.accepted === true) happened = 'neither-changed'
  let rule: Rule = MERGE_TABLE[happened][field.owner]
  // A side that cannot take the value (a computed field, a one-way pair of types) cannot be filled: its owner stands.
  if (rule.log === 'filled' && !canWrite(field, rule.action === 'to-notion' ? 'notion' : 'airtable')) {
    rule = MERGE_TABLE['both-changed'][field.owner]
  }

  const closed = open && { event: { text: 'conflict closed: the two sides settled it themselves' } }
  switch (rule.action) {
    case 'nothing':
      // What Airtable was asked to fetch is there now.
      return { ...(filesIn(base?.airtable ?? null).some(file => file.pending) && { base: values }), ...closed }
    case 'agree':
      return { base: blank ? { ...values, accepted: true } : values, ...closed }
    case 'to-airtable':
    case 'to-notion': {
      const side = rule.action === 'to-notion' ? 'notion' : 'airtable'
      return { ...write(about, side, rule.log ?? 'edited'), ...closed }
    }
    case 'conflict':
      // Nobody edited either side, so no clock tells who was last.
      return settle(about, base, held.notion.edited, happened === 'apart' ? 'unknown' : undefined)
  }
}

/** The files that Airtable was asked to fetch and does not show. */
function notFetched(asked: Value, now: Value): string[] {
  const there = filesIn(now).map(file => file.name)
  return filesIn(asked).flatMap(file => (file.pending === true && !there.includes(file.name) ? [file.name] : []))
}

export const canWrite = (field: Field, side: Side): boolean =>
  field[side].writable && canConvert(field[other(side)].shape, field[side].shape)

/**
 * Applies the line's policy, or a person's tick, to a field that changed on both sides. `edited` is the page's time;
 * `known` is what the clocks are bound to say, where that is known without asking.
 */
function settle(about: Case, base: Base | null, edited: string, known: Clock | undefined): Decision {
  const { field, run, where, values, open } = about
  const id = cellId({ page: where.page, field: field.key })
  const notionStands = open !== undefined && same(field, 'notion', open.notion, values.notion)
  const stands = notionStands && same(field, 'airtable', open.airtable, values.airtable)
  const clock = known ?? (stands ? open.clock : undefined) ?? run.seen.clocks.get(id)
  const conflict: Conflict = {
    page: where.page,
    row: where.row,
    field: field.key,
    base,
    ...values,
    // Notion gives the page's time only: while this field's value stands, the time at which it was first seen counts.
    notionEdited: notionStands ? open.notionEdited : edited,
    ...(clock === undefined ? {} : { clock }),
  }
  const picked = stands ? run.seen.picks.get(id) : undefined
  const ruled = field.conflict === 'notion' || field.conflict === 'airtable' ? field.conflict : undefined
  const newest = field.conflict === 'newest' && (clock === 'notion' || clock === 'airtable') ? clock : undefined
  const winner = picked ?? ruled ?? newest
  if (winner === undefined) {
    const event = {
      text: open === undefined ? 'conflict opened' : 'conflict changed: a value was edited again',
      from:
        base === null ? '' : `${SIDE_NAME.notion}: ${show(base.notion)}; ${SIDE_NAME.airtable}: ${show(base.airtable)}`,
      to: `${SIDE_NAME.notion}: ${show(values.notion)}; ${SIDE_NAME.airtable}: ${show(values.airtable)}`,
    }
    return { conflict: stands ? { ...open, ...conflict } : conflict, ...(stands ? {} : { event }) }
  }
  const why: Why = picked !== undefined ? 'conflict-picked' : ruled !== undefined ? 'conflict-rule' : 'conflict-newest'
  const written = write(about, other(winner), why)
  if (written.problem !== undefined) return { ...written, ...(open && { conflict: open }) }
  return { ...written, ...(open && { settles: open }) }
}

/** The write that brings `side` to what the other side holds, or the problem that stands in its way. */
function write(about: Case, side: Side, why: Why): Decision {
  const { field, run, values } = about
  const converted = convert(field, other(side), values[other(side)], values[side], run.seen.people[side])
  if ('refused' in converted) {
    return { problem: problem(about, 'cannot-convert', cannotTake(field[side], converted.refused)) }
  }
  const refused = refusedBefore(about, converted.value)
  if (refused !== undefined) return { problem: refused }
  const newOptions = converted.newOptions ?? []
  const options = newOptions.length > 0 ? { newOptions } : {}
  const source = values[other(side)]
  return { change: { field: field.key, side, from: values[side], to: converted.value, source, why, ...options } }
}

/** The refusal that a write would meet again, since neither the values nor the schema nor the mapping changed. */
function refusedBefore({ field, run, where, values }: Case, to: Value = null): Problem | undefined {
  const refused = run.refusals.get(cellId({ page: where.page, field: field.key }))
  const sameAgain =
    refused?.under === ruledBy(field, to) &&
    same(field, 'notion', refused.notion, values.notion) &&
    same(field, 'airtable', refused.airtable, values.airtable)
  return sameAgain ? refused : undefined
}

/**
 * What of schema and mapping decides whether a service takes a value; a refused write is tried again when it changes.
 * The records that links stand for may change while the links do not.
 */
export const ruledBy = (field: Field, to: Value = null): string =>
  digest([
    ...[field.notion.type, field.airtable.type, field.owner, field.notion.shape, field.airtable.shape, field.values],
    ...(field.links === undefined ? [] : linksIn(to).map(({ id }) => id)),
  ])

function problem({ field, where, values }: Case, code: Problem['code'], message: string): Problem {
  return { code, ...where, field: field.key, message, ...values }
}
