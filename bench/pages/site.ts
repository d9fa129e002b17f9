/** The ways to meet that are compared: Maru, a page by hand, and a mesh as tutorials write it. */
import { makeSecret } from '@maru/api-types/ids'
import { startReplica } from '../../e2e/support/server.ts'
import { createWireRoom } from '../../e2e/support/wire-member.ts'
import { type Delay, startDelay } from './delay.ts'
import { startProgram } from './program.ts'

export type SiteName = 'Maru' | 'floor' | 'React mesh'

interface Manners {
  /** Where the next call is, from the origin on. */
  newRoom: () => Promise<string>
  /** What leads on from there without a click on Join; nothing does at Maru. */
  auto?: string
  /** What the browser keeps of somebody who has been here before. */
  memory: () => { name: string; value: string }[]
  /** Whether a service worker comes with it. */
  hasWorker: boolean
}

export interface Site extends Manners, AsyncDisposable {
  name: SiteName
  /** The way of whoever comes in, and of those who are inside. */
  door: Delay
  inside: Delay
}

const STARTS: Record<SiteName, () => Promise<{ server: { port: number } & AsyncDisposable } & Manners>> = {
  async Maru() {
    const server = await startReplica()
    return {
      server,
      newRoom: async () => `/r/${await createWireRoom(server.port, { name: 'Bench', capacity: 10 })}`,
      memory: () => [
        { name: 'maru.name', value: 'Somebody' },
        { name: 'maru.secret', value: makeSecret() },
      ],
      hasWorker: true,
    }
  },
  floor: async () => ({ server: await startProgram('floor/floor.ts'), ...counted() }),
  'React mesh': async () => ({ server: await startProgram('rivals/react-mesh/server.js'), ...counted() }),
}

/** Pages that ask nobody for a room. */
function counted(): Manners {
  let rooms = 0
  return {
    newRoom: () => Promise.resolve(`/?room=${++rooms}`),
    auto: '&auto',
    memory: () => [],
    hasWorker: false,
  }
}

export async function startSite(name: SiteName): Promise<Site> {
  await using started = new AsyncDisposableStack()
  const { server, ...manners } = await STARTS[name]()
  started.use(server)
  const door = started.use(await startDelay(server.port))
  const inside = started.use(await startDelay(server.port))
  const all = started.move()
  return { name, ...manners, door, inside, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
