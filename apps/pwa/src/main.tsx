/** Where the app begins: theme, words, page. */
import './styles/app.css'
import { type JSX, Show } from 'solid-js'
import { render } from 'solid-js/web'
import { App } from './app.tsx'
import { chosenLanguage, NO_WORDS } from './i18n/language.ts'
import { loadWords, WordsProvider } from './i18n/i18n.tsx'
import { loadRoomPage } from './pages/room-page.ts'
import { watchInstallability } from './pwa/install.ts'
import { registerServiceWorker, reloadFromServer } from './pwa/service-worker.ts'
import { connectEarly } from './rooms/connect-early.ts'
import { applyTheme } from './theme.ts'
import { watchBack } from './ui/back.ts'

applyTheme()
watchBack()
watchInstallability()
registerServiceWorker()
// Whoever comes by a link needs the room's chunk and a connection: they come together with the words, not after them.
if (location.pathname.startsWith('/r/')) void loadRoomPage().catch(() => undefined)
connectEarly(location.pathname)

const language = chosenLanguage()

async function start(): Promise<void> {
  const words = await loadWords(language).catch(() => undefined)
  const root = document.querySelector('#root')
  if (!root) throw new Error('index.html has no #root')
  render(
    () => (
      <Show when={words} fallback={<NoWords />}>
        {(loaded) => (
          <WordsProvider language={language} words={loaded()}>
            <App />
          </WordsProvider>
        )}
      </Show>
    ),
    root,
  )
}

/** The server has another version by now, or can't be reached: without words no page can say so. */
function NoWords(): JSX.Element {
  return (
    <main class="grid min-h-dvh place-content-center justify-items-center gap-4 p-5 text-center">
      <p>{NO_WORDS[language].text}</p>
      <button type="button" class="btn primary" onClick={() => void reloadFromServer()}>
        {NO_WORDS[language].reload}
      </button>
    </main>
  )
}

// Not awaited here: a chunk that imports from this file would wait for it, and it for the chunk.
void start()
