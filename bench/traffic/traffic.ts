/** Numbered messages on their way, and whether all of them came: once to each who is to hear them, and acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Far beyond what any of it takes: what hasn't come by then was lost. */
const LOST_AFTER_MS = 10_000

export class Traffic {
  /** Milliseconds from saying to hearing. */
  readonly delays: number[] = []
  said = 0
  #heard = 0
  #unwanted = 0
  #failed = 0
  #pending = 0
  readonly #copies: number
  readonly #onItsWay = new Map<number, { saidAt: number; left: number; arrived: () => void }>()

  /** @param copies how many hear each message */
  constructor(copies = 1) {
    this.#copies = copies
  }

  get complete(): boolean {
    return this.#heard === this.said * this.#copies && this.#unwanted === 0 && this.#failed === 0
  }

  /**
   * Says so many messages by one act.
   * @param act resolves when they are acknowledged
   * @returns when that is so, and all have been heard
   */
  async say(count: number, act: (numbers: number[]) => Promise<void>): Promise<void> {
    const saidAt = performance.now()
    const numbers = Array.from({ length: count }, () => this.said++)
    const arrivals = numbers.map((n) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#onItsWay.set(n, { saidAt, left: this.#copies, arrived: resolve })
      return promise
    })
    this.#pending++
    try {
      await act(numbers)
      await Promise.all(arrivals)
    } catch {
      this.#failed++
    } finally {
      this.#pending--
    }
  }

  hear(numbers: number[]): void {
    const now = performance.now()
    for (const n of numbers) {
      const message = this.#onItsWay.get(n)
      if (!message) {
        this.#unwanted++
        continue
      }
      this.#heard++
      this.delays.push(now - message.saidAt)
      if (--message.left > 0) continue
      this.#onItsWay.delete(n)
      message.arrived()
    }
  }

  /** Until nothing is on its way any more, or was for too long. */
  async settle(): Promise<void> {
    const deadline = performance.now() + LOST_AFTER_MS
    while (this.#pending > 0 && performance.now() < deadline) await sleep(5)
  }
}
