/**
 * What a value holds beyond what the other side of its line can hold. It stays while it is not edited there, and is
 * what a mapping could lose. What stands in vendors' formatted text is known to the two readers only.
 */
import { type Field, other, type Side } from './model.ts'
import type { Value } from './shape.ts'
import { hasTime, rounded } from './value.ts'

/** Sentence parts, each after "hold". */
export function beyond(field: Field, side: Side, value: Value): string[] {
  const [own, across] = [field[side].shape, field[other(side)].shape]
  if (typeof value === 'number' && across.is === 'number' && rounded(value, across) !== value) return ['more decimals']
  if (typeof value !== 'string') return []
  if (own.is === 'date' && across.is === 'date' && across.holds !== 'both') {
    return [
      ...(value.includes('/') ? ['the end of a range'] : []),
      ...(hasTime(value) && across.holds === 'day' ? ['a time of day'] : []),
    ]
  }
  const folds = own.is === 'text' && across.is === 'text' && own.lines === 'many' && across.lines === 'one'
  return folds && value.includes('\n') ? ['line breaks'] : []
}
