/**
 * A rack in which one EIP is served by three nodes, its leaf a BIRD that logs each change of its table.
 *
 * @module
 */

import type { Lab } from "../lab/mod.ts";
import { addresses, joinRack, type Process, startManager, until } from "../lab/mod.ts";
import { nodeNumbers, Rack } from "../lab/rack.ts";
import type { Looks } from "./witness.ts";

/** The EIP of the one Service. */
export const eip = "203.0.113.1";

/** Logs each change of BIRD's table. */
export const tracing = "debug { states, events, routes };";

/** The rack with these managers running, each a session of the leaf. */
export interface Serving {
  readonly rack: Rack;
  readonly managers: Map<string, Process>;
  readonly start: (role: string) => void;
  readonly looks: Looks;
}

/** The managers' machines: the rack's own, and another one. */
export const both = ["manager", "stranger"] as const;

/** Builds it and waits until packets get through. */
export async function serving(
  lab: Lab,
  { roles = ["manager"], nodeBfd = false }: {
    readonly roles?: readonly string[];
    readonly nodeBfd?: boolean;
  } = {},
): Promise<Serving> {
  const others = roles.includes("stranger") ? [addresses.stranger.v4] : [];
  const rack = await Rack.build(lab, { others, extra: [tracing] });
  if (others.length > 0) await joinRack(lab, "stranger", addresses.stranger);
  if (nodeBfd) await rack.writeConf({ nodeBfd: { interval: 100 } });
  await rack.writePeer();
  const managers = new Map<string, Process>();
  const start = (role: string): void => {
    managers.set(role, startManager(lab, { directory: rack.manifests.folder }, role));
  };
  roles.forEach(start);
  rack.startAgents();
  await sessionsUp(rack, roles.length);
  await rack.writeService({ name: "web" });
  await rack.kernelHas(eip, nodeNumbers);
  await rack.nodesTake(eip);
  const looks = { lab, eip, leaf: "leaf", birdLog: rack.leaf.logFile };
  return { rack, managers, start, looks };
}

/** Waits until the leaf has so many sessions and nothing that it only keeps. */
export async function sessionsUp(rack: Rack, count: number): Promise<void> {
  await until(`the leaf has ${count} sessions and no stale route`, async () => {
    const text = await rack.leaf.ask("show protocols all");
    return text.match(/BGP state: +Established/g)?.length === count &&
      !/graceful restart active/.test(text);
  }, { signal: rack.lab.signal, otherwise: () => rack.leaf.log() });
}
