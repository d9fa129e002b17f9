/** The fault matrix, whole: `playwright test -c e2e/faults`. It ends with a table of what each fault did. */
import { defineConfig } from '@playwright/test'
import config from '../playwright.config.ts'

export default defineConfig(config, {
  testDir: '.',
  // The checker's own test is vitest's.
  testMatch: '*.spec.ts',
  testIgnore: [],
  timeout: 180_000,
  outputDir: '../../test-results/faults',
  reporter: [['list'], ['./table.ts'], ['json', { outputFile: '../../test-results/faults.json' }]],
})
