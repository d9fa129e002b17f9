/** What a replica counts, in Prometheus' words. No label tells of a room or a person. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'

/** What the rules report as it happens. */
export interface Counts {
  joined(as: 'joined' | 'resumed'): void
  said(messages: number): void
}

export interface Metrics extends Counts {
  issuedTurnCredentials(): void
  /** Starts reading the process itself and what is open now; once, and only where somebody may ask for it. */
  watch(open: Record<'rooms' | 'members' | 'sockets', () => number>): void
  /** All of it as text for Prometheus, and the text's content type. */
  read(): Promise<{ text: string; type: string }>
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const joins = new Counter({
    name: 'maru_joins_total',
    help: 'Joins carried out: people who came in (joined), and connections that came back (resumed)',
    labelNames: ['as'] as const,
    registers,
  })
  joins.inc({ as: 'joined' }, 0)
  joins.inc({ as: 'resumed' }, 0)
  const messages = new Counter({ name: 'maru_messages_total', help: 'Messages that people sent', registers })
  const credentials = new Counter({
    name: 'maru_turn_credentials_total',
    help: 'TURN credentials issued',
    registers,
  })
  return {
    joined: (as) => joins.inc({ as }),
    said: (count) => messages.inc(count),
    issuedTurnCredentials: () => credentials.inc(),
    watch(open) {
      collectDefaultMetrics({ register: registry })
      const help = {
        rooms: 'Rooms that this replica follows',
        members: 'Members whose connection this replica carries',
        sockets: 'WebSockets open on this replica',
      }
      for (const name of ['rooms', 'members', 'sockets'] as const) {
        const count = open[name]
        new Gauge({
          name: `maru_${name}`,
          help: help[name],
          registers,
          collect() {
            this.set(count())
          },
        })
      }
    },
    read: async () => ({ text: await registry.metrics(), type: registry.contentType }),
  }
}
