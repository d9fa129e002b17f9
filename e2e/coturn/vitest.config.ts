/** What needs the bundled coturn, and so Docker: run it with `npx vitest run -c e2e/coturn/vitest.config.ts`. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    include: ['**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A container each, on a small machine.
    maxWorkers: 1,
  },
})
