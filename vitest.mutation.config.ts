/**
 * How the tests run against mutants of the core (`npm run mutation`): those that need no process and no service. The
 * enumerations are left out. Each looks at all of its cases at once, before its first test, so it would be played whole
 * for every mutant, for seconds; what one of them finds, a test of one situation has to find too. Laws are tried with a
 * twentieth of their values (test/core/tries.ts).
 */
import { defineConfig } from 'vitest/config'

// biome-ignore lint/style/noDefaultExport: vitest takes its configuration from the default export.
export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts', 'test/notion/rich-text.test.ts'],
    exclude: ['histories', 'model', 'presence', 'records'].map(name => `test/core/${name}.test.ts`),
    env: { SHARE_OF_TRIES: '0.05' },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
