/** Everyone in the room: who hosts, whose hand went up first, and beside each name what a host can do. */
import { initialsOf } from '@maru/api-types/text'
import Ellipsis from 'lucide-solid/icons/ellipsis'
import Hand from 'lucide-solid/icons/hand'
import MicOff from 'lucide-solid/icons/mic-off'
import VideoOff from 'lucide-solid/icons/video-off'
import X from 'lucide-solid/icons/x'
import { createMemo, createSignal, For, type JSX, onMount, Show } from 'solid-js'
import type { CallControls, CallState, Participant } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'
import { Avatar } from './avatar.tsx'
import { createLayer } from './back.ts'
import { isOn } from './device-toggles.tsx'
import { EndForAll, PersonDialog } from './host-dialogs.tsx'
import { HandAndReactions } from './hand-and-reactions.tsx'

interface PeoplePanelProps {
  state: CallState
  controls: CallControls
  onClose(): void
}

export function PeoplePanel(props: PeoplePanelProps): JSX.Element {
  const t = useWords()
  const [chosen, setChosen] = createSignal<string>()
  /** Raised hands first, in their order; everyone else as they came. Ids, so that a row keeps its focus. */
  const others = createMemo(() =>
    props.state.participants
      .toSorted((one, other) => (one.hand || Infinity) - (other.hand || Infinity) || 0)
      .map(({ peerId }) => peerId),
  )
  const find = (peerId: string | undefined) =>
    props.state.participants.find((person) => person.peerId === peerId)
  /** What a host says is carried out by the server: without it there is nothing to offer. */
  const hosting = () => props.state.self?.isHost === true && props.state.phase.kind === 'live'
  createLayer(
    () => true,
    () => props.onClose(),
  )
  let closeButton!: HTMLButtonElement
  onMount(() => closeButton.focus({ preventScroll: true }))
  const key = (event: KeyboardEvent): void => {
    // Esc in a dialog closes the dialog.
    if (event.key === 'Escape' && !(event.target as Element).closest('dialog')) props.onClose()
  }

  return (
    <aside class="chat" aria-label={t('people.title')} onKeyDown={key}>
      <div class="flex items-center gap-2 px-4 pt-2">
        <h2 class="flex-1 text-l font-bold">
          {t('people.title')}{' '}
          <span class="font-normal text-muted tabular-nums">{props.state.participants.length + 1}</span>
        </h2>
        <button ref={closeButton} type="button" class="btn ghost icon -mr-2" onClick={() => props.onClose()}>
          <X size={22} aria-hidden="true" />
          <span class="sr-only">{t('common.close')}</span>
        </button>
      </div>
      <Show when={props.state.phase.kind === 'live'}>
        <div class="px-4 py-2">
          <HandAndReactions state={props.state} controls={props.controls} />
        </div>
      </Show>
      <ul class="min-h-0 flex-1 overflow-y-auto overscroll-contain px-4 py-1">
        <OwnRow state={props.state} />
        <For each={others()}>
          {(peerId) => (
            <Show when={find(peerId)}>
              {(person) => (
                <PersonRow person={person()} hosting={hosting()} onOptions={() => setChosen(peerId)} />
              )}
            </Show>
          )}
        </For>
      </ul>
      <Show when={hosting()}>
        <div class="foot px-4 pt-2">
          <EndForAll controls={props.controls} />
        </div>
      </Show>
      <PersonDialog
        person={hosting() ? find(chosen()) : undefined}
        hostId={props.state.room?.hostId}
        controls={props.controls}
        onClose={() => setChosen(undefined)}
      />
    </aside>
  )
}

/** Whether there is anything that a host can do about somebody, so that no menu is empty. */
const hasOptions = (person: Participant): boolean =>
  !person.isHost || (!person.away && (person.state.mic || person.state.camera || person.hand > 0))

function PersonRow(props: { person: Participant; hosting: boolean; onOptions(): void }): JSX.Element {
  const t = useWords()
  const label = () =>
    props.person.ordinal > 1
      ? t('call.nameOrdinal', props.person.name, props.person.ordinal)
      : props.person.name
  return (
    <Row
      name={props.person.name}
      label={label()}
      color={props.person.color}
      isHost={props.person.isHost}
      hand={props.person.hand}
      mic={props.person.state.mic}
      camera={props.person.state.camera}
      note={props.person.connection === 'reconnecting' ? t('call.reconnecting') : undefined}
    >
      <Show when={props.hosting && hasOptions(props.person)}>
        <button
          type="button"
          class="btn ghost icon -mr-2"
          aria-haspopup="dialog"
          aria-label={t('people.options', label())}
          onClick={() => props.onOptions()}
        >
          <Ellipsis size={20} aria-hidden="true" />
        </button>
      </Show>
    </Row>
  )
}

function OwnRow(props: { state: CallState }): JSX.Element {
  const t = useWords()
  return (
    <Row
      name={props.state.self?.name ?? ''}
      label={t('call.nameOwn', props.state.self?.name ?? '')}
      color={props.state.self?.color ?? 0}
      isHost={props.state.self?.isHost ?? false}
      hand={props.state.self?.hand ?? 0}
      mic={isOn(props.state.local.microphone)}
      camera={isOn(props.state.local.camera)}
    />
  )
}

interface RowProps {
  name: string
  label: string
  color: number
  isHost: boolean
  hand: number
  mic: boolean
  camera: boolean
  note?: string | undefined
  children?: JSX.Element
}

function Row(props: RowProps): JSX.Element {
  const t = useWords()
  return (
    <li class="flex min-h-13 items-center gap-2.5 py-1">
      <Avatar initials={initialsOf(props.name)} color={props.color} />
      <div class="min-w-0 flex-1">
        <p class="flex items-center gap-2">
          <span class="truncate font-semibold">{props.label}</span>
          <Show when={props.isHost}>
            <span class="pill flex-none">{t('people.host')}</span>
          </Show>
        </p>
        <Show when={props.note}>
          <p class="text-s text-muted">{props.note}</p>
        </Show>
      </div>
      <Show when={props.hand > 0}>
        <span class="pill hand flex-none tabular-nums">
          <Hand size={15} aria-hidden="true" />
          <span aria-hidden="true">{props.hand}</span>
          <span class="sr-only">{t('people.handUp', props.hand)}</span>
        </span>
      </Show>
      <Show when={!props.mic}>
        <MicOff size={17} class="flex-none text-muted" aria-hidden="true" />
        <span class="sr-only">{t('call.micOff')}</span>
      </Show>
      <Show when={!props.camera}>
        <VideoOff size={17} class="flex-none text-muted" aria-hidden="true" />
        <span class="sr-only">{t('call.cameraOff')}</span>
      </Show>
      {props.children}
    </li>
  )
}
