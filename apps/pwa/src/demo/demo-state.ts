/** What `npm run demo` tells its page, over and over, at `/demo/events`. Types only: both sides import it. */

export interface DemoServer {
  name: 'A' | 'B'
  state: 'up' | 'stopped' | 'starting'
  /** The process, as a call's `instance` names it; of the last one while there is none. */
  instance: string
}

export interface DemoState {
  servers: DemoServer[]
  /** The artificial guests, and how many messages each has said: numbered from 1, the number at the end of the text. */
  guests: { peerId: string; said: number }[]
}
