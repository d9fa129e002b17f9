/** The other faults, a lease at full length, and the line of a server without the log. */
import { defineConfig } from '@playwright/test'
import config from './playwright.config.ts'

export default defineConfig(config, {
  grepInvert: /@always/,
  reporter: [['list'], ['./table.ts'], ['json', { outputFile: '../../test-results/faults-more.json' }]],
})
