/** `createCall`: one way through a room, with everything that it takes wired into one Solid store. */
import type { FinalReason, PeerState, RoomPreview } from '@maru/api-types'
import { PING_ELSEWHERE_MS, PING_IN_CALL_MS } from '@maru/api-types/limits'
import { createEffect, onCleanup, untrack } from 'solid-js'
import { hidesAddress } from '../hide-address.ts'
import { keepRecord, previewRoom } from '../signaling/client.ts'
import { watchReachable } from '../signaling/reachable.ts'
import { setPingInterval } from '../signaling/resilient-socket.ts'
import { makeAudioOut } from './audio-out.ts'
import type { CallControls, CallPhase, CreateCall, Participant } from './call-state.ts'
import { createCallStore } from './call-store.ts'
import type { Unsaid } from './chat-log.ts'
import { makeLocalMedia } from './local-media.ts'
import { makeScreenShare } from './screen-share.ts'
import { makeSoundMix } from './sound-mix.ts'
import { type Slot, SLOTS, type Tracks } from './negotiation.ts'
import { makePresence, type Presence } from './presence.ts'
import { makeSpeaking } from './quality.ts'
import { type Devices, openSession, type Session } from './session.ts'

const SLOW_MS = 2_000
/** At the door: every page load begins without a connection, and nobody needs to hear of it. */
const UNNOTICED_MS = 1_500
/** The meter's level is scaled for the eye, one's own speech is measured like the others'. */
const LEVEL_SCALE = 4
/** After a reload devices that were on count as on for this long, while they are being opened again. */
const REOPENING_MS = 3_000

/** Whether Join may be pressed, as far as the room is concerned. */
export const mayEnter = (phase: CallPhase): boolean =>
  phase.kind === 'opening' ? phase.ready : phase.kind === 'preview' && phase.entry === 'open'

