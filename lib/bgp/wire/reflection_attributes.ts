/**
 * What route reflectors add: ORIGINATOR_ID and CLUSTER_LIST of RFC 4456 section 8. Both are for
 * internal peers; from others they are discarded, whatever they say (RFC 7606 sections 7.9 and 7.10).
 *
 * @module
 */

import { formatAddress, ipv4 } from "../../net/mod.ts";
import {
  type AttributeRow,
  flagsOf,
  updateSubcode,
  wantItems,
  wantLength,
} from "./attribute_row.ts";
import { BadValue } from "./malformed.ts";
import type { CodecOptions } from "./message.ts";
import { readU32 } from "./bytes.ts";

/** ORIGINATOR_ID: who said the route first within the AS. */
export const originatorId: AttributeRow<"originator-id"> = {
  kind: "originator-id",
  code: 9,
  name: "ORIGINATOR_ID",
  flags: flagsOf.optionalNonTransitive,
  severity: "treat-as-withdraw",
  subcode: updateSubcode.attributeLength,
  decode(value, codec) {
    wantInternal(codec);
    wantLength(value, 4);
    return { kind: "originator-id", id: ipv4(readU32(value, 0)) };
  },
  encode: (writer, { id }) => writer.u32(id.value),
  describe: ({ id }) => formatAddress(id),
};

/** CLUSTER_LIST: the clusters that the route went through, the last one first. */
export const clusterList: AttributeRow<"cluster-list"> = {
  kind: "cluster-list",
  code: 10,
  name: "CLUSTER_LIST",
  flags: flagsOf.optionalNonTransitive,
  severity: "treat-as-withdraw",
  subcode: updateSubcode.attributeLength,
  decode(value, codec) {
    wantInternal(codec);
    wantItems(value, 4);
    const ids = Array.from({ length: value.length / 4 }, (_, i) => ipv4(readU32(value, 4 * i)));
    return { kind: "cluster-list", ids };
  },
  encode: (writer, { ids }) => ids.forEach((id) => writer.u32(id.value)),
  describe: ({ ids }) => ids.map(formatAddress).join(" "),
};

function wantInternal({ internal }: CodecOptions): void {
  if (internal) return;
  const { optionalAttribute } = updateSubcode;
  throw new BadValue("it is not for external peers", optionalAttribute, "attribute-discard");
}
