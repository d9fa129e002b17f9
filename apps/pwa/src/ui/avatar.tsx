/** Initials on somebody's colour. Decoration: the name stands beside it or is in the label around it. */
import { For, type JSX, Show } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'

interface AvatarProps {
  initials: string
  color: number
  class?: string
}

export function Avatar(props: AvatarProps): JSX.Element {
  return (
    <span class={`avatar ${props.class ?? ''}`} data-color={props.color} aria-hidden="true">
      {props.initials}
    </span>
  )
}

interface AvatarStackProps {
  people: { initials: string; color: number }[]
  /** How many there are in all; what isn't shown is counted. */
  count: number
  /** How many are shown at most. */
  max?: number
}

export function AvatarStack(props: AvatarStackProps): JSX.Element {
  const t = useWords()
  const shown = () => props.people.slice(0, props.max ?? 4)
  const more = () => props.count - shown().length
  return (
    <span class="flex items-center gap-2" aria-hidden="true">
      <span class="stack">
        <For each={shown()}>{(person) => <Avatar {...person} />}</For>
      </span>
      <Show when={more() > 0}>
        <span class="text-s whitespace-nowrap text-muted">{t('card.more', more())}</span>
      </Show>
    </span>
  )
}
