/** "Your name": asked once in a browser, changed from the main page and the settings. */
import { NAME } from '@maru/api-types/limits'
import type { TextProblem } from '@maru/api-types/text'
import { createSignal, type JSX } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { profile, saveName } from '../profile.ts'
import { TextField } from './text-field.tsx'
import { useTextProblem } from './text-problem.ts'

interface NameFormProps {
  action: string
  autofocus?: boolean
  onSaved?(): void
}

export function NameForm(props: NameFormProps): JSX.Element {
  const t = useWords()
  const inWords = useTextProblem(NAME)
  const [name, setName] = createSignal(profile()?.name ?? '')
  const [problem, setProblem] = createSignal<TextProblem>()

  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    // Set anew even if it is the same again, so that the field takes the focus again.
    setProblem(undefined)
    const broken = saveName(name())
    if (broken) setProblem(broken)
    else props.onSaved?.()
  }
  const type = (value: string): void => {
    setName(value)
    setProblem(undefined)
  }

  return (
    <form class="grid gap-4" onSubmit={submit} novalidate>
      <TextField
        label={t('name.label')}
        value={name()}
        onInput={type}
        problem={inWords(problem())}
        hint={t('name.hint')}
        autocomplete="name"
        autofocus={props.autofocus ?? false}
      />
      <button type="submit" class="btn primary tall">
        {props.action}
      </button>
    </form>
  )
}
