/** The NAT lab: `playwright test -c e2e/nat`. Needs root, for it makes networks of its own. */
import { defineConfig } from '@playwright/test'
import { COMMON } from '../support/config.ts'

export default defineConfig({
  ...COMMON,
  testMatch: '*.lab.ts',
  globalSetup: './support/setup.ts',
  outputDir: '../../test-results/nat',
})
