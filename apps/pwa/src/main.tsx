/** Where the app begins: theme, words, page. */
import './styles/app.css'
import { render } from 'solid-js/web'
import { App } from './app.tsx'
import { chosenLanguage } from './i18n/language.ts'
import { loadWords, WordsProvider } from './i18n/i18n.tsx'
import { loadRoomPage } from './pages/room-page.ts'
import { watchInstallability } from './pwa/install.ts'
import { registerServiceWorker } from './pwa/service-worker.ts'
import { applyTheme } from './theme.ts'

applyTheme()
watchInstallability()
registerServiceWorker()
// Whoever comes by a link needs the room's chunk: it travels together with the words, not after them.
if (location.pathname.startsWith('/r/')) void loadRoomPage().catch(() => undefined)

async function start(): Promise<void> {
  const language = chosenLanguage()
  const words = await loadWords(language)
  const root = document.querySelector('#root')
  if (!root) throw new Error('index.html has no #root')
  render(
    () => (
      <WordsProvider language={language} words={words}>
        <App />
      </WordsProvider>
    ),
    root,
  )
}

// Not awaited here: a chunk that imports from this file would wait for it, and it for the chunk.
void start()
