/** Writing rows: Airtable takes ten at once, all or none, so what it refuses is found by halving. */
import { writeColumns } from './airtable/fields.ts'
import type { RawRow, RowWrite } from './airtable/table.ts'
import type { Change, Column } from './core/model.ts'
import { isFailure, ServiceError } from './errors.ts'
import {
  cellsOf,
  type Hands,
  isUntouched,
  Left,
  nothingWritten,
  outcomeOf,
  overwrite,
  type RowStep,
  refusal,
  type Settle,
  snapshot,
  take,
  type Written,
} from './hands.ts'
import { filesOf } from './notion/properties.ts'
import { airtableIds } from './open.ts'

/** What is sent for one step; a step that is refused as a whole is sent in parts. */
type Piece = {
  readonly step: RowStep
  /** Null until the row is made. */
  readonly id: string | null
  readonly changes: readonly Change[]
  /** Of the step, in all of its parts; and whether its row was there before it was made. */
  readonly written: Written & { existed: boolean }
}

/** Writes at most ten rows and settles each of their steps. Throws where Airtable fails for more than one record. */
export async function writeBatch(batch: readonly RowStep[], hands: Hands, settle: Settle): Promise<void> {
  const look = snapshot(hands)
  /** Rows as they stood when they were looked at last: what is not changed in a text or among files is kept. */
  const current = new Map<string, RawRow>()
  const standing = (id: string | null): RawRow | null => (id === null ? null : (current.get(id) ?? hands.rawRow(id)))

  /** Leaves the steps whose rows hold other values than what was read, or than what was written here. */
  const lookAgain = async (pieces: readonly Piece[]): Promise<void> => {
    const ids = pieces.flatMap(({ id }) => (id === null ? [] : [id]))
    const rows = await rowsNow(ids, hands)
    for (const { step, id, written } of pieces) {
      if (id === null) continue
      const raw = rows.get(id)
      if (raw === undefined) written.left = GONE
      else {
        current.set(id, raw)
        const known = written.record ?? hands.seen.rows.get(id)
        if (!isUntouched('airtable', hands.fields, known, hands.toRow(raw), step.changes)) written.left = EDITED
      }
    }
  }

  const send = (all: readonly Piece[]): Promise<void> =>
    overwrite(
      hands,
      look,
      () => lookAgain(all),
      async fresh => {
        const { rows: refused } = hands.barred
        for (const { step, id, written } of all)
          if (refused !== undefined && id === null)
            written.refused.push(refusal(step, undefined, 'airtable', refused, hands))
        const pieces = all.filter(({ id, written }) => written.left === null && (refused === undefined || id !== null))
        if (pieces.length > 0) await sendPieces(pieces, fresh)
      },
    ).catch(error => {
      if (!(error instanceof Left)) throw error
      for (const { written } of all) written.left ??= error.message
    })

  const sendPieces = async (pieces: readonly Piece[], fresh: () => boolean): Promise<void> => {
    // A row that is to be made is found again by its page ID, so there is nothing to look at.
    const updates = pieces.filter(piece => piece.id !== null)
    try {
      const options = pieces.some(piece => piece.changes.some(change => (change.newOptions ?? []).length > 0))
      const answer = await hands.airtable.write(
        pieces.map(piece => rowWrite(piece, standing(piece.id), hands)),
        hands.pageIdField,
        options,
        updates.length === 0 ? undefined : fresh,
      )
      for (const _ of updates) hands.overwrote(hands.now() - look.asked)
      for (const [index, piece] of pieces.entries()) {
        const raw = answer.rows[index]
        if (raw === undefined)
          throw new ServiceError('Airtable', 'unexpected', 'answered a write with fewer records than were sent')
        take(piece.written, piece.changes, hands.toRow(raw))
        piece.written.existed ||= piece.id === null && !answer.created.has(raw.id)
      }
    } catch (error) {
      if (isFailure(error, 'forbidden')) return sendWithoutGone(pieces, error)
      if (!isFailure(error, 'invalid', 'not-found')) throw error
      await sendInParts(pieces, error)
    }
  }

  /** Airtable answers alike where a token may not write and where a row is gone: whether one is gone can be looked up. */
  const sendWithoutGone = async (pieces: readonly Piece[], error: ServiceError): Promise<void> => {
    await lookAgain(pieces)
    if (pieces.every(({ written }) => written.left === null)) throw error
    await send(pieces)
  }

  /** All or nothing is written: halving finds the record, then the field, that is refused. */
  const sendInParts = async (pieces: readonly Piece[], error: ServiceError): Promise<void> => {
    const half = Math.ceil(pieces.length / 2)
    const [piece, second] = pieces
    if (piece === undefined) return
    if (second !== undefined) {
      await send(pieces.slice(0, half))
      return send(pieces.slice(half))
    }
    const { written } = piece
    // It may be the row that is not there, or one that a cell links to.
    if (error.failure === 'not-found') await lookAgain(pieces)
    if (written.left !== null) return
    if (piece.step.do === 'create-row' && piece.id === null && piece.changes.length > 0) {
      // A row that holds its page ID only, and then the cells part by part.
      await send([{ ...piece, changes: [] }])
      if (written.record !== null) await sendInParts([{ ...piece, id: written.record.id }], error)
    } else if (piece.changes.length > 1) {
      const middle = Math.ceil(piece.changes.length / 2)
      await send([{ ...piece, changes: piece.changes.slice(0, middle) }])
      await send([{ ...piece, changes: piece.changes.slice(middle) }])
    } else {
      if (piece.changes.length === 0 && piece.id === null) hands.barred.rows = error
      written.refused.push(refusal(piece.step, piece.changes[0], 'airtable', error, hands))
      // The page ID goes along with any cell; where the only one is refused, it goes alone.
      if (piece.step.do === 'update-row' && piece.step.relink === true && piece.changes.length === 1)
        await send([{ ...piece, changes: [] }])
    }
  }

  const whole = batch.map(
    (step): Piece => ({
      step,
      id: step.do === 'create-row' ? null : step.row,
      changes: step.changes,
      written: { ...nothingWritten(), existed: false },
    }),
  )
  await send(whole)
  for (const { step, written } of whole) {
    const outcome = outcomeOf(step, written)
    settle(step, outcome.result === 'done' && written.existed ? { ...outcome, existed: true } : outcome)
  }
}

