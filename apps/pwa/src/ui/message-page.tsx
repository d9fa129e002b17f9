/** A page with one thing to say and one or two ways on. */
import type { JSX } from 'solid-js'
import { createTitle, focusHeading } from './page.ts'
import { PageHeader } from './page-header.tsx'

interface MessagePageProps {
  title: string
  text?: string | undefined
  /** The ways on: buttons and links, the main one first. */
  children: JSX.Element
  /** What else there is to say, quietly. */
  below?: JSX.Element
}

export function MessagePage(props: MessagePageProps): JSX.Element {
  createTitle(() => props.title)
  return (
    <div class="grid min-h-dvh grid-rows-[auto_1fr]">
      <PageHeader />
      <main class="rise mx-auto grid w-full max-w-[520px] content-center justify-items-center gap-4 px-5 pt-4 pb-[14vh] text-center">
        <h1 ref={focusHeading} tabindex="-1" class="text-2xl font-bold">
          {props.title}
        </h1>
        <p class="max-w-[34em] text-l text-balance text-muted">{props.text}</p>
        <div class="mt-3 flex flex-wrap justify-center gap-3">{props.children}</div>
        {props.below}
      </main>
    </div>
  )
}
