/** Tells `public/early.js` which files a page needs beside the app itself: words, and at a room's door the call. */
import type { Plugin, Rolldown } from 'vite'

const MODULES = { en: '/src/i18n/en.ts', ko: '/src/i18n/ko.ts', room: '/src/pages/room.tsx' }

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
  return [...files]
}

export function preloadEarly(): Plugin {
  return {
    name: 'preload-early',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (html, { bundle }) => {
        if (!bundle) return html
        const names = Object.entries(MODULES).map(([name, module]) => {
          const files = filesOf(module, bundle).map((file) => `/${file}`)
          return ` data-${name}="${files.join(' ')}"`
        })
        return html.replace('src="/early.js"', (source) => source + names.join(''))
      },
    },
  }
}
