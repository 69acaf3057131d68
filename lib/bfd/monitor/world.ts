/**
 * What all sessions of a monitor share.
 *
 * @module
 */

import type { Clock, Datagrams, Log, Random } from "../../ports/mod.ts";

/** What the monitor needs from the world. */
export interface MonitorPorts {
  readonly datagrams: Datagrams;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /**
   * Called at once when a session's state changed, and within a second when something else of its status
   * did; from within a timer or a received packet.
   */
  readonly onChange: () => void;
}
