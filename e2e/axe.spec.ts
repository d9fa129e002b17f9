/** axe finds nothing on any page or panel, in both themes and both languages. */
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from './support/test.ts'
import { stopsAt, VIEWPORTS, walk } from './support/walk.ts'

const LOOKS = [
  ['en', 'light', 'desktop'],
  ['en', 'dark', 'phone'],
  ['ko', 'dark', 'desktop'],
  ['ko', 'light', 'phone'],
] as const

/** Those before have had both themes, both languages and both sizes: `npm run test:all` goes through it too. */
const REST = LOOKS[3]

for (const look of LOOKS) {
  const [language, colorScheme, size] = look
  const title = `axe finds nothing (${language}, ${colorScheme}, ${size})`
  test(title, { tag: look === REST ? ['@rest'] : [] }, async ({ server, invite }) => {
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
  })
}
