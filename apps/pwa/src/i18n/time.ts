/** Times as people say them, in their language. */

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/**
 * How long ago something was.
 * @param elapsed milliseconds; less than a minute, or a clock that is ahead, gives `undefined`
 */
export function ago(elapsed: number, language: string): string | undefined {
  const step = STEPS.find(([, length]) => elapsed >= length)
  if (!step) return undefined
  const [unit, length] = step
  const format = new Intl.RelativeTimeFormat(language, { style: 'short' })
  return format.format(-Math.floor(elapsed / length), unit)
}

/** A running clock: `4:05`, `1:04:05`. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const shown = parts[0] === 0 ? parts.slice(1) : parts
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}
