/** What is written beside the talk: text shown as text, with its history for whoever comes late. */
import { CHAT_MAX_LENGTH } from '@maru/api-types/limits'
import { checkChat, type TextProblem } from '@maru/api-types/text'
import SendHorizontal from 'lucide-solid/icons/send-horizontal'
import X from 'lucide-solid/icons/x'
import { createEffect, createMemo, createSignal, For, type JSX, on, onCleanup, onMount, Show } from 'solid-js'
import type { ChatEntry } from '../call/call-state.ts'
import { useLanguage, useWords } from '../i18n/i18n.tsx'
import { createLayer } from './back.ts'

interface ChatPanelProps {
  entries: ChatEntry[]
  onSend(text: string): void
  onSendAgain(id: string): void
  onClose(): void
}

export function ChatPanel(props: ChatPanelProps): JSX.Element {
  const t = useWords()
  let box: HTMLTextAreaElement | undefined
  createLayer(
    () => true,
    () => props.onClose(),
  )
  const sendAgain = (id: string): void => {
    props.onSendAgain(id)
    // The button goes with its message, which is the last one now.
    box?.focus()
  }
  return (
    <aside
      class="chat"
      aria-label={t('chat.title')}
      onKeyDown={(event) => event.key === 'Escape' && props.onClose()}
    >
      <div class="flex items-center gap-2 px-4 pt-2">
        <h2 class="flex-1 text-l font-bold">{t('chat.title')}</h2>
        <button type="button" class="btn ghost icon -mr-2" onClick={() => props.onClose()}>
          <X size={22} aria-hidden="true" />
          <span class="sr-only">{t('common.close')}</span>
        </button>
      </div>
      <p class="who px-4 pb-2 text-s text-muted">{t('chat.who')}</p>
      <Messages entries={props.entries} onSendAgain={sendAgain} />
      <Composer onSend={(text) => props.onSend(text)} ref={(element) => (box = element)} />
    </aside>
  )
}

/** Nearer to the end than this is reading along. */
const NEAR_END_PX = 80

function Messages(props: { entries: ChatEntry[]; onSendAgain(id: string): void }): JSX.Element {
  const t = useWords()
  let list!: HTMLDivElement
  const ids = createMemo(() => props.entries.map((entry) => entry.id))
  const toEnd = (): void => void (list.scrollTop = list.scrollHeight)
  let atEnd = true
  let height = 0
  onMount(() => {
    toEnd()
    // A keyboard comes up, a phone is turned: whoever was at the end stays there.
    const observer = new ResizeObserver(() => {
      height = list.clientHeight
      if (atEnd) toEnd()
    })
    observer.observe(list)
    onCleanup(() => observer.disconnect())
  })
  createEffect(
    on(
      ids,
      () => {
        // Measured before the new line is drawn: whoever reads further up is left in peace.
        const reading = list.scrollHeight - list.scrollTop - list.clientHeight > NEAR_END_PX
        if (!reading || props.entries.at(-1)?.own) requestAnimationFrame(toEnd)
      },
      { defer: true },
    ),
  )
  const scrolled = (): void => {
    // Told of before the observer is: where a list ends that has just become lower is nobody's choice.
    if (list.clientHeight !== height) return
    atEnd = list.scrollHeight - list.scrollTop - height < NEAR_END_PX
  }
  return (
    <div
      ref={list}
      class="min-h-0 flex-1 overflow-y-auto overscroll-contain px-4 py-2"
      onScroll={scrolled}
      role="region"
      aria-label={t('chat.title')}
      tabindex="0"
    >
      <Show
        when={props.entries.length > 0}
        fallback={<p class="py-8 text-center text-muted">{t('chat.empty')}</p>}
      >
        <ol class="grid grid-cols-[minmax(0,1fr)] gap-1">
          <For each={props.entries}>
            {(entry, index) => (
              <Message
                entry={entry}
                before={props.entries[index() - 1]}
                onSendAgain={() => props.onSendAgain(entry.id)}
              />
            )}
          </For>
        </ol>
      </Show>
    </div>
  )
}

/** Lines of one person within this long are one turn: name and time are said once. */
const TURN_MS = 180_000

interface MessageProps {
  entry: ChatEntry
  before: ChatEntry | undefined
  onSendAgain(): void
}

