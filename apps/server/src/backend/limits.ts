/** What both backends agree on and nobody configures. */

/** UTF-16 code units in memory, bytes in Redis: near enough for a bound. */
export const LOG_MAX_BYTES = 8 * 1024 * 1024

/**
 * Milliseconds that a room remembers a presence that has ended: its attempt, its seq, that it may not come back.
 * A page that was away for longer is a newcomer. Without this, a busy room would grow with each reload for ever.
 */
export const REMEMBER_PRESENCE = 24 * 3_600_000

/**
 * Milliseconds, after a room came back from a record, in which a record from before the loss may still correct it or let
 * its holder back in: nobody can keep one and turn a room back with it some other day.
 */
export const RESTORE_WITHIN = 24 * 3_600_000

/** Keys for records that replicas have in common: more than one only where several were made after a loss. */
export const SHARED_SECRETS_MAX = 8
