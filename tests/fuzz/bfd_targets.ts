/**
 * Fuzz target of BFD: what was read is written and read as the same, and no packet makes a session or
 * a reflector throw or leave its laws.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { decodePacket, encodePacket } from "../../lib/bfd/wire/mod.ts";
import {
  newSession,
  reflect,
  type SessionState,
  step,
  stepInitiator,
} from "../../lib/bfd/session/mod.ts";
import { loadPacketCases } from "../golden/bfd/cases.ts";
import type { FuzzTarget } from "./runner.ts";

const config = { desiredMinTxInterval: 100_000, requiredMinRxInterval: 100_000, detectMult: 3 };
const down = newSession(7, config);
const states: readonly SessionState[] = [
  down,
  { ...down, sessionState: "Init" },
  { ...down, sessionState: "Up", polling: true },
  { ...down, sessionState: "AdminDown" },
];

function decode(bytes: Uint8Array): void {
  const before = bytes.slice();
  const decoded = decodePacket(bytes);
  assertEquals(bytes, before, "decoding changed its input");
  if (!decoded.ok) return assert(decoded.error.length > 0);
  const packet = decoded.value;
  assertEquals(decodePacket(encodePacket(packet)), decoded);
  for (const state of states) {
    for (const machine of [step, stepInitiator]) {
      const { actions } = machine(state, { kind: "packet", packet }, { jitter: 0.5 });
      for (const action of actions) {
        if (action.kind === "send") encodePacket(action.packet);
        if (action.kind === "start-timer") assert(action.ms >= 0 && Number.isFinite(action.ms));
      }
    }
  }
  const answer = reflect(packet, packet.yourDiscriminator, "Up");
  // An answer is never answered: two reflectors would go on for ever.
  if (answer.ok) assert(!reflect(answer.value, packet.myDiscriminator, "Up").ok);
}

/** The targets. */
export const bfdTargets: readonly FuzzTarget[] = [
  { name: "bfd-packet", seeds: loadPacketCases().map(({ bytes }) => bytes), run: decode },
];
