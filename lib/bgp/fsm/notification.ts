/**
 * Finite State Machine Error with the data of RFC 6608: which message had no place in which state.
 *
 * @module
 */

import {
  errorCode,
  fsmSubcode,
  type Message,
  messageTypes,
  type Notification,
  notification,
} from "../wire/mod.ts";
import type { ConnectionPhase } from "./connection.ts";

/** FSM Error: a message of this type has no place in this state; its number is the data. */
export function unexpectedMessage(phase: ConnectionPhase, type: Message["type"]): Notification {
  return notification(errorCode.fsm, fsmSubcode[phase], Uint8Array.of(messageTypes[type]));
}
