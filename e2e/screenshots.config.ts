/** `npm run screenshots`: pictures of every page for people to look at. Not a test, so not among the specs. */
import { defineConfig } from '@playwright/test'
import { COMMON } from './support/config.ts'

export default defineConfig({
  ...COMMON,
  testMatch: 'screenshots.ts',
  timeout: 180_000,
  outputDir: '../test-results/screenshots-run',
})
