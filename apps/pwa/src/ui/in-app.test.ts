/** Which browsers are taken for ones inside an app, and how they are left. */
import { describe, expect, it } from 'vitest'
import type { DeviceProblem, DeviceState } from '../call/call-state.ts'
import { inAppOf, refusesDevices, systemBrowserOf, wayOut } from './in-app.ts'

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'
const ANDROID =
  'Mozilla/5.0 (Linux; Android 14; SM-S921N; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0'
const SAFARI = `${IPHONE} Version/18.1 Mobile/15E148 Safari/604.1`
const CHROME =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36'
const KAKAO = `${IPHONE} Mobile/15E148 KAKAOTALK/11.2.0 (INAPP)`
const INSTAGRAM = `${ANDROID} Chrome/131.0 Mobile Safari/537.36 Instagram 360.0.0.52.192 Android (34/14)`
const LINK = 'https://meet.example/r/AAAAAAAAAAAAAAAAAAAAAA'

it.each([
  [KAKAO, 'kakao'],
  [`${IPHONE} Mobile/15E148 Safari Line/14.19.0`, 'line'],
  [`${ANDROID} Chrome/131.0 Mobile Safari/537.36 NAVER(inapp; search; 2000; 12.9.1)`, 'naver'],
  [INSTAGRAM, 'instagram'],
  [`${IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/490.0.0.48.109]`, 'facebook'],
  [`${ANDROID} Chrome/131.0 Mobile Safari/537.36`, 'other'],
  [SAFARI, undefined],
  [CHROME, undefined],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    undefined,
  ],
])('%s is %s', (userAgent, app) => {
  expect(inAppOf(userAgent)).toBe(app)
})

describe('whether it refuses the camera', () => {
  const problem = (kind: DeviceProblem) => ({ camera: { kind: 'problem', problem: kind } as DeviceState })

  it('is told by the refusal, never by the name alone', () => {
    expect(refusesDevices({ camera: { kind: 'on', deviceId: '', label: '' } }, KAKAO)).toBe(false)
    expect(refusesDevices({ camera: { kind: 'starting' } }, KAKAO)).toBe(false)
    expect(refusesDevices(problem('denied'), KAKAO)).toBe(true)
    expect(refusesDevices(problem('not-found'), KAKAO)).toBe(false)
  })
  it('in a browser by that name a no is somebody’s own, and no camera at all isn’t', () => {
    expect(refusesDevices(problem('denied'), SAFARI)).toBe(false)
    expect(refusesDevices(problem('insecure-origin'), KAKAO)).toBe(false)
    expect(refusesDevices(problem('unsupported'), SAFARI)).toBe(true)
  })
})

describe('the way out', () => {
  it('is the app’s own where it has one', () => {
    expect(wayOut(KAKAO, LINK)).toBe(`kakaotalk://web/openExternal?url=${encodeURIComponent(LINK)}`)
    expect(wayOut('Line/14.19.0', LINK)).toBe(`${LINK}?openExternalBrowser=1`)
  })
  it('is Android’s otherwise, and by hand on iOS', () => {
    expect(wayOut(INSTAGRAM, `${LINK}?lang=ko`)).toBe(
      'intent://meet.example/r/AAAAAAAAAAAAAAAAAAAAAA?lang=ko' +
        '#Intent;scheme=https;action=android.intent.action.VIEW;category=android.intent.category.BROWSABLE;end',
    )
    expect(wayOut(`${IPHONE} Instagram 360.0`, LINK)).toBeUndefined()
    expect(wayOut(CHROME, LINK)).toBeUndefined()
  })
  it('leads to what the system calls its browser', () => {
    expect([KAKAO, INSTAGRAM].map(systemBrowserOf)).toEqual(['Safari', 'Chrome'])
  })
})
