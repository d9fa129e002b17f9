/** How listeners are told, and how a backend's log lines are written. */

/** As pino has it. Only transitions are told, and never a key, an argument or an address. */
export interface BackendLogger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export type Tell = <Listener>(listeners: Iterable<Listener>, call: (listener: Listener) => void) => void

/** One listener's fault is no reason for the others not to hear, nor for who spoke to be told that it failed. */
export function makeTell(logger?: BackendLogger): Tell {
  return (listeners, call) => {
    for (const listener of listeners) {
      try {
        call(listener)
      } catch (error) {
        if (logger) logger.error({ err: error }, 'a listener failed')
        // Nobody to report it to: let the process hear of it, as of any fault.
        else void Promise.reject(error)
      }
    }
  }
}
