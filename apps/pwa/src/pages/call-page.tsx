/** The call: people, and one row of controls. */
import Lock from 'lucide-solid/icons/lock'
import Play from 'lucide-solid/icons/play'
import Volume2 from 'lucide-solid/icons/volume-2'
import WifiOff from 'lucide-solid/icons/wifi-off'
import { createMemo, createSignal, For, type JSX, onCleanup, onMount, Show } from 'solid-js'
import type { CallControls, CallState, DeviceState } from '../call/call-state.ts'
import { DemoSlot } from '../demo/demo-slot.tsx'
import { clock } from '../i18n/time.ts'
import { useWords } from '../i18n/i18n.tsx'
import { Announcements } from '../ui/announcements.tsx'
import { createLeaveQuestion } from '../ui/back.ts'
import { CallBar, type CallDialog, MoreList } from '../ui/call-controls.tsx'
import { createCallShortcuts } from '../ui/call-shortcuts.ts'
import { CallCheck, FailedNotice } from '../ui/call-check.tsx'
import { ChatPanel } from '../ui/chat-panel.tsx'
import { DeviceFields } from '../ui/device-fields.tsx'
import { DeviceProblems, troublesOf } from '../ui/device-problems.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Confirm } from '../ui/host-dialogs.tsx'
import { Invitation } from '../ui/invitation.tsx'
import { Mark } from '../ui/mark.tsx'
import { createFocusKeeper } from '../ui/keep-focus.ts'
import { createKeepPlaying } from '../ui/keep-playing.ts'
import { createKeyboardRoom } from '../ui/keyboard-room.ts'
import { createIsLying, createIsNarrow } from '../ui/measure.ts'
import { PeoplePanel } from '../ui/people-panel.tsx'
import { createTitle, focusHeading } from '../ui/page.ts'
import { LayoutButton } from '../ui/layout-controls.tsx'
import { ShareNotice } from '../ui/screen-share.tsx'
import { ShortcutsButton, ShortcutSheet } from '../ui/shortcut-sheet.tsx'
import { createStageView, type StageView } from '../ui/stage-view.ts'
import { createUnread } from '../ui/unread.ts'
import { VideoGrid } from '../ui/video-grid.tsx'
import { createWakeLock } from '../ui/wake-lock.ts'

interface CallPageProps {
  state: CallState
  controls: CallControls
  roomId: string
}

export function CallPage(props: CallPageProps): JSX.Element {
  const narrow = createIsNarrow()
  const lying = createIsLying()
  const [dialog, setDialog] = createSignal<CallDialog>()
  const [panel, setPanel] = createSignal<'chat' | 'people'>()
  const chatOpen = () => panel() === 'chat'
  const peopleOpen = () => panel() === 'people'
  const unread = createUnread(() => props.state.chat, chatOpen)
  let chatButton: HTMLButtonElement | undefined
  createTitle(() => props.state.room?.name)

  const view = createStageView(props.state)
  const pictures = createKeepPlaying()
  createWakeLock()
  createKeyboardRoom()
  createLeaveQuestion(() => setDialog('leave'))

  const closeChat = (): void => {
    setPanel(undefined)
    chatButton?.focus()
  }
  const toggleChat = () => (chatOpen() ? closeChat() : setPanel('chat'))
  const closePeople = (): void => {
    setPanel(undefined)
    document.querySelector<HTMLElement>('[data-people-button]')?.focus()
  }
  createCallShortcuts(props, {
    chat: toggleChat,
    close: () => (chatOpen() ? closeChat() : peopleOpen() && closePeople()),
    layout: () => view.toggle(),
    dialog: setDialog,
  })
  /** A panel lies over everything on a phone: nothing behind it is to be reached. */
  const covered = () => panel() !== undefined && narrow()

  return (
    <div ref={createFocusKeeper} class="call" data-instance={props.state.instance}>
      <CallHeader state={props.state} view={view} inert={covered()} />
      <div class="floor">
        <main class="relative grid min-h-0 min-w-0" inert={covered()}>
          <VideoGrid state={props.state} view={view} roomId={props.roomId} narrow={narrow() && !lying()} />
          <StageNotices
            state={props.state}
            controls={props.controls}
            onDevices={() => setDialog('devices')}
            onCheck={() => setDialog('check')}
          />
          <div class="toasts">
            <Announcements announcements={props.state.announcements} chatOpen={chatOpen()} />
            <TapToGoOn
              state={props.state}
              pictures={pictures.refused()}
              onPress={() => {
                props.controls.unblockAudio()
                pictures.resume()
              }}
            />
          </div>
        </main>
        <Show when={chatOpen()}>
          <ChatPanel
            entries={props.state.chat}
            onSend={(text) => props.controls.sendChat(text)}
            onSendAgain={(id) => props.controls.sendAgain(id)}
            onClose={closeChat}
          />
        </Show>
        <Show when={peopleOpen()}>
          <PeoplePanel state={props.state} controls={props.controls} onClose={closePeople} />
        </Show>
      </div>
      <div inert={covered()} class="grid min-h-0 [grid-area:dock]">
        <DemoSlot state={props.state} />
        <CallBar
          state={props.state}
          controls={props.controls}
          compact={narrow() || lying()}
          chatOpen={chatOpen()}
          unread={unread()}
          onChat={toggleChat}
          onDialog={setDialog}
          chatButton={(element) => (chatButton = element)}
          peopleOpen={peopleOpen()}
          onPeople={() => (peopleOpen() ? closePeople() : setPanel('people'))}
        />
      </div>
      <CallDialogs {...props} open={dialog()} onOpen={setDialog} onPeople={() => setPanel('people')} />
      <RemoteAudio state={props.state} controls={props.controls} />
    </div>
  )
}

