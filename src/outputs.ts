/** What the action tells at its end, as data: its outputs and the job summary, whose words come from report/. */
import { counted } from './core/value.ts'
import { UserError } from './errors.ts'
import type { Mode } from './inputs.ts'
import { checkSummary } from './report/check.ts'
import { markdown } from './report/escape.ts'
import { planSummary, syncSummary } from './report/summary.ts'
import type { Outcome } from './session.ts'

/** A sync in the job summary, or in the comment with the plan. */
export function report(outcome: Outcome, mode: Mode): string {
  if (outcome.result !== null) {
    if (mode === 'check') return checkSummary(outcome.result)
    if (mode === 'restore' && outcome.result.planned && outcome.result.plan.steps.length > 0)
      return `${planSummary(outcome.result)}\n\nRun it again with \`force: true\` to do this.`
    return outcome.result.planned ? planSummary(outcome.result) : syncSummary(outcome.result)
  }
  return stopped(outcome.name, outcome.error)
}

/** What stopped a sync, or the whole run, before its first write; `what` is the heading. */
export function stopped(what: string, error: Error | null): string {
  const complaints = error instanceof UserError ? error.complaints : [{ message: error?.message ?? '' }]
  const lines = complaints.map(({ message, ...at }) => {
    const place = 'place' in at && at.place !== undefined ? `line ${at.place.line}: ` : ''
    return `- ${place}${markdown(message, 2000)}`
  })
  return `## ${what}\n\n> **Stopped.** Nothing was written to Notion or Airtable.\n\n${lines.join('\n')}`
}

/** What the run cost. */
export function costLine(calls: { notion: number; airtable: number }): string {
  const minutes = Math.ceil(process.uptime() / 60)
  return `<sub>${counted(calls.notion, 'Notion call')}, ${counted(calls.airtable, 'Airtable call')}; this step takes ${minutes} of the job’s billed minutes at most.</sub>\n`
}

/** The outputs of the action, from all syncs together. */
export function outputsOf(
  outcomes: readonly Outcome[],
  calls: { notion: number; airtable: number },
): { readonly conflicts: number } & Readonly<Record<string, boolean | number | string>> {
  const sum = (key: 'created' | 'toNotion' | 'toAirtable' | 'deleted') =>
    outcomes.reduce((total, outcome) => total + (outcome.result?.counts[key] ?? 0), 0)
  const open = (key: 'conflicts' | 'problems') =>
    outcomes.reduce((total, { result, stillOpen }) => total + ((result?.counts ?? stillOpen)?.[key] ?? 0), 0)
  return {
    changed: outcomes.some(outcome => outcome.result?.changed === true),
    created: sum('created'),
    'updated-notion': sum('toNotion'),
    'updated-airtable': sum('toAirtable'),
    deleted: sum('deleted'),
    conflicts: open('conflicts'),
    problems: open('problems'),
    commit: outcomes.map(outcome => outcome.commit).findLast(sha => sha !== '') ?? '',
    issue:
      outcomes.map(({ result, stillOpen }) => (result ?? stillOpen)?.issue ?? null).find(number => number !== null) ??
      '',
    'api-calls-notion': calls.notion,
    'api-calls-airtable': calls.airtable,
  }
}
