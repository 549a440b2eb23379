/** Writing rows: Airtable takes ten at once, all or none, so what it refuses is found by halving. */
import { writeColumns } from './airtable/fields.ts'
import type { RawRow, RowWrite } from './airtable/table.ts'
import type { Change, Column, Problem, Row } from './core/model.ts'
import { isFailure, ServiceError } from './errors.ts'
import {
  cellsOf,
  type Hands,
  isUntouched,
  Left,
  overwrite,
  type RowStep,
  refusal,
  type Settle,
  snapshot,
} from './hands.ts'
import { filesOf } from './notion/properties.ts'
import { airtableIds } from './open.ts'

/** What is sent for one step; a step that is refused as a whole is sent in parts. */
type Piece = {
  readonly step: RowStep
  readonly id: string | null
  readonly changes: readonly Change[]
  readonly bare?: true
}

/** Writes at most ten rows and settles each of their steps. Throws where Airtable fails for more than one record. */
export async function writeBatch(batch: readonly RowStep[], hands: Hands, settle: Settle): Promise<void> {
  const look = snapshot(hands)
  const edited = new Set<RowStep>()
  /** Rows as they stood when they were looked at last: what is not changed in a text or among files is kept. */
  const current = new Map<string, RawRow>()
  const standing = (id: string | null): RawRow | null => (id === null ? null : (current.get(id) ?? hands.rawRow(id)))
  const results = new Map<RowStep, { row: Row | null; existed: boolean; refused: Problem[]; gone: boolean }>()
  const resultOf = (step: RowStep) => {
    const result = results.get(step) ?? { row: null, existed: false, refused: [], gone: false }
    results.set(step, result)
    return result
  }

  /** Finds the steps whose rows hold other values than what was read, or than what was written here. */
  const lookAgain = async (pieces: readonly Piece[]): Promise<void> => {
    const steps = [...new Set(pieces.map(piece => piece.step))].filter(step => step.do === 'update-row')
    const rows = await rowsNow(
      steps.map(step => step.row),
      hands,
    )
    for (const step of steps) {
      const known = results.get(step)?.row ?? hands.seen.rows.get(step.row)
      const raw = rows.get(step.row)
      if (raw === undefined) resultOf(step).gone = true
      else current.set(step.row, raw)
      if (!isUntouched('airtable', hands.fields, known, raw && hands.toRow(raw), step.changes)) edited.add(step)
    }
  }

  const send = (all: readonly Piece[]): Promise<void> =>
    overwrite(
      hands,
      look,
      () => lookAgain(all),
      async fresh => {
        const { rows: refused } = hands.barred
        const pieces = all.filter(({ step, id }) => !edited.has(step) && (refused === undefined || id !== null))
        for (const { step, id } of all)
          if (refused !== undefined && id === null)
            resultOf(step).refused.push(refusal(step, undefined, 'airtable', refused, hands))
        if (pieces.length > 0) await sendPieces(pieces, fresh)
      },
    )

  const sendPieces = async (pieces: readonly Piece[], fresh: () => boolean): Promise<void> => {
    // A row that is made is found again by its page ID, so there is nothing to look at.
    const updates = pieces.filter(piece => piece.step.do === 'update-row')
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
        const result = resultOf(piece.step)
        result.row = hands.toRow(raw)
        result.existed ||= piece.step.do === 'create-row' && piece.bare !== true && !answer.created.has(raw.id)
      }
    } catch (error) {
      if (isFailure(error, 'forbidden')) return sendWithoutGone(pieces, error)
      if (!isFailure(error, 'invalid', 'not-found')) throw error
      await sendInParts(pieces, error)
    }
  }

  /** Airtable answers alike where a token may not write and where a row is gone: whether one is gone can be looked up. */
  const sendWithoutGone = async (pieces: readonly Piece[], error: ServiceError): Promise<void> => {
    const before = edited.size
    await lookAgain(pieces)
    if (edited.size === before) throw error
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
    const result = resultOf(piece.step)
    if (error.failure === 'not-found') {
      result.gone = true
    } else if (piece.step.do === 'create-row' && piece.id === null && piece.changes.length > 0) {
      // A row that holds its page ID only, and then each field by itself: upserts find the same row again.
      await send([{ ...piece, changes: [], bare: true }])
      if (result.row === null) return
      await send(
        piece.changes.map(change => ({ ...piece, id: result.row?.id ?? null, changes: [change], bare: true as const })),
      )
    } else if (piece.changes.length > 1) {
      const middle = Math.ceil(piece.changes.length / 2)
      await send([{ ...piece, changes: piece.changes.slice(0, middle) }])
      await send([{ ...piece, changes: piece.changes.slice(middle) }])
    } else {
      if (piece.changes.length === 0 && piece.id === null) hands.barred.rows = error
      result.refused.push(refusal(piece.step, piece.changes[0], 'airtable', error, hands))
      // The page ID goes along with any cell; where the only one is refused, it goes alone.
      if (piece.step.do === 'update-row' && piece.step.relink === true && piece.changes.length === 1)
        await send([{ ...piece, changes: [] }])
    }
  }

  await send(batch.map(step => ({ step, id: step.do === 'create-row' ? null : step.row, changes: step.changes })))
  for (const step of batch) {
    const result = results.get(step)
    if (result?.gone === true) settle({ result: 'left', step, reason: 'the row is gone' })
    else if (edited.has(step)) settle({ result: 'left', step, reason: 'the row was edited meanwhile' })
    else if (result === undefined || result.row === null)
      settle({ result: 'refused', step, problems: result?.refused ?? [] })
    else {
      const { row, refused, existed } = result
      settle({ result: 'done', step, record: row.id, values: row.values, refused, ...(existed ? { existed } : {}) })
    }
  }
}

/** Deletes a row, unless it was edited since an old snapshot. */
export async function deleteRow(id: string, hands: Hands): Promise<void> {
  const lookAgain = async (): Promise<void> => {
    const raw = (await rowsNow([id], hands)).get(id)
    if (!isUntouched('airtable', hands.fields, hands.seen.rows.get(id), raw && hands.toRow(raw)))
      throw new Left('the row was edited meanwhile')
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
