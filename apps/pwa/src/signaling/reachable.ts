/** Whether the server can be reached, as people should hear of it: an interruption that nobody notices is none. */
import { watchConnection } from './client.ts'

/** Calls back with false once the connection has been away for `patience` milliseconds, with true when it's back. */
export function watchReachable(patience: number, onChange: (reachable: boolean) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const unwatch = watchConnection((connection) => {
    clearTimeout(timer)
    if (connection.kind === 'connected') onChange(true)
    else timer = setTimeout(() => onChange(false), patience)
  })
  return () => {
    clearTimeout(timer)
    unwatch()
  }
}
