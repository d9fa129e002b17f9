/** `npm run screenshots`: pictures of every page for people to look at. Not a test, so not among the specs. */
import { defineConfig } from '@playwright/test'
import config from './playwright.config.ts'

export default defineConfig(config, {
  testMatch: 'screenshots.ts',
  timeout: 180_000,
  reporter: [['list']],
  outputDir: '../test-results/screenshots-run',
})
