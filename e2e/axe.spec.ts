/** axe finds nothing on any page or panel, in both themes and both languages. */
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from './support/test.ts'
import { stopsAt, VIEWPORTS, walk } from './support/walk.ts'

/** Each theme, language and size once; the others are `npm run test:all`'s. */
const LOOKS = [
  ['en', 'light', 'desktop'],
  ['ko', 'dark', 'phone'],
] as const
const REST = [
  ['en', 'dark', 'desktop'],
  ['en', 'dark', 'phone'],
  ['ko', 'light', 'phone'],
] as const

for (const look of [...LOOKS, ...REST]) {
  const [language, colorScheme, size] = look
  const title = `axe finds nothing (${language}, ${colorScheme}, ${size})`
  test(
    title,
    { tag: LOOKS.some((always) => always === look) ? [] : ['@rest'] },
    async ({ server, invite }) => {
      test.setTimeout(180_000)
      const found: string[] = []
      const seen: string[] = []
      await walk({
        origin: server.origin,
        invite,
        options: { language, context: { colorScheme, viewport: VIEWPORTS[size] } },
        look: async (name, page) => {
          const { violations, passes } = await new AxeBuilder({ page }).analyze()
          // A page that axe couldn't read has no violations either.
          if (passes.length > 10) seen.push(name)
          for (const { id, help, nodes } of violations)
            found.push(`${name}: ${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)
        },
      })
      expect(found).toEqual([])
      expect(seen).toEqual(stopsAt(size))
    },
  )
}
