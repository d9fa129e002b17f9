/** Everything that needs no browser: rules, backends, the edge, and the workspace's own scripts. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      '{apps,packages}/*/src/**/*.test.ts',
      'bench/*/**/*.test.ts',
      'bench/results.test.ts',
      'scripts/**/*.test.ts',
      'e2e/faults/*.test.ts',
    ],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Real sockets and a real Redis on a small machine: two files at a time are enough.
    maxWorkers: 2,
  },
})
