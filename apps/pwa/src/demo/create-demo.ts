/** The demo as its bar sees it: what its address tells, what is counted of the call, and the stop. */
import { createEffect, createSignal, on, onCleanup, untrack } from 'solid-js'
import type { CallState } from '../call/call-state.ts'
import { makeGapMeter, makeMessageCount } from './counts.ts'
import type { DemoServer, DemoState } from './demo-state.ts'
import { watchPictures } from './watch-pictures.ts'

const TICK_MS = 200
/** At the end of what the guests say. */
const NUMBER = /(\d+)$/

/** A server that was stopped from here; `back` once another one carries this page. Milliseconds. */
export interface Stop {
  server: DemoServer
  at: number
  back?: { server: string; after: number }
}

export interface Figures {
  /** Milliseconds. */
  gap: number | undefined
  messages: { said: number; heard: number; lost: number }
}

export function createDemo(call: CallState) {
  const [state, setState] = createSignal<DemoState>()
  const [over, setOver] = createSignal(false)
  const [stop, setStop] = createSignal<Stop>()
  const [problem, setProblem] = createSignal<'wait' | 'failed'>()
  const gaps = makeGapMeter()
  const messages = makeMessageCount()
  const read = (): Figures => {
    const now = performance.now()
    return { gap: gaps.longest(now), messages: messages.read(now) }
  }
  const [figures, setFigures] = createSignal(read())

  const source = new EventSource('/demo/events')
  source.onmessage = ({ data }: MessageEvent<string>) => {
    const next = JSON.parse(data) as DemoState
    for (const { peerId, said } of next.guests) messages.said(peerId, said, performance.now())
    setState(next)
    setOver(false)
  }
  // It tries again by itself.
  source.onerror = () => setOver(true)

  createEffect(() => {
    for (const { peerId, text } of call.chat) messages.heard(peerId, Number(NUMBER.exec(text)?.[1] ?? 0))
  })

  const filmed = (): string[] =>
    call.participants.filter(({ state, ownUser }) => state.camera && !ownUser).map(({ peerId }) => peerId)
  createEffect(
    on(filmed, (now, before) => {
      for (const peerId of before ?? []) if (!now.includes(peerId)) gaps.forget(peerId)
    }),
  )
  const stopWatching = watchPictures({
    people: () => untrack(filmed),
    onFrame: (peerId, at) => gaps.frame(peerId, at),
    onBlind: () => gaps.pause(),
  })
  const timer = setInterval(() => setFigures(read()), TICK_MS)
  onCleanup(() => {
    source.close()
    stopWatching()
    clearInterval(timer)
  })

  /** The server that carries this page's connection; undefined while none does. */
  const carrier = (): DemoServer | undefined =>
    call.phase.kind === 'live'
      ? state()?.servers.find(({ instance, state }) => instance === call.instance && state === 'up')
      : undefined

  createEffect(() => {
    const now = carrier()
    const last = untrack(stop)
    if (!now || !last || last.back || now.instance === last.server.instance) return
    setStop({ ...last, back: { server: now.name, after: performance.now() - last.at } })
  })

  const press = async (): Promise<void> => {
    const server = carrier()
    if (!server) return
    const before = stop()
    gaps.restart()
    setProblem(undefined)
    setStop({ server, at: performance.now() })
    const status = await fetch('/demo/stop', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ instance: server.instance }),
    }).then(
      (response) => response.status,
      () => 0,
    )
    if (status === 204) return
    setStop(before)
    setProblem(status === 409 ? 'wait' : 'failed')
  }

  return { state, over, stop, problem, figures, carrier, press }
}
