/** Why the browser gave no camera or microphone, as far as it tells. */
import type { DeviceProblem } from './call-state.ts'

type Kind = 'audio' | 'video'

async function permissionOf(kind: Kind): Promise<PermissionState | undefined> {
  try {
    const name = (kind === 'audio' ? 'microphone' : 'camera') as PermissionName
    return (await navigator.permissions.query({ name })).state
  } catch {
    // Older Firefox and Safari don't know these names.
    return undefined
  }
}

/** Without `mediaDevices` there is nothing to ask: an insecure origin, or a browser made without. */
export const missingDevices = (): DeviceProblem | undefined => {
  // TypeScript takes it for always there.
  if (navigator.mediaDevices as MediaDevices | undefined) return undefined
  return isSecureContext ? 'unsupported' : 'insecure-origin'
}

/** Translates what getUserMedia rejected with (W3C mediacapture-main §10.2.2, and what browsers say beyond it). */
export async function problemOf(error: unknown, kind: Kind): Promise<DeviceProblem> {
  const { name, message } = error instanceof Error || error instanceof DOMException ? error : new Error()
  switch (name) {
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'not-found'
    case 'NotReadableError':
    case 'AbortError':
      return 'in-use'
    case 'NotAllowedError':
    case 'SecurityError':
      break
    default:
      return 'unknown'
  }
  // Chromium's words; others say only that it isn't allowed.
  if (/by system/i.test(message)) return 'denied-by-system'
  if (/dismissed/i.test(message)) return 'dismissed'
  const permission = await permissionOf(kind)
  // The site may, and still it was refused: by whoever is above the browser.
  if (permission === 'granted') return 'denied-by-system'
  // Chromium says "Permission denied" for a real no and keeps it; a no that isn't kept was only closed.
  if (permission === 'prompt' && !/permission denied/i.test(message)) return 'dismissed'
  return 'denied'
}