const GONE = 'the row is gone'
const EDITED = 'the row was edited meanwhile'

/** Deletes a row, unless it was edited since an old snapshot. */
export async function deleteRow(id: string, hands: Hands): Promise<void> {
  const lookAgain = async (): Promise<void> => {
    const raw = (await rowsNow([id], hands)).get(id)
    if (!isUntouched('airtable', hands.fields, hands.seen.rows.get(id), raw && hands.toRow(raw))) throw new Left(EDITED)
  }
  await overwrite(hands, snapshot(hands), lookAgain, fresh => hands.airtable.remove(id, fresh))
}

/** Rows as they stand now; those that are gone are missing. */
async function rowsNow(ids: readonly string[], hands: Hands): Promise<Map<string, RawRow>> {
  if (ids.length === 0) return new Map()
  const columns = airtableIds([hands.pageIdField, ...hands.fields.map(field => field.airtable.id)])
  return new Map((await hands.airtable.rows(ids, columns)).map(raw => [raw.id, raw]))
}

function rowWrite({ step, id, changes }: Piece, current: RawRow | null, hands: Hands): RowWrite {
  const page = hands.rawPage(step.page)
  const withFiles = cellsOf(changes, 'airtable', hands.fields).map(cell => {
    const source = hands.fields.find(field => field.airtable === cell.column)?.notion
    return source?.shape.is === 'files' && page !== null ? { ...cell, files: filesOf(page, source) } : cell
  })
  const cells = writeColumns(withFiles, current)
  const links = step.do === 'create-row' || step.relink === true
  const stamp = hands.lastSyncedField
  const stamped = stamp === null ? {} : writeColumns([{ column: stamp, value: stampValue(stamp, hands.now()) }], null)
  return { id, fields: { ...cells, ...stamped, ...(links ? { [hands.pageIdField]: step.page } : {}) } }
}

/** The time of the write as the field holds it: to the minute, or the day. */
function stampValue(column: Column, now: number): string {
  const iso = new Date(now).toISOString()
  return column.shape.is === 'date' && column.shape.holds === 'day' ? iso.slice(0, 10) : `${iso.slice(0, 16)}Z`
}
