/** The NAT lab: `playwright test -c e2e/nat`. Needs root, for it makes networks of its own. */
import { defineConfig } from '@playwright/test'
import config from '../playwright.config.ts'

export default defineConfig(config, {
  testDir: '.',
  testMatch: '*.lab.ts',
  globalSetup: './support/setup.ts',
  outputDir: '../../test-results/nat',
  reporter: [['list'], ['json', { outputFile: '../../test-results/nat.json' }]],
})
