/**
 * The files of a page: links to elsewhere, and Notion's own, which come under a signed URL that is another one at
 * every read.
 */
import type { Shown, View } from './render.ts'
import { isRecord, type Json, type Page, type State } from './state.ts'

const HOST = 'https://files.example/'
const SIGNED_FOR_MS = 60 * 60_000

/** A stored file has its name, and either `external` (the link) or `file` (the key under which Notion keeps it). */
export function renderFile(state: State, file: Shown, view: View): Shown {
  const name = file.name ?? ''
  if (file.external !== undefined) return { name, type: 'external', external: { url: file.external } }
  const signedAt = new Date(view.now).toISOString().replace(/[-:]|\.\d+/g, '')
  const signature = state.requests.toString(16).padStart(16, '0')
  const query = `X-Amz-Date=${signedAt}&X-Amz-Expires=${SIGNED_FOR_MS / 1000}&X-Amz-Signature=${signature}`
  const key = String(file.file).split('/').map(encodeURIComponent).join('/')
  const signed = { url: `${HOST}${key}?${query}`, expiry_time: new Date(view.now + SIGNED_FOR_MS).toISOString() }
  return { name, type: 'file', file: signed }
}

/** The key in a signed URL, whenever it was signed; another text is taken for a key. */
export function keyOf(url: string): string {
  if (!url.startsWith(HOST)) return url
  return decodeURIComponent(new URL(url).pathname.slice(1))
}

/** Whether one of the page's properties holds the file of Notion's own that has this key. */
export const holdsFile = (page: Page | undefined, key: string): boolean =>
  Object.values(page?.values ?? {}).some(
    (value: Json) => Array.isArray(value) && value.some(each => isRecord(each) && each.file === key),
  )
