/**
 * What a loop says of itself to those who watch over it.
 *
 * @module
 */

/** How a loop is, asked from outside at any time and for nothing. */
export interface Pulse {
  /** Milliseconds for which a pass that is due, or under way, has not ended; 0 when there is none. */
  readonly overdueMs: number;
  /** What keeps it from being ready, each in words; empty when it is. */
  readonly missing: readonly string[];
}
