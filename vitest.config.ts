/** How the tests run: on two cores, with time for those that start the built action as a process of its own. */
import { defineConfig } from 'vitest/config'

// .ci/run sums up the counts from this file; people read the default report.
const counts = process.env.TEST_COUNTS

// biome-ignore lint/style/noDefaultExport: vitest takes its configuration from the default export.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // One more than the cores: here and there a test waits, for the action to try again or to see that it does not.
    maxWorkers: 3,
    // see emulators/runner.ts
    env: { QUICK_START: 'true' },
    // Some start the action ten times over, and a machine may be four times slower than another.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: counts === undefined ? ['default'] : ['default', ['json', { outputFile: counts }]],
  },
})
