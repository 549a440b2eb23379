/** What is shipped: the licence of every package in the bundle, and a lockfile that pins what is installed. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

type Locked = { dev?: boolean; optional?: boolean; resolved?: string; integrity?: string; version?: string }
const LOCK: { packages: Record<string, Locked> } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const LOCKED = Object.entries(LOCK.packages).filter(([path]) => path !== '')
const nameOf = (path: string): string => path.split('node_modules/').at(-1) ?? path
const linesOf = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .map(line => line.trim())

/** Lines of a package's code that no other file is likely to have. */
function codeOf(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => /\.[cm]?js$/.test(file) && !file.includes('node_modules'))
    .flatMap(file => linesOf(join(folder, file)))
  return files.filter(line => line.length >= 30 && !/^(?:\/\/|\/?\*|import|export|["']use)|\brequire\(/.test(line))
}

test('dist/licenses.txt names every package of which code is in the bundle, with its licence', () => {
  const bundle = new Set(linesOf('dist/index.js'))
  const bundled = LOCKED.filter(([path, { dev }]) => dev !== true && codeOf(path).some(line => bundle.has(line)))
  const names = [...new Set(bundled.map(([path]) => nameOf(path)))]
  for (const known of ['@notionhq/client', 'airtable', 'undici', 'yaml', 'zod']) expect(names).toContain(known)
  const licences = linesOf('dist/licenses.txt')
  const unlicensed = names.filter(
    name => !licences.some((line, at) => line === name && /^[\w.-]+$/.test(licences[at + 1] ?? '')),
  )
  expect(unlicensed).toEqual([])
})

test('no development dependency is in the bundle, but for the bundler’s own lines', () => {
  const licences = linesOf('dist/licenses.txt')
  const dev = LOCKED.filter(([, { dev: is }]) => is === true).map(([path]) => nameOf(path))
  const shipped = LOCKED.filter(([, { dev: is }]) => is !== true).map(([path]) => nameOf(path))
  const heads = licences.filter((line, at) => dev.includes(line) && /^[\w.-]+$/.test(licences[at + 1] ?? ''))
  expect(heads.filter(name => !shipped.includes(name))).toEqual(['@vercel/ncc'])
})

test('the lockfile names no registry, and pins each package that is installed here by what it holds', () => {
  expect(LOCKED.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
  // npm writes no checksum for binaries of other systems, which it never fetched.
  const loose = LOCKED.filter(([, { integrity, optional }]) => integrity === undefined && optional !== true)
  expect(loose.map(([path]) => path)).toEqual([])
  expect(LOCKED.filter(([, { integrity }]) => integrity !== undefined && !/^sha512-/.test(integrity))).toEqual([])
})

test('every dependency is named in its exact version', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  const loose = Object.entries<string>({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  )
  expect(loose).toEqual([])
})
