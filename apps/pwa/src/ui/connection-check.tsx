/** The connection check: a button, what it finds line by line, and a report to hand on. Nothing is asked for before. */
import { makeSecret } from '@maru/api-types/ids'
import Check from 'lucide-solid/icons/check'
import Copy from 'lucide-solid/icons/copy'
import LoaderCircle from 'lucide-solid/icons/loader-circle'
import Minus from 'lucide-solid/icons/minus'
import TriangleAlert from 'lucide-solid/icons/triangle-alert'
import X from 'lucide-solid/icons/x'
import { createSignal, createUniqueId, For, type JSX, Match, onCleanup, Show, Switch } from 'solid-js'
import { createStore } from 'solid-js/store'
import { runCheck } from '../check/check.ts'
import {
  DEVICE_ITEMS,
  type Finding,
  type Findings,
  type Item,
  NETWORK_ITEMS,
  outcomeOf,
  type Value,
} from '../check/findings.ts'
import { makeReport } from '../check/report.ts'
import { CheckWordsProvider, useCheckWords } from '../i18n/check-words.tsx'
import { useWords } from '../i18n/i18n.tsx'
import { profile } from '../profile.ts'
import { forgetCreateKey, keepCreateKey, keptCreateKey } from '../rooms/create-key.ts'
import { createServerInfo } from '../rooms/server-info.ts'
import { TextField } from './text-field.tsx'

interface ConnectionCheckProps {
  /** Camera and microphone too. */
  devices: boolean
  /** The room that one may enter: what a call there would use is checked. */
  roomId?: string | undefined
}

export default function ConnectionCheck(props: ConnectionCheckProps): JSX.Element {
  return (
    <CheckWordsProvider>
      <Checklist {...props} />
    </CheckWordsProvider>
  )
}

function Checklist(props: ConnectionCheckProps): JSX.Element {
  const t = useWords()
  const c = useCheckWords()
  const info = createServerInfo()
  const [findings, setFindings] = createStore<Findings>({})
  const [stage, setStage] = createSignal<'before' | 'running' | 'done'>('before')
  const [keptKey, setKeptKey] = createSignal(keptCreateKey())
  const [key, setKey] = createSignal('')
  const [wrongKey, setWrongKey] = createSignal(false)
  let running: AbortController | undefined
  onCleanup(() => running?.abort())

  const items = (): Item[] => (props.devices ? [...DEVICE_ITEMS, ...NETWORK_ITEMS] : [...NETWORK_ITEMS])
  const found = () => items().filter((item) => findings[item] !== undefined && findings[item] !== 'running')
  /** Only whoever comes from no room has to show that they could make one. */
  const asksKey = () => props.roomId === undefined && (info()?.createKey ?? false) && keptKey() === undefined

  const run = async (): Promise<void> => {
    if (stage() === 'running') return
    running = new AbortController()
    const { signal } = running
    const given = keptKey() ?? (key().trim() || undefined)
    const { roomId, devices } = props
    const room = roomId === undefined ? undefined : { roomId, userSecret: profile()?.secret ?? makeSecret() }
    setFindings(emptied(findings))
    setWrongKey(false)
    setStage('running')
    await runCheck({
      devices,
      signal,
      input: { ...(room && { room }), ...(!room && given !== undefined && { key: given }) },
      onFound: (item, finding) => setFindings(item, finding),
    })
    if (signal.aborted) return
    if (!room && given !== undefined && info()?.createKey) judgeKey(given)
    setStage('done')
  }

  /** Whether the key was the right one shows in what became of the ways that it opens. */
  const judgeKey = (given: string): void => {
    const { udp } = findings
    const why = udp !== undefined && udp !== 'running' && 'why' in udp ? udp.why : undefined
    if (why === 'needsKey') {
      forgetCreateKey()
      setKeptKey(undefined)
      setWrongKey(true)
    } else if (why !== 'needsServer' && why !== 'tooOften') {
      keepCreateKey(given)
      setKeptKey(given)
    }
  }

  return (
    <div class="grid gap-5">
      <Show when={props.devices} fallback={<p class="text-s text-muted">{c('check.callCost')}</p>}>
        <div class="grid gap-2">
          <p class="text-l text-muted">{c('check.text')}</p>
          <p class="text-s text-muted">{c('check.cost')}</p>
        </div>
      </Show>
      <form
        class="grid gap-4"
        novalidate
        onSubmit={(event) => {
          event.preventDefault()
          void run()
        }}
      >
        <Show when={asksKey()}>
          <TextField
            label={t('newRoom.key')}
            hint={c('check.keyHint')}
            value={key()}
            onInput={(value) => {
              setKey(value)
              setWrongKey(false)
            }}
            problem={wrongKey() ? t('newRoom.keyWrong') : undefined}
          />
        </Show>
        <button type="submit" class="btn primary tall" aria-disabled={stage() === 'running'}>
          {stage() === 'running'
            ? c('check.running')
            : stage() === 'done'
              ? c('check.again')
              : c('check.start')}
        </button>
      </form>
      <div role="status" class="contents">
        <Switch>
          <Match when={stage() === 'running'}>
            <p class="text-s text-muted tabular-nums">
              {c('check.progress', found().length, items().length)}
            </p>
          </Match>
          <Match when={stage() === 'done'}>
            <p class="text-l font-semibold" data-outcome={outcomeOf(findings)}>
              {c(`check.outcome.${outcomeOf(findings)}`)}
            </p>
          </Match>
        </Switch>
      </div>
      <ul class="card grid divide-y divide-line">
        <For each={items()}>{(item) => <Row item={item} finding={findings[item]} />}</For>
      </ul>
      <Show when={stage() === 'done'}>
        <Report findings={findings} items={items()} />
      </Show>
    </div>
  )
}

