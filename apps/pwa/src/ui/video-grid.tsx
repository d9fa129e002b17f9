/** The stage: everyone's tile in its best place, and the invitation as long as one is alone. */
import { createMemo, createSignal, For, type JSX, Match, onCleanup, Show, Switch } from 'solid-js'
import type { CallState, Participant } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'
import { CornerCardHandle } from './corner-card.tsx'
import { isOn } from './device-toggles.tsx'
import { createFlip } from './flip.ts'
import { type Area, type Box, type Corner, cornerBox, layoutTiles } from './grid-layout.ts'
import { Invitation } from './invitation.tsx'
import { createSize } from './measure.ts'
import { TileSigns } from './tile-signs.tsx'
import { VideoTile } from './video-tile.tsx'

const SELF = 'self'
const INVITATION = 'invitation'
const GAP = 10
/** With more people than this a card would hide somebody: one's own picture then is a tile like theirs. */
const CARD_UP_TO = 4
const CARD: Area = { width: 96, height: 132 }
const NOWHERE: Box = { left: 0, top: 0, width: 0, height: 0 }

interface VideoGridProps {
  state: CallState
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
    if (others().length > 0) return [...others(), SELF]
    return entered() ? [SELF, INVITATION] : [SELF]
  })
  const carded = () => props.narrow && others().length <= CARD_UP_TO
  const boxes = createMemo<ReadonlyMap<string, Box>>(() => {
    const area = size()
    const placed = carded() ? keys().filter((key) => key !== SELF) : keys()
    const tiles = layoutTiles(placed.length, area, GAP)
    const map = new Map(placed.map((key, index) => [key, tiles[index] ?? NOWHERE] as const))
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

  return (
    <div ref={stage} class="stage mx-2.5 wide:mx-3.5">
      <For each={keys()}>
        {(key) => (
          <div
            ref={(element) => {
              elements.set(key, element)
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
          </div>
        )}
      </For>
    </div>
  )
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
          silentHere={person().ownUser}
          wide={props.wide}
        >
          <TileSigns state={props.state} peerId={props.peerId} hand={person().hand} />
        </VideoTile>
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