function CallHeader(props: { state: CallState; view: StageView; inert: boolean }): JSX.Element {
  const t = useWords()
  return (
    <header class="head flex items-center gap-3 px-4" inert={props.inert}>
      <Mark />
      <h1 ref={focusHeading} tabindex="-1" class="min-w-0 truncate font-semibold tracking-tight">
        {props.state.room?.name}
      </h1>
      <Elapsed since={props.state.joinedAt} />
      <Show when={props.state.room?.locked}>
        <span class="pill">
          <Lock size={14} aria-hidden="true" />
          {t('call.locked')}
        </span>
      </Show>
      <LayoutButton view={props.view} />
    </header>
  )
}

function Elapsed(props: { since: number | undefined }): JSX.Element {
  const t = useWords()
  const [now, setNow] = createSignal(Date.now())
  const timer = setInterval(() => setNow(Date.now()), 1_000)
  onCleanup(() => clearInterval(timer))
  return (
    <Show when={props.since}>
      {(since) => (
        <span class="flex-none text-s text-muted tabular-nums" role="timer" aria-label={t('call.elapsed')}>
          {clock(now() - since())}
        </span>
      )}
    </Show>
  )
}

/** What needs to be known, or done, right now. */
function StageNotices(props: {
  state: CallState
  controls: CallControls
  onDevices(): void
  onCheck(): void
}): JSX.Element {
  const t = useWords()
  const offline = () => (props.state.phase.kind === 'offline' ? props.state.phase : undefined)
  const lost = createMemo(
    () => troublesOf(props.state.local).find((trouble) => trouble.problem === 'lost')?.kind,
  )
  return (
    <div class="pointer-events-none absolute inset-x-3 top-2.5 z-3 grid justify-items-center gap-2 *:pointer-events-auto">
      <div role="status">
        <Show when={offline()}>
          <p class="banner">
            <WifiOff size={16} aria-hidden="true" />
            {offline()?.orphaned ? t('call.orphaned') : t('call.serverLost')}
            <button
              type="button"
              class="min-h-11 flex-none underline underline-offset-2"
              onClick={() => props.onCheck()}
            >
              {t('check.findOut')}
            </button>
          </p>
        </Show>
      </div>
      <FailedNotice state={props.state} onCheck={() => props.onCheck()} />
      <ShareNotice screen={props.state.local.screen} controls={props.controls} />
      <Show when={lost()}>
        {(kind) => (
          <button type="button" class="banner min-h-11" onClick={() => props.onDevices()}>
            {t('problem.lost', kind())}
            <span class="underline underline-offset-2">{t('device.settings')}</span>
          </button>
        )}
      </Show>
    </div>
  )
}

