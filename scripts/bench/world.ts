/**
 * A cluster for measurements: Services of one port whose pods run on three of fifty nodes each.
 *
 * @module
 */

import type { Path, Route } from "../../lib/bgp/model/mod.ts";
import { plainAttributes } from "../../lib/bgp/model/mod.ts";
import { type Address, formatAddress, hostPrefix, ipv4 } from "../../lib/net/mod.ts";
import {
  emptySnapshot,
  type Endpoint,
  type EndpointSlice,
  type Node,
  type ObjectMeta,
  type Service,
  type Snapshot,
} from "../../lib/objects/mod.ts";

const nodeCount = 50;
const firstEip = 0x64400000;
const firstNode = 0x0a000001;

/** A snapshot with so many Services, all of which get an address and are announced. */
export function cluster(services: number): Snapshot {
  return {
    ...emptySnapshot,
    eips: [{
      ...meta("Eip", "", "pool"),
      spec: {
        address: "100.64.0.0/10",
        range: { first: ipv4(firstEip), last: ipv4(firstEip + (1 << 22) - 1) },
        protocol: "bgp",
        disable: false,
        usingKnownIps: true,
        priority: 100,
        autoAssign: true,
      },
    }],
    nodes: Array.from({ length: nodeCount }, (_, i) => node(i)),
    services: Array.from({ length: services }, (_, i) => service(i)),
    endpointSlices: Array.from({ length: services }, (_, i) => slice(i, [0, 1, 2])),
  };
}

/** The same with the pods of one Service moved to other nodes. */
export function withMovedPods(snapshot: Snapshot, index: number): Snapshot {
  const endpointSlices = snapshot.endpointSlices.slice();
  endpointSlices[index] = slice(index, [3, 4, 5]);
  return { ...snapshot, endpointSlices };
}

/** Paths of each Service of `cluster`. */
export const startPaths = 3;

/** Paths of one that has grown. */
export const grownPaths = 4;

/** The EndpointSlice of a Service that got a pod on one more node. */
export function grown(index: number): EndpointSlice {
  return slice(index, [0, 1, 2, 3]);
}

/** The address of a Service. */
export function eipOf(index: number): string {
  return formatAddress(ipv4(firstEip + index));
}

/** Routes without a cluster behind them: hosts from 100.0.0.0 up, all with the same one path. */
export function sharedRoutes(count: number, nextHop: Address): Route[] {
  const paths: Path[] = [{ nextHop, attributes: plainAttributes }];
  return Array.from({ length: count }, (_, i) => ({
    prefix: hostPrefix(ipv4(0x64000000 + i)),
    paths,
  }));
}

/** The same with three paths each, over three of fifty nodes that differ from route to route. */
export function ecmpRoutes(count: number): Route[] {
  return Array.from({ length: count }, (_, i) => ({
    prefix: hostPrefix(ipv4(firstEip + i)),
    paths: [0, 1, 2].map((offset) => ({
      nextHop: ipv4(firstNode + (i * 7 + offset) % nodeCount),
      attributes: plainAttributes,
    })),
  }));
}

function meta(kind: string, namespace: string, name: string): ObjectMeta {
  return {
    ref: { kind, namespace, name },
    uid: `${kind}-${name}`,
    generation: 1,
    createdAt: 1,
    deleting: false,
    // As lib/objects reads them: what most objects have none of is shared.
    labels: nothing,
    annotations: nothing,
    resourceVersion: "",
    finalizers: none,
    status: nothing,
  };
}

const nothing: Readonly<Record<string, never>> = {};
const none: readonly never[] = [];

function node(index: number): Node {
  return {
    ...meta("Node", "", `node${index}`),
    ready: true,
    networkUnavailable: false,
    excluded: false,
    unschedulable: false,
    internalIps: [ipv4(firstNode + index)],
  };
}

function service(index: number): Service {
  return {
    ...meta("Service", "default", nameOf(index)),
    createdAt: index,
    optIn: "class",
    isLoadBalancer: true,
    ports: [{ name: "http", protocol: "TCP", port: 80 }],
    selector: {},
    externalTrafficPolicy: "Local",
    families: [4],
    holds: [{ address: ipv4(firstEip + index), pool: "pool", inStatus: true }],
  };
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Stores give objects in the order of names. A parser's strings are flat; put together here they
 * would be so only when they are first compared, in the measured time.
 */
function nameOf(index: number): string {
  return decoder.decode(encoder.encode(`service${String(index).padStart(7, "0")}`));
}

/** A ready endpoint on each node, shared as lib/objects shares them. */
const ready = Array.from({ length: nodeCount }, (_, i): Endpoint => ({
  ready: true,
  serving: true,
  terminating: false,
  nodeName: `node${i}`,
}));

function slice(index: number, offsets: readonly number[]): EndpointSlice {
  const endpoints = offsets.flatMap((offset) => ready[(index * 7 + offset) % nodeCount] ?? []);
  const name = nameOf(index);
  return { ...meta("EndpointSlice", "default", `${name}-x`), service: name, family: 4, endpoints };
}
