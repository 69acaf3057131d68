/**
 * Taking a node out without losing a request (RFC 8326): first its paths say GRACEFUL_SHUTDOWN, so that
 * leaf switches prefer the others while it still serves, and after a delay they are withdrawn, but never
 * so many that fewer next hops than the floor are left.
 *
 * A node is drained by its annotation, which holds the time at which that began, and where the BgpConf says so by
 * being cordoned. Time is an argument: all managers judge alike.
 *
 * @module
 */

import type { PathAttributes } from "../bgp/model/mod.ts";
import type { Drain, Node, Snapshot } from "../objects/mod.ts";
import { byAge } from "./order.ts";

/** How far a node's drain is. */
export type DrainPhase = "draining" | "leaving";

/** How nodes are drained where no BgpConf says it. */
export const drainDefaults: Drain = { withdrawAfter: 60, minNextHops: 1, onCordon: false };

/** How nodes are drained: the BgpConf in force says it. */
export function drainOf({ bgpConfs }: Pick<Snapshot, "bgpConfs">): Drain {
  const [conf] = bgpConfs.filter((each) => !each.deleting).sort(byAge);
  return conf?.spec.drain ?? drainDefaults;
}

/** A node's drain: how far it is, and when it leaves. */
export interface NodeDrain {
  readonly phase: DrainPhase;
  /** Milliseconds since the epoch. */
  readonly leavesAt: number | undefined;
}

/** The nodes that are drained, by name, at a time in milliseconds since the epoch. */
export function nodeDrains(
  snapshot: Pick<Snapshot, "bgpConfs" | "nodes">,
  now: number,
): ReadonlyMap<string, NodeDrain> {
  const drain = drainOf(snapshot);
  return new Map(snapshot.nodes.flatMap((node) => {
    const phase = drainPhase(node, drain, now);
    return phase === undefined ? [] : [[node.ref.name, { phase, leavesAt: leavesAt(node, drain) }]];
  }));
}

/** How far a node's drain is at a time, in milliseconds since the epoch; undefined: not drained. */
export function drainPhase(node: Node, drain: Drain, now: number): DrainPhase | undefined {
  if (!isDrained(node, drain)) return undefined;
  const at = leavesAt(node, drain);
  return at !== undefined && now >= at ? "leaving" : "draining";
}

/** When the next phase begins, after `now`; undefined when none will. */
export function nextPhaseAt(nodes: readonly Node[], drain: Drain, now: number): number | undefined {
  const times = nodes.flatMap((node) => leavesAt(node, drain) ?? []).filter((at) => at > now);
  return times.length === 0 ? undefined : Math.min(...times);
}

/**
 * What the paths of a drained node say. Internal peers are told the lowest LOCAL_PREF as well: among
 * them it is the sender's to set.
 */
export const drainedAttributes: PathAttributes = { communities: [0xffff0000], localPref: 0 };

function isDrained(node: Node, drain: Drain): boolean {
  return node.drain !== undefined || (drain.onCordon && node.unschedulable);
}

function leavesAt(node: Node, drain: Drain): number | undefined {
  if (!isDrained(node, drain)) return undefined;
  const since = node.drain === undefined ? node.cordonedAt : node.drain.since;
  return since === undefined ? undefined : since + drain.withdrawAfter * 1000;
}
