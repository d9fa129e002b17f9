/** A labelled line of text with its hint, and the reason when what was typed isn't taken. */
import { createEffect, createUniqueId, type JSX, on, Show } from 'solid-js'

interface TextFieldProps {
  label: string
  value: string
  onInput(value: string): void
  /** What is wrong with the value, in words. The field takes the focus when it appears. */
  problem?: string | undefined
  hint?: string
  autofocus?: boolean
  autocomplete?: 'name' | 'off'
  placeholder?: string
}

export function TextField(props: TextFieldProps): JSX.Element {
  const id = createUniqueId()
  let input!: HTMLInputElement
  createEffect(
    on(
      () => props.problem,
      (problem) => problem !== undefined && input.focus(),
      { defer: true },
    ),
  )
  const describedBy = () =>
    props.problem !== undefined ? `${id}-problem` : props.hint ? `${id}-hint` : undefined

  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        ref={input}
        id={id}
        class="control"
        type="text"
        value={props.value}
        onInput={(event) => props.onInput(event.currentTarget.value)}
        autofocus={props.autofocus ?? false}
        autocomplete={props.autocomplete ?? 'off'}
        placeholder={props.placeholder ?? ''}
        spellcheck={false}
        enterkeyhint="go"
        aria-invalid={props.problem !== undefined}
        aria-describedby={describedBy()}
      />
      <Show
        when={props.problem}
        fallback={
          <Show when={props.hint}>
            <p id={`${id}-hint`} class="text-s text-muted">
              {props.hint}
            </p>
          </Show>
        }
      >
        <p id={`${id}-problem`} class="problem" role="alert">
          {props.problem}
        </p>
      </Show>
    </div>
  )
}
