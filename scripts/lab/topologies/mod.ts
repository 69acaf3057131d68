/**
 * Network architectures as labs, by name.
 *
 * @module
 */

import { overIpv6 } from "./over_ipv6.ts";
import { oneLeafTopologies } from "./one_leaf.ts";
import { routeReflector } from "./route_reflector.ts";
import { spineLeaf } from "./spine_leaf.ts";
import type { Topology } from "./topology.ts";
import { twoLeaves } from "./two_leaves.ts";

export * from "./around.ts";
export * from "./bird_config.ts";
export * from "./bird_router.ts";
export * from "./frr_config.ts";
export type * from "./mesh.ts";
export * from "./router_spec.ts";
export * from "./scene.ts";
export * from "./story.ts";
export type * from "./topology.ts";
export * from "./with_bfd.ts";
export type * from "./wires.ts";
export type { Bird } from "../bird.ts";
export type { BgpPeerSpec, Manifests } from "../manifests.ts";
export type { Report } from "../report.ts";
export type { Router, Table } from "../router.ts";

/** All of them, in the order in which they are told. */
export const topologies: readonly Topology[] = [
  ...oneLeafTopologies,
  twoLeaves,
  spineLeaf,
  routeReflector,
  ...["one-leaf", "one-leaf-no-add-path-frr", "shared-port"].flatMap((name) =>
    oneLeafTopologies.filter((each) => each.name === name).map(overIpv6)
  ),
  ...[twoLeaves, spineLeaf, routeReflector].map(overIpv6),
];

/** Those of a name: one, all, or none when there is no such name. */
export function topologiesNamed(name: string): readonly Topology[] {
  return name === "all" ? topologies : topologies.filter((each) => each.name === name);
}

/** What there is, a line each. */
export function listTopologies(): string {
  const width = Math.max(...topologies.map(({ name }) => name.length));
  return topologies.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join("\n");
}
