/** Whether this network lets UDP out and back: a STUN server says what it sees. Nothing is sent to anybody else. */
import type { Finding } from './findings.ts'
import { within } from './waiting.ts'

/** Milliseconds: browsers ask again and again for ten seconds, a network that works answers the first time. */
const PATIENCE_MS = 5_000
/** An interface that doesn't speak the server's kind of address isn't a network that blocks it. */
const NEEDLESS = /incompatible|lookup/i

export async function checkDirect(urls: string[], signal: AbortSignal): Promise<Finding> {
  const pc = new RTCPeerConnection({ iceServers: [{ urls }] })
  let failed = false
  try {
    return await new Promise<Finding>((resolve) => {
      const blocked = (): void => resolve({ verdict: 'bad', why: 'directBlocked' })
      const ends = within(signal, PATIENCE_MS)
      ends.addEventListener('abort', blocked, { once: true })
      pc.addEventListener('icecandidateerror', ({ errorText }) => {
        failed ||= !NEEDLESS.test(errorText)
      })
      pc.addEventListener('icecandidate', ({ candidate }) => {
        if (candidate?.type === 'srflx') resolve({ verdict: 'good', why: 'directGood' })
        // Gathered, and nothing failed: the address that the server sees is the device's own.
        if (candidate === null && failed) blocked()
        else if (candidate === null) resolve({ verdict: 'good', why: 'directGood' })
      })
      pc.createDataChannel('')
      void pc.setLocalDescription()
    })
  } finally {
    pc.close()
  }
}
