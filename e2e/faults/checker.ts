/**
 * Judges a run by what each member sent, was acknowledged and heard, and knows nothing else: neither Maru's code nor its
 * seqs, positions or logs. Messages are told apart by a token in their text, which their senders number by themselves.
 * Times are milliseconds of one clock.
 */

interface Sent {
  token: string
  /** The outbox' number; only to find the message again when it is settled. */
  seq: number
  at: number
  /** The one member whom it is for; absent: everyone inside, the sender too. */
  to?: string
  settled?: { at: number; outcome: string }
}

interface Heard {
  token: string
  /** Whom the room says it is from. */
  from: string
  at: number
  /** As an event; else with a snapshot's history. */
  live: boolean
}

type View =
  | { at: number; inside: string[] }
  | { at: number; came: string }
  | { at: number; went: string; reason: string }

/** One member's notes. */
export interface Witness {
  /** Unique in the run. */
  name: string
  room: string
  peer: string
  joinedAt?: number
  /** The first event. */
  enteredAt?: number
  /** When it died without a word, which nobody had told the server. */
  goneAt?: number
  /** Why the room has ended it, if it has. */
  end?: string
  sent: Sent[]
  heard: Heard[]
  views: View[]
  /** Without a connection, until the first event on another one. */
  away: { from: number; until?: number }[]
  resets: { at: number; reason: string }[]
  /** Whom it has negotiated with. */
  linked: string[]
}

export interface Run {
  witnesses: Witness[]
  /** Names of those who came after the fault, to see who is there. */
  newcomers: string[]
  /** From when on a member could be back: the fault's begin where there was somewhere to go, else its end. */
  recoverableAt: number
  overAt: number
  /** Nobody is told of the fault: those whom it cut off count as away from `recoverableAt` on, not from when they noticed. */
  unnoticed: boolean
  /** Milliseconds that a dead member may be seen after its death and the fault's end. */
  ghostMs: number
}

export interface Findings {
  sent: number
  acknowledged: number
  /** What was neither acknowledged nor refused within ten seconds of the fault's end and of being sent. */
  late: string[]
  refused: string[]
  lost: string[]
  duplicated: string[]
  reordered: string[]
  /** Heard from somebody else than who said it, by somebody whom it wasn't for, or said by nobody. */
  misdelivered: string[]
  resets: string[]
  /** Milliseconds, ascending. */
  resumes: number[]
  /** Not back, not let in, or ended by the room. */
  stuck: string[]
  /** Were there all the time and were shown as gone. */
  swept: string[]
  ghosts: string[]
  /** Somebody who is there is not in somebody's view. */
  unseen: string[]
  /** Two who are there and never negotiated. */
  unlinked: string[]
}

const ACKNOWLEDGED_WITHIN = 10_000
const NEWCOMER_SEEN_WITHIN = 3_000

/** The token in a text that may have more behind it. */
export const tokenIn = (text: string): string => text.split(' ', 1)[0]!

const isThere = ({ goneAt, end, enteredAt }: Witness): boolean =>
  goneAt === undefined && end === undefined && enteredAt !== undefined

export function examine(run: Run): Findings {
  const { witnesses } = run
  const sent = witnesses.flatMap((witness) => witness.sent)
  const applied = sent.filter(({ settled }) => settled?.outcome === 'applied')
  return {
    sent: sent.length,
    acknowledged: applied.length,
    late: sent.filter((message) => isLate(message, run.overAt)).map(({ token }) => token),
    refused: sent.flatMap(({ token, settled }) =>
      settled && settled.outcome !== 'applied' ? [`${token} (${settled.outcome})`] : [],
    ),
    ...deliveries(witnesses),
    resets: witnesses.flatMap(({ name, resets }) => resets.map(({ reason }) => `${name} (${reason})`)),
    resumes: resumes(run),
    stuck: witnesses.flatMap(whyStuck),
    swept: swept(witnesses),
    ghosts: ghosts(run),
    unseen: unseen(run),
    unlinked: unlinked(witnesses),
  }
}

function isLate({ at, settled }: Sent, overAt: number): boolean {
  return settled === undefined || settled.at > Math.max(at, overAt) + ACKNOWLEDGED_WITHIN
}

