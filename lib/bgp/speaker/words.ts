/**
 * Why connections end, in words for the log and for statuses, and what follows.
 *
 * @module
 */

import type { ConnectionPhase, EndReason } from "../fsm/mod.ts";
import type { SessionEnd } from "../model/mod.ts";
import { describeNotification, errorCode, notificationName } from "../wire/mod.ts";

/** Why a connection ended that had come so far. */
export function describeEnd(reason: EndReason, from: ConnectionPhase): string {
  switch (reason.kind) {
    case "local":
      return reason.notification === undefined
        ? reason.why
        : `${reason.why}; sent ${describeNotification(reason.notification)}`;
    case "restart":
      return `${reason.why}; closed without a word, so that the peer keeps our routes`;
    case "remote":
      return `the peer sent ${describeNotification(reason.notification)}`;
    case "tcp":
      return from === "OpenSent"
        ? `${reason.why} before its OPEN; it may not know porter as a neighbour, or keep it waiting`
        : reason.why;
  }
}

/** The same by a name of a closed list. */
export function nameEnd(reason: EndReason): Omit<SessionEnd, "at"> {
  const said = "notification" in reason ? reason.notification : undefined;
  const by = reason.kind === "restart" ? "local" : reason.kind;
  return { by, error: said === undefined ? "none" : notificationName(said) };
}

/** Whether there may be something left to write. */
export function canSpeak(reason: EndReason): boolean {
  return reason.kind === "local" && reason.notification !== undefined;
}

/** Whether porter was asked to end it, so that nothing is wrong. */
export function isWanted(reason: EndReason): boolean {
  return reason.kind === "restart" ||
    (reason.kind === "local" && reason.notification?.code === errorCode.cease);
}
