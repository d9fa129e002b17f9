/** The door to the chunk that green room, call and left page share. */
import type { Component } from 'solid-js'

export const loadRoomPage = (): Promise<{ default: Component }> => import('./room.tsx')
