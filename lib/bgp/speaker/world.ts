/**
 * What all peers of a speaker share.
 *
 * @module
 */

import type { Clock, Log, Random, Transport } from "../../ports/mod.ts";
import type { LocRib } from "../rib/mod.ts";
import type { Farewells } from "./farewells.ts";
import type { Throttle } from "./throttle.ts";

/** The ports of the speaker, its one table of routes, and what bounds it. */
export interface World {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly rib: LocRib;
  readonly farewells: Farewells;
  readonly throttle: Throttle;
  /** Milliseconds since the speaker was made. */
  readonly uptime: () => number;
  /** A status changed. */
  readonly onChange: () => void;
  /** A peer's connection has taken all that changed since then, by the monotonic clock. */
  readonly onTold: (since: number) => void;
  /** A connection was turned away. */
  readonly onRefused: () => void;
}
