/** Every number that both sides must agree on. Nothing here needs zod, so the browser can import it. */

/** The protocol's version. The server serves this one and the one before it. */
export const PROTOCOL_VERSION = 1
export const OLDEST_PROTOCOL_VERSION = 1

/** The bytes leave room for as many emoji of a family as graphemes; they are there to stop what only looks short. */
export const NAME = { maxGraphemes: 40, maxBytes: 1_024 } as const
export const ROOM_NAME = { maxGraphemes: 60, maxBytes: 1_536 } as const

export const MIN_CAPACITY = 2
export const MAX_CAPACITY = 10
export const DEFAULT_CAPACITY = 10

/** Characters of the key that a server may ask of those who make rooms. */
export const CREATE_KEY = { min: 8, max: 256 } as const

/** Colours that a person can have: an index into the palette of the app. */
export const COLORS = 12

/** Chat: code points in a message, messages in a room's history. */
export const CHAT_MAX_LENGTH = 2_000
export const CHAT_HISTORY = 200

/** What one can throw in without a word. Shown for a moment and not kept. */
export const REACTIONS = ['👍', '❤️', '👏', '😂', '😮', '🎉'] as const
export type Reaction = (typeof REACTIONS)[number]

/** Bytes of one `room.send` batch, as JSON, that a client fills at most. */
export const BATCH_MAX_BYTES = 48 * 1024
export const BATCH_MAX_MESSAGES = 64
/** Characters of a room's record, as it travels. */
export const RECORD_MAX_LENGTH = 16 * 1024
/** Bytes of an SDP and of one ICE candidate. */
export const SDP_MAX_BYTES = 32 * 1024
export const CANDIDATE_MAX_BYTES = 1_024
export const CANDIDATES_MAX = 64

/** Milliseconds between a client's pings in a call, and elsewhere. */
export const PING_IN_CALL_MS = 2_000
export const PING_ELSEWHERE_MS = 20_000
