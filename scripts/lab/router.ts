/**
 * A router of the lab, whichever implementation it is.
 *
 * @module
 */

import type { Lab } from "./lab.ts";
import { until, type Waited, type WaitOptions } from "./wait.ts";

/** What a leaf's own BGP table uses for a prefix. */
export interface Table {
  /** The next hops, each once, sorted as text. */
  nextHops(prefix: string): Promise<readonly string[]>;
}

/** Waits until a prefix has exactly these next hops, in any order; [] waits for its withdrawal. */
export function tableHas(
  { lab, table, prefix, hops, ...options }: WaitOptions & {
    readonly lab: Lab;
    readonly table: Table;
    readonly prefix: string;
    readonly hops: readonly string[];
  },
): Promise<Waited<true>> {
  const wanted = [...hops].sort().join(" ");
  return until(`the leaf has ${prefix} via [${wanted}]`, async () => {
    return (await table.nextHops(prefix)).join(" ") === wanted && true;
  }, { signal: lab.signal, ...options });
}

/** A router in a namespace of its own. */
export interface Router extends Table {
  /** Its namespace. */
  readonly role: string;
  /** All of its configuration, as it is loaded. */
  readonly config: string;
  /** Starts it and waits until it answers; also again after `kill`. */
  start(): Promise<void>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  /** What shows its table, to be typed in the checkout's folder. */
  readonly look: string;
  /** Its sessions and its table, for people. */
  show(): Promise<string>;
}
