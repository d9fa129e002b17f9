/** The pages and their addresses. What a call needs is a chunk of its own, loaded at a room's door. */
import { Route, Router } from '@solidjs/router'
import { ErrorBoundary, type JSX, lazy, type ParentProps, Suspense } from 'solid-js'
import { ErrorPage } from './pages/error-page.tsx'
import { HomePage } from './pages/home-page.tsx'
import { loadRoomPage } from './pages/room-page.ts'

const RoomPage = lazy(loadRoomPage)
const SettingsPage = lazy(() => import('./pages/settings-page.tsx'))
const NotFoundPage = lazy(() => import('./pages/not-found-page.tsx'))

function Shell(props: ParentProps): JSX.Element {
  return (
    <ErrorBoundary fallback={(error: unknown) => <ErrorPage error={error} />}>
      <Suspense>{props.children}</Suspense>
    </ErrorBoundary>
  )
}

export function App(): JSX.Element {
  return (
    <Router root={Shell}>
      <Route path="/" component={HomePage} />
      <Route path="/r/:roomId" component={RoomPage} />
      <Route path="/settings" component={SettingsPage} />
      <Route path="*rest" component={NotFoundPage} />
    </Router>
  )
}
