/** Before the call: how one looks and sounds, who is inside, and Join always in sight. */
import { initialsOf } from '@maru/api-types/text'
import { useParams } from '@solidjs/router'
import { type JSX, Match, Show, Switch } from 'solid-js'
import { mayEnter } from '../call/call.ts'
import type { CallControls, CallState } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'
import { profile } from '../profile.ts'
import { createDeviceOnline } from '../rooms/device-online.ts'
import { Avatar, AvatarStack } from '../ui/avatar.tsx'
import { DeviceFields } from '../ui/device-fields.tsx'
import { DeviceProblems } from '../ui/device-problems.tsx'
import { HideAddressAtDoor } from '../ui/hide-address.tsx'
import { DeviceToggles } from '../ui/device-toggles.tsx'
import { createTitle, focusHeading } from '../ui/page.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { isMirrored, Picture } from '../ui/video-tile.tsx'

interface GreenRoomProps {
  state: CallState
  controls: CallControls
}

export function GreenRoom(props: GreenRoomProps): JSX.Element {
  const t = useWords()
  const online = createDeviceOnline()
  const params = useParams<{ roomId: string }>()
  createTitle(() => props.state.room?.name)
  let heading!: HTMLHeadingElement
  const cancel = (): void => {
    props.controls.cancelJoin()
    // The button goes.
    heading.focus({ preventScroll: true })
  }
  const slow = () =>
    (props.state.phase.kind === 'opening' || props.state.phase.kind === 'joining') && props.state.phase.slow
  const opening = () => props.state.phase.kind === 'opening'
  const entry = () => (props.state.phase.kind === 'preview' ? props.state.phase.entry : undefined)

  return (
    <div class="grid min-h-dvh grid-rows-[auto_1fr]">
      <PageHeader>
        <a href="/" class="btn ghost">
          {t('common.back')}
        </a>
      </PageHeader>
      <main class="mx-auto grid w-full max-w-[1080px] content-start gap-4 px-[clamp(16px,4vw,40px)] wide:grid-cols-[minmax(0,1.6fr)_minmax(280px,1fr)] wide:content-center wide:items-center wide:gap-7 wide:pb-16">
        <Preview {...props} />
        <div class="grid min-w-0 gap-4">
          <div class="grid gap-1.5">
            <h1
              ref={(element) => {
                heading = element
                focusHeading(element)
              }}
              tabindex="-1"
              class="line-clamp-3 text-xl font-bold"
              aria-busy={opening()}
            >
              <Show when={props.state.room} fallback={<span class="sr-only">{t('door.opening')}</span>}>
                {(room) => room().name}
              </Show>
              <Show when={!props.state.room}>
                <span class="skeleton block h-8 w-3/5" />
              </Show>
            </h1>
            <Inside state={props.state} />
          </div>
          <div role="status" class="contents">
            <Switch>
              <Match when={!online()}>
                <p class="notice">{t('door.offline')}</p>
              </Match>
              <Match when={!props.state.connected}>
                <div class="notice">
                  <p>{t('common.unreachable')}</p>
                  <p>
                    <a href={`/doctor#${params.roomId}`} class="link">
                      {t('check.link')}
                    </a>
                  </p>
                </div>
              </Match>
              <Match when={slow()}>
                <p class="notice">{t('door.slow')}</p>
              </Match>
              <Match when={entry() === 'full'}>
                <div class="notice">
                  <strong>{t('door.fullTitle')}</strong>
                  <p class="text-s">{t('door.fullText')}</p>
                </div>
              </Match>
              <Match when={entry() === 'locked'}>
                <div class="notice">
                  <strong>{t('door.lockedTitle')}</strong>
                  <p class="text-s">{t('door.lockedText')}</p>
                </div>
              </Match>
            </Switch>
          </div>
          <DeviceProblems local={props.state.local} onRetry={() => props.controls.retryDevices()} atDoor />
          <DeviceFields local={props.state.local} controls={props.controls} />
          <HideAddressAtDoor state={props.state} />
          <div class="join-bar">
            <button
              type="button"
              class="btn primary tall w-full"
              disabled={!mayEnter(props.state.phase) || !props.state.connected}
              // The page may grow under a press (devices or a problem with them turn up): it still is this button's.
              onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
              onClick={() => props.controls.join()}
            >
              {props.state.phase.kind === 'joining' ? t('door.joining') : t('door.join')}
            </button>
            <Show when={props.state.phase.kind === 'joining' && slow()}>
              <button type="button" class="btn tall mt-2 w-full" onClick={cancel}>
                {t('common.cancel')}
              </button>
            </Show>
          </div>
        </div>
      </main>
    </div>
  )
}

function Preview(props: GreenRoomProps): JSX.Element {
  const t = useWords()
  const camera = () => props.state.local.camera
  const hasPicture = () => camera().kind === 'on' && props.state.local.videoStream !== undefined
  return (
    <section
      class="preview aspect-[4/3] w-full wide:aspect-[16/10] wide:max-h-none"
      classList={{ 'max-h-[38dvh]': hasPicture(), 'max-h-[27dvh]': !hasPicture() }}
      aria-label={t('device.ownPicture')}
    >
      <Picture
        stream={props.state.local.videoStream}
        shown={hasPicture()}
        mirrored={isMirrored(camera())}
        wide
      />
      <Show when={!hasPicture()}>
        <div class="absolute inset-0 bottom-16 grid place-content-center justify-items-center gap-2.5 text-s">
          <Show when={profile()}>
            {(me) => <Avatar class="big" initials={initialsOf(me().name)} color={me().color} />}
          </Show>
          <Show when={camera().kind !== 'problem'}>
            <p>{camera().kind === 'starting' ? t('device.starting') : t('device.cameraOff')}</p>
          </Show>
        </div>
      </Show>
      <div class="absolute inset-x-0 bottom-3 flex justify-center gap-2.5 wide:bottom-4">
        <DeviceToggles local={props.state.local} controls={props.controls} class="glass" />
      </div>
    </section>
  )
}

/** How many names are told; the rest is counted. */
const NAMED = 3

function Inside(props: { state: CallState }): JSX.Element {
  const t = useWords()
  const people = () =>
    props.state.inside.map((person) => ({ initials: initialsOf(person.name), color: person.color }))
  const words = (): string => {
    const { inside, count } = props.state
    if (count === 0) return t('door.nobody')
    if (inside.length === 0) return t('door.count', count)
    const names = inside.slice(0, NAMED).map((person) => person.name)
    return t('door.inside', names, count - names.length)
  }
  return (
    <Show when={props.state.room} fallback={<span class="skeleton block h-5 w-2/5" />}>
      <div class="flex min-h-[34px] items-center gap-2.5 text-muted" aria-live="polite">
        <Show when={people().length > 0}>
          <AvatarStack people={people()} count={0} max={NAMED} />
        </Show>
        <p class="line-clamp-2 min-w-0">{words()}</p>
      </div>
    </Show>
  )
}
