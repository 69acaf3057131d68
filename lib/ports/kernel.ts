/**
 * A node's network state as the agent sees it.
 *
 * @module
 */

import type { HostChange, HostObserved, ObservedForwards } from "../host/mod.ts";

/** Reads and changes porter's own part of the kernel's state, and wakes the agent on changes. */
export interface Kernel {
  /** What of ours, and what in our way, is there now. Throws when the tools fail. */
  observe(): Promise<HostObserved>;
  /**
   * Applies one change: at most one `nft -f`, then, when that went well, at most one `ip -batch`, of
   * which every line is tried. Throws when any of it was refused; observe to see what was done.
   */
  apply(change: HostChange): Promise<void>;
  /**
   * Calls back when somebody, porter too, may have changed what `observe` shows, and once the
   * watching works; the result stops that and ends what it took.
   */
  watch(changed: () => void): () => void;
}

/** Reads and changes the port forward of a node. */
export interface PortForwards {
  /** Whether a process of this node listens on the TCP port. Throws when the tools fail. */
  listens(port: number): Promise<boolean>;
  /** The table, or undefined when there is none. Throws when the tools fail. */
  observe(): Promise<ObservedForwards | undefined>;
  /** Applies an `nft -f` script. Throws when it was refused. */
  apply(script: string): Promise<void>;
}
