/**
 * Objects to what allocation works on: Services to claims, Eips to pools, and the addresses that
 * nobody may get.
 *
 * @module
 */

import type { Claim, Pool, PoolClaim, Sharing } from "../ipam/mod.ts";
import { type AddressKey, addressKey, parseAddress, unmapped } from "../net/mod.ts";
import {
  type Eip,
  eipAnnotation,
  type Namespace,
  type Node,
  recordAnnotation,
  releasedAnnotation,
  type RequestField,
  type Reserved,
  type Service,
} from "../objects/mod.ts";
import { formatRef, type ObjectRef } from "../refusal/mod.ts";
import { hasServiceConditions } from "./conditions.ts";

/** The field of a request that is the annotation of 2020. */
export const annotationField: RequestField = `metadata.annotations[${eipAnnotation}]`;

/**
 * Whether the Service is porter's now: of the right type, opted in, and staying. One that names no load
 * balancer counts as opted in where `serveClassless` says so.
 */
export function isOurs(service: Service, serveClassless: boolean): boolean {
  const { isLoadBalancer, optIn, deleting } = service;
  return isLoadBalancer && !deleting && optIn !== "none" &&
    (optIn !== "classless" || serveClassless);
}

/** Whether something of porter's is on the Service, whoever's it is now. */
export function isMarked(service: Service): boolean {
  return service.annotations[recordAnnotation] !== undefined ||
    service.annotations[releasedAnnotation] !== undefined ||
    service.holds.some((hold) => hold.pool !== undefined) || hasServiceConditions(service.status);
}

/** What a Service claims. Most ask for nothing particular: theirs are made without a copy. */
export function claimOf(service: Service): Claim {
  const { ref, createdAt, families, ipFamilyPolicy, labels, holds } = service;
  const plain: Claim = ipFamilyPolicy === undefined
    ? { service: ref, createdAt, families, labels, holds }
    : { service: ref, createdAt, families, ipFamilyPolicy, labels, holds };
  return asksMore(service) ? { ...plain, ...wishesOf(service) } : plain;
}

function asksMore(service: Service): boolean {
  return service.requested !== undefined || service.requestedProtocol !== undefined ||
    service.requestedPools !== undefined || service.sharing !== undefined;
}

function wishesOf(service: Service): Partial<Claim> {
  const { requested, requestedProtocol } = service;
  const address = parseAddress(requested?.text ?? "");
  return {
    ...(requestedProtocol === undefined ? {} : { protocol: requestedProtocol }),
    ...(requested === undefined ? {} : {
      requested: {
        address: address === undefined ? undefined : unmapped(address),
        text: requested.text,
        field: requested.field,
        by: requested.field === annotationField ? "annotation" : "loadBalancerIP",
      },
    }),
    ...(service.requestedPools === undefined ? {} : { requestedPools: service.requestedPools }),
    ...(service.sharing === undefined ? {} : { sharing: sharingOf(service, service.sharing) }),
  };
}

function sharingOf(service: Service, said: NonNullable<Service["sharing"]>): Sharing {
  const ports = [...new Set(service.ports.map(({ protocol, port }) => `${protocol} ${port}`))];
  return {
    key: said.key,
    namespaces: [...said.namespaces].sort(),
    ports: ports.sort(),
    policy: service.externalTrafficPolicy === "Local" ? localPolicy(service) : "Cluster",
  };
}

/** Local for these very pods. Without a selector nobody knows which: then it is like no other. */
function localPolicy({ ref, selector }: Service): string {
  const labels = Object.entries(selector).map(([key, value]) => `${key}=${value}`).sort();
  return labels.length === 0
    ? `Local of ${ref.namespace}/${ref.name}`
    : `Local in ${ref.namespace} for ${labels.join(",")}`;
}

/** What an Eip offers. */
export function poolOf(eip: Eip): Pool {
  const { address: _, ...spec } = eip.spec;
  const { ref, createdAt, deleting } = eip;
  return { eip: ref, createdAt, deleting, ...spec };
}

/** The labels of namespaces, by name. */
export function namespaceLabels(
  namespaces: readonly Namespace[],
): ReadonlyMap<string, Readonly<Record<string, string>>> {
  return new Map(namespaces.map(({ ref, labels }) => [ref.name, labels]));
}

/** Every InternalIP of every node, and the node's name; of two nodes with one the lower name. */
export function nodeAddresses(nodes: readonly Node[]): ReadonlyMap<AddressKey, string> {
  const found = new Map<AddressKey, string>();
  for (const node of nodes) {
    for (const address of node.internalIps) {
      const before = found.get(addressKey(address));
      if (before === undefined || node.ref.name < before) {
        found.set(addressKey(address), node.ref.name);
      }
    }
  }
  return found;
}

/**
 * What the statuses of the Eips say of these Services, who may have what: `used` has each address and
 * "namespace/name, ..." of those it is for.
 */
export function poolClaims(
  eips: readonly Eip[],
  services: Iterable<{ readonly service: ObjectRef }>,
): readonly PoolClaim[] {
  const wanted = new Map<string, ObjectRef>();
  for (const { service } of services) wanted.set(`${service.namespace}/${service.name}`, service);
  const found: PoolClaim[] = [];
  for (const { ref, status: { used } } of eips) {
    if (typeof used !== "object" || used === null) continue;
    const claims = used as Readonly<Record<string, unknown>>;
    // Not Object.entries: ten thousand pairs would be made for each new Service.
    for (const text in claims) {
      const names = claims[text];
      if (typeof names !== "string") continue;
      for (const name of namesIn(names)) {
        const service = wanted.get(name);
        const address = service && parseAddress(text);
        if (service !== undefined && address !== undefined) {
          found.push({ address, pool: ref.name, service });
        }
      }
    }
  }
  return found;
}

/** The Services that an entry of an Eip's `used` names. */
export function claimantsOf(text: string): readonly ObjectRef[] {
  return namesIn(text).flatMap((each) => {
    const [namespace = "", name = "", ...more] = each.split("/");
    if (namespace === "" || name === "" || more.length > 0) return [];
    return [{ kind: "Service", namespace, name }];
  });
}

function namesIn(text: string): readonly string[] {
  return text.includes(",") ? text.split(",").map((each) => each.trim()) : [text.trim()];
}

/** Reserved addresses and who holds them: several where they share. */
export function reservedAddresses(
  reserved: readonly Reserved[],
): ReadonlyMap<AddressKey, readonly string[]> {
  const found = new Map<AddressKey, string[]>();
  for (const { address, service } of reserved) {
    const others = found.get(addressKey(address));
    if (others === undefined) found.set(addressKey(address), [formatRef(service)]);
    else others.push(formatRef(service));
  }
  return found;
}
