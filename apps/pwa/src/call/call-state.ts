/** What the pages see of a call: one store, read-only to them, and the controls that change it. Types only. */
import type { FinalReason, Moderation, PeerState, Reaction, RoomInfo } from '@maru/api-types'

/** One way through a room, from the door to the end. */
export type CallPhase =
  /**
   * Asking the server about the room. `slow` once it has taken longer than 2 s. `ready`: it may be entered unseen; what
   * the door would have said, the answer to the join says.
   */
  | { kind: 'opening'; slow: boolean; ready: boolean }
  /** This tab is a copy of one that is in the call: "Move here" (`moveHere`) or "Join again" (`joinAgain`). */
  | { kind: 'duplicate' }
  /** At the door, with the preview. `entry` follows the room: Join comes alive when a place is free. */
  | { kind: 'preview'; entry: 'open' | 'full' | 'locked' }
  /** On the way in. `slow` once it has taken longer than 2 s: there is a way back to the door (`cancelJoin`). */
  | { kind: 'joining'; slow: boolean }
  | { kind: 'live' }
  /**
   * The server can't be reached; the media goes on. `since`: `Date.now()` when it was noticed. `orphaned`: it is there
   * but has lost the room, and the key to its record too (P56): there is no way back in, and the call ends with
   * `ended{not-found}` when the last of the others has gone.
   */
  | { kind: 'offline'; since: number; orphaned?: true }
  | { kind: 'ended'; reason: FinalReason }

/** Why there is no camera or microphone: each gets its own words. */
export type DeviceProblem =
  /** Not https and not localhost: the browser has no mediaDevices. */
  | 'insecure-origin'
  /** https, and still without: a browser inside another app, mostly. */
  | 'unsupported'
  /** No such device is plugged in. */
  | 'not-found'
  /** The person or their settings said no. */
  | 'denied'
  /** The question was closed without an answer. */
  | 'dismissed'
  /** The operating system keeps this browser from its devices. */
  | 'denied-by-system'
  /** Another application holds it. */
  | 'in-use'
  /** It was there and has gone (unplugged, or ended by the system). */
  | 'lost'
  | 'unknown'

export type DeviceState =
  | { kind: 'off' }
  | { kind: 'starting' }
  /** `facing`: which way the camera looks, where the browser tells (a phone's). */
  | { kind: 'on'; deviceId: string; label: string; facing?: Facing }
  /** `interrupted`: it worked until the system took it, for a phone call for instance; `unblockAudio` asks again. */
  | { kind: 'problem'; problem: DeviceProblem; interrupted?: true }

/** At the one who holds the phone, or away from them. */
export type Facing = 'user' | 'environment'

export interface Device {
  deviceId: string
  label: string
  /** As far as the browser tells. */
  facing?: Facing
}

/** Never allowed to play yet ("Tap to hear"), or paused by the system and not allowed to go on ("Tap to resume"). */
export type AudioBlocked = 'unplayed' | 'paused' | undefined

export interface LocalState {
  camera: DeviceState
  microphone: DeviceState
  cameras: Device[]
  /** The camera is on, and there is another one that looks the other way. */
  canFlip: boolean
  microphones: Device[]
  /** Empty where the browser can't choose (no `setSinkId`). */
  speakers: Device[]
  speakerId: string | undefined
  /** For the own tile: the camera's track only; undefined when it is off. */
  videoStream: MediaStream | undefined
  /** 0 to 1, of the own microphone, about ten times a second while it is on. */
  level: number
  screen: ScreenState
}

/** One's own screen: what a browser hands out only after asking. */
export type ScreenState =
  /** This browser can't (a phone's), or not on this page. */
  | { kind: 'unavailable' }
  | { kind: 'off' }
  /** The browser asks what is to be shared. */
  | { kind: 'asking' }
  | { kind: 'on' }
  /** `denied-by-system`: the operating system keeps the screen from this browser. Else it couldn't be captured. */
  | { kind: 'problem'; problem: 'denied-by-system' | 'unknown' }

export type ParticipantConnection =
  | 'connecting'
  | 'connected'
  /** Was connected and isn't now, or the server has lost sight of them. */
  | 'reconnecting'
  /** Couldn't be established. */
  | 'failed'

/**
 * Whether one can keep one's network address from the others here. `impossible`: the server has nothing to go over;
 * `always`: it lets calls go no other way.
 */
export type AddressHiding = 'unknown' | 'possible' | 'always' | 'impossible'

