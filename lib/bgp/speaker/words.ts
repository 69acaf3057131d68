/**
 * Why connections end, in words for the log and for statuses, and what follows.
 *
 * @module
 */

import type { ConnectionPhase, EndReason } from "../fsm/mod.ts";
import type { SessionEnd } from "../model/mod.ts";
import { describeNotification, notificationName } from "../wire/mod.ts";

/** Why a connection ended that had come so far. */
export function describeEnd(reason: EndReason, from: ConnectionPhase): string {
  switch (reason.kind) {
    case "local":
      return reason.notification === undefined
        ? reason.why
        : `${reason.why}; sent ${describeNotification(reason.notification)}`;
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
  const said = reason.kind === "tcp" ? undefined : reason.notification;
  return { by: reason.kind, error: said === undefined ? "none" : notificationName(said) };
}

/** Whether there may be something left to write. */
export function canSpeak(reason: EndReason): boolean {
  return reason.kind === "local" && reason.notification !== undefined;
}
