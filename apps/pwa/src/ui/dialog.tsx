/** A native modal dialog: the browser keeps the focus inside, closes it on Esc and gives the focus back. */
import X from 'lucide-solid/icons/x'
import { createEffect, createUniqueId, type JSX, onCleanup, Show } from 'solid-js'
import { useWords } from '../i18n/i18n.tsx'
import { createLayer } from './back.ts'

interface DialogProps {
  open: boolean
  title: string
  onClose(): void
  children: JSX.Element
}

export function Dialog(props: DialogProps): JSX.Element {
  const t = useWords()
  const titleId = createUniqueId()
  let dialog!: HTMLDialogElement

  createEffect(() => {
    if (props.open && !dialog.open) dialog.showModal()
    // `close()` is what gives the focus back; taking the element out of the page doesn't.
    if (!props.open && dialog.open) dialog.close()
  })
  onCleanup(() => dialog.open && dialog.close())
  createLayer(
    () => props.open,
    () => props.onClose(),
  )

  // A press that began on a field and ended outside isn't meant to close it: `mousedown`, not `click`.
  const closeOnBackdrop = (event: MouseEvent): void => {
    if (event.target !== dialog) return
    const box = dialog.getBoundingClientRect()
    const { clientX: x, clientY: y } = event
    if (x < box.left || x > box.right || y < box.top || y > box.bottom) props.onClose()
  }

  return (
    <dialog
      ref={dialog}
      class="sheet"
      aria-labelledby={titleId}
      onClose={() => props.onClose()}
      onMouseDown={closeOnBackdrop}
    >
      <Show when={props.open}>
        <div class="mb-4 flex items-center gap-3">
          <h2 id={titleId} class="flex-1 text-xl font-bold">
            {props.title}
          </h2>
          <button type="button" class="btn ghost icon -my-2 -mr-2" onClick={() => props.onClose()}>
            <X size={22} aria-hidden="true" />
            <span class="sr-only">{t('common.close')}</span>
          </button>
        </div>
        {props.children}
      </Show>
    </dialog>
  )
}