/** Somebody else in the room. */
export interface Participant {
  peerId: string
  userId: string
  name: string
  /** 2, 3, … when others with an equal name (NFKC, case-folded) came before; 1 otherwise. */
  ordinal: number
  color: number
  state: PeerState
  /** The remote camera and microphone, for the `<video>` of the tile; has no live track before media came. */
  stream: MediaStream
  /** What they share, while they do; its first picture comes a moment later. */
  screen: MediaStream | undefined
  /** A decodable picture is there: show the video instead of the initials. */
  hasPicture: boolean
  connection: ParticipantConnection
  speaking: boolean
  isHost: boolean
  /** 1 for the hand that went up first, 2 for the next one; 0 while it is down. */
  hand: number
  /** The server has lost sight of them: nothing can be done to them, but they can be removed. */
  away: boolean
  /** Another page of the same user (same userId): its audio is never played here. */
  ownUser: boolean
}

export interface ChatEntry {
  /** Log position, or `pending:<seq>` for one's own that the server hasn't acknowledged. */
  id: string
  peerId: string
  userId: string
  name: string
  color: number
  text: string
  at: number
  own: boolean
  state: 'sent' | 'pending' | 'refused'
}

/** For the live region and the toasts; about oneself only what the host did, never for a reload. */
export type Announcement =
  | { id: number; type: 'joined' | 'left' | 'sharing'; name: string }
  | { id: number; type: 'chat'; name: string; text: string }
  | { id: number; type: 'hand'; name: string }
  /** The host has switched off something of one's own. */
  | { id: number; type: 'moderated'; name: string; action: Moderation }
  /** Somebody else is the host now; no name: oneself. */
  | { id: number; type: 'host'; name: string | undefined }

/** Thrown in by somebody just now; gone again after a few seconds. */
interface ShownReaction {
  id: number
  peerId: string
  emoji: Reaction
}

export interface CallState {
  phase: CallPhase
  /** Known once the door has answered. */
  room: RoomInfo | undefined
  /** At the door: who is inside already. */
  inside: { peerId: string; name: string; color: number }[]
  /** At the door: how many are inside; the lock hides who. */
  count: number
  self:
    | {
        peerId: string
        userId: string
        name: string
        ordinal: number
        color: number
        isHost: boolean
        /** As a participant's. */
        hand: number
      }
    | undefined
  local: LocalState
  speaking: boolean
  participants: Participant[]
  chat: ChatEntry[]
  announcements: Announcement[]
  reactions: ShownReaction[]
  /** The browser refuses to play sound until it is asked to in a gesture. */
  audioBlocked: AudioBlocked
  /** At the door, once it may be entered. */
  addressHiding: AddressHiding
  /** Before the call: false once the server couldn't be reached for longer than a moment. In it, `phase` tells. */
  connected: boolean
  /** When this presence came into the call, `Date.now()`; for the clock. */
  joinedAt: number | undefined
  /** The id of the server process that carries this connection; for tests and reports. */
  instance: string | undefined
}

export interface CallControls {
  /** From `opening` or `preview`: enters. Call it in the click: it resumes the AudioContext. */
  join(): void
  /** From `joining`: back to the door. */
  cancelJoin(): void
  /** From `duplicate`. */
  moveHere(): void
  joinAgain(): void
  /** Ends in `ended{left}`. Resolves when the server has heard it, or after a second. */
  leave(): Promise<void>
  setMicrophone(on: boolean): void
  setCamera(on: boolean): void
  /** Asks what to share, or stops. Call it in the gesture: browsers refuse to ask otherwise. */
  setScreen(on: boolean): void
  chooseMicrophone(deviceId: string): void
  chooseCamera(deviceId: string): void
  /** To the camera that looks the other way, and back. */
  flipCamera(): void
  chooseSpeaker(deviceId: string): void
  /** Asks for devices again after a problem. */
  retryDevices(): void
  /** Trimmed and checked by the caller (`checkChat`). */
  sendChat(text: string): void
  /** Says a refused message anew, as the last one. */
  sendAgain(id: string): void
  /** Host only. */
  setLocked(locked: boolean): void
  raiseHand(raised: boolean): void
  react(emoji: Reaction): void
  /** Host only, like all that follow; to somebody who is inside. */
  moderate(peerId: string, action: Moderation): void
  /** Keeps the person out for good. */
  removePerson(peerId: string): void
  handOver(peerId: string): void
  /** Everybody's call ends with `ended{ended}`, one's own too. */
  endForAll(): void
  /** Call it in a click: plays what was blocked, and asks for devices that the system has taken. */
  unblockAudio(): void
  /** Connects a participant's `<audio>` element: volume, sink and autoplay are the call's business. */
  attachAudio(element: HTMLAudioElement, peerId: string): () => void
}

/** `createCall(roomId, me)` is owner-bound: `onCleanup` leaves nothing behind. */
export type CreateCall = (
  roomId: string,
  me: { name: string; secret: string; color: number },
) => [CallState, CallControls]
