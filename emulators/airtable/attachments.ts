/**
 * Attachments: how a list of them is written, fetched and shown. Files on this machine are really fetched; nothing else
 * is, so what is known of a file elsewhere is derived from its address. The bytes are not kept.
 */
import { createHash } from 'node:crypto'
import type { Reading } from './cells.ts'
import type { Draft } from './parse.ts'
import { badAttachment } from './refusals.ts'
import { type Base, everyRow, type Field, nextId, type State } from './state.ts'

type File = { size: number; type: string }

/** As it is stored. Without `file` it was not fetched yet; the address that answers carry is made anew for each. */
export type StoredAttachment = { id: string; filename: string; source: string; file?: File }

/** A file by the person's hand: its name, or more about it; of a filename and an address, one is enough. */
export type FileByHand = string | { filename?: string; url?: string; size?: number; type?: string }

/** Addresses of attachments expire about two hours after they were handed out. */
const ADDRESS_LIFE_MS = 2 * 60 * 60 * 1000
/** How often a source may redirect, as documented. */
const REDIRECTS = 3

const TYPES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  pdf: 'application/pdf',
  txt: 'text/plain',
  csv: 'text/csv',
}
/** Made up: the pixels of a file are not looked at. */
const PIXELS = { width: 640, height: 480 }

/**
 * The stored form of a written list, which replaces the one that the cell holds (`held`; undefined for a new record).
 * Throws a Refusal for anything but `{id}` of an attachment that stands there, or `{url, filename?}` of a new one.
 */
export function parseAttachments(
  { state, draft }: { state: Pick<State, 'counters'>; draft: Pick<Draft, 'attachments'> },
  field: Field,
  value: unknown,
  held: readonly StoredAttachment[] = [],
): StoredAttachment[] {
  const refusal = () => badAttachment(field.name, value)
  if (!Array.isArray(value)) throw refusal()
  return value.map((given: unknown) => {
    if (typeof given !== 'object' || given === null) throw refusal()
    const { id, url, filename, ...rest } = given as Record<string, unknown>
    if (id !== undefined) {
      // What else is known of it may be sent along: documents say to write the list back as it was read
      const known = held.find(attachment => attachment.id === id)
      if (!known) throw refusal()
      return known
    }
    const named = filename === undefined || typeof filename === 'string'
    if (typeof url !== 'string' || !/^https?:/.test(url) || !URL.canParse(url) || !named || Object.keys(rest).length) {
      throw refusal()
    }
    const source = { id: nextId(state, 'att'), filename: filename || nameIn(url), source: url }
    const added: StoredAttachment = isLocal(url) ? source : { ...source, file: derive(url) }
    draft.attachments.push(added)
    return added
  })
}

/** The stored form of a file by the person's hand, who uploads it: nothing is fetched. */
export function fileByHand(state: Pick<State, 'counters'>, file: FileByHand): StoredAttachment {
  const { url, filename = url && nameIn(url), size, type } = typeof file === 'string' ? { filename: file } : file
  if (!filename) throw new Error('a file has a filename or a url')
  const derived = derive(url ?? filename)
  const known = { size: size ?? derived.size, type: type ?? typeOf(filename) }
  return { id: nextId(state, 'att'), filename, source: url ?? filename, file: known }
}

/** Fetches what was written as an address. What cannot be fetched vanishes, and nobody is told. */
export async function fetchAttachments(base: Base, added: StoredAttachment[], timeoutMs: number): Promise<void> {
  const missing = added.filter(attachment => !attachment.file)
  await Promise.all(
    missing.map(async attachment => {
      const file = await download(attachment.source, AbortSignal.timeout(timeoutMs)).catch(() => undefined)
      if (file) attachment.file = file
      else dropAttachment(base, attachment)
    }),
  )
}

async function download(source: string, signal: AbortSignal): Promise<File | undefined> {
  let url = source
  for (let redirects = 0; redirects <= REDIRECTS; redirects += 1) {
    if (!isLocal(url)) return derive(url)
    const answer = await fetch(url, { redirect: 'manual', signal })
    const body = await answer.arrayBuffer()
    const location = answer.headers.get('location')
    if (answer.ok) {
      return { size: body.byteLength, type: answer.headers.get('content-type')?.split(';')[0] ?? typeOf(url) }
    }
    if (answer.status < 300 || answer.status >= 400 || location === null) return undefined
    url = new URL(location, url).href
  }
  return undefined
}

function dropAttachment(base: Base, { id }: StoredAttachment): void {
  for (const table of base.tables) {
    for (const field of table.fields.filter(candidate => candidate.type === 'multipleAttachments')) {
      for (const row of everyRow(table)) {
        const held = (row.cells[field.id] ?? []) as StoredAttachment[]
        const rest = held.filter(attachment => attachment.id !== id)
        if (rest.length) row.cells[field.id] = rest
        else delete row.cells[field.id]
      }
    }
  }
}

function isLocal(url: string): boolean {
  return ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(url).hostname)
}

function nameIn(url: string): string {
  const last = new URL(url).pathname.split('/').pop() ?? ''
  try {
    return decodeURIComponent(last) || 'file'
  } catch {
    return last
  }
}

// Without the query, because signed addresses of one file differ in nothing else
function derive(url: string): File {
  const [path = ''] = url.split(/[?#]/)
  return { size: createHash('sha256').update(path).digest().readUInt16BE() + 1, type: typeOf(path) }
}

function typeOf(name: string): string {
  const [path = ''] = name.split(/[?#]/)
  return TYPES[path.split('.').pop()?.toLowerCase() ?? ''] ?? 'application/octet-stream'
}

/** As an answer shows it. Its addresses differ in every answer, and say themselves when they expire. */
export function showAttachment({ state, now, fresh }: Reading, { id, filename, file }: StoredAttachment) {
  const address = () => {
    const signature = nextId(state, 'sig').slice(3)
    return `https://v5.airtableusercontent.com/v3/u/1/1/${now + ADDRESS_LIFE_MS}/${signature}/${id.slice(3)}`
  }
  const url = address()
  if (!file || fresh?.has(id)) return { id, url, filename }
  if (!file.type.startsWith('image/')) return { id, url, filename, ...file }
  const thumbnail = (height: number) => ({ url: address(), width: Math.round((height * 4) / 3), height })
  const thumbnails = { small: thumbnail(36), large: thumbnail(512), full: thumbnail(3000) }
  return { id, ...PIXELS, url, filename, ...file, thumbnails }
}
