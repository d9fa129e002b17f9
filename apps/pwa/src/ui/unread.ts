/** How many messages came while the chat was closed. */
import { comparePositions } from '@maru/api-types/ids'
import { createEffect, createMemo, createSignal, onCleanup, untrack } from 'solid-js'
import type { ChatEntry } from '../call/call-state.ts'

const isSent = (entry: ChatEntry): boolean => entry.state === 'sent'

/**
 * What was there when one came in counts as read: it is history, not news.
 * @param open whether the chat is on the screen
 */
export function createUnread(entries: () => ChatEntry[], open: () => boolean): () => number {
  const latest = (): string => entries().findLast(isSent)?.id ?? '0-0'
  const [read, setRead] = createSignal<string>()
  // The history follows upon the phase that shows the call, within the same task.
  const timer = setTimeout(() => setRead((known) => known ?? untrack(latest)))
  onCleanup(() => clearTimeout(timer))
  createEffect(() => {
    const newest = latest()
    if (open()) setRead(newest)
  })
  return createMemo(() => {
    const known = read()
    if (open() || known === undefined) return 0
    return entries().filter((entry) => isSent(entry) && !entry.own && comparePositions(entry.id, known) > 0)
      .length
  })
}
