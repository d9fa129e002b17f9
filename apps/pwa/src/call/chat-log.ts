/** The room's chat as this page knows it: the log's messages in their order, one's own unsaid ones behind them. */
import type { ChatMessage, RefusalReason } from '@maru/api-types'
import type { ChatEntry } from './call-state.ts'

export interface ChatLog {
  /** A history from a snapshot; own messages that it contains are no longer pending. `applied`: own seqs that are in the log. */
  merge(history: ChatMessage[], applied: number): void
  /** One message of the log; `ownSeq` if this presence has said it. */
  add(message: ChatMessage, ownSeq: number | undefined): void
  /** Said here and on its way. */
  pend(seq: number, draft: Omit<ChatMessage, 'id'>): void
  refuse(seq: number, reason: RefusalReason): void
  entries(): ChatEntry[]
}

export function makeChatLog(isOwn: (message: { userId: string }) => boolean): ChatLog {
  const said = new Map<string, ChatMessage>()
  const pending = new Map<number, { draft: Omit<ChatMessage, 'id'>; refused: boolean }>()

  return {
    merge(history, applied) {
      const fresh = history.filter(({ id }) => !said.has(id))
      for (const message of fresh) said.set(message.id, message)
      for (const [seq, { draft, refused }] of pending) {
        if (refused || seq > applied) continue
        // The snapshot came in place of the event that would have told the seq.
        const found = fresh.findIndex(({ peerId, text }) => peerId === draft.peerId && text === draft.text)
        if (found >= 0) fresh.splice(found, 1)
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
