/**
 * How the tests run against mutants of the core (`npm run mutation`): those that need no process and no service. The
 * enumeration of all small histories is left out: it would take seconds for each of thousands of mutants.
 */
import { defineConfig } from 'vitest/config'

// biome-ignore lint/style/noDefaultExport: vitest takes its configuration from the default export.
export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts'],
    exclude: ['test/core/histories.test.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
