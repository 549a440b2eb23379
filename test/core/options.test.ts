/** Renamed options: the two names stand for each other, also where every JavaScript object has a member of that name. */
import { expect, test } from 'vitest'
import { translate } from '../../src/core/options.ts'

test.each(['Working', 'constructor', 'toString'])('an option that was renamed to %s stands for its old name', name => {
  const names = { notion: [name], airtable: ['Doing'] }
  const renames = { notion: new Map([['Doing', name]]), airtable: new Map<string, string>() }
  expect(Object.entries(translate({}, {}, renames, names).values)).toEqual([[name, 'Doing']])
})
