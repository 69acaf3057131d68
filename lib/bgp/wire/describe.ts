/**
 * Messages for people: as lines of text and as plain JSON values.
 *
 * @module
 */

import { formatAddress, formatPrefix } from "../../net/mod.ts";
import { rowOf } from "./attribute_table.ts";
import { describeCapability } from "./capability_table.ts";
import { formatCommunity, formatExtendedCommunity, formatLargeCommunity } from "./communities.ts";
import { formatFamily, formatNlri, unicast } from "./families.ts";
import type { Attribute, Message, Nlri, Open, ProtocolError, Update } from "./message.ts";
import { describeNotification } from "./notification_words.ts";
import { notificationOf } from "./notifications.ts";
import { readU16, readU8 } from "./bytes.ts";

/** Names of attributes that are only kept, for people. */
const otherAttributes: ReadonlyMap<number, string> = new Map([
  [9, "ORIGINATOR_ID"],
  [10, "CLUSTER_LIST"],
  [14, "MP_REACH_NLRI"],
  [15, "MP_UNREACH_NLRI"],
  [22, "PMSI_TUNNEL"],
  [26, "AIGP"],
  [35, "ONLY_TO_CUSTOMER"],
  [40, "PREFIX_SID"],
  [128, "ATTR_SET"],
]);

/** A message as lines of text: what it is on the first, its parts on the others, indented by two. */
export function describeMessage(message: Message): string[] {
  switch (message.type) {
    case "open":
      return describeOpen(message);
    case "update":
      return describeUpdate(message);
    case "notification":
      return [`NOTIFICATION ${describeNotification(message)}`];
    case "keepalive":
      return ["KEEPALIVE"];
    case "route-refresh": {
      const { afi, safi, subtype } = message;
      const mark = ["", " begin", " end"][subtype] ?? ` subtype ${subtype}`;
      return [`ROUTE-REFRESH ${formatFamily(afi, safi)}${mark}`];
    }
  }
}

/** A fault in words: its consequence, its error, what is wrong. */
export function describeFault(fault: ProtocolError): string {
  const name = describeNotification({ ...notificationOf(fault), data: new Uint8Array(0) });
  return `${fault.severity}: ${name}: ${fault.message}`;
}

/** An attribute in words: its name as RFCs write it, its value. */
function describeAttribute(attribute: Attribute): string {
  if (attribute.kind !== "unknown") {
    const row = rowOf(attribute);
    return `${row.name} ${row.describe(attribute)}`;
  }
  const { code, flags, value } = attribute;
  const name = otherAttributes.get(code) ?? `attribute ${code}`;
  const bytes = value.length === 0 ? "empty" : `0x${value.toHex()}`;
  const family = (code === 14 || code === 15) && value.length >= 3
    ? ` ${formatFamily(readU16(value, 0), readU8(value, 2))}`
    : "";
  return `${name}${family} (flags 0x${flags.toString(16).padStart(2, "0")}) ${bytes}`;
}

/** Of which family the UPDATE ends the initial table (RFC 4724 section 2); undefined for others. */
export function endOfRib(update: Update): { afi: number; safi: number } | undefined {
  const { withdrawn, attributes, nlri } = update;
  if (withdrawn.length > 0 || nlri.length > 0) return undefined;
  const [only, ...others] = attributes;
  if (only === undefined) return { afi: 1, safi: 1 };
  if (others.length > 0) return undefined;
  if (only.kind === "mp-unreach" && only.withdrawn.length === 0) {
    const { afi, safi } = unicast[only.family];
    return { afi, safi };
  }
  if (only.kind === "unknown" && only.code === 15 && only.value.length === 3) {
    return { afi: readU16(only.value, 0), safi: readU8(only.value, 2) };
  }
  return undefined;
}

/**
 * A message as a value for JSON: addresses, prefixes and communities as text, bytes as hex, all else
 * as in the message.
 */
export function messageToJson(message: Message): unknown {
  switch (message.type) {
    case "open": {
      const capabilities = message.capabilities.map((it) =>
        it.kind === "unknown" ? { ...it, value: it.value.toHex() } : it
      );
      return { ...message, bgpId: formatAddress(message.bgpId), capabilities };
    }
    case "update":
      return {
        type: message.type,
        withdrawn: message.withdrawn.map(plainNlri),
        attributes: message.attributes.map(plainAttribute),
        nlri: message.nlri.map(plainNlri),
      };
    case "notification":
      return {
        ...message,
        data: message.data.toHex(),
        meaning: describeNotification(message),
      };
    case "keepalive":
    case "route-refresh":
      return message;
  }
}

function describeOpen(open: Open): string[] {
  const { version, as, holdTime, bgpId, capabilities } = open;
  const id = formatAddress(bgpId);
  return [
    `OPEN version ${version} AS ${as} hold time ${holdTime}s BGP identifier ${id}`,
    ...capabilities.map((capability) => `  capability ${describeCapability(capability)}`),
  ];
}

function describeUpdate(update: Update): string[] {
  const end = endOfRib(update);
  if (end !== undefined) return [`UPDATE End-of-RIB ${formatFamily(end.afi, end.safi)}`];
  return [
    "UPDATE",
    ...update.withdrawn.map((nlri) => `  withdraw ${formatNlri(nlri)}`),
    ...update.attributes.map((attribute) => `  ${describeAttribute(attribute)}`),
    ...update.nlri.map((nlri) => `  announce ${formatNlri(nlri)}`),
  ];
}

function plainNlri({ prefix, pathId }: Nlri): unknown {
  const text = formatPrefix(prefix);
  return pathId === undefined ? { prefix: text } : { prefix: text, pathId };
}

function plainAttribute(attribute: Attribute): unknown {
  const { kind } = attribute;
  switch (kind) {
    case "communities":
      return { kind, values: attribute.values.map(formatCommunity) };
    case "extended-communities":
      return { kind, values: attribute.values.map(formatExtendedCommunity) };
    case "large-communities":
      return { kind, values: attribute.values.map(formatLargeCommunity) };
    case "next-hop":
      return { kind, address: formatAddress(attribute.address) };
    case "originator-id":
      return { kind, id: formatAddress(attribute.id) };
    case "cluster-list":
      return { kind, ids: attribute.ids.map(formatAddress) };
    case "aggregator":
    case "as4-aggregator":
      return { kind, as: attribute.as, address: formatAddress(attribute.address) };
    case "mp-reach": {
      const nextHops = attribute.nextHops.map(formatAddress);
      return { kind, family: attribute.family, nextHops, nlri: attribute.nlri.map(plainNlri) };
    }
    case "mp-unreach":
      return { kind, family: attribute.family, withdrawn: attribute.withdrawn.map(plainNlri) };
    case "unknown":
      return { ...attribute, value: attribute.value.toHex() };
    case "origin":
    case "as-path":
    case "as4-path":
    case "med":
    case "local-pref":
    case "atomic-aggregate":
      return attribute;
  }
}
