/**
 * The path attributes, one row each: RFC 4271 section 5, RFC 1997, 4360, 4456, 4760, 6793, 8092, with what
 * RFC 7606 section 7 makes of malformed ones. A new attribute is a row here and a shape in
 * `message.ts`; reading, writing, showing, property tests and fuzzing find it in the table.
 *
 * @module
 */

import { formatAddress, ipv4 } from "../../net/mod.ts";
import { asTrans, formatAsPath, readSegments, writeSegments } from "./as_path.ts";
import {
  type AttributeKind,
  type AttributeOf,
  type AttributeRow,
  flagsOf,
  updateSubcode,
  wantItems,
  wantLength,
} from "./attribute_row.ts";
import { formatCommunity, formatExtendedCommunity, formatLargeCommunity } from "./communities.ts";
import { BadValue } from "./malformed.ts";
import { mpReach, mpUnreach } from "./mp_attributes.ts";
import { clusterList, originatorId } from "./reflection_attributes.ts";
import { readU16, readU32 } from "./bytes.ts";

const origins = ["igp", "egp", "incomplete"] as const;

const origin: AttributeRow<"origin"> = {
  kind: "origin",
  code: 1,
  name: "ORIGIN",
  flags: flagsOf.wellKnown,
  severity: "treat-as-withdraw",
  subcode: updateSubcode.invalidOrigin,
  decode(value) {
    wantLength(value, 1);
    const name = origins[value[0] ?? 255];
    if (name === undefined) throw new BadValue(`origin ${value[0]} is unknown`);
    return { kind: "origin", origin: name };
  },
  encode: (writer, attribute) => writer.u8(origins.indexOf(attribute.origin)),
  describe: (attribute) => attribute.origin,
};

const asPath: AttributeRow<"as-path"> = {
  kind: "as-path",
  code: 2,
  name: "AS_PATH",
  flags: flagsOf.wellKnown,
  severity: "treat-as-withdraw",
  subcode: updateSubcode.malformedAsPath,
  decode: (value, { as4 }) => ({ kind: "as-path", segments: readSegments(value, as4 ? 4 : 2) }),
  encode: (writer, { segments }, { as4 }) => writeSegments(writer, segments, as4 ? 4 : 2),
  describe: ({ segments }) => formatAsPath(segments) || "empty",
};

const nextHop: AttributeRow<"next-hop"> = {
  kind: "next-hop",
  code: 3,
  name: "NEXT_HOP",
  flags: flagsOf.wellKnown,
  severity: "treat-as-withdraw",
  subcode: updateSubcode.invalidNextHop,
  decode(value) {
    wantLength(value, 4);
    const address = ipv4(readU32(value, 0));
    // RFC 4271 section 6.3: it must be an address that a host can have.
    if (address.value >>> 24 === 0 || address.value >= 0xe0000000) {
      throw new BadValue(`${formatAddress(address)} is not the address of a host`);
    }
    return { kind: "next-hop", address };
  },
  encode: (writer, { address }) => writer.u32(address.value),
  describe: ({ address }) => formatAddress(address),
};

const med: AttributeRow<"med"> = {
  kind: "med",
  code: 4,
  name: "MULTI_EXIT_DISC",
  flags: flagsOf.optionalNonTransitive,
  severity: "treat-as-withdraw",
  subcode: updateSubcode.attributeLength,
  decode(value) {
    wantLength(value, 4);
    return { kind: "med", value: readU32(value, 0) };
  },
  encode: (writer, { value }) => writer.u32(value),
  describe: ({ value }) => `${value}`,
};

const localPref: AttributeRow<"local-pref"> = {
  kind: "local-pref",
  code: 5,
  name: "LOCAL_PREF",
  flags: flagsOf.wellKnown,
  severity: "treat-as-withdraw",
  subcode: updateSubcode.attributeLength,
  decode(value, { internal }) {
    // RFC 7606 section 7.5: from an external peer it is ignored, whatever it says.
    if (!internal) {
      throw new BadValue(
        "it is not for external peers",
        updateSubcode.optionalAttribute,
        "attribute-discard",
      );
    }
    wantLength(value, 4);
    return { kind: "local-pref", value: readU32(value, 0) };
  },
  encode: (writer, { value }) => writer.u32(value),
  describe: ({ value }) => `${value}`,
};

const atomicAggregate: AttributeRow<"atomic-aggregate"> = {
  kind: "atomic-aggregate",
  code: 6,
  name: "ATOMIC_AGGREGATE",
  flags: flagsOf.wellKnown,
  severity: "attribute-discard",
  subcode: updateSubcode.attributeLength,
  decode(value) {
    wantLength(value, 0);
    return { kind: "atomic-aggregate" };
  },
  encode: () => {},
  describe: () => "set",
};

const aggregator: AttributeRow<"aggregator"> = {
  kind: "aggregator",
  code: 7,
  name: "AGGREGATOR",
  flags: flagsOf.optionalTransitive,
  severity: "attribute-discard",
  subcode: updateSubcode.optionalAttribute,
  decode(value, { as4 }) {
    wantLength(value, as4 ? 8 : 6);
    const as = nonZeroAs(as4 ? readU32(value, 0) : readU16(value, 0));
    return { kind: "aggregator", as, address: ipv4(readU32(value, as4 ? 4 : 2)) };
  },
  encode(writer, { as, address }, { as4 }) {
    if (as4) writer.u32(as);
    else writer.u16(as > 0xffff ? asTrans : as);
    writer.u32(address.value);
  },
  describe: ({ as, address }) => `${as} ${formatAddress(address)}`,
};

