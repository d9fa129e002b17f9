/** Everything that both sides say to each other. The browser takes types from here, values from `./ids`, `./limits`, `./room-error`, `./text`. */
export * from './ids.ts'
export * from './limits.ts'
export * from './peer.ts'
export * from './room.ts'
export * from './room-error.ts'
export * from './room-event.ts'
export * from './signal.ts'
export * from './text.ts'
