/** Real browsers through the bundled coturn, which needs Docker: `npx playwright test -c e2e/coturn`. */
import { defineConfig } from '@playwright/test'
import base from '../playwright.config.ts'

export default defineConfig({
  ...base,
  testIgnore: [],
  testMatch: '*.spec.ts',
  outputDir: '../../test-results/coturn-calls',
  timeout: 180_000,
  reporter: [['list'], ['json', { outputFile: '../../test-results/coturn-calls.json' }]],
})
