/**
 * Why connections end, in words for the log and for statuses.
 *
 * @module
 */

import type { EndReason } from "../fsm/mod.ts";
import { describeNotification } from "../wire/mod.ts";

/** Why a connection ended. */
export function describeEnd(reason: EndReason): string {
  switch (reason.kind) {
    case "local":
      return reason.notification === undefined
        ? reason.why
        : `${reason.why}; sent ${describeNotification(reason.notification)}`;
    case "remote":
      return `the peer sent ${describeNotification(reason.notification)}`;
    case "tcp":
      return reason.why;
  }
}
