/**
 * Services of OpenELB and MetalLB. What they have by their status is asked for, so that no address
 * moves with its Service.
 *
 * @module
 */

import {
  eipAnnotation,
  loadBalancerClass,
  optInAnnotation,
  poolAnnotation,
  sharingKeyAnnotation,
} from "../objects/mod.ts";
import type { RawObject } from "./model.ts";
import { mappingOf, portableMetadata, present, type Reading, textOf } from "./reading.ts";

/** Annotations of the others, by what they mean. */
const theirs = {
  address: [
    "eip.openelb.kubesphere.io/v1alpha1",
    "metallb.io/loadBalancerIPs",
    "metallb.universe.tf/loadBalancerIPs",
  ],
  pool: [
    "eip.openelb.kubesphere.io/v1alpha2",
    "metallb.io/address-pool",
    "metallb.universe.tf/address-pool",
  ],
  sharing: ["metallb.io/allow-shared-ip", "metallb.universe.tf/allow-shared-ip"],
  gone: [
    "lb.kubesphere.io/v1alpha1",
    "protocol.openelb.kubesphere.io/v1alpha1",
    "layer2.openelb.kubesphere.io/v1alpha1",
    "metallb.io/ip-allocated-from-pool",
    "metallb.universe.tf/ip-allocated-from-pool",
  ],
} as const;

/** What the pools of the input became: their names, by the name they had. */
export type PoolNames = ReadonlyMap<string, readonly string[]>;

/** Converts a Service of type LoadBalancer; others are none of this. */
export function fromService(reading: Reading, pools: PoolNames): readonly RawObject[] {
  const spec = mappingOf(reading.raw.spec);
  reading.value(["spec"]);
  if (spec.type !== "LoadBalancer") return [];
  const metadata = portableMetadata(reading.raw);
  const annotations = mappingOf(metadata.annotations);
  const found = (kind: keyof typeof theirs): string | undefined =>
    theirs[kind].map((each) => textOf(annotations[each])).find((each) => each !== undefined);
  const known = new Set<string>(Object.values(theirs).flat());
  const kept = Object.fromEntries(Object.entries(annotations).filter(([key]) => !known.has(key)));
  const foreign = textOf(spec.loadBalancerClass);
  if (foreign !== undefined && foreign !== loadBalancerClass) {
    reading.lost(
      ["spec", "loadBalancerClass"],
      `cannot be changed on a Service that exists: delete it and apply this one`,
    );
  }
  const own = {
    [optInAnnotation]: "porter",
    [eipAnnotation]: address(reading, found("address"), textOf(spec.loadBalancerIP)),
    [poolAnnotation]: pool(reading, found("pool"), pools),
    [sharingKeyAnnotation]: found("sharing"),
  };
  if (found("sharing") !== undefined) {
    reading.check(
      ["metadata", "annotations"],
      "Services of several namespaces share only where each says " +
        "porter.kubesphere.io/sharing-namespaces",
    );
  }
  const { loadBalancerClass: _, ...rest } = spec;
  return [{
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...metadata, annotations: present({ ...kept, ...own }) },
    spec: rest,
  }];
}

/** The one address to ask for: what was asked for, else what the Service has. */
function address(
  reading: Reading,
  asked: string | undefined,
  inSpec: string | undefined,
): string | undefined {
  const ingress = mappingOf(mappingOf(reading.raw.status).loadBalancer).ingress;
  const held = (Array.isArray(ingress) ? ingress : [])
    .flatMap((each) => textOf(mappingOf(each).ip) ?? []);
  // spec.loadBalancerIP stays where it is, and is read there.
  if (asked === undefined && inSpec !== undefined) return undefined;
  const all = asked?.split(",").map((each) => each.trim()) ?? held;
  const [first, ...others] = all;
  if (others.length > 0) {
    reading.check(
      ["metadata", "annotations"],
      `one address can be asked for, so ${others.join(", ")} may change`,
    );
  }
  return first;
}

function pool(reading: Reading, name: string | undefined, pools: PoolNames): string | undefined {
  if (name === undefined) return undefined;
  const now = pools.get(name);
  if (now !== undefined) return now.join(",");
  reading.check(["metadata", "annotations"], `pool ${name} is not in the input; its name is kept`);
  return name;
}
