/** A write whose turn comes late again and again: what it waited for decides whether the record or the service is at fault. */
import { expect, it } from 'vitest'
import { Outdated, ServiceError } from '../src/errors.ts'
import { type Hands, Left, overwrite } from '../src/hands.ts'

const down = new ServiceError('Airtable', 'unavailable', 'down')

/** A write that is outdated at each of its tries, for these causes. */
function writing(...causes: (ServiceError | undefined)[]): Promise<unknown> {
  const hands = { now: () => 0 } as Hands
  const look = { asked: 0, answered: 0 }
  return overwrite(
    hands,
    look,
    async () => {},
    async () => {
      throw new Outdated(causes.shift())
    },
  )
}

it.each([
  ['at its last try', [undefined, undefined, down]],
  ['at its first try, which may have taken effect', [down, undefined, undefined]],
])('that a service refused %s fails for that', async (_, causes) => {
  await expect(writing(...causes)).rejects.toBe(down)
})

it('that only waited for its turn is left for the next run', async () => {
  await expect(writing(undefined, undefined, undefined)).rejects.toThrow(Left)
})