interface TapToGoOnProps {
  state: CallState
  /** Whether pictures wait for a gesture. */
  pictures: boolean
  onPress(): void
}

/** Some browsers play nothing before a gesture in this page, or nothing more after a phone call. */
function TapToGoOn(props: TapToGoOnProps): JSX.Element {
  const t = useWords()
  const isTaken = (device: DeviceState): boolean =>
    // What is gone for good has a notice of its own.
    device.kind === 'problem' && device.interrupted === true && device.problem !== 'lost'
  const paused = () =>
    props.state.audioBlocked === 'paused' ||
    props.pictures ||
    isTaken(props.state.local.camera) ||
    isTaken(props.state.local.microphone)
  const press = (): void => {
    props.onPress()
    // The button goes.
    document.querySelector('h1')?.focus({ preventScroll: true })
  }
  return (
    <Show when={paused() || props.state.audioBlocked === 'unplayed'}>
      <button type="button" class="btn primary tall pointer-events-auto shadow-card" onClick={press}>
        <Show when={paused()} fallback={<Volume2 size={22} aria-hidden="true" />}>
          <Play size={22} aria-hidden="true" />
        </Show>
        {paused() ? t('phone.tapToResume') : t('call.tapToHear')}
      </button>
    </Show>
  )
}

interface CallDialogsProps extends CallPageProps {
  open: CallDialog | undefined
  onOpen: (dialog: CallDialog | undefined) => void
  onPeople(): void
}

function CallDialogs(props: CallDialogsProps): JSX.Element {
  const t = useWords()
  const close = (which: CallDialog) => () => props.open === which && props.onOpen(undefined)
  return (
    <>
      {/* First: it closes, and gives the focus back, before what was chosen in it opens and remembers the focus. */}
      <Dialog open={props.open === 'more'} title={t('call.more')} onClose={close('more')}>
        <MoreList
          state={props.state}
          controls={props.controls}
          onDialog={props.onOpen}
          onDone={close('more')}
          onPeople={() => {
            close('more')()
            props.onPeople()
          }}
        />
      </Dialog>
      <Dialog open={props.open === 'devices'} title={t('device.settingsTitle')} onClose={close('devices')}>
        <div class="grid gap-4">
          <DeviceProblems
            local={props.state.local}
            onRetry={() => props.controls.retryDevices()}
            atDoor={false}
          />
          <DeviceFields local={props.state.local} controls={props.controls} />
          <ShortcutsButton onPress={() => props.onOpen('shortcuts')} />
        </div>
      </Dialog>
      <Dialog open={props.open === 'shortcuts'} title={t('keys.title')} onClose={close('shortcuts')}>
        <ShortcutSheet canShare={props.state.local.screen.kind !== 'unavailable'} />
      </Dialog>
      <CallCheck open={props.open === 'check'} roomId={props.roomId} onClose={close('check')} />
      <Dialog open={props.open === 'invite'} title={t('invite.title')} onClose={close('invite')}>
        <Invitation roomId={props.roomId} roomName={props.state.room?.name ?? ''} />
      </Dialog>
      <Dialog open={props.open === 'leave'} title={t('phone.leaveTitle')} onClose={close('leave')}>
        <Confirm
          text={t('phone.leaveText')}
          label={t('call.leave')}
          cancel={t('phone.stay')}
          onConfirm={() => void props.controls.leave()}
          onCancel={close('leave')}
        />
      </Dialog>
    </>
  )
}

/** The others' voices. The call decides where and how loud; one's own other tabs are never played. */
function RemoteAudio(props: { state: CallState; controls: CallControls }): JSX.Element {
  const voices = createMemo(() =>
    props.state.participants.filter((person) => !person.ownUser).map((person) => person.peerId),
  )
  return <For each={voices()}>{(peerId) => <Voice peerId={peerId} controls={props.controls} />}</For>
}

function Voice(props: { peerId: string; controls: CallControls }): JSX.Element {
  let element!: HTMLAudioElement
  onMount(() => onCleanup(props.controls.attachAudio(element, props.peerId)))
  return <audio ref={element} autoplay class="hidden" data-voice-of={props.peerId} />
}
