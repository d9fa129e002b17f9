/** What a guest's camera sees and their microphone hears: somebody drawn, who sways and blinks, and two soft notes. */
import { type Rgb, toYuv, writeFilm, writeSound } from '../e2e/support/fake-media.ts'

export interface Looks {
  wall: Rgb
  hair: Rgb
  skin: Rgb
  clothes: Rgb
  /** Hertz. */
  note: number
  /** Seconds into the loop at which they are heard, so that they don't talk at once. */
  speaksAt: number
}

const WIDTH = 480
const HEIGHT = 272
const RATE = 20
const SECONDS = 4
const INK: Rgb = [52, 40, 34]

interface Ellipse {
  x: number
  y: number
  rx: number
  ry: number
  colour: Rgb
}

/** At `time`, 0 to 1 through the loop. From the back to the front. */
function shapesAt(looks: Looks, time: number): Ellipse[] {
  const { hair, skin, clothes } = looks
  const sway = Math.sin(2 * Math.PI * time)
  const x = WIDTH / 2 + 9 * sway
  const y = 118 + 3 * Math.sin(4 * Math.PI * time)
  const face = x + 3 * sway
  const eye = { y: y + 10, rx: 5, ry: Math.abs(time - 0.62) < 0.02 ? 1 : 6, colour: INK }
  return [
    { x: WIDTH / 2 + 5 * sway, y: 268, rx: 108, ry: 76, colour: clothes },
    { x, y: y - 4, rx: 66, ry: 70, colour: hair },
    { x: x - 3 * sway, y: y + 62, rx: 22, ry: 26, colour: skin },
    { x, y: y + 14, rx: 52, ry: 58, colour: skin },
    { x: x + 10, y: y - 44, rx: 58, ry: 26, colour: hair },
    { ...eye, x: face - 19 },
    { ...eye, x: face + 19 },
    { x: face, y: y + 42, rx: 11, ry: 2.5 + 6 * talking(looks, time * SECONDS), colour: INK },
  ]
}

/** Lays `value` over a plane where the ellipse is, soft at its edge. */
function draw(plane: Buffer, width: number, { x, y, rx, ry }: Ellipse, value: number): void {
  const height = plane.length / width
  const radius = Math.min(rx, ry)
  for (let row = Math.max(0, Math.floor(y - ry - 1)); row < Math.min(height, y + ry + 1); row++)
    for (let column = Math.floor(x - rx - 1); column < x + rx + 1; column++) {
      const beyond = (Math.hypot((column - x) / rx, (row - y) / ry) - 1) * radius
      const share = Math.min(1, Math.max(0, 0.5 - beyond))
      const at = row * width + column
      if (share > 0) plane[at] = Math.round(plane[at]! + share * (value - plane[at]!))
    }
}

function paint(looks: Looks, time: number): Buffer {
  const quarter = (WIDTH / 2) * (HEIGHT / 2)
  const [y, u, v] = toYuv(looks.wall)
  const planes = [Buffer.alloc(WIDTH * HEIGHT), Buffer.alloc(quarter, u), Buffer.alloc(quarter, v)] as const
  // Light falls in from above.
  for (let row = 0; row < HEIGHT; row++)
    planes[0].fill(Math.round(y + 16 * (1 - row / HEIGHT)), row * WIDTH, (row + 1) * WIDTH)
  for (const shape of shapesAt(looks, time)) {
    const colour = toYuv(shape.colour)
    draw(planes[0], WIDTH, shape, colour[0])
    const half = { ...shape, x: shape.x / 2, y: shape.y / 2, rx: shape.rx / 2, ry: shape.ry / 2 }
    draw(planes[1], WIDTH / 2, half, colour[1])
    draw(planes[2], WIDTH / 2, half, colour[2])
  }
  return Buffer.concat(planes)
}

/** 0 to 1: each note begins at once and fades. */
function talking({ speaksAt }: Looks, second: number): number {
  return [0, 0.35].reduce((loudness, after) => {
    const since = (second - speaksAt - after + SECONDS) % SECONDS
    return Math.max(loudness, since < 0.9 ? Math.exp(-5 * since) : 0)
  }, 0)
}

export async function writePortrait(film: string, sound: string, looks: Looks): Promise<void> {
  const frames = Array.from({ length: RATE * SECONDS }, (_, i) => paint(looks, i / (RATE * SECONDS)))
  await writeFilm(film, { width: WIDTH, height: HEIGHT, rate: RATE }, frames)
  await writeSound(
    sound,
    SECONDS,
    (second) => 0.08 * talking(looks, second) * Math.sin(2 * Math.PI * looks.note * second),
  )
}
