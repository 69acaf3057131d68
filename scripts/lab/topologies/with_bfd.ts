/**
 * A topology in which agents and leaf switches watch each other with BFD.
 *
 * @module
 */

import type { Topology } from "./topology.ts";

/** The same with BFD at 100 ms x 3; undefined where managers speak. */
export function withBfd(topology: Topology): Topology | undefined {
  if (topology.speakers !== "agents") return undefined;
  return {
    ...topology,
    name: `${topology.name}, BFD`,
    routers: topology.routers.map(({ spec: { agents, ...spec }, ...router }) => ({
      ...router,
      spec: agents === undefined ? spec : { ...spec, agents: { ...agents, bfd: true } },
    })),
    peers: topology.peers.map((peer) => ({ ...peer, bfd: { interval: 100 } })),
  };
}
