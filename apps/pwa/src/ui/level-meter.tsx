/** How loud the own microphone is: a few bars, so that one sees at a glance that it hears. */
import { For, type JSX } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'

/** Pixels. The last ones are reached only by shouting. */
const BARS = [6, 8, 10, 12, 14, 16]

export function LevelMeter(props: { level: number }): JSX.Element {
  const t = useWords()
  // Speech sits low on a linear scale; the root brings it to the middle.
  const lit = () => Math.round(Math.sqrt(Math.min(1, Math.max(0, props.level))) * BARS.length)
  return (
    <span
      class="flex h-[18px] items-end gap-[3px]"
      role="meter"
      aria-label={t('device.level')}
      aria-valuemin="0"
      aria-valuemax={BARS.length}
      aria-valuenow={lit()}
    >
      <For each={BARS}>
        {(height, index) => (
          <i
            class="w-1 rounded-round"
            classList={{ 'bg-accent': index() < lit(), 'bg-edge opacity-40': index() >= lit() }}
            style={{ height: `${height}px` }}
          />
        )}
      </For>
    </span>
  )
}
