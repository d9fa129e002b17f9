/** What goes wrong during a soak, one after the other, again and again. */
import type { Crowds } from '../load/crowds.ts'
import type { Stage } from '../load/stage.ts'
import { askRedis } from './ask-redis.ts'

export interface Fault {
  name: string
  happen(stage: Stage, crowds: Crowds): Promise<unknown>
}

/** The first replica is left alone: it is the one whose memory is looked at from the beginning to the end. */
const KILLED = 1
const DRAINED = 2

export const FAULTS: Fault[] = [
  {
    name: 'half of the sockets cut',
    happen: (_, crowds) => crowds.ask('cut', 0.5),
  },
  {
    name: 'a replica killed and started again',
    async happen(stage, crowds) {
      await stage.kill([KILLED])
      await crowds.ask('setTargets', stage.ports())
      await stage.restart()
      await crowds.ask('setTargets', stage.ports())
    },
  },
  {
    name: 'every connection to Redis killed',
    async happen({ redis }) {
      for (const type of ['normal', 'pubsub']) await askRedis(redis.url, `CLIENT KILL TYPE ${type}`)
    },
  },
  {
    name: 'a replica replaced in order',
    async happen(stage, crowds) {
      const leaving = stage.replicas[DRAINED]!.port
      // As a load balancer is told before.
      await crowds.ask(
        'setTargets',
        stage.ports().filter((port) => port !== leaving),
      )
      await stage.stop(DRAINED)
      await stage.restart()
      await crowds.ask('setTargets', stage.ports())
    },
  },
  {
    name: 'Redis killed and started again, with its data',
    happen: ({ redis }) => redis.restart(),
  },
]
