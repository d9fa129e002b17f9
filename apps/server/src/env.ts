/** The only reader of the environment: what may be set, what it means, and one clear line for what is wrong. */
import { readFileSync } from 'node:fs'
import { CREATE_KEY, type IcePolicy } from '@maru/api-types'
import { z } from 'zod'
import { type AddressMatcher, isPublicHost, makeAddressMatcher } from './edge/client-address.ts'
import { isGuessable, isGuessableKey } from './secret.ts'
import type { TurnOptions } from './turn.ts'

export interface Env {
  port: number
  /** Undefined listens on every address, IPv6 and IPv4. */
  host: string | undefined
  /** For metrics and readiness; undefined: no metrics, and readiness is on `port`. */
  internalPort: number | undefined
  /** Undefined keeps the rooms in this process. */
  redisUrl: string | undefined
  turn: TurnOptions
  /** What room records are signed with, the first one; empty where there is no TURN secret. */
  recordSecrets: string[]
  /** `relay`: calls go over the TURN server only. */
  icePolicy: IcePolicy
  /** What making a room takes; undefined: anyone may. */
  createKey: string | undefined
  /** Empty: only pages of this very server, on localhost or a private address. */
  publicOrigins: string[]
  trustedProxies: AddressMatcher
  roomList: boolean
  /** Whether to speak https with a certificate of one's own, for the phones around. */
  lan: boolean
  /** Where that certificate is kept; undefined: in the checkout. */
  lanFolder: string | undefined
  /** Milliseconds. */
  leaseMs: number
  logLevel: (typeof LOG_LEVELS)[number]
}

/** Its message is one line for the person who starts the server. */
export class EnvError extends Error {}

const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

