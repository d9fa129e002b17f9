/** The people of the tests: a name, a colour and a tone that are nobody else's. */
import type { Rgb } from './fake-media.ts'

export interface Role {
  name: string
  colour: Rgb
  /** Hertz; no tone is a multiple of another one, so that distortion can't be taken for somebody. */
  tone: number
}

export const CAST = {
  ana: { name: 'Ana', colour: [200, 40, 40], tone: 500 },
  bora: { name: '보라', colour: [40, 170, 60], tone: 820 },
  chen: { name: 'Chen', colour: [50, 70, 210], tone: 1_230 },
} satisfies Record<string, Role>