type Deliveries = Pick<Findings, 'lost' | 'duplicated' | 'reordered' | 'misdelivered'>

function deliveries(witnesses: Witness[]): Deliveries {
  const said = new Map<string, { message: Sent; by: Witness; index: number }>()
  for (const by of witnesses)
    by.sent.forEach((message, index) => said.set(message.token, { message, by, index }))
  const found: Deliveries = { lost: [], duplicated: [], reordered: [], misdelivered: [] }
  for (const witness of witnesses) {
    const heard = new Set<string>()
    const furthest = new Map<string, number>()
    for (const { token, from } of witness.heard) {
      const what = `${token} at ${witness.name}`
      const origin = said.get(token)
      if (!origin || origin.by.peer !== from || !isFor(origin.message, origin.by, witness)) {
        found.misdelivered.push(what)
        continue
      }
      if (heard.has(token)) found.duplicated.push(what)
      else if (origin.index < (furthest.get(from) ?? -1)) found.reordered.push(what)
      heard.add(token)
      furthest.set(from, Math.max(origin.index, furthest.get(from) ?? -1))
    }
    for (const { message, by } of said.values())
      if (isOwed(message, by, witness) && !heard.has(message.token))
        found.lost.push(`${message.token} at ${witness.name}`)
  }
  return found
}

function isFor(message: Sent, by: Witness, witness: Witness): boolean {
  return by.room === witness.room && (message.to === undefined || message.to === witness.peer)
}

/** Acknowledged, and for somebody who was inside before it was said and is until the end. */
function isOwed(message: Sent, by: Witness, witness: Witness): boolean {
  return (
    message.settled?.outcome === 'applied' &&
    isFor(message, by, witness) &&
    isThere(witness) &&
    witness.enteredAt! <= message.at
  )
}

function resumes({ witnesses, newcomers, recoverableAt, unnoticed }: Run): number[] {
  const present = witnesses.filter((witness) => isThere(witness) && !newcomers.includes(witness.name))
  const samples = present.flatMap(({ joinedAt, enteredAt, away }) => {
    const came =
      joinedAt !== undefined && enteredAt! > recoverableAt
        ? [enteredAt! - Math.max(recoverableAt, joinedAt)]
        : []
    const came_back = away.flatMap(({ from, until }) =>
      until === undefined || until < recoverableAt
        ? []
        : [until - (unnoticed ? recoverableAt : Math.max(recoverableAt, from))],
    )
    return [...came, ...came_back]
  })
  // Where nobody lost the connection it is the store that was away: then it is how long until it acknowledges again.
  const answered = present.flatMap(({ sent }) => {
    const first = sent.find(({ settled }) => settled !== undefined && settled.at >= recoverableAt)
    return first ? [first.settled!.at - Math.max(recoverableAt, first.at)] : []
  })
  return (samples.length > 0 ? samples : answered).toSorted((a, b) => a - b)
}

function whyStuck({ name, goneAt, end, enteredAt, away }: Witness): string[] {
  if (goneAt !== undefined) return []
  if (end !== undefined) return [`${name} was ended (${end})`]
  if (enteredAt === undefined) return [`${name} was never let in`]
  const last = away.at(-1)
  return last && last.until === undefined ? [`${name} is not back`] : []
}

function swept(witnesses: Witness[]): string[] {
  const there = new Map(witnesses.filter(isThere).map(({ peer, name }) => [peer, name]))
  const names = witnesses.flatMap(({ views }) =>
    views.flatMap((view) => ('went' in view ? (there.get(view.went) ?? []) : [])),
  )
  return [...new Set(names)]
}

/** When a member was seen, by somebody's views: `[from, until)`, the last one open where it still is. */
function sightings(viewer: Witness, peer: string): { from: number; until: number }[] {
  const seen: { from: number; until: number }[] = []
  for (const view of viewer.views) {
    const before = seen.at(-1)?.until === Infinity
    const after = sees(view, peer) ?? before
    if (after && !before) seen.push({ from: view.at, until: Infinity })
    if (!after && before) seen.at(-1)!.until = view.at
  }
  return seen
}

function sees(view: View, peer: string): boolean | undefined {
  if ('inside' in view) return view.inside.includes(peer)
  if ('came' in view) return view.came === peer ? true : undefined
  return view.went === peer ? false : undefined
}

