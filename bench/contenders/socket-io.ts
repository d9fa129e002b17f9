/** Socket.IO in the ways that its documentation shows: in memory, and on Redis streams with connection state recovery. */
import type { Contender, Member, Seat } from './contender.ts'

let rooms = 0
// Not a workspace: whoever only tests Maru's code has no use for its types.
const client = (): Promise<{ enter: (seat: Seat) => Promise<Member> }> =>
  import(new URL('../rivals/socket-io-client.mjs', import.meta.url).href)

const main = 'bench/rivals/socket-io-server.mjs'
const common = {
  makeRoom: async () => `room-${++rooms}`,
  enter: async (seat: Seat) => (await client()).enter(seat),
}
const RELAYS = 'emits to the member’s own room and acknowledges at once'

export const SOCKET_IO: Contender = {
  ...common,
  name: 'Socket.IO',
  backend: 'memory',
  server: { main },
  does: `${RELAYS}; keeps nothing`,
}

export const SOCKET_IO_RECOVERY: Contender = {
  ...common,
  name: 'Socket.IO, recovery',
  backend: 'memory',
  server: { main, env: { RECOVERY: 'on' } },
  does: `${RELAYS}; connection state recovery from memory`,
}

export const SOCKET_IO_STREAMS: Contender = {
  ...common,
  name: 'Socket.IO, Redis streams',
  backend: 'redis',
  server: { main, env: { RECOVERY: 'on' } },
  does: `${RELAYS}, before Redis has it; redis-streams-adapter with connection state recovery`,
}
