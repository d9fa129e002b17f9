/** All contenders, rivals before Maru and memory before Redis. */
import type { Contender } from './contender.ts'
import { MARU, MARU_REDIS } from './maru.ts'
import { PEERJS } from './peerjs.ts'
import { RAW_WS, RAW_WS_REDIS } from './raw-ws.ts'
import { SOCKET_IO, SOCKET_IO_RECOVERY, SOCKET_IO_STREAMS } from './socket-io.ts'

export const CONTENDERS: Contender[] = [
  RAW_WS,
  SOCKET_IO,
  SOCKET_IO_RECOVERY,
  PEERJS,
  MARU,
  RAW_WS_REDIS,
  SOCKET_IO_STREAMS,
  MARU_REDIS,
]

export const isMaru = (contender: Contender): boolean => contender === MARU || contender === MARU_REDIS
/** Whom a rival is measured against. */
export const maruOf = ({ backend }: Contender): Contender => (backend === 'redis' ? MARU_REDIS : MARU)