function Message(props: MessageProps): JSX.Element {
  const { t, language } = useLanguage()
  const goesOn = (): boolean =>
    props.before?.peerId === props.entry.peerId && props.entry.at - props.before.at < TURN_MS
  const time = (): string =>
    new Intl.DateTimeFormat(language(), { hour: 'numeric', minute: '2-digit' }).format(props.entry.at)
  return (
    <li
      class="grid grid-cols-[minmax(0,1fr)]"
      classList={{ 'justify-items-end': props.entry.own, 'mt-2.5': !goesOn() }}
    >
      <Show when={!goesOn()}>
        <p class="mb-0.5 flex max-w-full gap-2 text-s text-muted">
          <b class="truncate font-semibold text-text">{props.entry.own ? t('call.you') : props.entry.name}</b>
          <time class="flex-none tabular-nums" dateTime={new Date(props.entry.at).toISOString()}>
            {time()}
          </time>
        </p>
      </Show>
      <p
        class="max-w-[88%] rounded-m px-3 py-1.5 whitespace-pre-wrap"
        classList={{
          'bg-accent-soft': props.entry.own && props.entry.state !== 'refused',
          'bg-surface-2': !props.entry.own,
          'border border-danger': props.entry.state === 'refused',
        }}
      >
        <For each={splitLinks(props.entry.text)}>
          {(part) => (
            <Show when={part.link} fallback={part.text}>
              <a
                class="text-accent underline underline-offset-2"
                href={part.text}
                target="_blank"
                rel="noopener noreferrer nofollow"
              >
                {part.text}
              </a>
            </Show>
          )}
        </For>
      </p>
      <Show when={props.entry.state === 'pending'}>
        <p class="text-s text-muted">{t('chat.pending')}</p>
      </Show>
      <Show when={props.entry.state === 'refused'}>
        <div class="flex items-center gap-3">
          <p class="problem" role="alert">
            {t('chat.refused')}
          </p>
          <button type="button" class="link text-s" onClick={() => props.onSendAgain()}>
            {t('chat.sendAgain')}
          </button>
        </div>
      </Show>
    </li>
  )
}

/** Only what begins with http is a link; it is opened by nobody but the reader. */
const splitLinks = (text: string): { text: string; link: boolean }[] =>
  text
    .split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,:;!?)\]}’”])/u)
    .map((part, index) => ({ text: part, link: index % 2 === 1 }))
    .filter((part) => part.text !== '')

function Composer(props: {
  onSend(text: string): void
  ref(element: HTMLTextAreaElement): void
}): JSX.Element {
  const t = useWords()
  const [problem, setProblem] = createSignal<TextProblem>()
  let box!: HTMLTextAreaElement
  onMount(() => box.focus({ preventScroll: true }))

  const send = (): void => {
    const checked = checkChat(box.value)
    if (!checked.ok) return void setProblem(checked.problem === 'empty' ? undefined : checked.problem)
    setProblem(undefined)
    props.onSend(checked.value)
    box.value = ''
    box.focus()
  }
  const key = (event: KeyboardEvent): void => {
    // While Korean is being composed, Enter belongs to the input method (229 is Safari's way of saying so).
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
    event.preventDefault()
    send()
  }
  return (
    <form
      class="foot grid gap-1.5 px-3 pt-2"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <Show when={problem()}>
        {(broken) => (
          <p id="chat-problem" class="problem px-1" role="alert">
            {broken() === 'too-long' ? t('chat.tooLong', CHAT_MAX_LENGTH) : t('chat.forbidden')}
          </p>
        )}
      </Show>
      <div class="flex items-end gap-2">
        <textarea
          ref={(element) => {
            box = element
            props.ref(element)
          }}
          class="control composer"
          rows={1}
          aria-label={t('chat.label')}
          placeholder={t('chat.placeholder')}
          aria-invalid={problem() !== undefined}
          aria-describedby={problem() ? 'chat-problem' : undefined}
          enterkeyhint="send"
          onKeyDown={key}
          onInput={() => setProblem(undefined)}
        />
        <button
          type="submit"
          class="btn primary icon size-[46px]!"
          aria-label={t('chat.send')}
          data-tip={t('chat.send')}
        >
          <SendHorizontal size={20} aria-hidden="true" />
        </button>
      </div>
    </form>
  )
}
