/** The door to the chunk that green room, call and left page share. */
export const loadRoomPage = (): Promise<typeof import('./room.tsx')> => import('./room.tsx')
