/** Real Chromium, real servers, real Redis. */
import { defineConfig } from '@playwright/test'
import { COMMON } from './support/config.ts'

export default defineConfig({
  ...COMMON,
  // What needs Docker or root, or takes long, has its own configuration.
  testIgnore: ['compose/**', 'coturn/**', 'faults/**'],
  outputDir: '../test-results/browsers',
})
