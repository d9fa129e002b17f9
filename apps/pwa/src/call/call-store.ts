/** The one Solid store of a call, and the only ways in which it changes. */
import type { Reaction, RoomInfo, RoomPreview } from '@maru/api-types'
import { createStore, reconcile } from 'solid-js/store'
import { canFlip } from './facing.ts'
import type {
  AddressHiding,
  Announcement,
  AudioBlocked,
  CallPhase,
  CallState,
  ChatEntry,
  DeviceState,
  LocalState,
  Participant,
  ScreenState,
} from './call-state.ts'
import { ordinals } from './roster.ts'

const KEPT_ANNOUNCEMENTS = 20
const REACTION_MS = 4_000

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never

const addressHiding = ({ entry, iceServers, icePolicy }: RoomPreview): AddressHiding => {
  if (entry !== 'open') return 'unknown'
  if (icePolicy === 'relay') return 'always'
  const urls = iceServers.flatMap((server) => server.urls)
  return urls.some((url) => /^turns?:/i.test(url)) ? 'possible' : 'impossible'
}

const initialState = (): CallState => ({
  phase: { kind: 'opening', slow: false, ready: false },
  room: undefined,
  inside: [],
  count: 0,
  self: undefined,
  local: {
    camera: { kind: 'off' },
    microphone: { kind: 'off' },
    cameras: [],
    canFlip: false,
    microphones: [],
    speakers: [],
    speakerId: undefined,
    videoStream: undefined,
    level: 0,
    screen: { kind: 'unavailable' },
  },
  speaking: false,
  participants: [],
  chat: [],
  announcements: [],
  reactions: [],
  audioBlocked: undefined,
  addressHiding: 'unknown',
  connected: true,
  joinedAt: undefined,
  instance: undefined,
})

export interface CallChanges {
  phase(phase: CallPhase): void
  room(room: RoomInfo): void
  /** What the door says. */
  preview(preview: RoomPreview): void
  live(info: { peerId: string; userId: string; ordinal: number; instance: string }): void
  device(kind: 'camera' | 'microphone', state: DeviceState): void
  devices(devices: Pick<LocalState, 'cameras' | 'microphones' | 'speakers'>): void
  speaker(deviceId: string | undefined): void
  ownPicture(track: MediaStreamTrack | null): void
  level(level: number, speaking: boolean): void
  screen(state: ScreenState): void
  /** `hand`: one's own. */
  participants(participants: Participant[], hand: number): void
  react(peerId: string, emoji: Reaction): void
  chat(entries: ChatEntry[]): void
  announce(announcement: Unnumbered<Announcement>): void
  audioBlocked(blocked: AudioBlocked): void
  connected(connected: boolean): void
}

/**
 * Unions and lists go through `reconcile`: Solid merges an object into the one that was there, and a device that is
 * off would keep the label of the one that was on.
 */
export function createCallStore(me: { name: string; color: number }): [CallState, CallChanges] {
  const [state, set] = createStore<CallState>(initialState())
  let announcements = 0
  let reactions = 0

  const self = (you: { peerId: string; userId: string }, ordinal: number) => {
    const isHost = state.room?.hostId === you.userId
    const { name, color } = me
    const hand = state.self?.hand ?? 0
    set('self', reconcile({ peerId: you.peerId, userId: you.userId, name, color, ordinal, isHost, hand }))
  }
  const room = (next: RoomInfo) => {
    set('room', reconcile(next))
    if (state.self) set('self', 'isHost', next.hostId === state.self.userId)
  }

  const flippable = () => set('local', 'canFlip', canFlip(state.local.camera, state.local.cameras))

  return [
    state,
    {
      phase: (phase) => set('phase', reconcile(phase)),
      room,
      preview(preview) {
        const { peers, you, count, instance } = preview
        room(preview.room)
        const inside = peers.map(({ peerId, name, color }) => ({ peerId, name, color }))
        set({ count, instance, addressHiding: addressHiding(preview) })
        set('inside', reconcile(inside, { key: 'peerId' }))
        self(you, ordinals([...peers, { peerId: you.peerId, name: me.name }]).get(you.peerId) ?? 1)
      },
      live({ peerId, userId, ordinal, instance }) {
        self({ peerId, userId }, ordinal)
        set({ instance, joinedAt: state.joinedAt ?? Date.now() })
      },
      device(kind, device) {
        set('local', kind, reconcile(device))
        flippable()
      },
      devices(devices) {
        for (const kind of ['cameras', 'microphones', 'speakers'] as const) {
          set('local', kind, reconcile(devices[kind], { key: 'deviceId' }))
        }
        flippable()
      },
      speaker: (deviceId) => set('local', 'speakerId', deviceId),
      ownPicture: (track) => set('local', 'videoStream', track ? new MediaStream([track]) : undefined),
      level(level, speaking) {
        set('local', 'level', level)
        set('speaking', speaking)
      },
      screen: (screen) => set('local', 'screen', reconcile(screen)),
      participants(participants, hand) {
        set('participants', reconcile(participants, { key: 'peerId' }))
        if (state.self) set('self', 'hand', hand)
      },
      react(peerId, emoji) {
        const id = ++reactions
        set('reactions', (shown) => [...shown, { id, peerId, emoji }])
        setTimeout(() => set('reactions', (shown) => shown.filter((other) => other.id !== id)), REACTION_MS)
      },
      chat: (entries) => set('chat', reconcile(entries, { key: 'id' })),
      announce(announcement) {
        const id = ++announcements
        set('announcements', (kept) => [...kept.slice(1 - KEPT_ANNOUNCEMENTS), { ...announcement, id }])
      },
      audioBlocked: (blocked) => set('audioBlocked', blocked),
      connected: (connected) => set('connected', connected),
    },
  ]
}
