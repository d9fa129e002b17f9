/** The fault matrix: `playwright test -c e2e/faults`. It ends with a table of what each fault did. */
import { defineConfig } from '@playwright/test'
import { COMMON, REPORTERS } from '../support/config.ts'

export default defineConfig({
  ...COMMON,
  // The checker's own test is vitest's.
  testMatch: '*.spec.ts',
  timeout: 180_000,
  outputDir: '../../test-results/faults',
  reporter: [...REPORTERS, ['./table.ts']],
})