/** RFC 7064 `stun:host[:port]` and RFC 7065 `turn(s):host[:port][?transport=udp|tcp]`. */
const ICE_URL =
  /^(stuns?:(?<h1>[\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?|turns?:([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?(\?transport=(udp|tcp))?)$/i

const LOOPBACK = /^(localhost|127\..*|::1)$/i

const list = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max)

function originOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain = url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` && !text.includes('*')
  return plain ? url.origin : undefined
}

const VARIABLES = {
  PORT: {
    schema: integer(0, 65_535),
    must: 'be a port number from 0 to 65535',
    example: '3000',
  },
  HOST: {
    schema: z.string().regex(/^[\w.:-]{1,253}$/),
    must: 'be an address or a host name to listen on',
    example: '127.0.0.1',
  },
  INTERNAL_PORT: {
    schema: integer(0, 65_535),
    must: 'be a port number from 0 to 65535 that no proxy passes on',
    example: '3001',
  },
  REDIS_URL: {
    schema: z.string().refine((text) => URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol)),
    must: 'be a redis:// or rediss:// URL',
    example: 'redis://localhost:6379',
  },
  TURN_SECRET: {
    schema: z.string().refine((secret) => !isGuessable(secret)),
    must: 'be at least 24 characters that nobody could guess, the same as the static-auth-secret of coturn',
    example: '"$(openssl rand -base64 32)"',
  },
  TURN_SECRET_FILE: {
    schema: z.string(),
    must: 'name a file with the static-auth-secret of coturn in it, which this user may read',
    example: '/secrets/turn-secret',
  },
  TURN_URLS: {
    schema: z
      .string()
      .transform(list)
      .refine((urls) => urls.every((url) => ICE_URL.test(url))),
    must: 'be stun:, turn: or turns: URLs with commas between them',
    example: 'turn:turn.example.org:3478,turns:turn.example.org:5349',
  },
  TURN_TTL: {
    schema: integer(10, 86_400),
    must: 'be seconds from 10 to 86400',
    example: '3600',
  },
  PUBLIC_ORIGIN: {
    schema: z
      .string()
      .transform((text) => list(text).map(originOf))
      .refine((origins): origins is string[] => origins.every((origin) => origin !== undefined)),
    must: 'be http:// or https:// origins without a path, with commas between them',
    example: 'https://meet.example.org',
  },
  TRUSTED_PROXIES: {
    schema: z
      .string()
      .transform((text) => makeAddressMatcher(list(text)))
      .refine((matcher): matcher is AddressMatcher => matcher !== undefined),
    must: 'be addresses, CIDR ranges, or the words loopback and private, with commas between them',
    example: 'loopback,10.0.0.0/8',
  },
  ICE_POLICY: { schema: z.enum(['all', 'relay']), must: 'be all or relay', example: 'all' },
  CREATE_KEY: {
    schema: z
      .string()
      .max(CREATE_KEY.max)
      .refine((key) => key.length >= CREATE_KEY.min && !isGuessableKey(key)),
    must: `be ${CREATE_KEY.min} to ${CREATE_KEY.max} characters that nobody could guess`,
    example: '"$(openssl rand -base64 12)"',
  },
  ROOM_LIST: { schema: z.enum(['on', 'off']), must: 'be on or off', example: 'on' },
  LAN: { schema: z.enum(['on', 'off']), must: 'be on or off', example: 'on' },
  LAN_FOLDER: {
    schema: z.string().regex(/^[^\0]{1,4096}$/),
    must: 'be a folder',
    example: '/var/lib/maru/lan',
  },
  LEASE_MS: {
    schema: integer(200, 600_000),
    must: 'be milliseconds from 200 to 600000',
    example: '15000',
  },
  LOG_LEVEL: { schema: z.enum(LOG_LEVELS), must: `be one of ${LOG_LEVELS.join(', ')}`, example: 'info' },
} as const

type Name = keyof typeof VARIABLES

/** What a message may repeat of a value: nothing of a secret, and of a URL nothing that may hold a password. */
function quoted(name: Name, value: string): string {
  if (name === 'TURN_SECRET' || name === 'CREATE_KEY' || name === 'REDIS_URL') return 'what it is set to'
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
}

function read<N extends Name>(
  source: Record<string, string | undefined>,
  name: N,
): z.output<(typeof VARIABLES)[N]['schema']> | undefined {
  const value = source[name]?.trim()
  // Compose files and .env files set a variable to nothing to say "not set".
  if (value === undefined || value === '') return undefined
  const { schema, must, example } = VARIABLES[name]
  const result = schema.safeParse(value)
  if (!result.success) {
    throw new EnvError(
      `${name} must ${must}, and ${quoted(name, value)} is not; for example ${name}=${example}`,
    )
  }
  return result.data as z.output<(typeof VARIABLES)[N]['schema']>
}

/** A TURN secret that somebody chose. @throws EnvError where it is none that keeps anyone out */
export const readGivenTurnSecret = (source: Record<string, string | undefined> = process.env) =>
  read(source, 'TURN_SECRET')

/** The secret itself, wherever it stands. */
function readTurnSecret(source: Record<string, string | undefined>): string | undefined {
  const path = read(source, 'TURN_SECRET_FILE')
  if (path === undefined) return readGivenTurnSecret(source)
  let text
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    const { must, example } = VARIABLES.TURN_SECRET_FILE
    throw new EnvError(
      `TURN_SECRET_FILE must ${must}, and "${path}" is not; for example TURN_SECRET_FILE=${example}`,
    )
  }
  return readGivenTurnSecret({ TURN_SECRET: text })
}

/** Beside the secret's file while they rotate (`first-start.ts`): what was signed with the one before still counts. */
function readPreviousTurnSecret(source: Record<string, string | undefined>): string | undefined {
  const path = read(source, 'TURN_SECRET_FILE')
  try {
    const text = path === undefined ? '' : readFileSync(`${path}.previous`, 'utf8').trim()
    return isGuessable(text) ? undefined : text
  } catch {
    return undefined
  }
}

/**
 * Reads the environment.
 * @throws EnvError with one line that names the variable, says what is wrong with it and shows an example
 */
export function readEnv(source: Record<string, string | undefined> = process.env): Env {
  const publicOrigins: string[] = read(source, 'PUBLIC_ORIGIN') ?? []
  // A list that the whole internet can read is for those who ask for one.
  const listable = !publicOrigins.some((origin) => isPublicHost(new URL(origin).hostname))
  const secret = readTurnSecret(source)
  const env: Env = {
    port: read(source, 'PORT') ?? 3000,
    host: read(source, 'HOST'),
    internalPort: read(source, 'INTERNAL_PORT'),
    redisUrl: read(source, 'REDIS_URL'),
    turn: {
      secret,
      urls: read(source, 'TURN_URLS') ?? [],
      lifetime: read(source, 'TURN_TTL'),
    },
    recordSecrets: [secret, readPreviousTurnSecret(source)].filter((one) => one !== undefined),
    icePolicy: read(source, 'ICE_POLICY') ?? 'all',
    createKey: read(source, 'CREATE_KEY'),
    publicOrigins,
    trustedProxies: read(source, 'TRUSTED_PROXIES') ?? (() => false),
    roomList: (read(source, 'ROOM_LIST') ?? (listable ? 'on' : 'off')) === 'on',
    lan: read(source, 'LAN') === 'on',
    lanFolder: read(source, 'LAN_FOLDER'),
    leaseMs: read(source, 'LEASE_MS') ?? 15_000,
    logLevel: read(source, 'LOG_LEVEL') ?? 'info',
  }
  const hasRelay = env.turn.urls.some((url) => /^turns?:/i.test(url))
  if (env.turn.secret === undefined && hasRelay) {
    const { must, example } = VARIABLES.TURN_SECRET
    throw new EnvError(
      `TURN_SECRET must ${must}, because TURN_URLS names a turn: server; for example TURN_SECRET=${example}`,
    )
  }
  if (env.lan && env.publicOrigins.length > 0) {
    throw new EnvError(
      'PUBLIC_ORIGIN must not be set with --lan (LAN=on): there, people come by the addresses of this computer',
    )
  }
  if (env.lan && env.host !== undefined && LOOPBACK.test(env.host)) {
    throw new EnvError(
      `HOST must not be set to ${env.host} with --lan (LAN=on): nobody else in the network could reach it`,
    )
  }
  if (env.icePolicy === 'relay' && !hasRelay) {
    throw new EnvError(
      'ICE_POLICY must be all while TURN_URLS names no turn: or turns: server, because nobody could reach anybody; ' +
        'for example ICE_POLICY=all',
    )
  }
  return env
}
