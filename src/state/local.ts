/** State in a local folder, for runs from a shell: files are replaced whole, and nothing is committed. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { UserError } from '../errors.ts'
import { JOURNAL_FILE, type Store } from './store.ts'
import { textOf } from './text.ts'

export function localStore(root: string): Store {
  const read = (path: string): Promise<string | null> =>
    readFile(resolve(root, path)).then(
      bytes => textOf(bytes, path),
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null
        throw error
      },
    )
  /** A reader, or a crash, sees the old file or the new one, never half of it. */
  const write = async (path: string, text: string): Promise<void> => {
    const target = resolve(root, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(`${target}.new`, text)
    await rename(`${target}.new`, target)
  }
  const changed = (path: string): UserError =>
    new UserError(`${path} was changed by another run meanwhile; it was not overwritten. Run again.`, 'state')
  const seen = new Map<string, string | null>()
  return {
    read: async path => {
      const text = await read(path)
      seen.set(path, text)
      return text
    },
    prepare: () => {},
    mayCommit: async () => {},
    takesCommits: async () => {},
    commit: async ({ guard, build }) => {
      if (seen.has(guard) && (await read(guard)) !== seen.get(guard)) throw changed(guard)
      for (const [path, text] of Object.entries(await build(read))) await write(path, text)
      return ''
    },
    journal: folder => {
      const path = join(folder, JOURNAL_FILE)
      let ours: string | null = null
      return {
        read: async () => {
          ours = await read(path)
          return ours
        },
        write: async text => {
          if ((await read(path)) !== ours) throw changed(path)
          await write(path, text)
          ours = text
          return null
        },
        remove: async () => {
          if (ours !== null && (await read(path)) === ours) await rm(resolve(root, path))
        },
      }
    },
  }
}
