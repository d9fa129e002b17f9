/** A deployment to be broken: Redis, replicas, and between each of them and everyone else a link that can fail. */
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type Balancer, startBalancer } from '../support/proxy.ts'
import { startRedis } from '../support/redis.ts'
import { type Replica, startReplica } from '../support/server.ts'
import { type Link, startLink } from './link.ts'

export interface Node {
  replica: Replica
  instance: string
  /** Where the balancer sends people to. */
  port: number
  /** Between the balancer and the replica, and between the replica and Redis; where there are such. */
  front: Link | undefined
  store: Link | undefined
}

/** Which stretches of network are to fail: each one costs the process that plays the people, too. */
export type Stretch = 'front' | 'store'

export interface StackOptions {
  replicas?: number
  leaseMs?: number
  /** Whether Redis still has its data after a restart. */
  durable?: boolean
  links?: Stretch[]
  /** Redis on this machine rather than in a container, whose restart takes its time. */
  localRedis?: boolean
  /** Of the server, from the checkout's root. */
  main?: string
}

type StackRedis = Awaited<ReturnType<typeof startRedis>>

const HEALTH_EVERY_MS = 250
const HEALTH_TIMEOUT_MS = 500

export class Stack implements AsyncDisposable {
  readonly redis: StackRedis
  readonly balancer: Balancer
  nodes: Node[] = []
  readonly #options: StackOptions
  readonly #stopped = new AbortController()
  readonly #all: Node[] = []

  private constructor(redis: StackRedis, balancer: Balancer, options: StackOptions) {
    this.redis = redis
    this.balancer = balancer
    this.#options = options
  }

  static async start(options: StackOptions = {}): Promise<Stack> {
    const { replicas = 3, durable = true, localRedis = false } = options
    const [redis, balancer] = await Promise.all([
      startRedis({ durable, local: localRedis }),
      startBalancer([]),
    ])
    await using stack = new AsyncDisposableStack()
    const started = stack.use(new Stack(redis, balancer, options))
    await started.add(replicas)
    void started.#watchHealth()
    stack.move()
    return started
  }

  /** Where people go. */
  get origin(): string {
    return this.balancer.origin
  }

  /** Starts more replicas; people get to them as soon as this resolves. */
  async add(count: number): Promise<Node[]> {
    const added = await Promise.all(Array.from({ length: count }, () => this.#startNode()))
    this.#all.push(...added)
    this.nodes.push(...added)
    this.#aim(this.nodes)
    return added
  }

  async kill(node: Node): Promise<void> {
    this.#take(node)
    await Promise.all([node.replica.kill(), node.front?.[Symbol.asyncDispose]()])
  }

  /** SIGTERM, as in a deployment: takes nobody new, and ends when everyone has moved. */
  async drain(node: Node): Promise<void> {
    this.#take(node)
    node.front?.refuse()
    const code = await node.replica.stop()
    if (code !== 0) throw new Error(`A replica that was asked to stop ended with ${code}`)
  }

  /** Cuts connections of Redis, from inside: `normal` are those that ask, `pubsub` those that listen. */
  killConnections(kind: 'normal' | 'pubsub'): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(this.redis.url).port), '127.0.0.1')
      socket.once('error', reject)
      socket.once('data', () => resolve(void socket.destroy()))
      socket.write(`CLIENT KILL TYPE ${kind} SKIPME yes\r\n`)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort()
    for (const { replica } of this.#all) replica.thaw()
    await Promise.all(this.#all.map(({ replica }) => replica.kill()))
    const links = this.#all.flatMap(({ front, store }) => [front, store]).filter((link) => link !== undefined)
    await Promise.all(links.map((link) => link[Symbol.asyncDispose]()))
    await this.balancer[Symbol.asyncDispose]()
    await this.redis[Symbol.asyncDispose]()
  }

  async #startNode(): Promise<Node> {
    const { leaseMs = 3_000, main, links = [] } = this.#options
    const redisPort = Number(new URL(this.redis.url).port)
    const store = links.includes('store') ? await startLink(redisPort) : undefined
    const replica = await startReplica({
      ...(main !== undefined && { main }),
      env: {
        REDIS_URL: `redis://127.0.0.1:${store?.port ?? redisPort}`,
        LEASE_MS: String(leaseMs),
        PUBLIC_ORIGIN: `${this.origin},http://127.0.0.1:${this.balancer.port}`,
        // So that everyone has an address of their own, as far as limits go.
        TRUSTED_PROXIES: 'loopback',
      },
    })
    const answer = await fetch(`http://127.0.0.1:${replica.port}/readyz`)
    const { instance } = (await answer.json()) as { instance: string }
    const front = links.includes('front') ? await startLink(replica.port) : undefined
    return { replica, instance, store, front, port: front?.port ?? replica.port }
  }

  #take(node: Node): void {
    this.nodes = this.nodes.filter((other) => other !== node)
    this.#aim(this.nodes)
  }

  #aim(nodes: Node[]): void {
    this.balancer.setTargets(nodes.map(({ port }) => port))
  }

  /** As every load balancer does: whoever doesn't say in time that it is ready gets nobody new. */
  async #watchHealth(): Promise<void> {
    const { signal } = this.#stopped
    while (!signal.aborted) {
      await pause(HEALTH_EVERY_MS)
      const asked = this.nodes
      const answers = await Promise.all(asked.map(isReady))
      const ready = asked.filter((node, i) => answers[i] && this.nodes.includes(node))
      // Where nobody is, it makes no difference who is asked, and the first to be ready again gets them.
      this.#aim(ready.length > 0 ? ready : this.nodes)
    }
  }
}

const isReady = ({ port }: Node): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) }).then(
    async (response) => {
      await response.arrayBuffer()
      return response.ok
    },
    () => false,
  )
