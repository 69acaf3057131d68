/**
 * Nodes as next hops.
 *
 * @module
 */

import { addressKey, formatAddress } from "../net/mod.ts";
import { nodeDrains, nodeVerdicts } from "../plan/mod.ts";
import { type ObjectRef, refusalMeanings } from "../refusal/mod.ts";
import type { NodeReport, RefusalReport } from "./model.ts";
import type { Subject } from "./subject.ts";
import { familyName, nameOf } from "./text.ts";

/** All nodes, in the order of names. */
export function nodesReport(
  { snapshot, plan, unreachable, running, now = 0 }: Subject,
): readonly NodeReport[] {
  const all = ([4, 6] as const).flatMap((family) =>
    nodeVerdicts(snapshot.nodes, family, unreachable)
  );
  const counts = new Map<number | bigint, number>();
  for (const { paths } of plan.announced) {
    for (const { nextHop } of paths) {
      const key = addressKey(nextHop);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const drains = nodeDrains(snapshot, now);
  const bfd = new Map(running?.bfd.map((each) => [each.name, each.state]));
  return snapshot.nodes.map((node) => {
    const drain = drains.get(node.ref.name);
    const verdicts = all.filter((hop) => hop.node === node.ref.name);
    return {
      name: node.ref.name,
      addresses: node.internalIps.map(formatAddress),
      eligible: verdicts.filter(({ out }) => out === undefined).map(({ family }) =>
        familyName(family)
      ),
      out: Object.fromEntries(
        verdicts.flatMap(({ family, out }) => out === undefined ? [] : [[familyName(family), out]]),
      ),
      cordoned: node.unschedulable,
      drain: drain === undefined ? null : { phase: drain.phase, leavesAt: drain.leavesAt ?? null },
      bfd: bfd.get(`Node ${node.ref.name}`) ?? null,
      eips: node.internalIps.reduce((sum, each) => sum + (counts.get(addressKey(each)) ?? 0), 0),
    };
  }).sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Every "no", with what its reason means. */
export function refusalsReport({ refusals }: Subject): readonly RefusalReport[] {
  return refusals.map(({ object, reason, message }) => ({
    object: objectOf(object),
    reason,
    message,
    meaning: refusalMeanings[reason],
  }));
}

function objectOf(ref: ObjectRef): string {
  return `${ref.kind} ${nameOf(ref)}`;
}
