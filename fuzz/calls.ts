/** What a call to a service says and does, as far as the checks must know it. */
import { REFUSED } from './example.ts'
import { isWrite, type Seen } from './kill.ts'

/** Everything that a call says. */
const textOf = ({ path, query, body }: Seen): string => `${path} ${decodeURIComponent(query)} ${body}`

/** Whether a call writes over a field of a record, or takes the record away. */
export const writesOver = (call: Seen, id: string, column: string): boolean =>
  isWrite(call) &&
  textOf(call).includes(id) &&
  !call.body.includes(REFUSED) &&
  (call.body.includes(column) || !/"(properties|fields)":/.test(call.body))

/** Whether a call shows what the record holds: it lists all, or asks for this one. */
export function isLook(call: Seen, id: string): boolean {
  const text = textOf(call)
  // Asking which side was last, which pages are new, or who carries a page's ID tells nothing of what is in conflict.
  if (isWrite(call) || /LAST_MODIFIED_TIME|on_or_after|FIND\(/.test(text)) return false
  if (call.service === 'notion') return /\/query$/.test(call.path) || (/\/pages\//.test(call.path) && text.includes(id))
  return /^\/v0\/app/.test(call.path) && (text.includes('RECORD_ID()') ? text.includes(id) : true)
}