const communities: AttributeRow<"communities"> = {
  kind: "communities",
  code: 8,
  name: "COMMUNITIES",
  flags: flagsOf.optionalTransitive,
  severity: "treat-as-withdraw",
  subcode: updateSubcode.optionalAttribute,
  decode(value) {
    wantItems(value, 4);
    const values: number[] = [];
    for (let at = 0; at < value.length; at += 4) values.push(readU32(value, at));
    return { kind: "communities", values };
  },
  encode: (writer, { values }) => values.forEach((it) => writer.u32(it)),
  describe: ({ values }) => values.map(formatCommunity).join(" "),
};

const extendedCommunities: AttributeRow<"extended-communities"> = {
  kind: "extended-communities",
  code: 16,
  name: "EXTENDED_COMMUNITIES",
  flags: flagsOf.optionalTransitive,
  severity: "treat-as-withdraw",
  subcode: updateSubcode.optionalAttribute,
  decode(value) {
    wantItems(value, 8);
    const values = Array.from(
      { length: value.length / 8 },
      (_, i) => (BigInt(readU32(value, 8 * i)) << 32n) | BigInt(readU32(value, 8 * i + 4)),
    );
    return { kind: "extended-communities", values };
  },
  encode: (writer, { values }) => values.forEach((it) => writer.u64(it)),
  describe: ({ values }) => values.map(formatExtendedCommunity).join(", "),
};

const as4Path: AttributeRow<"as4-path"> = {
  kind: "as4-path",
  code: 17,
  name: "AS4_PATH",
  flags: flagsOf.optionalTransitive,
  severity: "attribute-discard",
  subcode: updateSubcode.optionalAttribute,
  decode: (value) => ({ kind: "as4-path", segments: readSegments(value, 4) }),
  encode: (writer, { segments }) => writeSegments(writer, segments, 4),
  describe: ({ segments }) => formatAsPath(segments) || "empty",
};

const as4Aggregator: AttributeRow<"as4-aggregator"> = {
  kind: "as4-aggregator",
  code: 18,
  name: "AS4_AGGREGATOR",
  flags: flagsOf.optionalTransitive,
  severity: "attribute-discard",
  subcode: updateSubcode.optionalAttribute,
  decode(value) {
    wantLength(value, 8);
    const as = nonZeroAs(readU32(value, 0));
    return { kind: "as4-aggregator", as, address: ipv4(readU32(value, 4)) };
  },
  encode(writer, { as, address }) {
    writer.u32(as);
    writer.u32(address.value);
  },
  describe: ({ as, address }) => `${as} ${formatAddress(address)}`,
};

const largeCommunities: AttributeRow<"large-communities"> = {
  kind: "large-communities",
  code: 32,
  name: "LARGE_COMMUNITY",
  flags: flagsOf.optionalTransitive,
  severity: "treat-as-withdraw",
  subcode: updateSubcode.optionalAttribute,
  decode(value) {
    wantItems(value, 12);
    const values = Array.from({ length: value.length / 12 }, (_, i) => {
      const at = 12 * i;
      return [readU32(value, at), readU32(value, at + 4), readU32(value, at + 8)] as const;
    });
    return { kind: "large-communities", values };
  },
  encode: (writer, { values }) =>
    values.forEach((triple) => triple.forEach((it) => writer.u32(it))),
  describe: ({ values }) => values.map(formatLargeCommunity).join(" "),
};

/** RFC 7607: AS 0 aggregates nothing. */
function nonZeroAs(as: number): number {
  if (as === 0) throw new BadValue("it names AS 0");
  return as;
}

/** The row of each kind; a kind without a row does not compile. */
export const attributeRows: { readonly [K in AttributeKind]: AttributeRow<K> } = {
  "origin": origin,
  "as-path": asPath,
  "next-hop": nextHop,
  "med": med,
  "local-pref": localPref,
  "atomic-aggregate": atomicAggregate,
  "aggregator": aggregator,
  "communities": communities,
  "originator-id": originatorId,
  "cluster-list": clusterList,
  "mp-reach": mpReach,
  "mp-unreach": mpUnreach,
  "extended-communities": extendedCommunities,
  "as4-path": as4Path,
  "as4-aggregator": as4Aggregator,
  "large-communities": largeCommunities,
};

/** All rows, ordered by type code. */
export const attributeTable: readonly AttributeRow[] = Object.values(attributeRows)
  .sort((a, b) => a.code - b.code);

const rowsByCode: readonly (AttributeRow | undefined)[] = Array.from(
  { length: 256 },
  (_, code) => attributeTable.find((row) => row.code === code),
);

/** The row of a type code; undefined for attributes that are kept as bytes. */
export function rowOfCode(code: number): AttributeRow | undefined {
  return rowsByCode[code];
}

/** The row of an attribute that was understood. */
export function rowOf(attribute: AttributeOf<AttributeKind>): AttributeRow {
  return attributeRows[attribute.kind];
}
