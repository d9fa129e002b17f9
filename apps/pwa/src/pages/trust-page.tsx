/** For phones that have been warned about this server's certificate: what it is, and how to trust it. */
import Download from 'lucide-solid/icons/download'
import { createSignal, For, type JSX, Match, Switch } from 'solid-js'
import { useLanguage } from '../i18n/i18n.tsx'
import { TRUST_WORDS } from '../i18n/trust-words.ts'
import { CERTIFICATE_PATH, lookForCertificate, type TrustOffer } from '../trust.ts'
import { MessagePage } from '../ui/message-page.tsx'
import { createTitle, focusHeading } from '../ui/page.ts'
import { PageHeader } from '../ui/page-header.tsx'

export default function TrustPage(): JSX.Element {
  const { t, language } = useLanguage()
  const words = () => TRUST_WORDS[language()]
  const [offer, setOffer] = createSignal<TrustOffer>({ state: 'looking' })
  const look = (): void => void lookForCertificate().then(setOffer)
  look()
  const offered = (): string | undefined => {
    const found = offer()
    return found.state === 'offered' ? found.fingerprint : undefined
  }
  return (
    <Switch>
      <Match when={offered()}>{(fingerprint) => <Offered fingerprint={fingerprint()} />}</Match>
      <Match when={offer().state === 'none'}>
        <MessagePage title={words().none} text={words().noneText}>
          <a href="/" class="btn primary">
            {t('common.home')}
          </a>
        </MessagePage>
      </Match>
      <Match when={offer().state === 'unreachable'}>
        <MessagePage title={t('home.offlineTitle')} text={words().unreachable}>
          <button type="button" class="btn primary" onClick={look}>
            {t('common.tryAgain')}
          </button>
          <a href="/" class="btn">
            {t('common.home')}
          </a>
        </MessagePage>
      </Match>
    </Switch>
  )
}

function Offered(props: { fingerprint: string }): JSX.Element {
  const { t, language } = useLanguage()
  const words = () => TRUST_WORDS[language()]
  createTitle(() => words().title)
  return (
    <div>
      <PageHeader>
        <a href="/" class="btn ghost">
          {t('common.home')}
        </a>
      </PageHeader>
      <main class="rise mx-auto grid w-full max-w-[760px] gap-6 px-5 pt-6 pb-12">
        <div class="grid gap-2">
          <h1 ref={focusHeading} tabindex="-1" class="text-2xl font-bold">
            {words().title}
          </h1>
          <p class="text-l text-muted">{words().text}</p>
        </div>
        <section class="card grid gap-3 p-5" aria-labelledby="trust-fingerprint">
          <h2 id="trust-fingerprint" class="text-l font-bold">
            {words().fingerprint}
          </h2>
          <p class="text-muted">{words().fingerprintText}</p>
          {/* The same pieces as in the terminal, so that both can be compared by eye. */}
          <code class="grid gap-0.5 text-s wrap-anywhere" data-fingerprint={props.fingerprint}>
            <For each={props.fingerprint.match(/(?:..:){7}../g)}>{(part) => <span>{part}</span>}</For>
          </code>
          {/* Not a page of the app; and with `download` iOS would keep a file instead of offering to install it. */}
          <a href={CERTIFICATE_PATH} rel="external" class="btn primary mt-1 wide:justify-self-start">
            <Download size={20} aria-hidden="true" />
            {words().download}
          </a>
        </section>
        <div class="grid gap-6 wide:grid-cols-2">
          <Steps id="trust-ios" title={words().ios} steps={[words().ios1, words().ios2, words().ios3]} />
          <Steps
            id="trust-android"
            title={words().android}
            steps={[words().android1, words().android2, words().android3]}
          />
        </div>
        <p>{words().after}</p>
        <p class="text-muted">{words().computer}</p>
        <section class="grid gap-2" aria-labelledby="trust-meaning">
          <h2 id="trust-meaning" class="text-l font-bold">
            {words().meaning}
          </h2>
          <p class="text-muted">{words().meaningText}</p>
          <p class="text-muted">{words().remove}</p>
        </section>
      </main>
    </div>
  )
}

function Steps(props: { id: string; title: string; steps: string[] }): JSX.Element {
  return (
    <section class="card grid content-start gap-3 p-5" aria-labelledby={props.id}>
      <h2 id={props.id} class="text-l font-bold">
        {props.title}
      </h2>
      <ol class="grid list-decimal gap-2 pl-5">
        <For each={props.steps}>{(step) => <li>{step}</li>}</For>
      </ol>
    </section>
  )
}
