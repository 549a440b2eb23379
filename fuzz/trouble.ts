/** What goes wrong at the services, as answers of theirs. */
import { html502, retriable503, server500 } from '../emulators/airtable/faults.ts'
import { rateLimited, savedBut503 } from '../emulators/notion/faults.ts'
import type { Fault } from '../emulators/serve.ts'
import type { Trouble } from './history.ts'

/** Refuses a write as the service does that cannot take a value. */
export function refusal(service: 'notion' | 'airtable'): Fault['effect'] {
  if (service === 'notion') {
    const body = { object: 'error', status: 400, code: 'validation_error', message: 'body failed validation.' }
    return { kind: 'answer', status: 400, body }
  }
  return {
    kind: 'answer',
    status: 422,
    body: { error: { type: 'INVALID_VALUE_FOR_COLUMN', message: 'Cannot take it.' } },
  }
}

/** The answer that a trouble puts in the place of the service's own. */
export function effectOf({ kind, service }: Trouble): Fault['effect'] {
  if (kind === 'cut') return { kind: 'reset', when: 'before' }
  if (kind === 'lost') return { kind: 'reset', when: 'after' }
  if (kind === 'saved' && service === 'notion') return savedBut503(/./).effect
  if (kind === 'busy' && service === 'notion') return rateLimited(/./, 1).effect
  if (kind === 'busy' && service === 'airtable') return retriable503().effect
  return service === 'airtable' ? server500().effect : html502().effect
}
