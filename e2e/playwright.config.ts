/** Real Chromium, real servers, real Redis: one test at a time, because every one of them encodes video. */
import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: '.',
  // What needs Docker, or takes long, has its own configuration.
  testIgnore: ['compose/**', 'coturn/**', 'faults/**'],
  outputDir: '../test-results/playwright',
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: '../test-results/playwright.json' }]],
})
