/** What all configurations of Playwright here have in common. */
import type { PlaywrightTestConfig } from '@playwright/test'

export const COMMON = {
  testDir: '.',
  // A call encodes video for everyone in it: one test at a time.
  workers: 1,
  // Passing at the second try is not passing.
  retries: 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
} satisfies PlaywrightTestConfig
