/** Where `npm run demo` puts its bar into a call. Anywhere else nothing of it is loaded, nor asked for. */
import { ErrorBoundary, type JSX, lazy, Show, Suspense } from 'solid-js'
import type { CallState } from '../call/call-state.ts'
import { recall, remember } from '../storage.ts'

const DemoBar = lazy(() => import('./demo-bar.tsx'))

const KEY = 'maru.demo'

/** The demo's address leads here with a mark, which holds for the tab. It runs on this computer alone. */
function isDemo(): boolean {
  if (!['localhost', '127.0.0.1'].includes(location.hostname)) return false
  if (location.hash === '#demo') remember(KEY, 'yes', 'session')
  return location.hash === '#demo' || recall(KEY, 'session') === 'yes'
}

export function DemoSlot(props: { state: CallState }): JSX.Element {
  return (
    <Show when={isDemo()}>
      <ErrorBoundary fallback={null}>
        <Suspense>
          <DemoBar state={props.state} />
        </Suspense>
      </ErrorBoundary>
    </Show>
  )
}