/** A store forgets a key only when it is set to nothing. */
const emptied = (findings: Findings): Findings =>
  Object.fromEntries(Object.keys(findings).map((item) => [item, undefined]))

/** What was found, in words. */
function useFindingWords() {
  const t = useWords()
  const c = useCheckWords()
  const amountOf = ({ unit, amount }: Value): string => {
    switch (unit) {
      case 'ms':
        return c('check.ms', Math.max(1, Math.round(amount)))
      case 'percent':
        return c('check.percent', Math.round(amount))
      case 'mbit':
        return c('check.mbit', amount < 10 ? Math.round(amount * 10) / 10 : Math.round(amount))
    }
  }
  return {
    sentence(item: Item, finding: Finding): string {
      if (!('problem' in finding)) return c(`check.why.${finding.why}`)
      const kind = item === 'camera' ? 'camera' : 'microphone'
      return `${t(`problem.${finding.problem}`, kind)}. ${t(`problem.${finding.problem}.text`, kind)}`
    },
    figure: (finding: Finding): string | undefined =>
      'value' in finding && finding.value ? amountOf(finding.value) : undefined,
  }
}

function Row(props: { item: Item; finding: Findings[Item] }): JSX.Element {
  const c = useCheckWords()
  const words = useFindingWords()
  const done = () => (props.finding === 'running' ? undefined : props.finding)
  const verdict = () => (props.finding === 'running' ? 'running' : (props.finding?.verdict ?? 'waiting'))
  const figure = () => {
    const finding = done()
    return finding && words.figure(finding)
  }
  return (
    <li class="check-row" data-item={props.item} data-verdict={verdict()}>
      <VerdictSign verdict={verdict()} />
      <div class="min-w-0 flex-1">
        <div class="flex items-baseline justify-between gap-3">
          <p class="font-semibold">{c(`check.item.${props.item}`)}</p>
          <p class="verdict flex-none text-s font-semibold tabular-nums">
            <Show when={figure()}>{(text) => <span class="font-normal text-muted">{text()} · </span>}</Show>
            {c(`check.verdict.${verdict()}`)}
          </p>
        </div>
        <p class="text-s text-muted">
          <Show when={done()} fallback={c(`check.what.${props.item}`)}>
            {(finding) => words.sentence(props.item, finding())}
          </Show>
        </p>
      </div>
    </li>
  )
}

function VerdictSign(props: { verdict: Finding['verdict'] | 'running' | 'waiting' }): JSX.Element {
  return (
    <span class="sign" aria-hidden="true">
      <Switch fallback={<Minus size={16} />}>
        <Match when={props.verdict === 'good'}>
          <Check size={16} />
        </Match>
        <Match when={props.verdict === 'poor'}>
          <TriangleAlert size={16} />
        </Match>
        <Match when={props.verdict === 'bad'}>
          <X size={16} />
        </Match>
        <Match when={props.verdict === 'running'}>
          <LoaderCircle size={16} class="turning" />
        </Match>
      </Switch>
    </span>
  )
}

function Report(props: { findings: Findings; items: Item[] }): JSX.Element {
  const t = useWords()
  const c = useCheckWords()
  const words = useFindingWords()
  const id = createUniqueId()
  const at = new Date()
  const [copied, setCopied] = createSignal<'yes' | 'by-hand'>()
  let area!: HTMLTextAreaElement
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))

  const text = (): string => {
    const lines = props.items.flatMap((item) => {
      const finding = props.findings[item]
      if (finding === undefined || finding === 'running') return []
      const figure = words.figure(finding)
      return {
        sign: finding.verdict,
        label: c(`check.item.${item}`),
        words: [words.sentence(item, finding), figure].filter(Boolean).join(' '),
        code: 'code' in finding ? finding.code : undefined,
      }
    })
    return makeReport(`Maru · ${t('check.title')}`, lines, { at, userAgent: navigator.userAgent })
  }
  const copy = async (): Promise<void> => {
    clearTimeout(timer)
    try {
      await navigator.clipboard.writeText(text())
      setCopied('yes')
      timer = setTimeout(() => setCopied(undefined), 2_500)
    } catch {
      // No clipboard on an insecure origin, or it was refused: the person's own copy always works.
      area.select()
      setCopied('by-hand')
    }
  }

  return (
    <div class="grid gap-3">
      <div class="field">
        <label for={id}>{c('check.report')}</label>
        <textarea
          ref={area}
          id={id}
          class="control py-2.5 text-s!"
          rows={5}
          readonly
          aria-describedby={`${id}-hint`}
          value={text()}
        />
        <p id={`${id}-hint`} class="text-s text-muted">
          {copied() === 'by-hand' ? c('check.copyByHand') : c('check.reportHint')}
        </p>
      </div>
      <button type="button" class="btn justify-self-start" onClick={() => void copy()}>
        <Show when={copied() === 'yes'} fallback={<Copy size={18} aria-hidden="true" />}>
          <Check size={18} aria-hidden="true" />
        </Show>
        {copied() === 'yes' ? t('invite.copied') : c('check.copy')}
      </button>
      <p class="sr-only" role="status">
        {copied() === 'yes' ? t('invite.copied') : copied() === 'by-hand' ? c('check.copyByHand') : ''}
      </p>
    </div>
  )
}
