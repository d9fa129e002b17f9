/** The faults that every `npm test` goes through. */
import { defineConfig } from '@playwright/test'
import config from './playwright.config.ts'

export default defineConfig(config, { grep: /@always/ })
