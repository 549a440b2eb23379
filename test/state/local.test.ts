/** State in a folder of this machine. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { localStore } from '../../src/state/local.ts'

it('a folder that is named from the root lies there, not below the working folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'state-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'specs/state.json')
  const store = localStore('elsewhere')
  await store.commit({ guard: path, message: '', build: async () => ({ [path]: 'kept\n' }) })
  expect(await readFile(path, 'utf8')).toBe('kept\n')
  expect(await store.read(path)).toBe('kept\n')
})
