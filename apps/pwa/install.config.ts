/** What an installed Maru is called, looks like and keeps: the web app manifest, and the precache's checksums. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { ManifestOptions } from 'vite-plugin-pwa'

const here = (path: string): URL => new URL(path, import.meta.url)

/** The splash screen and the title bar have one colour for all: the paper of the light theme. */
function paper(): string {
  const tokens = readFileSync(here('src/styles/tokens.css'), 'utf8')
  const colour = /--bg: light-dark\((#[\da-f]{6}),/.exec(tokens)?.[1]
  if (colour === undefined) throw new Error('tokens.css has no --bg to make the manifest from')
  return colour
}

const icon = (file: string, size: number, purpose: 'any' | 'maskable' | 'monochrome') => ({
  src: `/install/${file}.png`,
  sizes: `${size}x${size}`,
  type: 'image/png',
  purpose,
})

/** In no language, or in both: the browser takes it from here before it knows whom it belongs to. */
export const manifest: Partial<ManifestOptions> = {
  id: '/',
  name: 'Maru',
  short_name: 'Maru',
  description: 'Video meetings from a link · 링크 하나로 여는 화상 모임',
  lang: '',
  start_url: '/',
  scope: '/',
  display: 'standalone',
  theme_color: paper(),
  background_color: paper(),
  icons: [
    icon('icon-192', 192, 'any'),
    icon('icon-512', 512, 'any'),
    icon('maskable-192', 192, 'maskable'),
    icon('maskable-512', 512, 'maskable'),
    icon('monochrome-512', 512, 'monochrome'),
  ],
  screenshots: [
    { src: '/install/wide.png', sizes: '1280x800', type: 'image/png', form_factor: 'wide', label: 'Maru' },
    { src: '/install/narrow.png', sizes: '390x844', type: 'image/png', form_factor: 'narrow', label: 'Maru' },
  ],
  shortcuts: [
    {
      name: 'New room · 새 방',
      url: '/?new',
      icons: [{ src: '/install/icon-192.png', sizes: '192x192', type: 'image/png' }],
    },
  ],
}

/** A replica of another build may answer while the worker fetches: what isn't this build's is refused. */
export async function addIntegrity(entries: { url: string; revision: string | null; size: number }[]) {
  const withIntegrity = entries.map(async (entry) => {
    const hash = createHash('sha256').update(await readFile(here(`dist/${entry.url}`)))
    return { ...entry, integrity: `sha256-${hash.digest('base64')}` }
  })
  return { manifest: await Promise.all(withIntegrity), warnings: [] }
}
