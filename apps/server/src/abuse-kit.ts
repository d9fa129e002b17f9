/** For the tests of abuse: a server in a process of its own, sockets that say anything, and a call that goes on meanwhile. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { chat, openPage, textsOf, until } from './test-kit.ts'
import { startProcess } from './test-process.ts'

/** A server that believes X-Forwarded-For of this machine, so that every client here can have an address of its own. */
export interface Target extends AsyncDisposable {
  port: number
  /** What `/metrics` says now. */
  metric(name: string): Promise<number>
  log(): string
}

export async function startTarget(env: Record<string, string> = {}): Promise<Target> {
  const settings = { PORT: '0', INTERNAL_PORT: '0', HOST: '127.0.0.1', TRUSTED_PROXIES: 'loopback', ...env }
  const { child, port, internalPort, exited, log, errors } = await startProcess(settings)
  expect(errors()).toBe('')
  return {
    port,
    log,
    metric: (name) => readMetric(internalPort, name),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      expect((await exited)[0], 'whatever was done to it, it ends well').toBe(0)
      expect(errors()).toBe('')
    },
  }
}

/** One value; a name may carry labels. */
export async function readMetric(internalPort: number | undefined, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${internalPort}/metrics`)).text()
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  if (line === undefined) throw new Error(`there is no ${name}`)
  return Number(line.slice(name.length))
}

/** Milliseconds that a message may take while the attack, its clients and this call share two cores. */
const IN_TIME = 2_000
/** Bytes by which a process may grow; what is kept for each of a flood's frames would be far more. */
const MAX_GROWTH = 96 * 1024 * 1024

/**
 * Does something to a server while two people talk on it. They must hear everything, in order and in time, on the
 * connection that they had; afterwards nothing must be open that wasn't before, and memory not have grown with it.
 */
export async function whileOthersTalk(target: Target, attack: () => Promise<void>): Promise<void> {
  const memory = 'process_resident_memory_bytes'
  const [sockets, grown] = [await target.metric('maru_sockets'), await target.metric(memory)]
  // They ask for no pongs: a busy test would take its own slowness for the server's, and connect again.
  using ann = openPage(target.port, { pingMs: 0 })
  using bo = openPage(target.port, { pingMs: 0 })
  const roomId = await ann.createRoom()
  const first = await ann.enter(roomId)
  const second = await bo.enter(roomId)
  await until(() => first.of('joined').length, 'bo')
  const talking = { over: false }
  let slowest = 0
  const talk = async (): Promise<number> => {
    for (let seq = 1; ; seq++) {
      const saidAt = performance.now()
      await ann.api.room.send.mutate({ roomId, messages: [chat(seq, `message ${seq}`)] })
      await until(() => textsOf(second).at(-1) === `message ${seq}`, `message ${seq}`, IN_TIME)
      slowest = Math.max(slowest, performance.now() - saidAt)
      if (talking.over) return seq
      await pause(40)
    }
  }
  const said = talk()
  // Where the attack itself fails, that is what is to be told.
  said.catch(() => undefined)
  try {
    await attack()
  } finally {
    talking.over = true
  }
  const count = await said
  const all = Array.from({ length: count }, (_, i) => `message ${i + 1}`)
  expect(textsOf(second)).toEqual(all)
  await until(() => textsOf(first).length === count, 'her own words')
  expect(slowest).toBeLessThan(IN_TIME)
  for (const one of [first, second])
    expect(new Set(one.events().map(({ type }) => type))).not.toContain('left')
  expect([ann.sockets.length, bo.sockets.length]).toEqual([1, 1])
  await untilMetric(target, 'maru_sockets', (open) => open <= sockets + 2)
  expect((await target.metric(memory)) - grown).toBeLessThan(MAX_GROWTH)
}

/** Waits for a value, or for what a value is to satisfy. */
export async function untilMetric(
  target: Pick<Target, 'metric'>,
  name: string,
  wanted: number | ((value: number) => boolean),
): Promise<number> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const seen = await target.metric(name)
    if (typeof wanted === 'number' ? seen === wanted : wanted(seen)) return seen
    if (performance.now() > deadline) throw new Error(`${name} is ${seen}, not ${String(wanted)}`)
    await pause(50)
  }
}

interface Answer {
  id: number
  error?: { data: { reason: string; retryAfterMs?: number } }
  result?: { type: string; data?: unknown }
}

/** A browser's socket without a browser. */
export interface RawSocket extends Disposable {
  socket: WebSocket
  answers: Answer[]
  /** The close codes. */
  codes: number[]
  /** The status where the upgrade was refused, and what came with it. */
  refused: { status: number; retryAfter: string | undefined } | undefined
  call(method: 'query' | 'mutation' | 'subscription', path: string, input?: unknown): number
  stop(id: number): void
  /** How often each reason was given, and `fine` for what was let pass. */
  reasons(): Record<string, number>
  answered(count: number): Promise<void>
}

export interface RawOptions extends ClientOptions {
  /** Who it says it is, through a proxy that is believed. */
  address?: string
}

/** Resolves once it is open, or refused. */
export async function openRaw(port: number, options: RawOptions = {}): Promise<RawSocket> {
  const { address, ...more } = options
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, {
    origin: `http://127.0.0.1:${port}`,
    ...(address !== undefined && { headers: { 'X-Forwarded-For': address } }),
    ...more,
  })
  let nextId = 1
  const raw: RawSocket = {
    socket,
    answers: [],
    codes: [],
    refused: undefined,
    call(method, path, input) {
      const id = nextId++
      socket.send(JSON.stringify({ id, method, params: { path, input } }))
      return id
    },
    stop: (id) => socket.send(JSON.stringify({ id, method: 'subscription.stop' })),
    reasons() {
      const counts: Record<string, number> = {}
      const first = new Map(raw.answers.toReversed().map((answer) => [answer.id, answer]))
      for (const { error } of first.values()) {
        const reason = error?.data.reason ?? 'fine'
        counts[reason] = (counts[reason] ?? 0) + 1
      }
      return counts
    },
    async answered(count) {
      const done = () => new Set(raw.answers.map(({ id }) => id)).size >= count
      await until(done, `${count} answers`)
    },
    [Symbol.dispose]: () => socket.terminate(),
  }
  socket.on('message', (data: Buffer) => {
    if (String(data) !== 'PONG') raw.answers.push(JSON.parse(String(data)) as Answer)
  })
  socket.on('close', (code) => raw.codes.push(code))
  socket.on('error', () => {})
  socket.on('unexpected-response', (request, response) => {
    raw.refused = { status: response.statusCode!, retryAfter: response.headers['retry-after'] }
    request.destroy()
  })
  await until(() => socket.readyState !== WebSocket.CONNECTING || raw.refused, 'an answer to the upgrade')
  return raw
}

