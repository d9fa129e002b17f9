/** What a backend reports as it happens, for those who watch over it. */

export interface BackendCounts {
  /** Published entries that weren't heard were read from the log. */
  gapFilled(): void
  /** The store has answered a command, after so many seconds. */
  storeAnswered(seconds: number): void
  /** The store hasn't answered a command, or couldn't do its work. */
  storeFailed(): void
}
