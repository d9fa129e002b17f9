/** The pages and their addresses. What a call needs is a chunk of its own, loaded at a room's door. */
import { Route, Router } from '@solidjs/router'
import { ErrorBoundary, type JSX, lazy, type ParentProps, Show, Suspense } from 'solid-js'
import { ErrorPage } from './pages/error-page.tsx'
import { HomePage } from './pages/home-page.tsx'
import { loadRoomPage } from './pages/room-page.ts'
import { inRoom } from './pwa/open-rooms.ts'
import { offer } from './pwa/service-worker.ts'

const RoomPage = lazy(loadRoomPage)
const CheckPage = lazy(() => import('./pages/check-page.tsx'))
const SettingsPage = lazy(() => import('./pages/settings-page.tsx'))
const TrustPage = lazy(() => import('./pages/trust-page.tsx'))
const NotFoundPage = lazy(() => import('./pages/not-found-page.tsx'))
const UpdateBar = lazy(() => import('./ui/update-bar.tsx'))

function Shell(props: ParentProps): JSX.Element {
  return (
    <>
      <ErrorBoundary fallback={(error: unknown) => <ErrorPage error={error} />}>
        <Suspense>{props.children}</Suspense>
      </ErrorBoundary>
      <UpdateOffer />
    </>
  )
}

/** Below every page but a room's. It can do without the bar when its chunk doesn't come; the page can't. */
function UpdateOffer(): JSX.Element {
  return (
    <div class="sticky bottom-0 z-3 self-end" role="status">
      <ErrorBoundary fallback={null}>
        <Suspense>
          <Show when={offer() !== 'none' && !inRoom()}>
            <UpdateBar />
          </Show>
        </Suspense>
      </ErrorBoundary>
    </div>
  )
}

export function App(): JSX.Element {
  return (
    <Router root={Shell}>
      <Route path="/" component={HomePage} />
      <Route path="/r/:roomId" component={RoomPage} />
      <Route path="/doctor" component={CheckPage} />
      <Route path="/settings" component={SettingsPage} />
      <Route path="/trust" component={TrustPage} />
      <Route path="*rest" component={NotFoundPage} />
    </Router>
  )
}
