/**
 * NOTIFICATIONs in words, and those we send: RFC 4271 section 4.5, RFC 4486 (Cease), RFC 5492, RFC
 * 6608 (FSM errors), RFC 7313, RFC 8538 (Hard Reset), RFC 9003 (why a session is shut down), RFC 9384
 * (BFD Down), RFC 9687 (Send Hold Timer).
 *
 * ```ts
 * describeNotification(cease("administrative-shutdown", "back at 9")); // Cease/Administrative Shutdown: "back at 9"
 * ```
 *
 * @module
 */

import type { Notification, ProtocolError } from "./message.ts";
import { readU16, readU32 } from "./bytes.ts";

/** The error codes. */
export const errorCode = {
  messageHeader: 1,
  open: 2,
  update: 3,
  holdTimerExpired: 4,
  fsm: 5,
  cease: 6,
  routeRefresh: 7,
  /** RFC 9687. */
  sendHoldTimerExpired: 8,
} as const;

/** The subcodes of OPEN Message Error. */
export const openSubcode = {
  "unspecific": 0,
  "unsupported-version": 1,
  "bad-peer-as": 2,
  "bad-bgp-identifier": 3,
  "unsupported-optional-parameter": 4,
  "unacceptable-hold-time": 6,
  "unsupported-capability": 7,
} as const;

/** The subcodes of Finite State Machine Error (RFC 6608), by the state that was surprised. */
export const fsmSubcode = {
  "unspecified": 0,
  "OpenSent": 1,
  "OpenConfirm": 2,
  "Established": 3,
} as const;

/** The subcodes of Cease. */
export const ceaseSubcode = {
  "maximum-prefixes": 1,
  "administrative-shutdown": 2,
  "peer-deconfigured": 3,
  "administrative-reset": 4,
  "connection-rejected": 5,
  "other-configuration-change": 6,
  "collision-resolution": 7,
  "out-of-resources": 8,
  "hard-reset": 9,
  /** RFC 9384. */
  "bfd-down": 10,
} as const;

/** Why we cease. */
export type CeaseReason = keyof typeof ceaseSubcode;

/** The name of a code, and of its subcodes but 0. */
export interface NotificationNames {
  readonly name: string;
  readonly subcodes: Readonly<Record<number, string>>;
}

/** All codes and subcodes that have a name. */
export const notificationNames: Readonly<Record<number, NotificationNames>> = {
  1: {
    name: "Message Header Error",
    subcodes: {
      1: "Connection Not Synchronized",
      2: "Bad Message Length",
      3: "Bad Message Type",
    },
  },
  2: {
    name: "OPEN Message Error",
    subcodes: {
      1: "Unsupported Version Number",
      2: "Bad Peer AS",
      3: "Bad BGP Identifier",
      4: "Unsupported Optional Parameter",
      5: "Authentication Failure (deprecated)",
      6: "Unacceptable Hold Time",
      7: "Unsupported Capability",
      11: "Role Mismatch",
    },
  },
  3: {
    name: "UPDATE Message Error",
    subcodes: {
      1: "Malformed Attribute List",
      2: "Unrecognized Well-known Attribute",
      3: "Missing Well-known Attribute",
      4: "Attribute Flags Error",
      5: "Attribute Length Error",
      6: "Invalid ORIGIN Attribute",
      7: "AS Routing Loop (deprecated)",
      8: "Invalid NEXT_HOP Attribute",
      9: "Optional Attribute Error",
      10: "Invalid Network Field",
      11: "Malformed AS_PATH",
    },
  },
  4: { name: "Hold Timer Expired", subcodes: {} },
  5: {
    name: "Finite State Machine Error",
    subcodes: {
      1: "Unexpected Message in OpenSent",
      2: "Unexpected Message in OpenConfirm",
      3: "Unexpected Message in Established",
    },
  },
  6: {
    name: "Cease",
    subcodes: {
      1: "Maximum Number of Prefixes Reached",
      2: "Administrative Shutdown",
      3: "Peer De-configured",
      4: "Administrative Reset",
      5: "Connection Rejected",
      6: "Other Configuration Change",
      7: "Connection Collision Resolution",
      8: "Out of Resources",
      9: "Hard Reset",
      10: "BFD Down",
    },
  },
  7: { name: "ROUTE-REFRESH Message Error", subcodes: { 1: "Invalid Message Length" } },
  8: { name: "Send Hold Timer Expired", subcodes: {} },
};

