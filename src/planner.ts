/**
 * Planning with what only the services can tell: the pure plan is made, what it turns out to need is asked for
 * (clocks of conflicts, members, our own user), and it is made again. A quiet run asks nothing.
 */
import { askClocks } from './clocks.ts'
import type { Field, Person, Plan, Row, Side } from './core/model.ts'
import { makePlan } from './core/plan.ts'
import type { Observed, Settings } from './core/planning.ts'
import type { Reading } from './read.ts'

/** Plans; asks the services for what the plan turns out to need (clocks of conflicts, members), and plans again. */
export async function planSync(reading: Reading, picks: ReadonlyMap<string, Side>): Promise<Plan> {
  const { state } = reading
  const { settings } = reading.bound
  const known = { notion: peopleIn(reading, 'notion'), airtable: peopleIn(reading, 'airtable') }
  const planWith = (asked: { clocks: Observed['clocks']; people: Observed['people']; bot: string | null }): Plan =>
    makePlan(settings, {
      pairs: state?.pairs ?? [],
      conflicts: state?.conflicts ?? [],
      problems: state?.problems ?? [],
      pages: reading.pages,
      rows: reading.rows,
      hidden: reading.hidden,
      fates: reading.fates,
      picks,
      ...asked,
    })
  const first = planWith({ clocks: new Map(), people: known, bot: null })
  const needsMembers = looksForPeople(first, settings.fields)
  const needsBot = mayFindOwnPages(first, settings)
  if (first.unclocked.length === 0 && !needsMembers && !needsBot) return first
  const [clocks, members, bot] = await Promise.all([
    askClocks(reading.airtable, first.unclocked, settings.fields, reading.bound.pageIdField.id),
    needsMembers ? reading.members() : [],
    needsBot ? reading.notion.bot() : null,
  ])
  const people = {
    notion: distinct([...members, ...known.notion]),
    // Airtable lists no collaborators; whoever has an address can be named by it, and it refuses strangers.
    airtable: distinct([...known.airtable, ...members.filter(person => person.email !== undefined).map(withoutId)]),
  }
  const second = planWith({ clocks, people, bot })
  // A page that a broken-off run made is linked only now, and may bring conflicts of its own.
  if (second.unclocked.length === 0) return second
  const more = await askClocks(reading.airtable, second.unclocked, settings.fields, reading.bound.pageIdField.id)
  return planWith({ clocks: new Map([...clocks, ...more]), people, bot })
}

const withoutId = ({ id: _, ...person }: Person): Person => person

/** Whether pages may be there that this program made and could not link: several records share a name, or have none. */
function mayFindOwnPages(plan: Plan, { create }: Settings): boolean {
  if (create !== 'notion' && create !== 'both') return false
  const nameless = plan.steps.some(step => step.do === 'create-page' && step.title === '')
  return nameless || plan.problems.some(problem => problem.code === 'ambiguous-match')
}

/** Whether a people field is written, or could not be: then all members must be known, not just those in use. */
function looksForPeople(plan: Plan, fields: readonly Field[]): boolean {
  const people = (key: string | undefined, side: Side) =>
    fields.some(field => field.key === key && field[side].shape.is === 'people')
  return (
    plan.problems.some(
      problem =>
        problem.code === 'cannot-convert' && (people(problem.field, 'notion') || people(problem.field, 'airtable')),
    ) ||
    plan.steps.some(
      step => 'changes' in step && step.changes.some(change => change.to !== null && people(change.field, change.side)),
    )
  )
}

/** The people whom a side's own values name. */
function peopleIn(reading: Reading, side: Side): Person[] {
  const keys = reading.bound.settings.fields.filter(field => field[side].shape.is === 'people').map(field => field.key)
  const records: readonly { values: Row['values'] }[] = side === 'notion' ? reading.pages : reading.rows
  const found = keys.flatMap(key =>
    records.flatMap(record => (Array.isArray(record.values[key]) ? (record.values[key] as readonly Person[]) : [])),
  )
  return distinct(found)
}

function distinct(people: readonly Person[]): Person[] {
  const byKey = new Map<string, Person>()
  for (const person of people) {
    const key = person.email?.toLowerCase() ?? person.id ?? person.name ?? ''
    if (!byKey.has(key)) byKey.set(key, person)
  }
  return [...byKey.values()]
}
