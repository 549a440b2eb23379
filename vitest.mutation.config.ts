/**
 * How the tests run against mutants of the core (`npm run mutation`): those that need no process and no service. The
 * enumerations are left out. Each looks at all of its cases at once, before its first test, so it would be played whole
 * for every mutant, for seconds; what one of them finds, a test of one situation has to find too. Laws are tried with a
 * twentieth of their values (test/core/tries.ts).
 */
import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'

/** Tests that play whole rounds or try laws come last: a mutant is dropped at the first test that fails. */
class SituationsFirst extends BaseSequencer {
  override async sort(...[files]: Parameters<BaseSequencer['sort']>): ReturnType<BaseSequencer['sort']> {
    const plays = ({ moduleId }: (typeof files)[number]): number =>
      /small-world|fast-check/.test(readFileSync(moduleId, 'utf8')) ? 1 : 0
    return (await super.sort(files)).toSorted((a, b) => plays(a) - plays(b))
  }
}

// biome-ignore lint/style/noDefaultExport: vitest takes its configuration from the default export.
export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts', 'test/notion/rich-text.test.ts'],
    exclude: ['histories', 'model', 'presence', 'records'].map(name => `test/core/${name}.test.ts`),
    sequence: { sequencer: SituationsFirst },
    env: { SHARE_OF_TRIES: '0.05' },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
