/**
 * One person, known as the same on both sides. A service may not tell the address of a person (an integration without
 * that capability); whoever has a name that only one known address goes by is that person.
 */
import type { Person, Value } from './shape.ts'
import { fold } from './value.ts'

/** Completes people in a value with the address that the known people give for their name. */
export function withAddresses(known: readonly Person[]): (value: Value) => Value {
  const byName = new Map<string, Set<string>>()
  for (const { name, email } of known) {
    if (name === undefined || email === undefined) continue
    byName.set(fold(name), (byName.get(fold(name)) ?? new Set()).add(email))
  }
  const complete = (person: Person): Person => {
    if (person.email !== undefined || person.name === undefined) return person
    const [email, another] = byName.get(fold(person.name)) ?? []
    return email === undefined || another !== undefined ? person : { ...person, email }
  }
  return value =>
    Array.isArray(value) && typeof value[0] === 'object' ? (value as readonly Person[]).map(complete) : value
}
