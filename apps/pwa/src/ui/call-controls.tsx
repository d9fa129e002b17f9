/** The one row of buttons under a call. On a phone what is rarely used is behind "More". */
import Ellipsis from 'lucide-solid/icons/ellipsis'
import Lock from 'lucide-solid/icons/lock'
import LockOpen from 'lucide-solid/icons/lock-open'
import MessageSquare from 'lucide-solid/icons/message-square'
import Phone from 'lucide-solid/icons/phone'
import Settings2 from 'lucide-solid/icons/settings-2'
import Users from 'lucide-solid/icons/users'
import SwitchCamera from 'lucide-solid/icons/switch-camera'
import UserPlus from 'lucide-solid/icons/user-plus'
import { createUniqueId, type JSX, Show } from 'solid-js'
import type { CallControls, CallState } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'
import { DeviceToggles } from './device-toggles.tsx'
import { ShareButton } from './screen-share.tsx'
import { ShortcutsButton } from './shortcut-sheet.tsx'
import { HandAndReactions } from './hand-and-reactions.tsx'

/** What can be open over a call. */
export type CallDialog = 'check' | 'devices' | 'invite' | 'leave' | 'more' | 'shortcuts'

interface CallBarProps {
  state: CallState
  controls: CallControls
  /** A phone, upright or lying: what is rarely used is behind "More". */
  compact: boolean
  chatOpen: boolean
  unread: number
  onChat(): void
  onDialog(dialog: CallDialog): void
  chatButton: (element: HTMLButtonElement) => void
  peopleOpen: boolean
  onPeople(): void
}

export function CallBar(props: CallBarProps): JSX.Element {
  const t = useWords()
  const unreadId = createUniqueId()
  return (
    <section class="dock" aria-label={t('call.controls')}>
      <DeviceToggles
        local={props.state.local}
        controls={props.controls}
        onProblem={() => props.onDialog('devices')}
      />
      <Show when={!props.compact}>
        <ShareButton class="round" screen={props.state.local.screen} controls={props.controls} />
      </Show>
      <button
        ref={props.chatButton}
        type="button"
        class="btn round"
        aria-label={t('call.chat')}
        data-tip={t('call.chat')}
        aria-expanded={props.chatOpen}
        aria-describedby={props.unread > 0 ? unreadId : undefined}
        onClick={() => props.onChat()}
      >
        <MessageSquare size={22} aria-hidden="true" />
        <Show when={props.unread > 0}>
          <span class="badge tabular-nums" aria-hidden="true">
            {props.unread > 99 ? '99+' : props.unread}
          </span>
          <span id={unreadId} hidden>
            {t('call.unread', props.unread)}
          </span>
        </Show>
      </button>
      <Show
        when={!props.compact}
        fallback={
          <RoundButton label={t('call.more')} onPress={() => props.onDialog('more')} people>
            <Ellipsis size={22} aria-hidden="true" />
          </RoundButton>
        }
      >
        <PeopleButton state={props.state} open={props.peopleOpen} onPress={() => props.onPeople()} />
        <RoundButton label={t('device.settings')} onPress={() => props.onDialog('devices')}>
          <Settings2 size={22} aria-hidden="true" />
        </RoundButton>
        <RoundButton label={t('call.invite')} onPress={() => props.onDialog('invite')}>
          <UserPlus size={22} aria-hidden="true" />
        </RoundButton>
        <Show when={props.state.self?.isHost}>
          <LockButton state={props.state} controls={props.controls} />
        </Show>
      </Show>
      <button
        type="button"
        class="btn leave end"
        aria-label={t('call.leave')}
        data-tip={t('call.leave')}
        onClick={() => void props.controls.leave()}
      >
        <Phone size={22} class="rotate-[135deg]" aria-hidden="true" />
      </button>
    </section>
  )
}

interface RoundButtonProps {
  label: string
  onPress(): void
  /** The way to the people panel, which gives the focus back to it. */
  people?: boolean
  children: JSX.Element
}

function RoundButton(props: RoundButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class="btn round"
      aria-label={props.label}
      data-tip={props.label}
      data-people-button={props.people ? '' : undefined}
      onClick={() => props.onPress()}
    >
      {props.children}
    </button>
  )
}

function PeopleButton(props: { state: CallState; open: boolean; onPress(): void }): JSX.Element {
  const t = useWords()
  const hands = () => handsOf(props.state)
  return (
    <button
      type="button"
      class="btn round"
      aria-label={t('people.open', hands())}
      data-tip={t('people.title')}
      data-people-button
      aria-expanded={props.open}
      onClick={() => props.onPress()}
    >
      <Users size={22} aria-hidden="true" />
      <Show when={hands() > 0}>
        <span class="badge tabular-nums" aria-hidden="true">
          {hands()}
        </span>
      </Show>
    </button>
  )
}

const handsOf = ({ participants, self }: CallState): number =>
  participants.filter(({ hand }) => hand > 0).length + ((self?.hand ?? 0) > 0 ? 1 : 0)

function LockButton(props: { state: CallState; controls: CallControls }): JSX.Element {
  const t = useWords()
  const locked = () => props.state.room?.locked ?? false
  return (
    <RoundButton
      label={locked() ? t('call.unlock') : t('call.lock')}
      onPress={() => props.controls.setLocked(!locked())}
    >
      <Show when={locked()} fallback={<LockOpen size={22} aria-hidden="true" />}>
        <Lock size={22} aria-hidden="true" />
      </Show>
    </RoundButton>
  )
}

/** The rest of the bar on a phone, as a list with words. */
export function MoreList(props: {
  state: CallState
  controls: CallControls
  onDialog(dialog: CallDialog): void
  onDone(): void
  onPeople(): void
}): JSX.Element {
  const t = useWords()
  const locked = () => props.state.room?.locked ?? false
  const lock = (): void => {
    props.controls.setLocked(!locked())
    props.onDone()
  }
  const flip = (): void => {
    props.controls.flipCamera()
    props.onDone()
  }
  return (
    <div class="grid gap-2">
      <ShareButton
        class="more"
        words
        screen={props.state.local.screen}
        controls={props.controls}
        onDone={() => props.onDone()}
      />
      <Show when={props.state.phase.kind === 'live'}>
        <HandAndReactions state={props.state} controls={props.controls} onDone={() => props.onDone()} />
      </Show>
      <button type="button" class="btn more" onClick={() => props.onPeople()}>
        <Users size={20} aria-hidden="true" />
        {t('people.open', handsOf(props.state))}
      </button>
      <button type="button" class="btn more" onClick={() => props.onDialog('invite')}>
        <UserPlus size={20} aria-hidden="true" />
        {t('call.invite')}
      </button>
      <Show when={props.state.local.canFlip}>
        <button type="button" class="btn more" onClick={flip}>
          <SwitchCamera size={20} aria-hidden="true" />
          {t('phone.flip')}
        </button>
      </Show>
      <button type="button" class="btn more" onClick={() => props.onDialog('devices')}>
        <Settings2 size={20} aria-hidden="true" />
        {t('device.settings')}
      </button>
      <ShortcutsButton onPress={() => props.onDialog('shortcuts')} />
      <Show when={props.state.self?.isHost}>
        <button type="button" class="btn more" onClick={lock}>
          <Show when={locked()} fallback={<Lock size={20} aria-hidden="true" />}>
            <LockOpen size={20} aria-hidden="true" />
          </Show>
          {locked() ? t('call.unlock') : t('call.lock')}
        </button>
      </Show>
    </div>
  )
}
