/**
 * A small world for plan tests: raw objects in a memory store, planned and written back until
 * nothing changes, as the manager does it but without its loop.
 *
 * @module
 */

import { type MemoryStore, openMemoryStore } from "../../lib/store/memory/mod.ts";
import { formatAddress } from "../../lib/net/mod.ts";
import type { Service } from "../../lib/objects/mod.ts";
import {
  events,
  type ObjectEvent,
  type Plan,
  Planner,
  type ServicePlan,
  statuses,
  type StatusPatch,
} from "../../lib/plan/mod.ts";

/** A raw object as YAML gives it. */
export type Raw = Readonly<Record<string, unknown>>;

/** A pool. */
export function rawEip(name: string, address: string, spec: Raw = {}, metadata: Raw = {}): Raw {
  return {
    apiVersion: "network.kubesphere.io/v1alpha1",
    kind: "Eip",
    metadata: { name, ...metadata },
    spec: { address, protocol: "bgp", ...spec },
  };
}

/** A Service of type LoadBalancer that opts in by annotation. */
export function rawService(
  name: string,
  options: { readonly annotations?: Raw; readonly spec?: Raw; readonly metadata?: Raw } = {},
): Raw {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name,
      namespace: "default",
      annotations: { "lb.kubesphere.io/v1alpha1": "porter", ...options.annotations },
      ...options.metadata,
    },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }], ...options.spec },
  };
}

/** A node that is Ready. */
export function rawNode(name: string, addresses: readonly Raw[]): Raw {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name },
    status: { addresses, conditions: [{ type: "Ready", status: "True" }] },
  };
}

/** A slice of IPv4 endpoints. */
export function rawSlice(service: string, endpoints: readonly Raw[], name = `${service}-1`): Raw {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace: "default", labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    endpoints,
  };
}

/** A BgpConf and a BgpPeer. */
export const rawSpeaker: readonly Raw[] = [
  {
    apiVersion: "network.kubesphere.io/v1alpha1",
    kind: "BgpConf",
    metadata: { name: "conf" },
    spec: { as: 64620, routerID: "10.0.0.250", port: 17900 },
  },
  {
    apiVersion: "network.kubesphere.io/v1alpha1",
    kind: "BgpPeer",
    metadata: { name: "leaf" },
    spec: { config: { peerAs: 64600, neighborAddress: "10.0.0.1" } },
  },
];

/** Two nodes. */
export const rawNodes: readonly Raw[] = [
  rawNode("node1", [{ type: "InternalIP", address: "10.0.0.11" }]),
  rawNode("node2", [{ type: "InternalIP", address: "10.0.0.12" }]),
];

/** Objects, planned and written back. */
export class World {
  readonly store: MemoryStore = openMemoryStore();
  readonly #planner = new Planner();
  #time = Date.UTC(2026, 0, 1);
  #plan: Plan | undefined;
  /** What happened so far. */
  readonly events: ObjectEvent[] = [];

  constructor(objects: readonly Raw[]) {
    this.settle(objects);
  }

  /** Replaces the objects and plans and writes until nothing is written; gives the last plan. */
  settle(objects?: readonly Raw[]): Plan {
    if (objects !== undefined) this.store.setObjects(objects);
    for (let round = 0; round < 5; round++) {
      const { plan, patches } = this.step();
      if (patches.length === 0) return plan;
    }
    throw new Error("Cannot settle: every plan writes something");
  }

  /** Plans once and writes once. */
  step(): { readonly plan: Plan; readonly patches: readonly StatusPatch[] } {
    const snapshot = this.store.snapshot();
    const plan = this.#planner.plan(snapshot);
    this.events.push(...events(this.#plan, plan));
    this.#plan = plan;
    const patches = statuses(plan, snapshot, { now: this.#time += 1000 });
    // The memory store takes patches before its promise resolves.
    this.store.patch(patches);
    return { plan, patches };
  }

  /** A Service as it reads now. */
  service(name: string): Service {
    const found = this.store.snapshot().services.find((each) => each.ref.name === name);
    if (found === undefined) throw new Error(`Cannot find Service ${name}`);
    return found;
  }

  /** What a Service is planned to be. */
  planned(name: string): ServicePlan | undefined {
    return this.#plan?.services.find((each) => each.service.name === name);
  }

  /** The addresses of a Service by the plan. */
  addresses(name: string): readonly string[] {
    return (this.planned(name)?.assignments ?? []).map((each) => formatAddress(each.address));
  }

  /** The addresses that are announced, and through what. */
  routes(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries((this.#plan?.routes ?? []).map(({ prefix, paths }) => [
      formatAddress(prefix.address),
      paths.map((each) => formatAddress(each.nextHop)),
    ]));
  }

  /** The addresses of status.loadBalancer.ingress. */
  ingress(name: string): unknown {
    return (this.service(name).status.loadBalancer as Raw | undefined)?.ingress ?? [];
  }

  /** The names of the refusals of an object. */
  refused(name: string): readonly string[] {
    return (this.#plan?.refusals ?? []).filter((each) => each.object.name === name)
      .map((each) => each.reason);
  }

  /** The conditions of a Service: type without the domain, to "status reason". */
  conditions(name: string): Readonly<Record<string, string>> {
    const all = (this.service(name).status.conditions ?? []) as readonly Record<string, string>[];
    return Object.fromEntries(all.map((each) => [
      (each.type ?? "").replace("porter.kubesphere.io/", ""),
      `${each.status} ${each.reason}`,
    ]));
  }
}
