/**
 * NOTIFICATIONs by name, and those we send; in words they are in `notification_words.ts`. RFC 4271 section 4.5, RFC 4486 (Cease), RFC 5492, RFC
 * 6608 (FSM errors), RFC 7313, RFC 8538 (Hard Reset), RFC 9003 (why a session is shut down), RFC 9384
 * (BFD Down), RFC 9687 (Send Hold Timer).
 *
 * @module
 */

import type { Notification, ProtocolError } from "./message.ts";

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

/** Its name, of a closed list whatever the peer sends: for metrics. */
export function notificationName({ code, subcode }: Notification): string {
  const known = notificationNames[code];
  if (known === undefined) return "unknown";
  if (subcode === 0) return known.name;
  return `${known.name}/${known.subcodes[subcode] ?? "unknown"}`;
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
