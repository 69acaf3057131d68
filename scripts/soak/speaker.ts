/**
 * The speaker of a soak, a process of its own in the manager's namespace. At each SIGHUP it reads one
 * command from a file, does it, and says "answer ID JSON".
 *
 *     deno run -A --v8-flags=--expose-gc scripts/soak/speaker.ts FILE
 *
 * @module
 */

import { type PeerConfig, peerDefaults } from "../../lib/bgp/model/mod.ts";
import { Speaker } from "../../lib/bgp/speaker/mod.ts";
import { type Address, type Ipv4, parseAddress } from "../../lib/net/mod.ts";
import { createLog } from "../../lib/observe/mod.ts";
import { systemClock, tcpTransport } from "../../lib/system/mod.ts";
import { addresses, pause } from "../lab/mod.ts";
import { SoakPlan } from "./plan.ts";

/** AS numbers of the two ends. */
export const asNumbers = { leaf: 65001, speaker: 65000 } as const;

/** What the process is told to do. */
export type SoakCommand =
  /** So many changes, spread over so many milliseconds. */
  | { readonly kind: "change"; readonly count: number; readonly overMs: number }
  /** Takes the peer away and configures it again. */
  | { readonly kind: "flap" }
  /** How much memory is held. */
  | { readonly kind: "measure" };

/** What it holds, in bytes, after the garbage was collected. */
export interface Held {
  readonly heap: number;
  readonly resident: number;
}

/** Changes between two calls of `setRoutes`. */
const batch = 100;

const peer: PeerConfig = {
  ...peerDefaults,
  name: "leaf",
  address: parseAddress(addresses.leaf.v4) as Address,
  peerAs: asNumbers.leaf,
  addPathSendMax: 8,
};

function main(file: string): void {
  const plan = new SoakPlan(1);
  const log = createLog({ format: "text", level: "warn" });
  const clock = systemClock;
  const speaker = new Speaker({ transport: tcpTransport(), clock, random: Math.random, log });
  const routerId = parseAddress(addresses.manager.v4) as Ipv4;
  speaker.configure({ as: asNumbers.speaker, routerId, listen: { port: 179 } });
  speaker.setPeers([peer]);
  speaker.setRoutes([]);

  async function change(count: number, overMs: number): Promise<void> {
    const start = performance.now();
    for (let done = 0; done < count; done += batch) {
      const due = start + overMs * done / count;
      await pause(Math.max(0, due - performance.now()));
      plan.change(Math.min(batch, count - done));
      speaker.setRoutes(plan.routes());
    }
  }

  async function obey(command: SoakCommand): Promise<object> {
    switch (command.kind) {
      case "change":
        await change(command.count, command.overMs);
        return {};
      case "flap":
        speaker.setPeers([]);
        speaker.setPeers([peer]);
        return {};
      case "measure":
        return held();
    }
  }

  Deno.addSignalListener("SIGHUP", async () => {
    const { id, command } = JSON.parse(await Deno.readTextFile(file));
    say(`answer ${id} ${JSON.stringify(await obey(command))}`);
  });
  say("ready");
}

function held(): Held {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("run with --v8-flags=--expose-gc");
  for (let round = 0; round < 3; round++) gc();
  const { heapUsed, rss } = Deno.memoryUsage();
  return { heap: heapUsed, resident: rss };
}

function say(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}

if (import.meta.main) main(Deno.args[0] ?? "");
