/** How the app is built and served in development. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig, type Plugin } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import solid from 'vite-plugin-solid'
import { addIntegrity, manifest } from './install.config.ts'
import { preloadEarly } from './preload.config.ts'

const COMPRESSIBLE = /\.(?:js|css|html|svg)$/

/** Writes `.br` and `.gz` beside every text file, so that the server compresses nothing while people talk. */
function precompress(): Plugin {
  let outDir = ''
  return {
    name: 'precompress',
    apply: 'build',
    configResolved: (config) => void (outDir = resolve(config.root, config.build.outDir)),
    // After the service worker has been written.
    closeBundle: { order: 'post', sequential: true, handler: compressAll },
  }
  async function compressAll(): Promise<void> {
    const names = await readdir(outDir, { recursive: true })
    const compress = async (name: string): Promise<void> => {
      const path = join(outDir, name)
      const source = await readFile(path)
      const params = { [constants.BROTLI_PARAM_QUALITY]: 11 }
      await writeFile(`${path}.br`, await promisify(brotliCompress)(source, { params }))
      await writeFile(`${path}.gz`, await promisify(gzip)(source, { level: 9 }))
    }
    await Promise.all(names.filter((name) => COMPRESSIBLE.test(name)).map(compress))
  }
}

/** Only the manifest's tag and `sw.js` come from the plugin: the app registers the worker itself. */
const pwa = VitePWA({
  strategies: 'injectManifest',
  srcDir: 'src',
  filename: 'sw.ts',
  registerType: 'prompt',
  injectRegister: false,
  manifest,
  includeManifestIcons: false,
  injectManifest: {
    // All that a page of this build may ever load. Pictures of the install dialog are the browser's, not the app's.
    globPatterns: ['**/*.{js,css,html,svg}'],
    // Which only `npm run demo` loads, and never without its servers.
    globIgnores: ['assets/demo-bar-*'],
    manifestTransforms: [addIntegrity],
  },
})

const SERVER = process.env['MARU_SERVER'] ?? 'http://localhost:3000'

// The plugin's types don't know `inlineStyles` yet. Without it a constant `style={{…}}` becomes a literal
// attribute in the template, which the page's CSP (`style-src 'self'`) refuses.
const solidOptions = { solid: { generate: 'dom' as const, inlineStyles: false } }

export default defineConfig({
  plugins: [solid(solidOptions), tailwindcss(), preloadEarly(), pwa, precompress()],
  build: {
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // A data: URL or an injected polyfill would need a hole in the CSP.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What every page begins with in one file, rather than in one for each set of pages that share it: less to ask
    // for, and it compresses better.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'app', tags: ['$initial'] }] } } },
  },
  server: { proxy: { '/ws': { target: SERVER, ws: true }, '/healthz': SERVER } },
})
