/** Who is in the room, in the order of joining, and how equal names are told apart. */
import type { Peer } from '@maru/api-types'
import { comparePositions } from '@maru/api-types/ids'
import { foldName } from '@maru/api-types/text'

/** 1 for the first of each name; 2, 3, … for those who came later with an equal one (NFKC, case-folded). */
export function ordinals(peers: Iterable<Pick<Peer, 'peerId' | 'name'>>): Map<string, number> {
  const counts = new Map<string, number>()
  const result = new Map<string, number>()
  for (const { peerId, name } of peers) {
    const folded = foldName(name)
    const ordinal = (counts.get(folded) ?? 0) + 1
    counts.set(folded, ordinal)
    result.set(peerId, ordinal)
  }
  return result
}

/** 1 for whose hand went up first, and so on; nobody whose hand is down. */
export function handPlaces(peers: Iterable<Pick<Peer, 'peerId' | 'hand'>>): Map<string, number> {
  const raised = Array.from(peers).flatMap(({ peerId, hand }) =>
    hand === undefined ? [] : [{ peerId, hand }],
  )
  raised.sort((one, other) => comparePositions(one.hand, other.hand))
  return new Map(raised.map(({ peerId }, index) => [peerId, index + 1]))
}

/**
 * Those who are inside by the snapshot, in its order, and behind them those whom it doesn't show but whose media is
 * still there (P26).
 */
export function mergeRoster(
  known: ReadonlyMap<string, Peer>,
  inside: Peer[],
  keep: (peerId: string) => boolean,
): Map<string, Peer> {
  const merged = new Map(inside.map((peer) => [peer.peerId, peer]))
  for (const [peerId, peer] of known) if (!merged.has(peerId) && keep(peerId)) merged.set(peerId, peer)
  return merged
}

/** Drops what was seen before: a sender's seq only rises, across resets too (P21). */
export function makeOnce(): (from: string, seq: number) => boolean {
  const last = new Map<string, number>()
  return (from, seq) => {
    if (seq <= (last.get(from) ?? 0)) return false
    last.set(from, seq)
    return true
  }
}
