/** Makes what a person's camera and microphone send: a film of one colour (y4m) and a pulsing tone (wav). */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'

export type Rgb = readonly [red: number, green: number, blue: number]

const WIDTH = 320
const HEIGHT = 240
const FRAMES = 4
const SAMPLE_RATE = 48_000

export interface FilmSize {
  width: number
  height: number
  /** Frames a second. */
  rate: number
}

/** A film that Chromium plays over and over: frames of planes Y, U and V, the latter two of half the size. */
export async function writeFilm(
  path: string,
  { width, height, rate }: FilmSize,
  frames: Buffer[],
): Promise<void> {
  const header = Buffer.from(`YUV4MPEG2 W${width} H${height} F${rate}:1 Ip A1:1 C420jpeg\n`)
  await writeFile(
    path,
    Buffer.concat([header, ...frames.flatMap((frame) => [Buffer.from('FRAME\n'), frame])]),
  )
}

/** Limited-range BT.601, which is what Chromium takes a small y4m for. */
export function toYuv([r, g, b]: Rgb): [number, number, number] {
  const y = 16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255
  const u = 128 + (-37.797 * r - 74.203 * g + 112 * b) / 255
  const v = 128 + (112 * r - 93.786 * g - 18.214 * b) / 255
  return [Math.round(y), Math.round(u), Math.round(v)]
}

/** A film of one colour that Chromium plays over and over as the camera. */
export async function writeColourFilm(
  path: string,
  colour: Rgb,
  size: FilmSize = { width: WIDTH, height: HEIGHT, rate: 15 },
): Promise<void> {
  const [y, u, v] = toYuv(colour)
  const area = size.width * size.height
  const frame = Buffer.concat([Buffer.alloc(area, y), Buffer.alloc(area / 4, u), Buffer.alloc(area / 4, v)])
  await writeFilm(
    path,
    size,
    Array.from({ length: FRAMES }, () => frame),
  )
}

/** A film that no encoder can make smaller: what is sent of it is what may be sent. */
export async function writeNoiseFilm(path: string, size: FilmSize): Promise<void> {
  const area = size.width * size.height
  const grey = Buffer.alloc(area / 2, 128)
  await writeFilm(
    path,
    size,
    Array.from({ length: FRAMES }, () => Buffer.concat([randomBytes(area), grey])),
  )
}

/** Two seconds of a tone that comes and goes five times: a steady one is noise, and gets suppressed as such. */
export const writeTone = (path: string, hertz: number): Promise<void> =>
  writeSound(path, 2, (second) => {
    const loud = (second * 2.5) % 1 < 0.6
    return loud ? (12_000 / 32_767) * Math.sin(2 * Math.PI * hertz * second) : 0
  })

/** A sound that Chromium plays over and over. `at` answers from -1 to 1. */
export async function writeSound(
  path: string,
  seconds: number,
  at: (second: number) => number,
): Promise<void> {
  const samples = Buffer.alloc(SAMPLE_RATE * seconds * 2)
  for (let i = 0; i < samples.length / 2; i++)
    samples.writeInt16LE(Math.round(32_767 * at(i / SAMPLE_RATE)), i * 2)
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20) // PCM
  header.writeUInt16LE(1, 22) // mono
  header.writeUInt32LE(SAMPLE_RATE, 24)
  header.writeUInt32LE(SAMPLE_RATE * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  await writeFile(path, Buffer.concat([header, samples]))
}
