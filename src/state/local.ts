/** State in a local folder, for runs from a shell: files are replaced whole, and nothing is committed. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UserError } from '../errors.ts'
import type { Store } from './store.ts'
import { textOf } from './text.ts'

export function localStore(root: string): Store {
  const read = (path: string): Promise<string | null> =>
    readFile(join(root, path)).then(
      bytes => textOf(bytes, path),
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null
        throw error
      },
    )
  const seen = new Map<string, string | null>()
  return {
    read: async path => {
      const text = await read(path)
      seen.set(path, text)
      return text
    },
    prepare: async () => {},
    commit: async ({ guard, build }) => {
      if (seen.has(guard) && (await read(guard)) !== seen.get(guard)) {
        throw new UserError(
          `${guard} was changed by another run meanwhile; it was not overwritten. Run again.`,
          'state',
        )
      }
      for (const [path, text] of Object.entries(await build(read))) {
        const target = join(root, path)
        await mkdir(dirname(target), { recursive: true })
        // A reader, or a crash, sees the old file or the new one, never half of it.
        await writeFile(`${target}.new`, text)
        await rename(`${target}.new`, target)
      }
      return ''
    },
  }
}
