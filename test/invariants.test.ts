/** docs/invariants.md names a test for each promise: every file that it names is there, and holds what is quoted. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

/** A promise's test files, each with the titles that are quoted after it. */
const named = read('docs/invariants.md')
  .split('\n')
  .filter(line => line.startsWith('| ') && line.includes('`test/'))
  .flatMap(line =>
    [...line.matchAll(/`(test\/[\w/.-]+)`([^`]*)/g)].map(([, file = '', after = '']) => ({
      file,
      titles: [...after.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title),
    })),
  )

test('the page names tests', () => {
  expect(named.length).toBeGreaterThan(25)
})

test.each(named)('$file holds what the page quotes of it', ({ file, titles }) => {
  expect(existsSync(new URL(`../${file}`, import.meta.url)), file).toBe(true)
  // A title may stand in either kind of quotes.
  const text = read(file).replaceAll('\\', '')
  expect(titles.filter(title => !text.includes(title))).toEqual([])
})
