/** axe finds nothing on any page or panel, in both themes and both languages. */
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from './support/test.ts'
import { STOPS, walk } from './support/walk.ts'

for (const language of ['en', 'ko'] as const)
  for (const colorScheme of ['light', 'dark'] as const)
    test(`no violations (${language}, ${colorScheme})`, async ({ server, invite }) => {
      test.setTimeout(180_000)
      const found: string[] = []
      const seen: string[] = []
      await walk({
        origin: server.origin,
        invite,
        options: { language, context: { colorScheme } },
        look: async (name, page) => {
          const { violations, passes } = await new AxeBuilder({ page }).analyze()
          if (passes.length > 0) seen.push(name)
          for (const { id, help, nodes } of violations)
            found.push(`${name}: ${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)
        },
      })
      expect(found).toEqual([])
      expect(seen).toEqual(STOPS)
    })
