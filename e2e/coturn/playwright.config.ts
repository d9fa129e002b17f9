/** Real browsers through the bundled coturn, which needs Docker: `npx playwright test -c e2e/coturn`. */
import { defineConfig } from '@playwright/test'
import { COMMON } from '../support/config.ts'

export default defineConfig({
  ...COMMON,
  testMatch: '*.spec.ts',
  outputDir: '../../test-results/coturn-calls',
  timeout: 180_000,
})