/** The longest text of RFC 9003, in bytes of UTF-8. */
const maxShutdownText = 255;

/** Makes a NOTIFICATION. */
export function notification(
  code: number,
  subcode: number,
  data: Uint8Array = new Uint8Array(0),
): Notification {
  return { type: "notification", code, subcode, data };
}

/** The NOTIFICATION that tells the peer of a fault. */
export function notificationOf(error: ProtocolError): Notification {
  return notification(error.code, error.subcode, error.data);
}

/** OPEN Message Error. */
export function openError(reason: keyof typeof openSubcode, data?: Uint8Array): Notification {
  return notification(errorCode.open, openSubcode[reason], data);
}

/** Hold Timer Expired. */
export function holdTimerExpired(): Notification {
  return notification(errorCode.holdTimerExpired, 0);
}

/**
 * Cease. The text is for people and only said where RFC 9003 has a place for it (administrative
 * shutdown and reset); more than 255 bytes are cut off between characters.
 */
export function cease(reason: CeaseReason, text?: string): Notification {
  const subcode = ceaseSubcode[reason];
  const data = text !== undefined && text !== "" && carriesText(subcode)
    ? shutdownData(text)
    : undefined;
  return notification(errorCode.cease, subcode, data);
}

/** Hard Reset: this NOTIFICATION, and the peer shall not keep our routes (RFC 8538 section 3.1). */
export function hardReset({ code, subcode, data }: Notification): Notification {
  const inside = Uint8Array.of(code, subcode, ...data);
  return notification(errorCode.cease, ceaseSubcode["hard-reset"], inside);
}

/** What a NOTIFICATION says, in words, on one line. */
export function describeNotification(notification: Notification): string {
  const { code, subcode, data } = notification;
  const known = notificationNames[code];
  if (known === undefined) return withHex(`error ${code}/${subcode}`, data);
  const sub = known.subcodes[subcode] ?? (subcode === 0 ? undefined : `subcode ${subcode}`);
  const title = sub === undefined ? known.name : `${known.name}/${sub}`;
  return withData(title, notification);
}

/** Its name, of a closed list whatever the peer sends: for metrics. */
export function notificationName({ code, subcode }: Notification): string {
  const known = notificationNames[code];
  if (known === undefined) return "unknown";
  if (subcode === 0) return known.name;
  return `${known.name}/${known.subcodes[subcode] ?? "unknown"}`;
}

function withData(title: string, { code, subcode, data }: Notification): string {
  if (data.length === 0) return title;
  if (code === errorCode.cease && carriesText(subcode)) {
    const text = shutdownText(data);
    return text === undefined ? withHex(title, data) : `${title}: ${quoted(text)}`;
  }
  if (code === errorCode.cease && subcode === ceaseSubcode["hard-reset"] && data.length >= 2) {
    const inner = notification(data[0] ?? 0, data[1] ?? 0, data.subarray(2));
    // The reason inside is another one; were it a Hard Reset again, its bytes are enough.
    return inner.code === code && inner.subcode === subcode
      ? withHex(title, data)
      : `${title}: ${describeNotification(inner)}`;
  }
  if (data.length === 2) {
    const value = readU16(data, 0);
    if (code === errorCode.messageHeader && subcode === 2) return `${title}: length ${value}`;
    if (code === errorCode.open && subcode === 1) return `${title}: the peer speaks ${value}`;
    if (code === errorCode.open && subcode === 2) return `${title}: AS ${value}`;
  }
  if (data.length === 4 && code === errorCode.open && subcode === 2) {
    return `${title}: AS ${readU32(data, 0)}`; // as BIRD says it
  }
  if (data.length === 1 && code === errorCode.messageHeader && subcode === 3) {
    return `${title}: type ${data[0]}`;
  }
  return withHex(title, data);
}

function withHex(title: string, data: Uint8Array): string {
  return data.length === 0 ? title : `${title}: data 0x${data.toHex()}`;
}

function carriesText(subcode: number): boolean {
  return subcode === ceaseSubcode["administrative-shutdown"] ||
    subcode === ceaseSubcode["administrative-reset"];
}

/** RFC 9003 section 2: one byte of length, then UTF-8. */
function shutdownData(text: string): Uint8Array {
  const data = new Uint8Array(1 + maxShutdownText);
  const { written } = new TextEncoder().encodeInto(text, data.subarray(1));
  data[0] = written;
  return data.slice(0, 1 + written);
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
