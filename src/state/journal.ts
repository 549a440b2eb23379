/**
 * The journal as text, and back. Where it is kept is the store's to know; what it means, src/core/recover.ts says.
 */
import { z } from 'zod'
import { WHYS } from '../core/model.ts'
import type { Journal } from '../core/recover.ts'
import { base, rest, value } from './schema.ts'

const VERSION = 1

/** The history is searched for it. */
const id = z.string().regex(/^[\w/-]+$/)
const where = { page: z.string(), row: z.string(), title: z.string() }
const change = z.object({
  field: z.string(),
  side: z.enum(['notion', 'airtable']),
  from: value,
  to: value,
  source: value,
  why: z.enum(WHYS),
  note: z.string().optional(),
  newOptions: z.array(z.string()).optional(),
})
const step = z.discriminatedUnion('do', [
  z.object({
    do: z.enum(['update-row', 'update-page']),
    ...where,
    changes: z.array(change),
    relink: z.boolean().optional(),
    rest: rest.nullable().optional(),
  }),
  z.object({ do: z.enum(['delete-row', 'trash-page']), ...where, reason: z.string(), lost: z.string() }),
])
const event = z.object({
  page: z.string().nullable(),
  row: z.string().nullable(),
  title: z.string(),
  field: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  text: z.string(),
})
const journal = z.object({
  version: z.literal(VERSION),
  id,
  tookIn: id.nullable(),
  steps: z.array(
    z.object({
      step,
      base: z.record(z.string(), base),
      stood: z.record(z.string(), value).optional(),
    }),
  ),
  makings: z
    .array(z.object({ do: z.literal('create-page'), row: z.string(), title: z.string(), changes: z.array(change) }))
    .default([]),
  events: z.array(event),
})

export const formatJournal = (given: Journal): string => `${JSON.stringify({ version: VERSION, ...given })}\n`

/** Null where the text is no journal, or one of another version: it tells what a run did, and nothing hangs on it. */
export function parseJournal(text: string): Journal | null {
  let plain: unknown
  try {
    plain = JSON.parse(text)
  } catch {
    return null
  }
  const parsed = journal.safeParse(plain)
  return parsed.success ? (parsed.data as Journal) : null
}
