/** Who comes, who goes, what is written: said politely to a screen reader, shown for a moment to everyone else. */
import { createEffect, createMemo, createSignal, For, type JSX, on, onCleanup } from 'solid-js'
import type { Announcement } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'

const SHOWN_MS = 4_000
const AT_MOST = 3

interface AnnouncementsProps {
  announcements: Announcement[]
  /** What is written is on the screen already. */
  chatOpen: boolean
}

export function Announcements(props: AnnouncementsProps): JSX.Element {
  const t = useWords()
  const inWords = (announcement: Announcement): string => {
    switch (announcement.type) {
      case 'joined':
        return t('call.joined', announcement.name)
      case 'left':
        return t('call.left', announcement.name)
      case 'sharing':
        return t('screen.sharing', announcement.name)
      case 'chat':
        return t('call.said', announcement.name, announcement.text)
      case 'hand':
        return t('people.raisedHand', announcement.name)
      case 'moderated':
        return announcement.action === 'mute'
          ? t('people.mutedYou', announcement.name)
          : t('people.stoppedYourCamera', announcement.name)
      case 'host':
        return announcement.name === undefined
          ? t('people.youAreHost')
          : t('people.newHost', announcement.name)
    }
  }
  const recent = createMemo(() => props.announcements.slice(-5))
  const [shown, setShown] = createSignal<Announcement[]>([])
  let seen = props.announcements.at(-1)?.id ?? -1
  const timers = new Set<ReturnType<typeof setTimeout>>()
  onCleanup(() => timers.forEach(clearTimeout))

  const show = (announcement: Announcement): void => {
    setShown((old) => [...old, announcement].slice(-AT_MOST))
    const timer = setTimeout(() => {
      timers.delete(timer)
      setShown((old) => old.filter((other) => other.id !== announcement.id))
    }, SHOWN_MS)
    timers.add(timer)
  }
  createEffect(
    on(recent, (latest) => {
      for (const announcement of latest) {
        if (announcement.id <= seen) continue
        seen = announcement.id
        if (announcement.type !== 'chat' || !props.chatOpen) show(announcement)
      }
    }),
  )

  return (
    <>
      <div class="sr-only" aria-live="polite">
        <For each={recent()}>{(announcement) => <p>{inWords(announcement)}</p>}</For>
      </div>
      <For each={shown()}>
        {(announcement) => (
          <p class="toast rise" aria-hidden="true">
            {inWords(announcement)}
          </p>
        )}
      </For>
    </>
  )
}
