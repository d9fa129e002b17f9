/**
 * Browsers inside other apps. Whether one keeps the camera from the page is only ever told by asking for it; what it
 * calls itself chooses the words, and whether there is a way out of it that is more than a description.
 */
import type { DeviceProblem, LocalState } from '../call/call-state.ts'

export type InApp = 'kakao' | 'line' | 'naver' | 'instagram' | 'facebook' | 'other'

/** In this order: some name themselves after others too. */
const SIGNS: [RegExp, InApp][] = [
  [/KAKAOTALK|KAKAOSTORY/i, 'kakao'],
  [/\bLine\/\d/i, 'line'],
  [/NAVER\(inapp/i, 'naver'],
  [/Instagram/i, 'instagram'],
  [/FBAN|FBAV|FB_IAB|MessengerForiOS/i, 'facebook'],
  // Android's WebView; what else opens pages within itself and says so.
  [/; wv\)|\b(?:DaumApps|Snapchat|Twitter for|musical_ly|BytedanceWebview|MicroMessenger|Teams)\b/i, 'other'],
]

export const inAppOf = (userAgent: string): InApp | undefined =>
  SIGNS.find(([sign]) => sign.test(userAgent))?.[1]

const REFUSALS: DeviceProblem[] = ['unsupported', 'denied', 'denied-by-system', 'unknown']

/** A "no" in a real browser is somebody's own, and has its own words. */
export function refusesDevices({ camera }: Pick<LocalState, 'camera'>, userAgent: string): boolean {
  if (camera.kind !== 'problem') return false
  if (camera.problem === 'unsupported') return true
  return REFUSALS.includes(camera.problem) && inAppOf(userAgent) !== undefined
}

/** Which browser opens on the other side, as the app's menu calls it. */
export const systemBrowserOf = (userAgent: string): 'Safari' | 'Chrome' =>
  /iPhone|iPad|iPod|Mac OS X/.test(userAgent) ? 'Safari' : 'Chrome'

/** An address that the app itself hands on to the system's browser; `undefined` where none is known to work. */
export function wayOut(userAgent: string, href: string): string | undefined {
  const app = inAppOf(userAgent)
  switch (app) {
    case undefined:
      return undefined
    case 'kakao':
      return `kakaotalk://web/openExternal?url=${encodeURIComponent(href)}`
    case 'line': {
      const url = new URL(href)
      url.searchParams.set('openExternalBrowser', '1')
      return url.href
    }
    case 'naver':
    case 'instagram':
    case 'facebook':
    case 'other':
      return /Android/i.test(userAgent) ? intentFor(href) : undefined
  }
}

/** Android's way of asking the system for whatever opens web pages. */
function intentFor(href: string): string {
  const { protocol, host, pathname, search } = new URL(href)
  const parts = [
    `scheme=${protocol.slice(0, -1)}`,
    'action=android.intent.action.VIEW',
    'category=android.intent.category.BROWSABLE',
  ]
  return `intent://${host}${pathname}${search}#Intent;${parts.join(';')};end`
}
