import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // Each file boots servers and browsers of its own; two cores carry two files.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores with a browser on each now and then keep a test waiting too long: only that is tried once more, and told.
    retry: { count: 1, condition: /Timeout \d+ms exceeded|^Test timed out/ },
    reporters: ['default', './tests/support/summary.ts'],
  },
})
