/**
 * BGP messages and bytes: shapes, reading, writing, framing of a stream, and saying in words what a
 * message means. Pure and synchronous. RFC 4271 section 4 and 6, RFC 7606 and those named in the files.
 *
 * ```ts
 * framer.push(chunk);
 * const next = framer.next();
 * if (next.ok && next.value) {
 *   const decoded = decodeMessage(next.value, codec);
 *   if (!decoded.ok) send(encodeMessage(notificationOf(decoded.error), codec));
 * }
 * ```
 *
 * @module
 */

export * from "./message.ts";
export {
  communityForm,
  extendedCommunityForm,
  formatCommunity,
  formatExtendedCommunity,
  formatLargeCommunity,
  largeCommunityForm,
  linkBandwidthCommunity,
  parseCommunity,
  parseExtendedCommunity,
  parseLargeCommunity,
  wellKnownCommunities,
} from "./communities.ts";
export { asTrans, formatAsPath, pathLength } from "./as_path.ts";
export {
  type AttributeColumns,
  attributeFlags,
  type AttributeKind,
  type AttributeOf,
  type AttributeRow,
} from "./attribute_row.ts";
export { attributeTable } from "./attribute_table.ts";
export { encodeAttributes } from "./attributes.ts";
export {
  type CapabilityColumns,
  type CapabilityKind,
  type CapabilityOf,
  type CapabilityRow,
  capabilityTable,
  describeCapability,
} from "./capability_table.ts";
export { decodeMessage, encodeMessage } from "./codec.ts";
export { describeFault, describeMessage, endOfRib, messageToJson } from "./describe.ts";
export { familyOf, formatFamily, formatNlri, unicast } from "./families.ts";
export { Framer } from "./framer.ts";
export {
  extendedMaxLength,
  headerLength,
  messageTypes,
  plainMaxLength,
  writeHeader,
} from "./header.ts";
export { nlriLength, writeNlri } from "./nlri.ts";
export { describeNotification } from "./notification_words.ts";
export * from "./notifications.ts";
export { encodeCapability } from "./open.ts";
export {
  decodeStream,
  describeStream,
  type KnownCodec,
  parseHex,
  readStreamInput,
  type StreamDescription,
  type StreamItem,
} from "./stream.ts";
export { Writer } from "./bytes.ts";
