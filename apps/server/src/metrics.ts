/** What a replica counts, in Prometheus' words. No label tells of a room or a person. */
import type { ResetReason } from '@maru/api-types'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { BackendCounts } from './backend/counts.ts'
import type { LimitKind } from './limits.ts'

/** What the rules report as it happens. */
export interface Counts {
  joined(as: 'joined' | 'resumed', seconds: number): void
  /** A member was given a new snapshot where it had hoped to go on. */
  reset(reason: ResetReason): void
  said(messages: number, seconds: number): void
  /** A presence whose connection this replica carried ran out without a goodbye. */
  expired(): void
}

/** Why the server ended a connection. */
export type CutReason = 'slow reader' | 'flood' | 'silent' | 'idle'
/** What one was told to wait for, or turned away from. */
export type RefusedKind = LimitKind | 'connections' | 'calls' | 'messages' | 'subscriptions'

export interface Metrics extends Counts, BackendCounts {
  issuedTurnCredentials(): void
  cut(why: CutReason): void
  rateLimited(kind: RefusedKind): void
  /** Starts reading the process itself and what is open now; once, and only where somebody may ask for it. */
  watch(open: Record<'rooms' | 'members' | 'sockets', () => number>): void
  /** All of it as text for Prometheus, and the text's content type. */
  read(): Promise<{ text: string; type: string }>
}

/** All that there are, so that each is there with 0 before it happens, and an alert on its rate doesn't miss the first. */
const LABELS = {
  as: ['joined', 'resumed'],
  reset: ['data-lost', 'log-trimmed'],
  cut: ['slow reader', 'flood', 'silent', 'idle'],
  kind: [
    ...(['joins', 'resumes', 'previews', 'creations', 'checks', 'create-key', 'room-ids'] as const),
    ...(['connections', 'calls', 'messages', 'subscriptions'] as const),
  ],
} as const satisfies { as: string[]; reset: ResetReason[]; cut: CutReason[]; kind: RefusedKind[] }

/** Seconds: from what a good network takes to where somebody gives up. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const OPEN = {
  rooms: 'Rooms that this replica follows',
  members: 'Members whose connection this replica carries',
  sockets: 'WebSockets open on this replica',
} as const

/** Makes counters and histograms in a registry of their own. */
function makeInstruments() {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    counter: (name: string, help: string) => new Counter({ name, help, registers }),
    labelled<L extends string>(name: string, label: string, options: { help: string; values: readonly L[] }) {
      const counter = new Counter({ name, help: options.help, labelNames: [label], registers })
      for (const value of options.values) counter.inc({ [label]: value }, 0)
      return (value: L) => counter.inc({ [label]: value })
    },
    histogram: (name: string, help: string) => new Histogram({ name, help, buckets: BUCKETS, registers }),
    gauge: (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read())
        },
      }),
  }
}

export function createMetrics(): Metrics {
  const { registry, counter, labelled, histogram, gauge } = makeInstruments()
  const joins = labelled('maru_joins_total', 'as', {
    help: 'Joins carried out: people who came in (joined), and connections that came back (resumed)',
    values: LABELS.as,
  })
  const joinSeconds = histogram('maru_join_seconds', 'From the call to the first event, of joins carried out')
  const resets = labelled('maru_resets_total', 'reason', {
    help: 'Members who were given a new snapshot where they had hoped to go on',
    values: LABELS.reset,
  })
  const expired = counter(
    'maru_ghosts_total',
    'Presences that ran out without a goodbye, of connections that this replica carried',
  )
  const messages = counter('maru_messages_total', 'Messages that people sent')
  const sendSeconds = histogram('maru_send_seconds', 'From a batch of messages to its acknowledgement')
  const gaps = counter('maru_gap_fills_total', "Times that entries which weren't heard were read from a log")
  const storeSeconds = histogram('maru_store_seconds', 'Round trips to Redis')
  const storeFailures = counter('maru_store_failures_total', "Commands that Redis didn't answer")
  const credentials = counter('maru_turn_credentials_total', 'TURN credentials issued')
  const cuts = labelled('maru_connections_cut_total', 'why', {
    help: 'Connections that this replica ended: of those who read nothing, flood, never speak, are not there',
    values: LABELS.cut,
  })
  const limited = labelled('maru_rate_limited_total', 'kind', {
    help: 'Refusals because it was too much, by what it was too much of',
    values: LABELS.kind,
  })
  return {
    joined(as, seconds) {
      joins(as)
      joinSeconds.observe(seconds)
    },
    reset: resets,
    said(count, seconds) {
      messages.inc(count)
      sendSeconds.observe(seconds)
    },
    expired: () => expired.inc(),
    gapFilled: () => gaps.inc(),
    storeAnswered: (seconds) => storeSeconds.observe(seconds),
    storeFailed: () => storeFailures.inc(),
    issuedTurnCredentials: () => credentials.inc(),
    cut: cuts,
    rateLimited: limited,
    watch(open) {
      collectDefaultMetrics({ register: registry })
      for (const name of ['rooms', 'members', 'sockets'] as const)
        gauge(`maru_${name}`, OPEN[name], open[name])
    },
    read: async () => ({ text: await registry.metrics(), type: registry.contentType }),
  }
}
