/** Real Chromium, real servers, real Redis. */
import { defineConfig } from '@playwright/test'
import { COMMON } from './support/config.ts'

/** Those that look at pages and time nothing: several at once are done sooner. The others have the machine to themselves. */
const CALM = [
  'axe',
  'chat',
  'connection-check',
  'create-key',
  'devices',
  'doors',
  'focus',
  'hide-address',
  'keyboard',
  'phone',
  'tabs',
  'zoom',
].map((name) => `${name}.spec.ts`)

/** They need Docker or root, or take long, and have configurations of their own. */
const ELSEWHERE = ['compose/**', 'coturn/**', 'faults/**']

export default defineConfig({
  ...COMMON,
  projects: [
    { name: 'pages', testMatch: CALM, outputDir: '../test-results/pages' },
    { name: 'calls', testIgnore: [...ELSEWHERE, ...CALM], outputDir: '../test-results/calls' },
  ],
})
