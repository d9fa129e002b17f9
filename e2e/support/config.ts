/** What all configurations of Playwright here have in common. */
import type { PlaywrightTestConfig, ReporterDescription } from '@playwright/test'

/** `npm test` counts from a file, whose name it gives in this variable of Playwright's own. */
const COUNTED: ReporterDescription[] = process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'] ? [['json']] : []

export const REPORTERS: ReporterDescription[] = [['list'], ...COUNTED]

export const COMMON = {
  testDir: '.',
  // A call encodes video for everyone in it: one test at a time.
  workers: 1,
  // Passing at the second try is not passing.
  retries: 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: REPORTERS,
} satisfies PlaywrightTestConfig
