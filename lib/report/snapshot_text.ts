/**
 * A snapshot as JSON and back, for a plan of a change beside the running porter. 64-bit and longer
 * numbers become text; nothing that could be a secret goes along.
 *
 * @module
 */

import type { Snapshot } from "../objects/mod.ts";

const bigKey = "$bigint";

/** What `JSON.stringify` can write of the objects. */
export function snapshotToText(snapshot: Snapshot): unknown {
  const { complete, eips, bgpConfs, bgpPeers, services, endpointSlices, nodes, faults } = snapshot;
  const { namespaces, reserved } = snapshot;
  // Field by field: what a snapshot may have one day beside these is not for strangers.
  const told: Snapshot = {
    ...{ complete, eips, bgpConfs, bgpPeers, services, endpointSlices, nodes, faults },
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(reserved === undefined ? {} : { reserved }),
  };
  return JSON.parse(JSON.stringify(told, (key, value: unknown) => {
    if (/password|secret/i.test(key)) return undefined;
    return typeof value === "bigint" ? { [bigKey]: value.toString() } : value;
  }));
}

/** The objects that such JSON tells; it must be of a porter of the same version. */
export function snapshotFromText(told: unknown): Snapshot {
  return JSON.parse(JSON.stringify(told), (_, value: unknown) => {
    const big = (value as Record<string, unknown> | null)?.[bigKey];
    return typeof big === "string" ? BigInt(big) : value;
  }) as Snapshot;
}
