/** `/readyz`: 200 while this server should be sent new people, else 503 and why not. */
import type { ServerResponse } from 'node:http'

export interface ReadinessOptions {
  /** Whether the rooms can be reached. */
  reachable: () => Promise<boolean>
  instance: string
  /** Whether the server is on its way out. */
  isDraining: () => boolean
}

export type AnswerReady = (response: ServerResponse) => Promise<void>

export function makeReadiness({ reachable, instance, isDraining }: ReadinessOptions): AnswerReady {
  // However many ask at once, the store is asked once.
  let asking: Promise<boolean> | undefined
  const ask = (): Promise<boolean> => (asking ??= reachable().finally(() => (asking = undefined)))
  return async (response) => {
    const reason = isDraining() ? 'draining' : (await ask()) ? undefined : 'store-unavailable'
    response.writeHead(reason ? 503 : 200, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
    })
    const body = JSON.stringify({ ready: !reason, ...(reason && { reason }), instance })
    response.end(response.req.method === 'HEAD' ? undefined : body)
  }
}
