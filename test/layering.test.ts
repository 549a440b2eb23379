/**
 * Imports go one way: main and cli, then the story of a run, then the services, config, state and reports, then the
 * core. Read from the import statements themselves, so that a line which breaks the order fails with its name.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../src', import.meta.url))

type Import = { readonly from: string; readonly to: string; readonly typeOnly: boolean }

const STATEMENT = /^(?:import|export)\s+(type\s)?(?:[\w*{][^'"]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm

/** All imports of a file; files of this repository are named by their path in src, packages by their name. */
const importsOf = (from: string): Import[] =>
  [...readFileSync(join(SRC, from), 'utf8').matchAll(STATEMENT)].map(([, type, named, dynamic]) => {
    const target = named ?? dynamic ?? ''
    const to = target.startsWith('.') ? relative(SRC, join(SRC, dirname(from), target)) : target
    return { from, to, typeOnly: type !== undefined }
  })

const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.ts'))
const IMPORTS = FILES.flatMap(importsOf)
const ours = IMPORTS.filter(({ to }) => to.endsWith('.ts'))
const packages = IMPORTS.filter(({ to }) => !to.endsWith('.ts'))
const line = ({ from, to }: Import): string => `${from} imports ${to}`

/** Small files beside the folders that all but the pure ones may use. */
const LEAVES = ['errors.ts', 'pace.ts']
/** The folder of a file; the files beside the folders tell the story of a run. */
const place = (path: string): string =>
  LEAVES.includes(path) ? 'leaves' : path.includes('/') ? dirname(path) : 'story'

/** What each place may import of this repository. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  report: ['report', 'core'],
  leaves: ['leaves'],
  config: ['config', 'core', 'leaves'],
  state: ['state', 'core', 'leaves'],
  notion: ['notion', 'core', 'leaves'],
  airtable: ['airtable', 'core', 'leaves'],
  // The commit is made behind the interface that state describes; issues and comments are made of reports.
  github: ['github', 'report', 'state', 'core', 'leaves'],
  story: ['story', 'config', 'state', 'notion', 'airtable', 'github', 'report', 'core', 'leaves'],
}

/** Where a package may be imported; one that is not named here may be imported nowhere. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  '@notionhq/client': /^notion\/(?:client|table|reading|properties|rich-text)\.ts$/,
  airtable: /^airtable\/client\.ts$/,
  '@actions/github': /^(?:github\/client|main)\.ts$/,
  '@actions/core': /^(?:main|inputs)\.ts$/,
  zod: /^(?:config|state|airtable)\//,
  yaml: /^(?:config\/(?:load|yaml)|init)\.ts$/,
  'p-queue': /^pace\.ts$/,
  'p-retry': /^pace\.ts$/,
  'node:crypto': /^core\/digest\.ts$/,
  // Pure: text in, tokens out.
  'markdown-it': /^core\/markdown\.ts$/,
}

test('the statements are found: every file is read, and most import something', () => {
  expect(FILES).toContain('core/model.ts')
  expect(new Set(ours.map(({ from }) => from)).size).toBeGreaterThan(FILES.length * 0.7)
  expect(IMPORTS).toContainEqual({ from: 'main.ts', to: '@actions/github', typeOnly: false })
  expect(IMPORTS).toContainEqual({ from: 'core/plan.ts', to: 'core/decide.ts', typeOnly: false })
})

describe('direction', () => {
  test.each(Object.keys(MAY_IMPORT))('%s imports nothing above itself', from => {
    const wrong = ours.filter(
      imported => place(imported.from) === from && !MAY_IMPORT[from]?.includes(place(imported.to)),
    )
    expect(wrong.map(line)).toEqual([])
  })

  test('every file has a place', () => {
    expect(FILES.filter(path => MAY_IMPORT[place(path)] === undefined)).toEqual([])
  })

  test('every import is of a file that is there', () => {
    expect(ours.filter(({ to }) => !FILES.includes(to)).map(line)).toEqual([])
  })

  test('nothing imports the entry of the action, and only that one imports the command line', () => {
    const entries = ours.filter(({ from, to }) => to === 'main.ts' || (to === 'cli.ts' && from !== 'main.ts'))
    expect(entries.map(line)).toEqual([])
  })

  test('properties of Notion’s client are only types outside of the client itself and the table', () => {
    const sdk = packages.filter(({ to }) => to === '@notionhq/client')
    expect(sdk.filter(({ from, typeOnly }) => from === 'notion/properties.ts' && !typeOnly)).toEqual([])
  })
})

describe('packages', () => {
  test('each is imported where it belongs, and nowhere else', () => {
    const wrong = packages.filter(({ from, to }) =>
      to in PACKAGES ? PACKAGES[to]?.test(from) !== true : !to.startsWith('node:'),
    )
    expect(wrong.map(line)).toEqual([])
  })

  test('the core and the reports reach no clock, network or file through node', () => {
    const wrong = packages.filter(({ from, to }) => /^(?:core|report)\//.test(from) && !(to in PACKAGES))
    expect(wrong.map(line)).toEqual([])
  })
})

test('no clock, chance or environment is read in the core or the reports', () => {
  const impure = /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\b|\bfetch\(|\bperformance\b|\bsetTimeout\b/
  const wrong = FILES.filter(path => /^(?:core|report)\//.test(path)).filter(path =>
    impure.test(readFileSync(join(SRC, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')),
  )
  expect(wrong).toEqual([])
})

test('no file needs itself: there are no cycles but for types', () => {
  const needs = new Map(
    FILES.map(path => [path, ours.filter(({ from, typeOnly }) => from === path && !typeOnly).map(({ to }) => to)]),
  )
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (trail.includes(path) || done.has(path)) return
    for (const next of needs.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of FILES) visit(path, [])
  expect(cycles).toEqual([])
})

describe('docs/decisions/0007-the-shape-of-src.md', () => {
  const page = readFileSync(join(SRC, '../docs/decisions/0007-the-shape-of-src.md'), 'utf8')

  test('its table of chapters names every file beside the folders, and each once', () => {
    const rows = page.split('\n').filter(row => row.startsWith('| '))
    const named = rows.flatMap(row => [...row.matchAll(/\]\(\.\.\/\.\.\/src\/([\w-]+\.ts)\)/g)].map(([, path]) => path))
    expect(named.sort()).toEqual(FILES.filter(path => !path.includes('/')).sort())
  })

  test('it names every folder', () => {
    const folders = new Set(FILES.filter(path => path.includes('/')).map(path => path.split('/')[0]))
    expect([...folders].filter(folder => !page.includes(`\`${folder}/\``))).toEqual([])
  })

  test('the environment is read where it says', () => {
    const readers = FILES.filter(path => /\bprocess\.env\b|\bgetInput\(/.test(readFileSync(join(SRC, path), 'utf8')))
    expect(readers.sort()).toEqual(['event.ts', 'inputs.ts', 'main.ts'])
  })
})
