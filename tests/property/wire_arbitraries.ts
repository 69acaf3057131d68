/**
 * Arbitrary BGP values, one generator for each row of the attribute and capability tables: a new row
 * does not compile without one.
 *
 * @module
 */

import fc from "fast-check";
import { type Family, ipv4, ipv6, prefix } from "../../lib/net/mod.ts";
import type {
  AsSegment,
  Attribute,
  AttributeKind,
  AttributeOf,
  Capability,
  CapabilityKind,
  CapabilityOf,
  CodecOptions,
  Nlri,
  Update,
} from "../../lib/bgp/wire/mod.ts";

/** A record like those that decoders make: deep equality looks at the prototype too. */
export function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const u8 = fc.nat(255);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
/** AS 0 is malformed (RFC 7607). */
const as = fc.oneof(fc.integer({ min: 1, max: 0xffff }), fc.integer({ min: 1, max: 0xffffffff }));
const address4 = u32.map(ipv4);
const address6 = fc.bigInt(0n, (1n << 128n) - 1n).map(ipv6);
/** What RFC 4271 section 6.3 lets a next hop be. */
const host4 = fc.integer({ min: 0x01000000, max: 0xdfffffff }).map(ipv4);
const bytes = fc.uint8Array({ maxLength: 300 });

/** Prefixes of a family, with path identifiers or without. */
export function nlriOf(family: Family, pathIds: boolean): fc.Arbitrary<Nlri> {
  const prefixes = family === 4
    ? fc.tuple(address4, fc.nat(32)).map(([it, length]) => prefix(it, length))
    : fc.tuple(address6, fc.nat(128)).map(([it, length]) => prefix(it, length));
  return fc.tuple(prefixes, u32).map(([it, pathId]) =>
    pathIds ? { prefix: it, pathId } : { prefix: it }
  );
}

/** What two OPENs may agree on; the same in both directions, so that what is written can be read. */
export const codecs: fc.Arbitrary<CodecOptions> = record({
  as4: fc.boolean(),
  internal: fc.boolean(),
  families: fc.subarray([4, 6] as Family[]),
}).map(({ as4, internal, families }) => ({
  as4,
  internal,
  addPathReceive: families,
  addPathSend: families,
  maxMessageLength: 65535,
}));

function segments(kinds: readonly AsSegment["kind"][]): fc.Arbitrary<AsSegment[]> {
  const segment = record({
    kind: fc.constantFrom(...kinds),
    as: fc.array(as, { minLength: 1, maxLength: 20 }),
  });
  return fc.array(segment, { maxLength: 4 });
}

const communities = fc.array(u32, { minLength: 1, maxLength: 100 });
const triples = fc.array(fc.tuple(u32, u32, u32), { minLength: 1, maxLength: 40 });
const family = fc.constantFrom<Family>(4, 6);

/** An attribute of each kind that can be written to a peer of the codec and be read as the same. */
export const attributeArbitraries: {
  readonly [K in AttributeKind]: (codec: CodecOptions) => fc.Arbitrary<AttributeOf<K>>;
} = {
  "origin": () =>
    record({
      kind: fc.constant("origin"),
      origin: fc.constantFrom("igp", "egp", "incomplete"),
    }),
  "as-path": ({ as4, internal }) =>
    record({
      kind: fc.constant("as-path"),
      // Confederations: not from outside; and RFC 6793 merging keeps them only at the head.
      segments: segments(
        internal && as4
          ? ["set", "sequence", "confed-sequence", "confed-set"]
          : ["set", "sequence"],
      ),
    }),
  "next-hop": () => record({ kind: fc.constant("next-hop"), address: host4 }),
  "med": () => record({ kind: fc.constant("med"), value: u32 }),
  "local-pref": () => record({ kind: fc.constant("local-pref"), value: u32 }),
  "atomic-aggregate": () => record({ kind: fc.constant("atomic-aggregate") }),
  "aggregator": () => record({ kind: fc.constant("aggregator"), as, address: address4 }),
  "communities": () => record({ kind: fc.constant("communities"), values: communities }),
  "originator-id": () => record({ kind: fc.constant("originator-id"), id: address4 }),
  "cluster-list": () =>
    record({
      kind: fc.constant("cluster-list"),
      ids: fc.array(address4, { minLength: 1, maxLength: 20 }),
    }),
  "extended-communities": () =>
    record({
      kind: fc.constant("extended-communities"),
      values: fc.array(fc.bigInt(0n, (1n << 64n) - 1n), { minLength: 1, maxLength: 40 }),
    }),
  "large-communities": () => record({ kind: fc.constant("large-communities"), values: triples }),
  "mp-reach": ({ addPathSend }) =>
    family.chain((it) =>
      record({
        kind: fc.constant("mp-reach"),
        family: fc.constant(it),
        nextHops: fc.oneof(
          fc.array(address6, { minLength: 1, maxLength: 2 }),
          ...(it === 4 ? [fc.tuple(address4)] : []),
        ),
        nlri: fc.array(nlriOf(it, addPathSend.includes(it)), { maxLength: 50 }),
      })
    ),
  "mp-unreach": ({ addPathSend }) =>
    family.chain((it) =>
      record({
        kind: fc.constant("mp-unreach"),
        family: fc.constant(it),
        withdrawn: fc.array(nlriOf(it, addPathSend.includes(it)), { maxLength: 50 }),
      })
    ),
  "as4-path": () =>
    record({ kind: fc.constant("as4-path"), segments: segments(["set", "sequence"]) }),
  "as4-aggregator": () => record({ kind: fc.constant("as4-aggregator"), as, address: address4 }),
};

