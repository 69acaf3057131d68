/**
 * What the agent of a node keeps there: every EIP that a Service holds by our record, with the ports
 * of the Service, and the prefixes that may be announced for them, whose other addresses are discarded.
 * The record is what the manager wrote; the agent allocates nothing.
 *
 * @module
 */

import type { HostEip, HostPort, HostState } from "../host/mod.ts";
import {
  type Address,
  type AddressKey,
  addressKey,
  compareAddresses,
  comparePrefixes,
  type Prefix,
  type PrefixKey,
  prefixKey,
} from "../net/mod.ts";
import {
  type BgpConf,
  readHold,
  type Service,
  type ServicePort,
  type Snapshot,
} from "../objects/mod.ts";
import { refKey } from "../refusal/mod.ts";
import { Aggregation } from "./aggregation.ts";
import { addressesOf } from "./brake_record.ts";
import { nodeAddresses } from "./claims.ts";
import type { Plan } from "./model.ts";
import { inForce } from "./order.ts";
import { PodNetworks } from "./safety.ts";

/**
 * What the node shall have. Every node has the same: a packet for an EIP may reach any of them, also for
 * one that only the brake still has announced: it has no port then, and everything on it is refused. A
 * Service that is let go keeps its EIP here until its record is cleared, which is after the routes
 * went. An address that is some node's own is left out.
 */
export function hostState(snapshot: Snapshot): HostState {
  const own = nodeAddresses(snapshot.nodes);
  const podNetworks = new PodNetworks(snapshot.nodes);
  const taken = { nodeAddresses: own, podNetworks, peers: snapshot.bgpPeers };
  const aggregation = Aggregation.of(snapshot.eips, taken);
  const discards = new Map<PrefixKey, Prefix>();
  const held = new Map<AddressKey, { address: Address; services: Service[] }>();
  for (const service of snapshot.services) {
    for (const { address, pool } of service.holds) {
      const key = addressKey(address);
      if (pool === undefined || own.has(key)) continue;
      const covering = aggregation.prefixOf(pool, address);
      if (covering !== undefined) discards.set(prefixKey(covering), covering);
      const entry = held.get(key);
      if (entry === undefined) held.set(key, { address, services: [service] });
      else entry.services.push(service);
    }
  }
  const { addresses, prefixes } = heldByBrake(snapshot);
  for (const each of prefixes) if (aggregation.mayCover(each)) discards.set(prefixKey(each), each);
  for (const address of addresses) {
    const key = addressKey(address);
    if (!own.has(key) && !held.has(key)) held.set(key, { address, services: [] });
  }
  const eips = [...held.values()].sort((a, b) => compareAddresses(a.address, b.address));
  const state = { eips: eips.map(({ address, services }) => hostEip(address, services)) };
  if (discards.size === 0) return state;
  return { ...state, discards: [...discards.values()].sort(comparePrefixes) };
}

/** Gives `hostState` of one snapshot after another, the same value as long as nothing that it is made of changed. */
export class HostStates {
  #last: { readonly of: Snapshot; readonly state: HostState } | undefined;

  /** What a node shall have. */
  of(snapshot: Snapshot): HostState {
    const last = this.#last;
    if (last !== undefined && parts.every((part) => last.of[part] === snapshot[part])) {
      return last.state;
    }
    const state = hostState(snapshot);
    this.#last = { of: snapshot, state };
    return state;
  }
}

/** What a host state is made of. */
const parts = ["services", "nodes", "eips", "bgpPeers", "bgpConfs"] as const;

interface Held {
  readonly addresses: readonly Address[];
  readonly prefixes: readonly Prefix[];
}

const nothing: Held = { addresses: [], prefixes: [] };
const knownHeld = new WeakMap<BgpConf, Held>();

/** What the brake still has announced, by the status of the BgpConf: packets for it come here. */
function heldByBrake({ bgpConfs }: Snapshot): Held {
  const conf = inForce(bgpConfs);
  if (conf?.spec.brake === undefined) return nothing;
  const known = knownHeld.get(conf);
  if (known !== undefined) return known;
  const groups = readHold(conf.status.brake)?.groups ?? [];
  const found = {
    addresses: addressesOf(groups.flatMap((each) => each.ranges)),
    prefixes: groups.flatMap((each) => each.prefixes),
  };
  knownHeld.set(conf, found);
  return found;
}

/**
 * The snapshot as it will read when the plan's statuses are written: every Service holds what it is
 * assigned, by our record.
 */
export function recorded(snapshot: Snapshot, plan: Plan): Snapshot {
  const plans = new Map(plan.services.map((each) => [refKey(each.service), each]));
  const services = snapshot.services.map((service): Service => {
    const planned = plans.get(refKey(service.ref));
    if (planned === undefined) return service;
    const holds = planned.assignments.map(({ address, pool }) => ({
      address,
      pool,
      inStatus: true,
    }));
    return { ...service, holds };
  });
  return { ...snapshot, services };
}

const portsOf = new WeakMap<Service, readonly HostPort[]>();

function hostEip(address: Address, services: readonly Service[]): HostEip {
  const [only, ...others] = services;
  if (only !== undefined && others.length === 0) return { address, ports: ownPorts(only) };
  return { address, ports: distinct(services.flatMap((each) => each.ports)) };
}

function ownPorts(service: Service): readonly HostPort[] {
  const known = portsOf.get(service) ?? distinct(service.ports);
  portsOf.set(service, known);
  return known;
}

const protocols = { TCP: "tcp", UDP: "udp", SCTP: "sctp" } as const;

function distinct(ports: readonly ServicePort[]): readonly HostPort[] {
  const found = new Map(
    ports.map(({ protocol, port }) =>
      [`${protocol} ${port}`, { protocol: protocols[protocol], port }] as const
    ),
  );
  return [...found.values()].sort((a, b) =>
    a.protocol === b.protocol ? a.port - b.port : a.protocol < b.protocol ? -1 : 1
  );
}
