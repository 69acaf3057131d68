/**
 * A node's network state as the agent sees it.
 *
 * @module
 */

import type { HostChange, HostObserved } from "../host/mod.ts";

/** Reads and changes porter's own part of the kernel's state, and wakes the agent on changes. */
export interface Kernel {
  /** What of ours, and what in our way, is there now. Throws when the tools fail. */
  observe(): Promise<HostObserved>;
  /** Applies one change as a whole: at most one `ip -batch` and one `nft -f`. Throws when refused. */
  apply(change: HostChange): Promise<void>;
  /** Calls back when somebody changed routes or nftables; the result stops that. */
  watch(changed: () => void): () => void;
}
