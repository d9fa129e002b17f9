/** How many messages came while the chat was closed. */
import { createEffect, createMemo, createSignal, untrack } from 'solid-js'
import { comparePositions } from '@maru/api-types/ids'
import type { ChatEntry } from '../call/call-state.ts'

const isSent = (entry: ChatEntry): boolean => entry.state === 'sent'

/**
 * What was there when one came in counts as read: it is history, not news.
 * @param open whether the chat is on the screen
 */
export function createUnread(entries: () => ChatEntry[], open: () => boolean): () => number {
  const latest = (): string => entries().findLast(isSent)?.id ?? '0-0'
  const [read, setRead] = createSignal(untrack(latest))
  createEffect(() => {
    const newest = latest()
    if (open()) setRead(newest)
  })
  return createMemo(() =>
    open()
      ? 0
      : entries().filter((entry) => isSent(entry) && !entry.own && comparePositions(entry.id, read()) > 0)
          .length,
  )
}
