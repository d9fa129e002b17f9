/** What somebody says without a word, on their tile: the raised hand with its place, and reactions that float by. */
import Hand from 'lucide-solid/icons/hand'
import { createMemo, For, type JSX, Show } from 'solid-js'
import type { CallState } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'

interface TileSignsProps {
  state: CallState
  peerId: string
  hand: number
}

export function TileSigns(props: TileSignsProps): JSX.Element {
  const t = useWords()
  const reactions = createMemo(() => props.state.reactions.filter(({ peerId }) => peerId === props.peerId))
  return (
    <>
      <Show when={props.hand > 0}>
        <p class="tag raised tabular-nums">
          <Hand size={15} aria-hidden="true" />
          <span aria-hidden="true">{props.hand}</span>
          <span class="sr-only">{t('people.handUp', props.hand)}</span>
        </p>
      </Show>
      <For each={reactions()}>
        {({ id, emoji }) => (
          <span class="reaction" data-lane={id % 3} role="img" aria-label={t(`people.reaction.${emoji}`)}>
            {emoji}
          </span>
        )}
      </For>
    </>
  )
}
