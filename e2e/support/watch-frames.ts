/** Whether pictures go on while something is done to the servers. */
import type { Person } from './person.ts'

/**
 * Watches the frames between everyone and everyone else until `stop`.
 * @returns the longest time in ms without a new frame, for each direction
 */
export function watchFrames(...people: Person[]): { stop: () => Promise<number[]> } {
  let running = true
  const follow = async (watcher: Person, watched: Person): Promise<number> => {
    let frames = await watcher.framesFrom(watched)
    let changed = performance.now()
    let longest = 0
    while (running) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      const now = await watcher.framesFrom(watched)
      if (now > frames) changed = performance.now()
      frames = now
      longest = Math.max(longest, performance.now() - changed)
    }
    return longest
  }
  const watching = Promise.all(
    people.flatMap((watcher) =>
      people.filter((other) => other !== watcher).map((watched) => follow(watcher, watched)),
    ),
  )
  return {
    stop: () => {
      running = false
      return watching
    },
  }
}
