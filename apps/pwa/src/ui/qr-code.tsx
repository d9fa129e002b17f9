/** A link as a QR code, drawn as one SVG path: no markup is made from text. */
import type { JSX } from 'solid-js'
import { encode } from 'uqr'

interface QrCodeProps {
  text: string
  label: string
}

export default function QrCode(props: QrCodeProps): JSX.Element {
  const code = () => encode(props.text, { ecc: 'M', border: 2 })
  const path = (): string =>
    code()
      .data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])))
      .join('')
  return (
    <svg
      viewBox={`0 0 ${code().size} ${code().size}`}
      role="img"
      aria-label={props.label}
      shape-rendering="crispEdges"
    >
      {/* Dark on light in both themes: many readers know no other. */}
      <rect width={code().size} height={code().size} fill="#fff" />
      <path d={path()} fill="#14120f" />
    </svg>
  )
}
