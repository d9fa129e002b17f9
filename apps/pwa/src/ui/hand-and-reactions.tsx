/** What one can say without a word: a raised hand, and a few reactions that everyone sees for a moment. */
import { type Reaction, REACTIONS } from '@maru/api-types/limits'
import Hand from 'lucide-solid/icons/hand'
import { For, type JSX } from 'solid-js'
import type { CallControls, CallState } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'

interface HandAndReactionsProps {
  state: CallState
  controls: CallControls
  onDone?: () => void
}

export function HandAndReactions(props: HandAndReactionsProps): JSX.Element {
  const t = useWords()
  const raised = () => (props.state.self?.hand ?? 0) > 0
  const hand = (): void => {
    props.controls.raiseHand(!raised())
    props.onDone?.()
  }
  const react = (emoji: Reaction): void => {
    props.controls.react(emoji)
    props.onDone?.()
  }
  return (
    <div class="grid grid-cols-[minmax(0,1fr)] gap-2">
      <button type="button" class="btn" classList={{ primary: raised() }} onClick={hand}>
        <Hand size={20} aria-hidden="true" />
        {raised() ? t('people.lowerHand') : t('people.raiseHand')}
      </button>
      <div class="flex justify-between gap-1" role="group" aria-label={t('people.reactions')}>
        <For each={REACTIONS}>
          {(emoji) => (
            <button
              type="button"
              class="btn ghost icon min-w-0 shrink! text-xl!"
              aria-label={t(`people.reaction.${emoji}`)}
              onClick={() => react(emoji)}
            >
              <span class="emoji" aria-hidden="true">
                {emoji}
              </span>
            </button>
          )}
        </For>
      </div>
    </div>
  )
}
