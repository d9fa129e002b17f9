/** A small run of each measurement, one at a time: `npx vitest run -c bench/vitest.config.ts`. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    include: ['bench.test.ts', 'browser-benches.test.ts'],
    maxWorkers: 1,
    fileParallelism: false,
  },
})
