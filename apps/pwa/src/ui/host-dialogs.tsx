/** What a host can do: about one person, and about the whole call. What can't be taken back is asked about first. */
import Hand from 'lucide-solid/icons/hand'
import KeyRound from 'lucide-solid/icons/key-round'
import MicOff from 'lucide-solid/icons/mic-off'
import PhoneOff from 'lucide-solid/icons/phone-off'
import UserX from 'lucide-solid/icons/user-x'
import VideoOff from 'lucide-solid/icons/video-off'
import { createEffect, createSignal, type JSX, on, Show } from 'solid-js'
import type { CallControls, Participant } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'
import { Dialog } from './dialog.tsx'

interface PersonDialogProps {
  /** Undefined: closed, or gone while it was open. */
  person: Participant | undefined
  hostId: string | undefined
  controls: CallControls
  onClose(): void
}

type Step = 'options' | 'remove' | 'hand-over'

export function PersonDialog(props: PersonDialogProps): JSX.Element {
  const t = useWords()
  const [step, setStep] = createSignal<Step>('options')
  createEffect(
    on(
      () => props.person?.peerId,
      () => setStep('options'),
    ),
  )
  const name = () => props.person?.name ?? ''
  const title = (): string => {
    switch (step()) {
      case 'options':
        return name()
      case 'remove':
        return t('people.removeTitle', name())
      case 'hand-over':
        return t('people.handOverTitle', name())
    }
  }
  const act = (what: (peerId: string) => void) => () => {
    if (props.person) what(props.person.peerId)
    props.onClose()
  }
  return (
    <Dialog open={props.person !== undefined} title={title()} onClose={() => props.onClose()}>
      <Show when={step() === 'options' && props.person}>
        {(person) => (
          <Options
            person={person()}
            onModerate={(action) => act((peerId) => props.controls.moderate(peerId, action))()}
            onStep={setStep}
          />
        )}
      </Show>
      <Show when={step() === 'remove'}>
        <Confirm
          text={t('people.removeText')}
          label={t('people.removeConfirm')}
          onConfirm={act((peerId) => props.controls.removePerson(peerId))}
          onCancel={() => setStep('options')}
        />
      </Show>
      <Show when={step() === 'hand-over'}>
        <Confirm
          text={t('people.handOverText')}
          label={t('people.handOver')}
          onConfirm={act((peerId) => props.controls.handOver(peerId))}
          onCancel={() => setStep('options')}
        />
      </Show>
    </Dialog>
  )
}

interface OptionsProps {
  person: Participant
  onModerate(action: 'mute' | 'stop-camera' | 'lower-hand'): void
  onStep(step: Step): void
}

/** Only what would do something now. */
function Options(props: OptionsProps): JSX.Element {
  const t = useWords()
  const here = () => !props.person.away
  return (
    <div class="grid gap-2">
      <Show when={here() && props.person.state.mic}>
        <button type="button" class="btn more" onClick={() => props.onModerate('mute')}>
          <MicOff size={20} aria-hidden="true" />
          {t('people.mute')}
        </button>
      </Show>
      <Show when={here() && props.person.state.camera}>
        <button type="button" class="btn more" onClick={() => props.onModerate('stop-camera')}>
          <VideoOff size={20} aria-hidden="true" />
          {t('people.stopCamera')}
        </button>
      </Show>
      <Show when={here() && props.person.hand > 0}>
        <button type="button" class="btn more" onClick={() => props.onModerate('lower-hand')}>
          <Hand size={20} aria-hidden="true" />
          {t('people.lowerTheirHand')}
        </button>
      </Show>
      <Show when={!props.person.isHost}>
        <Show when={here()}>
          <button type="button" class="btn more" onClick={() => props.onStep('hand-over')}>
            <KeyRound size={20} aria-hidden="true" />
            {t('people.handOver')}
          </button>
        </Show>
        <button type="button" class="btn more text-danger!" onClick={() => props.onStep('remove')}>
          <UserX size={20} aria-hidden="true" />
          {t('people.remove')}
        </button>
      </Show>
    </div>
  )
}

interface ConfirmProps {
  text: string
  label: string
  /** Of the way that changes nothing; "Cancel" if there is no better word. */
  cancel?: string
  onConfirm(): void
  onCancel(): void
}

export function Confirm(props: ConfirmProps): JSX.Element {
  const t = useWords()
  return (
    <div class="grid gap-5">
      <p class="text-muted">{props.text}</p>
      <div class="flex flex-wrap justify-end gap-2">
        {/* What was pressed before is gone: the focus goes to the way that harms nobody. */}
        <button
          ref={(element) => queueMicrotask(() => element.focus())}
          type="button"
          class="btn"
          onClick={() => props.onCancel()}
        >
          {props.cancel ?? t('common.cancel')}
        </button>
        <button type="button" class="btn leave" onClick={() => props.onConfirm()}>
          {props.label}
        </button>
      </div>
    </div>
  )
}

export function EndForAll(props: { controls: CallControls }): JSX.Element {
  const t = useWords()
  const [asking, setAsking] = createSignal(false)
  return (
    <>
      <button type="button" class="btn w-full text-danger!" onClick={() => setAsking(true)}>
        <PhoneOff size={20} aria-hidden="true" />
        {t('people.endForAll')}
      </button>
      <Dialog open={asking()} title={t('people.endTitle')} onClose={() => setAsking(false)}>
        <Confirm
          text={t('people.endText')}
          label={t('people.endForAll')}
          onConfirm={() => {
            setAsking(false)
            props.controls.endForAll()
          }}
          onCancel={() => setAsking(false)}
        />
      </Dialog>
    </>
  )
}