function ghosts({ witnesses, overAt, ghostMs }: Run): string[] {
  return witnesses.flatMap((dead) => {
    if (dead.goneAt === undefined) return []
    const deadline = Math.max(dead.goneAt, overAt) + ghostMs
    return witnesses
      .filter((viewer) => viewer.room === dead.room && isThere(viewer))
      .filter((viewer) => sightings(viewer, dead.peer).some(({ until }) => until > deadline))
      .map((viewer) => `${dead.name} at ${viewer.name}`)
  })
}

function unseen({ witnesses, newcomers }: Run): string[] {
  const there = witnesses.filter(isThere)
  return there.flatMap((viewer) =>
    there
      .filter((other) => other.room === viewer.room)
      .filter((other) => {
        const seen = sightings(viewer, other.peer)
        if (seen.at(-1)?.until !== Infinity) return true
        if (newcomers.includes(viewer.name))
          return seen[0]!.from > viewer.enteredAt! && !newcomers.includes(other.name)
        return newcomers.includes(other.name) && seen[0]!.from > other.enteredAt! + NEWCOMER_SEEN_WITHIN
      })
      .map((other) => `${other.name} by ${viewer.name}`),
  )
}

/** Only where anybody negotiates: then everybody does. */
function unlinked(witnesses: Witness[]): string[] {
  const there = witnesses.filter(isThere)
  const rooms = new Set(there.filter(({ linked }) => linked.length > 0).map(({ room }) => room))
  return there.flatMap((one) =>
    there
      .filter((other) => other !== one && other.room === one.room && rooms.has(one.room))
      .filter((other) => !one.linked.includes(other.peer))
      .map((other) => `${one.name} with ${other.name}`),
  )
}

/** The nearest-rank percentile of ascending samples; undefined where there are none. */
export const percentile = (ascending: number[], share: number): number | undefined =>
  ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)]

export interface Promised {
  /** Messages that must have been acknowledged for the run to prove anything. */
  atLeast: number
  /** Whether whoever was cut off may have been taken for dead: the fault outlasts a lease. */
  mayBeSwept: boolean
  /** The store has lost its data: what it had acknowledged may be lost with it, and everybody is told of the reset. */
  dataLost: boolean
}

const RESUMED_WITHIN = 5_000
const ACKNOWLEDGED_SHARE = 0.999

/** What of the promise the findings break, in words; empty where it was kept. */
export function breaches(run: Run, findings: Findings, promised: Promised): string[] {
  const { sent, acknowledged, late, resumes: back } = findings
  const broken = (
    ['duplicated', 'reordered', 'misdelivered', 'stuck', 'ghosts', 'unseen', 'unlinked'] as const
  ).flatMap((kind) => some(kind, findings[kind]))
  const chat = findings.refused.filter((what) => !what.includes('unknown-recipient'))
  broken.push(...some('refused', chat))
  if (acknowledged < promised.atLeast) broken.push(`only ${acknowledged} acknowledged, which proves nothing`)
  if (late.length > sent * (1 - ACKNOWLEDGED_SHARE)) broken.push(...some('not acknowledged in time', late))
  const slowest = percentile(back, 0.99) ?? 0
  if (slowest > RESUMED_WITHIN) broken.push(`back after ${Math.round(slowest)} ms (p99)`)
  if (!promised.mayBeSwept) broken.push(...some('swept though they were there', findings.swept))
  if (promised.dataLost) broken.push(...unknowing(run))
  else broken.push(...some('lost', findings.lost), ...some('reset', findings.resets))
  return broken
}

/** Those who were inside when the store lost its data and were never told. */
const unknowing = ({ witnesses, recoverableAt }: Run): string[] =>
  some(
    'not told that data was lost',
    witnesses
      .filter((witness) => isThere(witness) && witness.enteredAt! < recoverableAt)
      .filter(({ resets }) => !resets.some(({ reason }) => reason === 'data-lost'))
      .map(({ name }) => name),
  )

const some = (what: string, list: string[]): string[] =>
  list.length === 0 ? [] : [`${list.length} ${what}: ${list.slice(0, 5).join(', ')}`]
