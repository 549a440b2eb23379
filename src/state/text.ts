/** The bytes of a file as text. */
import { UserError } from '../errors.ts'

/**
 * What the program works from must be UTF-8 to the letter, or a value would be read as another one. Files that only
 * people read are shown as well as it goes.
 */
export function textOf(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: /\.(json|ya?ml)$/.test(path) }).decode(bytes)
  } catch {
    throw new UserError(
      `${path} is not UTF-8 text. Nothing was written. Save it as UTF-8, or take it from an earlier commit (git log shows them).`,
      'state',
    )
  }
}
