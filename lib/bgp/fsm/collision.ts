/**
 * Which of two connections stays: RFC 4271 section 6.8, RFC 6286.
 *
 * @module
 */

import type { Open } from "../wire/mod.ts";
import type { StepContext } from "./connection.ts";
import { openAs } from "./negotiate.ts";

/** The connection made by the speaker with the higher identifier stays; then by AS (RFC 6286). */
export function winner(open: Open, { local }: StepContext): "active" | "passive" {
  const ours = local.routerId.value;
  const theirs = open.bgpId.value;
  if (ours !== theirs) return ours > theirs ? "active" : "passive";
  return local.as > openAs(open) ? "active" : "passive";
}
