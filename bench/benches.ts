/** All measurements by name: how many rounds each takes, and how long it may take where all of them run. */
import type { Report } from './report.ts'
import type { RoundOptions } from './rounds.ts'

interface Bench {
  /** Where nobody says how many. */
  rounds: number
  /**
   * Seconds where all run: no further round begins that wouldn't end in time; what isn't needed is the next one's. All
   * together: 15 minutes.
   */
  budget: number
  run: (options: RoundOptions) => Promise<Report>
}

/** In the order of running; each brings what it needs: browsers, or a Redis. */
export const BENCHES: Record<string, Bench> = {
  relay: {
    rounds: 3,
    budget: 110,
    run: async (options) => (await import('./relay/relay.ts')).relay(options),
  },
  idle: {
    rounds: 3,
    budget: 105,
    run: async (options) => (await import('./idle/idle.ts')).idle(options),
  },
  join: {
    rounds: 3,
    budget: 75,
    run: async (options) => (await import('./join/join.ts')).join(options),
  },
  scale: {
    rounds: 3,
    budget: 85,
    run: async (options) => (await import('./scale/scale.ts')).scale(options),
  },
  'first-frame': {
    rounds: 3,
    budget: 225,
    run: async (options) => (await import('./first-frame.ts')).firstFrame(options),
  },
  'load-page': {
    rounds: 3,
    budget: 100,
    run: async (options) => (await import('./load-page.ts')).loadPage(options),
  },
  mesh: {
    rounds: 3,
    budget: 115,
    run: async (options) => (await import('./mesh.ts')).mesh(options),
  },
  recover: {
    rounds: 3,
    budget: 85,
    run: async (options) => (await import('./recover.ts')).recover(options),
  },
}
