/** Two replicas of Maru on one Redis. Whichever dies, by the page's wish or by anyone's hand, comes back. */
import type { DemoServer } from '../apps/pwa/src/demo/demo-state.ts'
import { type Replica, startReplica } from '../e2e/support/server.ts'

/** Long enough to see that a call doesn't need it. */
const DOWN_MS = 5_000

export interface Servers extends AsyncDisposable {
  states(): DemoServer[]
  /** Those that take connections. */
  ports(): number[]
  /**
   * SIGKILL, between two instructions. Resolves when the process is gone.
   * @returns `unknown` for a process that isn't there (any more), `last` while the other one isn't up
   */
  stop(instance: string): Promise<'stopped' | 'unknown' | 'last'>
}

interface Slot {
  server: DemoServer
  replica: Replica
  comeback?: NodeJS.Timeout
}

interface ServersOptions {
  env: Record<string, string>
  onChange(): void
  /** One of them couldn't be started again. */
  onFailure(error: unknown): void
}

export async function startServers({ env, onChange, onFailure }: ServersOptions): Promise<Servers> {
  const slots: Slot[] = []
  let over = false

  const set = (slot: Slot, change: Partial<DemoServer>): void => {
    slot.server = { ...slot.server, ...change }
    onChange()
  }
  const comeBack = async (slot: Slot): Promise<void> => {
    set(slot, { state: 'starting' })
    const replica = await startReplica({ env, port: slot.replica.port })
    slot.replica = replica
    if (over) return replica.kill()
    watch(slot)
    set(slot, { state: 'up', instance: await instanceOf(replica) })
  }
  const watch = (slot: Slot): void => {
    void slot.replica.ended.then(() => {
      if (over) return
      set(slot, { state: 'stopped' })
      slot.comeback = setTimeout(() => void comeBack(slot).catch(onFailure), DOWN_MS)
    })
  }
  const servers: Servers = {
    states: () => slots.map(({ server }) => server),
    ports: () => slots.filter(({ server }) => server.state === 'up').map(({ replica }) => replica.port),
    async stop(instance) {
      const slot = slots.find(({ server }) => server.state === 'up' && server.instance === instance)
      if (!slot) return 'unknown'
      if (servers.ports().length < 2) return 'last'
      // At once: a second press must not find it up.
      set(slot, { state: 'stopped' })
      await slot.replica.kill()
      return 'stopped'
    },
    async [Symbol.asyncDispose]() {
      over = true
      for (const { comeback } of slots) clearTimeout(comeback)
      await Promise.all(slots.map(({ replica }) => replica.kill()))
    },
  }
  try {
    for (const name of ['A', 'B'] as const) {
      const replica = await startReplica({ env })
      const slot: Slot = { server: { name, state: 'up', instance: '' }, replica }
      slots.push(slot)
      slot.server.instance = await instanceOf(replica)
      watch(slot)
    }
  } catch (error) {
    await servers[Symbol.asyncDispose]()
    throw error
  }
  return servers
}

async function instanceOf({ port }: Replica): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`)
  const { instance } = (await response.json()) as { instance: string }
  return instance
}
