/**
 * Planning with what only the services can tell: the pure plan is made, what it turns out to need is asked for
 * (clocks of conflicts, members, our own user), and it is made again. A quiet run asks nothing.
 */
import { askClocks } from './clocks.ts'
import type { Field, Pair, Plan, Row, Side } from './core/model.ts'
import { makePlan } from './core/plan.ts'
import type { Observed } from './core/planning.ts'
import { planRestore, unknownNames } from './core/restore.ts'
import type { Person } from './core/shape.ts'
import { nearest } from './core/value.ts'
import type { Deps } from './deps.ts'
import { holds } from './doubles.ts'
import { UserError } from './errors.ts'
import type { Reading } from './read.ts'
import { parseState } from './state/schema.ts'

/** Plans; asks the services for what the plan turns out to need (clocks of conflicts, members), and plans again. */
export async function planSync(
  reading: Reading,
  picks: ReadonlyMap<string, Side>,
  makings: Observed['makings'],
): Promise<Plan> {
  const { state } = reading
  const { settings } = reading.bound
  const known = { notion: peopleIn(reading, 'notion'), airtable: peopleIn(reading, 'airtable') }
  const holding = new Set(Object.keys(state?.creating ?? {}).filter(row => holds(state?.creating[row], reading.at)))
  type Asked = Pick<Observed, 'clocks' | 'people' | 'bot' | 'strays'>
  const planWith = (asked: Asked): Plan =>
    makePlan(settings, {
      pairs: state?.pairs ?? [],
      conflicts: state?.conflicts ?? [],
      problems: state?.problems ?? [],
      pages: reading.pages,
      rows: reading.rows,
      hidden: reading.hidden,
      fates: reading.fates,
      holding,
      makings,
      picks,
      ...asked,
    })
  const first = planWith({ clocks: new Map(), people: known, bot: null, strays: [] })
  const needsMembers = looksForPeople(first, settings.fields)
  // A page that is about to be made may be there already, made by a run that broke off before it could link it.
  const makesPages = holding.size + makings.length > 0 || first.steps.some(step => step.do === 'create-page')
  const needsBot = makesPages || first.problems.some(problem => problem.code === 'ambiguous-match')
  if (first.unclocked.length === 0 && !needsMembers && !needsBot) return first
  const anyField = reading.bound.pageIdField.id
  const [clocks, members, bot, recent] = await Promise.all([
    askClocks(reading.airtable, first.unclocked, settings.fields, anyField),
    needsMembers ? reading.members() : [],
    needsBot ? reading.notion.bot() : null,
    makesPages ? reading.recentPages() : [],
  ])
  const people = {
    notion: distinct([...members, ...known.notion]),
    // Airtable lists no collaborators; whoever has an address can be named by it, and it refuses strangers.
    airtable: distinct([...known.airtable, ...members.filter(person => person.email !== undefined).map(withoutId)]),
  }
  const listed = new Set([...reading.pages.map(page => page.id), ...(state?.pairs ?? []).map(pair => pair.page)])
  const strays = recent.filter(page => page.createdBy === bot && !listed.has(page.id))
  const asked = { people, bot, strays }
  const second = planWith({ clocks, ...asked })
  // A page that a broken-off run made is linked only now, and may bring conflicts of its own.
  if (second.unclocked.length === 0) return second
  const more = await askClocks(reading.airtable, second.unclocked, settings.fields, anyField)
  return planWith({ clocks: new Map([...clocks, ...more]), ...asked })
}

/** The plan that sets both sides back to what a former state says. */
export async function planBack(
  restore: NonNullable<Deps['restore']>,
  reading: Reading,
  statePath: string,
  others: readonly Elsewhere[],
): Promise<Plan> {
  const at = await restore.called(statePath)
  const pairsAt = async (path: string) => {
    const text = await restore.stateAt(path)
    return text === null ? null : parseState(text, `${path} at ${at}`).pairs
  }
  const then = await pairsAt(statePath)
  if (then === null)
    throw new UserError(
      `There is no ${statePath} at ${at}. Give a commit of the state branch, or a date such as 2026-11-20T09:00:00Z, with the input "at".`,
    )
  const { pages, rows, fates, state } = reading
  const seen = {
    pages,
    rows,
    fates,
    pairs: state?.pairs ?? [],
    conflicts: state?.conflicts ?? [],
    problems: state?.problems ?? [],
  }
  let unknown = unknownNames(restore.records ?? [], seen, then)
  for (const { path, pairs } of others) {
    if (unknown.length === 0) break
    const [before, now] = await Promise.all([pairsAt(path), pairs()])
    unknown = unknownNames(unknown, { pairs: now, pages: [], rows: [] }, before ?? [])
  }
  const titles = [...then.map(pair => pair.title), ...pages.map(page => page.title)]
  if (unknown.length > 0)
    throw new UserError(
      unknown.map(name => {
        const near = nearest(name, titles)
        return {
          message: `The input records names "${name}", which is in no pair of ${statePath} at ${at}${near === undefined ? '' : `; did you mean "${near}"?`}. It takes a page ID or the address of a page, a row ID, or a title of then or now. Nothing was written.`,
        }
      }),
    )
  const { settings } = reading.bound
  const plan = planRestore(settings, seen, then, restore.records)
  // The answer to a write may name people by their IDs alone.
  if (looksForPeople(plan, settings.fields)) await reading.members()
  return plan
}

/** Another sync of the mapping, which a name may be meant for: where its state is, and the pairs that it knows now. */
type Elsewhere = { readonly path: string; readonly pairs: () => Promise<readonly Pair[]> }

const withoutId = ({ id: _, ...person }: Person): Person => person

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