/** Says something again and again until it is closed for it; budgets fill up again while a busy machine is slow. */
export async function floodUntilClosed(raw: RawSocket, say: () => void): Promise<void> {
  for (let round = 0; round < 100 && raw.codes.length === 0; round++) {
    for (let i = 0; i < 500; i++) say()
    await pause(1)
  }
  await until(() => raw.codes.length, 'the close')
}

/** The bytes of an upgrade that would be let in. */
export const upgradeOf = (port: number): string =>
  [
    'GET /ws HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    `Origin: http://127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Extensions: permessage-deflate',
    '\r\n',
  ].join('\r\n')

/** A connection without any library: what has come, and whether the other side has ended it. */
export interface Bytes extends Disposable {
  stream: Socket
  received(): Buffer
  closed(): boolean
}

export async function openBytes(port: number): Promise<Bytes> {
  const stream = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  let closed = false
  stream.on('data', (chunk) => chunks.push(chunk))
  stream.on('error', () => {})
  stream.on('close', () => (closed = true))
  await once(stream, 'connect')
  stream.setNoDelay(true)
  return {
    stream,
    received: () => Buffer.concat(chunks),
    closed: () => closed,
    [Symbol.dispose]: () => stream.destroy(),
  }
}

/** Upgraded, and nothing said yet. */
export async function openUpgraded(port: number): Promise<Bytes & { response: string }> {
  const bytes = await openBytes(port)
  bytes.stream.write(upgradeOf(port))
  await until(() => bytes.received().includes('\r\n\r\n'), 'the upgrade')
  return { ...bytes, response: String(bytes.received()) }
}

/** The close code that a server's last frame carries (RFC 6455 §5.5.1); undefined where it sent none. */
export function closeCodeOf(bytes: Bytes): number | undefined {
  const all = bytes.received()
  const frames = all.subarray(all.indexOf('\r\n\r\n') + 4)
  const at = frames.lastIndexOf(0x88)
  return at < 0 || frames.length < at + 4 ? undefined : frames.readUInt16BE(at + 2)
}
