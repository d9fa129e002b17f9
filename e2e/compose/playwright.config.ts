/** The stack as people install it: docker-compose.yml for real, one test after the other on the same one. */
import { defineConfig } from '@playwright/test'
import { COMMON } from '../support/config.ts'

export default defineConfig({
  ...COMMON,
  outputDir: '../../test-results/compose',
  timeout: 120_000,
})
