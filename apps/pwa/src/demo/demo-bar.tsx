/** `npm run demo`: which server carries this call, a button that kills it, and what that does to the call. */
import { createMemo, type JSX, Show } from 'solid-js'
import type { CallState } from '../call/call-state.ts'
import { demoWords } from '../i18n/demo-words.ts'
import { useLanguage } from '../i18n/i18n.tsx'
import { createDemo } from './create-demo.ts'

export default function DemoBar(props: { state: CallState }): JSX.Element {
  const { language } = useLanguage()
  const t = () => demoWords[language()]
  // The store is the same one for as long as there is the call.
  // eslint-disable-next-line solid/reactivity
  const demo = createDemo(props.state)
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1)

  const servers = () => demo.state()?.servers ?? []
  const carrier = createMemo(() => demo.carrier())
  /** The one to speak of beside the carrier: the one that waits, or that was stopped. */
  const other = () =>
    servers().find(({ name }) => (carrier() ? name !== carrier()?.name : name === demo.stop()?.server.name))
  const ready = () => carrier() !== undefined && other()?.state === 'up'
  const gap = () => demo.figures().gap
  const back = () => demo.stop()?.back

  const headline = (): string => {
    const server = carrier()
    if (demo.over()) return t().over
    return server ? t().on(server.name) : t().away
  }
  const detail = (): string => {
    const kind = demo.problem()
    const server = other()
    if (kind) return t()[kind]
    return server && !demo.over() ? t().other[server.state](server.name) : ''
  }
  const told = (): string => {
    const last = back()
    return last ? t().told(last.server, seconds(last.after)) : ''
  }

  return (
    <Show when={servers().length > 0}>
      <section
        class="card mx-2.5 mt-2 grid items-center gap-x-8 gap-y-2.5 px-3.5 py-3 wide:mx-auto wide:grid-cols-[auto_auto_auto] wide:px-5"
        aria-label={t().title}
      >
        <div class="flex items-center justify-between gap-3 wide:contents">
          <div class="min-w-0 wide:w-[17em]">
            <p class="font-semibold">{headline()}</p>
            <p class="min-h-[1.45em] text-s text-muted">{detail()}</p>
          </div>
          <button
            type="button"
            class="btn flex-none px-4 text-danger!"
            classList={{ 'opacity-50': !ready() }}
            // Not `disabled`: that would take the focus away from whoever has just pressed it.
            aria-disabled={!ready()}
            onClick={() => ready() && void demo.press()}
          >
            {t().stop}
          </button>
        </div>
        <dl class="grid grid-cols-[1.3fr_1fr_1.1fr] gap-x-4">
          <Figure
            name={demo.stop() ? t().gapSince : t().gap}
            value={gap() === undefined ? t().none : t().ms(Math.round(gap() ?? 0))}
          />
          <Figure
            name={t().lost}
            value={String(demo.figures().messages.lost)}
            of={t().of(demo.figures().messages.said)}
          />
          <Figure name={t().back} value={back() ? t().seconds(seconds(back()?.after ?? 0)) : t().none} />
        </dl>
        <p class="sr-only" role="status">
          {told()}
        </p>
      </section>
    </Show>
  )
}

/** The value above its name, so that values stay in one line however many lines a name takes. */
function Figure(props: { name: string; value: string; of?: string }): JSX.Element {
  return (
    <div class="flex flex-col-reverse justify-end">
      <dt class="text-s text-muted">{props.name}</dt>
      <dd class="tabular-nums">
        <span class="text-l font-bold">{props.value}</span>
        <Show when={props.of}>
          {' '}
          <span class="text-s text-muted">{props.of}</span>
        </Show>
      </dd>
    </div>
  )
}
