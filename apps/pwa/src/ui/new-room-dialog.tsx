/** Names a room, says who may find it and how many fit in; leads straight to its door. */
import { DEFAULT_CAPACITY, MAX_CAPACITY, MIN_CAPACITY, ROOM_NAME } from '@maru/api-types/limits'
import { checkName, type TextProblem } from '@maru/api-types/text'
import { useNavigate } from '@solidjs/router'
import ChevronDown from 'lucide-solid/icons/chevron-down'
import { createSignal, createUniqueId, For, type JSX, Show } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { loadRoomPage } from '../pages/room-page.ts'
import { profile } from '../profile.ts'
import { forgetCreateKey, keepCreateKey, keptCreateKey } from '../rooms/create-key.ts'
import { type Created, createRoomInTime } from '../rooms/create-room.ts'
import { roomPath } from '../rooms/room-link.ts'
import { createServerInfo } from '../rooms/server-info.ts'
import { createServerReachable } from '../rooms/server-reachable.ts'
import { ChoiceField } from './choice-field.tsx'
import { takeEntry } from './back.ts'
import { Dialog } from './dialog.tsx'
import { TextField } from './text-field.tsx'
import { useTextProblem } from './text-problem.ts'
import { reloadFromServer } from '../pwa/service-worker.ts'

interface NewRoomDialogProps {
  open: boolean
  onClose(): void
}

export function NewRoomDialog(props: NewRoomDialogProps): JSX.Element {
  const t = useWords()
  return (
    <Dialog open={props.open} title={t('newRoom.title')} onClose={() => props.onClose()}>
      <NewRoomForm onDone={() => props.onClose()} />
    </Dialog>
  )
}

const CAPACITIES = Array.from({ length: MAX_CAPACITY - MIN_CAPACITY + 1 }, (_, index) => MIN_CAPACITY + index)

type Failure = Extract<Created, { ok: false }>['error']

/** A form that was checked here, and isn't what the server takes. */
const isOutdated = (error: Failure): boolean =>
  error !== 'no-answer' && (error.reason === 'bad-request' || error.reason === 'too-old')

function NewRoomForm(props: { onDone(): void }): JSX.Element {
  const t = useWords()
  const navigate = useNavigate()
  const inWords = useTextProblem(ROOM_NAME)
  const capacityId = createUniqueId()
  const [name, setName] = createSignal('')
  const [who, setWho] = createSignal<'everyone' | 'link'>('everyone')
  const [capacity, setCapacity] = createSignal<number>(DEFAULT_CAPACITY)
  const [problem, setProblem] = createSignal<TextProblem>()
  const [failure, setFailure] = createSignal<Failure>()
  const [busy, setBusy] = createSignal(false)
  const reachable = createServerReachable()
  const info = createServerInfo()
  const [keptKey, setKeptKey] = createSignal(keptCreateKey())
  const [key, setKey] = createSignal('')
  const [keyProblem, setKeyProblem] = createSignal<'newRoom.keyMissing' | 'newRoom.keyWrong'>()
  const [keyRefused, setKeyRefused] = createSignal(false)
  /** Until the server has said so, it isn't asked for; the server's no asks for it too. */
  const asksKey = () => keptKey() === undefined && (info()?.createKey || keyRefused())
  const keyInWords = () => {
    const problem = keyProblem()
    return problem && t(problem)
  }

  const failureInWords = (error: Failure): string => {
    if (error === 'no-answer') return t('newRoom.offline')
    if (error.reason === 'rate-limited')
      return t('newRoom.busy', Math.ceil((error.retryAfterMs ?? 5_000) / 1000))
    if (isOutdated(error)) return t('left.tooOldText')
    return error.reason === 'unavailable' ? t('newRoom.offline') : t('newRoom.failed')
  }

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const me = profile()
    if (busy() || !me) return
    setFailure(undefined)
    setProblem(undefined)
    setKeyProblem(undefined)
    const checked = checkName(name(), ROOM_NAME)
    if (!checked.ok) return void setProblem(checked.problem)
    const given = keptKey() ?? key().trim()
    if (info()?.createKey && given === '') return void setKeyProblem('newRoom.keyMissing')
    setBusy(true)
    void loadRoomPage().catch(() => undefined)
    const created = await createRoomInTime({
      name: checked.value,
      listed: who() === 'everyone',
      capacity: capacity(),
      userSecret: me.secret,
      ...(given !== '' && info()?.createKey !== false && { key: given }),
    })
    setBusy(false)
    if (created.ok) {
      if (given !== '' && info()?.createKey !== false) keepCreateKey(given)
      props.onDone()
      return navigate(roomPath(created.roomId), { replace: takeEntry() })
    }
    const { error } = created
    if (error !== 'no-answer' && error.reason === 'create-key') {
      forgetCreateKey()
      setKeptKey(undefined)
      setKeyRefused(true)
      setKeyProblem(given === '' ? 'newRoom.keyMissing' : 'newRoom.keyWrong')
    } else if (error !== 'no-answer' && error.field === 'name') setProblem('forbidden-character')
    else setFailure(error)
  }

  return (
    <form class="grid gap-5" onSubmit={(event) => void submit(event)} novalidate>
      <TextField
        label={t('newRoom.name')}
        value={name()}
        onInput={(value) => {
          setName(value)
          setProblem(undefined)
        }}
        problem={inWords(problem())}
        autofocus
      />
      <ChoiceField
        legend={t('newRoom.who')}
        options={[
          { value: 'everyone', label: t('newRoom.everyone'), hint: t('newRoom.everyoneHint') },
          { value: 'link', label: t('newRoom.link'), hint: t('newRoom.linkHint') },
        ]}
        value={who()}
        onChange={setWho}
      />
      <div class="field">
        <label for={capacityId}>{t('newRoom.howMany')}</label>
        <div class="relative">
          <select
            id={capacityId}
            class="control"
            onChange={(event) => setCapacity(Number(event.currentTarget.value))}
          >
            <For each={CAPACITIES}>
              {(count) => (
                <option value={count} selected={count === capacity()}>
                  {t('newRoom.people', count)}
                </option>
              )}
            </For>
          </select>
          <ChevronDown size={18} class="pointer-events-none absolute top-3.5 right-3.5" aria-hidden="true" />
        </div>
      </div>
      <Show when={asksKey()}>
        <TextField
          label={t('newRoom.key')}
          hint={t('newRoom.keyHint')}
          value={key()}
          onInput={(value) => {
            setKey(value)
            setKeyProblem(undefined)
          }}
          problem={keyInWords()}
        />
      </Show>
      <Show when={!reachable() && !failure()}>
        <p class="notice text-s" role="status">
          {t('common.unreachable')}
        </p>
      </Show>
      <Show when={failure()}>
        {(error) => (
          <div>
            <p class="problem" role="alert">
              {failureInWords(error())}
            </p>
            <Show when={isOutdated(error())}>
              <button type="button" class="btn mt-1.5" onClick={() => void reloadFromServer()}>
                {t('common.reload')}
              </button>
            </Show>
          </div>
        )}
      </Show>
      <button type="submit" class="btn primary tall" aria-disabled={busy()}>
        {busy() ? t('newRoom.creating') : t('newRoom.create')}
      </button>
    </form>
  )
}
