/** Why there is no camera or microphone, each reason in its own words, and the way out of it. */
import { createMemo, For, type JSX, Show } from 'solid-js'
import type { DeviceProblem, DeviceState, LocalState } from '../call/call-state.ts'
import type { DeviceKind } from '../i18n/en.ts'
import { useWords } from '../i18n/i18n.tsx'

interface Trouble {
  kind: DeviceKind
  problem: DeviceProblem
}

const problemOf = (state: DeviceState): DeviceProblem | undefined =>
  state.kind === 'problem' ? state.problem : undefined

/** The same reason for both is told once. */
export function troublesOf(local: Pick<LocalState, 'camera' | 'microphone'>): Trouble[] {
  const camera = problemOf(local.camera)
  const microphone = problemOf(local.microphone)
  if (camera !== undefined && camera === microphone) return [{ kind: 'both', problem: camera }]
  const troubles: Trouble[] = []
  if (microphone) troubles.push({ kind: 'microphone', problem: microphone })
  if (camera) troubles.push({ kind: 'camera', problem: camera })
  return troubles
}

interface DeviceProblemsProps {
  local: LocalState
  onRetry(): void
  /** Whether it stands in the way of somebody who hasn't joined yet. */
  atDoor: boolean
}

export function DeviceProblems(props: DeviceProblemsProps): JSX.Element {
  const t = useWords()
  // By value: the level changes ten times a second, and a notice made anew would be read out anew.
  const troubles = createMemo(() => troublesOf(props.local), [], {
    equals: (a, b) => JSON.stringify(a) === JSON.stringify(b),
  })
  const still = (): string => {
    const [first, second] = troubles()
    if (second || first?.kind === 'both') return t('problem.stillJoin')
    return first?.kind === 'camera' ? t('problem.stillSee') : t('problem.stillHear')
  }
  return (
    <Show when={troubles().length > 0}>
      <div class="grid gap-2" role="status">
        <For each={troubles()}>
          {(trouble) => <Problem trouble={trouble} onRetry={() => props.onRetry()} />}
        </For>
        <Show when={props.atDoor}>
          <p class="text-s text-muted">{still()}</p>
        </Show>
      </div>
    </Show>
  )
}

function Problem(props: { trouble: Trouble; onRetry(): void }): JSX.Element {
  const t = useWords()
  const title = () => t(`problem.${props.trouble.problem}`, props.trouble.kind)
  const text = () => t(`problem.${props.trouble.problem}.text`, props.trouble.kind)
  const retry = () =>
    props.trouble.problem === 'dismissed' ? t('problem.dismissed.way') : t('common.tryAgain')
  return (
    <div class="notice">
      <strong>{title()}</strong>
      <p class="text-s">{text()}</p>
      <div>
        <Show
          when={props.trouble.problem === 'insecure-origin'}
          fallback={
            <button type="button" class="btn mt-1.5" onClick={() => props.onRetry()}>
              {retry()}
            </button>
          }
        >
          <a class="btn mt-1.5" rel="external" href={location.href.replace(/^http:/, 'https:')}>
            {t('problem.insecure-origin.way')}
          </a>
        </Show>
      </div>
    </div>
  )
}
