/**
 * MP_REACH_NLRI and MP_UNREACH_NLRI for unicast of both families: RFC 4760, RFC 2545 (two next hops),
 * RFC 8950 (IPv4 with an IPv6 next hop). Other families are kept as bytes: what we have not asked
 * for, we need not understand.
 *
 * @module
 */

import { addressFromBytes, type Family, formatAddress } from "../../net/mod.ts";
import { type AttributeRow, flagsOf, updateSubcode } from "./attribute_row.ts";
import { familyOf, formatNlri, unicast } from "./families.ts";
import { BadValue } from "./malformed.ts";
import type { CodecOptions, Nlri } from "./message.ts";
import { nlriLength, readNlri, writeNlri } from "./nlri.ts";
import { readU16, readU8, type Writer } from "./bytes.ts";

/** MP_REACH_NLRI. RFC 7606 section 7.11: what cannot be read ends the session. */
export const mpReach: AttributeRow<"mp-reach"> = {
  kind: "mp-reach",
  code: 14,
  name: "MP_REACH_NLRI",
  flags: flagsOf.optionalNonTransitive,
  severity: "session-reset",
  subcode: updateSubcode.optionalAttribute,
  decode(value, codec) {
    if (value.length < 5) throw new BadValue("it is cut off");
    const family = familyOf(readU16(value, 0), readU8(value, 2));
    if (family === undefined) return undefined;
    const size = readU8(value, 3);
    // 4 bytes of families and length, the next hops, one reserved byte.
    if (value.length < 5 + size) throw new BadValue("its next hop is cut off");
    const nextHops = size === 32
      ? [slice(value, 4, 16), slice(value, 20, 16)]
      : [slice(value, 4, size)];
    if (!(size === 16 || size === 32 || (family === 4 && size === 4))) {
      throw new BadValue(`its next hop has ${size} bytes`);
    }
    const pathIds = codec.addPathReceive.includes(family);
    const nlri = readNlri(value, 5 + size, value.length, { family, pathIds });
    return { kind: "mp-reach", family, nextHops: nextHops.map(addressFromBytes), nlri };
  },
  encode(writer, { family, nextHops, nlri }, codec) {
    writer.u16(unicast[family].afi);
    writer.u8(unicast[family].safi);
    const start = writer.length;
    writer.u8(0);
    for (const nextHop of nextHops) writer.address(nextHop);
    writer.reserve(0)[start] = writer.length - start - 1;
    writer.u8(0);
    writePrefixes(writer, nlri, { family, codec });
  },
  describe({ family, nextHops, nlri }) {
    const via = nextHops.map(formatAddress).join(" and ");
    return `${unicast[family].name} next hop ${via}: ${
      nlri.map(formatNlri).join(", ") || "nothing"
    }`;
  },
};

/** MP_UNREACH_NLRI. */
export const mpUnreach: AttributeRow<"mp-unreach"> = {
  kind: "mp-unreach",
  code: 15,
  name: "MP_UNREACH_NLRI",
  flags: flagsOf.optionalNonTransitive,
  severity: "session-reset",
  subcode: updateSubcode.optionalAttribute,
  decode(value, codec) {
    if (value.length < 3) throw new BadValue("it is cut off");
    const family = familyOf(readU16(value, 0), readU8(value, 2));
    if (family === undefined) return undefined;
    const pathIds = codec.addPathReceive.includes(family);
    const withdrawn = readNlri(value, 3, value.length, { family, pathIds });
    return { kind: "mp-unreach", family, withdrawn };
  },
  encode(writer, { family, withdrawn }, codec) {
    writer.u16(unicast[family].afi);
    writer.u8(unicast[family].safi);
    writePrefixes(writer, withdrawn, { family, codec });
  },
  describe({ family, withdrawn }) {
    return `${unicast[family].name}: ${withdrawn.map(formatNlri).join(", ") || "End-of-RIB"}`;
  },
};

/** Appends prefixes as the peer expects them: with path identifiers exactly where agreed on. */
export function writePrefixes(
  writer: Writer,
  prefixes: readonly Nlri[],
  how: { readonly family: Family; readonly codec: CodecOptions },
): void {
  const pathIds = how.codec.addPathSend.includes(how.family);
  for (const { prefix, pathId } of prefixes) {
    if (prefix.address.family !== how.family) {
      throw new RangeError(`Cannot write a prefix of another family than IPv${how.family}`);
    }
    if (pathIds && pathId === undefined) {
      throw new RangeError("Cannot write a prefix without a path identifier to this peer");
    }
    const id = pathIds ? pathId : undefined;
    const target = writer.reserve(nlriLength(prefix, id));
    writer.advanceTo(writeNlri(target, writer.length, prefix, id));
  }
}

function slice(value: Uint8Array, start: number, length: number): Uint8Array {
  return value.subarray(start, start + length);
}