/** Attributes that are only kept. */
export const unknownAttribute: fc.Arbitrary<AttributeOf<"unknown">> = record({
  kind: fc.constant("unknown"),
  flags: fc.constantFrom(0x80, 0xc0, 0xe0),
  code: fc.integer({ min: 100, max: 255 }),
  value: bytes,
}).map((it) => it.value.length > 255 ? { ...it, flags: it.flags | 0x10 } : it);

/** A good UPDATE for the codec: what is announced has what it must have. */
export function updateFor(codec: CodecOptions): fc.Arbitrary<Update> {
  const nlri = fc.array(nlriOf(4, codec.addPathSend.includes(4)), { maxLength: 50 });
  const optional = [
    "med",
    "atomic-aggregate",
    "aggregator",
    "communities",
    "extended-communities",
    "large-communities",
    "mp-reach",
    "mp-unreach",
  ] as const;
  const mandatory = [
    "origin",
    "as-path",
    "next-hop",
    ...(codec.internal ? ["local-pref", "originator-id", "cluster-list"] as const : []),
  ] as const;
  const all = (kinds: readonly AttributeKind[]): fc.Arbitrary<Attribute[]> =>
    fc.tuple(...kinds.map((kind): fc.Arbitrary<Attribute> => attributeArbitraries[kind](codec)));
  return record({
    type: fc.constant("update"),
    withdrawn: nlri,
    attributes: fc.tuple(
      fc.subarray([...optional]).chain(all),
      all(mandatory),
      fc.option(unknownAttribute, { nil: undefined }),
    ).map(([some, must, other]) => [...must, ...some, ...(other === undefined ? [] : [other])]),
    nlri,
  });
}

const families = fc.array(
  record({ afi: u16, safi: u8, forwardingKept: fc.boolean() }),
  { maxLength: 5 },
);
const addPathFamilies = fc.array(
  record({ afi: u16, safi: u8, mode: fc.integer({ min: 1, max: 3 }) }),
  { maxLength: 5 },
);

/** A capability of each kind. */
export const capabilityArbitraries: {
  readonly [K in CapabilityKind]: fc.Arbitrary<CapabilityOf<K>>;
} = {
  "multiprotocol": record({ kind: fc.constant("multiprotocol"), afi: u16, safi: u8 }),
  "route-refresh": record({ kind: fc.constant("route-refresh") }),
  "extended-next-hop": record({
    kind: fc.constant("extended-next-hop"),
    families: fc.array(record({ afi: u16, safi: u16, nextHopAfi: u16 }), { maxLength: 4 }),
  }),
  "extended-message": record({ kind: fc.constant("extended-message") }),
  "graceful-restart": record({
    kind: fc.constant("graceful-restart"),
    restarting: fc.boolean(),
    notification: fc.boolean(),
    restartTime: fc.nat(4095),
    families,
  }),
  "as4": record({ kind: fc.constant("as4"), as }),
  "add-path": record({
    kind: fc.constant("add-path"),
    families: addPathFamilies.map((list) =>
      list.map(({ afi, safi, mode }) => ({
        afi,
        safi,
        receive: (mode & 1) !== 0,
        send: (mode & 2) !== 0,
      }))
    ),
  }),
};

/** Capabilities that are only kept. */
export const unknownCapability: fc.Arbitrary<CapabilityOf<"unknown">> = record({
  kind: fc.constant("unknown"),
  code: fc.integer({ min: 100, max: 255 }),
  value: fc.uint8Array({ maxLength: 255 }),
});

/** Capabilities of any kind, each one once. */
export const capabilityLists: fc.Arbitrary<Capability[]> = fc.uniqueArray(
  fc.oneof(unknownCapability, ...Object.values<fc.Arbitrary<Capability>>(capabilityArbitraries)),
  { maxLength: 12, comparator: (a, b) => JSON.stringify(a) === JSON.stringify(b) },
);
