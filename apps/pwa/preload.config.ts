/** Has a page ask early for what it needs beside the app itself: words, and at a room's door the call (`early.js`). */
import { readFile } from 'node:fs/promises'
import type { Plugin, Rolldown } from 'vite'

const MODULES = { en: '/src/i18n/en.ts', ko: '/src/i18n/ko.ts', room: '/src/pages/room.tsx' }

/** Where it goes in index.html: before the styles, for which a script would wait. */
const PLACE = '<!-- early.js -->'

/** A chunk and what it imports, without what the page has anyway. */
function filesOf(module: string, bundle: Rolldown.OutputBundle): string[] {
  const files = new Set<string>()
  const add = (chunk: Rolldown.OutputBundle[string] | undefined): void => {
    if (chunk?.type !== 'chunk' || chunk.isEntry || files.has(chunk.fileName)) return
    files.add(chunk.fileName)
    for (const name of chunk.imports) add(bundle[name])
  }
  for (const chunk of Object.values(bundle))
    if (chunk.type === 'chunk' && chunk.facadeModuleId?.endsWith(module)) add(chunk)
  if (files.size === 0) throw new Error(`${module} has no chunk of its own to be loaded early`)
  return [...files].map((file) => `/${file}`)
}

export function preloadEarly(): Plugin {
  return {
    name: 'preload-early',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      async handler(html, { bundle }) {
        if (!bundle || !html.includes(PLACE)) throw new Error(`index.html has no ${PLACE}`)
        const names = Object.entries(MODULES).map(([name, module]) => {
          return ` data-${name}="${filesOf(module, bundle).join(' ')}"`
        })
        const script = await readFile(new URL('early.js', import.meta.url), 'utf8')
        return html.replace(PLACE, () => `<script${names.join('')}>${script}</script>`)
      },
    },
  }
}
