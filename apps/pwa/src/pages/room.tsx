/** Everything at `/r/<id>`: who are you, the door, the call, and how it ended. */
import { ID_PATTERN } from '@maru/api-types/ids'
import { useParams } from '@solidjs/router'
import { createEffect, createMemo, createSignal, type JSX, Match, Show, Switch, untrack } from 'solid-js'
import { createCall } from '../call/call.ts'
import type { CallState } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'
import { profile, type Profile } from '../profile.ts'
import { createInRoom } from '../pwa/open-rooms.ts'
import { dropRecentRoom, keepRecentRoom } from '../rooms/recent-rooms.ts'
import { createBackHold } from '../ui/back.ts'
import { refusesDevices } from '../ui/in-app.ts'
import { createTitle } from '../ui/page.ts'
import { Welcome } from '../ui/welcome.tsx'
import { CallPage } from './call-page.tsx'
import { DuplicatePage } from './duplicate-page.tsx'
import { GreenRoom } from './green-room.tsx'
import { EndedPage, RoomGonePage } from './left-page.tsx'
import { OtherBrowserPage } from './other-browser-page.tsx'

export default function RoomPage(): JSX.Element {
  const t = useWords()
  const params = useParams<{ roomId: string }>()
  const [visits, setVisits] = createSignal(0)
  /** Another room, or going in again, is another call. A new name during a call isn't. */
  const visit = createMemo(() => `${params.roomId} ${visits()}`)

  return (
    <Show when={ID_PATTERN.test(params.roomId)} fallback={<RoomGonePage />}>
      <Show
        when={profile() !== undefined}
        fallback={<Welcome title={t('welcome.beforeRoom')} text={t('welcome.beforeRoomText')} />}
      >
        <Show when={visit()} keyed>
          <Visit
            roomId={untrack(() => params.roomId)}
            me={untrack(profile)!}
            onAgain={() => setVisits((count) => count + 1)}
          />
        </Show>
      </Show>
    </Show>
  )
}

type View = 'opening' | 'door' | 'duplicate' | 'entering' | 'call' | 'ended'

function viewOf(phase: CallState['phase'], last: View | undefined): View {
  switch (phase.kind) {
    case 'opening':
      return phase.ready ? 'door' : 'opening'
    case 'preview':
      return 'door'
    case 'duplicate':
      return 'duplicate'
    case 'joining':
      // Somebody who reloads comes back without having stood at the door.
      return last === 'door' ? 'door' : 'entering'
    case 'live':
    case 'offline':
      return 'call'
    case 'ended':
      return 'ended'
  }
}

interface VisitProps {
  roomId: string
  me: Profile
  onAgain(): void
}

function Visit(props: VisitProps): JSX.Element {
  const [state, controls] = createCall(
    untrack(() => props.roomId),
    untrack(() => props.me),
  )
  const view = createMemo<View | undefined>((last) => viewOf(state.phase, last))
  createInRoom(() => view() !== 'ended')
  createBackHold(() => view() === 'opening' || view() === 'entering')
  /** They would rather watch and listen than go to another browser. */
  const [stays, setStays] = createSignal(false)
  const refused = createMemo(() => !stays() && refusesDevices(state.local, navigator.userAgent))
  createEffect(() => {
    const name = state.room?.name
    if (view() === 'call' && name) keepRecentRoom({ roomId: props.roomId, name, at: Date.now() })
    if (state.phase.kind === 'ended' && state.phase.reason === 'not-found') dropRecentRoom(props.roomId)
  })
  return (
    <Switch>
      <Match when={view() === 'door' && refused()}>
        <OtherBrowserPage
          roomId={props.roomId}
          roomName={state.room?.name ?? ''}
          onStay={() => setStays(true)}
        />
      </Match>
      <Match when={view() === 'door' || view() === 'opening'}>
        <GreenRoom state={state} controls={controls} />
      </Match>
      <Match when={view() === 'duplicate'}>
        <DuplicatePage controls={controls} />
      </Match>
      <Match when={view() === 'entering'}>
        <Entering state={state} onCancel={() => controls.cancelJoin()} />
      </Match>
      <Match when={view() === 'call'}>
        <CallPage state={state} controls={controls} roomId={props.roomId} />
      </Match>
      <Match when={state.phase.kind === 'ended' && state.phase}>
        {(phase) => (
          <EndedPage
            reason={phase().reason}
            room={state.room}
            isHost={state.self?.isHost ?? false}
            onAgain={() => props.onAgain()}
          />
        )}
      </Match>
    </Switch>
  )
}

function Entering(props: { state: CallState; onCancel(): void }): JSX.Element {
  const t = useWords()
  const slow = () => props.state.phase.kind === 'joining' && props.state.phase.slow
  const words = (): string => {
    if (!props.state.connected) return t('common.unreachable')
    return slow() ? t('door.slow') : t('door.comingBack')
  }
  createTitle(() => props.state.room?.name)
  return (
    <main class="grid min-h-dvh place-content-center justify-items-center gap-1 bg-stage p-5 text-center">
      <h1 class="text-l font-semibold">{props.state.room?.name ?? t('app.name')}</h1>
      <p class="text-muted" role="status">
        {words()}
      </p>
      <Show when={slow()}>
        <button type="button" class="btn mt-4" onClick={() => props.onCancel()}>
          {t('common.cancel')}
        </button>
      </Show>
    </main>
  )
}
