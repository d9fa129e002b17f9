/** What a load may be told, and one line for what it can't do. */

export interface LoadOptions {
  rooms: number
  /** In each room. */
  members: number
  /** How many replicas, one run after the other. */
  replicas: number[]
  /** Of talking; the rest takes what it takes. */
  seconds: number
}

export const LOAD_DEFAULTS = { rooms: '40', members: '6', replicas: '1,2,3', seconds: '6' } as const

/** Its message is for whoever typed it. */
export class OptionError extends Error {}

function integer(name: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text)
  if (/^\d{1,6}$/.test(text) && value >= min && value <= max) return value
  throw new OptionError(`--${name} must be a whole number from ${min} to ${max}, and "${text}" is not`)
}

/** @throws OptionError */
export function readLoadOptions(values: Record<keyof typeof LOAD_DEFAULTS, string>): LoadOptions {
  const options = {
    rooms: integer('rooms', values.rooms, { min: 1, max: 1_000 }),
    members: integer('members', values.members, { min: 2, max: 10 }),
    replicas: values.replicas.split(',').map((text) => integer('replicas', text.trim(), { min: 1, max: 9 })),
    seconds: integer('seconds', values.seconds, { min: 1, max: 600 }),
  }
  // A replica takes 10,000 connections, and after a fault one may have to take them all.
  const people = options.rooms * options.members
  if (people > 9_000)
    throw new OptionError(`--rooms × --members must be 9,000 people at most, and ${people} are too many`)
  return options
}
