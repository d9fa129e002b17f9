/** The room's chat as this page knows it: the log's messages in their order, one's own unsaid ones behind them. */
import type { ChatMessage } from '@maru/api-types'
import type { ChatEntry } from './call-state.ts'

type Draft = Omit<ChatMessage, 'id'>

/** Said on this page, and in no log as far as it knows. */
export interface Unsaid {
  draft: Draft
  refused: boolean
}

export interface ChatLog {
  /** A history from a snapshot; own messages that it contains are no longer pending. `applied`: own seqs that are in the log. */
  merge(history: ChatMessage[], applied: number): void
  /** One message of the log; `ownSeq` if this presence has said it. */
  add(message: ChatMessage, ownSeq: number | undefined): void
  /** Said here and on its way. */
  pend(seq: number, draft: Draft): void
  refuse(seq: number): void
  /** Nothing that waits will ever be taken. */
  refuseAll(): void
  /** Takes a refused message out, to be said anew: its text. */
  recall(id: string): string | undefined
  unsaid(): Unsaid[]
  /** What an earlier presence of this page leaves behind; the next snapshot shows what of it the log has after all. */
  carry(unsaid: Unsaid[]): void
  /** After that snapshot: takes out what is to be said anew, in its order. */
  takeCarried(): string[]
  entries(): ChatEntry[]
}

export function makeChatLog(isOwn: (message: { userId: string }) => boolean): ChatLog {
  const said = new Map<string, ChatMessage>()
  /** By seq; what was carried has one below zero, which no log ever acknowledges. */
  const pending = new Map<number, Unsaid>()
  let carried = -1_000_000

  return {
    merge(history, applied) {
      const fresh = history.filter(({ id }) => !said.has(id))
      for (const message of fresh) said.set(message.id, message)
      for (const [seq, { draft, refused }] of pending) {
        if (refused || seq > applied) continue
        // The snapshot came in place of the event that would have told the seq.
        const found = fresh.findIndex(({ peerId, text }) => peerId === draft.peerId && text === draft.text)
        if (found >= 0) fresh.splice(found, 1)
        else if (seq < 0) continue
        else said.set(`pending:${seq}`, { ...draft, id: `pending:${seq}` })
        pending.delete(seq)
      }
    },
    add(message, ownSeq) {
      if (ownSeq !== undefined) pending.delete(ownSeq)
      said.set(message.id, message)
    },
    pend: (seq, draft) => void pending.set(seq, { draft, refused: false }),
    refuse(seq) {
      const entry = pending.get(seq)
      if (entry) entry.refused = true
    },
    refuseAll() {
      for (const entry of pending.values()) entry.refused = true
    },
    recall(id) {
      for (const [seq, { draft, refused }] of pending) {
        if (!refused || id !== `pending:${seq}`) continue
        pending.delete(seq)
        return draft.text
      }
      return undefined
    },
    unsaid: () => Array.from(pending.values(), (entry) => ({ ...entry })),
    carry(unsaid) {
      for (const entry of unsaid) pending.set(carried++, { ...entry })
    },
    takeCarried() {
      const waiting = [...pending].filter(([seq, { refused }]) => seq < 0 && !refused)
      for (const [seq] of waiting) pending.delete(seq)
      return waiting.map(([, { draft }]) => draft.text)
    },
    entries: () => [
      ...Array.from(said.values(), (message): ChatEntry => ({
        ...message,
        own: isOwn(message),
        state: 'sent',
      })),
      ...Array.from(pending, ([seq, { draft, refused }]): ChatEntry => ({
        ...draft,
        id: `pending:${seq}`,
        own: true,
        state: refused ? 'refused' : 'pending',
      })),
    ],
  }
}
