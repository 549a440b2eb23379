/** A short fingerprint of plain data, for markers and for "has this changed?". Not for secrets. */
import { createHash } from 'node:crypto'

/** Twelve hex digits; equal for equal JSON. */
export const digest = (data: unknown): string =>
  createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 12)
