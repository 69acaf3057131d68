/**
 * The NOTIFICATIONs the FSM itself decides on: FSM errors (RFC 6608), hold timer, Cease (RFC 4486)
 * and what is unacceptable about an OPEN (RFC 4271 section 6.2).
 *
 * @module
 */

import type { Notification } from "../wire/message.ts";
import type { ConnectionPhase } from "./connection.ts";

const noData = new Uint8Array();

/** Subcodes of Cease that porter uses (RFC 4486, RFC 9003). */
export const ceaseSubcodes = {
  adminShutdown: 2,
  peerDeconfigured: 3,
  connectionRejected: 5,
  otherConfigurationChange: 6,
  collision: 7,
  outOfResources: 8,
} as const;

/** Makes a NOTIFICATION. */
export function notification(code: number, subcode: number, data = noData): Notification {
  return { type: "notification", code, subcode, data };
}

/** Cease without a text. */
export function ceaseWith(reason: keyof typeof ceaseSubcodes): Notification {
  return notification(6, ceaseSubcodes[reason]);
}

/** Hold Timer Expired. */
export const holdExpired: Notification = notification(4, 0);

const unexpectedSubcode = { OpenSent: 1, OpenConfirm: 2, Established: 3 } as const satisfies Record<
  ConnectionPhase,
  number
>;

/** The numbers of the message types on the wire. */
const messageTypes = { open: 1, update: 2, notification: 3, keepalive: 4, "route-refresh": 5 };

/** FSM Error: a message of this type has no place in this state; its number is the data. */
export function unexpectedMessage(
  phase: ConnectionPhase,
  type: keyof typeof messageTypes,
): Notification {
  return notification(5, unexpectedSubcode[phase], Uint8Array.of(messageTypes[type]));
}
