/**
 * What the manager decided: Services, pools, refusals, nodes, who leads.
 *
 * @module
 */

import type { ManagerPass } from "../../manager/mod.ts";
import type { Snapshot } from "../../objects/mod.ts";
import { nodeVerdicts, type PoolPlan } from "../../plan/mod.ts";
import { type Family, flag, plain, type Sample } from "./family.ts";
import type { ManagerState } from "./manager_state.ts";

/** The rows. */
export const managerFamilies: readonly Family<ManagerState>[] = [
  {
    name: "porter_leader",
    type: "gauge",
    help: "1 when this manager is the one that writes, else 0; all of them announce.",
    labels: [],
    read: ({ leads }) => plain(flag(leads)),
  },
  {
    name: "porter_objects_listed",
    type: "gauge",
    help: "1 when every kind of object was listed once, else 0; before that nothing is decided.",
    labels: [],
    read: ({ pass }) => plain(flag(pass !== undefined)),
  },
  {
    name: "porter_objects",
    type: "gauge",
    help: "Objects that are read, by kind.",
    labels: ["kind"],
    read: ({ pass }) => pass === undefined ? [] : objects(pass.snapshot),
  },
  {
    name: "porter_object_faults",
    type: "gauge",
    help:
      "Faults in objects, by severity; of an object with an error the last good version counts.",
    labels: ["severity"],
    read: ({ pass }) =>
      pass === undefined ? [] : (["error", "warning"] as const).map((severity): Sample => [
        { severity },
        pass.snapshot.faults.filter((each) => each.severity === severity).length,
      ]),
  },
  {
    name: "porter_services",
    type: "gauge",
    help: "Services of porter's by state (announced, allocated, pending, released) and by the " +
      "reason that their conditions give.",
    labels: ["state", "reason"],
    read: ({ services }) =>
      services.map(({ state, reason, count }): Sample => [{ state, reason }, count]),
  },
  {
    name: "porter_refusals",
    type: "gauge",
    help: "What is refused now, by kind of object and reason.",
    labels: ["kind", "reason"],
    read: ({ pass }) => {
      const counts = new Map<string, [Record<string, string>, number]>();
      for (const { object, reason } of pass?.refusals ?? []) {
        const sample = counts.get(`${object.kind} ${reason}`) ?? [{ kind: object.kind, reason }, 0];
        sample[1]++;
        counts.set(`${object.kind} ${reason}`, sample);
      }
      return counts.values();
    },
  },
  ofPools("porter_pool_size", "Addresses that the pool (Eip) can hand out.", (p) => p.poolSize),
  ofPools("porter_pool_in_use", "Addresses of the pool that are in use.", (pool) => pool.usage),
  ofPools(
    "porter_pool_exhausted",
    "1 when the pool has nothing more to hand out, else 0.",
    (pool) => flag(pool.occupied),
  ),
  ofPools(
    "porter_pool_open",
    "1 when new addresses come from the pool, 0 when it is disabled, refused or being deleted.",
    (pool) => flag(pool.state === "Open"),
  ),
  {
    name: "porter_nodes",
    type: "gauge",
    help: "Nodes by whether they may be next hops of the family: Eligible, or why not.",
    labels: ["family", "state"],
    read: ({ pass }) => pass === undefined ? [] : nodes(pass),
  },
];

function ofPools(
  name: string,
  help: string,
  value: (pool: PoolPlan) => number,
): Family<ManagerState> {
  return {
    ...{ name, type: "gauge", help, labels: ["pool"] },
    read: ({ pass }) =>
      (pass?.plan.pools ?? []).map((pool): Sample => [{ pool: pool.eip.name }, value(pool)]),
  };
}

function objects(snapshot: Snapshot): readonly Sample[] {
  const { eips, bgpConfs, bgpPeers, services, endpointSlices, nodes } = snapshot;
  return [
    [{ kind: "Eip" }, eips.length],
    [{ kind: "BgpConf" }, bgpConfs.length],
    [{ kind: "BgpPeer" }, bgpPeers.length],
    [{ kind: "Service" }, services.length],
    [{ kind: "EndpointSlice" }, endpointSlices.length],
    [{ kind: "Node" }, nodes.length],
  ];
}

function nodes({ snapshot, unreachable }: ManagerPass): readonly Sample[] {
  return ([4, 6] as const).flatMap((family) => {
    const counts = new Map<string, number>();
    for (const { out = "Eligible" } of nodeVerdicts(snapshot.nodes, family, unreachable)) {
      counts.set(out, (counts.get(out) ?? 0) + 1);
    }
    return [...counts].map(([state, count]): Sample => [{ family: `ipv${family}`, state }, count]);
  });
}
