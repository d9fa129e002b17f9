/** The stage: everyone's tile in its best place, and the invitation as long as one is alone. */
import { createMemo, createSignal, For, type JSX, Match, onCleanup, Show, Switch } from 'solid-js'
import type { CallState, Participant } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'
import { CornerCardHandle } from './corner-card.tsx'
import { isOn } from './device-toggles.tsx'
import { createFlip } from './flip.ts'
import { type Area, type Box, type Corner, cornerBox, layoutTiles } from './grid-layout.ts'
import { Invitation } from './invitation.tsx'
import { PinButton } from './layout-controls.tsx'
import { createSize } from './measure.ts'
import { ScreenTile } from './screen-tile.tsx'
import { layoutStage } from './stage-layout.ts'
import { screenKey, SELF, sharerOf, type StageView } from './stage-view.ts'
import { TileSigns } from './tile-signs.tsx'
import { isMirrored, VideoTile } from './video-tile.tsx'

const INVITATION = 'invitation'
const GAP = 10
/** Two presses within this are one double press. */
const DOUBLE_MS = 600
/** With more people than this a card would hide somebody: one's own picture then is a tile like theirs. */
const CARD_UP_TO = 4
const CARD: Area = { width: 96, height: 132 }
const NOWHERE: Box = { left: 0, top: 0, width: 0, height: 0 }

interface VideoGridProps {
  state: CallState
  view: StageView
  roomId: string
  /** A phone held upright: one's own picture is a card in a corner, the stage is for the others. */
  narrow: boolean
}

export function VideoGrid(props: VideoGridProps): JSX.Element {
  let stage!: HTMLDivElement
  const elements = new Map<string, HTMLElement>()
  const offsets = new Map<string, { x: number; y: number }>()
  const size = createSize(() => stage)
  // Set anew even to the same corner: the card has to go home from where it was dragged to.
  const [corner, setCorner] = createSignal<Corner>('top-right', { equals: false })

  const others = createMemo(() => props.state.participants.map((participant) => participant.peerId))
  // Who is there follows upon the phase that shows the call, within the same task: nobody is alone before that.
  const [entered, setEntered] = createSignal(false)
  const timer = setTimeout(() => setEntered(true))
  onCleanup(() => clearTimeout(timer))
  /** In the order in which they are placed. Strings, so that a tile keeps its element and its video goes on. */
  const keys = createMemo(() => {
    if (others().length > 0) return [...props.view.sharers().map(screenKey), ...others(), SELF]
    return entered() ? [SELF, INVITATION] : [SELF]
  })
  const focus = () => props.view.focus()
  // With somebody on the stage there is a strip, and one's own place is in it.
  const carded = () =>
    props.narrow && focus() === undefined && others().length + props.view.sharers().length <= CARD_UP_TO
  const boxes = createMemo<ReadonlyMap<string, Box>>(() => {
    const area = size()
    const placed = carded() ? keys().filter((key) => key !== SELF) : keys()
    const map = place(placed, area, focus())
    // Alone on a phone, the invitation is no picture that looks best in some shape: it takes what is there.
    if (props.narrow && map.has(INVITATION)) map.set(INVITATION, { ...NOWHERE, ...area })
    if (carded()) map.set(SELF, cornerBox(corner(), area, CARD))
    return map
  })
  const boxOf = (key: string): Box => boxes().get(key) ?? NOWHERE

  createFlip(boxes, elements, (key) => {
    const offset = offsets.get(key)
    offsets.delete(key)
    return offset
  })
  const drop = (to: Corner, offset: { x: number; y: number }): void => {
    offsets.set(SELF, offset)
    setCorner(to)
  }

  const t = useWords()
  const label = useLabel()
  const labelOf = (key: string): string => {
    if (key === SELF) return t('call.you')
    const sharer = sharerOf(key)
    const person = props.state.participants.find(({ peerId }) => peerId === (sharer ?? key))
    const name = person ? label(person) : ''
    return sharer === undefined ? name : t('screen.of', name)
  }
  const canPin = (key: string): boolean =>
    key !== INVITATION && others().length > 0 && !(key === SELF && carded())
  const inStrip = (key: string): boolean => focus() !== undefined && focus() !== key
  let pressedAt = -Infinity
  const press = (key: string, byPointer: boolean): void => {
    if (byPointer) pressedAt = performance.now()
    props.view.pin(key)
  }
  /** A double press on a tile does what its pin does. */
  const swap = (key: string, event: MouseEvent): void => {
    const onButton = event.target instanceof Element && event.target.closest('button') !== null
    // The first of the two was on the pin of a tile in the strip, and has brought it here already.
    if (!onButton && performance.now() - pressedAt > DOUBLE_MS) props.view.pin(key)
  }

  return (
    <div ref={stage} class="stage mx-2.5 wide:mx-3.5">
      <For each={keys()}>
        {(key) => (
          <div
            ref={(element) => {
              elements.set(key, element)
              element.addEventListener('dblclick', (event) => canPin(key) && swap(key, event))
              onCleanup(() => elements.delete(key))
            }}
            class="place"
            classList={{ 'card-place': key === SELF && carded() }}
            style={{
              left: `${boxOf(key).left}px`,
              top: `${boxOf(key).top}px`,
              width: `${boxOf(key).width}px`,
              height: `${boxOf(key).height}px`,
            }}
          >
            <Switch fallback={<OtherTile state={props.state} peerId={key} wide={isWide(boxOf(key))} />}>
              <Match when={sharerOf(key)}>
                {(peerId) => <SharedScreen state={props.state} peerId={peerId()} />}
              </Match>
              <Match when={key === SELF}>
                <OwnTile state={props.state} small={carded()} wide={isWide(boxOf(key))} />
                <Show when={carded()}>
                  <CornerCardHandle
                    corner={corner()}
                    box={boxOf(SELF)}
                    area={size()}
                    place={() => elements.get(SELF)}
                    onDrop={drop}
                  />
                </Show>
              </Match>
              <Match when={key === INVITATION}>
                <Alone roomId={props.roomId} roomName={props.state.room?.name ?? ''} narrow={props.narrow} />
              </Match>
            </Switch>
            <Show when={canPin(key)}>
              <PinButton
                label={labelOf(key)}
                pinned={props.view.pinned() === key}
                cover={inStrip(key)}
                onPress={(byPointer) => press(key, byPointer)}
              />
            </Show>
          </div>
        )}
      </For>
    </div>
  )
}

