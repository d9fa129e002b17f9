/** The faults, each done for real to a stack that runs, and what may be expected of them. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Node, Stack, Stretch } from './stack.ts'

interface Moments {
  /** `performance.now()` from when on somebody whom it cut off could be back. */
  recoverableAt: number
  overAt: number
}

export interface Fault {
  name: string
  /** Among clients in every `npm test`, the others in `npm run test:all`; `running-call.ts` has its own choice. */
  always: boolean
  /** What takes time and isn't part of it; once the people that are to be inside already are. */
  prepare?(stack: Stack): Promise<unknown>
  /** Resolves when it is over. `victim`: where it strikes one replica only. */
  inject(stack: Stack, victim: Node): Promise<Moments>
  /** The stretches of network that it needs to be able to fail. */
  links?: Stretch[]
  /** Connections are dead and nobody is told. */
  unnoticed?: true
  /** It outlasts a lease of three seconds for somebody who can't be heard meanwhile. */
  mayBeSwept?: true
  /** The whole room stood still, so that everyone gets another lease before anyone is swept (P25). */
  standsStill?: true
  dataLost?: true
}

const now = (): number => performance.now()

/** There was somewhere to go to from the first moment on. */
async function elsewhere(during: () => Promise<unknown>): Promise<Moments> {
  const recoverableAt = now()
  await during()
  return { recoverableAt, overAt: now() }
}

/** Nothing could be done before it was over. */
async function nowhere(during: () => Promise<unknown>): Promise<Moments> {
  await during()
  return { recoverableAt: now(), overAt: now() }
}

const holed =
  (...directions: ('forth' | 'back')[]): Fault['inject'] =>
  (_, { front }) =>
    elsewhere(async () => {
      front!.hold(...directions)
      await pause(5_000)
      front!.release()
    })

export const FAULTS: Fault[] = [
  {
    name: 'replica SIGKILL',
    always: true,
    async inject(stack, victim) {
      const moments = await elsewhere(() => stack.kill(victim))
      await stack.add(1)
      return moments
    },
  },
  {
    name: 'replica SIGSTOP 6 s',
    always: false,
    unnoticed: true,
    mayBeSwept: true,
    inject: (_, { replica }) =>
      elsewhere(async () => {
        replica.freeze()
        await pause(6_000)
        replica.thaw()
      }),
  },
  {
    name: 'rolling deploy (SIGTERM)',
    always: false,
    prepare: (stack) => stack.add(stack.nodes.length),
    inject: (stack) =>
      elsewhere(async () => {
        const old = stack.nodes.slice(0, stack.nodes.length / 2)
        for (const node of old) await stack.drain(node)
      }),
  },
  {
    name: 'Redis SIGKILL, data kept',
    always: true,
    standsStill: true,
    inject: ({ redis }) => nowhere(() => redis.restart(1_500)),
  },
  {
    name: 'Redis SIGSTOP 4 s',
    always: false,
    standsStill: true,
    inject: ({ redis }) =>
      nowhere(async () => {
        await redis.pause()
        await pause(4_000)
        await redis.resume()
      }),
  },
  {
    name: 'Redis SIGKILL, data lost',
    always: false,
    standsStill: true,
    dataLost: true,
    // Those who are back are told who is there before all others are.
    mayBeSwept: true,
    inject: ({ redis }) => nowhere(() => redis.restart(1_000)),
  },
  {
    name: 'client connections cut',
    always: false,
    links: ['front'],
    inject: (stack) =>
      elsewhere(async () => {
        for (let i = 0; i < 3; i++) {
          for (const { front } of stack.nodes) front!.cut()
          await pause(700)
        }
      }),
  },
  {
    name: 'Redis connections killed',
    always: false,
    inject: (stack) =>
      nowhere(async () => {
        for (let i = 0; i < 8; i++) {
          await stack.killConnections(i % 2 === 0 ? 'pubsub' : 'normal')
          await pause(250)
        }
      }),
  },
  {
    name: 'black hole client ↔ server',
    always: false,
    links: ['front'],
    unnoticed: true,
    mayBeSwept: true,
    inject: holed('forth', 'back'),
  },
  {
    name: 'black hole client → server',
    always: false,
    links: ['front'],
    unnoticed: true,
    mayBeSwept: true,
    inject: holed('forth'),
  },
  {
    name: 'black hole server → client',
    always: false,
    links: ['front'],
    unnoticed: true,
    mayBeSwept: true,
    inject: holed('back'),
  },
  {
    name: 'black hole server ↔ Redis',
    always: false,
    links: ['store'],
    mayBeSwept: true,
    inject: (_, { store }) =>
      nowhere(async () => {
        store!.hold('forth', 'back')
        await pause(5_000)
        store!.release()
      }),
  },
]
