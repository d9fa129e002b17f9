/** Draws what the manifest shows: every icon from the one mark, and two pictures of the app as it is. */
import { readFile, mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from '@playwright/test'
import { CAST } from './support/cast.ts'
import { CHROMIUM_ARGS, chromiumPath } from './support/chromium.ts'
import { test } from './support/test.ts'
import { VIEWPORTS } from './support/walk.ts'

const folder = fileURLToPath(new URL('../apps/pwa/public/install/', import.meta.url))
const mark = await readFile(new URL('../apps/pwa/public/mark.svg', import.meta.url), 'utf8')

const paper = /<rect width="32".*?\/>/s.exec(mark)![0]
/** A mask may cut off all that is outside of a circle four fifths as wide as the icon. */
const safe = (planks: string): string =>
  `<g transform="translate(16 16) scale(0.78) translate(-16 -16)">${planks}</g>`
const planks = mark.slice(mark.indexOf(paper) + paper.length, mark.indexOf('</svg>'))
const svg = (inside: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${inside}</svg>`

const fullBleed = svg(paper.replace(/rx="\d+"/, '') + safe(planks))
const ICONS: [file: string, size: number, source: string][] = [
  ['icon-192', 192, mark],
  ['icon-512', 512, mark],
  ['maskable-192', 192, fullBleed],
  ['maskable-512', 512, fullBleed],
  // Only what is opaque counts; the system gives it its colour.
  ['monochrome-512', 512, svg(safe(planks.replace(/fill="[^"]+"/g, 'fill="#000"')))],
  ['apple-touch-icon', 180, fullBleed],
]

test('icons', async () => {
  await mkdir(folder, { recursive: true })
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })
  for (const [file, size, source] of ICONS) {
    const page = await browser.newPage({ viewport: { width: size, height: size } })
    await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw}</style>${source}`)
    await page.screenshot({ path: `${folder}${file}.png`, omitBackground: true })
    await page.close()
  }
  await browser.close()
})

/** What a chat shows of a link: the mark and the name, in no language, on the paper of the light theme. */
test('preview card', async () => {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS })
  const page = await browser.newPage({ viewport: { width: 1200, height: 630 } })
  const colour = /fill="(#[\da-f]{6})"/.exec(paper)![1]
  await page.setContent(
    `<style>body{margin:0;height:100vh;display:flex;align-items:center;justify-content:center;gap:48px;background:${colour};
    color:#201b15;font:700 168px/1 system-ui,sans-serif;letter-spacing:-0.04em}svg{width:300px}</style>
    ${svg(planks)}<span>maru</span>`,
  )
  await page.screenshot({ path: `${folder}card.png` })
  await browser.close()
})

test('pictures', async ({ server, invite }) => {
  const rooms = [
    [CAST.ana, 'Morning stand-up'],
    [CAST.chen, '책 모임'],
  ] as const
  for (const [role, room] of rooms) {
    const host = await invite(role)
    await host.open(server.origin)
    await host.register()
    await host.createRoom(room)
    await host.join()
  }
  const { page, ...bora } = await invite(CAST.bora)
  await page.goto(server.origin)
  await page.getByRole('textbox', { name: bora.words.yourName }).fill('Bora')
  await page.getByRole('button', { name: bora.words.continue }).click()
  for (const [, room] of rooms) await page.getByRole('link', { name: bora.words.joinRoom(room) }).waitFor()
  for (const [file, viewport] of [
    ['wide', VIEWPORTS.desktop],
    ['narrow', VIEWPORTS.phone],
  ] as const) {
    await page.setViewportSize(viewport)
    await page.waitForTimeout(400)
    await page.screenshot({ path: `${folder}${file}.png` })
  }
})
