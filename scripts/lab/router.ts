/**
 * A router of the lab, whichever implementation it is.
 *
 * @module
 */

/** A router in a namespace of its own. */
export interface Router {
  /** Its namespace. */
  readonly role: string;
  /** All of its configuration, as it is loaded. */
  readonly config: string;
  /** Starts it and waits until it answers; also again after `kill`. */
  start(): Promise<void>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  /** The next hops that its own BGP table uses for a prefix, each once, sorted as text. */
  nextHops(prefix: string): Promise<readonly string[]>;
  /** What shows its table, to be typed in the checkout's folder. */
  readonly look: string;
  /** Its sessions and its table, for people. */
  show(): Promise<string>;
}
