/** `npx playwright test -c e2e/install-pictures.config.ts`: after a change of the mark or of the main page's look. */
import { defineConfig } from '@playwright/test'
import config from './screenshots.config.ts'

export default defineConfig(config, { testMatch: 'install-pictures.ts' })
