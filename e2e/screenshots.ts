/** Takes a picture of every page at phone and desktop size, light and dark, in English and Korean. */
import { fileURLToPath } from 'node:url'
import { test } from './support/test.ts'
import { VIEWPORTS, walk } from './support/walk.ts'

const folder = fileURLToPath(new URL('../test-results/screenshots/', import.meta.url))

for (const language of ['en', 'ko'] as const)
  for (const colorScheme of ['light', 'dark'] as const)
    for (const [size, viewport] of Object.entries(VIEWPORTS))
      test(`${language} ${colorScheme} ${size}`, async ({ server, invite }) => {
        await walk({
          origin: server.origin,
          invite,
          options: { language, context: { colorScheme, viewport, reducedMotion: 'reduce' } },
          look: async (name, page) => {
            await page.screenshot({ path: `${folder}${name}-${size}-${colorScheme}-${language}.png` })
          },
        })
      })