/** Everyone alike, or one large and the others in a strip. */
function place(keys: string[], area: Area, focus: string | undefined): Map<string, Box> {
  const alike = (): Map<string, Box> => {
    const tiles = layoutTiles(keys.length, area, GAP)
    return new Map(keys.map((key, index) => [key, tiles[index] ?? NOWHERE]))
  }
  if (focus === undefined || !keys.includes(focus) || area.width <= 0) return alike()
  const rest = keys.filter((key) => key !== focus)
  const { stage, strip } = layoutStage(rest.length, area, { gap: GAP, whole: sharerOf(focus) !== undefined })
  return new Map([[focus, stage], ...rest.map((key, index) => [key, strip[index] ?? NOWHERE] as const)])
}

const isWide = (box: Box): boolean => box.width > box.height

/** "Harin (2)" when somebody else has the same name. */
function useLabel(): (participant: { name: string; ordinal: number }) => string {
  const t = useWords()
  return ({ name, ordinal }) => (ordinal > 1 ? t('call.nameOrdinal', name, ordinal) : name)
}

function OtherTile(props: { state: CallState; peerId: string; wide: boolean }): JSX.Element {
  const label = useLabel()
  const participant = createMemo<Participant | undefined>(() =>
    props.state.participants.find((other) => other.peerId === props.peerId),
  )
  return (
    <Show when={participant()}>
      {(person) => (
        <VideoTile
          peerId={props.peerId}
          label={label(person())}
          name={person().name}
          color={person().color}
          stream={person().stream}
          hasPicture={person().hasPicture}
          mic={person().state.mic}
          speaking={person().speaking}
          connection={person().connection}
          isHost={person().isHost}
          silentHere={person().ownUser}
          wide={props.wide}
        >
          <TileSigns state={props.state} peerId={props.peerId} hand={person().hand} />
        </VideoTile>
      )}
    </Show>
  )
}

function SharedScreen(props: { state: CallState; peerId: string }): JSX.Element {
  const label = useLabel()
  const sharer = createMemo(() => props.state.participants.find(({ peerId }) => peerId === props.peerId))
  return (
    <Show when={sharer()?.screen}>
      {(stream) => (
        <ScreenTile
          peerId={props.peerId}
          label={label(sharer() ?? { name: '', ordinal: 1 })}
          stream={stream()}
        />
      )}
    </Show>
  )
}

function OwnTile(props: { state: CallState; small: boolean; wide: boolean }): JSX.Element {
  const t = useWords()
  const local = () => props.state.local
  return (
    <VideoTile
      self
      mirrored={isMirrored(local().camera)}
      isHost={props.state.self?.isHost ?? false}
      peerId={props.state.self?.peerId ?? ''}
      label={t('call.you')}
      name={props.state.self?.name ?? ''}
      color={props.state.self?.color ?? 0}
      stream={local().videoStream}
      hasPicture={local().camera.kind === 'on' && local().videoStream !== undefined}
      mic={isOn(local().microphone)}
      speaking={props.state.speaking}
      small={props.small}
      wide={props.wide}
    >
      <TileSigns
        state={props.state}
        peerId={props.state.self?.peerId ?? ''}
        hand={props.state.self?.hand ?? 0}
      />
    </VideoTile>
  )
}

/** On a phone one's own card lies at the top right: the heading leaves it room. */
function Alone(props: { roomId: string; roomName: string; narrow: boolean }): JSX.Element {
  const t = useWords()
  return (
    <section
      class="absolute inset-0 overflow-auto"
      classList={{ 'card grid content-center-safe justify-items-center p-6': !props.narrow }}
      aria-labelledby="alone"
    >
      <div class="grid w-full max-w-[420px] gap-5 px-1.5">
        <div classList={{ 'grid min-h-[152px] content-center pr-[110px]': props.narrow }}>
          <h2 id="alone" class="text-xl font-bold">
            {t('invite.aloneTitle')}
          </h2>
          <p class="mt-1 text-muted">{t('invite.aloneText')}</p>
        </div>
        <Invitation roomId={props.roomId} roomName={props.roomName} />
      </div>
    </section>
  )
}
