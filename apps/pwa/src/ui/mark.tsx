/** The mark: four planks of a floor that are also four tiles of a call. */
import type { JSX } from 'solid-js'

export function Mark(): JSX.Element {
  return (
    <svg class="size-[30px] flex-none" viewBox="0 0 32 32" aria-hidden="true">
      <rect x="2" y="2" width="13" height="17" rx="4" fill="var(--text)" />
      <rect x="17" y="2" width="13" height="11" rx="4" fill="var(--accent)" />
      <rect x="2" y="21" width="13" height="9" rx="4" fill="var(--muted)" />
      <rect x="17" y="15" width="13" height="15" rx="4" fill="var(--text)" />
    </svg>
  )
}
