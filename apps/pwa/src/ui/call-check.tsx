/** The connection check from within a call: who can't be reached, why that may be, and the call goes on meanwhile. */
import { createMemo, ErrorBoundary, type JSX, lazy, Show, Suspense } from 'solid-js'
import type { CallState } from '../call/call-state.ts'
import { useWords } from '../i18n/i18n.tsx'
import { Dialog } from './dialog.tsx'

const ConnectionCheck = lazy(() => import('./connection-check.tsx'))

/** Over the stage, while there is somebody whom no connection could be made to. */
export function FailedNotice(props: { state: CallState; onCheck(): void }): JSX.Element {
  const t = useWords()
  const name = createMemo(
    () => props.state.participants.find(({ connection }) => connection === 'failed')?.name,
  )
  return (
    <div role="status">
      <Show when={name()}>
        {(who) => (
          <button type="button" class="banner min-h-11" onClick={() => props.onCheck()}>
            {t('check.whyFailed', who())}
            <span class="underline underline-offset-2">{t('check.findOut')}</span>
          </button>
        )}
      </Show>
    </div>
  )
}

/** Without camera and microphone: the call has them, and some phones would take them from it. */
export function CallCheck(props: { open: boolean; roomId: string; onClose(): void }): JSX.Element {
  const t = useWords()
  return (
    <Dialog open={props.open} title={t('check.title')} onClose={() => props.onClose()}>
      <ErrorBoundary fallback={<p role="alert">{t('error.chunkTitle')}</p>}>
        <Suspense fallback={<p role="status">{t('common.loading')}</p>}>
          <ConnectionCheck devices={false} roomId={props.roomId} />
        </Suspense>
      </ErrorBoundary>
    </Dialog>
  )
}
