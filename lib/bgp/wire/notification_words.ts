/**
 * NOTIFICATIONs in words, with what their data say: RFC 4271 section 6, RFC 4486 (Cease), RFC 5492
 * (capabilities), RFC 6608 (FSM errors), RFC 8538 (Hard Reset), RFC 9003 (why a session is shut down).
 *
 * ```ts
 * describeNotification(cease("administrative-shutdown", "back at 9")); // Cease/Administrative Shutdown: "back at 9"
 * ```
 *
 * @module
 */

import { attributeTable } from "./attribute_table.ts";
import { readU16, readU32, readU8 } from "./bytes.ts";
import { capabilityTable, describeCapability } from "./capability_table.ts";
import { formatFamily } from "./families.ts";
import { messageTypes } from "./header.ts";
import { BadValue } from "./malformed.ts";
import type { Notification } from "./message.ts";
import { ceaseSubcode, errorCode, notification, notificationNames } from "./notifications.ts";

/** So many bytes of data are shown, or so many capabilities: the words stand in logs and statuses. */
const most = { bytes: 64, capabilities: 16 };

/** What a NOTIFICATION says, in words, on one line. */
export function describeNotification(notification: Notification): string {
  const { code, subcode, data } = notification;
  const known = notificationNames[code];
  if (known === undefined) return joined(`error ${code}/${subcode}`, hex(data));
  const sub = known.subcodes[subcode] ?? (subcode === 0 ? undefined : `subcode ${subcode}`);
  const title = sub === undefined ? known.name : `${known.name}/${sub}`;
  return joined(title, meaning(notification) ?? hex(data));
}

function joined(title: string, data: string | undefined): string {
  return data === undefined ? title : `${title}: ${data}`;
}

function hex(data: Uint8Array): string | undefined {
  if (data.length === 0) return undefined;
  const shown = `data 0x${data.subarray(0, most.bytes).toHex()}`;
  return data.length <= most.bytes ? shown : `${shown}... of ${data.length} bytes`;
}

/** What the data say; undefined where nobody knows. */
function meaning({ code, subcode, data }: Notification): string | undefined {
  switch (code) {
    case errorCode.messageHeader:
      if (subcode === 2 && data.length === 2) return `length ${readU16(data, 0)}`;
      return subcode === 3 && data.length === 1 ? `type ${readU8(data, 0)}` : undefined;
    case errorCode.open:
      return ofOpen(subcode, data);
    case errorCode.update:
      return ofUpdate(subcode, data);
    case errorCode.fsm:
      return data.length === 1 ? messageName(readU8(data, 0)) : undefined;
    case errorCode.cease:
      return ofCease(subcode, data);
    default:
      return undefined;
  }
}

function ofOpen(subcode: number, data: Uint8Array): string | undefined {
  if (subcode === 1 && data.length === 2) return `the peer speaks ${readU16(data, 0)}`;
  if (subcode === 2 && data.length === 2) return `AS ${readU16(data, 0)}`;
  // As BIRD says it.
  if (subcode === 2 && data.length === 4) return `AS ${readU32(data, 0)}`;
  return subcode === 7 ? capabilities(data) : undefined;
}

/** RFC 5492 section 5: the capabilities that are missed, as in an OPEN. */
function capabilities(data: Uint8Array): string | undefined {
  const names: string[] = [];
  for (let at = 0; at < data.length;) {
    const code = readU8(data, at);
    const [start, end] = [at + 2, at + 2 + readU8(data, at + 1)];
    if (end > data.length) return undefined;
    const row = capabilityTable.find((each) => each.code === code);
    try {
      const capability = row?.decode(data, start, end);
      names.push(describeCapability(
        capability ?? { kind: "unknown", code, value: data.subarray(start, end) },
      ));
    } catch (thrown) {
      if (!(thrown instanceof BadValue)) throw thrown;
      return undefined;
    }
    at = end;
  }
  if (names.length === 0) return undefined;
  const more = names.length - most.capabilities;
  return names.slice(0, most.capabilities).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** RFC 4271 section 6.3: of most faults the attribute, of one that is missing its type. */
function ofUpdate(subcode: number, data: Uint8Array): string | undefined {
  const isMissing = subcode === 3 && data.length === 1;
  const isWhole = [2, 4, 5, 6, 8, 9].includes(subcode) && data.length >= 3;
  if (!isMissing && !isWhole) return undefined;
  const code = readU8(data, isMissing ? 0 : 1);
  const name = attributeTable.find((each) => each.code === code)?.name ?? `attribute ${code}`;
  return isMissing ? name : `${name}, ${hex(data)}`;
}

/** RFC 6608 section 3: the type of the message that had no place. */
function messageName(type: number): string | undefined {
  return Object.entries(messageTypes).find(([, number]) => number === type)?.[0].toUpperCase();
}

function ofCease(subcode: number, data: Uint8Array): string | undefined {
  switch (subcode) {
    case ceaseSubcode["administrative-shutdown"]:
    case ceaseSubcode["administrative-reset"]: {
      const text = shutdownText(data);
      return text === undefined ? undefined : quoted(text);
    }
    case ceaseSubcode["maximum-prefixes"]: {
      // RFC 4486 section 4: the family, and how many prefixes of it are taken.
      if (data.length !== 7) return undefined;
      return `${formatFamily(readU16(data, 0), readU8(data, 2))}, at most ${readU32(data, 3)}`;
    }
    case ceaseSubcode["hard-reset"]: {
      if (data.length < 2) return undefined;
      const inner = notification(readU8(data, 0), readU8(data, 1), data.subarray(2));
      // The reason inside is another one; were it a Hard Reset again, its bytes are enough.
      const again = inner.code === errorCode.cease && inner.subcode === subcode;
      return again ? undefined : describeNotification(inner);
    }
    default:
      return undefined;
  }
}

/** In quotes, with all that could confuse a terminal or a log escaped: a peer may say anything. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** The text; undefined when the bytes are not one. */
function shutdownText(data: Uint8Array): string | undefined {
  const length = data[0] ?? 0;
  if (1 + length > data.length) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data.subarray(1, 1 + length));
  } catch {
    return undefined;
  }
}
