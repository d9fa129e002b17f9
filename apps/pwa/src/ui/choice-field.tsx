/** One of a few: native radios, each a large target with its explanation. */
import { createUniqueId, For, type JSX, Show } from 'solid-js'

interface ChoiceFieldProps<T extends string> {
  legend: string
  options: readonly { value: T; label: string; hint?: string }[]
  value: T
  onChange(value: T): void
}

export function ChoiceField<T extends string>(props: ChoiceFieldProps<T>): JSX.Element {
  const name = createUniqueId()
  return (
    <fieldset class="min-w-0">
      <legend class="mb-1.5 text-s font-semibold text-muted">{props.legend}</legend>
      <div class="grid gap-2">
        <For each={props.options}>
          {(option) => (
            <label
              class="flex min-h-12 gap-3 rounded-s border border-edge bg-surface px-3.5 py-2.5 has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
              classList={{
                'items-start': option.hint !== undefined,
                'items-center': option.hint === undefined,
              }}
            >
              <input
                type="radio"
                class="size-4 flex-none accent-accent outline-none"
                classList={{ 'mt-1': option.hint !== undefined }}
                name={name}
                value={option.value}
                checked={props.value === option.value}
                onChange={() => props.onChange(option.value)}
                aria-labelledby={`${name}-${option.value}-label`}
                aria-describedby={option.hint ? `${name}-${option.value}` : undefined}
              />
              <span class="grid">
                <span id={`${name}-${option.value}-label`} class="font-semibold">
                  {option.label}
                </span>
                <Show when={option.hint}>
                  <span id={`${name}-${option.value}`} class="text-s text-muted">
                    {option.hint}
                  </span>
                </Show>
              </span>
            </label>
          )}
        </For>
      </div>
    </fieldset>
  )
}
