/** For whoever was sent a link in another app, or only the code at its end. */
import { useNavigate } from '@solidjs/router'
import { createSignal, type JSX } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { readRoomLink, roomPath } from '../rooms/room-link.ts'
import { takeEntry } from './back.ts'
import { Dialog } from './dialog.tsx'
import { TextField } from './text-field.tsx'

interface JoinByLinkDialogProps {
  open: boolean
  onClose(): void
}

export function JoinByLinkDialog(props: JoinByLinkDialogProps): JSX.Element {
  const t = useWords()
  return (
    <Dialog open={props.open} title={t('link.title')} onClose={() => props.onClose()}>
      <JoinByLinkForm onDone={() => props.onClose()} />
    </Dialog>
  )
}

function JoinByLinkForm(props: { onDone(): void }): JSX.Element {
  const t = useWords()
  const navigate = useNavigate()
  const [pasted, setPasted] = createSignal('')
  const [problem, setProblem] = createSignal<string>()

  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    setProblem(undefined)
    const read = readRoomLink(pasted(), location.origin)
    switch (read.kind) {
      case 'invalid':
        return void setProblem(t('link.invalid'))
      case 'other-site':
        return void setProblem(t('link.otherSite', read.host))
      case 'room':
        props.onDone()
        navigate(roomPath(read.roomId), { replace: takeEntry() })
    }
  }

  return (
    <form class="grid gap-4" onSubmit={submit} novalidate>
      <TextField
        label={t('link.label')}
        value={pasted()}
        onInput={(value) => {
          setPasted(value)
          setProblem(undefined)
        }}
        problem={problem()}
        hint={t('link.hint')}
        autofocus
      />
      <button type="submit" class="btn primary tall">
        {t('link.go')}
      </button>
    </form>
  )
}
