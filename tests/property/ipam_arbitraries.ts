/**
 * Arbitrary claims and pools of a small world, in which they meet often.
 *
 * @module
 */

import fc from "fast-check";
import type { Claim, Hold, Pool } from "../../lib/ipam/mod.ts";
import {
  type Address,
  addressKey,
  type AddressRange,
  formatAddress,
  ipv4,
  ipv6,
} from "../../lib/net/mod.ts";
import { meta } from "../support/objects.ts";

/** Addresses around the end of a /24, so that .255 and .0 are among them. */
const start4 = 0xcb0071f8; // 203.0.113.248
const start6 = 0x20010db8n << 96n;

const address4: fc.Arbitrary<Address> = fc.nat(15).map((n) => ipv4(start4 + n));
const address6: fc.Arbitrary<Address> = fc.nat(5).map((n) => ipv6(start6 + BigInt(n)));
/** An address of either family. */
export const address: fc.Arbitrary<Address> = fc.oneof({ weight: 4, arbitrary: address4 }, {
  weight: 1,
  arbitrary: address6,
});

/** A range that often overlaps others. */
export const range: fc.Arbitrary<AddressRange> = fc.oneof(
  fc.tuple(fc.nat(15), fc.nat(7)).map(([first, size]) => ({
    first: ipv4(start4 + first),
    last: ipv4(start4 + first + size),
  })),
  fc.tuple(fc.nat(5), fc.nat(3)).map(([first, size]) => ({
    first: ipv6(start6 + BigInt(first)),
    last: ipv6(start6 + BigInt(first + size)),
  })),
);

/** The names of the pools. */
export const poolNames = ["p0", "p1", "p2", "p3"];

/** Pools, each name once. */
export const pools: fc.Arbitrary<Pool[]> = fc.uniqueArray(
  fc.record({
    eip: fc.constantFrom(...poolNames).map((name) => meta("Eip", name).ref),
    createdAt: fc.nat(2),
    range: fc.oneof({ weight: 9, arbitrary: range }, {
      weight: 1,
      arbitrary: fc.constant({ invalid: "x" }),
    }),
    protocol: fc.oneof(
      { weight: 9, arbitrary: fc.constant("bgp" as const) },
      { weight: 1, arbitrary: fc.constant("layer2" as const) },
    ),
    disable: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.boolean()),
    deleting: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.boolean()),
    usingKnownIps: fc.boolean(),
    priority: fc.constantFrom(100, 100, 1),
    autoAssign: fc.constantFrom(true, true, false),
    namespaces: fc.constantFrom<readonly string[]>([], [], ["shop"]),
  }),
  { selector: (each) => each.eip.name, maxLength: 4 },
);

const hold: fc.Arbitrary<Hold> = fc.tuple(address, fc.constantFrom(...poolNames, "gone", undefined))
  .map(([address, pool]) => pool === undefined ? { address } : { address, pool });

/** Claims, each Service once. */
export const claims: fc.Arbitrary<Claim[]> = fc.uniqueArray(
  fc.record({
    name: fc.nat(7),
    createdAt: fc.nat(3),
    families: fc.constantFrom<readonly (4 | 6)[]>([4], [4], [6], [4, 6], [6, 4]),
    ipFamilyPolicy: fc.option(
      fc.constantFrom("PreferDualStack" as const, "RequireDualStack" as const),
      { nil: undefined },
    ),
    requestedPools: fc.option(fc.constantFrom(["p0"], ["p1", "p2"], ["gone"]), { nil: undefined }),
    protocol: fc.option(fc.constantFrom("bgp", "bgp", "bgp", "layer2", "odd"), { nil: undefined }),
    wanted: fc.option(fc.oneof({ weight: 9, arbitrary: address }, fc.constant(undefined)), {
      nil: null,
    }),
    namespace: fc.constantFrom("default", "default", "shop"),
    sharing: fc.option(
      fc.record({
        key: fc.constantFrom("front", "front", "back"),
        namespaces: fc.constantFrom(["*"], ["default", "shop"], []),
        ports: fc.subarray(["TCP 443", "TCP 80", "UDP 53"], { minLength: 1, maxLength: 2 }),
        policy: fc.constantFrom("Cluster", "Cluster", "Local in default for app=web"),
      }),
      { nil: undefined },
    ),
    holds: fc.uniqueArray(hold, { selector: (each) => addressKey(each.address), maxLength: 3 }),
  }),
  { selector: (each) => each.name, maxLength: 8 },
).map((all) =>
  all.map((one): Claim => {
    const { name, namespace, createdAt, families, protocol, wanted, sharing, holds } = one;
    return ({
      service: meta("Service", `${namespace}/s${name}`).ref,
      createdAt,
      families,
      ...(protocol === undefined ? {} : { protocol }),
      ...(wanted === null ? {} : {
        requested: {
          address: wanted,
          text: wanted === undefined ? "x" : formatAddress(wanted),
          field: "spec.loadBalancerIP",
          by: "loadBalancerIP",
        },
      }),
      ...(sharing === undefined ? {} : { sharing }),
      ...(one.requestedPools === undefined ? {} : { requestedPools: one.requestedPools }),
      ...(one.ipFamilyPolicy === undefined ? {} : { ipFamilyPolicy: one.ipFamilyPolicy }),
      holds,
    });
  })
);