export const createCall: CreateCall = (roomId, given) => {
  const me = { ...given }
  const [state, change] = createCallStore(me)
  const isSpeaking = makeSpeaking()
  let session: Session | undefined
  let presence: Presence | undefined
  let participants: Participant[] = []
  let stopDoor = () => {}
  /** What the door's last word has left to be done for the connections. */
  let makeReady = () => {}
  let stopWatching: (() => void) | undefined
  let slowTimer: ReturnType<typeof setTimeout> | undefined
  let reopeningUntil = 0
  let leaving = false
  let disposed = false

  const setPhase = (phase: CallPhase) => {
    clearTimeout(slowTimer)
    change.phase(phase)
    setPingInterval(phase.kind === 'live' || phase.kind === 'offline' ? PING_IN_CALL_MS : PING_ELSEWHERE_MS)
  }
  const inCall = () => state.phase.kind === 'live' || state.phase.kind === 'offline'

  const audio = makeAudioOut((blocked) => change.audioBlocked(blocked))
  const media = makeLocalMedia({
    onDevice(kind, device) {
      change.device(kind === 'audio' ? 'microphone' : 'camera', device)
      devicesChanged()
    },
    onDevices: (devices) => change.devices(devices),
    onTrack(kind, track) {
      if (kind === 'audio') return sound.setMicrophone(track)
      change.ownPicture(track)
      send('camera', track)
    },
    onLevel: (level) => change.level(level, isSpeaking(level / LEVEL_SCALE)),
    onSpeaker(deviceId) {
      change.speaker(deviceId)
      audio.setSpeaker(deviceId)
    },
  })
  const tracks: Tracks = { audio: null, camera: null, screen: null }
  const send = (slot: Slot, track: MediaStreamTrack | null) => {
    tracks[slot] = track
    presence?.setTrack(slot, track)
  }
  const devices = (): Devices & PeerState => {
    const isOn = (kind: string) => kind === 'on' || (kind === 'starting' && Date.now() < reopeningUntil)
    return {
      mic: isOn(state.local.microphone.kind),
      camera: isOn(state.local.camera.kind),
      // Only while it is: a server of the version before doesn't know the word.
      ...(state.local.screen.kind === 'on' && { screen: true }),
    }
  }
  const devicesChanged = () => {
    presence?.tellState()
    if (inCall()) session?.remember(devices())
  }

  const sound = makeSoundMix((track) => send('audio', track))
  const screen = makeScreenShare({
    onState(state) {
      change.screen(state)
      devicesChanged()
    },
    onPicture: (track) => send('screen', track),
    onSound: (track) => sound.setScreen(track),
  })

  /** From the first time that the server is asked for something. */
  const watch = () => {
    stopWatching ??= watchReachable(UNNOTICED_MS, (reachable) => change.connected(reachable))
  }
  /** Says so when a phase that should be short isn't. */
  const waitIn = (phase: CallPhase & { kind: 'opening' | 'joining' }) => {
    setPhase(phase)
    slowTimer = setTimeout(() => change.phase({ ...phase, slow: true }), SLOW_MS)
  }

  const present = (unsaid: Unsaid[] = []): Presence => {
    presence?.close()
    const next = makePresence({
      roomId,
      me,
      joinSecret: session!.joinSecret,
      replaces: session!.replaces,
      hideAddress: untrack(hidesAddress),
      unsaid,
      devices,
      onLive(info) {
        change.live(info)
        setPhase({ kind: 'live' })
        session?.remember(devices())
      },
      onOffline(since) {
        if (inCall()) setPhase({ kind: 'offline', since })
      },
      onOrphaned: () => setPhase({ kind: 'offline', since: Date.now(), orphaned: true }),
      onRoom: (room) => change.room(room),
      onRecord: (record) => session?.keep(record),
      onParticipants(next, ownHand) {
        participants = next
        change.participants(next, ownHand)
      },
      onReaction: (peerId, emoji) => change.react(peerId, emoji),
      onModerated: (device) => media.set(device === 'mic' ? 'audio' : 'video', false),
      onChat: (entries) => change.chat(entries),
      onAnnounce: (announcement) => change.announce(announcement),
      onEnd: (reason) => void ended(reason),
    })
    for (const slot of SLOTS) next.setTrack(slot, tracks[slot])
    presence = next
    return next
  }

  const finish = (reason: FinalReason) => {
    if (state.phase.kind === 'ended') return
    stopDoor()
    stopWatching?.()
    session?.forget()
    session?.close()
    presence?.close()
    media.close()
    audio.close()
    screen.close()
    sound.close()
    if (!disposed) setPhase({ kind: 'ended', reason })
    setPingInterval(PING_ELSEWHERE_MS)
  }

  const ended = async (reason: FinalReason | 'bad-request') => {
    if (leaving || !session) return
    if (!inCall() && (reason === 'room-full' || reason === 'room-locked')) {
      // Somebody was faster: back to the door, where Join comes alive again.
      presence?.close()
      return door(reason === 'room-full' ? 'full' : 'locked')
    }
    if (reason === 'left') {
      // The server took a sleeping page for a closed one. That presence is over, the person isn't gone.
      await session.renew()
      if (!disposed && !leaving) void present(presence?.unsaid()).enter()
      return
    }
    // A shape that the server doesn't take is a client from another time.
    finish(reason === 'bad-request' ? 'too-old' : reason)
  }

  const gotPreview = (preview: RoomPreview) => {
    change.preview(preview)
    const { entry, you, peers } = preview
    setPhase({ kind: 'preview', entry })
    const standing = presence
    makeReady = () => {
      makeReady = () => {}
      if (entry === 'open') standing?.prepare(you, peers, preview)
    }
    // Not before Join is on the screen.
    setTimeout(() => makeReady())
  }

  // Chosen at the door, or in another tab meanwhile. In the call it stays as it is until the next one.
  createEffect(() => {
    const on = hidesAddress()
    if (untrack(() => state.phase.kind === 'opening' || state.phase.kind === 'preview'))
      presence?.setHideAddress(on)
  })

  const door = (entry?: 'full' | 'locked') => {
    const { joinSecret, replaces } = session!
    present()
    if (entry) setPhase({ kind: 'preview', entry })
    else waitIn({ kind: 'opening', slow: false, ready: true })
    watch()
    stopDoor = previewRoom(
      { roomId, userSecret: me.secret, joinSecret, ...(replaces && { replaces }) },
      {
        onEvent: gotPreview,
        onEnd: ({ reason }) => void ended(reason as FinalReason | 'bad-request'),
      },
    )
  }

  const enter = () => {
    stopDoor()
    makeReady()
    waitIn({ kind: 'joining', slow: false })
    watch()
    void presence?.enter()
  }
  const cancelJoin = async () => {
    if (state.phase.kind !== 'joining' || !session) return
    waitIn({ kind: 'opening', slow: false, ready: false })
    session.forget()
    // The room may have let it in already: it says goodbye, and if that isn't heard, the next one takes its place.
    const cancelled = presence
    presence = undefined
    void cancelled?.leave()
    await session.renew()
    if (!disposed && !leaving) door()
  }
  /** Straight in, past the door. */
  const reenter = (on: Devices) => {
    reopeningUntil = Date.now() + REOPENING_MS
    setTimeout(() => presence?.tellState(), REOPENING_MS + 50)
    media.start(on)
    present()
    enter()
  }

  const arrive = async () => {
    const { locks } = navigator as { locks?: LockManager }
    const opened = await openSession(roomId, { storage: sessionStorage, locks })
    if (disposed) return opened.close()
    session = opened
    const { arrival, record } = opened
    if (record !== undefined) keepRecord(record)
    switch (arrival.kind) {
      case 'duplicate':
        return setPhase({ kind: 'duplicate' })
      case 'reload':
        return reenter(arrival.devices)
      case 'fresh':
        media.start(media.remembered())
        return door()
    }
  }

  const leave = async () => {
    if (leaving) return
    leaving = true
    // Not after the goodbye: nothing of the screen is to be seen from now on.
    screen.close()
    stopDoor()
    session?.forget()
    await presence?.leave()
    finish('left')
  }

  const controls: CallControls = {
    join() {
      if (!mayEnter(state.phase)) return
      media.resume()
      enter()
    },
    cancelJoin: () => void cancelJoin(),
    moveHere() {
      if (state.phase.kind !== 'duplicate' || session?.arrival.kind !== 'duplicate') return
      session.decide(true)
      reenter(session.arrival.devices)
      media.resume()
    },
    joinAgain() {
      if (state.phase.kind !== 'duplicate' || !session) return
      session.decide(false)
      media.start(media.remembered())
      door()
    },
    leave,
    setMicrophone: (on) => media.set('audio', on),
    setCamera: (on) => media.set('video', on),
    setScreen: (on) => (on ? inCall() && screen.start() : screen.stop()),
    chooseMicrophone: (deviceId) => media.choose('audio', deviceId),
    chooseCamera: (deviceId) => media.choose('video', deviceId),
    flipCamera: () => media.flip(),
    chooseSpeaker: (deviceId) => media.chooseSpeaker(deviceId),
    retryDevices: () => media.retry(),
    sendChat: (text) => presence?.sendChat(text),
    sendAgain: (id) => presence?.sendAgain(id),
    setLocked: (locked) => presence?.say({ type: 'lock', locked }),
    raiseHand: (raised) => presence?.say({ type: 'hand', raised }),
    react: (emoji) => presence?.say({ type: 'reaction', emoji }),
    moderate: (to, action) => presence?.say({ type: 'moderate', to, action }),
    removePerson: (to) => presence?.say({ type: 'remove', to }),
    handOver: (to) => presence?.say({ type: 'hand-over', to }),
    endForAll: () => presence?.say({ type: 'end' }),
    unblockAudio() {
      audio.unblock()
      media.resume()
    },
    attachAudio(element, peerId) {
      const participant = participants.find((one) => one.peerId === peerId)
      // One's own voice from another tab of the same person would howl.
      if (!participant || participant.ownUser) return () => {}
      return audio.attach(element, participant.stream)
    },
  }

  void arrive()
  onCleanup(() => {
    disposed = true
    clearTimeout(slowTimer)
    void leave()
  })
  return [state, controls]
}
